"""Rows of blobs: which sealed files there are, and whose; one without an account is released and waits for deletion."""

import sqlite3
from collections.abc import Sequence

from babilu.kernel.ids import BlobId
from babilu.relay.storage.blob_rules import BYTES_HELD, GREEDIEST, fits, record_of
from babilu.relay.storage.blobs.port import ENTRY_BYTES
from babilu.relay.storage.records import QUOTA, BlobRecord, Refused

_HELD = f"SELECT {BYTES_HELD} FROM blob WHERE account = ?"


class BlobTable:
    """Blobs and their accounts."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def create(self, account: int, blob: BlobId, size: int, now: int, most: int) -> BlobRecord | Refused:
        row = self._connection.execute(
            "SELECT account, size, completed_at FROM blob WHERE blob = ?", (blob,)
        ).fetchone()
        if row is not None:
            return record_of(blob, account, size, row)
        (held,) = self._connection.execute(_HELD, (account,)).fetchone()
        if not fits(held, size, most):
            return QUOTA
        self._connection.execute(
            "INSERT INTO blob (blob, account, size, created_at) VALUES (?, ?, ?, ?)", (blob, account, size, now)
        )
        return BlobRecord(blob, size, complete=False)

    def complete(self, blob: BlobId, now: int) -> bool:
        changed = self._connection.execute(
            "UPDATE blob SET completed_at = coalesce(completed_at, ?) WHERE blob = ? AND account IS NOT NULL",
            (now, blob),
        )
        return changed.rowcount == 1

    def reopen(self, blob: BlobId) -> None:
        self._connection.execute("UPDATE blob SET completed_at = NULL WHERE blob = ?", (blob,))

    def release(self, account: int, blob: BlobId) -> bool:
        changed = self._connection.execute(
            "UPDATE blob SET account = NULL WHERE blob = ? AND account = ?", (blob, account)
        )
        return changed.rowcount == 1

    def release_overdue(self, completed_before: int, created_before: int, most: int) -> tuple[BlobId, ...]:
        self._connection.execute(
            "UPDATE blob SET account = NULL WHERE id IN (SELECT id FROM blob WHERE account IS NOT NULL"
            " AND (completed_at < ? OR (completed_at IS NULL AND created_at < ?)) LIMIT ?)",
            (completed_before, created_before, most),
        )
        rows = self._connection.execute("SELECT blob FROM blob WHERE account IS NULL ORDER BY id LIMIT ?", (most,))
        return tuple(BlobId(blob) for (blob,) in rows.fetchall())

    def release_greediest(self, account: int, needed: int, most: int) -> tuple[BlobId, ...]:
        (held,) = self._connection.execute(_HELD, (account,)).fetchone()
        released: list[BlobId] = []
        while needed > 0 and len(released) < most:
            greediest = self._connection.execute(GREEDIEST).fetchone()
            if greediest is None or greediest[1] <= held:
                break
            number, blob, size = self._connection.execute(
                "SELECT id, blob, size FROM blob WHERE account = ? AND completed_at IS NOT NULL"
                " ORDER BY completed_at, id LIMIT 1",
                (greediest[0],),
            ).fetchone()
            self._connection.execute("UPDATE blob SET account = NULL WHERE id = ?", (number,))
            released.append(BlobId(blob))
            needed -= size + ENTRY_BYTES
        return tuple(released)

    def forget(self, blobs: Sequence[BlobId]) -> None:
        self._connection.executemany("DELETE FROM blob WHERE blob = ? AND account IS NULL", [(blob,) for blob in blobs])

    def known(self, blobs: Sequence[BlobId]) -> frozenset[BlobId]:
        find = "SELECT 1 FROM blob WHERE blob = ?"
        return frozenset(blob for blob in blobs if self._connection.execute(find, (blob,)).fetchone())

    def totals(self) -> tuple[int, int]:
        """Return how many there are, and the bytes that are reserved for them."""
        blobs, size = self._connection.execute(f"SELECT count(*), {BYTES_HELD} FROM blob").fetchone()
        return int(blobs), int(size)
