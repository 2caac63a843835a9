"""Texts and queries are compared without case and accents, in the index and outside of it alike."""

import re
import unicodedata
from typing import Final

TRIGRAM: Final = 3
"""Shortest query that the index can answer: it holds runs of three characters."""

# Accents of Latin, Greek and Cyrillic; vowel signs and voicing marks of other scripts make other letters.
_ACCENTS: Final = re.compile("[\u0300-\u036f]+")
_FINAL_SIGMA: Final = "\N{GREEK SMALL LETTER FINAL SIGMA}"
_SIGMA: Final = "\N{GREEK SMALL LETTER SIGMA}"


def fold(text: str) -> str:
    """Return ``text`` as it is compared: without case and accents, and without NUL, at which SQLite would stop."""
    if not text.isascii():
        bare = _ACCENTS.sub("", unicodedata.normalize("NFD", text))
        text = unicodedata.normalize("NFC", bare)
    # Lower case alone would tell a sigma at the end of a word from one within.
    return text.lower().replace(_FINAL_SIGMA, _SIGMA).replace("\0", " ")


def phrase(folded: str) -> str:
    """Return an FTS5 expression that finds these characters as they stand, operators and quotes included."""
    return '"' + folded.replace('"', '""') + '"'
