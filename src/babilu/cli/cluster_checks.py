"""Checks of what the nodes of a relay share: their database, the other nodes, and the bus, one by one.

They store nothing. Each finding says what was seen and what to do about it, and names nobody.
"""

import asyncio
import contextlib
import statistics
import time
from collections.abc import AsyncIterator, Callable
from typing import Any, Final

from babilu.cli.check_results import CheckResult, fault, good, worry
from babilu.crypto.secret import Secret
from babilu.kernel.errors import UsageError
from babilu.relay.base.cluster_clock import REFUSED_MS
from babilu.relay.base.settings import RelaySettings
from babilu.relay.bus.cluster import Carrier, ClusterBus
from babilu.relay.bus.nats import NatsCarrier, NatsPlace
from babilu.relay.bus.port import BusCounts, Hint, NodeCame
from babilu.relay.bus.postgresql import NotifyCarrier
from babilu.relay.storage.postgresql.connections import REFUSALS, PgConnection, PostgresDatabase, patience
from babilu.relay.storage.postgresql.schema import NODE_LIVES_S, OLDEST_SERVER
from babilu.system import SystemRandomness

ANSWER_S: Final = 5.0
TRIES: Final = 15
FAR_MS: Final = 5.0
"""Round trip to the database above which every request of a client is felt to wait."""

SAID_AGAIN_S: Final = 0.2
"""Seconds after which what nobody heard is said once more."""

SLOW_MS: Final = 20.0
"""Time of a commit above which few letters are stored in a second by one lane."""

CLOCK_WORRY_MS: Final = 2_000
CONNECTIONS_OF_NODE: Final = 10
"""Connections that a node has at most, with some for its start."""

PROBES: Final = (2**31 - 2, 2**31 - 1)
"""Numbers of nodes that there are none of."""


def examine_cluster(settings: RelaySettings) -> list[CheckResult]:
    """Look at what the nodes of a relay with these settings share."""
    if not settings.storage.url:
        return [fault("database.none")]
    return asyncio.run(_examine(settings))


async def _examine(settings: RelaySettings) -> list[CheckResult]:
    database = PostgresDatabase(settings.storage.url, "babilu doctor")
    try:
        connection = await database.connect_bare()
    except (*REFUSALS, ValueError) as error:
        return [fault("database.away", problem=type(error).__name__)]
    try:
        with patience(connection, ANSWER_S * len(_CHECKS)):
            found = [result for check in _CHECKS async for result in check(connection)]
    except REFUSALS as error:
        return [fault("database.away", problem=type(error).__name__)]
    finally:
        connection.terminate()
    return [*found, await _check_bus(settings, database)]


async def _check_server(connection: PgConnection) -> AsyncIterator[CheckResult]:
    version, fsync, pages, recovering, may_create = await connection.fetchrow(
        "SELECT current_setting('server_version_num')::int8 / 10000, current_setting('fsync'),"
        " current_setting('full_page_writes'), pg_is_in_recovery(), has_schema_privilege(current_schema(), 'CREATE')"
    )
    if version < OLDEST_SERVER:
        yield fault("database.old", version=version, needed=OLDEST_SERVER)
    elif recovering:
        yield fault("database.replica")
    elif not may_create:
        yield fault("database.rights")
    else:
        yield good("database.good", version=version)
    if "off" in {fsync, pages}:
        yield fault("database.forgets")


async def _check_speed(connection: PgConnection) -> AsyncIterator[CheckResult]:
    far = await _median_ms(lambda: connection.fetchval("SELECT 1"))
    # A message in the log of the database, which nobody reads: its transaction has to be on the disk like a letter's.
    slow = await _median_ms(lambda: connection.fetchval("SELECT pg_logical_emit_message(true, 'babilu', '')"))
    if far > FAR_MS:
        yield worry("database.far", milliseconds=f"{far:.1f}")
    elif slow > SLOW_MS:
        yield worry("database.slow", milliseconds=f"{slow:.1f}")
    else:
        yield good("database.quick", far=f"{far:.2f}", slow=f"{slow:.2f}")


async def _median_ms(call: Callable[[], Any]) -> float:
    taken = []
    for _ in range(TRIES):
        begun = time.perf_counter()
        await call()
        taken.append((time.perf_counter() - begun) * 1000)
    return statistics.median(taken)


async def _check_clocks(connection: PgConnection) -> AsyncIterator[CheckResult]:
    theirs = await connection.fetchval("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::int8")
    off = abs(theirs - time.time_ns() // 1_000_000)
    if off > REFUSED_MS:
        yield fault("clocks.apart", seconds=off // 1000)
    elif off > CLOCK_WORRY_MS:
        yield worry("clocks.off", seconds=off // 1000)
    else:
        yield good("clocks.good")


async def _check_nodes(connection: PgConnection) -> AsyncIterator[CheckResult]:
    rows = []
    if await connection.fetchval("SELECT to_regclass('node')") is not None:
        rows = list(
            await connection.fetch(
                "SELECT name, version, extract(epoch FROM clock_timestamp() - seen_at)::float8 FROM node ORDER BY id"
            )
        )
    silent = [name for name, _, seconds in rows if seconds > NODE_LIVES_S]
    versions = sorted({version for _, version, _ in rows})
    if silent:
        yield worry("nodes.silent", names=", ".join(silent))
    elif len(versions) > 1:
        yield worry("nodes.versions", versions=", ".join(versions))
    else:
        yield good("nodes.good", count=len(rows))
    allowed = await connection.fetchval("SELECT current_setting('max_connections')::int8")
    needed = (len(rows) + 1) * CONNECTIONS_OF_NODE
    if allowed < needed:
        yield worry("connections.few", allowed=allowed, needed=needed)
    else:
        yield good("connections.good", allowed=allowed)


async def _check_replica(connection: PgConnection) -> AsyncIterator[CheckResult]:
    replicas, waited_for = await connection.fetchrow(
        "SELECT (SELECT count(*) FROM pg_stat_replication), current_setting('synchronous_standby_names') <> ''"
    )
    yield good("replica.none" if not replicas else "replica.waited_for" if waited_for else "replica.behind")


_CHECKS: Final = (_check_server, _check_speed, _check_clocks, _check_nodes, _check_replica)


async def _say_until_heard(end: ClusterBus, other: int, heard: "asyncio.Queue[Hint]") -> None:
    """Say something again and again until it is heard: what is said before both ends are connected is lost."""
    said = NodeCame(end.node)
    while True:
        end.publish(said, other)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SAID_AGAIN_S):
                while await heard.get() != said:
                    pass
                return


async def _check_bus(settings: RelaySettings, database: PostgresDatabase) -> CheckResult:
    """Say something from one end of the bus to the other, and back."""
    key, epoch = Secret(SystemRandomness().token(32)), SystemRandomness().token(8)
    shared = settings.cluster
    heard: asyncio.Queue[Hint] = asyncio.Queue()
    ends: list[ClusterBus] = []
    try:
        for number in PROBES:
            counts = BusCounts()
            carrier: Carrier = (
                NatsCarrier(NatsPlace(shared.bus, shared.name, shared.bus_credentials), number, counts)
                if shared.bus
                else NotifyCarrier(database.connect_bare, number, counts)
            )
            ends.append(await ClusterBus.join(number, key, epoch, carrier, 0, counts))
            ends[-1].subscribe(heard.put_nowait)
        begun = time.perf_counter()
        async with asyncio.timeout(ANSWER_S):
            for end, other in (tuple(ends), tuple(reversed(ends))):
                await _say_until_heard(end, other.node, heard)
        return good("bus.good", milliseconds=f"{(time.perf_counter() - begun) * 500:.1f}")
    except UsageError as error:
        return fault("bus.credentials", problem=error.text)
    except TimeoutError:
        return worry("bus.silent")
    finally:
        for end in ends:
            await end.close()
