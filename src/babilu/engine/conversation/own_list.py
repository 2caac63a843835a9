"""Own device list: a newer one, signed by the own identity, is taken wherever it comes from.

Another full device makes it, the relay keeps it, and whoever writes names the one that they know. One that the identity
did not sign, and one that is named but cannot be had, are an alarm: somebody shows others devices of one's own that one
does not know.
"""

from collections.abc import Sequence

import msgspec

from babilu.engine.conversation.effects import (
    AdoptOwnList,
    CallOwnDevices,
    MergeOwnLists,
    OwnDeviceRemoved,
    RequestList,
)
from babilu.engine.conversation.encryption import devices_in_force
from babilu.engine.conversation.groups.entries import note_removal
from babilu.engine.conversation.transaction import ConversationTransaction
from babilu.engine.conversation.trust import remake, tell_of_devices
from babilu.engine.runtime.own_devices import forget_names
from babilu.engine.runtime.unmerged_lists import forget_merged, note_unmerged, unmerged_lists
from babilu.identity.codec import decode_shape
from babilu.identity.device_list import check_successor, encode_device_list, find_device, serves, verify_device_list
from babilu.identity.list_merging import claims_of
from babilu.identity.shapes import DeviceEntry, DeviceListBody, SignedDeviceList
from babilu.kernel.alarms import AlarmKind
from babilu.kernel.errors import BabiluError, CryptoError, ErrorCode, ProtocolError
from babilu.wire.content import ListMark

LIST_PATIENCE_MS = 10 * 60 * 1000
"""How long a newer device list may stay out of sight before the user is warned."""

ASKED_AGAIN_MS = 60_000
"""Time after which the relay is asked once more for a newer own list that it has not shown."""


def take_own_list(transaction: ConversationTransaction, signed: SignedDeviceList, *, settles: bool) -> None:
    """Take a newer own list, in a turn with oneself.

    Args:
        transaction: The turn.
        signed: The list.
        settles: Whether the relay shows it; what came inside an envelope may be older than what is known.
    """
    own, cache = transaction.encryption.own, transaction.cache
    present = transaction.contact.signed_list
    if settles:
        transaction.encryption.own_list_shown_at = transaction.now
    try:
        body = verify_device_list(signed)
    except BabiluError as error:
        transaction.alarm(AlarmKind.OWN_LIST_FORGED, error.code)
        return
    if body.identity_key != own.identity_key or (own.account and not serves(body, own.relay, own.account)):
        transaction.alarm(AlarmKind.OWN_LIST_FORGED, ErrorCode.IDENTITY_CHANGED)
        return
    if not own.account:
        _take_beside(transaction, signed)
        return
    version = devices_in_force(transaction.contact).version
    if present == signed or body.version < version:
        # An older one is what a relay shows that was set back: it is told of those that it has lost.
        if settles and present == signed and cache.older_list:
            cache.older_list = False
            transaction.restart = True
        return
    try:
        check_successor(present, signed)
    except CryptoError as error:
        transaction.alarm(AlarmKind.OWN_LIST_FORGED, error.code)
        return
    if find_device(body, own.device) is None:
        # It goes by the list that names it as long as it is not locked: nothing is sent to devices that it would add.
        transaction.then(OwnDeviceRemoved(signed))
        return
    _adopt(transaction, signed)


def _take_beside(transaction: ConversationTransaction, signed: SignedDeviceList) -> None:
    """Take a list of a person without a relay, who may have changed it on two devices at once.

    The highest is in force on all devices. What it lacks of others is merged by the password.
    """
    own, unit, present = transaction.encryption.own, transaction.unit, transaction.contact.signed_list
    if present == signed:
        return
    try:
        known, shown = claims_of(present), claims_of(signed)
    except BabiluError as error:
        transaction.alarm(AlarmKind.OWN_LIST_FORGED, error.code)
        return
    if own.device in shown.removed:
        if shown.removes(own.device, known):
            transaction.then(OwnDeviceRemoved(signed))
        return
    if shown.rank > known.rank and own.device in shown.devices:
        if shown.lacks(known):
            note_unmerged(unit, present)
        _adopt(transaction, signed, known.devices - set(shown.removed))
        forget_merged(unit, signed)
    elif known.lacks(shown):
        note_unmerged(unit, signed)
    if unmerged_lists(unit, transaction.contact.signed_list):
        transaction.then(MergeOwnLists())


def _adopt(
    transaction: ConversationTransaction, signed: SignedDeviceList, lasting: frozenset[bytes] = frozenset()
) -> None:
    """Go by a newer own list; devices that last stay own ones although it does not know them yet."""
    before, body = devices_in_force(transaction.contact), decode_shape(signed.body, DeviceListBody)
    unmerged = [each for each in before.devices if each.device in lasting and find_device(body, each.device) is None]
    try:
        with transaction.part():
            gone = transaction.unit.profile.replace_device_list(encode_device_list(signed))
            remake(transaction, before, gone)
            # One that this person has not added is seen on all the others.
            tell_of_devices(transaction, _without(before, unmerged))
            forget_names(transaction.unit, msgspec.structs.replace(body, devices=(*body.devices, *unmerged)))
            if gone:
                # Whoever has removed it says so in the groups; where that has not come, the next entry brings it.
                note_removal(transaction.unit, devices_in_force(transaction.contact).version)
    except ProtocolError as error:
        transaction.alarm(AlarmKind.LIST_TAKES_DEVICE, error.code)
        return
    transaction.then(AdoptOwnList(signed))
    # Others may have told where a device listens before its list came.
    transaction.then(CallOwnDevices())


def _without(body: DeviceListBody, entries: Sequence[DeviceEntry]) -> DeviceListBody:
    return msgspec.structs.replace(body, devices=tuple(each for each in body.devices if each not in entries))


def own_list_named(transaction: ConversationTransaction, named: ListMark) -> None:
    """Take note of the own list that somebody knows; in a turn with whoever names it.

    A newer one is fetched. Another one of the same version is none of this identity's.
    """
    own = transaction.encryption.own_mark
    if named.version == own.version and named.list_hash != own.list_hash:
        transaction.alarm(AlarmKind.OWN_LIST_FORGED, ErrorCode.STALE_DEVICES)
    oneself = transaction.unit.contacts.oneself() if named.version > own.version else None
    if oneself is None:
        return
    transaction.then(RequestList(oneself))
    cache = transaction.cache
    if cache.newer_own_list is None or cache.newer_own_list[0] < named.version:
        cache.newer_own_list = (named.version, transaction.now)
        transaction.wake_in(LIST_PATIENCE_MS)


def look_for_own_list(transaction: ConversationTransaction) -> None:
    """Ring where a newer own list that somebody has named could not be had in all this time, with the relay there."""
    cache, own = transaction.cache, transaction.encryption.own_mark
    named = cache.newer_own_list
    if named is None:
        return
    if named[0] <= own.version:
        cache.newer_own_list = None
        return
    waited, oneself = transaction.now - named[1], transaction.unit.contacts.oneself()
    if 0 <= waited < LIST_PATIENCE_MS or oneself is None:
        transaction.wake_in(LIST_PATIENCE_MS - waited)
    elif transaction.encryption.own_list_shown_at >= named[1] + LIST_PATIENCE_MS:
        cache.newer_own_list = (named[0], transaction.now)
        transaction.alarm(AlarmKind.OWN_LIST_FORGED, ErrorCode.STALE_DEVICES)
    else:
        # Only what the relay does not show although it is there says anything.
        transaction.then(RequestList(oneself))
        transaction.wake_in(ASKED_AGAIN_MS)
