"""Link into a group: one string with the relay, the group, whom to ask, and a token that shows one was given the link.

It says nothing about who is in the group but the accounts of those who let people in, and whoever has it may ask.
"""

import hashlib
from dataclasses import dataclass, field
from typing import Annotated, Final

import msgspec

from babilu.identity.invitation import INVITATION_CHARACTERS, Invitation, decode_fragment, join_link, split_link
from babilu.identity.login import Token
from babilu.identity.names import normalise_name
from babilu.identity.shapes import Hash32, Key32, Natural, OtherAddresses, Shape
from babilu.kernel.errors import AccountError, UsageError
from babilu.kernel.ids import ConversationId, domain
from babilu.kernel.limits import NAME_CHARACTERS

ADMINS_OF_LINK: Final = 3
"""People whom a link names at most."""

JOIN_TOKEN_BYTES: Final = 16

_PATH: Final = "+"
_TOKEN: Final = domain("group-link")

_Admin = Annotated[str, msgspec.Meta(min_length=1, max_length=NAME_CHARACTERS)]
_JoinToken = Annotated[bytes, msgspec.Meta(min_length=JOIN_TOKEN_BYTES, max_length=JOIN_TOKEN_BYTES)]


class _JoinFragment(Shape, frozen=True):
    relay_key: Key32
    pin: Hash32
    next_pin: Hash32 | None
    group: Hash32
    token: _JoinToken
    admins: Annotated[tuple[_Admin, ...], msgspec.Meta(min_length=1, max_length=ADMINS_OF_LINK)]
    expires_at: Natural
    invitation: Token | None
    also: OtherAddresses = ()


@dataclass(frozen=True, slots=True)
class JoinLink:
    """What lets somebody ask to be in a group.

    Attributes:
        host: Name or address of the relay, without brackets.
        port: TCP port.
        relay_key: Public key of the relay, by which somebody who has an account there knows that it is the same.
        pin: SHA-256 of the certificate that the relay shows (DER).
        next_pin: SHA-256 of the certificate that will take its place; None where none is announced.
        group: Id of the group.
        token: 16 random bytes, which whoever is asked knows again.
        admins: Normalised names of the accounts to ask, 1 to 3.
        expires_at: Unix milliseconds until which it holds.
        invitation: Token of an invitation to the relay, for whoever has no account there; None for none.
        also: Other addresses of the relay, ``host:port``.
    """

    host: str
    port: int
    relay_key: bytes
    pin: bytes
    next_pin: bytes | None
    group: ConversationId
    token: bytes = field(repr=False)
    admins: tuple[str, ...]
    expires_at: int
    invitation: bytes | None = field(default=None, repr=False)
    also: tuple[str, ...] = ()

    def encode(self) -> str:
        """Return ``babilu://host:port/+#…``; after ``#`` stands base64url of a MessagePack array.

        That is [relay key, pin, next pin or nil, group, token, [account, …], expires at, invitation or nil], and at its
        end [address, …] where there are any. Those are written that a reader's longest text has room for: the relay
        tells all of them at a login.
        """
        also = list(self.also)
        while len(text := self._written(also)) > INVITATION_CHARACTERS and also:
            also.pop()
        return text

    def _written(self, also: list[str]) -> str:
        said: list[object] = [
            self.relay_key,
            self.pin,
            self.next_pin,
            self.group,
            self.token,
            self.admins,
            self.expires_at,
            self.invitation,
        ]
        if also:
            said.append(also)
        return join_link(self.host, self.port, _PATH, msgspec.msgpack.encode(said))

    @classmethod
    def decode(cls, text: str) -> "JoinLink":
        """Read a link that was pasted; spaces around it do not matter.

        Raises:
            UsageError: It is no link into a group, or a part of one.
        """
        try:
            parts = split_link(text)
            if parts.path != f"/{_PATH}":
                raise ValueError("another kind of link")
            fragment = decode_fragment(parts.fragment, _JoinFragment)
            names = tuple(map(normalise_name, fragment.admins))
            if names != fragment.admins or len(set(names)) < len(names):
                raise ValueError("another spelling of a name")
        except (ValueError, AccountError) as error:
            raise UsageError(
                "This is no link into a group: it should look like babilu://host:port/+#… and be pasted whole."
            ) from error
        return cls(
            host=parts.host,
            port=parts.port,
            relay_key=fragment.relay_key,
            pin=fragment.pin,
            next_pin=fragment.next_pin,
            group=ConversationId(fragment.group),
            token=fragment.token,
            admins=fragment.admins,
            expires_at=fragment.expires_at,
            invitation=fragment.invitation,
            also=fragment.also,
        )


def join_token_hash(group: bytes, token: bytes) -> bytes:
    """Return what the token of a link is known again by: SHA-256(tag("group-link") ‖ group ‖ token), 32 bytes."""
    return hashlib.sha256(_TOKEN + group + token).digest()


def pasted_invitation(text: str) -> Invitation | JoinLink:
    """Read what lets somebody in at a relay, as it was pasted: an invitation, or a link into a group there.

    Raises:
        UsageError: It is neither, or a part of one.
    """
    try:
        is_link = split_link(text).path == f"/{_PATH}"
    except ValueError:
        is_link = False
    return JoinLink.decode(text) if is_link else Invitation.decode(text)
