"""HPKE base mode (RFC 9180) with X25519, HKDF-SHA-256 and ChaCha20-Poly1305: it hides, and authenticates nobody."""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from babilu.crypto.keys import AgreementKey, check_x25519_public
from babilu.kernel.errors import CryptoError, ErrorCode

ENCAPSULATED_BYTES = 32
"""The encapsulated key in front of each sealed message."""

OVERHEAD_BYTES = ENCAPSULATED_BYTES + 16
"""How much longer a sealed message is than its plaintext."""

_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)


def seal(recipient: bytes, plaintext: bytes, info: bytes) -> bytes:
    """Encrypt ``plaintext`` so that only the holder of the X25519 key ``recipient`` can read it.

    Args:
        recipient: 32-byte X25519 public key.
        plaintext: What to hide.
        info: Context that must be the same on opening; starts with a domain tag.

    Returns:
        The 32-byte encapsulated key and the ciphertext.

    Raises:
        CryptoError: ``bad_key`` for a recipient key that is refused.
    """
    check_x25519_public(recipient)
    return _SUITE.encrypt(plaintext, X25519PublicKey.from_public_bytes(recipient), info=info)


def open_sealed(own: AgreementKey, sealed: bytes, info: bytes) -> bytes:
    """Decrypt what `seal` made for the public half of ``own``.

    Raises:
        CryptoError: ``decryption_failed`` whatever was wrong.
    """
    try:
        # The encapsulated key is somebody's public key like any other: all-zero, small-order, non-canonical is refused.
        check_x25519_public(sealed[:ENCAPSULATED_BYTES])
        return _SUITE.decrypt(sealed, own.primitive, info=info)
    except (InvalidTag, ValueError, CryptoError) as error:
        raise CryptoError(ErrorCode.DECRYPTION_FAILED, "A seal cannot be opened.") from error
