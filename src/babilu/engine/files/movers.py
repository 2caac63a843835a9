"""Threads that move files in one direction: a free one looks for something to do, and whoever finds some wakes another.

To wake all of them for each file would cost more than to move a small one. Nothing is overlooked: whoever was woken
looks after what woke them, and where nobody is free, each looks once more when they are.
"""

import threading
from collections.abc import Callable
from functools import partial
from typing import Final

from babilu.engine.runtime.threads import Job, Worker

AT_ONCE: Final = 4
"""Files that are moved at once in each direction."""


class FileMovers:
    """The threads of one direction.

    Args:
        name: Of the threads, before their numbers.
        look: Moves what there is to be moved; called in any of them.
    """

    def __init__(self, name: str, look: Callable[[], None]) -> None:
        self._look = look
        self._workers = tuple(Worker(f"{name}-{number}") for number in range(1, AT_ONCE + 1))
        self._lock = threading.Lock()
        # Of each: jobs that it has, also the one that it does; and whether one of them is to look that has not begun.
        self._jobs = [0] * AT_ONCE
        self._woken = [False] * AT_ONCE

    def start(self) -> None:
        """Start the threads."""
        for worker in self._workers:
            worker.start()

    def stop(self) -> None:
        """End the threads."""
        for worker in self._workers:
            worker.stop()

    def wake(self) -> bool:
        """Have a free thread look, and those that are busy once more when they are through.

        Returns:
            Whether somebody looks at once.
        """
        with self._lock:
            at_once = self._wake_free()
            for place in range(AT_ONCE):
                if self._jobs[place] and not self._woken[place]:
                    self._wake(place)
            return at_once

    def wake_another(self) -> None:
        """Have a free thread look, where there is one."""
        with self._lock:
            self._wake_free()

    def _wake_free(self) -> bool:
        if any(woken and jobs == 1 for woken, jobs in zip(self._woken, self._jobs, strict=True)):
            # That one has not begun.
            return True
        # The first one has work of its own besides.
        free = next((place for place in reversed(range(AT_ONCE)) if not self._jobs[place]), None)
        return free is not None and self._wake(free)

    def _wake(self, place: int) -> bool:
        self._woken[place] = self._post(place, partial(self._begin, place))
        return self._woken[place]

    def post(self, place: int, job: Job) -> None:
        """Have a thread do something else, in its order."""
        with self._lock:
            self._post(place, job)

    def _post(self, place: int, job: Job) -> bool:
        posted = self._workers[place].post(partial(self._do, place, job))
        if posted:
            self._jobs[place] += 1
        return posted

    def _begin(self, place: int) -> None:
        with self._lock:
            self._woken[place] = False
        self._look()

    def _do(self, place: int, job: Job) -> None:
        try:
            job()
        finally:
            with self._lock:
                self._jobs[place] -= 1
