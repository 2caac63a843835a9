"""Nodes of a relay as their common storage knows them, and the log of changes that each of them must hear of.

A row of the log is written in the transaction that makes the change, so that a node which reads the log misses none,
whatever becomes of hints. It is kept for longer than a node may go without reading it.
"""

import asyncio
from collections.abc import Callable, Sequence
from enum import StrEnum, unique
from typing import Any, Protocol

from babilu.kernel.ids import DeviceId
from babilu.relay.storage.records import StorageRecord


class NodeReport(StorageRecord, frozen=True, gc=False):
    """What a node says of itself.

    Attributes:
        name: For people.
        version: The program's version.
        address: Where clients reach it, as ``host:port``.
        online: Accounts that are connected to it.
        draining: Whether it takes nobody in any more.
    """

    name: str
    version: str
    address: str
    online: int
    draining: bool


class NodeRecord(StorageRecord, frozen=True, gc=False):
    """A node, as it said of itself last.

    Attributes:
        node: Its number, never used again.
        report: What it said.
        since: When it was started, by the storage's clock.
        silent_ms: How long ago it said so.
    """

    node: int
    report: NodeReport
    since: int
    silent_ms: int


class Pulse(StorageRecord, frozen=True, gc=False):
    """What a node learns when it says that it lives.

    Attributes:
        now: The storage's clock.
        nodes: All nodes that are known, itself among them.
        is_outdated: Whether the storage has become one that the node's program does not know how to use.
    """

    now: int
    nodes: tuple[NodeRecord, ...]
    is_outdated: bool = False


@unique
class ChangeKind(StrEnum):
    """What has changed, and what a row of the log says besides."""

    ACCOUNT_CLOSED = "account_closed"  # account; text: the error code that its devices are told
    ACCOUNT_OPENED = "account_opened"  # account
    DEVICE_REMOVED = "device_removed"  # account, device; text: the account's name
    LIST_CHANGED = "list_changed"  # account; text: its name
    OWNER = "owner"
    NOTICE = "notice"  # text
    CERTIFICATE = "certificate"


class LoggedChange(StorageRecord, frozen=True, gc=False):
    """A row of the log.

    Attributes:
        number: Tells it from others; a later one may have a lower number.
        kind: What has changed.
        account: Number of the account, or None.
        device: The device, or None.
        text: What the kind says.
    """

    number: int
    kind: ChangeKind
    account: int | None = None
    device: DeviceId | None = None
    text: str = ""


class Rate(StorageRecord, frozen=True, gc=False):
    """How often something may be: so many at once, then one more each so many milliseconds; see `Throttle`."""

    burst: int
    interval_ms: float


class ThrottleStore(Protocol):
    """What was done too often lately, at all nodes together. A key is 16 bytes that name nobody."""

    def wait(self, keys: Sequence[tuple[bytes, Rate]]) -> "asyncio.Future[int]":
        """Return the milliseconds until one more of each is allowed; 0 for now."""

    def charge(self, keys: Sequence[tuple[bytes, Rate]]) -> "asyncio.Future[None]":
        """Count one of each."""

    def take(self, key: bytes, rate: Rate) -> "asyncio.Future[int]":
        """Count one where it is allowed: return 0, or the milliseconds until it is."""


class StoredCertificate(StorageRecord, frozen=True, gc=False):
    """One of the relay's own certificates.

    Attributes:
        pin: SHA-256 of it.
        sealed: It and its key in PEM, sealed under the relay's key.
        announced_at: Since when it is announced as the next one; None for the one that is used.
    """

    pin: bytes
    sealed: bytes
    announced_at: int | None


class CertificateStore(Protocol):
    """The relay's own certificates, which all nodes show; a change is in the log."""

    def read(self) -> "asyncio.Future[tuple[StoredCertificate, ...]]":
        """Return the one that is used and the next one, as far as there are any."""

    def begin(self, certificate: StoredCertificate) -> "asyncio.Future[None]":
        """Use a certificate where there is none yet."""

    def prepare(self, certificate: StoredCertificate) -> "asyncio.Future[None]":
        """Announce a certificate where none is announced yet."""

    def withdraw(self) -> "asyncio.Future[None]":
        """Announce none any more."""

    def renew(self, pin: bytes) -> "asyncio.Future[bool]":
        """Use the next certificate from now on, if it is this one; tell whether it is used."""


class NodeStore(Protocol):
    """The nodes, the log, and what else they share that a relay of one node keeps to itself.

    Attributes:
        when_other: What is called as soon as the storage is found to hold another history than before, and before
            anything is asked of that one: what is known of numbers in mailboxes is void from there on.
    """

    when_other: Callable[[], None]

    @property
    def throttles(self) -> ThrottleStore:
        """What was done too often lately."""

    @property
    def certificates(self) -> CertificateStore:
        """The relay's own certificates."""

    def claim(self, key_check: bytes) -> "asyncio.Future[bool]":
        """Make the storage that of the relay with this check of its key where it is nobody's; tell whether it is."""

    @property
    def node(self) -> int:
        """Number of this node."""

    async def connect(self) -> Any:  # noqa: ANN401 -- asyncpg says no types
        """Open a connection to the database for notifications between nodes."""

    def beat(self, report: NodeReport) -> "asyncio.Future[Pulse]":
        """Say that this node lives, and hear of the others; a node that was taken for dead is there again."""

    def leave(self) -> "asyncio.Future[None]":
        """Say that this node is gone."""

    def changes(self) -> "asyncio.Future[tuple[LoggedChange, ...]]":
        """Return the changes of the last minute, in the order of their numbers."""
