"""Colour profiles (ICC.1:2022): the colours are kept, and all else that one says goes.

Profiles of screens say whose: the model and its serial number, who measured it and when, and by which program. A
screenshot takes that along. So the tags of which colours are computed are listed, and only those are written again.
"""

import zlib
from typing import Final

PROFILE_BYTES: Final = 1024 * 1024
"""Largest colour profile that is kept."""

HEADER_BYTES: Final = 128
_ENTRY_BYTES: Final = 12
_TAGS_MAX: Final = 100
_VERSION: Final = 8

_SAYING: Final = ((4, 8), (24, 36), (40, 44), (48, 56), (80, 128))
"""Parts of the header: preferred program, time, platform, maker and model, creator, digest, and what is reserved."""

_COLOURS: Final = frozenset(
    b"rXYZ gXYZ bXYZ rTRC gTRC bTRC kTRC wtpt bkpt chad cicp gamt A2B0 A2B1 A2B2 B2A0 B2A1 B2A2".split()
)
_KNOWN: Final = _COLOURS | frozenset(
    b"desc cprt dmnd dmdd tech view vued lumi meas targ chrm calt ciis rig0 rig2 clro clrt clot"
    b" D2B0 D2B1 D2B2 D2B3 B2D0 B2D1 B2D2 B2D3 pre0 pre1 pre2 resp ncl2".split()
)
"""Tags of the standard, of this edition or an earlier one."""

_TYPES: Final = frozenset({b"XYZ ", b"curv", b"para", b"sf32", b"cicp", b"mft1", b"mft2", b"mAB ", b"mBA "})
_ENOUGH: Final = (frozenset(b"rXYZ gXYZ bXYZ rTRC gTRC bTRC".split()), frozenset({b"kTRC"}), frozenset({b"A2B0"}))

_TEXT: Final = "colours"
_WORDS: Final = _TEXT.encode() + b"\0"
_OLD_TEXT: Final = {
    b"desc": b"desc" + bytes(4) + len(_WORDS).to_bytes(4, "big") + _WORDS + bytes(78),
    b"cprt": b"text" + bytes(4) + _WORDS,
}
_UNICODE: Final = _TEXT.encode("utf-16-be")
_NEW_TEXT: Final = (
    b"mluc"
    + bytes(4)
    + (1).to_bytes(4, "big")
    + (12).to_bytes(4, "big")
    + b"enUS"
    + len(_UNICODE).to_bytes(4, "big")
    + (28).to_bytes(4, "big")
    + _UNICODE
)


def colours_of(profile: bytes) -> bytes | None:
    """Write a colour profile again with nothing but its colours; None where it is none, or has none that are known."""
    tags = _tags(profile) if len(profile) <= PROFILE_BYTES else {}
    kept = {name: part for name, part in tags.items() if name in _COLOURS and part[:4] in _TYPES}
    if profile[36:40] != b"acsp" or not any(needed <= kept.keys() for needed in _ENOUGH):
        return None
    # Readers want a name and a copyright.
    is_old = profile[_VERSION] < 4
    for name, text in _OLD_TEXT.items():
        kept[name] = text if is_old else _NEW_TEXT
    return _written(profile[:HEADER_BYTES], kept)


def says_more(profile: bytes) -> bool:
    """Tell whether a profile has tags of its maker's own, as those of screens have for their serial numbers.

    Of one that cannot be read it is not known, and it counts as if it had.
    """
    tags = _tags(profile) if len(profile) <= PROFILE_BYTES else {}
    return not tags or not tags.keys() <= _KNOWN


def unpacked(part: bytes) -> bytes:
    """Unpack the profile of a PNG file's chunk: nothing where that cannot be done, and a little too much at most."""
    _, _, packed = part.partition(b"\0")
    try:
        return zlib.decompressobj().decompress(packed[1:], PROFILE_BYTES + 1)
    except zlib.error:
        return b""


def _tags(profile: bytes) -> dict[bytes, bytes]:
    """Read the tags of a profile; none where one is cut off."""
    count = int.from_bytes(profile[HEADER_BYTES : HEADER_BYTES + 4], "big")
    if count > _TAGS_MAX:
        return {}
    found: dict[bytes, bytes] = {}
    for place in range(HEADER_BYTES + 4, HEADER_BYTES + 4 + count * _ENTRY_BYTES, _ENTRY_BYTES):
        name = profile[place : place + 4]
        start = int.from_bytes(profile[place + 4 : place + 8], "big")
        size = int.from_bytes(profile[place + 8 : place + 12], "big")
        part = profile[start : start + size]
        if len(name) < 4 or len(part) < size:
            return {}
        found[name] = part
    return found


def _written(header: bytes, tags: dict[bytes, bytes]) -> bytes:
    table = bytearray(len(tags).to_bytes(4, "big"))
    data = bytearray()
    begin = HEADER_BYTES + 4 + len(tags) * _ENTRY_BYTES
    # Curves that several colours share are written once.
    places: dict[bytes, int] = {}
    for name, part in tags.items():
        if part not in places:
            places[part] = begin + len(data)
            data += part + bytes(-len(part) % 4)
        table += name + places[part].to_bytes(4, "big") + len(part).to_bytes(4, "big")
    plain = bytearray(header)
    for start, end in _SAYING:
        plain[start:end] = bytes(end - start)
    plain[:4] = (begin + len(data)).to_bytes(4, "big")
    return bytes(plain + table + data)
