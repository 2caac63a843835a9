"""Write batching: what one turn of the loop has for a connection leaves in one write."""

import asyncio
from typing import Protocol


class Flushable(Protocol):
    """Connection that gathers bytes to be written."""

    def flush(self) -> None:
        """Write the bytes."""


class WriteBatcher:
    """Writes once for each connection what one turn of the loop has for it."""

    __slots__ = ("_loop", "_waiting")

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiting: list[Flushable] = []

    def add(self, connection: Flushable) -> None:
        """Let a connection write at the end of this turn."""
        if not self._waiting:
            self._loop.call_soon(self._flush)
        self._waiting.append(connection)

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        for connection in waiting:
            connection.flush()
