"""A terminal with Babilu in it: what is typed goes in as keys, what is shown comes out as bytes."""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from tests.e2e.processes import DEADLINE_S, ROOT, surroundings

ROWS, COLUMNS = 24, 100
WHERE_IS_THE_CURSOR = b"\x1b[6n"
IN_THE_CORNER = b"\x1b[1;1R"


class TerminalProcess:
    """One process on a terminal of its own.

    Args:
        arguments: Command line after `main.py`.
        environment: Variables beside the test's own.
        ignores_hang_up: Whether the process is started as `nohup` starts one.
    """

    def __init__(
        self, arguments: Sequence[str], environment: dict[str, str] | None = None, *, ignores_hang_up: bool = False
    ) -> None:
        self.shown = b""
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self._slave = slave
        self.modes_before = termios.tcgetattr(slave)
        self.process = subprocess.Popen(
            [
                *(["env", "--ignore-signal=HUP"] if ignores_hang_up else []),
                *[sys.executable, str(ROOT / "tests/e2e/on_terminal.py"), str(ROOT / "main.py"), *arguments],
            ],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=surroundings({"TERM": "xterm-256color", **(environment or {})}),
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._master)
        os.close(self._slave)

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self._master, keys.encode())

    def see(self, text: str, seconds: float = DEADLINE_S) -> None:
        """Wait until a text was shown since the last one that was waited for."""
        wanted, deadline = text.encode(), time.monotonic() + seconds
        while wanted not in self.shown[self._seen :]:
            if not self._read(deadline - time.monotonic()):
                raise AssertionError(f"not shown: {text!r} in {self.shown.decode(errors='replace')!r}")
        self._seen = self.shown.index(wanted, self._seen) + len(wanted)

    def wait(self, seconds: float = DEADLINE_S) -> int:
        """Wait for its end, showing what comes; give the exit code."""
        deadline = time.monotonic() + seconds
        while self.process.poll() is None:
            self._read(0.05)
            if time.monotonic() > deadline:
                raise AssertionError(f"still running: {self.shown.decode(errors='replace')!r}")
        while self._read(0):
            pass
        return self.process.returncode

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Ask it to end by a signal; give the exit code."""
        self.process.send_signal(number)
        return self.wait()

    def hang_up(self, seconds: float = DEADLINE_S) -> int:
        """Take the terminal away; give the exit code."""
        os.close(self._master)
        self._master = os.open(os.devnull, os.O_RDWR)
        return self.process.wait(seconds)

    @property
    def modes(self) -> list[object]:
        """How the terminal is set now."""
        return list(termios.tcgetattr(self._slave))

    _seen = 0

    def _read(self, seconds: float) -> bool:
        """Take what is shown within some time; tells whether there was anything."""
        ready, _, _ = select.select([self._master], [], [], max(0.0, seconds))
        if not ready:
            return False
        new = os.read(self._master, 65_536)
        self.shown += new
        for _ in range(new.count(WHERE_IS_THE_CURSOR)):
            os.write(self._master, IN_THE_CORNER)
        return True
