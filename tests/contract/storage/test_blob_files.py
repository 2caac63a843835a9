"""Bytes of sealed files, in a folder and in a database: they grow at their end alone, and are read once complete."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from babilu.kernel.ids import BlobId
from babilu.relay.storage.blobs.filesystem import FilesystemBlobs
from babilu.relay.storage.blobs.port import ENTRY_BYTES, BlobFiles, BlobPart
from babilu.relay.storage.postgresql import PostgresOptions, PostgresStorage
from babilu.relay.storage.postgresql.blob_files import ROW_BYTES

OpenFiles = Callable[[], Awaitable[BlobFiles]]

ONE, TWO = BlobId(bytes(16)), BlobId(bytes([1] * 16))


@pytest.fixture(params=["filesystem", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """Give the folder, or the URL of the database, of a test's files."""
    return tmp_path / "blobs" if request.param == "filesystem" else str(request.getfixturevalue("tables"))


@pytest.fixture
async def reopen_files(where: Path | str) -> AsyncIterator[OpenFiles]:
    async with AsyncExitStack() as closing:

        async def open_files() -> BlobFiles:
            if isinstance(where, Path):
                folder = await FilesystemBlobs.open(where)
                closing.push_async_callback(folder.close)
                return folder
            storage = await PostgresStorage.open(where, PostgresOptions(unsafe=True))
            closing.push_async_callback(storage.close)
            return storage.files

        yield open_files


@pytest.fixture
async def files(reopen_files: OpenFiles) -> BlobFiles:
    return await reopen_files()


async def test_a_blob_grows_at_its_end_alone(files: BlobFiles) -> None:
    assert await files.offset(ONE) == 0
    assert await files.write(ONE, 0, b"abc") == 3
    assert await files.write(ONE, 0, b"xyz") == 3
    assert await files.write(ONE, 5, b"xyz") == 3
    assert await files.write(ONE, 3, b"def") == 6
    assert (await files.offset(ONE), files.total) == (6, 6 + ENTRY_BYTES)
    await files.complete(ONE)
    assert await files.read(ONE, 0, 100) == BlobPart(b"abcdef", 6)


async def test_only_what_is_complete_can_be_read_and_it_never_changes(files: BlobFiles) -> None:
    await files.write(ONE, 0, b"abc")
    assert await files.read(ONE, 0, 100) is None
    await files.complete(ONE)
    await files.complete(ONE)
    assert await files.read(ONE, 1, 1) == BlobPart(b"b", 3)
    assert await files.read(ONE, 3, 1) == BlobPart(b"", 3)
    assert await files.write(ONE, 3, b"def") == 3
    assert await files.read(ONE, 0, 100) == BlobPart(b"abc", 3)


async def test_a_new_start_goes_on_where_the_last_one_stopped(files: BlobFiles, reopen_files: OpenFiles) -> None:
    await files.write(ONE, 0, b"abc")
    await files.write(TWO, 0, b"xy")
    await files.complete(TWO)
    again = await reopen_files()
    assert again.total == 5 + 2 * ENTRY_BYTES
    assert await again.write(ONE, 3, b"def") == 6
    assert {blob async for some in again.listed() for blob in some} == {ONE, TWO}


async def test_what_is_deleted_gives_its_room_back(files: BlobFiles, reopen_files: OpenFiles) -> None:
    await files.write(ONE, 0, b"abc")
    await files.write(TWO, 0, b"xy")
    await files.complete(TWO)
    await files.delete((ONE, TWO, BlobId(bytes([2] * 16))))
    assert files.total == 0
    assert [blob async for blob in (await reopen_files()).listed()] == []


async def test_parts_that_come_together_are_written_in_their_order(files: BlobFiles) -> None:
    writes = [
        files.write(ONE, 0, b"ab"),
        files.write(TWO, 0, b"xy"),
        files.write(ONE, 2, b"cd"),
        files.write(ONE, 3, b"never"),
        files.write(ONE, 4, b"ef"),
    ]
    assert await asyncio.gather(*writes) == [2, 2, 4, 4, 6]
    await files.complete(ONE)
    assert await files.read(ONE, 0, 100) == BlobPart(b"abcdef", 6)
    assert files.total == 8 + 2 * ENTRY_BYTES


async def test_parts_that_wait_to_be_written_go_with_their_blob(files: BlobFiles) -> None:
    waiting = asyncio.gather(files.write(ONE, 0, b"ab"), files.write(TWO, 0, b"xy"), return_exceptions=True)
    # Both have queued up, and nothing has taken them yet.
    await asyncio.sleep(0)
    await files.delete((ONE,))
    outcomes = await waiting
    assert outcomes[1] == 2
    assert await files.offset(ONE) == 0


async def test_a_part_is_read_from_any_place(files: BlobFiles) -> None:
    size = 2 * ROW_BYTES + 700_000
    whole = bytes(range(256)) * (size // 256 + 1)
    for first in range(0, size, 65_536):
        assert await files.write(ONE, first, whole[first : min(first + 65_536, size)]) == min(first + 65_536, size)
    await files.complete(ONE)
    for first, most in ((0, size), (1, 1), (ROW_BYTES - 3, 10), (65_530, 2 * 65_536), (size - 5, 100), (size, 1)):
        assert await files.read(ONE, first, most) == BlobPart(whole[first : min(first + most, size)], size)
    assert await files.read(TWO, 0, 1) is None


async def test_what_is_at_hand_is_what_one_would_read(files: BlobFiles) -> None:
    await files.write(ONE, 0, b"abcdef")
    assert files.at_hand(ONE, 0, 100) is None
    await files.complete(ONE)
    read = await files.read(ONE, 2, 3)
    # Whether anything is at hand is the system's affair.
    assert files.at_hand(ONE, 2, 3) in (read, None)
    assert files.at_hand(ONE, 6, 3) is None
    await files.delete((ONE,))
    assert files.at_hand(ONE, 2, 3) is None


async def test_parts_that_come_together_after_a_wrong_one_are_written(files: BlobFiles) -> None:
    await files.write(ONE, 0, b"abc")
    ends = await asyncio.gather(files.write(ONE, 0, b"xyz"), files.write(ONE, 3, b"def"))
    assert list(ends) == [3, 6]
