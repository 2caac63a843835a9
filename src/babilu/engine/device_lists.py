"""What a contact's device list does when it changes: more or other devices, or, under the same name, another person."""

from babilu.api import events, views
from babilu.engine.turn import Turn
from babilu.identity.device_list import check_successor, decode_device_list, encode_device_list, verify_device_list
from babilu.identity.shapes import SignedDeviceList
from babilu.kernel.errors import BabiluError, CryptoError, ProtocolError
from babilu.kernel.ids import DeviceId, IdentityKey, conversation_id
from babilu.store.records import Trust


def take_list(turn: Turn, signed: SignedDeviceList) -> None:
    """Take a newer device list of the contact, or notice that the account has another identity."""
    try:
        body = verify_device_list(signed)
    except BabiluError as error:
        turn.alarm(error.code, "A device list was shown that is not signed by its owner.")
        return
    if body.identity_key != turn.contact.identity_key:
        _stop_sending(turn, signed)
        return
    present = decode_device_list(turn.contact.device_list)
    if present == signed:
        return
    try:
        check_successor(present, signed)
    except CryptoError as error:
        turn.alarm(error.code, "A device list was shown that is older than the one known.")
        return
    try:
        with turn.part():
            gone = turn.unit.contacts.set_device_list(turn.contact.contact, encode_device_list(signed), body.devices)
            _remake(turn, gone)
    except ProtocolError as error:
        # The one that is known stays in force: whoever made this one holds the other contact's keys as well.
        turn.alarm(error.code, "A device list was shown that names a device of another contact.")


def trust_identity(turn: Turn) -> views.ContactView:
    """Approve the changed identity, and have what was not delivered encrypted for it."""
    changed = turn.contact.changed_list
    if changed is None:
        return turn.show.contact(turn.contact)
    body = verify_device_list(decode_device_list(changed))
    identity = IdentityKey(body.identity_key)
    conversation = conversation_id(turn.sealer.own.identity_key, identity)
    gone = turn.unit.contacts.adopt_changed(turn.contact.contact, identity, conversation, changed, body.devices)
    _remake(turn, gone)
    return turn.contact_changed()


def _remake(turn: Turn, gone: list[DeviceId]) -> None:
    """Have what has no receipt encrypted anew where a device it was made for is listed no more."""
    for device in gone:
        turn.unit.receipts.forget_device(device)
        turn.unit.sessions.delete_sessions_with(device)
        for row in turn.unit.outbox.settle_device(device):
            if row.message is not None:
                turn.unit.messages.make_anew(row.message)
    turn.reload()
    turn.memory.bundles.clear()
    turn.memory.asked.clear()
    turn.after.restart = True
    turn.after.watch = True
    turn.after.removed += tuple(gone)


def _stop_sending(turn: Turn, signed: SignedDeviceList) -> None:
    encoded = encode_device_list(signed)
    if encoded == turn.contact.changed_list:
        return
    was_verified = turn.contact.trust is Trust.VERIFIED or turn.contact.was_verified
    turn.unit.contacts.set_changed(turn.contact.contact, encoded)
    turn.after.restart = True
    turn.after.watch = True
    turn.after.told.append(events.IdentityChanged(turn.contact.name, was_verified))
    turn.contact_changed()
