"""Pictures of one message stand in rows of equal height; their places follow from proportions, before any pixel."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

ROWS: Final = ((), (1,), (2,), (1, 2), (2, 2), (2, 3), (3, 3), (2, 2, 3), (2, 3, 3), (3, 3, 3), (3, 3, 4))
"""How many pictures stand in each row, by how many there are; a message has ten files at most."""

NARROWEST: Final = 0.6
WIDEST: Final = 1.8
"""Proportions between which a picture of an album is shown whole; of a longer one the middle is seen."""

LOWEST_ROW: Final = 0.2
HIGHEST_ROW: Final = 0.75
"""Height of a row, as a share of the album's width."""


@dataclass(frozen=True, slots=True)
class Tile:
    """Place of a picture within its album."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Album:
    """Pictures of one message.

    Attributes:
        width: Width of all of it.
        height: Height of all of it.
        tiles: Place of each picture, in order.
    """

    width: float
    height: float
    tiles: tuple[Tile, ...]


@dataclass(frozen=True, slots=True)
class AlbumSize:
    """How large an album may be.

    Attributes:
        width: Most width.
        height: Most height of a picture that stands alone.
        least: Least side of a picture that stands alone: it has room for what is written on it.
        gap: Between two pictures.
    """

    width: float
    height: float
    least: float
    gap: float


def arranged(sizes: Sequence[tuple[int, int]], room: AlbumSize) -> Album:
    """Arrange pictures, given by width and height in pixels; whatever a sender claims, they stay within the room."""
    if len(sizes) == 1:
        width, height = alone(*sizes[0], room)
        return Album(width, height, (Tile(0, 0, width, height),))
    tiles: list[Tile] = []
    top, start = 0.0, 0
    for count in _rows(len(sizes)):
        proportions = [min(max(width / height, NARROWEST), WIDEST) for width, height in sizes[start : start + count]]
        free = room.width - room.gap * (count - 1)
        height = min(max(free / sum(proportions), room.width * LOWEST_ROW), room.width * HIGHEST_ROW)
        left = 0.0
        for proportion in proportions:
            width = free * proportion / sum(proportions)
            tiles.append(Tile(left, top, width, height))
            left += width + room.gap
        top += height + room.gap
        start += count
    return Album(room.width, max(0.0, top - room.gap), tuple(tiles))


def alone(width: int, height: int, room: AlbumSize) -> tuple[float, float]:
    """Give the size of a picture that stands alone: its own, as far as there is room; a small one is not blown up."""
    shrunk = min(1.0, room.width / width, room.height / height)
    wide = min(max(width * shrunk, room.least), room.width)
    return wide, min(max(height * wide / width, room.least), room.height)


def _rows(count: int) -> tuple[int, ...]:
    if count < len(ROWS):
        return ROWS[count]
    most = ROWS[-1][-1]
    return tuple(min(most, count - start) for start in range(0, count, most))
