"""Files of messages, as every face shows them: what stands for them in one line, and what a transfer makes of them."""

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum, unique
from typing import Final

from babilu.api.events import FileTransfer
from babilu.api.views import DeviceStateView, FileView, FreedFileView, MessageView, QuoteView
from babilu.kernel.errors import ErrorCode
from babilu.kernel.ids import MessageId
from babilu.kernel.states import FileDirection, FileState, TransferState
from babilu.presentation.durations import duration
from babilu.presentation.sizes import size_text
from babilu.presentation.strings import Strings
from babilu.presentation.voice_notes import is_voice


@dataclass(frozen=True, slots=True)
class FilesToSend:
    """Files that are sent with a text.

    Attributes:
        paths: Where they lie.
        as_files: Whether pictures keep every byte.
    """

    paths: tuple[str, ...] = ()
    as_files: bool = False


NO_FILES: Final = FilesToSend()

MOVING: Final = frozenset({FileState.WAITING, FileState.SENDING, FileState.FETCHING})
"""States of a file that is being moved, or waits for its turn or for whoever fetches it."""

MEASURED_MS: Final = 4_000
"""So long back the speed of a transfer is measured: it follows the line, and does not jump with every part."""

SHORTEST_MS: Final = 500
"""A shorter time tells no speed."""


def files_line(names: Sequence[str], several: Callable[[int], str]) -> str:
    """Give what stands in one line for files where there is no text: the name of the one, or how many there are.

    Args:
        names: Names of the files.
        several: Writes a number of files in the language of the face.
    """
    return names[0] if len(names) == 1 else several(len(names)) if names else ""


def file_rule(say: Strings, largest: int | None, kept_ms: int | None) -> str:
    """Say which files a relay takes and how long it stores them; empty where that is not known."""
    if largest is None:
        return ""
    if not largest:
        return say("files.rule.none")
    return say("files.rule", size=size_text(largest, say.point), time=duration(say, (kept_ms or 0) // 1_000))


def without_message(devices: Sequence[DeviceStateView]) -> int:
    """Count the devices that have not confirmed a message yet, and so cannot fetch its files."""
    return sum(device.delivered_at is None and device.read_at is None for device in devices)


def quoted_line(quote: QuoteView, several: Callable[[int], str], voice: str) -> str:
    """Give what stands in one line for the files of a quoted message; empty where it has none.

    Args:
        quote: The quote.
        several: Writes a number of files in the language of the face.
        voice: What stands for a voice note there.
    """
    if len(quote.files) == 1 and is_voice(quote.files[0]):
        return voice
    return files_line(tuple(file.name for file in quote.files), several)


def names_of(files: Sequence[FileView]) -> tuple[str, ...]:
    """Give the names of files."""
    return tuple(file.name for file in files)


def with_transfer(message: MessageView, event: FileTransfer) -> MessageView:
    """Give a message as it is after what an event says of one of its files."""
    files = tuple(
        transferred(file, event, is_own=message.outgoing) if file.index == event.index else file
        for file in message.files
    )
    return message if files == message.files else replace(message, files=files)


def freed_places(files: Sequence[FreedFileView]) -> dict[MessageId, set[int]]:
    """Give the places of files that were deleted to make room, by their messages."""
    places: dict[MessageId, set[int]] = {}
    for file in files:
        places.setdefault(file.message, set()).add(file.index)
    return places


def with_freed(message: MessageView, freed: Container[int]) -> MessageView:
    """Give a message as it is after the bytes of some of its files, by their places, were deleted to make room."""
    files = tuple(
        replace(file, state=FileState.FREED, done=0, error=None) if file.index in freed else file
        for file in message.files
    )
    return replace(message, files=files)


def transferred(file: FileView, event: FileTransfer, *, is_own: bool = False) -> FileView:
    """Give a file as it is after what an event says of it.

    Somebody else's file whose transfer its reader has ended is offered again, as before it was asked for. An own one
    comes in only where its bytes were deleted here to make room.
    """
    out = event.direction is FileDirection.OUT
    match event.state:
        case TransferState.RUNNING:
            own = FileState.WAITING if file.state is FileState.WAITING else FileState.SENDING
            state = own if out else FileState.FETCHING
        case TransferState.PAUSED:
            state = FileState.PAUSED
        case TransferState.DONE:
            state = FileState.SENT if out or is_own else FileState.HERE
        case TransferState.FAILED:
            if not out and event.error == ErrorCode.CLOSED:
                again = FileState.FREED if is_own else FileState.OFFERED
                return replace(file, state=again, done=0, error=None)
            return replace(file, state=FileState.FAILED, done=event.done, error=event.error)
    return replace(file, state=state, done=event.done, error=event.error)


def waits_for(file: FileView) -> str | None:
    """Give the code of why a file that is to be moved does not move; None where it does, or nothing is said."""
    return file.error if file.state in {FileState.SENDING, FileState.FETCHING} else None


@unique
class FileKind(StrEnum):
    """What a file seems to be, by its name and what its sender says of it; nothing rests on it but a picture."""

    PICTURE = "picture"
    SOUND = "sound"
    FILM = "film"
    TEXT = "text"
    PACKED = "packed"
    OTHER = "other"


_KINDS: Final = {"image": FileKind.PICTURE, "audio": FileKind.SOUND, "video": FileKind.FILM, "text": FileKind.TEXT}
_ENDINGS: Final = {
    ending: kind
    for kind, endings in (
        (FileKind.PICTURE, "jpg jpeg png gif webp heic bmp svg tif tiff"),
        (FileKind.SOUND, "mp3 ogg opus flac wav m4a"),
        (FileKind.FILM, "mp4 mkv webm mov avi"),
        (FileKind.TEXT, "txt md pdf odt doc docx csv ods xls xlsx odp ppt pptx"),
        (FileKind.PACKED, "zip gz tar tgz bz2 xz zst 7z rar"),
    )
    for ending in endings.split()
}


def kind_of(file: FileView) -> FileKind:
    """Tell what a file seems to be; its ending says more than what its sender says of it."""
    by_name = _ENDINGS.get(file.name.rpartition(".")[2].casefold())
    return by_name or _KINDS.get(file.type.partition("/")[0].casefold(), FileKind.OTHER)


def rough(seconds: int) -> int:
    """Round a time that is left up to what people say of it: seconds, whole minutes, whole hours."""
    unit = 1 if seconds < 60 else 60 if seconds < 3_600 else 3_600
    return -(-seconds // unit) * unit


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a file is moved.

    Attributes:
        per_second: Bytes.
        seconds_left: About how long it still takes at that speed.
    """

    per_second: int
    seconds_left: int


class TransferPaces:
    """Measures how fast files are moved, from what events say; times are monotonic milliseconds.

    Only transfers that run are known: whatever ends or is held is forgotten.
    """

    def __init__(self) -> None:
        self._seen: dict[tuple[MessageId | None, int], list[tuple[int, int]]] = {}
        self._totals: dict[tuple[MessageId | None, int], int] = {}

    def take(self, event: FileTransfer, now_ms: int) -> None:
        """Take what an event says of a transfer."""
        key = (event.message, event.index)
        if event.state is not TransferState.RUNNING:
            self._seen.pop(key, None)
            self._totals.pop(key, None)
            return
        seen = self._seen.setdefault(key, [])
        if seen and event.done < seen[-1][1]:
            # It began anew.
            seen.clear()
        seen.append((now_ms, event.done))
        while len(seen) > 2 and seen[1][0] <= now_ms - MEASURED_MS:
            del seen[0]
        self._totals[key] = event.total

    def pace(self, message: MessageId | None, index: int) -> Pace | None:
        """Tell how fast a file is moved; None where that is not known, or it stands still."""
        seen = self._seen.get((message, index), [])
        if len(seen) < 2 or seen[-1][0] - seen[0][0] < SHORTEST_MS:
            return None
        per_second = (seen[-1][1] - seen[0][1]) * 1000 // (seen[-1][0] - seen[0][0])
        if per_second <= 0:
            return None
        left = max(0, self._totals[message, index] - seen[-1][1])
        return Pace(per_second, rough(-(-left // per_second)))

    def forget(self) -> None:
        """Forget all transfers."""
        self._seen.clear()
        self._totals.clear()
