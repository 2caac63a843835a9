"""An archive of every version of the format is kept for good, and restored by whatever comes after it.

`python -m tests.unit.archive.golden` writes the one of the present version; it is never written again once its version
is frozen.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from babilu.archive.importing import Importer
from babilu.archive.reader import ArchiveFile, ArchiveReader
from babilu.archive.recovery_code import read_code
from babilu.crypto.keys import SigningKey
from babilu.crypto.secret import Secret
from babilu.kernel.states import ArchiveVerdict
from babilu.store.message_records import SearchFilter
from tests.unit.archive.builders import Dice, a_profile, profile_in
from tests.unit.store.builders import NOW

FOLDER = Path("tests/vectors/archives")
GOLDEN = sorted(FOLDER.glob("*.json"))


def test_there_is_one_of_every_version() -> None:
    assert [path.stem for path in GOLDEN] == ["1"]


@pytest.mark.parametrize("about", GOLDEN, ids=lambda path: path.stem)
def test_it_is_good_and_comes_back(about: Path, tmp_path: Path) -> None:
    said: dict[str, Any] = json.loads(about.read_text("utf-8"))
    opener = read_code(said["code"])
    identity = SigningKey.from_bytes(Secret(bytes.fromhex(said["identity_seed"])))
    with ArchiveFile(about.with_suffix(".babilu")) as file:
        reader = ArchiveReader(file, opener)
        found = reader.examine()
        assert found.verdict is ArchiveVerdict.GOOD
        assert found.sha256 is not None
        assert found.sha256.hex() == said["sha256"]
        with profile_in(tmp_path / "profile", a_profile(Dice(), identity)) as database:
            importer = Importer(database, lambda: NOW + 20_000)
            for group in reader.groups():
                importer.take(group)
            with database.read() as unit:
                shown = [unit.search.find(words, SearchFilter(), 5) for words in said["finds"]]
                waits = [each.text for each in unit.scheduled.all()]
            people, messages = importer.imported.people, importer.imported.messages
    assert (people, messages) == (said["people"], said["messages"])
    assert all(shown)
    assert waits == said["waits"]
