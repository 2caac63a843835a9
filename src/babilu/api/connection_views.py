"""Connections as they are shown: addresses, states, what the client and its relay keep and are."""

from dataclasses import dataclass
from enum import StrEnum, unique

from babilu.kernel.errors import Reason


@unique
class LinkState(StrEnum):
    """The link to the relay. A profile without a relay is always `NONE`."""

    NONE = "none"
    CONNECTING = "connecting"
    ONLINE = "online"
    OFFLINE = "offline"


@unique
class PeerState(StrEnum):
    """A direct connection to a contact."""

    CONNECTED = "connected"
    DISCONNECTED = "disconnected"


@unique
class PresenceState(StrEnum):
    """Whether a mutual contact is connected to the relay, as far as is known."""

    ONLINE = "online"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class Address:
    """Host and port of a socket; prints as ``host:port``, with brackets around IPv6."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class StatusView:
    """Where this client stands.

    Attributes:
        name: The own name.
        relay: Address of the relay, or None for a profile without one.
        link: The link to the relay.
        retry_in_ms: Milliseconds until the next attempt while offline, or None.
        queued: Own messages that no relay or peer has taken yet.
        unsettled: Content and receipts that still wait to be handed over.
        listening: Address of the server socket for conversation requests, or None.
        safety_key: The own identity key in hex.
        behind: How much mail has yet to be fetched and opened, as far as is known: 0 when all has come.
        link_code: Stable code of why the relay cannot be used, or None.
        link_text: A sentence about it, or empty.
        link_refused: Whether somebody has to do something about it.
        own_digits: Thirty digits that are one half of every safety number of this identity.
        link_reason: What the code leaves open, as far as it is known.
        file_bytes: Largest file that the relay takes; 0 where it takes none, None before it was reached.
        files_kept_ms: How long the relay stores files (milliseconds), where it has room; None before it was reached.
        picture: What names the own profile picture (16 bytes), or None.
        reached_at: Address at which the relay is connected: `relay`, or another one that it has named; None while it
            is not connected.
    """

    name: str
    relay: Address | None
    link: LinkState
    retry_in_ms: int | None
    queued: int
    unsettled: int
    listening: Address | None
    safety_key: str
    behind: int = 0
    link_code: str | None = None
    link_text: str = ""
    link_refused: bool = False
    own_digits: str = ""
    link_reason: Reason | None = None
    file_bytes: int | None = None
    files_kept_ms: int | None = None
    picture: bytes | None = None
    reached_at: Address | None = None


@unique
class OwnKeys(StrEnum):
    """How the relay's device list of the own account compares with the one that this profile made."""

    SAME = "same"
    OTHER_LIST = "other_list"
    NOT_LISTED = "not_listed"
    ANOTHER_IDENTITY = "another_identity"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ExaminationView:
    """What was found about profile, keys, clock and routes.

    Attributes:
        whole: Whether every page of the profile is as it was written.
        reachable: Whether the relay answered; None for a profile without one.
        refusal: Code of the error where it did not, or None.
        keys: How the relay's device list of this account compares.
        prekeys_ec: One-time X25519 prekeys that the relay has left of this device, or None.
        prekeys_kem: The same of KEM prekeys.
        clock_ahead_ms: How far this clock is ahead of the relay's, or None.
        listening: Address of the server socket for conversation requests, or None.
    """

    whole: bool
    reachable: bool | None
    refusal: str | None
    keys: OwnKeys
    prekeys_ec: int | None
    prekeys_kem: int | None
    clock_ahead_ms: int | None
    listening: Address | None


@dataclass(frozen=True, slots=True)
class HeldTableView:
    """Rows of one table of the relay: the names of its columns, and values as text, None where there is none."""

    table: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]


@dataclass(frozen=True, slots=True)
class HoldingsView:
    """Everything that the relay holds about an account.

    Attributes:
        account: Its name.
        at: The relay's clock, in Unix milliseconds.
        tables: The rows; byte strings in hexadecimal.
    """

    account: str
    at: int
    tables: tuple[HeldTableView, ...]
