"""Dates in the order of days, months and years that a phone had: found by evidence, and asked for where there is none.

An export says nowhere whether 3/4/2021 is in March or in April. A number over 12 tells; else it is the order in which
the messages stand, which is that of time; else the sign between the numbers, where only one order is written with it.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from babilu.kernel.errors import ErrorCode, UsageError
from babilu.kernel.states import DateOrder

Numbers = tuple[int, int, int]
"""The three numbers of a date, as they stand."""


_DAY_FIRST_SIGNS: Final = frozenset({".", ". "})
"""Signs between numbers that only languages write that begin with the day."""

_CENTURY: Final = 2000
"""WhatsApp is of 2009: a year of two digits is of this century."""

_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001  # the time that a phone showed has no zone


def day_of(numbers: Numbers, order: DateOrder) -> datetime | None:
    """Return the day that three numbers mean in an order; None where there is none."""
    match order:
        case DateOrder.DAY_FIRST:
            day, month, year = numbers
        case DateOrder.MONTH_FIRST:
            month, day, year = numbers
        case DateOrder.YEAR_FIRST:
            year, month, day = numbers
    try:
        return datetime(year + _CENTURY if year < 100 else year, month, day)  # noqa: DTZ001  # as above
    except ValueError:
        return None


def stamp_of(day: datetime, seconds: int) -> int:
    """Return milliseconds since 1970 as a clock in UTC would count them that shows a day and a time."""
    return ((day - _EPOCH) // timedelta(seconds=1) + seconds) * 1000


def local_ms(stamp: int) -> int:
    """Return the Unix milliseconds at which clocks of this machine's zone showed what `stamp_of` counts."""
    shown = _EPOCH + timedelta(milliseconds=stamp)
    try:
        return int(shown.timestamp() * 1000)
    except (OverflowError, OSError, ValueError):
        return stamp


class DateEvidence:
    """Finds the order of the dates of one export.

    Args:
        sign: What stands between the numbers.
    """

    def __init__(self, sign: str) -> None:
        self._sign = sign
        self._possible = set(DateOrder)
        self._backwards = dict.fromkeys(DateOrder, 0)
        self._last: dict[DateOrder, datetime] = {}
        self._seen: Numbers | None = None

    def see(self, numbers: Numbers) -> None:
        """Take the next date into account."""
        if numbers == self._seen:
            return
        self._seen = numbers
        if numbers[0] >= 100:
            self._possible.intersection_update({DateOrder.YEAR_FIRST})
        elif numbers[2] >= 100:
            self._possible.discard(DateOrder.YEAR_FIRST)
        for order in tuple(self._possible):
            day = day_of(numbers, order)
            if day is None:
                self._possible.discard(order)
                continue
            last = self._last.get(order)
            self._backwards[order] += last is not None and day < last
            self._last[order] = day

    def order(self) -> DateOrder:
        """Return the order of all dates so far.

        Raises:
            UsageError: ``dates_unclear``.
        """
        fewest = min((self._backwards[order] for order in self._possible), default=0)
        left = {order for order in self._possible if self._backwards[order] == fewest}
        if len(left) > 1 and self._same(left):
            return min(left)
        if len(left) > 1:
            # A year of two digits in front is rare, and no phone that WhatsApp runs on is of a year before 2009.
            left.discard(DateOrder.YEAR_FIRST)
        if len(left) > 1 and self._sign in _DAY_FIRST_SIGNS:
            left = {DateOrder.DAY_FIRST}
        if len(left) == 1:
            return left.pop()
        raise UsageError(
            "The export does not tell whether its dates begin with the day or the month: say which.",
            ErrorCode.DATES_UNCLEAR,
        )

    def _same(self, orders: Iterable[DateOrder]) -> bool:
        """Tell whether the only date there is means the same day in each of these orders."""
        return self._seen is not None and len({day_of(self._seen, order) for order in orders}) == 1
