"""Message content: what one device tells another inside the encryption.

Text, edits and the like are *chained*: they carry a counter from 1 and the hash of the previous content, for each
(sender device, recipient device, conversation). Receipts, repair and session control are not. Who says it to whom is no
field: the session's associated data binds both devices and both identities.
"""

from typing import Annotated

import msgspec

from babilu.identity.shapes import Hash32, Id16, Key32, Natural
from babilu.wire.delivery_parts import Again, Delivered, FileRequest, Gone, Hush, Read, RetryRequest, Settled
from babilu.wire.device_parts import DeviceHistory, DeviceHistoryPiece, HistoryAsk, Sync
from babilu.wire.group_parts import GroupAsk, GroupEntries, GroupHistory, GroupLink, GroupWant
from babilu.wire.message_parts import Delete, Edit, Pin, ProfilePicture, React, Text, Timer
from babilu.wire.part_base import HEADS_MAX, MESSAGE_BYTES

ContentPart = (
    Text
    | Edit
    | Delete
    | React
    | Pin
    | Timer
    | ProfilePicture
    | GroupEntries
    | GroupWant
    | GroupAsk
    | GroupLink
    | GroupHistory
    | DeviceHistory
    | DeviceHistoryPiece
    | HistoryAsk
    | Sync
    | Delivered
    | Read
    | RetryRequest
    | Again
    | Settled
    | Gone
    | FileRequest
    | Hush
)


class UnknownPart(msgspec.Struct, frozen=True, array_like=True):
    """Part that only a newer version understands: this one does not know its tag, or a critical field of it.

    Attributes:
        tag: What it is.
        salt: As in `ChainedPart`; empty for what is not chained.
        fallback: What stands for it; None for nothing.
    """

    tag: str
    salt: bytes = b""
    fallback: str | None = None


class ChainLink(msgspec.Struct, frozen=True, array_like=True):
    """Place of a chained content: its counter from 1, and the SHA-256 of the previous content (zeros for the first)."""

    counter: Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
    previous: Hash32


class ListMark(msgspec.Struct, frozen=True, array_like=True):
    """A device list by version and the first 16 bytes of its hash, so that one that a relay froze is noticed."""

    version: Natural
    list_hash: Id16


class Content(msgspec.Struct, frozen=True, array_like=True):
    """One content as it is encrypted.

    Attributes:
        conversation: Id of the conversation.
        sent_at: Unix milliseconds on the sender's clock.
        link: Place in the chain; None for what is not chained.
        sender_list: The sender's device list.
        recipient_list: The recipient's device list as the sender knows it.
        heads: The ends of the conversation's log that the sender knows; None where it has no log, as between two.
        part: The bytes of what is said (`read_part`); the message's id is computed from them.
    """

    conversation: Key32
    sent_at: Natural
    link: ChainLink | None
    sender_list: ListMark
    recipient_list: ListMark
    heads: Annotated[tuple[Hash32, ...], msgspec.Meta(min_length=1, max_length=HEADS_MAX)] | None
    part: Annotated[bytes, msgspec.Meta(max_length=MESSAGE_BYTES)]
