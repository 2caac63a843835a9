"""Text from others as cells: every terminal counts the same columns, and nothing is lost."""

import hypothesis.strategies as st
import pytest
from hypothesis import given
from rich.cells import cell_len

from babilu.terminal.app.cells import cut, label, padded, safe, wrap
from babilu.terminal.app.composer import without_controls
from babilu.terminal.app.spans import Line
from babilu.terminal.app.symbols import PICTURES
from babilu.terminal.app.text_lines import TextLook, text_lines

ISOLATES = "\u2068\u2069"


def words(line: Line) -> str:
    return "".join(span.text for span in line)


@given(st.text(max_size=200), st.integers(2, 60))
def test_a_wrapped_line_is_never_wider_than_asked_for(text: str, width: int) -> None:
    assert all(cell_len(line) <= width for line in wrap(safe(text), width))


@given(st.text(max_size=200), st.integers(2, 60))
def test_wrapping_loses_nothing_but_blanks(text: str, width: int) -> None:
    line = safe(text)
    wrapped = "".join("".join(wrap(line, width)).split()).translate(dict.fromkeys(map(ord, ISOLATES)))
    assert wrapped == "".join(line.split()).translate(dict.fromkeys(map(ord, ISOLATES)))


@given(st.text(max_size=100), st.integers(0, 40))
def test_a_label_fits_into_its_cells_and_stands_on_one_line(text: str, most: int) -> None:
    shown = label(text, most)
    assert cell_len(shown) <= most
    assert "\n" not in shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("\x1b[31m", "\\x1b[31m"),
        ("\u202eabc", "\\u202eabc"),
        ("\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f468\U0001f469\U0001f467"),
        ("\U0001f1ea\U0001f1f8", "ES"),
        ("\u2764\ufe0f", "\u2764"),
        ("\U0001f44d\U0001f3fd", "\U0001f44d"),
        ("\u0915\u094d\u200d\u0937", "\u0915\u094d\u200d\u0937"),
        ("\u3164", "\\u3164"),
        ("e" + "\u0301" * 10, "e" + "\u0301" * 8 + "[+2]"),
        ("[red]x[/red]", "[red]x[/red]"),
    ],
)
def test_what_terminals_disagree_on_is_shown_by_its_parts(text: str, shown: str) -> None:
    assert safe(text) == shown


def test_a_long_word_breaks_between_letters_and_keeps_their_marks() -> None:
    assert wrap("王王王", 3) == ["王", "王", "王"]
    assert wrap("e\u0301e\u0301e\u0301", 2) == ["e\u0301e\u0301", "e\u0301"]
    assert wrap("  indented words here", 12) == ["  indented", "words here"]


def test_right_to_left_letters_are_isolated_line_by_line() -> None:
    assert all(line.startswith("\u2068") and line.endswith("\u2069") for line in wrap("שלום עולם", 5))


def test_what_is_cut_says_so() -> None:
    assert cut("abcdef", 4) == "abc…"
    assert cut("王王王", 4) == "王…"
    assert cut("abc", 0) == ""
    assert padded("王", 4) == "王  "


def test_a_text_of_many_lines_is_shown_by_its_beginning() -> None:
    lines, whole = text_lines("one\r\n\ttwo\n" + "x\n" * 100, 20, 10, TextLook(PICTURES))
    assert [words(line) for line in lines[:2]] == ["one", "    two"]
    assert len(lines) == 10
    assert not whole
    lines, whole = text_lines("short", 20, 10, TextLook(PICTURES))
    assert ([words(line) for line in lines], whole) == (["short"], True)


def test_what_is_pasted_keeps_its_lines_and_no_control_character() -> None:
    assert without_controls("a\r\nb\tc\x1b[31m\u202e\x9b") == "a\nb\tc[31m"
