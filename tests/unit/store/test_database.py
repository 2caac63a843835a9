import os
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from babilu.crypto.secret import Secret
from babilu.kernel.errors import ErrorCode, ProfileError
from babilu.kernel.limits import OLD_KEYS_KEPT_MS
from babilu.store import database as database_module
from babilu.store.database import Database
from babilu.store.message_records import SearchFilter
from babilu.store.unit_of_work import UnitOfWork
from tests.unit.store.builders import (
    KEY,
    NOW,
    SetClock,
    a_device,
    a_session,
    add_contact,
    add_incoming,
    add_outgoing,
    an_arrival,
    an_envelope,
    database_in,
    paths_in,
    reopened,
)


class PlannedError(Exception):
    """What a test lets go wrong on purpose."""


def write_and_fail(database: Database) -> None:
    with database.write() as unit:
        unit.settings.set("name", b"lost")
        raise PlannedError


def read_setting(database: Database, name: str = "name") -> bytes | None:
    with database.read() as unit:
        return unit.settings.get(name)


def write_setting(database: Database, value: bytes, name: str = "name") -> None:
    with database.write() as unit:
        unit.settings.set(name, value)


def test_what_a_transaction_wrote_is_there_after_it(database: Database) -> None:
    write_setting(database, b"kept")
    assert read_setting(database) == b"kept"


def test_what_was_committed_is_there_after_closing_and_opening(tmp_path: Path) -> None:
    with database_in(tmp_path) as database:
        write_setting(database, b"kept")
    with reopened(tmp_path) as database:
        assert read_setting(database) == b"kept"


def test_an_exception_takes_everything_of_its_transaction_back(database: Database) -> None:
    write_setting(database, b"before")
    with pytest.raises(PlannedError):
        write_and_fail(database)
    assert read_setting(database) == b"before"
    write_setting(database, b"after")
    assert read_setting(database) == b"after"


def test_a_savepoint_takes_only_its_own_part_back(database: Database) -> None:
    def part(unit: UnitOfWork) -> None:
        with unit.savepoint():
            unit.settings.set("part", b"lost")
            raise PlannedError

    with database.write() as unit:
        unit.settings.set("name", b"kept")
        with pytest.raises(PlannedError):
            part(unit)
        with unit.savepoint():
            unit.settings.set("other", b"kept")
    assert [read_setting(database, name) for name in ("name", "part", "other")] == [b"kept", None, b"kept"]


def test_a_reader_sees_one_snapshot_while_others_commit(database: Database) -> None:
    write_setting(database, b"old")
    with database.read() as reader:
        assert reader.settings.get("name") == b"old"
        write_setting(database, b"new")
        assert reader.settings.get("name") == b"old"
    assert read_setting(database) == b"new"


def test_a_reader_does_not_see_what_is_not_committed(database: Database) -> None:
    with database.write() as unit:
        unit.settings.set("name", b"new")
        assert read_setting(database) is None


def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises(ProfileError) as refused, database.read() as unit:
        unit.settings.set("name", b"value")
    assert refused.value.code is ErrorCode.NOT_ALLOWED
    assert read_setting(database) is None


def test_a_unit_is_of_no_use_after_its_transaction(database: Database) -> None:
    with database.write() as unit:
        pass
    with pytest.raises(RuntimeError, match="after its transaction"):
        unit.settings.set("name", b"value")
    with database.read() as reader:
        pass
    with pytest.raises(RuntimeError, match="after its transaction"):
        reader.settings.get("name")


def test_a_thread_that_writes_cannot_ask_to_write_again(database: Database) -> None:
    with database.write(), pytest.raises(RuntimeError, match="already"), database.write():
        pass
    write_setting(database, b"still usable")


def test_a_turn_to_write_that_never_comes_is_reported(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_module, "_PATIENCE_S", 0.001)
    codes: list[ErrorCode] = []

    def ask() -> None:
        try:
            write_setting(database, b"never")
        except ProfileError as error:
            codes.append(error.code)

    with database.write():
        thread = threading.Thread(target=ask)
        thread.start()
        thread.join()
    assert codes == [ErrorCode.PROFILE_IN_USE]


def test_many_threads_write_and_read_and_nothing_is_lost(database: Database) -> None:
    threads_count, each = 8, 25
    with database.write() as unit:
        contact = add_contact(unit).contact
    seen_backwards: list[int] = []

    def work() -> None:
        last = 0
        for _ in range(each):
            with database.write() as unit:
                unit.profile.next_number()
                add_outgoing(unit, contact)
            with database.read() as unit:
                count = unit.messages.queued_count()
            if count < last:
                seen_backwards.append(count)
            last = count

    threads = [threading.Thread(target=work) for _ in range(threads_count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.write() as unit:
        assert unit.messages.queued_count() == threads_count * each
        assert unit.profile.next_number() == threads_count * each + 1
    assert seen_backwards == []


def test_readers_at_the_same_time_each_have_their_own_connection(database: Database) -> None:
    write_setting(database, b"value")
    with database.read() as one, database.read() as two, database.read() as three:
        assert {unit.settings.get("name") for unit in (one, two, three)} == {b"value"}
        assert len({id(unit) for unit in (one, two, three)}) == 3


def test_idle_connections_are_used_again_and_few(database: Database) -> None:
    with database.read() as first:
        pass
    with database.read() as second:
        assert second is first

    def nest(depth: int) -> None:
        if depth:
            with database.read():
                nest(depth - 1)

    nest(12)
    assert len(database._idle) == database_module._IDLE_READERS


def test_a_closed_database_says_so(tmp_path: Path) -> None:
    with database_in(tmp_path) as database:
        pass
    database.close()
    with pytest.raises(ProfileError) as refused:
        write_setting(database, b"late")
    assert refused.value.code is ErrorCode.CLOSED
    with pytest.raises(ProfileError) as refused:
        read_setting(database)
    assert refused.value.code is ErrorCode.CLOSED


def test_a_reader_that_outlives_the_database_ends_in_peace(tmp_path: Path) -> None:
    with database_in(tmp_path) as database:
        write_setting(database, b"value")
        with database.read() as unit:
            database.close()
            assert unit.settings.get("name") == b"value"
        assert database._idle == []


def test_closing_leaves_one_file(tmp_path: Path) -> None:
    with database_in(tmp_path) as database:
        write_setting(database, b"value")
        assert paths_in(tmp_path).log.exists()
    assert [path.name for path in tmp_path.iterdir()] == [paths_in(tmp_path).database.name]


def test_a_database_is_not_made_over_a_file_that_is_there(tmp_path: Path) -> None:
    paths_in(tmp_path).database.write_bytes(b"somebody's")
    with pytest.raises(ProfileError):
        Database.create(paths_in(tmp_path), KEY, SetClock())
    assert paths_in(tmp_path).database.read_bytes() == b"somebody's"


def test_what_is_past_its_time_is_tidied_away(tmp_path: Path) -> None:
    clock = SetClock()
    with database_in(tmp_path, clock) as database:
        peer = a_device()
        with database.write() as unit:
            contact = add_contact(unit).contact
            add_incoming(unit, contact, "hello")
            session = a_session(peer)
            unit.sessions.save_session(session)
            unit.statements.run("UPDATE session SET replaced_at = ?", NOW)
            arrival = an_arrival()
            unit.inbox.add([arrival], NOW)
            unit.inbox.finish(unit.inbox.unassigned(1)[0].row, arrival.envelope, NOW)
        clock.now = NOW + OLD_KEYS_KEPT_MS
        database.tidy()
        with database.read() as unit:
            assert unit.sessions.sessions_with(peer) == []
            assert not unit.inbox.is_seen(arrival.envelope)
            assert unit.statements.number("SELECT position FROM message_indexed") == 1


PLANTED = "planted plaintext nobody may find"


def test_no_file_holds_plaintext(tmp_path: Path) -> None:
    with database_in(tmp_path) as database:
        with database.write() as unit:
            contact = add_contact(unit, PLANTED).contact
            unit.conversations.set_draft(contact, PLANTED)
            for _ in range(600):
                add_incoming(unit, contact, PLANTED)
            unit.inbox.add([an_arrival()], NOW)
            an_envelope(unit, contact, a_device())
            unit.settings.set(PLANTED, PLANTED.encode())
        with database.read() as unit:
            assert len(unit.search.find("planted", SearchFilter(), 1000)) == 600
            open_files = {path: path.read_bytes() for path in tmp_path.iterdir()}
    assert {path.suffix for path in open_files} == {".db", ".db-wal", ".db-shm"}
    for content in (*open_files.values(), paths_in(tmp_path).database.read_bytes()):
        for planted in (PLANTED.encode(), PLANTED[8:17].encode(), PLANTED.encode("utf-16-le"), b"SQLite format"):
            assert planted not in content


def test_nothing_is_ever_sorted_or_spilled_into_a_temporary_file(database: Database) -> None:
    with database.write() as unit:
        assert unit.statements.number("PRAGMA temp_store") == 2
    with database.read() as unit:
        assert unit.statements.number("PRAGMA temp_store") == 2


def test_every_commit_is_synced_and_deleted_content_is_overwritten(database: Database) -> None:
    with database.write() as unit:
        settings = {
            name: unit.statements.number(f"PRAGMA {name}")
            for name in ("synchronous", "secure_delete", "foreign_keys", "fullfsync")
        }
    assert settings == {"synchronous": 2, "secure_delete": 1, "foreign_keys": 1, "fullfsync": 1}


def test_another_key_does_not_open_a_database(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with database_in(tmp_path):
        pass
    with pytest.raises(ProfileError) as refused:
        Database.open(paths_in(tmp_path), Secret(bytes(32)), SetClock())
    assert refused.value.code is ErrorCode.PROFILE_DAMAGED
    assert capfd.readouterr() == ("", "")


def test_the_key_of_a_database_has_32_bytes(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Database.create(paths_in(tmp_path), Secret(bytes(31)), SetClock())


@contextmanager
def full(database: Database) -> Iterator[None]:
    """Let the database grow no further, as on a full disk."""
    (pages,) = database._writer.execute("PRAGMA page_count").fetchone()
    (limit,) = database._writer.execute("PRAGMA max_page_count").fetchone()
    database._writer.execute(f"PRAGMA max_page_count = {pages}")
    yield
    database._writer.execute(f"PRAGMA max_page_count = {limit}")


def test_a_database_that_cannot_grow_keeps_what_it_has_and_goes_on_when_it_can(database: Database) -> None:
    write_setting(database, b"before")
    with full(database):
        with pytest.raises(ProfileError) as refused:
            write_setting(database, bytes(1_000_000))
        assert refused.value.code is ErrorCode.DISK_FULL
        assert read_setting(database) == b"before"
    write_setting(database, bytes(1_000_000))
    assert read_setting(database) == bytes(1_000_000)


def test_a_full_disk_within_a_savepoint_is_reported_as_what_it_is(database: Database) -> None:
    def write_in_a_part() -> None:
        with database.write() as unit, unit.savepoint():
            unit.settings.set("name", bytes(1_000_000))

    with full(database), pytest.raises(ProfileError) as refused:
        write_in_a_part()
    assert refused.value.code is ErrorCode.DISK_FULL


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with room for little."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root mounts a file system")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("this machine lets nobody mount a file system")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_loses_nothing_that_was_committed(small_disk: Path) -> None:
    filler = small_disk / "filler"
    with database_in(small_disk) as database:
        write_setting(database, b"before")
        with filler.open("wb") as stream:
            free = os.statvfs(small_disk)
            stream.write(bytes(max(0, free.f_bavail * free.f_frsize - 8192)))
        with pytest.raises(ProfileError) as refused:
            write_setting(database, bytes(400_000))
        assert refused.value.code is ErrorCode.DISK_FULL
        assert read_setting(database) == b"before"
        filler.unlink()
        write_setting(database, b"after")
    with reopened(small_disk) as database:
        assert read_setting(database) == b"after"


def test_a_database_is_not_made_on_a_full_disk(small_disk: Path) -> None:
    (small_disk / "filler").write_bytes(bytes(1024 * 1024 - 8192))
    with pytest.raises(ProfileError) as refused:
        Database.create(paths_in(small_disk), KEY, SetClock())
    assert refused.value.code is ErrorCode.DISK_FULL


def flip(path: Path, offset: int) -> None:
    content = bytearray(path.read_bytes())
    content[offset] ^= 1
    path.write_bytes(content)


def make_database(folder: Path) -> Path:
    with database_in(folder) as database, database.write() as unit:
        contact = add_contact(unit).contact
        for number in range(200):
            add_incoming(unit, contact, f"message {number} " * 20)
    return paths_in(folder).database


def read_everything(folder: Path) -> int:
    with reopened(folder) as database, database.read() as unit:
        contact = unit.contacts.by_name("bob")
        assert contact is not None
        records, _, _ = unit.history.page(contact.contact, 1000)
    return len(records)


@pytest.mark.parametrize("offset", [0, 20, 4000])
def test_a_flipped_bit_on_the_first_page_is_noticed_on_opening(tmp_path: Path, offset: int) -> None:
    flip(make_database(tmp_path), offset)
    with pytest.raises(ProfileError) as refused:
        Database.open(paths_in(tmp_path), KEY, SetClock())
    assert refused.value.code is ErrorCode.PROFILE_DAMAGED


def test_a_flipped_bit_on_any_page_is_noticed_where_it_is_read_and_nothing_false_is_shown(tmp_path: Path) -> None:
    path = make_database(tmp_path)
    whole = path.read_bytes()
    outcomes = Counter[int | ErrorCode]()
    for page in range(1, len(whole) // 4096):
        path.write_bytes(whole)
        flip(path, page * 4096 + 100)
        try:
            outcomes[read_everything(tmp_path)] += 1
        except ProfileError as error:
            outcomes[error.code] += 1
    assert set(outcomes) == {200, ErrorCode.PROFILE_DAMAGED}
    assert outcomes[ErrorCode.PROFILE_DAMAGED] > 10


@pytest.mark.parametrize("pages", [0, 1, 3, 20])
def test_a_truncated_file_is_noticed(tmp_path: Path, pages: int) -> None:
    path = make_database(tmp_path)
    path.write_bytes(path.read_bytes()[: pages * 4096 + 17 * (pages > 0)])
    with pytest.raises(ProfileError) as refused:
        read_everything(tmp_path)
    assert refused.value.code is ErrorCode.PROFILE_DAMAGED


def test_a_missing_database_is_not_made_by_opening(tmp_path: Path) -> None:
    with pytest.raises(ProfileError):
        Database.open(paths_in(tmp_path), KEY, SetClock())
    assert list(tmp_path.iterdir()) == []


def test_a_page_that_nobody_reads_is_examined_too(tmp_path: Path) -> None:
    with database_in(tmp_path) as database:
        for number in range(50):
            write_setting(database, bytes(4000), f"setting {number}")
        assert database.is_whole()
    file = paths_in(tmp_path).database
    octets = bytearray(file.read_bytes())
    octets[-5000] ^= 1
    file.write_bytes(octets)
    with reopened(tmp_path) as database:
        assert not database.is_whole()
