"""Schema of the relay's database: it is opened at exactly the version that this program knows."""

import os
import sqlite3
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Final

from babilu.kernel.errors import ErrorCode, ProfileError
from babilu.migrations import Migration, check_version, load_migrations, migrate

APPLICATION_ID: Final = 0x42624C72
"""Marks the file as a relay's database (SQLite's header field for that)."""

INITIAL_VERSION: Final = 7
"""Version of the tables that ``initial.sql`` makes. Raise it with each change of that file: older ones are refused."""

CHECKPOINT_PAGES: Final = 8192
"""Size of the log at which it is written back: mail that was fetched meanwhile is then never written a second time."""

CACHE_KIB: Final = 32 * 1024

_DATABASE: Final = "The relay's database"


def open_database(path: Path) -> sqlite3.Connection:
    """Open the relay's database, making or migrating it where needed.

    Only the calling thread may use the connection. Transactions are begun and ended by the caller.

    Raises:
        ProfileError: ``profile_too_new`` or ``profile_too_old`` for one of another version, ``profile_damaged`` for
            what is no such database, ``disk_full`` where it cannot be written.
    """
    try:
        # SQLite gives its log and index files the mode of the database.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        connection = sqlite3.connect(path, isolation_level=None, cached_statements=256)
    except (OSError, sqlite3.OperationalError) as error:
        raise ProfileError(ErrorCode.DISK_FULL, "The relay's database cannot be opened for writing.") from error
    try:
        _prepare(connection)
    except sqlite3.OperationalError as error:
        connection.close()
        raise ProfileError(ErrorCode.DISK_FULL, "The relay's database cannot be written.") from error
    except sqlite3.DatabaseError as error:
        connection.close()
        raise ProfileError(ErrorCode.PROFILE_DAMAGED, "The relay's database cannot be read.") from error
    except ProfileError:
        connection.close()
        raise
    return connection


def examine_database(path: Path) -> None:
    """Check every page and reference of a database that nobody uses, and change nothing in it.

    Raises:
        ProfileError: ``profile_too_new`` or ``profile_too_old`` for one of another version, ``profile_damaged`` for
            what is no such database or does not hold together.
        sqlite3.Error: It cannot be read.
    """
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
        version = _pragma(connection, "user_version")
        if _pragma(connection, "application_id") != APPLICATION_ID or version == 0:
            raise ProfileError(ErrorCode.PROFILE_DAMAGED, "The file is the database of another program.")
        check_version(version, migrations(), _DATABASE)
        whole = connection.execute("PRAGMA integrity_check(1)").fetchone()[0] == "ok"
        if not whole or connection.execute("PRAGMA foreign_key_check").fetchone() is not None:
            raise ProfileError(ErrorCode.PROFILE_DAMAGED, "The relay's database is damaged.")


def _prepare(connection: sqlite3.Connection) -> None:
    version, marked = _pragma(connection, "user_version"), _pragma(connection, "application_id")
    if marked not in {0, APPLICATION_ID} or (marked == 0 and _has_tables(connection)):
        raise ProfileError(ErrorCode.PROFILE_DAMAGED, "The file is the database of another program.")
    if version:
        check_version(version, migrations(), _DATABASE)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute("PRAGMA foreign_keys = ON")
    migrate(connection, version, migrations(), APPLICATION_ID)


def read_epoch(connection: sqlite3.Connection) -> bytes:
    """Return the name of the history that a database holds."""
    return bytes(connection.execute("SELECT epoch FROM relay").fetchone()[0])


def begin_epoch(path: Path) -> None:
    """Give a database that nobody uses a new name for its history: what is in it may not be all that was accepted.

    Clients send again what has no receipt. What was delivered is forgotten, so that it is delivered once more: the
    receipt that was given for it may be among what is gone, and whoever has it already gives another one.

    Raises:
        ProfileError: As `open_database`.
        sqlite3.Error: It cannot be written.
    """
    with closing(open_database(path)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE relay SET epoch = randomblob(8)")
        connection.execute(
            "DELETE FROM stored WHERE NOT EXISTS"
            " (SELECT 1 FROM mail WHERE mail.mailbox = stored.mailbox AND mail.seq = stored.seq)"
        )
        connection.execute("COMMIT")


@cache
def migrations() -> tuple[Migration, ...]:
    """Return the steps of the schema, in order."""
    return load_migrations("babilu.relay.storage.sqlite", INITIAL_VERSION)


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])


def _has_tables(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0])
