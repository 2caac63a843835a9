"""Writes a picture file of raw pixels: PNG, Portable Network Graphics (third edition), with nothing but its pixels."""

import struct
import zlib
from typing import Final

from babilu.api.views import PictureView

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
BIT_DEPTH: Final = 8
TRUE_COLOUR_WITH_ALPHA: Final = 6
QUICK: Final = 1
"""How much time is spent on making the file small: it is kept for minutes."""


def png_of(picture: PictureView) -> bytes:
    """Give a picture as a file."""
    row = 4 * picture.width
    # Each row begins with its filter, which is none.
    rows = b"".join(b"\x00" + picture.pixels[start : start + row] for start in range(0, row * picture.height, row))
    head = struct.pack(">IIBBBBB", picture.width, picture.height, BIT_DEPTH, TRUE_COLOUR_WITH_ALPHA, 0, 0, 0)
    return SIGNATURE + _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(rows, QUICK)) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
