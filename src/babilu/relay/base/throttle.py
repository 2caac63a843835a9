"""Rate limiter: a key may do so many at once, then one more each so often.

The generic cell rate algorithm (ITU-T I.371): a key's number is the time at which its allowance is whole again.
"""

from typing import Final, Generic, TypeVar

from babilu.kernel.ports import Clock

K = TypeVar("K")

KEYS_KEPT: Final = 50_000
"""Keys at which those are dropped that are free again; where none is, those that will be soonest."""


class Throttle(Generic[K]):
    """Allows ``burst`` at once for each key, then one each ``interval_ms``."""

    __slots__ = ("_clock", "_interval", "_slack", "_whole_at")

    def __init__(self, burst: int, interval_ms: float, clock: Clock) -> None:
        self._clock = clock
        self._whole_at: dict[K, float] = {}
        self.reconfigure(burst, interval_ms)

    def reconfigure(self, burst: int, interval_ms: float) -> None:
        """Use another rate from now on; what was counted stays counted."""
        self._interval = interval_ms
        self._slack = (max(burst, 1) - 1) * interval_ms

    def wait_ms(self, key: K) -> int:
        """Return 0 where one is allowed now, else the milliseconds until it is."""
        whole_at = self._whole_at.get(key)
        return 0 if whole_at is None else self._wait(whole_at, self._clock.monotonic_ms())

    def charge(self, key: K) -> None:
        """Count one, whether it was allowed or not."""
        now = self._clock.monotonic_ms()
        self._count(key, max(self._whole_at.get(key, now), now), now)

    def take(self, key: K, cost: int = 1) -> int:
        """Count one where it is allowed, or so many at once.

        Returns:
            0, or the milliseconds after which it will be allowed; it was not counted then.
        """
        now = self._clock.monotonic_ms()
        whole_at = self._whole_at.get(key, now)
        if whole_at <= now:
            whole_at = now
        # Whatever costs more than the whole allowance takes all of it.
        elif wait := self._wait(whole_at + min((cost - 1) * self._interval, self._slack), now):
            return wait
        self._count(key, whole_at + (cost - 1) * self._interval, now)
        return 0

    def _wait(self, whole_at: float, now: int) -> int:
        early = whole_at - now - self._slack
        return 0 if early <= 0 else int(early) + 1

    def _count(self, key: K, whole_at: float, now: int) -> None:
        self._whole_at[key] = whole_at + self._interval
        if len(self._whole_at) > KEYS_KEPT:
            self._forget(now)

    def _forget(self, now: int) -> None:
        kept = {key: whole_at for key, whole_at in self._whole_at.items() if whole_at > now}
        if len(kept) > KEYS_KEPT // 2:
            latest = sorted(kept.items(), key=lambda item: item[1])[-KEYS_KEPT // 2 :]
            kept = dict(latest)
        self._whole_at = kept
