"""What EXIF, XMP and IPTC say of a picture, without believing them: each tag and property belongs to a kind of detail.

EXIF is read by a reader of our own, of the tags alone and never of their values: what it says is shown to the user as
a few words, and a crooked table says `PictureDetail.OTHER`.
"""

from collections.abc import Iterator
from typing import Final

from babilu.kernel.states import PictureDetail

_TABLES_MAX: Final = 16
_ENTRY_BYTES: Final = 12
_ENTRIES_MAX: Final = 1_000

_SUB_TABLES: Final = {0x8769: "exif", 0x8825: "gps", 0xA005: "interoperability"}

# Of the pixels and the file alone: size, turn, resolution, colours, versions.
_PLAIN: Final = frozenset(
    {0x100, 0x101, 0x102, 0x103, 0x106, 0x112, 0x115, 0x11A, 0x11B, 0x11C, 0x128, 0x13E, 0x13F, 0x152}
    | {0x201, 0x202, 0x211, 0x212, 0x213, 0x214, 0x1000, 0x1001, 0x1002, 0x9000, 0x9101, 0x9102}
    | {0xA000, 0xA001, 0xA002, 0xA003}
    | _SUB_TABLES.keys()
)
_TAGS: Final = {
    **dict.fromkeys((0x132, 0x9003, 0x9004, 0x9010, 0x9011, 0x9012, 0x9290, 0x9291, 0x9292), PictureDetail.TIME),
    **dict.fromkeys((0x13B, 0x8298, 0x9C9D, 0xA430), PictureDetail.PERSON),
    **dict.fromkeys((0x10D, 0x10E, 0x9286, 0x9C9B, 0x9C9C, 0x9C9E, 0x9C9F, 0xA436), PictureDetail.TEXT),
    **dict.fromkeys((0x131, 0x13C, 0xC61B, 0xA43A, 0xA43B, 0xA43C), PictureDetail.SOFTWARE),
    0x2BC: PictureDetail.OTHER,
    0x83BB: PictureDetail.OTHER,
    0x8649: PictureDetail.OTHER,
    0x8773: PictureDetail.OTHER,
}
_CAMERA: Final = (range(0x10F, 0x111), range(0x8298, 0x8840), range(0x9201, 0x9290), range(0xA200, 0xA500))


def exif_details(block: bytes) -> Iterator[PictureDetail]:
    """Tell what an EXIF block says: TIFF header, tables of tags."""
    try:
        yield from _tables(block)
    except ValueError:
        yield PictureDetail.OTHER


def _tables(block: bytes) -> Iterator[PictureDetail]:
    if block[:2] not in {b"II", b"MM"}:
        raise ValueError("no EXIF")

    def number(place: int, length: int) -> int:
        if place + length > len(block):
            raise ValueError("cut off")
        return int.from_bytes(block[place : place + length], "big" if block[:2] == b"MM" else "little")

    waiting = [("image", number(4, 4))]
    for _ in range(_TABLES_MAX):
        if not waiting:
            return
        name, place = waiting.pop()
        count = number(place, 2)
        if count > _ENTRIES_MAX:
            raise ValueError("too many")
        tags = {}
        for entry in range(place + 2, place + 2 + count * _ENTRY_BYTES, _ENTRY_BYTES):
            tags[number(entry, 2)] = number(entry + 8, 4)
        yield from _of_table(name, frozenset(tags))
        waiting += [(_SUB_TABLES[tag], where) for tag, where in tags.items() if tag in _SUB_TABLES]
        following = number(place + 2 + count * _ENTRY_BYTES, 4) if name == "image" else 0
        if following:
            waiting.append(("thumbnail", following))
    if waiting:
        raise ValueError("no end")


def _of_table(name: str, tags: frozenset[int]) -> Iterator[PictureDetail]:
    match name:
        case "gps":
            # The version alone says nothing.
            if tags - {0}:
                yield PictureDetail.PLACE
            if tags & {7, 0x1D}:
                yield PictureDetail.TIME
        case "thumbnail":
            yield PictureDetail.THUMBNAIL
        case "interoperability":
            pass
        case _:
            for tag in tags - _PLAIN:
                yield _TAGS.get(tag, _of_unlisted(tag))


def _of_unlisted(tag: int) -> PictureDetail:
    return PictureDetail.CAMERA if any(tag in each for each in _CAMERA) else PictureDetail.OTHER


_XMP_WORDS: Final = (
    (PictureDetail.PLACE, (b":gps", b":location", b":city", b":state", b":country", b":sublocation")),
    (PictureDetail.TIME, (b":createdate", b":datecreated", b":modifydate", b":datetimeoriginal", b":metadatadate")),
    (PictureDetail.CAMERA, (b"tiff:make", b"tiff:model", b"aux:", b"exif:f", b"exif:exposure", b"exif:lens")),
    (PictureDetail.PERSON, (b"dc:creator", b"dc:rights", b":person", b"mwg-rs:", b":credit", b":ownername")),
    (PictureDetail.TEXT, (b"dc:title", b"dc:description", b"dc:subject", b":headline", b":usercomment", b":label")),
    (PictureDetail.THUMBNAIL, (b"xmpgimg:", b"xmp:thumbnails", b"gcamera:", b"container:directory")),
    (PictureDetail.SOFTWARE, (b"creatortool", b"xmpmm:history", b"stevt:", b"crs:")),
)


def xmp_details(packet: bytes) -> Iterator[PictureDetail]:
    """Tell what an XMP packet says, by the names of its properties; it is XML of a stranger, and is not parsed."""
    text = packet.lower()
    found = [detail for detail, words in _XMP_WORDS if any(word in text for word in words)]
    yield from found or [PictureDetail.OTHER]


_IPTC_FIELDS: Final = {
    **dict.fromkeys((26, 27, 90, 92, 95, 100, 101), PictureDetail.PLACE),
    **dict.fromkeys((55, 60, 62, 63), PictureDetail.TIME),
    **dict.fromkeys((80, 85, 110, 115, 116, 118, 122), PictureDetail.PERSON),
    **dict.fromkeys((5, 25, 40, 103, 105, 120), PictureDetail.TEXT),
    **dict.fromkeys((65, 70), PictureDetail.SOFTWARE),
    0: None,
}
_IPTC: Final = b"8BIM\x04\x04"
_PHOTOSHOP_THUMBNAILS: Final = (b"8BIM\x04\x09", b"8BIM\x04\x0c")


def iptc_details(block: bytes) -> Iterator[PictureDetail]:
    """Tell what a block of Photoshop's says: IPTC-IIM fields (record 2) and thumbnails."""
    found: set[PictureDetail] = set()
    if any(name in block for name in _PHOTOSHOP_THUMBNAILS):
        found.add(PictureDetail.THUMBNAIL)
    place = block.find(_IPTC)
    while place >= 0 and (place := block.find(b"\x1c\x02", place)) >= 0 and place + 5 <= len(block):
        detail = _IPTC_FIELDS.get(block[place + 2], PictureDetail.OTHER)
        if detail is not None:
            found.add(detail)
        place += 5 + int.from_bytes(block[place + 3 : place + 5], "big")
    yield from found or {PictureDetail.OTHER}
