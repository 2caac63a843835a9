"""Times of an export, in the zone of this machine and in a form that every language reads: ISO 8601."""

from datetime import datetime


def day_text(milliseconds: int) -> str:
    """Write a day: ``2026-11-30``."""
    return _local(milliseconds).strftime("%Y-%m-%d")


def clock_text(milliseconds: int) -> str:
    """Write a time of a day: ``09:05``."""
    return _local(milliseconds).strftime("%H:%M")


def moment_text(milliseconds: int) -> str:
    """Write a moment for programs, with its zone: ``2026-11-30T09:05:00+01:00``."""
    return _local(milliseconds).isoformat(timespec="seconds")


def weekday_of(milliseconds: int) -> int:
    """Return the day of the week, Monday being 0."""
    return _local(milliseconds).weekday()


def _local(milliseconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(milliseconds / 1000).astimezone()
    except (OverflowError, OSError, ValueError):
        return datetime.fromtimestamp(0).astimezone()
