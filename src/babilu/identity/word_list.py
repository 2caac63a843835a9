"""Word list: 2,048 English words, of which no two begin with the same four letters, so that each word says 11 bits.

It is the list of BIP-39 (Palatinus and others, 2013); codes that people read to each other are made of its words.
"""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Final

WORD_BITS: Final = 11
"""Bits that one word says."""


@cache
def words() -> Sequence[str]:
    """Return the words in their order: the place of a word is what it says."""
    text = files("babilu.identity").joinpath("data", "words.txt").read_text("ascii")
    return tuple(line for line in text.splitlines() if not line.startswith("#"))
