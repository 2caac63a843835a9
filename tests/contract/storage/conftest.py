"""The suite runs against every adapter; each test has a database of its own that can be reopened."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from babilu.relay.storage.port import Storage
from babilu.relay.storage.sqlite import SqliteStorage
from tests.fakes.shuffled_storage import ShuffledStorage

Reopen = Callable[[], Awaitable[Storage]]
Open = Callable[[Path], Awaitable[Storage]]

ADAPTERS: dict[str, Open] = {"sqlite": SqliteStorage.open, "shuffled": ShuffledStorage.open}
"""What opens, or makes, the database of a path: SQLite as it is, and with no more order than the port promises."""


class Adapter:
    """Opens the database under test, again and again."""

    def __init__(self, path: Path, opened: Open) -> None:
        self._path = path
        self._opened = opened
        self._open: Storage | None = None

    async def reopen(self) -> Storage:
        await self.close()
        self._open = await self._opened(self._path)
        return self._open

    async def close(self) -> None:
        if self._open is not None:
            await self._open.close()
            self._open = None


@pytest.fixture(params=ADAPTERS)
async def adapter(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Adapter]:
    made = Adapter(tmp_path / "relay.db", ADAPTERS[request.param])
    yield made
    await made.close()


@pytest.fixture
def reopen(adapter: Adapter) -> Reopen:
    return adapter.reopen


@pytest.fixture
async def storage(adapter: Adapter) -> Storage:
    return await adapter.reopen()
