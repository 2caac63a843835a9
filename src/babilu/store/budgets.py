"""Daily budgets of others: envelopes, bytes and handshakes that this device keeps, few until they are accepted.

What comes beyond is dropped before it is opened, so that it costs neither a row, nor an index, nor a decryption. It
gets no receipt: its sender learns that it was not delivered, and a gap shows where something follows.
"""

from dataclasses import dataclass

from babilu.kernel.limits import DAY_MS
from babilu.store.statements import Row, Statements

STRANGERS = 1_000
"""People who are not accepted and become contacts by writing; who has left nothing to show makes room."""

STRANGER_ENVELOPES_A_DAY = 1_000
"""Envelopes of one of them that are opened in a day."""

STRANGER_BYTES_A_DAY = 2 * 1024 * 1024
"""The same in bytes."""

STRANGER_BYTES = 8 * 1024 * 1024
"""Bytes of one of them that are taken in all, until they are accepted."""

STRANGER_HANDSHAKES_A_DAY = 20
"""Sessions that one of them begins in a day."""

STRANGERS_BYTES_A_DAY = 32 * 1024 * 1024
"""Bytes of all of them together that are taken in a day."""

ENVELOPES_A_DAY = 200_000
"""Envelopes of an accepted contact that are opened in a day."""

BYTES_A_DAY = 512 * 1024 * 1024
"""The same in bytes."""

HANDSHAKES_A_DAY = 500
"""Sessions that an accepted contact begins in a day."""

_ALL_STRANGERS = 0


@dataclass(slots=True)
class Purse:
    """What is left to a contact on one day, while their envelopes are opened.

    Attributes:
        contact: Whose it is.
        accepted: Whether the contact is accepted.
        day: Which day it is, counted from 1970.
        envelopes: Envelopes opened on that day.
        size: Their bytes.
        handshakes: Sessions that they have begun.
        total: Bytes of all days, while the contact is not accepted.
        strangers: Bytes of all strangers on that day.
        refused: Whether something was refused on that day.
        crowd_refused: Whether it was told on that day that strangers together write more than is kept.
    """

    contact: int
    accepted: bool
    day: int
    envelopes: int = 0
    size: int = 0
    handshakes: int = 0
    total: int = 0
    strangers: int = 0
    refused: bool = False
    crowd_refused: bool = False

    def crowd_is_over(self, size: int) -> bool:
        """Tell whether so many bytes more are refused because of what all strangers have sent together."""
        return not self.accepted and self.strangers + size > STRANGERS_BYTES_A_DAY

    def spend(self, size: int) -> bool:
        """Pay for an envelope of so many bytes; False where it is not to be opened."""
        if not self._affords(size):
            return False
        self.envelopes += 1
        self.size += size
        if not self.accepted:
            self.total += size
            self.strangers += size
        return True

    def _affords(self, size: int) -> bool:
        if self.accepted:
            return self.envelopes < ENVELOPES_A_DAY and self.size + size <= BYTES_A_DAY
        return (
            self.envelopes < STRANGER_ENVELOPES_A_DAY
            and self.size + size <= STRANGER_BYTES_A_DAY
            and self.total + size <= STRANGER_BYTES
            and not self.crowd_is_over(size)
        )

    def begin_session(self) -> bool:
        """Pay for a session that an envelope begins; False where it is not to be begun."""
        if self.handshakes >= (HANDSHAKES_A_DAY if self.accepted else STRANGER_HANDSHAKES_A_DAY):
            return False
        self.handshakes += 1
        return True


class Budgets:
    """What contacts have spent, inside one transaction."""

    def __init__(self, statements: Statements) -> None:
        self._sql = statements

    def purse(self, contact: int, now: int, *, accepted: bool) -> Purse:
        """Return what a contact has spent today."""
        today = now // DAY_MS
        purse = Purse(contact, accepted, today)
        row = self._row(contact)
        if row is not None:
            purse.total = 0 if accepted else row[4]
            if row[0] == today:
                purse.envelopes, purse.size, purse.handshakes = row[1:4]
                purse.refused = bool(row[5])
        if not accepted:
            together = self._row(_ALL_STRANGERS)
            if together is not None and together[0] == today:
                purse.strangers, purse.crowd_refused = together[2], bool(together[5])
        return purse

    def refuse_crowd(self, now: int) -> bool:
        """Note that somebody was refused because of all strangers together; tells whether it is the first today."""
        purse = self.purse(_ALL_STRANGERS, now, accepted=False)
        self._write(_ALL_STRANGERS, purse.day, 0, purse.strangers, 0, 0, 1)
        return not purse.crowd_refused

    def keep(self, purse: Purse) -> None:
        """Keep what a contact has spent."""
        self._write(
            purse.contact, purse.day, purse.envelopes, purse.size, purse.handshakes, purse.total, int(purse.refused)
        )
        if not purse.accepted:
            self._write(_ALL_STRANGERS, purse.day, 0, purse.strangers, 0, 0, int(purse.crowd_refused))

    def forget(self, contact: int) -> None:
        self._sql.run("DELETE FROM budget WHERE contact = ?", contact)

    def _row(self, contact: int) -> Row | None:
        return self._sql.one(
            "SELECT day, envelopes, size, handshakes, total, refused FROM budget WHERE contact = ?", contact
        )

    def _write(self, *values: int) -> None:
        self._sql.run(
            "INSERT OR REPLACE INTO budget (contact, day, envelopes, size, handshakes, total, refused)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            *values,
        )
