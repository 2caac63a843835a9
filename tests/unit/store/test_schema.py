import os
import subprocess
import sys
from pathlib import Path

import pytest

from babilu.kernel.errors import ErrorCode, ProfileError
from babilu.store.database import Database
from babilu.store.schema import Migration, load_migrations, split_statements
from tests.unit.store.builders import (
    KEY,
    NOW,
    SetClock,
    a_device,
    add_contact,
    add_outgoing,
    an_arrival,
    an_envelope,
    database_in,
    hold_back,
    paths_in,
    reopened,
)

ROOT = Path(__file__).resolve().parents[3]
PRESENT = load_migrations()
LAST = PRESENT[-1].number
HOLDS_BACK = 2
"""The first version that holds messages back."""


def with_one_more(sql: str) -> tuple[Migration, ...]:
    return (*PRESENT, Migration(LAST + 1, sql))


def open_with(folder: Path, migrations: tuple[Migration, ...]) -> None:
    Database.open(paths_in(folder), KEY, SetClock(), migrations).close()


def tables(folder: Path, *migrations: Migration) -> set[str]:
    database = Database.open(paths_in(folder), KEY, SetClock(), migrations or None)
    with database.read() as unit:
        found = {row[0] for row in unit.statements.all("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    database.close()
    return found


def test_migrations_are_numbered_from_one_without_a_hole() -> None:
    assert [migration.number for migration in PRESENT] == list(range(1, LAST + 1))


def test_every_table_checks_the_types_of_its_columns(database: Database) -> None:
    with database.read() as unit:
        rows = unit.statements.all(
            "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND strict = 0"
            " AND name NOT LIKE 'sqlite_%'"
        )
    assert rows == []


def test_a_new_database_has_the_last_version(tmp_path: Path) -> None:
    with database_in(tmp_path) as database, database.read() as unit:
        assert unit.statements.number("PRAGMA user_version") == LAST


def test_an_older_database_gets_what_is_missing_and_keeps_what_it_has(tmp_path: Path) -> None:
    with database_in(tmp_path) as database, database.write() as unit:
        add_contact(unit, "bob")
    newer = with_one_more("CREATE TABLE addition (a INTEGER NOT NULL) STRICT;")
    assert "addition" in tables(tmp_path, *newer)
    assert "addition" in tables(tmp_path, *newer)
    database = Database.open(paths_in(tmp_path), KEY, SetClock(), newer)
    with database.read() as unit:
        assert unit.contacts.by_name("bob") is not None
    database.close()


def make_older(folder: Path, newest: Path, version: int) -> None:
    """Make a database as an older version did, with what a present one holds."""
    paths_in(folder).database.touch(mode=0o600)
    older = Database._opened(paths_in(folder), KEY, SetClock(), 0, PRESENT[:version])
    run = older._writer.execute
    run("PRAGMA foreign_keys = OFF")
    run("ATTACH ? AS newest KEY ?", (str(paths_in(newest).database), f"x'{KEY.reveal().hex()}'"))
    tables = [row[0] for row in run("SELECT name FROM main.sqlite_schema WHERE type = 'table'").fetchall()]
    for table in (name for name in tables if not name.startswith(("sqlite_", "message_text"))):
        columns = ", ".join(row[1] for row in run(f"PRAGMA main.table_info({table})").fetchall())
        run(f"DELETE FROM main.{table}")
        run(f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM newest.{table}")
    older.close()


@pytest.mark.parametrize("version", range(1, LAST))
def test_a_profile_of_an_older_version_is_migrated_with_the_mail_that_waits_in_it(tmp_path: Path, version: int) -> None:
    newest = tmp_path / "newest"
    newest.mkdir()
    arrived = an_arrival(7)
    with database_in(newest) as database, database.write() as unit:
        bob = add_contact(unit, "bob").contact
        sent = add_outgoing(unit, bob, "written by the older version")
        envelope = an_envelope(unit, bob, a_device(), message=sent)
        unit.inbox.add([arrived], NOW)
        early = hold_back(unit, bob, a_device(), 3)
        unit.settings.set("name", b"kept")
    make_older(tmp_path, newest, version)

    with reopened(tmp_path) as database, database.read() as unit:
        assert unit.statements.number("PRAGMA user_version") == LAST
        message = unit.messages.by_id(sent)
        assert message is not None
        assert message.text == "written by the older version"
        assert [row.envelope for row in unit.outbox.of_message(sent)] == [envelope.envelope]
        assert [row.envelope for row in unit.inbox.unassigned(10)] == [arrived.envelope]
        assert unit.held_back.of(bob) == ([early] if version >= HOLDS_BACK else [])
        assert unit.settings.get("name") == b"kept"


def test_a_database_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    with database_in(tmp_path):
        pass
    open_with(tmp_path, with_one_more("CREATE TABLE addition (a INTEGER NOT NULL) STRICT;"))
    before = paths_in(tmp_path).database.read_bytes()
    with pytest.raises(ProfileError) as refused:
        open_with(tmp_path, PRESENT)
    assert refused.value.code is ErrorCode.PROFILE_TOO_NEW
    assert paths_in(tmp_path).database.read_bytes() == before


def test_a_migration_that_fails_halfway_changes_nothing(tmp_path: Path) -> None:
    with database_in(tmp_path):
        pass
    broken = with_one_more("CREATE TABLE addition (a INTEGER NOT NULL) STRICT;\nCREATE TABLE profile (a ANY) STRICT;")
    with pytest.raises(ProfileError):
        open_with(tmp_path, broken)
    assert "addition" not in tables(tmp_path)


KILLED = """
import os, sys
from pathlib import Path
from babilu.store import schema
from babilu.store.database import Database
from tests.unit.store.builders import KEY, SetClock, paths_in

# Ends the process, without a chance to tidy up, right before the last statement of the migration.
whole = schema.split_statements
def until_killed(script):
    yield from whole(script)[:-1]
    os._exit(9)
schema.split_statements = until_killed
if sys.argv[2] == "create":
    Database.create(paths_in(Path(sys.argv[1])), KEY, SetClock())
more = "CREATE TABLE addition (a INTEGER NOT NULL) STRICT;" + chr(10) + "SELECT 1;"
steps = (*schema.load_migrations(), schema.Migration(len(schema.load_migrations()) + 1, more))
Database.open(paths_in(Path(sys.argv[1])), KEY, SetClock(), steps)
"""


def run_until_killed(folder: Path, what: str) -> None:
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
    done = subprocess.run([sys.executable, "-c", KILLED, str(folder), what], env=environment, check=False)
    assert done.returncode == 9


def test_a_process_killed_within_a_migration_leaves_the_old_version(tmp_path: Path) -> None:
    with database_in(tmp_path) as database, database.write() as unit:
        add_contact(unit, "bob")
    run_until_killed(tmp_path, "open")
    assert "addition" not in tables(tmp_path)
    with reopened(tmp_path) as database, database.read() as unit:
        assert unit.contacts.by_name("bob") is not None
        assert unit.statements.number("PRAGMA user_version") == LAST


def test_a_process_killed_while_it_makes_a_database_leaves_none_that_opens(tmp_path: Path) -> None:
    run_until_killed(tmp_path, "create")
    with pytest.raises(ProfileError) as refused:
        open_with(tmp_path, PRESENT)
    assert refused.value.code is ErrorCode.PROFILE_DAMAGED


@pytest.mark.parametrize("content", [b"", b"not a database at all" * 1000])
def test_a_file_that_is_no_database_of_ours_is_refused(tmp_path: Path, content: bytes) -> None:
    paths_in(tmp_path).database.write_bytes(content)
    with pytest.raises(ProfileError) as refused:
        open_with(tmp_path, PRESENT)
    assert refused.value.code is ErrorCode.PROFILE_DAMAGED


def test_a_script_is_split_where_its_statements_end() -> None:
    trigger = "CREATE TRIGGER t AFTER INSERT ON a BEGIN\n  DELETE FROM b;\n  DELETE FROM c;\nEND;"
    script = f"-- why; and how\nCREATE TABLE a (x TEXT DEFAULT ';\n');\n{trigger}\n"
    statements = split_statements(script)
    assert len(statements) == 2
    assert statements[1] == trigger


def test_a_script_without_an_end_is_refused() -> None:
    with pytest.raises(ValueError, match="whole statement"):
        split_statements("CREATE TABLE a (x)")
