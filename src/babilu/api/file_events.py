"""Events of files and voice notes."""

from dataclasses import dataclass

from babilu.api.event import CausedEvent
from babilu.api.views import FreedFileView, RecordingView, SavedFileView
from babilu.kernel.ids import ConversationId, MessageId
from babilu.kernel.states import FileDirection, PlayingState, TransferState


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


@dataclass(frozen=True, slots=True)
class FilesFreed(CausedEvent):
    """The bytes of files of a conversation were deleted here to make room; their messages stay."""

    conversation: str
    conversation_id: ConversationId
    files: tuple[FreedFileView, ...]
