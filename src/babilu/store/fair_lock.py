"""Fair lock (first in, first out) for writing: a conversation that writes without a pause holds up no other.

Those who are content to go behind, as conversations with strangers are, wait until nobody else does, but never long.
"""

import threading
from collections import deque

PASSED_AT_MOST = 8
"""Times that others go first while somebody waits behind."""


class FairLock:
    """A lock that is handed over in the order of asking.

    A `threading.Lock` may be taken again and again by the thread that has just released it, while others wait.
    """

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._taken = False
        self._waiting: deque[threading.Lock] = deque()
        self._behind: deque[threading.Lock] = deque()
        self._passed = 0
        self._owner = 0

    @property
    def is_mine(self) -> bool:
        """Whether the calling thread has the turn."""
        return self._owner == threading.get_ident()

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return len(self._waiting) + len(self._behind)

    def acquire(self, timeout_s: float, *, behind: bool = False) -> bool:
        """Wait for the turn and take it; False when it did not come in time.

        Args:
            timeout_s: Longest wait.
            behind: Let those go first who ask without it, so many times as `PASSED_AT_MOST`.
        """
        with self._mutex:
            if not self._taken:
                self._taken = True
                self._owner = threading.get_ident()
                return True
            turn = threading.Lock()
            turn.acquire()
            (self._behind if behind else self._waiting).append(turn)
        if not turn.acquire(timeout=timeout_s):
            with self._mutex:
                for waiting in (self._waiting, self._behind):
                    if turn in waiting:
                        waiting.remove(turn)
                        return False
            # It was handed over between the end of the wait and here.
        self._owner = threading.get_ident()
        return True

    def release(self) -> None:
        """Hand the turn to who has waited longest.

        Raises:
            RuntimeError: The calling thread does not have it.
        """
        if self._owner != threading.get_ident():
            raise RuntimeError("a turn is given back by the thread that has it")
        with self._mutex:
            self._owner = 0
            following = self._next() if self._waiting or self._behind else None
            if following is None:
                self._taken = False
            else:
                following.release()

    def _next(self) -> "threading.Lock | None":
        if self._behind and (not self._waiting or self._passed >= PASSED_AT_MOST):
            self._passed = 0
            return self._behind.popleft()
        if not self._waiting:
            return None
        self._passed += bool(self._behind)
        return self._waiting.popleft()
