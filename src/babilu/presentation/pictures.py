"""Which files are shown as pictures, and how a face looks through those of a conversation."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from babilu.api.views import FileView, MessageView, PictureView, PreviewView
from babilu.kernel.ids import ConversationId, MessageId
from babilu.kernel.states import FileState

SHOWN_ENDINGS: Final = frozenset({"jpg", "jpeg", "png", "webp", "gif", "heic"})
"""Endings of files that are shown as pictures. One of another name stands with its name in sight: that says what it
would be once it is saved."""


@dataclass(frozen=True, slots=True)
class PicturePlace:
    """Which picture: of a message of a conversation, by its index."""

    conversation: ConversationId
    message: MessageId
    index: int


def place_of(message: MessageView, file: FileView) -> PicturePlace:
    """Say which picture a file is."""
    return PicturePlace(message.conversation_id, message.id, file.index)


def is_picture(file: FileView) -> bool:
    """Tell whether a file is shown as a picture: it has the sides and the name of one."""
    ending = file.name.rpartition(".")[2].casefold()
    return ending in SHOWN_ENDINGS and file.width is not None and file.height is not None and file.duration is None


def sides_of(file: FileView) -> tuple[int, int]:
    """Give width and height of a picture in pixels, as its sender says."""
    return file.width or 1, file.height or 1


def is_whole(picture: PictureView | PreviewView) -> bool:
    """Tell whether pixels fill their picture: what draws them reads as many as its sides say."""
    channels = 4 if isinstance(picture, PictureView) else 3
    return 0 < picture.width * picture.height * channels == len(picture.pixels)


def picture_words(file: FileView) -> str:
    """Say in no language what kind of picture a file is by its name, and its sides; nothing of another file."""
    if not is_picture(file):
        return ""
    width, height = sides_of(file)
    return f"{file.name.rpartition('.')[2].upper()} {width}\N{MULTIPLICATION SIGN}{height}"


def pictures_of(message: MessageView) -> tuple[FileView, ...]:
    """Give the files of a message that are shown as pictures."""
    return () if message.deleted else tuple(file for file in message.files if is_picture(file))


def are_pictures(message: MessageView) -> bool:
    """Tell whether a message brings nothing but pictures."""
    return bool(message.files) and len(pictures_of(message)) == len(message.files)


def others_of(message: MessageView) -> tuple[FileView, ...]:
    """Give the files of a message that are shown by their names."""
    return tuple(file for file in message.files if not is_picture(file))


def is_on_disk(message: MessageView, file: FileView) -> bool:
    """Tell whether all bytes of a file are on this device."""
    if message.outgoing:
        # From its beginning, until it makes room for others.
        return file.state is not FileState.FREED
    return file.state is FileState.HERE


def neighbour(
    messages: Sequence[MessageView], message: MessageView, index: int, steps: int
) -> tuple[MessageView, FileView] | None:
    """Give the picture after one (``steps`` is 1) or before it (-1); None where messages hold none there.

    Args:
        messages: Those that are loaded, the oldest first.
        message: The message of the picture; it need not be loaded any more.
        index: Which of its files the picture is.
        steps: 1 or -1.
    """
    here = (message.position, index)
    for each in messages if steps > 0 else reversed(messages):
        for file in pictures_of(each)[::steps]:
            place = (each.position, file.index)
            if place > here if steps > 0 else place < here:
                return each, file
    return None
