"""Messages as they are shown: one, a page of them, and what is known of each."""

from dataclasses import dataclass, replace

from babilu.api.file_views import FileView
from babilu.api.group_views import AudienceView, GroupChangeView, PersonReceiptView
from babilu.api.profile_views import DeviceChangeView
from babilu.kernel.ids import ConversationId, DeviceId, IdentityKey, MessageId
from babilu.kernel.states import ImportSource, MediaKind, MessageKind, MessageState, Route, TextState


@dataclass(frozen=True, slots=True)
class MentionView:
    """A person who is mentioned in a text.

    Attributes:
        start: Where ``@name`` begins, in code points.
        length: How many code points it has.
        name: The local name of the person; the own name where it is oneself; ``all`` or ``admins`` of a group.
        identity: The person's identity key; for ``all`` and ``admins`` a key that is nobody's.
    """

    start: int
    length: int
    name: str
    identity: IdentityKey


@dataclass(frozen=True, slots=True)
class QuotedFileView:
    """A file of a message that another one replies to: its name, and what its sender says that it is."""

    name: str
    kind: MediaKind


@dataclass(frozen=True, slots=True)
class QuoteView:
    """The message that another one replies to.

    Attributes:
        id: Its id.
        sender: Name of who wrote it, as far as that is known, else empty.
        text: Beginning of its text: of the own copy where there is one, else as its quoter gave it; empty where it was
            deleted or its time is over.
        known: Whether ``sender`` and ``text`` come from the own copy; else they are a claim of whoever replied.
        files: Files of the own copy, in order; a message that is here and has neither text nor files is gone.
    """

    id: MessageId
    sender: str
    text: str
    known: bool
    files: tuple[QuotedFileView, ...] = ()

    def without_words(self) -> "QuoteView":
        """Give what is left of it where the message was deleted."""
        return replace(self, text="", files=())


@dataclass(frozen=True, slots=True)
class ReactionView:
    """One reaction to a message, and the names of those who reacted so, the own name first."""

    emoji: str
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WordingView:
    """One wording of an edited message: its text, and Unix milliseconds since when it was that."""

    text: str
    at: int


@dataclass(frozen=True, slots=True)
class PinView:
    """Whether a message is pinned in its conversation, and who said so last."""

    message: MessageId
    conversation: str
    conversation_id: ConversationId
    sender: str
    on: bool


@dataclass(frozen=True, slots=True)
class ScheduledView:
    """A text that this device sends later.

    Attributes:
        number: What `Unschedule` and `SendNow` take.
        conversation: Where it goes.
        conversation_id: The same by id.
        text: Plain text.
        at: Unix milliseconds when it is due.
        overdue: Whether it waits for its user's decision: it was due more than 24 hours before this client ran again,
            could not be sent, or was written for a former identity of the contact.
        files: What goes with it, by name.
    """

    number: int
    conversation: str
    conversation_id: ConversationId
    text: str
    at: int
    overdue: bool
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MessageView:
    """One message of a conversation.

    Attributes:
        id: Its 16-byte id, the same at both ends.
        conversation: Label of the conversation that it belongs to: the contact's name.
        conversation_id: Id of that conversation.
        sender: Name of who wrote it; the own name for own messages.
        outgoing: Whether it is an own message.
        text: Plain text; never markup.
        at: Unix milliseconds of its sending, no later than when it arrived here.
        arrived_at: Unix milliseconds when it was stored here.
        position: Place within the conversation: compare it, page by it; it is stable and has holes.
        route: How it came, or how it went last; None while queued.
        state: For own messages.
        held_until: Unix milliseconds until which the relay holds it, while it does.
        error: Stable code of why it failed, or None.
        unread: For messages of others: not marked as read yet.
        first: Whether it is the first message of a new contact.
        kind: What it is; a line about the conversation has no text, ``at`` says when that happened.
        late: Whether it came after others that its device had sent later; it stands where it came.
        belongs_before: The first of those, where that is known.
        identity: The identity key in force of the contact whose conversation it belongs to: whoever answers gives it
            beside the name, so that the answer goes to nobody else. None in a group.
        departed: Whether the device that wrote it was the sender's no longer when it came.
        replaces: In the answer to `babilu.api.commands.Retry`, and the event that goes with it: the message that went,
            where this one was made in its place.
        needs_newer: Whether only a newer version of Babilu understands it: ``text`` is what stands for it.
        reply_to: What it replies to, or None.
        mentions: Who is mentioned in ``text``, in order.
        mentioned: Whether oneself is, by somebody else.
        timer: Seconds after which it disappears (its sender counts from sending, others from showing); None: never.
        expires_at: Unix milliseconds when it disappears here; None while that is open.
        edited_at: Unix milliseconds of the wording that is shown, where it is not the first.
        editable_until: For own messages: Unix milliseconds until which they can be edited; None where they cannot.
        deleted: Whether its author, or an admin of the group, has deleted it for all: it has no text any more.
        reactions: The most frequent first.
        pinned: Whether it is pinned in its conversation.
        forwarded: Whether its sender says that somebody wrote it before.
        missing: Of a line about a gap: how many messages are missing there.
        files: What it brings, in order; a message with files may have no text.
        change: Of a line about a group: what has changed.
        hidden_by: Name of the admin who removed it for all, where it was not its author; ``deleted`` then is true.
        audience: Of an own message of a group: how far it has come, counted in people.
        shared_by: Name of who has given it to oneself, where it was written in a group before one came: nobody else
            says that its author wrote it.
        imported: Which program has exported it, where it was imported: nobody has signed that ``sender`` wrote it. It
            has no state, also where it is one's own.
        device: For own messages: the other own device that has sent it; None where this one has.
        text_state: How a long text stands, where ``text`` is only its beginning and the rest is not here, or where the
            rest of an own one could not be given to the relay; None for every other message. The rest is fetched, and
            given, like a file, under the index `babilu.api.views.TEXT_INDEX`.
        devices: Of a line in the notes that says that the own devices changed: which of them came and went.
    """

    id: MessageId
    conversation: str
    conversation_id: ConversationId
    sender: str
    outgoing: bool
    text: str
    at: int
    arrived_at: int
    position: int
    route: Route | None
    state: MessageState | None
    held_until: int | None
    error: str | None
    unread: bool
    first: bool
    kind: MessageKind = MessageKind.TEXT
    late: bool = False
    belongs_before: MessageId | None = None
    identity: IdentityKey | None = None
    departed: bool = False
    replaces: MessageId | None = None
    needs_newer: bool = False
    reply_to: QuoteView | None = None
    mentions: tuple[MentionView, ...] = ()
    mentioned: bool = False
    timer: int | None = None
    expires_at: int | None = None
    edited_at: int | None = None
    editable_until: int | None = None
    deleted: bool = False
    reactions: tuple[ReactionView, ...] = ()
    pinned: bool = False
    forwarded: bool = False
    missing: int | None = None
    files: tuple[FileView, ...] = ()
    change: GroupChangeView | None = None
    hidden_by: str | None = None
    audience: AudienceView | None = None
    shared_by: str | None = None
    imported: ImportSource | None = None
    device: DeviceId | None = None
    text_state: TextState | None = None
    devices: tuple[DeviceChangeView, ...] = ()


def quoted_files(files: tuple[FileView, ...]) -> tuple[QuotedFileView, ...]:
    """Give the files of a message as its quotes show them."""
    return tuple(QuotedFileView(file.name, file.kind) for file in files)


def without_words(message: MessageView) -> MessageView:
    """Give what is left of a message that was deleted: that it was there."""
    return replace(
        message,
        text="",
        deleted=True,
        reply_to=None,
        mentions=(),
        mentioned=False,
        edited_at=None,
        editable_until=None,
        reactions=(),
        pinned=False,
        files=(),
    )


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """A run of messages in order of position.

    Attributes:
        conversation: Label of the conversation.
        messages: The messages, the oldest first.
        more_before: Whether older ones exist.
        more_after: Whether newer ones exist.
        conversation_id: Id of the conversation; empty where nothing is shown.
    """

    conversation: str
    messages: tuple[MessageView, ...]
    more_before: bool
    more_after: bool
    conversation_id: ConversationId = ConversationId(b"")  # noqa: RUF009  # bytes never change


@dataclass(frozen=True, slots=True)
class MediaPage:
    """Messages of a conversation that have something of a kind.

    Attributes:
        conversation: Label of the conversation.
        conversation_id: Id of the conversation.
        kind: Of what kind; which files are of it `FileView.kind` says, and links stand in the text.
        messages: The messages, the newest first.
        more: Whether older ones exist.
    """

    conversation: str
    conversation_id: ConversationId
    kind: MediaKind
    messages: tuple[MessageView, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class DeviceStateView:
    """How far a message has come for one device of its recipient.

    Attributes:
        device: The device's id in hex.
        state: How far it has come.
        route: How it went, or None while queued.
        held_until: Unix milliseconds until which the relay holds it, while it does.
        delivered_at: Unix milliseconds when its receipt came, or None.
        read_at: Unix milliseconds when the receipt of its reading came, or None.
        deleted: Of a message that was deleted for all: whether the device has confirmed that it was told so; else None.
        error: Stable code of why it failed there, or None.
    """

    device: str
    state: MessageState
    route: Route | None
    held_until: int | None
    delivered_at: int | None = None
    read_at: int | None = None
    deleted: bool | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class MessageInfoView:
    """A message with the state of each recipient device.

    Attributes:
        message: The message.
        devices: How far it has come for each device of whom it goes to.
        people: How far it has come for each person, where it goes to a group.
    """

    message: MessageView
    devices: tuple[DeviceStateView, ...]
    people: tuple[PersonReceiptView, ...] = ()
