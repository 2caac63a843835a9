"""Several nodes of a relay in one process, on one database: what a storage and a bus of many nodes add to those of one.

The storage knows which node a device resumed on last. The bus may lose and repeat what it carries to other nodes.
"""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar, cast

from msgspec import structs

from babilu.identity.codec import decode_shape
from babilu.identity.shapes import DeviceListBody
from babilu.kernel.errors import ErrorCode, LinkError
from babilu.kernel.ids import DeviceId, EnvelopeId
from babilu.kernel.ports import Clock
from babilu.relay.base import admin_requests
from babilu.relay.base.throttle import Throttle
from babilu.relay.bus.listeners import Listeners
from babilu.relay.bus.port import BusCounts, Hint
from babilu.relay.storage.administration import Action, Actor, AdministrationStore, Performed
from babilu.relay.storage.nodes import (
    ChangeKind,
    LoggedChange,
    NodeRecord,
    NodeReport,
    Pulse,
    Rate,
    StoredCertificate,
)
from babilu.relay.storage.port import DirectoryStore, MailStore
from babilu.relay.storage.records import (
    Heirs,
    ListRecord,
    MailboxStanding,
    MailPage,
    Outcome,
    Quota,
    Refused,
    Removed,
    Resumption,
    Stored,
    Submission,
)
from babilu.relay.storage.sqlite import SqliteStorage
from tests.relay_client import SetClock


class NodeMail:
    """Mailboxes as one node uses them; see `MailStore`."""

    def __init__(self, store: MailStore, node: int, places: dict[DeviceId, int]) -> None:
        self._store = store
        self._node = node
        self._places = places

    def submit(self, batch: Sequence[Submission], now: int, quota: Quota) -> "asyncio.Future[list[Outcome]]":
        async def submit() -> list[Outcome]:
            outcomes = await self._store.submit(batch, now, quota)
            return [
                Stored(outcome.seq, outcome.stored_at, self._places.get(submission.device))
                if isinstance(outcome, Stored)
                else outcome
                for submission, outcome in zip(batch, outcomes, strict=True)
            ]

        return asyncio.get_running_loop().create_task(submit())

    def resume(
        self, device: DeviceId, cursor: int, envelope: EnvelopeId | None, number: int
    ) -> "asyncio.Future[Resumption | Refused]":
        async def resume() -> Resumption | Refused:
            resumed = await self._store.resume(device, cursor, envelope, number)
            if isinstance(resumed, Refused):
                return resumed
            former = self._places.get(device, self._node)
            self._places[device] = self._node
            return Resumption(
                resumed.acknowledged, resumed.head, resumed.fence, None if former == self._node else former
            )

        return asyncio.get_running_loop().create_task(resume())

    def know(self, device: DeviceId, shares: frozenset[bytes]) -> "asyncio.Future[None]":
        return self._store.know(device, shares)

    def acknowledge(self, cursors: Sequence[tuple[DeviceId, int]]) -> "asyncio.Future[frozenset[DeviceId]]":
        async def acknowledge() -> frozenset[DeviceId]:
            unknown = await self._store.acknowledge(cursors)
            return unknown | {device for device, _ in cursors if not self._has(device)}

        return asyncio.get_running_loop().create_task(acknowledge())

    def standings(self, devices: Sequence[DeviceId]) -> "asyncio.Future[dict[DeviceId, MailboxStanding]]":
        async def standings() -> dict[DeviceId, MailboxStanding]:
            found = await self._store.standings(devices)
            return {device: MailboxStanding(each.head, self._has(device)) for device, each in found.items()}

        return asyncio.get_running_loop().create_task(standings())

    def _has(self, device: DeviceId) -> bool:
        return self._places.get(device, self._node) == self._node

    def read(self, device: DeviceId, after: int, messages: int, size: int) -> "asyncio.Future[MailPage]":
        return self._store.read(device, after, messages, size)

    def expire(self, stored_before: int, most: int) -> "asyncio.Future[int]":
        return self._store.expire(stored_before, most)

    def forget_repeats(self, stored_before: int, expired_before: int, most: int) -> "asyncio.Future[bool]":
        return self._store.forget_repeats(stored_before, expired_before, most)


T = TypeVar("T")


def done(result: T) -> "asyncio.Future[T]":
    future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
    future.set_result(result)
    return future


class FakeThrottles:
    """What was done too often lately, in memory; see `ThrottleStore`."""

    def __init__(self, nodes: "Nodes") -> None:
        self._nodes = nodes
        self._kept: dict[bytes, Throttle[None]] = {}

    def _throttle(self, key: bytes, rate: Rate) -> Throttle[None]:
        return self._kept.setdefault(key, Throttle(rate.burst, rate.interval_ms, self._nodes.clock))

    def wait(self, keys: Sequence[tuple[bytes, Rate]]) -> "asyncio.Future[int]":
        return done(max(self._throttle(*each).wait_ms(None) for each in keys))

    def charge(self, keys: Sequence[tuple[bytes, Rate]]) -> "asyncio.Future[None]":
        for each in keys:
            self._throttle(*each).charge(None)
        return done(None)

    def take(self, key: bytes, rate: Rate) -> "asyncio.Future[int]":
        return done(self._throttle(key, rate).take(None))


class FakeCertificates:
    """The relay's own certificates, in memory; see `CertificateStore`."""

    def __init__(self, nodes: "Nodes") -> None:
        self._nodes = nodes
        self.present: StoredCertificate | None = None
        self.following: StoredCertificate | None = None

    def read(self) -> "asyncio.Future[tuple[StoredCertificate, ...]]":
        return done(tuple(each for each in (self.present, self.following) if each is not None))

    def begin(self, certificate: StoredCertificate) -> "asyncio.Future[None]":
        self.present = self.present or certificate
        return done(None)

    def prepare(self, certificate: StoredCertificate) -> "asyncio.Future[None]":
        self.following = self.following or certificate
        self._nodes.note(ChangeKind.CERTIFICATE)
        return done(None)

    def withdraw(self) -> "asyncio.Future[None]":
        self.following = None
        self._nodes.note(ChangeKind.CERTIFICATE)
        return done(None)

    def renew(self, pin: bytes) -> "asyncio.Future[bool]":
        if self.following is not None and self.following.pin == pin:
            self.present, self.following = structs.replace(self.following, announced_at=None), None
            self._nodes.note(ChangeKind.CERTIFICATE)
        return done(self.present is not None and self.present.pin == pin)


class FakeNodeStore:
    """The nodes and the log of changes, in memory; see `NodeStore`."""

    def __init__(self, nodes: "Nodes", node: int) -> None:
        self._nodes = nodes
        self.node = node
        self.when_other: Callable[[], None] = lambda: None
        nodes.stores.append(self)

    async def connect(self) -> object:
        raise NotImplementedError

    @property
    def throttles(self) -> "FakeThrottles":
        return self._nodes.throttles

    @property
    def certificates(self) -> "FakeCertificates":
        return self._nodes.certificates

    def claim(self, key_check: bytes) -> "asyncio.Future[bool]":
        self._nodes.key_check = self._nodes.key_check or key_check
        return done(self._nodes.key_check == key_check)

    def beat(self, report: NodeReport) -> "asyncio.Future[Pulse]":
        return asyncio.ensure_future(self._beat(report))

    async def _beat(self, report: NodeReport) -> Pulse:
        nodes = self._nodes
        nodes.refuse_if_away(self.node)
        now = nodes.now()
        since = nodes.seen[self.node][1] if self.node in nodes.seen else now
        nodes.seen[self.node] = report, since, now
        records = (NodeRecord(number, said, began, now - at) for number, (said, began, at) in nodes.seen.items())
        return Pulse(now, tuple(records), nodes.is_outdated)

    def leave(self) -> "asyncio.Future[None]":
        async def leave() -> None:
            self._nodes.refuse_if_away(self.node)
            self._nodes.seen.pop(self.node, None)

        return asyncio.ensure_future(leave())

    def changes(self) -> "asyncio.Future[tuple[LoggedChange, ...]]":
        async def changes() -> tuple[LoggedChange, ...]:
            self._nodes.refuse_if_away(self.node)
            return tuple(self._nodes.log)

        return asyncio.ensure_future(changes())


class LoggedAdministration:
    """Administration that notes in the log what every node has to hear of; see `AdministrationStore`."""

    def __init__(self, store: AdministrationStore, nodes: "Nodes") -> None:
        self._store = store
        self._nodes = nodes

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    def perform(self, action: Action, at: int, actor: Actor) -> "asyncio.Future[Performed | Refused]":
        async def perform() -> Performed | Refused:
            done = await self._store.perform(action, at, actor)
            if isinstance(done, Performed):
                match action:
                    case admin_requests.DisableUser():
                        self._nodes.note(ChangeKind.ACCOUNT_CLOSED, done.account, text=ErrorCode.ACCOUNT_DISABLED)
                    case admin_requests.DeleteUser():
                        self._nodes.note(ChangeKind.ACCOUNT_CLOSED, done.account, text=ErrorCode.DEVICE_UNKNOWN)
                        self._nodes.note(ChangeKind.OWNER)
                    case admin_requests.EnableUser():
                        self._nodes.note(ChangeKind.ACCOUNT_OPENED, done.account)
                    case admin_requests.Broadcast(text):
                        self._nodes.note(ChangeKind.NOTICE, text=text)
                    case _:
                        pass
            return done

        return asyncio.ensure_future(perform())


class LoggedDirectory:
    """Directory that does the same; see `DirectoryStore`."""

    def __init__(self, store: DirectoryStore, nodes: "Nodes") -> None:
        self._store = store
        self._nodes = nodes

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    def replace_list(
        self, account: int, before: bytes, device_list: ListRecord, heirs: Heirs = ()
    ) -> "asyncio.Future[Removed | Refused]":
        async def replace() -> Removed | Refused:
            outcome = await self._store.replace_list(account, before, device_list, heirs)
            if isinstance(outcome, Removed):
                name = decode_shape(device_list.signed.body, DeviceListBody).accounts[0].name
                self._nodes.note(ChangeKind.LIST_CHANGED, account, text=name)
                for device in outcome.devices:
                    self._nodes.note(ChangeKind.DEVICE_REMOVED, account, device, name)
            return outcome

        return asyncio.ensure_future(replace())


class NodeStorage:
    """The storage as one node uses it; whoever made the nodes closes it."""

    def __init__(self, storage: SqliteStorage, node: int, nodes: "Nodes") -> None:
        self._nodes = nodes
        self.accounts = storage.accounts
        self.directory = cast("DirectoryStore", LoggedDirectory(storage.directory, nodes))
        self.administration = cast("AdministrationStore", LoggedAdministration(storage.administration, nodes))
        self.blobs = storage.blobs
        self.mail = NodeMail(storage.mail, node, nodes.places)
        self.nodes = FakeNodeStore(nodes, node)

    @property
    def files(self) -> None:
        """Each node has a folder of its own."""

    @property
    def epoch(self) -> bytes:
        return self._nodes.epoch

    async def close(self) -> None:
        """Leave it to the other nodes."""


class NodeBus:
    """One node's end of the bus; see `Bus`."""

    def __init__(self, nodes: "Nodes", node: int) -> None:
        self._nodes = nodes
        self._listeners = Listeners()
        self.node = node
        self.counts = BusCounts()

    @property
    def is_up(self) -> bool:
        return self._nodes.times > 0

    def go_on_with(self, epoch: bytes) -> None:
        """All nodes have one storage, and know its history."""

    def publish(self, hint: Hint, node: int | None = None) -> None:
        for number, bus in self._nodes.buses.items():
            if node in (None, number):
                for _ in range(1 if number == self.node else self._nodes.times):
                    bus.hear(hint)

    def hear(self, hint: Hint) -> None:
        for listener in self._listeners.of(type(hint)):
            asyncio.get_running_loop().call_soon(listener, hint)

    def subscribe(self, listener: Callable[[Hint], None], *kinds: type[Hint]) -> None:
        self._listeners.add(listener, kinds)

    async def close(self) -> None:
        self._listeners.clear()


class Nodes:
    """The nodes.

    Attributes:
        buses: The bus of each node, by its number.
        times: How often another node hears a hint: 0 where it is lost, 2 where it comes twice.
        clock: The storage's.
        seen: What each node has said of itself: that, when first and when last.
        log: The log of changes.
        places: The node that each device resumed on last.
        away: Numbers of nodes that cannot reach the storage's nodes and log.
        epoch: Name of the history that the storage holds.
        is_outdated: Whether a newer version has changed the storage.
    """

    def __init__(self) -> None:
        self.buses: dict[int, NodeBus] = {}
        self.times = 1
        self.clock: Clock = SetClock()
        self.seen: dict[int, tuple[NodeReport, int, int]] = {}
        self.log: list[LoggedChange] = []
        self.places: dict[DeviceId, int] = {}
        self.away: set[int] = set()
        self.epoch = b"epoch..1"
        self.stores: list[FakeNodeStore] = []
        self.is_outdated = False
        self.key_check = b""
        self.throttles = FakeThrottles(self)
        self.certificates = FakeCertificates(self)
        self._storage: SqliteStorage | None = None

    def now(self) -> int:
        return self.clock.now_ms()

    def hold_another_history(self, epoch: bytes) -> None:
        """Let all nodes find the storage with another history."""
        self.epoch = epoch
        for store in self.stores:
            store.when_other()

    def refuse_if_away(self, node: int) -> None:
        if node in self.away:
            raise LinkError(ErrorCode.UNAVAILABLE, "The storage is away.")

    def note(
        self, kind: ChangeKind, account: int | None = None, device: DeviceId | None = None, text: str = ""
    ) -> None:
        self.log.append(LoggedChange(len(self.log) + 1, kind, account, device, text))

    async def make_bus(self, node: int, storage: object = None, key: object = None) -> "NodeBus":
        del storage, key
        self.buses[node] = NodeBus(self, node)
        return self.buses[node]

    async def open_storage(self, path: Path, node: int) -> NodeStorage:
        """Open the database at the first node's path, and the same one for all others."""
        if self._storage is None:
            self._storage = await SqliteStorage.open(path)
        return NodeStorage(self._storage, node, self)

    async def close(self) -> None:
        if self._storage is not None:
            await self._storage.close()
