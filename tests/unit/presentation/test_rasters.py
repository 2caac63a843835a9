"""Few pixels stand for many by their averages, in the proportions of the picture."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from babilu.api.views import PictureView, PreviewView
from babilu.kernel.ids import MessageId
from babilu.presentation.rasters import Raster, fitted, flattened, raster_of, scaled

RED, GREEN, BLUE, WHITE = b"\xff\x00\x00", b"\x00\xff\x00", b"\x00\x00\xff", b"\xff\xff\xff"


def test_a_smaller_raster_has_averages_and_a_larger_one_repeats() -> None:
    raster = Raster(4, 2, RED + RED + BLUE + WHITE + RED + RED + BLUE + WHITE)
    small = scaled(raster, 2, 1)
    assert (small.colour(0, 0), small.colour(1, 0)) == ((255, 0, 0), (127, 127, 255))
    large = scaled(Raster(2, 1, RED + BLUE), 4, 2)
    assert large.pixels == (RED + RED + BLUE + BLUE) * 2
    assert scaled(raster, 4, 2) == raster


@pytest.mark.parametrize(
    ("size", "room", "fit"),
    [
        ((32, 24), (30, 18), (24, 18)),
        ((24, 32), (30, 18), (14, 18)),
        ((32, 1), (30, 18), (30, 1)),
        ((1, 32), (30, 18), (1, 18)),
        ((8, 8), (30, 18), (18, 18)),
    ],
)
def test_a_picture_fits_into_a_room_in_its_proportions(
    size: tuple[int, int], room: tuple[int, int], fit: tuple[int, int]
) -> None:
    assert fitted(*size, *room) == fit


@given(st.integers(0, 40), st.integers(0, 40), st.binary(max_size=4_000))
def test_whatever_preview_comes_it_can_be_drawn(width: int, height: int, pixels: bytes) -> None:
    raster = raster_of(PreviewView(width, height, pixels))
    small = scaled(raster, *fitted(raster.width, raster.height, 32, 18))
    assert len(small.pixels) == 3 * small.width * small.height


def test_what_is_transparent_shows_the_background() -> None:
    pixels = RED + b"\xff" + RED + b"\x00" + WHITE + b"\x80"
    flat = flattened(PictureView(MessageId(bytes(16)), 0, 3, 1, pixels), (0, 255, 0))
    assert flat.colour(0, 0) == (255, 0, 0)
    assert flat.colour(1, 0) == (0, 255, 0)
    assert flat.colour(2, 0) == (128, 255, 128)
    opaque = flattened(PictureView(MessageId(bytes(16)), 0, 1, 2, RED + b"\xff" + BLUE + b"\xff"), (9, 9, 9))
    assert opaque == Raster(1, 2, RED + BLUE)
