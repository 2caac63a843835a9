"""Spans of time in words: in the largest unit of which there is a whole number."""

from typing import Final

from babilu.presentation.strings import Strings

_UNITS: Final = (("days", 86_400), ("hours", 3_600), ("minutes", 60))


def duration(say: Strings, seconds: int) -> str:
    """Write a span of time, such as ``1 hour`` or ``90 seconds``."""
    for unit, length in _UNITS:
        if seconds and seconds % length == 0:
            return say(f"duration.{unit}", count=seconds // length)
    return say("duration.seconds", count=seconds)
