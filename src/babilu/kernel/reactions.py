"""What may be given as a reaction: one short sign, and nothing that is read as words or changes how words are drawn.

The check looks at kinds of characters, never at a list of emoji: a sign newer than this Python is taken as well.
"""

import unicodedata

from babilu.kernel.limits import REACTION_BYTES, REACTION_CODE_POINTS

_JOINS = frozenset({0x200D, *range(0xE0020, 0xE0080)})
"""The format characters that signs are put together with: the joiner, and the tags of flags."""

_INFORMATION = 0x2139
"""A sign that Unicode counts as a letter."""

_KEYCAP = 0x20E3
_EMOJI_STYLE = "\ufe0f"


def is_reaction(text: str) -> bool:
    """Tell whether a text may be a reaction: short, visible, without control, letter, lone digit or space."""
    try:
        size = len(text.encode("utf-8"))
    except UnicodeEncodeError:
        return False
    if not text or size > REACTION_BYTES or len(text) > REACTION_CODE_POINTS:
        return False
    kinds = [unicodedata.category(character) for character in text]
    if all(kind[0] == "M" or kind == "Cf" for kind in kinds):
        return False
    return all(_fits(text, place, kind) for place, kind in enumerate(kinds))


def _fits(text: str, place: int, kind: str) -> bool:
    point = ord(text[place])
    if kind == "Nd":
        return text[place + 1 :].removeprefix(_EMOJI_STYLE).startswith(chr(_KEYCAP))
    if kind == "Cf":
        return point in _JOINS
    return point == _INFORMATION or not (kind[0] in "LZ" or kind in ("Cc", "Cs", "Co"))
