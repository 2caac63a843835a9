"""A person is the picture that they show of themselves, or a coloured disc with initials: its colour never changes.

A group is a square with round corners, so that nobody takes one for a person. Notes to oneself have a sign of their own
in the disc.
"""

from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from babilu.api.views import NOTES_LABEL
from babilu.desktop.plain_text import initials
from babilu.desktop.theme.theme import Theme
from babilu.presentation.group_model import is_group_label
from babilu.presentation.person_hues import hue_of

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
"""Gradients on whose darker ends and middles white letters can be read, one for each hue of people."""


NOTE_SHARE: Final = 0.56
"""Share of the disc that the sign of notes to oneself takes."""

CORNER: Final = 0.3
"""Radius of the corners of a group, as a share of its side."""


def disc_of(name: str) -> tuple[str, str]:
    """Choose the colours of a name."""
    return DISCS[hue_of(name)]


def paint_avatar(
    painter: QPainter, box: QRectF, name: str, theme: Theme, whose: str | None = None, title: str = ""
) -> None:
    """Paint the picture that somebody shows of themselves, or else the disc of a name.

    Args:
        painter: Paints.
        box: Where.
        name: What the disc is of.
        theme: Fonts, colours, and who shows a picture.
        whose: Whose picture it is, where that is not who has the name: `babilu.desktop.models.portraits.OWN`.
        title: Of a group, whose label is the name: what it is called.
    """
    picture = None if theme.portraits is None else theme.portraits.of(name if whose is None else whose)
    if picture is not None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setClipPath(_shape(box, name))
        painter.drawPixmap(box, picture, QRectF(picture.rect()))
        painter.restore()
        return
    top, bottom = disc_of(name)
    gradient = QLinearGradient(box.topLeft(), QPointF(box.left(), box.bottom()))
    gradient.setColorAt(0, QColor(top))
    gradient.setColorAt(1, QColor(bottom))
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(gradient)
    painter.drawPath(_shape(box, name))
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
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, initials(title or name))
    painter.restore()


def _shape(box: QRectF, name: str) -> QPainterPath:
    path = QPainterPath()
    if is_group_label(name):
        path.addRoundedRect(box, box.width() * CORNER, box.height() * CORNER)
    else:
        path.addEllipse(box)
    return path


class Avatar(QWidget):
    """The disc of one person."""

    def __init__(self, theme: Theme, size: int) -> None:
        super().__init__()
        self._theme = theme
        self._name = ""
        self._title = ""
        self._whose: str | None = None
        self._side = size
        self._resize()
        theme.changed.connect(self._resize)
        theme.portraits_changed.connect(self.update)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def _resize(self) -> None:
        side = self._theme.scaled(self._side)
        self.setFixedSize(side, side)

    def show_name(self, name: str, whose: str | None = None, title: str = "") -> None:
        """Show the picture or the disc of a name; ``whose`` and ``title`` as in `paint_avatar`."""
        self._name, self._whose, self._title = name, whose, title
        self.update()

    @override
    def sizeHint(self) -> QSize:
        return self.size()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_avatar(painter, QRectF(self.rect()), self._name, self._theme, self._whose, self._title)
        painter.end()
