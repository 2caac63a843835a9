"""Schema migrations of both databases: one script makes the tables, numbered steps change them later.

The version of a database is the number of its last step, kept in SQLite's ``user_version``. A database that is older
than the script that makes the tables is refused, and so is one with a step that this program does not know.
"""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Final, Protocol

from babilu.kernel.errors import ErrorCode, ProfileError

INITIAL: Final = "initial.sql"


class DatabaseConnection(Protocol):
    """Database connection in autocommit mode, of `sqlite3` or of SQLCipher's driver."""

    @property
    def in_transaction(self) -> bool:
        """Tell whether a transaction is open."""

    @property
    def execute(self) -> Callable[[str], object]:
        """Run one statement."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of a schema: the version it leads to, from 1, and its SQL."""

    number: int
    sql: str


def load_migrations(package: str, initial: int) -> tuple[Migration, ...]:
    """Return the steps in the folder ``migrations`` of a package, in order.

    The first one is ``initial.sql``, which makes all tables at version ``initial``. Files such as ``0007_what.sql``
    follow it.
    """
    folder = resources.files(package) / "migrations"
    later = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql") and entry.name != INITIAL)
    names = [(initial, INITIAL), *((int(name.partition("_")[0]), name) for name in later)]
    return tuple(Migration(number, (folder / name).read_text(encoding="utf-8")) for number, name in names)


def check_version(version: int, migrations: Sequence[Migration], what: str) -> None:
    """Refuse a database that this program can neither use nor migrate; ``what`` begins the sentence ("This profile").

    Raises:
        ProfileError: ``profile_too_old`` or ``profile_too_new``.
    """
    if version > migrations[-1].number:
        raise ProfileError(ErrorCode.PROFILE_TOO_NEW, f"{what} was used by a newer version of Babilu.")
    if version < migrations[0].number:
        text = f"{what} was made by an older version of Babilu, and this version cannot read it. It was left as it is."
        raise ProfileError(ErrorCode.PROFILE_TOO_OLD, text)


def migrate(connection: DatabaseConnection, version: int, migrations: Sequence[Migration], application_id: int) -> None:
    """Bring tables from ``version`` (0 for none) to the last migration, in one transaction or not at all."""
    missing = [migration for migration in migrations if migration.number > version]
    if not missing:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        for migration in missing:
            for statement in split_statements(migration.sql):
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {application_id}")
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
        if sqlite3.complete_statement(pending):
            statements.append(pending.strip())
            pending = ""
    if pending.strip():
        raise ValueError("a migration does not end with a whole statement")
    return statements
