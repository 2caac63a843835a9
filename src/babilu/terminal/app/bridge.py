"""The one place that knows of threads: what the client tells is taken out in the app's loop, in order and in batches.

The client calls from threads of its own. Everything it brings, events and ends of futures alike, goes through one
queue, so that what was told before an answer is seen before it. The queue of events is bounded: where too many wait
they are left out, and the app reads everything anew.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from typing import Final, TypeVar

from babilu.api.client import ChatClient, ClientFactory, DirectProfile, RelayProfile
from babilu.api.commands import Command
from babilu.api.events import Event
from babilu.kernel.errors import BabiluError, ErrorCode, LinkError
from babilu.presentation.event_queue import Missed

R = TypeVar("R")

EVENTS_KEPT: Final = 10_000
"""Events that wait to be seen; more of them are left out."""

BATCH: Final = 2_000
"""Events that are given away together."""

TURN_S: Final = 0.03
"""Longest turn before keys have theirs."""

Failed = Callable[[BabiluError], None]


Heard = tuple[Event, ...] | Missed


class AppBridge:
    """Asks the client, and brings its answers and events to the app.

    Args:
        factory: Opens profiles.
        events_kept: Events that wait at most.
    """

    def __init__(self, factory: ClientFactory, events_kept: int = EVENTS_KEPT) -> None:
        self._factory = factory
        self._client: ChatClient | None = None
        self._opening: Future[ChatClient] | None = None
        self._lock = threading.Lock()
        self._arrived: deque[Event | Missed | Callable[[], None]] = deque()
        self._events = 0
        self._events_kept = events_kept
        self._missing = False
        self._awake = False
        self._ended = False
        self._wake: Callable[[], object] = bool
        self._hear: Callable[[Heard], None] = lambda _: None
        self._refused: Failed = lambda _: None

    def attach(self, wake: Callable[[], object], hear: Callable[[Heard], None], refused: Failed) -> None:
        """Say how the app is reached.

        Args:
            wake: Called in any thread when something has come: see that `turn` is called in the app's loop.
            hear: Called within a turn with what the client told.
            refused: Called within a turn with a request that failed and that nobody listens to.
        """
        self._wake, self._hear, self._refused = wake, hear, refused

    def open(self, profile: RelayProfile | DirectProfile, done: Callable[[], None], failed: Failed) -> None:
        """Open a profile; later requests go to it."""

        def take(client: ChatClient) -> None:
            self._client = client
            done()

        def begin() -> "Future[ChatClient]":
            self._opening = self._factory.open(profile, self._told)
            return self._opening

        self._follow(begin, take, failed)

    def request(
        self, command: Command[R], done: Callable[[R], None] | None = None, failed: Failed | None = None
    ) -> None:
        """Ask the client for something; ``done`` or ``failed`` is called within a later turn."""
        client = self._client
        if client is None:
            self._post(lambda: (failed or self._refused)(LinkError(ErrorCode.CLOSED, "No profile is open.")))
            return
        self._follow(lambda: client.request(command), done, failed)

    def turn(self) -> bool:
        """Give away what has come; in the app's loop. Tells whether there is more, which another turn must take."""
        until = time.monotonic() + TURN_S
        while time.monotonic() < until:
            taken = self._next()
            if taken is None:
                return False
            if callable(taken):
                taken()
            else:
                self._hear(taken)
        return True

    @property
    def is_busy(self) -> bool:
        """Whether something has come that was not given away yet."""
        with self._lock:
            return bool(self._arrived)

    def close(self, timeout_ms: int) -> None:
        """End the client; nothing is told any more. A profile that is still being opened is closed once it is open."""
        with self._lock:
            self._ended = True
            self._arrived.clear()
        client, self._client = self._client, None
        if client is not None:
            client.close(timeout_ms)
        elif self._opening is not None:
            self._opening.add_done_callback(lambda opening: _close_late(opening, timeout_ms))

    def _follow(
        self, begin: Callable[[], "Future[R]"], done: Callable[[R], None] | None, failed: Failed | None
    ) -> None:
        try:
            future = begin()
        except BabiluError as error:
            refusal = error
            self._post(lambda: (failed or self._refused)(refusal))
            return
        future.add_done_callback(lambda ended: self._post(lambda: self._answer(ended, done, failed)))

    def _answer(self, future: "Future[R]", done: Callable[[R], None] | None, failed: Failed | None) -> None:
        try:
            result = future.result()
        except BabiluError as error:
            (failed or self._refused)(error)
        except CancelledError:
            (failed or self._refused)(LinkError(ErrorCode.CLOSED, "The client is closed."))
        else:
            if done is not None:
                done(result)

    def _told(self, _cursor: int, event: Event) -> None:
        self._post(event)

    def _post(self, item: Event | Callable[[], None]) -> None:
        with self._lock:
            if self._ended or not self._keep(item) or self._awake:
                return
            self._awake = True
        self._wake()

    def _keep(self, item: Event | Callable[[], None]) -> bool:
        """Put something into the queue, where it has room."""
        if callable(item):
            self._arrived.append(item)
        elif self._events < self._events_kept:
            self._events += 1
            self._arrived.append(item)
        elif self._missing:
            return False
        else:
            self._missing = True
            self._arrived.append(Missed())
        return True

    def _next(self) -> "Heard | Callable[[], None] | None":
        """Take a run of events, or one answer; fall asleep where nothing is left."""
        with self._lock:
            if not self._arrived:
                self._awake = False
                return None
            first = self._arrived[0]
            if isinstance(first, Missed):
                self._arrived.popleft()
                self._missing = False
                return first
            if callable(first):
                self._arrived.popleft()
                return first
            events: list[Event] = []
            while self._arrived and len(events) < BATCH:
                item = self._arrived[0]
                if isinstance(item, Missed) or callable(item):
                    break
                events.append(item)
                self._arrived.popleft()
            self._events -= len(events)
            return tuple(events)


def _close_late(opening: "Future[ChatClient]", timeout_ms: int) -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close(timeout_ms)
