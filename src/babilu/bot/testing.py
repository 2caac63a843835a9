"""Test of a bot on a client in memory: it plays the people and the time, and nothing leaves the process."""

import asyncio
import hashlib
import heapq
import itertools
import threading
from collections import deque
from collections.abc import Callable, Coroutine
from concurrent.futures import CancelledError, Future
from dataclasses import replace
from typing import Any, Final, TypeVar

from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.client import Listener, Subscription
from babilu.api.views import Address, ContactView, HistoryPage, LinkState, MessageView, RequestView, StatusView
from babilu.bot.bot import BaseBot
from babilu.kernel.errors import BabiluError, DeliveryError, ErrorCode, LinkError, ProtocolError, UsageError
from babilu.kernel.ids import ConversationId, IdentityKey, MessageId, conversation_id
from babilu.kernel.limits import TEXT_BYTES
from babilu.kernel.states import MessageState, Route, Trust

R = TypeVar("R")

BEGIN_S: Final = 1_800_000_000.0
"""Unix time at which a rehearsal begins."""

PATIENCE_S: Final = 10.0
CALLER: Final = Address("192.0.2.7", 5051)


class BotTestClock:
    """A time that passes when a test says so."""

    def __init__(self) -> None:
        self._now = BEGIN_S
        self._sleeping: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = itertools.count()

    def now(self) -> float:
        return self._now

    async def sleep(self, seconds: float) -> None:
        """Wait until a test has let so much time pass."""
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleeping, (self._now + seconds, next(self._numbers), woken))
        await woken

    def advance_to_next(self, end: float) -> bool:
        """Let time pass until somebody wakes, or to its end; tells whether somebody woke."""
        if not self._sleeping or self._sleeping[0][0] > end:
            self._now = end
            return False
        self._now, _, woken = heapq.heappop(self._sleeping)
        if not woken.done():
            woken.set_result(None)
        return True


class BotTestClient:
    """A client in memory, as much of one as bots use: what a test's people say arrives, what the bot says is kept."""

    def __init__(self, time: BotTestClock) -> None:
        self.sent: list[tuple[str, str]] = []
        self.values: dict[str, str] = {}
        self.requests: dict[str, RequestView] = {}
        self._time = time
        self._lock = threading.RLock()
        self._cursor = 0
        self._listeners: list[Listener] = []
        self._messages: dict[str, list[MessageView]] = {}
        self._unshown: deque[MessageView] = deque()
        self._numbers = itertools.count(1)

    def request(self, command: "c.Command[R]") -> "Future[R]":
        future: Future[Any] = Future()
        future.set_running_or_notify_cancel()
        try:
            with self._lock:
                future.set_result(self._answer(command))
        except BabiluError as error:
            future.set_exception(error)
        return future

    def subscribe(self, listener: Listener, since: int | None = None) -> Subscription:
        del since
        with self._lock:
            self._listeners.append(listener)
        return _Subscribed(lambda: self._listeners.remove(listener))

    def close(self, timeout_ms: int = 10_000) -> None:
        del timeout_ms
        self.tell(e.Closed())

    def tell(self, event: e.Event) -> None:
        with self._lock:
            self._cursor += 1
            for listener in tuple(self._listeners):
                listener(self._cursor, event)

    def arrive(self, name: str, text: str) -> MessageView:
        """Let somebody's message arrive."""
        with self._lock:
            message = self._make(name, text, outgoing=False)
            self._unshown.append(message)
            self.tell(e.MessageArrived(message))
        return message

    def call(self, name: str) -> RequestView:
        """Let a stranger ask for a conversation."""
        with self._lock:
            request = RequestView(
                f"{next(self._numbers):08x}", name, _identity(name), CALLER, "12345" * 12, self._now_ms()
            )
            self.requests[request.id] = request
            self.tell(e.RequestArrived(request))
        return request

    def _now_ms(self) -> int:
        return int(self._time.now() * 1000)

    def _make(self, name: str, text: str, *, outgoing: bool) -> MessageView:
        number, now = next(self._numbers), self._now_ms()
        conversation = self._messages.setdefault(name, [])
        message = MessageView(
            id=MessageId(number.to_bytes(16, "big")),
            conversation=name,
            conversation_id=_conversation_id(name),
            sender="bot" if outgoing else name,
            outgoing=outgoing,
            text=text,
            at=now,
            arrived_at=now,
            position=number,
            route=Route.RELAY,
            state=MessageState.DELIVERED if outgoing else None,
            held_until=None,
            error=None,
            unread=not outgoing,
            first=not conversation,
            identity=_identity(name),
        )
        conversation.append(message)
        return message

    def _answer(self, command: c.Command[Any]) -> object:
        match command:
            case c.Send(to, text):
                if len(text.encode()) > TEXT_BYTES:
                    raise ProtocolError(ErrorCode.TOO_LARGE, "A message has at most 60,000 bytes.")
                self.sent.append((to, text))
                return self._make(to, text, outgoing=True)
            case c.TakeUnshown(limit):
                return tuple(self._unshown.popleft() for _ in range(min(limit, len(self._unshown))))
            case c.ReadValue(key):
                return self.values.get(key)
            case c.StoredKeys(prefix):
                return tuple(sorted(key for key in self.values if key.startswith(prefix)))
            case c.StoreValue(key, value):
                self._store(key, value)
                return None
            case c.Requests():
                return tuple(self.requests.values())
            case c.Accept() | c.Decline():
                return self._decide(command)
            case _:
                return self._show(command)

    def _show(self, command: c.Command[Any]) -> object:
        match command:
            case c.Contacts():
                return tuple(map(_contact, sorted(self._messages)))
            case c.History(name, limit):
                kept = self._messages.get(name, [])
                return HistoryPage(name, tuple(kept[-limit:]), len(kept) > limit, False, _conversation_id(name))
            case c.MarkRead(name):
                kept = self._messages.get(name, [])
                unread = sum(message.unread for message in kept)
                kept[:] = [replace(message, unread=False) for message in kept]
                return unread
            case c.Status():
                return StatusView("bot", CALLER, LinkState.ONLINE, None, 0, 0, None, "00" * 32)
            case _:
                raise UsageError("A rehearsal has no such command.", ErrorCode.UNSUPPORTED)

    def _store(self, key: str, value: str | None) -> None:
        if value is not None and len(value.encode()) > TEXT_BYTES:
            raise ProtocolError(ErrorCode.TOO_LARGE, "A value has at most 60,000 bytes.")
        self.values.pop(key, None)
        if value is not None:
            self.values[key] = value

    def _decide(self, command: c.Accept | c.Decline) -> ContactView | None:
        request = self.requests.pop(command.request, None)
        if request is None:
            raise DeliveryError(ErrorCode.NOT_FOUND, "There is no such request.")
        return _contact(request.name) if isinstance(command, c.Accept) else None


class _Subscribed:
    def __init__(self, cancel: Callable[[], None]) -> None:
        self._cancel = cancel

    def cancel(self) -> None:
        self._cancel()


def _conversation_id(name: str) -> ConversationId:
    return conversation_id(_identity("bot"), _identity(name))


def _identity(name: str) -> IdentityKey:
    return IdentityKey(hashlib.sha256(name.encode()).digest())


def _contact(name: str) -> ContactView:
    return ContactView(
        name=name,
        account=name,
        identity=_identity(name),
        trust=Trust.FIRST_USE,
        was_verified=False,
        blocked=False,
        accepted=True,
        direct_allowed=False,
        connected=False,
        address=None,
        presence=None,
    )


class BotTest:
    """A bot that plays, and what a test does around it. Use it as `babilu_bot` gives it.

    Args:
        bot: The bot.

    Attributes:
        client: The client in memory.
    """

    def __init__(self, bot: BaseBot) -> None:
        self._bot = bot
        self._time = BotTestClock()
        self.client = BotTestClient(self._time)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._failure: BaseException | None = None
        self._thread: threading.Thread | None = None
        self._begin()

    def says(self, name: str, text: str) -> list[str]:
        """Let somebody say something, and give what the bot answered to them."""
        before = len(self.client.sent)
        self.client.arrive(name, text)
        self.settle()
        return [said for to, said in self.client.sent[before:] if to == name]

    def calls(self, name: str) -> RequestView:
        """Let a stranger ask for a conversation, and give the request as the bot saw it."""
        request = self.client.call(name)
        self.settle()
        return request

    def advance(self, seconds: float) -> list[tuple[str, str]]:
        """Let time pass, and give what the bot said meanwhile, and to whom."""
        before, end = len(self.client.sent), self._time.now() + seconds
        while self._run(self._advance(end)):
            self.settle()
        return self.client.sent[before:]

    def restart(self) -> None:
        """End the bot and begin anew on the same profile: its memory is kept, as after a restart of its process."""
        self.end()
        self._begin()

    def settle(self) -> None:
        """Wait until the bot has handled all that has come.

        Raises:
            BabiluError: It has ended, and why.
        """
        self._run(self._settle())

    def end(self) -> None:
        """End; a second call does nothing."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._bot.stop()
            thread.join(PATIENCE_S)

    @property
    def sent(self) -> list[tuple[str, str]]:
        """All that the bot has said, and to whom."""
        return list(self.client.sent)

    def _begin(self) -> None:
        ready: Future[None] = Future()
        self._thread = threading.Thread(target=self._play, args=(ready,), name="rehearsal")
        self._thread.start()
        ready.result(PATIENCE_S)
        self.settle()

    def _play(self, ready: "Future[None]") -> None:
        async def play() -> None:
            self._loop = asyncio.get_running_loop()
            performing = self._loop.create_task(self._bot.perform(self.client, self._time))
            self._loop.call_soon(ready.set_result, None)
            self._ended = performing
            await asyncio.wait([performing])
            self._failure = performing.exception()

        asyncio.run(play())

    async def _settle(self) -> None:
        settled = asyncio.ensure_future(self._bot.settled())
        await asyncio.wait([settled, self._ended], return_when=asyncio.FIRST_COMPLETED)
        settled.cancel()
        if self._ended.done() and (error := self._ended.exception()) is not None:
            raise error

    async def _advance(self, end: float) -> bool:
        return self._time.advance_to_next(end)

    def _run(self, work: "Coroutine[Any, Any, R]") -> R:
        loop = self._loop
        try:
            if loop is not None and self._failure is None:
                return asyncio.run_coroutine_threadsafe(work, loop).result(PATIENCE_S)
        except (RuntimeError, CancelledError):
            # The loop ended before it took this up, or while it was at it.
            pass
        work.close()
        raise self._failure or LinkError(ErrorCode.CLOSED, "The bot has ended.")
