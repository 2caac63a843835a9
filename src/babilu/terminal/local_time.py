"""Local time follows the machine's time zone also where that changes while a program runs.

The C library looks for the zone once and keeps it: a laptop that travels, or a server that is set right, would show
the old hours until a restart.
"""

import re
import time
from datetime import date
from typing import Final

CALENDAR_END_MS: Final = 253_402_214_400_000
"""A day before the year 10000: what clocks of others claim may be any number."""


_SPAN = re.compile(r"(\d{1,9}) ?(s|min|m|h|d|w)", re.IGNORECASE | re.ASCII)
_CLOCK = re.compile(r"(\d{1,2}):(\d\d)", re.ASCII)
_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:T(\d{1,2}):(\d\d))?", re.IGNORECASE | re.ASCII)
_SECONDS: Final = {"s": 1, "m": 60, "min": 60, "h": 3_600, "d": 86_400, "w": 7 * 86_400}


def seconds_of(word: str) -> int | None:
    """Read a span of time such as ``30s``, ``5m``, ``8h``, ``2d`` or ``1w``; None where a word is none."""
    found = _SPAN.fullmatch(word)
    return None if found is None else int(found[1]) * _SECONDS[found[2].lower()]


def moment_of(word: str, now: float, *, past: bool = False) -> int | None:
    """Read a time as people write it, in Unix milliseconds; None where a word is none.

    Args:
        word: A span from now, a clock such as ``18:30``, a day such as ``2026-11-30``, or both: ``2026-11-30T18:30``.
        now: Unix milliseconds.
        past: Whether a span and a clock look back and not ahead.
    """
    span = seconds_of(word)
    if span is not None:
        return int(now) + (-span if past else span) * 1_000
    follow_zone()
    today = time.localtime(now / 1_000)
    if clock := _CLOCK.fullmatch(word):
        days = [(today.tm_year, today.tm_mon, today.tm_mday + away) for away in (-1, 0, 1)]
        moments = [_moment(day, clock[1], clock[2]) for day in days]
        fitting = [each for each in moments if each is not None and (each <= now if past else each > now)]
        return (fitting[-1] if past else fitting[0]) if fitting else None
    found = _DAY.fullmatch(word)
    return (
        None
        if found is None
        else _moment((int(found[1]), int(found[2]), int(found[3])), found[4] or "0", found[5] or "0")
    )


def end_of_day(at: int) -> int:
    """Give the midnight that ends the local day of a moment, in Unix milliseconds."""
    local = time.localtime(at / 1_000)
    return int(time.mktime((local.tm_year, local.tm_mon, local.tm_mday + 1, 0, 0, 0, 0, 0, -1))) * 1_000


def _moment(day: tuple[int, int, int], hours: str, minutes: str) -> int | None:
    """Give the Unix milliseconds of a local time; None where clock or calendar has none of the kind."""
    if int(hours) > 23 or int(minutes) > 59 or not (1 <= day[1] <= 12 and 0 <= day[2] <= 32):
        return None
    try:
        seconds = int(time.mktime((*day, int(hours), int(minutes), 0, 0, 0, -1)))
    except (OverflowError, ValueError):
        return None
    return seconds * 1_000 if seconds >= 0 else None


def follow_zone() -> None:
    """Look anew which zone the machine is in; a few microseconds, so that it can be done before something is shown."""
    if hasattr(time, "tzset"):  # Windows tells the zone at every question
        time.tzset()


def clock_of(at: float) -> str:
    """Write the local time of Unix milliseconds as hours and minutes; a time beyond the calendar as dashes."""
    return _local("%H:%M", at) or "--:--"


def day_of(at: float) -> str:
    """Write the local day of Unix milliseconds as ISO 8601 does; one beyond the calendar as dashes."""
    return _local("%Y-%m-%d", at) or "----------"


def days_between(earlier: float, later: float) -> int | None:
    """Count the midnights between two moments, for a day may have 23 or 25 hours; None beyond the calendar."""
    if not (0 <= earlier < CALENDAR_END_MS and 0 <= later < CALENDAR_END_MS):
        return None
    return _number_of_day(later) - _number_of_day(earlier)


def _number_of_day(at: float) -> int:
    local = time.localtime(at / 1000)
    return date(local.tm_year, local.tm_mon, local.tm_mday).toordinal()


def _local(form: str, at: float) -> str:
    if not 0 <= at < CALENDAR_END_MS:
        return ""
    return time.strftime(form, time.localtime(at / 1000))
