"""Several devices of one person without any relay: they call each other, and are one as over a relay."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from babilu.api import commands, events
from babilu.api.client import LinkWish
from babilu.kernel.errors import ErrorCode
from tests.integration.engine.party import LOOPBACK, Party, befriend, direct
from tests.integration.engine.test_linking import LAPTOP, both_say_yes, id_of, new_device, password_of


def linked(stack: ExitStack, old: Party, home: Path, wish: LinkWish = LAPTOP) -> Party:
    """Link one more device at the port of an own one."""
    profile = replace(old.profile, listen=LOOPBACK)
    new = stack.enter_context(new_device(home, profile, replace(wish, address=old.address)))
    both_say_yes(old, new, commands.LinkApprove)
    return new


@contextmanager
def at_home(folder: Path) -> Iterator[tuple[Party, Party, ExitStack]]:
    """Give a phone whose person has talked with a friend, both without a relay."""
    with direct(folder / "homes", "alice", "bob") as (phone, bob), ExitStack() as stack:
        befriend(phone, bob)
        phone.send("bob", "first")
        bob.until_arrived("alice", ["first"])
        phone.send("#notes", "a note")
        yield phone, bob, stack


def shows(party: Party, conversation: str, *texts: str) -> None:
    party.until(lambda: party.texts(conversation) == list(texts), f"{texts} in {conversation}")


def devices_named(party: Party) -> list[tuple[str, bool]]:
    """Give the own devices that the lines in the notes name, and whether each came."""
    page = party.ask(commands.History("#notes", 100)).messages
    return [(each.name, each.added) for message in page for each in message.devices]


def test_a_device_that_was_linked_without_a_relay_has_the_history_and_hears_the_other(tmp_path: Path) -> None:
    with at_home(tmp_path) as (phone, bob, stack):
        laptop = linked(stack, phone, tmp_path / "laptop")
        shows(laptop, "#notes", "a note")
        shows(laptop, "bob", "first")
        phone.send("bob", "second")
        bob.until_arrived("alice", ["first", "second"])
        shows(laptop, "bob", "first", "second")
        laptop.send("#notes", "from the laptop")
        shows(phone, "#notes", "a note", "from the laptop")
        # Nobody is told of a contact of one's own name.
        assert {each.name for each in phone.of(events.PeerChanged)} == {"bob"}
        assert laptop.of(events.PeerChanged) == []
        assert [each.last_seen is not None for each in phone.ask(commands.Devices())] == [False, True]


def test_what_was_missed_comes_once_the_device_is_open_again(tmp_path: Path) -> None:
    with at_home(tmp_path) as (phone, _, stack):
        laptop = linked(stack, phone, tmp_path / "laptop")
        shows(laptop, "#notes", "a note")
        laptop.close()
        phone.send("#notes", "meanwhile")
        again = Party(laptop.home, replace(phone.profile, listen=LOOPBACK))
        stack.callback(again.close)
        shows(again, "#notes", "a note", "meanwhile")
        assert again.of(events.CallFailed) == []


def test_all_devices_learn_of_one_that_another_has_linked(tmp_path: Path) -> None:
    with at_home(tmp_path) as (phone, _, stack):
        laptop = linked(stack, phone, tmp_path / "laptop")
        shows(laptop, "#notes", "a note")
        tablet = linked(stack, laptop, tmp_path / "tablet", LinkWish("Tablet"))
        shows(tablet, "#notes", "a note")
        phone.until(lambda: len(phone.ask(commands.Devices())) == 3, "the third device")
        phone.until(lambda: devices_named(phone) == [("Tablet", True)], "the line that names it")
        # Nobody has told the tablet where the phone listens but the laptop, which has found it there.
        phone.send("#notes", "to both")
        shows(tablet, "#notes", "a note", "to both")
        shows(laptop, "#notes", "a note", "to both")
        phone.ask(commands.RemoveDevice("Tablet", password_of(phone)))
        laptop.until(lambda: devices_named(laptop) == [("Tablet", False)], "the line that names who went")


def test_a_device_that_was_removed_without_a_relay_locks_itself(tmp_path: Path) -> None:
    with at_home(tmp_path) as (phone, _, stack):
        laptop = linked(stack, phone, tmp_path / "laptop")
        shows(laptop, "#notes", "a note")
        phone.ask(commands.RemoveDevice(id_of(laptop), password_of(phone)))
        assert laptop.hear(events.Warned).code == ErrorCode.DEVICE_REMOVED
        phone.send("#notes", "not for it")
        assert laptop.texts("#notes") == ["a note"]


def test_a_device_that_was_away_when_it_was_removed_locks_itself_where_it_calls(tmp_path: Path) -> None:
    with at_home(tmp_path) as (phone, _, stack):
        laptop = linked(stack, phone, tmp_path / "laptop")
        shows(laptop, "#notes", "a note")
        device = id_of(laptop)
        laptop.close()
        phone.ask(commands.RemoveDevice(device, password_of(phone)))
        again = Party(laptop.home, replace(phone.profile, listen=LOOPBACK))
        stack.callback(again.close)
        assert again.hear(events.Warned).code == ErrorCode.DEVICE_REMOVED
