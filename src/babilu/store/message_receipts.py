"""Receipts of own messages: when devices of others had them, and when their owners read them there.

A message to a large group has many receipts. Of older ones it is only known how many people had them: their receipts
are counted and given up, but for those of people to whom something of it is still under way.
"""

from typing import Final

from babilu.kernel.ids import DeviceId, MessageId
from babilu.store.conversations import ONESELF
from babilu.store.statements import Statements

RECEIPTS_OF_NEWEST: Final = 1_000
"""Own messages of one group of which it is known who had them, and when."""

COUNTED_AT_ONCE: Final = 64
"""Older ones whose receipts are counted at once, so that nobody waits for long."""

_IS_DONE: Final = (
    "NOT EXISTS (SELECT 1 FROM delivery AS d JOIN message AS m ON m.id = d.message AND m.outgoing = 1"
    " WHERE m.position = message_receipt.position AND d.contact = message_receipt.contact)"
)
"""Whether nothing of a message is under way to whoever gave a receipt."""


class MessageReceipts:
    """What receipts told, inside one transaction."""

    def __init__(self, statements: Statements) -> None:
        self._sql = statements

    def note(self, position: int, contact: int, device: DeviceId, now: int, *, read: bool, is_first: bool) -> None:
        """Keep when a device of a recipient had an own message, and when it was read there; the first time counts.

        Args:
            position: The message.
            contact: Who gave the receipt.
            device: With which device.
            now: When it came.
            read: Whether it tells of reading.
            is_first: Whether it settled an envelope; otherwise only a row that is there is brought further.
        """
        if is_first:
            self._sql.run(
                "INSERT INTO message_receipt (position, device, contact, delivered_at) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (position, device) DO NOTHING",
                position,
                device,
                contact,
                now,
            )
        if read:
            self._sql.run(
                "UPDATE message_receipt SET read_at = ? WHERE position = ? AND device = ? AND read_at IS NULL",
                now,
                position,
                device,
            )

    def has(self, position: int, device: DeviceId) -> bool:
        """Tell whether a device has given a receipt for an own message."""
        row = self._sql.one("SELECT 1 FROM message_receipt WHERE position = ? AND device = ?", position, device)
        return row is not None

    def any_of(self, message: MessageId) -> bool:
        """Tell whether a device of its recipient has an own message."""
        row = self._sql.one(
            "SELECT 1 FROM message AS m WHERE m.id = ? AND m.outgoing = 1"
            " AND (m.had > 0 OR EXISTS"
            " (SELECT 1 FROM message_receipt WHERE position = m.position AND contact <> ?))",
            message,
            ONESELF,
        )
        return row is not None

    def count_older(self, conversation: int) -> None:
        """Count the receipts of own messages of a group that are not among the newest, the oldest first."""
        waiting = "FROM message WHERE conversation = ? AND recipients IS NOT NULL AND had IS NULL"
        beyond = self._sql.number(f"SELECT count(*) {waiting}", conversation) - RECEIPTS_OF_NEWEST
        if beyond <= 0:
            return
        most = min(beyond, COUNTED_AT_ONCE)
        for (position,) in self._sql.all(f"SELECT position {waiting} ORDER BY position LIMIT ?", conversation, most):
            people = f"FROM message_receipt WHERE position = ? AND contact <> {ONESELF} AND {_IS_DONE}"
            had = self._sql.number(f"SELECT count(DISTINCT contact) {people}", position)
            read = self._sql.number(f"SELECT count(DISTINCT contact) {people} AND read_at IS NOT NULL", position)
            self._sql.run("UPDATE message SET had = ?, had_read = ? WHERE position = ?", had, read, position)
            # Those of own devices are counted nowhere, and nobody asks for them.
            self._sql.run(f"DELETE FROM message_receipt WHERE position = ? AND {_IS_DONE}", position)

    def by_contact(self, position: int) -> dict[int, tuple[int, int | None]]:
        """Return who has an own message: since when on any of their devices, and since when they have read it."""
        rows = self._sql.all(
            "SELECT contact, delivered_at, read_at FROM message_receipt WHERE position = ? AND contact <> ?"
            " ORDER BY device",
            position,
            ONESELF,
        )
        found: dict[int, tuple[int, int | None]] = {}
        for contact, delivered_at, read_at in rows:
            had, read = found.get(contact, (delivered_at, read_at))
            reads = [each for each in (read, read_at) if each is not None]
            found[contact] = min(had, delivered_at), min(reads, default=None)
        return found

    def of_people(self, position: int) -> dict[int, tuple[int, int | None]]:
        """Return the people who have an own message, each with when they had it first, and when they read it first."""
        rows = self._sql.all(
            "SELECT contact, min(delivered_at), min(read_at) FROM message_receipt WHERE position = ? AND contact <> ?"
            " GROUP BY contact",
            position,
            ONESELF,
        )
        return {contact: (delivered_at, read_at) for contact, delivered_at, read_at in rows}

    def of(self, position: int) -> list[tuple[int, DeviceId, int, int | None]]:
        """Return the devices that have an own message: whose each is, when it had it, and when it was read there."""
        rows = self._sql.all(
            "SELECT contact, device, delivered_at, read_at FROM message_receipt WHERE position = ? ORDER BY device",
            position,
        )
        return [(contact, DeviceId(device), delivered_at, read_at) for contact, device, delivered_at, read_at in rows]
