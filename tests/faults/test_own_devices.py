"""Devices of one person are killed at random moments while they talk: all of them end with the same messages."""

import random
import threading
import time
from functools import partial
from pathlib import Path

import pytest

from babilu.api.client import RelayProfile
from babilu.api.views import Address
from babilu.crypto.secret import Passphrase
from tests.e2e.processes import Processes, RelayProcess
from tests.faults.conftest import Record, Rounds, Times
from tests.faults.tools.account import PAGE, SETTLE_S, Account
from tests.integration.engine.own_devices import add_device_to_closed_profile

ALL_DEVICES = {"alice": ("phone", "laptop", "tablet"), "bob": ("desk", "pocket")}
LONGEST_LIFE_S = 2.0
TEXTS_BETWEEN = 4

Shown = frozenset[tuple[str, str, bool, tuple[str, ...]]]


class Households:
    """Two people with several devices each, every one a process with a home of its own."""

    def __init__(self, processes: Processes, record: Record) -> None:
        self.record = record
        self.relay: RelayProcess = processes.relay()
        self.devices: dict[str, list[Account]] = {}
        for name, homes in ALL_DEVICES.items():
            first = self._device(processes, name, homes[0])
            first.start()
            first.online()
            first.now.stop()
            for home in homes[1:]:
                self._add(processes, name, homes[0], home)
            self.devices[name] = [first, *(self._device(processes, name, home) for home in homes[1:])]
        for device in self.all:
            device.start()
            device.online()

    @property
    def all(self) -> list[Account]:
        return [device for devices in self.devices.values() for device in devices]

    def _device(self, processes: Processes, name: str, home: str) -> Account:
        place, password = (self.relay.host, self.relay.port), f"the password of {name}"
        words = ("connect", *place, name, "--log-file", str(processes.folder / f"{home}.log"), "--log-level", "debug")
        start = partial(processes.run, *words, home=home, password=password, ready=False)
        return Account(name, start, processes.folder / f"{home}.log")

    def _add(self, processes: Processes, name: str, first: str, home: str) -> None:
        address = Address(self.relay.host, int(self.relay.port))
        profile = RelayProfile(address, name, Passphrase(f"the password of {name}"))
        folder: Path = processes.home(home)
        folder.mkdir(exist_ok=True)
        add_device_to_closed_profile(processes.home(first), profile, folder)

    def introduce(self) -> None:
        """Have both know each other on every device."""
        self.devices["bob"][0].say("alice", "hello")
        for device in self.devices["alice"]:
            self._until(lambda device=device: bool(shown(device, "bob")), "hello")
        self.devices["alice"][0].say("bob", "hello, bob")
        self.same("the introduction")

    @staticmethod
    def _until(condition: partial[bool] | object, what: str) -> None:
        deadline = time.monotonic() + SETTLE_S
        while not condition():  # type: ignore[operator]
            assert time.monotonic() < deadline, f"waited in vain for {what}"
            threading.Event().wait(0.5)

    def same(self, title: str) -> None:
        """Wait until all devices show the same, and say what they show where they do not."""
        deadline = time.monotonic() + SETTLE_S
        while True:
            hers = [shown(device, "bob") for device in self.devices["alice"]]
            his = [shown(device, "alice") for device in self.devices["bob"]]
            turned = [frozenset((id_, text, not own, signs) for id_, text, own, signs in each) for each in his]
            unread = [unread_of(device, "bob") for device in self.devices["alice"]]
            if len({*hers, *turned}) == 1 and len(set(unread)) == 1:
                self.record(f"{title}: {len(hers[0])} messages on {len(hers) + len(his)} devices, unread {unread[0]}")
                return
            if time.monotonic() >= deadline:
                missing = [len(frozenset.union(*hers, *turned) - each) for each in (*hers, *turned)]
                raise AssertionError(f"{title}: {missing} messages differ, unread {unread}")
            threading.Event().wait(1.0)


def page_of(device: Account, name: str) -> list[dict[str, object]]:
    answer = device.ask("history", name=name, n=PAGE)
    return list(answer.get("messages", []))


def shown(device: Account, name: str) -> Shown:
    """Give id, words, direction and reactions of every message that a device shows."""
    return frozenset(
        (
            str(each["id"]),
            str(each["text"]),
            bool(each["outgoing"]),
            tuple(sorted(str(sign["emoji"]) for sign in each.get("reactions", []))),  # type: ignore[attr-defined]
        )
        for each in page_of(device, name)
        if each.get("kind", "text") == "text"
    )


def unread_of(device: Account, name: str) -> int:
    answer = device.ask("conversations")
    return next((int(each["unread"]) for each in answer["conversations"] if each["conversation"] == name), 0)


@pytest.mark.timeout(3600)
def test_all_devices_of_two_people_show_the_same_after_any_kills(
    processes: Processes, times: Times, rounds: Rounds, record: Record
) -> None:
    households, chance = Households(processes, record), random.Random(3)
    households.introduce()
    kills = times(3, 100)
    for number in rounds(kills):
        victim = chance.choice(households.all)
        for text in range(TEXTS_BETWEEN):
            speaker = chance.choice(households.all)
            other = "bob" if speaker.name == "alice" else "alice"
            speaker.say(other, f"{speaker.name} {number:03d}.{text}")
            act(chance, speaker, other)
        threading.Event().wait(chance.uniform(0, LONGEST_LIFE_S))
        victim.kill()
        victim.start()
    for device in households.all:
        device.online()
    households.same(f"{kills} kills of devices")
    assert any(signs for _, _, _, signs in shown(households.devices["alice"][0], "bob")) or kills < 10
    # What is read on one is read on all.
    households.devices["alice"][1].ask("read", name="bob")
    households.same("after reading")
    assert unread_of(households.devices["alice"][0], "bob") == 0


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
