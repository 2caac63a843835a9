"""Whoever asks first writes first: a conversation that writes without a pause holds up no other."""

import threading
from collections import deque


class Turns:
    """A lock that is handed over in the order of asking.

    A `threading.Lock` may be taken again and again by the thread that has just released it, while others wait.
    """

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._taken = False
        self._waiting: deque[threading.Lock] = deque()
        self._owner = 0

    @property
    def is_mine(self) -> bool:
        """Whether the calling thread has the turn."""
        return self._owner == threading.get_ident()

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return len(self._waiting)

    def acquire(self, timeout_s: float) -> bool:
        """Wait for the turn and take it; False when it did not come in time."""
        with self._mutex:
            if not self._taken:
                self._taken = True
                self._owner = threading.get_ident()
                return True
            turn = threading.Lock()
            turn.acquire()
            self._waiting.append(turn)
        if not turn.acquire(timeout=timeout_s):
            with self._mutex:
                if turn in self._waiting:
                    self._waiting.remove(turn)
                    return False
            # It was handed over between the end of the wait and here.
        self._owner = threading.get_ident()
        return True

    def release(self) -> None:
        """Hand the turn to who has waited longest.

        Raises:
            RuntimeError: The calling thread does not have it.
        """
        if not self.is_mine:
            raise RuntimeError("a turn is given back by the thread that has it")
        with self._mutex:
            self._owner = 0
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False
