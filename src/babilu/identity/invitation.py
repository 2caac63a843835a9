"""Invitation: one string to paste, with the relay, the certificate that it shows, and a token that is good once."""

import base64
import binascii
import ipaddress
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec

from babilu.identity.codec import decode_shape
from babilu.identity.login import Token
from babilu.identity.shapes import Epoch, Hash32, OtherAddresses, Shape
from babilu.kernel.errors import ProtocolError, UsageError

SCHEME = "babilu"
INVITATION_CHARACTERS = 1024
"""Longest text that is looked at."""

_HOST_CHARACTERS = 253

S = TypeVar("S", bound=Shape)


class _Fragment(Shape, frozen=True):
    pin: Hash32
    token: Token
    next_pin: Hash32 | None = None
    epoch: Epoch | None = None
    also: OtherAddresses = ()


@dataclass(frozen=True, slots=True)
class Invitation:
    """What lets somebody make an account.

    Attributes:
        host: Name or address of the relay, without brackets.
        port: TCP port.
        pin: SHA-256 of the relay's certificate (DER).
        token: 16 to 64 random bytes, good for one registration.
        next_pin: SHA-256 of the certificate that will take its place; None where none is announced.
        epoch: Names the history that the relay keeps; None where that is not said.
        also: Other addresses of the relay, ``host:port``.
    """

    host: str
    port: int
    pin: bytes
    token: bytes = field(repr=False)
    next_pin: bytes | None = None
    epoch: bytes | None = None
    also: tuple[str, ...] = ()

    def encode(self) -> str:
        """Return ``babilu://host:port/#…``; the part after ``#`` is base64url of a MessagePack array.

        That is [pin, token, next pin or nil, epoch or nil, [address, …]], without what says nothing at its end. Of the
        addresses those are written that a reader's longest text has room for: the relay tells all of them at a login.
        """
        also = list(self.also)
        while len(text := self._written(also)) > INVITATION_CHARACTERS and also:
            also.pop()
        return text

    def _written(self, also: list[str]) -> str:
        said = [self.pin, self.token, self.next_pin, self.epoch, also]
        while not said[-1]:
            said.pop()
        return join_link(self.host, self.port, "", msgspec.msgpack.encode(said))

    @classmethod
    def decode(cls, text: str) -> "Invitation":
        """Read an invitation that was pasted; spaces around it do not matter.

        Raises:
            UsageError: It is no invitation, or a part of one.
        """
        try:
            parts = split_link(text)
            if parts.path not in {"", "/"}:
                raise _not_one()
            fragment = decode_fragment(parts.fragment, _Fragment)
        except ValueError as error:
            raise _not_one() from error
        return cls(
            parts.host,
            parts.port,
            fragment.pin,
            fragment.token,
            fragment.next_pin,
            fragment.epoch,
            fragment.also,
        )


@dataclass(frozen=True, slots=True)
class LinkParts:
    """Parts of a ``babilu://`` link: a host without brackets, a port, the path, and what stands after ``#``."""

    host: str
    port: int
    path: str
    fragment: str


def split_link(text: str) -> LinkParts:
    """Take a pasted link apart; spaces around it do not matter.

    Raises:
        ValueError: It is not such a link, or only a part of one.
    """
    pasted = text.strip()
    if len(pasted) > INVITATION_CHARACTERS:
        raise ValueError("too long")
    parts = urlsplit(pasted)
    host, port = parts.hostname, parts.port
    extra = parts.query or parts.username is not None or parts.password is not None
    if parts.scheme != SCHEME or not host or not port or extra:
        raise ValueError("not a link of Babilu")
    return LinkParts(_checked_host(host), port, parts.path, parts.fragment)


def join_link(host: str, port: int, path: str, fragment: bytes) -> str:
    """Write ``babilu://host:port/path#…``; what stands after ``#`` is base64url of a fragment, a MessagePack array."""
    address = f"[{host}]" if ":" in host else host
    text = base64.urlsafe_b64encode(fragment).rstrip(b"=").decode("ascii")
    return f"{SCHEME}://{address}:{port}/{path}#{text}"


def decode_fragment(text: str, kind: type[S]) -> S:
    """Read what stands after ``#``.

    Raises:
        ValueError: It has another shape.
    """
    try:
        encoded = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        # One link has one spelling: neither padding nor bits that say nothing may differ.
        if base64.urlsafe_b64encode(encoded).rstrip(b"=") != text.encode():
            raise ValueError("another spelling")
        return decode_shape(encoded, kind)
    except (binascii.Error, msgspec.MsgspecError, ProtocolError) as error:
        raise ValueError("another shape") from error


def _checked_host(host: str) -> str:
    if ":" in host:
        return str(ipaddress.IPv6Address(host))
    plain = all(character.isalnum() or character in "-._" for character in host)
    if not plain or len(host) > _HOST_CHARACTERS:
        raise ValueError("not a host")
    return host


def _not_one() -> UsageError:
    return UsageError("This is no invitation: it should look like babilu://host:port/#… and be pasted whole.")
