"""Emoji are found by their names in the interface's language; what this Python's Unicode lacks is a neutral mark."""

import json
import unicodedata
from pathlib import Path

import pytest

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
from babilu.presentation.emoji_names import PICTURE_SELECTOR, emoji_name
from babilu.presentation.strings import LANGUAGES
from tools import emoji_names as tool


def texts(query: str, language: str = "en") -> list[str]:
    return [each.text for each in find_emoji(query, language)]


def test_every_emoji_can_be_a_reaction_and_stands_once() -> None:
    every = every_emoji("en")
    assert len(every) > 900
    assert len({each.text for each in every}) == len(every)
    assert {each.group for each in every} == set(EmojiGroup)
    assert all(is_reaction(each.text) for each in every)
    assert all(is_reaction(each) for each in QUICK)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_emoji_is_named_in_every_language(language: str) -> None:
    assert [each.text for each in every_emoji(language) if emoji_name(each.text, language) is None] == []


def test_the_words_of_a_query_begin_words_of_a_name() -> None:
    assert texts("thumbs up") == ["👍"]
    assert texts("UP thu") == ["👍"]
    assert texts("party pop") == ["🎉"]
    assert "❤️" in texts("red heart")
    assert texts("zzzz") == []


def test_emoji_are_found_in_the_language_of_the_interface_with_accents_or_without() -> None:
    assert "❤️" in texts("corazón rojo", "es")
    assert texts("corazon rojo", "es") == texts("corazón rojo", "es")
    assert texts("pulgar hacia arriba", "es") == ["👍"]
    assert "😂" in texts("risa", "es")
    assert texts("pulgar", "en") == []


def test_the_name_in_unicode_finds_an_emoji_in_every_language() -> None:
    assert texts("party popper", "es") == ["🎉"]
    assert texts("heavy black heart") == ["❤️"]


def test_more_words_than_the_name_has_find_an_emoji_after_those_that_are_called_so() -> None:
    found = texts("heart")
    assert found.index("💘") < found.index("😍") < found.index("🏠")
    assert "😂" in texts("lol")


def test_an_emoji_that_was_pasted_finds_itself() -> None:
    assert texts("🎉")[0] == "🎉"
    assert texts("❤")[0] == "❤️"


def test_nothing_that_is_looked_for_is_everything() -> None:
    assert find_emoji("  ", "es") == every_emoji("es")


def test_an_emoji_is_said_by_its_name_in_a_language() -> None:
    assert (name_of("👍", "en"), name_of("👍", "es_MX")) == ("thumbs up", "pulgar hacia arriba")
    assert (name_of("❤️", "en"), name_of("❤️", "es")) == ("red heart", "corazón rojo")
    assert name_of("👍🏽", "es") == "pulgar hacia arriba, tono de piel medio"
    assert name_of("\U0001fbff", "es") == "\U0001fbff"


def test_what_this_unicode_lacks_is_shown_as_a_neutral_mark() -> None:
    unknown = next(chr(code) for code in range(0x1FAFF, 0x1F000, -1) if unicodedata.category(chr(code)) == "Cn")
    assert shown_reaction(unknown) == NEUTRAL
    assert shown_reaction("👍🏽") == "👍🏽"


def test_the_emoji_used_last_is_first_and_few_are_remembered() -> None:
    recent = ("a", "b", "c")
    assert with_recent("b", recent) == ("b", "a", "c")
    assert len(with_recent("x", tuple(map(str, range(40))))) == RECENT


def test_the_tool_keeps_names_and_the_words_beyond_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = {
        "👍": {"default": ["pulgar hacia arriba", "mano", "señal de mano"], "tts": ["pulgar hacia arriba"]},
        "❤": {"tts": ["corazón"]},
        "{": {"default": ["llave"], "tts": ["llave de apertura"]},
        "±": {"default": ["más"], "tts": ["más menos"]},
    }
    (tmp_path / "package.json").write_text('{"version": "99.0.0"}', encoding="utf-8")
    (tmp_path / "LICENSE").write_text("Do as you like.", encoding="utf-8")
    for language in LANGUAGES:
        (tmp_path / "annotations" / language).mkdir(parents=True)
        path = tmp_path / "annotations" / language / "annotations.json"
        path.write_text(json.dumps({"annotations": {"annotations": given}}), encoding="utf-8")
    monkeypatch.setattr(tool, "DATA", tmp_path)

    assert tool.main([str(tmp_path)]) == 0

    head, *lines = (tmp_path / "emoji_es.txt").read_text(encoding="utf-8").split("\n\n")[0].splitlines()
    assert head.startswith("#")
    assert [line for line in lines if not line.startswith("#")] == [
        "❤\tcorazón\t",
        "👍\tpulgar hacia arriba\tmano señal de",
    ]
    assert "CLDR 99.0.0 (es)" in "".join(lines)
    assert (tmp_path / "UNICODE-LICENSE.txt").read_text(encoding="utf-8") == "Do as you like."


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_tables_hold_what_can_be_a_reaction_and_no_selector(language: str) -> None:
    table = (tool.DATA / f"emoji_{language}.txt").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in table.splitlines() if not line.startswith("#")]
    assert all(len(row) == 3 and row[1] for row in rows)
    assert all(is_reaction(row[0]) and PICTURE_SELECTOR not in row[0] for row in rows)
