import hashlib
from dataclasses import replace

import msgspec
import pytest

from babilu.crypto.keys import AgreementKey
from babilu.identity.codec import encode_shape
from babilu.identity.direct import (
    DirectBody,
    DirectPeer,
    DirectRole,
    DirectTranscript,
    decode_direct_body,
    open_hello,
    seal_hello,
    sign_hello,
    verify_hello,
)
from babilu.kernel.errors import BabiluError, CryptoError, ErrorCode, ProtocolError, TrustError
from tests.unit.session.devices import CountedRandomness, Device, make_device

CALLER, CALLED, MALLORY = make_device("caller"), make_device("called"), make_device("mallory")
CLIENT_NONCE, SERVER_NONCE = b"c" * 32, b"s" * 32


def body_of(device: Device, nonce: bytes) -> DirectBody:
    return DirectBody(1, device.own.account, device.own.device_list, device.id, 5051, nonce, device.bundle())


CLIENT_BODY = encode_shape(body_of(CALLER, CLIENT_NONCE))
SERVER_BODY = encode_shape(body_of(CALLED, SERVER_NONCE))
FIRST = DirectTranscript(b"certificate", CLIENT_NONCE, SERVER_NONCE, CLIENT_BODY, None)
BOTH = replace(FIRST, server_body=SERVER_BODY)


def check_client(
    transcript: DirectTranscript, signature: bytes, own: Device = CALLED, dialled: bytes | None = None
) -> DirectPeer:
    return verify_hello(
        DirectRole.CLIENT,
        transcript,
        signature,
        own_identity=own.own.identity_key,
        own_device=own.own.device,
        dialled=dialled,
    )


def check_server(transcript: DirectTranscript, signature: bytes, dialled: bytes | None = None) -> DirectPeer:
    return verify_hello(
        DirectRole.SERVER,
        transcript,
        signature,
        own_identity=CALLER.own.identity_key,
        own_device=CALLER.own.device,
        dialled=dialled,
    )


def test_both_sides_know_each_other_after_two_hellos() -> None:
    caller = check_client(FIRST, sign_hello(CALLER.own.signing, DirectRole.CLIENT, FIRST))
    called = check_server(BOTH, sign_hello(CALLED.own.signing, DirectRole.SERVER, BOTH), CALLED.own.identity_key)
    assert caller.devices.identity_key == CALLER.own.identity_key
    assert caller.entry == CALLER.as_peer().entry
    assert (called.body.name, called.body.listening_port) == ("called", 5051)


@pytest.mark.parametrize(
    "changed",
    [
        replace(FIRST, certificate=b"another"),
        replace(FIRST, server_nonce=b"x" * 32),
        replace(FIRST, client_body=encode_shape(body_of(CALLER, CLIENT_NONCE))),
    ],
    ids=["a man in the middle's certificate", "another greeting", "other prekeys"],
)
def test_a_client_s_hello_holds_for_its_own_connection_and_body_only(changed: DirectTranscript) -> None:
    signature = sign_hello(CALLER.own.signing, DirectRole.CLIENT, FIRST)
    with pytest.raises(CryptoError) as refused:
        check_client(changed, signature)
    assert refused.value.code is ErrorCode.BAD_SIGNATURE


def test_a_hello_replayed_under_another_nonce_is_refused() -> None:
    signature = sign_hello(CALLER.own.signing, DirectRole.CLIENT, FIRST)
    with pytest.raises(CryptoError):
        check_client(replace(FIRST, client_nonce=b"x" * 32), signature)


def test_a_hello_whose_body_names_another_nonce_than_its_connection_is_refused() -> None:
    transcript = replace(FIRST, client_nonce=b"x" * 32)
    with pytest.raises(CryptoError) as refused:
        check_client(transcript, sign_hello(CALLER.own.signing, DirectRole.CLIENT, transcript))
    assert refused.value.code is ErrorCode.BAD_SIGNATURE


def test_what_is_signed_is_role_certificate_nonces_and_bodies() -> None:
    def sha256(part: bytes) -> bytes:
        return hashlib.sha256(part).digest()

    before_bodies = sha256(b"certificate") + CLIENT_NONCE + SERVER_NONCE
    assert BOTH.signed_bytes(DirectRole.CLIENT) == b"\x01" + before_bodies + sha256(CLIENT_BODY) + bytes(32)
    assert BOTH.signed_bytes(DirectRole.SERVER) == b"\x02" + before_bodies + sha256(CLIENT_BODY) + sha256(SERVER_BODY)


def test_a_server_s_hello_is_bound_to_the_client_s_body() -> None:
    signature = sign_hello(CALLED.own.signing, DirectRole.SERVER, BOTH)
    misbound = replace(BOTH, client_body=encode_shape(body_of(MALLORY, CLIENT_NONCE)))
    with pytest.raises(CryptoError) as refused:
        check_server(misbound, signature)
    assert refused.value.code is ErrorCode.BAD_SIGNATURE


def test_a_reflected_hello_is_refused() -> None:
    with pytest.raises(CryptoError) as refused:
        check_client(FIRST, sign_hello(CALLER.own.signing, DirectRole.CLIENT, FIRST), own=CALLER)
    assert refused.value.code is ErrorCode.BAD_KEY


def test_a_client_s_signature_is_none_of_a_server_s() -> None:
    mirrored = replace(BOTH, server_body=encode_shape(body_of(CALLED, SERVER_NONCE)))
    signature = sign_hello(CALLED.own.signing, DirectRole.CLIENT, mirrored)
    with pytest.raises(CryptoError):
        check_server(mirrored, signature)


def test_a_hello_signed_by_another_device_is_refused() -> None:
    with pytest.raises(CryptoError) as refused:
        check_client(FIRST, sign_hello(MALLORY.own.signing, DirectRole.CLIENT, FIRST))
    assert refused.value.code is ErrorCode.BAD_SIGNATURE


def test_a_device_that_its_list_does_not_name_is_refused() -> None:
    stolen = msgspec.structs.replace(body_of(MALLORY, CLIENT_NONCE), device_list=CALLER.own.device_list)
    transcript = replace(FIRST, client_body=encode_shape(stolen))
    with pytest.raises(CryptoError) as refused:
        check_client(transcript, sign_hello(MALLORY.own.signing, DirectRole.CLIENT, transcript))
    assert refused.value.code is ErrorCode.BAD_KEY


def test_somebody_else_than_was_dialled_is_a_changed_identity() -> None:
    signature = sign_hello(CALLED.own.signing, DirectRole.SERVER, BOTH)
    with pytest.raises(TrustError) as refused:
        check_server(BOTH, signature, dialled=MALLORY.own.identity_key)
    assert refused.value.code is ErrorCode.IDENTITY_CHANGED


def test_a_bundle_of_another_device_is_refused() -> None:
    mixed = msgspec.structs.replace(body_of(CALLER, CLIENT_NONCE), prekeys=MALLORY.bundle())
    transcript = replace(FIRST, client_body=encode_shape(mixed))
    with pytest.raises(CryptoError):
        check_client(transcript, sign_hello(CALLER.own.signing, DirectRole.CLIENT, transcript))


def test_a_server_without_a_body_is_refused_as_malformed() -> None:
    with pytest.raises(ProtocolError):
        check_server(FIRST, bytes(64))
    with pytest.raises(CryptoError):
        FIRST.signed_bytes(DirectRole.SERVER)


def test_a_hello_of_another_version_is_unsupported() -> None:
    later = msgspec.structs.replace(body_of(CALLER, CLIENT_NONCE), version=2)
    with pytest.raises(ProtocolError) as refused:
        decode_direct_body(encode_shape(later))
    assert refused.value.code is ErrorCode.UNSUPPORTED


def test_a_sealed_hello_opens_for_the_device_that_is_called_only() -> None:
    sealed = seal_hello(CALLED.as_peer().entry, b"hello")
    assert open_hello(CALLED.own.agreement, CALLED.id, sealed) == b"hello"
    for agreement, device in (
        (MALLORY.own.agreement, CALLED.id),
        (CALLED.own.agreement, MALLORY.id),
        (AgreementKey.generate(CountedRandomness("nobody")), CALLED.id),
    ):
        with pytest.raises(BabiluError) as refused:
            open_hello(agreement, device, sealed)
        assert refused.value.code is ErrorCode.DECRYPTION_FAILED
