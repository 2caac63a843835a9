"""Bridge of the desktop, the one place here that knows of threads: Qt's thread takes a turn once a frame at most.

One signal an event would freeze the window in a burst; here a turn takes what has gathered, and no longer than its
share of a frame. Order, bound and batches are those of `ClientBridge`.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
from shiboken6 import isValid

from babilu.api.client import ClientFactory, DirectProfile, RelayProfile, RestoreArchive
from babilu.api.commands import Command
from babilu.api.views import ProfileView
from babilu.presentation.client_bridge import ClientBridge, Failed, Heard
from babilu.presentation.event_queue import EVENTS_KEPT, Missed

R = TypeVar("R")
A = TypeVar("A")

FRAME_MS = 16


def while_alive(callback: Callable[[A], object] | None) -> Callable[[A], None] | None:
    """Call a method of a widget only while the widget exists: a sheet may be closed before its answer comes."""
    if callback is None:
        return None
    told, owner = callback, getattr(callback, "__self__", None)

    def call(answer: A) -> None:
        if not isinstance(owner, QObject) or isValid(owner):
            told(answer)

    return call


class QtBridge(QObject):
    """Asks the client, and brings its answers and events to Qt's thread.

    Args:
        factory: Opens profiles.
        events_kept: Events that wait at most; where more are told, `missed` is told in their place.

    Attributes:
        client: What order, bound and batches are made by.
        open: See `ClientBridge.open`.
    """

    told = Signal(object)
    """``tuple[Event, ...]``: what the client told since the last frame."""

    missed = Signal()
    """More was told than is kept: read the state anew."""

    refused = Signal(object)
    """`BabiluError`: a request failed that nobody listens to."""

    _woken = Signal()

    def __init__(self, factory: ClientFactory, events_kept: int = EVENTS_KEPT) -> None:
        super().__init__()
        self._factory = factory
        self.client = ClientBridge(factory, threading.Lock(), time.monotonic, events_kept)
        self.client.attach(self._woken.emit, self._hear, self.refused.emit)
        self.open = self.client.open
        self._workers: list[threading.Thread] = []
        self._frame = QTimer(self)
        self._frame.setSingleShot(True)
        self._frame.setTimerType(Qt.TimerType.PreciseTimer)
        self._frame.timeout.connect(self._take)
        self._woken.connect(self._wake, Qt.ConnectionType.QueuedConnection)
        self._last = 0.0

    def request(
        self, command: Command[R], done: Callable[[R], None] | None = None, failed: Failed | None = None
    ) -> None:
        """Ask the client for something; see `ClientBridge.request`, and `while_alive`."""
        self.client.request(command, while_alive(done), while_alive(failed))

    def profiles(self, done: Callable[[tuple[ProfileView, ...]], None], failed: Failed) -> None:
        """List the profiles; the folder is read in another thread."""
        self.work(self._factory.profiles, done, failed)

    def restore(
        self, archive: RestoreArchive, done: Callable[[RelayProfile | DirectProfile], None], failed: Failed
    ) -> None:
        """Make a profile of a backup."""
        self.client.follow(lambda: self._factory.restore(archive), done, while_alive(failed))

    def work(self, work: Callable[[], R], done: Callable[[R], None], failed: Failed | None = None) -> None:
        """Do what takes its time in a thread of its own."""
        future: Future[R] = Future()
        future.set_running_or_notify_cancel()

        def run() -> None:
            try:
                future.set_result(work())
            except Exception as error:  # noqa: BLE001 -- it is raised again where the future is read
                future.set_exception(error)

        self._workers = [worker for worker in self._workers if worker.is_alive()]
        self._workers.append(threading.Thread(target=run, name="desktop-work"))
        self.client.follow(lambda: future, done, failed)
        self._workers[-1].start()

    @property
    def is_open(self) -> bool:
        """Whether there is a client to ask."""
        return self.client.is_open

    @property
    def is_busy(self) -> bool:
        """Whether something has come that was not given away yet."""
        return self.client.is_busy

    def leave(self, then: Callable[[], None] | None = None) -> None:
        """Let go of a client, also of one that has ended by itself; ``then`` is called when it is closed."""
        client = self.client.let_go()
        after = then or (lambda: None)
        if client is None:
            self.client.post(after)
        else:
            self.work(client.close, lambda _: after(), lambda _: after())

    def close(self, timeout_ms: int) -> None:
        """End the client; nothing is told any more."""
        self._frame.stop()
        self.client.close(timeout_ms)
        for worker in self._workers:
            worker.join(timeout_ms / 1000)

    def _hear(self, heard: Heard) -> None:
        self.missed.emit() if isinstance(heard, Missed) else self.told.emit(heard)

    @Slot()
    def _wake(self) -> None:
        passed = (time.monotonic() - self._last) * 1000
        self._frame.start(max(0, round(FRAME_MS - passed)))

    @Slot()
    def _take(self) -> None:
        self._last = time.monotonic()
        more = True
        try:
            more = self.client.turn(FRAME_MS / 2000)
        finally:
            if more:
                self._frame.start(FRAME_MS)
