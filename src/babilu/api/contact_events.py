"""Events of people and of conversations with them."""

from dataclasses import dataclass

from babilu.api.event import CausedEvent
from babilu.api.views import ContactView, PresenceState, ReceiptsView, RequestView, TimerView
from babilu.kernel.ids import ConversationId


@dataclass(frozen=True, slots=True)
class TimerChanged(CausedEvent):
    """New messages of a conversation disappear after another time, or no longer."""

    timer: TimerView


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
class RequestArrived:
    """A stranger asks for a conversation."""

    request: RequestView


@dataclass(frozen=True, slots=True)
class RequestClosed(CausedEvent):
    """A conversation request was accepted, declined or has expired."""

    request: str


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
