"""Bounded queue between the client's threads and the one that draws: in order, in batches, and never without end.

Events beyond the bound are left out and `Missed` stands in their place: whoever draws reads the state anew. Answers to
requests are not bounded here, for nobody else can make them grow. Whoever calls holds a lock, for threads meet here.
"""

from collections import deque
from collections.abc import Callable
from typing import Final

from babilu.api.events import Closed, Event

EVENTS_KEPT: Final = 10_000
"""Events that wait to be seen; more of them are left out."""

BATCH: Final = 2_000
"""Events that are given away together."""

Answer = Callable[[], None]


class Missed:
    """Events were left out: read the state anew."""


Taken = tuple[Event, ...] | Missed | Answer


class EventQueue:
    """Events and answers in the order in which they came.

    Args:
        kept: Events that wait at most.
    """

    def __init__(self, kept: int = EVENTS_KEPT) -> None:
        self._items: deque[Event | Missed | Answer] = deque()
        self._kept = kept
        self._events = 0
        self._missing = False

    def __len__(self) -> int:
        return len(self._items)

    def put(self, item: Event | Answer) -> None:
        """Put something in, or note once that it was left out; the end of the client never is."""
        if callable(item):
            self._items.append(item)
        elif self._events < self._kept or isinstance(item, Closed):
            self._events += 1
            self._items.append(item)
        elif not self._missing:
            self._missing = True
            self._items.append(Missed())

    def clear(self) -> None:
        """Forget all of it."""
        self._items.clear()
        self._events = 0
        self._missing = False

    def take(self) -> Taken | None:
        """Take a run of events, one answer or one gap; None where nothing is left."""
        if not self._items:
            return None
        first = self._items[0]
        if isinstance(first, Missed) or callable(first):
            self._items.popleft()
            self._missing = self._missing and not isinstance(first, Missed)
            return first
        events: list[Event] = []
        while self._items and len(events) < BATCH:
            item = self._items[0]
            if isinstance(item, Missed) or callable(item):
                break
            events.append(item)
            self._items.popleft()
        self._events -= len(events)
        return tuple(events)
