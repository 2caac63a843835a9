"""Moving pictures without what they say besides what they show: the frames are kept bit for bit, all else goes.

Making each frame anew would blur it, and for a GIF picture make it larger. So the parts that a moving picture is made
of are listed, and only those are written again.
"""

import zlib
from typing import Final

from babilu.media.colour_profiles import colours_of, unpacked
from babilu.media.details import (
    GIF_CONTROL,
    GIF_CONTROL_BYTES,
    PNG_PARTS,
    PNG_SIGNATURE,
    WEBP_PARTS,
    gif_blocks,
    gif_header,
    is_loop,
    png_chunks,
    riff_chunks,
    webp_chunks,
)
from babilu.media.formats import PictureFormat

_GIF_IMAGE: Final = 0x2C

_PNG_KEPT: Final = frozenset(b"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP cICP acTL fcTL fdAT".split())

_WEBP_KEPT: Final = frozenset({b"VP8X", b"ANIM", b"ANMF", b"ICCP"})
_WEBP_FRAME_KEPT: Final = frozenset({b"ALPH", b"VP8 ", b"VP8L"})
_WEBP_EXIF_OR_XMP: Final = 0x0C
_WEBP_PROFILE: Final = 0x20
_WEBP_FRAME_HEADER: Final = 16


def stripped(kind: PictureFormat, body: bytes) -> bytes:
    """Write a moving picture again with its frames, their times and its colours alone.

    Raises:
        ValueError: It is cut off, or of a format that does not move.
        IndexError: The same.
    """
    match kind:
        case PictureFormat.GIF:
            return _gif(body)
        case PictureFormat.PNG:
            return _png(body)
        case PictureFormat.WEBP:
            return _webp(body)
        case _:
            raise ValueError("it does not move")


def _gif(body: bytes) -> bytes:
    kept = [gif_header(body)]
    for kind, label, block in gif_blocks(body):
        is_control = label == GIF_CONTROL and len(block) == GIF_CONTROL_BYTES
        if kind == _GIF_IMAGE or is_control or is_loop(label, block):
            kept.append(block)
    return b"".join([*kept, b"\x3b"])


def _png(body: bytes) -> bytes:
    kept = [PNG_SIGNATURE]
    for name, part in png_chunks(body):
        plain = _png_profile(part) if name == b"iCCP" else part
        if name in _PNG_KEPT and plain is not None:
            _check_length(plain, PNG_PARTS[name])
            kept.append(len(plain).to_bytes(4, "big") + name + plain + zlib.crc32(name + plain).to_bytes(4, "big"))
    return b"".join(kept)


def _png_profile(part: bytes) -> bytes | None:
    """Write the chunk of a colour profile again: its name says something too."""
    colours = colours_of(unpacked(part))
    return None if colours is None else b"colours\0\0" + zlib.compress(colours)


def _webp(body: bytes) -> bytes:
    kept = bytearray()
    profile = next((part for name, part in webp_chunks(body) if name == b"ICCP"), None)
    colours = None if profile is None else colours_of(profile)
    gone = _WEBP_EXIF_OR_XMP | (_WEBP_PROFILE if colours is None else 0)
    for name, part in webp_chunks(body):
        if name not in _WEBP_KEPT:
            continue
        _check_length(part, WEBP_PARTS[name])
        if name == b"VP8X":
            kept += _riff(name, bytes([part[0] & ~gone]) + part[1:10])
        elif name == b"ICCP":
            kept += b"" if colours is None else _riff(name, colours)
        elif name == b"ANMF":
            frame = b"".join(
                _riff(inner, each) for inner, each in riff_chunks(part, _WEBP_FRAME_HEADER) if inner in _WEBP_FRAME_KEPT
            )
            kept += _riff(name, part[:_WEBP_FRAME_HEADER] + frame)
        else:
            kept += _riff(name, part)
    return _riff(b"RIFF", b"WEBP" + kept)


def _check_length(part: bytes, most: int) -> None:
    if len(part) > most:
        raise ValueError("a part is longer than it can be")


def _riff(name: bytes, part: bytes) -> bytes:
    return name + len(part).to_bytes(4, "little") + part + b"\0" * (len(part) % 2)
