"""Several nodes of a relay in one process, on one database: what a storage and a bus of many nodes add to those of one.

The storage knows which node a device resumed on last. The bus may lose and repeat what it carries to other nodes.
"""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from babilu.kernel.ids import DeviceId, EnvelopeId
from babilu.relay.bus.port import BusCounts, Hint
from babilu.relay.storage.port import MailStore
from babilu.relay.storage.records import (
    MailboxStanding,
    MailPage,
    Outcome,
    Quota,
    Refused,
    Resumption,
    Stored,
    Submission,
)
from babilu.relay.storage.sqlite import SqliteStorage


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


class NodeStorage:
    """The storage as one node uses it; whoever made the nodes closes it."""

    def __init__(self, storage: SqliteStorage, node: int, places: dict[DeviceId, int]) -> None:
        self.accounts = storage.accounts
        self.directory = storage.directory
        self.administration = storage.administration
        self.blobs = storage.blobs
        self.mail = NodeMail(storage.mail, node, places)
        self.epoch = storage.epoch

    async def close(self) -> None:
        """Leave it to the other nodes."""


class NodeBus:
    """One node's end of the bus; see `Bus`."""

    def __init__(self, nodes: "Nodes", node: int) -> None:
        self._nodes = nodes
        self._listeners: list[Callable[[Hint], None]] = []
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
        for listener in self._listeners:
            asyncio.get_running_loop().call_soon(listener, hint)

    def subscribe(self, listener: Callable[[Hint], None]) -> None:
        self._listeners.append(listener)

    async def close(self) -> None:
        self._listeners.clear()


class Nodes:
    """The nodes.

    Attributes:
        buses: The bus of each node, by its number.
        times: How often another node hears a hint: 0 where it is lost, 2 where it comes twice.
    """

    def __init__(self) -> None:
        self.buses: dict[int, NodeBus] = {}
        self.times = 1
        self._places: dict[DeviceId, int] = {}
        self._storage: SqliteStorage | None = None

    def make_bus(self, node: int) -> NodeBus:
        self.buses[node] = NodeBus(self, node)
        return self.buses[node]

    async def open_storage(self, path: Path, node: int) -> NodeStorage:
        """Open the database at the first node's path, and the same one for all others."""
        if self._storage is None:
            self._storage = await SqliteStorage.open(path)
        return NodeStorage(self._storage, node, self._places)

    async def close(self) -> None:
        if self._storage is not None:
            await self._storage.close()
