"""Events of messages."""

from dataclasses import dataclass

from babilu.api.event import CausedEvent
from babilu.api.group_views import AudienceView
from babilu.api.views import MessageView, PinView, ScheduledView
from babilu.kernel.ids import ConversationId, MessageId
from babilu.kernel.states import MessageState, TextState


@dataclass(frozen=True, slots=True)
class MessageQueued(CausedEvent):
    """An own message was committed."""

    message: MessageView


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
class TextStateChanged:
    """A long text is here as a whole, or stands otherwise than before; see `MessageView.text_state`.

    One that was on its way (``before`` is `TextState.COMING`) was told of as a line alone: it is told of as
    `MessageArrived`, or `MessageQueued`, after this.

    Attributes:
        message: The message as it is now.
        before: How its text stood before.
    """

    message: MessageView
    before: TextState | None


@dataclass(frozen=True, slots=True)
class LineAdded:
    """A line about the conversation was added to it, which is nobody's message (`MessageView.kind` says what).

    Also a message of which nobody is to be told: it was deleted before it came, or its text is on its way still.
    """

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
class ScheduledChanged(CausedEvent):
    """A text that is sent later was written, became overdue, or (with ``gone``) waits no longer."""

    scheduled: ScheduledView
    gone: bool


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
