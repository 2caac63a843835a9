"""Rows of mail: an envelope takes its mailbox's next number in the transaction that stores it, once for each device.

What every message would ask anew (where its mailbox stands, who has how much in it) is kept beside the database: this
thread is its only writer, so both change together, and a transaction that is rolled back drops what was kept.
"""

import sqlite3
from collections.abc import Callable, Sequence
from typing import Final

from babilu.identity.shapes import SignedDeviceList
from babilu.kernel.errors import ErrorCode
from babilu.kernel.ids import DeviceId, EnvelopeId
from babilu.relay.storage.mailbox_quota import REMEMBERED, REMEMBERED_MORE
from babilu.relay.storage.records import (
    MailboxStanding,
    MailPage,
    Outcome,
    Quota,
    Refused,
    Repeated,
    Resumption,
    StaleDeviceList,
    Stored,
    StoredEnvelope,
    Submission,
)
from babilu.relay.storage.sqlite.mailbox import Mailbox, load_mailbox

MAILBOXES_KEPT: Final = 20_000
"""Mailboxes whose state is kept in memory; the longest known leave first, a tenth of them at once."""

FENCES_AN_OPENING: Final = 2**32
"""Fences that are given between two openings of the database: its number of openings is all that is written of them."""

_NOT_FOUND: Final = Refused(ErrorCode.NOT_FOUND)
_QUOTA: Final = Refused(ErrorCode.QUOTA)
_ROLLED_BACK: Final = Refused(ErrorCode.ROLLED_BACK)

_REMEMBER = "INSERT INTO stored (mailbox, envelope, seq, stored_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
_RECALL = "SELECT stored_at FROM stored WHERE mailbox = ? AND envelope = ?"
_KEEP = "INSERT INTO mail (mailbox, seq, share, size, stored_at, envelope) VALUES (?, ?, ?, ?, ?, ?)"
_DELETE = "DELETE FROM mail WHERE mailbox = ? AND seq <= ? RETURNING share, size"
_FORGET = "DELETE FROM stored WHERE mailbox = ? AND seq <= ?"
_OPEN = "UPDATE relay SET openings = openings + 1 RETURNING openings"
_STAND = "UPDATE device SET head = ?, acknowledged = ? WHERE id = ?"


class MailTable:
    """Mailboxes and what waits in them."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._mailboxes: dict[DeviceId, Mailbox] = {}
        self._sweep: tuple[int, bytes] = (0, b"")
        # Letters and bytes in all mailboxes, counted once.
        self._waiting: tuple[int, int] | None = None
        # The highest fence given since the database was opened.
        self._fence: int | None = None

    def forget(self) -> None:
        """Drop everything that is cached."""
        self._mailboxes.clear()
        self._waiting = None
        self._fence = None

    def forget_mailbox(self, device: DeviceId) -> None:
        """Drop what is known of one mailbox: its account has changed."""
        self._mailboxes.pop(device, None)

    def delete_mailbox(self, device: DeviceId) -> None:
        """Delete a mailbox's mail, and what was remembered for it."""
        mailbox = self._find(device)
        if mailbox is not None:
            rows = self._connection.execute("DELETE FROM mail WHERE mailbox = ? RETURNING size", (mailbox.number,))
            self._count_out([size for (size,) in rows.fetchall()])
            self._connection.execute("DELETE FROM stored WHERE mailbox = ?", (mailbox.number,))
            self._connection.execute("DELETE FROM known WHERE mailbox = ?", (mailbox.number,))
            self.forget_mailbox(device)

    def hand_on(self, device: DeviceId, heir: DeviceId) -> None:
        """Put what waits for a device at the end of another one's mailbox, in its order."""
        former, mailbox = self._find(device), self._find(heir)
        if former is None or mailbox is None:
            return
        rows = self._connection.execute(
            "SELECT id, seq, share, size FROM mail WHERE mailbox = ? ORDER BY seq", (former.number,)
        ).fetchall()
        moves, numbers = [], {}
        for row, seq, share, size in rows:
            mailbox.head += 1
            mailbox.count(share, 1, size)
            moves.append((mailbox.number, mailbox.head, row))
            numbers[seq] = mailbox.head
        self._connection.executemany("UPDATE mail SET mailbox = ?, seq = ? WHERE id = ?", moves)
        waiting = self._connection.execute(
            "SELECT envelope, seq, stored_at FROM stored WHERE mailbox = ? AND seq > ?",
            (former.number, former.acknowledged),
        ).fetchall()
        self._connection.executemany(
            _REMEMBER,
            [(mailbox.number, envelope, numbers[seq], at) for envelope, seq, at in waiting if seq in numbers],
        )
        self._write_stand(mailbox)
        self.forget_mailbox(device)

    def submit(self, batch: Sequence[Submission], now: int, quota: Quota) -> list[Outcome]:
        rows: list[tuple[int, int, bytes, int, int, bytes]] = []
        submitted: dict[DeviceId, int] = {}
        outcomes: list[Outcome] = []
        execute = self._connection.execute
        for submission in batch:
            outcome = self._judge(submission, now, quota, execute)
            outcomes.append(outcome)
            if type(outcome) is Stored:
                mailbox = self._mailboxes[submission.device]
                size = len(submission.envelope)
                rows.append((mailbox.number, outcome.seq, submission.share, size, now, submission.envelope))
            elif type(outcome) is not Repeated:
                continue
            if submission.number > submitted.get(submission.sender, -1):
                submitted[submission.sender] = submission.number
        self._connection.executemany(_KEEP, rows)
        if self._waiting is not None:
            messages, size = self._waiting
            self._waiting = messages + len(rows), size + sum(row[3] for row in rows)
        self._note_submitted(submitted)
        return outcomes

    def _judge(self, submission: Submission, now: int, quota: Quota, execute: Callable[..., sqlite3.Cursor]) -> Outcome:
        """Decide on a submission; what is to be stored has its number then and is remembered."""
        mailbox = self._find(submission.device)
        if mailbox is None or mailbox.name != submission.name:
            return self._stale_or_unknown(submission)
        if mailbox.list_version != submission.list_version:
            return self._stale_or_unknown(submission)
        size = len(submission.envelope)
        if not mailbox.has_room(submission.share, size, quota, now, own=submission.own):
            row = execute(_RECALL, (mailbox.number, submission.envelope_id)).fetchone()
            return _QUOTA if row is None else Repeated(row[0])
        seq = mailbox.head + 1
        if execute(_REMEMBER, (mailbox.number, submission.envelope_id, seq, now)).rowcount == 0:
            row = execute(_RECALL, (mailbox.number, submission.envelope_id)).fetchone()
            return Repeated(row[0])
        mailbox.head = seq
        mailbox.take_in(submission.share, size, quota, now)
        mailbox.remembered += 1
        if mailbox.remembered >= mailbox.forget_at:
            self._forget_oldest(mailbox)
        return Stored(seq, now)

    def _forget_oldest(self, mailbox: Mailbox) -> None:
        """Keep what a mailbox remembers bounded, however fast it is filled and emptied; what waits is remembered."""
        last = min(mailbox.acknowledged, mailbox.head - REMEMBERED)
        mailbox.remembered -= self._connection.execute(_FORGET, (mailbox.number, last)).rowcount
        mailbox.forget_at = max(mailbox.remembered, REMEMBERED) + REMEMBERED_MORE

    def waiting(self) -> tuple[int, int]:
        """Count letters and their bytes in all mailboxes."""
        if self._waiting is None:
            counted = self._connection.execute("SELECT count(*), coalesce(sum(size), 0) FROM mail").fetchone()
            self._waiting = int(counted[0]), int(counted[1])
        return self._waiting

    def _count_out(self, sizes: Sequence[int]) -> None:
        if self._waiting is not None:
            messages, size = self._waiting
            self._waiting = messages - len(sizes), size - sum(sizes)

    def _stale_or_unknown(self, submission: Submission) -> Outcome:
        row = self._connection.execute(
            "SELECT list_version, list_body, list_signature FROM account WHERE name = ?", (submission.name,)
        ).fetchone()
        if row is None or row[0] == submission.list_version:
            return _NOT_FOUND
        return StaleDeviceList(submission.name, SignedDeviceList(row[1], row[2]))

    def _note_submitted(self, submitted: dict[DeviceId, int]) -> None:
        for sender, number in submitted.items():
            mailbox = self._find(sender)
            if mailbox is not None and number > mailbox.submitted:
                mailbox.submitted = number
                self._connection.execute("UPDATE device SET submitted = ? WHERE id = ?", (number, mailbox.number))

    def know(self, device: DeviceId, shares: frozenset[bytes]) -> None:
        mailbox = self._find(device)
        if mailbox is None or mailbox.known == shares:
            return
        self._connection.executemany(
            "DELETE FROM known WHERE mailbox = ? AND share = ?",
            [(mailbox.number, gone) for gone in mailbox.known - shares],
        )
        self._connection.executemany(
            "INSERT INTO known (mailbox, share) VALUES (?, ?)",
            [(mailbox.number, new) for new in shares - mailbox.known],
        )
        mailbox.know(shares)

    def acknowledge(self, cursors: Sequence[tuple[DeviceId, int]]) -> frozenset[DeviceId]:
        unknown = []
        for device, cursor in cursors:
            mailbox = self._find(device)
            if mailbox is None:
                unknown.append(device)
            else:
                self._delete_up_to(mailbox, min(cursor, mailbox.head))
        return frozenset(unknown)

    def standings(self, devices: Sequence[DeviceId]) -> dict[DeviceId, MailboxStanding]:
        """Tell how far mailboxes are; there is no other node that a device could be at."""
        found = {device: self._find(device) for device in devices}
        return {device: MailboxStanding(mailbox.head) for device, mailbox in found.items() if mailbox is not None}

    def _delete_up_to(self, mailbox: Mailbox, cursor: int) -> None:
        if cursor <= mailbox.acknowledged:
            return
        deleted = self._connection.execute(_DELETE, (mailbox.number, cursor)).fetchall()
        for share, size in deleted:
            mailbox.let_out(share, size)
        self._count_out([size for _, size in deleted])
        mailbox.acknowledged = cursor
        self._write_stand(mailbox)

    def _write_stand(self, mailbox: Mailbox) -> None:
        self._connection.execute(_STAND, (mailbox.head, mailbox.acknowledged, mailbox.number))

    def resume(self, device: DeviceId, cursor: int, envelope: EnvelopeId | None, number: int) -> Resumption | Refused:
        mailbox = self._find(device)
        if mailbox is None:
            return _NOT_FOUND
        if cursor < mailbox.acknowledged or number < mailbox.submitted:
            return _ROLLED_BACK
        if not self._agrees(mailbox, cursor, envelope):
            self._renumber(mailbox, cursor)
        self._delete_up_to(mailbox, cursor)
        self._note_submitted({device: number})
        return Resumption(mailbox.acknowledged, mailbox.head, self._next_fence())

    def _next_fence(self) -> int:
        """Give a fence above all before it; what is in memory of them ends with the database's opening."""
        if self._fence is None:
            (opening,) = self._connection.execute(_OPEN).fetchone()
            self._fence = int(opening) * FENCES_AN_OPENING
        self._fence += 1
        return self._fence

    def _agrees(self, mailbox: Mailbox, cursor: int, envelope: EnvelopeId | None) -> bool:
        """Tell whether the client's cursor names the envelope that it names here."""
        if cursor > mailbox.head:
            return False
        if envelope is None:
            # It says that nothing came under this number, as at the end of a gap.
            waits = "SELECT 1 FROM mail WHERE mailbox = ? AND seq = ?"
            return self._connection.execute(waits, (mailbox.number, cursor)).fetchone() is None
        row = self._connection.execute(
            "SELECT seq FROM stored WHERE mailbox = ? AND envelope = ?", (mailbox.number, envelope)
        ).fetchone()
        if row is None:
            # An envelope that is deleted may be forgotten too, after its time; one that waits is still remembered.
            return cursor == mailbox.acknowledged
        return int(row[0]) == cursor

    def _renumber(self, mailbox: Mailbox, cursor: int) -> None:
        """Number what waits anew above ``cursor``, in the same order."""
        rows = self._connection.execute(
            "SELECT id, seq FROM mail WHERE mailbox = ? ORDER BY seq", (mailbox.number,)
        ).fetchall()
        moves = [(cursor + place, row, old) for place, (row, old) in enumerate(rows, start=1)]
        self._connection.executemany("UPDATE mail SET seq = ? WHERE id = ?", [(new, row) for new, row, _ in moves])
        numbers = {old: new for new, _, old in moves}
        waiting = self._connection.execute(
            "SELECT envelope, seq FROM stored WHERE mailbox = ? AND seq > ?", (mailbox.number, mailbox.acknowledged)
        ).fetchall()
        self._connection.executemany(
            "UPDATE stored SET seq = ? WHERE mailbox = ? AND envelope = ?",
            [(numbers[seq], mailbox.number, envelope) for envelope, seq in waiting if seq in numbers],
        )
        mailbox.head = cursor + len(moves)
        mailbox.acknowledged = cursor
        self._write_stand(mailbox)

    def read(self, device: DeviceId, after: int, messages: int, size: int) -> MailPage:
        """Read letters in the order of their numbers."""
        mailbox = self._find(device)
        if mailbox is None:
            return MailPage((), after)
        stored_envelopes: list[StoredEnvelope] = []
        room = size
        rows = self._connection.execute(
            "SELECT seq, stored_at, size, envelope FROM mail WHERE mailbox = ? AND seq > ? ORDER BY seq LIMIT ?",
            (mailbox.number, after, messages),
        )
        for seq, stored_at, bytes_, envelope in rows:
            if stored_envelopes and bytes_ > room:
                break
            room -= bytes_
            stored_envelopes.append(StoredEnvelope(seq, stored_at, envelope))
        rows.close()
        return MailPage(tuple(stored_envelopes), mailbox.head)

    def expire(self, stored_before: int, most: int) -> int:
        """Delete old letters; rows lie in the order of their arrival, so the first young one ends the search."""
        rows = self._connection.execute(
            "SELECT mail.id, stored_at, device.device FROM mail JOIN device ON device.id = mail.mailbox"
            " ORDER BY mail.id LIMIT ?",
            (most,),
        ).fetchall()
        expired = 0
        for row, stored_at, device in rows:
            if stored_at >= stored_before:
                break
            self._expire(row, DeviceId(device))
            expired += 1
        return expired

    def _expire(self, row: int, device: DeviceId) -> None:
        mailbox = self._find(device)
        # Its head must outlive the row that shows it: a number is never given out twice.
        share, size = self._connection.execute("DELETE FROM mail WHERE id = ? RETURNING share, size", (row,)).fetchone()
        self._count_out([size])
        if mailbox is not None:
            mailbox.let_out(share, size)
            self._write_stand(mailbox)

    def forget_repeats(self, stored_before: int, expired_before: int, most: int) -> bool:
        """Go on through the remembered ids, in the order of their key."""
        rows = self._connection.execute(
            "SELECT mailbox, envelope, stored_at, seq <= acknowledged FROM stored JOIN device ON device.id = mailbox"
            " WHERE (mailbox, envelope) > (?, ?) ORDER BY mailbox, envelope LIMIT ?",
            (*self._sweep, most),
        ).fetchall()
        self._connection.executemany(
            "DELETE FROM stored WHERE mailbox = ? AND envelope = ?",
            [
                (mailbox, envelope)
                for mailbox, envelope, stored_at, gone in rows
                if stored_at < (stored_before if gone else min(stored_before, expired_before))
            ],
        )
        at_end = len(rows) < most
        self._sweep = (0, b"") if at_end else (rows[-1][0], rows[-1][1])
        return at_end

    def _find(self, device: DeviceId) -> Mailbox | None:
        mailbox = self._mailboxes.get(device)
        if mailbox is None:
            mailbox = load_mailbox(self._connection, device)
            if mailbox is not None:
                self._mailboxes[device] = mailbox
        return mailbox

    def make_room(self) -> None:
        """Keep the number of mailboxes in memory bounded; not amid a call, whose rows are written at its end."""
        if len(self._mailboxes) >= MAILBOXES_KEPT:
            for device in list(self._mailboxes)[: MAILBOXES_KEPT // 10]:
                del self._mailboxes[device]
