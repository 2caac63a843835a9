"""Listeners of a bus by the kinds of hints that they hear: most hints are letters, and those concern one of many."""

from collections.abc import Callable

from babilu.relay.bus.port import Hint

Listener = Callable[[Hint], None]


class Listeners:
    """Who hears what."""

    def __init__(self) -> None:
        self._all: list[tuple[Listener, tuple[type[Hint], ...]]] = []
        self._of: dict[type[Hint], tuple[Listener, ...]] = {}

    def add(self, listener: Listener, kinds: tuple[type[Hint], ...]) -> None:
        """Let somebody hear hints of some kinds; of all where there are none."""
        self._all.append((listener, kinds))
        self._of.clear()

    def of(self, kind: type[Hint]) -> tuple[Listener, ...]:
        """Return who hears hints of a kind, in the order in which they were added."""
        found = self._of.get(kind)
        if found is None:
            found = tuple(listener for listener, kinds in self._all if not kinds or kind in kinds)
            self._of[kind] = found
        return found

    def clear(self) -> None:
        """Let nobody hear anything more."""
        self._all.clear()
        self._of.clear()
