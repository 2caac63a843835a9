"""Bytes of sealed files in a folder: they grow at their end alone, and are read once all of them are on disk."""

import asyncio
import errno
import os
import threading
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from babilu.kernel.errors import ErrorCode, LinkError
from babilu.kernel.ids import BlobId
from babilu.relay.storage.blobs.filesystem import READ_TOGETHER, READERS, FilesystemBlobs
from babilu.relay.storage.blobs.growing_files import GROWING_AT_MOST, GrowingFile
from babilu.relay.storage.blobs.open_files import OPEN_AT_MOST, OpenFiles
from babilu.relay.storage.blobs.port import ENTRY_BYTES, BlobPart

ONE, TWO = BlobId(bytes(16)), BlobId(bytes([1] * 16))


@pytest.fixture
async def files(tmp_path: Path) -> AsyncIterator[FilesystemBlobs]:
    opened = await FilesystemBlobs.open(tmp_path / "blobs")
    yield opened
    await opened.close()


async def test_nobody_else_may_read_the_folder(files: FilesystemBlobs, tmp_path: Path) -> None:
    await files.write(ONE, 0, b"abc")
    modes = {path.stat().st_mode & 0o777 for path in (tmp_path / "blobs").rglob("*") if path.is_file()}
    assert modes == {0o600}
    assert {path.stat().st_mode & 0o777 for path in [tmp_path / "blobs", *(tmp_path / "blobs").iterdir()]} == {0o700}


async def test_a_blob_is_named_as_complete_only_after_it_was_synced(
    files: FilesystemBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    await files.write(ONE, 0, b"abc")
    await files.write(TWO, 0, b"def")
    # The folder of folders is on the disk with it.
    await files.complete(TWO)
    synced = os.fsync

    def failing(file: int) -> None:
        del file
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", failing)
    with pytest.raises(LinkError) as refused:
        await files.complete(ONE)
    assert refused.value.code is ErrorCode.UNAVAILABLE
    assert await files.read(ONE, 0, 100) is None
    monkeypatch.setattr(os, "fsync", synced)
    await files.complete(ONE)
    assert await files.read(ONE, 0, 100) == BlobPart(b"abc", 3)


async def test_blobs_that_end_together_are_put_on_disk_together(
    files: FilesystemBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    blobs = [BlobId(bytes([place] * 16)) for place in range(3)]
    for blob in blobs:
        await files.write(blob, 0, b"abc")
    asked, sync, rename = list[str](), os.fsync, Path.rename

    def synced(file: int) -> None:
        asked.append("sync")
        sync(file)

    def named(path: Path, target: Path) -> Path:
        asked.append("name")
        return rename(path, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "rename", named)
    await asyncio.gather(*map(files.complete, blobs))
    # Once the folder of the others, then all that they are, then their names, then their folders.
    assert asked == ["sync", *["sync"] * 3, *["name"] * 3, *["sync"] * 3]
    assert [await files.read(blob, 0, 9) for blob in blobs] == [BlobPart(b"abc", 3)] * 3


async def test_a_blob_that_cannot_be_synced_holds_up_none_that_ends_with_it(
    files: FilesystemBlobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await files.write(ONE, 0, b"abc")
    await files.write(TWO, 0, b"def")
    sync = os.fsync

    def failing_one(file: int) -> None:
        if os.path.samestat(os.fstat(file), part.stat()):
            raise OSError(5, "Input/output error")
        sync(file)

    (part,) = (path for path in (tmp_path / "blobs").rglob("*.part") if path.name.startswith(ONE.hex()))
    monkeypatch.setattr(os, "fsync", failing_one)
    one, two = await asyncio.gather(files.complete(ONE), files.complete(TWO), return_exceptions=True)
    assert (isinstance(one, LinkError), two) == (True, None)
    assert await files.read(ONE, 0, 9) is None
    assert await files.read(TWO, 0, 9) == BlobPart(b"def", 3)


async def test_a_part_that_has_no_room_leaves_nothing(files: FilesystemBlobs, monkeypatch: pytest.MonkeyPatch) -> None:
    await files.write(ONE, 0, b"abc")
    written = os.writev

    def full(file: int, parts: Sequence[memoryview]) -> int:
        written(file, [parts[0][:1]])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "writev", full)
    with pytest.raises(LinkError):
        await files.write(ONE, 3, b"def")
    monkeypatch.setattr(os, "writev", written)
    assert (await files.offset(ONE), files.total) == (3, 3 + ENTRY_BYTES)
    assert await files.write(ONE, 3, b"def") == 6


async def test_parts_of_which_the_system_takes_only_some_are_written_whole(
    files: FilesystemBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = os.writev
    monkeypatch.setattr(os, "writev", lambda file, parts: written(file, [b"".join(parts)[:4]]))
    parts = (b"abc", b"defgh", b"", b"ijklmno")
    offsets = (0, 3, 8, 8)
    waiting = [files.write(ONE, offset, part) for offset, part in zip(offsets, parts, strict=True)]
    assert [await each for each in waiting] == [3, 8, 8, 15]
    await files.complete(ONE)
    assert await files.read(ONE, 0, 100) == BlobPart(b"abcdefghijklmno", 15)


class Disk:
    """A disk that syncs only when a test says so, and refuses the next syncs where it is told to, each once."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.free, self.began = threading.Event(), threading.Event()
        self.refusals = 0
        self.syncs = 0
        self._sync = os.fsync
        monkeypatch.setattr("babilu.relay.storage.blobs.growing_files.SYNC_EVERY_BYTES", 4)
        monkeypatch.setattr(os, "fsync", self._wait)

    def _wait(self, file: int) -> None:
        self.syncs += 1
        refused, self.refusals = self.refusals > 0, max(self.refusals - 1, 0)
        if refused:
            self.began.set()
        assert self.free.wait(10)
        if refused:
            raise OSError(errno.EIO, "Input/output error")
        self._sync(file)


async def test_a_large_blob_is_synced_beside_what_follows_and_is_complete_only_then(
    files: FilesystemBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    await files.write(ONE, 0, b"abc")
    disk = Disk(monkeypatch)
    async with asyncio.timeout(10):
        assert await files.write(ONE, 3, b"defg") == 7
        # What crosses the next border while the disk is at work is synced with the rest.
        assert await files.write(ONE, 7, b"hijklmno") == 15
        assert disk.syncs <= 1
        completing = asyncio.ensure_future(files.complete(ONE))
        assert await files.read(ONE, 0, 100) is None
        assert not completing.done()
        disk.free.set()
        await completing
    assert disk.syncs >= 2
    assert await files.read(ONE, 0, 100) == BlobPart(b"abcdefghijklmno", 15)


async def test_what_the_disk_refused_to_sync_is_taken_back_and_crosses_again(
    files: FilesystemBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk(monkeypatch)
    disk.free.set()
    await files.write(ONE, 0, b"abcd")
    await files.write(TWO, 0, b"xy")
    # The thread that syncs does one thing after another.
    await asyncio.get_running_loop().run_in_executor(files._syncing, int)
    disk.free.clear()
    disk.refusals = 1
    await files.write(ONE, 4, b"efgh")
    await asyncio.get_running_loop().run_in_executor(None, disk.began.wait, 10)
    # A system tells once that it could not write: who does not wait for that believes the next sync.
    completing = asyncio.ensure_future(files.complete(ONE))
    disk.free.set()
    with pytest.raises(LinkError) as refused:
        await completing
    assert refused.value.code is ErrorCode.UNAVAILABLE
    assert await files.read(ONE, 0, 100) is None
    written = await files.offset(ONE)
    assert (written, files.total) == (4, 4 + 2 + 2 * ENTRY_BYTES)
    assert await files.write(ONE, 4, b"EFGH") == 8
    await files.complete(ONE)
    assert await files.read(ONE, 0, 100) == BlobPart(b"abcdEFGH", 8)


async def test_a_blob_is_opened_once_for_all_of_its_parts(
    files: FilesystemBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    open_, looked = os.open, Path.stat
    looks: list[Path] = []

    def noting(path: str | Path, flags: int, mode: int = 0o777) -> int:
        opened.append(str(path))
        return open_(path, flags, mode)

    def looking(path: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        looks.append(path)
        return looked(path, follow_symlinks=follow_symlinks)

    monkeypatch.setattr(os, "open", noting)
    assert await files.write(ONE, 0, b"a") == 1
    monkeypatch.setattr(Path, "stat", looking)
    for at in range(1, 100):
        assert await files.write(ONE, at, b"a") == at + 1
    assert [path for path in opened if path.endswith(".part")] == [str(files._part(ONE))]
    assert looks == []


async def test_so_many_blobs_are_open_while_they_grow_and_no_more(files: FilesystemBlobs) -> None:
    blobs = [BlobId(number.to_bytes(16)) for number in range(GROWING_AT_MOST + 1)]
    for blob in blobs:
        await files.write(blob, 0, b"a")
    assert len(files._growing._files) == GROWING_AT_MOST
    # The one that had to go is opened anew.
    assert await files.write(blobs[0], 1, b"b") == 2
    assert files.total == len(blobs) * (1 + ENTRY_BYTES) + 1


async def test_what_else_lies_in_the_folder_is_left_alone(files: FilesystemBlobs, tmp_path: Path) -> None:
    await files.write(ONE, 0, b"abc")
    (tmp_path / "blobs" / "00" / "notes.txt").write_text("mine")
    (tmp_path / "blobs" / "readme").write_text("mine")
    assert [some async for some in files.listed()] == [(ONE,)]


async def test_a_blob_that_cannot_be_written_leaves_those_that_came_with_it_alone(
    files: FilesystemBlobs, tmp_path: Path
) -> None:
    # Nobody can append to a folder, and root is no exception.
    (tmp_path / "blobs" / "00" / f"{ONE.hex()}.part").mkdir(parents=True)
    # The first is under way while the others queue up behind it.
    outcomes = await asyncio.gather(
        files.write(TWO, 0, b"v"), files.write(ONE, 0, b"cd"), files.write(TWO, 1, b"w"), return_exceptions=True
    )
    assert (outcomes[0], outcomes[2]) == (1, 2)
    assert isinstance(outcomes[1], LinkError)
    assert outcomes[1].code is ErrorCode.UNAVAILABLE


async def test_a_defect_at_one_part_holds_up_none_that_comes_later(
    files: FilesystemBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    def defective(*_: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as broken:
        broken.setattr(GrowingFile, "append", defective)
        async with asyncio.timeout(10):
            with pytest.raises(RuntimeError):
                await files.write(ONE, 0, b"ab")
    async with asyncio.timeout(10):
        assert await files.write(ONE, 0, b"ab") == 2


async def test_parts_that_are_asked_for_together_are_read_together_and_each_by_itself(
    files: FilesystemBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    await files.write(ONE, 0, b"abcdef")
    await files.complete(ONE)
    together: list[int] = []
    read_batch = FilesystemBlobs._read_batch

    def noted(reading: FilesystemBlobs, batch: list[object]) -> object:
        together.append(len(batch))
        return read_batch(reading, batch)  # type: ignore[arg-type]  # as it came

    monkeypatch.setattr(FilesystemBlobs, "_read_batch", noted)
    asked = (files.read(ONE, at, 1) for at in range(READ_TOGETHER))
    outcomes = await asyncio.gather(files.read(TWO, 0, 1), *asked)
    parts = [each.octets for each in outcomes if each is not None]
    assert outcomes[0] is None
    assert parts == [b"a", b"b", b"c", b"d", b"e", b"f", b"", b""][:READ_TOGETHER]
    assert sorted(together) == [1, READ_TOGETHER]
    assert await files.read(ONE, 0, 2) == BlobPart(b"ab", 6)


@pytest.mark.skipif(not hasattr(os, "RWF_NOWAIT"), reason="Linux")
async def test_what_the_system_has_not_in_memory_is_left_to_a_thread(
    files: FilesystemBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    await files.write(ONE, 0, b"abcdef")
    await files.complete(ONE)
    assert await files.read(ONE, 0, 2) == BlobPart(b"ab", 6)
    answers: list[int | OSError] = [
        BlockingIOError(errno.EAGAIN, "It lies on the disk."),
        1,
        2,
        OSError(errno.EOPNOTSUPP, "No such option."),
    ]
    asked: list[int] = []

    def read(file: int, buffers: Sequence[bytearray], offset: int, flags: int) -> int:
        del file, offset
        asked.append(flags)
        answer = answers.pop(0)
        if isinstance(answer, OSError):
            raise answer
        buffers[0][:answer] = b"cd"[:answer]
        return answer

    monkeypatch.setattr(os, "preadv", read)
    given = [files.at_hand(ONE, 2, 2) for _ in range(5)]
    assert given == [None, None, BlobPart(b"cd", 6), None, None]
    # A file system that knows nothing of it is not asked again.
    assert asked == [os.RWF_NOWAIT] * 4
    assert await files.read(ONE, 2, 2) == BlobPart(b"cd", 6)


async def test_what_cannot_be_read_is_told_and_holds_up_nothing_else(
    files: FilesystemBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    await files.write(ONE, 0, b"ab")
    await files.complete(ONE)
    read = FilesystemBlobs._read

    def refuse(reading: FilesystemBlobs, blob: BlobId, offset: int, most: int) -> BlobPart | None:
        if blob == TWO:
            raise OSError(errno.EIO, "The disk is broken.")
        return read(reading, blob, offset, most)

    with monkeypatch.context() as broken:
        broken.setattr(FilesystemBlobs, "_read", refuse)
        outcomes = await asyncio.gather(files.read(TWO, 0, 1), files.read(ONE, 0, 1), return_exceptions=True)
    assert isinstance(outcomes[0], LinkError)
    assert outcomes[1] == BlobPart(b"a", 2)


async def test_a_defect_at_reading_holds_up_none_that_comes_later(
    files: FilesystemBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    def defective(*_: object) -> None:
        raise RuntimeError

    await files.write(ONE, 0, b"ab")
    await files.complete(ONE)
    with monkeypatch.context() as broken:
        broken.setattr(FilesystemBlobs, "_read", defective)
        for _ in range(READERS + 1):
            async with asyncio.timeout(10):
                with pytest.raises(RuntimeError):
                    await files.read(ONE, 0, 1)
    async with asyncio.timeout(10):
        assert await files.read(ONE, 0, 1) == BlobPart(b"a", 2)


async def test_so_many_files_stay_open_and_no_more(files: FilesystemBlobs, tmp_path: Path) -> None:
    blobs = [BlobId(number.to_bytes(16)) for number in range(OPEN_AT_MOST + 1)]
    for number, blob in enumerate(blobs):
        await files.write(blob, 0, bytes([number]))
        await files.complete(blob)
    opened = OpenFiles()
    kept = [opened.get(blob, next((tmp_path / "blobs").rglob(bytes(blob).hex()))) for blob in blobs]
    # The first had to go, and gives nothing to somebody who was about to read it; the others are open.
    assert [each.read(0, 1) for each in kept if each is not None] == [
        b"",
        *(bytes([n + 1]) for n in range(OPEN_AT_MOST)),
    ]
    opened.close_all()
    assert [each.read(0, 1) for each in kept if each is not None] == [b""] * (OPEN_AT_MOST + 1)
