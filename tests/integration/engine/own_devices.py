"""A second device of a person, put on their list by the test: the same identity, keys of its own, nothing linked."""

from pathlib import Path

import msgspec

from babilu.api.client import RelayProfile
from babilu.crypto.keys import AgreementKey, SigningKey
from babilu.crypto.secret import Secret
from babilu.engine.profile.own_keys import keep_notes
from babilu.engine.runtime.loop_thread import LoopThread
from babilu.engine.transport.account_requests import AccountClient
from babilu.engine.transport.relay_pins import RelayPins, load_pins, save_pins
from babilu.identity.device_list import decode_device_list, encode_device_list, follow_up, make_entry
from babilu.identity.names import normalise_name
from babilu.identity.shapes import DeviceKind, SignedDeviceList
from babilu.kernel.ids import device_id
from babilu.kernel.limits import Limits
from babilu.store.profile_files import ProfilePaths
from babilu.store.profile_records import ProfileRecord, RelayRecord
from babilu.store.profile_store import ProfileStore
from babilu.store.unit_of_work import UnitOfWork
from babilu.system import SystemClock, SystemRandomness
from tests.integration.engine.party import Party, account

CLOCK, RANDOMNESS = SystemClock(), SystemRandomness()


def another_own_device(unit: UnitOfWork, identity: SigningKey, kind: DeviceKind = DeviceKind.FULL) -> ProfileRecord:
    """Make keys of one more device of a profile's person, with a list that names it beside those before.

    Nothing is kept or published: that list follows the one that the profile has.
    """
    present = unit.profile.load()
    assert present is not None
    signing, agreement = SigningKey.generate(RANDOMNESS), AgreementKey.generate(RANDOMNESS)
    entry = make_entry(identity, signing, agreement.public, kind)
    signed = follow_up(
        identity,
        decode_device_list(present.device_list),
        lambda before: msgspec.structs.replace(before, devices=(*before.devices, entry)),
    )
    return ProfileRecord(
        name=present.name,
        signing=signing.private_bytes(),
        agreement=agreement.private_bytes(),
        device=device_id(signing.public, agreement.public),
        device_list=encode_device_list(signed),
        created_at=CLOCK.now_ms(),
    )


def publish(profile: RelayProfile, pins: RelayPins, signed: SignedDeviceList) -> None:
    """Have the relay take a list by the account's password."""
    loop, address = LoopThread(), profile.address
    loop.start()
    try:
        client = AccountClient(loop, address.host, address.port, pins, Limits(), RANDOMNESS)
        assert client.publish_device_list(normalise_name(profile.name), profile.passphrase, signed, ()) is None
    finally:
        loop.stop()


def make_profile(
    home: Path, profile: RelayProfile, record: ProfileRecord, pins: RelayPins, identity: Secret | None
) -> None:
    """Make the files of a device that is on the list already, with nothing in them but its keys."""
    name, address = normalise_name(profile.name), profile.address
    paths = ProfilePaths.for_relay(home, name, address.host, address.port)
    made = ProfileStore.create(paths, profile.passphrase, RANDOMNESS, CLOCK, identity=identity)
    try:
        with made.database.write() as unit:
            unit.profile.create(record)
            keep_notes(unit, record, CLOCK.now_ms())
            unit.profile.set_relay(RelayRecord(address.host, address.port, pins.pin, True, 0, None, 0))
            save_pins(unit, pins)
    finally:
        made.close()


def with_another_device(party: Party, home: Path, kind: DeviceKind = DeviceKind.FULL) -> RelayProfile:
    """Put one more device on the list of a person with an account, and make its profile in another home.

    The party that is open learns of its own new list as if it had made it.

    Returns:
        What opens the profile of the new device.
    """
    assert isinstance(party.profile, RelayProfile)
    base, seed = party.engine._base, party.engine._profile.identity(party.profile.passphrase)
    with base.database.write() as unit:
        record = another_own_device(unit, SigningKey.from_bytes(seed), kind)
        relay = unit.profile.relay()
        assert relay is not None
        pins = load_pins(unit, relay.pin)
        unit.profile.replace_device_list(record.device_list)
    signed = decode_device_list(record.device_list)
    publish(party.profile, pins, signed)
    base.own.device_list = signed
    profile = account(party.profile.name, party.profile.address)
    make_profile(home, profile, record, pins, seed if kind is DeviceKind.FULL else None)
    return profile


def open_another_device(party: Party, home: Path, kind: DeviceKind = DeviceKind.FULL) -> Party:
    """Open one more device of a person, and wait until it is online; whoever calls closes it."""
    sibling = Party(home, with_another_device(party, home, kind))
    sibling.until_online()
    return sibling


def add_device_to_closed_profile(
    home: Path, profile: RelayProfile, another_home: Path, kind: DeviceKind = DeviceKind.FULL
) -> None:
    """Do the same for a profile that nobody has open, such as one whose program was ended."""
    name, address = normalise_name(profile.name), profile.address
    paths = ProfilePaths.for_relay(home, name, address.host, address.port)
    opened = ProfileStore.open(paths, profile.passphrase, RANDOMNESS, CLOCK)
    try:
        seed = opened.identity(profile.passphrase)
        with opened.database.write() as unit:
            record = another_own_device(unit, SigningKey.from_bytes(seed), kind)
            relay = unit.profile.relay()
            assert relay is not None
            pins = load_pins(unit, relay.pin)
            unit.profile.replace_device_list(record.device_list)
    finally:
        opened.close()
    publish(profile, pins, decode_device_list(record.device_list))
    make_profile(another_home, profile, record, pins, seed if kind is DeviceKind.FULL else None)
