"""Labels of groups: what commands call them by, made once of the first title, whatever that becomes later."""

import unicodedata
from collections.abc import Collection
from itertools import count
from typing import Final

from babilu.identity.names import skeleton

LABEL_OF_NOTES: Final = "#notes"
"""What the notes to oneself are called, so that no group is."""

LABEL_CHARACTERS: Final = 32
"""Longest label, in code points, without its ``#`` and the number of one that was taken."""

_NAMELESS: Final = "group"


def normalised_label(label: str) -> str:
    """Return the one spelling of a label."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", label).lower())


def free_label(title: str, taken: Collection[str]) -> str:
    """Make a label of a title: ``#picnic``, or ``#picnic~2`` where a group is called that, or something like it.

    Args:
        title: As its group's log has it.
        taken: Labels that are in use.
    """
    wanted = _label(title)
    looks = {skeleton(label) for label in taken}
    numbered = (f"{wanted}~{number}" for number in count(2))
    return wanted if skeleton(wanted) not in looks else next(name for name in numbered if skeleton(name) not in looks)


def looks_taken(label: str, taken: Collection[str]) -> bool:
    """Tell whether something is called like a label, or so that nobody tells the two apart."""
    return skeleton(label) in {skeleton(each) for each in taken}


def _label(title: str) -> str:
    """Keep letters with their marks and digits, one dash for what lies between them, and a letter first."""
    kept: list[str] = []
    for character in normalised_label(title):
        kind = unicodedata.category(character)
        if kind[0] == "L" or (kept and (kind == "Nd" or (kind[0] == "M" and kept[-1] != "-"))):
            kept.append(character)
        elif kept and kept[-1] != "-":
            kept.append("-")
    return "#" + ("".join(kept[:LABEL_CHARACTERS]).rstrip("-") or _NAMELESS)
