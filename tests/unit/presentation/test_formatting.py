"""Formatting is read from plain text, and what is not formatting stays as it was written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from babilu.presentation.formatting import TextStyle, format_text, without_marks


def shown(text: str) -> list[tuple[str, TextStyle]]:
    return [(run.text, run.style) for block in format_text(text) for run in block.runs]


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("*bold*", [("bold", TextStyle.BOLD)]),
        ("_italic_ and", [("italic", TextStyle.ITALIC), (" and", TextStyle.PLAIN)]),
        ("~gone~", [("gone", TextStyle.STRIKE)]),
        ("`a*b*c`", [("a*b*c", TextStyle.CODE)]),
        ("||the end||", [("the end", TextStyle.SPOILER)]),
        ("*_both_*", [("both", TextStyle.BOLD | TextStyle.ITALIC)]),
        ("(*so*)", [("(", TextStyle.PLAIN), ("so", TextStyle.BOLD), (")", TextStyle.PLAIN)]),
    ],
)
def test_marks_around_words_are_shown_as_styles(text: str, runs: list[tuple[str, TextStyle]]) -> None:
    assert shown(text) == runs


@pytest.mark.parametrize(
    "text",
    [
        "2*3*4",
        "snake_case_name",
        "* a list",
        "a * b * c",
        "*open",
        "~/a ~/b",
        "|| or",
        "``",
        "<b>no</b>",
        "&amp;",
        "*\nover lines\n*",
    ],
)
def test_what_is_no_formatting_stays_as_it_stands(text: str) -> None:
    assert "".join(run for run, _ in shown(text)) == text
    assert {style for _, style in shown(text)} <= {TextStyle.PLAIN}


def test_fenced_code_keeps_every_byte() -> None:
    code = "if a *b*:\n\t> not a quote  \n\n  `x`"
    words, block, after = format_text(f"see\n```python\n{code}\n```\nend")

    assert (words.text, block.text, after.text) == ("see", code, "end")
    assert block.code
    assert not words.code


def test_an_open_fence_is_text() -> None:
    (block,) = format_text("```\nabc")

    assert block.text == "```\nabc"


def test_lines_that_begin_with_a_sign_are_a_quote() -> None:
    quote, answer = format_text("> *one*\n> two\nyes")

    assert (quote.text, quote.quote) == ("one\ntwo", True)
    assert quote.runs[0].style is TextStyle.BOLD
    assert (answer.text, answer.quote) == ("yes", False)


def test_a_spoiler_is_hidden_where_a_text_is_only_mentioned() -> None:
    assert without_marks("*the murderer* is ||Bob||") == "the murderer is ▮▮▮"


def test_a_run_knows_where_it_stands_in_the_whole_text() -> None:
    text = "a *b*\n> c `d`"

    for block in format_text(text):
        for run in block.runs:
            assert text[run.start : run.start + len(run.text)] == run.text


@given(st.text(alphabet="ab *_~`|>\n", max_size=60))
def test_no_text_loses_a_letter_or_moves_one(text: str) -> None:
    runs = [run for block in format_text(text) for run in block.runs]

    for run in runs:
        assert text[run.start : run.start + len(run.text)] == run.text
    letters = [character for character in text if character in "ab"]
    assert [character for run in runs for character in run.text if character in "ab"] == letters


def test_a_long_hostile_text_looks_for_each_mark_once() -> None:
    # With a search from each mark to the end this would take minutes, and the test's own limit would end it.
    text = " *a" * 100_000

    assert "".join(run for run, _ in shown(text)) == text


@pytest.mark.parametrize(
    "text", ["see https://a.example/_b_/c now", "https://a.example/~d~", "https://a.example/*e*/f"]
)
def test_an_address_keeps_its_signs(text: str) -> None:
    assert format_text(text)[0].text == text


def test_an_address_ends_no_later_than_what_hides_it() -> None:
    (block,) = format_text("||https://a.example/x|| y")
    assert [(run.text, run.style) for run in block.runs] == [
        ("https://a.example/x", TextStyle.SPOILER),
        (" y", TextStyle.PLAIN),
    ]
