"""An archive has its name only when it is whole and was checked, and nothing is written over."""

import errno
from collections.abc import Iterator
from pathlib import Path

import pytest

from babilu.crypto.secret import Secret
from babilu.engine.archives.making import ArchiveMaker, MadeArchive, NewArchive
from babilu.engine.files.folder import FileFolder
from babilu.kernel.errors import ArchiveError, ErrorCode, ProfileError, UsageError
from tests.unit.engine.homes import RANDOMNESS, Home, a_home

CODE = Secret(bytes(range(32)))


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    (tmp_path / "home").mkdir()
    with a_home(tmp_path / "home") as made:
        yield made


class OpenProfile:
    """What a maker takes of the files of a profile."""

    def __init__(self, home: Home) -> None:
        self.database = home.base.database
        self.wrapped_identities = (b"wrapped",)


def maker_of(home: Home, folder: Path) -> ArchiveMaker:
    return ArchiveMaker(OpenProfile(home), FileFolder(folder, RANDOMNESS), home.clock, RANDOMNESS)  # type: ignore[arg-type]


def test_it_has_its_name_only_when_it_was_checked(home: Home, tmp_path: Path) -> None:
    path = tmp_path / "me.babilu"
    seen: list[tuple[bool, bool]] = []

    def check(made: MadeArchive) -> None:
        seen.append((path.exists(), made.path.stat().st_size == made.size))

    made = maker_of(home, tmp_path / "files").make(NewArchive(path, CODE), check=check)
    assert seen == [(False, True)]
    assert (made.path, path.stat().st_size) == (path, made.size)


def test_what_does_not_come_back_leaves_nothing(home: Home, tmp_path: Path) -> None:
    def check(_: MadeArchive) -> None:
        raise ArchiveError(ErrorCode.ARCHIVE_DAMAGED, "other contents")

    with pytest.raises(ArchiveError):
        maker_of(home, tmp_path / "files").make(NewArchive(tmp_path / "me.babilu", CODE), check=check)
    assert not list(tmp_path.glob("me.babilu*"))


def test_a_disk_that_fails_at_the_last_step_leaves_no_empty_file(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(part: Path, path: Path) -> None:
        raise OSError(errno.EIO, f"{part} does not become {path}")

    maker = maker_of(home, tmp_path / "files")
    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(ProfileError) as refused:
        maker.make(NewArchive(tmp_path / "me.babilu", CODE))
    assert refused.value.code is ErrorCode.UNAVAILABLE
    assert not list(tmp_path.glob("me.babilu*"))


def test_what_has_come_there_meanwhile_is_not_written_over(home: Home, tmp_path: Path) -> None:
    path = tmp_path / "me.babilu"
    with pytest.raises(UsageError) as refused:
        maker_of(home, tmp_path / "files").make(NewArchive(path, CODE), check=lambda _: path.write_text("mine"))
    assert refused.value.code is ErrorCode.EXISTS
    assert path.read_text() == "mine"
    assert [each.name for each in tmp_path.glob("me.babilu*")] == ["me.babilu"]
