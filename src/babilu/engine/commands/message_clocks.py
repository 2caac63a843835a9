"""Clocks of messages that disappear: what is over is erased, here and in what waits to be sent again, and told.

So go the words of what an admin has removed long ago, of which nothing is shown any more.

At the start of a client what ended meanwhile goes before anybody is shown anything.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Final

from babilu.api import events
from babilu.engine.conversation.contents.deletion import stop_repeating
from babilu.engine.conversation.effects import Effect, EraseTraces, Tell
from babilu.engine.runtime.context import ClientContext
from babilu.engine.runtime.loop_thread import LoopThread
from babilu.engine.runtime.places import label_of
from babilu.engine.runtime.threads import Worker
from babilu.kernel.errors import BabiluError

log = logging.getLogger(__name__)

ENDED_AT_ONCE: Final = 100
"""Messages that one transaction erases, so that no conversation waits long for its turn to write."""

LOOK_SECONDS: Final = 20.0
"""Longest time between two looks at the clock: somebody may set it, and a machine may sleep."""


class MessageClocks:
    """Ends messages in time.

    Args:
        base: The profile and the ports.
        run: Runs effects.
        loop: Where the timer lives.
        work: The thread of commands.
    """

    def __init__(
        self, base: ClientContext, run: Callable[[Iterable[Effect]], None], loop: LoopThread, work: Worker
    ) -> None:
        self._base = base
        self._run = run
        self._loop = loop
        self._work = work
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Erase what ended while no client ran, of which nobody is told, then look again in time."""
        while self._end_some()[1]:
            pass
        self._arrange()

    def look(self) -> None:
        """Erase what has ended, in the thread of commands."""
        try:
            effects, more = self._end_some()
            self._run(effects)
            if more and self._work.post(self.look):
                return
        except BabiluError as error:
            log.warning("messages that are over could not be erased: %s", error.code.value)
        self._arrange()

    def started(self, expires_at: int) -> None:
        """Take note of a clock that has started; may be called from any thread."""
        self._loop.call(self._look_within, (expires_at - self._base.clock.now_ms()) / 1000)

    def _end_some(self) -> tuple[list[Effect], bool]:
        """Erase some of what has ended, and give what is to be told and done, and whether there may be more."""
        now = self._base.clock.now_ms()
        with self._base.database.read() as unit:
            end = unit.expiry.next_end()
        if end is None:
            return [], False
        ended: list[Effect] = []
        with self._base.database.write() as unit:
            unit.expiry.shorten(now)
            due, removed = unit.expiry.due(now, ENDED_AT_ONCE), unit.expiry.removed(now, ENDED_AT_ONCE)
            for position, message, number in removed:
                stop_repeating(unit, number, message)
                unit.contents.forget_words(number, message)
                unit.contents.erase(position)
            for message, number in due:
                stop_repeating(unit, number, message)
                unit.messages.delete(message, number)
                conversation = unit.conversations.by_number(number)
                if conversation is not None:
                    contact = None if conversation.contact is None else unit.contacts.by_contact(conversation.contact)
                    ended.append(Tell(events.MessageExpired(message, label_of(conversation, contact), conversation.id)))
        if due or removed:
            ended.append(EraseTraces())
        return ended, ENDED_AT_ONCE in {len(due), len(removed)}

    def _arrange(self) -> None:
        try:
            with self._base.database.read() as unit:
                end = unit.expiry.next_end()
        except BabiluError as error:
            log.warning("it could not be read when a message is over: %s", error.code.value)
            self._loop.call(self._look_within, LOOK_SECONDS)
            return
        if end is not None:
            self._loop.call(self._look_within, (end - self._base.clock.now_ms()) / 1000)

    def _look_within(self, seconds: float) -> None:
        loop = self._loop.loop
        seconds = min(max(seconds, 0.0), LOOK_SECONDS)
        if self._timer is not None:
            if self._timer.when() <= loop.time() + seconds:
                return
            self._timer.cancel()
        self._timer = loop.call_later(seconds, self._begin)

    def _begin(self) -> None:
        self._timer = None
        if not self._work.post(self.look):
            self._look_within(1.0)
