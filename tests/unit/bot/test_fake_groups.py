from collections.abc import Iterator
from typing import Any

import pytest

from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.command import R_co
from babilu.api.group_views import AudienceView, GroupChangeView, GroupView
from babilu.bot.fake_client import FakeClient
from babilu.bot.fake_group_rules import label_of
from babilu.kernel.errors import BabiluError, ErrorCode
from babilu.kernel.limits import GROUP_MEMBERS
from babilu.kernel.states import ConversationKind, GroupAdders, GroupChangeKind, GroupRole, MessageKind, MessageState

WAIT_S = 10.0
OWNER, ADMIN, MEMBER, READER = GroupRole


@pytest.fixture
def client() -> Iterator[FakeClient]:
    made = FakeClient(accounts=["carol", "dave", "erin"])
    made.add_contact("bob")
    yield made
    made.close()


class Told:
    def __init__(self, client: FakeClient) -> None:
        self.events: list[e.Event] = []
        client.subscribe(lambda _, event: self.events.append(event))

    def lines(self) -> list[GroupChangeView | None]:
        return [event.message.change for event in self.events if isinstance(event, e.LineAdded)]

    def kinds(self) -> list[type]:
        return [type(event) for event in self.events]


def ask(client: FakeClient, command: c.Command[R_co]) -> R_co:
    return client.request(command).result(WAIT_S)


def refused(client: FakeClient, command: c.Command[Any]) -> ErrorCode:
    with pytest.raises(BabiluError) as refusal:
        ask(client, command)
    return refusal.value.code


def roles(group: GroupView) -> list[tuple[str, GroupRole]]:
    return [(member.name, member.role) for member in group.members]


@pytest.mark.parametrize(
    ("title", "taken", "label"),
    [
        ("Picnic", [], "#picnic"),
        ("Sunday's picnic!", [], "#sunday-s-picnic"),
        ("3 wise men", [], "#wise-men"),
        ("!?", [], "#group"),
        ("Picnic", ["#picnic"], "#picnic~2"),
        ("x" * 40, [], "#" + "x" * 32),
    ],
)
def test_a_label_is_made_of_the_first_title(title: str, taken: list[str], label: str) -> None:
    assert label_of(title, taken) == label


def test_whoever_starts_a_group_is_its_owner_and_the_names_of_strangers_are_asked_for(client: FakeClient) -> None:
    told = Told(client)
    group = ask(client, c.StartGroup(" Sunday  picnic ", ("bob", "carol"), "Bring tea"))
    assert (group.conversation, group.title, group.topic) == ("#sunday-picnic", "Sunday picnic", "Bring tea")
    assert roles(group) == [("alice", OWNER), ("bob", MEMBER), ("carol", MEMBER)]
    assert [member.contact for member in group.members] == [True, True, False]
    assert (group.role, group.may_post, group.accepted, group.added_by) == (OWNER, True, True, None)
    assert told.lines() == [GroupChangeView(GroupChangeKind.CREATED, "alice", value="Sunday picnic")]
    assert [each.name for each in ask(client, c.Contacts())] == ["bob"]
    assert refused(client, c.StartGroup("Tea", ("nobody",))) is ErrorCode.NOT_FOUND
    assert refused(client, c.StartGroup(" ")) is ErrorCode.USAGE
    assert refused(client, c.StartGroup("x" * 65)) is ErrorCode.USAGE


def test_a_group_stands_in_the_list_with_its_title(client: FakeClient) -> None:
    client.groups.begin("Picnic", "carol", by="bob")
    (found,) = [each for each in ask(client, c.Conversations()) if each.kind is ConversationKind.GROUP]
    assert (found.label, found.title, found.members, found.contact) == ("#picnic", "Picnic", 3, None)
    assert (found.role, found.accepted, found.added_by, found.may_post) == (MEMBER, True, "bob", True)
    assert ask(client, c.GetGroup(found.id.hex())) == client.groups.view("#picnic")


def test_people_are_added_by_admins_or_by_everybody_where_the_policy_says_so(client: FakeClient) -> None:
    client.groups.begin("Picnic", "carol", by="bob")
    assert refused(client, c.AddToGroup("#picnic", ("dave",))) is ErrorCode.ADMINS_ONLY
    client.groups.act("bob", c.ChangeGroup("#picnic", everybody_adds=True))
    group = ask(client, c.AddToGroup("#picnic", ("dave", "erin")))
    assert [member.name for member in group.members] == ["bob", "carol", "alice", "dave", "erin"]
    assert refused(client, c.AddToGroup("#picnic", ("dave",))) is ErrorCode.CONFLICT


def test_a_group_has_so_many_people_and_no_more(client: FakeClient) -> None:
    names = [f"guest{number}" for number in range(GROUP_MEMBERS - 1)]
    for name in names:
        client.add_contact(name)
    assert len(ask(client, c.StartGroup("Picnic", tuple(names))).members) == GROUP_MEMBERS
    assert refused(client, c.AddToGroup("#picnic", ("bob",))) is ErrorCode.GROUP_FULL


def test_nobody_is_removed_or_demoted_by_somebody_junior(client: FakeClient) -> None:
    client.groups.begin("Picnic", "carol", "dave", by="bob")
    client.groups.act("bob", c.SetRole("#picnic", "carol", ADMIN))
    client.groups.act("bob", c.SetRole("#picnic", "alice", ADMIN))
    assert roles(client.groups.view("#picnic")) == [
        ("bob", OWNER),
        ("carol", ADMIN),
        ("alice", ADMIN),
        ("dave", MEMBER),
    ]
    assert refused(client, c.RemoveFromGroup("#picnic", ("bob",))) is ErrorCode.ADMINS_ONLY
    assert refused(client, c.SetRole("#picnic", "carol", MEMBER)) is ErrorCode.ADMINS_ONLY
    assert refused(client, c.SetRole("#picnic", "dave", OWNER)) is ErrorCode.USAGE
    assert refused(client, c.RemoveFromGroup("#picnic", ("alice",))) is ErrorCode.USAGE
    assert refused(client, c.RemoveFromGroup("#picnic", ("erin",))) is ErrorCode.NOT_FOUND
    assert roles(ask(client, c.RemoveFromGroup("#picnic", ("dave",))))[-1] == ("alice", ADMIN)


def test_whoever_steps_down_is_a_member_and_the_next_in_rank_is_the_owner(client: FakeClient) -> None:
    client.groups.begin("Picnic", "bob", "carol", admins=("bob",))
    group = ask(client, c.SetRole("#picnic", "alice", MEMBER))
    assert roles(group) == [("bob", OWNER), ("carol", MEMBER), ("alice", MEMBER)]


def test_when_the_owner_leaves_the_next_in_rank_goes_on(client: FakeClient) -> None:
    client.groups.begin("Picnic", "carol", by="bob")
    told = Told(client)
    client.groups.act("bob", c.QuitGroup("#picnic"))
    assert roles(client.groups.view("#picnic")) == [("carol", OWNER), ("alice", MEMBER)]
    assert told.lines() == [
        GroupChangeView(GroupChangeKind.LEFT, "bob"),
        GroupChangeView(GroupChangeKind.MOVED, "carol"),
    ]


def test_whoever_is_out_can_do_nothing_more_and_keeps_what_was_written(client: FakeClient) -> None:
    client.groups.begin("Picnic", "carol", by="bob")
    ask(client, c.Send("#picnic", "hello"))
    client.groups.act("bob", c.RemoveFromGroup("#picnic", ("alice",)))
    group = client.groups.view("#picnic")
    assert (group.role, group.may_post) == (None, False)
    assert refused(client, c.Send("#picnic", "again")) is ErrorCode.NOT_MEMBER
    assert refused(client, c.QuitGroup("#picnic")) is ErrorCode.NOT_MEMBER
    texts = [message.text for message in client.messages("#picnic") if message.kind is MessageKind.TEXT]
    assert texts == ["hello"]


def test_readers_do_not_write_where_only_admins_do(client: FakeClient) -> None:
    client.groups.begin("News", "carol", by="bob")
    client.groups.act("bob", c.ChangeGroup("#news", everybody_posts=False))
    assert roles(client.groups.view("#news")) == [("bob", OWNER), ("carol", READER), ("alice", READER)]
    assert refused(client, c.Send("#news", "me too")) is ErrorCode.ADMINS_ONLY
    client.groups.act("bob", c.SetRole("#news", "alice", ADMIN))
    assert ask(client, c.Send("#news", "now I may")).text == "now I may"


def test_what_is_set_is_said_in_a_line_each_and_the_label_stays(client: FakeClient) -> None:
    client.groups.begin("Picnic", "bob")
    told = Told(client)
    group = ask(client, c.ChangeGroup("#picnic", "Party", "At eight", everybody_pins=True, picture="/a.png"))
    assert (group.conversation, group.title, group.topic) == ("#picnic", "Party", "At eight")
    assert group.everybody_pins
    assert group.picture is not None
    assert len(group.picture) == 16
    assert [(line.kind, line.value) for line in told.lines() if line] == [
        (GroupChangeKind.TITLE, "Party"),
        (GroupChangeKind.TOPIC, "At eight"),
        (GroupChangeKind.POLICY, "pins=everybody"),
        (GroupChangeKind.PICTURE, group.picture.hex()),
    ]
    assert ask(client, c.ChangeGroup("#picnic", picture="")).picture is None
    assert ask(client, c.SetTimer("#picnic", 3_600)).seconds == 3_600
    assert client.groups.view("#picnic").timer == 3_600
    assert refused(client, c.ChangeGroup("#picnic")) is ErrorCode.USAGE


def test_an_invitation_waits_until_it_is_accepted_and_nothing_is_written_before(client: FakeClient) -> None:
    told = Told(client)
    group = client.groups.begin("Picnic", "carol", by="bob", accepted=False)
    (invitation,) = ask(client, c.GroupInvitations())
    assert (invitation.id, invitation.conversation) == (group.conversation_id.hex(), "#picnic")
    assert (invitation.title, invitation.members, invitation.by) == ("Picnic", 3, "bob")
    assert refused(client, c.Send("#picnic", "hello")) is ErrorCode.CONFLICT
    assert told.lines() == []
    accepted = ask(client, c.Accept("#picnic"))
    assert isinstance(accepted, GroupView)
    assert accepted.accepted
    assert told.lines() == [GroupChangeView(GroupChangeKind.ADDED, "bob", "alice")]
    assert told.kinds().count(e.GroupInvitationClosed) == 1
    assert ask(client, c.Send("#picnic", "hello")).audience == AudienceView(2, 0, 0, 0)


def test_a_declined_invitation_leaves_the_group(client: FakeClient) -> None:
    told = Told(client)
    group = client.groups.begin("Picnic", "carol", by="bob", accepted=False)
    ask(client, c.Decline(group.conversation_id.hex()))
    assert ask(client, c.GroupInvitations()) == ()
    assert told.kinds().count(e.GroupInvitationClosed) == 1
    assert all(view.label != "#picnic" for view in ask(client, c.Conversations()))


def test_whoever_is_removed_before_they_accepted_is_invited_no_longer(client: FakeClient) -> None:
    client.groups.begin("Picnic", by="bob", accepted=False)
    client.groups.act("bob", c.RemoveFromGroup("#picnic", ("alice",)))
    assert ask(client, c.GroupInvitations()) == ()


def test_messages_of_several_people_arrive_in_a_group_under_their_names(client: FakeClient) -> None:
    client.groups.begin("Picnic", "bob", "carol")
    client.receive("#picnic", "I bring tea", sender="bob")
    client.receive("#picnic", "@alice and you?", sender="carol", mentions=("alice",))
    taken = ask(client, c.TakeUnshown())
    assert [(each.conversation, each.sender, each.mentioned) for each in taken] == [
        ("#picnic", "bob", False),
        ("#picnic", "carol", True),
    ]
    assert {each.identity for each in taken} == {None}


def test_an_own_message_says_how_far_it_has_come_for_how_many_people(client: FakeClient) -> None:
    client.groups.begin("Picnic", "bob", "carol", "dave", told=False)
    sent = ask(client, c.Send("#picnic", "hello"))
    told = Told(client)
    client.groups.advance(sent.id, "bob", MessageState.READ)
    client.groups.advance(sent.id, "carol", MessageState.FAILED, ErrorCode.EXPIRED)
    states = [event for event in told.events if isinstance(event, e.MessageStateChanged)]
    assert [(event.state, event.audience) for event in states] == [
        (MessageState.HELD, AudienceView(3, 1, 1, 0)),
        (MessageState.HELD, AudienceView(3, 1, 1, 1)),
    ]
    client.groups.advance(sent.id, "dave", MessageState.DELIVERED)
    info = ask(client, c.MessageInfo(sent.id))
    assert info.message.state is MessageState.DELIVERED
    assert info.devices == ()
    assert [(each.name, each.state, each.error) for each in info.people] == [
        ("bob", MessageState.READ, None),
        ("carol", MessageState.FAILED, "expired"),
        ("dave", MessageState.DELIVERED, None),
    ]


def test_a_message_has_failed_once_it_has_failed_for_everybody(client: FakeClient) -> None:
    client.groups.begin("Picnic", "bob", told=False)
    sent = ask(client, c.Send("#picnic", "hello"))
    client.groups.advance(sent.id, "bob", MessageState.FAILED, ErrorCode.EXPIRED)
    message = ask(client, c.MessageInfo(sent.id)).message
    assert (message.state, message.error) == (MessageState.FAILED, "expired")


def test_admins_remove_what_others_wrote_and_a_line_names_them(client: FakeClient) -> None:
    client.groups.begin("Picnic", "bob", "carol")
    message = client.receive("#picnic", "spam", sender="carol")
    with pytest.raises(BabiluError):
        client.groups.act("bob", c.DeleteMessage(message.id, for_all=True))
    ask(client, c.DeleteMessage(message.id, for_all=True))
    (left,) = [each for each in client.messages("#picnic") if each.id == message.id]
    assert (left.deleted, left.hidden_by, left.text) == (True, "alice", "")


def test_only_admins_pin_unless_everybody_may(client: FakeClient) -> None:
    client.groups.begin("Picnic", "carol", by="bob")
    message = client.receive("#picnic", "at eight", sender="carol")
    assert refused(client, c.PinMessage(message.id)) is ErrorCode.ADMINS_ONLY
    told = Told(client)
    client.groups.act("bob", c.PinMessage(message.id))
    assert [each.id for each in ask(client, c.Pins("#picnic"))] == [message.id]
    assert [line.kind for line in told.lines() if line] == [GroupChangeKind.PINNED]


def test_a_link_lets_so_many_people_in_until_it_is_revoked(client: FakeClient) -> None:
    client.groups.begin("Picnic")
    link = ask(client, c.MakeGroupLink("#picnic", uses=1))
    client.groups.join_by(link.link, "dave")
    assert roles(client.groups.view("#picnic")) == [("alice", OWNER), ("dave", MEMBER)]
    assert [each.left for each in ask(client, c.GroupLinks("#picnic"))] == [0]
    with pytest.raises(BabiluError, match="expired"):
        client.groups.join_by(link.link, "erin")
    ask(client, c.RevokeGroupLink("#picnic", link.link))
    assert ask(client, c.GroupLinks("#picnic")) == ()
    assert refused(client, c.RevokeGroupLink("#picnic", link.link)) is ErrorCode.NOT_FOUND
    assert refused(client, c.MakeGroupLink("#picnic", uses=0)) is ErrorCode.USAGE


def test_whoever_comes_by_a_link_with_approval_waits_for_it(client: FakeClient) -> None:
    client.groups.begin("Picnic")
    link = ask(client, c.MakeGroupLink("#picnic", approval=True))
    told = Told(client)
    client.groups.join_by(link.link, "dave")
    client.groups.join_by(link.link, "erin")
    dave, erin = ask(client, c.JoinRequests())
    ask(client, c.Decline(erin.id))
    group = ask(client, c.Accept(dave.id))
    assert isinstance(group, GroupView)
    assert [member.name for member in group.members] == ["alice", "dave"]
    assert told.kinds().count(e.JoinRequestClosed) == 2
    assert ask(client, c.JoinRequests()) == ()


def test_one_asks_to_join_by_anothers_link(client: FakeClient) -> None:
    ask(client, c.JoinGroup("babilu://127.0.0.1:5050/+picnic#0a"))
    assert client.groups.joined == ("babilu://127.0.0.1:5050/+picnic#0a",)
    assert refused(client, c.JoinGroup("https://example.org")) is ErrorCode.USAGE


def test_what_does_not_count_is_in_the_log_with_its_reason(client: FakeClient) -> None:
    client.groups.begin("Picnic", "bob")
    void = GroupChangeView(GroupChangeKind.ADDED, "bob", "dave", counts=False, why_not="ended")
    client.groups.say("#picnic", void)
    newest, first = ask(client, c.GroupLogOf("#picnic"))
    assert (newest.change, newest.counts, newest.why_not) == (void, False, "ended")
    assert first.change.kind is GroupChangeKind.CREATED
    assert ask(client, c.GroupLogOf("#picnic", limit=1)) == (newest,)
    assert ask(client, c.GroupLogOf("#picnic", before=newest.hash)) == (first,)
    group = client.groups.view("#picnic")
    assert (group.entries, group.heads) == (2, (newest.hash,))


def test_who_may_add_oneself_is_asked_for_and_set(client: FakeClient) -> None:
    assert ask(client, c.WhoMayAdd()) == "everybody"
    assert ask(client, c.WhoMayAdd(GroupAdders.NOBODY)) == "nobody"
    assert ask(client, c.WhoMayAdd()) == "nobody"


def test_a_label_that_no_group_has_is_nobodys(client: FakeClient) -> None:
    assert refused(client, c.Send("#nothing", "hello")) is ErrorCode.NOT_FOUND
    assert refused(client, c.GetGroup("#nothing")) is ErrorCode.NOT_FOUND
    assert refused(client, c.GetGroup("bob")) is ErrorCode.NOT_FOUND
