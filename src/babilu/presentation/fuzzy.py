"""What one types finds what one means: letters in order are enough, beginnings and runs rank higher."""

import unicodedata
from collections.abc import Callable, Iterable
from typing import Final, TypeVar

T = TypeVar("T")

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
    found = [
        points for points in (_walk(wanted, text, leaps=True), _walk(wanted, text, leaps=False)) if points is not None
    ]
    if not found:
        return None
    whole = WHOLE_START if wanted and text.startswith(wanted) else 0
    return (max(found) + whole) * 100 - min(len(text), 99)


def _walk(wanted: str, text: str, *, leaps: bool) -> int | None:
    """Find the letters in order, each at its next place or, with leaps, at the next word that begins with it."""
    total, at = 0, -1
    for letter in wanted:
        place = text.find(letter, at + 1)
        if leaps and not (place == at + 1 and at >= 0):
            place = next((start for start in _word_starts(text, at + 1) if text[start] == letter), place)
        if place < 0:
            return None
        if place == at + 1 and at >= 0:
            total += IN_A_ROW
        elif place == 0 or not text[place - 1].isalnum():
            total += WORD_START
        else:
            total += ANYWHERE
        at = place
    return total


def _word_starts(text: str, first: int) -> list[int]:
    return [place for place in range(first, len(text)) if place == 0 or not text[place - 1].isalnum()]


def best(query: str, candidates: Iterable[str]) -> list[str]:
    """Give the candidates that fit, the best first; equally good ones keep their order."""
    return best_by(query, candidates, str)


def best_by(query: str, candidates: Iterable[T], text: Callable[[T], str]) -> list[T]:
    """Give what fits by its text, the best first; two of one text are both found."""
    scored = [(score(query, text(candidate)), candidate) for candidate in candidates]
    fitting = [(points, candidate) for points, candidate in scored if points is not None]
    return [candidate for _, candidate in sorted(fitting, key=lambda pair: -pair[0])]
