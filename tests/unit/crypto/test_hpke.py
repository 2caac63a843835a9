import pytest

from babilu.crypto import aead, hpke
from babilu.crypto.keys import AgreementKey
from babilu.crypto.secret import Secret
from babilu.kernel.errors import CryptoError, ErrorCode
from tests.unit.session.devices import CountedRandomness
from tests.vectors.vectors import cases, unhex

OWN = AgreementKey.generate(CountedRandomness("hpke"))


def test_hpke_opens_what_the_key_schedule_of_rfc_9180_sealed() -> None:
    (vector,) = cases("rfc9180_base_x25519_sha256_chacha20poly1305.json")
    own = AgreementKey.from_bytes(Secret(unhex(vector["skRm"])))
    assert own.public == unhex(vector["pkRm"])
    ciphertext = aead.seal(Secret(unhex(vector["key"])), unhex(vector["base_nonce"]), b"beauty is truth", b"")
    assert hpke.open_sealed(own, unhex(vector["enc"]) + ciphertext, unhex(vector["info"])) == b"beauty is truth"


def test_hpke_opens_what_it_sealed_and_its_overhead_is_as_stated() -> None:
    sealed = hpke.seal(OWN.public, b"hidden", b"info")
    assert len(sealed) == len(b"hidden") + hpke.OVERHEAD_BYTES
    assert hpke.open_sealed(OWN, sealed, b"info") == b"hidden"


def test_the_same_plaintext_is_never_sealed_twice_alike() -> None:
    assert hpke.seal(OWN.public, b"hidden", b"info") != hpke.seal(OWN.public, b"hidden", b"info")


def test_no_changed_bit_and_no_other_context_opens() -> None:
    sealed = hpke.seal(OWN.public, b"hidden", b"info")
    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(CryptoError) as refused:
            hpke.open_sealed(OWN, bytes(changed), b"info")
        assert refused.value.code is ErrorCode.DECRYPTION_FAILED
    with pytest.raises(CryptoError):
        hpke.open_sealed(OWN, sealed, b"other")


@pytest.mark.parametrize("encapsulated", [bytes(32), b"\x01" + bytes(31), b"\xff" * 32])
def test_a_seal_under_a_key_that_is_not_contributory_does_not_open(encapsulated: bytes) -> None:
    with pytest.raises(CryptoError) as refused:
        hpke.open_sealed(OWN, encapsulated + bytes(32), b"info")
    assert refused.value.code is ErrorCode.DECRYPTION_FAILED


@pytest.mark.parametrize("size", [0, 1, 31, 32, 47])
def test_a_seal_cut_short_does_not_open(size: int) -> None:
    with pytest.raises(CryptoError):
        hpke.open_sealed(OWN, hpke.seal(OWN.public, b"", b"")[:size], b"")


def test_nothing_is_sealed_for_a_key_that_is_refused() -> None:
    with pytest.raises(CryptoError) as refused:
        hpke.seal(bytes(32), b"hidden", b"info")
    assert refused.value.code is ErrorCode.BAD_KEY
