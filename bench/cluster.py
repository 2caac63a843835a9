"""A relay over PostgreSQL, of one node or of several, with servers of its own: all of their processes count.

The database syncs what it says is stored. It looks often for what is to be tidied up, so that this work is done within
a measurement and not after it.
"""

import asyncio
import contextlib
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from babilu.relay.base.state_dir import StateDir
from babilu.relay.storage.postgresql import PostgresStorage
from babilu.system import SystemRandomness
from bench.growth import fill_storage
from bench.machine import on_core
from bench.served import Served, serve
from tests.servers import SAFE, NatsServer, PostgresServer

BUSES: Final = ("postgresql", "nats")

SETTINGS: Final = {**SAFE, "shared_buffers": "256MB", "max_wal_size": "4GB", "autovacuum_naptime": "5s"}

KEY_FILE: Final = "relay.key"


@dataclass(frozen=True)
class Shape:
    """What a relay over PostgreSQL consists of.

    Attributes:
        nodes: How many nodes it has.
        bus: By what they wake each other.
    """

    nodes: int = 1
    bus: str = "postgresql"

    @property
    def name(self) -> str:
        """Name of such a relay among what is measured."""
        return "postgresql" if self == Shape() else f"postgresql-{self.nodes}-{self.bus}"

    @property
    def keeps(self) -> str:
        """What it does with a message."""
        nodes = "one node" if self.nodes == 1 else f"{self.nodes} nodes, half of the pairs across"
        return f"the same relay over PostgreSQL: {nodes}, hints by {self.bus}; all processes and syncs count"


class StoredServer(PostgresServer):
    """A PostgreSQL server that begins with a copy of what another one has stored.

    Args:
        stored: Data of a server that was stopped; None for an empty one.
    """

    def __init__(self, stored: Path | None) -> None:
        self._stored = stored
        super().__init__(SETTINGS)

    def make(self) -> None:
        """Make the folder of its data."""
        if self._stored is None:
            super().make()
        else:
            # Owner and rights stay: the server refuses data of anybody else.
            subprocess.run(["cp", "--archive", self._stored, self.data], check=True)  # noqa: S607  # the system's


@contextmanager
def relay_on_postgresql(home: Path, core: int | None, shape: Shape, stored: Path | None = None) -> Iterator[Served]:
    """Run a relay whose nodes, database and bus are all on one core.

    Args:
        home: Folder of the first node; those of the others are made beside it.
        core: The core.
        shape: What it consists of.
        stored: What its database begins with.
    """
    with ExitStack() as stack:
        with on_core(core):
            database = stack.enter_context(StoredServer(stored))
            nats = stack.enter_context(NatsServer()) if shape.bus == "nats" else None
        nodes: list[tuple[int, int]] = []
        for place in range(shape.nodes):
            folder, key = (home.with_name(f"{home.name}-{place + 1}"), home / KEY_FILE) if nodes else (home, "")
            bus = "" if nats is None else nats.url
            nodes.append(stack.enter_context(serve("babilu", core, str(folder), database.url(), bus, str(key))))
        (first, port), *others = nodes
        beside = [*(("nodes", pid) for pid, _ in others), ("database", database.pid)]
        if nats is not None:
            beside.append(("bus", nats.pid))
        addresses = tuple(("127.0.0.1", other) for _, other in others)
        yield Served(first, ("127.0.0.1", port), tuple(beside), addresses)


@dataclass(frozen=True)
class Filled:
    """A database in which mail waits.

    Attributes:
        data: Its folder; its server is stopped.
        seconds: How long it took to fill.
        size: Bytes of the mail's tables and of all else.
    """

    data: Path
    seconds: float
    size: int


@contextmanager
def filled_database(home: Path, envelopes: int, size: int) -> Iterator[Filled]:
    """Let mail wait in a database, through the relay's own storage, for a relay whose folder is ``home``."""
    with PostgresServer({**SETTINGS, "max_wal_size": "512MB"}) as server:
        seconds, stored = asyncio.run(_fill(home, server.url(), envelopes, size))
        server.stop()
        yield Filled(server.data, seconds, stored)


async def _fill(home: Path, url: str, envelopes: int, size: int) -> tuple[float, int]:
    with contextlib.closing(StateDir.open(home, SystemRandomness())) as opened:
        storage = await PostgresStorage.open(url)
        try:
            seconds = await fill_storage(storage, opened.key, envelopes, size)
            connection = await storage.database.connect()
            stored: int = await connection.fetchval("SELECT pg_database_size(current_database())")
            await connection.close()
        finally:
            await storage.close()
    return seconds, stored
