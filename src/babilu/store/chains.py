"""The last counter and hash of every chain of contents, in both directions, kept for good (protocol, section 6.7)."""

from typing import Final

from babilu.kernel.ids import ConversationId, DeviceId
from babilu.store.statements import Statements

START: Final = (0, bytes(32))
"""Counter and hash before the first content."""


class Chains:
    """Chains between this device and others, inside one transaction."""

    def __init__(self, statements: Statements) -> None:
        self._sql = statements

    def sent(self, device: DeviceId, conversation: ConversationId) -> tuple[int, bytes]:
        """Return counter and SHA-256 of the last content encrypted for a device; `START` before the first."""
        row = self._sql.one(
            "SELECT sent_counter, sent_hash FROM chain WHERE device = ? AND conversation = ?", device, conversation
        )
        return START if row is None else (row[0], row[1])

    def set_sent(self, device: DeviceId, conversation: ConversationId, counter: int, content_hash: bytes) -> None:
        """Record the last content encrypted for a device."""
        self._sql.run(
            "INSERT INTO chain (device, conversation, sent_counter, sent_hash, received_counter, received_hash)"
            " VALUES (?, ?, ?, ?, 0, zeroblob(32)) ON CONFLICT DO UPDATE"
            " SET sent_counter = excluded.sent_counter, sent_hash = excluded.sent_hash",
            device,
            conversation,
            counter,
            content_hash,
        )

    def received(self, device: DeviceId, conversation: ConversationId) -> tuple[int, bytes]:
        """Return counter and SHA-256 of the last content received from a device; `START` before the first."""
        row = self._sql.one(
            "SELECT received_counter, received_hash FROM chain WHERE device = ? AND conversation = ?",
            device,
            conversation,
        )
        return START if row is None else (row[0], row[1])

    def set_received(self, device: DeviceId, conversation: ConversationId, counter: int, content_hash: bytes) -> None:
        """Record the last content received from a device."""
        self._sql.run(
            "INSERT INTO chain (device, conversation, sent_counter, sent_hash, received_counter, received_hash)"
            " VALUES (?, ?, 0, zeroblob(32), ?, ?) ON CONFLICT DO UPDATE"
            " SET received_counter = excluded.received_counter, received_hash = excluded.received_hash",
            device,
            conversation,
            counter,
            content_hash,
        )
