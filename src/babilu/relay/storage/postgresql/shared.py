"""What nodes share beside accounts and mail: the relay's certificates, and counts of what was done too often lately."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from babilu.relay.storage.nodes import ChangeKind, Rate, StoredCertificate
from babilu.relay.storage.postgresql.change_log import note_change
from babilu.relay.storage.postgresql.connections import PgConnection, Pool

_NOW_MS: Final = "coalesce($1::float8, extract(epoch FROM statement_timestamp()) * 1000)::float8"

_CHARGE: Final = f"""
WITH n AS (SELECT {_NOW_MS} AS now)
INSERT INTO throttle (key, whole_at)
SELECT u.key, n.now + u.interval FROM n, unnest($2::uuid[], $3::float8[]) AS u(key, interval) ORDER BY u.key
ON CONFLICT (key) DO UPDATE SET whole_at = greatest(throttle.whole_at, (SELECT now FROM n))
   + excluded.whole_at - (SELECT now FROM n)
"""

_TAKE: Final = f"""
WITH n AS (SELECT {_NOW_MS} AS now)
INSERT INTO throttle (key, whole_at) SELECT $2::uuid, n.now + $3::float8 FROM n
ON CONFLICT (key) DO UPDATE SET whole_at = greatest(throttle.whole_at, (SELECT now FROM n)) + $3::float8
 WHERE throttle.whole_at - (SELECT now FROM n) <= $4::float8
RETURNING 1
"""

_WAIT: Final = f"""
SELECT max(t.whole_at - u.slack - n.now)
  FROM (SELECT {_NOW_MS} AS now) n, unnest($2::uuid[], $3::float8[]) AS u(key, slack) JOIN throttle t USING (key)
"""

FORGET_THROTTLES: Final = f"DELETE FROM throttle WHERE whole_at < {_NOW_MS}"
"""Forgets those who may do everything again; the parameter is the time, or nothing for the database's own."""


class PostgresThrottles:
    """Counts of what was done too often lately; see `ThrottleStore`.

    Args:
        pool: Connections.
        now_ms: The time; None for the database's own.
    """

    def __init__(self, pool: Pool, now_ms: Callable[[], int] | None) -> None:
        self._pool = pool
        self._now_ms = now_ms

    @property
    def now(self) -> float | None:
        """The time, where it is not the database's own."""
        return None if self._now_ms is None else float(self._now_ms())

    def wait(self, keys: Sequence[tuple[bytes, Rate]]) -> "asyncio.Future[int]":
        return self._pool.begin(lambda connection: self._wait(connection, keys))

    def charge(self, keys: Sequence[tuple[bytes, Rate]]) -> "asyncio.Future[None]":
        async def work(connection: PgConnection) -> None:
            once = dict(keys)
            await connection.execute(_CHARGE, self.now, list(once), [rate.interval_ms for rate in once.values()])

        return self._pool.begin(work)

    def take(self, key: bytes, rate: Rate) -> "asyncio.Future[int]":
        async def work(connection: PgConnection) -> int:
            if await connection.fetchval(_TAKE, self.now, key, rate.interval_ms, _slack(rate)) is not None:
                return 0
            # Whoever was refused a moment ago waits at least for a moment.
            return max(await self._wait(connection, [(key, rate)]), 1)

        return self._pool.begin(work)

    async def _wait(self, connection: PgConnection, keys: Sequence[tuple[bytes, Rate]]) -> int:
        slacks = [_slack(rate) for _, rate in keys]
        early = await connection.fetchval(_WAIT, self.now, [key for key, _ in keys], slacks)
        return 0 if early is None or early <= 0 else int(early) + 1


def _slack(rate: Rate) -> float:
    return (max(rate.burst, 1) - 1) * rate.interval_ms


class PostgresCertificates:
    """The relay's own certificates; see `CertificateStore`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def read(self) -> "asyncio.Future[tuple[StoredCertificate, ...]]":
        async def work(connection: PgConnection) -> tuple[StoredCertificate, ...]:
            rows = await connection.fetch(
                "SELECT pin, sealed, announced_at FROM certificate ORDER BY announced_at NULLS FIRST"
            )
            return tuple(StoredCertificate(*row) for row in rows)

        return self._pool.begin(work)

    def begin(self, certificate: StoredCertificate) -> "asyncio.Future[None]":
        async def work(connection: PgConnection) -> None:
            await _insert(connection, certificate.pin, certificate.sealed, None)

        return self._pool.begin(work)

    def prepare(self, certificate: StoredCertificate) -> "asyncio.Future[None]":
        async def work(connection: PgConnection) -> None:
            await _insert(connection, certificate.pin, certificate.sealed, certificate.announced_at)
            await note_change(connection, ChangeKind.CERTIFICATE)

        return self._pool.transact(work)

    def withdraw(self) -> "asyncio.Future[None]":
        async def work(connection: PgConnection) -> None:
            await connection.execute("DELETE FROM certificate WHERE announced_at IS NOT NULL")
            await note_change(connection, ChangeKind.CERTIFICATE)

        return self._pool.transact(work)

    def renew(self, pin: bytes) -> "asyncio.Future[bool]":
        async def work(connection: PgConnection) -> bool:
            following = await connection.fetchval(
                "SELECT 1 FROM certificate WHERE pin = $1 AND announced_at IS NOT NULL FOR UPDATE", pin
            )
            if following is not None:
                await connection.execute("DELETE FROM certificate WHERE announced_at IS NULL")
                await connection.execute("UPDATE certificate SET announced_at = NULL WHERE pin = $1", pin)
                await note_change(connection, ChangeKind.CERTIFICATE)
            used = "SELECT 1 FROM certificate WHERE pin = $1 AND announced_at IS NULL"
            return await connection.fetchval(used, pin) is not None

        return self._pool.transact(work)


async def _insert(connection: PgConnection, pin: bytes, sealed: bytes, announced_at: int | None) -> None:
    # There is one of each kind at most: the first one stays.
    await connection.execute(
        "INSERT INTO certificate (pin, sealed, announced_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        pin,
        sealed,
        announced_at,
    )
