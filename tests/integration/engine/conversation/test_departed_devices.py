"""A device that leaves its person's list, and what it had sent before."""

import shutil
from pathlib import Path

import pytest

from babilu.api import commands, events
from babilu.kernel.alarms import AlarmKind
from babilu.kernel.states import MessageState
from tests.integration.engine.party import Party, account, relayed
from tests.integration.engine.relays import running_relay

LETTERS = ["letter 0", "letter 1", "letter 2"]


def hold(sender: Party, to: str, texts: list[str]) -> None:
    """Write what nobody fetches for now."""
    for text in texts:
        sender.until_state(sender.send(to, text).id, MessageState.HELD)


def put_back(folder: Path, copy: Path, name: str = "bob") -> None:
    """Put an old copy of somebody's database back."""
    (database,) = copy.glob(f"{name}@*.db")
    shutil.copy(database, folder / database.name)
    for ending in ("-wal", "-shm"):
        (folder / f"{database.name}{ending}").unlink(missing_ok=True)


def gaps(party: Party) -> int:
    return sum(gap.missing for gap in party.of(events.GapNoticed))


@pytest.mark.parametrize("friends", [True, False], ids=["friends", "newcomers"])
def test_what_waited_when_its_device_left_is_shown_and_marked(tmp_path: Path, friends: bool) -> None:
    home, copy = tmp_path / "homes", tmp_path / "copy"
    with running_relay(tmp_path) as house:
        with relayed(home, house.address, "alice", "bob") as (alice, bob):
            if friends:
                alice.send("bob", "hello")
                bob.until_arrived("alice", ["hello"])
                bob.send("alice", "hello yourself")
                alice.until_arrived("bob", ["hello yourself"])
        shutil.copytree(home, copy)
        with relayed(home, house.address, "alice") as (alice,):
            hold(alice, "bob", LETTERS)
        put_back(home, copy, "alice")
        with relayed(home, house.address, "alice") as (alice,):
            hold(alice, "bob", ["after"])
            with relayed(home, house.address, "bob") as (bob,):
                bob.until_arrived("alice", [*LETTERS, "after"])
                shown = [event.message for event in bob.of(events.MessageArrived)]
                assert [message.departed for message in shown] == [True, True, True, False]
                assert [*bob.of(events.GapNoticed), *bob.of(events.AlarmRaised), *bob.of(events.IdentityChanged)] == []
                kept = bob.ask(commands.History("alice", 100)).messages
                assert [message.departed for message in kept[-4:]] == [True, True, True, False]
                bob.send("alice", "back")
                alice.until_arrived("bob", ["back"])


@pytest.mark.parametrize("healed", [False, True], ids=["untouched", "healed"])
def test_what_waits_for_somebody_who_is_set_back_is_shown_or_told_as_a_gap(tmp_path: Path, healed: bool) -> None:
    home, away, copy = tmp_path / "homes", tmp_path / "alice", tmp_path / "copy"
    with running_relay(tmp_path) as house:
        with relayed(away, house.address, "alice") as (alice,), relayed(home, house.address, "bob") as (bob,):
            alice.send("bob", "hello")
            bob.until_arrived("alice", ["hello"])
            bob.send("alice", "hello yourself")
            alice.until_arrived("bob", ["hello yourself"])
            alice.settle("bob")
            bob.settle("alice")
        shutil.copytree(home, copy)
        with relayed(away, house.address, "alice") as (alice,):
            with relayed(home, house.address, "bob") as (bob,):
                if healed:
                    alice.send("bob", "soon forgotten")
                    bob.until_arrived("alice", ["soon forgotten"])
                    bob.send("alice", "this too")
                    alice.until_arrived("bob", ["this too"])
            hold(alice, "bob", LETTERS)
        # What was acknowledged is deleted a moment later; until then it comes once more to somebody who is set back.
        house.stop()
        house.start()
        put_back(home, copy)
        with relayed(home, house.address, "bob") as (bob,):
            if healed:
                # What was read after the copy was made is missing, and which letters need a ratchet key of that time
                # depends on whose session carries them: each one shows, or is told of.
                bob.until(lambda: bool(gaps(bob)) and gaps(bob) + len(bob.arrived("alice")) >= len(LETTERS), "gaps")
            else:
                # The sender is away: they came with the old device's mail.
                bob.until_arrived("alice", LETTERS)
                assert bob.of(events.GapNoticed) == []
            assert [*bob.of(events.AlarmRaised), *bob.of(events.IdentityChanged)] == []
            with relayed(away, house.address, "alice") as (alice,):
                alice.send("bob", "after")
                bob.until_arrived("alice", [*LETTERS, "after"])
                bob.send("alice", "back")
                alice.until_arrived("bob", ["back"])


def test_a_first_letter_whose_sender_started_over_is_told_of(tmp_path: Path) -> None:
    home = tmp_path / "homes"
    with running_relay(tmp_path) as house:
        with relayed(home, house.address, "bob"):
            pass
        with relayed(tmp_path / "lost", house.address, "dave") as (dave,):
            hold(dave, "bob", ["a first letter"])
        anew = Party(tmp_path / "anew", account("dave", house.address, start_over=True))
        try:
            anew.until_online()
            with relayed(home, house.address, "bob") as (bob,):
                alarm = bob.hear(events.AlarmRaised)
                assert (alarm.alarm, alarm.name) == (AlarmKind.SENDER_GONE, "dave")
                anew.send("bob", "once more")
                bob.until_arrived("dave", ["once more"])
                assert len(bob.of(events.AlarmRaised)) == 1
        finally:
            anew.close()
