"""Texts of messages are made harmless here for every user interface, by the one table of `babilu.kernel.plain_text`.

Text with right-to-left letters is wrapped in an isolate, so that it reorders nothing around it (UAX #9, section 2.7).
"""

import unicodedata

from babilu.kernel.plain_text import MARKS_SHOWN, escaped, harmless

FIRST_STRONG_ISOLATE = "\u2068"
POP_DIRECTIONAL_ISOLATE = "\u2069"

LINES_SHOWN = 200
"""Lines of one message shown at once; the last of them says how many are left out."""

_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})

__all__ = ["LINES_SHOWN", "MARKS_SHOWN", "escaped", "harmless", "isolated", "lines", "one_line"]


def one_line(text: str) -> str:
    """Make text from others fit for one line: line breaks and tabs are escaped too."""
    return isolated(harmless(text))


def lines(text: str) -> tuple[str, ...]:
    """Make text from others fit for several lines, each safe by itself; a tab becomes four spaces.

    Only a line feed, with or without a carriage return before it, parts lines.
    """
    parts = text.replace("\r\n", "\n").expandtabs(4).split("\n")
    return tuple(one_line(part) for part in parts)


def isolated(text: str) -> str:
    """Enclose a text with right-to-left letters, so that it reorders nothing around it."""
    if text.isascii() or not any(unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for character in text):
        return text
    return FIRST_STRONG_ISOLATE + text + POP_DIRECTIONAL_ISOLATE
