"""Sharp pictures: only what is in view is asked for, few at once, and what is kept of them has a bound in bytes.

Nothing is decoded here. The client gives raw pixels of pictures that are on this device, which a process of its own has
made of their bytes; a preview is raw pixels already.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QImage

from babilu.api import commands as c
from babilu.api.views import PictureView, PreviewView
from babilu.desktop.bridge import QtBridge
from babilu.kernel.errors import BabiluError, ErrorCode
from babilu.kernel.ids import MessageId
from babilu.presentation.pictures import PicturePlace, is_whole

KEPT_BYTES: Final = 48 * 1024 * 1024
"""Bytes of sharp pictures that are kept, those in view aside; the longest unseen go first."""

PREVIEWS_KEPT: Final = 128
BROKEN_KEPT: Final = 1_000
"""Pictures that cannot be shown and are remembered as such."""

AT_ONCE: Final = 2
"""Pictures that are asked for at the same time: whoever scrolls fast wants other ones by then."""

DOUBLINGS: Final = 2
"""A preview is doubled so often before it is stretched: a softer picture than stretching it at once."""


@dataclass(frozen=True, slots=True)
class WantedPicture:
    """A picture in view.

    Attributes:
        place: Which one.
        side: How long its longer side is drawn, in pixels of the screen.
    """

    place: PicturePlace
    side: int


@dataclass(frozen=True, slots=True)
class SharpPicture:
    """A picture that is kept.

    Attributes:
        image: Its pixels.
        side: With how long a side it was asked for.
    """

    image: QImage
    side: int


class PictureShelf(QObject):
    """Keeps pictures for whoever draws them.

    Args:
        bridge: The way to the client.
        kept_bytes: Bytes of pictures that are kept.
    """

    came = Signal(object)
    """`PicturePlace`: its pixels are there, or it cannot be shown."""

    def __init__(self, bridge: QtBridge, kept_bytes: int = KEPT_BYTES) -> None:
        super().__init__()
        self._bridge = bridge
        self._kept_bytes = kept_bytes
        self._sharp: dict[PicturePlace, SharpPicture] = {}
        self._previews: dict[PicturePlace, QImage] = {}
        self._broken: dict[PicturePlace, None] = {}
        self._refused: set[PicturePlace] = set()
        self._wanted: dict[PicturePlace, int] = {}
        self._asking: set[PicturePlace] = set()

    @property
    def bytes(self) -> int:
        """Bytes of the sharp pictures that are kept."""
        return sum(each.image.sizeInBytes() for each in self._sharp.values())

    def sharp(self, place: PicturePlace) -> QImage | None:
        """Give the pixels of a picture, where they are here."""
        kept = self._sharp.get(place)
        return None if kept is None else kept.image

    def lacks(self, place: PicturePlace, side: int) -> bool:
        """Tell whether a picture should be asked for to be drawn so large."""
        kept = self._sharp.get(place)
        hopeless = place in self._broken or place in self._refused
        return not hopeless and (kept is None or kept.side < side)

    def is_broken(self, place: PicturePlace) -> bool:
        """Tell whether a picture cannot be shown."""
        return place in self._broken

    def preview(self, place: PicturePlace, preview: PreviewView) -> QImage:
        """Give a picture's preview, smoothly enlarged."""
        kept = self._previews.pop(place, None)
        if kept is None:
            kept = preview_image(preview)
        # The one that was drawn last is let go of last.
        self._previews[place] = kept
        while len(self._previews) > PREVIEWS_KEPT:
            del self._previews[next(iter(self._previews))]
        return kept

    def show(self, wanted: Sequence[WantedPicture]) -> None:
        """Hear what is in view now, and ask for what is missing of it; what was in view before is not asked for."""
        self._wanted = {each.place: each.side for each in wanted}
        self._refused &= set(self._wanted)
        for each in wanted:
            kept = self._sharp.pop(each.place, None)
            if kept is not None:
                self._sharp[each.place] = kept
        self._ask()

    def again(self, message: MessageId) -> None:
        """Ask anew for pictures of a message that were refused: something has changed about it."""
        self._refused = {place for place in self._refused if place.message != message}

    def erase(self, message: MessageId) -> None:
        """Forget the pictures of a message that is gone."""
        self.again(message)
        for kept in self._kept_by_place():
            for place in [place for place in kept if place.message == message]:
                del kept[place]

    def forget(self) -> None:
        """Forget all pictures: the client was left, or the window is locked."""
        self._refused.clear()
        for kept in self._kept_by_place():
            kept.clear()

    def _kept_by_place(self) -> tuple[dict[PicturePlace, Any], ...]:
        return self._sharp, self._previews, self._broken, self._wanted

    def _ask(self) -> None:
        for place, side in self._wanted.items():
            if len(self._asking) >= AT_ONCE:
                return
            if place not in self._asking and self.lacks(place, side):
                self._ask_for(place, side)

    def _ask_for(self, place: PicturePlace, side: int) -> None:
        self._asking.add(place)

        def came(picture: PictureView) -> None:
            self._asking.discard(place)
            # Else it was scrolled away, its message is gone, or the window is locked.
            if not is_whole(picture):
                self._broken[place] = None
            elif place in self._wanted:
                self._keep(place, SharpPicture(image_of(picture), side))
            self._told(place)

        def failed(error: BabiluError) -> None:
            self._asking.discard(place)
            if error.code == ErrorCode.CANNOT_SHOW:
                self._broken[place] = None
                while len(self._broken) > BROKEN_KEPT:
                    del self._broken[next(iter(self._broken))]
            else:
                # Asked for anew when it was out of view or has changed, and not over and over meanwhile.
                self._refused.add(place)
            self._told(place)

        command = c.GetPicture(place.message, place.index, side, place.conversation.hex())
        self._bridge.request(command, came, failed)

    def _told(self, place: PicturePlace) -> None:
        self.came.emit(place)
        self._ask()

    def _keep(self, place: PicturePlace, picture: SharpPicture) -> None:
        self._sharp.pop(place, None)
        self._sharp[place] = picture
        room = self._kept_bytes - self.bytes
        for each in [each for each in self._sharp if each not in self._wanted]:
            if room >= 0:
                return
            room += self._sharp.pop(each).image.sizeInBytes()


def preview_image(preview: PreviewView) -> QImage:
    """Make a picture of a preview: its pixels, smoothly enlarged; nothing is decoded. What is not whole is black."""
    if not is_whole(preview):
        black = QImage(1, 1, QImage.Format.Format_RGB32)
        black.fill(0)
        return black
    raw = QImage(preview.pixels, preview.width, preview.height, 3 * preview.width, QImage.Format.Format_RGB888)
    made = raw.convertToFormat(QImage.Format.Format_RGB32)
    for _ in range(DOUBLINGS):
        size = made.size() * 2
        made = made.scaled(size, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation)
    return made


def image_of(picture: PictureView) -> QImage:
    """Make an image of raw pixels that the client gives; of those that do not fill it, none."""
    if not is_whole(picture):
        return QImage()
    raw = QImage(picture.pixels, picture.width, picture.height, 4 * picture.width, QImage.Format.Format_RGBA8888)
    # A copy of its own in the format that is painted fastest: what is given lives only as long as the answer.
    return raw.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
