"""Events of a client for its user interfaces, in the order in which they happened; each is committed first."""

from dataclasses import dataclass, field

from babilu.api.group_views import AudienceView, GroupInvitationView, GroupView, JoinRequestView
from babilu.api.views import (
    Address,
    ContactView,
    FreedFileView,
    LinkState,
    MessageView,
    PeerState,
    PinView,
    PresenceState,
    ReceiptsView,
    RecordingView,
    RequestView,
    SavedFileView,
    ScheduledView,
    TimerView,
)
from babilu.kernel.alarms import AlarmKind
from babilu.kernel.errors import Reason
from babilu.kernel.ids import ConversationId, MessageId
from babilu.kernel.states import FileDirection, MessageState, PlayingState, RecordingState, Route, TransferState


@dataclass(frozen=True, slots=True)
class CausedEvent:
    """Base of the events that commands cause, and others too.

    Attributes:
        request_id: That of the command: the one that was carried out just now; of a message or a scheduled text that
            changes by itself the one that made it; of a call the one that began it. None where it had none, or where
            something else was the cause.
    """

    request_id: str | None = field(default=None, kw_only=True)


@dataclass(frozen=True, slots=True)
class Ready:
    """The profile is open; it may still be offline."""

    name: str
    relay: Address | None


@dataclass(frozen=True, slots=True)
class Registered:
    """The name was free and is ours now."""

    name: str


@dataclass(frozen=True, slots=True)
class LinkChanged:
    """The link to the relay came or went.

    Attributes:
        state: Where it stands.
        code: Stable code of why it is offline, or None.
        text: A sentence about it, or empty.
        retry_in_ms: Milliseconds until the next attempt, or None where there is none.
        refused: Whether somebody has to do something about it; the client tries again by itself, but slowly.
        reason: What the code leaves open, as far as it is known.
    """

    state: LinkState
    code: str | None
    text: str
    retry_in_ms: int | None
    refused: bool = False
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class MessageQueued(CausedEvent):
    """An own message was committed."""

    message: MessageView


@dataclass(frozen=True, slots=True)
class FileTransfer(CausedEvent):
    """A file of a message is on its way, or its transfer has ended.

    Attributes:
        message: The message; None while an own file is sealed, before there is one.
        conversation: Label of the conversation.
        conversation_id: Id of the conversation.
        index: Which of its files, from 0.
        direction: Whether it goes out or comes in.
        done: Bytes of the file that have been moved, or sealed.
        total: Bytes of the file.
        state: How it goes.
        error: Stable code of why it failed, or None.
    """

    message: MessageId | None
    conversation: str
    conversation_id: ConversationId
    index: int
    direction: FileDirection
    done: int
    total: int
    state: TransferState
    error: str | None = None


@dataclass(frozen=True, slots=True)
class FileSaved:
    """A file that a former run was asked for is here and saved."""

    file: SavedFileView


@dataclass(frozen=True, slots=True)
class RecordingChanged(CausedEvent):
    """A voice note is being recorded (told each fifth of a second), or it was kept, sent or discarded."""

    recording: RecordingView


@dataclass(frozen=True, slots=True)
class PlayingChanged(CausedEvent):
    """A voice note is being played (told each fifth of a second), or is played no longer.

    Attributes:
        conversation: Label of the conversation.
        conversation_id: Id of the conversation.
        message: Its message, which is unheard no longer; None for a recording that was not sent yet.
        index: Which of the message's files it is.
        state: How it goes.
        position: Milliseconds of it that have been played.
        speed: Percent of its own speed.
        error: Stable code of why it failed, or None: ``cannot_play``, ``no_sound``, or why it cannot be fetched.
    """

    conversation: str
    conversation_id: ConversationId
    message: MessageId | None
    index: int
    state: PlayingState
    position: int
    speed: int = 100
    error: str | None = None


def is_passing(event: object) -> bool:
    """Tell whether an event says only how far something is, which the next one says better: it is not remembered."""
    match event:
        case RecordingChanged(recording):
            return recording.state is RecordingState.RECORDING
        case PlayingChanged():
            return event.state is PlayingState.PLAYING
        case _:
            return False


@dataclass(frozen=True, slots=True)
class FilesFreed(CausedEvent):
    """The bytes of files of a conversation were deleted here to make room; their messages stay."""

    conversation: str
    conversation_id: ConversationId
    files: tuple[FreedFileView, ...]


@dataclass(frozen=True, slots=True)
class MessageStateChanged(CausedEvent):
    """An own message has come further, or failed.

    Attributes:
        message: The message.
        conversation: Label of its conversation.
        state: How far it is.
        held_until: Unix milliseconds until which the relay holds it, while it does.
        error: Stable code of why it failed, or None.
        conversation_id: Id of its conversation.
        audience: In a group: how far it is, counted in people.
    """

    message: MessageId
    conversation: str
    state: MessageState
    held_until: int | None
    error: str | None
    conversation_id: ConversationId
    audience: AudienceView | None = None


@dataclass(frozen=True, slots=True)
class MessageArrived:
    """Somebody's message was committed; `babilu.api.commands.TakeUnshown` hands it out exactly once."""

    message: MessageView


@dataclass(frozen=True, slots=True)
class LineAdded:
    """A line about the conversation was added to it, which is nobody's message (`MessageView.kind` says what)."""

    message: MessageView


@dataclass(frozen=True, slots=True)
class LineChanged:
    """A line about the conversation says something else now, such as that fewer messages are missing."""

    message: MessageView


@dataclass(frozen=True, slots=True)
class LineRemoved:
    """A line about the conversation no longer holds, such as one about messages that have all come."""

    message: MessageId
    conversation: str
    conversation_id: ConversationId


@dataclass(frozen=True, slots=True)
class MessageDeleted(CausedEvent):
    """A message was deleted here: for oneself, or by its author or an admin of the group for all.

    Attributes:
        message: Its id.
        conversation: Where it was.
        sender: With ``for_all``: name of who did it, its author or an admin, else the own one.
        for_all: Whether a line stays in its place that says so.
    """

    message: MessageId
    conversation: str
    conversation_id: ConversationId
    sender: str = ""
    for_all: bool = False


@dataclass(frozen=True, slots=True)
class MessageEdited(CausedEvent):
    """A message has another wording, which the view has.

    Attributes:
        message: The message as it is now.
        mentions: Whether this is its first wording that mentions oneself: only then one is notified.
    """

    message: MessageView
    mentions: bool = False


@dataclass(frozen=True, slots=True)
class ReactionsChanged(CausedEvent):
    """Somebody reacted to a message, or took that back; the view has all reactions."""

    message: MessageView


@dataclass(frozen=True, slots=True)
class MessagePinned(CausedEvent):
    """A message was pinned in its conversation, or unpinned."""

    pin: PinView


@dataclass(frozen=True, slots=True)
class TimerChanged(CausedEvent):
    """New messages of a conversation disappear after another time, or no longer."""

    timer: TimerView


@dataclass(frozen=True, slots=True)
class ClockStarted:
    """The clock of a message that disappears runs: it was sent, or shown here; it ends at ``expires_at``."""

    message: MessageId
    conversation: str
    conversation_id: ConversationId
    expires_at: int


@dataclass(frozen=True, slots=True)
class MessageExpired:
    """The time of a message is over: it is gone here."""

    message: MessageId
    conversation: str
    conversation_id: ConversationId


@dataclass(frozen=True, slots=True)
class TypingChanged:
    """Somebody began to type, or has stopped."""

    conversation: str
    conversation_id: ConversationId
    sender: str
    active: bool


@dataclass(frozen=True, slots=True)
class ReceiptsChanged(CausedEvent):
    """Privacy switches have changed: what is shared with others and shown of them."""

    receipts: ReceiptsView


@dataclass(frozen=True, slots=True)
class ScheduledChanged(CausedEvent):
    """A text that is sent later was written, became overdue, or (with ``gone``) waits no longer."""

    scheduled: ScheduledView
    gone: bool


@dataclass(frozen=True, slots=True)
class ContactRenamed:
    """A person has another local name: what was called ``before`` is called ``contact.name`` now."""

    before: str
    conversation_id: ConversationId
    contact: ContactView


@dataclass(frozen=True, slots=True)
class ConversationCleared(CausedEvent):
    """Every message of a conversation was deleted here."""

    conversation: str
    conversation_id: ConversationId


@dataclass(frozen=True, slots=True)
class GapNoticed:
    """Messages of a conversation are missing for the time being.

    More in a row are told together after a pause, however many there are.

    Attributes:
        conversation: Whose.
        missing: Messages that nothing was told of before; 0 where one has come that was missing.
        in_all: Messages that are missing in a row, those included.
        conversation_id: Its id.
    """

    conversation: str
    missing: int
    in_all: int
    conversation_id: ConversationId


@dataclass(frozen=True, slots=True)
class RequestArrived:
    """A stranger asks for a conversation."""

    request: RequestView


@dataclass(frozen=True, slots=True)
class RequestClosed(CausedEvent):
    """A conversation request was accepted, declined or has expired."""

    request: str


@dataclass(frozen=True, slots=True)
class CallPending(CausedEvent):
    """Somebody listens at the address and has not answered yet.

    Attributes:
        address: Address that is called.
        own_digits: Thirty digits that the called side sees as one half of the safety number.
    """

    address: Address
    own_digits: str


@dataclass(frozen=True, slots=True)
class CallFailed(CausedEvent):
    """A call came to nothing; ``retry_in_ms`` says when it is tried again, None when it is given up.

    Attributes:
        address: Address that was called.
        code: Stable code of why.
        text: A sentence about it.
        retry_in_ms: Milliseconds until the next attempt.
        reason: What the code leaves open, as far as it is known.
    """

    address: Address
    code: str
    text: str
    retry_in_ms: int | None
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class PeerChanged(CausedEvent):
    """A direct connection with a contact stands, or ended.

    Attributes:
        name: The contact.
        state: Connected or disconnected.
        route: Always direct today.
        address: The other end.
        safety_number: 60 digits, when connected.
        incoming: Whether the contact called us.
    """

    name: str
    state: PeerState
    route: Route
    address: Address
    safety_number: str
    incoming: bool


@dataclass(frozen=True, slots=True)
class ListeningChanged(CausedEvent):
    """The server socket for conversation requests is open at an address, or closed (None)."""

    address: Address | None


@dataclass(frozen=True, slots=True)
class IdentityChanged:
    """A contact is claimed to have another identity key: by relay nothing is sent until the user decides about it."""

    name: str
    was_verified: bool


@dataclass(frozen=True, slots=True)
class PresenceChanged:
    """A mutual contact came to the relay or left it."""

    name: str
    state: PresenceState


@dataclass(frozen=True, slots=True)
class ContactChanged:
    """A contact is new or something about it changed."""

    contact: ContactView


@dataclass(frozen=True, slots=True)
class OwnPictureChanged(CausedEvent):
    """The own profile picture is another one (what names it, 16 bytes), or gone (None)."""

    picture: bytes | None


@dataclass(frozen=True, slots=True)
class ConversationChanged:
    """Unread count, draft, pin or mute of a conversation changed; ask for the list to see it."""

    name: str
    conversation_id: ConversationId


@dataclass(frozen=True, slots=True)
class GroupChanged(CausedEvent):
    """A group is new, or something about it changed: this is how it is now."""

    group: GroupView


@dataclass(frozen=True, slots=True)
class GroupInvited:
    """Somebody added oneself to a group, which waits to be accepted or declined."""

    invitation: GroupInvitationView


@dataclass(frozen=True, slots=True)
class GroupInvitationClosed(CausedEvent):
    """A group that one was added to was accepted or declined, or one was taken out of it again."""

    conversation: str
    conversation_id: ConversationId


@dataclass(frozen=True, slots=True)
class HistoryShared:
    """Messages from before one came into a group are here: whoever shows the conversation reads it anew.

    Attributes:
        conversation: Label of the group.
        conversation_id: Id of the group.
        by: Name of who has given them.
        count: How many have come now; there may be more.
    """

    conversation: str
    conversation_id: ConversationId
    by: str
    count: int


@dataclass(frozen=True, slots=True)
class JoinRequested:
    """Somebody wants to join a group by a link that needs approval."""

    request: JoinRequestView


@dataclass(frozen=True, slots=True)
class JoinRequestClosed(CausedEvent):
    """Somebody who wanted to join a group was accepted or declined, or no longer waits."""

    id: str


@dataclass(frozen=True, slots=True)
class NoticeArrived:
    """The relay's operator says something to all; plain text."""

    text: str


@dataclass(frozen=True, slots=True)
class Progress:
    """Long work goes on: ``done`` of ``total`` steps (0 where the total is unknown)."""

    task: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Warned:
    """Something went wrong that no command asked for.

    Attributes:
        code: Stable code.
        text: A sentence for people.
        fatal: Whether the client ends by it.
    """

    code: str
    text: str
    fatal: bool


@dataclass(frozen=True, slots=True)
class AlarmRaised:
    """Somebody may be tampering; of one contact and kind it is told once a day, of strangers and blocked people never.

    Attributes:
        alarm: What was noticed; `babilu.presentation.alarms` has its sentence and advice.
        name: The contact whom it concerns, or None.
        code: Stable code of the error by which it was told before version 0.1, for readers of that time.
    """

    alarm: AlarmKind
    name: str | None
    code: str


@dataclass(frozen=True, slots=True)
class Closed:
    """The client is closed; nothing follows."""


Event = (
    Ready
    | Registered
    | LinkChanged
    | MessageQueued
    | FileTransfer
    | FileSaved
    | FilesFreed
    | RecordingChanged
    | PlayingChanged
    | MessageStateChanged
    | MessageArrived
    | LineAdded
    | LineChanged
    | LineRemoved
    | MessageDeleted
    | MessageEdited
    | ReactionsChanged
    | MessagePinned
    | TimerChanged
    | ClockStarted
    | MessageExpired
    | TypingChanged
    | ReceiptsChanged
    | ScheduledChanged
    | ConversationCleared
    | ContactRenamed
    | GapNoticed
    | RequestArrived
    | RequestClosed
    | CallPending
    | CallFailed
    | PeerChanged
    | ListeningChanged
    | IdentityChanged
    | PresenceChanged
    | ContactChanged
    | OwnPictureChanged
    | ConversationChanged
    | GroupChanged
    | GroupInvited
    | GroupInvitationClosed
    | HistoryShared
    | JoinRequested
    | JoinRequestClosed
    | NoticeArrived
    | Progress
    | Warned
    | AlarmRaised
    | Closed
)
"""Everything that a client tells."""
