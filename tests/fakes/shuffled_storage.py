"""Storage of which nothing can be had but what its port promises: order for each mailbox, and none besides.

Each call begins some turns of the loop late and is answered some turns late. A call of the mail store is split into one
for each device that it names, and those of one device go one after the other; all others overtake each other.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from pathlib import Path
from random import Random
from typing import Any, Final, TypeVar, cast

from babilu.kernel.ids import DeviceId, EnvelopeId
from babilu.relay.storage.administration import AdministrationStore
from babilu.relay.storage.port import AccountStore, BlobStore, DirectoryStore, MailStore, Storage
from babilu.relay.storage.records import MailboxStanding, MailPage, Outcome, Quota, Refused, Resumption, Submission
from babilu.relay.storage.sqlite import SqliteStorage

T = TypeVar("T")

TURNS: Final = (0, 0, 0, 1, 2, 5, 30)
"""Turns of the loop that something takes longer; one of them by chance."""


class Shuffle:
    """Carries calls out late and in any order, except for calls about the same device."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        # When the last call about a device has taken effect.
        self._last: dict[DeviceId, asyncio.Future[None]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()

    def begin(self, call: Callable[[], Awaitable[T]], device: DeviceId | None = None) -> "asyncio.Task[T]":
        """Carry a call out; one about a device after those about it that were begun before."""
        loop = asyncio.get_running_loop()
        before, effect = None, loop.create_future()
        if device is not None:
            before, self._last[device] = self._last.get(device), effect
        task = loop.create_task(self._carry_out(call, before, effect))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def together(self, parts: "Sequence[asyncio.Task[T]]") -> list[T]:
        """Wait for all parts of a call; it fails where one of them does, whatever the others did."""
        if parts:
            await asyncio.wait(parts)
        return [part.result() for part in parts]

    async def finish(self) -> None:
        """Wait for all that was begun."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def _carry_out(
        self, call: Callable[[], Awaitable[T]], before: "asyncio.Future[None] | None", effect: "asyncio.Future[None]"
    ) -> T:
        if before is not None:
            await before
        await self._dawdle()
        try:
            return await call()
        finally:
            effect.set_result(None)
            # Its answer may come after that of a later call.
            await self._dawdle()

    async def _dawdle(self) -> None:
        for _ in range(self._random.choice(TURNS)):
            await asyncio.sleep(0)


class Unordered:
    """A store whose calls overtake each other."""

    def __init__(self, store: object, shuffle: Shuffle) -> None:
        self._store = store
        self._shuffle = shuffle

    def __getattr__(self, name: str) -> Callable[..., "asyncio.Task[Any]"]:
        method = getattr(self._store, name)
        return lambda *given, **named: self._shuffle.begin(lambda: method(*given, **named))


class ShuffledMail:
    """Mailboxes, each in its own time; see `MailStore`."""

    def __init__(self, store: MailStore, shuffle: Shuffle) -> None:
        self._store = store
        self._shuffle = shuffle

    def submit(self, batch: Sequence[Submission], now: int, quota: Quota) -> "asyncio.Future[list[Outcome]]":
        parts: dict[DeviceId, list[int]] = {}
        for place, submission in enumerate(batch):
            parts.setdefault(submission.device, []).append(place)

        def begin(device: DeviceId, places: Iterable[int]) -> "asyncio.Task[list[Outcome]]":
            part = [batch[place] for place in places]
            return self._shuffle.begin(lambda: self._store.submit(part, now, quota), device)

        begun = [begin(device, places) for device, places in parts.items()]

        async def whole() -> list[Outcome]:
            answers = await self._shuffle.together(begun)
            placed = zip(parts.values(), answers, strict=True)
            found = {place: outcome for places, part in placed for place, outcome in zip(places, part, strict=True)}
            return [found[place] for place in range(len(batch))]

        return self._shuffle.begin(whole)

    def acknowledge(self, cursors: Sequence[tuple[DeviceId, int]]) -> "asyncio.Future[frozenset[DeviceId]]":
        def begin(cursor: tuple[DeviceId, int]) -> "asyncio.Task[frozenset[DeviceId]]":
            return self._shuffle.begin(lambda: self._store.acknowledge([cursor]), cursor[0])

        begun = [begin(cursor) for cursor in cursors]

        async def whole() -> frozenset[DeviceId]:
            return frozenset[DeviceId]().union(*await self._shuffle.together(begun))

        return self._shuffle.begin(whole)

    def standings(self, devices: Sequence[DeviceId]) -> "asyncio.Future[dict[DeviceId, MailboxStanding]]":
        def begin(device: DeviceId) -> "asyncio.Task[dict[DeviceId, MailboxStanding]]":
            return self._shuffle.begin(lambda: self._store.standings([device]), device)

        begun = [begin(device) for device in devices]

        async def whole() -> dict[DeviceId, MailboxStanding]:
            return {device: each for part in await self._shuffle.together(begun) for device, each in part.items()}

        return self._shuffle.begin(whole)

    def know(self, device: DeviceId, shares: frozenset[bytes]) -> "asyncio.Future[None]":
        return self._shuffle.begin(lambda: self._store.know(device, shares), device)

    def resume(
        self, device: DeviceId, cursor: int, envelope: EnvelopeId | None, number: int
    ) -> "asyncio.Future[Resumption | Refused]":
        return self._shuffle.begin(lambda: self._store.resume(device, cursor, envelope, number), device)

    def read(self, device: DeviceId, after: int, messages: int, size: int) -> "asyncio.Future[MailPage]":
        return self._shuffle.begin(lambda: self._store.read(device, after, messages, size), device)

    def expire(self, stored_before: int, most: int) -> "asyncio.Future[int]":
        return self._shuffle.begin(lambda: self._store.expire(stored_before, most))

    def forget_repeats(self, stored_before: int, expired_before: int, most: int) -> "asyncio.Future[bool]":
        return self._shuffle.begin(lambda: self._store.forget_repeats(stored_before, expired_before, most))


class ShuffledStorage:
    """Everything a relay keeps, in another storage; see `Storage`.

    Args:
        storage: The other one.
        seed: For the order of what has none.
    """

    def __init__(self, storage: Storage, seed: int = 0) -> None:
        self._storage = storage
        self._shuffle = Shuffle(seed)
        self.accounts = cast("AccountStore", Unordered(storage.accounts, self._shuffle))
        self.directory = cast("DirectoryStore", Unordered(storage.directory, self._shuffle))
        self.administration = cast("AdministrationStore", Unordered(storage.administration, self._shuffle))
        self.blobs = cast("BlobStore", Unordered(storage.blobs, self._shuffle))
        self.mail = ShuffledMail(storage.mail, self._shuffle)

    @classmethod
    async def open(cls, path: Path) -> "ShuffledStorage":
        """Open or make an SQLite database, and shuffle what is asked of it."""
        return cls(await SqliteStorage.open(path))

    @property
    def files(self) -> None:
        """They are in a folder of the relay."""

    @property
    def nodes(self) -> None:
        """There is one node alone."""

    @property
    def epoch(self) -> bytes:
        return self._storage.epoch

    async def close(self) -> None:
        await self._shuffle.finish()
        await self._storage.close()
