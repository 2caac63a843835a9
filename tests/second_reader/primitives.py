"""Primitives as the pages name them: tags, HKDF, AEAD, keys, HPKE in base mode, and shapes in MessagePack."""

import hashlib
import hmac
from typing import Any

import msgpack
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ZERO = bytes(12)


class Broken(Exception):  # noqa: N818 -- it says what a thing is, like a verdict
    """Something does not hold."""


def tag(purpose: str) -> bytes:
    return f"babilu/{purpose}/1".encode("ascii")


def u64(number: int) -> bytes:
    return number.to_bytes(8, "big")


def sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def hmac256(key: bytes, data: bytes) -> bytes:
    return hmac.digest(key, data, "sha256")


def extract(salt: bytes, secret: bytes, hash_name: str = "sha256") -> bytes:
    return hmac.digest(salt or bytes(hashlib.new(hash_name).digest_size), secret, hash_name)


def expand(key: bytes, info: bytes, size: int, hash_name: str = "sha256") -> bytes:
    made, last, count = b"", b"", 0
    while len(made) < size:
        count += 1
        last = hmac.digest(key, last + info + bytes([count]), hash_name)
        made += last
    return made[:size]


def hkdf(secret: bytes, salt: bytes, info: bytes, size: int, hash_name: str = "sha256") -> bytes:
    return expand(extract(salt, secret, hash_name), info, size, hash_name)


def open_aead(key: bytes, nonce: bytes, sealed: bytes, associated: bytes = b"") -> bytes:
    return ChaCha20Poly1305(key).decrypt(nonce, sealed, associated)


def dh(private: bytes, public: bytes) -> bytes:
    return X25519PrivateKey.from_private_bytes(private).exchange(X25519PublicKey.from_public_bytes(public))


def x25519_public(private: bytes) -> bytes:
    return raw(X25519PrivateKey.from_private_bytes(private).public_key())


def ed25519_public(seed: bytes) -> bytes:
    return raw(Ed25519PrivateKey.from_private_bytes(seed).public_key())


def raw(key: X25519PublicKey | Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def check_signature(key: bytes, signature: bytes, *signed: bytes) -> None:
    """Raise `cryptography.exceptions.InvalidSignature` where it does not hold."""
    Ed25519PublicKey.from_public_bytes(key).verify(signature, b"".join(signed))


def check(holds: object, what: str) -> None:
    if not holds:
        raise Broken(what)


def read(encoded: bytes) -> Any:
    """Decode one shape."""
    return msgpack.unpackb(encoded, raw=False, strict_map_key=False, use_list=True)


def open_hpke(private: bytes, sealed: bytes, info: bytes) -> bytes:
    """Open RFC 9180 in base mode: DHKEM(X25519, HKDF-SHA-256), HKDF-SHA-256, ChaCha20-Poly1305."""
    encapsulated, ciphertext = sealed[:32], sealed[32:]
    kem = b"KEM" + (0x0020).to_bytes(2, "big")
    shared = _labelled(kem, b"", b"eae_prk", dh(private, encapsulated))
    context = encapsulated + x25519_public(private)
    secret = _expanded(kem, shared, b"shared_secret", context, 32)
    suite = b"HPKE" + b"".join(number.to_bytes(2, "big") for number in (0x0020, 0x0001, 0x0003))
    schedule = b"\x00" + _labelled(suite, b"", b"psk_id_hash", b"") + _labelled(suite, b"", b"info_hash", info)
    key = _labelled(suite, secret, b"secret", b"")
    return open_aead(
        _expanded(suite, key, b"key", schedule, 32), _expanded(suite, key, b"base_nonce", schedule, 12), ciphertext
    )


def _labelled(suite: bytes, salt: bytes, label: bytes, secret: bytes) -> bytes:
    return extract(salt, b"HPKE-v1" + suite + label + secret)


def _expanded(suite: bytes, key: bytes, label: bytes, info: bytes, size: int) -> bytes:
    return expand(key, size.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info, size)
