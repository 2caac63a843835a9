import os
import subprocess
import sys
from pathlib import Path

import pytest

from babilu.kernel.errors import ErrorCode, ProfileError
from babilu.migrations import Migration, split_statements
from babilu.store.database import Database
from babilu.store.schema import migrations
from tests.unit.store.builders import (
    KEY,
    SetClock,
    add_contact,
    database_in,
    paths_in,
    reopened,
)

ROOT = Path(__file__).resolve().parents[3]
PRESENT = migrations()
LAST = PRESENT[-1].number


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


def test_migrations_are_numbered_from_the_first_one_without_a_hole() -> None:
    assert [migration.number for migration in PRESENT] == list(range(PRESENT[0].number, LAST + 1))


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


def test_a_profile_of_an_older_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    with database_in(tmp_path) as database, database.write() as unit:
        unit.statements.run(f"PRAGMA user_version = {PRESENT[0].number - 1}")
    before = paths_in(tmp_path).database.read_bytes()
    for attempt in (lambda: open_with(tmp_path, PRESENT), lambda: Database.probe(paths_in(tmp_path), KEY)):
        with pytest.raises(ProfileError) as refused:
            attempt()
        assert refused.value.code is ErrorCode.PROFILE_TOO_OLD
    assert paths_in(tmp_path).database.read_bytes() == before


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
from babilu import migrations
from babilu.store import schema
from babilu.store.database import Database
from tests.unit.store.builders import KEY, SetClock, paths_in

# Ends the process, without a chance to tidy up, right before the last statement of the migration.
whole = migrations.split_statements
def until_killed(script):
    yield from whole(script)[:-1]
    os._exit(9)
migrations.split_statements = until_killed
if sys.argv[2] == "create":
    Database.create(paths_in(Path(sys.argv[1])), KEY, SetClock())
more = "CREATE TABLE addition (a INTEGER NOT NULL) STRICT;" + chr(10) + "SELECT 1;"
steps = (*schema.migrations(), migrations.Migration(schema.migrations()[-1].number + 1, more))
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
