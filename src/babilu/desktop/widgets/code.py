"""A QR code on the screen, for the camera of another device."""

from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from babilu.desktop.theme.theme import Theme

CODE: Final = 196
MODULE: Final = 3
"""Least side of a square of the code: a camera before a screen does not tell smaller ones apart."""

QUIET: Final = 12
"""Room around the code: four of the smallest squares, as readers want it (ISO/IEC 18004)."""


class Code(QWidget):
    """A QR code, dark on white whatever the theme, because cameras need it so."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._rows: tuple[tuple[int, ...], ...] = ()
        self._resize()
        theme.changed.connect(self._resize)

    def _resize(self) -> None:
        side = max(self._theme.scaled(CODE), MODULE * len(self._rows) + 2 * QUIET)
        self.setFixedSize(side, side)

    def encode(self, payload: bytes) -> None:
        """Show some bytes."""
        import segno  # takes longer to load than the first page does to paint

        made = segno.make(payload, mode="byte", error="m", micro=False)
        self._rows = tuple(tuple(line) for line in made.matrix)
        self._resize()
        self.update()

    @override
    def sizeHint(self) -> QSize:
        return self.size()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor("#ffffff"))
        painter.drawRoundedRect(self.rect(), 12, 12)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        size = (self.width() - 2 * QUIET) // max(1, len(self._rows))
        start = (self.width() - size * len(self._rows)) / 2
        for y, line in enumerate(self._rows):
            for x, dark in enumerate(line):
                if dark:
                    painter.fillRect(QRectF(start + x * size, start + y * size, size, size), QColor("#0b1f18"))
        painter.end()
