"""Notices of a relay's operator, told at a pace: no relay fills the screen with them."""

from babilu.kernel.ports import Clock

NOTICES_AT_ONCE = 10
"""Sentences of the operator that are told, however fast they come; more are left out."""

NOTICE_MS = 60_000
"""Time after which one more is told."""


class Notices:
    """What is told of the operator's sentences.

    Args:
        clock: The time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        # When as many as at first may be told again.
        self._whole_at = clock.monotonic_ms()

    def may_tell(self) -> bool:
        """Tell whether one more sentence is told, which counts as told then."""
        now = self._clock.monotonic_ms()
        whole_at = max(self._whole_at, now) + NOTICE_MS
        if whole_at - now > NOTICES_AT_ONCE * NOTICE_MS:
            return False
        self._whole_at = whole_at
        return True
