"""Durations and sizes as people write them, ``30 days``, ``100 MiB``, and as milliseconds and bytes."""

import re
from collections.abc import Mapping
from typing import Final

DURATIONS: Final[Mapping[str, int]] = {
    "day": 24 * 60 * 60 * 1000,
    "h": 60 * 60 * 1000,
    "min": 60 * 1000,
    "s": 1000,
    "ms": 1,
}
SIZES: Final[Mapping[str, int]] = {"GiB": 1 << 30, "MiB": 1 << 20, "KiB": 1 << 10, "B": 1}

ROUGH: Final = 10
"""Number below which a tenth matters to people."""

_ALIASES: Final[Mapping[str, str]] = {
    "d": "day",
    "days": "day",
    "hour": "h",
    "hours": "h",
    "minute": "min",
    "minutes": "min",
    "second": "s",
    "seconds": "s",
    "bytes": "b",
}
_WRITTEN: Final = re.compile(r"\s*([0-9]{1,18})\s*([A-Za-z]*)\s*")


def parse(text: str, units: Mapping[str, int]) -> int | None:
    """Read a whole number and its unit; without a unit it counts the smallest one.

    Args:
        text: Such as ``30 days``, ``10min`` or ``4096``.
        units: `DURATIONS` or `SIZES`.

    Returns:
        Milliseconds or bytes, or None for what is neither.
    """
    match = _WRITTEN.fullmatch(text)
    if match is None:
        return None
    number, unit = int(match[1]), match[2].lower()
    if not unit:
        return number
    known = {name.lower(): factor for name, factor in units.items()}
    factor = known.get(_ALIASES.get(unit, unit))
    return None if factor is None else number * factor


def write(value: int, units: Mapping[str, int]) -> str:
    """Write a duration or a size in the largest unit that divides it; nothing in the smallest one."""
    fitting = ((name, factor) for name, factor in units.items() if value % factor == 0 and value >= factor)
    name, factor = next(fitting, tuple(units.items())[-1])
    number = value // factor
    return f"{number} {name}{'s' if name == 'day' and number != 1 else ''}"


def rough_size(size: int) -> str:
    """Write a number of bytes as people grasp it: in the largest unit of which there is one, to a tenth below ten."""
    name, factor = next(((name, factor) for name, factor in SIZES.items() if size >= factor), ("B", 1))
    number = size / factor
    return f"{number:.1f} {name}" if factor > 1 and number < ROUGH else f"{number:.0f} {name}"
