"""Rights in a group: what is offered to whom, in every user interface alike; the client has the last word.

Members come from the client the most senior first, and nobody acts on anybody who is senior to them. So the order of a
`GroupView` says everything that is needed here: who can be removed, and who goes on as owner.
"""

from enum import StrEnum, unique
from typing import Final

from babilu.api.group_views import GroupMemberView, GroupView
from babilu.api.views import ConversationView
from babilu.kernel.limits import GROUP_MEMBERS
from babilu.kernel.states import ConversationKind, GroupRole
from babilu.presentation.fuzzy import best_by, folded

ADMINS: Final = frozenset({GroupRole.OWNER, GroupRole.ADMIN})


@unique
class MemberAct(StrEnum):
    """What can be done with a member."""

    WRITE = "write"
    """Write to them alone."""

    VERIFY = "verify"
    """Compare the safety number."""

    APPOINT = "appoint"
    DEMOTE = "demote"
    STEP_DOWN = "step_down"
    """Give up the own role of owner or admin, and stay."""

    REMOVE = "remove"
    LEAVE = "leave"


@unique
class GroupAct(StrEnum):
    """What can be done in a group."""

    ADD = "add"
    LINK = "link"
    """Make links to the group, and revoke them."""

    HISTORY = "history"
    """Say what those are given of what was written before whom one lets in."""

    TITLE = "title"
    TOPIC = "topic"
    PICTURE = "picture"
    TIMER = "timer"
    POLICY = "policy"
    PIN = "pin"
    HIDE = "hide"
    """Remove what others wrote, for all."""

    LEAVE = "leave"


@unique
class GroupStop(StrEnum):
    """Why one cannot write in a conversation."""

    NOT_MEMBER = "not_member"
    ADMINS_ONLY = "admins_only"
    IMPORTED = "imported"


def is_admin(role: GroupRole | None) -> bool:
    """Tell whether somebody of a role may do what admins may."""
    return role in ADMINS


def own_member(group: GroupView) -> GroupMemberView | None:
    """Give oneself among the members; None for who is out."""
    return next((member for member in group.members if member.own), None)


def member_acts(group: GroupView, member: GroupMemberView) -> tuple[MemberAct, ...]:
    """Give what can be done with a member, the most usual first.

    A role is given to somebody junior alone, and taken from nobody else: an admin whom a former one made cannot remove
    that one.
    """
    in_charge = is_admin(group.role)
    if member.own:
        stays = in_charge and len(group.members) > 1
        return (MemberAct.STEP_DOWN, MemberAct.LEAVE) if stays else (MemberAct.LEAVE,)
    acts = [MemberAct.WRITE, MemberAct.VERIFY]
    if in_charge and is_junior(group, member):
        acts.append(MemberAct.DEMOTE if is_admin(member.role) else MemberAct.APPOINT)
        acts.append(MemberAct.REMOVE)
    return tuple(acts)


def is_junior(group: GroupView, member: GroupMemberView) -> bool:
    """Tell whether somebody stands below oneself in the order of a group."""
    places = {each.identity: place for place, each in enumerate(group.members)}
    own = own_member(group)
    return own is not None and places.get(member.identity, -1) > places[own.identity]


def group_acts(group: GroupView) -> tuple[GroupAct, ...]:
    """Give what one may do in a group, the most usual first."""
    if group.role is None:
        return ()
    in_charge = is_admin(group.role)
    room = len(group.members) < GROUP_MEMBERS
    allowed = {
        GroupAct.ADD: room and (in_charge or group.everybody_adds),
        GroupAct.HISTORY: in_charge or group.everybody_adds,
        GroupAct.PIN: in_charge or group.everybody_pins,
        GroupAct.LEAVE: True,
    }
    return tuple(act for act in GroupAct if allowed.get(act, in_charge))


def successor(group: GroupView) -> GroupMemberView | None:
    """Give who goes on as owner when oneself leaves or steps down; None where one is not the owner, or alone."""
    if group.role is not GroupRole.OWNER:
        return None
    return next((member for member in group.members if not member.own), None)


def group_stop(view: ConversationView) -> GroupStop | None:
    """Tell why one cannot write in a conversation; None where one can."""
    if view.kind is ConversationKind.IMPORTED:
        return GroupStop.IMPORTED
    if view.kind is not ConversationKind.GROUP:
        return None
    if view.role is None:
        return GroupStop.NOT_MEMBER
    return None if view.may_post else GroupStop.ADMINS_ONLY


# Lists of members.


def listed_members(group: GroupView) -> tuple[GroupMemberView, ...]:
    """Give the members as they are listed: owner and admins by seniority, then the others by name."""
    leading = [member for member in group.members if is_admin(member.role)]
    others = [member for member in group.members if not is_admin(member.role)]
    return (*leading, *sorted(others, key=lambda member: (folded(member.name), member.name)))


def found_members(group: GroupView, query: str) -> tuple[GroupMemberView, ...]:
    """Give the members whose names fit a query, the best first; all as they are listed where nothing is looked for."""
    if not query.strip():
        return listed_members(group)
    return tuple(best_by(query, listed_members(group), lambda member: member.name))
