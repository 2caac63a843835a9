"""How long messages of a conversation stay, in words."""

from typing import Final

from babilu.desktop.language import translate

MINUTE, HOUR, DAY = 60, 3_600, 86_400
WEEK, YEAR = 7 * DAY, 365 * DAY

CHOICES: Final = (None, 30, 5 * MINUTE, HOUR, 8 * HOUR, DAY, WEEK, 4 * WEEK, YEAR)
"""Seconds that one can choose; None for good."""


def timer_name(seconds: int | None) -> str:
    """Name the time after which messages disappear, in the largest unit that it is whole in."""
    if seconds is None:
        return translate("Timer", "Off")
    if seconds % YEAR == 0:
        return translate("Timer", "%n year(s)", None, seconds // YEAR)
    if seconds % WEEK == 0:
        return translate("Timer", "%n week(s)", None, seconds // WEEK)
    if seconds % DAY == 0:
        return translate("Timer", "%n day(s)", None, seconds // DAY)
    if seconds % HOUR == 0:
        return translate("Timer", "%n hour(s)", None, seconds // HOUR)
    if seconds % MINUTE == 0:
        return translate("Timer", "%n minute(s)", None, seconds // MINUTE)
    return translate("Timer", "%n second(s)", None, seconds)


def timer_choices(now: int | None) -> tuple[int | None, ...]:
    """Give what can be chosen, with what is set now in its place."""
    if now in CHOICES:
        return CHOICES
    return (None, *sorted(each for each in (*CHOICES, now) if each is not None))
