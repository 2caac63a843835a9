"""Frozen pictures of the client's state, made for showing: no keys, no sockets, no database rows.

Text in a view may come from others: show it as plain text, never as markup.
"""

from dataclasses import dataclass, replace
from enum import StrEnum, unique

from babilu.api.group_views import AudienceView, GroupChangeView, PersonReceiptView
from babilu.kernel.errors import Reason
from babilu.kernel.ids import ConversationId, IdentityKey, MessageId
from babilu.kernel.states import (
    ConversationKind,
    FileState,
    GroupRole,
    MediaKind,
    MessageKind,
    MessageState,
    PictureDetail,
    RecordingState,
    Route,
    Trust,
)

LABEL_MARK = "#"
"""Begins every label that is nobody's name."""

NOTES_LABEL = "#notes"
"""What commands call the conversation with oneself; no name has that sign."""


@unique
class LinkState(StrEnum):
    """The link to the relay. A profile without a relay is always `NONE`."""

    NONE = "none"
    CONNECTING = "connecting"
    ONLINE = "online"
    OFFLINE = "offline"


@unique
class PeerState(StrEnum):
    """A direct connection to a contact."""

    CONNECTED = "connected"
    DISCONNECTED = "disconnected"


@unique
class PresenceState(StrEnum):
    """Whether a mutual contact is connected to the relay, as far as is known."""

    ONLINE = "online"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class Address:
    """Host and port of a socket; prints as ``host:port``, with brackets around IPv6."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


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
class PreviewView:
    """What is drawn of a picture before it is fetched, as its sender made it: raw pixels, and no decoder.

    Attributes:
        width: Pixels of a row, 1 to 32.
        height: Rows, 1 to 32.
        pixels: Red, green and blue of each, row by row.
    """

    width: int
    height: int
    pixels: bytes


@dataclass(frozen=True, slots=True)
class FileView:
    """One file of a message.

    Attributes:
        index: Which of its message's files it is, from 0.
        name: What it is called: one safe part of a path, whatever its sender wrote.
        size: Bytes of the file.
        type: Media type that its sender names, or empty; nothing rests on it.
        state: How it stands on this device.
        done: Bytes of it that have been moved.
        error: Stable code of why it cannot be moved, or None.
        width: Of a picture: pixels, 1 to 65,535, as its sender says; None where that is unknown.
        height: Of a picture: pixels likewise.
        duration: Of a recording: milliseconds, as its sender says.
        peaks: Of a recording: loudness in equal parts of it, 0 to 255 each, 64 at most.
        preview: Of a picture: what is drawn before it is fetched.
        kind: What its sender says that it is: a picture, a voice note, or another file; lists go by it.
        kept_until: Of an own file that is at the relay: Unix milliseconds until which it is stored there, where there
            is room.
        unheard: Of a voice note of somebody else: nobody has listened to it on this device.
    """

    index: int
    name: str
    size: int
    type: str
    state: FileState
    done: int
    error: str | None = None
    width: int | None = None
    height: int | None = None
    duration: int | None = None
    peaks: bytes | None = None
    preview: PreviewView | None = None
    kind: MediaKind = MediaKind.FILE
    kept_until: int | None = None
    unheard: bool = False


@dataclass(frozen=True, slots=True)
class RecordingView:
    """A voice note that was not sent yet: one of a conversation, on this device alone.

    Attributes:
        conversation: Label of the conversation for which it is.
        conversation_id: Id of the conversation.
        state: Whether it is still being recorded.
        duration: Milliseconds.
        peaks: Loudness in 64 equal parts of it, 0 to 255 each; empty while it is being recorded.
        level: While it is being recorded: how loud it is just now, 0 to 255.
        error: Stable code of why it has ended by itself, or None: ``no_sound`` where the microphone was lost.
    """

    conversation: str
    conversation_id: ConversationId
    state: RecordingState
    duration: int
    peaks: bytes = b""
    level: int = 0
    error: str | None = None


@dataclass(frozen=True, slots=True)
class SavedFileView:
    """A file that is here: which one, and where it was saved; None where nobody asked for that."""

    message: MessageId
    conversation: str
    conversation_id: ConversationId
    index: int
    path: str | None


@dataclass(frozen=True, slots=True)
class PictureView:
    """A picture to draw: raw pixels, scaled to what was asked for and turned as it was meant, in sRGB.

    Attributes:
        message: Its message.
        index: Which of its message's files it is.
        width: Pixels of a row.
        height: Rows.
        pixels: Red, green, blue and opacity of each (not multiplied), row by row.
    """

    message: MessageId
    index: int
    width: int
    height: int
    pixels: bytes


@dataclass(frozen=True, slots=True)
class InspectedFileView:
    """What a file on the disk is that somebody means to send.

    Attributes:
        path: Its path, as it was asked for.
        size: Bytes.
        picture: Whether it is a picture, by what is in it and not by its name.
        width: Of a picture that can be decoded: pixels, as it is seen.
        height: Of a picture that can be decoded: pixels likewise.
        details: What a picture says besides what it shows: it goes along only as a file. In the order of
            `PictureDetail`.
        preview: The picture in small, where it can be decoded.
        error: Stable code of why a picture can be sent only as a file, or None: ``cannot_clean``.
    """

    path: str
    size: int
    picture: bool = False
    width: int | None = None
    height: int | None = None
    details: tuple[PictureDetail, ...] = ()
    preview: PreviewView | None = None
    error: str | None = None


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
class TimerView:
    """After how many seconds new messages of a conversation disappear (None: never), and who said so last."""

    conversation: str
    conversation_id: ConversationId
    sender: str
    seconds: int | None


@unique
class PrivacySwitch(StrEnum):
    """What a person tells others of themselves, each switched by itself."""

    READ = "read"
    TYPING = "typing"
    PRESENCE = "presence"


@dataclass(frozen=True, slots=True)
class ReceiptsView:
    """Privacy switches: who does not share something with others does not see it of them.

    Attributes:
        conversation: Where; None for what holds wherever nothing else was said.
        read: Whether receipts of reading are given and shown.
        typing: Whether it is told and shown who is typing.
        presence: Whether presence is told and shown.
        inherited: Which of them a conversation has no choice of its own for: they are as everywhere.
    """

    conversation: str | None
    read: bool
    typing: bool
    presence: bool
    inherited: tuple[PrivacySwitch, ...] = ()


@dataclass(frozen=True, slots=True)
class ContactLinkView:
    """A link by which others add a person.

    Attributes:
        text: What is passed on, also as a QR code; it holds nothing secret.
        name: The name that it gives.
        identity: The identity key that it names.
    """

    text: str
    name: str
    identity: IdentityKey


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
class ProfilePictureView:
    """A profile picture to draw: red, green, blue and opacity of each pixel (not multiplied), row by row."""

    width: int
    height: int
    pixels: bytes


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
class ConversationSpaceView:
    """How much room a conversation takes on this device.

    Attributes:
        conversation: Its label.
        conversation_id: Its id.
        pictures: Bytes of its pictures.
        voice: Bytes of its voice notes.
        files: Bytes of its other files.
        messages: How many messages it has; their words are in the database.
    """

    conversation: str
    conversation_id: ConversationId
    pictures: int
    voice: int
    files: int
    messages: int

    @property
    def octets(self) -> int:
        """Bytes of all its files."""
        return self.pictures + self.voice + self.files


@dataclass(frozen=True, slots=True)
class SpaceView:
    """How much room the profile takes on this device.

    Attributes:
        database: Bytes of the database: all words, contacts and keys.
        files: Bytes of all sealed files, also of those that belong to no message yet.
        conversations: What each conversation takes of that, the largest first.
    """

    database: int
    files: int
    conversations: tuple[ConversationSpaceView, ...]


@dataclass(frozen=True, slots=True)
class FreeingPlanView:
    """What would be deleted to make room.

    Attributes:
        files: How many files.
        octets: How many bytes that frees.
        kept: How many more files are meant and stay: they are on their way, or exist here alone.
        approval: Names exactly these files; `babilu.api.commands.FreeSpace` takes it.
        own: How many of the files were sent from here: once the relay stores them no longer, only who has fetched them
            has them.
    """

    files: int
    octets: int
    kept: int
    approval: str
    own: int = 0


@dataclass(frozen=True, slots=True)
class FreedSpaceView:
    """What was deleted to make room: how many files, and how many bytes that freed."""

    files: int
    octets: int


@dataclass(frozen=True, slots=True)
class FreedFileView:
    """A file whose bytes were deleted to make room: its message, and which of its files it is."""

    message: MessageId
    index: int


@dataclass(frozen=True, slots=True)
class ContactView:
    """A person this profile knows.

    Attributes:
        name: The local name that commands take, such as ``bob`` or ``bob~2``; nobody else's act moves it.
        account: Account name on the relay, or empty.
        identity: The identity key in force: commands take it beside the name, as what the user believed.
        trust: What is known about the identity key.
        was_verified: With `Trust.CHANGED`: the key in force is verified.
        pending: With `Trust.CHANGED`: the identity key that is claimed to be theirs now, else None. By relay nothing is
            sent until the claim is approved or rejected; a direct conversation with the known one goes on.
        picture: What names the profile picture that they show (16 bytes), which `GetProfilePicture` decodes; None for
            none, and where they are not accepted, or blocked.
        blocked: Whether what they send is dropped.
        accepted: Whether the user has answered or accepted them: only then receipts of reading and presence go out.
        direct_allowed: Whether this contact may be shown our address.
        connected: Whether a direct connection stands.
        address: Last known address for direct connections, or None.
        presence: Presence at the relay, or None where unknown.
    """

    name: str
    account: str
    identity: IdentityKey
    trust: Trust
    was_verified: bool
    blocked: bool
    accepted: bool
    direct_allowed: bool
    connected: bool
    address: Address | None
    presence: PresenceState | None
    pending: IdentityKey | None = None
    picture: bytes | None = None


@dataclass(frozen=True, slots=True)
class ConversationView:
    """A row of the conversation list.

    Attributes:
        id: Its id, which commands take in the place of the label.
        kind: With whom it is.
        label: What commands call it: the contact's name, ``#notes``, or that of a group, which people do not see.
        contact: Who it is with; None for notes to oneself and groups.
        last: The newest message, or None.
        unread: Messages not marked as read.
        draft: Text written and not sent, or empty.
        pinned: Kept at the top.
        muted: No notifications.
        muted_until: With ``muted``: Unix milliseconds until which that lasts, the highest integer for good.
        archived: Put away from the list.
        marked_unread: Shown as unread although nothing is.
        timer: Seconds after which its messages disappear; None where they stay.
        draft_reply: The message that the draft replies to, or None.
        mentions: Messages among the unread ones that mention oneself.
        recording: A voice note that was not sent yet, or None.
        title: Of a group: what people see.
        members: Of a group: how many are in.
        role: Of a group: what oneself is; None where one is out, and elsewhere.
        accepted: False for a group that one was added to and has not accepted.
        added_by: Of a group: who added oneself, or None.
        may_post: Whether one may write: not where one is out of a group, or where only its admins post.
        picture: Of a group: what names its picture (16 bytes), or None.
    """

    id: ConversationId
    kind: ConversationKind
    label: str
    contact: ContactView | None
    last: MessageView | None
    unread: int
    draft: str
    pinned: bool
    muted: bool
    muted_until: int | None = None
    archived: bool = False
    marked_unread: bool = False
    timer: int | None = None
    draft_reply: MessageId | None = None
    mentions: int = 0
    recording: RecordingView | None = None
    title: str = ""
    members: int = 0
    role: GroupRole | None = None
    accepted: bool = True
    added_by: str | None = None
    may_post: bool = True
    picture: bytes | None = None


@dataclass(frozen=True, slots=True)
class RequestView:
    """A stranger's conversation request; it carries no text on purpose.

    Attributes:
        id: What `Accept` and `Decline` take, besides the name.
        name: The name the stranger goes by, with a number where it is taken or looks like one that is; it stays the
            same until the request is closed.
        identity: The stranger's identity key.
        address: Where the call came from.
        safety_number: 60 digits to compare by another way.
        at: Unix milliseconds of the last call.
    """

    id: str
    name: str
    identity: IdentityKey
    address: Address
    safety_number: str
    at: int


@dataclass(frozen=True, slots=True)
class PendingNumberView:
    """The safety number of an identity that is claimed to be a contact's; members as in `SafetyNumberView`."""

    identity: IdentityKey
    digits: str
    qr: bytes


@dataclass(frozen=True, slots=True)
class SafetyNumberView:
    """What two people compare to be sure of each other.

    Attributes:
        name: The contact.
        identity: The identity key in force, which the digits are made of.
        digits: 60 digits.
        qr: Bytes for a QR code.
        trust: What is known about the identity key.
        pending: The number of the identity that is claimed to be theirs now, or None.
    """

    name: str
    identity: IdentityKey
    digits: str
    qr: bytes
    trust: Trust
    pending: PendingNumberView | None = None


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


@dataclass(frozen=True, slots=True)
class StatusView:
    """Where this client stands.

    Attributes:
        name: The own name.
        relay: Address of the relay, or None for a profile without one.
        link: The link to the relay.
        retry_in_ms: Milliseconds until the next attempt while offline, or None.
        queued: Own messages that no relay or peer has taken yet.
        unsettled: Content and receipts that still wait to be handed over.
        listening: Address of the server socket for conversation requests, or None.
        safety_key: The own identity key in hex.
        behind: How much mail has yet to be fetched and opened, as far as is known: 0 when all has come.
        link_code: Stable code of why the relay cannot be used, or None.
        link_text: A sentence about it, or empty.
        link_refused: Whether somebody has to do something about it.
        own_digits: Thirty digits that are one half of every safety number of this identity.
        link_reason: What the code leaves open, as far as it is known.
        file_bytes: Largest file that the relay takes; 0 where it takes none, None before it was reached.
        files_kept_ms: How long the relay stores files (milliseconds), where it has room; None before it was reached.
        picture: What names the own profile picture (16 bytes), or None.
    """

    name: str
    relay: Address | None
    link: LinkState
    retry_in_ms: int | None
    queued: int
    unsettled: int
    listening: Address | None
    safety_key: str
    behind: int = 0
    link_code: str | None = None
    link_text: str = ""
    link_refused: bool = False
    own_digits: str = ""
    link_reason: Reason | None = None
    file_bytes: int | None = None
    files_kept_ms: int | None = None
    picture: bytes | None = None


@unique
class OwnKeys(StrEnum):
    """How the relay's device list of the own account compares with the one that this profile made."""

    SAME = "same"
    OTHER_LIST = "other_list"
    NOT_LISTED = "not_listed"
    ANOTHER_IDENTITY = "another_identity"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ExaminationView:
    """What was found about profile, keys, clock and routes.

    Attributes:
        whole: Whether every page of the profile is as it was written.
        reachable: Whether the relay answered; None for a profile without one.
        refusal: Code of the error where it did not, or None.
        keys: How the relay's device list of this account compares.
        prekeys_ec: One-time X25519 prekeys that the relay has left of this device, or None.
        prekeys_kem: The same of KEM prekeys.
        clock_ahead_ms: How far this clock is ahead of the relay's, or None.
        listening: Address of the server socket for conversation requests, or None.
    """

    whole: bool
    reachable: bool | None
    refusal: str | None
    keys: OwnKeys
    prekeys_ec: int | None
    prekeys_kem: int | None
    clock_ahead_ms: int | None
    listening: Address | None


@dataclass(frozen=True, slots=True)
class HeldTableView:
    """Rows of one table of the relay: the names of its columns, and values as text, None where there is none."""

    table: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]


@dataclass(frozen=True, slots=True)
class HoldingsView:
    """Everything that the relay holds about an account.

    Attributes:
        account: Its name.
        at: The relay's clock, in Unix milliseconds.
        tables: The rows; byte strings in hexadecimal.
    """

    account: str
    at: int
    tables: tuple[HeldTableView, ...]


@dataclass(frozen=True, slots=True)
class ProfileView:
    """A profile on this machine that can be opened with its passphrase.

    Attributes:
        path: File of the database.
        name: The account's or the own direct name.
        relay: Address of its relay, or None for direct conversations only.
        in_use: Whether another process holds it.
    """

    path: str
    name: str
    relay: Address | None
    in_use: bool
