"""Sender devices: which one sent an envelope, by the known lists, and what it says of lists and accounts."""

from babilu.engine.conversation.device_lists import take_list
from babilu.engine.conversation.effects import RequestList, Sweep
from babilu.engine.conversation.encryption import devices_in_force, known_mark
from babilu.engine.conversation.gaps import tell_missing
from babilu.engine.conversation.own_list import LIST_PATIENCE_MS, own_list_named
from babilu.engine.conversation.transaction import ConversationTransaction
from babilu.engine.conversation.trust import CLAIMED
from babilu.engine.runtime.own_devices import note_seen
from babilu.identity.device_list import decode_device_list, verify_device_list
from babilu.identity.shapes import DeviceListBody
from babilu.kernel.alarms import AlarmKind
from babilu.kernel.errors import CryptoError, ErrorCode, ProtocolError
from babilu.kernel.ids import IdentityKey
from babilu.kernel.states import Route
from babilu.session.envelope import UnsealedEnvelope
from babilu.session.sessions import AuthenticEnvelope, PeerDevice, authenticate
from babilu.store.delivery_records import InboxRecord
from babilu.wire.content import Content


def check_sender(
    transaction: ConversationTransaction, opened: UnsealedEnvelope, peer: PeerDevice
) -> AuthenticEnvelope | None:
    """Return an envelope as that of a device; None where somebody else sealed it in the device's name."""
    try:
        return authenticate(transaction.encryption.own, peer, opened)
    except CryptoError:
        return None


def came_after_claim(transaction: ConversationTransaction, row: InboxRecord) -> bool:
    """Tell whether an envelope is news of the identity in force; what the relay held before the claim is none."""
    pending = transaction.contact.pending
    return pending is not None and (row.route is Route.DIRECT or row.stored_at > pending.at)


def compare_account(transaction: ConversationTransaction, row: InboxRecord, opened: UnsealedEnvelope) -> None:
    """Notice a contact whose messages come from another account than the one that the relay shows them under."""
    named = opened.account
    if (
        row.route is Route.RELAY
        and named is not None
        and transaction.contact.account
        and named != transaction.contact.account
    ):
        transaction.alarm(AlarmKind.ANOTHER_ACCOUNT, ErrorCode.ACCOUNT_MISMATCH)


def listed_device_spoke(transaction: ConversationTransaction, opened: UnsealedEnvelope, content: Content) -> None:
    """Note when an own other device has last said something, and compare the lists that anybody names."""
    if transaction.contact.is_oneself:
        note_seen(transaction.unit, opened.sender, transaction.now)
    _compare_lists(transaction, content)


def _compare_lists(transaction: ConversationTransaction, content: Content) -> None:
    """Notice a relay that shows one of us an old device list, or the two of us different ones."""
    own_list_named(transaction, content.recipient_list)
    if transaction.contact.is_oneself:
        own_list_named(transaction, content.sender_list)
        return
    known = known_mark(transaction.contact)
    named = content.sender_list
    if named.version == known.version and named.list_hash != known.list_hash:
        transaction.alarm(AlarmKind.LISTS_DIFFER, ErrorCode.STALE_DEVICES)
    if named.version <= known.version:
        transaction.cache.newer_list = None
        return
    transaction.then(RequestList(transaction.contact))
    waiting = transaction.cache.newer_list
    if waiting is None or waiting[0] < named.version:
        transaction.cache.newer_list = (named.version, transaction.now)
    elif transaction.now - waiting[1] >= LIST_PATIENCE_MS:
        transaction.cache.newer_list = (named.version, transaction.now)
        transaction.alarm(AlarmKind.LIST_WITHHELD, ErrorCode.STALE_DEVICES)


def find_peer(transaction: ConversationTransaction, opened: UnsealedEnvelope) -> PeerDevice | None:
    """Find the sending device among those of the contact, also of an identity that waits for approval.

    That one is judged by the list that the envelope brings: which of its lists is the newest concerns whoever sends to
    it, and nobody does before it is approved.
    """
    lists = [devices_in_force(transaction.contact)]
    if transaction.contact.pending is not None:
        lists.append(verify_device_list(decode_device_list(transaction.contact.pending.device_list)))
        brought = brought_list(opened)
        if brought is not None and brought.identity_key == transaction.contact.pending.identity_key:
            lists.append(brought)
    for body in lists:
        for entry in body.devices:
            if entry.device == opened.sender:
                return PeerDevice(IdentityKey(body.identity_key), entry)
    return None


def brought_list(opened: UnsealedEnvelope) -> DeviceListBody | None:
    """Verify the device list that an envelope brings along; None where it brings none, or one that does not hold."""
    if opened.device_list is None:
        return None
    try:
        return verify_device_list(opened.device_list)
    except (CryptoError, ProtocolError):
        return None


def newly_listed_peer(transaction: ConversationTransaction, opened: UnsealedEnvelope) -> PeerDevice | None:
    """Find the sending device in the newer list that it brought along, which may be ahead of what the relay tells."""
    signed, body = opened.device_list, brought_list(opened)
    if (
        signed is None
        or body is None
        or body.identity_key != transaction.contact.identity_key
        or body.version <= devices_in_force(transaction.contact).version
    ):
        return None
    take_list(transaction, signed, settles=False)
    return find_peer(transaction, opened)


def judge_stranger(transaction: ConversationTransaction, row: InboxRecord, opened: UnsealedEnvelope) -> None:
    """Drop what comes from a device that is not listed, unless another person may have taken over the account."""
    if row.reason == CLAIMED:
        # It was authentic, but the user has approved another identity than its sender's.
        transaction.unit.inbox.drop(row.row, "device_gone")
        tell_missing(transaction, 1)
        return
    brought = brought_list(opened)
    if row.route is Route.RELAY and brought is not None and brought.identity_key != transaction.contact.identity_key:
        # The relay vouched for a new identity that this conversation has not heard of yet, or the user has approved
        # another one meanwhile: the router finds out which.
        transaction.unit.inbox.unassign(row.row)
        transaction.then(Sweep())
        return
    transaction.unit.inbox.drop(row.row, "unknown_device")
    departed = transaction.unit.departed.find(opened.sender)
    peer = None if departed is None else PeerDevice(departed.identity_key, departed.entry)
    if peer is not None and check_sender(transaction, opened, peer) is not None:
        tell_missing(transaction, 1)
        if opened.device_list is not None:
            # Sent after the device had left, by a list that is over.
            transaction.alarm(AlarmKind.LIST_ROLLED_BACK, ErrorCode.ROLLED_BACK)
