"""What is known of every chain of contents, in both directions, kept for good (protocol, section 6.7)."""

from babilu.kernel.ids import ConversationId, DeviceId
from babilu.session.chain import Chain
from babilu.store.statements import Statements


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
        self._sql.run(
            "INSERT INTO chain (device, conversation, sent, received) VALUES (?, ?, ?, x'') ON CONFLICT DO UPDATE"
            " SET sent = excluded.sent",
            device,
            conversation,
            chain.encode(),
        )

    def received(self, device: DeviceId, conversation: ConversationId) -> Chain:
        """Return the chain of contents received from a device; an empty one before the first."""
        row = self._sql.one("SELECT received FROM chain WHERE device = ? AND conversation = ?", device, conversation)
        return Chain() if row is None or not row[0] else Chain.decode(row[0])

    def set_received(self, device: DeviceId, conversation: ConversationId, chain: Chain) -> None:
        """Keep the chain of contents received from a device."""
        self._sql.run(
            "INSERT INTO chain (device, conversation, sent, received) VALUES (?, ?, x'', ?) ON CONFLICT DO UPDATE"
            " SET received = excluded.received",
            device,
            conversation,
            chain.encode(),
        )

    def clear(self) -> None:
        """Forget every chain: they belong to a device that is no more."""
        self._sql.run("DELETE FROM chain")
