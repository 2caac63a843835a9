"""Joining device: one that was restored adds itself to the list that its person has by now, in nobody's place unasked.

Until the relay has taken a list that names it, the profile notes that it joins. What others changed meanwhile stays.
"""

from typing import Final

import msgspec

from babilu.crypto.keys import AgreementKey, SigningKey
from babilu.identity.codec import decode_shape
from babilu.identity.device_list import (
    decode_device_list,
    encode_device_list,
    find_device,
    follow_up,
    make_entry,
    with_device,
)
from babilu.identity.list_merging import merge_lists
from babilu.identity.shapes import DeviceListBody, SignedDeviceList
from babilu.kernel.ids import DeviceId, device_id
from babilu.kernel.ports import Randomness
from babilu.store.profile_records import ProfileRecord
from babilu.store.unit_of_work import UnitOfWork

_JOINING: Final = "device.joining"


def joining_device(
    name: str,
    identity: SigningKey,
    present: SignedDeviceList,
    randomness: Randomness,
    now: int,
    replaced: DeviceId | None = None,
) -> ProfileRecord:
    """Make the keys of one more device of a person, with the list that names it.

    Args:
        name: Name of the profile.
        identity: The identity key.
        present: The newest own list that is known.
        randomness: For the keys.
        now: Unix milliseconds.
        replaced: The device that goes for it; None where none has to.

    Raises:
        AccountError: ``too_many``: there are as many devices as there may be.
    """
    signing, agreement = SigningKey.generate(randomness), AgreementKey.generate(randomness)
    entry = make_entry(identity, signing, agreement.public)
    body = decode_shape(present.body, DeviceListBody)
    if body.accounts:
        device_list = follow_up(identity, present, lambda before: with_device(_without(before, replaced), entry))
    else:
        # Nobody keeps the present list of a person without a relay. What others have changed meanwhile is merged once
        # this device meets them.
        device_list = merge_lists(
            identity, present, (), lambda before: with_device(_without(before, replaced), entry), now
        )
    return ProfileRecord(
        name=name,
        signing=signing.private_bytes(),
        agreement=agreement.private_bytes(),
        device=device_id(signing.public, agreement.public),
        device_list=encode_device_list(device_list),
        created_at=now,
    )


def note_joining(unit: UnitOfWork, replaced: DeviceId | None = None) -> None:
    """Note that the relay has to be told of the own device, and which one goes for it."""
    unit.settings.set(_JOINING, replaced or b"")


def _without(body: DeviceListBody, replaced: DeviceId | bytes | None) -> DeviceListBody:
    left = tuple(each for each in body.devices if each.device != replaced)
    return msgspec.structs.replace(body, devices=left)


def is_joining(unit: UnitOfWork) -> bool:
    """Tell whether the relay has to be told of the own device, which takes nobody's place."""
    return unit.settings.get(_JOINING) is not None


def joined(unit: UnitOfWork) -> None:
    """Forget that: the relay knows the device."""
    unit.settings.delete(_JOINING)


def join(unit: UnitOfWork, present: SignedDeviceList, identity: SigningKey) -> SignedDeviceList:
    """Put the own device into the list that the relay has, beside the others; committed with the unit.

    Args:
        unit: The write transaction.
        present: The relay's list, verified and of this person.
        identity: The identity key.

    Raises:
        AccountError: ``too_many``: there are as many devices as there may be.
    """
    record = unit.profile.load()
    if record is None:
        raise LookupError("a profile has no keys")
    own = find_device(decode_shape(decode_device_list(record.device_list).body, DeviceListBody), record.device)
    if own is None:
        raise LookupError("the own list does not name the own device")
    replaced = unit.settings.get(_JOINING)
    signed = follow_up(identity, present, lambda before: with_device(_without(before, replaced), own))
    unit.profile.keep_list(encode_device_list(present))
    unit.profile.replace_device_list(encode_device_list(signed))
    return signed
