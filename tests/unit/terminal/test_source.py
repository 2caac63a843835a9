import io

import pytest

from babilu.terminal.source import LINE_BYTES, StreamSource
from babilu.terminal.strings import MisuseError


def source(raw: bytes, encoding: str = "utf-8") -> StreamSource:
    return StreamSource(io.BytesIO(raw), encoding)


def test_lines_come_without_their_ends_and_the_last_needs_none() -> None:
    lines = source("uno\r\ndos\n\ntrés".encode())
    assert [lines.read("") for _ in range(5)] == ["uno", "dos", "", "trés", None]


def test_a_line_in_another_encoding_is_a_mistake_and_the_next_one_comes() -> None:
    lines = source(b"\xff\xfe\nnext\n")
    with pytest.raises(MisuseError, match="not written in utf-8"):
        lines.read("")
    assert lines.read("") == "next"


def test_a_line_without_end_is_a_mistake_and_the_next_one_comes() -> None:
    lines = source(b"x" * (3 * LINE_BYTES) + b"\nnext\n")
    with pytest.raises(MisuseError, match="bytes long"):
        lines.read("")
    assert lines.read("") == "next"


def test_a_stream_cannot_be_asked_for_secrets() -> None:
    with pytest.raises(MisuseError, match="no terminal"):
        source(b"").ask_secret("Password")
