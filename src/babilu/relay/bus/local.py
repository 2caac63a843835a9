"""Bus of a relay of one node: it delivers each hint to itself, at the next turn of the loop."""

import asyncio
from collections.abc import Callable

from babilu.relay.bus.listeners import Listeners
from babilu.relay.bus.port import BusCounts, Hint


class LocalBus:
    """The bus within one process; see `Bus`."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._listeners = Listeners()
        self.counts = BusCounts()

    @property
    def node(self) -> None:
        """There is only one."""

    @property
    def is_up(self) -> bool:
        """Whoever is here is reached."""
        return True

    def go_on_with(self, epoch: bytes) -> None:
        """There is nobody else who could know another one."""

    def publish(self, hint: Hint, node: int | None = None) -> None:
        del node
        for listener in self._listeners.of(type(hint)):
            self._loop.call_soon(listener, hint)

    def subscribe(self, listener: Callable[[Hint], None], *kinds: type[Hint]) -> None:
        self._listeners.add(listener, kinds)

    async def close(self) -> None:
        """Stop carrying hints."""
        self._listeners.clear()
