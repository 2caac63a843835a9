"""Key derivation: HKDF (RFC 5869) and HMAC (RFC 2104) over SHA-2, nothing else; every derived key has its own label."""

import hmac

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from babilu.crypto.secret import Secret

HASH_BYTES = 32
"""Size of a SHA-256 value."""


def hkdf_sha256(key: Secret, *, salt: bytes, info: bytes, size: int) -> Secret:
    """Derive ``size`` bytes (at most 8,160) from ``key`` by HKDF-SHA-256; an empty salt counts as 32 zero bytes."""
    return Secret(HKDF(hashes.SHA256(), length=size, salt=salt, info=info).derive(key.reveal()))


def hkdf_sha512(key: Secret, *, salt: bytes, info: bytes, size: int) -> Secret:
    """Derive ``size`` bytes (at most 16,320) from ``key`` by HKDF-SHA-512; an empty salt counts as 64 zero bytes."""
    return Secret(HKDF(hashes.SHA512(), length=size, salt=salt, info=info).derive(key.reveal()))


def hmac_sha256(key: Secret, message: bytes) -> bytes:
    """Return the 32-byte HMAC-SHA-256 of ``message``."""
    return hmac.digest(key.reveal(), message, "sha256")


def equal(one: bytes, other: bytes) -> bool:
    """Compare two byte strings in a time that depends on their lengths only."""
    return hmac.compare_digest(one, other)
