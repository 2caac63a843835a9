"""Backoff with jitter: pauses grow, and those who lost a relay together do not return at one moment."""

from babilu.kernel.ports import Randomness

JITTER = 0.5
"""Largest part by which a pause is lengthened by chance."""


def by_chance(randomness: Randomness) -> float:
    """Return a number from 0 up to 1, without 1."""
    return int.from_bytes(randomness.token(2), "big") / 65_536


class Backoff:
    """Doubles from a first pause to a longest one.

    Args:
        first: Seconds of the first pause.
        longest: Seconds beyond which it does not grow (before the jitter).
        randomness: For the jitter.
    """

    def __init__(self, first: float, longest: float, randomness: Randomness) -> None:
        self._first = first
        self._longest = longest
        self._randomness = randomness
        self._next = first

    def reset(self) -> None:
        """Begin again with the first pause: something worked."""
        self._next = self._first

    def take(self, at_least: float = 0.0) -> float:
        """Return the seconds to wait now, no less than ``at_least``, and let the next pause be longer."""
        pause = max(self._next, at_least)
        self._next = min(self._next * 2, self._longest)
        return pause * (1 + JITTER * by_chance(self._randomness))
