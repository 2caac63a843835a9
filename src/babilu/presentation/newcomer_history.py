"""History for newcomers of a group: the choices that user interfaces offer, and how each of them is said."""

from typing import Final

from babilu.kernel.limits import DAY_MS, HISTORY_DAYS, HISTORY_MESSAGES
from babilu.presentation.durations import duration
from babilu.presentation.strings import Strings

MESSAGES: Final = (0, 20, 100, 500, HISTORY_MESSAGES)
DAYS: Final = (1, 7, 30, 90, HISTORY_DAYS)
USUAL_DAYS: Final = 30
"""How far back they go where nobody has said."""

DAY_S: Final = DAY_MS // 1000


def message_choices(now: int) -> tuple[int, ...]:
    """Give how many messages can be chosen, with what is set in its place."""
    return tuple(sorted({*MESSAGES, now}))


def day_choices(now: int) -> tuple[int, ...]:
    """Give how many days back can be chosen, with what is set in its place."""
    return tuple(sorted({*DAYS, now or USUAL_DAYS}))


def messages_text(messages: int, say: Strings) -> str:
    """Say how many messages newcomers are given."""
    return say("group.newcomers.messages", count=messages) if messages else say("group.newcomers.nothing")


def days_text(days: int, say: Strings) -> str:
    """Say how old these are at most."""
    return duration(say, days * DAY_S)


def newcomers_text(messages: int, days: int, say: Strings) -> str:
    """Say what newcomers are given."""
    some = messages_text(messages, say)
    return say("group.newcomers.some", messages=some, days=days_text(days, say)) if messages else some
