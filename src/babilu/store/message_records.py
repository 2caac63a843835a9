"""Rows of messages, and of what is said about them, as frozen records.

Times are Unix milliseconds, ids and keys are raw bytes. What must not print (keys, texts, drafts, contents) stays out
of every repr.
"""

from dataclasses import dataclass, field
from typing import Final

from babilu.kernel.ids import ConversationId, DeviceId, IdentityKey, MessageId
from babilu.kernel.states import MessageKind, MessageState, Route, TextState
from babilu.store.file_records import AttachmentRecord
from babilu.wire.file_entry import FileEntry
from babilu.wire.message_parts import Mention


@dataclass(frozen=True, slots=True)
class TextFields:
    """What a text says of itself beside its words.

    Attributes:
        reply_to: The message that it answers, or None.
        quote: How that began as its author had it, or empty.
        mentions: Whom it names, in order.
        mentioned: Whether oneself is among them, named by somebody else.
        forwarded: Whether its author took it over from another conversation.
        timer: Milliseconds after which it is gone; None for never.
        files: What it brings.
        whole: The file that holds the whole text, where it came with the beginning of it alone.
    """

    reply_to: MessageId | None = None
    quote: str = field(default="", repr=False)
    mentions: tuple[Mention, ...] = ()
    mentioned: bool = False
    forwarded: bool = False
    timer: int | None = None
    files: tuple[FileEntry, ...] = ()
    whole: FileEntry | None = None


PLAIN: Final = TextFields()
"""What a text says of itself that answers nothing, names nobody and stays."""


@dataclass(frozen=True, slots=True)
class AnsweredRecord:
    """The own copy of a message that another one answers.

    Attributes:
        outgoing: Whether it is an own message; None where nothing of it is left but its id.
        author: Number of the contact who wrote it; None for an own message.
        text: How it begins, as it is worded now; empty where it was deleted or removed.
        files: Its files; none where it was deleted or removed.
        imported: Number of the person who wrote it, where another program has exported it.
    """

    outgoing: bool | None
    author: int | None
    text: str = field(repr=False)
    files: tuple[AttachmentRecord, ...] = ()
    imported: int | None = None


@dataclass(frozen=True, slots=True)
class WordingRecord:
    """A later wording of a message.

    Attributes:
        said_at: When it was given, by its author's clock.
        id: Id of the content that gave it.
        part: The exact bytes of that.
    """

    said_at: int
    id: MessageId
    part: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class RegisterRecord:
    """A write to a register.

    Attributes:
        id: Id of the content that wrote it.
        author: Number of the contact who wrote it; 0 for oneself.
        depth: How many writes it replaces, one by one.
        said_at: When it was written, by its author's clock.
        value: Whether a message is pinned, or the timer in milliseconds (None for never).
    """

    id: MessageId
    author: int
    depth: int
    said_at: int
    value: int | None


@dataclass(frozen=True, slots=True)
class WaitingRecord:
    """Something that names an id that is not known here.

    Attributes:
        conversation: Number of the conversation.
        waits_for: The id.
        id: Id of what waits.
        author: Number of the contact who said it.
        device: Device that said it, and gets the receipt.
        said_at: When it was said, by its author's clock.
        lasting: Whether it leaves last where room is needed.
        until: How long it waits.
        part: The exact bytes of an action; empty for a text, of which the receipt waits.
    """

    conversation: int
    waits_for: MessageId
    id: MessageId
    author: int
    device: DeviceId
    said_at: int
    lasting: bool
    until: int
    part: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class MessageRecord:
    """One message of a conversation.

    Attributes:
        id: Its 16-byte id.
        conversation: Number of the conversation that it belongs to.
        author: Number of the contact who wrote it, whom a line is about, or who has changed a group; None for oneself.
        outgoing: Whether it is an own message.
        text: Plain text.
        sent_at: When it was sent, no later than when it was stored here.
        arrived_at: When it was stored here.
        position: Place in the table; it grows with every message and is never used again.
        route: How it came, or how it went last; None while queued.
        state: For own messages, else None.
        held_until: Until when the relay holds it, while it does.
        error: Stable code of why it failed, or None.
        unread: For messages of others: not marked as read yet.
        first: Whether it is the first message of a new contact.
        sender_device: Device that wrote it, for messages of others and those of the own other devices.
        counter: Place in the sender device's chain, for the same; else 0.
        kind: What it is; a line about the conversation has no text.
        late: Whether it came after others of its device that were sent later.
        belongs_before: The first of those, where that is known.
        departed: Whether the device that wrote it had left its person's list when it came.
        needs_newer: Whether only a newer version understands it; the text is what stands for it.
        fields: What it says of itself beside its words; mentions are those of the wording that is shown.
        said_at: When it was sent by its author's clock.
        edited_at: Since when it has the wording that is shown; None for the first.
        deleted: Whether its author has deleted it for all.
        reacted: Whether anybody has ever reacted to it.
        pinned: Whether it is pinned.
        expires_at: When it is gone, where its clock runs.
        answered: The own copy of what it answers, where there is one.
        reactions: Who reacted, and how; 0 is oneself.
        request_id: Of an own message: the id that the command had which sent it last, or None.
        file_count: How many files it brings.
        files: These files, as they stand here.
        hidden: Whether an admin of its group has removed it for all: nothing of its words is in this record.
        hidden_by: Number of the contact who did; None for oneself.
        recipients: Of an own message: for how many people it is; None where that is no more than one.
        line: Of a line about a group: what it says; None for everything else.
        shared_by: Number of the contact who has given it to us, where it was written before we came into its group.
        imported: Number of the person who wrote it, where another program has exported it; it has no author then.
        text_state: How its text stands, where only the beginning is here, or an own one could not be given away; None
            where nothing is missing.
    """

    id: MessageId
    conversation: int
    author: int | None
    outgoing: bool
    text: str = field(repr=False)
    sent_at: int
    arrived_at: int
    position: int
    route: Route | None
    state: MessageState | None
    held_until: int | None
    error: str | None
    unread: bool
    first: bool
    sender_device: DeviceId | None
    counter: int
    kind: MessageKind = MessageKind.TEXT
    late: bool = False
    belongs_before: MessageId | None = None
    departed: bool = False
    needs_newer: bool = False
    fields: TextFields = PLAIN
    said_at: int = 0
    edited_at: int | None = None
    deleted: bool = False
    reacted: bool = False
    pinned: bool = False
    expires_at: int | None = None
    answered: AnsweredRecord | None = None
    reactions: tuple[tuple[int, tuple[str, ...]], ...] = ()
    request_id: str | None = None
    file_count: int = 0
    files: tuple[AttachmentRecord, ...] = ()
    hidden: bool = False
    hidden_by: int | None = None
    recipients: int | None = None
    line: bytes | None = field(default=None, repr=False)
    shared_by: int | None = None
    imported: int | None = None
    text_state: TextState | None = None

    @property
    def is_from_here(self) -> bool:
        """Whether it is an own message that this very device has sent."""
        return self.outgoing and self.sender_device is None


@dataclass(frozen=True, slots=True)
class ScheduledRecord:
    """A text that is sent later.

    Attributes:
        number: Number of the row, never used again; 0 before it has one.
        conversation: Number of the conversation.
        identity_key: Whom it was written for.
        text: Plain text.
        due_at: When it is due.
        reply_to: The message that it replies to, or None.
        mentions: Names of people whom it mentions.
        timer: Seconds after which it disappears; None for what is set in the conversation then.
        overdue: Whether it waits for the user's decision.
        request_id: The id that the command had which wrote it, or None.
        files: What goes with it, sealed already.
    """

    number: int
    conversation: int
    identity_key: IdentityKey
    text: str = field(repr=False)
    due_at: int
    reply_to: MessageId | None
    mentions: tuple[str, ...]
    timer: int | None
    overdue: bool
    request_id: str | None = None
    files: tuple[FileEntry, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class SearchFilter:
    """Which messages a search looks at.

    Attributes:
        conversation: Only those of this conversation; None for all.
        own: Only own ones.
        author: Only those of this contact.
        since: Only those sent at this time or later.
        until: Only those sent before this time.
    """

    conversation: int | None = None
    own: bool = False
    author: int | None = None
    since: int | None = None
    until: int | None = None

    @property
    def narrows(self) -> bool:
        """Whether it leaves out anything by person or date, so that it makes sense without words."""
        return self.own or self.author is not None or self.since is not None or self.until is not None


@dataclass(frozen=True, slots=True)
class UnsealedMessage:
    """An own message that waits to be encrypted.

    Attributes:
        id: Its 16-byte id.
        said_at: When it was written.
        part: The exact bytes to send.
    """

    id: MessageId
    said_at: int
    part: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class BufferedMessage:
    """A message that came before those in front of it.

    Attributes:
        conversation: Number of the conversation that it belongs to.
        author: Number of the contact who wrote it.
        device: Device that wrote it.
        chain: Id under which the chain is kept that it has a place in; another one after a change of identity.
        counter: Its place in the device's chain.
        id: Its 16-byte id.
        text: Plain text; None for what shows as nothing.
        sent_at: When it was sent, as far as that can be believed.
        said_at: When it was sent by its sender's clock.
        part: The exact bytes that were said.
        route: How it came.
        first: Whether it is the first message of a new contact.
        missing_from: The first counter that was missing when waiting began.
        release_at: Until when that is waited for.
        not_understood: The version of parts that does not understand it, or None; with neither a text nor a version it
            is the place of an action, which was taken at once.
        fields: What it says of itself beside its words, where that is known; it is read from the part else.
    """

    conversation: int
    author: int
    device: DeviceId
    chain: ConversationId
    counter: int
    id: MessageId
    text: str | None = field(repr=False)
    sent_at: int
    said_at: int
    part: bytes = field(repr=False)
    route: Route
    first: bool
    missing_from: int
    release_at: int
    not_understood: int | None = None
    fields: TextFields | None = None
