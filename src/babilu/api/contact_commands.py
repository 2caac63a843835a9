"""Commands about people: requests, names, identities, and what is known of them."""

from dataclasses import dataclass

from babilu.api.command import Command
from babilu.api.group_views import GroupView
from babilu.api.views import ContactLinkView, ContactView, RequestView, SafetyNumberView
from babilu.kernel.ids import IdentityKey


@dataclass(frozen=True, slots=True)
class Contacts(Command[tuple[ContactView, ...]]):
    """List the contacts by name."""


@dataclass(frozen=True, slots=True)
class Requests(Command[tuple[RequestView, ...]]):
    """List the conversation requests that wait for a decision."""


@dataclass(frozen=True, slots=True)
class OwnLink(Command[ContactLinkView]):
    """Give the link by which others add oneself: at the relay, or without one at the own server socket's address.

    Raises:
        UsageError: Without a relay and without a server socket nobody finds this client.
    """


@dataclass(frozen=True, slots=True)
class AddByLink(Command[ContactView | None]):
    """Add the person of a contact link: by the relay that both use, else a call to their address begins (None).

    Whoever answers there with another identity key than the link's is refused, and nobody is added.

    Raises:
        UsageError: It is no contact link, is one's own, or names another relay.
        TrustError: ``mismatch``: the relay shows another identity for that name than the link does.
        BabiluError: As `Verify` and `Call`.
    """

    text: str


@dataclass(frozen=True, slots=True)
class Rename(Command[ContactView]):
    """Give a person another local name.

    Raises:
        AccountError: It is no name.
        DeliveryError: ``conflict``: another person has it, or a name that looks like it.
    """

    name: str
    to: str
    identity: IdentityKey | None = None


@dataclass(frozen=True, slots=True)
class Verify(Command[SafetyNumberView]):
    """Show the safety number of a contact (or, new to us, of an account of the relay)."""

    name: str


@dataclass(frozen=True, slots=True)
class MarkVerified(Command[ContactView]):
    """Record that the safety numbers were compared and are equal (or take that back).

    Attributes:
        name: The contact.
        verified: Whether they are equal.
        identity: The identity key whose number was compared.
        digits: The number that was compared, with or without blanks.

    Raises:
        TrustError: ``mismatch``: the contact's number is another one; ``identity_changed``: another identity waits for
            approval, and nothing says whose number was compared.
    """

    name: str
    verified: bool = True
    identity: IdentityKey | None = None
    digits: str | None = None


@dataclass(frozen=True, slots=True)
class TrustIdentity(Command[ContactView]):
    """Approve the identity that is claimed to be a contact's; what waited is encrypted for it and sent.

    Attributes:
        name: The contact.
        identity: The claimed identity key that is approved, as a view showed it.
        digits: Its safety number that was compared, with or without blanks.

    Raises:
        TrustError: ``mismatch``: another identity is claimed by now, or none any more.
    """

    name: str
    identity: IdentityKey | None = None
    digits: str | None = None


@dataclass(frozen=True, slots=True)
class RejectIdentity(Command[ContactView]):
    """Put away the claim that another identity is a contact's: the one in force stays, and sending goes on.

    Attributes:
        name: The contact.
        identity: The claimed identity key that is rejected.

    Raises:
        TrustError: ``mismatch``: another identity is claimed by now.
    """

    name: str
    identity: IdentityKey | None = None


@dataclass(frozen=True, slots=True)
class Accept(Command[ContactView | GroupView]):
    """Accept a conversation request by id or name, or a new contact of the relay by name.

    By its id or label also a group that one was added to, which answers the group; by its id somebody who wants to
    join a group, which answers that group too.
    """

    request: str
    identity: IdentityKey | None = None


@dataclass(frozen=True, slots=True)
class Decline(Command[None]):
    """Decline a conversation request by id or name; the caller does not learn of it.

    By its id or label also a group that one was added to, which leaves it, and by its id somebody who wants to join.
    """

    request: str
    identity: IdentityKey | None = None


@dataclass(frozen=True, slots=True)
class Block(Command[ContactView]):
    """Drop what a contact sends from now on; they do not learn of it."""

    name: str
    identity: IdentityKey | None = None


@dataclass(frozen=True, slots=True)
class Unblock(Command[ContactView]):
    """Take a block back."""

    name: str
    identity: IdentityKey | None = None


@dataclass(frozen=True, slots=True)
class AllowDirect(Command[ContactView]):
    """Allow direct connections with a contact, which show them our address, or not."""

    name: str
    allowed: bool
    identity: IdentityKey | None = None
