"""The story of two people, a relay and two windows, told once: as a test, and for the pictures of the manual."""

import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.desktop.stage import Person, Stage, until
from tests.e2e.processes import Processes, RelayProcess

Look = Callable[[str, Person], None]
"""Called with the name of a scene and whose window shows it."""

ALICE = ("alice", "correct horse battery")
BOB = ("bob", "a staple of barns")
CAROL = ("carol", "seven seas of rhye")


@dataclass(frozen=True, slots=True)
class Stand:
    """Where the story plays."""

    stage: Stage
    processes: Processes
    folder: Path


def tell(stand: Stand, look: Look) -> str:
    """Play it: register, accept, chat both ways, verify, a stranger, offline and back, direct call, search, lock, quit.

    Returns:
        The relay's port.
    """
    relay = stand.processes.relay()
    alice = Person(stand.stage, stand.folder / "alice", ["127.0.0.1", relay.port, *ALICE])
    bob = Person(stand.stage, stand.folder / "bob", ["127.0.0.1", relay.port, *BOB])
    alice.wait_title("alice")
    bob.wait_title("bob")
    begin(stand.stage, alice, bob, look)
    verify(stand.stage, alice, bob, look)
    take_a_stranger_in(stand, relay, bob, look)
    relay = lose_the_relay(stand, relay, alice, bob, look)
    call_directly(relay, alice, bob, look)
    search_and_lock(alice, look)
    for person in (alice, bob):
        assert person.close() == 0
    return relay.port


def begin(stage: Stage, alice: Person, bob: Person, look: Look) -> None:
    """A first message, which the desktop's shell announces, an answer, and a conversation both ways."""
    stage.shell.wait(lambda shell: len(shell.icons) == 2)
    alice.begin("bob", "Hello Bob! The relay runs on the old laptop now.")
    bob.wait_title("(1)")
    assert bob.title() == "(1) Babilu · bob", "Babilu's name stands in the title twice, or not at all"
    stage.shell.wait(lambda shell: [(note.title, note.body[:10]) for note in shell.told] == [("alice", "Hello Bob!")])
    bob.press("ctrl+1")
    bob.wait_title("alice")
    look("first-message", bob)
    bob.say("Hello Alice, and it works.")
    alice.wait_newest("Hello Alice, and it works.")
    for person, other, text in (
        (bob, alice, "What can it see of us, by the way?"),
        (alice, bob, "That we talk, and when. Never what about."),
        (bob, alice, "Tomorrow at ten at the harbour?"),
        (alice, bob, "At ten. I bring the coffee."),
    ):
        person.say(text)
        other.wait_newest(text)
    look("chat", alice)


def verify(stage: Stage, alice: Person, bob: Person, look: Look) -> None:
    """Bob copies the digits that he sees; Alice pastes them, and Enter records that they are the same."""
    bob.press("ctrl+i", "space")
    bob.wait_title("Safety number")
    until(lambda: len(copied_digits(stage, bob)) == 60, "the safety number can be copied")
    digits = copied_digits(stage, bob)
    bob.press("Escape", "Escape")
    alice.press("ctrl+i", "space")
    alice.wait_title("Safety number")
    until(lambda: len(copied_digits(stage, alice)) == 60, "there is something to compare with")
    # Whether she pastes his digits or her own copy of the same ones makes a difference, and her keys may be late.
    alice.catch_up()
    alice.paste(digits)
    look("verify", alice)
    alice.press("Return")
    alice.wait_title("Contact")
    alice.press("Escape")
    alice.wait_title("bob")


def copied_digits(stage: Stage, person: Person) -> str:
    """Copy the digits by the button in front of the field to compare with; what others copied before does not count."""
    stage.forget_copied()
    person.press("shift+Tab", "space", "Tab")
    return "".join(c for c in stage.clipboard() if c.isdecimal())


def take_a_stranger_in(stand: Stand, relay: RelayProcess, bob: Person, look: Look) -> None:
    """Somebody whom Bob does not know calls him directly; he accepts, and they talk."""
    address = listen(bob)
    carol = Person(stand.stage, stand.folder / "carol", ["127.0.0.1", relay.port, *CAROL])
    carol.wait_title("carol")
    carol.press("ctrl+n", "shift+Tab", "space", "Tab")
    carol.write(address)
    carol.press("Return")
    bob.wait_title("(1)")
    bob.press("ctrl+shift+f", "Down", "Home", "Return")
    bob.wait_title("alice")
    look("request", bob)
    bob.press("Tab", "space")
    bob.wait_title("carol")
    bob.say("Who are you?")
    carol.wait_title("(1)")
    carol.press("ctrl+1")
    carol.wait_newest("Who are you?")
    assert carol.close() == 0
    bob.go_to("alice")


def listen(person: Person) -> str:
    """Let a person be called; gives the address."""
    address = f"127.0.0.1:{free_port()}"
    person.press("ctrl+d", "Tab", "ctrl+a")
    person.write(address)
    person.press("Return", "Escape")
    return address


def lose_the_relay(stand: Stand, relay: RelayProcess, alice: Person, bob: Person, look: Look) -> RelayProcess:
    """What is written while the relay is gone arrives when it is back."""
    port = relay.port
    relay.stop()
    alice.say("Can you read this? The relay is off.")
    look("offline", alice)
    again = stand.processes.relay(port=port)
    bob.wait_newest("Can you read this? The relay is off.")
    return again


def call_directly(relay: RelayProcess, alice: Person, bob: Person, look: Look) -> None:
    """Both allow it, one listens and the other calls; then messages arrive with no relay at all."""
    address = f"127.0.0.1:{free_port()}"
    for person in (alice, bob):
        person.press("ctrl+i", *(6 * ["Tab"]), "space", "Escape")
    bob.press("ctrl+d", "Tab", "ctrl+a")
    bob.write(address)
    bob.press("Return")
    look("connection", bob)
    bob.press("Escape")
    bob.wait_title("alice")
    alice.press("ctrl+i", "Tab", "space")
    alice.wait_title("Call bob")
    alice.write(address)
    alice.press("Return")
    alice.wait_title("Contact")
    alice.press("Escape")
    alice.wait_title("bob")
    relay.stop()
    alice.say("And now straight to you.")
    bob.wait_newest("And now straight to you.")
    look("direct", alice)


def free_port() -> int:
    """Find a port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def search_and_lock(alice: Person, look: Look) -> None:
    """A search finds what was said; a locked window shows nothing of it, and the password opens it."""
    alice.press("ctrl+f")
    alice.write("harbour")
    look("search", alice)
    alice.press("Escape")
    alice.press("ctrl+l")
    alice.wait_title("Babilu")
    until(lambda: "bob" not in alice.title(), "the locked window names nobody")
    look("lock", alice)
    alice.write(ALICE[1])
    alice.press("Return")
    alice.wait_title("bob")
