"""Receipts that are due: each waits until an envelope carries it, in the transaction that makes the envelope.

It is owed to a device that its person's list names: no envelope is ever made for another one.
"""

from collections.abc import Iterable

from babilu.kernel.ids import DeviceId, MessageId
from babilu.store.delivery_records import ReceiptKind
from babilu.store.statements import Statements

_READ_LATELY = (
    "SELECT id, conversation, author, sender_device FROM"
    " (SELECT * FROM message ORDER BY position DESC LIMIT ?1)"
    " WHERE outgoing = 0 AND unread = 0 AND deleted = 0 AND kind = 'text' AND shared_by IS NULL AND arrived_at >= ?2"
)
"""Messages of others that were read, of the newest of the profile."""


class Receipts:
    """Receipts that wait to be sent, inside one transaction."""

    def __init__(self, statements: Statements) -> None:
        self._sql = statements

    def queue(self, contact: int, device: DeviceId, message: MessageId, kind: ReceiptKind, leave_at: int = 0) -> None:
        """Owe a receipt to the device that wrote a message, unless it has left; owing it twice is owing it once.

        Args:
            contact: Whose device it is.
            device: The device.
            message: Of what.
            kind: Which kind.
            leave_at: Unix milliseconds until which it may wait for others that go with it.
        """
        self._sql.run(
            "INSERT INTO receipt (device, kind, message, contact, leave_at)"
            " SELECT device, ?, ?, contact, ? FROM contact_device WHERE device = ? AND contact = ?"
            " ON CONFLICT (device, kind, message) DO NOTHING",
            kind.value,
            message,
            leave_at,
            device,
            contact,
        )

    def read_in(self, newest: int, since: int) -> list[int]:
        """Return the conversations in which something was read of the newest messages that came since a time."""
        rows = self._sql.all(f"SELECT DISTINCT conversation FROM ({_READ_LATELY}) ORDER BY conversation", newest, since)
        return [row[0] for row in rows]

    def owe_read_again(self, conversation: int, newest: int, since: int) -> None:
        """Owe receipts of reading in a conversation again, to accepted people and to those who share a group.

        Args:
            conversation: Its number.
            newest: Only of so many newest messages of the whole profile.
            since: Only of those that came since then (Unix ms).
        """
        self._sql.run(
            "INSERT INTO receipt (device, kind, message, contact, leave_at)"
            f" SELECT d.device, ?3, m.id, m.author, 0 FROM ({_READ_LATELY}) AS m"
            " JOIN contact_device AS d ON d.device = m.sender_device AND d.contact = m.author"
            " JOIN contact AS c ON c.contact = m.author AND c.blocked = 0 AND (c.accepted = 1 OR c.fellow = 1)"
            " WHERE m.conversation = ?4 AND NOT EXISTS (SELECT 1 FROM waiting_action AS w"
            " WHERE w.id = m.id AND w.conversation = m.conversation)"
            " ON CONFLICT (device, kind, message) DO NOTHING",
            newest,
            since,
            ReceiptKind.READ.value,
            conversation,
        )

    def take(self, device: DeviceId, limit: int) -> dict[ReceiptKind, list[MessageId]]:
        """Return receipts owed to a device, by kind and in no order; `settle` them once an envelope carries them."""
        rows = self._sql.all(
            "SELECT kind, message FROM receipt WHERE device = ? ORDER BY kind, message LIMIT ?", device, limit
        )
        taken: dict[ReceiptKind, list[MessageId]] = {}
        for kind, message in rows:
            taken.setdefault(ReceiptKind(kind), []).append(MessageId(message))
        return taken

    def leave_at(self, device: DeviceId) -> int | None:
        """Return when the first of what is owed to a device is to leave, and all of it with that; None for nothing."""
        row = self._sql.one("SELECT min(leave_at) FROM receipt WHERE device = ?", device)
        return None if row is None else row[0]

    def devices(self) -> list[tuple[int, DeviceId]]:
        """Return the contacts and devices to which receipts are owed."""
        rows = self._sql.all("SELECT DISTINCT contact, device FROM receipt ORDER BY contact, device")
        return [(contact, DeviceId(device)) for contact, device in rows]

    def any_for(self, contact: int) -> bool:
        """Tell whether receipts are owed to a contact."""
        return (
            self._sql.one(
                "SELECT 1 FROM receipt JOIN contact_device USING (device) WHERE contact_device.contact = ? LIMIT 1",
                contact,
            )
            is not None
        )

    def settle(self, device: DeviceId, kind: ReceiptKind, messages: Iterable[MessageId]) -> None:
        """Forget receipts that an envelope carries."""
        self._sql.run_many(
            "DELETE FROM receipt WHERE device = ? AND kind = ? AND message = ?",
            [(device, kind.value, message) for message in messages],
        )

    def forget_device(self, device: DeviceId) -> None:
        """Forget what is owed to a device that is no more."""
        self._sql.run("DELETE FROM receipt WHERE device = ?", device)
