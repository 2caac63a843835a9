from dataclasses import replace

import msgspec
import pytest

from babilu.crypto.keys import AgreementKey, KemKey
from babilu.crypto.secret import Secret
from babilu.kernel.errors import CryptoError, ErrorCode
from babilu.session.ports import PrekeyKind, PrivatePrekey
from babilu.session.pqxdh import Agreement, HandshakeHeader, Party, ResponderKeys, initiate, respond
from tests.unit.session.devices import Device, make_device


def party(device: Device) -> Party:
    return Party(device.own.identity_key, device.id, device.own.agreement.public)


def kept(device: Device, kind: PrekeyKind, number: int) -> PrivatePrekey:
    found = device.rows.prekey(kind, number)
    assert found is not None
    return found


def responder_keys(device: Device, header: HandshakeHeader) -> ResponderKeys:
    kem = device.rows.prekey(PrekeyKind.ONE_TIME_KEM, header.kem_prekey)
    one_time = header.one_time_prekey
    return ResponderKeys(
        device.own.agreement,
        AgreementKey.from_bytes(Secret(kept(device, PrekeyKind.SIGNED, header.signed_prekey).private)),
        KemKey.from_bytes(Secret((kem or kept(device, PrekeyKind.LAST_RESORT, header.kem_prekey)).private)),
        None
        if one_time is None
        else AgreementKey.from_bytes(Secret(kept(device, PrekeyKind.ONE_TIME_EC, one_time).private)),
    )


def handshake(alice: Device, bob: Device, *, one_time: bool) -> tuple[Agreement, HandshakeHeader]:
    return initiate(party(alice), alice.own.agreement, party(bob), bob.bundle(one_time=one_time), alice.randomness)


@pytest.mark.parametrize("one_time", [True, False], ids=["one-time prekeys", "last resort"])
def test_both_ends_agree(one_time: bool) -> None:
    alice, bob = make_device("alice"), make_device("bob")
    agreed, header = handshake(alice, bob, one_time=one_time)
    assert (header.one_time_prekey is not None) is one_time
    assert respond(party(bob), responder_keys(bob, header), party(alice), header) == agreed
    assert len(agreed.secret) == len(agreed.associated_data) == 32


def test_no_two_handshakes_agree_on_the_same() -> None:
    alice, bob = make_device("alice"), make_device("bob")
    one, _ = handshake(alice, bob, one_time=False)
    other, _ = handshake(alice, bob, one_time=False)
    assert one.secret != other.secret
    assert one.associated_data != other.associated_data


@pytest.mark.parametrize("field", ["ephemeral", "kem_ciphertext"])
def test_another_key_or_ciphertext_gives_another_secret(field: str) -> None:
    alice, bob, other = make_device("alice"), make_device("bob"), make_device("bob")
    agreed, header = handshake(alice, bob, one_time=True)
    _, stray = handshake(alice, other, one_time=True)
    mixed = msgspec.structs.replace(header, **{field: getattr(stray, field)})
    assert respond(party(bob), responder_keys(bob, mixed), party(alice), mixed).secret != agreed.secret


@pytest.mark.parametrize("field", ["identity_key", "device", "agreement_key"])
@pytest.mark.parametrize("end", ["initiator", "responder"])
def test_every_name_of_both_ends_is_bound(field: str, end: str) -> None:
    alice, bob, mallory = make_device("alice"), make_device("bob"), make_device("mallory")
    agreed, header = handshake(alice, bob, one_time=True)
    ends = {"initiator": party(alice), "responder": party(bob)}
    ends[end] = replace(ends[end], **{field: getattr(party(mallory), field)})
    changed = respond(ends["responder"], responder_keys(bob, header), ends["initiator"], header)
    assert changed.associated_data != agreed.associated_data


@pytest.mark.parametrize("field", ["signed_prekey", "kem_prekey", "one_time_prekey"])
def test_every_id_is_bound(field: str) -> None:
    alice, bob = make_device("alice"), make_device("bob")
    agreed, header = handshake(alice, bob, one_time=True)
    moved = msgspec.structs.replace(header, **{field: 99})
    changed = respond(party(bob), responder_keys(bob, header), party(alice), moved)
    assert changed.associated_data != agreed.associated_data


def test_the_kem_key_is_bound() -> None:
    alice, bob = make_device("alice"), make_device("bob")
    agreed, header = handshake(alice, bob, one_time=True)
    other = replace(responder_keys(bob, header), kem=KemKey.generate(bob.randomness))
    assert respond(party(bob), other, party(alice), header).associated_data != agreed.associated_data


def test_an_ephemeral_key_of_small_order_is_refused() -> None:
    alice, bob = make_device("alice"), make_device("bob")
    _, header = handshake(alice, bob, one_time=True)
    weak = msgspec.structs.replace(header, ephemeral=b"\x01" + bytes(31))
    with pytest.raises(CryptoError) as refused:
        respond(party(bob), responder_keys(bob, header), party(alice), weak)
    assert refused.value.code is ErrorCode.BAD_KEY
