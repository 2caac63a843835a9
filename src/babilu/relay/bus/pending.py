"""Queue of messages that a carrier has not taken yet: bounded, and what is too much drops the oldest."""

import asyncio
from collections import deque
from typing import Final

from babilu.relay.bus.port import BusCounts

PENDING_BYTES: Final = 64 * 1024 * 1024


class PendingMessages:
    """Messages for nodes, in order.

    Args:
        counts: Counts those that are dropped.
        most: Bytes of all of them together.

    Attributes:
        most: As given.
    """

    def __init__(self, counts: BusCounts, most: int = PENDING_BYTES) -> None:
        self._counts = counts
        self.most = most
        self._messages: deque[tuple[int | None, bytes]] = deque()
        self._bytes = 0
        self._filled = asyncio.Event()

    def __len__(self) -> int:
        return len(self._messages)

    def put(self, node: int | None, message: bytes) -> None:
        """Add a message for one node, or for all (None)."""
        self._messages.append((node, message))
        self._bytes += len(message)
        while self._bytes > self.most:
            self._bytes -= len(self._messages.popleft()[1])
            self._counts.lost += 1
        self._filled.set()

    async def take(self, most: int) -> list[tuple[int | None, bytes]]:
        """Wait for messages; return up to ``most`` of them."""
        await self._filled.wait()
        taken = [self._messages.popleft() for _ in range(min(most, len(self._messages)))]
        self._bytes -= sum(len(message) for _, message in taken)
        if not self._messages:
            self._filled.clear()
        return taken


def ignore(*_: object) -> None:
    """Do nothing with a message that comes before somebody hears."""
