"""ChaCha20-Poly1305 (RFC 8439): a key and nonce are used once, and what does not authenticate gives no plaintext."""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from babilu.crypto.secret import Secret
from babilu.kernel.errors import CryptoError, ErrorCode

KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16


def seal(key: Secret, nonce: bytes, plaintext: bytes, associated_data: bytes) -> bytes:
    """Encrypt and authenticate.

    Args:
        key: 32 bytes.
        nonce: 12 bytes, never used twice with the same key.
        plaintext: What to encrypt.
        associated_data: What to authenticate along with it.

    Returns:
        The ciphertext, 16 bytes longer than the plaintext.
    """
    return ChaCha20Poly1305(key.reveal()).encrypt(nonce, plaintext, associated_data)


def open_sealed(key: Secret, nonce: bytes, ciphertext: bytes, associated_data: bytes) -> bytes:
    """Decrypt what `seal` made.

    Raises:
        CryptoError: ``decryption_failed``: another key, nonce or associated data, or a changed ciphertext.
    """
    try:
        return ChaCha20Poly1305(key.reveal()).decrypt(nonce, ciphertext, associated_data)
    except InvalidTag as error:
        raise CryptoError(ErrorCode.DECRYPTION_FAILED, "A ciphertext does not authenticate.") from error
