"""Writes the archive of the present version that is kept for good: see `test_golden_archives`."""

import hashlib
import json
import tempfile
from pathlib import Path

from babilu.archive.collecting import Collector
from babilu.archive.groups import GroupKind
from babilu.archive.header import FORMAT
from babilu.archive.recovery_code import new_code, read_code
from babilu.archive.scope import ArchiveScope, SealedFiles
from babilu.archive.writer import ArchiveWriter
from babilu.crypto.keys import SigningKey
from babilu.kernel.ids import BlobId
from tests.unit.archive.builders import Dice, a_profile, live, profile_in
from tests.unit.store.builders import NOW

FILE_BYTES = 100_000


def sealed(blob: BlobId, offset: int, size: int) -> bytes:
    """Give what stands for the bytes of a sealed file."""
    return hashlib.shake_256(blob).digest(FILE_BYTES)[offset : offset + size]


def main() -> None:
    """Write it."""
    dice, folder = Dice(1), Path("tests/vectors/archives")
    words, identity = " ".join(new_code(dice)), SigningKey.generate(dice)
    path = folder / f"{FORMAT}.babilu"
    with tempfile.TemporaryDirectory() as home, profile_in(Path(home) / "p", a_profile(dice, identity)) as database:
        with database.write() as unit:
            live(unit, dice)
        with path.open("wb") as file, database.read() as unit:
            collector = Collector(unit, ArchiveScope(NOW, files=SealedFiles(lambda _: FILE_BYTES, sealed)))
            writer = ArchiveWriter(file.write, read_code(words), dice)
            groups = list(collector.groups())
            for group in groups:
                writer.add(group)
            digest = writer.finish(collector.summary.counts)
    said = {
        "code": words,
        "identity_seed": identity.private_bytes().reveal().hex(),
        "sha256": digest.hex(),
        "people": collector.summary.counts.people,
        "messages": collector.summary.counts.messages,
        "kinds": sorted({group.kind for group in groups}),
        "files": {group.scope.hex(): FILE_BYTES for group in groups if group.kind is GroupKind.PIECES},
        "waits": ["later", "later, with a picture"],
        "finds": ["to myself", "hello 1", "no typo", "who brings bread", "so it is", "an answer"],
    }
    path.with_suffix(".json").write_text(json.dumps(said, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
