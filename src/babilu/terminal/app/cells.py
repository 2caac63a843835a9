"""Text from others becomes cells: nothing in it steers the terminal, and every terminal counts its columns alike.

Terminals disagree on the width of what is joined: emoji sequences, flags, variation selectors, skin tones. Such a
sequence is shown by its parts, whose widths are agreed on; what is copied is always the text as it came.
"""

import re
import unicodedata
from typing import Final

from rich.cells import cell_len, get_character_cell_size

from babilu.presentation.plain_text import harmless, isolated

ELLIPSIS: Final = "…"

_BLANK_LETTERS: Final = frozenset("\u115f\u1160\u3164\uffa0")
"""Hangul fillers: letters that show nothing and whose width is disputed."""

_JOINER: Final = "\u200d"
_BLANKS: Final = re.compile(r"[ \t\r\n]+")
_PIECE: Final = re.compile(r"\s+|\S+")
_FIRST_FLAG, _LAST_FLAG = 0x1F1E6, 0x1F1FF
_FIRST_TONE, _LAST_TONE = 0x1F3FB, 0x1F3FF


def safe(text: str) -> str:
    """Make one line of text from others fit for cells; it is not isolated yet."""
    if text.isascii() and text.isprintable():
        return text
    return harmless(_settled(text))


def label(text: str, most: int) -> str:
    """Make a name or another short text from others fit for one line of at most ``most`` cells."""
    flat = safe(_BLANKS.sub(" ", text[: most * 8])).strip()
    return isolated(cut(flat, most))


def cut(text: str, most: int) -> str:
    """Give as much of a safe text as fits into ``most`` cells; what was left out leaves an ellipsis."""
    if cell_len(text) <= most:
        return text
    return _split(text, most - 1, least=0)[0].rstrip() + ELLIPSIS if most > 0 else ""


def padded(text: str, width: int) -> str:
    """Fill a text with blanks up to a width in cells."""
    return text + " " * (width - cell_len(text))


def wrap(text: str, width: int) -> list[str]:
    """Break one safe line into lines of at most ``width`` cells, between words where that is possible."""
    return [isolated(text[start:end]) for start, end in broken(text, width)]


def broken(text: str, width: int) -> list[tuple[int, int]]:
    """Give where the lines begin and end into which `wrap` breaks a safe line."""
    if cell_len(text) <= width:
        return [(0, len(text))]
    lines: list[tuple[int, int]] = []
    start = end = used = 0
    for piece in _PIECE.finditer(text):
        low, high = piece.span()
        size = cell_len(piece.group())
        if used + size <= width:
            end, used = high, used + size
            continue
        if text[start:end].strip():
            lines.append((start, start + len(text[start:end].rstrip())))
        if piece.group().isspace():
            start = end = high
            used = 0
            continue
        # What is left is counted once: a word may be as long as the text.
        while size > width:
            head, _ = _split(text[low:high], width)
            lines.append((low, low + len(head)))
            low += len(head)
            size -= cell_len(head)
        start, end, used = low, high, size
    if text[start:end].strip():
        lines.append((start, end))
    return lines or [(0, 0)]


def chopped(text: str, width: int) -> list[str]:
    """Break one safe line wherever it is full, and keep every blank of it."""
    lines: list[str] = []
    size = cell_len(text)
    while size > width:
        head, text = _split(text, width)
        lines.append(head)
        size -= cell_len(head)
    return [*lines, text] if text or not lines else lines


def _split(text: str, width: int, least: int = 1) -> tuple[str, str]:
    """Split a text after at most ``width`` cells, and never between a letter and its marks.

    Args:
        text: Safe text.
        width: Cells.
        least: Letters that are taken although they are too wide; with 1 there is always progress.
    """
    used = 0
    for place, character in enumerate(text):
        size = get_character_cell_size(character)
        if size and used + size > width and place >= least:
            return text[:place], text[place:]
        used += size
    return text, ""


def _settled(text: str) -> str:
    """Take sequences apart whose width terminals disagree on."""
    kept: list[str] = []
    for place, character in enumerate(text):
        code = ord(character)
        if code < 0x300:
            kept.append(character)
        elif 0xFE00 <= code <= 0xFE0F:
            continue
        elif _FIRST_FLAG <= code <= _LAST_FLAG:
            kept.append(chr(ord("A") + code - _FIRST_FLAG))
        elif character in _BLANK_LETTERS:
            kept.append(f"\\u{code:04x}")
        elif (character == _JOINER and _beside_picture(text, place)) or (
            _FIRST_TONE <= code <= _LAST_TONE and kept and _is_picture(kept[-1])
        ):
            continue
        else:
            kept.append(character)
    return "".join(kept)


def _beside_picture(text: str, place: int) -> bool:
    before = text[:place].rstrip("\ufe0e\ufe0f")[-1:]
    return any(each and _is_picture(each) for each in (before, text[place + 1 : place + 2]))


def _is_picture(character: str) -> bool:
    return unicodedata.category(character) in {"So", "Sk"} and ord(character) >= 0x2000
