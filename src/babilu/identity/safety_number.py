"""Safety number: two people who see the same sixty digits have nobody between them.

Signal's numeric fingerprint: 5,200 rounds of SHA-512 over version, key and identifier, thirty digits for each person,
the two halves sorted (github.com/signalapp/libsignal, rust/protocol/src/fingerprint.rs; parameters as there).
"""

import hashlib
from dataclasses import dataclass
from enum import Enum, unique
from functools import lru_cache
from typing import Final

from babilu.kernel.errors import ErrorCode, ProtocolError

ITERATIONS: Final = 5_200
DIGITS: Final = 60

_VERSION: Final = bytes(2)
_ED25519_PREFIX: Final = b"\x06"
_QR_PREFIX: Final = b"BABILU\x01"
_QR_HALF: Final = 32
_REMEMBERED: Final = 64


@unique
class Comparison(Enum):
    """What scanning the other person's code showed."""

    MATCH = "match"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """One person's half.

    Attributes:
        hash: 64 bytes, the result of the rounds.
    """

    hash: bytes

    @property
    def digits(self) -> str:
        """Thirty digits: six groups of five, each 40 bits modulo 100,000."""
        return "".join(
            f"{int.from_bytes(self.hash[start : start + 5], 'big') % 100_000:05d}" for start in range(0, 30, 5)
        )


def fingerprint(encoded_key: bytes, identifier: bytes, iterations: int = ITERATIONS) -> Fingerprint:
    """Hash one person's key and identifier.

    Args:
        encoded_key: Public key with the byte of its kind in front (0x05 X25519, 0x06 Ed25519).
        identifier: What the key is bound to; empty here, a telephone number or account id with Signal.
        iterations: Rounds of SHA-512.
    """
    digest = _VERSION + encoded_key + identifier
    for _ in range(iterations):
        digest = hashlib.sha512(digest + encoded_key).digest()
    return Fingerprint(digest)


def safety_number(one_identity: bytes, other_identity: bytes) -> str:
    """Return the sixty digits of two 32-byte identity keys, the same from both sides."""
    return combine(_of_identity(one_identity), _of_identity(other_identity))


def own_half(identity: bytes) -> str:
    """Return the thirty digits that an identity key brings to every safety number: a stranger has them beforehand."""
    return _of_identity(identity).digits


def combine(one: Fingerprint, other: Fingerprint) -> str:
    """Put two halves together, the lower one first."""
    return "".join(sorted((one.digits, other.digits)))


def grouped(digits: str) -> str:
    """Return the digits in groups of five, for people."""
    return " ".join(digits[start : start + 5] for start in range(0, len(digits), 5))


def qr_payload(own_identity: bytes, peer_identity: bytes) -> bytes:
    """Return what the own screen shows as a QR code: a prefix, the own half and the other half, 32 bytes each."""
    return _QR_PREFIX + _of_identity(own_identity).hash[:_QR_HALF] + _of_identity(peer_identity).hash[:_QR_HALF]


def compare_qr(scanned: bytes, own_identity: bytes, peer_identity: bytes) -> Comparison:
    """Compare what the other person's screen shows with what it must show.

    Raises:
        ProtocolError: ``malformed``: the code is no safety number of ours.
    """
    if len(scanned) != len(_QR_PREFIX) + 2 * _QR_HALF or not scanned.startswith(_QR_PREFIX):
        raise ProtocolError(ErrorCode.MALFORMED, "This code is not a safety number.")
    expected = qr_payload(peer_identity, own_identity)
    return Comparison.MATCH if scanned == expected else Comparison.DIFFERENT


@lru_cache(maxsize=_REMEMBERED)
def _of_identity(identity: bytes) -> Fingerprint:
    return fingerprint(_ED25519_PREFIX + identity, b"")
