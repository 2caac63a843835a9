"""What one tells and is shown, switched off and on: who does not tell it is not shown it either."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from babilu.api import commands, events
from babilu.api.views import PresenceState, PrivacySwitch, ReceiptsView
from babilu.kernel.errors import DeliveryError, UsageError
from babilu.kernel.states import MessageState
from tests.integration.engine.party import Party, relayed
from tests.integration.engine.relays import running_relay


@pytest.fixture
def friends(tmp_path: Path) -> Iterator[tuple[Party, Party]]:
    with (
        running_relay(tmp_path / "relay") as house,
        relayed(tmp_path, house.address, "alice", "bob") as (alice, bob),
    ):
        alice.send("bob", "hello")
        bob.until_arrived("alice", ["hello"])
        bob.send("alice", "hello")
        alice.until_arrived("bob", ["hello"])
        alice.until(lambda: presence(alice, "bob") is PresenceState.ONLINE, "bob's presence")
        bob.until(lambda: presence(bob, "alice") is PresenceState.ONLINE, "alice's presence")
        yield alice, bob


def presence(party: Party, name: str) -> PresenceState | None:
    return party.contact(name).presence


def other(party: Party) -> str:
    return "bob" if party.name == "alice" else "alice"


def test_who_gives_no_receipts_of_reading_is_shown_none(friends: tuple[Party, Party]) -> None:
    alice, bob = friends
    switched = ReceiptsView("alice", False, True, True, inherited=(PrivacySwitch.TYPING, PrivacySwitch.PRESENCE))
    assert bob.ask(commands.SetReceipts("alice", read=False)) == switched
    assert bob.hear(events.ReceiptsChanged).receipts == switched
    secretly = alice.send("bob", "read in secret")
    bob.until_arrived("alice", ["hello", "read in secret"])
    mine = bob.send("alice", "mine")
    alice.until_arrived("bob", ["hello", "mine"])
    assert bob.ask(commands.MarkRead("alice")) > 0
    assert alice.ask(commands.MarkRead("bob")) > 0
    # What alice has read comes before what she writes then.
    openly = alice.send("bob", "read for all to see")
    bob.until_arrived("alice", ["hello", "read in secret", "read for all to see"])
    bob.ask(commands.SetReceipts("alice", read=True))
    assert bob.ask(commands.MarkRead("alice")) == 1
    alice.until_state(openly.id, MessageState.READ)
    assert alice.state(secretly.id) is MessageState.DELIVERED
    bob.until_state(mine.id, MessageState.DELIVERED)
    assert bob.state(mine.id) is MessageState.DELIVERED


def test_who_does_not_say_that_they_are_typing_is_not_shown_who_is(friends: tuple[Party, Party]) -> None:
    alice, bob = friends
    bob.ask(commands.SetReceipts(typing=False))
    alice.ask(commands.Typing("bob"))
    bob.ask(commands.Typing("alice"))
    for party in friends:
        party.send(other(party), "written")
    alice.until_arrived("bob", ["hello", "written"])
    bob.until_arrived("alice", ["hello", "written"])
    assert alice.of(events.TypingChanged) == bob.of(events.TypingChanged) == []
    bob.ask(commands.SetReceipts("alice", typing=True))
    bob.ask(commands.Typing("alice"))
    alice.hear(events.TypingChanged)


def test_who_hides_that_they_are_online_is_not_shown_it_of_others(friends: tuple[Party, Party]) -> None:
    alice, bob = friends
    bob.ask(commands.SetReceipts("alice", presence=False))
    alice.until(lambda: presence(alice, "bob") is PresenceState.OFFLINE, "bob's disappearance")
    bob.until(lambda: presence(bob, "alice") is None, "nothing known of alice")
    assert bob.ask(commands.ReceiptSettings()) == ReceiptsView(None, True, True, True)
    others = (PrivacySwitch.READ, PrivacySwitch.TYPING)
    assert bob.ask(commands.ReceiptSettings("alice")) == ReceiptsView("alice", True, True, False, inherited=others)
    bob.ask(commands.SetReceipts("alice", inherit=(PrivacySwitch.PRESENCE,)))
    alice.until(lambda: presence(alice, "bob") is PresenceState.ONLINE, "bob's return")
    bob.until(lambda: presence(bob, "alice") is PresenceState.ONLINE, "alice's presence")


def test_what_is_inherited_is_not_also_switched_and_everywhere_inherits_nothing(friends: tuple[Party, Party]) -> None:
    _, bob = friends
    for command in (
        commands.SetReceipts("alice", read=True, inherit=(PrivacySwitch.READ,)),
        commands.SetReceipts(inherit=(PrivacySwitch.READ,)),
    ):
        with pytest.raises(UsageError):
            bob.ask(command)
    assert bob.of(events.ReceiptsChanged) == []


def test_nobody_is_switched_whom_nobody_knows(friends: tuple[Party, Party]) -> None:
    _, bob = friends
    for command in (commands.SetReceipts("carol", read=False), commands.ReceiptSettings("carol")):
        with pytest.raises(DeliveryError):
            bob.ask(command)
    assert bob.of(events.ReceiptsChanged) == []
