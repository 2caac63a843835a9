"""The wallpaper behind messages: small stars and bubbles, hardly to be seen."""

import math
from typing import Final

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPixmap
from PySide6.QtWidgets import QWidget

from babilu.desktop.theme.theme import Theme

TILE: Final = 168


def pattern(theme: Theme, widget: QWidget) -> QPixmap:
    """Draw the tile that is repeated."""
    ratio = widget.devicePixelRatioF()
    tile = QPixmap(round(TILE * ratio), round(TILE * ratio))
    tile.setDevicePixelRatio(ratio)
    tile.fill(QColor(theme.colours.canvas))
    painter = QPainter(tile)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.colours.pattern))
    for x, y, size, turn in ((30, 34, 10, 12), (134, 30, 6, 40), (88, 92, 8, -14), (150, 132, 9, 24), (24, 130, 6, 55)):
        painter.save()
        painter.translate(x, y)
        painter.rotate(turn)
        painter.drawPath(_star(size))
        painter.restore()
    for x, y, width in ((74, 26, 22), (16, 80, 18), (74, 138, 24), (132, 78, 20)):
        painter.drawPath(_speech(x, y, width))
    painter.end()
    return tile


def _star(size: float) -> QPainterPath:
    path = QPainterPath()
    for corner in range(10):
        radius = size if corner % 2 == 0 else size * 0.42
        angle = math.radians(corner * 36 - 90)
        point = QPointF(radius * math.cos(angle), radius * math.sin(angle))
        if corner == 0:
            path.moveTo(point)
        else:
            path.lineTo(point)
    path.closeSubpath()
    return path


def _speech(x: float, y: float, width: float) -> QPainterPath:
    height = width * 0.72
    path = QPainterPath()
    path.addRoundedRect(x, y, width, height, height * 0.42, height * 0.42)
    tail = QPainterPath(QPointF(x + width * 0.12, y + height * 0.5))
    tail.lineTo(x + width * 0.04, y + height * 1.22)
    tail.lineTo(x + width * 0.5, y + height * 0.9)
    tail.closeSubpath()
    return path.united(tail)
