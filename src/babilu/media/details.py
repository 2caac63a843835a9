"""What the bytes of a picture say besides what it shows: found by walking through its parts, without decoding it.

Parts that a picture is made of are listed; whatever is none of them says something. So what nobody has thought of is
named as `PictureDetail.OTHER`, and is never taken for nothing.
"""

from collections.abc import Callable, Iterator
from typing import Final

from babilu.kernel.states import PictureDetail
from babilu.media.colour_profiles import says_more, unpacked
from babilu.media.exif import exif_details, iptc_details, xmp_details
from babilu.media.formats import PictureFormat

Found = Iterator[PictureDetail]


def details_of(kind: PictureFormat, body: bytes) -> tuple[PictureDetail, ...]:
    """Tell what a picture says besides what it shows; of parts that do not fit, that it says something."""
    walk = _WALKS.get(kind)
    if walk is None:
        return ()
    found: set[PictureDetail] = set()
    try:
        found.update(walk(body))
    except (ValueError, IndexError):
        found.add(PictureDetail.OTHER)
    return in_order(found)


def in_order(found: set[PictureDetail]) -> tuple[PictureDetail, ...]:
    """Put what was found into the order in which it is told."""
    return tuple(detail for detail in PictureDetail if detail in found)


# JPEG (ITU-T T.81).

_SOI: Final = b"\xff\xd8"
_END: Final = 0xD9
_COMMENT: Final = 0xFE
JFIF_BYTES: Final = 14
_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD8)})
_APPLICATION: Final = range(0xE0, 0xF0)
_PROFILES: Final = 0xE2
_EXIF: Final = b"Exif\0"
_PROFILE: Final = b"ICC_PROFILE\0"
_XMP: Final = (b"http://ns.adobe.com/xap/1.0/\0", b"http://ns.adobe.com/xmp/extension/\0")


def jpeg_segments(body: bytes) -> Iterator[tuple[int, bytes]]:
    """Walk through the segments of a JPEG file; the last one, `_END`, comes with what lies behind it.

    Raises:
        ValueError: It is cut off or is none.
    """
    if not body.startswith(_SOI):
        raise ValueError("no JPEG")
    place = 2
    while True:
        place = body.index(b"\xff", place)
        while body[place] == 0xFF:
            place += 1
        marker = body[place]
        place += 1
        if marker == _END:
            yield marker, body[place:]
            return
        if marker in _ALONE or not marker:
            continue
        length = int.from_bytes(body[place : place + 2], "big")
        if length < 2 or place + length > len(body):
            raise ValueError("cut off")
        yield marker, body[place + 2 : place + length]
        place += length


def _jpeg(body: bytes) -> Found:
    profile: list[tuple[int, bytes]] = []
    for marker, part in jpeg_segments(body):
        if marker == _COMMENT:
            yield PictureDetail.TEXT
        elif marker == _PROFILES and part.startswith(_PROFILE):
            # A large one lies in several segments, each with its number.
            profile.append((part[len(_PROFILE)], part[len(_PROFILE) + 2 :]))
        elif marker in _APPLICATION:
            yield from _application(marker - _APPLICATION.start, part)
        elif marker == _END and part.strip(b"\0"):
            yield PictureDetail.OTHER
    if profile:
        yield from _of_profile(b"".join(part for _, part in sorted(profile)))


def _of_profile(profile: bytes) -> Found:
    if says_more(profile):
        yield PictureDetail.OTHER


def _application(number: int, part: bytes) -> Found:
    match number:
        case 0 if part.startswith(b"JFIF\0"):
            if len(part) > JFIF_BYTES:
                yield PictureDetail.THUMBNAIL if any(part[12:14]) else PictureDetail.OTHER
        case 0 if part.startswith(b"JFXX\0"):
            yield PictureDetail.THUMBNAIL
        case 1 if part.startswith(_EXIF):
            yield from exif_details(part[6:])
        case 1 if part.startswith(_XMP):
            yield from xmp_details(part)
        case 2 if part.startswith(b"MPF\0"):
            yield PictureDetail.THUMBNAIL
        case 13 if part.startswith(b"Photoshop 3.0\0"):
            yield from iptc_details(part)
        case 14 if part.startswith(b"Adobe") and len(part) == 12:
            pass
        case _:
            yield PictureDetail.OTHER


# PNG (third edition).

PNG_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_ANY_LENGTH: Final = 2**31
PNG_PARTS: Final = {
    **dict.fromkeys((b"IDAT", b"fdAT", b"iCCP"), _ANY_LENGTH),
    b"IHDR": 13,
    b"PLTE": 768,
    b"IEND": 0,
    b"tRNS": 256,
    b"gAMA": 4,
    b"cHRM": 32,
    b"sRGB": 1,
    b"cICP": 4,
    b"mDCV": 24,
    b"cLLI": 8,
    b"bKGD": 6,
    b"pHYs": 9,
    b"sBIT": 4,
    b"hIST": 512,
    b"acTL": 8,
    b"fcTL": 26,
}
"""Chunks that belong to what a picture shows, and how long each can be: more than that says something else."""

_PNG_TEXTS: Final = frozenset({b"tEXt", b"zTXt", b"iTXt"})
_KEYWORDS: Final = {
    b"author": PictureDetail.PERSON,
    b"copyright": PictureDetail.PERSON,
    b"software": PictureDetail.SOFTWARE,
    b"creation time": PictureDetail.TIME,
    b"source": PictureDetail.CAMERA,
}


def png_chunks(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Walk through the chunks of a PNG file; what lies behind its end comes last, as a chunk without a name.

    Raises:
        ValueError: It is cut off or is none.
    """
    if not body.startswith(PNG_SIGNATURE):
        raise ValueError("no PNG")
    place = len(PNG_SIGNATURE)
    name = b""
    while name != b"IEND":
        length, name = int.from_bytes(body[place : place + 4], "big"), body[place + 4 : place + 8]
        if place + 12 + length > len(body):
            raise ValueError("cut off")
        yield name, body[place + 8 : place + 8 + length]
        place += 12 + length
    if body[place:]:
        yield b"", body[place:]


def _png(body: bytes) -> Found:
    for name, part in png_chunks(body):
        if name == b"eXIf":
            yield from exif_details(part)
        elif name == b"tIME":
            yield PictureDetail.TIME
        elif name in _PNG_TEXTS:
            yield from _png_text(part)
        elif name == b"iCCP":
            yield from _of_profile(unpacked(part))
        elif len(part) > PNG_PARTS.get(name, -1):
            yield PictureDetail.OTHER


def _png_text(part: bytes) -> Found:
    keyword, _, text = part.partition(b"\0")
    if keyword == b"XML:com.adobe.xmp":
        yield from xmp_details(text)
    elif keyword.startswith(b"Raw profile type "):
        # What ImageMagick makes of EXIF, IPTC and XMP: hexadecimal, and mostly compressed.
        yield PictureDetail.OTHER
    else:
        yield _KEYWORDS.get(keyword.lower(), PictureDetail.TEXT)


# WebP (RFC 9649).

WEBP_PARTS: Final = {
    **dict.fromkeys((b"VP8 ", b"VP8L", b"ALPH", b"ANMF", b"ICCP"), _ANY_LENGTH),
    b"VP8X": 10,
    b"ANIM": 6,
}
"""Chunks that belong to what a picture shows, and how long each can be."""


def webp_chunks(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Walk through the chunks of a WebP file; what lies behind its end comes last, as a chunk without a name.

    Raises:
        ValueError: It is cut off or is none.
    """
    if body[:4] != b"RIFF" or body[8:12] != b"WEBP":
        raise ValueError("no WebP")
    end = 8 + int.from_bytes(body[4:8], "little")
    if end > len(body):
        raise ValueError("cut off")
    yield from riff_chunks(body[:end], 12)
    if body[end:].strip(b"\0"):
        yield b"", body[end:]


def riff_chunks(body: bytes, place: int) -> Iterator[tuple[bytes, bytes]]:
    """Walk through chunks that lie one behind the other.

    Raises:
        ValueError: One is cut off.
    """
    while place < len(body):
        name, length = body[place : place + 4], int.from_bytes(body[place + 4 : place + 8], "little")
        if place + 8 + length > len(body):
            raise ValueError("cut off")
        yield name, body[place + 8 : place + 8 + length]
        place += 8 + length + length % 2


def _webp(body: bytes) -> Found:
    for name, part in webp_chunks(body):
        if name == b"EXIF":
            yield from exif_details(part.removeprefix(b"Exif\0\0"))
        elif name == b"XMP ":
            yield from xmp_details(part)
        elif name == b"ICCP":
            yield from _of_profile(part)
        elif len(part) > WEBP_PARTS.get(name, -1) or (name == b"ANMF" and not _is_plain_frame(part)):
            yield PictureDetail.OTHER


def _is_plain_frame(part: bytes) -> bool:
    return all(name in {b"ALPH", b"VP8 ", b"VP8L"} for name, _ in riff_chunks(part, 16))


# GIF (GIF89a).

_EXTENSION: Final = 0x21
_IMAGE: Final = 0x2C
_TRAILER: Final = 0x3B
GIF_CONTROL: Final = 0xF9
GIF_CONTROL_BYTES: Final = 8
_GIF_COMMENT: Final = 0xFE
GIF_APPLICATION: Final = 0xFF
_GIF_TEXT: Final = 0x01
_GIF_LOOPS: Final = (b"NETSCAPE2.0", b"ANIMEXTS1.0")
_GIF_LOOP_BYTES: Final = 19
_GIF_PROFILE: Final = b"ICCRGBG1012"
_GIF_XMP: Final = b"XMP DataXMP"


def gif_header(body: bytes) -> bytes:
    """Return what stands before the first block of a GIF file.

    Raises:
        ValueError: It is cut off or is none.
    """
    if body[:6] not in {b"GIF87a", b"GIF89a"} or len(body) < 13:
        raise ValueError("no GIF")
    return body[: 13 + _colours(body[10])]


def gif_blocks(body: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Walk through the blocks of a GIF file: its kind, the label of an extension, and all of its bytes.

    Raises:
        ValueError: It is cut off or is none.
        IndexError: The same.
    """
    place = len(gif_header(body))
    while True:
        start, kind, label = place, body[place], 0
        if kind == _TRAILER:
            yield kind, 0, body[start:]
            return
        if kind == _EXTENSION:
            label, place = body[place + 1], place + 2
        elif kind == _IMAGE:
            place += 11 + _colours(body[place + 9])
        else:
            raise ValueError("no block")
        while body[place]:
            place += 1 + body[place]
        place += 1
        yield kind, label, body[start:place]


def _colours(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _gif(body: bytes) -> Found:
    for kind, label, block in gif_blocks(body):
        if kind == _TRAILER:
            if block[1:].strip(b"\0"):
                yield PictureDetail.OTHER
        elif kind == _EXTENSION and (label != GIF_CONTROL or len(block) != GIF_CONTROL_BYTES):
            yield from _gif_extension(label, block)


def is_loop(label: int, block: bytes) -> bool:
    """Tell whether a block says how often the frames are shown, and nothing else."""
    return label == GIF_APPLICATION and block[3:14] in _GIF_LOOPS and len(block) == _GIF_LOOP_BYTES


def _gif_extension(label: int, block: bytes) -> Found:
    application = block[3:14]
    if label in {_GIF_COMMENT, _GIF_TEXT}:
        yield PictureDetail.TEXT
    elif label == GIF_APPLICATION and application == _GIF_XMP:
        yield from xmp_details(block[14:])
    elif not (is_loop(label, block) or (label == GIF_APPLICATION and application == _GIF_PROFILE)):
        yield PictureDetail.OTHER


_WALKS: Final[dict[PictureFormat, Callable[[bytes], Found]]] = {
    PictureFormat.JPEG: _jpeg,
    PictureFormat.PNG: _png,
    PictureFormat.WEBP: _webp,
    PictureFormat.GIF: _gif,
}
