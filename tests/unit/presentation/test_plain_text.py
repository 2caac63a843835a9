import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from babilu.presentation.plain_text import MARKS_SHOWN, lines, one_line

ISOLATES = "\u2068\u2069"


@pytest.mark.parametrize("code", [*range(0x20), 0x7F, *range(0x80, 0xA0)])
def test_every_control_character_is_escaped(code: int) -> None:
    shown = one_line(f"a{chr(code)}b")
    assert chr(code) not in shown
    assert shown.startswith("a\\")
    assert shown.endswith("b")


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b[2J\x1b[H", "\\x1b[2J\\x1b[H"),
        ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        ("\x1b]52;c;cm0gLXJm\x1b\\", "\\x1b]52;c;cm0gLXJm\\x1b\\"),
        ("\x9b31mred", "\\x9b31mred"),
        ("\x1bP+q544e\x1b\\", "\\x1bP+q544e\\x1b\\"),
        ("over\rwritten", "over\\rwritten"),
        ("back\b\b\b\b", "back\\x08\\x08\\x08\\x08"),
        ("two\nlines", "two\\nlines"),
        ("tab\tbed", "tab\\tbed"),
        ("next\x85line", "next\\x85line"),
        ("\u2028\u2029", "\\u2028\\u2029"),
        ("invoice\u202efdp.exe", "invoice\\u202efdp.exe"),
        ("\u2066\u2067\u2068\u2069\u200e\u200f\u061c", "\\u2066\\u2067\\u2068\\u2069\\u200e\\u200f\\u061c"),
        ("zero\u200bwidth\ufeff", "zero\\u200bwidth\\ufeff"),
        ("tag\U000e0041", "tag\\U000e0041"),
        ("half \ud83d", "half \\ud83d"),
    ],
)
def test_what_could_steer_a_terminal_is_shown_as_an_escape(hostile: str, shown: str) -> None:
    assert one_line(hostile) == shown


@pytest.mark.parametrize("text", ["hello", "¿Qué tal, señor?", "你好", "👩\u200d👩\u200d👧 ❤\ufe0f", "é", "नमस्ते"])
def test_what_people_write_stays_as_it_is(text: str) -> None:
    assert one_line(text) == text


def test_right_to_left_text_is_isolated_from_its_surroundings() -> None:
    hebrew, arabic = "\u05e9\u05dc\u05d5\u05dd", "\u0633\u0644\u0627\u0645"
    assert one_line(hebrew) == f"\u2068{hebrew}\u2069"
    assert one_line(f"{arabic} abc") == f"\u2068{arabic} abc\u2069"


def test_a_tower_of_combining_marks_is_cut_and_counted() -> None:
    assert one_line("a" + "\u0301" * 60_000 + "b") == "a" + "\u0301" * MARKS_SHOWN + f"[+{60_000 - MARKS_SHOWN}]b"


def test_only_line_feeds_part_lines() -> None:
    assert lines("a\r\nb\nc\rd\x0be\x0cf\u2028g") == ("a", "b", "c\\rd\\x0be\\x0cf\\u2028g")


def test_tabs_become_blanks_within_lines() -> None:
    assert lines("a\tb\n\tc") == ("a   b", "    c")


@given(st.text())
def test_nothing_that_steers_ever_gets_through(text: str) -> None:
    for shown in (one_line(text), *lines(text)):
        inner = shown.strip(ISOLATES)
        assert not any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in shown)
        assert not any(unicodedata.bidirectional(character) in {"RLO", "LRO", "RLE", "LRE"} for character in shown)
        assert not set(inner) & set("\u2066\u2067\u2068\u2069\u202c")
        shown.encode()
