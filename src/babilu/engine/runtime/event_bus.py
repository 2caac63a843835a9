"""Event bus: events are numbered, told in order to every listener, and remembered a while for those who come later."""

import logging
import threading
from collections import deque

from babilu.api.client import Listener
from babilu.api.events import Event, Warned
from babilu.kernel.errors import BabiluError, UsageError

log = logging.getLogger(__name__)

REMEMBERED = 10_000
"""Events kept for listeners that ask for earlier ones."""


class _Subscription:
    def __init__(self, bus: "EventBus", listener: Listener) -> None:
        self._bus = bus
        self._listener = listener

    def tell(self, cursor: int, event: Event) -> None:
        """Tell the listener; a defect in it harms neither the others nor whoever tells."""
        try:
            self._listener(cursor, event)
        except Exception:
            log.exception("a listener failed at an event of type %s", type(event).__name__)

    def cancel(self) -> None:
        """Stop."""
        self._bus.cancel(self)


class EventBus:
    """Tells events; may be called from any thread.

    Listeners run in the thread that tells, under the bus's lock, so that all of them see one order.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._cursor = 0
        self._remembered: deque[tuple[int, Event]] = deque(maxlen=REMEMBERED)
        self._subscriptions: list[_Subscription] = []

    def tell(self, *events: Event) -> None:
        """Number the events and tell every listener."""
        with self._lock:
            for event in events:
                self._cursor += 1
                self._remembered.append((self._cursor, event))
                for subscription in tuple(self._subscriptions):
                    # One that was told before may have cancelled this one.
                    if subscription in self._subscriptions:
                        subscription.tell(self._cursor, event)

    def tell_warning(self, error: BabiluError, *, fatal: bool = False) -> None:
        """Tell of an error that no command asked for."""
        self.tell(Warned(error.code.value, error.text, fatal))

    def subscribe(self, listener: Listener, since: int | None = None) -> _Subscription:
        """Add a listener; see `babilu.api.client.ChatClient.subscribe`."""
        subscription = _Subscription(self, listener)
        with self._lock:
            if since is not None:
                if self._remembered and since + 1 < self._remembered[0][0] and since != 0:
                    raise UsageError("The events after that cursor are no longer remembered.")
                for cursor, event in tuple(self._remembered):
                    if cursor > since:
                        subscription.tell(cursor, event)
            self._subscriptions.append(subscription)
        return subscription

    def cancel(self, subscription: _Subscription) -> None:
        """End a subscription."""
        with self._lock:
            self._subscriptions = [other for other in self._subscriptions if other is not subscription]
