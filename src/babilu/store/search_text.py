"""Search texts: messages and queries are compared by their letters, in the index and outside of it alike.

Case, accents, points, ligatures, widths, the kind of a blank or quotation mark, and what cannot be seen make no
difference: two texts that a reader would call the same are found by each other.
"""

import re
import unicodedata
from typing import Final

TRIGRAM: Final = 3
"""Shortest query that the index can answer: it holds runs of three characters."""

# Accents of Latin, Greek and Cyrillic, points of Hebrew and Arabic and the dash that stretches an Arabic word; vowel
# signs and voicing marks of other scripts make other letters, and so does the hamza of Arabic.
_MARKS: Final = re.compile(
    "[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u0652\u0656-\u065f"
    "\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u08d3-\u08e1\u08e3-\u08ff\ufb1e]+"
)

# Unicode's property Default_Ignorable_Code_Point: soft hyphens, joiners, spaces of no width, variation selectors.
_UNSEEN: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]+"
)

# With the NUL, at which SQLite would stop.
_BLANKS: Final = re.compile(r"[\s\0]+")

# A phrase that Unicode keeps in one character would grow eighteenfold: these two stay as they are.
_PHRASES: Final = re.compile("[^\ufdfa\ufdfb]+")

_LATIN_LETTER: Final = re.compile(r"LATIN SMALL LETTER ([A-Z]) WITH .+")


def _alike() -> dict[int, str]:
    """Make the table of characters that no normalisation joins although people type one for the other."""
    table = {
        "æ": "ae",
        "œ": "oe",
        "\N{LATIN SMALL LETTER DOTLESS I}": "i",
        "ð": "d",
        "þ": "th",
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u02b9\u02bb\u02bc\u2032\u00b4\uff07", "'"),
        **dict.fromkeys("«»\u201c\u201d\u201e\u201f\u2033", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
    }
    for code in range(0x80, 0x250):  # ł, ø, đ, ħ and the like: no mark of its own, so nothing to take away
        letter = _LATIN_LETTER.fullmatch(unicodedata.name(chr(code), ""))
        if letter is not None and not unicodedata.decomposition(chr(code)):
            table[chr(code)] = letter[1].lower()
    return {ord(character): text for character, text in table.items()}


_ALIKE: Final = _alike()


def fold(text: str) -> str:
    """Return ``text`` as it is compared."""
    if text.isascii():
        return _BLANKS.sub(" ", text.lower())
    # Taken apart twice: a letter may become another only without its mark, and only then have a lower case.
    letters = _bare(_bare(text.translate(_ALIKE)).casefold().translate(_ALIKE))
    return _BLANKS.sub(" ", unicodedata.normalize("NFC", letters))


def phrase(folded: str) -> str:
    """Return an FTS5 expression that finds these characters as they stand, operators and quotes included."""
    return '"' + folded.replace('"', '""') + '"'


def _bare(text: str) -> str:
    """Take a text apart into its letters, and leave out marks and what cannot be seen."""
    apart = _PHRASES.sub(lambda run: unicodedata.normalize("NFKD", run[0]), text)
    return _UNSEEN.sub("", _MARKS.sub("", apart))
