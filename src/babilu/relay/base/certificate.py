"""The relay's own certificate, made once and kept: clients know it by its hash, not by who signed it."""

import hashlib
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from babilu.local_paths import read_small
from babilu.self_signed import self_signed_certificate

PEM_BYTES: Final = 1024 * 1024
"""Largest file of a certificate, with the chain that it may have."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """The relay's certificate and the file it lies in.

    Attributes:
        path: PEM file with the certificate.
        der: The certificate, as clients receive it.
        key: PEM file with its key.
    """

    path: Path
    der: bytes
    key: Path

    @property
    def pin(self) -> bytes:
        """SHA-256 of the certificate: what invitations and clients keep (32 bytes)."""
        return hashlib.sha256(self.der).digest()

    def server_context(self) -> ssl.SSLContext:
        """Make the TLS context of the listener: TLS 1.3 and nothing older."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        # Clients never resume: the tickets of each handshake would be made for nobody, a tenth of a login's cost.
        context.num_tickets = 0
        context.load_cert_chain(self.path, self.key)
        return context


def make_certificate() -> bytes:
    """Make a self-signed certificate for a new ECDSA P-256 key.

    Returns:
        Key and certificate in PEM.
    """
    key, certificate = self_signed_certificate("babilu relay")
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private + certificate.public_bytes(serialization.Encoding.PEM)


def read_certificate(path: Path) -> bytes:
    """Read the certificate (DER) in ``path``, without a key.

    Raises:
        OSError: The file cannot be read.
        ValueError: There is no certificate.
    """
    return x509.load_pem_x509_certificate(read_small(path, PEM_BYTES)).public_bytes(serialization.Encoding.DER)


def load_certificate(path: Path, key: Path | None = None) -> Certificate:
    """Read the certificate in ``path`` and its key, which lies in the same file where no other is named.

    Raises:
        OSError: A file cannot be read.
        ValueError: There is no certificate, or no key that is its own and needs no password.
    """
    key_path = key or path
    try:
        private = serialization.load_pem_private_key(read_small(key_path, PEM_BYTES), password=None)
    except TypeError as error:
        raise ValueError("the key needs a password") from error
    certificate = x509.load_pem_x509_certificate(read_small(path, PEM_BYTES))
    if private.public_key() != certificate.public_key():
        raise ValueError("the key is another certificate's")
    return Certificate(path, certificate.public_bytes(serialization.Encoding.DER), key_path)
