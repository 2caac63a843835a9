import sqlite3
import stat
import threading
from pathlib import Path

import pytest

from babilu.kernel.errors import ErrorCode, LinkError, ProfileError
from babilu.relay.storage.records import Stored
from babilu.relay.storage.sqlite import SqliteStorage
from babilu.relay.storage.sqlite.tables import Tables
from babilu.relay.storage.sqlite.writer import Writer
from tests.contract.storage.builders import NOW, QUOTA, device, register, store, submission
from tests.relay_client import PATIENCE_S


def execute(tables: Tables, statement: str) -> None:
    tables.mail._connection.execute(statement)


def modes(folder: Path) -> set[int]:
    return {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}


async def test_the_database_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    storage = await SqliteStorage.open(tmp_path / "relay.db")
    await register(storage, "alice")
    found = modes(tmp_path)
    await storage.close()
    assert found == {0o600}


async def test_a_database_of_a_newer_version_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "relay.db"
    await (await SqliteStorage.open(path)).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 999")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(ProfileError) as refusal:
        await SqliteStorage.open(path)
    assert refusal.value.code is ErrorCode.PROFILE_TOO_NEW
    assert path.read_bytes() == before


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "relay.db"
    path.write_bytes(b"no database at all, but long enough to have a header" * 100)
    with pytest.raises(ProfileError) as refusal:
        await SqliteStorage.open(path)
    assert refusal.value.code is ErrorCode.PROFILE_DAMAGED


async def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "relay.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    connection.close()
    with pytest.raises(ProfileError) as refusal:
        await SqliteStorage.open(path)
    assert refusal.value.code is ErrorCode.PROFILE_DAMAGED


async def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProfileError) as refusal:
        await SqliteStorage.open(tmp_path / "missing" / "relay.db")
    assert refusal.value.code is ErrorCode.DISK_FULL


async def test_a_full_disk_is_unavailable_for_writers_only_and_ends_when_there_is_room_again(tmp_path: Path) -> None:
    writer = await Writer.start(tmp_path / "relay.db")
    storage = SqliteStorage(writer)
    await register(storage, "alice", "bob")
    await store(storage, "bob", b"kept")
    await writer.call(lambda tables: execute(tables, "PRAGMA max_page_count = 1"))
    large = submission("bob", b"x" * 50_000)
    refused = storage.mail.submit([large], NOW, QUOTA)
    reading = storage.mail.read(device("bob"), 0, 10, 10**6)
    with pytest.raises(LinkError) as refusal:
        await refused
    assert refusal.value.code is ErrorCode.UNAVAILABLE
    assert [stored_envelope.envelope for stored_envelope in (await reading).stored_envelopes] == [b"kept"]
    await writer.call(lambda tables: execute(tables, "PRAGMA max_page_count = 1000000"))
    assert await storage.mail.submit([large], NOW, QUOTA) == [Stored(2, NOW)]
    await storage.close()


async def test_what_arrives_while_a_transaction_is_written_shares_the_next_one(tmp_path: Path) -> None:
    writer = await Writer.start(tmp_path / "relay.db")
    storage = SqliteStorage(writer)
    await register(storage, "alice", "bob")
    statements: list[str] = []
    await writer.call(lambda tables: tables.mail._connection.set_trace_callback(statements.append))
    go_on = threading.Event()
    held = writer.call(lambda _: go_on.wait(PATIENCE_S))
    submitted = [storage.mail.submit([submission("bob", b"%d" % n)], NOW, QUOTA) for n in range(20)]
    go_on.set()
    await held
    for future in submitted:
        await future
    await storage.close()
    assert statements.count("COMMIT") == 2


async def test_a_call_that_fails_takes_no_other_with_it(tmp_path: Path) -> None:
    writer = await Writer.start(tmp_path / "relay.db")
    storage = SqliteStorage(writer)
    await register(storage, "alice", "bob")
    go_on = threading.Event()
    held = writer.call(lambda _: go_on.wait(PATIENCE_S))
    before = storage.mail.submit([submission("bob", b"1")], NOW, QUOTA)
    broken = writer.call(lambda tables: execute(tables, "INSERT INTO nowhere VALUES (1)"))
    after = storage.mail.submit([submission("bob", b"2")], NOW, QUOTA)
    go_on.set()
    await held
    with pytest.raises(LinkError):
        await broken
    assert [await before, await after] == [[Stored(1, NOW)], [Stored(2, NOW)]]
    await storage.close()


async def test_a_database_of_one_node_names_none(tmp_path: Path) -> None:
    storage = await SqliteStorage.open(tmp_path / "relay.db")
    await register(storage, "alice", "bob")
    resumed = [await storage.mail.resume(device("bob"), 0, None, 0) for _ in range(2)]
    outcomes = await storage.mail.submit([submission("bob", b"1")], NOW, QUOTA)
    await storage.close()
    assert [getattr(each, "former", 0) for each in resumed] == [None, None]
    assert [getattr(each, "node", 0) for each in outcomes] == [None]


async def test_what_was_asked_for_before_the_end_is_done_and_nothing_after(tmp_path: Path) -> None:
    storage = await SqliteStorage.open(tmp_path / "relay.db")
    await register(storage, "alice", "bob")
    last = storage.mail.submit([submission("bob", b"1")], NOW, QUOTA)
    await storage.close()
    assert await last == [Stored(1, NOW)]
    with pytest.raises(LinkError):
        await storage.mail.submit([submission("bob", b"2")], NOW, QUOTA)
    await storage.close()
