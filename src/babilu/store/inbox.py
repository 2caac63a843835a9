"""Durable inbox: what arrives is committed before it is acknowledged, and a finished envelope does not come in again.

Protocol, section 6, points 4 and 5.
"""

from collections.abc import Collection, Iterable

from babilu.kernel.ids import DeviceId, EnvelopeId, MessageId
from babilu.kernel.limits import DAY_MS, ENVELOPE_IDS_KEPT_MS
from babilu.kernel.states import Route
from babilu.store.delivery_records import IN_NO_ROW, InboxRecord, InboxState, IncomingEnvelope
from babilu.store.statements import Row, Statements

_INBOX = "SELECT row, route, seq, stored_at, envelope, envelope_bytes, contact, device, state, reason FROM inbox"
_DROPPED = "dropped:"

INBOX_ROWS = 10_000
"""Envelopes that wait at most; then nothing more is acknowledged until some are finished."""

INBOX_BYTES = 100 * 1024 * 1024
"""The same in bytes."""

CLAIMED_ROWS = 1_000
"""Envelopes that wait at most for the relay's word about one account: no stranger takes the room of all others."""

CLAIMED_BYTES = 10 * 1024 * 1024
"""The same in bytes."""

QUARANTINE_ROWS = 1_000
"""Envelopes kept in quarantine, so that nobody can fill the disk with what does not decrypt.

The oldest makes room of whoever has most there, so that nobody can push out what others are asked to repeat.
"""

QUARANTINE_KEPT_MS = 30 * DAY_MS
"""How long an envelope stays in quarantine: its sender was asked for it as often as there is use in long before."""


HELD_FOR_GROUP = "group"
"""Reason for which an envelope is set aside: it belongs to a group that is not known here as far as it names."""


class NotInInboxError(Exception):
    """An envelope that a turn has in hand as it came is to be set aside, which only the inbox can do."""


class Inbox:
    """Envelopes that have arrived and are not finished, inside one transaction."""

    def __init__(self, statements: Statements) -> None:
        self._sql = statements

    def add(self, arrivals: Iterable[IncomingEnvelope], now: int) -> list[EnvelopeId]:
        """Store envelopes in their order.

        Returns:
            Those that were finished before and so were not stored: their receipts are due again. What is still in
            the inbox is passed over in silence.
        """
        finished = []
        for arrival in arrivals:
            if self.is_seen(arrival.envelope):
                finished.append(arrival.envelope)
                continue
            self._sql.run(
                "INSERT INTO inbox (route, seq, stored_at, envelope, contact, device, state, reason, changed_at, size,"
                " envelope_bytes) VALUES (?, ?, ?, ?, ?, ?, 'waiting', '', ?, ?, ?) ON CONFLICT (envelope) DO NOTHING",
                arrival.route.value,
                arrival.seq,
                arrival.stored_at,
                arrival.envelope,
                arrival.contact,
                arrival.device,
                now,
                len(arrival.envelope_bytes),
                arrival.envelope_bytes,
            )
        return finished

    def may_pass(self, envelope: EnvelopeId, contact: int) -> bool:
        """Tell whether an envelope may be judged as it comes, in no row: it is new, and none goes before it.

        Before it go those that wait for the contact, and those of which it is not known yet whose they are.
        """
        known = self._sql.one(
            "SELECT 1 WHERE EXISTS (SELECT 1 FROM envelope_seen WHERE envelope = ?1)"
            " OR EXISTS (SELECT 1 FROM inbox WHERE envelope = ?1)"
            " OR EXISTS (SELECT 1 FROM inbox WHERE state = 'waiting' AND contact = ?2)"
            " OR EXISTS (SELECT 1 FROM inbox WHERE state = 'waiting' AND contact IS NULL)",
            envelope,
            contact,
        )
        return known is None

    def room(self) -> bool:
        """Tell whether more may be taken in: fewer than 10,000 envelopes and 100 MiB are waiting."""
        row = self._sql.one("SELECT count(*), coalesce(sum(size), 0) FROM inbox WHERE state = 'waiting'")
        return row is not None and row[0] < INBOX_ROWS and row[1] < INBOX_BYTES

    def unassigned(self, limit: int, after_row: int = 0) -> list[InboxRecord]:
        """Return waiting envelopes that no conversation has yet, in order of arrival, beyond ``after_row``."""
        rows = self._sql.all(
            _INBOX + " WHERE state = 'waiting' AND contact IS NULL AND row > ? ORDER BY row LIMIT ?", after_row, limit
        )
        return [_record(row) for row in rows]

    def claim(self, row: int, account: str) -> bool:
        """Note which account an envelope claims to come from, until the relay has said whose that is.

        Returns:
            False where 1,000 envelopes or 10 MiB that claim the same account wait in front of it: it does not fit.
        """
        ahead = self._sql.one(
            "SELECT count(*), coalesce(sum(size), 0) FROM inbox WHERE claimed = ? AND row < ?", account, row
        )
        if ahead is not None and (ahead[0] >= CLAIMED_ROWS or ahead[1] >= CLAIMED_BYTES):
            return False
        self._sql.run("UPDATE inbox SET claimed = ? WHERE row = ?", account, row)
        return True

    def claiming(self, account: str) -> list[InboxRecord]:
        """Return the envelopes that wait for the relay's word about an account, in order of arrival."""
        return [_record(row) for row in self._sql.all(_INBOX + " WHERE claimed = ? ORDER BY row", account)]

    def assign(self, row: int, contact: int) -> None:
        """Give an envelope to the conversation of its sender."""
        self._sql.run("UPDATE inbox SET contact = ?, claimed = NULL WHERE row = ?", contact, row)

    def unassign(self, row: int) -> None:
        """Take an envelope back from a conversation: whose it is has to be found out anew.

        Raises:
            NotInInboxError: It is in no row.
        """
        if not self._sql.run("UPDATE inbox SET contact = NULL WHERE row = ?", row):
            raise NotInInboxError

    def next_for(self, contact: int, limit: int, after_row: int = 0) -> list[InboxRecord]:
        """Return the waiting envelopes of a conversation, in order of arrival, beyond ``after_row``."""
        rows = self._sql.all(
            _INBOX + " WHERE state = 'waiting' AND contact = ? AND row > ? ORDER BY row LIMIT ?",
            contact,
            after_row,
            limit,
        )
        return [_record(row) for row in rows]

    def contacts_with_mail(self) -> list[int]:
        """Return the contacts whose conversations have envelopes waiting."""
        rows = self._sql.all(
            "SELECT DISTINCT contact FROM inbox WHERE state = 'waiting' AND contact IS NOT NULL ORDER BY contact"
        )
        return [row[0] for row in rows]

    def contacts_in_quarantine(self) -> list[int]:
        """Return the contacts of whom something is set aside."""
        rows = self._sql.all(
            "SELECT DISTINCT contact FROM inbox WHERE state = 'quarantined' AND contact IS NOT NULL ORDER BY contact"
        )
        return [row[0] for row in rows]

    def finish(self, row: int, envelope: EnvelopeId, now: int) -> None:
        """Forget an envelope and remember its id, in the transaction that stores what it said."""
        if row != IN_NO_ROW:
            self._sql.run("DELETE FROM inbox WHERE row = ?", row)
        self._sql.run("INSERT OR IGNORE INTO envelope_seen (envelope, seen_at) VALUES (?, ?)", envelope, now)

    def note_message(self, envelope: EnvelopeId, contact: int, device: DeviceId, message: MessageId) -> None:
        """Remember which message a finished envelope held: its receipt is owed again when the envelope comes again."""
        self._sql.run(
            "UPDATE envelope_seen SET contact = ?, device = ?, message = ? WHERE envelope = ?",
            contact,
            device,
            message,
            envelope,
        )

    def message_of(self, envelope: EnvelopeId) -> tuple[int, DeviceId, MessageId] | None:
        """Return contact, device and message of a finished envelope, or None where it held no message."""
        row = self._sql.one(
            "SELECT contact, device, message FROM envelope_seen WHERE envelope = ? AND message IS NOT NULL", envelope
        )
        return None if row is None else (row[0], DeviceId(row[1]), MessageId(row[2]))

    def drop(self, row: int, reason: str) -> None:
        """Forget and count an envelope that says nothing to us; coming again, it is judged again."""
        if row != IN_NO_ROW:
            self._sql.run("DELETE FROM inbox WHERE row = ?", row)
        self._count(reason)

    def quarantine(self, row: int, reason: str, now: int, sender: DeviceId | None = None) -> None:
        """Set an envelope aside; it keeps its bytes for repair and hides from every conversation.

        Args:
            row: Which one.
            reason: Why it could not be read.
            now: Unix milliseconds.
            sender: The device that it comes from, where that is known: so nobody has to open it again to ask.

        Raises:
            NotInInboxError: It is in no row.
        """
        changed = self._sql.run(
            "UPDATE inbox SET state = 'quarantined', reason = ?, changed_at = ?, sender = ? WHERE row = ?",
            reason,
            now,
            sender,
            row,
        )
        if not changed:
            raise NotInInboxError
        excess = self._sql.number("SELECT count(*) FROM inbox WHERE state = 'quarantined'") - QUARANTINE_ROWS
        for _ in range(excess):
            self._sql.run(
                "DELETE FROM inbox WHERE row = (SELECT min(row) FROM inbox WHERE state = 'quarantined' AND contact IS"
                " (SELECT contact FROM inbox WHERE state = 'quarantined' GROUP BY contact"
                " ORDER BY count(*) DESC, min(row) LIMIT 1))"
            )
            self._count("quarantine_full")

    def quarantined(self, limit: int, contact: int | None = None) -> list[InboxRecord]:
        """Return what is set aside, of one contact or of all, in order of arrival."""
        rows = self._sql.all(
            _INBOX + " WHERE state = 'quarantined' AND (?1 IS NULL OR contact = ?1) ORDER BY row LIMIT ?2",
            contact,
            limit,
        )
        return [_record(row) for row in rows]

    def holding(self, reason: str) -> list[int]:
        """Return the contacts of whom something is set aside for a reason."""
        rows = self._sql.all(
            "SELECT DISTINCT contact FROM inbox WHERE state = 'quarantined' AND reason = ? AND contact IS NOT NULL"
            " ORDER BY contact",
            reason,
        )
        return [row[0] for row in rows]

    def holds_of(self, contact: int, device: DeviceId, reason: str) -> bool:
        """Tell whether something of a device is set aside for a reason, or is about to be judged again after that."""
        row = self._sql.one(
            "SELECT 1 FROM inbox WHERE state IN ('waiting', 'quarantined')"
            " AND reason = ? AND contact = ? AND sender = ?",
            reason,
            contact,
            device,
        )
        return row is not None

    def release_all(self, contact: int, reason: str) -> None:
        """Let what was set aside of a contact for a reason, which it keeps, be judged again in its order."""
        self._sql.run(
            "UPDATE inbox SET state = 'waiting' WHERE state = 'quarantined' AND contact = ? AND reason = ?",
            contact,
            reason,
        )

    def to_repair(self, contact: int, reasons: Collection[str], limit: int) -> list[tuple[int, EnvelopeId, DeviceId]]:
        """Return what of a contact is set aside for one of some reasons and can be asked for again.

        Returns:
            Row, id and sending device, in order of arrival; the envelopes themselves are not read.
        """
        marks = ", ".join("?" * len(reasons))
        rows = self._sql.all(
            "SELECT row, envelope, sender FROM inbox WHERE state = 'quarantined' AND contact = ? AND sender IS NOT NULL"
            f" AND reason IN ({marks}) ORDER BY row LIMIT ?",
            contact,
            *reasons,
            limit,
        )
        return [(row, EnvelopeId(envelope), DeviceId(sender)) for row, envelope, sender in rows]

    def forget_quarantined(self, now: int) -> int:
        """Forget, and count as dropped, what was set aside so long ago that nobody repeats it any more."""
        gone = self._sql.run(
            "DELETE FROM inbox WHERE state = 'quarantined' AND changed_at <= ?", now - QUARANTINE_KEPT_MS
        )
        if gone:
            self._count("quarantine_expired", gone)
        return gone

    def repaired(self, envelope: EnvelopeId, contact: int, now: int) -> bool:
        """Finish a quarantined envelope of a contact, whose content came another way; tells whether there was one."""
        sql = "DELETE FROM inbox WHERE envelope = ? AND state = 'quarantined' AND contact = ?"
        found = self._sql.run(sql, envelope, contact) > 0
        if found:
            self._sql.run("INSERT OR IGNORE INTO envelope_seen (envelope, seen_at) VALUES (?, ?)", envelope, now)
        return found

    def release(self, row: int, now: int) -> None:
        """Let an envelope out of quarantine, to be judged again."""
        self._sql.run("UPDATE inbox SET state = 'waiting', reason = '', changed_at = ? WHERE row = ?", now, row)

    def dropped(self) -> dict[str, int]:
        """Return how many envelopes were dropped, by reason."""
        rows = self._sql.all("SELECT name, value FROM counter WHERE name GLOB 'dropped:*'")
        return {name.removeprefix(_DROPPED): value for name, value in rows}

    def is_seen(self, envelope: EnvelopeId) -> bool:
        """Tell whether an envelope was finished within the last 60 days."""
        return self._sql.one("SELECT 1 FROM envelope_seen WHERE envelope = ?", envelope) is not None

    def forget_seen(self, now: int) -> int:
        """Forget ids of envelopes finished more than 60 days ago and return how many they were."""
        return self._sql.run("DELETE FROM envelope_seen WHERE seen_at <= ?", now - ENVELOPE_IDS_KEPT_MS)

    def _count(self, reason: str, count: int = 1) -> None:
        self._sql.run(
            "INSERT INTO counter (name, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = value + excluded.value",
            _DROPPED + reason,
            count,
        )


def is_judged_again(record: InboxRecord) -> bool:
    """Tell whether an envelope was opened before, and set aside for a group: its sender has paid for it then."""
    return record.reason == HELD_FOR_GROUP


def _record(row: Row) -> InboxRecord:
    return InboxRecord(
        row=row[0],
        route=Route(row[1]),
        seq=row[2],
        stored_at=row[3],
        envelope=EnvelopeId(row[4]),
        envelope_bytes=row[5],
        contact=row[6],
        device=None if row[7] is None else DeviceId(row[7]),
        state=InboxState(row[8]),
        reason=row[9],
    )
