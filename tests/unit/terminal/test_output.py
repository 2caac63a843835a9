import io
import os
import sys

import pytest

from babilu.terminal.output import OutputLostError, StreamOutput, say_to_whom_it_concerns, width_of, wrapped


def test_a_line_leaves_at_once() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, "utf-8", newline="\n")
    StreamOutput(lambda: stream).line("¡hola!")
    assert raw.getvalue().decode() == "¡hola!\n"


def test_characters_that_the_encoding_lacks_are_escaped() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, "ascii", newline="\n")
    StreamOutput(lambda: stream).line("é ✓ \ud800")
    assert raw.getvalue() == b"\\xe9 \\u2713 \\ud800\n"


def test_a_stream_that_is_gone_is_a_lost_output() -> None:
    class Broken(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError(text)

    with pytest.raises(OutputLostError):
        StreamOutput(Broken).line("x")
    closed = io.StringIO()
    closed.close()
    with pytest.raises(OutputLostError):
        StreamOutput(lambda: closed).line("x")


def test_a_process_without_standard_output_has_a_lost_output() -> None:
    output = StreamOutput(lambda: None)
    assert output.encoding == "utf-8"
    with pytest.raises(OutputLostError):
        output.line("x")


def test_who_serves_others_goes_on_when_nobody_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError(text)

    monkeypatch.setattr(sys, "stdout", Broken())
    say_to_whom_it_concerns(["ready", "stopped"])


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        ("fits", "fits"),
        ("· one two three four five six", "· one two three four\n  five six"),
        ("\x1b[2m· one two three four five\x1b[0m", "\x1b[2m· one two three four\n  five\x1b[0m"),
        ("12:34 bob: one two three four", "12:34 bob: one two\n      three four"),
        ("  /quit   leave this at once", "  /quit   leave this\n          at once"),
        ("first\n  second line that is long", "first\n  second line that is\n  long"),
        ("see https://example.org/a/very/long", "see\nhttps://example.org/a/very/long"),
        ("日本語 日本語日本語 日本", "日本語 日本語日本語\n日本"),
        ("  babilu://a-word-that-is-too-long", "  babilu://a-word-that-is-too-long"),
        ("\u2068one two three four five six\u2069", "\u2068one two three four five six\u2069"),
    ],
)
def test_a_terminal_gets_lines_that_break_between_words(text: str, broken: str) -> None:
    assert wrapped(text, 22) == broken


def test_whatever_is_broken_keeps_its_words_and_fits() -> None:
    text = "12:34 → ria: " + " ".join("x" * (number % 9 + 1) for number in range(5_000))
    lines = wrapped(text, 60).split("\n")
    assert max(map(width_of, lines)) <= 60
    assert " ".join(" ".join(lines).split()) == text


class Terminal(io.StringIO):
    """A stream that leads to a terminal of 40 columns, or to a pipe."""

    leads_to_terminal = True

    def isatty(self) -> bool:
        return self.leads_to_terminal

    def fileno(self) -> int:
        return 1


def test_a_terminal_is_asked_for_its_columns_and_a_pipe_gets_lines_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "get_terminal_size", lambda _: os.terminal_size((40, 24)))
    stream = Terminal()
    StreamOutput(lambda: stream).line("one two three four five six seven eight nine ten")
    stream.leads_to_terminal = False
    StreamOutput(lambda: stream).line("one two three four five six seven eight nine ten")
    assert stream.getvalue().splitlines() == [
        "one two three four five six seven eight",
        "nine ten",
        "one two three four five six seven eight nine ten",
    ]
