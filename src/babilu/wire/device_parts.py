"""Parts that only own devices take from each other: what they have, and what is set on them."""

from typing import Annotated

import msgspec

from babilu.identity.shapes import Id16, Natural
from babilu.kernel.limits import (
    DEVICE_HISTORY_BYTES,
    DEVICE_HISTORY_GROUPS,
    DEVICE_HISTORY_PIECES,
    SYNC_ENTRIES,
    SYNC_MESSAGES,
    SYNC_WRITES,
)
from babilu.wire.part_base import ChainedPart
from babilu.wire.sync_entries import SyncGone, SyncRead, SyncReceipt, SyncWrite


class DeviceHistory(ChainedPart, frozen=True):
    """Part of what a person has, which one of their devices gives another one that was linked.

    Attributes:
        groups: Groups of records as an archive has them, each compressed alone.
    """

    groups: Annotated[
        tuple[Annotated[bytes, msgspec.Meta(max_length=DEVICE_HISTORY_BYTES)], ...],
        msgspec.Meta(max_length=DEVICE_HISTORY_GROUPS),
    ]


class DeviceHistoryPiece(ChainedPart, frozen=True):
    """Piece of a group of records that is too large for one `DeviceHistory`.

    Attributes:
        whole: First 16 bytes of the SHA-256 of the group, as a `DeviceHistory` would have it.
        place: Which piece, from 0.
        count: How many there are.
        piece: Its bytes.
    """

    whole: Id16
    place: Annotated[int, msgspec.Meta(ge=0, lt=DEVICE_HISTORY_PIECES)]
    count: Annotated[int, msgspec.Meta(ge=1, le=DEVICE_HISTORY_PIECES)]
    piece: Annotated[bytes, msgspec.Meta(max_length=DEVICE_HISTORY_BYTES)]


class HistoryAsk(ChainedPart, frozen=True):
    """Request of an own device to be given what the reader has: contacts, conversations and messages.

    Attributes:
        since: Only messages said from here on, Unix milliseconds.
    """

    since: Natural


class Sync(ChainedPart, frozen=True):
    """What an own device tells the others, in the notes alone: what is set, received, read and deleted on it.

    Attributes:
        writes: Writes to registers.
        receipts: Receipts that others gave for own messages.
        reads: Messages of others that were read.
        gone: Messages that one has deleted for oneself.
    """

    writes: Annotated[tuple[SyncWrite, ...], msgspec.Meta(max_length=SYNC_WRITES)] = ()
    receipts: Annotated[tuple[SyncReceipt, ...], msgspec.Meta(max_length=SYNC_MESSAGES)] = ()
    reads: Annotated[tuple[SyncRead, ...], msgspec.Meta(max_length=SYNC_ENTRIES)] = ()
    gone: Annotated[tuple[SyncGone, ...], msgspec.Meta(max_length=SYNC_ENTRIES)] = ()
