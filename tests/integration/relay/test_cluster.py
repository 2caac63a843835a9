"""Two nodes on a real database, over each bus and over one that carries nothing, by the machine's own clock."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

import asyncpg
import pytest

from babilu.cli.admin_link import ask
from babilu.kernel.errors import ErrorCode
from babilu.kernel.limits import Limits
from babilu.relay.base import admin_requests
from babilu.relay.base.keys import RelayKey
from babilu.relay.base.settings import ClusterSettings, Registration, RelaySettings
from babilu.relay.base.state_dir import copy_key
from babilu.relay.bus.port import Bus
from babilu.relay.node.cluster_node import BEAT_S, POLL_WITHOUT_BUS_S
from babilu.relay.node.server import MakeBus, Relay
from babilu.relay.storage.port import Storage
from babilu.relay.storage.postgresql import PostgresOptions, PostgresStorage
from babilu.system import SystemClock
from babilu.wire.frame_base import Bye
from babilu.wire.relay_frames import NextPin, Notice, Ok, PresenceFrame
from tests.fakes.nodes import Nodes
from tests.relay_client import RANDOMNESS, Device, Person, RawClient, RefusedError
from tests.servers import NatsServer

WITHIN_S = 3.0
"""Time in which whoever may not stay is out, whatever becomes of hints: a beat, and what a commit takes.

Beats are counted here, and not seconds, which a busy machine makes longer.
"""

PATIENCE_S = 20.0

_names = count(1)


@dataclass
class Cluster:
    """Two nodes of one relay."""

    first: Relay
    second: Relay
    homes: tuple[Path, Path]
    clients: contextlib.AsyncExitStack

    async def connect(self, node: Relay) -> RawClient:
        return await self.clients.enter_async_context(RawClient.connect(node.address))

    async def register(self, node: Relay, name: str) -> tuple[Person, RawClient]:
        person, client = Person(name), await self.connect(node)
        await client.register(person)
        await client.resume()
        return person, client

    async def order(self, request: admin_requests.AdminRequest, answer: type = admin_requests.Done) -> None:
        """Give an order at the second node."""
        await asyncio.to_thread(ask, self.homes[1], request, answer)


def deaf() -> MakeBus:
    nodes = Nodes()
    nodes.times = 0

    async def make(storage: Storage, key: RelayKey) -> Bus:
        del key
        assert storage.nodes is not None
        return await nodes.make_bus(storage.nodes.node)

    return make


@pytest.fixture(params=["deaf", "postgresql", "nats"])
def bus(request: pytest.FixtureRequest) -> str:
    kind: str = request.param
    if kind != "nats":
        return kind
    server: NatsServer = request.getfixturevalue("nats")
    return server.url


@pytest.fixture
async def cluster(tmp_path: Path, tables: str, bus: str) -> AsyncIterator[Cluster]:
    homes = tmp_path / "node1", tmp_path / "node2"
    key = tmp_path / "node.key"
    name = f"cluster{next(_names)}"
    make_bus = deaf() if bus == "deaf" else None

    async def open_storage(path: Path) -> Storage:
        del path
        return await PostgresStorage.open(tables, PostgresOptions(unsafe=True))

    async with contextlib.AsyncExitStack() as clients:
        relays: list[Relay] = []
        for home in homes:
            settings = RelaySettings(
                "127.0.0.1",
                0,
                home,
                replace(Limits(), envelope_bytes=1),
                Registration.OPEN,
                cluster=ClusterSettings(name, home.name, bus if bus.startswith("nats:") else ""),
                node_key=key if relays else None,
            )
            relays.append(Relay(settings, SystemClock(), RANDOMNESS, open_storage, make_bus))
            await relays[-1].start()
            clients.push_async_callback(relays[-1].stop)
            if home is homes[0]:
                copy_key(home, key)
        yield Cluster(relays[0], relays[1], homes, clients)


only_deaf = pytest.mark.parametrize("bus", ["deaf"], indirect=True)
only_hearing = pytest.mark.parametrize("bus", ["postgresql", "nats"], indirect=True)


async def within(beats: int, node: Relay, wait: Awaitable[object]) -> None:
    """Wait for something that a node brings about with its next so many beats."""
    assert node.node is not None
    beat, begun = node.node.beat, list[None]()

    async def counted() -> None:
        begun.append(None)
        await beat()

    node.node.beat = counted  # type: ignore[method-assign]
    await wait
    assert len(begun) <= beats


def test_a_beat_and_a_commit_are_within_three_seconds() -> None:
    assert BEAT_S + 0.5 < WITHIN_S


async def test_mail_crosses_in_order_and_once(cluster: Cluster) -> None:
    alice, a = await cluster.register(cluster.first, "alice")
    bob, b = await cluster.register(cluster.second, "bob")
    sent = [b"%d" % number for number in range(40)]
    await a.submit(bob, *sent)
    await b.submit(alice, b"back")
    async with asyncio.timeout(PATIENCE_S + POLL_WITHOUT_BUS_S):
        assert [(each.seq, each.envelope) for each in await b.deliveries(40)] == list(enumerate(sent, start=1))
        assert [each.envelope for each in await a.deliveries(1)] == [b"back"]
    assert await b.quiet() == []


async def test_a_device_has_one_connection_wherever_it_comes(cluster: Cluster) -> None:
    bob, old = await cluster.register(cluster.first, "bob")
    new = await cluster.connect(cluster.second)
    await new.login_device(bob)
    await new.resume()
    async with asyncio.timeout(PATIENCE_S + POLL_WITHOUT_BUS_S):
        assert (await old.closed())[-1] == Bye(ErrorCode.REPLACED.value)
    assert await new.quiet() == []


class TestWithinThreeSeconds:
    """With a bus that carries nothing."""

    @only_deaf
    @pytest.mark.parametrize("order", [admin_requests.DisableUser("alice"), admin_requests.DeleteUser("alice")])
    async def test_a_closed_account_is_out(self, cluster: Cluster, order: admin_requests.AdminRequest) -> None:
        _, a = await cluster.register(cluster.first, "alice")
        await cluster.order(order)
        await within(1, cluster.first, a.closed())

    @only_deaf
    async def test_a_removed_device_is_out(self, cluster: Cluster) -> None:
        alice, a = await cluster.register(cluster.first, "alice")
        other = await cluster.connect(cluster.second)
        await other.publish(alice, Device())
        await within(1, cluster.first, a.closed())

    @only_deaf
    async def test_a_notice_and_the_next_certificate_are_told(self, cluster: Cluster) -> None:
        _, a = await cluster.register(cluster.first, "alice")
        await cluster.order(admin_requests.Broadcast("Back at noon."), admin_requests.NoticeSent)
        await within(1, cluster.first, a.expect(Notice))
        assert cluster.first.fingerprint == cluster.second.fingerprint
        await cluster.order(admin_requests.PrepareCertificate(), admin_requests.CertificatesAre)
        await within(1, cluster.first, a.expect(NextPin))

    @only_deaf
    async def test_a_database_with_another_history_sends_everybody_away(self, cluster: Cluster, tables: str) -> None:
        _, a = await cluster.register(cluster.first, "alice")
        _, b = await cluster.register(cluster.second, "bob")
        other = await asyncpg.connect(tables)
        try:
            await other.execute("UPDATE relay SET epoch = '\\x0102030405060708'")
            await other.fetch(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
                " AND usename = current_user AND pid <> pg_backend_pid()"
            )
        finally:
            await other.close()
        # The first beat may be the one that finds its connection cut.
        await within(2, cluster.first, a.closed())
        await b.closed()


@only_hearing
async def test_presence_is_shown_across_nodes_and_ends(cluster: Cluster) -> None:
    alice, a = await cluster.register(cluster.first, "alice")
    bob, b = await cluster.register(cluster.second, "bob")
    await a.watch(bob, kind=Ok)
    await b.watch(alice, kind=Ok)
    assert await a.expect(PresenceFrame) == PresenceFrame("bob", "online")
    assert await b.expect(PresenceFrame) == PresenceFrame("alice", "online")
    a.send(Bye("done"))
    assert await b.expect(PresenceFrame) == PresenceFrame("alice", "offline")


@only_deaf
async def test_wrong_passwords_count_at_both(cluster: Cluster) -> None:
    await cluster.register(cluster.first, "alice")

    async def guess(node: Relay, times: int) -> list[str]:
        codes, client = [], await cluster.connect(node)
        for _ in range(times):
            try:
                await client.login(Person("alice"))
            except RefusedError as refusal:
                codes.append(refusal.error.code)
        return codes

    assert await guess(cluster.first, 6) == ["wrong_credentials"] * 5 + ["rate_limited"]
    assert await guess(cluster.second, 1) == ["rate_limited"]


@only_deaf
async def test_nodes_name_each_other_and_one_is_drained(cluster: Cluster) -> None:
    _, b = await cluster.register(cluster.second, "bob")

    async def nodes(home: Path) -> list[admin_requests.NodeEntry]:
        entries: list[admin_requests.NodeEntry] = await asyncio.to_thread(
            ask, home, admin_requests.ListNodes(), list[admin_requests.NodeEntry]
        )
        return entries

    await eventually(lambda: nodes(cluster.homes[0]), lambda found: [each.online for each in found] == [0, 1])
    assert [each.name for each in await nodes(cluster.homes[0])] == ["node1", "node2"]
    await cluster.order(admin_requests.DrainNode())
    assert (await b.closed())[-1] == Bye(ErrorCode.SHUTTING_DOWN.value, 0)
    await eventually(
        lambda: nodes(cluster.homes[0]), lambda found: [each.state for each in found] == ["up", "draining"]
    )


async def eventually(
    read: Callable[[], Awaitable[list[admin_requests.NodeEntry]]],
    holds: Callable[[list[admin_requests.NodeEntry]], bool],
) -> None:
    """Wait until nodes have heard of each other, which takes a beat."""
    async with asyncio.timeout(PATIENCE_S):
        while not holds(await read()):  # noqa: ASYNC110 -- the nodes are asked, and tell nobody by themselves
            await asyncio.sleep(0.05)
