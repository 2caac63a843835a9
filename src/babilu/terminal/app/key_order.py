"""Keys are done one after the other: each is looked at when all that the ones before it set off has happened.

Textual looks for bindings at once, while letters still wait in the queue of the field they go to: an Enter that came in
the same read as the letters before it would act on what stood there earlier, and open or send to somebody else.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Iterator
from typing import Any, Final

from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.widget import Widget

PATIENCE_S: Final = 1.0
"""How long a key waits for one before it at most: what is stuck must not take the keyboard with it."""


class KeyOrder:
    """Tells when a key may have its turn."""

    def __init__(self) -> None:
        self._target: Widget | None = None
        self._coming: Awaitable[object] | None = None

    def goes_to(self, target: Widget) -> None:
        """Take note of the widget that a key is given to."""
        self._target = target

    def comes(self, sheet: Awaitable[object]) -> None:
        """Take note of a sheet that is being put over the screen: keys after it are for it."""
        self._coming = sheet

    async def turn(self, screen: Screen[Any]) -> None:
        """Wait until earlier keys are done, and a sheet that they have opened stands.

        Args:
            screen: What is shown.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_S):
                coming, self._coming = self._coming, None
                if coming is not None:
                    await coming
                for pump in self._pumps(screen):
                    await _has_done_all(pump)

    def _pumps(self, screen: Screen[Any]) -> Iterator[MessagePump]:
        """Give the queues a key goes through, in its order; what the first one made of it goes through it again."""
        target, self._target = self._target, None
        if target is not None:
            yield target
            yield target
            yield from (node for node in target.ancestors if isinstance(node, Widget))
        yield screen


async def _has_done_all(pump: MessagePump) -> None:
    """Wait until a queue has come to what is put into it now."""
    done = asyncio.Event()
    if pump.is_running and pump.call_later(done.set):
        await done.wait()
