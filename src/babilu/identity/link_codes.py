"""What people compare or scan when a device is linked: digits, words and a line, of what both ends have seen."""

import hashlib
from dataclasses import dataclass
from typing import Final

from babilu.crypto.kdf import hkdf_sha256
from babilu.crypto.secret import Secret
from babilu.identity.word_list import WORD_BITS, words
from babilu.kernel.errors import ErrorCode, ProtocolError
from babilu.kernel.ids import domain

DIGITS: Final = 6
WORDS: Final = 4
_DIGIT_BITS: Final = 20
_STREAM_BYTES: Final = 64

LINE_PREFIX: Final = "babilu-device:"
LINE_SECRET_BYTES: Final = 16

_COMMITMENT = domain("link-commitment")
_TRANSCRIPT = domain("link")
_CODE = domain("link-code")


@dataclass(frozen=True, slots=True)
class LinkCode:
    """What people compare.

    Attributes:
        digits: Six digits.
        words: Four words, for whoever would rather read those; they say more.
    """

    digits: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LinkPlace:
    """Where a try takes place, as one end sees it: whoever stands between the ends is seen by each as the other.

    Attributes:
        account: Name of the account; empty over a direct connection.
        certificate: SHA-256 of the certificate of the relay, or of the called end.
    """

    account: str
    certificate: bytes


@dataclass(frozen=True, slots=True)
class DeviceLine:
    """What a new device shows as a line of text or a QR code, for an old one that can read it.

    Attributes:
        commitment: What the device commits to: reading it takes the place of comparing codes.
        secret: 16 random bytes, by which the old device proves to the new one that it has read them.
    """

    commitment: bytes
    secret: bytes

    def encode(self) -> str:
        """Return the line."""
        return LINE_PREFIX + (self.commitment + self.secret).hex()

    @classmethod
    def decode(cls, text: str) -> "DeviceLine":
        """Read a line as somebody typed or scanned it.

        Raises:
            ProtocolError: ``malformed``.
        """
        typed = "".join(text.split()).removeprefix(LINE_PREFIX)
        try:
            decoded = bytes.fromhex(typed)
        except ValueError:
            decoded = b""
        if len(decoded) != hashlib.sha256().digest_size + LINE_SECRET_BYTES:
            raise ProtocolError(ErrorCode.MALFORMED, "This is no line of a device that is to be linked.")
        return cls(decoded[:-LINE_SECRET_BYTES], decoded[-LINE_SECRET_BYTES:])


def commitment_to(body: bytes) -> bytes:
    """Return SHA-256(tag ‖ body): what binds a new device to what it shows later."""
    return hashlib.sha256(_COMMITMENT + body).digest()


def transcript_of(commitment: bytes, old_body: bytes, new_body: bytes, place: LinkPlace) -> bytes:
    """Return the hash of everything that both ends of a try must have seen alike (32 bytes)."""
    hashed = (hashlib.sha256(each).digest() for each in (old_body, new_body, place.account.encode("utf-8")))
    return hashlib.sha256(_TRANSCRIPT + commitment + b"".join(hashed) + place.certificate).digest()


def code_of(transcript: bytes) -> LinkCode:
    """Derive the code: of the bits of HKDF, the first 20 that say less than a million are digits, the next 44 words."""
    stream = hkdf_sha256(Secret(transcript), salt=b"", info=_CODE, size=_STREAM_BYTES).reveal()
    bits = _Bits(stream)
    number = bits.take(_DIGIT_BITS)
    while number >= 10**DIGITS:
        number = bits.take(_DIGIT_BITS)
    return LinkCode(f"{number:0{DIGITS}d}", tuple(words()[bits.take(WORD_BITS)] for _ in range(WORDS)))


class _Bits:
    """Bits of a byte string, the most significant first."""

    def __init__(self, stream: bytes) -> None:
        self._number = int.from_bytes(stream, "big")
        self._left = len(stream) * 8

    def take(self, count: int) -> int:
        self._left -= count
        return self._number >> self._left & ((1 << count) - 1)
