import pytest

from babilu.crypto.keys import SigningKey
from babilu.crypto.password import LoginCost
from babilu.identity.codec import decode_shape, encode_shape
from babilu.identity.login import (
    ChangePasswordBody,
    DeleteAccountBody,
    LoginBody,
    LoginDeviceBody,
    RegisterBody,
    ResetIdentityBody,
    Signer,
    login_transcript,
    sign_login,
    verify_login,
)
from babilu.identity.shapes import Shape
from babilu.kernel.errors import CryptoError, ErrorCode, ProtocolError
from tests.unit.session.devices import CountedRandomness, make_device
from tests.vectors.vectors import protocol

KEY = SigningKey.generate(CountedRandomness("login"))
PARTS = (b"hello", b"welcome", b"certificate", b"body")
DEVICE = make_device("alice")

BODIES: list[Shape] = [
    RegisterBody(
        "alice", bytes(32), LoginCost(), KEY.public, DEVICE.own.device_list, DEVICE.prekeys(), b"invitation-token"
    ),
    LoginBody("alice"),
    LoginDeviceBody("alice", DEVICE.id),
    ResetIdentityBody("alice", DEVICE.own.device_list, DEVICE.prekeys()),
    ChangePasswordBody("alice", bytes(16), LoginCost(), KEY.public),
    DeleteAccountBody("alice"),
]


def test_a_login_transcript_is_as_recorded() -> None:
    assert login_transcript(*PARTS).hex() == protocol()["login_transcript"]["transcript"]


@pytest.mark.parametrize("place", range(4))
def test_a_login_is_bound_to_greeting_certificate_and_body(place: int) -> None:
    signature = sign_login(KEY, Signer.LOGIN_KEY, login_transcript(*PARTS))
    verify_login(KEY.public, Signer.LOGIN_KEY, login_transcript(*PARTS), signature)
    changed = list(PARTS)
    changed[place] += b"!"
    with pytest.raises(CryptoError) as refused:
        verify_login(KEY.public, Signer.LOGIN_KEY, login_transcript(*changed), signature)
    assert refused.value.code is ErrorCode.BAD_SIGNATURE


@pytest.mark.parametrize("signer", Signer)
@pytest.mark.parametrize("verifier", Signer)
def test_a_signature_of_one_kind_of_key_is_none_of_another(signer: Signer, verifier: Signer) -> None:
    transcript = login_transcript(*PARTS)
    signature = sign_login(KEY, signer, transcript)
    if signer is verifier:
        verify_login(KEY.public, verifier, transcript, signature)
    else:
        with pytest.raises(CryptoError):
            verify_login(KEY.public, verifier, transcript, signature)


@pytest.mark.parametrize("body", BODIES, ids=lambda body: type(body).__name__)
def test_a_body_is_read_as_the_action_it_was_signed_for_and_as_no_other(body: Shape) -> None:
    encoded = encode_shape(body)
    for other in BODIES:
        if type(other) is type(body):
            assert decode_shape(encoded, type(other)) == body
        else:
            with pytest.raises(ProtocolError) as refused:
                decode_shape(encoded, type(other))
            assert refused.value.code is ErrorCode.MALFORMED


@pytest.mark.parametrize("size", [0, 15, 33])
def test_a_salt_out_of_bounds_does_not_decode(size: int) -> None:
    encoded = encode_shape(ChangePasswordBody("alice", bytes(size), LoginCost(), KEY.public))
    with pytest.raises(ProtocolError):
        decode_shape(encoded, ChangePasswordBody)
