"""Paints what a conversation has besides words: pictures as tiles of a grid, all else as two lines behind a sign."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem
from typing_extensions import override

from babilu.api.views import PreviewView
from babilu.desktop.models.picture_shelf import preview_image
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.search_sheet import ListIndex

TILE: Final = 112
"""Side of a picture in the grid."""

ROW: Final = 56
SIGN: Final = 22
KEPT: Final = 256
"""Drawn previews that are kept; the oldest makes room."""

MIDDLE = Qt.TextElideMode.ElideMiddle


class MediaRow:
    """What is drawn of one item.

    Args:
        title: Its first line.
        about: Its second line.
        icon: Name of its sign.
        preview: Of a picture: what is drawn in its place.
        sides: Of a picture: its width and height in pixels, where they are known.
    """

    __slots__ = ("about", "icon", "preview", "sides", "title")

    def __init__(
        self, title: str, about: str, icon: str, preview: PreviewView | None, sides: tuple[int, int] | None
    ) -> None:
        self.title = title
        self.about = about
        self.icon = icon
        self.preview = preview
        self.sides = sides


class MediaDelegate(QStyledItemDelegate):
    """Paints rows and tiles.

    Args:
        theme: Fonts and colours.
        row: Gives what is drawn of an item, by its number.

    Attributes:
        tiles: Whether they are tiles of a grid.
    """

    def __init__(self, theme: Theme, row: Callable[[int], MediaRow]) -> None:
        super().__init__()
        self._theme = theme
        self._row = row
        self._drawn: dict[tuple[PreviewView, int], QPixmap] = {}
        self.tiles = True

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: ListIndex) -> QSize:
        side = self._theme.scaled(TILE)
        return QSize(side, side) if self.tiles else QSize(100, self._theme.scaled(ROW))

    @override
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: ListIndex) -> None:
        row, area, state = self._row(index.row()), QRectF(option.rect), option.state
        selected = bool(state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if self.tiles:
            self._paint_tile(painter, area.adjusted(3, 3, -3, -3), row, selected=selected)
        else:
            self._paint_row(painter, area.adjusted(0, 1, 0, -1), row, selected=selected)
        painter.restore()

    def _paint_tile(self, painter: QPainter, area: QRectF, row: MediaRow, *, selected: bool) -> None:
        colours = self._theme.colours
        shape = QPainterPath()
        shape.addRoundedRect(area, m.RADIUS_ROW, m.RADIUS_ROW)
        if row.preview is not None:
            painter.save()
            painter.setClipPath(shape)
            painter.drawPixmap(area, self._cropped(row.preview, row.sides, int(area.width())), QRectF())
            painter.restore()
        else:
            painter.fillPath(shape, QColor(colours.field))
            side = self._theme.scaled(SIGN)
            sign = self._theme.pixmap(row.icon, colours.muted, side)
            painter.drawPixmap(area.center() - QRectF(0, 0, side, 1.6 * side).center(), sign)
            painter.setFont(self._theme.fonts.tiny)
            painter.setPen(QColor(colours.muted))
            line = area.adjusted(m.TINY, 0, -m.TINY, -m.TINY)
            self._write(painter, line, row.title, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom)
        if selected:
            pen = painter.pen()
            pen.setColor(QColor(colours.accent))
            pen.setWidthF(3)
            painter.strokePath(shape, pen)

    def _paint_row(self, painter: QPainter, area: QRectF, row: MediaRow, *, selected: bool) -> None:
        colours, fonts = self._theme.colours, self._theme.fonts
        if selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.selected))
            painter.drawRoundedRect(area, m.RADIUS_ROW, m.RADIUS_ROW)
        side = self._theme.scaled(SIGN)
        sign = self._theme.pixmap(row.icon, colours.muted, side)
        painter.drawPixmap(int(area.left() + m.MEDIUM), int(area.center().y() - side / 2), sign)
        text = area.adjusted(2 * m.MEDIUM + side, m.TINY, -m.MEDIUM, -m.TINY)
        half = text.height() / 2
        painter.setFont(fonts.strong)
        painter.setPen(QColor(colours.text))
        self._write(painter, text.adjusted(0, 0, 0, -half), row.title, Qt.AlignmentFlag.AlignVCenter)
        painter.setFont(fonts.small)
        painter.setPen(QColor(colours.muted))
        self._write(painter, text.adjusted(0, half, 0, 0), row.about, Qt.AlignmentFlag.AlignVCenter)

    def _write(self, painter: QPainter, area: QRectF, text: str, place: Qt.AlignmentFlag) -> None:
        """Write one line; of a long one the middle is left out, for its end says what it is."""
        short = QFontMetricsF(painter.font()).elidedText(text, MIDDLE, area.width())
        painter.drawText(area, place | Qt.TextFlag.TextSingleLine, short)

    def _cropped(self, preview: PreviewView, sides: tuple[int, int] | None, side: int) -> QPixmap:
        """Draw the middle of a preview, in the picture's own proportions, into a square."""
        known = self._drawn.get((preview, side))
        if known is not None:
            return known
        width, height = sides or (preview.width, preview.height)
        least = min(width, height)
        size = QSize(max(side, side * width // least), max(side, side * height // least))
        size = size.boundedTo(QSize(4 * side, 4 * side))
        ignore, smooth = Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
        image = preview_image(preview).scaled(size, ignore, smooth)
        middle = image.copy((size.width() - side) // 2, (size.height() - side) // 2, side, side)
        while len(self._drawn) >= KEPT:
            del self._drawn[next(iter(self._drawn))]
        drawn = self._drawn[preview, side] = QPixmap.fromImage(middle)
        return drawn
