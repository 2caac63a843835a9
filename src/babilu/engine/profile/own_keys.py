"""Keys of the own person and device: made once, committed before anybody hears of them."""

from collections.abc import Sequence
from dataclasses import replace

import msgspec

from babilu.crypto.keys import AgreementKey, SigningKey
from babilu.identity.device_list import (
    FIRST_VERSION,
    decode_device_list,
    encode_device_list,
    follow_up,
    identity_of,
    make_device_list,
    make_entry,
    read_kept_list,
    verify_device_list,
)
from babilu.identity.shapes import ListedAccount, SignedDeviceList
from babilu.kernel.ids import device_id, notes_id
from babilu.kernel.ports import Randomness
from babilu.session.sessions import OwnDevice
from babilu.store.profile_records import FormerDevice, ProfileRecord
from babilu.store.profile_store import ProfileStore
from babilu.store.unit_of_work import UnitOfWork


def make_profile_record(
    name: str, identity: SigningKey, randomness: Randomness, now: int, accounts: Sequence[ListedAccount] = ()
) -> ProfileRecord:
    """Make the first device of a person.

    Args:
        name: The account's name, or the own name shown in direct conversations.
        identity: The identity key; the record does not hold it.
        randomness: For the device's keys.
        now: Unix milliseconds.
        accounts: What the first device list is good for: the account that is to be, or none without a relay.
    """
    signing = SigningKey.generate(randomness)
    agreement = AgreementKey.generate(randomness)
    entry = make_entry(identity, signing, agreement.public)
    device_list = make_device_list(identity, FIRST_VERSION, [entry], accounts=accounts)
    return ProfileRecord(
        name=name,
        signing=signing.private_bytes(),
        agreement=agreement.private_bytes(),
        device=device_id(signing.public, agreement.public),
        device_list=encode_device_list(device_list),
        created_at=now,
    )


def keep_notes(unit: UnitOfWork, record: ProfileRecord, now: int) -> None:
    """Have a profile's conversation with oneself, and oneself among its people, whatever they were before."""
    body = read_kept_list(record.device_list).body
    identity = identity_of(body)
    unit.conversations.keep_notes(notes_id(identity), now)
    account = record.name if any(each.name == record.name for each in body.accounts) else ""
    unit.contacts.keep_oneself(identity, record.name, account, record.device, record.device_list, now)


def own_device(record: ProfileRecord, account: str, formers: Sequence[FormerDevice] = ()) -> OwnDevice:
    """Bring the kept keys into the form that sessions use; ``account`` is empty without a relay."""
    device_list = decode_device_list(record.device_list)
    body = verify_device_list(device_list)
    own = OwnDevice(
        identity_key=identity_of(body),
        device=record.device,
        signing=SigningKey.from_bytes(record.signing),
        agreement=AgreementKey.from_bytes(record.agreement),
        account=account,
        device_list=device_list,
        relay=next((listed.relay for listed in body.accounts if listed.name == account), b""),
    )
    own.former = tuple(
        replace(
            own,
            device=former.device,
            signing=SigningKey.from_bytes(former.signing),
            agreement=AgreementKey.from_bytes(former.agreement),
        )
        for former in formers
    )
    return own


def answer_for(profile: ProfileStore, identity: SigningKey, account: ListedAccount) -> SignedDeviceList:
    """Follow the own device list up with one that is good for an account, and for no other.

    Args:
        profile: The files of the profile.
        identity: The identity key.
        account: The account.

    Returns:
        The list, committed.
    """
    with profile.database.write() as unit:
        record = unit.profile.load()
        if record is None:
            raise LookupError("a profile has no keys")
        signed = follow_up(
            identity,
            decode_device_list(record.device_list),
            lambda before: msgspec.structs.replace(before, accounts=(account,)),
        )
        unit.profile.replace_device_list(encode_device_list(signed))
    return signed
