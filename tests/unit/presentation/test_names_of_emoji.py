"""Emoji are found by the words of their names, and what this Unicode lacks is a neutral mark."""

from babilu.presentation.emoji import NEUTRAL, QUICK, RECENT, every_emoji, find_emoji, shown_reaction, with_recent


def test_an_emoji_is_found_by_beginnings_of_words_of_its_name() -> None:
    assert [each.text for each in find_emoji("party pop")] == ["\N{PARTY POPPER}"]
    assert find_emoji("cat face")[0].name.startswith("cat face")
    assert find_emoji("no such thing at all") == ()
    assert find_emoji(" ") == every_emoji()


def test_those_used_last_come_first_and_are_bounded() -> None:
    used = with_recent("\N{PARTY POPPER}", QUICK)
    assert used[0] == "\N{PARTY POPPER}"
    assert with_recent("\N{PARTY POPPER}", used) == used
    many: tuple[str, ...] = ()
    for each in every_emoji()[: 2 * RECENT]:
        many = with_recent(each.text, many)
    assert len(many) == RECENT


def test_a_reaction_that_this_unicode_lacks_is_a_neutral_mark() -> None:
    assert shown_reaction("\N{THUMBS UP SIGN}") == "\N{THUMBS UP SIGN}"
    assert shown_reaction("\U000e0fff") == NEUTRAL
