"""Rows of what other programs have exported: who wrote there, and what."""

from dataclasses import dataclass, field

from babilu.kernel.ids import MessageId
from babilu.wire.file_entry import FileEntry


@dataclass(frozen=True, slots=True)
class ImportedPersonRecord:
    """Somebody who wrote in a conversation that another program has exported.

    Attributes:
        person: Number of the row.
        conversation: Number of the conversation.
        name: As the other program calls them, cleaned.
        contact: Number of the contact that they are, as the user says; None for none.
        own: Whether it is the user.
    """

    person: int
    conversation: int
    name: str
    contact: int | None = None
    own: bool = False


@dataclass(frozen=True, slots=True)
class ImportedMessage:
    """A message that another program has exported.

    Attributes:
        id: Its 16-byte id, a hash under a tag of its own.
        conversation: Number of the conversation.
        person: Number of the person who wrote it.
        text: Plain text.
        said_at: When it was written, as the other program says.
        edited_at: Since when it has this wording; None for the first.
        reply_to: The message that it answers, or None.
        files: What it brings: sealed here already.
    """

    id: MessageId
    conversation: int
    person: int
    text: str = field(repr=False)
    said_at: int
    edited_at: int | None = None
    reply_to: MessageId | None = None
    files: tuple[FileEntry, ...] = ()
