"""Storage that loses answers: a call that a test names is done, is not, or is done later, and fails each time.

Or it is done at once, and answered when the test says so.
"""

import asyncio
from collections.abc import Awaitable, Callable
from enum import Enum, auto, unique
from pathlib import Path
from typing import Any, cast

from babilu.kernel.errors import ErrorCode, LinkError
from babilu.relay.storage.administration import AdministrationStore
from babilu.relay.storage.blobs.port import BlobFiles
from babilu.relay.storage.nodes import NodeStore
from babilu.relay.storage.port import AccountStore, BlobStore, DirectoryStore, MailStore, Storage
from babilu.relay.storage.sqlite import SqliteStorage


@unique
class Fate(Enum):
    """What becomes of a call that fails."""

    DONE = auto()
    NOT_DONE = auto()
    LATER = auto()


class Held:
    """A call that is done at once.

    Attributes:
        done: When it is.
        answered: When it is to be answered.
    """

    def __init__(self) -> None:
        self.done = asyncio.Event()
        self.answered = asyncio.Event()


class LosingStore:
    """One of the stores of a storage."""

    def __init__(
        self,
        store: object,
        fates: "dict[str, Fate | Held]",
        later: list[Callable[[], Awaitable[Any]]],
    ) -> None:
        self._store = store
        self._fates = fates
        self._later = later

    def __getattr__(self, name: str) -> Callable[..., "asyncio.Future[Any]"]:
        method = getattr(self._store, name)

        def call(*given: Any, **named: Any) -> "asyncio.Future[Any]":
            fate = self._fates.pop(name, None)
            if fate is None:
                return cast("asyncio.Future[Any]", method(*given, **named))
            if isinstance(fate, Held):
                return asyncio.get_running_loop().create_task(_answer(method(*given, **named), fate))
            if fate is Fate.LATER:
                self._later.append(lambda: method(*given, **named))
            done = method(*given, **named) if fate is Fate.DONE else None
            return asyncio.get_running_loop().create_task(_fail(done))

        return call


async def _answer(done: "asyncio.Future[Any]", held: Held) -> object:
    result = await done
    held.done.set()
    await held.answered.wait()
    return result


async def _fail(done: "asyncio.Future[Any] | None") -> None:
    if done is not None:
        await done
    raise LinkError(ErrorCode.UNAVAILABLE, "The answer was lost.", 0)


class LosingStorage:
    """Everything a relay keeps, in another storage; see `Storage`.

    Attributes:
        fates: What becomes of the next call of a name; `Held` is answered late.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self.fates: dict[str, Fate | Held] = {}
        self._later: list[Callable[[], Awaitable[Any]]] = []
        self.accounts = cast("AccountStore", LosingStore(storage.accounts, self.fates, self._later))
        self.directory = cast("DirectoryStore", LosingStore(storage.directory, self.fates, self._later))
        self.administration = cast("AdministrationStore", LosingStore(storage.administration, self.fates, self._later))
        self.blobs = cast("BlobStore", LosingStore(storage.blobs, self.fates, self._later))
        self.mail = cast("MailStore", LosingStore(storage.mail, self.fates, self._later))

    @classmethod
    async def open(cls, path: Path) -> "LosingStorage":
        """Open or make an SQLite database."""
        return cls(await SqliteStorage.open(path))

    async def catch_up(self) -> None:
        """Do what was to be done later."""
        for call in self._later:
            await call()
        self._later.clear()

    @property
    def files(self) -> BlobFiles | None:
        return self._storage.files

    @property
    def nodes(self) -> NodeStore | None:
        return self._storage.nodes

    @property
    def epoch(self) -> bytes:
        return self._storage.epoch

    async def close(self) -> None:
        await self._storage.close()
