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


@pytest.fixture(scope="module", params=["relay", "direct"])
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Two people for the tests of a module, since starting them takes longer than most tests.

    Each test speaks of messages of its own, and leaves names and settings as it found them.
    """
    with Processes(tmp_path_factory.mktemp("pair")) as made:
        pair = who_know_each_other(made, request.param)
        yield pair
        end_in_good_order(pair)


@pytest.fixture(params=["relay", "direct"])
def own_pair(processes: Processes, request: pytest.FixtureRequest) -> Iterator[Pair]:
    """Two people for one test alone."""
    pair = who_know_each_other(processes, request.param)
    yield pair
    end_in_good_order(pair)


def who_know_each_other(processes: Processes, route: str) -> Pair:
    if route == "relay":
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
    return Pair(processes, alice, bob)


def end_in_good_order(pair: Pair) -> None:
    for process in (pair.alice, pair.bob):
        process.end_input()
        assert process.wait() == 0, process.describe()
        assert [line for line in process.errors if "Traceback" in line] == []
        assert process.garbage == []
