"""Devices of one person are killed at random moments while they talk: all of them end with the same messages."""

import random
import threading

import pytest

from tests.e2e.processes import Processes
from tests.faults.conftest import Record, Rounds, Times
from tests.faults.tools.account import Account
from tests.faults.tools.households import Households, page_of, unread_of

LONGEST_LIFE_S = 2.0
TEXTS_BETWEEN = 4


def households_of(processes: Processes, record: Record) -> Households:
    """Give alice three devices and bob two."""
    households = Households(processes, record)
    for name, first, *others in (("alice", "phone", "laptop", "tablet"), ("bob", "desk", "pocket")):
        households.first(name, first)
        for home in others:
            households.add(name, home)
    return households


@pytest.mark.timeout(3600)
def test_all_devices_of_two_people_show_the_same_after_any_kills(
    processes: Processes, times: Times, rounds: Rounds, record: Record
) -> None:
    households, chance = households_of(processes, record), random.Random(3)
    households.introduce()
    kills = times(3, 100)
    for number in rounds(kills):
        victim = chance.choice([*households.all, None])
        for text in range(TEXTS_BETWEEN):
            speaker = chance.choice(households.all)
            other = households.other(speaker.name)
            speaker.say(other, f"{speaker.name} {number:03d}.{text}")
            act(chance, speaker, other)
        threading.Event().wait(chance.uniform(0, LONGEST_LIFE_S))
        if victim is None:
            households.kill_relay()
        else:
            victim.kill()
            victim.start()
    for device in households.all:
        device.online()
    shown = households.same(f"{kills} kills of devices, {len(households.dead)} of them of the relay")
    assert any(signs for *_, signs in shown) or kills < 10
    # What is read on one is read on all.
    households.devices["alice"][1].ask("read", name="bob")
    households.same("after reading")
    assert unread_of(households.devices["alice"][0], "bob") == 0
    assert not households.faults_of_relays()


def act(chance: random.Random, speaker: Account, other: str) -> None:
    """React to a message, or reword an own one, now and then; what cannot be done any more is refused."""
    page = page_of(speaker, other)
    if not page or chance.random() < 0.5:
        return
    message = chance.choice(page)
    if message["outgoing"] and chance.random() < 0.5:
        speaker.ask("edit", id=message["id"], text=f"{message['text']}!"[:200])
    else:
        speaker.ask("react", id=message["id"], emoji=[chance.choice(("👍", "🎉"))])
