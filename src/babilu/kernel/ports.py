"""Clock and randomness: the two things that pure code needs of the machine, passed in so that tests decide them."""

from typing import Protocol


class Clock(Protocol):
    """Tells the time."""

    def now_ms(self) -> int:
        """Return the Unix time in milliseconds."""

    def monotonic_ms(self) -> int:
        """Return milliseconds that never go backwards, counted from any start."""


class Randomness(Protocol):
    """Gives bytes that nobody can guess."""

    def token(self, size: int) -> bytes:
        """Return ``size`` random bytes of cryptographic quality."""
