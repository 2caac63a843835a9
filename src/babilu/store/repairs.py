"""Counts of repairs: how often devices were asked to repeat themselves, and were answered, in 14 days.

A contact may show ever new devices: of one contact so many are counted, and further ones are neither asked nor answered
until the time of an older one is over.
"""

from enum import StrEnum, unique

from babilu.kernel.ids import DeviceId
from babilu.kernel.limits import DAY_MS
from babilu.store.statements import Statements

ATTEMPTS = 5
"""Times that a device is asked, and is answered, within `ATTEMPTS_WITHIN_MS`."""

ATTEMPTS_WITHIN_MS = 14 * DAY_MS

DEVICES_COUNTED = 12
"""Devices of one contact that are counted at a time."""


@unique
class Side(StrEnum):
    """Who asked whom."""

    ASKED = "asked"
    ANSWERED = "answered"


class Repairs:
    """Attempts by device, inside one transaction."""

    def __init__(self, statements: Statements) -> None:
        self._sql = statements

    def last(self, device: DeviceId, side: Side) -> int:
        """Return when a device was asked or answered last (Unix ms); 0 where it was not."""
        row = self._sql.one("SELECT last FROM repair WHERE device = ? AND side = ?", device, side.value)
        return 0 if row is None else int(row[0])

    def may(self, contact: int, device: DeviceId, side: Side, now: int) -> bool:
        """Tell whether a device of a contact may be asked, or answered, once more."""
        row = self._sql.one("SELECT since, count, last FROM repair WHERE device = ? AND side = ?", device, side.value)
        if row is not None:
            return row[1] < ATTEMPTS or _is_over(row[0], row[2], now)
        self.forget_old(now)
        counted = self._sql.number("SELECT count(*) FROM repair WHERE contact = ? AND side = ?", contact, side.value)
        return counted < DEVICES_COUNTED

    def count(self, contact: int, device: DeviceId, side: Side, now: int) -> None:
        row = self._sql.one("SELECT since, count, last FROM repair WHERE device = ? AND side = ?", device, side.value)
        since, count = (now, 0) if row is None or _is_over(row[0], row[2], now) else (row[0], row[1])
        self._sql.run(
            "INSERT OR REPLACE INTO repair (device, side, contact, since, count, last) VALUES (?, ?, ?, ?, ?, ?)",
            device,
            side.value,
            contact,
            since,
            count + 1,
            now,
        )

    def forget_old(self, now: int) -> None:
        """Forget what was counted longer ago than it counts."""
        self._sql.run("DELETE FROM repair WHERE since <= ? OR last > ?", now - ATTEMPTS_WITHIN_MS, now)


def _is_over(since: int, last: int, now: int) -> bool:
    return now - since >= ATTEMPTS_WITHIN_MS or now < last
