"""Commands about conversations: what a list of them shows and what is set for one."""

from dataclasses import dataclass

from babilu.api.command import Command
from babilu.api.views import ConversationView, TimerView
from babilu.kernel.ids import MessageId


@dataclass(frozen=True, slots=True)
class Conversations(Command[tuple[ConversationView, ...]]):
    """List the conversations: pinned ones first, then the most recent first."""


@dataclass(frozen=True, slots=True)
class SetTimer(Command[TimerView]):
    """Have new messages of a conversation disappear, for all, 1 second to a year after they were shown; None: never."""

    conversation: str
    seconds: int | None


@dataclass(frozen=True, slots=True)
class Typing(Command[None]):
    """Say that one is typing to somebody; told at most each 3 seconds, to whom is online, and never kept."""

    conversation: str


@dataclass(frozen=True, slots=True)
class MarkRead(Command[int]):
    """Mark a conversation as read and tell the sender, where they were accepted; answers how many there were.

    Attributes:
        name: Which one.
        shown: Position of the newest message that was shown: only what stands up to there is marked, and it is recorded
            as shown, so that `TakeUnshown` hands it out to nobody. None marks all, and leaves that as it is.
    """

    name: str
    shown: int | None = None


@dataclass(frozen=True, slots=True)
class SetDraft(Command[None]):
    """Keep a text that was written and not sent, and what it replies to; an empty one without a reply forgets it."""

    conversation: str
    text: str
    reply_to: MessageId | None = None


@dataclass(frozen=True, slots=True)
class SetPinned(Command[None]):
    """Keep a conversation at the top of the list, or not."""

    conversation: str
    pinned: bool


@dataclass(frozen=True, slots=True)
class SetMuted(Command[None]):
    """Silence notifications of a conversation but mentions, or not; ``until`` (Unix milliseconds) ends it by itself."""

    conversation: str
    muted: bool
    until: int | None = None


@dataclass(frozen=True, slots=True)
class SetArchived(Command[None]):
    """Put a conversation away; it comes back when a message arrives that is not muted."""

    conversation: str
    archived: bool


@dataclass(frozen=True, slots=True)
class MarkUnread(Command[None]):
    """Mark a conversation as unread, as a note to oneself: nobody else learns of it, and `MarkRead` takes it back."""

    conversation: str
    unread: bool = True


@dataclass(frozen=True, slots=True)
class ClearConversation(Command[int]):
    """Delete every message of a conversation here, for oneself; answers how many there were.

    Attributes:
        conversation: Which one.
        hide: Whether it also leaves the list, until something is written in it again.
    """

    conversation: str
    hide: bool = False
