"""Paints what a terminal shows: text with its escape sequences, cell by cell, as a PNG picture."""

import os
from pathlib import Path

from rich.ansi import AnsiDecoder
from rich.cells import get_character_cell_size
from rich.color import Color
from rich.console import Console
from rich.segment import Segment
from rich.style import Style

FONTS = ("DejaVu Sans Mono", "Noto Sans Mono", "Noto Sans Mono CJK SC", "Noto Color Emoji")
PIXELS = 18
MARGIN = 10
BEHIND = "#101816"
TEXT = "#e6efeb"


def cells(screen: str) -> list[list[tuple[str, Style]]]:
    """Give the characters of each line with their styles; what has no width belongs to the one before."""
    console = Console(color_system="truecolor", force_terminal=True, width=10_000)
    rows = []
    for text in AnsiDecoder().decode(screen):  # one decoder, because a style may go on in the next line
        row: list[tuple[str, Style]] = []
        for segment in text.render(console):
            _add(row, segment)
        rows.append(row)
    return rows


def _add(shown: list[tuple[str, Style]], segment: Segment) -> None:
    for character in segment.text.rstrip("\n"):
        if shown and get_character_cell_size(character) == 0:
            shown[-1] = (shown[-1][0] + character, shown[-1][1])
        else:
            shown.append((character, segment.style or Style()))


def paint(screen: str, target: Path) -> None:
    """Paint a screen, as `tmux capture-pane -e -p` gives it, into a picture."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtCore import QRectF, Qt
    from PySide6.QtGui import QColor, QFont, QFontMetricsF, QGuiApplication, QImage, QPainter

    application = QGuiApplication.instance() or QGuiApplication([])
    font = QFont(list(FONTS))
    font.setPixelSize(PIXELS)
    metrics = QFontMetricsF(font)
    wide, high = metrics.horizontalAdvance("m"), float(round(PIXELS * 1.32))
    rows = cells(screen.rstrip("\n"))
    columns = max(sum(max(1, get_character_cell_size(c[0])) for c, _ in row) for row in rows)
    image = QImage(int(columns * wide) + 2 * MARGIN, int(len(rows) * high) + 2 * MARGIN, QImage.Format.Format_RGB32)
    image.fill(QColor(BEHIND))
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
    for number, row in enumerate(rows):
        column = 0
        for character, style in row:
            size = max(1, get_character_cell_size(character[0]))
            place = QRectF(MARGIN + column * wide, MARGIN + number * high, size * wide, high)
            colour, behind = _hex(style.color, TEXT), _hex(style.bgcolor, BEHIND)
            if style.reverse:
                colour, behind = behind, colour
            painter.fillRect(place.adjusted(0, 0, 0.6, 0.6), QColor(behind))
            font.setBold(bool(style.bold))
            font.setUnderline(bool(style.underline))
            painter.setFont(font)
            painter.setPen(QColor(colour))
            painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, character)
            column += size
    painter.end()
    image.save(str(target))
    del application


def _hex(colour: Color | None, otherwise: str) -> str:
    if colour is None or colour.is_default:
        return otherwise
    return colour.get_truecolor().hex
