"""Parts of a message laid out: what it is laid out for, what is where, and what a point hits."""

from dataclasses import dataclass

from PySide6.QtCore import QRectF

from babilu.api.views import ReactionView
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.voice_row import VoiceHit
from babilu.kernel.ids import MessageId
from babilu.presentation.file_model import FileModel


@dataclass(frozen=True, slots=True)
class LinkHit:
    """A link is there."""

    address: str


@dataclass(frozen=True, slots=True)
class RetryHit:
    """The retry button of a failed message is there."""


@dataclass(frozen=True, slots=True)
class WholeHit:
    """The offer to show all of a long message is there."""


@dataclass(frozen=True, slots=True)
class PlaceHit:
    """What leads to another message is there: the mark of a late one, or a quote."""

    message: MessageId


@dataclass(frozen=True, slots=True)
class SpoilerHit:
    """A hidden text is there."""


@dataclass(frozen=True, slots=True)
class ReactionHit:
    """A reaction is there."""

    reaction: ReactionView


@dataclass(frozen=True, slots=True)
class EditedHit:
    """The mark of an edited message is there."""


@dataclass(frozen=True, slots=True)
class SenderHit:
    """The name or the picture of who wrote is there."""

    name: str


@dataclass(frozen=True, slots=True)
class FileHit:
    """A file is there."""

    index: int


Hit = LinkHit | RetryHit | WholeHit | PlaceHit | SpoilerHit | ReactionHit | EditedHit | SenderHit | FileHit | VoiceHit


@dataclass(frozen=True, slots=True)
class BubbleContext:
    """What a message is laid out for.

    Attributes:
        width: Width of the list in device-independent pixels.
        theme: Fonts and colours.
        query: What to mark in the text, or empty.
        own: The own name.
        now: Unix milliseconds.
        revealed: Whether spoilers are shown.
        files: Tells how fast files are moved, and where they were saved.
        group: Whether several others write there: then names and pictures of people stand beside what they wrote.
    """

    width: int
    theme: Theme
    query: str = ""
    own: str = ""
    now: int = 0
    revealed: bool = False
    files: FileModel | None = None
    group: bool = False


@dataclass(frozen=True, slots=True)
class PlacedQuote:
    """A quote above the text: its place, and its two lines."""

    box: QRectF
    title: str
    line: str
    message: MessageId


@dataclass(frozen=True, slots=True)
class ReactionChip:
    """A reaction below the bubble.

    Attributes:
        box: Its place.
        text: The emoji and how many chose it.
        own: Whether one chose it oneself.
        reaction: Who chose it.
    """

    box: QRectF
    text: str
    own: bool
    reaction: ReactionView
