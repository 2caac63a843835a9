"""Threads that move files: a few look where there is something to do, and nothing that came meanwhile is overlooked."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from babilu.engine.files.movers import AT_ONCE, FileMovers

DEADLINE_S = 20.0


class Looks:
    """Counts who looks, and holds them until they are let go."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._free = 0
        self.begun = 0

    def look(self) -> None:
        with self._changed:
            self.begun += 1
            self._changed.notify_all()
            assert self._changed.wait_for(lambda: self._free > 0, DEADLINE_S)
            self._free -= 1

    def let_go(self, looks: int) -> None:
        with self._changed:
            self._free += looks
            self._changed.notify_all()

    def until(self, begun: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self.begun >= begun, DEADLINE_S)


@contextmanager
def moving(look: Callable[[], None]) -> Iterator[FileMovers]:
    movers = FileMovers("movers", look)
    movers.start()
    try:
        yield movers
    finally:
        movers.stop()


def test_one_is_woken_at_a_time_until_all_are_busy() -> None:
    looks = Looks()
    with moving(looks.look) as movers:
        for busy in range(AT_ONCE):
            assert movers.wake()
            looks.until(busy + 1)
        movers.wake_another()
        assert looks.begun == AT_ONCE
        looks.let_go(2 * AT_ONCE)


def test_whoever_is_busy_looks_once_more_for_all_that_came_meanwhile() -> None:
    looks = Looks()
    with moving(looks.look) as movers:
        for busy in range(AT_ONCE):
            movers.wake()
            looks.until(busy + 1)
        assert not any(movers.wake() for _ in range(100))
        looks.let_go(2 * AT_ONCE)
    assert looks.begun == 2 * AT_ONCE


def test_whoever_does_something_else_looks_when_they_are_through() -> None:
    looks, held = Looks(), threading.Event()
    looks.let_go(100)

    def something_else() -> None:
        assert held.wait(DEADLINE_S)

    with moving(looks.look) as movers:
        for place in range(AT_ONCE):
            movers.post(place, something_else)
        for _ in range(100):
            movers.wake()
        held.set()
    assert looks.begun == AT_ONCE
