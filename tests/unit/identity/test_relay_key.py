import pytest

from babilu.crypto.keys import SigningKey
from babilu.crypto.secret import Secret
from babilu.identity.relay_key import sign_certificate, verify_certificate_of
from babilu.kernel.errors import CryptoError, ErrorCode

KEY = SigningKey.from_bytes(Secret(b"k" * 32))


def test_a_certificate_is_the_relays_whose_key_signed_it() -> None:
    verify_certificate_of(KEY.public, b"certificate", sign_certificate(KEY, b"certificate"))


@pytest.mark.parametrize("certificate", [b"", b"another certificate"])
def test_another_certificate_is_not(certificate: bytes) -> None:
    with pytest.raises(CryptoError) as refused:
        verify_certificate_of(KEY.public, certificate, sign_certificate(KEY, b"certificate"))
    assert refused.value.code is ErrorCode.BAD_SIGNATURE


def test_a_key_of_small_order_is_refused() -> None:
    with pytest.raises(CryptoError) as refused:
        verify_certificate_of(bytes(32), b"certificate", bytes(64))
    assert refused.value.code is ErrorCode.BAD_KEY
