r"""Text from others reaches a terminal as letters only: whatever could steer the terminal is shown, never sent.

Escaped are the C0 and C1 controls (ESC, and with it every CSI and OSC sequence, among them), DEL, bidirectional
controls, and everything else of Unicode's categories Cc, Cf, Cs, Zl and Zp but the two joiners that scripts and emoji
need. They appear as ``\x1b`` or ``\u202e``. Text with right-to-left letters is wrapped in an isolate, so that it
reorders nothing around it (UAX #9, section 2.7).
"""

import itertools
import unicodedata
from collections.abc import Iterator

FIRST_STRONG_ISOLATE = "\u2068"
POP_DIRECTIONAL_ISOLATE = "\u2069"

MARKS_SHOWN = 8
"""Combining marks shown on one letter; no orthography needs more, and a tower of them covers the lines above."""

LINES_SHOWN = 200
"""Lines of one message shown at once; the last of them says how many are left out."""

_JOINERS = frozenset({"\u200c", "\u200d"})
_STEERING = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_MARKS = frozenset({"Mn", "Me"})
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def one_line(text: str) -> str:
    """Make text from others fit for one line: line breaks and tabs are escaped too."""
    return isolated(harmless(text))


def harmless(text: str) -> str:
    """Escape whatever could steer a terminal; whoever shows the text in pieces isolates each of them."""
    return "".join(_harmless(text))


def lines(text: str) -> tuple[str, ...]:
    """Make text from others fit for several lines, each safe by itself; a tab becomes four spaces.

    Only a line feed, with or without a carriage return before it, parts lines.
    """
    parts = text.replace("\r\n", "\n").expandtabs(4).split("\n")
    return tuple(one_line(part) for part in parts)


def _harmless(text: str) -> Iterator[str]:
    if text.isascii() and text.isprintable():
        yield text
        return
    for is_mark, run in itertools.groupby(text, lambda character: unicodedata.category(character) in _MARKS):
        if is_mark:
            marks = list(run)
            yield "".join(marks[:MARKS_SHOWN])
            if len(marks) > MARKS_SHOWN:
                yield f"[+{len(marks) - MARKS_SHOWN}]"
        else:
            yield from (escaped(character) for character in run)


def escaped(character: str) -> str:
    """Give a character as it is, or as an escape where it could steer a terminal."""
    if character in _JOINERS or unicodedata.category(character) not in _STEERING:
        return character
    if character in _SHORT:
        return _SHORT[character]
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def isolated(text: str) -> str:
    """Enclose a text with right-to-left letters, so that it reorders nothing around it."""
    if text.isascii() or not any(unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for character in text):
        return text
    return FIRST_STRONG_ISOLATE + text + POP_DIRECTIONAL_ISOLATE
