"""Hues of people: a name has the same one in every user interface, in every conversation and after every start."""

import hashlib
from typing import Final

HUES: Final = 8
"""How many there are: red, amber, green, teal, blue, indigo, violet and pink, in this order."""


def hue_of(name: str) -> int:
    """Choose the hue of a name, 0 to 7; not by `hash`, which differs from one start to the next."""
    digest = hashlib.sha256(name.casefold().encode("utf-8", "replace")).digest()
    return digest[0] % HUES
