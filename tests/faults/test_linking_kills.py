"""Devices are linked while the new one, the old one and the relay are killed: each is whole in the end, and no more.

What the rule leaves to a hand is done by one: a try that came to nothing is begun again on the new device. An old
device answers five tries in an hour, so each pair of people links three devices, and then others follow.
"""

import random
import threading
import time
from dataclasses import dataclass
from enum import StrEnum, auto, unique

import pytest

from tests.e2e.processes import Event, JsonProcess, Processes
from tests.faults.conftest import Record, Rounds, Times
from tests.faults.tools.account import SETTLE_S, Account
from tests.faults.tools.households import Households, page_of, password_of, until

NEW_DEVICES = ((0, "laptop"), (1, "pocket"), (0, "tablet"))
MESSAGES = 240
LONG_TEXT = 400
LATE_S = 0.3
HISTORY_S = 1.5
HISTORY_KILLS = 2
KILLS_OF_A_DEVICE = 1 + HISTORY_KILLS
BEGUN_AT_MOST = 4


@unique
class Moment(StrEnum):
    """When something is killed in a try."""

    ASKED = auto()
    COMPARED = auto()
    CONFIRMED = auto()
    APPROVED = auto()


@unique
class Victim(StrEnum):
    """What is killed."""

    NEW = auto()
    OLD = auto()
    RELAY = auto()


@dataclass
class Linking:
    """One device's way onto its person's list, with one kill in it.

    Attributes:
        households: Where it is to come.
        name: Whose it is.
        home: Its home.
        chance: Draws what is left open.
        moment: When the kill falls.
        victim: Whom it hits.
    """

    households: Households
    name: str
    home: str
    chance: random.Random
    moment: Moment
    victim: Victim
    begun: int = 0
    struck: bool = False
    old: Account | None = None
    refused: int = 0

    def run(self) -> Account:
        """Link it, beginning again by hand as often as that is needed."""
        new = self._begin()
        while True:
            if self._strike(Moment.ASKED):
                self._after_kill(new)
            heard = self._outcome(new)
            if heard is not None and heard["event"] == "ready":
                return self.households.joined(self.name, self.home, new)
            if heard is None or heard["event"] == "closed":
                new = self._begin()
                continue
            if self._strike(Moment.COMPARED):
                # Nobody has said yes, and one end has nothing to say it to any more.
                new.kill()
                self._after_kill(new)
                new = self._begin()
                continue
            if not self._both_say_yes(new, heard):
                new = self._begin()

    def _begin(self) -> JsonProcess:
        """Begin by hand; whatever an old device still shows of an earlier try is ended there."""
        self.begun += 1
        self.old = None
        assert self.begun <= BEGUN_AT_MOST, f"begun again and again after a kill of {self.victim} when {self.moment}"
        for old in self.households.devices[self.name]:
            old.online()
            if self.begun > 1:
                old.ask("link_refuse")
        return self.households.connect(self.name, self.home, "--link", "--device-name", self.home)

    def _both_say_yes(self, new: JsonProcess, code: Event) -> bool:
        """Say yes on both, in either order; tells whether the new device's program lives."""
        self.old = old = self._asked(code["digits"])
        first_new = self.chance.choice((True, False))
        for on_new in (first_new, not first_new):
            if on_new:
                tell(new, "link_confirm")
            elif old is not None:
                self._approve(old)
            if self._strike(Moment.CONFIRMED if on_new else Moment.APPROVED):
                self._after_kill(new, old)
        return new.process.poll() is None

    def _approve(self, old: Account) -> None:
        """Say yes on the old device; where the relay cannot be reached, its user is told and says it again."""
        self.refused = len(old.now.of("error"))
        old.now.do("link_approve", history="all", password=password_of(self.name))

    def _outcome(self, new: JsonProcess) -> Event | None:
        """Wait for what comes of a try; None where the new device's program ends."""
        deadline = time.monotonic() + SETTLE_S
        while time.monotonic() < deadline:
            heard = first_of(new, "link_code", "ready", "closed")
            if heard is not None or new.process.poll() is not None:
                return heard
            if self.old is not None and len(self.old.now.of("error")) > self.refused:
                self.old.online()
                self._approve(self.old)
            new.wait_for_more(0.5)
        raise AssertionError(f"nothing came of a kill of {self.victim} when {self.moment}: {new.describe()}")

    def _asked(self, digits: str) -> Account | None:
        """Return which old device shows the code: a relay's or device's end may have come before."""
        deadline = time.monotonic() + SETTLE_S
        while time.monotonic() < deadline:
            for old in self.households.devices[self.name]:
                if old.now.of("link_asked", digits=digits):
                    return old
            threading.Event().wait(0.05)
        return None

    def _strike(self, moment: Moment) -> bool:
        """Kill, where this is the moment for it."""
        if self.struck or moment is not self.moment:
            return False
        self.struck = True
        threading.Event().wait(self.chance.uniform(0, LATE_S))
        return True

    def _after_kill(self, new: JsonProcess, old: Account | None = None) -> None:
        kill(self.households, self.victim, new, old or self.households.devices[self.name][0])


def kill(households: Households, victim: Victim, new: JsonProcess | Account, old: Account) -> None:
    """Kill what was drawn; an old device and the relay are started again, a new one by whoever began it."""
    match victim:
        case Victim.NEW:
            new.kill()
        case Victim.OLD:
            old.kill()
            old.start()
        case Victim.RELAY:
            households.kill_relay()


def tell(process: JsonProcess, do: str, **members: object) -> None:
    """Give an order to a program that may be dead."""
    try:
        process.do(do, **members)
    except BrokenPipeError:
        return


def first_of(process: JsonProcess, *kinds: str) -> Event | None:
    """Take the next event of one of several kinds, where one has come."""
    for kind in kinds:
        if process.of(kind):
            try:
                return process.take(kind, 0.0)
            except AssertionError:
                continue
    return None


def talk(households: Households, chance: random.Random) -> None:
    """Have two people fill a history: texts that hardly get smaller, reworded ones, reactions, and half of it read."""
    one, two = households.names
    for number in range(MESSAGES):
        name = chance.choice(households.names)
        text = f"{name} {number:04d} {chance.randbytes(LONG_TEXT // 2).hex()}"
        households.devices[name][0].say(households.other(name), text)
    for name in households.names:
        device, other = households.devices[name][0], households.other(name)
        until(lambda device=device, other=other: len(page_of(device, other)) >= MESSAGES, "the talk")  # type: ignore[misc]
        for message in chance.sample(page_of(device, other), 20):
            if message["outgoing"]:
                device.ask("edit", id=message["id"], text=f"{message['text']}!")
            else:
                device.ask("react", id=message["id"], emoji=[chance.choice(("👍", "🎉"))])
    households.devices[two][0].ask("read", name=one)


def listed(device: Account) -> dict[str, bool]:
    """Return which own devices one shows, by id, and whether each is the one that was asked."""
    return {str(each["device"]): bool(each["own"]) for each in device.ask("devices")["devices"]}


def judge_lists(households: Households, name: str) -> int:
    """Compare who is on a person's list with who lives; returns how many are listed that have no profile."""
    living = households.devices[name]
    until(lambda: len({frozenset(listed(each)) for each in living}) == 1, "the same list everywhere")
    own = {device for each in living for device, is_own in listed(each).items() if is_own}
    assert len(own) == len(living)
    nobodys = set(listed(living[0])) - own
    for device in nobodys:
        answer = living[0].ask("remove_device", device=device, password=password_of(name))
        assert answer["event"] == "done", answer
    until(lambda: all(set(listed(each)) == own for each in living), "a list without what has no profile")
    return len(nobodys)


def link_under_kills(households: Households, chance: random.Random, record: Record) -> int:
    """Link three devices to those of two people; tells how many kills that were."""
    kills = begun = nobodys = 0
    for who, kind in NEW_DEVICES:
        name = households.names[who]
        linking = Linking(
            households, name, f"{name}-{kind}", chance, chance.choice([*Moment]), chance.choice([*Victim])
        )
        new, old = linking.run(), households.devices[name][0]
        for _ in range(HISTORY_KILLS):
            households.devices[households.other(name)][0].say(name, f"meanwhile {chance.random()}")
            threading.Event().wait(chance.uniform(0, HISTORY_S))
            victim = chance.choice([*Victim])
            kill(households, victim, new, old)
            if victim is Victim.NEW:
                new.start()
        begun += linking.begun
        kills += linking.struck + HISTORY_KILLS
    for device in households.all:
        device.online()
    shown = households.same(f"{', '.join(households.names)}: three devices linked")
    assert len(shown) >= MESSAGES
    for name in households.names:
        nobodys += judge_lists(households, name)
        # What is read on one is read on all.
        households.devices[name][-1].ask("read", name=households.other(name))
    households.same("after reading")
    record(f"{kills} kills, {begun} tries for {len(NEW_DEVICES)} devices, {nobodys} listed without a profile")
    return kills


@pytest.mark.long
@pytest.mark.timeout(7200)
def test_devices_are_linked_and_given_their_history_whatever_is_killed_meanwhile(
    processes: Processes, times: Times, rounds: Rounds, record: Record
) -> None:
    chance = random.Random(11)
    relay, dead = processes.relay(users=100), []
    for number in rounds(-(-times(9, 100) // (KILLS_OF_A_DEVICE * len(NEW_DEVICES)))):
        names = (f"alice{number}", f"bob{number}")
        households = Households(processes, record, relay, names)
        for name in names:
            households.first(name, f"{name}-first")
        households.introduce()
        talk(households, chance)
        link_under_kills(households, chance, record)
        for device in households.all:
            device.now.stop()
        relay = households.relay
        dead += households.faults_of_relays()
    assert not dead
