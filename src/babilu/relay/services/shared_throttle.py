"""Counts of what was done too often that all nodes of a relay share; nothing for a relay of one node.

Each node counts by itself, too, and waits for nothing between looking at a count and adding to it. So whoever tries at
all nodes at once has each one's burst once, and then the pace of one.
"""

import asyncio
from typing import NamedTuple

from babilu.relay.base.keys import RelayKey
from babilu.relay.storage.nodes import Rate, ThrottleStore


class Counted(NamedTuple):
    """What is counted: of which kind, whose, and how often it may be."""

    kind: str
    whose: bytes
    rate: Rate


class SharedThrottle:
    """Counts at all nodes together.

    Args:
        key: Hides from the storage who is counted.
        store: Where they are; None for a relay of one node.
    """

    def __init__(self, key: RelayKey, store: ThrottleStore | None) -> None:
        self._key = key
        self._store = store
        self._charges: set[asyncio.Future[None]] = set()

    async def wait_ms(self, *counted: Counted) -> int:
        """Return the milliseconds until one more of each is allowed; 0 for now.

        Raises:
            LinkError: ``unavailable``.
        """
        if self._store is None:
            return 0
        return await self._store.wait([self._keyed(each) for each in counted])

    def charge(self, *counted: Counted) -> None:
        """Count one of each, in time; where that fails, this node's own counts are left."""
        if self._store is None:
            return
        charge = self._store.charge([self._keyed(each) for each in counted])
        self._charges.add(charge)
        charge.add_done_callback(self._charged)

    async def take(self, counted: Counted) -> int:
        """Count one where it is allowed: return 0, or the milliseconds until it is.

        Raises:
            LinkError: ``unavailable``.
        """
        return 0 if self._store is None else await self._store.take(*self._keyed(counted))

    def _keyed(self, counted: Counted) -> tuple[bytes, Rate]:
        return self._key.throttle_key(counted.kind, counted.whose), counted.rate

    def _charged(self, charge: "asyncio.Future[None]") -> None:
        self._charges.discard(charge)
        charge.exception()
