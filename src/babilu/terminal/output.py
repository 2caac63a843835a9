"""Lines leave whole and at once, in the encoding of the other end; when that end is gone, `OutputLostError` says so."""

import contextlib
import os
import sys
from collections.abc import Callable, Iterable
from typing import Protocol, TextIO


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
        fitting = text.encode(encoding, "backslashreplace").decode(encoding)
        try:
            stream.write(fitting + "\n")
            stream.flush()
        except (OSError, ValueError) as error:
            raise OutputLostError from error


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
