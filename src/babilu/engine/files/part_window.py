"""Window of parts that are on their way: enough to keep the line busy, and few, for a kill makes those cross again.

It follows the time from a question to its answer, as TCP Vegas does (Brakmo and Peterson, 1995): while that stays near
the shortest one, more parts fit on the line; where it has doubled, they wait somewhere, and fewer would do.
"""

import time
from collections.abc import Callable
from typing import Final

SLACK_S: Final = 0.003
"""What the two ends take for an answer beside the way, before it counts as waiting."""


class PartWindow:
    """How many parts one transfer has on their way.

    Args:
        fewest: Parts at the beginning, and always.
        most: Parts that it grows to.
        now: Tells seconds.
    """

    def __init__(self, fewest: int, most: int, now: Callable[[], float] = time.monotonic) -> None:
        self._fewest = fewest
        self._most = most
        self._now = now
        self._size = float(fewest)
        self._shortest_s = float("inf")
        self._begun: dict[int, float] = {}

    @property
    def size(self) -> int:
        """Parts that may be on their way."""
        return int(self._size)

    @property
    def room(self) -> int:
        """Parts that may be begun now."""
        return max(0, self.size - len(self._begun))

    def began(self, place: int) -> None:
        """Note that a part is on its way."""
        self._begun[place] = self._now()

    def ended(self, place: int) -> None:
        """Note that the answer about a part is here."""
        begun = self._begun.pop(place, None)
        if begun is None:
            return
        took = self._now() - begun
        self._shortest_s = min(self._shortest_s, took)
        if took <= 2 * self._shortest_s + SLACK_S:
            self._size = min(self._most, self._size + 1)
        else:
            # One part fewer in each turn of the window.
            self._size = max(self._fewest, self._size - 1 / self._size)
