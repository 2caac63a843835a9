"""The suite runs against every adapter; each test has a database of its own that can be reopened."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from babilu.relay.storage.protocol import Storage
from babilu.relay.storage.sqlite import SqliteStorage

Reopen = Callable[[], Awaitable[Storage]]


class Adapter:
    """Opens the database under test, again and again."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._open: Storage | None = None

    async def reopen(self) -> Storage:
        await self.close()
        self._open = await SqliteStorage.open(self._path)
        return self._open

    async def close(self) -> None:
        if self._open is not None:
            await self._open.close()
            self._open = None


@pytest.fixture
async def adapter(tmp_path: Path) -> AsyncIterator[Adapter]:
    made = Adapter(tmp_path / "relay.db")
    yield made
    await made.close()


@pytest.fixture
def reopen(adapter: Adapter) -> Reopen:
    return adapter.reopen


@pytest.fixture
async def storage(adapter: Adapter) -> Storage:
    return await adapter.reopen()
