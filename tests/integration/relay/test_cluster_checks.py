"""What `doctor --cluster` finds of a real database, its nodes and both buses."""

import asyncio
import socket
import time
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest

from babilu.cli.check_results import CheckResult, Verdict
from babilu.cli.cluster_checks import CONNECTIONS_OF_NODE, PROBES, examine_cluster
from babilu.relay.base.settings import ClusterSettings, RelaySettings, StorageSettings
from babilu.relay.bus.nats import NatsCarrier
from tests.servers import Databases, NatsServer

FORGETS = "database.forgets"
"""Servers of tests keep nothing over a power failure, which is a fault."""

OF_A_SERVER = ["database.good", FORGETS]


@pytest.fixture
def look(tables: str, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], dict[str, CheckResult]]:
    def examine(bus: str = "", url: str = tables, credentials: Path | None = None) -> dict[str, CheckResult]:
        home = tmp_path_factory.mktemp("relay")
        cluster = ClusterSettings("doctor", bus=bus, bus_credentials=credentials)
        settings = RelaySettings("127.0.0.1", 0, home, storage=StorageSettings(url), cluster=cluster)
        return {finding.what: finding for finding in examine_cluster(settings)}

    return examine


Look = Callable[..., dict[str, CheckResult]]


def bad(found: dict[str, CheckResult]) -> set[str]:
    return {what for what, finding in found.items() if finding.verdict is not Verdict.GOOD} - {
        FORGETS,
        "database.far",
        "database.slow",
    }


def run(postgresql: Databases, url: str, *statements: str) -> None:
    async def execute() -> None:
        connection = await asyncpg.connect(url)
        for statement in statements:
            await connection.execute(statement)
        await connection.close()

    postgresql.run(execute())


def test_all_is_well_over_the_database_s_own_bus(look: Look) -> None:
    found = look()
    assert bad(found) == set()
    assert list(found)[:2] == OF_A_SERVER
    assert list(found)[3:] == ["clocks.good", "nodes.good", "connections.good", "replica.none", "bus.good"]


def test_all_is_well_over_nats(look: Look, nats: NatsServer) -> None:
    assert bad(look(nats.url)) == set()


def test_a_bus_that_takes_its_time_to_connect_is_no_silent_one(
    look: Look, nats: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = NatsCarrier._subscribe

    async def connect_late(self: NatsCarrier) -> None:
        # What is said at first is lost to whoever does not listen yet.
        if self._node == PROBES[1]:
            await asyncio.sleep(0.5)
        await connect(self)

    monkeypatch.setattr(NatsCarrier, "_subscribe", connect_late)
    monkeypatch.setattr("babilu.relay.bus.nats.START_S", 0.2)
    assert "bus.good" in look(nats.url)


def test_a_relay_without_a_database_has_nothing_to_share(look: Look) -> None:
    assert list(look(url="")) == ["database.none"]


def test_a_database_that_is_not_there_is_a_fault(look: Look) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        found = look(url=f"postgresql://babilu@127.0.0.1:{nobody.getsockname()[1]}/babilu")
    assert [(each.what, each.verdict) for each in found.values()] == [("database.away", Verdict.FAULT)]


def test_a_bus_that_carries_nothing_is_a_worry(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("babilu.cli.cluster_checks.ANSWER_S", 0.2)
    monkeypatch.setattr("babilu.relay.bus.nats.START_S", 0.05)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        found = look(f"nats://127.0.0.1:{nobody.getsockname()[1]}")
    assert bad(found) == {"bus.silent"}


def test_credentials_for_the_bus_that_are_missing_are_a_fault(look: Look, tmp_path: Path) -> None:
    found = look("nats://127.0.0.1:1", credentials=tmp_path / "missing.creds")
    assert found["bus.credentials"].verdict is Verdict.FAULT


def test_nodes_that_are_silent_or_differ_and_connections_that_do_not_suffice_are_worries(
    look: Look, tables: str, postgresql: Databases
) -> None:
    node = (
        "INSERT INTO node (id, name, version, schema) SELECT n, 'node' || n, '1.0', 1 FROM generate_series({range}) n"
    )
    run(postgresql, tables, node.format(range="1, 2"))
    found = look()
    assert bad(found) == set()
    assert found["nodes.good"].fields == {"count": 2}
    run(postgresql, tables, "UPDATE node SET version = '1.1' WHERE id = 2")
    assert bad(look()) == {"nodes.versions"}
    run(postgresql, tables, "UPDATE node SET seen_at = seen_at - interval '20 s' WHERE id = 2")
    found = look()
    assert bad(found) == {"nodes.silent"}
    assert found["nodes.silent"].fields == {"names": "node2"}
    run(postgresql, tables, "DELETE FROM node", node.format(range=f"1, {300 // CONNECTIONS_OF_NODE}"))
    assert bad(look()) == {"connections.few"}


@pytest.mark.parametrize(("seconds", "finding"), [(3, "clocks.off"), (61, "clocks.apart")])
def test_a_clock_that_is_off_is_named(look: Look, monkeypatch: pytest.MonkeyPatch, seconds: int, finding: str) -> None:
    now = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: now() + seconds * 1_000_000_000)
    assert bad(look()) == {finding}
