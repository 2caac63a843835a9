"""A small picture beside words: its preview, in the middle of a square with round corners."""

from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from babilu.api.views import PreviewView
from babilu.desktop.models.picture_shelf import preview_image
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.picture_tiles import covering

SIDE: Final = 36


class Thumbnail(QWidget):
    """Shows a preview; without one it takes no room.

    Args:
        theme: Says how large it is.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._image: QImage | None = None
        theme.changed.connect(self._resize)
        self._resize()
        self.hide()

    def show_preview(self, preview: PreviewView | None) -> None:
        """Show a preview, or nothing."""
        self._image = None if preview is None else preview_image(preview)
        self.setVisible(self._image is not None)
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        if self._image is None:
            return
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(covering(self._image, QRectF(self.rect())))
        painter.drawRoundedRect(QRectF(self.rect()), m.RADIUS_BUBBLE_INNER, m.RADIUS_BUBBLE_INNER)
        painter.end()

    def _resize(self) -> None:
        side = self._theme.scaled(SIDE)
        self.setFixedSize(QSize(side, side))
