"""Way from a face to the client: whoever draws takes its events and answers in turns, in order and in batches.

The client calls from threads of its own. All that it brings, events and ends of futures alike, goes through one
`EventQueue`, so that a face sees what was told before an answer before that answer. The face passes in what knows of
threads and time: the lock, the clock, and how its loop is woken.
"""

from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from contextlib import AbstractContextManager
from functools import partial
from typing import TypeVar

from babilu.api.client import ChatClient, ClientFactory, DirectProfile, RelayProfile
from babilu.api.commands import Command
from babilu.api.events import Event
from babilu.kernel.errors import BabiluError, ErrorCode, LinkError
from babilu.presentation.event_queue import EVENTS_KEPT, Answer, EventQueue, Missed

R = TypeVar("R")

Failed = Callable[[BabiluError], None]
Heard = tuple[Event, ...] | Missed


class ClientBridge:
    """Asks the client, and brings its answers and events to whoever draws.

    Args:
        factory: Opens profiles.
        lock: Held while the queue is touched, by whichever thread.
        monotonic: Seconds of a clock that only goes forward.
        events_kept: Events that wait at most; where more are told, `Missed` stands in their place.
    """

    def __init__(
        self,
        factory: ClientFactory,
        lock: AbstractContextManager[object],
        monotonic: Callable[[], float],
        events_kept: int = EVENTS_KEPT,
    ) -> None:
        self._factory = factory
        self._lock = lock
        self._monotonic = monotonic
        self._client: ChatClient | None = None
        self._opening: Future[ChatClient] | None = None
        self._heard = 0
        self._arrived = EventQueue(events_kept)
        self._awake = False
        self._ended = False
        self._wake: Callable[[], object] = bool
        self._hear: Callable[[Heard], object] = bool
        self._refused: Failed = lambda _: None

    def attach(self, wake: Callable[[], object], hear: Callable[[Heard], object], refused: Failed) -> None:
        """Say how the face is reached.

        Args:
            wake: Called in any thread when something has come: see that `turn` is called where one draws.
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
            self._heard += 1
            self._opening = opening = self._factory.open(profile, partial(self._told, self._heard))
            return opening

        self.follow(begin, take, failed)

    def request(
        self, command: Command[R], done: Callable[[R], None] | None = None, failed: Failed | None = None
    ) -> None:
        """Ask the client for something; ``done`` or ``failed`` is called within a later turn."""
        self.with_client(lambda client: client.request(command), done, failed)

    def with_client(
        self, begin: Callable[[ChatClient], "Future[R]"], done: Callable[[R], None] | None, failed: Failed | None
    ) -> None:
        """Begin something with the client that ends in another thread; see `follow`."""
        client = self._client
        if client is None:
            self.post(lambda: (failed or self._refused)(LinkError(ErrorCode.CLOSED, "No profile is open.")))
            return
        self.follow(lambda: begin(client), done, failed)

    def follow(self, begin: Callable[[], "Future[R]"], done: Callable[[R], None] | None, failed: Failed | None) -> None:
        """Begin something that ends in another thread; ``done`` or ``failed`` is called within a later turn."""
        try:
            future = begin()
        except BabiluError as error:
            refusal = error
            self.post(lambda: (failed or self._refused)(refusal))
            return
        future.add_done_callback(lambda ended: self.post(lambda: self._answer(ended, done, failed)))

    def post(self, item: Event | Answer) -> None:
        """Bring something to the face, from any thread; nothing after the end."""
        with self._lock:
            if self._ended:
                return
            self._arrived.put(item)
            if self._awake:
                return
            self._awake = True
        self._wake()

    def turn(self, seconds: float) -> bool:
        """Give away what has come, for so long at most. Tells whether there is more, which another turn must take."""
        until = self._monotonic() + seconds
        while self._monotonic() < until:
            with self._lock:
                taken = self._arrived.take()
                self._awake = taken is not None
            if taken is None:
                return False
            if callable(taken):
                taken()
            else:
                self._hear(taken)
        return True

    @property
    def is_open(self) -> bool:
        """Whether there is a client to ask."""
        return self._client is not None

    @property
    def is_busy(self) -> bool:
        """Whether something has come that was not given away yet."""
        with self._lock:
            return len(self._arrived) > 0

    def let_go(self) -> ChatClient | None:
        """Give away the client that is open: what it still tells is not heard, and whoever takes it closes it."""
        self._heard += 1
        client, self._client = self._client, None
        return client

    def close(self, timeout_ms: int) -> None:
        """End the client; nothing is told any more. A profile that is still being opened is closed once it is open."""
        with self._lock:
            self._ended = True
            self._arrived.clear()
        client = self.let_go()
        if client is not None:
            client.close(timeout_ms)
        elif self._opening is not None:
            # Nobody is there any more to take a client that opens now: it would keep the process alive for ever.
            self._opening.cancel()
            self._opening.add_done_callback(lambda opening: _close_late(opening, timeout_ms))

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

    def _told(self, opening: int, _cursor: int, event: Event) -> None:
        if opening == self._heard:
            self.post(event)


def _close_late(opening: "Future[ChatClient]", timeout_ms: int) -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close(timeout_ms)
