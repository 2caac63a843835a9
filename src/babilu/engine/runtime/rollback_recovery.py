"""Rollback recovery: a profile that was set back returns as a new device of its person, and does nothing twice.

Identity, contacts, messages and mail that had arrived stay. Envelopes to others go: what has no receipt is encrypted
anew, and others make anew for the new device what the old one never acknowledged. Keys, prekeys, sessions and chains of
the old device send nothing more and open, for 60 days, what was sealed for it: the relay hands the new device its mail.
Until the relay knows who comes in the old device's place, the old one's id is kept.
"""

import logging
from collections.abc import Iterable
from collections.abc import Set as AbstractSet

import msgspec

from babilu.crypto.keys import AgreementKey, SigningKey
from babilu.identity.codec import decode_shape
from babilu.identity.device_list import decode_device_list, encode_device_list, find_device, follow_up, make_entry
from babilu.identity.list_merging import merge_lists
from babilu.identity.login import Heir
from babilu.identity.shapes import DeviceEntry, DeviceListBody, SignedDeviceList
from babilu.kernel.errors import ErrorCode
from babilu.kernel.ids import DeviceId, MessageId, device_id
from babilu.kernel.ports import Clock, Randomness
from babilu.kernel.states import MessageState
from babilu.store.profile_records import ProfileRecord
from babilu.store.profile_store import ProfileStore
from babilu.store.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)

_RETIRING = "device.retiring"


def return_as_new_device(
    profile: ProfileStore, identity: SigningKey, clock: Clock, randomness: Randomness
) -> ProfileRecord:
    """Give a rolled-back profile a new device.

    Args:
        profile: The files of the profile.
        identity: The identity key.
        clock: Tells the time.
        randomness: For the keys of the device.

    Returns:
        The profile as it is now, committed.
    """
    with profile.database.write() as unit:
        record = unit.profile.load()
        if record is None:
            raise LookupError("a profile that was rolled back has no keys")
        renewed = _renewed(record, identity, randomness, clock.now_ms())
        # Of two rollbacks in a row the relay knows only the first device.
        if unit.settings.get(_RETIRING) is None:
            unit.settings.set(_RETIRING, record.device)
        now = clock.now_ms()
        unit.profile.become_former(record, now)
        unit.profile.replace_device(renewed)
        unit.sessions.become_former(now)
        unit.chains.become_former(record.device)
        unit.group_peers.forget_places()
        unit.departed.renumbered()
        unit.outbox.clear()
        owe_again(unit)
        profile.forget_rollback(unit)
    log.warning("this profile was rolled back and returns as a new device")
    return renewed


def owe_again(unit: UnitOfWork) -> None:
    """Owe everything again that was under way, but for what was deleted meanwhile."""
    again, over = unit.deliveries.begin_anew()
    for message in again:
        unit.messages.advance_state(message, MessageState.QUEUED)
    for message in over:
        _settle_deleted(unit, message)


def _settle_deleted(unit: UnitOfWork, message: MessageId) -> None:
    """Show how far a deleted message has come: no receipt of what is not sent again will say more."""
    record = unit.messages.by_id(message)
    if record is None or not record.outgoing:
        return
    known = unit.deliveries.standing(message, record.position)
    if known is None:
        unit.messages.advance_state(message, MessageState.FAILED, error=ErrorCode.ROLLED_BACK.value)
    else:
        unit.messages.advance_state(message, known.state, held_until=known.held_until, error=known.error)


def _renewed(record: ProfileRecord, identity: SigningKey, randomness: Randomness, now: int) -> ProfileRecord:
    signing = SigningKey.generate(randomness)
    agreement = AgreementKey.generate(randomness)
    entry = make_entry(identity, signing, agreement.public)
    present = decode_device_list(record.device_list)
    body = decode_shape(present.body, DeviceListBody)
    if body.accounts:
        device_list = follow_up(identity, present, lambda before: _in_place_of([record.device], before, entry))
    else:
        # Nobody keeps the present list of a person without a relay: lists that this profile has forgotten may have
        # been shown to others. A version by the clock is above all of theirs.
        device_list = merge_lists(
            identity, present, (), lambda before: _in_place_of([record.device], before, entry), now
        )
    return ProfileRecord(
        name=record.name,
        signing=signing.private_bytes(),
        agreement=agreement.private_bytes(),
        device=device_id(signing.public, agreement.public),
        device_list=encode_device_list(device_list),
        created_at=record.created_at,
    )


def _in_place_of(formers: Iterable[bytes], body: DeviceListBody, entry: DeviceEntry) -> DeviceListBody:
    gone = {entry.device, *formers}
    others = tuple(each for each in body.devices if each.device not in gone)
    return msgspec.structs.replace(body, devices=(*others, entry))


def retiring_device(unit: UnitOfWork) -> DeviceId | None:
    """Return the device whose successor the relay has not been told of, if there is one."""
    kept = unit.settings.get(_RETIRING)
    return None if kept is None else DeviceId(kept)


def retired(unit: UnitOfWork) -> None:
    """Forget the old device: the relay knows the new one."""
    unit.settings.delete(_RETIRING)


def heirs_between(before: DeviceListBody, after: DeviceListBody) -> tuple[Heir, ...]:
    """Say whose mail goes to whom by a list that a relay has lost: the device that came took the others' place."""
    former = {entry.device for entry in before.devices}
    present = {entry.device for entry in after.devices}
    came = sorted(present - former)
    return tuple(Heir(gone, came[0]) for gone in sorted(former - present)) if len(came) == 1 else ()


def succeed(unit: UnitOfWork, present: SignedDeviceList, retiring: DeviceId, identity: SigningKey) -> SignedDeviceList:
    """Put the own device into the list that the relay has, in place of what it was before; committed with the unit.

    Args:
        unit: The write transaction.
        present: The relay's list.
        retiring: The device that this profile was.
        identity: The identity key.

    Raises:
        BabiluError: The relay's list is not of this person, or does not hold.
    """
    record = unit.profile.load()
    if record is None:
        raise LookupError("a profile has no keys")
    own = find_device(decode_shape(decode_device_list(record.device_list).body, DeviceListBody), record.device)
    if own is None:
        raise LookupError("the own list does not name the own device")
    known = {each.device for each in unit.profile.former_devices()}
    named = {each.device for each in decode_shape(decode_device_list(record.device_list).body, DeviceListBody).devices}

    def formers(before: DeviceListBody) -> list[bytes]:
        return _formers(before, retiring, known, named)

    signed = follow_up(identity, present, lambda before: _in_place_of(formers(before), before, own))
    # A relay that is set back to before both of them is told of both.
    unit.profile.keep_list(encode_device_list(present))
    unit.profile.replace_device_list(encode_device_list(signed))
    return signed


def _formers(
    body: DeviceListBody, retiring: DeviceId, known: AbstractSet[bytes], named: AbstractSet[bytes]
) -> list[bytes]:
    """Tell which devices of a list this profile was; other devices of the person are none of them.

    Args:
        body: The list.
        retiring: What it was when it was set back.
        known: What it was before, as far as it is known here.
        named: The devices on the own list.
    """
    listed = [entry.device for entry in body.devices]
    if retiring in listed:
        return [retiring]
    mine = [device for device in listed if device in known]
    # A person's only device that is not known here was this profile too, in a life that it has lost.
    alone = [device for device in listed if device not in named] if len(listed) == 1 else []
    return mine or alone
