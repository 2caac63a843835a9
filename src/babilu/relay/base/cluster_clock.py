"""Clock of a relay of several nodes: each node's own, set right by that of the storage they share.

What is stored carries times of whichever node stored it; without this, a clock that is off expires mail too early.
"""

from typing import Final

from babilu.kernel.ports import Clock

NOTICED_MS: Final = 5_000
"""Difference that a node warns of."""

REFUSED_MS: Final = 60_000
"""Difference with which a node does not start: something is wrong with its machine."""


class ClusterClock:
    """Tells the storage's time; see `Clock`.

    Args:
        clock: The machine's own.

    Attributes:
        offset_ms: What is added to it.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.offset_ms = 0

    def now_ms(self) -> int:
        return self._clock.now_ms() + self.offset_ms

    def monotonic_ms(self) -> int:
        return self._clock.monotonic_ms()

    def correct(self, now: int) -> int:
        """Go by the storage's time from now on; return by how much the machine's own is another."""
        self.offset_ms = now - self._clock.now_ms()
        return self.offset_ms
