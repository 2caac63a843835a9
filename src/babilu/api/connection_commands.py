"""Commands about connections: direct calls, the link to the relay and the account there, how all of it is."""

from dataclasses import dataclass

from babilu.api.command import Command
from babilu.api.views import Address, ExaminationView, HoldingsView, StatusView
from babilu.crypto.secret import Passphrase
from babilu.kernel.ids import IdentityKey


@dataclass(frozen=True, slots=True)
class Call(Command[None]):
    """Start a direct conversation with whoever listens at an address; events tell how it goes.

    Attributes:
        address: Where to connect.
        name: A known contact who is expected there, so that nobody else learns one's name; None for anybody.
        identity: The identity key that ``name`` is believed to have; without a name, that of whom one calls: where
            somebody else answers, the call fails (`CallFailed` with ``mismatch``).
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
        UsageError: It is not 32 bytes long, the profile has no relay, or the known certificate connects to it.
    """

    certificate: bytes


@dataclass(frozen=True, slots=True)
class Status(Command[StatusView]):
    """Tell where this client stands."""


@dataclass(frozen=True, slots=True)
class Threads(Command[tuple[str, ...]]):
    """Name the conversation threads that are running."""


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
