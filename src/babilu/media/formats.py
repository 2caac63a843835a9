"""Formats of pictures, known by the bytes at their beginning: neither a name nor a media type decides.

Five formats are decoded. Others that carry what a camera writes are known only so that they do not slip through as if
they were no pictures.
"""

from enum import StrEnum, unique
from typing import Final

HEAD_BYTES: Final = 64
"""So many bytes at the beginning tell the format."""


@unique
class PictureFormat(StrEnum):
    """A format of pictures, by its media type's second part."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    GIF = "gif"
    HEIC = "heic"
    OTHER = "other"
    """One that is not decoded: TIFF, AVIF, JPEG 2000, JPEG XL, Photoshop, and the raw files of cameras."""

    @property
    def media_type(self) -> str:
        """Media type of a picture of this format."""
        return f"image/{self.value}"


MADE_ANEW: Final = frozenset({PictureFormat.JPEG, PictureFormat.PNG, PictureFormat.WEBP, PictureFormat.GIF})
"""Formats in which pictures are sent."""

_ENDINGS: Final = {
    PictureFormat.JPEG: ("jpg", "jpeg", "jpe", "jfif"),
    PictureFormat.PNG: ("png", "apng"),
    PictureFormat.WEBP: ("webp",),
    PictureFormat.GIF: ("gif",),
}

_BEGINNINGS: Final = {
    b"\xff\xd8\xff": PictureFormat.JPEG,
    b"\x89PNG\r\n\x1a\n": PictureFormat.PNG,
    b"GIF87a": PictureFormat.GIF,
    b"GIF89a": PictureFormat.GIF,
    b"II*\0": PictureFormat.OTHER,  # TIFF, and the raw files of most cameras
    b"MM\0*": PictureFormat.OTHER,
    b"II+\0": PictureFormat.OTHER,  # BigTIFF
    b"MM\0+": PictureFormat.OTHER,
    b"IIU\0": PictureFormat.OTHER,  # Panasonic's
    b"IIRO": PictureFormat.OTHER,  # Olympus's
    b"IIRS": PictureFormat.OTHER,
    b"II\xbc\x01": PictureFormat.OTHER,  # JPEG XR
    b"FUJIFILMCCD-RAW": PictureFormat.OTHER,
    b"FOVb": PictureFormat.OTHER,  # Sigma's
    b"8BPS": PictureFormat.OTHER,  # Photoshop
    b"\0\0\0\x0cjP  \r\n\x87\n": PictureFormat.OTHER,  # JPEG 2000
    b"\xff\x4f\xff\x51": PictureFormat.OTHER,
    b"\0\0\0\x0cJXL \r\n\x87\n": PictureFormat.OTHER,  # JPEG XL
    b"\xff\x0a": PictureFormat.OTHER,
}

_HEIC_BRANDS: Final = frozenset({b"heic", b"heix", b"heim", b"heis"})
_OTHER_BRANDS: Final = frozenset(
    {b"avif", b"avis", b"hevc", b"hevx", b"heif", b"mif1", b"msf1", b"crx ", b"miaf", b"jxl "}
)


def recognise(head: bytes) -> PictureFormat | None:
    """Tell of what format a picture is; None where it is no picture.

    Args:
        head: Its beginning, `HEAD_BYTES` or all there is.
    """
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return PictureFormat.WEBP
    if head[4:8] == b"ftyp":
        return _of_boxes(head)
    return next((kind for beginning, kind in _BEGINNINGS.items() if head.startswith(beginning)), None)


def _of_boxes(head: bytes) -> PictureFormat | None:
    """Tell the format of an ISO base media file (ISO/IEC 14496-12) by its brands; a film is no picture."""
    length = min(int.from_bytes(head[:4], "big"), len(head))
    brands = [head[8:12], *(head[place : place + 4] for place in range(16, length - 3, 4))]
    if not _HEIC_BRANDS.isdisjoint(brands):
        return PictureFormat.HEIC
    return None if _OTHER_BRANDS.isdisjoint(brands) else PictureFormat.OTHER


def name_for(name: str, kind: PictureFormat) -> str:
    """Give a file name the ending of a format, where it has another one."""
    stem, dot, ending = name.rpartition(".")
    endings = _ENDINGS[kind]
    if dot and ending.casefold() in endings:
        return name
    known = any(ending.casefold() in each for each in (*_ENDINGS.values(), ("heic", "heif", "hif")))
    return f"{stem if dot and stem and known else name}.{endings[0]}"
