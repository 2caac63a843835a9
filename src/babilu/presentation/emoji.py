"""Emoji to choose from and to react with: their names are Unicode's, so that nothing has to be kept up beside Python.

Which characters are pictures by themselves is a property that Python does not know (UTS #51, Emoji_Presentation): its
ranges are below, and of them counts what this Python's Unicode has.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum, unique
from functools import cache
from typing import Final

QUICK: Final = ("👍", "❤️", "😂", "😮", "😢", "🙏")
"""What is offered first, before anybody has chosen."""

NEUTRAL: Final = "▢"
"""Stands for what this Python's Unicode does not have."""

MOST_FOUND: Final = 200
RECENT: Final = 16
"""How many are remembered."""

_PICTURE: Final = "\ufe0f"


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
    """One emoji: what is sent, and its name in Unicode's English, in small letters."""

    text: str
    name: str
    group: EmojiGroup


@cache
def every_emoji() -> tuple[Emoji, ...]:
    """Give all that this Python's Unicode has, group by group."""
    found: dict[str, Emoji] = {}
    for group in EmojiGroup:
        for text in (*_WITH_SELECTOR.get(group, ""), *_characters(_RANGES[group])):
            name = unicodedata.name(text, "").lower()
            if name:
                whole = text + _PICTURE if text in _WITH_SELECTOR.get(group, "") else text
                found.setdefault(whole, Emoji(whole, name, group))
    return tuple(found.values())


def find_emoji(query: str) -> tuple[Emoji, ...]:
    """Find emoji in whose names every word of a query begins a word; names that begin so come first."""
    words = query.lower().split()
    if not words:
        return every_emoji()
    if (
        known := [each for each in every_emoji() if each.text.rstrip(_PICTURE) == query.strip().rstrip(_PICTURE)]
    ) != []:
        return tuple(known)
    fitting = [each for each in every_emoji() if _fits(words, each.name.split())]
    return tuple(sorted(fitting, key=lambda each: not each.name.startswith(words[0]))[:MOST_FOUND])


def name_of(emoji: str) -> str:
    """Say an emoji, in Unicode's English; its own text where it has no name."""
    names = (unicodedata.name(sign, "").lower() for sign in emoji if sign not in _JOINERS)
    return ", ".join(name for name in names if name) or emoji


def shown_reaction(emoji: str) -> str:
    """Give a reaction as it is shown: what this Python's Unicode lacks is a neutral mark."""
    return emoji if all(unicodedata.category(sign) not in {"Cn", "Co", "Cs"} for sign in emoji) else NEUTRAL


def with_recent(emoji: str, recent: tuple[str, ...]) -> tuple[str, ...]:
    """Put an emoji in front of those that were used."""
    return (emoji, *(each for each in recent if each != emoji))[:RECENT]


_JOINERS: Final = frozenset("\u200d\ufe0f")


def _fits(words: list[str], name: list[str]) -> bool:
    return all(any(part.startswith(word) for part in name) for word in words)


def _characters(ranges: str) -> Iterator[str]:
    for each in ranges.split():
        low, _, high = each.partition("-")
        yield from map(chr, range(int(low, 16), int(high or low, 16) + 1))
