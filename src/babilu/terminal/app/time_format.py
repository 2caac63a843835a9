"""Local time for people: the hour today, the weekday this week, the date before that."""

import time
from typing import Final

from babilu.kernel.ports import Clock
from babilu.presentation.strings import Strings
from babilu.terminal.local_time import CALENDAR_END_MS, clock_of, day_of, days_between, follow_zone

WEEK_DAYS: Final = 7
LEFT: Final = (("app.left.day", 86_400), ("app.left.hour", 3_600), ("app.left.minute", 60))
"""Units of lengths of time in few cells, and their seconds."""


class TimeFormat:
    """Writes Unix milliseconds as local time.

    Args:
        say: The language.
        clock: Tells what today is.
    """

    def __init__(self, say: Strings, clock: Clock) -> None:
        self._say = say
        self._clock = clock
        self._written_on = self._present()

    def have_moved(self) -> bool:
        """Tell whether times that were written before are to be written anew: another day, or another zone."""
        before, self._written_on = self._written_on, self._present()
        return before != self._written_on

    def hour(self, at: int) -> str:
        """Write hours and minutes."""
        return clock_of(at)

    def day(self, at: int) -> str:
        """Name a day, for the line above it."""
        named = self._day(at)
        return named[:1].upper() + named[1:]

    def _day(self, at: int) -> str:
        match self._days_ago(at):
            case 0:
                return self._say("app.today")
            case 1:
                return self._say("app.yesterday")
            case _:
                return self._date(at)

    def brief(self, at: int) -> str:
        """Write when something was, in few cells."""
        match self._days_ago(at):
            case 0:
                return clock_of(at)
            case 1:
                return self._say("app.yesterday_brief")
            case int(days) if 0 <= days < WEEK_DAYS:
                return self._names("app.weekdays_brief")[time.localtime(at / 1000).tm_wday]
            case _:
                return day_of(at)

    def whole(self, at: int) -> str:
        """Write day and hour."""
        return f"{self.day(at)}, {clock_of(at)}"

    def within(self, at: int) -> str:
        """Write day and hour within a sentence."""
        return f"{self._day(at)}, {clock_of(at)}"

    def left(self, until: int) -> str:
        """Write in few cells how much time is left; less than a minute is the least that is told."""
        seconds = max(0, until - self._clock.now_ms()) // 1000
        for text, size in LEFT:
            if seconds >= size:
                return self._say(text, number=seconds // size)
        return self._say("app.left.moment")

    def _days_ago(self, at: int) -> int | None:
        return days_between(at, self._clock.now_ms())

    def _present(self) -> tuple[object, ...]:
        follow_zone()
        return time.tzname, time.timezone, day_of(self._clock.now_ms())

    def _date(self, at: int) -> str:
        if not 0 <= at < CALENDAR_END_MS:
            return day_of(at)
        local = time.localtime(at / 1000)
        return self._say(
            "app.date",
            weekday=self._names("app.weekdays")[local.tm_wday],
            day=local.tm_mday,
            month=self._names("app.months")[local.tm_mon - 1],
            year=local.tm_year,
        )

    def _names(self, key: str) -> list[str]:
        return self._say(key).split(" ")
