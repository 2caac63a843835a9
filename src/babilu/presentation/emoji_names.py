"""Names of emoji in each language: Unicode's annotations (CLDR), pinned here, for no module of Python has them.

The tables follow Unicode's version of `tools/emoji_names.py`; they are read when emoji are named for the first time.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from babilu.presentation.strings import ENGLISH, supported

PICTURE_SELECTOR: Final = "\ufe0f"
"""Asks for the picture of a sign that is otherwise drawn as text; the tables leave it out."""


@dataclass(frozen=True, slots=True)
class EmojiName:
    """What an emoji is called.

    Attributes:
        name: Its name.
        words: More words by which people look for it.
    """

    name: str
    words: tuple[str, ...]


def emoji_name(emoji: str, language: str) -> EmojiName | None:
    """Give what an emoji is called in a language, or a locale's; None where Unicode does not name it."""
    return _names(supported(language) or ENGLISH).get(emoji.replace(PICTURE_SELECTOR, ""))


@cache
def _names(language: str) -> Mapping[str, EmojiName]:
    path = files("babilu.presentation.data").joinpath(f"emoji_{language}.txt")
    if not path.is_file():
        # As with sentences: what a language lacks is said in English.
        return _names(ENGLISH)
    table = path.read_text(encoding="utf-8")
    rows = (line.split("\t") for line in table.splitlines() if line and not line.startswith("#"))
    return {emoji: EmojiName(name, tuple(words.split())) for emoji, name, words in rows}
