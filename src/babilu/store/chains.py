"""What is known of the chains of contents with devices in force, in both directions (protocol, section 6.7)."""

from babilu.kernel.ids import ConversationId, DeviceId
from babilu.session.chain import Chain
from babilu.store.statements import Statements

CHAINS_KEPT = 36
"""Chains with devices in one conversation; one more, and those with devices that are listed no more are given up."""


class Chains:
    """Chains between this device and others, inside one transaction."""

    def __init__(self, statements: Statements) -> None:
        self._sql = statements

    def sent(self, device: DeviceId, conversation: ConversationId) -> Chain:
        """Return the chain of contents encrypted for a device; an empty one before the first."""
        row = self._sql.one("SELECT sent FROM chain WHERE device = ? AND conversation = ?", device, conversation)
        return Chain() if row is None or not row[0] else Chain.decode(row[0])

    def set_sent(self, device: DeviceId, conversation: ConversationId, chain: Chain) -> None:
        """Keep the chain of contents encrypted for a device."""
        self._set("sent", device, conversation, chain)

    def received(self, device: DeviceId, conversation: ConversationId) -> Chain:
        """Return the chain of contents received from a device; an empty one before the first."""
        row = self._sql.one("SELECT received FROM chain WHERE device = ? AND conversation = ?", device, conversation)
        return Chain() if row is None or not row[0] else Chain.decode(row[0])

    def set_received(self, device: DeviceId, conversation: ConversationId, chain: Chain) -> None:
        """Keep the chain of contents received from a device."""
        self._set("received", device, conversation, chain)

    def _set(self, column: str, device: DeviceId, conversation: ConversationId, chain: Chain) -> None:
        encoded = chain.encode()
        update = f"UPDATE chain SET {column} = ? WHERE device = ? AND conversation = ?"
        if self._sql.run(update, encoded, device, conversation):
            return
        other = "received" if column == "sent" else "sent"
        self._sql.run(
            f"INSERT INTO chain (device, conversation, {column}, {other}) VALUES (?, ?, ?, x'')",
            device,
            conversation,
            encoded,
        )
        if self._sql.number("SELECT count(*) FROM chain WHERE conversation = ?", conversation) > CHAINS_KEPT:
            # Somebody shows ever new devices: of those that are listed no more the chains are given up.
            self._sql.run(
                "DELETE FROM chain WHERE conversation = ? AND device <> ?"
                " AND device NOT IN (SELECT device FROM contact_device)",
                conversation,
                device,
            )

    def clear(self) -> None:
        """Forget every chain: they belong to a device that is no more."""
        self._sql.run("DELETE FROM chain")
