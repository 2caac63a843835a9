"""Groups of a face follow what is told of them; what waits for a decision is known until somebody has decided."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from babilu.api import events as e
from babilu.api.group_views import GroupInvitationView, JoinRequestView
from babilu.bot.fake_client import FakeClient
from babilu.kernel.ids import ConversationId, IdentityKey
from tests.unit.presentation.groups_under_test import group
from tests.unit.presentation.test_client_model import Face

WHERE = ConversationId(b"\x07" * 32)
INVITATION = GroupInvitationView(WHERE.hex(), "#picnic", WHERE, "Picnic", 5, "olga", 0)
REQUEST = JoinRequestView("r1", "#picnic", WHERE, "bob", IdentityKey(bytes(32)), 0)


@pytest.fixture
def client() -> Iterator[FakeClient]:
    made = FakeClient()
    yield made
    made.close()


def hear(face: Face, *events: e.Event) -> None:
    for event in events:
        face.client.tell(event)
    face.settle()


def test_a_group_is_known_as_it_was_told_last(client: FakeClient) -> None:
    face = Face(client)
    assert face.model.groups.title_of("#picnic") == ""
    hear(face, e.GroupChanged(group()), e.GroupChanged(replace(group(), title="Sunday")))
    assert face.model.groups.group("#picnic") == replace(group(), title="Sunday")
    assert face.model.groups.title_of("#picnic") == "Sunday"


def test_the_others_of_a_group_are_all_but_oneself_the_most_senior_first(client: FakeClient) -> None:
    face = Face(client)
    hear(face, e.GroupChanged(group()))
    assert [member.name for member in face.model.groups.others("#picnic")] == ["olga", "ann", "zoe", "Bea"]
    assert face.model.groups.others("#other") == ()


def test_what_waits_for_a_decision_counts_as_unread_until_somebody_has_decided(client: FakeClient) -> None:
    face = Face(client)
    hear(face, e.GroupInvited(INVITATION), e.JoinRequested(REQUEST))
    assert face.model.groups.invitations == {INVITATION.id: INVITATION}
    assert face.model.groups.join_requests == {"r1": REQUEST}
    assert face.model.unread() == 2
    hear(face, e.GroupInvitationClosed("#picnic", WHERE), e.JoinRequestClosed("r1"))
    assert face.model.unread() == 0


def test_the_next_profile_has_none_of_them(client: FakeClient) -> None:
    face = Face(client)
    hear(face, e.GroupChanged(group()), e.GroupInvited(INVITATION), e.JoinRequested(REQUEST))
    face.model.forget()
    assert face.model.groups.group("#picnic") is None
    assert face.model.unread() == 0
