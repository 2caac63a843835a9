"""Rows of files and recordings as frozen records.

Times are Unix milliseconds, ids and keys are raw bytes. What must not print (keys, texts, drafts, contents) stays out
of every repr.
"""

from dataclasses import dataclass, field

from babilu.kernel.limits import FILES_OF_MESSAGE
from babilu.kernel.states import FileState
from babilu.wire.file_entry import FileEntry


@dataclass(frozen=True, slots=True)
class AttachmentRecord:
    """A file of a message.

    Attributes:
        number: Number of the row, never used again.
        position: The message.
        place: Which of its files it is, from 0.
        entry: With what it is fetched, opened and named.
        state: How it stands here.
        done: Bytes of the sealed file that have been moved.
        error: Stable code of why it failed, or None.
        save_into: Folder into which it is saved once it is here, or None.
        kept_until: Of an own file that is at the relay: until when it is stored there (Unix milliseconds).
        unheard: Whether it is a voice note of somebody else to which nobody has listened here.
    """

    number: int
    position: int
    place: int
    entry: FileEntry = field(repr=False)
    state: FileState
    done: int = 0
    error: str | None = None
    save_into: str | None = field(default=None, repr=False)
    kept_until: int | None = None
    unheard: bool = False

    @property
    def is_text(self) -> bool:
        """Whether it holds the whole text of its message: nobody is shown it as a file."""
        return self.place == FILES_OF_MESSAGE


@dataclass(frozen=True, slots=True)
class RecordingRecord:
    """A voice note that was recorded and not sent yet.

    Attributes:
        conversation: Number of the conversation for which it is.
        started_at: When it was begun (Unix milliseconds).
        levels: The loudness of each 20 milliseconds, 0 to 255.
    """

    conversation: int
    started_at: int
    levels: bytes = field(repr=False)
