"""The suite runs against every adapter; each test has a database of its own that can be reopened."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from babilu.relay.storage.port import Storage
from babilu.relay.storage.postgresql import PostgresOptions, PostgresStorage
from babilu.relay.storage.sqlite import SqliteStorage
from tests.fakes.shuffled_storage import ShuffledStorage

Reopen = Callable[[], Awaitable[Storage]]
Open = Callable[[], Awaitable[Storage]]

ADAPTERS = ["sqlite", "shuffled", "postgresql"]
"""SQLite as it is, and with no more order than the port promises; PostgreSQL."""

LANES = "postgresql-3-lanes"
"""PostgreSQL with several connections that write letters."""

ABOUT_MAIL = frozenset({"test_mail.py", "test_promises.py"})


class Adapter:
    """Opens the database under test, again and again."""

    def __init__(self, opened: Open) -> None:
        self._opened = opened
        self._open: Storage | None = None

    async def reopen(self) -> Storage:
        await self.close()
        self._open = await self._opened()
        return self._open

    async def close(self) -> None:
        if self._open is not None:
            await self._open.close()
            self._open = None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "opened" in metafunc.fixturenames:
        kinds = [*ADAPTERS, LANES] if metafunc.definition.path.name in ABOUT_MAIL else ADAPTERS
        metafunc.parametrize("opened", kinds, indirect=True)


@pytest.fixture
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    """Give what opens the test's own database, or makes it."""
    kind = str(request.param)
    if kind.startswith("postgresql"):
        url = request.getfixturevalue("tables")
        options = PostgresOptions(lanes=3 if kind == LANES else 1, unsafe=True)
        return lambda: PostgresStorage.open(url, options)
    opened = SqliteStorage.open if kind == "sqlite" else ShuffledStorage.open
    return lambda: opened(tmp_path / "relay.db")


@pytest.fixture
async def adapter(opened: Open) -> AsyncIterator[Adapter]:
    made = Adapter(opened)
    yield made
    await made.close()


@pytest.fixture
def reopen(adapter: Adapter) -> Reopen:
    return adapter.reopen


@pytest.fixture
async def storage(adapter: Adapter) -> Storage:
    return await adapter.reopen()
