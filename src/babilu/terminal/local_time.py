"""Local time follows the machine's time zone also where that changes while a program runs.

The C library looks for the zone once and keeps it: a laptop that travels, or a server that is set right, would show
the old hours until a restart.
"""

import time
from datetime import date
from typing import Final

CALENDAR_END_MS: Final = 253_402_214_400_000
"""A day before the year 10000: what clocks of others claim may be any number."""


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
