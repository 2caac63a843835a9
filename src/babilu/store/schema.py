"""Schema of the profile: its database is opened at exactly the version that this program knows."""

from functools import cache
from typing import Final

from sqlcipher3 import dbapi2

from babilu.migrations import Migration, load_migrations
from babilu.store.errors import damaged

APPLICATION_ID: Final = 0x42_61_62_69
"""Tells a database of ours from others, in the header of the file (``Babi``)."""

INITIAL_VERSION: Final = 61
"""Version of the tables that ``initial.sql`` makes. Raise it with each change of that file: older ones are refused."""


@cache
def migrations() -> tuple[Migration, ...]:
    """Return the steps of the schema, in order."""
    return load_migrations("babilu.store", INITIAL_VERSION)


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
