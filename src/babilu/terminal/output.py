"""Lines leave whole and at once, in the encoding of the other end; when that end is gone, `OutputLostError` says so."""

import contextlib
import os
import sys
from typing import Protocol, TextIO


class OutputLostError(Exception):
    """Nobody reads any more."""


class Output(Protocol):
    """Where lines go."""

    encoding: str

    def line(self, text: str) -> None:
        """Write one line and see that it leaves."""


class StreamOutput:
    """Writes to a text stream; characters that its encoding lacks are escaped.

    Args:
        stream: The stream, looked up anew for each line where it is None: the process's standard output.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream
        self.encoding = (stream or sys.stdout).encoding or "utf-8"

    def line(self, text: str) -> None:
        """Write one line and see that it leaves."""
        stream = self._stream or sys.stdout
        fitting = text.encode(self.encoding, "backslashreplace").decode(self.encoding)
        try:
            stream.write(fitting + "\n")
            stream.flush()
        except (OSError, ValueError) as error:
            raise OutputLostError from error


def forget_standard_output() -> None:
    """Lead standard output nowhere, so that the interpreter's end does not complain of a broken pipe."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
