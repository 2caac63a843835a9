"""Paints the photos of the manual's pictures: landscapes that nobody took, each by its number."""

import math
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any, Final, cast

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QLinearGradient, QPainter, QPolygonF, QRadialGradient
from typing_extensions import override

from babilu.api import commands as c
from babilu.api.views import Address, FileView, PictureView, PreviewView
from babilu.bot.fake_client import FakeClient
from babilu.kernel.ids import MessageId
from babilu.kernel.limits import PREVIEW_SIDE
from babilu.kernel.states import FileState

SKIES: Final = (
    ("#27406f", "#f2a65a", "#ffe2b0", ("#5d4a66", "#3c3350", "#1f2036")),
    ("#4aa3df", "#cfeaf7", "#ffffff", ("#7ba98b", "#4c8463", "#2a5a44")),
    ("#0d1b33", "#34507a", "#e8ecff", ("#22334d", "#182539", "#0d1524")),
    ("#e9724c", "#ffc857", "#fff3d0", ("#c5283d", "#7d1d3f", "#481d24")),
    ("#7fb7be", "#f3e9d2", "#ffffff", ("#c6a98a", "#8f7257", "#5a4636")),
)
"""Of each landscape: sky above and at the horizon, sun, and hills from far to near."""


def painted(number: int, width: int, height: int) -> QImage:
    """Paint a landscape."""
    high, low, sun, hills = SKIES[number % len(SKIES)]
    image = QImage(width, height, QImage.Format.Format_RGBA8888)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    sky = QLinearGradient(0, 0, 0, height * 0.7)
    sky.setColorAt(0, QColor(high))
    sky.setColorAt(1, QColor(low))
    painter.fillRect(QRectF(0, 0, width, height), sky)
    centre = QPointF(width * (0.25 + 0.13 * (number % 5)), height * (0.3 + 0.07 * (number % 3)))
    size = min(width, height)
    glow = QRadialGradient(centre, size * 0.45)
    glow.setColorAt(0, QColor(sun))
    glow.setColorAt(0.22, QColor(sun))
    faint = QColor(sun)
    faint.setAlpha(70)
    glow.setColorAt(0.24, faint)
    faint.setAlpha(0)
    glow.setColorAt(1, faint)
    painter.fillRect(QRectF(0, 0, width, height), glow)
    painter.setPen(Qt.PenStyle.NoPen)
    for layer, colour in enumerate(hills):
        painter.setBrush(QColor(colour))
        painter.drawPolygon(_ridge(number, layer, width, height))
    painter.end()
    return image


def _ridge(number: int, layer: int, width: int, height: int) -> QPolygonF:
    base = height * (0.55 + 0.13 * layer)
    swing = height * (0.16 - 0.035 * layer)
    points = [QPointF(0, height)]
    for step in range(65):
        x = step / 64
        wave = math.sin(6.1 * x * (1 + layer * 0.6) + number * 1.7 + layer * 2.3)
        wave += 0.45 * math.sin(17 * x + number * 3.1 + layer) + 0.16 * math.sin(47 * x + number * layer)
        points.append(QPointF(x * width, base - swing * wave * 0.62))
    points.append(QPointF(width, height))
    return QPolygonF(points)


def photo(number: int, width: int, height: int, state: FileState) -> FileView:
    """Give a file that is such a landscape, with its preview."""
    scale = PREVIEW_SIDE / max(width, height)
    small = painted(number, max(1, round(width * scale)), max(1, round(height * scale)))
    pixels = small.convertToFormat(QImage.Format.Format_RGB888)
    rows = [bytes(cast(memoryview, pixels.constScanLine(row))[: 3 * pixels.width()]) for row in range(pixels.height())]
    preview = PreviewView(pixels.width(), pixels.height(), b"".join(rows))
    name, size = f"IMG_{4120 + number}.jpg", 1_600_000 + 70_000 * number
    done = size if state is FileState.HERE else 0
    return FileView(0, name, size, "image/jpeg", state, done, width=width, height=height, preview=preview)


class Landscapes(FakeClient):
    """A client in memory to whom others send landscapes, and who paints them as large as one likes."""

    def __init__(self, name: str, relay: Address, accounts: Sequence[str], now: Callable[[], int]) -> None:
        super().__init__(name, relay, accounts=accounts, now=now)
        self._paintings: dict[tuple[MessageId, int], tuple[int, tuple[int, int]]] = {}

    @override
    def request(self, command: c.Command[Any]) -> "Future[Any]":
        if not isinstance(command, c.GetPicture) or (command.message, command.index) not in self._paintings:
            return super().request(command)
        number, (width, height) = self._paintings[command.message, command.index]
        scale = min(1.0, command.side / max(width, height))
        image = painted(number, max(1, round(width * scale)), max(1, round(height * scale)))
        future: Future[Any] = Future()
        future.set_result(
            PictureView(command.message, command.index, image.width(), image.height(), bytes(image.constBits()))
        )
        return future

    def send_photos(
        self, sender: str, text: str, sides: Sequence[tuple[int, int]], first: int = 0, *, here: bool = False
    ) -> MessageId:
        """Let somebody send landscapes of such widths and heights; gives the message."""
        state = FileState.HERE if here else FileState.OFFERED
        files = tuple(photo(first + at, *each, state) for at, each in enumerate(sides))
        message = self.receive(sender, text, files=files).id
        for at, each in enumerate(sides):
            self._paintings[message, at] = (first + at, each)
        return message
