"""Arrivals: messages are taken from the client when they are about to be shown, so that each one shows once.

The client records them as shown when it hands them out, also over crashes.
"""

import time
from collections.abc import Callable

from babilu.api import commands as c
from babilu.api.client import ChatClient
from babilu.api.views import MessageView
from babilu.kernel.errors import BabiluError, ErrorCode
from babilu.kernel.ids import MessageId

TAKE_SECONDS = 30.0
"""Longest wait for the client to hand out messages: it reads them from its own database."""

TAKE_LIMIT = 100

RETRY_MS = 1_000
"""Wait before a client is asked again that has too much to do and does not say for how long."""


class Arrivals:
    """What has arrived and was not shown yet.

    Args:
        show: Shows messages at once.
        can_show: Tells whether they can be shown: what is taken is not handed out again.

    Attributes:
        again_at: When a client that had too much to do is asked again, in monotonic seconds; None for not.
    """

    def __init__(self, show: Callable[[tuple[MessageView, ...]], None], can_show: Callable[[], bool]) -> None:
        self._show = show
        self._can_show = can_show
        self._hinted: list[MessageId] = []
        self._early: set[MessageId] = set()
        self.again_at: float | None = None

    def hear(self, message: MessageId) -> None:
        """Hear that a message has arrived."""
        self._hinted.append(message)

    def take_all(self, client: ChatClient | None) -> None:
        """Show everything that was not shown before; what is told of it later is known by then."""
        self.again_at = None
        while True:
            taken = self._take(client, TAKE_LIMIT)
            self._early.update(message.id for message in taken)
            if len(taken) < TAKE_LIMIT:
                break

    def show_new(self, client: ChatClient | None) -> None:
        """Show the messages whose arrival was told and that were not shown before."""
        if self.again_at is not None and time.monotonic() >= self.again_at:
            self.take_all(client)
        hinted, self._hinted = self._hinted, []
        new = [message for message in hinted if message not in self._early]
        if not new or client is None:
            return
        self._early.clear()  # arrivals are told in order: what was taken early has been told by now
        wanted = len(new)
        while wanted > 0:
            taken = self._take(client, min(wanted, TAKE_LIMIT))
            if not taken:
                break
            wanted -= len(taken)

    def _take(self, client: ChatClient | None, limit: int) -> tuple[MessageView, ...]:
        if client is None or not self._can_show():
            return ()
        try:
            taken = client.request(c.TakeUnshown(limit)).result(TAKE_SECONDS)
        except BabiluError as error:
            if error.code is not ErrorCode.BUSY:
                raise
            # The client has too much to do: they wait there until it has had time.
            self.again_at = time.monotonic() + (error.retry_after_ms or RETRY_MS) / 1000
            return ()
        if taken:
            self._show(taken)
        return taken
