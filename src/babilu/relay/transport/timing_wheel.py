"""Timing wheel for connection deadlines: one timer serves all; a connection is looked at when its next may have come.

Nothing is done for each message: what was heard meanwhile only moves the next look.
"""

import asyncio
from typing import Final, Protocol

_TICKS_TO_SHORTEST: Final = 8
_TICK_MIN_S: Final = 0.005
_TICK_MAX_S: Final = 1.0


class TimedEntry(Protocol):
    """Entry of the wheel: something that has deadlines.

    Attributes:
        slot: Where it hangs; the wheel's own.
    """

    slot: int

    def look(self, now: float) -> float | None:
        """Act on deadlines that have passed at loop time ``now`` (seconds).

        Returns:
            Loop time of the next look, or None for none.
        """


class TimingWheel:
    """Looks at what it watches when its time has come, a tick late at most.

    Args:
        shortest_ms: The shortest of the deadlines; a tick is an eighth of it.
    """

    def __init__(self, shortest_ms: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._tick = min(max(shortest_ms / 1000 / _TICKS_TO_SHORTEST, _TICK_MIN_S), _TICK_MAX_S)
        self._slots: dict[int, set[TimedEntry]] = {}
        self._turned_to = 0
        self._timer: asyncio.TimerHandle | None = None

    def watch(self, watched: TimedEntry, due: float) -> None:
        """Look at ``watched`` at loop time ``due``."""
        if self._timer is None:
            self._turned_to = int(self._loop.time() / self._tick)
            self._timer = self._loop.call_later(self._tick, self._turn)
        slot = max(int(due / self._tick) + 1, self._turned_to + 1)
        watched.slot = slot
        self._slots.setdefault(slot, set()).add(watched)

    def forget(self, watched: TimedEntry) -> None:
        """Stop watching it."""
        slot = self._slots.get(watched.slot)
        if slot is not None:
            slot.discard(watched)

    def stop(self) -> None:
        """Stop watching everything."""
        self._slots.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _turn(self) -> None:
        now = self._loop.time()
        turn_to = int(now / self._tick)
        due: list[TimedEntry] = []
        for slot in range(self._turned_to + 1, turn_to + 1):
            due.extend(self._slots.pop(slot, ()))
        self._turned_to = turn_to
        # An empty relay has no timer; the next connection starts it again.
        self._timer = self._loop.call_later(self._tick, self._turn) if due or self._slots else None
        for watched in due:
            again = watched.look(now)
            if again is not None:
                self.watch(watched, again)
