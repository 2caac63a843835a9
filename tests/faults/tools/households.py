"""Two people with several devices each, every one a process with a home of its own, and a relay that can be killed."""

import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from babilu.api.client import RelayProfile
from babilu.api.views import Address
from babilu.crypto.secret import Passphrase
from tests.e2e.processes import JsonProcess, Processes, RelayProcess
from tests.faults.tools.account import PAGE, SETTLE_S, Account
from tests.integration.engine.own_devices import add_device_to_closed_profile

Shown = frozenset[tuple[str, str, bool, bool, tuple[str, ...]]]
"""Id, words, whether they are one's own, whether they were reworded, and reactions, of each message."""


class Households:
    """Two people with one device each at first.

    Args:
        processes: Where they live.
        record: Takes each line of what was compared.
        relay: The relay, where there is one already.
        names: What the two are called.
    """

    def __init__(
        self,
        processes: Processes,
        record: Callable[[str], None],
        relay: RelayProcess | None = None,
        names: tuple[str, str] = ("alice", "bob"),
    ) -> None:
        self.processes = processes
        self.record = record
        self.names = names
        self.relay = relay or processes.relay(users=100)
        self.dead: list[RelayProcess] = []
        self._place = (self.relay.host, self.relay.port)
        self.devices: dict[str, list[Account]] = {name: [] for name in names}

    @property
    def all(self) -> list[Account]:
        """All devices of both."""
        return [device for devices in self.devices.values() for device in devices]

    def other(self, name: str) -> str:
        """Return to whom somebody talks."""
        return self.names[1] if name == self.names[0] else self.names[0]

    def first(self, name: str, home: str) -> None:
        """Register somebody, on their first device."""
        device = Account(name, partial(self.connect, name, home), self._log(home))
        device.start()
        device.online()
        self.devices[name].append(device)

    def add(self, name: str, home: str) -> None:
        """Give somebody a device that was linked in no time, while the first one is closed."""
        first = self.devices[name][0]
        first.now.stop()
        address = Address(self._place[0], int(self._place[1]))
        profile = RelayProfile(address, name, Passphrase(password_of(name)))
        folder = self.processes.home(home)
        folder.mkdir(exist_ok=True)
        add_device_to_closed_profile(self.processes.home(self._home(first)), profile, folder)
        first.start()
        device = Account(name, partial(self.connect, name, home), self._log(home))
        device.start()
        device.online()
        self.devices[name].append(device)

    def connect(self, name: str, home: str, *options: str) -> JsonProcess:
        """Start a client in a home."""
        words = (*self._place, name, "--log-file", str(self._log(home)), "--log-level", "debug", *options)
        return self.processes.run("connect", *words, home=home, password=password_of(name), ready=False)

    def joined(self, name: str, home: str, run: JsonProcess) -> Account:
        """Take note of a device that was linked, and of the run in which it was."""
        device = Account(name, partial(self.connect, name, home), self._log(home))
        device.runs.append(run)
        self.devices[name].append(device)
        return device

    def _log(self, home: str) -> Path:
        return self.processes.folder / f"{home}.log"

    @staticmethod
    def _home(device: Account) -> str:
        return device.log.stem

    def kill_relay(self) -> None:
        """End the relay without giving it a chance, and start it again."""
        self.relay.kill()
        self.dead.append(self.relay)
        self.relay = self.processes.relay(port=self._place[1], users=100)

    def introduce(self) -> None:
        """Have both know each other on every device."""
        one, two = self.names
        self.devices[two][0].say(one, "hello")
        for device in self.devices[one]:
            until(lambda device=device: bool(shown(device, two)), "hello")  # type: ignore[misc]
        self.devices[one][0].say(two, "hello, you")
        self.same("the introduction")

    def same(self, title: str) -> Shown:
        """Wait until all devices show the same, and say what they show where they do not."""
        one, two = self.names
        deadline = time.monotonic() + SETTLE_S
        while True:
            hers = [shown(device, two) for device in self.devices[one]]
            his = [shown(device, one) for device in self.devices[two]]
            turned = [frozenset((id_, text, not own, *rest) for id_, text, own, *rest in each) for each in his]
            unread = [
                tuple(unread_of(device, self.other(name)) for device in self.devices[name]) for name in self.names
            ]
            states = [[states_of(device, self.other(name)) for device in self.devices[name]] for name in self.names]
            agree = [len(set(each)) == 1 for each in (*unread, *states)]
            if len({*hers, *turned}) == 1 and all(agree):
                many = len(hers) + len(his)
                self.record(
                    f"{title}: {len(hers[0])} messages on {many} devices, unread {[each[0] for each in unread]}"
                )
                return hers[0]
            if time.monotonic() >= deadline:
                whole = frozenset.union(*hers, *turned)
                missing = [len(whole - each) for each in (*hers, *turned)]
                apart = [[len(each ^ of[0]) for each in of] for of in states]
                sample = sorted(whole - frozenset.intersection(*hers, *turned))[:4]
                raise AssertionError(f"{title}: {missing} messages differ, unread {unread}, states {apart}, {sample}")
            threading.Event().wait(1.0)

    def faults_of_relays(self) -> list[str]:
        """Return what relays have said that they should never say."""
        return [
            line
            for relay in (*self.dead, self.relay)
            for line in relay.errors
            if "Traceback" in line or "ERROR" in line
        ]


def password_of(name: str) -> str:
    """Return somebody's password."""
    return f"the password of {name}"


def until(condition: Callable[[], bool], what: str) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + SETTLE_S
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        threading.Event().wait(0.5)


def page_of(device: Account, name: str) -> list[dict[str, object]]:
    """Return the messages of a conversation, the oldest first."""
    found: list[dict[str, object]] = []
    before: dict[str, Any] = {}
    while True:
        answer = device.ask("history", name=name, n=PAGE, **before)
        page = list(answer.get("messages", []))
        found = page + found
        if not answer.get("more_before"):
            return found
        before = {"before": page[0]["position"]}


def texts_of(device: Account, name: str) -> list[dict[str, object]]:
    """Return what people have written in a conversation."""
    return [each for each in page_of(device, name) if each.get("kind", "text") == "text"]


def shown(device: Account, name: str) -> Shown:
    """Return what a device shows of a conversation; nothing stands there twice."""
    page = texts_of(device, name)
    assert len({each["id"] for each in page}) == len(page)
    return frozenset(
        (
            str(each["id"]),
            str(each["text"]),
            bool(each["outgoing"]),
            "edited_at" in each,
            tuple(sorted(str(sign["emoji"]) for sign in each.get("reactions", []))),  # type: ignore[attr-defined]
        )
        for each in page
    )


def states_of(device: Account, name: str) -> frozenset[tuple[str, str]]:
    """Return how far each message of one's own has come, as a device shows it."""
    return frozenset((str(each["id"]), str(each["state"])) for each in texts_of(device, name) if each["outgoing"])


def unread_of(device: Account, name: str) -> int:
    """Return how much a device shows as unread."""
    answer = device.ask("conversations")
    return next((int(each["unread"]) for each in answer["conversations"] if each["conversation"] == name), 0)
