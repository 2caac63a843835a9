"""Times for people, in days that are not always 24 hours long."""

import time
from datetime import datetime

import pytest

from babilu.presentation.strings import Strings
from babilu.terminal.app.time_format import TimeFormat
from tests.unit.terminal.app.stage import StoppedClock

BERLIN = "CET-1CEST,M3.5.0,M10.5.0/3"


def at(text: str) -> int:
    """Give Unix milliseconds of a moment with its offset."""
    return int(datetime.fromisoformat(text).timestamp() * 1000)


@pytest.mark.parametrize(
    ("now", "then", "day"),
    [
        # 26 October 2025 has 25 hours.
        ("2025-10-26T23:30+01:00", "2025-10-25T23:50+02:00", "Yesterday"),
        ("2025-10-26T23:30+01:00", "2025-10-26T00:10+02:00", "Today"),
        # 30 March 2025 has 23.
        ("2025-03-31T00:30+02:00", "2025-03-30T00:10+01:00", "Yesterday"),
        ("2025-03-31T00:30+02:00", "2025-03-29T23:50+01:00", "Saturday, 29 March 2025"),
    ],
)
def test_a_day_is_named_by_the_midnights_since(now: str, then: str, day: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", BERLIN)
    time.tzset()
    assert TimeFormat(Strings(), StoppedClock(at(now))).day(at(then)) == day


@pytest.mark.parametrize(
    ("language", "then", "above", "within"),
    [
        ("en", "2025-06-04T10:00+00:00", "Today", "today, 10:00"),
        ("en", "2025-05-28T10:00+00:00", "Wednesday, 28 May 2025", "Wednesday, 28 May 2025, 10:00"),
        ("es", "2025-06-03T10:00+00:00", "Ayer", "ayer, 10:00"),
        ("es", "2025-05-28T10:00+00:00", "Miércoles, 28 de mayo de 2025", "miércoles, 28 de mayo de 2025, 10:00"),
    ],
)
def test_a_day_begins_with_a_capital_letter_only_where_a_line_does(
    language: str, then: str, above: str, within: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    time_format = TimeFormat(Strings(language), StoppedClock(at("2025-06-04T12:00+00:00")))
    assert (time_format.day(at(then)), time_format.within(at(then))) == (above, within)


def test_midnight_and_another_zone_are_noticed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = StoppedClock(at("2025-06-01T23:59:59+00:00"))
    time_format = TimeFormat(Strings(), clock)
    assert not time_format.have_moved()
    clock.now += 2_000
    assert time_format.have_moved()
    assert not time_format.have_moved()
    monkeypatch.setenv("TZ", BERLIN)
    assert time_format.have_moved()
