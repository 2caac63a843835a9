from dataclasses import replace
from itertools import pairwise

import pytest

from babilu.crypto import hpke
from babilu.identity.codec import decode_shape, encode_shape
from babilu.kernel.errors import CryptoError, ErrorCode, ProtocolError
from babilu.kernel.ids import domain
from babilu.session.envelope import FORMAT, EnvelopeBody, EnvelopeEnd, check_sender, open_seal, seal_envelope
from babilu.session.padding import SIZES
from babilu.session.sender_tag import TAG_BYTES
from tests.unit.session.devices import Device, make_device, pair

ALICE, BOB, MALLORY = make_device("alice"), make_device("bob"), make_device("mallory")


def end(device: Device) -> EnvelopeEnd:
    return EnvelopeEnd(device.id, device.own.agreement.public)


def inside(envelope: bytes, device: Device) -> EnvelopeBody:
    return open_seal(device.own.agreement, device.id, envelope).body


def a_body(sender: Device, recipient: Device) -> EnvelopeBody:
    return inside(make_device(sender.own.account).write(recipient, b"content"), recipient)


def test_an_initial_envelope_names_account_and_devices_inside_and_nobody_outside() -> None:
    alice, bob = pair()
    envelope = alice.write(bob, b"content")
    opened = open_seal(bob.own.agreement, bob.id, envelope)
    assert opened.sender == alice.id
    assert opened.account == alice.own.account
    assert opened.device_list == alice.own.device_list
    for named in (alice.id, bob.id, alice.own.account.encode(), alice.own.identity_key, alice.own.agreement.public):
        assert named not in envelope


def test_later_envelopes_carry_no_list() -> None:
    alice, bob = pair()
    bob.read(alice, alice.write(bob, b"one"))
    opened = open_seal(alice.own.agreement, alice.id, bob.write(alice, b"two"))
    assert (opened.account, opened.device_list) == (None, None)


def test_contents_of_one_size_class_make_envelopes_of_one_size() -> None:
    alice, bob = pair()
    bob.read(alice, alice.write(bob, b"one"))
    alice.read(bob, bob.write(alice, b"two"))
    sizes = [
        {len(alice.write(bob, bytes(length))) for length in (low, high - 1)} for low, high in pairwise((0, *SIZES))
    ]
    assert [len(size) for size in sizes] == [1] * len(SIZES)
    assert max(max(size) for size in sizes) < 66 * 1024


def test_only_the_recipient_device_opens_an_envelope() -> None:
    envelope = seal_envelope(ALICE.own.agreement, end(BOB), a_body(ALICE, BOB))
    for agreement, device in (
        (MALLORY.own.agreement, MALLORY.id),
        (MALLORY.own.agreement, BOB.id),
        (BOB.own.agreement, MALLORY.id),
    ):
        with pytest.raises(CryptoError) as refused:
            open_seal(agreement, device, envelope)
        assert refused.value.code is ErrorCode.DECRYPTION_FAILED


def test_a_sender_proves_itself() -> None:
    opened = open_seal(BOB.own.agreement, BOB.id, seal_envelope(ALICE.own.agreement, end(BOB), a_body(ALICE, BOB)))
    check_sender(BOB.own.agreement, BOB.id, end(ALICE), opened)


def test_nobody_speaks_for_another_device() -> None:
    forged = seal_envelope(MALLORY.own.agreement, end(BOB), a_body(ALICE, BOB))
    opened = open_seal(BOB.own.agreement, BOB.id, forged)
    for claimed in (ALICE, MALLORY):
        with pytest.raises(CryptoError) as refused:
            check_sender(BOB.own.agreement, BOB.id, end(claimed), opened)
        assert refused.value.code is ErrorCode.DECRYPTION_FAILED


def test_a_device_cannot_send_under_the_name_of_another() -> None:
    opened = open_seal(BOB.own.agreement, BOB.id, seal_envelope(ALICE.own.agreement, end(BOB), a_body(ALICE, BOB)))
    renamed = replace(opened, sender=MALLORY.id)
    with pytest.raises(CryptoError):
        check_sender(BOB.own.agreement, BOB.id, end(ALICE), renamed)


def test_an_envelope_sent_back_to_its_sender_proves_nothing() -> None:
    body = a_body(ALICE, BOB)
    sealed = seal_envelope(ALICE.own.agreement, end(BOB), body)
    opened = open_seal(BOB.own.agreement, BOB.id, sealed)
    reflected = FORMAT + hpke.seal(
        ALICE.own.agreement.public, opened.tag + opened.authenticated, domain("envelope") + ALICE.id
    )
    back = open_seal(ALICE.own.agreement, ALICE.id, reflected)
    with pytest.raises(CryptoError):
        check_sender(ALICE.own.agreement, ALICE.id, end(BOB), back)


def test_every_changed_byte_of_the_inside_loses_the_sender() -> None:
    body = encode_shape(a_body(ALICE, BOB))
    sealed = seal_envelope(ALICE.own.agreement, end(BOB), decode_shape(body, EnvelopeBody))
    plain = hpke.open_sealed(BOB.own.agreement, sealed[1:], domain("envelope") + BOB.id)
    assert len(plain) == TAG_BYTES + len(body)
    for place in range(0, len(plain), 37):
        changed = bytearray(plain)
        changed[place] ^= 1
        envelope = FORMAT + hpke.seal(BOB.own.agreement.public, bytes(changed), domain("envelope") + BOB.id)
        with pytest.raises(CryptoError):
            check_sender(BOB.own.agreement, BOB.id, end(ALICE), open_seal(BOB.own.agreement, BOB.id, envelope))


@pytest.mark.parametrize("plain", [b"", bytes(15), bytes(16), bytes(17), bytes(16) + b"\x91" * 5000])
def test_an_inside_that_is_no_body_is_a_failed_decryption(plain: bytes) -> None:
    envelope = FORMAT + hpke.seal(BOB.own.agreement.public, plain, domain("envelope") + BOB.id)
    with pytest.raises(CryptoError) as refused:
        open_seal(BOB.own.agreement, BOB.id, envelope)
    assert refused.value.code is ErrorCode.DECRYPTION_FAILED


@pytest.mark.parametrize("envelope", [b"", b"\x00", b"\x02" + bytes(200)])
def test_a_format_of_another_version_is_unsupported(envelope: bytes) -> None:
    with pytest.raises(ProtocolError) as refused:
        open_seal(BOB.own.agreement, BOB.id, envelope)
    assert refused.value.code is ErrorCode.UNSUPPORTED
