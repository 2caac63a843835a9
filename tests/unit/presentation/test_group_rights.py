from dataclasses import replace

import pytest

from babilu.api.group_views import GroupMemberView, GroupView
from babilu.api.views import ConversationView
from babilu.kernel.ids import ConversationId, IdentityKey
from babilu.kernel.limits import GROUP_MEMBERS
from babilu.kernel.states import ConversationKind, GroupRole
from babilu.presentation.group_rights import (
    GroupAct,
    GroupStop,
    MemberAct,
    found_members,
    group_acts,
    group_stop,
    listed_members,
    member_acts,
    successor,
)
from tests.unit.presentation.groups_under_test import group, open_to_all

ALWAYS = (MemberAct.WRITE, MemberAct.VERIFY)


def acts(own: str, name: str) -> tuple[MemberAct, ...]:
    seen = group(own)
    member = seen.member(name)
    assert member is not None
    return member_acts(seen, member)


def test_an_owner_makes_admins_takes_that_back_and_removes_anybody_else() -> None:
    assert acts("olga", "ann") == (*ALWAYS, MemberAct.DEMOTE, MemberAct.REMOVE)
    assert acts("olga", "zoe") == (*ALWAYS, MemberAct.APPOINT, MemberAct.REMOVE)
    assert acts("olga", "olga") == (MemberAct.STEP_DOWN, MemberAct.LEAVE)


def test_an_admin_does_nothing_to_whoever_is_senior() -> None:
    assert acts("ann", "olga") == ALWAYS
    assert acts("ann", "alice") == ALWAYS
    assert acts("alice", "ann") == (*ALWAYS, MemberAct.DEMOTE, MemberAct.REMOVE)


def test_a_member_writes_and_compares_and_leaves() -> None:
    assert acts("zoe", "Bea") == ALWAYS
    assert acts("Bea", "zoe") == ALWAYS
    assert acts("zoe", "zoe") == (MemberAct.LEAVE,)


def test_nobody_steps_down_who_is_alone() -> None:
    alone = group("olga", ("olga",))
    assert member_acts(alone, alone.members[0]) == (MemberAct.LEAVE,)


def test_whoever_is_out_is_offered_nothing_in_the_group_and_of_members_only_themselves() -> None:
    left = group("nobody")
    assert group_acts(left) == ()
    assert member_acts(left, left.members[3]) == ALWAYS


def test_what_a_group_offers_follows_role_and_policy() -> None:
    assert group_acts(group("alice")) == tuple(GroupAct)
    assert group_acts(group("zoe")) == (GroupAct.LEAVE,)
    assert group_acts(open_to_all(group("zoe"))) == (GroupAct.ADD, GroupAct.HISTORY, GroupAct.PIN, GroupAct.LEAVE)


def test_nobody_is_added_to_a_group_that_is_full() -> None:
    seen = group("olga")
    crowd = [
        GroupMemberView(f"m{number}", IdentityKey(number.to_bytes(32, "big")), GroupRole.MEMBER)
        for number in range(GROUP_MEMBERS - len(seen.members))
    ]
    full = replace(seen, members=(*seen.members, *crowd))
    assert GroupAct.ADD not in group_acts(full)
    assert GroupAct.ADD in group_acts(replace(full, members=full.members[:-1]))


def test_the_next_in_rank_follows_an_owner_and_nobody_follows_others() -> None:
    follows = successor(group("olga"))
    assert follows is not None
    assert follows.name == "alice"
    assert successor(group("alice")) is None
    assert successor(group("olga", ("olga",))) is None


def names(members: tuple[GroupMemberView, ...]) -> list[str]:
    return [member.name for member in members]


def test_admins_are_listed_by_seniority_and_the_others_by_name() -> None:
    assert names(listed_members(group())) == ["olga", "alice", "ann", "Bea", "zoe"]


def test_members_are_found_by_a_few_letters() -> None:
    assert names(found_members(group(), "be")) == ["Bea"]
    assert names(found_members(group(), "a"))[:2] == ["ann", "alice"]
    assert names(found_members(group(), "  ")) == names(listed_members(group()))
    assert found_members(group(), "xx") == ()


def conversation(kind: ConversationKind, role: GroupRole | None, *, may_post: bool) -> ConversationView:
    return ConversationView(
        ConversationId(bytes(32)), kind, "#picnic", None, None, 0, "", False, False, role=role, may_post=may_post
    )


@pytest.mark.parametrize(
    ("role", "may_post", "stop"),
    [
        (GroupRole.MEMBER, True, None),
        (GroupRole.READER, False, GroupStop.ADMINS_ONLY),
        (None, False, GroupStop.NOT_MEMBER),
    ],
)
def test_why_one_cannot_write_is_known(role: GroupRole | None, may_post: bool, stop: GroupStop | None) -> None:
    assert group_stop(conversation(ConversationKind.GROUP, role, may_post=may_post)) is stop


def test_a_conversation_of_two_has_no_roles_that_stop_anybody() -> None:
    assert group_stop(conversation(ConversationKind.PAIR, None, may_post=True)) is None


def test_the_view_of_a_group_knows_its_members_by_name() -> None:
    seen: GroupView = group()
    assert seen.member("nobody") is None
