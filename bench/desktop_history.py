"""A client in memory with one long conversation, whose pages cost what an index makes them cost."""

import bisect
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.client import ChatClient, DirectProfile, Listener, RelayProfile, RestoreArchive, Subscription
from babilu.api.views import ContactView, ConversationView, HistoryPage, LinkState, MessageView, ProfileView, StatusView
from babilu.kernel.errors import ErrorCode, UsageError
from babilu.kernel.ids import ConversationId, IdentityKey, MessageId
from babilu.kernel.states import ConversationKind, MessageState, Route, Trust

R = TypeVar("R")
CONVERSATION = ConversationId(bytes(32))
CONTACT = ContactView(
    name="bob",
    account="bob",
    identity=IdentityKey(bytes(32)),
    trust=Trust.FIRST_USE,
    was_verified=False,
    blocked=False,
    accepted=True,
    direct_allowed=False,
    connected=False,
    address=None,
    presence=None,
)


class HistoryFactory:
    """Opens the one client there is; it is also that client."""

    def __init__(self) -> None:
        self._messages: list[MessageView] = []
        self._listener: Listener = _nobody
        self._now = int(time.time() * 1000) - 100_000_000

    def fill(self, count: int, words: list[str]) -> None:
        """Make a past of so many messages of one to two dozen words."""
        for number in range(count):
            text = " ".join(words[number % 5 : number % 5 + 1 + number % len(words)])
            self._messages.append(self.make(text, outgoing=number % 3 == 0))

    def make(self, text: str, *, outgoing: bool = False) -> MessageView:
        """Make the next message."""
        position = self._now = self._now + 1_000
        return MessageView(
            id=MessageId(position.to_bytes(16, "big")),
            conversation="bob",
            conversation_id=CONVERSATION,
            sender="alice" if outgoing else "bob",
            outgoing=outgoing,
            text=text,
            at=self._now,
            arrived_at=self._now,
            position=position,
            route=Route.RELAY,
            state=MessageState.READ if outgoing else None,
            held_until=None,
            error=None,
            unread=False,
            first=False,
        )

    def burst(self, count: int) -> threading.Thread:
        """Tell so many messages from a thread of the client's, as fast as it can."""
        messages = [self.make(f"burst {number}") for number in range(count)]

        def tell() -> None:
            for message in messages:
                self._listener(0, e.MessageArrived(message))

        thread = threading.Thread(target=tell, name="burst")
        thread.start()
        return thread

    def profiles(self) -> tuple[ProfileView, ...]:
        """List no profile."""
        return ()

    def open(self, profile: RelayProfile | DirectProfile, listener: Listener | None = None) -> "Future[ChatClient]":  # noqa: ARG002
        """Give the client."""
        self._listener = listener or _nobody
        future: Future[ChatClient] = Future()
        future.set_result(self)
        return future

    def restore(self, archive: RestoreArchive) -> "Future[RelayProfile | DirectProfile]":  # noqa: ARG002
        """Refuse: there is no backup."""
        raise UsageError("Nothing is restored here.", ErrorCode.UNSUPPORTED)

    def request(self, command: c.Command[R]) -> "Future[R]":
        """Answer at once."""
        future: Future[R] = Future()
        future.set_result(self._answer(command))  # type: ignore[arg-type]
        return future

    def subscribe(self, listener: Listener, since: int | None = None) -> Subscription:  # noqa: ARG002
        """Refuse: the one listener is given when the client is opened."""
        raise UsageError("One listener is enough here.", ErrorCode.UNSUPPORTED)

    def close(self, timeout_ms: int = 10_000) -> None:  # noqa: ARG002
        """Tell nothing any more."""
        self._listener = _nobody

    def _answer(self, command: c.Command[object]) -> object:
        match command:
            case c.Status():
                return StatusView("alice", None, LinkState.NONE, None, 0, 0, None, "ab" * 32)
            case c.Conversations():
                kind, last = ConversationKind.PAIR, self._messages[-1]
                view = ConversationView(
                    CONVERSATION, kind, "bob", CONTACT, last, unread=0, draft="", pinned=False, muted=False
                )
                return (view,)
            case c.History(_, limit, before, after):
                return self._page(limit, before, after)
            case _:
                return ()

    def _page(self, limit: int, before: int | None, after: int | None) -> HistoryPage:
        key: Callable[[MessageView], int] = lambda message: message.position  # noqa: E731
        low = 0 if after is None else bisect.bisect_right(self._messages, after, key=key)
        high = len(self._messages) if before is None else bisect.bisect_left(self._messages, before, key=key)
        low, high = (max(low, high - limit), high) if after is None else (low, min(high, low + limit))
        messages = tuple(self._messages[low:high])
        return HistoryPage("bob", messages, low > 0, high < len(self._messages), CONVERSATION)


def _nobody(_cursor: int, _event: e.Event) -> None:
    """Hear nothing."""
