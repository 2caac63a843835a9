from pathlib import Path

from babilu.relay.base.admin_requests import DisableUser
from babilu.relay.storage.administration import Operator
from babilu.relay.storage.port import Storage
from babilu.relay.storage.records import HeldPlace, HeldTable, HeldValue
from babilu.relay.storage.sqlite.holdings import SOURCES
from babilu.relay.storage.sqlite.schema import open_database
from tests.contract.storage.builders import NOW, device, envelope_id, login_key, register, store
from tests.contract.storage.conftest import Reopen

EVERYTHING = 10**6


async def everything(storage: Storage, account: int, rows: int = EVERYTHING, size: int = EVERYTHING) -> list[HeldTable]:
    tables: list[HeldTable] = []
    place: HeldPlace | None = (0, ())
    while place is not None:
        page = await storage.accounts.holdings(account, place, rows, size)
        tables += page.tables
        assert page.following != place
        assert len(tables) < 100
        place = page.following
    return tables


def column(tables: list[HeldTable], table: str, name: str) -> list[HeldValue]:
    return [row[each.columns.index(name)] for each in tables if each.name == table for row in each.rows]


async def test_an_account_reads_its_own_rows_and_nobody_elses(storage: Storage) -> None:
    alice, _ = await register(storage, "alice", "bob")
    await store(storage, "alice", b"one", b"three")
    await store(storage, "bob", b"four")
    for name in ("alice", "bob"):
        await storage.administration.perform(DisableUser(name), NOW, Operator(0))

    held = await everything(storage, alice)

    assert column(held, "account", "name") == ["alice"]
    assert column(held, "account", "login_key") == [login_key("alice").public]
    assert column(held, "device", "device") == [device("alice")]
    assert (column(held, "mail", "seq"), column(held, "mail", "size")) == ([1, 2], [3, 5])
    assert set(column(held, "stored", "envelope")) == {envelope_id(b"one"), envelope_id(b"three")}
    assert len(column(held, "prekey", "key")) == 6
    assert column(held, "audit", "subject") == ["alice"]


async def test_pages_of_any_size_make_the_same_whole(storage: Storage, reopen: Reopen) -> None:
    (alice,) = await register(storage, "alice")
    await store(storage, "alice", b"one", b"three")
    # Which numbers a device has used may be written down a moment later.
    storage = await reopen()
    whole = [(each.name, row) for each in await everything(storage, alice) for row in each.rows]

    by_row = [(each.name, row) for each in await everything(storage, alice, rows=1) for row in each.rows]
    by_size = [(each.name, row) for each in await everything(storage, alice, size=1) for row in each.rows]

    assert whole == by_row == by_size


async def test_whoever_takes_a_name_again_does_not_read_of_the_one_before(storage: Storage) -> None:
    (alice,) = await register(storage, "alice")
    await storage.administration.perform(DisableUser("alice"), NOW - 1, Operator(0))

    assert column(await everything(storage, alice), "audit", "action") == []


def test_every_table_of_the_database_is_read_or_is_about_nobody(tmp_path: Path) -> None:
    about_nobody = {"relay", "invitation", "sqlite_sequence"}
    unread = {"mail": {"id", "mailbox", "envelope"}, "stored": {"mailbox"}, "known": {"mailbox"}, "prekey": {"number"}}
    unread |= {
        "account": {"id"},
        "device": {"id", "account"},
        "audit": {"id", "uid", "officer"},
        "blob": {"id", "account"},
    }
    database = open_database(tmp_path / "relay.db")
    try:
        tables = {name for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
        assert tables == about_nobody | {source.name for source in SOURCES}
        for source in SOURCES:
            there = {row[1] for row in database.execute(f"PRAGMA table_info({source.name})")}
            assert there - set(source.columns) == unread.get(source.name, set())
    finally:
        database.close()


def test_every_page_is_read_along_an_index_whatever_there_is(tmp_path: Path) -> None:
    database = open_database(tmp_path / "relay.db")
    try:
        for source in SOURCES:
            statement = f"SELECT * FROM {source.which} AND {source.key} > 0 ORDER BY {source.key} LIMIT 500"
            plan = database.execute(f"EXPLAIN QUERY PLAN {statement}", {"account": 1, "number": 1}).fetchall()
            steps = [str(step[3]) for step in plan]
            # A device has four hundred prekeys at most: to sort them is no matter.
            assert source.name == "prekey" or not any("TEMP B-TREE" in step for step in steps), (source.name, steps)
            # The audit log keeps 10,000 entries.
            assert source.name == "audit" or not any(step.startswith("SCAN") for step in steps), (source.name, steps)
    finally:
        database.close()
