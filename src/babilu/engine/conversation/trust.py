"""Trust in a contact's identity: what claims another one, what puts the claim away, and what the user approves.

A claim is pending beside the identity in force and changes nothing about it. By relay nothing is sent while it is
pending, as the relay makes the claim; a direct connection proves the known identity and goes on.
"""

import logging

from babilu.api import commands as ask_for
from babilu.api import events, views
from babilu.engine.conversation.effects import CutOff, GiveHint, WatchAnew
from babilu.engine.conversation.encryption import devices_in_force
from babilu.engine.conversation.groups.fellow import FellowTransaction
from babilu.engine.conversation.groups.growth import person_changed
from babilu.engine.conversation.own_state import approved_for, follow_registers
from babilu.engine.conversation.own_values import pack
from babilu.engine.conversation.person import may_ring
from babilu.engine.conversation.transaction import ConversationTransaction
from babilu.engine.conversation.wakeups import Wake
from babilu.engine.runtime.device_lines import encode_changed_devices
from babilu.engine.runtime.places import place_with
from babilu.identity.device_list import check_successor, decode_device_list, encode_device_list, verify_device_list
from babilu.identity.safety_number import safety_number
from babilu.identity.shapes import DeviceListBody, SignedDeviceList
from babilu.kernel.errors import CryptoError, DeliveryError, ErrorCode, ProtocolError, TrustError
from babilu.kernel.ids import DeviceId, IdentityKey, MessageId, conversation_id, new_line_id
from babilu.kernel.limits import INTEGER_MAX
from babilu.kernel.states import MessageKind, Trust
from babilu.store.alarms import IDENTITY_CHANGED
from babilu.store.contact_records import PendingIdentity
from babilu.store.register_writes import TIMER
from babilu.store.sync_state import DirtyKind
from babilu.wire.sync_entries import RegisterKind, SyncWrite

log = logging.getLogger(__name__)

CLAIMED = "identity_claimed"
"""Reason why envelopes are set aside whose sender is only claimed to be the contact."""


def claim_identity(transaction: ConversationTransaction, signed: SignedDeviceList, body: DeviceListBody) -> None:
    """Take note that another identity is claimed to be the contact's; of one claim only a newer list counts.

    Args:
        transaction: The turn.
        signed: The list that makes the claim.
        body: Its verified body.
    """
    claimed = IdentityKey(body.identity_key)
    present = transaction.contact.pending
    if present is not None and present.identity_key == claimed:
        try:
            check_successor(decode_device_list(present.device_list), signed)
        except CryptoError:
            return
        renewed = PendingIdentity(claimed, encode_device_list(signed), present.at)
        transaction.unit.contacts.set_pending(transaction.contact.contact, renewed)
        transaction.reload()
        return
    transaction.unit.contacts.set_pending(
        transaction.contact.contact, PendingIdentity(claimed, encode_device_list(signed), transaction.now)
    )
    transaction.restart = True
    transaction.then(WatchAnew())
    if may_ring(transaction.unit, transaction.contact, IDENTITY_CHANGED, transaction.now):
        transaction.tell(events.IdentityChanged(transaction.contact.name, transaction.contact.trust is Trust.VERIFIED))
    transaction.contact_changed()


def known_identity_spoke(transaction: ConversationTransaction) -> None:
    """Put a claim away: the identity in force has proved itself since, or the relay names it again."""
    if transaction.contact.pending is not None:
        _forget_claim(transaction)


def reject_identity(transaction: ConversationTransaction, believed: IdentityKey | None) -> views.ContactView:
    """Put the claim away that the user saw; made again, it is pending again.

    Raises:
        TrustError: ``mismatch``.
    """
    pending = transaction.contact.pending
    if pending is None:
        return transaction.show.contact(transaction.contact)
    _check_claim(transaction, pending.identity_key, believed, None)
    transaction.unit.alarms.forget(transaction.contact.contact, IDENTITY_CHANGED)
    return _forget_claim(transaction)


def trust_identity(transaction: ConversationTransaction, command: ask_for.TrustIdentity) -> views.ContactView:
    """Approve the claimed identity that the user saw; the conversation keeps a line about it.

    Nothing is sent to it that was written to the one before: what was not delivered has failed.

    Raises:
        TrustError: ``mismatch``.
        DeliveryError: ``conflict``: the identity is another contact already.
    """
    pending = transaction.contact.pending
    if pending is None:
        # Approved already, by another user interface or twice by this one.
        _check_claim(transaction, transaction.contact.identity_key, command.identity, command.digits)
        return transaction.show.contact(transaction.contact)
    _check_claim(transaction, pending.identity_key, command.identity, command.digits)
    transaction.unit.alarms.forget(transaction.contact.contact, IDENTITY_CHANGED)
    _tell_siblings(transaction, pending)
    body = verify_device_list(decode_device_list(pending.device_list))
    before = devices_in_force(transaction.contact)
    undelivered = transaction.unit.deliveries.forget_all(transaction.contact.contact)
    conversation = conversation_id(transaction.encryption.own.identity_key, pending.identity_key)
    gone = transaction.unit.contacts.adopt_pending(
        transaction.contact.contact, pending.identity_key, conversation, pending.device_list, body.devices
    )
    line = transaction.unit.lines.add(
        new_line_id(transaction.randomness),
        transaction.conversation.conversation,
        transaction.contact.contact,
        MessageKind.KEY_CHANGED,
        pending.at,
        transaction.now,
    )
    remake(transaction, before, gone)
    transaction.give_up(
        undelivered, TrustError(ErrorCode.IDENTITY_CHANGED, "It was written to another identity of this contact.")
    )
    _leave_actions_behind(transaction)
    # The picture was shown by, and the own one given to, another identity.
    transaction.unit.pictures.forget_theirs(transaction.contact.contact)
    transaction.unit.pictures.forget_given(transaction.contact.contact)
    _let_user_decide(transaction)
    for group in transaction.unit.groups.groups_of(transaction.contact.contact):
        person_changed(FellowTransaction(transaction, group, transaction.logs), transaction.contact)
    # What the identity has sent meanwhile is judged in this very turn.
    transaction.unit.inbox.release_all(transaction.contact.contact, CLAIMED)
    transaction.tell(events.LineAdded(transaction.view(line)))
    return transaction.contact_changed()


def _tell_siblings(transaction: ConversationTransaction, approved: PendingIdentity) -> None:
    """Have the own other devices told which identity takes the place of the present one, unless one of them said so."""
    unit, former = transaction.unit, transaction.contact.identity_key
    if not unit.sync.has_siblings() or approved_for(unit, former) == approved.identity_key:
        return
    present = unit.sync.get(RegisterKind.APPROVED, former)
    at = transaction.now if present is None else max(transaction.now, present.at + 1)
    value = pack([approved.identity_key, approved.device_list])
    own = transaction.encryption.own.device
    write = SyncWrite(RegisterKind.APPROVED, former, value, min(at, INTEGER_MAX), own)
    unit.sync.merge(write, owed=True)


def take_approval(transaction: ConversationTransaction) -> None:
    """Approve the claimed identity where that was done on another own device, and go by what is set for it there."""
    pending, unit = transaction.contact.pending, transaction.unit
    if pending is None or approved_for(unit, transaction.contact.identity_key) != pending.identity_key:
        return
    try:
        with transaction.part():
            trust_identity(transaction, ask_for.TrustIdentity(transaction.contact.name, pending.identity_key))
    except (DeliveryError, ProtocolError) as error:
        # It is another contact here: the user decides between the two.
        log.warning("an identity that was approved elsewhere is not taken: %s", error.code.value)
        return
    follow_registers(transaction, DirtyKind.PERSON, pending.identity_key)


def _leave_actions_behind(transaction: ConversationTransaction) -> None:
    """Give up what was said about messages to or by the identity before: their ids are unknown to the new one."""
    unit, conversation = transaction.unit, transaction.conversation.conversation
    unit.own_actions.forget_all(conversation)
    unit.waiting_actions.forget_all(conversation)
    unit.registers.forget(conversation, TIMER)


def _let_user_decide(transaction: ConversationTransaction) -> None:
    """Have nothing sent later by itself that was written for the identity before."""
    for record in transaction.unit.scheduled.set_all_overdue(transaction.conversation.conversation):
        place = place_with(transaction.unit, transaction.conversation, transaction.contact)
        view = transaction.show.scheduled(record, place)
        transaction.tell(events.ScheduledChanged(view, gone=False, request_id=record.request_id))


def mark_verified(transaction: ConversationTransaction, command: ask_for.MarkVerified) -> views.ContactView:
    """Record that the safety numbers were compared, or not.

    Raises:
        TrustError: ``mismatch``: the number of the identity in force is another one; ``identity_changed``: it is not
            said whose number was compared.
    """
    if transaction.contact.pending is not None and command.identity is None and command.digits is None:
        raise TrustError(ErrorCode.IDENTITY_CHANGED, "The identity has changed: trust or reject the new one first.")
    _check_claim(transaction, transaction.contact.identity_key, command.identity, command.digits)
    trust = Trust.VERIFIED if command.verified else Trust.FIRST_USE
    transaction.unit.contacts.set_trust(transaction.contact.contact, trust)
    return transaction.contact_changed()


def tell_of_devices(transaction: ConversationTransaction, before: DeviceListBody) -> None:
    """Write down that a person has other devices than before: of others one line a day, and no alarm."""
    contact = transaction.contact
    present = {entry.device for entry in devices_in_force(contact).devices}
    if present == {entry.device for entry in before.devices} or not contact.accepted or contact.blocked:
        return
    unit, number, now = transaction.unit, transaction.conversation.conversation, transaction.now
    if contact.is_oneself:
        # Each change is told: one that this person has not made may follow one that they have.
        said = encode_changed_devices(unit, before.devices, devices_in_force(contact).devices)
        line = unit.lines.add_about_devices(new_line_id(transaction.randomness), number, said, now)
    elif unit.alarms.is_due(contact.contact, MessageKind.DEVICES_CHANGED.value, now):
        line_id = new_line_id(transaction.randomness)
        line = unit.lines.add(line_id, number, contact.contact, MessageKind.DEVICES_CHANGED, now, now)
    else:
        return
    transaction.tell(events.LineAdded(transaction.view(line)))


def remake(transaction: ConversationTransaction, before: DeviceListBody, gone: list[DeviceId]) -> None:
    """Let a newer list count: nothing goes to devices that have left, and newcomers are owed what nobody has.

    That is what a device that has left had no receipt for, and what no device of the contact has. What a device that
    has left had sent may still be under way: its sessions go on receiving.

    Args:
        transaction: The turn, in which the newer list is in force already.
        before: The list that was in force.
        gone: Devices that are on the newer one no longer.
    """
    contact = transaction.contact.contact
    transaction.unit.departed.learned(contact, transaction.now)
    missed = _missed(transaction, gone)
    changed = dict.fromkeys(missed)
    for entry in before.devices:
        device = DeviceId(entry.device)
        if device not in gone:
            continue
        for forgotten in transaction.unit.departed.leave(
            contact, IdentityKey(before.identity_key), entry, transaction.now
        ):
            transaction.unit.sessions.delete_sessions_with(forgotten)
        transaction.unit.receipts.forget_device(device)
        transaction.unit.sessions.stop_sending(device, transaction.now)
        transaction.unit.outbox.settle_device(device)
        changed |= dict.fromkeys(transaction.unit.deliveries.leave(contact, device))
    transaction.reload()
    known = {entry.device for entry in before.devices}
    present = [DeviceId(entry.device) for entry in devices_in_force(transaction.contact).devices]
    for device in present:
        transaction.unit.departed.come_back(device)
    newcomers = [device for device in present if device not in known]
    for message, conversation in missed.items():
        transaction.unit.deliveries.owe(message, conversation, contact, newcomers)
    if missed and newcomers:
        # A turn that only receives seals nothing.
        transaction.then(GiveHint(transaction.contact, Wake()))
    for message in changed:
        transaction.unit.own_actions.settle(message)
        transaction.refresh(message)
    transaction.cache.bundles.clear()
    transaction.cache.asked.clear()
    transaction.restart = True
    transaction.then(WatchAnew())
    if gone:
        transaction.then(CutOff(contact, tuple(gone)))


def _missed(transaction: ConversationTransaction, gone: list[DeviceId]) -> dict[MessageId, int]:
    """Return what newcomers are owed, in order, each with the conversation in which it was said."""
    unit = transaction.unit
    missed: dict[MessageId, int] = {}
    for delivery in unit.deliveries.under_way_to(transaction.contact.contact):
        message = delivery.message
        if delivery.device in gone or message in missed or not unit.message_receipts.any_of(message):
            missed[message] = delivery.conversation
    return missed


def _forget_claim(transaction: ConversationTransaction) -> views.ContactView:
    transaction.unit.contacts.set_pending(transaction.contact.contact, None)
    transaction.restart = True
    transaction.then(WatchAnew())
    return transaction.contact_changed()


def _check_claim(
    transaction: ConversationTransaction, meant: IdentityKey, believed: IdentityKey | None, digits: str | None
) -> None:
    """Check that the user approves or rejects what was shown to them."""
    if believed is not None and believed != meant:
        raise TrustError(ErrorCode.MISMATCH, "Another key is in question now than you were shown: look again.")
    if digits is not None and "".join(digits.split()) != safety_number(transaction.encryption.own.identity_key, meant):
        raise TrustError(ErrorCode.MISMATCH, "The number that you compared belongs to another key: look again.")
