"""Lines of input come one by one and whole; one too long or not in the right encoding is a mistake, never an end."""

from typing import BinaryIO, Protocol

from babilu.terminal.interruption import Interrupted
from babilu.terminal.strings import MisuseError

LINE_BYTES = 1024 * 1024
"""Longest line: far more than any message or command, far less than memory."""


class Source(Protocol):
    """Where input comes from; read in the main thread, blockingly."""

    def read(self, current: str) -> str | None:
        """Give the next line without its end, or None at the end of input.

        Args:
            current: Name of the current conversation, for a prompt.

        Raises:
            MisuseError: The line cannot be read; the next one can.
        """

    def ask_secret(self, question: str) -> str:
        """Ask a person for something that is not shown.

        Raises:
            MisuseError: Nobody can be asked.
        """

    def interrupt(self) -> None:
        """End the reading or asking that is under way, from a signal handler of the same thread.

        Raises:
            Interrupted: Here, or soon there.
        """


class StreamSource:
    """Reads a stream of bytes, such as a pipe.

    Args:
        stream: Where the bytes come from.
        encoding: How characters are written there.
    """

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        self._stream = stream
        self._encoding = encoding

    def read(self, current: str) -> str | None:
        """Give the next line."""
        del current
        try:
            raw = self._stream.readline(LINE_BYTES)
        except OSError:  # a terminal that hung up, a folder: nothing comes from there any more
            return None
        if not raw:
            return None
        if len(raw) >= LINE_BYTES and not raw.endswith(b"\n"):
            self._skip_line()
            raise MisuseError("line_too_long", most=LINE_BYTES)
        try:
            return raw.decode(self._encoding).removesuffix("\n").removesuffix("\r")
        except UnicodeDecodeError:
            raise MisuseError("line_encoding", encoding=self._encoding) from None

    def ask_secret(self, question: str) -> str:
        """Refuse: nobody is there."""
        del question
        raise MisuseError("nobody_to_ask")

    def interrupt(self) -> None:
        """End the reading: a system call gives way to what a signal handler raises."""
        raise Interrupted

    def _skip_line(self) -> None:
        while (raw := self._stream.readline(LINE_BYTES)) and not raw.endswith(b"\n"):
            pass
