"""The machine's own clock and randomness: composition roots pass them to all that needs the ports of the kernel."""

import secrets
import time


class SystemClock:
    """Tells the machine's time."""

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonic_ms(self) -> int:
        return time.monotonic_ns() // 1_000_000


class SystemRandomness:
    """Gives the operating system's randomness."""

    def token(self, size: int) -> bytes:
        """Return ``size`` random bytes of cryptographic quality."""
        return secrets.token_bytes(size)
