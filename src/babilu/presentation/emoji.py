"""Emoji to choose from and to react with: which there are is up to this Python's Unicode, names are in each language.

Which characters are pictures by themselves is a property that Python does not know (UTS #51, Emoji_Presentation): its
ranges are below, and of them counts what this Python's Unicode has.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum, unique
from functools import cache
from typing import Final

from babilu.presentation.emoji_names import PICTURE_SELECTOR, EmojiName, emoji_name
from babilu.presentation.fuzzy import folded

QUICK: Final = ("👍", "❤️", "😂", "😮", "😢", "🙏")
"""What is offered first, before anybody has chosen."""

NEUTRAL: Final = "▢"
"""Stands for what this Python's Unicode does not have."""

MOST_FOUND: Final = 200
RECENT: Final = 16
"""How many are remembered."""


@unique
class EmojiGroup(StrEnum):
    """What an emoji shows, roughly."""

    FACES = "faces"
    PEOPLE = "people"
    NATURE = "nature"
    FOOD = "food"
    PLACES = "places"
    THINGS = "things"
    SIGNS = "signs"


_RANGES: Final = {
    EmojiGroup.FACES: (
        "1F600-1F64A 1F910-1F917 1F920-1F925 1F927-1F92F 1F970-1F976 1F978-1F97A 1F9D0 1FAE0-1FAE9 "
        "1F479-1F47B 1F47D-1F480 1F4A9 1F916"
    ),
    EmojiGroup.PEOPLE: (
        "1F44A-1F450 1F440 1F442-1F449 1F466-1F478 1F47C 1F481-1F487 1F48F 1F491 1F4AA 1F57A 1F590 "
        "1F595-1F596 1F64B-1F64F 1F6B4-1F6B6 1F90C-1F90F 1F918-1F91F 1F926 1F930-1F93A 1F93C-1F93E 1F977 "
        "1F9B5-1F9B6 1F9B8-1F9B9 1F9D1-1F9DF 1FAC2-1FAC6 1FAF0-1FAF8 270A-270B"
    ),
    EmojiGroup.NATURE: (
        "1F330-1F335 1F337-1F344 1F400-1F43E 1F490 1F940 1F980-1F9AE 1F9A0 1FAB0-1FABD 1FACE-1FACF 1FAD8 "
        "1F300-1F320 26C4-26C5 26A1 2B50 1F525 1F4A7 1F4A6 2614"
    ),
    EmojiGroup.FOOD: (
        "1F32D-1F32F 1F345-1F37C 1F37E-1F37F 1F942-1F944 1F950-1F96F 1F9C0-1F9CB 1FAD0-1FAD7 1FAD9-1FADC 2615"
    ),
    EmojiGroup.PLACES: (
        "1F3E0-1F3F0 1F5FB-1F5FF 1F680-1F6B3 1F6B7-1F6C5 1F6D5-1F6D7 1F6EB-1F6EC 1F6F4-1F6FC 1F3D4 26EA "
        "26F2-26F3 26F5 26FA 26FD 2693"
    ),
    EmojiGroup.THINGS: (
        "1F380-1F393 1F3A0-1F3CA 1F3CF-1F3D3 1F3F8-1F3FA 1F451-1F465 1F484 1F488-1F48E 1F4A1 1F4A3 "
        "1F4B0-1F4FC 1F4FF-1F512 1F526-1F52D 1F93F 1F941 1F945 1F947-1F94F 1F97B-1F97F 1F9AF 1F9E0-1F9FF "
        "1FA70-1FA7C 1FA80-1FA89 1FA8F-1FAAF 26BD-26BE 231A-231B 23F0 23F3"
    ),
    EmojiGroup.SIGNS: (
        "1F493-1F49F 1F5A4 1F90D-1F90E 1F9E1 1F4A2 1F4A4-1F4A5 1F4A8 1F4AB-1F4AF 2705 274C 2728 2753-2755 "
        "2757 2795-2797 27B0 267F 26D4 2B55 1F514-1F515 1F534-1F53D 1F7E0-1F7EB 1F7F0 1F550-1F567 2648-2653 "
        "1F6D1 1F6D0"
    ),
}

_WITH_SELECTOR: Final = {
    EmojiGroup.FACES: "☺",
    EmojiGroup.PEOPLE: "✌☝✍",
    EmojiGroup.NATURE: "☀☁❄",
    EmojiGroup.PLACES: "✈",
    EmojiGroup.THINGS: "☎✂✏",
    EmojiGroup.SIGNS: "❤✔",
}
"""Older signs, which are pictures only when they are asked to be."""


@dataclass(frozen=True, slots=True)
class Emoji:
    """One emoji.

    Attributes:
        text: What is sent.
        name: Its name in the language that was asked for.
        group: What it shows, roughly.
        words: What finds it, folded: its name, more words of that language, and its English name in Unicode.
    """

    text: str
    name: str
    group: EmojiGroup
    words: tuple[str, ...]


@cache
def every_emoji(language: str) -> tuple[Emoji, ...]:
    """Give all that this Python's Unicode has, group by group, with their names in a language."""
    found: dict[str, Emoji] = {}
    for group in EmojiGroup:
        for text in (*_WITH_SELECTOR.get(group, ""), *_characters(_RANGES[group])):
            if english := unicodedata.name(text, "").lower():
                whole = text + PICTURE_SELECTOR if text in _WITH_SELECTOR.get(group, "") else text
                found.setdefault(whole, _named(whole, english, group, language))
    return tuple(found.values())


def _named(text: str, english: str, group: EmojiGroup, language: str) -> Emoji:
    known = emoji_name(text, language) or EmojiName(english, ())
    words = dict.fromkeys(folded(" ".join((known.name, *known.words, english))).split())
    return Emoji(text, known.name, group, tuple(words))


def find_emoji(query: str, language: str) -> tuple[Emoji, ...]:
    """Find emoji with words that the words of a query begin, whatever case and accents.

    First come those whose names begin as the query does, then those whose names have all of it.
    """
    every, words = every_emoji(language), folded(query).split()
    if not words:
        return every
    pasted = query.strip().rstrip(PICTURE_SELECTOR)
    if known := [each for each in every if each.text.rstrip(PICTURE_SELECTOR) == pasted]:
        return tuple(known)
    fitting = [each for each in every if _fits(words, each.words)]
    return tuple(sorted(fitting, key=lambda each: _distance(words, folded(each.name).split()))[:MOST_FOUND])


def name_of(emoji: str, language: str) -> str:
    """Say an emoji in a language, one that is put together by its parts; its own text where it has no name."""
    if whole := emoji_name(emoji, language):
        return whole.name
    names = (_name_of_sign(sign, language) for sign in emoji if sign not in _JOINERS)
    return ", ".join(name for name in names if name) or emoji


def shown_reaction(emoji: str) -> str:
    """Give a reaction as it is shown: what this Python's Unicode lacks is a neutral mark."""
    return emoji if all(unicodedata.category(sign) not in {"Cn", "Co", "Cs"} for sign in emoji) else NEUTRAL


def with_recent(emoji: str, recent: tuple[str, ...]) -> tuple[str, ...]:
    """Put an emoji in front of those that were used."""
    return (emoji, *(each for each in recent if each != emoji))[:RECENT]


_JOINERS: Final = frozenset("\u200d\ufe0f")


def _name_of_sign(sign: str, language: str) -> str:
    known = emoji_name(sign, language)
    return unicodedata.name(sign, "").lower() if known is None else known.name


def _fits(words: Sequence[str], named: Sequence[str]) -> bool:
    return all(any(part.startswith(word) for part in named) for word in words)


def _distance(words: Sequence[str], name: Sequence[str]) -> int:
    """Order what was found: names that begin so, names that have it, and the others."""
    if name[0].startswith(words[0]) and _fits(words, name):
        return 0
    return 1 if _fits(words, name) else 2


def _characters(ranges: str) -> Iterator[str]:
    for each in ranges.split():
        low, _, high = each.partition("-")
        yield from map(chr, range(int(low, 16), int(high or low, 16) + 1))
