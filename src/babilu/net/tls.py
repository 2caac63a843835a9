"""TLS contexts: version 1.3 alone, and certificates identified by their SHA-256 instead of by who signed them."""

import asyncio
import os
import secrets
import ssl
import tempfile
from pathlib import Path

from cryptography.hazmat.primitives import serialization

from babilu.self_signed import self_signed_certificate


def client_context() -> ssl.SSLContext:
    """Make the context of a client socket.

    It takes any certificate: whoever uses it compares the hash of `peer_certificate` with a pin, or has it signed.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def ephemeral_server_context() -> tuple[ssl.SSLContext, bytes]:
    """Make the context of a server socket for direct conversations, with a certificate that lives as long as it.

    Returns:
        The context, and its certificate (DER), which the hello signatures cover.
    """
    # The name tells nobody who listens: it is the same for everybody.
    key, certificate = self_signed_certificate("babilu")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.num_tickets = 0
    # `ssl` loads keys from files only, so the file holds the key encrypted under a password that nobody keeps.
    password = secrets.token_bytes(32).hex().encode("ascii")
    pem = certificate.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(password),
    )
    descriptor, path = tempfile.mkstemp(prefix="babilu-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
        context.load_cert_chain(path, password=password)
    finally:
        Path(path).unlink()
    return context, certificate.public_bytes(serialization.Encoding.DER)


def peer_certificate(transport: asyncio.BaseTransport) -> bytes:
    """Return the certificate (DER) that the other end of ``transport`` showed."""
    channel: ssl.SSLObject = transport.get_extra_info("ssl_object")
    return channel.getpeercert(binary_form=True) or b""
