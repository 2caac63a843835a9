"""Groups of records: the unit that is compressed, sent and read alone.

    group   u32(length) ‖ zlib([kind, number, messages before it, scope, records])

The scope is the conversation, log or file that the records are of: nothing of two conversations is compressed together,
so that nobody's words tell by their size something of another's.
"""

import zlib
from collections.abc import Iterator
from enum import IntEnum, unique
from typing import Final, TypeVar

import msgspec

from babilu.archive.blocks import OpenedBlock
from babilu.archive.records import (
    ArchivedConversation,
    ArchivedEntry,
    ArchivedLog,
    ArchivedMessage,
    ArchivedPerson,
    ArchivedPiece,
    ArchivedProfile,
    ArchiveEnd,
    ArchiveSummary,
)
from babilu.archive.waiting_records import (
    ArchivedAsked,
    ArchivedJoinRequest,
    ArchivedLink,
    ArchivedRequest,
    ArchivedScheduled,
    ArchivedSound,
    ArchivedTraces,
)
from babilu.identity.shapes import Natural, Shape
from babilu.kernel.errors import ArchiveError, ErrorCode

GROUP_BYTES: Final = 96 * 1024
"""Bytes of records after which a group ends: what is lost with a block is little, and zlib has enough to go by."""

GROUP_BYTES_MAX: Final = 16 * 1024 * 1024
"""Largest group that is read: one message with all its wordings is less."""

_LENGTH: Final = 4
_LEVEL: Final = 6


@unique
class GroupKind(IntEnum):
    """What the records of a group are."""

    SUMMARY = 1
    PROFILE = 2
    PEOPLE = 3
    CONVERSATIONS = 4
    LOGS = 5
    ENTRIES = 6
    MESSAGES = 7
    TRACES = 8
    PIECES = 9
    END = 10
    SCHEDULED = 11
    SOUNDS = 12
    LINKS = 13
    JOIN_REQUESTS = 14
    ASKED = 15
    REQUESTS = 16


CORE: Final = frozenset({GroupKind.SUMMARY, GroupKind.PROFILE, GroupKind.PEOPLE, GroupKind.CONVERSATIONS})
"""Without these no message finds its place: they stand at the end of an archive once more."""

OF_ITS_DEVICE: Final = frozenset({GroupKind.SUMMARY, GroupKind.PROFILE, GroupKind.SCHEDULED, GroupKind.SOUNDS})
"""What a profile that lives has of its own, and takes from no archive: what is set, and what its user has not sent."""

GroupRecords = (
    tuple[ArchiveSummary, ...]
    | tuple[ArchivedProfile, ...]
    | tuple[ArchivedPerson, ...]
    | tuple[ArchivedConversation, ...]
    | tuple[ArchivedLog, ...]
    | tuple[ArchivedEntry, ...]
    | tuple[ArchivedMessage, ...]
    | tuple[ArchivedTraces, ...]
    | tuple[ArchivedPiece, ...]
    | tuple[ArchiveEnd, ...]
    | tuple[ArchivedScheduled, ...]
    | tuple[ArchivedSound, ...]
    | tuple[ArchivedLink, ...]
    | tuple[ArchivedJoinRequest, ...]
    | tuple[ArchivedAsked, ...]
    | tuple[ArchivedRequest, ...]
)
"""Records of one kind."""

SHAPES: Final = {
    GroupKind.SUMMARY: ArchiveSummary,
    GroupKind.PROFILE: ArchivedProfile,
    GroupKind.PEOPLE: ArchivedPerson,
    GroupKind.CONVERSATIONS: ArchivedConversation,
    GroupKind.LOGS: ArchivedLog,
    GroupKind.ENTRIES: ArchivedEntry,
    GroupKind.MESSAGES: ArchivedMessage,
    GroupKind.TRACES: ArchivedTraces,
    GroupKind.PIECES: ArchivedPiece,
    GroupKind.END: ArchiveEnd,
    GroupKind.SCHEDULED: ArchivedScheduled,
    GroupKind.SOUNDS: ArchivedSound,
    GroupKind.LINKS: ArchivedLink,
    GroupKind.JOIN_REQUESTS: ArchivedJoinRequest,
    GroupKind.ASKED: ArchivedAsked,
    GroupKind.REQUESTS: ArchivedRequest,
}
"""How the records of each kind look."""


class ArchiveGroup(Shape, frozen=True, array_like=True):
    """One group.

    Attributes:
        kind: What its records are.
        number: Its place among the groups of the archive, from 0; a copy has that of what it repeats.
        before: How many messages stand in groups before it.
        scope: The conversation, log or file that it is of; empty where it is of none.
        records: Its records, encoded.
    """

    kind: GroupKind
    number: Natural
    before: Natural
    scope: bytes
    records: msgspec.Raw


R = TypeVar("R", bound=Shape)

_encoder: Final = msgspec.msgpack.Encoder()
_group: Final = msgspec.msgpack.Decoder(ArchiveGroup)
_decoders: Final = {kind: msgspec.msgpack.Decoder(tuple[shape, ...]) for kind, shape in SHAPES.items()}  # type: ignore[valid-type]  # of each shape a tuple


def join_records(records: list[bytes]) -> msgspec.Raw:
    """Make one array of records that are encoded already."""
    head = _encoder.encode([None] * len(records))[: _array_head(len(records))]
    return msgspec.Raw(b"".join((head, *records)))


def _array_head(count: int) -> int:
    """Tell how many bytes say in MessagePack that an array of so many follows."""
    return 1 if count < 16 else 3 if count < 1 << 16 else 5


def said_by(group: ArchiveGroup) -> bytes:
    """Encode what a group says."""
    return _encoder.encode(group)


def encode_group(group: ArchiveGroup) -> bytes:
    """Encode a group, compressed alone, behind its length."""
    # What is encrypted already gets no smaller by any effort.
    level = 0 if group.kind is GroupKind.PIECES else _LEVEL
    packed = zlib.compress(said_by(group), level)
    return len(packed).to_bytes(_LENGTH, "big") + packed


def decode_group(packed: bytes) -> ArchiveGroup:
    """Decode what stands behind a group's length.

    Raises:
        ArchiveError: ``archive_damaged``.
    """
    unpacking = zlib.decompressobj()
    try:
        said = unpacking.decompress(packed, GROUP_BYTES_MAX)
        if not unpacking.eof or unpacking.unconsumed_tail:
            raise unreadable()
        return _group.decode(said)
    except (zlib.error, msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise unreadable() from error


def records_of(group: ArchiveGroup, shape: type[R]) -> tuple[R, ...]:
    """Decode the records of a group.

    Raises:
        ArchiveError: ``archive_damaged``: they are of another kind, or do not fit their shape.
    """
    if SHAPES[group.kind] is not shape:
        raise unreadable()
    try:
        records: tuple[R, ...] = _decoders[group.kind].decode(group.records)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise unreadable() from error
    return records


def unreadable() -> ArchiveError:
    """Give the error of what does not hold together."""
    return ArchiveError(ErrorCode.ARCHIVE_DAMAGED, "The archive is damaged.")


class GroupReader:
    """Puts groups together of what blocks say; after one that is missing it goes on with the next whole group.

    Attributes:
        lost: Whether anything of a group was left out.
    """

    def __init__(self) -> None:
        self._kept = bytearray()
        self._place = 0
        self._in_step = True
        self.lost = False

    def add(self, block: OpenedBlock) -> Iterator[bytes]:
        """Take the next block, and give the groups that are whole now."""
        said = block.said
        if block.place != self._place or not self._in_step:
            self.lost = True
            self._kept.clear()
            self._in_step = block.first is not None
            said = b"" if block.first is None else said[block.first :]
        self._place = block.place + 1
        if not self._in_step:
            return
        self._kept += said
        yield from self._whole()
        if block.last and any(self._kept):
            self.lost = True

    def _whole(self) -> Iterator[bytes]:
        while len(self._kept) >= _LENGTH:
            length = int.from_bytes(self._kept[:_LENGTH], "big")
            if length == 0:
                # Nothing but zeros follows: the archive is padded.
                self._kept.clear()
                return
            if length > GROUP_BYTES_MAX:
                self.lost, self._in_step = True, False
                self._kept.clear()
                return
            if len(self._kept) < _LENGTH + length:
                return
            packed = bytes(self._kept[_LENGTH : _LENGTH + length])
            del self._kept[: _LENGTH + length]
            yield packed
