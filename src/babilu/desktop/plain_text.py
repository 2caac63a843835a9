"""Text from others is shown plain and at bounded cost: no markup, no turned direction, no endless marks or lines."""

import html
import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from babilu.presentation.plain_text import harmless

BUBBLE_CHARACTERS: Final = 3_000
BUBBLE_LINES: Final = 60
PREVIEW_CHARACTERS: Final = 160
NAME_CHARACTERS: Final = 48

_KEPT: Final = "\n\t\u00ad\u061c\u200e\u200f"
"""What means no harm in a label of its own: line breaks, tabs, soft hyphens, marks of direction that turn nothing."""

_SPACE = re.compile(r"\s+")
_FIRST_STRONG_ISOLATE = "\u2068"
_POP_ISOLATE = "\u2069"


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown of a text.

    Attributes:
        text: Lines separated by newlines, safe to lay out.
        whole: Whether it is all of it.
    """

    text: str
    whole: bool


def shown(text: str, characters: int = BUBBLE_CHARACTERS, lines: int = BUBBLE_LINES) -> Shown:
    """Prepare a text of several lines for showing, cut after so many characters or lines."""
    cut = text[: characters * 2]
    safe = clean(cut.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n"))
    kept = "\n".join(safe.split("\n", lines)[:lines])[:characters]
    return Shown(kept, whole=len(cut) == len(text) and kept == safe)


def clean(text: str) -> str:
    """Make a text harmless, and leave its lines."""
    return harmless(text, _KEPT)


def one_line(text: str, characters: int = PREVIEW_CHARACTERS) -> str:
    """Give the beginning of a text as one line, isolated from the direction of what stands beside it."""
    flat = _SPACE.sub(" ", clean(text[: characters * 4])).strip()
    if len(flat) > characters or len(text) > characters * 4:
        flat = flat[: characters - 1].rstrip() + "…"
    return isolated(flat)


def plain_tip(text: str) -> str:
    """Give a text as a tool tip in which nothing is markup: Qt takes for markup what looks like it."""
    return f"<qt>{html.escape(text)}</qt>" if "<" in text else text


def person(name: str) -> str:
    """Give a name as it is shown."""
    return one_line(name, NAME_CHARACTERS)


def isolated(text: str) -> str:
    """Enclose a text so that its direction does not reach what stands beside it; plain ASCII needs nothing."""
    return text if text.isascii() else f"{_FIRST_STRONG_ISOLATE}{text}{_POP_ISOLATE}"


def is_emoji_only(text: str) -> bool:
    """Tell whether a text is nothing but one to three emoji."""
    if not text or len(text) > 24 or text.isascii():
        return False
    pictures = 0
    joined = False
    for character in text:
        if character in "\u200d\ufe0f" or "\U0001f3fb" <= character <= "\U0001f3ff":
            joined = character == "\u200d"
            continue
        if not ("\U0001f300" <= character <= "\U0001faff" or "\u2600" <= character <= "\u27bf"):
            return False
        pictures += not joined
        joined = False
    return 1 <= pictures <= 3


def initials(name: str) -> str:
    """Give one or two letters that stand for a name."""
    words = [word for word in re.split(r"[\s._~-]+", clean(name)) if word]
    letters = [next((c for c in word if c.isalnum()), "") for word in words]
    first = [letter for letter in letters if letter][:2]
    return "".join(first).upper() or "?"


def grouped(digits: str) -> str:
    """Write a safety number in three lines of four groups of five digits."""
    groups = [digits[start : start + 5] for start in range(0, len(digits), 5)]
    return "\n".join("  ".join(groups[start : start + 4]) for start in range(0, len(groups), 4))


def only_digits(text: str) -> str:
    """Give the decimal digits of a text that was typed or pasted, as ASCII."""
    return "".join(str(unicodedata.decimal(c)) for c in text[:1000] if unicodedata.decimal(c, None) is not None)
