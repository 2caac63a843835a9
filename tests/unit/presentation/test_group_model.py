"""What is known of groups comes from the client once, and from events after that."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from babilu.api import events as e
from babilu.api.group_views import (
    AudienceView,
    GroupInvitationView,
    GroupMemberView,
    GroupView,
    JoinRequestView,
)
from babilu.api.views import ConversationView
from babilu.bot.fake_client import FakeClient
from babilu.bot.fake_profile import conversation_of, identity_of
from babilu.kernel.states import ConversationKind, GroupRole, MessageState
from babilu.presentation.client_state import is_begun
from tests.unit.presentation.face import Face

PICNIC = conversation_of("#picnic")


def group(title: str = "Picnic", *, entries: int = 1) -> GroupView:
    members = (
        GroupMemberView("bob", identity_of("bob"), GroupRole.OWNER),
        GroupMemberView("alice", identity_of("alice"), GroupRole.MEMBER, own=True),
        GroupMemberView("dave", identity_of("dave"), GroupRole.MEMBER, contact=False),
    )
    return GroupView(
        "#picnic",
        PICNIC,
        title,
        "",
        members,
        GroupRole.MEMBER,
        everybody_adds=True,
        everybody_posts=True,
        everybody_pins=True,
        timer=None,
        entries=entries,
        heads=(),
        accepted=True,
        added_by="bob",
        may_post=True,
    )


def row() -> ConversationView:
    return ConversationView(
        PICNIC, ConversationKind.GROUP, "#picnic", None, None, 0, "", pinned=False, muted=False, title="Before"
    )


@pytest.fixture
def face() -> Iterator[Face]:
    client = FakeClient()
    client.add_contact("bob")
    made = Face(client)
    made.model.listed.show_again(row())
    yield made
    client.close()


def tell(face: Face, event: e.Event) -> None:
    face.bridge.post(event)
    face.bridge.turn(60)


def test_a_group_that_changes_is_another_one_in_its_row_at_once(face: Face) -> None:
    tell(face, e.GroupChanged(group()))
    seen = face.model.conversations["#picnic"]
    assert (seen.title, seen.members, seen.role, seen.added_by) == ("Picnic", 3, GroupRole.MEMBER, "bob")


def test_members_can_be_mentioned_but_for_oneself(face: Face) -> None:
    tell(face, e.GroupChanged(group()))
    assert face.model.people_of("#picnic") == ("bob", "dave", "all", "admins")
    assert face.model.mentioned("#picnic", "@dave and @alice and @nobody") == ("dave",)
    assert face.model.mentioned("#picnic", "hear, @all") == ("all",)


def test_who_is_in_is_asked_for_once_when_a_group_is_opened(face: Face) -> None:
    face.asked()
    face.model.groups.read("#picnic")
    face.model.groups.read("#picnic")
    face.settle()
    assert face.asked().count("GetGroup") == 1


def test_an_answer_that_is_older_than_an_event_does_not_take_it_back(face: Face) -> None:
    tell(face, e.GroupChanged(group("Newer", entries=2)))
    face.model.groups.keep_newer(group("Older", entries=1))
    assert face.model.groups.title_of("#picnic") == "Newer"


def test_what_one_must_decide_counts_until_it_is_decided(face: Face) -> None:
    invitation = GroupInvitationView(PICNIC.hex(), "#picnic", PICNIC, "Picnic", 3, "bob", 1)
    request = JoinRequestView("7", "#picnic", PICNIC, "erin", identity_of("erin"), 1)
    tell(face, e.GroupInvited(invitation))
    tell(face, e.JoinRequested(request))
    assert face.model.unread() == 2
    tell(face, e.GroupInvitationClosed("#picnic", PICNIC))
    tell(face, e.JoinRequestClosed("7"))
    assert face.model.unread() == 0


def test_a_group_is_found_by_its_title_and_by_its_label(face: Face) -> None:
    face.model.listed.show_again(replace(row(), title="Summer feast"))
    assert face.model.found("feast") == face.model.found("picnic") == ["#picnic"]
    assert face.model.found("") == ["bob", "#picnic"]


def test_a_group_without_a_message_has_begun_all_the_same() -> None:
    assert is_begun(row())


def test_nobody_types_who_is_out_or_where_one_is_out(face: Face) -> None:
    for name in ("bob", "dave"):
        tell(face, e.TypingChanged("#picnic", PICNIC, name, active=True))
    members = tuple(each for each in group().members if each.name != "dave")
    tell(face, e.GroupChanged(replace(group(), members=members, entries=2)))
    assert face.model.typing[PICNIC] == {"bob"}
    tell(face, e.GroupChanged(replace(group(), role=None, entries=3)))
    assert face.model.typing[PICNIC] == frozenset()


def test_how_far_a_message_has_come_is_counted_in_people(face: Face) -> None:
    sent = face.client.receive("bob", "a place for a message")
    face.settle()
    face.model.open("bob")
    face.settle()
    audience = AudienceView(recipients=5, delivered=4, read=3, failed=1)
    tell(
        face,
        e.MessageStateChanged(sent.id, "bob", MessageState.DELIVERED, None, None, sent.conversation_id, audience),
    )
    assert face.model.room.messages[-1].audience == audience
