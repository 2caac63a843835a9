"""Signals end a session where the main thread waits, and nowhere else: what it is doing otherwise is finished first."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Self

ENDING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name))
"""Signals that ask the program to end."""

WAKING = getattr(signal, "SIGUSR1", signal.SIGINT)
"""The signal by which another thread ends the main thread's wait."""


MOMENT_SECONDS = 0.5
"""Longest wait for something that is no file, in one piece: a signal that comes just before it is seen after it."""


class Interrupted(BaseException):
    """A signal asked for the end, or another thread did; not an `Exception`, so that no library swallows it."""


class Interruption:
    """Turns signals into `Interrupted` within `waiting`; a second signal that asks for the end kills the process.

    Use it as a context manager, in the main thread.

    Attributes:
        alarm: File descriptor that becomes readable when a signal comes.
    """

    def __init__(self) -> None:
        self._interrupt: Callable[[], None] | None = None
        self._asked = False
        self._listens = False
        self._before: dict[int, object] = {}
        self._wakeup_before = -1
        self.alarm, self._ringing = -1, -1

    def __enter__(self) -> Self:
        self._listens = True
        self.alarm, self._ringing = os.pipe()
        os.set_blocking(self._ringing, False)
        self._wakeup_before = signal.set_wakeup_fd(self._ringing, warn_on_full_buffer=False)
        for number in (*ENDING, WAKING):
            # Whoever was started by nohup goes on without a terminal.
            if not is_to_be_ignored(number):
                self._before[number] = signal.signal(number, self._handle)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._listens = False
        for number, before in self._before.items():
            signal.signal(number, before)  # type: ignore[arg-type]  # what it gave, it takes
        signal.set_wakeup_fd(self._wakeup_before)
        os.close(self._ringing)
        os.close(self.alarm)

    @contextmanager
    def waiting(self, interrupt: Callable[[], None] | None = None) -> Iterator[None]:
        """Let a signal end what is done inside, also one that has come before.

        Args:
            interrupt: What ends it, called by the signal's handler; None to raise right there.

        Raises:
            Interrupted: A signal came.
        """
        self._interrupt = interrupt or _raise
        try:
            if self._asked:
                raise Interrupted
            yield
        finally:
            self._interrupt = None

    def wake(self) -> None:
        """End the main thread's wait, from another thread; nothing happens once it waits no longer."""
        self._asked = True
        if not self._listens:
            return
        main = threading.main_thread().ident
        if main is not None and hasattr(signal, "pthread_kill"):
            signal.pthread_kill(main, WAKING)
        else:
            signal.raise_signal(WAKING)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        del frame
        self._asked = True
        if number in ENDING and number != WAKING:
            signal.signal(number, signal.SIG_DFL)
        interrupt, self._interrupt = self._interrupt, None
        if interrupt is not None:
            interrupt()


def is_to_be_ignored(number: int) -> bool:
    """Tell whether whoever started this process wants it to outlive its terminal, and the signal tells of its end."""
    return number == getattr(signal, "SIGHUP", None) and signal.getsignal(number) is signal.SIG_IGN


def _raise() -> None:
    raise Interrupted
