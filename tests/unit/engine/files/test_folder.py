"""Folder of sealed files: what is in it is sealed, named for nobody, and compared before it is anybody's."""

import contextlib
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from babilu.crypto.sealed_file import BLOCK_BYTES, sealed_size
from babilu.engine.files.folder import FileFolder
from babilu.kernel.errors import BabiluError, CryptoError, ErrorCode, UsageError
from babilu.system import SystemRandomness
from babilu.wire.file_entry import FileEntry

CONTENT = bytes(range(256)) * 600


def quietly(_: int) -> None:
    """Say nothing of how far it is."""


@pytest.fixture
def folder(tmp_path: Path) -> FileFolder:
    return FileFolder(tmp_path / "sealed", SystemRandomness())


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "photo.jpg"
    path.write_bytes(CONTENT)
    return path


def other_folder(tmp_path: Path) -> FileFolder:
    return FileFolder(tmp_path / "other", SystemRandomness())


def copied(folder: FileFolder, other: FileFolder, entry: FileEntry) -> None:
    """Bring a sealed file into another folder, block by block."""
    for offset in range(0, sealed_size(entry.size), BLOCK_BYTES):
        other.append(entry.blob, offset, (folder.read(entry.blob, offset),))


def test_what_is_sealed_says_nothing_and_is_readable_to_its_owner_alone(
    folder: FileFolder, source: Path, tmp_path: Path
) -> None:
    entry = folder.seal(source, None, quietly)
    assert (entry.name, entry.type, entry.size) == ("photo.jpg", "image/jpeg", len(CONTENT))
    (sealed,) = (tmp_path / "sealed").iterdir()
    assert sealed.name == entry.blob.hex()
    assert sealed.stat().st_size == sealed_size(entry.size)
    assert sealed.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "sealed").stat().st_mode & 0o777 == 0o700
    assert CONTENT[:64] not in sealed.read_bytes()


@pytest.mark.skipif(sys.platform != "linux", reason="Linux")
def test_the_disk_begins_to_write_before_the_end(
    folder: FileFolder, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    every, begun = 2 * BLOCK_BYTES, list[tuple[int, int]]()
    monkeypatch.setattr("babilu.engine.files.part_file.WRITTEN_EVERY_BYTES", every)
    monkeypatch.setattr(os, "posix_fadvise", lambda _, start, octets, __: begun.append((start, octets)))
    source.write_bytes(bytes(7 * BLOCK_BYTES))
    entry = folder.seal(source, None, quietly)
    size = sealed_size(entry.size)
    borders = [(start, every) for start in range(0, size // every * every, every)]
    assert len(borders) > 2
    assert begun == borders
    begun.clear()
    other = other_folder(tmp_path)
    copied(folder, other, entry)
    assert begun == borders
    other.finish(entry)


class Disk:
    """What is asked of the disk, in order: ``sync`` for each file or folder, ``name`` for each name that is given."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[str] = []
        self.fails_at: str | None = None
        sync, rename = os.fsync, Path.rename

        def synced(file: int) -> None:
            self._note("sync")
            sync(file)

        def renamed(path: Path, target: Path) -> Path:
            self._note("name")
            return rename(path, target)

        monkeypatch.setattr(os, "fsync", synced)
        monkeypatch.setattr(Path, "rename", renamed)

    def _note(self, what: str) -> None:
        self.asked.append(what)
        if what == self.fails_at:
            raise OSError(5, "Input/output error")


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


IN_ORDER = ["sync", "sync", "sync", "name", "name", "name", "sync"]
"""Three files: each is on the disk before any has the name of a whole one, and the folder is synced once."""


def test_several_that_were_fetched_are_named_once_all_are_on_the_disk(
    folder: FileFolder, tmp_path: Path, disk: Disk
) -> None:
    entries = [folder.seal_bytes(bytes([place]), "a", "", None) for place in range(3)]
    files = [(entry.blob, folder.read(entry.blob, 0)) for entry in entries]
    other = other_folder(tmp_path)
    # What a former run left of one is no part of it.
    other.append(files[0][0], 0, (bytes(5_000),))
    disk.asked.clear()
    other.keep(files)
    assert disk.asked == IN_ORDER
    assert [other.content(entry) for entry in entries] == [b"\0", b"\1", b"\2"]


def test_of_several_that_the_disk_refuses_none_is_whole(folder: FileFolder, tmp_path: Path, disk: Disk) -> None:
    entry, other = folder.seal_bytes(b"one", "a", "", None), other_folder(tmp_path)
    disk.fails_at = "sync"
    with pytest.raises(BabiluError):
        other.keep([(entry.blob, folder.read(entry.blob, 0))])
    assert not other.is_whole(entry.blob)


def test_files_of_one_message_wait_together_for_the_disk(folder: FileFolder, disk: Disk) -> None:
    with folder.together():
        entries = [folder.seal_bytes(bytes([place]), "a", "", None) for place in range(3)]
        assert disk.asked == []
    assert disk.asked == IN_ORDER
    assert [folder.content(entry) for entry in entries] == [b"\0", b"\1", b"\2"]


def test_where_one_of_them_fails_none_is_whole(folder: FileFolder, disk: Disk) -> None:
    with contextlib.suppress(UsageError), folder.together():
        entry = folder.seal_bytes(b"one", "a", "", None)
        raise UsageError("no")
    assert not folder.is_whole(entry.blob)
    assert disk.asked == []
    folder.delete((entry.blob,))
    assert list(folder.listed()) == []


def test_two_copies_of_one_file_have_nothing_in_common(folder: FileFolder, source: Path) -> None:
    one, two = folder.seal(source, None, quietly), folder.seal(source, None, quietly)
    assert one.blob != two.blob
    assert folder.read(one.blob, 8, 64) != folder.read(two.blob, 8, 64)


def test_what_was_fetched_is_compared_and_then_saved(folder: FileFolder, source: Path, tmp_path: Path) -> None:
    entry, other = folder.seal(source, None, quietly), other_folder(tmp_path)
    copied(folder, other, entry)
    assert not other.is_whole(entry.blob)
    other.finish(entry)
    other.finish(entry)
    assert other.is_whole(entry.blob)
    into = tmp_path / "into"
    into.mkdir()
    told: list[int] = []
    assert other.save(entry, into, told.append).read_bytes() == CONTENT
    assert told[-1] == len(CONTENT)


def test_a_file_that_is_another_one_than_its_sender_said_is_dropped(
    folder: FileFolder, source: Path, tmp_path: Path
) -> None:
    entry, other = folder.seal(source, None, quietly), other_folder(tmp_path)
    lie = replace_entry(entry, sha256=bytes(32))
    copied(folder, other, lie)
    with pytest.raises(CryptoError) as refused:
        other.finish(lie)
    assert refused.value.code is ErrorCode.DECRYPTION_FAILED
    assert other.written(entry.blob) == 0
    with pytest.raises(CryptoError):
        folder.save(lie, tmp_path, quietly)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other", "photo.jpg", "sealed"]


def replace_entry(entry: FileEntry, **changes: object) -> FileEntry:
    fields = {name: getattr(entry, name) for name in entry.__struct_fields__}
    return FileEntry(**{**fields, **changes})


def test_a_file_of_another_size_is_dropped(folder: FileFolder, source: Path, tmp_path: Path) -> None:
    entry, other = folder.seal(source, None, quietly), other_folder(tmp_path)
    copied(folder, other, entry)
    with pytest.raises(CryptoError):
        other.finish(replace_entry(entry, size=entry.size * 2))
    assert other.written(entry.blob) == 0


def test_a_block_that_was_half_written_is_written_anew(folder: FileFolder, source: Path, tmp_path: Path) -> None:
    entry, other = folder.seal(source, None, quietly), other_folder(tmp_path)
    other.append(entry.blob, 0, (folder.read(entry.blob, 0),))
    other.append(entry.blob, BLOCK_BYTES, (b"half",))
    assert other.written(entry.blob) == BLOCK_BYTES + 4
    copied(folder, other, entry)
    other.finish(entry)
    assert other.is_whole(entry.blob)


def test_what_cannot_be_read_or_is_too_large_leaves_nothing(folder: FileFolder, source: Path, tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nowhere", Path("/dev/null")):
        with pytest.raises(UsageError):
            folder.seal(path, None, quietly)
    with pytest.raises(BabiluError) as refused:
        folder.seal(source, len(CONTENT) - 1, quietly)
    assert refused.value.code is ErrorCode.TOO_LARGE
    assert list(folder.listed()) == []


def test_a_seal_that_is_stopped_leaves_nothing(folder: FileFolder, source: Path) -> None:
    def stop(_: int) -> None:
        raise BabiluError(ErrorCode.CLOSED, "Enough.")

    with pytest.raises(BabiluError):
        folder.seal(source, None, stop)
    assert list(folder.listed()) == []


def test_what_was_just_sealed_is_new_until_its_message_is_there(folder: FileFolder, source: Path) -> None:
    entry = folder.seal(source, None, quietly)
    assert folder.is_new(entry.blob)
    folder.settled((entry.blob,))
    assert not folder.is_new(entry.blob)


def test_what_else_lies_in_the_folder_is_left_alone(folder: FileFolder, source: Path, tmp_path: Path) -> None:
    entry = folder.seal(source, None, quietly)
    (tmp_path / "sealed" / "notes.txt").write_text("mine")
    assert list(folder.listed()) == [entry.blob]
    folder.delete((entry.blob,))
    assert [path.name for path in (tmp_path / "sealed").iterdir()] == ["notes.txt"]


def test_nothing_is_saved_into_a_folder_that_cannot_be_written(
    folder: FileFolder, source: Path, tmp_path: Path
) -> None:
    entry = folder.seal(source, None, quietly)
    with pytest.raises(UsageError):
        folder.save(entry, tmp_path / "nowhere", quietly)


def test_a_save_that_was_killed_leaves_nothing_under_its_name_and_the_next_takes_its_place(
    folder: FileFolder, source: Path, tmp_path: Path
) -> None:
    entry, into = folder.seal(source, None, quietly), tmp_path / "into"
    into.mkdir()

    def die(_: int) -> None:
        raise SystemExit

    unlink = Path.unlink
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            Path, "unlink", lambda path, missing_ok=False: None if path.exists() else unlink(path, missing_ok)
        )
        with pytest.raises(SystemExit):
            folder.save(entry, into, die)
    (left,) = into.iterdir()
    assert left.name.startswith(".")
    assert folder.save(entry, into, quietly).name == "photo.jpg"
    assert [path.name for path in into.iterdir()] == ["photo.jpg"]


def test_a_name_is_nobody_s_also_where_there_are_no_links(
    folder: FileFolder, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry, into = folder.seal(source, None, quietly), tmp_path / "into"
    into.mkdir()
    (into / "photo.jpg").write_text("mine")

    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    assert folder.save(entry, into, quietly).name == "photo (2).jpg"
    assert (into / "photo.jpg").read_text() == "mine"
    assert (into / "photo (2).jpg").read_bytes() == CONTENT


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names")
def test_a_pipe_to_which_nobody_writes_is_refused_and_not_waited_for(folder: FileFolder, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as thread:
        sealing = thread.submit(folder.seal, pipe, None, quietly)
        try:
            error = sealing.exception(timeout=10)
        finally:
            # Whoever waits all the same is let go.
            with contextlib.suppress(OSError):
                os.close(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))
    assert isinstance(error, UsageError)
    assert "is no file" in error.text
