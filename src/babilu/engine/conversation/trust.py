"""Trust in a contact's identity: what claims another one, what puts the claim away, and what the user approves.

A claim is pending beside the identity in force and changes nothing about it. By relay nothing is sent while it is
pending, as the relay makes the claim; a direct connection proves the known identity and goes on.
"""

from babilu.api import commands as ask_for
from babilu.api import events, views
from babilu.engine.conversation.sealing import devices_in_force
from babilu.engine.conversation.turn import Turn, may_ring
from babilu.identity.device_list import check_successor, decode_device_list, encode_device_list, verify_device_list
from babilu.identity.safety_number import safety_number
from babilu.identity.shapes import DeviceListBody, SignedDeviceList
from babilu.kernel.errors import CryptoError, ErrorCode, TrustError
from babilu.kernel.ids import DeviceId, IdentityKey, conversation_id, new_message_id
from babilu.store.alarms import IDENTITY_CHANGED
from babilu.store.records import MessageKind, PendingIdentity, Trust

CLAIMED = "identity_claimed"
"""Reason why envelopes are set aside whose sender is only claimed to be the contact."""


def claim_identity(turn: Turn, signed: SignedDeviceList, body: DeviceListBody) -> None:
    """Take note that another identity is claimed to be the contact's; of one claim only a newer list counts.

    Args:
        turn: The turn.
        signed: The list that makes the claim.
        body: Its verified body.
    """
    claimed = IdentityKey(body.identity_key)
    present = turn.contact.pending
    if present is not None and present.identity_key == claimed:
        try:
            check_successor(decode_device_list(present.device_list), signed)
        except CryptoError:
            return
        renewed = PendingIdentity(claimed, encode_device_list(signed), present.at)
        turn.unit.contacts.set_pending(turn.contact.contact, renewed)
        turn.reload()
        return
    turn.unit.contacts.set_pending(turn.contact.contact, PendingIdentity(claimed, encode_device_list(signed), turn.now))
    turn.after.restart = True
    turn.after.watch = True
    if may_ring(turn.unit, turn.contact, IDENTITY_CHANGED, turn.now):
        turn.after.told.append(events.IdentityChanged(turn.contact.name, turn.contact.trust is Trust.VERIFIED))
    turn.contact_changed()


def known_identity_spoke(turn: Turn) -> None:
    """Put a claim away: the identity in force has proved itself since, or the relay names it again."""
    if turn.contact.pending is not None:
        _forget_claim(turn)


def reject_identity(turn: Turn, believed: IdentityKey | None) -> views.ContactView:
    """Put the claim away that the user saw; made again, it is pending again.

    Raises:
        TrustError: ``mismatch``.
    """
    pending = turn.contact.pending
    if pending is None:
        return turn.show.contact(turn.contact)
    _check_claim(turn, pending.identity_key, believed, None)
    turn.unit.alarms.forget(turn.contact.contact, IDENTITY_CHANGED)
    return _forget_claim(turn)


def trust_identity(turn: Turn, command: ask_for.TrustIdentity) -> views.ContactView:
    """Approve the claimed identity that the user saw, and have what was not delivered encrypted for it.

    The conversation keeps a line about it.

    Raises:
        TrustError: ``mismatch``.
        DeliveryError: ``conflict``: the identity is another contact already.
    """
    pending = turn.contact.pending
    if pending is None:
        # Approved already, by another user interface or twice by this one.
        _check_claim(turn, turn.contact.identity_key, command.identity, command.digits)
        return turn.show.contact(turn.contact)
    _check_claim(turn, pending.identity_key, command.identity, command.digits)
    turn.unit.alarms.forget(turn.contact.contact, IDENTITY_CHANGED)
    body = verify_device_list(decode_device_list(pending.device_list))
    before = devices_in_force(turn.contact)
    conversation = conversation_id(turn.sealer.own.identity_key, pending.identity_key)
    gone = turn.unit.contacts.adopt_pending(
        turn.contact.contact, pending.identity_key, conversation, pending.device_list, body.devices
    )
    line = turn.unit.messages.add_line(
        new_message_id(turn.randomness), turn.contact.contact, MessageKind.KEY_CHANGED, pending.at, turn.now
    )
    remake(turn, before, gone)
    # What the identity has sent meanwhile is judged in this very turn.
    turn.unit.inbox.release_all(turn.contact.contact, CLAIMED)
    turn.after.told.append(events.LineAdded(turn.show.message(line, turn.contact)))
    return turn.contact_changed()


def mark_verified(turn: Turn, command: ask_for.MarkVerified) -> views.ContactView:
    """Record that the safety numbers were compared, or not.

    Raises:
        TrustError: ``mismatch``: the number of the identity in force is another one; ``identity_changed``: it is not
            said whose number was compared.
    """
    if turn.contact.pending is not None and command.identity is None and command.digits is None:
        raise TrustError(ErrorCode.IDENTITY_CHANGED, "The identity has changed: trust or reject the new one first.")
    _check_claim(turn, turn.contact.identity_key, command.identity, command.digits)
    trust = Trust.VERIFIED if command.verified else Trust.FIRST_USE
    turn.unit.contacts.set_trust(turn.contact.contact, trust)
    return turn.contact_changed()


def remake(turn: Turn, before: DeviceListBody, gone: list[DeviceId]) -> None:
    """Have what has no receipt encrypted anew where a device it was made for is listed no more.

    What such a device had sent may still be under way: its sessions go on receiving.

    Args:
        turn: The turn, in which the newer list is in force already.
        before: The list that was in force.
        gone: Devices that are on the newer one no longer.
    """
    contact = turn.contact.contact
    turn.unit.departed.learned(contact, turn.now)
    for entry in before.devices:
        device = DeviceId(entry.device)
        if device not in gone:
            continue
        for forgotten in turn.unit.departed.leave(contact, IdentityKey(before.identity_key), entry, turn.now):
            turn.unit.sessions.delete_sessions_with(forgotten)
        turn.unit.receipts.forget_device(device)
        turn.unit.sessions.stop_sending(device, turn.now)
        for row in turn.unit.outbox.settle_device(device):
            if row.message is not None:
                turn.unit.messages.make_anew(row.message)
    turn.reload()
    for entry in devices_in_force(turn.contact).devices:
        turn.unit.departed.come_back(DeviceId(entry.device))
    turn.memory.bundles.clear()
    turn.memory.asked.clear()
    turn.after.restart = True
    turn.after.watch = True
    turn.after.removed += tuple(gone)


def _forget_claim(turn: Turn) -> views.ContactView:
    turn.unit.contacts.set_pending(turn.contact.contact, None)
    turn.after.restart = True
    turn.after.watch = True
    return turn.contact_changed()


def _check_claim(turn: Turn, meant: IdentityKey, believed: IdentityKey | None, digits: str | None) -> None:
    """Check that the user approves or rejects what was shown to them."""
    if believed is not None and believed != meant:
        raise TrustError(ErrorCode.MISMATCH, "Another key is in question now than you were shown: look again.")
    if digits is not None and "".join(digits.split()) != safety_number(turn.sealer.own.identity_key, meant):
        raise TrustError(ErrorCode.MISMATCH, "The number that you compared belongs to another key: look again.")
