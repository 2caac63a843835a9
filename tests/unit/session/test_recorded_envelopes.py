"""Envelopes that were recorded once must open for ever: what changes a format without a new version fails here."""

from dataclasses import replace
from typing import Any

from babilu.crypto.keys import AgreementKey, SigningKey
from babilu.crypto.password import WrapPurpose, unwrap_key
from babilu.crypto.secret import Passphrase, Secret
from babilu.identity.codec import decode_shape, encode_shape
from babilu.identity.device_list import decode_device_list, find_device, list_hash, verify_device_list
from babilu.identity.direct import open_hello
from babilu.identity.link_messages import GrantedBody
from babilu.identity.shapes import SignedDeviceList
from babilu.kernel.ids import DeviceId, IdentityKey
from babilu.session.ports import PrekeyKind, PrivatePrekey
from babilu.session.sessions import OwnDevice, PeerDevice, authenticate, decrypt, open_envelope
from babilu.wire.codec import direct_frames
from babilu.wire.direct_frames import DirectHello
from tests.unit.session.devices import NOW, CountedRandomness, make_device
from tests.unit.session.memory_rows import MemoryRows
from tests.vectors.vectors import protocol, unhex

RECORDED: dict[str, Any] = protocol()["envelopes"]

KINDS = {
    PrekeyKind.SIGNED: "signed_prekey",
    PrekeyKind.ONE_TIME_KEM: "one_time_kem_prekey",
    PrekeyKind.ONE_TIME_EC: "one_time_ec_prekey",
}


def the_recipient(recorded: dict[str, Any] = RECORDED) -> tuple[OwnDevice, MemoryRows]:
    kept = recorded["recipient"]
    rows = MemoryRows()
    for kind, name in KINDS.items():
        rows.keep_prekeys([PrivatePrekey(kind, kept[name]["id"], unhex(kept[name]["private"]), b"", b"", NOW)])
    own = OwnDevice(
        IdentityKey(unhex(kept["identity_key"])),
        DeviceId(unhex(kept["device"])),
        SigningKey.from_bytes(Secret(unhex(kept["signing_seed"]))),
        AgreementKey.from_bytes(Secret(unhex(kept["agreement_private"]))),
        "bob",
        decode_device_list(unhex(kept["device_list"])),
    )
    return own, rows


def test_recorded_envelopes_open() -> None:
    own, rows = the_recipient()
    for recorded in RECORDED["received"]:
        opened = open_envelope(own, unhex(recorded["envelope"]))
        assert opened.account == RECORDED["sender"]["account"]
        assert opened.device_list is not None
        devices = verify_device_list(opened.device_list)
        entry = find_device(devices, opened.sender)
        assert entry is not None
        peer = PeerDevice(IdentityKey(devices.identity_key), entry)
        content = decrypt(rows, own, authenticate(own, peer, opened), NOW, CountedRandomness("recorded"))
        assert content == unhex(recorded["content"])


def test_a_recorded_device_list_verifies_and_has_its_hash() -> None:
    recorded = RECORDED["sender"]
    signed = decode_device_list(unhex(recorded["device_list"]))
    assert find_device(verify_device_list(signed), unhex(recorded["device"])) is not None
    assert list_hash(signed) == unhex(recorded["list_hash"])


def test_a_recorded_hello_opens() -> None:
    recorded = RECORDED["sealed_hello"]
    private = AgreementKey.from_bytes(Secret(unhex(recorded["agreement_private"])))
    opened = open_hello(private, unhex(recorded["device"]), unhex(recorded["sealed"]))
    hello = direct_frames.decode(opened)
    assert isinstance(hello, DirectHello)
    assert (hello.body, hello.signature) == (unhex(recorded["body"]), unhex(recorded["signature"]))


def test_a_recorded_grant_opens_in_its_try_and_brings_the_identity() -> None:
    recorded = RECORDED["grant"]
    signed = decode_shape(unhex(recorded["device_list"]), SignedDeviceList)
    owner, laptop = verify_device_list(signed), make_device("laptop")
    own = replace(laptop.own, identity_key=IdentityKey(owner.identity_key), device_list=signed)
    rows = MemoryRows()
    for kind, name in KINDS.items():
        rows.keep_prekeys([PrivatePrekey(kind, recorded[name]["id"], unhex(recorded[name]["private"]), b"", b"", NOW)])
    opened = open_envelope(own, unhex(recorded["envelope"]))
    entry = find_device(owner, opened.sender)
    assert entry is not None
    authentic = authenticate(own, PeerDevice(own.identity_key, entry), opened)
    content = decrypt(rows, own, authentic, NOW, CountedRandomness("recorded"), unhex(recorded["transcript"]))
    granted = decode_shape(content, GrantedBody)
    assert encode_shape(granted.device_list) == unhex(recorded["device_list"])
    assert {each.device.hex(): each.name for each in granted.names} == recorded["names"]
    assert granted.identity is not None
    seed = unwrap_key(Passphrase(recorded["password"]), granted.identity, WrapPurpose.IDENTITY)
    assert SigningKey.from_bytes(seed).public == owner.identity_key
