"""Invitation: one string to paste, with the relay, the certificate that it shows, and a token that is good once."""

import base64
import binascii
import ipaddress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import msgspec

from babilu.identity.codec import decode_shape, encode_shape
from babilu.identity.login import Token
from babilu.identity.shapes import Hash32, Shape
from babilu.kernel.errors import ProtocolError, UsageError

SCHEME = "babilu"
INVITATION_CHARACTERS = 1024
"""Longest text that is looked at."""

_HOST_CHARACTERS = 253


class _Fragment(Shape, frozen=True):
    pin: Hash32
    token: Token
    next_pin: Hash32 | None = None


class _ShortFragment(Shape, frozen=True):
    """The same where no other certificate is announced."""

    pin: Hash32
    token: Token


@dataclass(frozen=True, slots=True)
class Invitation:
    """What lets somebody make an account.

    Attributes:
        host: Name or address of the relay, without brackets.
        port: TCP port.
        pin: SHA-256 of the relay's certificate (DER).
        token: 16 to 64 random bytes, good for one registration.
        next_pin: SHA-256 of the certificate that will take its place; None where none is announced.
    """

    host: str
    port: int
    pin: bytes
    token: bytes = field(repr=False)
    next_pin: bytes | None = None

    def encode(self) -> str:
        """Return ``babilu://host:port/#…``; the part after ``#`` is base64url of a MessagePack array.

        That is [pin, token], or [pin, token, next pin] where another certificate is announced.
        """
        host = f"[{self.host}]" if ":" in self.host else self.host
        short = _ShortFragment(self.pin, self.token)
        shape = short if self.next_pin is None else _Fragment(self.pin, self.token, self.next_pin)
        fragment = base64.urlsafe_b64encode(encode_shape(shape)).rstrip(b"=")
        return f"{SCHEME}://{host}:{self.port}/#{fragment.decode('ascii')}"

    @classmethod
    def decode(cls, text: str) -> "Invitation":
        """Read an invitation that was pasted; spaces around it do not matter.

        Raises:
            UsageError: It is no invitation, or a part of one.
        """
        pasted = text.strip()
        if len(pasted) > INVITATION_CHARACTERS:
            raise _not_one()
        try:
            parts = urlsplit(pasted)
            host, port = parts.hostname, parts.port
        except ValueError as error:
            raise _not_one() from error
        extra = parts.query or parts.username is not None or parts.password is not None
        if parts.scheme != SCHEME or not host or not port or parts.path not in {"", "/"} or extra:
            raise _not_one()
        fragment = _decode_fragment(parts.fragment)
        return cls(_checked_host(host), port, fragment.pin, fragment.token, fragment.next_pin)


def _decode_fragment(text: str) -> _Fragment:
    try:
        encoded = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        return decode_shape(encoded, _Fragment)
    except (binascii.Error, ValueError, msgspec.MsgspecError, ProtocolError) as error:
        raise _not_one() from error


def _checked_host(host: str) -> str:
    if ":" in host:
        try:
            return str(ipaddress.IPv6Address(host))
        except ValueError as error:
            raise _not_one() from error
    plain = all(character.isalnum() or character in "-._" for character in host)
    if not plain or len(host) > _HOST_CHARACTERS:
        raise _not_one()
    return host


def _not_one() -> UsageError:
    return UsageError("This is no invitation: it should look like babilu://host:port/#… and be pasted whole.")
