import copy
from typing import Any

import pytest

from babilu.crypto.kdf import hkdf_sha256
from babilu.crypto.keys import (
    STANDING_KEYS,
    AgreementKey,
    KemKey,
    SigningKey,
    check_ed25519_public,
    check_kem_public,
    check_x25519_public,
    encapsulate,
    verify,
)
from babilu.crypto.secret import Secret
from babilu.kernel.errors import CryptoError, ErrorCode
from tests.unit.session.devices import CountedRandomness
from tests.vectors.vectors import cases, unhex

FIELD = 2**255 - 19

ED25519_SMALL_ORDER = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
]


def is_refused_key(vector: dict[str, Any]) -> bool:
    return not {"LowOrderPublic", "NonCanonicalPublic", "ZeroSharedSecret"}.isdisjoint(vector["flags"])


@pytest.mark.parametrize("vector", cases("wycheproof_x25519.json"), ids=lambda vector: vector["tcId"])
def test_x25519_agrees_as_published_and_refuses_what_is_not_contributory_or_canonical(vector: dict[str, Any]) -> None:
    key = AgreementKey.from_bytes(Secret(unhex(vector["private"])))
    if is_refused_key(vector):
        with pytest.raises(CryptoError) as refused:
            key.exchange(unhex(vector["public"]))
        assert refused.value.code is ErrorCode.BAD_KEY
    else:
        assert key.exchange(unhex(vector["public"])) == Secret(unhex(vector["shared"]))


@pytest.mark.parametrize("vector", cases("wycheproof_ed25519.json"), ids=lambda vector: vector["tcId"])
def test_ed25519_verifies_as_published(vector: dict[str, Any]) -> None:
    public, message, signature = unhex(vector["public"]), unhex(vector["msg"]), unhex(vector["sig"])
    # A key with a part of small order is somebody's all the same; one that is of small order altogether is nobody's.
    if vector["result"] == "valid" or (vector["result"], vector["flags"]) == ("acceptable", ["MixedOrderPublicKey"]):
        verify(public, b"", message, signature)
    else:
        with pytest.raises(CryptoError):
            verify(public, b"", message, signature)


@pytest.mark.parametrize("vector", cases("wycheproof_mlkem_1024.json"), ids=lambda vector: vector["tcId"])
def test_mlkem_makes_keys_and_decapsulates_as_published(vector: dict[str, Any]) -> None:
    seed, ciphertext = unhex(vector["seed"]), unhex(vector["c"])
    if vector["result"] == "valid":
        key = KemKey.from_bytes(Secret(seed))
        assert key.public == unhex(vector["ek"])
        assert key.decapsulate(ciphertext) == Secret(unhex(vector["K"]))
    else:
        with pytest.raises(CryptoError) as refused:
            KemKey.from_bytes(Secret(seed)).decapsulate(ciphertext)
        assert refused.value.code is ErrorCode.BAD_KEY


@pytest.mark.parametrize("vector", cases("wycheproof_mlkem_1024_encaps.json"), ids=lambda vector: vector["tcId"])
def test_mlkem_refuses_public_keys_that_fail_the_modulus_check(vector: dict[str, Any]) -> None:
    public = unhex(vector["ek"])
    if vector["result"] == "valid":
        check_kem_public(public)
        assert len(encapsulate(public)[1]) == 1568
    else:
        with pytest.raises(CryptoError) as refused:
            encapsulate(public)
        assert refused.value.code is ErrorCode.BAD_KEY


@pytest.mark.parametrize("encoded", ED25519_SMALL_ORDER)
def test_an_ed25519_key_of_small_order_is_refused_before_anything_is_verified(encoded: str) -> None:
    with pytest.raises(CryptoError) as refused:
        verify(unhex(encoded), b"", b"anything", unhex(encoded) + bytes(32))
    assert refused.value.code is ErrorCode.BAD_KEY


@pytest.mark.parametrize("y", [FIELD, FIELD + 1, FIELD + 3, 2**255 - 1])
@pytest.mark.parametrize("sign", [0, 1])
def test_an_ed25519_key_that_is_not_canonical_is_refused(y: int, sign: int) -> None:
    with pytest.raises(CryptoError, match="refused"):
        check_ed25519_public((y | sign << 255).to_bytes(32, "little"))


@pytest.mark.parametrize("u", [0, 1, FIELD - 1, FIELD, FIELD + 1, 2**255 - 1, 9 + 2**255])
def test_an_x25519_key_of_small_order_or_not_canonical_is_refused(u: int) -> None:
    with pytest.raises(CryptoError, match="refused"):
        check_x25519_public(u.to_bytes(32, "little"))


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_public_key_of_another_size_is_refused(size: int) -> None:
    with pytest.raises(CryptoError):
        check_x25519_public(b"\x09" * size)
    with pytest.raises(CryptoError):
        check_ed25519_public(b"\x09" * size)


@pytest.mark.parametrize("kind", [SigningKey, AgreementKey, KemKey])
@pytest.mark.parametrize("size", [0, 31, 33, 63, 65])
def test_a_private_key_of_another_size_is_refused(
    kind: type[SigningKey] | type[AgreementKey] | type[KemKey], size: int
) -> None:
    with pytest.raises(CryptoError):
        kind.from_bytes(Secret(bytes(size)))


@pytest.mark.parametrize("kind", [SigningKey, AgreementKey, KemKey])
def test_a_private_key_is_restored_from_its_bytes_and_never_prints_or_is_copied(
    kind: type[SigningKey] | type[AgreementKey] | type[KemKey],
) -> None:
    key = kind.generate(CountedRandomness("keys"))
    assert kind.from_bytes(key.private_bytes()).public == key.public
    assert repr(key) == f"{kind.__name__}(…)"
    with pytest.raises(TypeError):
        copy.copy(key)


def test_a_signature_of_one_purpose_is_none_of_another() -> None:
    key = SigningKey.generate(CountedRandomness("purposes"))
    signature = key.sign(b"babilu/one/1", b"message")
    verify(key.public, b"babilu/one/1", b"message", signature)
    with pytest.raises(CryptoError) as refused:
        verify(key.public, b"babilu/two/1", b"message", signature)
    assert refused.value.code is ErrorCode.BAD_SIGNATURE


def test_a_signature_of_another_size_is_refused_as_a_bad_signature() -> None:
    key = SigningKey.generate(CountedRandomness("sizes"))
    for size in (0, 63, 65):
        with pytest.raises(CryptoError) as refused:
            verify(key.public, b"tag", b"message", bytes(size))
        assert refused.value.code is ErrorCode.BAD_SIGNATURE


def test_a_standing_key_is_of_the_agreed_secret_and_strangers_cannot_make_a_key_keep_ever_more() -> None:
    randomness = CountedRandomness("standing")
    own, peer = AgreementKey.generate(randomness), AgreementKey.generate(randomness)
    derived = hkdf_sha256(peer.exchange(own.public), salt=b"", info=b"tag", size=32)
    assert own.standing_key(peer.public, b"tag") == derived == peer.standing_key(own.public, b"tag")
    assert own.standing_key(peer.public, b"tag") is own.standing_key(peer.public, b"tag")
    assert own.standing_key(peer.public, b"other") != derived
    with pytest.raises(CryptoError):
        own.standing_key(bytes(32), b"tag")
    for number in range(2, STANDING_KEYS + 10):
        own.standing_key((number * 9).to_bytes(32, "little"), b"tag")
    assert len(own._standing) <= STANDING_KEYS
