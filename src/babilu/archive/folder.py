"""Daily archives of one profile in a folder: how they are called, and which of them stay.

Kept are the newest of each of the last seven days that have one, and the newest of each of the last four weeks.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

DAYS_KEPT: Final = 7
WEEKS_KEPT: Final = 4
SUFFIX: Final = ".babilu"

_STAMP: Final = "%Y%m%dT%H%M%SZ"
_NAME: Final = re.compile(r"(?P<profile>.+)-(?P<stamp>\d{8}T\d{6}Z)\.babilu")


def archive_name(profile: str, now: int) -> str:
    """Name the archive of a profile that is made at a time (Unix milliseconds)."""
    return f"{profile}-{datetime.fromtimestamp(now / 1000, UTC).strftime(_STAMP)}{SUFFIX}"


def made_at(profile: str, name: str) -> datetime | None:
    """Tell when an archive of a profile was made, by its name; None for what is none of its daily ones."""
    match = _NAME.fullmatch(name)
    if match is None or match["profile"] != profile:
        return None
    try:
        return datetime.strptime(match["stamp"], _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None


def surplus(profile: str, names: Iterable[str]) -> list[str]:
    """Tell which daily archives of a profile are to go; what else lies in the folder is left alone."""
    found = [(made, name) for name in names if (made := made_at(profile, name)) is not None]
    found.sort(reverse=True)
    newest_of_day: dict[object, str] = {}
    newest_of_week: dict[object, str] = {}
    for made, name in found:
        newest_of_day.setdefault(made.date(), name)
        newest_of_week.setdefault(made.isocalendar()[:2], name)
    kept = {*list(newest_of_day.values())[:DAYS_KEPT], *list(newest_of_week.values())[:WEEKS_KEPT]}
    return [name for _, name in found if name not in kept]
