"""Emoji are found by Unicode's names, and what this Python's Unicode lacks is a neutral mark."""

import unicodedata

from babilu.kernel.reactions import is_reaction
from babilu.presentation.emoji import (
    NEUTRAL,
    QUICK,
    RECENT,
    EmojiGroup,
    every_emoji,
    find_emoji,
    name_of,
    shown_reaction,
    with_recent,
)


def texts(query: str) -> list[str]:
    return [each.text for each in find_emoji(query)]


def test_every_emoji_can_be_a_reaction_and_stands_once() -> None:
    every = every_emoji()
    assert len(every) > 900
    assert len({each.text for each in every}) == len(every)
    assert {each.group for each in every} == set(EmojiGroup)
    assert all(is_reaction(each.text) for each in every)
    assert all(is_reaction(each) for each in QUICK)


def test_words_of_a_name_find_an_emoji_by_their_beginnings() -> None:
    assert texts("thumbs up") == ["👍"]
    assert texts("UP thu") == ["👍"]
    assert "❤️" in texts("heavy heart")
    assert texts("zzzz") == []


def test_an_emoji_that_was_pasted_finds_itself() -> None:
    assert texts("🎉")[0] == "🎉"
    assert texts("❤")[0] == "❤️"


def test_nothing_that_is_looked_for_is_everything() -> None:
    assert find_emoji("  ") == every_emoji()


def test_an_emoji_is_said_by_its_name() -> None:
    assert name_of("👍") == "thumbs up sign"
    assert name_of("❤️") == "heavy black heart"
    assert name_of("\U0001fbff") == "\U0001fbff"


def test_what_this_unicode_lacks_is_shown_as_a_neutral_mark() -> None:
    unknown = next(chr(code) for code in range(0x1FAFF, 0x1F000, -1) if unicodedata.category(chr(code)) == "Cn")
    assert shown_reaction(unknown) == NEUTRAL
    assert shown_reaction("👍🏽") == "👍🏽"


def test_the_emoji_used_last_is_first_and_few_are_remembered() -> None:
    recent = ("a", "b", "c")
    assert with_recent("b", recent) == ("b", "a", "c")
    assert len(with_recent("x", tuple(map(str, range(40))))) == RECENT
