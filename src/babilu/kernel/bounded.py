"""Bounded collections, for what a remote party fills: each has a bound from the day it is made, and says what gives.

A table gives up its oldest entry where it is full, or takes no new one. What a lint finds growing in the engine, the
network or the relay without one of these is a fault.
"""

from collections import OrderedDict
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class BoundedDict(OrderedDict[K, V]):
    """A dictionary with at most so many entries: one more, and the one that was set longest ago makes room.

    Reading is the dictionary's own, and so costs no more than there.

    Args:
        most: How many.
    """

    __slots__ = ("_most",)

    def __init__(self, most: int) -> None:
        if most < 1:
            raise ValueError("a bound is at least one")
        super().__init__()
        self._most = most

    @property
    def most(self) -> int:
        """The bound."""
        return self._most

    def __setitem__(self, key: K, value: V) -> None:
        super().__setitem__(key, value)
        self.move_to_end(key)
        if len(self) > self._most:
            self.popitem(last=False)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self)} of {self._most})"
