"""The one place that knows of threads: what the client tells comes to Qt's thread in order, once a frame at most.

The client calls from threads of its own. Everything it brings, events and ends of futures alike, goes through one queue
and is taken out in Qt's thread, so that what was told before an answer is seen before it. One signal an event would
freeze the window in a burst; here a turn takes what has gathered, and no longer than its share of a frame.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from functools import partial
from typing import TypeVar

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from babilu.api.client import ChatClient, ClientFactory, DirectProfile, RelayProfile
from babilu.api.commands import Command
from babilu.api.events import Event
from babilu.api.views import ProfileView
from babilu.kernel.errors import BabiluError, ErrorCode, LinkError
from babilu.presentation.event_queue import EVENTS_KEPT, EventQueue, Missed, Taken

R = TypeVar("R")

FRAME_MS = 16
Failed = Callable[[BabiluError], None]


class QtBridge(QObject):
    """Asks the client, and brings its answers and events to Qt's thread.

    Args:
        factory: Opens profiles.
        events_kept: Events that wait at most; where more are told, `missed` is told in their place.
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
        self._client: ChatClient | None = None
        self._opening: Future[ChatClient] | None = None
        self._heard = 0
        self._lock = threading.Lock()
        self._arrived = EventQueue(events_kept)
        self._awake = False
        self._ended = False
        self._workers: list[threading.Thread] = []
        self._frame = QTimer(self)
        self._frame.setSingleShot(True)
        self._frame.setTimerType(Qt.TimerType.PreciseTimer)
        self._frame.timeout.connect(self._take)
        self._woken.connect(self._wake, Qt.ConnectionType.QueuedConnection)
        self._last = 0.0

    def profiles(self, done: Callable[[tuple[ProfileView, ...]], None], failed: Failed) -> None:
        """List the profiles; the folder is read in another thread."""
        self.work(self._factory.profiles, done, failed)

    def open(self, profile: RelayProfile | DirectProfile, done: Callable[[], None], failed: Failed) -> None:
        """Open a profile; later requests go to it."""

        def take(client: ChatClient) -> None:
            self._client = client
            done()

        def begin() -> "Future[ChatClient]":
            self._heard += 1
            self._opening = opening = self._factory.open(profile, partial(self._hear, self._heard))
            return opening

        self._follow(begin, take, failed)

    def request(
        self, command: Command[R], done: Callable[[R], None] | None = None, failed: Failed | None = None
    ) -> None:
        """Ask the client for something; ``done`` or ``failed`` is called in Qt's thread, later."""
        client = self._client
        if client is None:
            self._post(lambda: (failed or self.refused.emit)(LinkError(ErrorCode.CLOSED, "No profile is open.")))
            return
        self._follow(lambda: client.request(command), done, failed)

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
        self._follow(lambda: future, done, failed)
        self._workers[-1].start()

    @property
    def is_open(self) -> bool:
        """Whether there is a client to ask."""
        return self._client is not None

    @property
    def is_busy(self) -> bool:
        """Whether something has come that was not given away yet."""
        with self._lock:
            return len(self._arrived) > 0

    def leave(self, then: Callable[[], None] | None = None) -> None:
        """Let go of a client, also of one that has ended by itself; ``then`` is called when it is closed."""
        self._heard += 1
        client, self._client = self._client, None
        after = then or (lambda: None)
        if client is None:
            self._post(after)
        else:
            self.work(client.close, lambda _: after(), lambda _: after())

    def close(self, timeout_ms: int) -> None:
        """End the client; nothing is told any more."""
        client, self._client = self._client, None
        with self._lock:
            self._ended = True
            self._arrived.clear()
        self._frame.stop()
        if client is not None:
            client.close(timeout_ms)
        elif self._opening is not None:
            # Nobody is there any more to take a client that opens now: it would keep the process alive for ever.
            self._opening.cancel()
            self._opening.add_done_callback(_close_late)
        for worker in self._workers:
            worker.join(timeout_ms / 1000)

    def _follow(
        self, begin: Callable[[], "Future[R]"], done: Callable[[R], None] | None, failed: Failed | None
    ) -> None:
        try:
            future = begin()
        except BabiluError as error:
            refusal = error
            self._post(lambda: (failed or self.refused.emit)(refusal))
            return
        future.add_done_callback(lambda ended: self._post(lambda: self._answer(ended, done, failed)))

    def _answer(self, future: "Future[R]", done: Callable[[R], None] | None, failed: Failed | None) -> None:
        try:
            result = future.result()
        except BabiluError as error:
            (failed or self.refused.emit)(error)
        except CancelledError:
            (failed or self.refused.emit)(LinkError(ErrorCode.CLOSED, "The client is closed."))
        else:
            if done is not None:
                done(result)

    def _hear(self, opening: int, _cursor: int, event: Event) -> None:
        if opening == self._heard:
            self._post(event)

    def _post(self, item: Event | Callable[[], None]) -> None:
        with self._lock:
            if self._ended:
                return
            self._arrived.put(item)
            if self._awake:
                return
            self._awake = True
        self._woken.emit()

    @Slot()
    def _wake(self) -> None:
        passed = (time.monotonic() - self._last) * 1000
        self._frame.start(max(0, round(FRAME_MS - passed)))

    @Slot()
    def _take(self) -> None:
        begun = self._last = time.monotonic()
        while (time.monotonic() - begun) * 1000 < FRAME_MS / 2:
            taken = self._next()
            if taken is None:
                return
            if isinstance(taken, tuple):
                self.told.emit(taken)
            elif isinstance(taken, Missed):
                self.missed.emit()
            else:
                taken()
        self._frame.start(FRAME_MS)

    def _next(self) -> Taken | None:
        """Take a run of events, or one answer; fall asleep where nothing is left."""
        with self._lock:
            taken = self._arrived.take()
            self._awake = taken is not None
            return taken


def _close_late(opening: "Future[ChatClient]") -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close()
