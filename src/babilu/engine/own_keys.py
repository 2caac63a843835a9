"""The keys of the own person and device: made once, committed before anybody hears of them."""

from babilu.crypto.keys import AgreementKey, SigningKey
from babilu.identity.device_list import (
    decode_device_list,
    encode_device_list,
    identity_of,
    make_device_list,
    make_entry,
    next_version,
    verify_device_list,
)
from babilu.kernel.ids import device_id
from babilu.kernel.ports import Randomness
from babilu.session.sessions import OwnDevice
from babilu.store.records import ProfileRecord


def make_profile_record(name: str, randomness: Randomness, now: int) -> ProfileRecord:
    """Make a person with one device.

    Args:
        name: The account's name, or the own name shown in direct conversations.
        randomness: For the keys.
        now: Unix milliseconds.
    """
    identity = SigningKey.generate(randomness)
    signing = SigningKey.generate(randomness)
    agreement = AgreementKey.generate(randomness)
    entry = make_entry(identity.public, signing, agreement.public)
    device_list = make_device_list(identity, next_version(0, now), [entry])
    return ProfileRecord(
        name=name,
        identity=identity.private_bytes(),
        signing=signing.private_bytes(),
        agreement=agreement.private_bytes(),
        device=device_id(signing.public, agreement.public),
        device_list=encode_device_list(device_list),
        created_at=now,
    )


def own_device(record: ProfileRecord, account: str) -> OwnDevice:
    """Bring the kept keys into the form that sessions use; ``account`` is empty without a relay."""
    device_list = decode_device_list(record.device_list)
    return OwnDevice(
        identity_key=identity_of(verify_device_list(device_list)),
        device=record.device,
        signing=SigningKey.from_bytes(record.signing),
        agreement=AgreementKey.from_bytes(record.agreement),
        account=account,
        device_list=device_list,
    )
