"""Joining groups by links over a real relay: whoever has a link asks, and is in at once or after an admin's yes."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from babilu.api import commands, events
from babilu.api.group_views import GroupView
from babilu.kernel.errors import DeliveryError, ErrorCode, UsageError
from babilu.kernel.states import GroupAdders, GroupChangeKind, GroupRole
from tests.integration.engine.party import Party, WrongClock, relayed
from tests.integration.engine.relays import running_relay
from tests.integration.engine.test_groups import join, meet, start


@pytest.fixture
def three(tmp_path: Path) -> Iterator[list[Party]]:
    """Alice, Bob and Carol, who have not met."""
    with ExitStack() as stack:
        house = stack.enter_context(running_relay(tmp_path / "relay"))
        yield stack.enter_context(relayed(tmp_path, house.address, "alice", "bob", "carol"))


def is_in(event: events.GroupChanged) -> bool:
    return event.group.role is not None and event.group.accepted


def came(party: Party) -> GroupView:
    """Wait until somebody is in the group that they have asked to be let into."""
    return party.hear(events.GroupChanged, is_in).group


def lines(party: Party) -> list[tuple[GroupChangeKind, str]]:
    changes = [event.message.change for event in party.of(events.LineAdded)]
    return [(change.kind, change.by) for change in changes if change is not None]


def test_whoever_has_a_link_is_in_without_another_yes(three: list[Party]) -> None:
    alice, bob, _ = three
    alice.ask(commands.StartGroup("Picnic"))
    link = alice.ask(commands.MakeGroupLink("#picnic", uses=5))
    assert (link.uses, link.left, link.approval, link.conversation) == (5, 5, False, "#picnic")
    # Whoever lets nobody add them has asked for this themselves.
    bob.ask(commands.WhoMayAdd(GroupAdders.NOBODY))
    bob.ask(commands.JoinGroup(f" {link.link}\n"))
    view = came(bob)
    assert [(each.name, each.role) for each in view.members] == [("alice", GroupRole.OWNER), ("bob", GroupRole.MEMBER)]
    bob.send("#picnic", "hello")
    alice.until_arrived("#picnic", ["hello"])
    assert (GroupChangeKind.JOINED_BY_LINK, "bob") in lines(alice)
    assert (GroupChangeKind.JOINED_BY_LINK, "bob") in lines(bob)
    assert not bob.of(events.GroupInvited)
    assert [each.left for each in alice.ask(commands.GroupLinks("#picnic"))] == [4]
    # Neither has written to the other: no conversation of the two stands in anybody's list.
    for each in (alice, bob):
        assert [row.label for row in each.ask(commands.Conversations()) if row.label not in {"#notes", "#picnic"}] == []
    with pytest.raises(DeliveryError) as refused:
        bob.ask(commands.JoinGroup(link.link))
    assert refused.value.code is ErrorCode.CONFLICT


def test_by_a_link_with_approval_an_admin_decides_and_reads_no_words(three: list[Party]) -> None:
    alice, bob, carol = three
    alice.ask(commands.StartGroup("Picnic"))
    link = alice.ask(commands.MakeGroupLink("#picnic", approval=True))
    for each in (bob, carol):
        each.ask(commands.JoinGroup(link.link))
    first = alice.hear(events.JoinRequested, lambda event: event.request.name == "bob").request
    second = alice.hear(events.JoinRequested, lambda event: event.request.name == "carol").request
    assert {each.id for each in alice.ask(commands.JoinRequests())} == {first.id, second.id}
    assert not alice.of(events.MessageArrived)
    answer = alice.ask(commands.Accept(first.id))
    assert isinstance(answer, GroupView)
    assert [each.name for each in answer.members] == ["alice", "bob"]
    came(bob)
    alice.ask(commands.Decline(second.id))
    assert {event.id for event in alice.of(events.JoinRequestClosed)} == {first.id, second.id}
    assert alice.ask(commands.JoinRequests()) == ()
    # Whoever was declined and asks again by the same link is nobody's business any more.
    carol.ask(commands.JoinGroup(link.link))
    bob.send("#picnic", "hello")
    alice.until_arrived("#picnic", ["hello"])
    carol.send("alice", "let me in!")
    alice.until_arrived("carol", ["let me in!"])
    assert len(alice.of(events.JoinRequested)) == 2
    assert not carol.of(events.GroupChanged)


def test_a_link_that_is_taken_back_used_up_or_over_lets_nobody_in(tmp_path: Path) -> None:
    clock = WrongClock()
    with running_relay(tmp_path / "relay") as house, relayed(tmp_path, house.address, "alice", "bob") as parties:
        alice, bob = parties
        meet(alice, bob)
        alice.ask(commands.StartGroup("Picnic"))
        link = alice.ask(commands.MakeGroupLink("#picnic"))
        assert alice.ask(commands.RevokeGroupLink("#picnic", link.link)).conversation == "#picnic"
        assert alice.ask(commands.GroupLinks("#picnic")) == ()
        with pytest.raises(DeliveryError) as unknown:
            alice.ask(commands.RevokeGroupLink("#picnic", link.link))
        assert unknown.value.code is ErrorCode.NOT_FOUND
        bob.ask(commands.JoinGroup(link.link))
        bob.send("alice", "am I in?")
        alice.until_arrived("bob", ["am I in?"])
        assert len(alice.ask(commands.GetGroup("#picnic")).members) == 1
        with relayed(tmp_path, house.address, "dave", clock=clock) as (dave,):
            clock.ahead_ms = 200 * 3_600_000
            other = alice.ask(commands.MakeGroupLink("#picnic"))
            with pytest.raises(DeliveryError) as over:
                dave.ask(commands.JoinGroup(other.link))
            assert over.value.code is ErrorCode.EXPIRED
        for wrong in (commands.MakeGroupLink("#picnic", hours=0), commands.MakeGroupLink("#picnic", uses=129)):
            with pytest.raises(UsageError):
                alice.ask(wrong)


def test_other_admins_know_the_link_and_count_who_came_by_it(three: list[Party]) -> None:
    alice, bob, carol = three
    meet(alice, bob)
    start(alice, bob)
    alice.ask(commands.SetRole("#picnic", "bob", GroupRole.ADMIN))
    bob.hear(events.GroupChanged, lambda event: event.group.role is GroupRole.ADMIN)
    link = alice.ask(commands.MakeGroupLink("#picnic", uses=1))
    alice.send("#picnic", "there is a link")
    bob.until_arrived("#picnic", ["there is a link"])
    alice.close()
    carol.ask(commands.JoinGroup(link.link))
    view = came(carol)
    assert [each.name for each in view.members] == ["alice", "bob", "carol"]
    assert (GroupChangeKind.JOINED_BY_LINK, "carol") in lines(bob)
    # Bob does not have the link, and cannot pass it on.
    assert bob.ask(commands.GroupLinks("#picnic")) == ()


def test_whoever_was_thrown_out_does_not_come_back_by_the_link_alone(three: list[Party]) -> None:
    alice, bob, _ = three
    alice.ask(commands.StartGroup("Picnic"))
    link = alice.ask(commands.MakeGroupLink("#picnic"))
    bob.ask(commands.JoinGroup(link.link))
    came(bob)
    told = len(bob.told)
    alice.ask(commands.RemoveFromGroup("#picnic", ("bob",)))
    bob.hear(events.GroupChanged, lambda event: event.group.role is None, after=told)
    told = len(bob.told)
    bob.ask(commands.JoinGroup(link.link))
    request = alice.hear(events.JoinRequested).request
    alice.ask(commands.Accept(request.id))
    bob.hear(events.GroupChanged, is_in, after=told)


def test_somebody_who_waits_and_is_added_otherwise_waits_no_more(three: list[Party]) -> None:
    alice, bob, _ = three
    meet(alice, bob)
    alice.ask(commands.StartGroup("Picnic"))
    link = alice.ask(commands.MakeGroupLink("#picnic", approval=True))
    bob.ask(commands.JoinGroup(link.link))
    request = alice.hear(events.JoinRequested).request
    alice.ask(commands.AddToGroup("#picnic", ("bob",)))
    alice.hear(events.JoinRequestClosed, lambda event: event.id == request.id)
    came(bob)


def test_a_link_after_an_invitation_is_the_yes_to_it(three: list[Party]) -> None:
    alice, bob, _ = three
    meet(alice, bob)
    alice.ask(commands.StartGroup("Picnic", ("bob",)))
    link = alice.ask(commands.MakeGroupLink("#picnic"))
    bob.hear(events.GroupInvited)
    bob.ask(commands.JoinGroup(link.link))
    came(bob)
    bob.hear(events.GroupInvitationClosed)


def test_only_admins_make_links_and_only_for_people_of_the_same_relay(three: list[Party]) -> None:
    alice, bob, _ = three
    meet(alice, bob)
    alice.ask(commands.StartGroup("Picnic", ("bob",)))
    join(bob)
    with pytest.raises(DeliveryError) as refused:
        bob.ask(commands.MakeGroupLink("#picnic"))
    assert refused.value.code is ErrorCode.ADMINS_ONLY
    with pytest.raises(UsageError):
        bob.ask(commands.JoinGroup("babilu://127.0.0.1:5050/+#AAAA"))


def test_a_link_holds_where_the_group_goes_on_without_its_owner(three: list[Party]) -> None:
    alice, bob, carol = three
    meet(alice, bob)
    start(alice, bob)
    alice.ask(commands.SetRole("#picnic", "bob", GroupRole.ADMIN))
    bob.hear(events.GroupChanged, lambda event: event.group.role is GroupRole.ADMIN)
    link = alice.ask(commands.MakeGroupLink("#picnic"))
    alice.send("#picnic", "there is a link")
    bob.until_arrived("#picnic", ["there is a link"])
    alice.ask(commands.QuitGroup("#picnic"))
    bob.hear(events.GroupChanged, lambda event: event.group.role is GroupRole.OWNER)
    carol.ask(commands.JoinGroup(link.link))
    assert [each.name for each in came(carol).members] == ["bob", "carol"]
