"""The tables' version is the number of the last migration; all that are missing run in one transaction, or none."""

from dataclasses import dataclass
from importlib import resources
from typing import Final

from sqlcipher3 import dbapi2

from babilu.kernel.errors import ErrorCode, ProfileError
from babilu.store.faults import damaged

APPLICATION_ID: Final = 0x42_61_62_69
"""Tells a database of ours from others, in the header of the file (``Babi``)."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the schema: its number, from 1, and the SQL that makes it."""

    number: int
    sql: str


def load_migrations() -> tuple[Migration, ...]:
    """Return the migrations that came with the program, in order."""
    folder = resources.files("babilu.store") / "migrations"
    files = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".sql")), key=lambda entry: entry.name)
    return tuple(Migration(int(entry.name.partition("_")[0]), entry.read_text(encoding="utf-8")) for entry in files)


def schema_version(connection: dbapi2.Connection) -> int:
    """Return the version of an existing database.

    Raises:
        ProfileError: ``profile_damaged`` for a database that is none of ours, an empty file included.
    """
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application != APPLICATION_ID or version < 1:
        raise damaged()
    return int(version)


def check_version(version: int, migrations: tuple[Migration, ...]) -> None:
    """Refuse a database that a newer program has changed.

    Raises:
        ProfileError: ``profile_too_new``.
    """
    if version > migrations[-1].number:
        raise ProfileError(ErrorCode.PROFILE_TOO_NEW, "This profile was used by a newer version of Babilu.")


def migrate(connection: dbapi2.Connection, version: int, migrations: tuple[Migration, ...]) -> None:
    """Bring the tables from ``version`` (0 for none) to the last migration, in one transaction.

    Raises:
        dbapi2.Error: Nothing was changed.
    """
    missing = [migration for migration in migrations if migration.number > version]
    if not missing:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        for migration in missing:
            for statement in split_statements(migration.sql):
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {missing[-1].number}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def split_statements(script: str) -> list[str]:
    """Split a script at the ends of its statements; ``executescript`` would commit before it begins."""
    statements: list[str] = []
    pending = ""
    for line in script.splitlines(keepends=True):
        pending += line
        if dbapi2.complete_statement(pending):
            statements.append(pending.strip())
            pending = ""
    if pending.strip():
        raise ValueError("a migration does not end with a whole statement")
    return statements
