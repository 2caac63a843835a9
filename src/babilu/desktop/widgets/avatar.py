"""A person without a picture is a coloured disc with initials; the colour comes from the name and never changes.

Notes to oneself have a sign of their own in its place.
"""

import hashlib
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from babilu.api.views import NOTES_LABEL
from babilu.desktop.plain_text import initials
from babilu.desktop.theme.theme import Theme

DISCS: Final = (
    ("#e0603f", "#b23a1f"),
    ("#c07a10", "#8f5600"),
    ("#3f9a3c", "#256f2a"),
    ("#159a8c", "#056b66"),
    ("#2f8fd6", "#145fa6"),
    ("#6a76dc", "#4047a8"),
    ("#a262d0", "#74389f"),
    ("#d2578f", "#a02c66"),
)
"""Gradients on whose darker ends and middles white letters can be read."""


NOTE_SHARE: Final = 0.56
"""Share of the disc that the sign of notes to oneself takes."""


def disc_of(name: str) -> tuple[str, str]:
    """Choose the colours of a name."""
    digest = hashlib.sha256(name.casefold().encode("utf-8", "replace")).digest()
    return DISCS[digest[0] % len(DISCS)]


def paint_avatar(painter: QPainter, box: QRectF, name: str, theme: Theme) -> None:
    """Paint the disc of a name."""
    top, bottom = disc_of(name)
    gradient = QLinearGradient(box.topLeft(), QPointF(box.left(), box.bottom()))
    gradient.setColorAt(0, QColor(top))
    gradient.setColorAt(1, QColor(bottom))
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(gradient)
    painter.drawEllipse(box)
    if name == NOTES_LABEL:
        side = round(box.height() * NOTE_SHARE)
        corner = QPointF(box.center().x() - side / 2, box.center().y() - side / 2)
        painter.drawPixmap(corner, theme.pixmap("note", "#ffffff", side))
        painter.restore()
        return
    font = theme.fonts.strong
    letters = font.__class__(font)
    letters.setPixelSize(max(9, round(box.height() * 0.38)))
    painter.setFont(letters)
    painter.setPen(QColor("#ffffff"))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, initials(name))
    painter.restore()


class Avatar(QWidget):
    """The disc of one person."""

    def __init__(self, theme: Theme, size: int) -> None:
        super().__init__()
        self._theme = theme
        self._name = ""
        self._side = size
        self._resize()
        theme.changed.connect(self._resize)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def _resize(self) -> None:
        side = self._theme.scaled(self._side)
        self.setFixedSize(side, side)

    def show_name(self, name: str) -> None:
        """Show the disc of a name."""
        self._name = name
        self.update()

    @override
    def sizeHint(self) -> QSize:
        return self.size()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_avatar(painter, QRectF(self.rect()), self._name, self._theme)
        painter.end()
