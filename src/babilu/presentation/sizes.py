"""Sizes of files as people read them: three digits at most, and units of 1,000 as file managers have them."""

from typing import Final

UNITS: Final = ("B", "kB", "MB", "GB", "TB")
STEP: Final = 1_000
WHOLE: Final = 100
"""Number from which a tenth says nothing."""


def size_text(octets: int, point: str) -> str:
    """Write a size: ``512 B``, ``1.5 MB``, ``230 MB``.

    Args:
        octets: The size in bytes.
        point: What parts tenths in the reader's language, as `Strings.point` gives it.
    """
    value, unit = float(octets), 0
    while value >= STEP - 0.5 and unit < len(UNITS) - 1:
        value, unit = value / STEP, unit + 1
    digits = f"{value:.1f}".removesuffix(".0") if unit and value < WHOLE else f"{value:.0f}"
    return f"{digits.replace('.', point)} {UNITS[unit]}"
