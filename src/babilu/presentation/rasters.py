"""Raw pixels for faces that draw few of them: fitted into a room, made smaller by averages, laid on a background."""

from dataclasses import dataclass

from babilu.api.views import PictureView, PreviewView, ProfilePictureView
from babilu.presentation.pictures import is_whole

Colour = tuple[int, int, int]
"""Red, green and blue, 0 to 255 each."""


@dataclass(frozen=True, slots=True)
class Raster:
    """Pixels, three bytes each, row by row.

    Attributes:
        width: Pixels of a row.
        height: Rows.
        pixels: Red, green and blue of each.
    """

    width: int
    height: int
    pixels: bytes

    def colour(self, column: int, row: int) -> Colour:
        """Give the colour of a pixel."""
        start = 3 * (row * self.width + column)
        red, green, blue = self.pixels[start : start + 3]
        return red, green, blue


def raster_of(preview: PreviewView) -> Raster:
    """Give the pixels of a preview; of one that they do not fill, a black one."""
    if not is_whole(preview):
        return Raster(1, 1, bytes(3))
    return Raster(preview.width, preview.height, preview.pixels)


def flattened(picture: PictureView | ProfilePictureView, behind: Colour) -> Raster:
    """Lay a picture, parts of which may be transparent, on a background."""
    channels = [picture.pixels[channel::4] for channel in range(4)]
    opacities = channels[3]
    if opacities.count(255) != len(opacities):
        channels[:3] = [
            bytes(
                (value * opacity + back * (255 - opacity)) // 255
                for value, opacity in zip(channel, opacities, strict=True)
            )
            for channel, back in zip(channels[:3], behind, strict=True)
        ]
    pixels = bytearray(3 * picture.width * picture.height)
    for channel in range(3):
        pixels[channel::3] = channels[channel]
    return Raster(picture.width, picture.height, bytes(pixels))


def fitted(width: int, height: int, most_width: int, most_height: int) -> tuple[int, int]:
    """Give the largest size of the same proportions that fits into a room; never less than one pixel."""
    if width * most_height >= height * most_width:
        return most_width, max(1, round(height * most_width / width))
    return max(1, round(width * most_height / height)), most_height


def scaled(raster: Raster, width: int, height: int) -> Raster:
    """Give a raster in another size; each pixel is the average of those that it stands for."""
    columns = [_span(column, width, raster.width) for column in range(width)]
    pixels = bytearray()
    for row in range(height):
        top, bottom = _span(row, height, raster.height)
        lines = [raster.pixels[3 * y * raster.width : 3 * (y + 1) * raster.width] for y in range(top, bottom)]
        for left, right in columns:
            count = (right - left) * len(lines)
            for channel in range(3):
                total = sum(sum(line[3 * left + channel : 3 * right : 3]) for line in lines)
                pixels.append(total // count)
    return Raster(width, height, bytes(pixels))


def _span(place: int, places: int, size: int) -> tuple[int, int]:
    """Give from where to where, of ``size`` pixels, one of so many places reaches; one at least."""
    start = place * size // places
    return start, max(start + 1, (place + 1) * size // places)
