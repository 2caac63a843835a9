"""Port of the bytes of blobs (sealed files): written from front to back, then read in parts, by nobody's permission.

Who may write and read what is decided before; which blobs there are, the database knows (`BlobStore`). Everything
raises `LinkError` ``unavailable`` where the disk refuses; what was written before stays then.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Final, NamedTuple, Protocol

from babilu.kernel.ids import BlobId

ENTRY_BYTES: Final = 4096
"""What a blob costs beside its bytes, and counts besides: a row, an entry of the folder, a block that is not full."""


class BlobPart(NamedTuple):
    """Part of a complete blob: the bytes, and the size of the whole."""

    octets: bytes
    size: int


class BlobFiles(Protocol):
    """The bytes of blobs."""

    @property
    def total(self) -> int:
        """Bytes of all blobs, complete or not, with `ENTRY_BYTES` for each."""

    async def room(self) -> int:
        """Return the bytes that the disk has free."""

    async def offset(self, blob: BlobId) -> int:
        """Return how many bytes of a blob are written."""

    def write(self, blob: BlobId, offset: int, part: bytes) -> "asyncio.Future[int]":
        """Write a part of an incomplete blob where it ends; any other offset changes nothing.

        Returns:
            A future of how many bytes of it are written then.
        """

    async def complete(self, blob: BlobId) -> None:
        """Put all of a blob on disk, so that a power failure leaves it; from then on it can be read."""

    async def read(self, blob: BlobId, offset: int, most: int) -> BlobPart | None:
        """Return up to ``most`` bytes of a complete blob; None where there is none."""

    def at_hand(self, blob: BlobId, offset: int, most: int) -> BlobPart | None:
        """Return what `read` would, where that takes no waiting; None where it may, or nothing is known of the blob."""

    async def delete(self, blobs: Sequence[BlobId]) -> None:
        """Delete blobs, complete or not; what is not there is passed over."""

    def listed(self) -> AsyncIterator[tuple[BlobId, ...]]:
        """List all blobs, some at a time."""

    async def close(self) -> None:
        """Finish what was begun."""
