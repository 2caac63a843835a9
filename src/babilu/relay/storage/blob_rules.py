"""Rules of the rows of sealed files that hold whatever the database: what a file counts, and who may begin one."""

from collections.abc import Sequence
from typing import Any, Final

from babilu.kernel.errors import ErrorCode
from babilu.kernel.ids import BlobId
from babilu.relay.storage.blobs.port import ENTRY_BYTES
from babilu.relay.storage.records import CONFLICT, BlobRecord, Refused

BYTES_HELD: Final = f"CAST(coalesce(sum(size + {ENTRY_BYTES}), 0) AS bigint)"
"""What the rows of a query count together, in SQL."""

GREEDIEST: Final = (
    f"SELECT account, {BYTES_HELD} AS held FROM blob WHERE account IS NOT NULL AND completed_at IS NOT NULL"
    " GROUP BY account ORDER BY held DESC, account LIMIT 1"
)
"""Query for whoever has most complete files, and for what these count."""


def record_of(blob: BlobId, account: int, size: int, row: Sequence[Any]) -> BlobRecord | Refused:
    """Judge whether an account may write a file of which there is a row; see `BlobStore.create`.

    Args:
        blob: The file.
        account: Whoever begins it.
        size: The size that they name.
        row: Account, size and time of completion that the row names.
    """
    owner, present, completed_at = row
    if owner is None:
        return Refused(ErrorCode.BUSY)
    if (owner, present) != (account, size):
        return CONFLICT
    return BlobRecord(blob, size, completed_at is not None)


def fits(held: int, size: int, most: int) -> bool:
    """Tell whether an account that holds so much has room for one more file."""
    return held + size + ENTRY_BYTES <= most
