"""Relay and clients are killed at random moments under load: what was accepted arrives once, in order."""

import random
import threading

import pytest

from tests.e2e.processes import Processes
from tests.faults.conftest import Record, Rounds, Times
from tests.faults.tools.town import Town

LONGEST_LIFE_S = 3.0


@pytest.mark.timeout(3600)
def test_what_was_accepted_arrives_once_when_the_relay_is_killed(
    processes: Processes, times: Times, rounds: Rounds, record: Record
) -> None:
    town = Town(processes, record)
    chance = random.Random(1)
    kills = times(2, 200)
    with town.chatting():
        for _ in rounds(kills):
            threading.Event().wait(chance.uniform(0, LONGEST_LIFE_S))
            town.kill_relay()
            town.alice.online()
            town.bob.online()
    town.judge(f"{kills} kills of the relay")


@pytest.mark.timeout(3600)
@pytest.mark.parametrize(
    "victims", [pytest.param(("alice",), marks=pytest.mark.long), ("alice", "bob")], ids=["one", "both"]
)
def test_what_was_accepted_arrives_once_when_a_client_is_killed(
    processes: Processes, times: Times, rounds: Rounds, record: Record, victims: tuple[str, ...]
) -> None:
    town = Town(processes, record)
    chance = random.Random(2)
    kills = times(2, 200)
    with town.chatting():
        for _ in rounds(kills):
            victim = town.alice if chance.choice(victims) == "alice" else town.bob
            threading.Event().wait(chance.uniform(0, LONGEST_LIFE_S))
            victim.kill()
            victim.start()
            victim.online()
    town.judge(f"{kills} kills of {' and '.join(victims)}")
