"""Views of what another program has exported, before and after it is taken over."""

from dataclasses import dataclass

from babilu.kernel.ids import ConversationId
from babilu.kernel.states import ImportLoss, ImportSource


@dataclass(frozen=True, slots=True)
class ImportedPersonView:
    """Somebody who wrote in a conversation of an export.

    Attributes:
        name: As the other program calls them.
        messages: How many messages they wrote.
        contact: Name of the contact that they are shown as, or None.
        own: Whether they are shown as oneself.
    """

    name: str
    messages: int
    contact: str | None = None
    own: bool = False


@dataclass(frozen=True, slots=True)
class ImportedChatView:
    """A conversation of an export.

    Attributes:
        title: What people see.
        conversation_id: Id of the conversation that it becomes.
        conversation: Label of that conversation; None while there is none.
        messages: How many messages the export has.
        new: How many of them are not here, or were not until now.
        files: How many files come with them.
        first: Unix milliseconds of the first message.
        last: The same of the last one.
        people: Who wrote in it, whoever wrote most first.
    """

    title: str
    conversation_id: ConversationId
    conversation: str | None
    messages: int
    new: int
    files: int
    first: int
    last: int
    people: tuple[ImportedPersonView, ...]


@dataclass(frozen=True, slots=True)
class ImportLossView:
    """How many things of a kind are not taken over, or not as a whole."""

    kind: ImportLoss
    count: int


@dataclass(frozen=True, slots=True)
class ImportView:
    """What an export has, and what became of it.

    Attributes:
        source: Which program has exported it.
        dry_run: Whether nothing was taken over.
        chats: Its conversations.
        lost: What is not taken over, or not as a whole.
    """

    source: ImportSource
    dry_run: bool
    chats: tuple[ImportedChatView, ...]
    lost: tuple[ImportLossView, ...]
