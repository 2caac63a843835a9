"""A relay of two nodes on real servers, while nodes, database and bus are killed: what is accepted comes once."""

import asyncio
import contextlib
import os
import random
import signal
import subprocess
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from babilu.kernel.errors import ErrorCode
from babilu.wire.relay_frames import Accepted
from tests.faults.conftest import Record
from tests.faults.tools.cluster import LETTER_BYTES, NodeProcess, Town, running_nodes
from tests.relay_client import Person, RawClient, RefusedError, refused
from tests.servers import SUPERUSER, Databases, NatsServer, PostgresServer

SETTLED_S = 60.0

Fault = Callable[[], Awaitable[None]]


class Faults:
    """What happens to the servers and the nodes."""

    def __init__(
        self, nodes: list[NodeProcess], server: PostgresServer, nats: NatsServer | None, chance: random.Random
    ) -> None:
        self._nodes = nodes
        self._server = server
        self._nats = nats
        self._chance = chance
        self.counts: dict[str, int] = {}

    async def happen(self, seconds: float, pause_s: float) -> None:
        """Let one thing after the other happen for so long: each kind once, and then again in another order."""
        end = time.monotonic() + seconds
        kinds: list[Fault] = [self.kill_node, self.kill_node, self.end_backends, self.freeze_node, self.crash_database]
        if self._nats is not None:
            kinds.append(self.kill_bus)
        while time.monotonic() < end:
            for fault in self._chance.sample(kinds, len(kinds)):
                await asyncio.sleep(self._chance.uniform(pause_s / 2, pause_s))
                self.counts[fault.__name__] = self.counts.get(fault.__name__, 0) + 1
                await fault()

    async def kill_node(self) -> None:
        node = self._chance.choice(self._nodes)
        await asyncio.to_thread(node.kill)
        await asyncio.to_thread(node.start)

    async def freeze_node(self) -> None:
        node = self._chance.choice(self._nodes)
        node.send(signal.SIGSTOP)
        await asyncio.sleep(self._chance.uniform(0.5, 2))
        node.send(signal.SIGCONT)

    async def crash_database(self) -> None:
        await asyncio.to_thread(self._server.crash)
        await asyncio.to_thread(self._server.start)

    async def end_backends(self) -> None:
        connection: Any = await asyncpg.connect(self._server.url(tcp=True))
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        await connection.close()

    async def kill_bus(self) -> None:
        if self._nats is not None:
            await asyncio.to_thread(self._nats.stop)
            await asyncio.to_thread(self._nats.start)


class Replica(PostgresServer):
    """A server that follows another one, some moments behind, and can take its place."""

    def __init__(self, primary: PostgresServer) -> None:
        self._primary = primary
        super().__init__()

    def make(self) -> None:
        source = f"host=127.0.0.1 port={self._primary.port} user={SUPERUSER}"
        command: list[str | Path] = [
            self.programs / "pg_basebackup",
            "-D",
            self.data,
            "-d",
            source,
            "-R",
            "-X",
            "stream",
            "-c",
            "fast",
        ]
        subprocess.run([*command, "--no-sync"], cwd="/", capture_output=True, check=True, **self._who)

    async def promote(self) -> None:
        connection: Any = await asyncpg.connect(self.url())
        await connection.execute("SELECT pg_promote()")
        await connection.close()


async def lag_behind(primary: PostgresServer) -> list[int]:
    """Freeze what sends a primary's log to its replicas."""
    connection: Any = await asyncpg.connect(primary.url())
    pids = [row["pid"] for row in await connection.fetch("SELECT pid FROM pg_stat_replication")]
    await connection.close()
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    return pids


@pytest.mark.long
@pytest.mark.timeout(600)
async def test_a_failover_to_a_replica_that_was_behind_loses_nothing_that_was_accepted(
    tmp_path: Path, record: Record
) -> None:
    with PostgresServer() as primary:
        databases = await asyncio.to_thread(Databases, primary)
        await asyncio.to_thread(databases.make, "ledger")
        await asyncio.to_thread(databases.close)
        with Replica(primary) as replica, NatsServer() as nats:
            hosts = f"127.0.0.1:{primary.port},127.0.0.1:{replica.port}"
            url = f"postgresql://{SUPERUSER}@{hosts}/ledger?target_session_attrs=read-write"
            with running_nodes(tmp_path, 2, url, nats.url) as nodes:
                town = Town(nodes, 10, seed=6)
                try:
                    await town.move_in()
                    await asyncio.sleep(3)
                    senders = await lag_behind(primary)
                    assert senders
                    before = town.accepted
                    async with asyncio.timeout(SETTLED_S):
                        while town.accepted < before + 500:  # noqa: ASYNC110 -- other processes bring it about
                            await asyncio.sleep(0.05)
                    for pid in senders:
                        os.kill(pid, signal.SIGKILL)
                    await asyncio.to_thread(primary.crash)
                    await replica.promote()
                    await asyncio.sleep(8)
                    await town.settle(SETTLED_S)
                finally:
                    await town.move_out()
                assert {len(resident.histories) for resident in town.residents} == {2}
                record(f"failover with {town.accepted - before} letters behind: {town.judge()}")


@pytest.mark.timeout(120)
async def test_a_frozen_database_is_an_error_within_five_seconds_and_nothing_comes_twice(tmp_path: Path) -> None:
    with PostgresServer() as server, NatsServer() as nats:
        databases = await asyncio.to_thread(Databases, server)
        await asyncio.to_thread(databases.make, "ledger")
        await asyncio.to_thread(databases.close)
        with running_nodes(tmp_path, 1, server.url("ledger", tcp=True), nats.url) as (node,):
            alice, bob = Person("alice"), Person("bob")
            async with RawClient.connect(node.address) as a, RawClient.connect(node.address) as b:
                await a.register(alice)
                await a.resume()
                await b.register(bob)
                await b.resume()
                envelope = bytes(LETTER_BYTES)
                submit = a.submit_frame(bob, envelope)
                server.signal(signal.SIGSTOP)
                begun = time.monotonic()
                a.send(submit)
                with refused(ErrorCode.UNAVAILABLE):
                    await a.answer(submit.request, Accepted)
                assert time.monotonic() - begun < 5
                server.signal(signal.SIGCONT)
                async with asyncio.timeout(SETTLED_S):
                    accepted = False
                    while not accepted:
                        again = a.submit_frame(bob, envelope)
                        a.send(again)
                        with contextlib.suppress(RefusedError):
                            await a.answer(again.request, Accepted)
                            accepted = True
                        await asyncio.sleep(0.2)
                assert [each.envelope for each in await b.deliveries(1)] == [envelope]
                assert await b.quiet() == []


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("bus", ["nats", pytest.param("postgresql", marks=pytest.mark.long)])
async def test_what_was_accepted_comes_once_while_nodes_database_and_bus_are_killed(
    tmp_path: Path, pytestconfig: pytest.Config, record: Record, bus: str
) -> None:
    whole = bool(pytestconfig.getoption("--all-faults"))
    minutes: float = pytestconfig.getoption("--cluster") or 30
    seconds, pause_s, rest_s = (60 * minutes, 5.0, 0.0) if whole else (45.0, 2.0, 1.0)
    chance = random.Random(11)
    with PostgresServer() as server, NatsServer() as nats:
        databases = await asyncio.to_thread(Databases, server)
        try:
            await asyncio.to_thread(databases.make, "ledger")
        finally:
            await asyncio.to_thread(databases.close)
        url = server.url("ledger", tcp=True)
        with running_nodes(tmp_path, 2, url, nats.url if bus == "nats" else "") as nodes:
            town = Town(nodes, 20, seed=5, rest_s=rest_s)
            try:
                await town.move_in()
                faults = Faults(nodes, server, nats if bus == "nats" else None, chance)
                await faults.happen(seconds, pause_s)
                await town.settle(SETTLED_S)
            finally:
                await town.move_out()
            happened = ", ".join(f"{name}: {times}" for name, times in sorted(faults.counts.items()))
            record(f"2 nodes, {bus}: {town.judge()}; {happened}")
