"""Two pixels stand in a cell, one above the other: a picture in any terminal that has colours.

What is kept of a picture is where its pixels are; cells are made of them only when their line is drawn.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from rich.color import Color
from rich.segment import Segment
from rich.style import Style

from babilu.presentation.rasters import Colour, Raster, fitted, scaled

HALF: Final = "▀"
KEPT_ROWS: Final = 256
KEPT_RASTERS: Final = 64
KEPT_STYLES: Final = 4_096


@dataclass(frozen=True, slots=True)
class PixelRow:
    """One line of cells of a picture.

    Attributes:
        raster: The picture.
        width: Cells of the line.
        height: Pixels in all lines: twice as many as there are lines.
        line: Which line, from 0.
    """

    raster: Raster
    width: int
    height: int
    line: int


def pixel_rows(raster: Raster, cells: int, lines: int) -> tuple[PixelRow, ...]:
    """Fit a picture into so many cells and lines at most, in its proportions."""
    width, height = fitted(raster.width, raster.height, cells, 2 * lines)
    height = max(2, height - height % 2)
    return tuple(PixelRow(raster, width, height, line) for line in range(height // 2))


@lru_cache(KEPT_ROWS)
def segments_of(row: PixelRow) -> tuple[Segment, ...]:
    """Make the cells of a line."""
    small = _small(row.raster, row.width, row.height)
    upper, lower = 2 * row.line, 2 * row.line + 1
    return tuple(
        Segment(HALF, _style(small.colour(column, upper), small.colour(column, lower))) for column in range(row.width)
    )


@lru_cache(KEPT_RASTERS)
def _small(raster: Raster, width: int, height: int) -> Raster:
    return raster if (width, height) == (raster.width, raster.height) else scaled(raster, width, height)


@lru_cache(KEPT_STYLES)
def _style(upper: Colour, lower: Colour) -> Style:
    return Style(color=Color.from_rgb(*upper), bgcolor=Color.from_rgb(*lower))
