"""Small pictures under a message: one by itself, several beside each other, each made of its preview."""

from collections.abc import Iterator, Sequence
from typing import Final

from babilu.api.views import MessageView
from babilu.presentation.pictures import pictures_of
from babilu.presentation.rasters import raster_of
from babilu.terminal.app.half_blocks import PixelRow, pixel_rows
from babilu.terminal.app.spans import Line, Span, pixel_span

CELLS: Final = 32
ALBUM_CELLS: Final = 15
ALBUM_LINES: Final = 5


def small_pictures(message: MessageView, room: int, lines: int) -> Iterator[Line]:
    """Draw the previews of a message's pictures in so many cells, each in at most so many lines; none in no lines."""
    previews = [file.preview for file in pictures_of(message) if file.preview is not None] if lines else []
    several = len(previews) > 1
    cells = min(room, ALBUM_CELLS if several else CELLS)
    most = min(lines, ALBUM_LINES) if several else lines
    row: list[tuple[PixelRow, ...]] = []
    used = 0
    for preview in previews:
        drawn = pixel_rows(raster_of(preview), cells, most)
        if row and used + 1 + drawn[0].width > room:
            yield from _beside(row)
            row, used = [], 0
        row.append(drawn)
        used += drawn[0].width + (1 if len(row) > 1 else 0)
    yield from _beside(row)


def _beside(row: Sequence[tuple[PixelRow, ...]]) -> Iterator[Line]:
    """Draw pictures beside each other; below a low one there is nothing."""
    for number in range(max(map(len, row), default=0)):
        line: list[Span] = []
        for drawn in row:
            if line:
                line.append(Span(" "))
            line.append(pixel_span(drawn[number]) if number < len(drawn) else Span(" " * drawn[0].width))
        yield tuple(line)
