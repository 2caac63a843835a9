import pytest

from babilu.foreign.dates import DateEvidence, day_of, stamp_of
from babilu.kernel.errors import ErrorCode, UsageError
from babilu.kernel.states import DateOrder

DAY, MONTH, YEAR = DateOrder.DAY_FIRST, DateOrder.MONTH_FIRST, DateOrder.YEAR_FIRST


def order_of(*dates: tuple[int, int, int], sign: str = "/") -> DateOrder:
    evidence = DateEvidence(sign)
    for date in dates:
        evidence.see(date)
    return evidence.order()


@pytest.mark.parametrize(
    ("dates", "order"),
    [
        ([(3, 4, 2021), (13, 4, 2021)], DAY),
        ([(3, 4, 2021), (4, 13, 2021)], MONTH),
        ([(2021, 4, 3)], YEAR),
        ([(13, 12, 20), (14, 12, 20)], DAY),
        ([(12, 25, 20), (12, 31, 20)], MONTH),
        # No number is over 12: only in one order does time go on.
        ([(1, 2, 2021), (2, 2, 2021), (3, 2, 2021), (1, 3, 2021)], DAY),
        ([(1, 2, 2021), (1, 3, 2021), (1, 4, 2021), (2, 1, 2021)], MONTH),
        # It is the same day in either.
        ([(5, 5, 2021)], DAY),
    ],
)
def test_the_dates_themselves_tell_their_order(dates: list[tuple[int, int, int]], order: DateOrder) -> None:
    assert order_of(*dates) is order


def test_dots_are_written_where_the_day_comes_first() -> None:
    assert order_of((3, 4, 2021), sign=".") is DAY


def test_what_nothing_tells_is_asked_for() -> None:
    with pytest.raises(UsageError) as error:
        order_of((3, 4, 2021))
    assert error.value.code is ErrorCode.DATES_UNCLEAR


def test_a_day_of_two_digits_of_the_year_is_of_this_century() -> None:
    day = day_of((3, 4, 21), DAY)
    assert day is not None
    assert (day.year, day.month, day.day) == (2021, 4, 3)
    assert stamp_of(day, 61) == 1_617_408_061_000


def test_a_day_that_no_month_has_is_none() -> None:
    assert day_of((31, 2, 2021), DAY) is None
