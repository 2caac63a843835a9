"""Each test has a relay of its own: real sockets on port 0, real TLS, a folder that goes away."""

import asyncio
import contextlib
import dataclasses
import os
import shutil
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import uvloop

from babilu.kernel.limits import Limits
from babilu.relay.base.settings import ClusterSettings, Registration, RelaySettings
from babilu.relay.node.cluster_node import ClusterNode
from babilu.relay.node.server import MakeBus, Relay
from babilu.relay.storage.port import Storage
from babilu.relay.storage.postgresql import PostgresOptions, PostgresStorage
from babilu.relay.storage.sqlite import SqliteStorage
from babilu.relay.storage.sqlite.adapter import SqliteAccounts
from babilu.wire.relay_frames import LoggedIn
from tests.fakes.nodes import Nodes
from tests.fakes.shuffled_storage import ShuffledStorage
from tests.relay_client import PATIENCE_S, RANDOMNESS, Person, RawClient, SetClock

OpenStorage = Callable[[Path], Awaitable[Storage]]

ON_BOTH_LOOPS = frozenset({"test_delivery.py", "test_framing.py"})
"""What a loop does differently shows in how bytes come and go, and not in what is decided about them."""

OVER_SHUFFLED = frozenset(
    {
        "test_accounts.py",
        "test_delivery.py",
        "test_directory.py",
        "test_data_export.py",
        "test_remote_admin.py",
        "test_presence.py",
    }
)
"""What is tested over a storage too that keeps no more order than its port promises."""

OVER_POSTGRESQL = frozenset({"test_accounts.py", "test_delivery.py"})
"""What is tested over PostgreSQL in every run; all else with `--all-storages`."""

SQLITE_ALONE = frozenset(
    {
        "test_lifecycle.py",
        "test_reload.py",
        "test_admin.py",
        "test_blob_backup.py",
        "test_balancer.py",
        "test_certificate_rotation.py",
    }
)
"""What is about the file in a relay's folder, makes settings of its own or opens a storage of its own."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run over SQLite as it is, and part of it over a shuffled one and over PostgreSQL."""
    if "house" in metafunc.fixturenames:
        name = metafunc.definition.path.name
        storages = ["sqlite"]
        if name in OVER_SHUFFLED:
            storages.append("shuffled")
        if name in OVER_POSTGRESQL or (metafunc.config.getoption("--all-storages") and name not in SQLITE_ALONE):
            storages.append("postgresql")
        metafunc.parametrize("open_storage", storages, indirect=True)


def pytest_asyncio_loop_factories(item: pytest.Item) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Run on the loop that relays use, and part of it on the one they have where uvloop is missing."""
    factories: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {"uvloop": uvloop.new_event_loop}
    if item.path.name in ON_BOTH_LOOPS:
        factories["asyncio"] = asyncio.new_event_loop
    return factories


class TracedConnection:
    """Connection to PostgreSQL that writes down what it is asked."""

    def __init__(self, connection: object, done: list[str]) -> None:
        self._connection = connection
        self._done = done

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._connection, name)
        if name not in {"fetch", "fetchrow", "fetchval", "execute"}:
            return found

        def ask(query: str, *arguments: object) -> object:
            self._done.append(query)
            return found(query, *arguments)

        return ask


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run over PostgreSQL on the loop that relays use alone."""
    items[:] = [item for item in items if "[asyncio-postgresql" not in item.name]


@dataclass
class House:
    """A relay that can be started anew, and its clients.

    Attributes:
        home: The relay's folder.
        clock: The relay's clock.
        limits: For the next start.
        registration: For the next start.
        full_size: Whether envelopes have at least the size that they have in truth.
        metrics: Whether the relay shows metrics.
        open_storage: Opens the relay's database.
        trusts_clock: Whether the storage's clock is the one to go by; that of a real database is not the test's.
        make_bus: Joins the relay's other nodes.
        relay: The relay that runs.
    """

    home: Path
    clock: SetClock = field(default_factory=SetClock)
    limits: Limits = field(default_factory=Limits)
    registration: Registration | None = None
    full_size: bool = False
    metrics: bool = False
    open_storage: OpenStorage = SqliteStorage.open
    trusts_clock: bool = True
    make_bus: MakeBus | None = None
    running: Relay | None = None
    clients: contextlib.AsyncExitStack = field(default_factory=contextlib.AsyncExitStack)

    @property
    def relay(self) -> Relay:
        assert self.running is not None
        return self.running

    @property
    def storage(self) -> Storage:
        """What the relay keeps."""
        return self.relay._up.services.accounts._storage

    @property
    def database(self) -> SqliteAccounts:
        """What the relay's database does in its own thread, however it is wrapped."""
        store = self.storage.accounts
        found = getattr(store, "_store", store)
        assert isinstance(found, SqliteAccounts)
        return found

    def hold_storage(self) -> tuple[Callable[[], object], Awaitable[object]]:
        """Keep the storage from writing letters; gives what lets it go on, and what is true once it does."""
        storage = self.storage
        if isinstance(storage, PostgresStorage):
            ahead = asyncio.Event()

            async def wait(connection: object, calls: Sequence[object]) -> list[bool]:
                del connection, calls
                return [await ahead.wait()]

            return ahead.set, storage.mail._lanes[0].put(wait, None)
        go_on = threading.Event()
        return go_on.set, self.database._call(lambda _: go_on.wait(PATIENCE_S))

    async def trace(self, done: list[str]) -> None:
        """Have every statement written down that asks the storage for accounts."""
        storage = self.storage
        if isinstance(storage, PostgresStorage):
            run = storage.pool.run

            async def traced(work: Callable[[Any], Awaitable[Any]], seconds: float | None = None) -> object:
                return await run(lambda connection: work(TracedConnection(connection, done)), seconds)

            storage.pool.run = traced  # type: ignore[method-assign,assignment]
        else:
            await self.database._call(lambda tables: tables.mail._connection.set_trace_callback(done.append))

    async def waiting(self) -> int:
        """Count what waits in the storage of a relay that has stopped."""
        storage = await self.open_storage(self.home / "relay.db")
        try:
            return (await storage.administration.statistics()).mail_messages
        finally:
            await storage.close()

    async def start(self, limits: Limits | None = None, registration: Registration | None = None) -> Relay:
        """Start the relay anew; what is given holds for later starts too."""
        await self.stop()
        self.limits = limits or self.limits
        self.registration = registration or self.registration
        # What envelopes hold is no matter to a relay, and tests keep them short.
        limits = self.limits if self.full_size else dataclasses.replace(self.limits, envelope_bytes=1)
        settings = RelaySettings(
            "127.0.0.1",
            0,
            self.home,
            limits,
            self.registration,
            metrics_port=0 if self.metrics else None,
            cluster=ClusterSettings(trusts_clock=self.trusts_clock),
        )
        relay = Relay(settings, self.clock, RANDOMNESS, self.open_storage, self.make_bus)
        await relay.start()
        self.running = relay
        return relay

    async def stop(self) -> None:
        if self.running is not None:
            await self.running.stop()
            self.running = None

    async def connect(self) -> RawClient:
        """Open a connection that ends with the test."""
        return await self.clients.enter_async_context(RawClient.connect(self.relay.address))

    async def pending_peer(self) -> RawClient:
        """Open a connection that has said hello."""
        client = await self.connect()
        await client.hello()
        return client

    async def register(self, name: str) -> tuple[Person, RawClient]:
        """Make an account whose connection is live."""
        person = Person(name)
        client = await self.connect()
        await client.register(person)
        await client.resume()
        return person, client

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds in the relay, which notices a closed socket by itself."""
        bystander = await self.pending_peer()
        async with asyncio.timeout(PATIENCE_S):
            while not holds():
                await bystander.quiet()

    async def until_online(self, number: int) -> None:
        """Wait until so many accounts are connected."""
        await self.until(lambda: self.relay.online == number)

    def is_live(self, person: Person) -> bool:
        """Tell whether mail flows to a person's device here."""
        return person.device.id in self.relay._up.services.delivery.devices

    async def look_after(self, *persons: Person) -> None:
        """Ask the storage what lost hints have not told of devices, and wait until that has led to what it leads to."""
        self.relay._up.services.delivery.look_after([person.device.id for person in persons])
        await self.settle()

    async def settle(self) -> None:
        """Wait until what was asked of the storage is answered, and what that led to, too."""
        for _ in range(3):
            await self.relay._up.services.delivery._store.standings([])
            await asyncio.sleep(0)

    @property
    def node(self) -> ClusterNode:
        assert self.relay.node is not None
        return self.relay.node

    async def enter(self, person: Person) -> tuple[RawClient, LoggedIn]:
        """Log a person's device in, without resuming."""
        client = await self.connect()
        return client, await client.login_device(person)


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def open_storage(request: pytest.FixtureRequest, clock: SetClock) -> OpenStorage:
    """Give what opens the storage of a test's relay."""
    match request.param:
        case "sqlite":
            return SqliteStorage.open
        case "shuffled":
            return ShuffledStorage.open
        case _:
            url = request.getfixturevalue("tables")
            # Backups are made by programs of the server's own version.
            programs = request.getfixturevalue("postgresql").server.programs
            patch: pytest.MonkeyPatch = request.getfixturevalue("monkeypatch")
            patch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
            options = PostgresOptions(unsafe=True, now_ms=clock.monotonic_ms)
            return lambda _: PostgresStorage.open(url, options)


@pytest.fixture
async def house(
    request: pytest.FixtureRequest, tmp_path: Path, open_storage: OpenStorage, clock: SetClock
) -> AsyncIterator[House]:
    of_test = request.node.callspec.params["open_storage"] != "postgresql"
    made = House(tmp_path / "relay", clock, open_storage=open_storage, trusts_clock=of_test)
    async with made.clients:
        yield made
    await made.stop()


class Pair:
    """Two nodes, and people at them."""

    def __init__(self, first: House, second: House, nodes: Nodes) -> None:
        self.first = first
        self.second = second
        self.nodes = nodes

    @property
    def clock(self) -> SetClock:
        return self.first.clock

    @property
    def houses(self) -> tuple[House, House]:
        return self.first, self.second

    async def beat(self, milliseconds: int = 2_000) -> None:
        """Let time pass, and both nodes say that they live and do what they find out by that."""
        self.clock.pass_ms(milliseconds)
        for house in (self.second, self.first):
            if house.running is not None:
                await house.node.beat()
                await house.settle()

    async def come(self, house: House, person: Person) -> RawClient:
        client, _ = await house.enter(person)
        await client.resume()
        return client


@pytest.fixture
async def pair(tmp_path: Path) -> AsyncIterator[Pair]:
    nodes = Nodes()
    houses = [House(tmp_path / f"node{number}") for number in (1, 2)]
    nodes.clock = houses[0].clock
    houses[1].clock = houses[0].clock
    for number, house in enumerate(houses, start=1):
        house.open_storage = partial(nodes.open_storage, node=number)
        house.make_bus = partial(nodes.make_bus, number)
    first, second = houses
    async with first.clients, second.clients:
        await first.start()
        second.home.mkdir(mode=0o700)
        shutil.copy(first.home / "relay.key", second.home)
        await second.start()
        yield Pair(first, second, nodes)
    for house in houses:
        await house.stop()
    await nodes.close()
