"""Relay key (Ed25519): the lasting identity of a relay, which signs each certificate that the relay uses.

What is signed is tag ‖ SHA-256(certificate). Device lists name accounts by this key, so that a renewed certificate
makes no list worthless.
"""

import hashlib

from babilu.crypto.keys import SigningKey, check_ed25519_public, verify
from babilu.kernel.ids import domain

_CERTIFICATE = domain("relay-certificate")


def sign_certificate(key: SigningKey, certificate: bytes) -> bytes:
    """Sign as a relay that a certificate (DER) is its own."""
    return key.sign(_CERTIFICATE, hashlib.sha256(certificate).digest())


def verify_certificate_of(relay: bytes, certificate: bytes, signature: bytes) -> None:
    """Check that a relay's key says that the certificate is its own.

    Args:
        relay: 32-byte public key of the relay.
        certificate: The certificate that a connection was shown, DER.
        signature: 64 bytes.

    Raises:
        CryptoError: ``bad_key`` or ``bad_signature``.
    """
    check_ed25519_public(relay)
    verify(relay, _CERTIFICATE, hashlib.sha256(certificate).digest(), signature)
