"""Port of the session with a relay: what it asks of the client and reports to it."""

from concurrent.futures import Future
from dataclasses import dataclass
from enum import Enum, unique
from typing import Protocol

from babilu.crypto.keys import SigningKey
from babilu.engine.transport.relay_pins import RelayPins
from babilu.identity.shapes import PrekeySet, SignedDeviceList
from babilu.kernel.errors import BabiluError, ErrorCode
from babilu.kernel.ids import DeviceId, EnvelopeId
from babilu.wire.client_frames import Watched
from babilu.wire.relay_frames import Deliver

REFUSALS = frozenset(
    {
        ErrorCode.CERTIFICATE_CHANGED,
        ErrorCode.ACCOUNT_DISABLED,
        ErrorCode.DEVICE_UNKNOWN,
        ErrorCode.WRONG_CREDENTIALS,
        ErrorCode.UNSUPPORTED,
    }
)
"""Reasons that somebody has to do something about. The world may change back without a word (a network that showed its
own certificate, an account that was enabled again), so the link is tried again, slowly: the certificate is compared
before anything is said, and a login that is refused costs little."""

UNTIL_ASKED = frozenset({ErrorCode.REPLACED, ErrorCode.ROLLED_BACK})
"""Reasons for which the link waits until the user asks for it. One of two programs on the same device would push the
other out for ever, and a profile that was set back must not write under keys that it used before."""


@unique
class LinkPhase(Enum):
    """Where the link stands."""

    CONNECTING = "connecting"
    ONLINE = "online"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class RelayLogin:
    """Who logs in where.

    Attributes:
        host: The relay.
        port: Its port.
        pins: The certificates it is known by.
        name: The account.
        device: The own device.
        signing: The device's signing key.
    """

    host: str
    port: int
    pins: RelayPins
    name: str
    device: DeviceId
    signing: SigningKey


@dataclass(frozen=True, slots=True)
class MailboxPosition:
    """How far this device has come: cursor, id of the envelope there, highest number of a submission."""

    cursor: int
    envelope: EnvelopeId | None
    number: int


@dataclass(frozen=True, slots=True)
class FileRules:
    """What a relay says of files: the largest that it stores (bytes; 0 where it stores none), and how long (ms)."""

    largest: int
    kept_ms: int


@dataclass(frozen=True, slots=True)
class LinkNews:
    """A change of the link.

    Attributes:
        phase: Where it stands.
        error: Why it is offline; while it is tried again after a refusal, that refusal.
        retry_seconds: Seconds until the next attempt, or None where there is none.
        files: What the relay says of files, where it is online.
        address: Host and port at which it is online: the profile's, or another one that the relay has named.
    """

    phase: LinkPhase
    error: BabiluError | None = None
    retry_seconds: float | None = None
    files: FileRules | None = None
    address: tuple[str, int] | None = None

    @property
    def refused(self) -> bool:
        """Whether somebody has to do something about it."""
        return self.error is not None and self.error.code in REFUSALS | UNTIL_ASKED


class RelayDuties(Protocol):
    """What the session asks of the client; called in the loop's thread, answered by threads that may block."""

    def entered(self, epoch: bytes | None) -> "Future[None]":
        """Take note of the epoch that the relay names, before it is handed or asked for anything."""

    def list_lost(self) -> None:
        """Take note that the relay has lost the own device list, and cannot be told it without the password."""

    def position(self) -> "Future[MailboxPosition]":
        """Tell how far this device has come, after all that has arrived is committed."""

    def resumed(self, head: int) -> None:
        """Take note of the highest mailbox number of what is about to come."""

    def arrived(self, deliveries: list[Deliver]) -> None:
        """Commit envelopes, then have `RelaySession.acknowledge` called."""

    def gap(self, first: int, last: int, why: str) -> None:
        """Take note that mailbox numbers will not come."""

    def prekeys_to_publish(self, ec_left: int, kem_left: int) -> "Future[list[PrekeySet]]":
        """Make what the relay should have more of, committed already; empty when it has enough."""

    def prekeys_published(self, prekeys: PrekeySet) -> None:
        """Take note that the relay has a set of prekeys."""

    def watched(self) -> "Future[tuple[Watched, ...]]":
        """Tell whose presence is wanted."""

    def link_changed(self, news: LinkNews) -> None:
        """Take note of the link; on `ONLINE` the session's carrier is ready."""

    def presence(self, name: str, state: str) -> None:
        """Take note of somebody's coming or going."""

    def transient(self, sealed: bytes) -> None:
        """Take what somebody says that is true now."""

    def link_asked(self, link: bytes, message: bytes) -> None:
        """Take a message of somebody who has the account's password, and wants a device to be linked."""

    def devices_changed(self, name: str, device_list: SignedDeviceList) -> None:
        """Take note that an account's device list is another than the watched one."""

    def notice(self, text: str) -> None:
        """Take a sentence from the operator."""

    def pins_changed(self, pins: RelayPins) -> None:
        """Keep other certificates by which the relay is known."""


class OwnLists(Protocol):
    """Sees to it that the relay has the own device list; called in the loop's thread, answered by another one."""

    def announce(self) -> "Future[None]":
        """Have the relay take the own list, where it was not told of the own device yet."""

    def catch_up(self) -> "Future[bool]":
        """Have a relay that does not know the own device take own lists that it has lost; tells whether it has them."""

    def compare(self, present: SignedDeviceList) -> "Future[bool]":
        """Have a relay that shows ``present`` take own lists that it has lost; tells whether it lacks none."""

    def shown(self) -> SignedDeviceList:
        """Return the own list that is gone by here."""

    def known(self) -> None:
        """Take note that the relay has let the own device in."""
