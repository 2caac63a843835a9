"""Short queries find what the index cannot: every spelling of each letter, whatever its case and accents.

The index holds runs of three characters. Below that, and for the newest messages, which are not indexed yet, texts are
compared one by one with letters folded as SQLite's trigram tokenizer folds them.
"""

import unicodedata
from collections import defaultdict
from functools import lru_cache

TRIGRAM = 3
"""Shortest query that the index can answer."""

_FOLDED_SPELLINGS_END = 0x2C00
"""End of the scripts with accents or letter case that are folded: from Latin to the end of Greek's extensions."""


def fold(text: str) -> str:
    """Return ``text`` without case and accents, as texts and queries are compared."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFD", text)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).lower()


def phrase(query: str) -> str:
    """Return an FTS5 expression that finds the query's characters as they stand, operators and quotes included."""
    return '"' + query.replace('"', '""') + '"'


def pattern(query: str) -> str:
    """Return a GLOB pattern that finds a short query in any spelling."""
    return "*" + "".join(_class(letter) for letter in fold(query)) + "*"


def _class(letter: str) -> str:
    spellings = _spellings().get(letter, letter)
    # Brackets make every character literal; a closing one, a caret and a hyphen are never in a class of several.
    return letter if letter == "]" else f"[{spellings}]"


@lru_cache(maxsize=1)
def _spellings() -> dict[str, str]:
    """Return every one-character spelling of a folded letter."""
    found: defaultdict[str, str] = defaultdict(str)
    for code in range(_FOLDED_SPELLINGS_END):
        letter = chr(code)
        if letter.isalpha():
            found[fold(letter)] += letter
    return dict(found)
