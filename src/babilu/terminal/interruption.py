"""Signals end a session where the main thread waits for something, and nowhere else.

A signal's handler raises nothing: thrown out of the middle of a lock, an exception would leave it locked, or unlocked
twice. It takes a note and rings a bell, and whoever waits looks at both.
"""

import atexit
import contextlib
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Final, Self, TypeVar

R = TypeVar("R")

ENDING: Final = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)
)
"""Signals that ask the program to end."""

RINGS_BYTES: Final = 4096

MOMENT_S: Final = 0.1
"""How long one waits on Windows, where nothing can be waited for together with a bell, before looking again."""


class Interrupted(BaseException):
    """A signal asked for the end, or another thread did; not an `Exception`, so that no library swallows it."""


class Interruption:
    """Turns signals into `Interrupted` where the main thread waits; a second signal kills the process.

    Use it as a context manager, in the main thread. What waits for another thread has that thread `ring`.

    Args:
        is_last: Whether the process ends with this: a signal that comes after it finds nothing left to end, and the
            process ends as it would have.
        ending: The signals that ask for the end.
    """

    def __init__(self, *, is_last: bool = False, ending: tuple[int, ...] = ENDING) -> None:
        self._is_last = is_last
        self._ending = ending
        self._interrupt: Callable[[], None] | None = None
        self._asked = False
        self._before: dict[int, object] = {}
        self._wakeup_before = -1
        self._door = threading.Lock()
        self._alarm, self._bell = -1, -1

    def __enter__(self) -> Self:
        self._alarm, self._bell = os.pipe()
        os.set_blocking(self._alarm, False)
        os.set_blocking(self._bell, False)
        self._wakeup_before = signal.set_wakeup_fd(self._bell, warn_on_full_buffer=False)
        for number in self._ending:
            # Whoever was started by nohup goes on without a terminal.
            if not is_to_be_ignored(number):
                self._before[number] = signal.signal(number, self._handle)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._is_last:
            atexit.register(_ignore, tuple(self._before))
        else:
            for number, before in self._before.items():
                signal.signal(number, before)  # type: ignore[arg-type]  # what it gave, it takes
        signal.set_wakeup_fd(self._wakeup_before)
        with self._door:
            os.close(self._bell)
            os.close(self._alarm)
            self._alarm, self._bell = -1, -1

    def check(self) -> None:
        """Go on where nobody has asked for the end.

        Raises:
            Interrupted: Somebody has.
        """
        if self._asked:
            raise Interrupted

    def rest(self, descriptor: int | None = None, seconds: float | None = None) -> bool:
        """Wait until the bell rings or there is something to read; tells whether there is.

        Args:
            descriptor: Where something may come to be read; None for nowhere.
            seconds: How long at most; None for without end.

        Raises:
            Interrupted: Somebody asked for the end, also before.
        """
        self.check()
        if sys.platform == "win32":  # where pipes cannot be waited for
            if descriptor is None:
                time.sleep(MOMENT_S if seconds is None else min(MOMENT_S, seconds))
            self.check()
            return descriptor is not None
        # A prompt's own loop may have taken the signals' bell away.
        signal.set_wakeup_fd(self._bell, warn_on_full_buffer=False)
        watched = [self._alarm] if descriptor is None else [self._alarm, descriptor]
        ready, _, _ = select.select(watched, [], [], seconds)
        if self._alarm in ready:
            with contextlib.suppress(BlockingIOError):
                os.read(self._alarm, RINGS_BYTES)
        self.check()
        return descriptor in ready

    @contextmanager
    def waiting(self, interrupt: Callable[[], None]) -> Iterator[None]:
        """Let what is done inside be ended by a signal, also by one that has come before.

        Args:
            interrupt: What ends it, called once: by the signal's handler, or in the thread that asks for the end.

        Raises:
            Interrupted: A signal came before.
        """
        self._interrupt = interrupt
        try:
            self.check()
            yield
        finally:
            self._interrupt = None

    def wait_for(self, future: "Future[R]", seconds: float | None = None) -> R:
        """Wait for what another thread does; return its result, or raise its error.

        Raises:
            Interrupted: Somebody asked for the end.
            TimeoutError: It took longer than ``seconds``.
        """
        future.add_done_callback(lambda _: self.ring())
        deadline = None if seconds is None else time.monotonic() + seconds
        while not future.done():
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                raise TimeoutError
            self.rest(seconds=left)
        self.check()
        return future.result()

    def ring(self) -> None:
        """Have the main thread look again at what it waits for; from any thread, also after the end."""
        with self._door, contextlib.suppress(BlockingIOError):
            if self._bell >= 0:
                os.write(self._bell, b"\0")

    def wake(self) -> None:
        """Ask for the end, from another thread."""
        self._ask()
        self.ring()

    def _handle(self, number: int, frame: FrameType | None) -> None:
        del frame
        signal.signal(number, signal.SIG_DFL)
        self._ask()

    def _ask(self) -> None:
        self._asked = True
        interrupt, self._interrupt = self._interrupt, None
        if interrupt is not None:
            interrupt()


def leave_at_once() -> None:
    """End what is done inside `Interruption.waiting` right there: a single system call that holds nothing.

    Raises:
        Interrupted: Always.
    """
    raise Interrupted


def is_to_be_ignored(number: int) -> bool:
    """Tell whether whoever started this process wants it to outlive its terminal, and the signal tells of its end."""
    return number == getattr(signal, "SIGHUP", None) and signal.getsignal(number) is signal.SIG_IGN


def _ignore(numbers: tuple[int, ...]) -> None:
    """Let the interpreter finish: every thread has ended, and there is nothing left to ask for."""
    for number in numbers:
        signal.signal(number, signal.SIG_IGN)
