"""Unicode's tables of look-alikes and scripts, of a pinned version: a name means the same on every machine.

The data are Unicode's confusables.txt and Scripts.txt, reduced by tools/unicode_tables.py, which names their version
and where they come from. Python's own `unicodedata` has neither table.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Final

UNKNOWN: Final = "Unknown"
"""Script of a character that the tables do not know (Zzzz of ISO 15924)."""


@lru_cache(maxsize=1)
def prototypes() -> Mapping[str, str]:
    """Return the prototype of each confusable character (UTS #39, section 4)."""
    table: dict[str, str] = {}
    for line in _lines("confusables.txt"):
        prototype, *sources = line.split()
        text = "".join(chr(int(code, 16)) for code in prototype.split("+"))
        table.update((chr(int(source, 16)), text) for source in sources)
    return table


def script(character: str) -> str:
    """Return the script of a character by its name in Unicode, such as ``Latin``, ``Common`` or `UNKNOWN`."""
    starts, spans = _scripts()
    place = bisect_right(starts, ord(character)) - 1
    if place < 0 or ord(character) > spans[place][0]:
        return UNKNOWN
    return spans[place][1]


@lru_cache(maxsize=1)
def _scripts() -> tuple[list[int], list[tuple[int, str]]]:
    """Return the first characters of all ranges in order, and for each its last character and script."""
    ranges = [line.split() for line in _lines("scripts.txt")]
    return [int(first, 16) for first, _, _ in ranges], [(int(last, 16), name) for _, last, name in ranges]


def _lines(name: str) -> Iterator[str]:
    text = files("babilu.identity").joinpath("data", name).read_text(encoding="ascii")
    return (line for line in text.splitlines() if not line.startswith("#"))
