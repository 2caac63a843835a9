"""Chains of contents with devices in force, in both directions (protocol, section 6.7)."""

import hashlib
from typing import Final

from babilu.kernel.ids import ConversationId, DeviceId, domain
from babilu.session.chain import Chain
from babilu.store.statements import Statements

_FORMER = domain("former-chain")

CHAINS_KEPT = 36
"""Chains in one conversation with devices that are listed no more; one more, and they are given up."""

_LISTED_NO_MORE: Final = "conversation = ?1 AND device <> ?2 AND device NOT IN (SELECT device FROM contact_device)"


def former_chain(own: DeviceId, conversation: ConversationId) -> ConversationId:
    """Name the chain of what an own device received that sends no more, in place of the conversation's id."""
    return ConversationId(hashlib.sha256(_FORMER + own + conversation).digest())


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
        # Somebody may show ever new devices. In a group many are listed at once, and those do not count.
        if self._sql.number(f"SELECT count(*) FROM chain WHERE {_LISTED_NO_MORE}", conversation, device) > CHAINS_KEPT:
            self._sql.run(f"DELETE FROM chain WHERE {_LISTED_NO_MORE}", conversation, device)

    def become_former(self, own: DeviceId) -> None:
        """Keep what was received by an own device that sends no more under names of its own, and nothing else."""
        rows = self._sql.all("SELECT device, conversation, received FROM chain WHERE received <> x''")
        self._sql.run("DELETE FROM chain")
        for device, conversation, received in rows:
            former = former_chain(own, ConversationId(conversation))
            self.set_received(DeviceId(device), former, Chain.decode(received))
