"""Profile pictures of people: each is asked for when somebody first paints it, and kept while there is room.

What is painted before it is there, or where nobody shows a picture, is the disc of a name.
"""

from collections import OrderedDict
from collections.abc import Iterable
from functools import partial
from typing import Final

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage, QPixmap

from babilu.api import commands as c
from babilu.api.views import ConversationView, ProfilePictureView
from babilu.desktop.bridge import QtBridge
from babilu.kernel.errors import BabiluError

SIDE: Final = 192
"""Pixels a side that are asked for: the largest disc on a sharp screen."""

KEPT: Final = 200
"""Pictures that are kept, 150 kB each; the one that was painted longest ago makes room."""

REFUSED_KEPT: Final = 1_000
"""Pictures that could not be shown and are not asked for again."""

OWN: Final = ""
"""Stands for oneself among names; nobody is called so."""


class Portraits(QObject):
    """Gives profile pictures to whoever paints.

    Args:
        bridge: The way to the client.
    """

    changed = Signal()
    """Somebody is to be painted anew."""

    def __init__(self, bridge: QtBridge) -> None:
        super().__init__()
        self._bridge = bridge
        self._shown: dict[str, bytes] = {}
        self._pixmaps: OrderedDict[bytes, QPixmap] = OrderedDict()
        self._asking: set[bytes] = set()
        self._refused: OrderedDict[bytes, None] = OrderedDict()

    def follow(self, conversations: Iterable[ConversationView], own: bytes | None) -> None:
        """Take over who shows which picture now, and which groups have one."""
        conversations = tuple(conversations)
        contacts = (each.contact for each in conversations if each.contact is not None)
        shown = {contact.name: contact.picture for contact in contacts if contact.picture is not None}
        shown |= {each.label: each.picture for each in conversations if each.picture is not None}
        if own is not None:
            shown[OWN] = own
        if shown != self._shown:
            self._shown = shown
            self.changed.emit()

    def of(self, name: str) -> QPixmap | None:
        """Give somebody's picture; where it is still to come, it is asked for, and `changed` tells of it."""
        digest = self._shown.get(name)
        if digest is None:
            return None
        known = self._pixmaps.get(digest)
        if known is not None:
            self._pixmaps.move_to_end(digest)
            return known
        if digest not in self._asking and digest not in self._refused and self._bridge.is_open:
            self._asking.add(digest)
            whose = None if name == OWN else name
            ask = c.GetProfilePicture(whose, SIDE)
            self._bridge.request(ask, partial(self._came, digest), partial(self._failed, digest))
        return None

    def forget(self) -> None:
        """Forget the people of a profile that was left."""
        self._shown = {}
        self._pixmaps.clear()
        self._refused.clear()
        self._asking.clear()
        self.changed.emit()

    def _came(self, digest: bytes, picture: ProfilePictureView) -> None:
        if digest not in self._asking:
            return
        self._asking.discard(digest)
        raw = QImage(picture.pixels, picture.width, picture.height, 4 * picture.width, QImage.Format.Format_RGBA8888)
        self._pixmaps[digest] = QPixmap.fromImage(raw.copy())
        while len(self._pixmaps) > KEPT:
            self._pixmaps.popitem(last=False)
        self.changed.emit()

    def _failed(self, digest: bytes, _: BabiluError) -> None:
        self._asking.discard(digest)
        self._refused[digest] = None
        while len(self._refused) > REFUSED_KEPT:
            self._refused.popitem(last=False)
