"""Everything a user interface can ask of a client; each command names the type of its answer.

A command that fails ends its future with a `babilu.kernel.errors.BabiluError`. Names are matched after normalisation;
``to``, ``name`` and ``conversation`` take the local name of a contact, ``to`` also the account name of somebody new.
``bob@`` is the contact with the relay's account bob, where somebody else is locally called bob.

A command that sends or consents takes an ``identity`` beside the name: the identity key of the person whom the user
believed the name to mean, as a view showed it. It fails with ``mismatch``, and nothing is done, where the name means
somebody else. None asks for no such check.
"""

from dataclasses import dataclass
from typing import Generic, TypeVar

from babilu.api.views import (
    Address,
    ContactView,
    ConversationView,
    ExaminationView,
    HistoryPage,
    HoldingsView,
    MessageInfoView,
    MessageView,
    RequestView,
    SafetyNumberView,
    StatusView,
)
from babilu.crypto.secret import Passphrase
from babilu.kernel.ids import IdentityKey, MessageId

R_co = TypeVar("R_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Command(Generic[R_co]):
    """Base of all commands; ``R_co`` is what its future ends with."""


@dataclass(frozen=True, slots=True)
class Send(Command[MessageView]):
    """Send a text; done when it is committed here, whatever the network does.

    Raises:
        DeliveryError: ``not_found`` for a name that the relay does not know, ``blocked`` for a blocked contact.
        ProtocolError: ``too_large`` for more than 60,000 bytes.
        TrustError: ``identity_changed`` until the contact's new identity is trusted.
        TrustError: ``mismatch``: ``to`` is not the person of ``identity``.
        LinkError: ``unavailable`` for a new name while offline.
    """

    to: str
    text: str
    identity: IdentityKey | None = None


@dataclass(frozen=True, slots=True)
class Retry(Command[MessageView]):
    """Try a failed message again, under the same message id; see `DeleteMessage` for ``conversation``.

    One that was written to a former identity of the contact is made anew, with another id: `MessageView.replaces` names
    the one that it takes the place of.
    """

    message: MessageId
    conversation: str | None = None


@dataclass(frozen=True, slots=True)
class TakeUnshown(Command[tuple[MessageView, ...]]):
    """Take messages that no user interface has shown, in order of arrival, and record them as shown.

    What was recorded is never given out again, also after a crash: show it at once.
    """

    limit: int = 100


@dataclass(frozen=True, slots=True)
class PutBack(Command[None]):
    """Give back messages that were taken and could not be shown: nobody read the output, for example.

    `TakeUnshown` hands them out again. At most 1,000 ids; those of other messages are passed over.
    """

    messages: tuple[MessageId, ...]


@dataclass(frozen=True, slots=True)
class Contacts(Command[tuple[ContactView, ...]]):
    """List the contacts by name."""


@dataclass(frozen=True, slots=True)
class Conversations(Command[tuple[ConversationView, ...]]):
    """List the conversations: pinned ones first, then the most recent first."""


@dataclass(frozen=True, slots=True)
class Requests(Command[tuple[RequestView, ...]]):
    """List the conversation requests that wait for a decision."""


@dataclass(frozen=True, slots=True)
class History(Command[HistoryPage]):
    """Read a page of a conversation.

    Attributes:
        conversation: Name of the contact.
        limit: Most messages to return, 1 to 1,000.
        before: Only messages at positions below this one, the nearest ones; None for the newest.
        after: Only messages at positions above this one, the nearest ones; not together with ``before``.
    """

    conversation: str
    limit: int = 50
    before: int | None = None
    after: int | None = None


@dataclass(frozen=True, slots=True)
class Search(Command[tuple[MessageView, ...]]):
    """Find messages that contain ``query`` by its letters, whatever case and accents, the newest first.

    Attributes:
        query: What to look for; from three characters on by index, below by scanning.
        conversation: Name of a contact, or None for all.
        limit: Most messages to return.
    """

    query: str
    conversation: str | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class MessageInfo(Command[MessageInfoView]):
    """Tell how far a message has come, for each device; see `DeleteMessage` for ``conversation``."""

    message: MessageId
    conversation: str | None = None


@dataclass(frozen=True, slots=True)
class DeleteMessage(Command[None]):
    """Delete a message here, for oneself.

    Attributes:
        message: Its id.
        conversation: Name of the contact in whose conversation it is: whoever sends a message chooses its id, and may
            choose that of another one. None where there is one of this id.

    Raises:
        DeliveryError: ``not_found``.
        UsageError: Several conversations have a message of this id, and none was named.
    """

    message: MessageId
    conversation: str | None = None


@dataclass(frozen=True, slots=True)
class MarkRead(Command[int]):
    """Mark a conversation as read and tell the sender, where they were accepted; answers how many there were."""

    name: str


@dataclass(frozen=True, slots=True)
class SetDraft(Command[None]):
    """Keep a text that was written and not sent; empty to forget it."""

    conversation: str
    text: str


@dataclass(frozen=True, slots=True)
class SetPinned(Command[None]):
    """Keep a conversation at the top of the list, or not."""

    conversation: str
    pinned: bool


@dataclass(frozen=True, slots=True)
class SetMuted(Command[None]):
    """Silence notifications of a conversation, or not."""

    conversation: str
    muted: bool


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
class Accept(Command[ContactView]):
    """Accept a conversation request by id or name, or a new contact of the relay by name."""

    request: str
    identity: IdentityKey | None = None


@dataclass(frozen=True, slots=True)
class Decline(Command[None]):
    """Decline a conversation request by id or name; the caller is told nothing."""

    request: str
    identity: IdentityKey | None = None


@dataclass(frozen=True, slots=True)
class Block(Command[ContactView]):
    """Drop what a contact sends from now on; they are told nothing."""

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


@dataclass(frozen=True, slots=True)
class Call(Command[None]):
    """Start a direct conversation with whoever listens at an address; events tell how it goes.

    Attributes:
        address: Where to connect.
        name: A known contact who is expected there, so that nobody else learns one's name; None for anybody.
        identity: The identity key that ``name`` is believed to have.
    """

    address: Address
    name: str | None = None
    identity: IdentityKey | None = None


@dataclass(frozen=True, slots=True)
class HangUp(Command[None]):
    """Close the direct connection with a contact, or stop calling an address (written ``host:port``)."""

    name: str


@dataclass(frozen=True, slots=True)
class Listen(Command[Address]):
    """Open the server socket for conversation requests, in place of one that is open; port 0 takes any."""

    address: Address


@dataclass(frozen=True, slots=True)
class StopListening(Command[None]):
    """Close the server socket for conversation requests."""


@dataclass(frozen=True, slots=True)
class TryNow(Command[None]):
    """Try to reach the relay at once: cut a pause short, also one that waits to be asked.

    Raises:
        UsageError: The profile has no relay.
    """


@dataclass(frozen=True, slots=True)
class TrustCertificate(Command[None]):
    """Know the relay by another certificate from now on, as its operator has told it, and try at once.

    Attributes:
        certificate: SHA-256 of the certificate, 32 bytes.

    Raises:
        UsageError: It is none, the profile has no relay, or the relay is connected by the certificate that is known.
    """

    certificate: bytes


@dataclass(frozen=True, slots=True)
class Status(Command[StatusView]):
    """Tell where this client stands."""


@dataclass(frozen=True, slots=True)
class Threads(Command[tuple[str, ...]]):
    """Name the conversation threads that are running."""


@dataclass(frozen=True, slots=True)
class CheckPassphrase(Command[None]):
    """Find out whether a passphrase opens this profile; each try costs what one at the disk costs.

    Raises:
        AccountError: ``wrong_credentials``.
    """

    passphrase: Passphrase


@dataclass(frozen=True, slots=True)
class ReadValue(Command[str | None]):
    """Read what was stored under a key with `StoreValue`; None where there is nothing."""

    key: str


@dataclass(frozen=True, slots=True)
class StoreValue(Command[None]):
    """Keep a text in the profile, encrypted as all of it is: what a bot has to remember; None forgets it.

    Attributes:
        key: 1 to 256 characters.
        value: At most 60,000 bytes of UTF-8.

    Raises:
        UsageError: The key is empty or too long.
        ProtocolError: ``too_large``.
    """

    key: str
    value: str | None


@dataclass(frozen=True, slots=True)
class StoredKeys(Command[tuple[str, ...]]):
    """List the keys of stored values that begin with a text, in order."""

    prefix: str = ""


@dataclass(frozen=True, slots=True)
class ChangePassword(Command[None]):
    """Change the account's password, which also opens the profile on disk.

    Raises:
        AccountError: ``wrong_credentials``.
    """

    old: Passphrase
    new: Passphrase


@dataclass(frozen=True, slots=True)
class Examine(Command[ExaminationView]):
    """Look for what is wrong with profile, own keys on the relay, prekeys, clock and routes; it takes a moment."""


@dataclass(frozen=True, slots=True)
class ReadHoldings(Command[HoldingsView]):
    """Read everything that the relay holds about the own account.

    Raises:
        LinkError: ``unavailable`` while the relay cannot be reached.
        UsageError: The profile has no account at a relay.
    """


@dataclass(frozen=True, slots=True)
class Administer(Command[str]):
    """Give the relay an order of its administration, in JSON; the answer is that order's, in JSON.

    Raises:
        ProtocolError: ``not_allowed`` for an account that is neither the relay's owner nor a moderator.
        LinkError: ``unavailable`` while the relay cannot be reached.
    """

    order: str


@dataclass(frozen=True, slots=True)
class DeleteAccount(Command[None]):
    """Delete the account at the relay, with its mail; the profile on disk stays."""

    password: Passphrase
