"""Which sealed files there are: reserved within an account's share, released before they are deleted."""

from babilu.kernel.errors import ErrorCode
from babilu.kernel.ids import BlobId
from babilu.relay.storage.blobs.port import ENTRY_BYTES
from babilu.relay.storage.port import Storage
from babilu.relay.storage.records import BlobRecord, Refused
from tests.contract.storage.builders import NOW, octets, register
from tests.contract.storage.conftest import Reopen

MOST = 1_000 + 2 * ENTRY_BYTES
ALL = 100


def blob(label: str) -> BlobId:
    return BlobId(octets(f"blob {label}", 16))


async def create(
    storage: Storage, account: int, label: str, size: int, at: int = NOW, most: int = MOST
) -> BlobRecord | Refused:
    return await storage.blobs.create(account, blob(label), size, at, most)


async def stored(storage: Storage, account: int, label: str, size: int, at: int = NOW) -> None:
    assert await create(storage, account, label, size, at, 10**9) == BlobRecord(blob(label), size, complete=False)
    assert await storage.blobs.complete(blob(label), at)


async def test_room_is_reserved_once_and_remembered(storage: Storage, reopen: Reopen) -> None:
    alice, bob = await register(storage, "alice", "bob")
    assert await create(storage, alice, "one", 600) == BlobRecord(blob("one"), 600, complete=False)
    assert await create(storage, alice, "one", 600) == BlobRecord(blob("one"), 600, complete=False)
    assert await create(storage, alice, "two", 401) == Refused(ErrorCode.QUOTA)
    await storage.blobs.complete(blob("one"), NOW)

    storage = await reopen()
    assert await create(storage, alice, "one", 600) == BlobRecord(blob("one"), 600, complete=True)
    assert await create(storage, alice, "two", 401) == Refused(ErrorCode.QUOTA)
    assert await create(storage, bob, "two", 401) == BlobRecord(blob("two"), 401, complete=False)


async def test_an_id_is_no_other_size_and_nobody_else_s(storage: Storage) -> None:
    alice, bob = await register(storage, "alice", "bob")
    await create(storage, alice, "one", 600)
    assert await create(storage, alice, "one", 601) == Refused(ErrorCode.CONFLICT)
    assert await create(storage, bob, "one", 600) == Refused(ErrorCode.CONFLICT)
    assert not await storage.blobs.release(bob, blob("one"))


async def test_what_is_released_takes_no_room_and_is_forgotten_once_it_is_deleted(storage: Storage) -> None:
    (alice,) = await register(storage, "alice")
    await stored(storage, alice, "one", 900)
    assert await storage.blobs.release(alice, blob("one"))
    assert await create(storage, alice, "two", 900) == BlobRecord(blob("two"), 900, complete=False)
    assert await create(storage, alice, "one", 50) == Refused(ErrorCode.BUSY)
    assert await storage.blobs.known((blob("one"), blob("two"), blob("three"))) == {blob("one"), blob("two")}

    await storage.blobs.forget((blob("one"), blob("two")))
    assert await storage.blobs.known((blob("one"), blob("two"))) == {blob("two")}


async def test_what_was_released_is_not_complete_any_more(storage: Storage) -> None:
    (alice,) = await register(storage, "alice")
    await create(storage, alice, "one", 900)
    await storage.blobs.release(alice, blob("one"))
    assert not await storage.blobs.complete(blob("one"), NOW)


async def test_what_was_stored_long_enough_and_what_was_never_finished_goes(storage: Storage) -> None:
    (alice,) = await register(storage, "alice")
    await stored(storage, alice, "old", 10, NOW)
    await stored(storage, alice, "young", 10, NOW + 50)
    await create(storage, alice, "unfinished", 10, NOW + 20, 10**9)
    assert await storage.blobs.release_overdue(NOW, NOW + 20, ALL) == ()
    assert await storage.blobs.release_overdue(NOW + 1, NOW + 20, ALL) == (blob("old"),)
    assert await storage.blobs.release_overdue(NOW + 1, NOW + 21, ALL) == (blob("old"), blob("unfinished"))
    await storage.blobs.forget((blob("old"),))
    assert await storage.blobs.release_overdue(NOW + 1, NOW + 21, ALL) == (blob("unfinished"),)


async def test_the_files_of_a_deleted_account_are_released(storage: Storage) -> None:
    alice, bob = await register(storage, "alice", "bob")
    await stored(storage, alice, "one", 10)
    await stored(storage, bob, "two", 10)
    await storage.accounts.delete(alice)
    assert await storage.blobs.release_overdue(0, 0, ALL) == (blob("one"),)


async def test_whoever_has_most_gives_way_the_oldest_first_and_not_to_somebody_with_more(storage: Storage) -> None:
    alice, bob, carol = await register(storage, "alice", "bob", "carol")
    for number in range(3):
        await stored(storage, alice, f"a{number}", 200_000, NOW + number)
    await stored(storage, bob, "b", 300_000)
    await create(storage, carol, "c", 350_000, NOW, 10**9)
    assert await storage.blobs.release_greediest(carol, 1, ALL) == (blob("a0"),)
    assert await storage.blobs.release_greediest(carol, 10**9, ALL) == (blob("a1"),)
    assert await storage.blobs.release_greediest(alice, 1, ALL) == (blob("b"),)


async def test_a_file_whose_bytes_are_gone_can_be_written_anew(storage: Storage) -> None:
    (alice,) = await register(storage, "alice")
    await stored(storage, alice, "one", 900)
    await storage.blobs.reopen(blob("one"))
    assert await create(storage, alice, "one", 900) == BlobRecord(blob("one"), 900, complete=False)


async def test_an_account_reads_which_files_are_its_own(storage: Storage) -> None:
    alice, bob = await register(storage, "alice", "bob")
    await stored(storage, alice, "one", 900)
    await stored(storage, bob, "two", 900)
    page = await storage.accounts.holdings(alice, (0, ()), 1_000, 1_000_000)
    (held,) = (table for table in page.tables if table.name == "blob")
    assert [dict(zip(held.columns, row, strict=True)) for row in held.rows] == [
        {"blob": blob("one"), "size": 900, "created_at": NOW, "completed_at": NOW}
    ]


async def test_statistics_count_files_until_their_bytes_are_gone(storage: Storage) -> None:
    (alice,) = await register(storage, "alice")
    await stored(storage, alice, "one", 900)
    await storage.blobs.release(alice, blob("one"))
    counted = await storage.administration.statistics()
    assert (counted.files, counted.file_bytes) == (1, 900 + ENTRY_BYTES)
    await storage.blobs.forget((blob("one"),))
    counted = await storage.administration.statistics()
    assert (counted.files, counted.file_bytes) == (0, 0)
