"""Local time for people: the hour today, the weekday this week, the date before that."""

import time
from typing import Final

from babilu.kernel.ports import Clock
from babilu.terminal.human_voice import CALENDAR_END_MS, clock_of, day_of
from babilu.terminal.strings import Strings

DAY_MS: Final = 24 * 60 * 60 * 1000
WEEK_DAYS: Final = 7


class Moments:
    """Writes Unix milliseconds as local time.

    Args:
        say: The language.
        clock: Tells what today is.
    """

    def __init__(self, say: Strings, clock: Clock) -> None:
        self._say = say
        self._clock = clock

    def hour(self, at: int) -> str:
        """Write hours and minutes."""
        return clock_of(at)

    def day(self, at: int) -> str:
        """Name a day, for the line above it."""
        now = self._clock.now_ms()
        if day_of(at) == day_of(now):
            return self._say("app.today")
        if day_of(at) == day_of(now - DAY_MS):
            return self._say("app.yesterday")
        return self._date(at)

    def brief(self, at: int) -> str:
        """Write when something was, in few cells."""
        now = self._clock.now_ms()
        if day_of(at) == day_of(now):
            return clock_of(at)
        if day_of(at) == day_of(now - DAY_MS):
            return self._say("app.yesterday_brief")
        if 0 <= now - at < (WEEK_DAYS - 1) * DAY_MS:
            return self._names("app.weekdays_brief")[time.localtime(at / 1000).tm_wday]
        return day_of(at)

    def whole(self, at: int) -> str:
        """Write day and hour."""
        return f"{self.day(at)}, {clock_of(at)}"

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
