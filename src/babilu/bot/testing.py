"""Rehearsal of a bot on a client in memory: a test plays the people and the time, and nothing leaves the process."""

import asyncio
import heapq
import itertools
import threading
from collections.abc import Coroutine
from concurrent.futures import CancelledError, Future
from typing import Any, Final, TypeVar

from babilu.api.commands import MENTIONED_ROLES
from babilu.api.views import RequestView
from babilu.bot.bot import BaseBot
from babilu.bot.fake_client import FakeClient
from babilu.kernel.errors import ErrorCode, LinkError
from babilu.kernel.states import MessageState
from babilu.presentation.mentions import mentions

R = TypeVar("R")

BEGIN_S: Final = 1_800_000_000.0
"""Unix time at which a rehearsal begins."""

PATIENCE_S: Final = 10.0


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


class BotTest:
    """A bot that plays, and what a test does around it. Use it as `babilu_bot` gives it.

    Args:
        bot: The bot.

    Attributes:
        client: The client in memory, whose relay knows everybody.
    """

    def __init__(self, bot: BaseBot) -> None:
        self._bot = bot
        self._time = BotTestClock()
        self.client = FakeClient(
            "bot", accounts=None, sent_state=MessageState.DELIVERED, now=lambda: int(self._time.now() * 1000)
        )
        self._loop: asyncio.AbstractEventLoop | None = None
        self._failure: BaseException | None = None
        self._thread: threading.Thread | None = None
        try:
            self._begin()
        except BaseException:
            self.end()
            raise

    def says(self, name: str, text: str) -> list[str]:
        """Let somebody say something, and give what the bot answered to them."""
        before = len(self.client.sent)
        self.client.receive(name, text)
        self.settle()
        return [said for to, said in self.client.sent[before:] if to == name]

    def says_in(self, label: str, name: str, text: str) -> list[str]:
        """Let a member of a group say something there, and give what the bot answered in the group.

        Whoever stands in the text as ``@name`` is mentioned.
        """
        before = len(self.client.sent)
        group = self.client.groups.view(label)
        names = (*(member.name for member in group.members), *MENTIONED_ROLES)
        mentioned = tuple(each for each in names if mentions(text, each))
        self.client.receive(label, text, sender=name, mentions=mentioned)
        self.settle()
        return [said for to, said in self.client.sent[before:] if to == label]

    def adds(self, name: str, title: str, *members: str) -> str:
        """Let somebody start a group with the bot, which is asked whether it wants to be in, and give its label."""
        group = self.client.groups.begin(title, *members, by=name, accepted=False)
        self.settle()
        return group.conversation

    def calls(self, name: str) -> RequestView:
        """Let a stranger ask for a conversation, and give the request as the bot saw it."""
        request = self.client.ask_for_conversation(name)
        self.settle()
        return request

    def advance(self, seconds: float) -> list[tuple[str, str]]:
        """Let time pass, and give what the bot said meanwhile, and to whom."""
        before, end = len(self.client.sent), self._time.now() + seconds
        while self._run(self._advance(end)):
            self.settle()
        return self.sent[before:]

    def restart(self) -> None:
        """End the bot and begin anew on the same profile: its memory is kept, as after a restart of its process."""
        self._end()
        self._begin()

    def settle(self) -> None:
        """Wait until the bot has handled all that has come.

        Raises:
            BabiluError: It has ended, and why.
        """
        self._run(self._settle())

    def end(self) -> None:
        """End; a second call does nothing."""
        self._end()
        self.client.close()

    def _end(self) -> None:
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
