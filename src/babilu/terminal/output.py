"""Lines leave whole and at once, in the encoding of the other end; when that end is gone, `OutputLostError` says so.

A terminal would break a long line in the middle of a word: for people it is broken between words, under its own text.
What goes into a pipe or a file is never broken.
"""

import contextlib
import os
import re
import sys
import unicodedata
from collections.abc import Callable, Iterable
from typing import Protocol, TextIO

from babilu.presentation.plain_text import FIRST_STRONG_ISOLATE

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_PIECE = re.compile(r" *[^ ]+")
_HEAD = re.compile(r"(?: *[^ ]+(?: [^ ]+)* {2,}|\d\d:\d\d |[^\w /@] | *)(?=[^ ])")
"""What the text of a line stands behind: a word that it explains, a time, a sign, or blanks."""

FEWEST_COLUMNS = 20
"""Columns of a terminal for which breaking between words is worth anything."""


class OutputLostError(Exception):
    """Nobody reads any more."""


class Output(Protocol):
    """Where lines go."""

    def line(self, text: str) -> None:
        """Write one line and see that it leaves."""


class StreamOutput:
    """Writes to a text stream; characters that its encoding lacks are escaped.

    Args:
        find: Gives the stream, anew for each line, because a prompt on the terminal puts another one in its place.
    """

    def __init__(self, find: "Callable[[], TextIO | None]") -> None:
        self._find = find

    @property
    def encoding(self) -> str:
        """Encoding of the other end."""
        stream = self._find()
        return (stream and stream.encoding) or "utf-8"

    def line(self, text: str) -> None:
        """Write one line and see that it leaves."""
        stream = self._find()
        if stream is None:
            raise OutputLostError
        encoding = stream.encoding or "utf-8"
        text = wrapped(text, columns_of(stream))
        fitting = text.encode(encoding, "backslashreplace").decode(encoding)
        try:
            stream.write(fitting + "\n")
            stream.flush()
        except (OSError, ValueError) as error:
            raise OutputLostError from error


def columns_of(stream: TextIO) -> int | None:
    """Count the columns of a terminal; None where the stream leads elsewhere."""
    try:
        return os.get_terminal_size(stream.fileno()).columns if stream.isatty() else None
    except (OSError, ValueError):
        return None


def wrapped(text: str, columns: int | None) -> str:
    """Break lines that do not fit into so many columns, between words."""
    if columns is None or columns < FEWEST_COLUMNS:
        return text
    return "\n".join(_wrapped(line, columns) for line in text.split("\n"))


def _wrapped(line: str, columns: int) -> str:
    # Within an isolate a line break would let a text from right to left reorder what is around it.
    if width_of(line) <= columns or FIRST_STRONG_ISOLATE in line:
        return line
    head = _HEAD.match(_COLOUR.sub("", line)[: columns // 2])
    margin = width_of(head[0]) if head else 0
    broken: list[str] = []
    used = 0
    for piece in _PIECE.findall(line):
        word = piece.lstrip(" ")
        if used > margin and used + width_of(piece) > columns:
            broken += ["\n", " " * margin, word]
            used = margin + width_of(word)
        else:
            broken.append(piece)
            used += width_of(piece)
    return "".join(broken)


def width_of(text: str) -> int:
    """Count the columns that a text takes, as nearly as every terminal counts them; colours take none."""
    plain = _COLOUR.sub("", text)
    if plain.isascii():
        return len(plain)
    return sum(
        0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in plain
    )


def standard_output() -> TextIO | None:
    """Give what is standard output now; None where the process was started without one."""
    return sys.stdout


def standard_error() -> TextIO | None:
    """Give what is standard error now; None where the process was started without one."""
    return sys.stderr


def say_to_whom_it_concerns(lines: Iterable[str]) -> None:
    """Print lines on standard output; a program that serves others goes on when nobody reads them."""
    output = StreamOutput(standard_output)
    with contextlib.suppress(OutputLostError):
        for line in lines:
            output.line(line)


def forget_standard_output() -> None:
    """Lead standard output nowhere, so that the interpreter's end does not complain of a broken pipe."""
    lead_nowhere(standard_output())


def lead_nowhere(stream: TextIO | None) -> None:
    """Let go of where a stream leads; what it still holds is dropped."""
    if stream is None:
        return
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
        stream.flush()
