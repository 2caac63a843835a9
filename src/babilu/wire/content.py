"""Message content: what one device tells another inside the encryption.

Text, edits and the like are *chained*: they carry a counter from 1 and the hash of the previous content, for each
(sender device, recipient device, conversation). Receipts, repair and session control are not. Who says it to whom is no
field: the session's associated data binds both devices and both identities.
"""

from typing import Annotated, Final

import msgspec

from babilu.identity.shapes import Hash32, Id16, Key32, Natural
from babilu.kernel.limits import (
    DEVICE_HISTORY_BYTES,
    DEVICE_HISTORY_GROUPS,
    DEVICE_HISTORY_PIECES,
    DEVICE_LIST_BYTES,
    ENTRIES_IN_CONTENT,
    ENTRY_BYTES,
    FILES_OF_MESSAGE,
    GROUP_MEMBERS,
    HISTORY_IN_CONTENT,
    INTEGER_MAX,
    MENTIONS,
    PROFILE_PICTURE_BYTES,
    QUOTE_CHARACTERS,
    REACTIONS_OF_ONE,
    SYNC_ENTRIES,
    SYNC_MESSAGES,
    SYNC_WRITES,
    TIMER_LONGEST_MS,
    TIMER_SHORTEST_MS,
)
from babilu.wire.file_entry import FileEntries, FileEntry
from babilu.wire.sync_entries import SyncGone, SyncRead, SyncReceipt, SyncWrite

MESSAGE_BYTES = 64 * 1024
"""Largest content: what fits the largest size class of padding."""

HEADS_MAX: Final = 8
"""Ends of a log that a content names at most."""

PARTS_VERSION: Final = 10
"""Rises with every kind of part, or field of one, that is added: what an earlier one did not know is judged again."""

CRITICAL: Final = 1
"""MessagePack extension type that wraps an appended field which a reader who does not know it must not pass over."""


def _tag(class_name: str) -> str:
    words = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in class_name)
    return words.lstrip("_")


class Part(msgspec.Struct, frozen=True, array_like=True, tag=_tag):
    """Base of everything that a content can say; its tag is the class name in lower case with underscores."""


class ChainedPart(Part, frozen=True):
    """Base of everything that takes a place in the chain.

    Attributes:
        salt: 16 random bytes, by which equal words at one time are two messages.
        fallback: What a version shows that does not know the tag; None for nothing.
    """

    salt: Id16
    fallback: str | None


EntryBytes = Annotated[bytes, msgspec.Meta(max_length=ENTRY_BYTES + 256)]
"""An entry of a group's log as it travels: its body, its signature, and what holds the two together."""

PartBytes = Annotated[bytes, msgspec.Meta(max_length=MESSAGE_BYTES)]
"""The exact bytes of a part."""

ListBytes = Annotated[bytes, msgspec.Meta(max_length=DEVICE_LIST_BYTES)]

TimerMs = Annotated[int, msgspec.Meta(ge=TIMER_SHORTEST_MS, le=TIMER_LONGEST_MS)]
"""How long a message is there after it was sent, in milliseconds."""


class Mention(msgspec.Struct, frozen=True, array_like=True):
    """A run of a text that names a person.

    Attributes:
        start: Where it begins, in code points.
        length: How many code points it has.
        identity: The identity key of the person.
    """

    start: Natural
    length: Annotated[int, msgspec.Meta(ge=1, le=INTEGER_MAX)]
    identity: Key32


Mentions = Annotated[tuple[Mention, ...], msgspec.Meta(max_length=MENTIONS)]
"""The mentions of a text in their order: each lies within it, and none reaches into the next."""


class Text(ChainedPart, frozen=True):
    """A message of plain text, at most `TEXT_BYTES` of UTF-8, and files; one of both is there.

    Attributes:
        text: The text.
        reply_to: Id of the message that it answers; None for none.
        quote: The beginning of that message as the author has it; None for none.
        mentions: Whom it names.
        forwarded: Whether its author took it over from another conversation.
        timer: When it is to be gone again, after it was sent; None for never.
        files: What it brings.
        whole: The sealed file that holds the whole text in UTF-8, of which `text` is only the beginning; None where
            that is all of it. Mentions count in the whole text.
    """

    text: str
    reply_to: Id16 | None = None
    quote: Annotated[str, msgspec.Meta(max_length=QUOTE_CHARACTERS)] | None = None
    mentions: Mentions = ()
    forwarded: bool = False
    timer: TimerMs | None = None
    files: FileEntries = ()
    whole: FileEntry | None = None


class Edit(ChainedPart, frozen=True):
    """New wording of an own message.

    Attributes:
        target: Id of the message.
        text: The new text.
        mentions: Whom the new text names.
        timer: The target's timer, so that an edit that comes first is kept no longer than its message would be.
        whole: As in `Text`: the sealed file that holds the whole wording; None where `text` is all of it.
    """

    target: Id16
    text: str
    mentions: Mentions = ()
    timer: TimerMs | None = None
    whole: FileEntry | None = None


class Delete(ChainedPart, frozen=True):
    """Deletion of an own message, for everybody and for good."""

    target: Id16


class React(ChainedPart, frozen=True):
    """All reactions of its author to one message: they replace the earlier ones, and an empty list takes them away."""

    target: Id16
    reactions: Annotated[tuple[str, ...], msgspec.Meta(max_length=REACTIONS_OF_ONE)]


class Pin(ChainedPart, frozen=True):
    """Pin of a message in its conversation, or its removal.

    Attributes:
        target: Id of the message.
        on: Whether it is.
        replaces: Id of the newest such content about this message that its author knows; None for the first.
    """

    target: Id16
    on: bool
    replaces: Id16 | None = None


class Timer(ChainedPart, frozen=True):
    """Timer of the conversation: how long new messages stay.

    Attributes:
        value: How long; None for never.
        replaces: Id of the newest such content that its author knows; None for the first.
    """

    value: TimerMs | None = None
    replaces: Id16 | None = None


class ProfilePicture(ChainedPart, frozen=True):
    """Picture of its author, for whoever they have accepted; the highest by (time, id) is shown.

    Attributes:
        picture: A JPEG picture; None takes it away.
    """

    picture: Annotated[bytes, msgspec.Meta(min_length=1, max_length=PROFILE_PICTURE_BYTES)] | None = None


class GroupEntries(ChainedPart, frozen=True):
    """Entries of a group's log, each after those that it builds on, and the device lists of people whom they name.

    The id of the conversation says of which group. Whoever says it has signed none of it: entries and lists count by
    the signatures in them alone.

    Attributes:
        entries: Encoded entries (`babilu.group.entries.encode_entry`).
        lists: Encoded signed device lists.
    """

    entries: Annotated[tuple[EntryBytes, ...], msgspec.Meta(max_length=ENTRIES_IN_CONTENT)]
    lists: Annotated[tuple[ListBytes, ...], msgspec.Meta(max_length=ENTRIES_IN_CONTENT)] = ()


class GroupWant(Part, frozen=True):
    """Question for entries of a group's log that its author lacks.

    Attributes:
        group: Id of the group.
        known: Ends of the log as its author has it.
        people: Identity keys of members whose device lists its author lacks.
    """

    group: Key32
    known: Annotated[tuple[Hash32, ...], msgspec.Meta(max_length=HEADS_MAX)] = ()
    people: Annotated[tuple[Key32, ...], msgspec.Meta(max_length=GROUP_MEMBERS)] = ()


class GroupAsk(ChainedPart, frozen=True):
    """Request to be let into a group, of somebody who has a link; it brings no words.

    Attributes:
        group: Id of the group.
        token: What the link brings.
    """

    group: Key32
    token: Id16


class GroupLink(ChainedPart, frozen=True):
    """Link into a group that its author, an admin, has given out, for those admins whom it names.

    Attributes:
        token_hash: By what its token is known again.
        uses: How many may come by it; None for as many as do.
        approval: Whether each of them waits for a decision.
        expires_at: Unix milliseconds until which it holds.
        revoked: Whether it is taken back.
    """

    token_hash: Hash32
    uses: Annotated[int, msgspec.Meta(ge=1, le=GROUP_MEMBERS)] | None
    approval: bool
    expires_at: Natural
    revoked: bool


class SharedWording(msgspec.Struct, frozen=True, array_like=True):
    """The wording of a message that is shown, where that is not its first.

    Attributes:
        sent_at: When its author said it, Unix milliseconds by their clock.
        part: The exact bytes of the edit.
    """

    sent_at: Natural
    part: PartBytes


class SharedMessage(msgspec.Struct, frozen=True, array_like=True):
    """A message of a group from before somebody came, as another member has it.

    Attributes:
        author: Identity key of who wrote it.
        sent_at: When, Unix milliseconds by their clock.
        part: Its exact bytes; the message's id is computed from them.
        wording: The one that is shown; None for the first.
    """

    author: Key32
    sent_at: Natural
    part: PartBytes
    wording: SharedWording | None = None


class GroupHistory(ChainedPart, frozen=True):
    """Messages of a group from before the reader came, which whoever has let them in gives them.

    Nothing but the word of whoever gives them says that they were written so.

    Attributes:
        messages: The messages, the oldest first.
    """

    messages: Annotated[tuple[SharedMessage, ...], msgspec.Meta(max_length=HISTORY_IN_CONTENT)]


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


class Delivered(Part, frozen=True):
    """Delivery receipt: the recipient's device has stored these messages."""

    messages: Annotated[tuple[Id16, ...], msgspec.Meta(min_length=1, max_length=1000)]


class Read(Part, frozen=True):
    """Read receipt: the recipient has seen these messages."""

    messages: Annotated[tuple[Id16, ...], msgspec.Meta(min_length=1, max_length=1000)]


class RetryRequest(Part, frozen=True):
    """Request for envelopes that the device could not decrypt, to be sent again."""

    envelopes: Annotated[tuple[Id16, ...], msgspec.Meta(min_length=1, max_length=1000)]


class Again(Part, frozen=True):
    """Answer to a `RetryRequest`: the exact bytes of the content in an envelope that could not be decrypted.

    The content inside keeps its own place in the chain; this envelope around it has none.
    """

    envelope: Id16
    content: Annotated[bytes, msgspec.Meta(max_length=MESSAGE_BYTES)]


class Settled(Part, frozen=True):
    """Answer to a `RetryRequest`: these envelopes need not come again; they held receipts, or what was delivered."""

    envelopes: Annotated[tuple[Id16, ...], msgspec.Meta(min_length=1, max_length=1000)]


class Gone(Part, frozen=True):
    """Answer to a `RetryRequest` for a content that its sender has deleted: the place that it held in the chain."""

    message: Id16
    counter: Natural
    content_hash: Hash32


class FileRequest(Part, frozen=True):
    """A file of the recipient's is not at its relay any more: it is asked for once more.

    Attributes:
        message: Id of the message that brought it.
        index: Which of the message's files, from 0; `FILES_OF_MESSAGE` is its whole text, where that is one.
    """

    message: Id16
    index: Annotated[int, msgspec.Meta(ge=0, le=FILES_OF_MESSAGE)]


class Hush(Part, frozen=True):
    """Empty content that establishes or renews a session."""


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
