"""The way to a terminal of Unix, which may vanish: what cannot be written any more is dropped, and nobody waits for it.

Textual's writer would end with the first failed write, and whoever fills its queue would wait for ever. A terminal that
hangs up sends SIGCONT after SIGHUP, and only a client that was suspended may take that as its cue to begin anew. How
large it is, the terminal itself is asked: `COLUMNS` and `LINES` tell what it was when another program looked. What
comes from it is read by a `KeyReader`, which no byte can end.
"""

import contextlib
import os
import select
from typing import TYPE_CHECKING, Final, TextIO

from textual.drivers.linux_driver import LinuxDriver
from typing_extensions import override

from babilu.terminal.app.key_reader import KeyReader

if TYPE_CHECKING:
    from textual.app import App

READ_BYTES: Final = 4096
PATIENCE_S: Final = 0.1
"""How long the rest of a sequence is waited for, and the end is not noticed."""


class ForgivingFile:
    """A terminal to write to, whether it is there or not.

    Args:
        stream: The terminal.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write, if that is possible."""
        with contextlib.suppress(OSError, ValueError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """See that it leaves, if that is possible."""
        with contextlib.suppress(OSError, ValueError):
            self._stream.flush()

    def fileno(self) -> int:
        """Give the file descriptor."""
        return self._stream.fileno()

    def isatty(self) -> bool:
        """Tell whether a terminal is there."""
        return self._stream.isatty()


class TerminalDriver(LinuxDriver):
    """Draws on the terminal."""

    def __init__(
        self, app: "App[object]", *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._terminal = ForgivingFile(self._file)  # type: ignore[arg-type]  # there is a standard error with a terminal
        self._file = self._terminal  # type: ignore[assignment]  # it is all that the writer needs
        self._suspended = False

    @override
    def _get_terminal_size(self) -> tuple[int, int]:
        """Ask the terminal for its columns and lines."""
        with contextlib.suppress(OSError, ValueError):
            size = os.get_terminal_size(self._terminal.fileno())
            if size.columns and size.lines:
                return size.columns, size.lines
        return super()._get_terminal_size()

    @override
    def run_input_thread(self) -> None:
        """Read what the terminal sends until the app ends; an error of the terminal itself ends the app."""
        reader = KeyReader()
        while not self.exit_event.is_set():
            ready, _, _ = select.select([self.fileno], [], [], PATIENCE_S)
            data = os.read(self.fileno, READ_BYTES) if ready else b""
            if ready and not data:
                raise EOFError
            for message in (*reader.feed(data), *reader.tick()):
                self.process_message(message)

    @override
    def suspend_application_mode(self) -> None:
        """Leave the terminal to another program."""
        self._suspended = True
        super().suspend_application_mode()

    @override
    def resume_application_mode(self) -> None:
        """Take it again, if it was left."""
        if self._suspended:
            self._suspended = False
            super().resume_application_mode()
