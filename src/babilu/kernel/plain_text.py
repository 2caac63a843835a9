r"""Text from others is letters only: whatever could steer a terminal or turn what stands beside it becomes an escape.

This is the one table of such characters: the C0 and C1 controls (ESC, and with it every CSI and OSC sequence, among
them), DEL, bidirectional controls, and everything else of Unicode's categories Cc, Cf, Cs, Zl and Zp but the two
joiners that scripts and emoji need, and the tags of a flag. They appear as ``\x1b`` or ``\u202e``.

It lies this low because names, titles, notices and sentences of errors are cleaned where they enter. Texts of messages
are kept byte for byte, and made harmless by the same function where they are shown.
"""

import itertools
import re
import unicodedata
from collections.abc import Iterator
from typing import Final

MARKS_SHOWN: Final = 8
"""Combining marks shown on one letter; no orthography needs more, and a tower of them covers the lines above."""

_JOINERS: Final = frozenset({"\u200c", "\u200d"})
_STEERING: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_MARKS: Final = frozenset({"Mn", "Me"})
_SHORT: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_FLAG: Final = re.compile("(\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{2,8}\U000e007f)")


def harmless(text: str, keep: str = "") -> str:
    """Make text from others harmless; whoever shows it in pieces isolates each of them.

    Args:
        text: Any text; what is harmless already stays as it is.
        keep: Characters of the table that mean no harm where the text goes, such as line feeds.
    """
    if text.isascii() and text.isprintable():
        return text
    # Every other piece is a flag.
    pieces = _FLAG.split(text)
    return "".join(
        piece if number % 2 else "".join(_harmless(piece, keep)) for number, piece in enumerate(pieces) if piece
    )


def cleaned(text: str, most: int | None = None) -> str:
    """Clean a short text of somebody else where it enters: one line, cut after ``most`` characters."""
    return harmless(text)[:most]


def _harmless(text: str, keep: str) -> Iterator[str]:
    for is_mark, run in itertools.groupby(text, lambda character: unicodedata.category(character) in _MARKS):
        if is_mark:
            marks = list(run)
            yield "".join(marks[:MARKS_SHOWN])
            if len(marks) > MARKS_SHOWN:
                yield f"[+{len(marks) - MARKS_SHOWN}]"
        else:
            yield from (character if character in keep else escaped(character) for character in run)


def escaped(character: str) -> str:
    """Give a character as it is, or as an escape where it could steer."""
    if character in _JOINERS or unicodedata.category(character) not in _STEERING:
        return character
    if character in _SHORT:
        return _SHORT[character]
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
