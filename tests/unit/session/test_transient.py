from dataclasses import replace

import pytest

from babilu.crypto import hpke
from babilu.crypto.keys import AgreementKey
from babilu.crypto.secret import Secret
from babilu.identity.codec import encode_shape
from babilu.kernel.errors import CryptoError, ErrorCode, ProtocolError
from babilu.kernel.ids import DeviceId, domain
from babilu.kernel.limits import TRANSIENT_BYTES
from babilu.session.envelope import EnvelopeEnd
from babilu.session.sender_tag import TAG_BYTES, sender_tag, sender_tag_key
from babilu.session.transient import (
    FORMAT,
    NO_HEADS,
    TransientBody,
    check_transient,
    open_transient,
    seal_transient,
)
from tests.unit.session.devices import NOW, Device, make_device
from tests.vectors.vectors import protocol, unhex

ALICE, BOB, MALLORY = make_device("alice"), make_device("bob"), make_device("mallory")
CONVERSATION = bytes(range(32))


def end(device: Device) -> EnvelopeEnd:
    return EnvelopeEnd(device.id, device.own.agreement.public)


def a_body(sender: Device, sent_at: int = NOW) -> TransientBody:
    return TransientBody(sender.id, CONVERSATION, NO_HEADS, sent_at)


def refused_as_forged(own: Device, sender: Device, sealed: bytes) -> bool:
    opened = open_transient(own.own.agreement, own.id, sealed)
    with pytest.raises(CryptoError) as refused:
        check_transient(own.own.agreement, own.id, end(sender), opened)
    return refused.value.code is ErrorCode.DECRYPTION_FAILED


def test_says_who_writes_where_and_when_inside_and_nothing_outside() -> None:
    sealed = seal_transient(ALICE.own.agreement, end(BOB), a_body(ALICE))
    opened = open_transient(BOB.own.agreement, BOB.id, sealed)
    check_transient(BOB.own.agreement, BOB.id, end(ALICE), opened)
    assert (opened.sender, opened.conversation, opened.sent_at) == (ALICE.id, CONVERSATION, NOW)
    for named in (ALICE.id, BOB.id, CONVERSATION, ALICE.own.agreement.public):
        assert named not in sealed


def test_all_have_one_size_and_fit_a_frame() -> None:
    sizes = {
        len(seal_transient(sender.own.agreement, end(BOB), a_body(sender, sent_at)))
        for sender in (ALICE, MALLORY)
        for sent_at in (NOW, NOW + 1, 2**33)
    }
    assert len(sizes) == 1
    assert max(sizes) * 3 <= TRANSIENT_BYTES


def test_only_the_recipient_device_opens_one() -> None:
    sealed = seal_transient(ALICE.own.agreement, end(BOB), a_body(ALICE))
    for agreement, device in ((MALLORY.own.agreement, BOB.id), (BOB.own.agreement, MALLORY.id)):
        with pytest.raises(CryptoError) as refused:
            open_transient(agreement, device, sealed)
        assert refused.value.code is ErrorCode.DECRYPTION_FAILED


def test_nobody_writes_for_another_device() -> None:
    assert refused_as_forged(BOB, ALICE, seal_transient(MALLORY.own.agreement, end(BOB), a_body(ALICE)))
    assert refused_as_forged(BOB, ALICE, seal_transient(MALLORY.own.agreement, end(BOB), a_body(MALLORY)))


def test_one_sent_back_to_its_sender_proves_nothing() -> None:
    opened = open_transient(
        BOB.own.agreement, BOB.id, seal_transient(ALICE.own.agreement, end(BOB), a_body(ALICE))
    )  # fmt: skip
    inside = opened.tag + opened.authenticated
    reflected = FORMAT + hpke.seal(ALICE.own.agreement.public, inside, domain("transient") + ALICE.id)
    assert refused_as_forged(ALICE, BOB, reflected)


def test_the_tag_of_an_envelope_is_none_of_a_transient() -> None:
    encoded = encode_shape(a_body(ALICE))
    key = sender_tag_key(domain("sender-tag"), ALICE.own.agreement, BOB.own.agreement.public, ALICE.id, BOB.id)
    inside = sender_tag(key, encoded) + encoded
    assert refused_as_forged(
        BOB, ALICE, FORMAT + hpke.seal(BOB.own.agreement.public, inside, domain("transient") + BOB.id)
    )


def test_every_changed_byte_of_the_inside_loses_the_sender() -> None:
    sealed = seal_transient(ALICE.own.agreement, end(BOB), a_body(ALICE))
    opened = open_transient(BOB.own.agreement, BOB.id, sealed)
    for place in range(TAG_BYTES):
        tag = bytearray(opened.tag)
        tag[place] ^= 1
        with pytest.raises(CryptoError):
            check_transient(BOB.own.agreement, BOB.id, end(ALICE), replace(opened, tag=bytes(tag)))
    for place in range(len(opened.authenticated)):
        body = bytearray(opened.authenticated)
        body[place] ^= 1
        with pytest.raises(CryptoError):
            check_transient(BOB.own.agreement, BOB.id, end(ALICE), replace(opened, authenticated=bytes(body)))


@pytest.mark.parametrize("plain", [b"", bytes(15), bytes(16), bytes(17), bytes(16) + b"\x91" * 300])
def test_an_inside_that_is_no_body_is_a_failed_decryption(plain: bytes) -> None:
    sealed = FORMAT + hpke.seal(BOB.own.agreement.public, plain, domain("transient") + BOB.id)
    with pytest.raises(CryptoError) as refused:
        open_transient(BOB.own.agreement, BOB.id, sealed)
    assert refused.value.code is ErrorCode.DECRYPTION_FAILED


@pytest.mark.parametrize("sealed", [b"", b"\x01" + bytes(200), b"\x03"])
def test_a_format_of_another_version_is_unsupported(sealed: bytes) -> None:
    with pytest.raises(ProtocolError) as refused:
        open_transient(BOB.own.agreement, BOB.id, sealed)
    assert refused.value.code is ErrorCode.UNSUPPORTED


def test_the_published_one_opens_and_proves_its_sender() -> None:
    published = protocol()["transient"]
    own = AgreementKey.from_bytes(Secret(unhex(published["recipient_private"])))
    recipient, sender = DeviceId(unhex(published["recipient"])), DeviceId(unhex(published["body"]["sender"]))
    opened = open_transient(own, recipient, unhex(protocol()["envelopes"]["transient"]))
    check_transient(own, recipient, EnvelopeEnd(sender, unhex(published["sender_public"])), opened)
    assert opened.authenticated == unhex(published["encoded"])
    assert opened.tag == unhex(published["tag"])
