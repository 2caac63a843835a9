import io
import sys

import pytest

from babilu.terminal.output import OutputLostError, StreamOutput, say_to_whom_it_concerns


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
