"""A profile that was rolled back returns as a new device of the same person: nothing that was done is done twice.

Identity, contacts and messages stay. Keys, prekeys, sessions, chains and envelopes go; what has no receipt is encrypted
anew, and others make anew for the new device what the old one never acknowledged. The old device's signing key is kept
until it has told the relay who comes in its place.
"""

import logging

import msgspec

from babilu.crypto.keys import AgreementKey, SigningKey
from babilu.crypto.secret import Secret
from babilu.identity.codec import decode_shape
from babilu.identity.device_list import (
    decode_device_list,
    encode_device_list,
    make_device_list,
    make_entry,
    next_version,
)
from babilu.identity.shapes import DeviceListBody, Id16, Key32
from babilu.kernel.ids import DeviceId, device_id
from babilu.kernel.ports import Clock, Randomness
from babilu.store.profile_store import ProfileStore
from babilu.store.records import ProfileRecord
from babilu.store.unit import Unit

log = logging.getLogger(__name__)

_RETIRING = "device.retiring"


class RetiringDevice(msgspec.Struct, frozen=True, array_like=True):
    """The device that has to tell the relay of its successor: its id and the seed of its signing key."""

    device: Id16
    signing: Key32

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"


_decoder = msgspec.msgpack.Decoder(RetiringDevice)


def return_as_new_device(profile: ProfileStore, clock: Clock, randomness: Randomness) -> ProfileRecord:
    """Give a rolled-back profile a new device.

    Returns:
        The profile as it is now, committed.
    """
    with profile.database.write() as unit:
        record = unit.profile.load()
        if record is None:
            raise LookupError("a profile that was rolled back has no keys")
        renewed = _renewed(record, randomness, clock.now_ms())
        retiring = RetiringDevice(record.device, record.signing.reveal())
        # Of two rollbacks in a row the relay knows only the first device.
        if unit.settings.get(_RETIRING) is None:
            unit.settings.set(_RETIRING, msgspec.msgpack.encode(retiring))
        unit.profile.replace_device(renewed)
        unit.sessions.clear()
        unit.chains.clear()
        unit.inbox.clear()
        for message in unit.outbox.clear():
            unit.messages.make_anew(message)
        profile.forget_rollback(unit)
    log.warning("this profile was rolled back and returns as a new device")
    return renewed


def _renewed(record: ProfileRecord, randomness: Randomness, now: int) -> ProfileRecord:
    identity = SigningKey.from_bytes(record.identity)
    signing = SigningKey.generate(randomness)
    agreement = AgreementKey.generate(randomness)
    present = decode_shape(decode_device_list(record.device_list).body, DeviceListBody)
    others = [entry for entry in present.devices if entry.device != record.device]
    entry = make_entry(identity.public, signing, agreement.public)
    device_list = make_device_list(identity, next_version(present.version, now), [*others, entry])
    return ProfileRecord(
        name=record.name,
        identity=record.identity,
        signing=signing.private_bytes(),
        agreement=agreement.private_bytes(),
        device=device_id(signing.public, agreement.public),
        device_list=encode_device_list(device_list),
        created_at=record.created_at,
    )


def retiring_device(unit: Unit) -> tuple[DeviceId, SigningKey] | None:
    """Return the device that has to tell the relay of its successor, if there is one."""
    kept = unit.settings.get(_RETIRING)
    if kept is None:
        return None
    retiring = _decoder.decode(kept)
    return DeviceId(retiring.device), SigningKey.from_bytes(Secret(retiring.signing))


def retired(unit: Unit) -> None:
    """Forget the old device: the relay knows the new one."""
    unit.settings.delete(_RETIRING)
