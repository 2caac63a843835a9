"""Contact link: one string by which others add a person, with where they are found, their name and their identity key.

It holds nothing secret. Whoever follows it compares the identity key with the one that the relay shows.
"""

from dataclasses import dataclass
from urllib.parse import quote, unquote

from babilu.identity.codec import encode_shape
from babilu.identity.invitation import decode_fragment, join_link, split_link
from babilu.identity.shapes import Key32, Shape
from babilu.kernel.errors import UsageError
from babilu.kernel.ids import IdentityKey

_NAME_CHARACTERS = 64


class _LinkFragment(Shape, frozen=True):
    identity_key: Key32
    relay_key: Key32 | None


@dataclass(frozen=True, slots=True)
class ContactLink:
    """Where a person is found.

    Attributes:
        name: Their account's name, or what they call themselves.
        identity: Their identity key.
        host: Name or address of the relay or of their own server socket, without brackets.
        port: Its TCP port.
        relay_key: Public key of the relay that they have the account at; None for an address of their own.
    """

    name: str
    identity: IdentityKey
    host: str
    port: int
    relay_key: bytes | None

    def encode(self) -> str:
        """Return ``babilu://host:port/@name#…``; after ``#`` stands base64url of [identity key, relay key or nil]."""
        fragment = _LinkFragment(self.identity, self.relay_key)
        return join_link(self.host, self.port, f"@{quote(self.name, safe='')}", encode_shape(fragment))

    @classmethod
    def decode(cls, text: str) -> "ContactLink":
        """Read a link that was pasted; spaces around it do not matter.

        Raises:
            UsageError: It is not a contact link, or a part of one.
        """
        try:
            parts = split_link(text)
            name = unquote(parts.path.removeprefix("/@"), errors="strict")
            if not parts.path.startswith("/@") or not name or len(name) > _NAME_CHARACTERS or not name.isprintable():
                raise ValueError("no name")
            fragment = decode_fragment(parts.fragment, _LinkFragment)
        except ValueError as error:
            raise UsageError(
                "This is no contact link: it should look like babilu://host:port/@name#… and be pasted whole."
            ) from error
        return cls(name, IdentityKey(fragment.identity_key), parts.host, parts.port, fragment.relay_key)
