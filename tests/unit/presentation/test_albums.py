"""Places of pictures follow from their proportions alone, and stay within their room whatever a sender claims."""

from itertools import combinations

import pytest

from babilu.kernel.limits import FILES_OF_MESSAGE, PICTURE_SIDE
from babilu.presentation.albums import Album, AlbumSize, Tile, arranged

ROOM = AlbumSize(width=400, height=360, least=150, gap=3)
PHOTO, UPRIGHT, BANNER, SPECK = (1600, 1200), (900, 1600), (PICTURE_SIDE, 1), (1, 1)


def shapes(album: Album) -> list[float]:
    return [round(tile.width / tile.height, 2) for tile in album.tiles]


def overlap(one: Tile, other: Tile) -> bool:
    beside = one.left + one.width <= other.left + 0.01 or other.left + other.width <= one.left + 0.01
    above = one.top + one.height <= other.top + 0.01 or other.top + other.height <= one.top + 0.01
    return not (beside or above)


@pytest.mark.parametrize(("sides", "shown"), [(PHOTO, (400, 300)), (UPRIGHT, (202.5, 360)), ((300, 200), (300, 200))])
def test_a_picture_alone_keeps_its_proportions_and_is_not_blown_up(
    sides: tuple[int, int], shown: tuple[float, float]
) -> None:
    album = arranged([sides], ROOM)
    assert (album.width, album.height) == pytest.approx(shown)
    assert album.tiles == (Tile(0, 0, album.width, album.height),)


@pytest.mark.parametrize("sides", [BANNER, BANNER[::-1], SPECK, (PICTURE_SIDE, PICTURE_SIDE)])
def test_a_picture_alone_has_room_for_words_and_no_more_than_there_is(sides: tuple[int, int]) -> None:
    album = arranged([sides], ROOM)
    assert ROOM.least <= album.width <= ROOM.width
    assert ROOM.least <= album.height <= ROOM.height


@pytest.mark.parametrize("count", range(2, FILES_OF_MESSAGE + 1))
@pytest.mark.parametrize("every", [PHOTO, UPRIGHT, BANNER, BANNER[::-1], SPECK])
def test_an_album_fills_its_width_without_overlaps(count: int, every: tuple[int, int]) -> None:
    album = arranged([PHOTO, *[every] * (count - 1)], ROOM)
    assert len(album.tiles) == count
    assert album.height <= 3 * ROOM.width
    for tile in album.tiles:
        assert tile.left >= 0
        assert tile.left + tile.width <= ROOM.width + 0.01
        assert tile.top >= 0
        assert tile.top + tile.height <= album.height + 0.01
        assert tile.width > 30
        assert tile.height > 30
    assert not any(overlap(one, other) for one, other in combinations(album.tiles, 2))
    for top in {tile.top for tile in album.tiles}:
        row = [tile for tile in album.tiles if tile.top == top]
        assert max(tile.left + tile.width for tile in row) == pytest.approx(ROOM.width)
        assert len({tile.height for tile in row}) == 1


def test_pictures_of_a_row_keep_their_proportions() -> None:
    album = arranged([PHOTO, UPRIGHT], ROOM)
    assert shapes(album)[0] == pytest.approx(4 / 3, abs=0.01)
    assert shapes(album)[1] == pytest.approx(0.6, abs=0.01)


def test_more_pictures_than_a_message_has_are_arranged_too() -> None:
    album = arranged([PHOTO] * 13, ROOM)
    assert len(album.tiles) == 13
    assert not any(overlap(one, other) for one, other in combinations(album.tiles, 2))
