"""A small group, with whom the tests of words and rights begin."""

from dataclasses import replace

from babilu.api.group_views import GroupMemberView, GroupView
from babilu.kernel.ids import ConversationId, IdentityKey
from babilu.kernel.states import GroupRole

OWN = "alice"
NAMES = ("olga", "alice", "ann", "zoe", "Bea")
ROLES = (GroupRole.OWNER, GroupRole.ADMIN, GroupRole.ADMIN, GroupRole.MEMBER, GroupRole.MEMBER)


def group(own: str = OWN, names: tuple[str, ...] = NAMES) -> GroupView:
    """Give a group as one of its members sees it."""
    members = tuple(
        GroupMemberView(name, IdentityKey(bytes([number]) * 32), role, own=name == own)
        for number, (name, role) in enumerate(zip(names, ROLES, strict=False))
    )
    role = next((member.role for member in members if member.own), None)
    return GroupView(
        "#picnic",
        ConversationId(b"\x07" * 32),
        "Picnic",
        "",
        members,
        role,
        everybody_adds=False,
        everybody_posts=True,
        everybody_pins=False,
        timer=None,
        entries=1,
        heads=(),
        accepted=True,
        added_by=None,
        may_post=role is not None,
    )


def open_to_all(view: GroupView) -> GroupView:
    """Give a group in which everybody adds and pins."""
    return replace(view, everybody_adds=True, everybody_pins=True)
