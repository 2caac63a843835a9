"""Pictures that say more than they show, and files that only seem to be pictures; all of them are made here.

Whatever must not come out of a picture is marked: `SECRET` stands in every part that is none of its pixels.
"""

import io
import struct
import zlib
from collections.abc import Callable
from functools import cache, partial
from typing import Any, Final

from PIL import Image, ImageCms, PngImagePlugin

SECRET: Final = b"Secret-Marker-7f3a"
SIZE: Final = (96, 64)


def photo(size: tuple[int, int] = SIZE, mode: str = "RGB") -> Image.Image:
    """Draw what has many colours, and a red corner at the upper left."""
    width, height = size
    image = Image.merge(
        "RGB",
        (
            Image.linear_gradient("L").resize(size),
            Image.radial_gradient("L").resize(size),
            Image.linear_gradient("L").rotate(90).resize(size),
        ),
    )
    image.paste((255, 0, 0), (0, 0, width // 4, height // 4))
    return image.convert(mode)


def saved(image: Image.Image, kind: str, **more: Any) -> bytes:
    """Save a picture as its format does."""
    body = io.BytesIO()
    image.save(body, kind, **more)
    return body.getvalue()


@cache
def profile() -> bytes:
    """Make a colour profile; another one each second, for its time stands in it."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def of_screen(plain: bytes) -> bytes:
    """Put into a colour profile what a screen's says: its serial number, and the time of its measuring."""
    size, count = len(plain), int.from_bytes(plain[128:132], "big")
    shifted = bytearray(plain[:128] + (count + 1).to_bytes(4, "big"))
    for place in range(132, 132 + 12 * count, 12):
        start = int.from_bytes(plain[place + 4 : place + 8], "big") + 12
        shifted += plain[place : place + 4] + start.to_bytes(4, "big") + plain[place + 8 : place + 12]
    said = b"mmod" + bytes(4) + SECRET
    shifted += b"mmod" + (size + 12).to_bytes(4, "big") + len(said).to_bytes(4, "big")
    shifted += plain[132 + 12 * count :] + said
    shifted[:4] = len(shifted).to_bytes(4, "big")
    return bytes(shifted)


def exif(orientation: int | None = None, *, place: bool = True) -> Image.Exif:
    """Make what a telephone writes: place, time, device, author, a comment."""
    made = Image.Exif()
    if orientation is not None:
        made[0x0112] = orientation
    text = SECRET.decode()
    made[0x010F], made[0x0110], made[0x013B], made[0x010E] = text, text, text, text
    made[0x0132] = "2026:01:02 03:04:05"
    made.get_ifd(0x8769).update({0x9003: "2026:01:02 03:04:05", 0x9286: SECRET, 0x927C: SECRET})
    if place:
        made.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 17.0)})
    return made


def xmp() -> bytes:
    """Make an XMP packet with place, author and description."""
    return (
        b'<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF>'
        b'<rdf:Description exif:GPSLatitude="52,31.2N" photoshop:City="'
        + SECRET
        + b'"><dc:creator>'
        + SECRET
        + b"</dc:creator><dc:description>"
        + SECRET
        + b"</dc:description></rdf:Description></rdf:RDF></x:xmpmeta>"
    )


def iptc() -> bytes:
    """Make a block of Photoshop's with IPTC fields: city, author, caption."""
    fields = b"".join(b"\x1c\x02" + bytes([field]) + struct.pack(">H", len(SECRET)) + SECRET for field in (90, 80, 120))
    return (
        b"Photoshop 3.0\0" + b"8BIM\x04\x04\0\0" + struct.pack(">I", len(fields)) + fields + b"\0" * (len(fields) % 2)
    )


def with_segment(jpeg: bytes, marker: int, part: bytes) -> bytes:
    """Put a segment behind the beginning of a JPEG file."""
    return jpeg[:2] + b"\xff" + bytes([marker]) + struct.pack(">H", len(part) + 2) + part + jpeg[2:]


def with_chunk(png: bytes, name: bytes, part: bytes) -> bytes:
    """Put a chunk behind the header of a PNG file."""
    chunk = struct.pack(">I", len(part)) + name + part + struct.pack(">I", zlib.crc32(name + part))
    return png[:33] + chunk + png[33:]


def riff(name: bytes, part: bytes) -> bytes:
    """Make a chunk of a WebP file."""
    return name + struct.pack("<I", len(part)) + part + b"\0" * (len(part) % 2)


def with_riff(webp: bytes, name: bytes, part: bytes) -> bytes:
    """Put a chunk behind the others of a WebP file."""
    rest = webp[12:] + riff(name, part)
    return b"RIFF" + struct.pack("<I", 4 + len(rest)) + b"WEBP" + rest


def with_gif_block(gif: bytes, block: bytes) -> bytes:
    """Put a block before the end of a GIF file."""
    return gif[:-1] + block + b"\x3b"


def frames(count: int, size: tuple[int, int] = (32, 24)) -> list[Image.Image]:
    """Draw frames that differ."""
    return [Image.new("RGB", size, ((40 * place) % 256, 80, 255 - (30 * place) % 256)) for place in range(count)]


def moving(kind: str, count: int = 4, **more: Any) -> bytes:
    """Make a moving picture."""
    first, *rest = frames(count)
    return saved(first, kind, save_all=True, append_images=rest, duration=100, loop=0, **more)


def png_header(width: int, height: int, depth: int = 8, colours: int = 2) -> bytes:
    """Make a PNG file that says how large it is and holds next to nothing."""
    head = struct.pack(">IIBBBBB", width, height, depth, colours, 0, 0, 0)
    ihdr = b"\0\0\0\x0dIHDR" + head + struct.pack(">I", zlib.crc32(b"IHDR" + head))
    data = zlib.compress(b"\0" * 64)
    idat = struct.pack(">I", len(data)) + b"IDAT" + data + struct.pack(">I", zlib.crc32(b"IDAT" + data))
    return b"\x89PNG\r\n\x1a\n" + ihdr + idat + b"\0\0\0\0IEND\xaeB`\x82"


def jpeg_of(width: int, height: int) -> bytes:
    """Make a JPEG file that says another size than it has."""
    body = saved(photo(), "JPEG")
    place = body.index(b"\xff\xc0")
    return body[: place + 5] + struct.pack(">HH", height, width) + body[place + 9 :]


def many_frames(count: int) -> bytes:
    """Make a GIF file of many frames of one pixel, without a library."""
    head = b"GIF89a" + struct.pack("<HH", 2, 2) + b"\x80\0\0" + b"\0\0\0\xff\xff\xff"
    frame = b"\x21\xf9\x04\0\x02\0\0\0" + b"\x2c\0\0\0\0\x02\0\x02\0\0" + b"\x02\x03\x44\x34\x05\0"
    return head + frame * count + b"\x3b"


def _texts() -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    info.add_text("Author", SECRET.decode())
    info.add_text("Comment", SECRET.decode(), zip=True)
    info.add_itxt("XML:com.adobe.xmp", xmp().decode())
    return info


def _mpf() -> bytes:
    first, second = photo(), photo((48, 32))
    second.info["comment"] = SECRET
    return saved(first, "MPO", save_all=True, append_images=[second])


def _with_thumbnail() -> bytes:
    """Make a JPEG file whose EXIF block has a second table with a smaller picture."""
    small = saved(photo((32, 20)), "JPEG", comment=SECRET)
    table = struct.pack("<H", 1) + struct.pack("<HHII", 0x0112, 3, 1, 1)
    second = 8 + len(table) + 4
    entries = (
        struct.pack("<H", 2)
        + struct.pack("<HHII", 0x0201, 4, 1, second + 30)
        + struct.pack("<HHII", 0x0202, 4, 1, len(small))
    )
    block = b"II*\0" + struct.pack("<I", 8) + table + struct.pack("<I", second) + entries + b"\0\0\0\0" + small
    return with_segment(saved(photo(), "JPEG"), 0xE1, b"Exif\0\0" + block)


def _turned(turn: int) -> bytes:
    return saved(photo(), "JPEG", exif=exif(turn), quality=95)


def _half_clear() -> Image.Image:
    image = photo(mode="RGBA")
    image.putalpha(Image.linear_gradient("L").resize(SIZE))
    return image


def _interlaced() -> bytes:
    """Make an interlaced PNG file (Adam7) of a single colour, by hand: Pillow writes none."""
    width, height = 16, 16
    passes = ((0, 8, 0, 8), (4, 8, 0, 8), (0, 4, 4, 8), (2, 4, 0, 4), (0, 2, 2, 4), (1, 2, 0, 2), (0, 1, 1, 2))
    rows = b""
    for left, across, top, down in passes:
        columns, lines = len(range(left, width, across)), len(range(top, height, down))
        rows += (b"\0" + b"\x10\x80\xf0" * columns) * lines
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 1)
    chunks = b""
    for name, part in (
        (b"IHDR", head),
        (b"tEXt", b"Comment\0" + SECRET),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    ):
        chunks += struct.pack(">I", len(part)) + name + part + struct.pack(">I", zlib.crc32(name + part))
    return b"\x89PNG\r\n\x1a\n" + chunks


_JPEG: Final = saved(photo(), "JPEG")
_PNG: Final = saved(photo(), "PNG")

PICTURES: Final[dict[str, Callable[[], bytes]]] = {
    # JPEG
    "jpeg-plain": lambda: _JPEG,
    "jpeg-exif-gps": lambda: saved(photo(), "JPEG", exif=exif()),
    "jpeg-exif-without-place": lambda: saved(photo(), "JPEG", exif=exif(place=False)),
    "jpeg-xmp": lambda: with_segment(_JPEG, 0xE1, b"http://ns.adobe.com/xap/1.0/\0" + xmp()),
    "jpeg-iptc": lambda: with_segment(_JPEG, 0xED, iptc()),
    "jpeg-comment": lambda: saved(photo(), "JPEG", comment=SECRET),
    "jpeg-thumbnail": _with_thumbnail,
    "jpeg-mpf": _mpf,
    "jpeg-unknown-segment": lambda: with_segment(_JPEG, 0xE9, b"Maker\0" + SECRET),
    "jpeg-crooked-exif": lambda: with_segment(_JPEG, 0xE1, b"Exif\0\0II*\0\xff\xff\xff\xff" + SECRET),
    "jpeg-icc": lambda: saved(photo(), "JPEG", icc_profile=profile(), comment=SECRET),
    "jpeg-screen": lambda: saved(photo(), "JPEG", icc_profile=of_screen(profile())),
    "jpeg-long-header": lambda: _JPEG[:4] + struct.pack(">H", 16 + len(SECRET)) + _JPEG[6:20] + SECRET + _JPEG[20:],
    "jpeg-progressive": lambda: saved(photo(), "JPEG", progressive=True, comment=SECRET),
    "jpeg-grey": lambda: saved(photo(mode="L"), "JPEG", comment=SECRET),
    "jpeg-cmyk": lambda: saved(photo(mode="CMYK"), "JPEG", comment=SECRET),
    "jpeg-large": lambda: saved(photo((3000, 2000)), "JPEG", exif=exif()),
    "jpeg-zip-behind": lambda: _JPEG + b"PK\x03\x04" + SECRET,
    **{f"jpeg-orientation-{turn}": partial(_turned, turn) for turn in range(1, 9)},
    # PNG
    "png-photo": lambda: _PNG,
    "png-texts": lambda: saved(photo(), "PNG", pnginfo=_texts()),
    "png-exif": lambda: saved(photo(), "PNG", exif=exif(6)),
    "png-time": lambda: with_chunk(_PNG, b"tIME", b"\x07\xea\x01\x02\x03\x04\x05"),
    "png-unknown-chunk": lambda: with_chunk(_PNG, b"prVt", SECRET),
    "png-zip-behind": lambda: _PNG + b"PK\x03\x04" + SECRET,
    "png-alpha": lambda: saved(_half_clear(), "PNG", pnginfo=_texts()),
    "png-few-colours": lambda: saved(photo().quantize(16), "PNG", pnginfo=_texts()),
    "png-palette-clear": lambda: saved(photo().quantize(16), "PNG", transparency=0, pnginfo=_texts()),
    "png-16-bit": lambda: saved(photo(mode="L").convert("I").point(lambda v: v * 257).convert("I;16"), "PNG"),
    "png-two-colours": lambda: saved(photo(mode="1"), "PNG", pnginfo=_texts()),
    "png-interlaced": _interlaced,
    "png-icc": lambda: saved(photo(), "PNG", icc_profile=profile(), pnginfo=_texts()),
    "png-screen": lambda: saved(photo(), "PNG", icc_profile=of_screen(profile())),
    "png-moving-screen": lambda: moving("PNG", icc_profile=of_screen(profile())),
    "png-moving": lambda: with_chunk(moving("PNG"), b"tEXt", b"Comment\0" + SECRET),
    "png-size-of-any-length": lambda: with_chunk(_PNG, b"pHYs", bytes(9) + SECRET),
    "png-larger-than-sent": lambda: saved(Image.new("RGB", (3_000, 20), "red"), "PNG"),
    # WebP
    "webp-exif-xmp": lambda: saved(photo(), "WEBP", exif=exif(), xmp=xmp()),
    "webp-clear": lambda: saved(_half_clear(), "WEBP", exif=exif()),
    "webp-icc": lambda: saved(photo(), "WEBP", icc_profile=profile(), exif=exif()),
    "webp-screen": lambda: saved(photo(), "WEBP", icc_profile=of_screen(profile())),
    "webp-moving-screen": lambda: moving("WEBP", icc_profile=of_screen(profile())),
    "webp-unknown-chunk": lambda: with_riff(saved(photo(), "WEBP", exif=exif()), b"JUNK", SECRET),
    "webp-moving": lambda: with_riff(moving("WEBP", exif=exif()), b"XMP ", xmp()),
    # GIF
    "gif-comment": lambda: saved(photo().quantize(32), "GIF", comment=SECRET),
    "gif-xmp": lambda: with_gif_block(
        saved(photo().quantize(32), "GIF"), b"\x21\xff\x0bXMP DataXMP" + bytes([len(SECRET)]) + SECRET + b"\0"
    ),
    "gif-moving": lambda: with_gif_block(
        moving("GIF", comment=SECRET), b"\x21\xfe" + bytes([len(SECRET)]) + SECRET + b"\0"
    ),
    # A comment that looks like what says how often the frames are shown.
    "gif-comment-in-disguise": lambda: with_gif_block(moving("GIF"), b"\x21\xfe\x0bNETSCAPE2.0\x03\x01\0\0\0"),
    "gif-control-of-any-length": lambda: with_gif_block(
        moving("GIF"), b"\x21\xf9\x04\0\0\0\0" + bytes([len(SECRET)]) + SECRET + b"\0"
    ),
    "gif-loop-of-any-length": lambda: with_gif_block(
        moving("GIF"), b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0" + bytes([len(SECRET)]) + SECRET + b"\0"
    ),
    "gif-behind-its-end": lambda: moving("GIF") + SECRET,
}
"""Pictures that are sent anew; nothing that is marked may come out."""

REFUSED: Final[dict[str, Callable[[], bytes]]] = {
    "jpeg-truncated": lambda: saved(photo((400, 300)), "JPEG")[:3000],
    "jpeg-64000-squared": lambda: jpeg_of(64_000, 64_000),
    "png-truncated": lambda: _PNG[: len(_PNG) // 2],
    "png-64000-squared": lambda: png_header(64_000, 64_000),
    "png-larger-than-it-may-be": lambda: png_header(70_000, 1),
    "png-crooked-crc": lambda: _PNG[:40] + b"\xff\xff" + _PNG[42:],
    "png-moving-gamma-of-any-length": lambda: with_chunk(moving("PNG"), b"gAMA", bytes(4) + SECRET),
    "webp-truncated": lambda: saved(photo(), "WEBP")[:200],
    "gif-truncated": lambda: moving("GIF")[:120],
    "gif-10000-frames": lambda: many_frames(10_000),
    "heic-of-nothing": lambda: b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + SECRET,
    "jpeg-of-nothing": lambda: b"\xff\xd8\xff\xe0" + SECRET * 100,
    # Formats that are not decoded, and say as much as others.
    "tiff": lambda: saved(photo(), "TIFF", exif=exif()),
    "avif": lambda: b"\0\0\0\x1cftypavif\0\0\0\0mif1avifmiaf" + SECRET,
    "jpeg-2000": lambda: b"\0\0\0\x0cjP  \r\n\x87\n" + SECRET,
    "photoshop": lambda: b"8BPS\0\x01" + SECRET,
}
"""Pictures that cannot be made anew: they go as files alone."""

NO_PICTURES: Final[dict[str, Callable[[], bytes]]] = {
    "svg": lambda: b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>x</script></svg>',
    "bmp": lambda: saved(photo(), "BMP"),
    "zip": lambda: b"PK\x03\x04" + b"\0" * 60,
    "html": lambda: b"<html><img src=x onerror=y>",
    "empty": lambda: b"",
    "text-called-jpg": lambda: b"this is no picture at all",
    "film": lambda: b"\0\0\0\x18ftypisom\0\0\0\0isommp42" + b"\0" * 40,
}
"""What is no picture: sent as it is, and never decoded."""
