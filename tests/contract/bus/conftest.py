"""Buses under test: each kind joins as many nodes as a test wants, over a real server where it needs one."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Final

import asyncpg
import pytest

from babilu.crypto.secret import Secret
from babilu.relay.bus.cluster import Carrier, ClusterBus
from babilu.relay.bus.local import LocalBus
from babilu.relay.bus.nats import NatsCarrier, NatsPlace
from babilu.relay.bus.port import Bus, BusCounts, Hint
from babilu.relay.bus.postgresql import NotifyCarrier
from tests.fakes.nodes import Nodes
from tests.servers import NatsServer

PATIENCE_S: Final = 20.0
KEY: Final = Secret(b"k" * 32)
EPOCH: Final = b"epoch..1"
LETTER_BYTES: Final = 8 * 1024

CARRIERS: Final = ("postgresql", "nats")

MakeCarrier = Callable[[int, BusCounts], Carrier]

_clusters = count(1)


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds that a server's process brings about."""
    async with asyncio.timeout(PATIENCE_S):
        while not holds():  # noqa: ASYNC110 -- nobody here sets an event for it
            await asyncio.sleep(0.005)


@dataclass
class End:
    """One node's end of a bus, and what was heard there."""

    bus: ClusterBus
    heard: list[Hint] = field(default_factory=list)

    async def until(self, *hints: Hint) -> None:
        """Wait until exactly these were heard, in this order."""
        await until(lambda: len(self.heard) >= len(hints))
        assert self.heard == list(hints)

    async def hears(self, hint: Hint) -> None:
        """Wait until something was heard, whatever else was."""
        await until(lambda: hint in self.heard)


class Cluster:
    """Nodes of one relay that hear each other."""

    def __init__(self, make_carrier: MakeCarrier) -> None:
        self.make_carrier = make_carrier
        self._ends = contextlib.AsyncExitStack()

    async def join(
        self, node: int, *, key: Secret = KEY, epoch: bytes = EPOCH, carrier: Carrier | None = None, up: bool = True
    ) -> End:
        """Let a node join, and wait until it hears: where its server is slow to answer, it joins before that."""
        counts = BusCounts()
        carrier = carrier or self.make_carrier(node, counts)
        end = End(await ClusterBus.join(node, key, epoch, carrier, LETTER_BYTES, counts))
        self._ends.push_async_callback(end.bus.close)
        end.bus.subscribe(end.heard.append)
        if up:
            await until(lambda: end.bus.is_up)
        return end

    async def close(self) -> None:
        await self._ends.aclose()


def carriers(request: pytest.FixtureRequest) -> MakeCarrier:
    if request.param == "nats":
        server: NatsServer = request.getfixturevalue("nats")
        name = f"test{next(_clusters)}"
        return lambda node, counts: NatsCarrier(NatsPlace(server.url, name), node, counts)
    url: str = request.getfixturevalue("database")
    return lambda node, counts: NotifyCarrier(lambda: asyncpg.connect(url), node, counts)


@pytest.fixture(params=CARRIERS)
def make_carrier(request: pytest.FixtureRequest) -> MakeCarrier:
    return carriers(request)


@pytest.fixture
async def cluster(make_carrier: MakeCarrier) -> AsyncIterator[Cluster]:
    made = Cluster(make_carrier)
    yield made
    await made.close()


@pytest.fixture(params=["local", "one of several", *CARRIERS])
def make_bus(request: pytest.FixtureRequest) -> Callable[[], Awaitable[Bus]]:
    if request.param not in CARRIERS:
        return ALONE[request.param]
    make = carriers(request)

    async def join() -> Bus:
        counts = BusCounts()
        return await ClusterBus.join(1, KEY, EPOCH, make(1, counts), LETTER_BYTES, counts)

    return join


@pytest.fixture
async def bus(make_bus: Callable[[], Awaitable[Bus]]) -> AsyncIterator[Bus]:
    made = await make_bus()
    yield made
    await made.close()


async def _local() -> Bus:
    return LocalBus()


async def _one_of_several() -> Bus:
    return await Nodes().make_bus(1)


ALONE: Final = {"local": _local, "one of several": _one_of_several}
