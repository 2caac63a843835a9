"""Event bus: events are numbered, told in order to every listener, and remembered a while for those who come later."""

import logging
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import replace

from babilu.api.client import Listener
from babilu.api.events import (
    Event,
    LineAdded,
    MessageArrived,
    MessageDeleted,
    MessageEdited,
    MessageExpired,
    MessageQueued,
    ReactionsChanged,
    TextStateChanged,
    Warned,
    is_passing,
)
from babilu.api.views import without_words
from babilu.kernel.errors import BabiluError, UsageError
from babilu.kernel.ids import ConversationId, MessageId

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
        # The last one that is remembered no longer.
        self._forgotten = 0
        self._remembered: deque[tuple[int, Event]] = deque(maxlen=REMEMBERED)
        self._subscriptions: list[_Subscription] = []

    def tell(self, *events: Event) -> None:
        """Number the events and tell every listener."""
        with self._lock:
            for event in events:
                self._cursor += 1
                if not is_passing(event):
                    if len(self._remembered) == self._remembered.maxlen:
                        self._forgotten = self._remembered[0][0]
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
                if since and since < self._forgotten:
                    raise UsageError("The events after that cursor are no longer remembered.")
                for cursor, event in _as_told_now(tuple(self._remembered)):
                    if cursor > since:
                        subscription.tell(cursor, event)
            self._subscriptions.append(subscription)
        return subscription

    def cancel(self, subscription: _Subscription) -> None:
        """End a subscription."""
        with self._lock:
            self._subscriptions = [other for other in self._subscriptions if other is not subscription]


def _as_told_now(remembered: Sequence[tuple[int, Event]]) -> list[tuple[int, Event]]:
    """Leave no words of a message that is gone in what is told once more, to whoever comes later."""
    gone = {
        (event.conversation_id, event.message)
        for _, event in remembered
        if isinstance(event, MessageDeleted | MessageExpired)
    }
    return [(cursor, _without_gone(event, gone)) for cursor, event in remembered]


def _without_gone(event: Event, gone: set[tuple[ConversationId, MessageId]]) -> Event:
    match event:
        case (
            MessageArrived(message=view)
            | TextStateChanged(message=view)
            | LineAdded(message=view)
            | MessageQueued(message=view)
            | MessageEdited(message=view)
            | ReactionsChanged(message=view)
        ):
            quote = view.reply_to
            if (view.conversation_id, view.id) in gone:
                emptied = replace(event, message=without_words(view))
                return replace(emptied, mentions=False) if isinstance(emptied, MessageEdited) else emptied
            if quote is not None and (view.conversation_id, quote.id) in gone:
                return replace(event, message=replace(view, reply_to=quote.without_words()))
    return event
