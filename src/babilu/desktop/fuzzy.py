"""What one types finds what one means: letters in order are enough, beginnings and runs rank higher."""

import unicodedata
from collections.abc import Iterable
from typing import Final

WORD_START: Final = 12
IN_A_ROW: Final = 8
ANYWHERE: Final = 1
WHOLE_START: Final = 30


def folded(text: str) -> str:
    """Reduce a text to what comparison is about: no case, no accents."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def score(query: str, candidate: str) -> int | None:
    """Tell how well a candidate fits a query; higher is better, None is not at all."""
    wanted = "".join(folded(query).split())
    text = folded(candidate)
    if not wanted:
        return 0
    total = WHOLE_START if text.startswith(wanted) else 0
    at = -1
    for letter in wanted:
        found = text.find(letter, at + 1)
        if found < 0:
            return None
        if found == at + 1 and at >= 0:
            total += IN_A_ROW
        elif found == 0 or not text[found - 1].isalnum():
            total += WORD_START
        else:
            total += ANYWHERE
        at = found
    return total * 100 - min(len(text), 99)


def best(query: str, candidates: Iterable[str]) -> list[str]:
    """Give the candidates that fit, the best first; equally good ones keep their order."""
    scored = [(score(query, candidate), candidate) for candidate in candidates]
    fitting = [(points, candidate) for points, candidate in scored if points is not None]
    return [candidate for _, candidate in sorted(fitting, key=lambda pair: -pair[0])]
