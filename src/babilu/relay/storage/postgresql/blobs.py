"""Which sealed files there are, over PostgreSQL; see `BlobStore`."""

import asyncio
from collections.abc import Sequence
from typing import Final

from babilu.kernel.ids import BlobId
from babilu.relay.storage.blob_rules import BYTES_HELD, GREEDIEST, fits, record_of
from babilu.relay.storage.blobs.port import ENTRY_BYTES
from babilu.relay.storage.postgresql.connections import PgConnection, Pool
from babilu.relay.storage.records import CONFLICT, QUOTA, BlobRecord, Refused

_HELD: Final = f"SELECT {BYTES_HELD} FROM blob WHERE account = $1"


class PostgresBlobs:
    """Sealed files and their accounts."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def create(
        self, account: int, blob: BlobId, size: int, now: int, most: int
    ) -> "asyncio.Future[BlobRecord | Refused]":
        return self._pool.transact(lambda connection: _create(connection, account, blob, size, (now, most)))

    def complete(self, blob: BlobId, now: int) -> "asyncio.Future[bool]":
        async def work(connection: PgConnection) -> bool:
            changed = await connection.execute(
                "UPDATE blob SET completed_at = coalesce(completed_at, $2) WHERE blob = $1 AND account IS NOT NULL",
                blob,
                now,
            )
            return changed == "UPDATE 1"

        return self._pool.begin(work)

    def reopen(self, blob: BlobId) -> "asyncio.Future[None]":
        async def work(connection: PgConnection) -> None:
            await connection.execute("UPDATE blob SET completed_at = NULL WHERE blob = $1", blob)

        return self._pool.begin(work)

    def release(self, account: int, blob: BlobId) -> "asyncio.Future[bool]":
        async def work(connection: PgConnection) -> bool:
            released = "UPDATE blob SET account = NULL WHERE blob = $1 AND account = $2"
            return await connection.execute(released, blob, account) == "UPDATE 1"

        return self._pool.begin(work)

    def release_overdue(
        self, completed_before: int, created_before: int, most: int
    ) -> "asyncio.Future[tuple[BlobId, ...]]":
        async def work(connection: PgConnection) -> tuple[BlobId, ...]:
            await connection.execute(
                "UPDATE blob SET account = NULL WHERE id IN (SELECT id FROM blob WHERE account IS NOT NULL"
                " AND (completed_at < $1 OR (completed_at IS NULL AND created_at < $2)) LIMIT $3)",
                completed_before,
                created_before,
                most,
            )
            rows = await connection.fetch("SELECT blob FROM blob WHERE account IS NULL ORDER BY id LIMIT $1", most)
            return tuple(BlobId(row[0]) for row in rows)

        return self._pool.transact(work)

    def release_greediest(self, account: int, needed: int, most: int) -> "asyncio.Future[tuple[BlobId, ...]]":
        return self._pool.transact(lambda connection: _release_greediest(connection, account, needed, most))

    def forget(self, blobs: Sequence[BlobId]) -> "asyncio.Future[None]":
        async def work(connection: PgConnection) -> None:
            gone = "DELETE FROM blob WHERE blob = ANY($1::uuid[]) AND account IS NULL"
            await connection.execute(gone, list(blobs))

        return self._pool.begin(work)

    def known(self, blobs: Sequence[BlobId]) -> "asyncio.Future[frozenset[BlobId]]":
        async def work(connection: PgConnection) -> frozenset[BlobId]:
            rows = await connection.fetch("SELECT blob FROM blob WHERE blob = ANY($1::uuid[])", list(blobs))
            return frozenset(BlobId(row[0]) for row in rows)

        return self._pool.begin(work)


async def _create(
    connection: PgConnection, account: int, blob: BlobId, size: int, limits: tuple[int, int]
) -> BlobRecord | Refused:
    now, most = limits
    # What an account holds is counted by one node at a time.
    await connection.execute("SELECT 1 FROM account WHERE id = $1 FOR NO KEY UPDATE", account)
    row = await connection.fetchrow("SELECT account, size, completed_at FROM blob WHERE blob = $1", blob)
    if row is not None:
        return record_of(blob, account, size, row)
    if not fits(await connection.fetchval(_HELD, account), size, most):
        return QUOTA
    made = await connection.fetchval(
        "INSERT INTO blob (blob, account, size, created_at) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (blob) DO NOTHING RETURNING id",
        blob,
        account,
        size,
        now,
    )
    return CONFLICT if made is None else BlobRecord(blob, size, complete=False)


async def _release_greediest(connection: PgConnection, account: int, needed: int, most: int) -> tuple[BlobId, ...]:
    held = await connection.fetchval(_HELD, account)
    released: list[BlobId] = []
    while needed > 0 and len(released) < most:
        greediest = await connection.fetchrow(GREEDIEST)
        if greediest is None or greediest[1] <= held:
            break
        number, blob, size = await connection.fetchrow(
            "SELECT id, blob, size FROM blob WHERE account = $1 AND completed_at IS NOT NULL"
            " ORDER BY completed_at, id LIMIT 1",
            greediest[0],
        )
        await connection.execute("UPDATE blob SET account = NULL WHERE id = $1", number)
        released.append(BlobId(blob))
        needed -= size + ENTRY_BYTES
    return tuple(released)
