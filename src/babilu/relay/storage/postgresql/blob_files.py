"""Bytes of blobs in PostgreSQL: rows of up to 1 MiB, so that a file begun at one node goes on at another.

What comes while a row is written becomes the next row together. See `BlobFiles`.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from babilu.kernel.errors import BabiluError, ErrorCode, LinkError
from babilu.kernel.ids import BlobId
from babilu.relay.storage.blobs.port import ENTRY_BYTES, BlobPart
from babilu.relay.storage.postgresql.connections import LONG_DEADLINE_S, PgConnection, Pool

log = logging.getLogger(__name__)

ROW_BYTES: Final = 1024 * 1024
"""Most bytes of a row, but for a single part that is longer."""

LISTED_AT_ONCE: Final = 500

ROOM: Final = 2**60
"""What is told as free: how much there is only the database's operator knows, and `limits.all_file_bytes` bounds it."""

TOTAL_S: Final = 60.0
"""How often the bytes of all files are counted anew, which other nodes change too."""

_APPEND: Final = """
WITH f AS (
  INSERT INTO blob_file AS b (blob, whole) SELECT $1, $4::int8 WHERE $2::int8 = 0
  ON CONFLICT (blob) DO NOTHING RETURNING whole),
g AS (
  UPDATE blob_file SET whole = whole + $4::int8 WHERE blob = $1 AND whole = $2::int8 AND NOT complete
     AND NOT EXISTS (SELECT 1 FROM f) RETURNING whole),
p AS (
  INSERT INTO blob_part (blob, start, octets)
  SELECT $1, $2::int8, $3 FROM (SELECT * FROM f UNION ALL SELECT * FROM g) w)
SELECT whole FROM f UNION ALL SELECT whole FROM g
"""

_READ: Final = """
SELECT p.start, p.octets, f.whole FROM blob_file f LEFT JOIN blob_part p
    ON p.blob = f.blob AND p.start < $3
   AND p.start >= coalesce((SELECT max(start) FROM blob_part WHERE blob = $1 AND start <= $2), 0)
 WHERE f.blob = $1 AND f.complete ORDER BY p.start
"""


@dataclass(frozen=True, slots=True)
class _PartToWrite:
    """A part that is to be written, and what its writer waits for."""

    offset: int
    octets: bytes
    written: "asyncio.Future[int]"


class PostgresBlobFiles:
    """The bytes of blobs.

    Args:
        pool: Connections.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._queues: dict[BlobId, list[_PartToWrite]] = {}
        self._writing: dict[BlobId, asyncio.Task[None]] = {}
        self._counted_at = -TOTAL_S
        self.total = 0

    async def room(self) -> int:
        now = asyncio.get_running_loop().time()
        if now - self._counted_at >= TOTAL_S:
            self._counted_at = now
            await self.count()
        return ROOM

    async def count(self) -> None:
        """Count the bytes of all files."""
        counted = f"SELECT coalesce(sum(whole + {ENTRY_BYTES}), 0)::int8 FROM blob_file"
        self.total = await self._pool.run(lambda connection: connection.fetchval(counted), LONG_DEADLINE_S)

    async def offset(self, blob: BlobId) -> int:
        whole = await self._pool.run(
            lambda connection: connection.fetchval("SELECT whole FROM blob_file WHERE blob = $1", blob)
        )
        return int(whole or 0)

    def write(self, blob: BlobId, offset: int, part: bytes) -> "asyncio.Future[int]":
        loop = asyncio.get_running_loop()
        written: asyncio.Future[int] = loop.create_future()
        queue = self._queues.get(blob)
        if queue is None:
            queue = self._queues[blob] = []
            self._writing[blob] = loop.create_task(self._drain(blob, queue))
        queue.append(_PartToWrite(offset, part, written))
        return written

    async def _drain(self, blob: BlobId, queue: list[_PartToWrite]) -> None:
        """Write what is queued for a blob until nothing is."""
        while queue:
            row = _take_row(queue)
            if not await self._write_row(blob, row):
                # Some of them may be where the file ends all the same: each alone shows which.
                for each in row:
                    await self._write_row(blob, [each], last=True)
        del self._queues[blob], self._writing[blob]

    async def _write_row(self, blob: BlobId, row: Sequence[_PartToWrite], *, last: bool = False) -> bool:
        """Write a row and tell its writers; tell whether they know what became of it."""
        try:
            written, whole = await self._append(blob, row)
        except BabiluError as error:
            for each in row:
                _fail(each, error)
            return True
        if not written and len(row) > 1 and not last:
            return False
        for each in row:
            if not each.written.done():
                each.written.set_result(each.offset + len(each.octets) if written else whole)
        return True

    async def _append(self, blob: BlobId, row: Sequence[_PartToWrite]) -> tuple[bool, int]:
        octets = b"".join(each.octets for each in row)

        async def work(connection: PgConnection) -> tuple[bool, int]:
            whole = await connection.fetchval(_APPEND, blob, row[0].offset, octets, len(octets))
            if whole is not None:
                self.total += len(octets) + (0 if row[0].offset else ENTRY_BYTES)
                return True, int(whole)
            # Another offset than the end changes nothing.
            there = await connection.fetchval("SELECT whole FROM blob_file WHERE blob = $1", blob)
            return False, int(there or 0)

        return await self._pool.run(work, LONG_DEADLINE_S)

    async def complete(self, blob: BlobId) -> None:
        await self._pool.run(
            lambda connection: connection.execute("UPDATE blob_file SET complete = true WHERE blob = $1", blob)
        )

    async def read(self, blob: BlobId, offset: int, most: int) -> BlobPart | None:
        rows = await self._pool.run(lambda connection: connection.fetch(_READ, blob, offset, offset + most))
        if not rows:
            return None
        parts = b"".join(row[1] for row in rows if row[1] is not None)
        first = offset - (rows[0][0] or 0)
        return BlobPart(parts[first : first + most], rows[0][2])

    def at_hand(self, blob: BlobId, offset: int, most: int) -> BlobPart | None:  # noqa: ARG002  # all is elsewhere
        return None

    async def delete(self, blobs: Sequence[BlobId]) -> None:
        gone = LinkError(ErrorCode.NOT_FOUND, "This file was deleted meanwhile.")
        for blob in blobs:
            queue = self._queues.get(blob, [])
            for each in queue:
                _fail(each, gone)
            queue.clear()
        if under_way := [self._writing[blob] for blob in blobs if blob in self._writing]:
            await asyncio.wait(under_way)

        async def work(connection: PgConnection) -> None:
            names = list(blobs)
            await connection.execute("DELETE FROM blob_part WHERE blob = ANY($1::uuid[])", names)
            rows = await connection.fetch("DELETE FROM blob_file WHERE blob = ANY($1::uuid[]) RETURNING whole", names)
            self.total -= sum(row[0] + ENTRY_BYTES for row in rows)

        await self._pool.transact(work, LONG_DEADLINE_S)

    async def listed(self) -> AsyncIterator[tuple[BlobId, ...]]:
        """List all blobs, some at a time."""
        after: bytes | None = None
        while rows := await self._pool.run(partial(_list_from, after)):
            yield tuple(BlobId(row[0]) for row in rows)
            after = rows[-1][0]

    async def close(self) -> None:
        while self._writing:
            await asyncio.wait(self._writing.values())


async def _list_from(after: bytes | None, connection: PgConnection) -> Sequence[Any]:
    return await connection.fetch(
        "SELECT blob FROM blob_file WHERE $1::uuid IS NULL OR blob > $1 ORDER BY blob LIMIT $2", after, LISTED_AT_ONCE
    )


def _take_row(queue: list[_PartToWrite]) -> list[_PartToWrite]:
    """Take the parts of the next row from a queue: those that follow one another, up to its size."""
    row = [queue.pop(0)]
    end, size = row[0].offset + len(row[0].octets), len(row[0].octets)
    while queue and queue[0].offset == end and size + len(queue[0].octets) <= ROW_BYTES:
        part = queue.pop(0)
        row.append(part)
        end += len(part.octets)
        size += len(part.octets)
    return row


def _fail(part: _PartToWrite, error: Exception) -> None:
    if not part.written.done():
        part.written.set_exception(error)
