"""Partitions by day: made some days ahead, and dropped as a whole when what they hold is past its time.

Nothing is lost where one lacks: what belongs to no day's partition is in the default one. A day for which rows lie
there already gets none, and they stay where they are.
"""

import logging
from typing import Final

import asyncpg

from babilu.kernel.limits import DAY_MS
from babilu.relay.storage.postgresql.connections import PgConnection

log = logging.getLogger(__name__)

DAYS_AHEAD: Final = 3
"""Days for which there are partitions before they begin."""

_MAIL_SETTINGS: Final = (
    "toast_tuple_target = 8160, autovacuum_vacuum_scale_factor = 0.2, autovacuum_vacuum_threshold = 50000,"
    " autovacuum_vacuum_insert_threshold = -1, autovacuum_vacuum_cost_delay = 0"
)
_STORED_SETTINGS: Final = "autovacuum_vacuum_insert_threshold = -1"

_PARTITIONS: Final = (
    "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
    " WHERE i.inhparent = to_regclass($1) AND c.relname <> $1 || '_default' ORDER BY c.relname"
)


async def days_of(connection: PgConnection, table: str) -> list[int]:
    """Return the days for which a table has partitions, the first one first."""
    return sorted(int(name.removeprefix(f"{table}_")) for (name,) in await connection.fetch(_PARTITIONS, table))


async def make_partitions(connection: PgConnection, table: str) -> None:
    """Make the partitions of a table for today and the next days, by the database's clock."""
    today = await _today(connection)
    there = await days_of(connection, table)
    for day in range(today, today + DAYS_AHEAD + 1):
        if day not in there:
            await make_partition(connection, table, day)


async def _today(connection: PgConnection) -> int:
    # Rounded down: a cast would round to the nearest.
    return int(await connection.fetchval("SELECT floor(extract(epoch FROM clock_timestamp()) / 86400)::int8"))


async def _past_days(connection: PgConnection, table: str) -> list[int]:
    """Return the days that are over, whatever a node's clock says: today's partition would only be made again."""
    today = await _today(connection)
    return [day for day in await days_of(connection, table) if day < today]


async def make_partition(connection: PgConnection, table: str, day: int) -> None:
    """Make the partition of a day, counted from 1970."""
    first, behind = (day * DAY_MS, (day + 1) * DAY_MS) if table == "mail" else (day, day + 1)
    settings = _MAIL_SETTINGS if table == "mail" else _STORED_SETTINGS
    try:
        async with connection.transaction():
            await connection.execute(
                f"CREATE TABLE IF NOT EXISTS {table}_{day} PARTITION OF {table}"
                f" FOR VALUES FROM ({first}) TO ({behind}) WITH ({settings})"
            )
    except asyncpg.CheckViolationError:
        log.info("the default partition of %s holds rows of day %s already", table, day)
    except asyncpg.LockNotAvailableError:
        log.info("a partition of %s is made later: the table was busy", table)


async def drop_mail(connection: PgConnection, stored_before: int) -> bool:
    """Drop the first day of mail if it has wholly expired, and tell whether it has.

    What is counted of the mailboxes that it waited in is void then.
    """
    for day in (await _past_days(connection, "mail"))[:1]:
        if (day + 1) * DAY_MS <= stored_before:
            await connection.execute(
                "UPDATE mailbox SET edition = edition + 1 WHERE id IN (SELECT id FROM mailbox"
                f" WHERE id IN (SELECT DISTINCT mailbox FROM mail_{day}) ORDER BY id FOR NO KEY UPDATE)"
            )
            await connection.execute(f"DROP TABLE mail_{day}")
            return True
    return False


async def drop_stored(connection: PgConnection, stored_before: int, expired_before: int) -> bool:
    """Drop the ids of the first day if they are forgotten, and tell whether they are.

    Those of mail that still waits move to the default partition before.
    """
    for day in (await _past_days(connection, "stored"))[:1]:
        end = (day + 1) * DAY_MS
        if end > stored_before:
            return False
        some_wait = end > expired_before
        if some_wait:
            await connection.execute(
                "CREATE TEMP TABLE kept ON COMMIT DROP AS SELECT s.*"
                f" FROM stored_{day} s JOIN mailbox m ON m.id = s.mailbox WHERE s.seq > m.acknowledged"
            )
        # From here on the whole table is locked, for as long as it takes to move the few that wait.
        await connection.execute(f"ALTER TABLE stored DETACH PARTITION stored_{day}")
        if some_wait:
            await connection.execute("INSERT INTO stored SELECT * FROM kept")
        await connection.execute(f"DROP TABLE stored_{day}")
        return True
    return False
