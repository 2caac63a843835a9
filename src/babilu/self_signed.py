"""Self-signed certificates of TLS: nobody trusts the signature, whoever connects knows the certificate by its hash."""

import datetime as dt

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

# Fixed times: they tell nothing, and a clock that is a year off must not make a certificate of another time.
_BEGIN = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
_END = dt.datetime(2120, 1, 1, tzinfo=dt.UTC)


def self_signed_certificate(name: str) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    """Make a key (ECDSA P-256) and a certificate that it signs for itself.

    Args:
        name: The common name; everybody who connects sees it.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_BEGIN)
        .not_valid_after(_END)
        .sign(key, hashes.SHA256())
    )
    return key, certificate
