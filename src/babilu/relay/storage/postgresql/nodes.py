"""Nodes and the log of changes in PostgreSQL; see `NodeStore`: a change is noted in the transaction that makes it."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from babilu.kernel.ids import DeviceId
from babilu.migrations import Migration
from babilu.relay.storage.nodes import ChangeKind, LoggedChange, NodeRecord, NodeReport, Pulse
from babilu.relay.storage.postgresql.connections import PgConnection, Pool, PostgresDatabase
from babilu.relay.storage.postgresql.schema import migrations
from babilu.relay.storage.postgresql.shared import FORGET_THROTTLES, PostgresCertificates, PostgresThrottles

FORGOTTEN_S: Final = 60
"""Seconds of silence after which a node is forgotten; one that was cut off for longer is there again when it speaks."""

CHANGES_KEPT_S: Final = 3_600
"""Seconds for which changes are kept: nobody reads those of more than a minute ago, but people who look for a fault."""

READ_S: Final = 60
"""Seconds for which changes are read again: one may be visible so much later than it was written."""

CHANGES_READ: Final = 10_000
"""Changes that are read at once, the latest."""

_KINDS: Final = frozenset(kind.value for kind in ChangeKind)

_BEAT: Final = """
INSERT INTO node (id, name, version, schema, address, online, draining) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (id) DO UPDATE SET seen_at = clock_timestamp(), name = excluded.name, version = excluded.version,
   address = excluded.address, online = excluded.online, draining = excluded.draining
"""

_NODES: Final = """
SELECT id, name, version, address, online, draining, (extract(epoch FROM started_at) * 1000)::int8,
       greatest((extract(epoch FROM clock_timestamp() - seen_at) * 1000)::int8, 0)
  FROM node ORDER BY id
"""

_NOW: Final = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::int8, oldest FROM relay"

_CHANGES: Final = f"""
SELECT id, kind, account, device, text
  FROM (SELECT * FROM change WHERE at > clock_timestamp() - interval '{READ_S} s'
         ORDER BY at DESC LIMIT {CHANGES_READ}) c
 ORDER BY id
"""


class PostgresNodes:
    """The nodes and the log.

    Args:
        database: Where they are.
        pool: Connections.
        node: Number of this node.
        now_ms: The time by which is counted what was done too often; None for the database's own.
        steps: Steps of the schema that its program knows; None for all of them.

    Attributes:
        when_other: See `NodeStore`.
    """

    def __init__(
        self,
        database: PostgresDatabase,
        pool: Pool,
        node: int,
        now_ms: Callable[[], int] | None = None,
        steps: Sequence[Migration] | None = None,
    ) -> None:
        self._database = database
        self._pool = pool
        self.when_other: Callable[[], None] = lambda: None
        self._schema = (steps or migrations())[-1].number
        self.node = node
        self.throttles = PostgresThrottles(pool, now_ms)
        self.certificates = PostgresCertificates(pool)

    def claim(self, key_check: bytes) -> "asyncio.Future[bool]":
        async def work(connection: PgConnection) -> bool:
            await connection.execute("UPDATE relay SET key_check = $1 WHERE key_check = ''", key_check)
            return bool(await connection.fetchval("SELECT key_check FROM relay") == key_check)

        return self._pool.begin(work)

    async def connect(self) -> PgConnection:
        return await self._database.connect_bare()

    def beat(self, report: NodeReport) -> "asyncio.Future[Pulse]":
        async def work(connection: PgConnection) -> Pulse:
            await connection.execute(
                _BEAT,
                self.node,
                report.name,
                report.version,
                self._schema,
                report.address,
                report.online,
                report.draining,
            )
            await connection.execute(f"DELETE FROM node WHERE seen_at < clock_timestamp() - interval '{FORGOTTEN_S} s'")
            await connection.execute(f"DELETE FROM change WHERE at < clock_timestamp() - interval '{CHANGES_KEPT_S} s'")
            await connection.execute(FORGET_THROTTLES, self.throttles.now)
            rows = await connection.fetch(_NODES)
            now, oldest = await connection.fetchrow(_NOW)
            nodes = tuple(NodeRecord(row[0], NodeReport(*row[1:6]), row[6], row[7]) for row in rows)
            return Pulse(now, nodes, oldest > self._schema)

        return self._pool.begin(work)

    def leave(self) -> "asyncio.Future[None]":
        async def work(connection: PgConnection) -> None:
            await connection.execute("DELETE FROM node WHERE id = $1", self.node)

        return self._pool.begin(work)

    def changes(self) -> "asyncio.Future[tuple[LoggedChange, ...]]":
        async def work(connection: PgConnection) -> tuple[LoggedChange, ...]:
            rows = await connection.fetch(_CHANGES)
            return tuple(
                LoggedChange(number, ChangeKind(kind), account, None if device is None else DeviceId(device), text)
                for number, kind, account, device, text in rows
                # A newer program may note what this one has no name for.
                if kind in _KINDS
            )

        return self._pool.begin(work)
