"""Everything that happens reaches the line mode's one thread through one bounded queue, in the order it came.

The client's threads never wait here: an event that finds the queue full is left out, and asked for again by its cursor
once there is room. Answers are few, because orders wait for each other; whoever reads input is told to wait.
"""

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from babilu.api.client import ChatClient, Listener, Subscription
from babilu.api.events import Event
from babilu.kernel.errors import BabiluError, UsageError
from babilu.terminal.ordered_command import OrderedCommand

EVENTS_KEPT = 10_000
"""Events waiting to be shown; more are asked for again when these are done."""

ORDERS_KEPT = 1_000
"""Orders waiting for their turn; whoever reads input waits when there are more."""


@dataclass(frozen=True, slots=True)
class EventTold:
    """The client told an event."""

    event: Event


@dataclass(frozen=True, slots=True)
class EventsMissed:
    """More events came than could be remembered anywhere: what they said is to be read anew."""


@dataclass(frozen=True, slots=True)
class ProfileOpened:
    client: ChatClient


@dataclass(frozen=True, slots=True)
class Failed:
    """The session cannot begin or go on."""

    error: BabiluError


@dataclass(frozen=True, slots=True)
class Ordered:
    """A line of input."""

    order: OrderedCommand


@dataclass(frozen=True, slots=True)
class Answered:
    """The client answered an order, which it was given under an id."""

    order: OrderedCommand
    request_id: str
    answer: "Future[Any]"


@dataclass(frozen=True, slots=True)
class Inspected:
    """The client said what is in files that an order sends with every byte."""

    order: OrderedCommand
    answer: "Future[Any]"


@dataclass(frozen=True, slots=True)
class Noted:
    """The client answered something that nobody ordered."""

    answer: "Future[Any]"


@dataclass(frozen=True, slots=True)
class InputEnded:
    """No more orders come: what was ordered is finished first."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """The session was told to end at once."""


@dataclass(frozen=True, slots=True)
class ClientClosed:
    """The client is closed: nothing more comes."""


Item = (
    EventTold
    | EventsMissed
    | ProfileOpened
    | Failed
    | Ordered
    | Inspected
    | Answered
    | Noted
    | InputEnded
    | Stopped
    | ClientClosed
)


class LineQueue:
    """The queue in front of the line mode's thread.

    Args:
        events_kept: Events that wait here at most.
        orders_kept: Orders that wait here at most.
        room: Called, in the line mode's thread, when there is room for one more order.
    """

    def __init__(
        self, events_kept: int = EVENTS_KEPT, orders_kept: int = ORDERS_KEPT, room: Callable[[], object] = bool
    ) -> None:
        self._changed = threading.Condition()
        self._items: deque[Item] = deque()
        self._events_kept = events_kept
        self._orders_kept = orders_kept
        self._room = room
        self._orders = 0
        self._cursor = 0
        self._behind = False
        self._listening = 0
        self._subscription: Subscription | None = None

    def listener(self) -> Listener:
        """Give a listener for the client; an earlier one is no longer listened to."""
        with self._changed:
            self._listening += 1
            number = self._listening

        def listen(cursor: int, event: Event) -> None:
            with self._changed:
                if number != self._listening or self._behind or cursor <= self._cursor:
                    return
                if len(self._items) >= self._events_kept:
                    self._behind = True
                    return
                self._cursor = cursor
                self._add(EventTold(event))

        return listen

    def put(self, item: Item) -> None:
        """Add what is not an event; never waits."""
        with self._changed:
            self._add(item)

    def order(self, order: OrderedCommand) -> bool:
        """Add an order; tells whether there was room for it, and never waits."""
        with self._changed:
            if self._orders >= self._orders_kept:
                return False
            self._orders += 1
            self._add(Ordered(order))
            return True

    def order_done(self) -> None:
        """Make room for one more order."""
        with self._changed:
            self._orders -= 1
        self._room()

    def take(self, seconds: float) -> list[Item]:
        """Take all there is; waits at most ``seconds`` for something to come."""
        with self._changed:
            if not self._items:
                self._changed.wait(seconds)
            items = list(self._items)
            self._items.clear()
            return items

    def catch_up(self, client: ChatClient) -> None:
        """Ask for the events that found no room, if any did."""
        with self._changed:
            if not self._behind:
                return
            self._behind = False
            # What is told from here on comes with the events that are asked for: taken now, it would hide them.
            self._listening += 1
            cursor, subscription = self._cursor, self._subscription
        if subscription is not None:
            subscription.cancel()
        try:
            self._subscription = client.subscribe(self.listener(), since=cursor)
        except UsageError:
            self._subscription = client.subscribe(self.listener())
            self.put(EventsMissed())

    def _add(self, item: Item) -> None:
        self._items.append(item)
        self._changed.notify_all()
