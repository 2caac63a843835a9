"""Black-box tests have real processes, and none of them outlives its test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.pairs import Pair, meet
from tests.e2e.processes import Processes


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    with Processes(tmp_path) as made:
        yield made


@pytest.fixture(params=["relay", "direct"])
def pair(processes: Processes, request: pytest.FixtureRequest) -> Iterator[Pair]:
    if request.param == "relay":
        relay = processes.relay()
        alice, bob = processes.client(relay, "alice"), processes.client(relay, "bob")
        alice.take("link", state="online")
        bob.take("link", state="online")
    else:
        alice, bob = processes.peer("alice"), processes.peer("bob")
        alice.do("call", address=bob.of("listening")[0]["address"])
        bob.take("request", name="alice")
        bob.do("accept", name="alice")
        alice.take("peer", name="bob", state="connected")
    meet(alice, bob)
    yield Pair(processes, alice, bob)
    for process in (alice, bob):
        process.end_input()
        assert process.wait() == 0, process.describe()
        assert [line for line in process.errors if "Traceback" in line] == []
        assert process.garbage == []
