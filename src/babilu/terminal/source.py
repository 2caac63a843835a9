"""Lines of input come one by one and whole; one too long or not in the right encoding is a mistake, never an end."""

import codecs
import os
from typing import Protocol

from babilu.presentation.strings import MisuseError
from babilu.terminal.interruption import Interruption

LINE_BYTES = 1024 * 1024
"""Longest line: far more than any message or command, far less than memory."""

READ_BYTES = 64 * 1024


class InputSource(Protocol):
    """Where input comes from; read in the main thread, blockingly."""

    def read(self, current: str, interruption: Interruption) -> str | None:
        """Give the next line without its end, or None at the end of input.

        Args:
            current: Name of the current conversation, for a prompt.
            interruption: Where to wait.

        Raises:
            MisuseError: The line cannot be read; the next one can.
            Interrupted: A signal came.
        """

    def ask_secret(self, question: str) -> str:
        """Ask a person for something that is not shown.

        Raises:
            MisuseError: Nobody can be asked.
            Interrupted: A signal came.
        """

    def interrupt(self) -> None:
        """Have the reading or asking that is under way end with `Interrupted`; called in any thread, raises nothing."""


class StreamSource:
    """Reads bytes from a pipe, a file or a terminal that is left as it is.

    Args:
        descriptor: File descriptor to read from.
        encoding: How characters are written there.
    """

    def __init__(self, descriptor: int, encoding: str) -> None:
        self._descriptor = descriptor
        self._encoding = encoding
        self._buffer = bytearray()
        self._searched = 0
        self._ended = False
        self._first = True

    def read(self, current: str, interruption: Interruption) -> str | None:
        del current
        too_long = False
        while (end := self._buffer.find(b"\n", self._searched)) < 0 and not self._ended:
            self._searched = len(self._buffer)
            if self._searched >= LINE_BYTES:
                too_long = True
                self._buffer.clear()
                self._searched = 0
            self._fill(interruption)
        self._searched = 0
        if end < 0 and not self._buffer and not too_long:
            return None
        raw = bytes(self._buffer if end < 0 else self._buffer[:end])
        del self._buffer[: len(raw) + 1]
        if self._first:
            # Editors of Windows mark a file as UTF-8 by three bytes, which are no part of its first line.
            self._first = False
            raw = raw.removeprefix(codecs.BOM_UTF8)
        if too_long or len(raw) > LINE_BYTES:
            raise MisuseError("line_too_long", count=LINE_BYTES)
        try:
            return raw.decode(self._encoding).removesuffix("\r")
        except UnicodeDecodeError:
            raise MisuseError("line_encoding", encoding=self._encoding) from None

    def ask_secret(self, question: str) -> str:
        """Refuse: nobody is there."""
        del question
        raise MisuseError("nobody_to_ask")

    def interrupt(self) -> None:
        """Do nothing: the bell ends the reading."""

    def _fill(self, interruption: Interruption) -> None:
        """Take what there is; waits for something to come, or for the bell."""
        try:
            if not interruption.rest(self._descriptor):
                return
            new = os.read(self._descriptor, READ_BYTES)
        except OSError:  # a terminal that hung up, a folder: nothing comes from there any more
            new = b""
        self._buffer += new
        self._ended = not new
