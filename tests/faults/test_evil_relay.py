"""The relay's operator attacks: nothing that it does shows a message twice, out of place or to somebody else."""

import dataclasses
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
import pytest

from babilu.identity.shapes import SignedDeviceList
from babilu.wire.relay_frames import Deliver, DeviceListIs, LoggedIn, RelayFrame, StaleDevices
from tests.e2e.processes import Processes
from tests.faults.tools.account import Account
from tests.faults.tools.evil_relay import EvilRelay, Mail, honest
from tests.faults.tools.ledger import troubles
from tests.relay_client import Person

NOTICED_S = 30.0
LETTERS = 6


class Scene:
    """An evil relay, and people who meet by it."""

    def __init__(self, processes: Processes, relay: EvilRelay) -> None:
        self.processes = processes
        self.relay = relay

    def person(self, name: str) -> Account:
        log = self.processes.folder / f"{name}.log"
        words = ("connect", *self.relay.words, name, "--log-file", str(log))
        account = Account(name, lambda: self.processes.run(*words, home=name), log)
        account.start()
        account.online()
        return account

    def couple(self) -> tuple[Account, Account]:
        """Give two who have written to each other."""
        alice, bob = self.person("alice"), self.person("bob")
        alice.say("bob", "hello")
        bob.now.take("message", text="hello")
        bob.say("alice", "hello yourself")
        alice.now.take("message", text="hello yourself")
        alice.settle("bob")
        bob.settle("alice")
        return alice, bob


@pytest.fixture
def scene(processes: Processes, tmp_path: Path) -> Iterator[Scene]:
    with EvilRelay(tmp_path / "evil") as relay:
        yield Scene(processes, relay)


def _letters(bob: Account) -> list[str]:
    return [kept.text for kept in bob.history("alice") if kept.text.startswith("letter")]


def _shown(bob: Account) -> list[str]:
    return [event["text"] for event in bob.printed() if event["text"].startswith("letter")]


def _write_letters(alice: Account, bob: Account) -> list[str]:
    texts = [f"letter {number}" for number in range(LETTERS)]
    for text in texts:
        alice.say("bob", text)
    bob.now.take("message", text=texts[-1], seconds=NOTICED_S)
    return texts


def _no_trouble(*people: Account) -> None:
    assert [line for person in people for line in troubles(person) if "Traceback" in line or "defect" in line] == []
    assert all(person.now.process.poll() is None for person in people)


def _doubled(letter: Deliver, _: int) -> Iterable[Deliver]:
    return letter, letter


def _doubled_under_new_numbers(letter: Deliver, number: int) -> Iterable[Deliver]:
    first = msgspec.structs.replace(letter, seq=letter.seq + number)
    return first, msgspec.structs.replace(first, seq=first.seq + 1)


@dataclasses.dataclass
class Swapped:
    """Each second letter goes before the first of its pair, with the numbers in order or with the letters' own."""

    own_numbers: bool
    held: Deliver | None = None

    def __call__(self, letter: Deliver, _: int) -> Iterable[Deliver]:
        first, self.held = self.held, (letter if self.held is None else None)
        if first is None:
            return ()
        if self.own_numbers:
            return letter, first
        return msgspec.structs.replace(letter, seq=first.seq), msgspec.structs.replace(first, seq=letter.seq)


@dataclasses.dataclass
class Delayed:
    """The first letter comes after all others."""

    held: Deliver | None = None

    def __call__(self, letter: Deliver, number: int) -> Iterable[Deliver]:
        if number == 0:
            self.held = letter
            return ()
        if number == LETTERS - 1 and self.held is not None:
            return letter, msgspec.structs.replace(self.held, seq=letter.seq + 1)
        return (letter,)


@pytest.mark.parametrize(
    "change",
    [
        _doubled,
        pytest.param(_doubled_under_new_numbers, marks=pytest.mark.long),
        Swapped(own_numbers=False),
        pytest.param(Swapped(own_numbers=True), marks=pytest.mark.long),
        pytest.param(Delayed(), marks=pytest.mark.long),
    ],
    ids=["doubled", "doubled-numbers", "swapped", "swapped-numbers", "delayed"],
)
def test_letters_that_were_doubled_swapped_or_delayed_show_once_and_in_order(scene: Scene, change: object) -> None:
    alice, bob = scene.couple()
    scene.relay.tamper = Mail("bob", change)  # type: ignore[arg-type]  # callables of three kinds
    texts = _write_letters(alice, bob)
    alice.settle("bob", NOTICED_S)
    assert _letters(bob) == texts
    assert _shown(bob) == texts
    _no_trouble(alice, bob)


def test_a_letter_that_was_dropped_shows_as_a_gap(scene: Scene) -> None:
    alice, bob = scene.couple()
    scene.relay.tamper = Mail("bob", lambda letter, number: () if number == 2 else (letter,))
    texts = _write_letters(alice, bob)
    assert bob.now.take("gap", conversation="alice", seconds=NOTICED_S)["missing"] == 1
    assert _letters(bob) == [text for text in texts if text != "letter 2"]
    _no_trouble(alice, bob)


@pytest.mark.long
def test_a_letter_with_a_flipped_byte_is_missed_and_harms_no_other(scene: Scene) -> None:
    alice, bob = scene.couple()

    def flip(letter: Deliver, number: int) -> Iterable[Deliver]:
        if number != 2:
            return (letter,)
        body = bytearray(letter.envelope)
        body[len(body) // 2] ^= 1
        return (msgspec.structs.replace(letter, envelope=bytes(body)),)

    scene.relay.tamper = Mail("bob", flip)
    texts = _write_letters(alice, bob)
    bob.now.take("gap", conversation="alice", seconds=NOTICED_S)
    assert _letters(bob) == [text for text in texts if text != "letter 2"]
    _no_trouble(alice, bob)


@pytest.mark.long
def test_a_letter_that_is_delivered_to_somebody_else_shows_nothing_there(scene: Scene) -> None:
    alice, bob = scene.couple()
    carol = scene.person("carol")
    alice.say("carol", "hello carol")
    carol.now.take("message", text="hello carol")
    alice.say("bob", "letter for bob")
    bob.now.take("message", text="letter for bob")
    envelope = next(
        message.envelope
        for name, message in reversed(scene.relay.frames)
        if name == "bob" and isinstance(message, Deliver)
    )
    scene.relay.push("carol", Deliver(1_000, 0, envelope))
    alice.say("carol", "and on")
    scene.relay.tamper = Mail("carol", lambda letter, _: (msgspec.structs.replace(letter, seq=letter.seq + 1_000),))
    alice.say("carol", "still there")
    carol.now.take("message", text="still there", seconds=NOTICED_S)
    assert all("bob" not in event["text"] for event in carol.printed())
    _no_trouble(alice, bob, carol)


def test_another_identity_under_a_known_name_stops_sending_to_it(scene: Scene) -> None:
    alice, bob = scene.couple()
    another = Person("bob")
    another.join(scene.relay.key)
    scene.relay.push("alice", StaleDevices(None, "bob", another.device_list))
    alice.now.take("identity_changed", name="bob")
    answer = alice.ask("send", to="bob", text="letter to nobody")
    assert (answer["event"], answer["code"]) == ("error", "identity_changed")
    assert _letters(bob) == []
    _no_trouble(alice, bob)


def test_somebodys_devices_under_another_name_get_nothing_and_are_named(scene: Scene) -> None:
    alice, bob = scene.couple()
    carol = scene.person("carol")
    theirs = scene.relay.wait_for(lambda name, message: name == "bob" and isinstance(message, LoggedIn))
    assert isinstance(theirs, LoggedIn)

    def misname(_: str, message: RelayFrame) -> Iterable[RelayFrame]:
        if isinstance(message, DeviceListIs) and message.name == "carol":
            return (msgspec.structs.replace(message, device_list=theirs.device_list),)
        return (message,)

    scene.relay.tamper = misname
    for who in (alice, scene.person("dave")):
        answer = who.ask("send", to="carol", text="letter between us")
        assert (answer["event"], answer["code"]) == ("error", "account_mismatch")
    assert _letters(bob) == []
    assert all(event["text"] != "letter between us" for event in bob.printed())
    scene.relay.tamper = honest
    alice.say("carol", "letter between us")
    carol.now.take("message", text="letter between us")
    _no_trouble(alice, bob, carol)


@pytest.mark.long
def test_a_device_list_that_its_owner_did_not_sign_is_refused_with_an_alarm(scene: Scene) -> None:
    alice, bob = scene.couple()
    forged = Person("bob").device_list
    unsigned = SignedDeviceList(forged.body, bytes(64))
    scene.relay.push("alice", StaleDevices(None, "bob", unsigned))
    alarm = alice.now.take("error")
    assert alarm["code"] in {"bad_signature", "bad_key"}
    alice.say("bob", "letter as before")
    bob.now.take("message", text="letter as before")
    assert not alice.now.of("identity_changed")


def test_a_relay_with_another_certificate_gets_no_login(processes: Processes, tmp_path: Path) -> None:
    with EvilRelay(tmp_path / "evil") as relay:
        scene = Scene(processes, relay)
        alice = scene.person("alice")
        port = relay.address[1]
    alice.now.take("link", state="offline")
    with EvilRelay(tmp_path / "impostor", port) as impostor:
        changed = alice.now.take("link", state="offline", code="certificate_changed", seconds=NOTICED_S)
        assert changed["refused"]
        alice.now.write('{"do":"try_now"}')
        alice.now.take("link", state="offline", code="certificate_changed", seconds=NOTICED_S)
        assert impostor.frames == []
    _no_trouble(alice)
