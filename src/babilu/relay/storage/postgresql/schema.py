"""Schema of the relay's tables in PostgreSQL: numbered steps, each whole, which an older program may have to outlive.

A step is *additive* where programs that do not know it go on working, and *breaking* where they do not: it raises what
a program must know at least, and waits until no node of an older program is up. Its first line says which it is. So
nodes of two versions run side by side through an upgrade: new ones are started, then the old ones are drained.
"""

import asyncio
import logging
import re
from collections.abc import Sequence
from functools import cache
from typing import Final

import asyncpg

from babilu.kernel.errors import ErrorCode, LinkError, ProfileError, UsageError
from babilu.migrations import Migration, load_migrations
from babilu.relay.storage.postgresql.connections import HISTORY, REFUSALS, PgConnection, PostgresDatabase, end, patience
from babilu.relay.storage.postgresql.partitions import make_partitions

log = logging.getLogger(__name__)

INITIAL_VERSION: Final = 1
"""Version of the tables that ``initial.sql`` makes. Raise it with each change of that file: older ones are refused."""

OLDEST_SERVER: Final = 15
"""Major version of PostgreSQL that is needed at least."""

LOCK_SPACE: Final = 0x4261
"""First number of every advisory lock of a relay."""

MIGRATION_LOCK: Final = 0
"""Second number of the lock of whoever makes or changes tables: nodes that start at one moment do so in turn."""

HOUSEKEEPING_LOCK: Final = 1
"""The same of whoever tidies up: one node at a time."""

NODE_LIVES_S: Final = 10
"""Seconds after its last word in which a node counts as up."""

PREPARING_S: Final = 60.0

TURN_S: Final = 50
"""Seconds for which a node waits for another one that makes or changes tables."""

STEP_TRIES: Final = 8
"""Times that a step is tried whose tables are in use: it waits three seconds for them, and all others behind it."""

STEP_PAUSE_S: Final = 1.0
"""Pause between two tries, in which the others go on."""

_KIND: Final = re.compile(r"\A-- (additive|breaking)\b")


@cache
def migrations() -> tuple[Migration, ...]:
    """Return the steps of the schema, in order."""
    return load_migrations("babilu.relay.storage.postgresql", INITIAL_VERSION)


async def prepare(database: PostgresDatabase, *, unsafe: bool = False, steps: Sequence[Migration] | None = None) -> int:
    """Look at the server, and make or change tables where needed.

    Args:
        database: The database.
        unsafe: Whether a server may forget what it has said is stored, as those of tests do.
        steps: The steps of the schema; None for all of them.

    Returns:
        A number for a new node, never used again.

    Raises:
        UsageError: The server or the database is none that a relay can be kept in.
        ProfileError: ``profile_too_new`` or ``profile_too_old``; ``profile_in_use`` for a step that nodes of an older
            program would not outlive.
        LinkError: ``unavailable``.
    """
    try:
        connection = await database.connect_bare()
    except (*REFUSALS, ValueError) as error:
        raise _unreachable(error) from error
    try:
        with patience(connection, PREPARING_S):
            await _check_server(connection, unsafe=unsafe)
            await connection.execute(f"SET lock_timeout = '{TURN_S}s'")
            await connection.execute("SELECT pg_advisory_lock($1, $2)", LOCK_SPACE, MIGRATION_LOCK)
            await connection.execute("RESET lock_timeout")
            await _migrate(connection, migrations() if steps is None else steps)
            for table in ("mail", "stored"):
                await make_partitions(connection, table)
            return int(await connection.fetchval("SELECT nextval('node_number')"))
    except REFUSALS as error:
        raise _unreachable(error) from error
    finally:
        await end(connection)


def _unreachable(error: Exception) -> UsageError | LinkError:
    match error:
        case asyncpg.InvalidPasswordError() | asyncpg.InvalidAuthorizationSpecificationError():
            return UsageError("The database refuses the user or the password of the storage's URL.")
        case asyncpg.InvalidCatalogNameError():
            return UsageError("There is no database of the name in the storage's URL.")
        case asyncpg.TooManyConnectionsError():
            text = "The database has no connection left: raise max_connections to 10 for each node, and some more."
            return LinkError(ErrorCode.UNAVAILABLE, text)
        case asyncpg.InsufficientPrivilegeError():
            return UsageError("The user of the storage's URL may not make tables: let it own the database.")
        case ValueError():
            return UsageError("The storage's URL is none of a PostgreSQL database, as postgresql://user@host/name.")
        case _:
            why = str(error) or type(error).__name__
            return LinkError(ErrorCode.UNAVAILABLE, f"The relay's database cannot be used: {why}")


async def _check_server(connection: PgConnection, *, unsafe: bool) -> None:
    version, encoding, recovering, *promises = await connection.fetchrow(
        "SELECT current_setting('server_version_num')::int8 / 10000, current_setting('server_encoding'),"
        " pg_is_in_recovery(), current_setting('fsync'), current_setting('full_page_writes')"
    )
    if version < OLDEST_SERVER:
        raise UsageError(f"The database's server is PostgreSQL {version}; {OLDEST_SERVER} or newer is needed.")
    if encoding != "UTF8":
        raise UsageError(f"The database has the encoding {encoding}: make it with UTF8.")
    if recovering:
        raise UsageError("The database's server is a replica, which cannot be written.")
    if "off" in promises and not unsafe:
        raise UsageError("The database's server can lose what it says is stored: set fsync and full_page_writes to on.")


async def _migrate(connection: PgConnection, steps: Sequence[Migration]) -> None:
    version, oldest = 0, 0
    if await connection.fetchval("SELECT to_regclass('relay')") is not None:
        version, oldest = await connection.fetchrow("SELECT schema, oldest FROM relay")
    elif await connection.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()"):
        raise UsageError("The database holds tables of something else: give the relay one of its own.")
    if oldest > steps[-1].number:
        raise ProfileError(ErrorCode.PROFILE_TOO_NEW, "The relay's database was used by a newer version of Babilu.")
    if 0 < version < steps[0].number:
        text = "The relay's database was made by an older version of Babilu, and this version cannot read it."
        raise ProfileError(ErrorCode.PROFILE_TOO_OLD, text)
    breaking = {step.number for step in steps[1:] if is_breaking(step)}
    for step in steps:
        if step.number > version:
            await _insist(connection, step, first=step is steps[0], breaking=step.number in breaking)


def is_breaking(step: Migration) -> bool:
    """Tell whether programs that do not know a step cannot go on with it.

    Raises:
        ValueError: It does not say so.
    """
    kind = _KIND.match(step.sql)
    if kind is None:
        raise ValueError(f"step {step.number} begins with neither '-- additive' nor '-- breaking'")
    return kind[1] == "breaking"


async def _insist(connection: PgConnection, step: Migration, *, first: bool, breaking: bool) -> None:
    """Take a step, again where nodes that are up have its tables in use, so that none of them waits for long."""
    for _ in range(STEP_TRIES):
        try:
            await _take(connection, step, first=first, breaking=breaking)
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
            log.info("tables that a step changes are in use: it is tried again")
            await asyncio.sleep(STEP_PAUSE_S)
        else:
            return
    text = "The relay's tables are in use all the time, and cannot be changed: stop the other nodes first."
    raise LinkError(ErrorCode.UNAVAILABLE, text)


async def _take(connection: PgConnection, step: Migration, *, first: bool, breaking: bool) -> None:
    async with connection.transaction():
        if first:
            await connection.execute(step.sql)
            await connection.execute(
                "INSERT INTO relay (epoch, history, schema, oldest)"
                f" SELECT substring(uuid_send(gen_random_uuid()) FOR 8), ({HISTORY}), $1, $1",
                step.number,
            )
            return
        if breaking:
            await _refuse_older_nodes(connection, step.number)
            await connection.execute("UPDATE relay SET oldest = $1", step.number)
        await connection.execute(step.sql)
        await connection.execute("UPDATE relay SET schema = $1", step.number)


async def _refuse_older_nodes(connection: PgConnection, version: int) -> None:
    row = await connection.fetchrow(
        "SELECT name, version FROM node WHERE schema < $1 AND seen_at > clock_timestamp() - make_interval(secs => $2)"
        " ORDER BY id LIMIT 1",
        version,
        float(NODE_LIVES_S),
    )
    if row is not None:
        text = f"The node {row[0]} ({row[1]}) cannot use the tables of this version: stop it first."
        raise ProfileError(ErrorCode.PROFILE_IN_USE, text)
