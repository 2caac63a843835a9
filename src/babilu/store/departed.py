"""Departed devices: mail of a device that left its person's list is read as far as it was under way by then.

Under way is what has come in before the newer list was known here, and what the relay has given a number up to the head
that it names when the next connection resumes. After 60 days nothing is.
"""

from dataclasses import dataclass

from babilu.identity.codec import decode_shape, encode_shape
from babilu.identity.shapes import DeviceEntry
from babilu.kernel.ids import DeviceId, IdentityKey
from babilu.kernel.limits import OLD_KEYS_KEPT_MS
from babilu.kernel.states import Route
from babilu.store.delivery_records import InboxRecord
from babilu.store.statements import Row, Statements

DEPARTED_DEVICES = 16
"""Devices of one contact that have left and are still received from; the one that left first makes room."""

_ASKED = -1
"""In place of a mailbox number: a connection is being resumed, and the relay will name its head."""

_DEPARTED = "SELECT contact, identity_key, entry, left_at, inbox_row, mailbox_number FROM departed_device"


@dataclass(frozen=True, slots=True)
class Departure:
    """A device that has left, and what of it still counts.

    Attributes:
        contact: Whose it was.
        identity_key: The identity that it belonged to; after a change that was approved, the one from before.
        entry: The device, as its list named it.
        left_at: When that was learned here, in Unix milliseconds.
        inbox_row: What has come in up to this row counts.
        mailbox_number: What the relay numbered up to this counts; None while that is not known yet: all of it.
    """

    contact: int
    identity_key: IdentityKey
    entry: DeviceEntry
    left_at: int
    inbox_row: int
    mailbox_number: int | None

    def lets_in(self, row: InboxRecord, now: int) -> bool:
        """Tell whether an envelope of the device was under way when it left."""
        if now - self.left_at >= OLD_KEYS_KEPT_MS:
            return False
        if row.row <= self.inbox_row:
            return True
        if row.route is not Route.RELAY or row.seq is None:
            return False
        return self.mailbox_number is None or row.seq <= self.mailbox_number


class Departed:
    """Devices of contacts that have left their lists, inside one transaction."""

    def __init__(self, statements: Statements) -> None:
        self._sql = statements

    def leave(self, contact: int, identity_key: IdentityKey, entry: DeviceEntry, now: int) -> list[DeviceId]:
        """Note that a device is on its person's list no longer.

        Returns:
            Devices that are forgotten for it.
        """
        self._add(Departure(contact, identity_key, entry, now, self._newest_row(), None))
        return self._make_room(contact)

    def leave_unseen(self, contact: int, identity_key: IdentityKey, entry: DeviceEntry) -> Departure | None:
        """Note a device that had left before anything was known of it: it left when the present list was learned.

        Returns:
            None where it is not known when that was.
        """
        row = self._sql.one("SELECT learned_at, inbox_row, mailbox_number FROM list_learned WHERE contact = ?", contact)
        if row is None:
            return None
        learned_at, inbox_row, number = row
        departure = Departure(contact, identity_key, entry, learned_at, inbox_row, number)
        self._add(departure)
        self._make_room(contact)
        return self.find(DeviceId(entry.device))

    def come_back(self, device: DeviceId) -> None:
        """Forget that a device has left: a list names it again."""
        self._sql.run("DELETE FROM departed_device WHERE device = ?", device)

    def learned(self, contact: int, now: int) -> None:
        """Note that the present list of a contact became known now."""
        self._sql.run(
            "INSERT OR REPLACE INTO list_learned (contact, learned_at, inbox_row, mailbox_number)"
            " VALUES (?, ?, ?, NULL)",
            contact,
            now,
            self._newest_row(),
        )

    def find(self, device: DeviceId) -> Departure | None:
        """Return a device that has left."""
        row = self._sql.one(_DEPARTED + " WHERE device = ?", device)
        return None if row is None else _departure(row)

    def waits_for_head(self) -> bool:
        """Tell whether it is not known yet up to where something counts."""
        return any(
            self._sql.one(f"SELECT 1 FROM {table} WHERE mailbox_number IS NULL OR mailbox_number < 0 LIMIT 1")
            for table in ("departed_device", "list_learned")
        )

    def resuming(self) -> None:
        """Note that the relay is being asked for its head: what was learned up to now is bounded by its answer."""
        for table in ("departed_device", "list_learned"):
            self._sql.run(f"UPDATE {table} SET mailbox_number = ? WHERE mailbox_number IS NULL", _ASKED)

    def resumed(self, head: int) -> None:
        """Note the head that the relay has named."""
        for table in ("departed_device", "list_learned"):
            self._sql.run(f"UPDATE {table} SET mailbox_number = ? WHERE mailbox_number = ?", head, _ASKED)

    def renumbered(self) -> None:
        """Note that the own mailbox begins anew: its numbers say nothing about those from before."""
        for table in ("departed_device", "list_learned"):
            self._sql.run(f"UPDATE {table} SET mailbox_number = NULL")

    def delete_expired(self, now: int) -> None:
        """Forget whoever left 60 days ago."""
        self._sql.run("DELETE FROM departed_device WHERE left_at <= ?", now - OLD_KEYS_KEPT_MS)

    def _newest_row(self) -> int:
        return self._sql.number("SELECT max(row) FROM inbox")

    def _add(self, departure: Departure) -> None:
        self._sql.run(
            "INSERT OR REPLACE INTO departed_device"
            " (device, contact, identity_key, entry, left_at, inbox_row, mailbox_number) VALUES (?, ?, ?, ?, ?, ?, ?)",
            departure.entry.device,
            departure.contact,
            departure.identity_key,
            encode_shape(departure.entry),
            departure.left_at,
            departure.inbox_row,
            departure.mailbox_number,
        )

    def _make_room(self, contact: int) -> list[DeviceId]:
        rows = self._sql.all(
            "SELECT device FROM departed_device WHERE contact = ? ORDER BY left_at DESC, rowid DESC LIMIT -1 OFFSET ?",
            contact,
            DEPARTED_DEVICES,
        )
        forgotten = [DeviceId(row[0]) for row in rows]
        for device in forgotten:
            self.come_back(device)
        return forgotten


def _departure(row: Row) -> Departure:
    contact, identity_key, entry, left_at, inbox_row, number = row
    known = None if number in {None, _ASKED} else number
    return Departure(contact, IdentityKey(identity_key), decode_shape(entry, DeviceEntry), left_at, inbox_row, known)
