"""Gaps: messages of a contact that are missing; the first are told of at once, more in a row as one growing number.

Whoever makes ever more of them is heard of seldom: each time that a number is told, the pause before the next one
doubles, up to a day. What comes between is counted and told then; after a day without any, they count anew.
"""

from dataclasses import dataclass

from babilu.kernel.limits import DAY_MS, INTEGER_MAX
from babilu.store.statements import Row, Statements

FIRST_PAUSE_MS = 10_000
"""Time after which more missing messages of a contact are told of at the earliest, the first time; then twice that."""


@dataclass(frozen=True, slots=True)
class Missing:
    """What is to be told.

    Attributes:
        fresh: Messages that nobody was told of yet.
        in_all: Messages that are missing in a row, those included.
    """

    fresh: int
    in_all: int


class Gaps:
    """Missing messages by contact and conversation, inside one transaction."""

    def __init__(self, statements: Statements) -> None:
        self._sql = statements

    def add(self, contact: int, conversation: int, missing: int, now: int) -> None:
        """Count messages that are missing."""
        row = self._row(contact, conversation)
        before, told, told_at, times = (0, 0, now, 0) if row is None else row
        if before == told and not 0 <= now - told_at < DAY_MS:
            before, told, told_at, times = 0, 0, now, 0
        self._keep(contact, conversation, min(before + missing, INTEGER_MAX), told, told_at, times)

    def take(self, contact: int, conversation: int, now: int, *, along: bool = False) -> Missing | None:
        """Return what is to be told now, which counts as told then; None where there is nothing, or not yet.

        Args:
            contact: Who.
            conversation: Where.
            now: Unix milliseconds.
            along: Whether it goes along with a number that has not left yet: then it is told at once.
        """
        row = self._row(contact, conversation)
        if row is None or row[0] == row[1] or not (along or _wait(row[2], row[3], now) == 0):
            return None
        self._keep(contact, conversation, row[0], row[0], now, row[3] + (not along))
        return Missing(row[0] - row[1], row[0])

    def fill(self, contact: int, conversation: int) -> int | None:
        """Count one message less, which has come after all; return how many of those told of are missing still.

        None where none was missing.
        """
        row = self._sql.one(
            "UPDATE gap SET missing = missing - 1, told = max(told - 1, 0)"
            " WHERE contact = ? AND conversation = ? AND missing > 0 RETURNING told",
            contact,
            conversation,
        )
        return None if row is None else int(row[0])

    def wait(self, contact: int, conversation: int, now: int) -> int | None:
        """Return the milliseconds until more is to be told; None where there is no more."""
        row = self._row(contact, conversation)
        return None if row is None or row[0] == row[1] else _wait(row[2], row[3], now)

    def untold(self, contact: int) -> list[int]:
        """Return the conversations in which there is more to tell of a contact."""
        rows = self._sql.all("SELECT conversation FROM gap WHERE contact = ? AND missing <> told", contact)
        return [row[0] for row in rows]

    def contacts(self) -> list[int]:
        """Return the contacts of whom there is more to tell."""
        return [row[0] for row in self._sql.all("SELECT DISTINCT contact FROM gap WHERE missing <> told")]

    def _row(self, contact: int, conversation: int) -> Row | None:
        return self._sql.one(
            "SELECT missing, told, told_at, times FROM gap WHERE contact = ? AND conversation = ?",
            contact,
            conversation,
        )

    def _keep(self, *values: int) -> None:
        self._sql.run(
            "INSERT OR REPLACE INTO gap (contact, conversation, missing, told, told_at, times)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            *values,
        )


def _wait(told_at: int, times: int, now: int) -> int:
    """Return the milliseconds until more may be told, after so many times; a clock that was set back keeps nothing."""
    pause = min(FIRST_PAUSE_MS << (times - 1), DAY_MS) if 0 < times < 32 else DAY_MS * bool(times)
    wait = told_at + pause - now
    return wait if 0 < wait <= pause else 0
