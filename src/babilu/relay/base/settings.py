"""Settings of a relay: what its operator decides; everything else follows from them."""

from dataclasses import dataclass, field
from enum import StrEnum, unique
from pathlib import Path

from babilu.kernel.limits import Limits
from babilu.relay.base.addresses import Networks


@unique
class Registration(StrEnum):
    """Who may make an account."""

    OPEN = "open"
    INVITE = "invite"


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """A certificate from elsewhere.

    Attributes:
        certificate: PEM file with the certificate first, and those that signed it.
        key: PEM file with its key; may be the same file.
    """

    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class StorageSettings:
    """Where a relay keeps accounts and mail.

    Attributes:
        url: The database that its nodes share; empty for a file in the relay's folder. It may hold a password.
        lanes: Connections of a node that write letters.
        pool: Connections of a node for all else.
        gather_ms: How long a letter waits for others, so that there are fewer commits.
        timeout_ms: How long the database is waited for.
        unsafe: Whether a database may be used that can lose what it has said is stored, as those of tests do.
    """

    url: str = field(default="", repr=False)
    lanes: int = 1
    pool: int = 4
    gather_ms: int = 0
    timeout_ms: int = 4_000
    unsafe: bool = False


@dataclass(frozen=True, slots=True)
class ClusterSettings:
    """How a node is one of several.

    Attributes:
        name: The relay's name on a bus that others use too.
        node: The node's name, for people; empty for the machine's.
        bus: Where the bus is; empty for the storage's own.
        bus_credentials: File by which the bus knows a node; None where it asks for nothing, or `bus` says it.
        letter_bytes: Longest envelope that goes along with the hint that it was stored; 0 for none.
        trusts_clock: Whether the storage's clock is the one to go by; tests move one of their own.
    """

    name: str = "babilu"
    node: str = ""
    bus: str = ""
    bus_credentials: Path | None = None
    letter_bytes: int = 8 * 1024
    trusts_clock: bool = True


@dataclass(frozen=True, slots=True)
class RelaySettings:
    """How a relay is run.

    Attributes:
        host: Address or name to listen on.
        port: TCP port; 0 takes any free one.
        home: Folder of the relay's state, made where it is missing.
        limits: What clients may spend.
        registration: Who may make an account; None lets the address decide: open on loopback and private addresses
            only, else by invitation.
        name: The relay's name, for people.
        public_host: What invitations name as the relay's host; None for `host`.
        public_is_guess: Whether nobody said `public_host`: it is what this machine takes for its own address.
        public_port: What they name as its port; None for `port`.
        own_process: Whether nothing else lives in this process, so that the collector may pass over what is there
            after the start.
        tls: A certificate from elsewhere; None for the relay's own.
        announced: PEM file with the certificate that will take the present one's place; None where there is none, or
            the relay's own next one is announced.
        metrics_port: Loopback port of metrics and health, 0 for any free one; None for none.
        storage: Where it keeps accounts and mail.
        cluster: How it is one of several nodes, where its storage has several.
        node_key: File with the relay's key, for a node whose folder has none yet.
        also: Other addresses of the relay, ``host:port``, which clients and invitations are told.
        proxies: Networks of balancers whose PROXY header says who connects.
    """

    host: str
    port: int
    home: Path
    limits: Limits = field(default_factory=Limits)
    registration: Registration | None = None
    name: str = "Babilu"
    public_host: str | None = None
    public_port: int | None = None
    public_is_guess: bool = False
    own_process: bool = False
    tls: TlsFiles | None = None
    announced: Path | None = None
    metrics_port: int | None = None
    storage: StorageSettings = field(default_factory=StorageSettings)
    cluster: ClusterSettings = field(default_factory=ClusterSettings)
    node_key: Path | None = None
    also: tuple[str, ...] = ()
    proxies: Networks = ()
