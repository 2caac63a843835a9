"""The one protocol between user interfaces and the client, whether it runs in this process or in another."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol, TypeVar

from babilu.api.commands import Command
from babilu.api.events import Event
from babilu.api.views import Address, ProfileView
from babilu.crypto.secret import Passphrase
from babilu.identity.invitation import Invitation
from babilu.identity.join_link import JoinLink
from babilu.kernel.states import ArchiveKeyKind

R = TypeVar("R")

Listener = Callable[[int, Event], None]
"""Called with an event's cursor and the event, in a thread of the client's: return quickly, never call back waiting."""


class Subscription(Protocol):
    """A listener that is being told."""

    def cancel(self) -> None:
        """Stop; no call is made after this returns, except one already under way in another thread."""


class ChatClient(Protocol):
    """A client as its user interfaces see it. Every method may be called from any thread."""

    def request(self, command: Command[R]) -> "Future[R]":
        """Ask for something.

        Returns:
            A future of the answer; it fails with a `babilu.kernel.errors.BabiluError`. Its callbacks run in a thread
            of the client's.
        """

    def subscribe(self, listener: Listener, since: int | None = None) -> Subscription:
        """Be told of events.

        Args:
            listener: Called for each event, in order.
            since: Cursor of the last event already known: later ones that are still remembered are told first
                (0 for all of them), without the words of messages that are gone by now. None for new events only.

        Raises:
            babilu.kernel.errors.UsageError: The events after ``since`` are no longer remembered: read the state anew.
        """

    def close(self, timeout_ms: int = 10_000) -> None:
        """Finish what is under way and end, within about ``timeout_ms``; a second call does nothing."""


@dataclass(frozen=True, slots=True)
class LinkWish:
    """How a new profile becomes one more device of a person who has others.

    Attributes:
        device_name: What the new device is called.
        full: Whether it asks to be a full one, which holds the identity key; else a companion.
        address: Without a relay: where a full device of the person listens.
    """

    device_name: str
    full: bool = True
    address: Address | None = None


@dataclass(frozen=True, slots=True)
class RelayProfile:
    """Which account on which relay to open; a free name is registered.

    Attributes:
        address: The relay.
        name: The account.
        passphrase: The account's password, which also opens the profile on disk.
        invitation: Pin of the relay's certificate and the token for registering, or a link into a group, which has the
            pin and, *maybe*, such a token: the group's admins are asked as soon as they can be. None for neither.
        listen: Address of the server socket for conversation requests, or None for none yet.
        start_over: Whether to make a new identity where this device is unknown to the account.
        certificate: SHA-256 of the relay's certificate as its operator has told it (32 bytes), which takes the place
            of what the profile knew; None for what it knows.
        register: Whether a name that is free is registered; else it fails with ``wrong_credentials``.
        link: Where this machine has no profile of the account yet: how it is linked as one more device of it. The
            client that is opened then shows a code, takes `LinkConfirm` and `LinkRefuse`, and is ready once it is
            linked (`Ready`).
    """

    address: Address
    name: str
    passphrase: Passphrase
    invitation: Invitation | JoinLink | None = None
    listen: Address | None = None
    start_over: bool = False
    certificate: bytes | None = None
    register: bool = True
    link: LinkWish | None = None


@dataclass(frozen=True, slots=True)
class DirectProfile:
    """Which profile without a relay to open; it is made where it does not exist.

    Attributes:
        name: The name shown to others.
        passphrase: What opens the profile on disk.
        listen: Address of the server socket for conversation requests, or None for none yet.
        link: As `RelayProfile.link`; its address is needed.
    """

    name: str
    passphrase: Passphrase
    listen: Address | None = None
    link: LinkWish | None = None


@dataclass(frozen=True, slots=True)
class RestoreArchive:
    """Which backup is to be restored.

    Attributes:
        path: The file.
        secret: The words of its recovery code, or its passphrase.
        passphrase: The password that the profile had when the backup was made.
        kind: Which of the two opens it.
        salvage: Whether a damaged one is read as far as it can be.
        replaces: Id or name of the own device that goes for the new one, where there are as many as there may be.
    """

    path: str
    secret: Passphrase
    passphrase: Passphrase
    kind: ArchiveKeyKind = ArchiveKeyKind.CODE
    salvage: bool = False
    replaces: str | None = None


class Background(Protocol):
    """Keeps a profile open and connected when the program that had it open has ended."""

    def keep(self, profile: RelayProfile | DirectProfile) -> None:
        """Start a process that hosts the profile, and wait until it does; close the own client first.

        Raises:
            BabiluError: It could not be started, and why.
        """


class ClientFactory(Protocol):
    """Opens profiles: what a first-run page needs. Every method may be called from any thread."""

    def profiles(self) -> tuple[ProfileView, ...]:
        """List the profiles in the folder, by name."""

    def open(self, profile: RelayProfile | DirectProfile, listener: Listener | None = None) -> "Future[ChatClient]":
        """Open a profile, or make it.

        Args:
            profile: Which one.
            listener: Subscribed before anything happens, so that it sees progress and the first events.

        Returns:
            A future of the client. It ends once the profile is open: with a relay that is known, also offline; with
            a new name, once it is registered. It fails with ``wrong_credentials``, ``unavailable``, ``name_refused``,
            ``invitation_needed``, ``device_unknown``, ``profile_in_use``, ``certificate_changed`` and the like.
            Cancelled meanwhile, it waits for nobody any more and ends soon, as a rule with ``closed``.
        """

    def restore(self, archive: RestoreArchive) -> "Future[RelayProfile | DirectProfile]":
        """Make a profile of a backup, as another device of its person; what is there already stays.

        Returns:
            A future of what opens it. It fails with ``wrong_code``, ``archive_damaged``, ``archive_too_new``,
            ``wrong_credentials``, ``profile_in_use``, ``usage`` where the words are no code, and the like.
        """
