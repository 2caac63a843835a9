"""Files and recordings as they are shown, and the space that files take."""

from dataclasses import dataclass
from typing import Final

from babilu.kernel.ids import ConversationId, MessageId
from babilu.kernel.limits import FILES_OF_MESSAGE
from babilu.kernel.states import FileState, MediaKind, PictureDetail, RecordingState

TEXT_INDEX: Final = FILES_OF_MESSAGE
"""Index under which the rest of a long text is fetched, or given to the relay, where that has failed before."""


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
