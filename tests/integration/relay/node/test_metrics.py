import asyncio
import json
import re
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from babilu.kernel.errors import UsageError
from babilu.relay.base.settings import RelaySettings
from babilu.relay.node.server import Relay
from tests.integration.relay.conftest import House, Pair
from tests.relay_client import RANDOMNESS

DASHBOARD = Path(__file__).parents[4] / "share" / "grafana" / "babilu-relay.json"


@pytest.fixture
async def watched(house: House) -> AsyncIterator[House]:
    relay = Relay(RelaySettings("127.0.0.1", 0, house.home, metrics_port=0), house.clock, RANDOMNESS)
    await relay.start()
    house.running = relay
    yield house
    await house.stop()


async def fetch(house: House, request: str) -> tuple[str, str]:
    """Give the status line and the body of an answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", house.relay.metrics_port)
    writer.write(f"{request}\r\nHost: localhost\r\n\r\n".encode())
    head, _, body = (await reader.read()).decode().partition("\r\n\r\n")
    writer.close()
    await writer.wait_closed()
    return head.split("\r\n")[0], body


async def values(house: House) -> dict[str, float]:
    status, body = await fetch(house, "GET /metrics HTTP/1.1")
    assert status == "HTTP/1.1 200 OK"
    return {sample.name: sample.value for family in text_string_to_metric_families(body) for sample in family.samples}


async def test_metrics_count_and_name_nobody(watched: House) -> None:
    await watched.register("alice")

    told = await values(watched)

    assert told["babilu_relay_users_online"] == told["babilu_relay_accounts"] == 1
    assert told["babilu_relay_start_time_seconds"] == watched.clock.now / 1000
    assert told["process_open_fds"] > 0
    assert "alice" not in (await fetch(watched, "GET /metrics HTTP/1.1"))[1]


async def test_a_node_of_several_counts_the_others_and_what_became_of_hints(pair: Pair) -> None:
    pair.first.metrics = True
    await pair.first.start()
    await pair.second.register("bob")
    await pair.beat()
    pair.first.relay._up.bus.counts.lost = 3
    pair.nodes.times = 0

    told = await values(pair.first)
    assert [told[f"babilu_relay_{name}"] for name in ("nodes", "users_elsewhere", "bus_up", "hints_lost_total")] == [
        2,
        1,
        0,
        3,
    ]
    assert told["babilu_relay_node_healthy"] == 1


async def test_health_is_bad_while_a_node_takes_nobody_in(pair: Pair) -> None:
    pair.first.metrics = True
    await pair.first.start()
    await pair.beat()
    assert (await fetch(pair.first, "GET /health HTTP/1.1"))[0] == "HTTP/1.1 200 OK"
    await pair.first.node.drain()
    assert await fetch(pair.first, "GET /health HTTP/1.1") == (
        "HTTP/1.1 503 Service Unavailable",
        "the node takes nobody in\n",
    )
    await pair.first.node.undrain()
    assert (await fetch(pair.first, "GET /health HTTP/1.1"))[0] == "HTTP/1.1 200 OK"


async def test_health_goes_through_the_storage(watched: House) -> None:
    assert await fetch(watched, "GET /health HTTP/1.1") == ("HTTP/1.1 200 OK", "ok\n")


@pytest.mark.parametrize(
    ("request_line", "status"),
    [
        ("GET / HTTP/1.1", "404 Not Found"),
        ("POST /metrics HTTP/1.1", "405 Method Not Allowed"),
        ("x", "405 Method Not Allowed"),
    ],
)
async def test_anything_else_is_refused(watched: House, request_line: str, status: str) -> None:
    assert (await fetch(watched, request_line))[0] == f"HTTP/1.1 {status}"


async def test_metrics_are_off_unless_they_are_asked_for(house: House) -> None:
    relay = await house.start()

    assert relay.metrics_port is None


async def test_a_port_in_use_is_told_before_a_folder_is_made(house: House) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        settings = RelaySettings("127.0.0.1", 0, house.home, metrics_port=other.getsockname()[1])
        with pytest.raises(UsageError, match="cannot be used for metrics"):
            await Relay(settings, house.clock, RANDOMNESS).start()

    assert not house.home.exists()


async def test_the_dashboard_shows_only_what_there_is(watched: House) -> None:
    dashboard = json.loads(DASHBOARD.read_text())
    expressions = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]

    asked = set(re.findall(r"\b(?:babilu|process)_\w+", " ".join(expressions)))

    assert len(asked) > 8
    assert asked <= (await values(watched)).keys()
