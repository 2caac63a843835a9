"""Device lists of contacts: a new one adds or removes devices, or shows another person under the same name."""

from babilu.engine.conversation.effects import GiveHint, RequestList
from babilu.engine.conversation.encryption import devices_in_force
from babilu.engine.conversation.own_list import take_own_list
from babilu.engine.conversation.transaction import ConversationTransaction
from babilu.engine.conversation.trust import claim_identity, known_identity_spoke, remake, tell_of_devices
from babilu.engine.conversation.wakeups import ShowPicture
from babilu.identity.device_list import (
    check_successor,
    encode_device_list,
    serves,
    verify_device_list,
)
from babilu.identity.shapes import DeviceListBody, SignedDeviceList
from babilu.kernel.alarms import AlarmKind
from babilu.kernel.errors import BabiluError, CryptoError, ErrorCode, ProtocolError

ASKED_PAUSE_MS = 60_000
"""Shortest time between two questions for the list of a contact whom a relay shows by an older one."""

SHOWN_PAUSE_MS = 3_600_000
"""Shortest time after which newer lists alone make a contact be shown the own picture once more."""


def take_list(transaction: ConversationTransaction, signed: SignedDeviceList, *, settles: bool) -> None:
    """Take a newer device list of the contact, or notice that the account has another identity.

    Args:
        transaction: The turn.
        signed: The list.
        settles: Whether it comes from whoever would claim another identity, or from the contact's device itself on a
            direct connection: then the identity in force puts a claim away. What came inside an envelope may be older
            than the claim.
    """
    if transaction.contact.is_oneself:
        take_own_list(transaction, signed, settles=settles)
        return
    try:
        body = verify_device_list(signed)
    except BabiluError as error:
        transaction.alarm(AlarmKind.LIST_UNSIGNED, error.code)
        return
    if transaction.contact.account and not serves(body, transaction.encryption.own.relay, transaction.contact.account):
        transaction.alarm(AlarmKind.LIST_OF_ANOTHER_ACCOUNT, ErrorCode.ACCOUNT_MISMATCH)
        return
    if body.identity_key != transaction.contact.identity_key:
        claim_identity(transaction, signed, body)
        return
    if settles:
        known_identity_spoke(transaction)
    present = transaction.contact.signed_list
    if present == signed:
        if settles:
            _known_list_returned(transaction)
        return
    if not settles and body.version < devices_in_force(transaction.contact).version:
        # It was on its way when the newer one came. Whoever goes on by it is told of with what they send.
        return
    try:
        check_successor(present, signed)
    except CryptoError as error:
        transaction.alarm(AlarmKind.LIST_ROLLED_BACK, error.code)
        if settles:
            _older_list_named(transaction)
        return
    try:
        with transaction.part():
            before = devices_in_force(transaction.contact)
            gone = transaction.unit.contacts.set_device_list(
                transaction.contact.contact, encode_device_list(signed), body.devices
            )
            remake(transaction, before, gone)
            tell_of_devices(transaction, before)
            _show_newcomers(transaction, before, body)
            transaction.cache.older_list = False
    except ProtocolError as error:
        # The one that is known stays in force: whoever made this one holds the other contact's keys as well.
        transaction.alarm(AlarmKind.LIST_TAKES_DEVICE, error.code)


def _show_newcomers(transaction: ConversationTransaction, before: DeviceListBody, body: DeviceListBody) -> None:
    """Have a contact told of the own picture again who has a device that was not told."""
    newcomers = {entry.device for entry in body.devices} - {entry.device for entry in before.devices}
    if not newcomers or not transaction.unit.pictures.give_again(transaction.contact.contact):
        return
    cache = transaction.cache
    if transaction.now >= cache.shown_again_at + SHOWN_PAUSE_MS:
        cache.shown_again_at = transaction.now
        # A turn that only receives seals nothing. Whoever is not told now is told when the relay is reached next.
        transaction.then(GiveHint(transaction.contact, ShowPicture()))


def _older_list_named(transaction: ConversationTransaction) -> None:
    """Note that the relay takes nothing for the devices that are known, such as one that was restored.

    It is asked for the list, for the right one may have come while this one was on its way.
    """
    cache = transaction.cache
    cache.older_list = True
    if transaction.now >= cache.list_asked_at + ASKED_PAUSE_MS:
        cache.list_asked_at = transaction.now
        transaction.then(RequestList(transaction.contact))


def _known_list_returned(transaction: ConversationTransaction) -> None:
    """Hand over what the relay sent back while it named an older list."""
    if transaction.cache.older_list:
        transaction.cache.older_list = False
        transaction.restart = True
