"""Vectors of own devices: keys under a password, registers, and what was sealed once: a grant and a hello."""

import hashlib
from typing import Any

import msgspec

from babilu.crypto.keys import SigningKey
from babilu.crypto.password import StretchedPassphrase, WrapPurpose, stretch
from babilu.crypto.secret import Passphrase, Secret
from babilu.identity.codec import encode_shape
from babilu.identity.device_list import (
    encode_device_list,
    find_device,
    follow_up,
    list_hash,
    make_device_list,
    make_entry,
    verify_device_list,
)
from babilu.identity.direct import seal_hello
from babilu.identity.link_messages import DeviceName, GrantedBody
from babilu.identity.list_merging import claims_of, merge_lists
from babilu.identity.shapes import DeviceEntry, SignedDeviceList
from babilu.session.ports import PrekeyKind
from babilu.session.sessions import PeerDevice, encrypt, open_envelope, start_session
from babilu.wire.codec import encode
from babilu.wire.device_parts import DeviceHistoryPiece, Sync
from babilu.wire.direct_frames import DirectHello
from babilu.wire.sync_entries import RegisterKind, SyncWrite
from tests.unit.session.devices import CountedRandomness, Device, make_device
from tests.vectors.archives import Told

PASSWORD = "correct horse"
NOW = 1_795_337_792_000


def octets(label: str, size: int = 32) -> bytes:
    """Give bytes that stand for a key, a nonce or the like."""
    return hashlib.shake_256(label.encode()).digest(size)


def alices_identity() -> SigningKey:
    """Give the identity key of `make_device("alice")`."""
    return SigningKey.generate(CountedRandomness("alice"))


def under_password() -> StretchedPassphrase:
    """Stretch the password of the vectors, with a salt that everybody knows."""
    return stretch(Passphrase(PASSWORD), Told(octets("wrap salt")))


def wrapped_keys() -> list[dict[str, Any]]:
    """Wrap a secret of each purpose under one password."""
    stretched = under_password()
    return [
        {
            "purpose": purpose.value,
            "password": PASSWORD,
            "secret": octets(f"secret of {purpose.value}").hex(),
            "encoded": stretched.wrap(Secret(octets(f"secret of {purpose.value}")), purpose).hex(),
        }
        for purpose in WrapPurpose
    ]


def registers() -> dict[str, Any]:
    """Write to some registers in an order that decides nothing, and say what they hold in the end."""
    one, other, third = (octets(f"device {name}", 16) for name in ("one", "other", "third"))
    name = b"device.name:" + one.hex().encode()
    person, conversation = octets("person"), octets("conversation")
    writes = (
        _write(RegisterKind.SETTING, name, b"Laptop", NOW, one),
        _write(RegisterKind.SETTING, name, b"Notebook", NOW + 1, other),
        _write(RegisterKind.SETTING, name, b"Old box", NOW - 1, third),
        _write(RegisterKind.SETTING, b"device.name:" + other.hex().encode(), b"Phone", NOW, other),
        # At one time the higher device counts, and of one device the higher value.
        _write(RegisterKind.PINNED, conversation, True, NOW, max(one, other)),
        _write(RegisterKind.PINNED, conversation, False, NOW, min(one, other)),
        _write(RegisterKind.MUTED_UNTIL, conversation, NOW, NOW, one),
        _write(RegisterKind.MUTED_UNTIL, conversation, None, NOW, one),
        _write(RegisterKind.DRAFT, conversation, ("not yet", None), NOW, third),
        _write(RegisterKind.NAME, person, "zoë", NOW, third),
    )
    said = Sync(octets("salt", 16), None, writes, (), (), ())
    highest = {(write.kind, write.subject): write for write in sorted(writes, key=lambda each: each.rank)}
    return {
        "part": encode(said).hex(),
        "values": [
            {"kind": kind, "subject": subject.hex(), "value": write.value.hex()}
            for (kind, subject), write in sorted(highest.items())
        ],
        "device_names": {one.hex(): "Notebook", other.hex(): "Phone"},
    }


def _write(kind: RegisterKind, subject: bytes, value: object, at: int, device: bytes) -> SyncWrite:
    return SyncWrite(kind, subject, msgspec.msgpack.encode(value), at, device)


def merged_lists() -> dict[str, Any]:
    """Make two lists of a person without a relay at once, by two devices, and the one that merges them."""
    identity = alices_identity()
    phone, laptop, tablet, watch = (
        make_entry(identity, each.own.signing, each.own.agreement.public)
        for each in map(make_device, ("alice", "laptop", "tablet", "watch"))
    )
    begun = make_device_list(identity, 1, (phone, laptop, tablet))

    def changed(devices: tuple[DeviceEntry, ...], at: int) -> SignedDeviceList:
        return merge_lists(identity, begun, (), lambda before: msgspec.structs.replace(before, devices=devices), at)

    removing = changed((phone, laptop), NOW)
    adding = changed((phone, laptop, tablet, watch), NOW + 1)
    merged = merge_lists(identity, adding, [removing], lambda before: before, NOW + 2)
    named = {"begun": begun, "removing": removing, "adding": adding, "merged": merged}
    return {
        name: {
            "encoded": encode_device_list(each).hex(),
            "hash": list_hash(each).hex(),
            "removed": [device.hex() for device in claims_of(each).removed],
        }
        for name, each in named.items()
    }


def history_pieces() -> dict[str, Any]:
    """Cut a record that is too large for one content into pieces, which may come in any order."""
    whole = octets("a large record", 100)
    name = hashlib.sha256(whole).digest()[:16]
    cut = [whole[at : at + 40] for at in range(0, len(whole), 40)]
    parts = [
        encode(DeviceHistoryPiece(octets(f"salt {place}", 16), None, name, place, len(cut), piece))
        for place, piece in enumerate(cut)
    ]
    return {"whole": whole.hex(), "parts": [part.hex() for part in reversed(parts)]}


def recorded_hello() -> dict[str, Any]:
    """Seal a hello for a device that is called."""
    bob = make_device("bob")
    entry = find_device(verify_device_list(bob.own.device_list), bob.id)
    assert entry is not None
    hello = DirectHello(octets("body", 200), octets("signature", 64))
    return {
        "device": bob.id.hex(),
        "agreement_private": bob.own.agreement.private_bytes().reveal().hex(),
        "body": hello.body.hex(),
        "signature": hello.signature.hex(),
        "sealed": seal_hello(entry, encode(hello)).hex(),
    }


def recorded_grant(transcript: bytes) -> dict[str, Any]:
    """Grant a new device what it needs, as the answer to a try.

    Args:
        transcript: What the two devices have shown each other in it.
    """
    phone, laptop, identity = make_device("alice"), make_device("laptop"), alices_identity()
    entry = make_entry(identity, laptop.own.signing, laptop.own.agreement.public)
    signed = follow_up(
        identity,
        phone.own.device_list,
        lambda before: msgspec.structs.replace(before, devices=(*before.devices, entry)),
    )
    wrapped = under_password().wrap(identity.private_bytes(), WrapPurpose.IDENTITY)
    names = (DeviceName(phone.id, "Phone"), DeviceName(laptop.id, "Laptop"))
    granted = encode_shape(GrantedBody(signed, wrapped, names))
    peer = PeerDevice(phone.own.identity_key, entry)
    start_session(phone.rows, phone.own, peer, laptop.bundle(), NOW, phone.randomness, transcript)
    envelope = encrypt(phone.rows, phone.own, peer, granted, NOW, phone.randomness)
    return {
        "transcript": transcript.hex(),
        "password": PASSWORD,
        "device": laptop.id.hex(),
        "identity_seed": identity.private_bytes().reveal().hex(),
        "device_list": encode_shape(signed).hex(),
        "names": {each.device.hex(): each.name for each in names},
        **_keys_that_open(laptop, envelope),
        "content": granted.hex(),
        "envelope": envelope.hex(),
    }


def _keys_that_open(device: Device, envelope: bytes) -> dict[str, Any]:
    """Give the private keys of a device by which an envelope that begins a session is opened."""
    initial = open_envelope(device.own, envelope).body.initial
    assert initial is not None
    used = initial.handshake
    assert used.one_time_prekey is not None
    kinds = {
        "signed_prekey": (PrekeyKind.SIGNED, used.signed_prekey),
        "one_time_kem_prekey": (PrekeyKind.ONE_TIME_KEM, used.kem_prekey),
        "one_time_ec_prekey": (PrekeyKind.ONE_TIME_EC, used.one_time_prekey),
    }
    kept: dict[str, Any] = {"agreement_private": device.own.agreement.private_bytes().reveal().hex()}
    for name, (kind, number) in kinds.items():
        prekey = device.rows.prekey(kind, number)
        assert prekey is not None
        kept[name] = {"id": number, "private": prekey.private.hex()}
    return kept
