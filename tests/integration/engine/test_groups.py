"""Groups between real clients over a real relay: everybody who is listed gets everything, and nobody else anything."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from babilu.api import commands, events
from babilu.api.client import RelayProfile
from babilu.api.group_views import GroupView
from babilu.engine.conversation import switches
from babilu.kernel.errors import BabiluError, DeliveryError, ErrorCode, ProtocolError
from babilu.kernel.limits import Limits
from babilu.kernel.states import GroupAdders, GroupChangeKind, GroupRole, MessageState
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
    assert [(each.name, each.account) for each in view.members] == [(name, name) for name in ("alice", "bob", "carol")]
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


def test_members_who_are_no_contacts_of_each_other_use_up_no_stranger_s_share(tmp_path: Path) -> None:
    people = "alice", "bob", "carol"
    # One stranger may send 96 messages a day.
    limits = Limits(mailbox_messages=256)
    with (
        running_relay(tmp_path / "relay", limits) as house,
        relayed(tmp_path, house.address, *people) as (alice, bob, carol),
    ):
        for other in (bob, carol):
            meet(alice, other)
        start(alice, bob, carol)
        said: list[str] = []
        for number in range(120):
            said.append(f"number {number}")
            sent = bob.send("#picnic", said[-1])
            if number % 10 == 9:
                bob.until_state(sent.id, MessageState.DELIVERED)
        carol.until_arrived("#picnic", said)
        assert [each.name for each in carol.ask(commands.Contacts())] == ["alice"]


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


def readers(event: events.MessageStateChanged) -> int:
    return 0 if event.audience is None else event.audience.read


def test_what_is_said_in_a_group_first_thing_after_a_start_reaches_everybody(tmp_path: Path) -> None:
    with running_relay(tmp_path / "relay") as house:
        with relayed(tmp_path, house.address, "alice", "bob") as (alice, bob):
            meet(alice, bob)
            start(alice, bob)
        # None of them has had a word of the other since.
        with relayed(tmp_path, house.address, "alice", "bob") as (alice, bob):
            said = alice.send("#picnic", "good morning")
            bob.until_arrived("#picnic", ["good morning"])
            alice.until_state(said.id, MessageState.DELIVERED)
            alice.ask(commands.StartGroup("Tea", ("bob",)))
            assert join(bob).title == "Tea"


def test_a_group_of_strangers_brings_nobody_into_the_lists(tmp_path: Path) -> None:
    people = "alice", "bob", "carol"
    with running_relay(tmp_path / "relay") as house, relayed(tmp_path, house.address, *people) as (alice, bob, carol):
        meet(alice, bob)
        alice.ask(commands.StartGroup("Picnic", ("bob", "carol")))
        carol.hear(events.GroupInvited)
        assert listed(carol) == (["#notes", "#picnic"], [])
        join(carol)
        join(bob)
        bob.send("#picnic", "hello")
        carol.until_arrived("#picnic", ["hello"])
        assert listed(carol) == (["#notes", "#picnic"], [])
        alice.send("carol", "a word between us")
        carol.until_arrived("alice", ["a word between us"])
        assert "alice" in listed(carol)[0]


def listed(party: Party) -> tuple[list[str], list[str]]:
    """Give what somebody sees: conversations, and contacts."""
    conversations = sorted(each.label for each in party.ask(commands.Conversations()))
    return conversations, [each.name for each in party.ask(commands.Contacts())]


def test_whoever_has_read_a_message_is_counted_also_while_others_have_not_got_it(tmp_path: Path) -> None:
    with running_relay(tmp_path / "relay") as house:
        with relayed(tmp_path, house.address, "alice", "bob", "carol") as (alice, bob, carol):
            meet(alice, bob)
            meet(alice, carol)
            start(alice, bob, carol)
        # Carol is away.
        with relayed(tmp_path, house.address, "alice", "bob") as (alice, bob):
            said = alice.send("#picnic", "who is there?")
            bob.until_arrived("#picnic", ["who is there?"])
            alice.hear(events.MessageStateChanged, lambda event: event.message == said.id and counted(event) == (1, 0))
            bob.ask(commands.MarkRead("#picnic"))
            told = alice.hear(events.MessageStateChanged, lambda event: counted(event) == (1, 1))
            assert (told.message, told.state) == (said.id, MessageState.HELD)


def test_a_pin_and_a_timer_are_told_to_everybody_by_whoever_set_them(three: list[Party]) -> None:
    alice, bob, carol = three
    start(alice, bob, carol)
    said = alice.send("#picnic", "at eight")
    bob.until_arrived("#picnic", ["at eight"])
    alice.ask(commands.ChangeGroup("#picnic", everybody_pins=True))
    bob.hear(events.GroupChanged, lambda event: event.group.everybody_pins)
    bob.ask(commands.PinMessage(said.id))
    for each in (alice, carol):
        pin = each.hear(events.MessagePinned).pin
        assert (pin.message, pin.conversation, pin.sender, pin.on) == (said.id, "#picnic", "bob", True)
    assert len(bob.of(events.MessagePinned)) == 1
    alice.ask(commands.SetTimer("#picnic", 3_600))
    timer = carol.hear(events.TimerChanged).timer
    assert (timer.conversation, timer.sender, timer.seconds) == ("#picnic", "alice", 3_600)
    bob.ask(commands.PinMessage(said.id, on=False))
    assert alice.hear(events.MessagePinned, lambda event: not event.pin.on).pin.sender == "bob"


def counted(event: events.MessageStateChanged) -> tuple[int, int] | None:
    return None if event.audience is None else (event.audience.delivered, event.audience.read)


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
    # Carol has it, too, sooner or later than bob has read it.
    alice.hear(events.MessageStateChanged, lambda event: event.message == seen.id and counted(event) == (2, 1))
    assert not any(readers(event) for event in alice.of(events.MessageStateChanged) if event.message == unseen.id)
    people = alice.ask(commands.MessageInfo(seen.id)).people
    assert [(each.name, each.state) for each in people] == [
        ("bob", MessageState.READ),
        ("carol", MessageState.DELIVERED),
    ]


def test_when_the_owner_leaves_the_next_in_rank_goes_on_in_the_same_conversation(three: list[Party]) -> None:
    alice, bob, carol = three
    begun = start(alice, bob, carol)
    said = alice.send("#picnic", "you will be fine")
    for each in (bob, carol):
        each.until_arrived("#picnic", ["you will be fine"])
    alice.ask(commands.SetRole("#picnic", "carol", GroupRole.ADMIN))
    carol.hear(events.GroupChanged, lambda event: event.group.role is GroupRole.ADMIN)
    alice.ask(commands.QuitGroup("#picnic"))
    moved = carol.hear(events.GroupChanged, lambda event: event.group.conversation_id != begun.conversation_id).group
    bob.hear(events.GroupChanged, lambda event: event.group.conversation_id == moved.conversation_id)
    seen = [each.ask(commands.GetGroup("#picnic")) for each in (bob, carol)]
    for view in seen:
        assert names(view) == [("carol", GroupRole.OWNER), ("bob", GroupRole.MEMBER)]
    assert seen[0].conversation == seen[1].conversation == "#picnic"
    assert seen[0].heads == seen[1].heads
    bob.send("#picnic", "we are")
    carol.until_arrived("#picnic", ["you will be fine", "we are"])
    # What was said before stays in its place, and can be answered.
    carol.ask(commands.SetReactions(said.id, ("👍",), "#picnic"))
    bob.hear(events.ReactionsChanged, lambda event: event.message.id == said.id)
    assert bob.texts("#picnic") == ["you will be fine", "we are"]
    assert alice.texts("#picnic") == ["you will be fine"]
    assert alice.ask(commands.GetGroup("#picnic")).role is None
    carol.ask(commands.AddToGroup("#picnic", ("alice",)))
    # She sees by the log how it went on without her.
    assert join(alice).conversation == "#picnic"
    carol.send("#picnic", "welcome back")
    alice.until_arrived("#picnic", ["welcome back"])
    assert alice.texts("#picnic") == ["you will be fine", "welcome back"]


def test_own_words_from_before_a_group_went_on_can_be_changed_still(three: list[Party]) -> None:
    alice, bob, carol = three
    begun = start(alice, bob, carol)
    said = bob.send("#picnic", "at four")
    carol.until_arrived("#picnic", ["at four"])
    alice.ask(commands.QuitGroup("#picnic"))
    for each in (bob, carol):
        each.hear(events.GroupChanged, lambda event: event.group.conversation_id != begun.conversation_id)
    (shown,) = [each for each in bob.ask(commands.History("#picnic")).messages if each.id == said.id]
    assert shown.editable_until is not None
    bob.ask(commands.EditMessage(said.id, "at five", conversation="#picnic"))
    carol.hear(events.MessageEdited, lambda event: event.message.text == "at five")


def test_an_admin_removes_a_message_for_all_and_is_named(three: list[Party]) -> None:
    alice, bob, carol = three
    start(alice, bob, carol)
    said = bob.send("#picnic", "buy cheap watches")
    for each in (alice, carol):
        each.until_arrived("#picnic", ["buy cheap watches"])
    with pytest.raises(DeliveryError) as refused:
        carol.ask(commands.DeleteMessage(said.id, "#picnic", for_all=True))
    assert refused.value.code is ErrorCode.ADMINS_ONLY
    alice.ask(commands.DeleteMessage(said.id, "#picnic", for_all=True))
    for each in (bob, carol):
        deleted = each.hear(events.MessageDeleted)
        assert (deleted.sender, deleted.for_all) == ("alice", True)
        (shown,) = [one for one in each.ask(commands.History("#picnic")).messages if one.id == said.id]
        assert (shown.deleted, shown.hidden_by, shown.text) == (True, "alice", "")


def test_only_admins_write_where_the_policy_says_so(three: list[Party]) -> None:
    alice, bob, carol = three
    start(alice, bob, carol)
    view = alice.ask(commands.ChangeGroup("#picnic", everybody_posts=False))
    assert names(view)[1:] == [("bob", GroupRole.READER), ("carol", GroupRole.READER)]
    bob.hear(events.GroupChanged, lambda event: not event.group.may_post)
    with pytest.raises(DeliveryError) as refused:
        bob.send("#picnic", "may I?")
    assert refused.value.code is ErrorCode.ADMINS_ONLY
    alice.send("#picnic", "news")
    bob.until_arrived("#picnic", ["news"])
    alice.ask(commands.SetRole("#picnic", "bob", GroupRole.ADMIN))
    bob.hear(events.GroupChanged, lambda event: event.group.role is GroupRole.ADMIN)
    bob.send("#picnic", "more news")
    carol.until_arrived("#picnic", ["news", "more news"])


def test_who_may_not_write_any_more_takes_back_what_they_wrote(three: list[Party]) -> None:
    alice, bob, carol = three
    start(alice, bob, carol)
    said = bob.send("#picnic", "my address")
    for each in (alice, carol):
        each.until_arrived("#picnic", ["my address"])
    alice.ask(commands.ChangeGroup("#picnic", everybody_posts=False))
    bob.hear(events.GroupChanged, lambda event: not event.group.may_post)
    bob.ask(commands.DeleteMessage(said.id, "#picnic", for_all=True))
    for each in (alice, carol):
        deleted = each.hear(events.MessageDeleted)
        assert (deleted.message, deleted.sender, deleted.for_all) == (said.id, "bob", True)
    for act in (commands.SetReactions(said.id, ("👍",)), commands.EditMessage(said.id, "another")):
        with pytest.raises(BabiluError):
            bob.ask(act)


def test_pins_and_timer_are_the_groups(three: list[Party]) -> None:
    alice, bob, carol = three
    start(alice, bob, carol)
    said = bob.send("#picnic", "at noon")
    for each in (alice, carol):
        each.until_arrived("#picnic", ["at noon"])
    alice.ask(commands.PinMessage(said.id, conversation="#picnic"))
    alice.ask(commands.SetTimer("#picnic", 3600))
    carol.hear(events.GroupChanged, lambda event: event.group.timer == 3600)
    assert [each.text for each in carol.ask(commands.Pins("#picnic"))] == ["at noon"]
    assert carol.send("#picnic", "fine").timer == 3600
    with pytest.raises(DeliveryError) as refused:
        bob.ask(commands.SetTimer("#picnic", None))
    assert refused.value.code is ErrorCode.ADMINS_ONLY


def test_whoever_declines_is_out_and_everybody_knows(three: list[Party]) -> None:
    alice, bob, carol = three
    alice.ask(commands.StartGroup("Picnic", ("bob", "carol")))
    join(bob)
    invitation = carol.hear(events.GroupInvited).invitation
    assert (invitation.by, invitation.title, invitation.members) == ("alice", "Picnic", 3)
    assert [each.id for each in carol.ask(commands.GroupInvitations())] == [invitation.id]
    alice.send("#picnic", "for those who are in")
    bob.until_arrived("#picnic", ["for those who are in"])
    assert carol.texts("#picnic") == []
    carol.ask(commands.Decline(invitation.id))
    for each in (alice, bob):
        each.hear(events.GroupChanged, lambda event: [one.name for one in event.group.members] == ["alice", "bob"])
    assert carol.ask(commands.GroupInvitations()) == ()
    assert carol.texts("#picnic") == []


def test_what_was_written_before_one_accepts_is_shown_then(three: list[Party]) -> None:
    alice, bob, carol = three
    alice.ask(commands.StartGroup("Picnic", ("bob", "carol")))
    join(bob)
    alice.send("#picnic", "one")
    bob.until_arrived("#picnic", ["one"])
    bob.send("#picnic", "two")
    alice.until_arrived("#picnic", ["two"])
    carol.hear(events.GroupInvited)
    assert carol.arrived("#picnic") == []
    join(carol)
    carol.until(lambda: sorted(carol.arrived("#picnic")) == ["one", "two"], "both")


def test_nobody_is_added_by_somebody_whom_they_do_not_let(three: list[Party]) -> None:
    alice, bob, carol = three
    carol.ask(commands.WhoMayAdd(GroupAdders.NOBODY))
    alice.ask(commands.StartGroup("Picnic", ("bob", "carol")))
    join(bob)
    alice.send("carol", "did you see it?")
    carol.until_arrived("alice", ["hello", "did you see it?"])
    assert carol.of(events.GroupInvited) == []
    assert carol.ask(commands.WhoMayAdd()) is GroupAdders.NOBODY


def test_files_reach_everybody_and_are_asked_for_again(three: list[Party], tmp_path: Path) -> None:
    alice, bob, carol = three
    start(alice, bob, carol)
    sent = tmp_path / "plan.txt"
    sent.write_bytes(b"bread and cheese" * 1_000)
    said = alice.ask(commands.Send("#picnic", "", files=(str(sent),)))
    for each in (bob, carol):
        each.hear(events.MessageArrived, lambda event: event.message.id == said.id)
        into = tmp_path / f"saved by {each.name}"
        into.mkdir()
        saved = each.ask(commands.FetchFile(said.id, 0, str(into), "#picnic")).path
        assert saved is not None
        assert Path(saved).read_bytes() == sent.read_bytes()


def test_who_has_another_identity_is_out_until_an_admin_lets_the_new_one_in(three: list[Party], tmp_path: Path) -> None:
    alice, bob, carol = three
    start(alice, bob, carol)
    before = alice.ask(commands.GetGroup("#picnic")).members[1].identity
    profile = bob.profile
    assert isinstance(profile, RelayProfile)
    bob.close()
    again = Party(tmp_path / "again", replace(profile, start_over=True))
    try:
        again.until_online()
        again.send("alice", "I have lost everything")
        alice.hear(events.IdentityChanged)
        alice.ask(commands.TrustIdentity("bob"))
        view = alice.hear(events.GroupChanged, lambda event: len(event.group.members) == 2).group
        assert [each.name for each in view.members] == ["alice", "carol"]
        said = alice.send("#picnic", "not for whoever bob is now")
        carol.until_arrived("#picnic", ["not for whoever bob is now"])
        assert alice.ask(commands.MessageInfo(said.id)).people[0].name == "carol"
        view = alice.ask(commands.AddToGroup("#picnic", ("bob",)))
        assert before not in {each.identity for each in view.members}
        carol.hear(events.GroupChanged, lambda event: before not in {one.identity for one in event.group.members})
        again.accept("alice")
        join(again)
        alice.send("#picnic", "welcome")
        again.until_arrived("#picnic", ["welcome"])
        assert len(alice.ask(commands.GetGroup("#picnic")).members) == 3
    finally:
        again.close()


def test_all_and_admins_are_mentioned_by_their_role_when_it_is_read(three: list[Party]) -> None:
    alice, bob, carol = three
    start(alice, bob, carol)
    bob.ask(commands.Send("#picnic", "@all who comes?", mentions=("all",)))
    alice.ask(commands.Send("#picnic", "@admins who decides?", mentions=("admins",)))
    carol.until(lambda: len(carol.arrived("#picnic")) == 2, "both")
    mentioned = {
        event.message.text: event.message.mentioned
        for event in carol.of(events.MessageArrived)
        if event.message.conversation == "#picnic"
    }
    assert mentioned == {"@all who comes?": True, "@admins who decides?": False}
    alice.until_arrived("#picnic", ["@all who comes?"])
    (heard,) = [event.message for event in alice.of(events.MessageArrived) if event.message.conversation == "#picnic"]
    assert [(each.name, each.length) for each in heard.mentions] == [("all", 4)]


def test_a_group_has_a_picture_that_everybody_sees(three: list[Party], tmp_path: Path) -> None:
    alice, bob, carol = three
    start(alice, bob, carol)
    path = tmp_path / "hill.png"
    Image.effect_noise((640, 480), 80).convert("RGB").save(path)
    view = alice.ask(commands.ChangeGroup("#picnic", picture=str(path)))
    assert view.picture is not None
    bob.hear(events.GroupChanged, lambda event: event.group.picture == view.picture)
    shown = bob.ask(commands.GetProfilePicture("#picnic", 64))
    assert shown.width == shown.height > 0
    (path.parent / "words.png").write_text("no picture")
    with pytest.raises(ProtocolError) as refused:
        alice.ask(commands.ChangeGroup("#picnic", picture=str(path.parent / "words.png")))
    assert refused.value.code is ErrorCode.CANNOT_SHOW
    assert alice.ask(commands.ChangeGroup("#picnic", picture="")).picture is None
    carol.hear(events.GroupChanged, lambda event: event.group.picture is not None)
    changes = [event.message.change for event in alice.of(events.LineAdded)]
    pictures = [each.value for each in changes if each is not None and each.kind is GroupChangeKind.PICTURE]
    assert pictures == [view.picture.hex(), None]
