"""Nesting of a MessagePack body: its depth is known before it is decoded, and so on every Python alike.

A decoder recurses into fields that it does not know, because later versions append some. Where that ends is not left to
the interpreter: older ones stop at a thousand levels, newer ones at the end of their stack.
"""

from typing import Final

NESTING_MAX: Final = 32
"""Levels of arrays and maps; our own frames have five."""

ELEMENTS_MAX: Final = 16_384
"""Values that are looked at in one body: half again as many as the longest of our frames has."""

_CONTAINERS: Final = bytes([*range(0x80, 0xA0), 0xDC, 0xDD, 0xDE, 0xDF])
_ARRAY: Final = 0x90
_MAP: Final = 0x80
_MARK: Final = 0x0F

_LENGTHS: Final = {
    # Texts, byte strings and extensions: how many bytes their length takes, and how many more come before the value.
    0xC4: (1, 0),
    0xC5: (2, 0),
    0xC6: (4, 0),
    0xC7: (1, 1),
    0xC8: (2, 1),
    0xC9: (4, 1),
    0xD9: (1, 0),
    0xDA: (2, 0),
    0xDB: (4, 0),
}
_FIXED: Final = {
    0xCA: 4,
    0xCB: 8,
    0xCC: 1,
    0xCD: 2,
    0xCE: 4,
    0xCF: 8,
    0xD0: 1,
    0xD1: 2,
    0xD2: 4,
    0xD3: 8,
    0xD4: 2,
    0xD5: 3,
    0xD6: 5,
    0xD7: 9,
    0xD8: 17,
    **{0xA0 + length: length for length in range(0x20)},
}
_COUNTS: Final = {0xDC: (2, 1), 0xDD: (4, 1), 0xDE: (2, 2), 0xDF: (4, 2)}
"""Arrays and maps: how many bytes their count takes, and how many values each counts."""


def is_shallow(body: bytes | memoryview) -> bool:
    """Tell whether a body nests at most `NESTING_MAX` levels deep; what is cut short is for its decoder to refuse."""
    octets = bytes(body)
    # Each level takes a byte of its own: where there are few such bytes, wherever they stand, nothing is deep.
    if len(octets) - len(octets.translate(None, _CONTAINERS)) <= NESTING_MAX:
        return True
    return _walk(octets)


def _walk(octets: bytes) -> bool:
    left = [1]
    at, end = 0, len(octets)
    for _ in range(ELEMENTS_MAX):
        while not left[-1]:
            left.pop()
            if not left:
                return True
        if at >= end:
            return True
        left[-1] -= 1
        mark = octets[at]
        at += 1
        if mark in _FIXED:
            at += _FIXED[mark]
        elif mark in _LENGTHS:
            width, more = _LENGTHS[mark]
            at += width + more + int.from_bytes(octets[at : at + width], "big")
        elif _MAP <= mark <= _ARRAY | _MARK:
            left.append((mark & _MARK) * (1 if mark & _ARRAY == _ARRAY else 2))
        elif mark in _COUNTS:
            width, each = _COUNTS[mark]
            left.append(int.from_bytes(octets[at : at + width], "big") * each)
            at += width
        if len(left) > NESTING_MAX + 1:
            return False
    return False
