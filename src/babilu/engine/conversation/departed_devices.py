"""Departed devices: their new list never overtakes mail sent before it, which is read, or shows as a gap."""

from babilu.engine.conversation.encryption import devices_in_force
from babilu.engine.conversation.person import PersonTurn
from babilu.engine.conversation.sender_devices import brought_list
from babilu.identity.device_list import find_device
from babilu.kernel.ids import IdentityKey
from babilu.session.envelope import UnsealedEnvelope
from babilu.session.sessions import PeerDevice
from babilu.store.delivery_records import InboxRecord
from babilu.store.departed import Departure


def departed_peer(transaction: PersonTurn, row: InboxRecord, opened: UnsealedEnvelope) -> PeerDevice | None:
    """Find the sending device among those that the contact had before; None where what it sent counts no more."""
    found = transaction.unit.departed.find(opened.sender)
    if found is None:
        found = _never_seen(transaction, opened)
    if found is None or found.contact != transaction.contact.contact or not found.lets_in(row, transaction.now):
        return None
    return PeerDevice(found.identity_key, found.entry)


def _never_seen(transaction: PersonTurn, opened: UnsealedEnvelope) -> Departure | None:
    """Take a device that had left before anything was known of it by the older list that it brought along."""
    body = brought_list(opened)
    if body is None:
        return None
    identity = IdentityKey(body.identity_key)
    entry = find_device(body, opened.sender)
    in_force = devices_in_force(transaction.contact)
    if entry is None or identity != transaction.contact.identity_key or body.version >= in_force.version:
        return None
    return transaction.unit.departed.leave_unseen(transaction.contact.contact, identity, entry)
