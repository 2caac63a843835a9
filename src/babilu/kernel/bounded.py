"""Bounded collections, for what a remote party fills: each has a bound from the day it is made, and says what gives.

A table gives up its oldest entry where it is full, or takes no new one. What a lint finds growing in the engine, the
network or the relay without one of these is a fault.
"""

from collections import OrderedDict
from collections.abc import Iterator, MutableMapping
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class BoundedDict(MutableMapping[K, V]):
    """A dictionary with at most so many entries: one more, and the one that was set longest ago makes room.

    Args:
        most: How many.
    """

    __slots__ = ("_entries", "_most")

    def __init__(self, most: int) -> None:
        if most < 1:
            raise ValueError("a bound is at least one")
        self._most = most
        self._entries: OrderedDict[K, V] = OrderedDict()

    @property
    def most(self) -> int:
        """The bound."""
        return self._most

    def __getitem__(self, key: K) -> V:
        return self._entries[key]

    def __setitem__(self, key: K, value: V) -> None:
        self._entries[key] = value
        self._entries.move_to_end(key)
        if len(self._entries) > self._most:
            self._entries.popitem(last=False)

    def __delitem__(self, key: K) -> None:
        del self._entries[key]

    def __iter__(self) -> Iterator[K]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self._entries)} of {self._most})"
