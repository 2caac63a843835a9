"""Groups between real clients over a real relay: everybody who is listed gets everything, and nobody else anything."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from babilu.api import commands, events
from babilu.api.group_views import GroupView
from babilu.engine.conversation import switches
from babilu.kernel.errors import DeliveryError, ErrorCode
from babilu.kernel.states import GroupChangeKind, GroupRole, MessageState
from tests.integration.engine.party import Party, relayed
from tests.integration.engine.relays import running_relay


@pytest.fixture
def three(tmp_path: Path) -> Iterator[list[Party]]:
    people = "alice", "bob", "carol"
    with running_relay(tmp_path / "relay") as house, relayed(tmp_path, house.address, *people) as parties:
        alice, *others = parties
        for other in others:
            meet(alice, other)
        yield parties


def meet(one: Party, other: Party) -> None:
    """Let somebody write to somebody else by relay, and be accepted."""
    one.send(other.name, "hello")
    other.until_arrived(one.name, ["hello"])
    other.accept(one.name)


def names(view: GroupView) -> list[tuple[str, GroupRole]]:
    return [(each.name, each.role) for each in view.members]


def start(owner: Party, *others: Party, title: str = "Picnic") -> GroupView:
    """Begin a group, and have everybody accept it."""
    view = owner.ask(commands.StartGroup(title, tuple(each.name for each in others)))
    for each in others:
        join(each)
    return view


def join(party: Party) -> GroupView:
    invitation = party.hear(events.GroupInvited).invitation
    accepted = party.ask(commands.Accept(invitation.id))
    assert isinstance(accepted, GroupView)
    return accepted


def test_everybody_hears_what_is_said_in_a_group(three: list[Party]) -> None:
    alice, bob, carol = three
    view = start(alice, bob, carol)
    assert view.conversation == "#picnic"
    assert [each[1] for each in names(view)] == [GroupRole.OWNER, GroupRole.MEMBER, GroupRole.MEMBER]
    said = alice.send("#picnic", "who brings bread?")
    for each in (bob, carol):
        each.until_arrived("#picnic", ["who brings bread?"])
    alice.until_state(said.id, MessageState.DELIVERED)
    # Bob and Carol have never met.
    bob.send("#picnic", "I do")
    carol.until_arrived("#picnic", ["who brings bread?", "I do"])
    alice.until_arrived("#picnic", ["I do"])
    assert [each.name for each in carol.ask(commands.Contacts())] == ["alice"]
    arrived = [event.message for event in carol.of(events.MessageArrived)][1:]
    assert [(each.sender, each.conversation) for each in arrived] == [("alice", "#picnic"), ("bob", "#picnic")]


def test_whoever_is_removed_hears_nothing_more_and_knows_it(three: list[Party]) -> None:
    alice, bob, carol = three
    start(alice, bob, carol)
    alice.send("#picnic", "one")
    carol.until_arrived("#picnic", ["one"])
    view = alice.ask(commands.RemoveFromGroup("#picnic", ("carol",)))
    assert [each.name for each in view.members] == ["alice", "bob"]
    carol.hear(events.GroupChanged, lambda event: event.group.role is None)
    bob.hear(events.GroupChanged, lambda event: len(event.group.members) == 2)
    alice.send("#picnic", "two")
    bob.send("#picnic", "three")
    alice.until_arrived("#picnic", ["three"])
    bob.until_arrived("#picnic", ["one", "two"])
    assert carol.texts("#picnic") == ["one"]
    with pytest.raises(DeliveryError) as refused:
        carol.send("#picnic", "am I still here?")
    assert refused.value.code is ErrorCode.NOT_MEMBER


def test_a_newcomer_is_told_all_of_the_log_and_hears_from_then_on(three: list[Party]) -> None:
    alice, bob, carol = three
    start(alice, bob)
    alice.send("#picnic", "before")
    bob.until_arrived("#picnic", ["before"])
    alice.ask(commands.ChangeGroup("#picnic", title="Picnic in May"))
    alice.ask(commands.AddToGroup("#picnic", ("carol",)))
    view = join(carol)
    assert (view.title, view.conversation) == ("Picnic in May", "#picnic")
    bob.hear(events.GroupChanged, lambda event: len(event.group.members) == 3)
    bob.send("#picnic", "after")
    carol.until_arrived("#picnic", ["after"])
    shown = bob.ask(commands.GetGroup("#picnic"))
    assert shown.heads == carol.ask(commands.GetGroup("#picnic")).heads
    lines = [event.message.change for event in bob.of(events.LineAdded)]
    assert [(each.kind, each.by, each.who) for each in lines if each is not None][-1] == (
        GroupChangeKind.ADDED,
        "alice",
        "carol",
    )


def test_in_a_large_group_reading_is_told_only_where_its_user_says_so(
    three: list[Party], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(switches, "READ_RECEIPTS_MEMBERS", 2)
    alice, bob, carol = three
    start(alice, bob, carol)
    unseen = alice.send("#picnic", "one")
    bob.until_arrived("#picnic", ["one"])
    bob.ask(commands.MarkRead("#picnic"))
    bob.ask(commands.SetReceipts("#picnic", read=True))
    seen = alice.send("#picnic", "two")
    bob.until_arrived("#picnic", ["one", "two"])
    bob.ask(commands.MarkRead("#picnic"))
    alice.until_state(seen.id, MessageState.READ)
    assert alice.state(unseen.id) is not MessageState.READ
