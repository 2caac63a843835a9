"""`babilu rpc` speaks JSON-RPC 2.0 on standard input and output: requests in, answers and events out, one a line."""

import contextlib
import os
import queue
import sys
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from babilu.cli.commands import command
from babilu.cli.exit_codes import ExitCode, exit_for
from babilu.cli.options import (
    LogFormat,
    LogLevel,
    home_option,
    language_option,
    log_options,
    password_file_option,
    profile_option,
)
from babilu.cli.parameters import flag
from babilu.cli.profile_choice import choose
from babilu.kernel.errors import BabiluError, ErrorCode, ProtocolError
from babilu.terminal.interruption import Interrupted, Interruption

if TYPE_CHECKING:
    from babilu.api.client import ChatClient
    from babilu.api.events import Event
    from babilu.cli.profile_choice import ProfileChoice

LINES_KEPT: Final = 128
"""Lines that may wait for their turn before standard input waits too."""

END_S: Final = 2.0


@command("rpc")
@profile_option
@home_option
@password_file_option
@log_options
@language_option
@flag("--openrpc")
@click.pass_context
def rpc(
    context: click.Context,
    *,
    openrpc: bool,
    profile: str | None,
    home: Path | None,
    password_file: Path | None,
    log_level: LogLevel,
    log_file: Path | None,
    log_format: LogFormat,
    lang: str | None,
) -> int:
    """Speak JSON-RPC 2.0 on standard input and output."""
    from babilu.cli.log import set_up_logging

    if openrpc:
        from babilu.presentation.json_line import json_line
        from babilu.rpc.openrpc import describe

        print(json_line(describe()))
        return ExitCode.DONE
    set_up_logging(log_level, log_file, log_format)
    return StandardStreams(choose(context, profile, home, password_file, lang)).serve()


class StandardStreams:
    """One caller at the other end of standard input and output.

    Args:
        choice: Which profile.
    """

    def __init__(self, choice: "ProfileChoice") -> None:
        self._choice = choice
        self._cursor = 0
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._lines: deque[bytes] = deque()
        self._room = threading.Condition()
        self._input_ended = False
        self._failure: BabiluError | None = None
        self._over = threading.Event()
        self._interruption = Interruption(is_last=True)

    def serve(self) -> ExitCode:
        """Serve until the end of input, a signal, or the end of the client.

        Raises:
            BabiluError: The profile cannot be opened.
        """
        with self._interruption:
            return self._serve()

    def _serve(self) -> ExitCode:
        try:
            with self._choice.opened(self._hear, self._interruption) as client:
                worker = threading.Thread(target=self._work, args=(client,), name="babilu-rpc")
                worker.start()
                reader = threading.Thread(target=self._read, name="babilu-input")
                reader.start()
                try:
                    while not self._over.is_set():
                        self._interruption.rest()
                finally:
                    self._jobs.put(None)
                    worker.join(END_S)
        except Interrupted:
            self._leave_now(ExitCode.DONE)
        code = ExitCode.DONE if self._failure is None else exit_for(self._failure)
        if reader.is_alive() or worker.is_alive():
            self._leave_now(code)
        return code

    @staticmethod
    def _leave_now(code: ExitCode) -> None:
        """End although a thread waits in standard input or output: nothing but the other end could wake it."""
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.flush()
        os._exit(code)

    def _hear(self, cursor: int, event: "Event") -> None:
        from babilu.api.events import Warned

        self._cursor = cursor
        if isinstance(event, Warned) and event.fatal:
            self._fail(BabiluError(ErrorCode(event.code), event.text))

    def _fail(self, error: BabiluError) -> None:
        if self._failure is None:
            self._failure = error
            self._jobs.put(self._end)

    # The thread that reads.

    def _read(self) -> None:
        from babilu.rpc.messages import LINE_BYTES_MAX

        source = sys.stdin.buffer if sys.stdin else open(os.devnull, "rb")  # noqa: PTH123, SIM115 -- closed with the process
        while line := source.readline(LINE_BYTES_MAX + 2):
            if len(line) > LINE_BYTES_MAX + 1:
                self._fail(ProtocolError(ErrorCode.TOO_LARGE, f"A line has at most {LINE_BYTES_MAX} bytes."))
                return
            with self._room:
                self._room.wait_for(lambda: len(self._lines) < LINES_KEPT)
                self._lines.append(line)
            self._jobs.put(self._look)
        self._input_ended = True
        self._jobs.put(self._look)

    def _look(self) -> None:
        """Do nothing: after each job the lines are looked at."""

    # The thread in which the session lives.

    def _work(self, client: "ChatClient") -> None:
        from babilu.host.hosting import make_attachment
        from babilu.rpc.session import Hosted, Session

        hosted = Hosted(client, make_attachment(client, daemon=False), lambda: self._cursor)
        self._session = Session(hosted, self, self._jobs.put, locked=False)
        try:
            while (job := self._jobs.get()) is not None:
                job()
                self._take_lines()
        except BrokenPipeError:
            # Nobody reads any more.
            self.close()

    def _take_lines(self) -> None:
        from babilu.rpc.server import UNDER_WAY_MAX

        while self._session.under_way < UNDER_WAY_MAX:
            with self._room:
                if not self._lines:
                    break
                line = self._lines.popleft()
                self._room.notify_all()
            self._session.take(line)
        if self._input_ended and not self._lines and not self._session.under_way:
            self._session.end()

    def _end(self) -> None:
        self._session.end(self._failure)

    # The session's outlet.

    def send(self, line: bytes) -> None:
        """Write a line; waits where the other end does not read, while events gather as far as a session lets them."""
        sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()

    def send_event(self, line: bytes) -> bool:
        self.send(line)
        return True

    def close(self) -> None:
        self._over.set()
        self._interruption.ring()
