"""Events of imports."""

from dataclasses import dataclass

from babilu.api.event import CausedEvent


@dataclass(frozen=True, slots=True)
class ImportProgress(CausedEvent):
    """An import is under way: so many of its messages have been read.

    Attributes:
        path: The file.
        done: Messages of it that were looked at.
        total: How many it has.
    """

    path: str
    done: int
    total: int
