"""Rules of groups in memory: how they are called, who may do what in them, and who is senior to whom.

The most senior member stands first.
"""

import itertools
from collections.abc import Iterable
from dataclasses import replace

from babilu.api.group_views import GroupMemberView, GroupView
from babilu.bot.fake_profile import key_of
from babilu.kernel.errors import BabiluError, DeliveryError, ErrorCode, UsageError
from babilu.kernel.limits import TITLE_CHARACTERS, TOPIC_CHARACTERS
from babilu.kernel.states import GroupRole

ADMINS = frozenset({GroupRole.OWNER, GroupRole.ADMIN})


def label_of(title: str, taken: Iterable[str]) -> str:
    """Make the label of a group from its first title."""
    kept = "".join(letter if letter.isalnum() else "-" for letter in title.lower()).lstrip("-0123456789")
    made = "#" + (kept[:32].rstrip("-") or "group")
    numbered = itertools.chain([made], (f"{made}~{number}" for number in itertools.count(2)))
    return next(label for label in numbered if label not in set(taken))


def checked_title(title: str) -> str:
    """Return a title as it is set, or refuse it."""
    title = " ".join(title.split())
    if not 1 <= len(title) <= TITLE_CHARACTERS:
        raise UsageError(f"A title has 1 to {TITLE_CHARACTERS} characters.")
    return title


def checked_topic(topic: str) -> str:
    """Return a topic as it is set, or refuse it."""
    if len(topic) > TOPIC_CHARACTERS:
        raise UsageError(f"A topic has at most {TOPIC_CHARACTERS} characters.")
    return topic.strip()


def found_in(group: GroupView, name: str) -> GroupMemberView:
    """Find a member, or refuse."""
    found = next((each for each in group.members if key_of(each.name) == key_of(name)), None)
    if found is None:
        raise DeliveryError(ErrorCode.NOT_FOUND, "Nobody of that name is in this group.")
    return found


def with_role(group: GroupView, name: str, role: GroupRole) -> tuple[GroupMemberView, ...]:
    """Give the members, one of whom has a role."""
    member = found_in(group, name)
    return tuple(replace(each, role=role) if each is member else each for each in group.members)


def _admins_only() -> BabiluError:
    return DeliveryError(ErrorCode.ADMINS_ONLY, "Only admins of this group may do that.")


def check_present(group: GroupView, by: str) -> None:
    """Refuse somebody who is in a group no longer."""
    if group.member(by) is None:
        raise DeliveryError(ErrorCode.NOT_MEMBER, "You are not in this group any more.")


def check_acting(group: GroupView, by: str, field: str | None, *, own: bool) -> None:
    """Refuse somebody who may not do what admins may, or what a field of the policy leaves to all."""
    if own and not group.accepted:
        raise DeliveryError(ErrorCode.CONFLICT, "Accept the invitation to this group first.")
    if found_in(group, by).role not in ADMINS and not (field is not None and getattr(group, f"everybody_{field}")):
        raise _admins_only()


def check_junior(group: GroupView, by: str, member: GroupMemberView) -> None:
    """Refuse to act on somebody who is senior to whoever acts."""
    if group.members.index(member) < group.members.index(found_in(group, by)):
        raise _admins_only()


def seated(group: GroupView) -> GroupView:
    """Give everybody the role and place that their seniority makes."""
    admins = [each for each in group.members if each.role in ADMINS]
    juniors = [each for each in group.members if each not in admins]
    role = GroupRole.MEMBER if group.everybody_posts else GroupRole.READER
    placed = [replace(each, role=GroupRole.ADMIN) for each in admins] + [replace(each, role=role) for each in juniors]
    members = tuple(replace(each, role=GroupRole.OWNER) if each is placed[0] else each for each in placed)
    own = next((each.role for each in members if each.own), None)
    return replace(group, members=members, role=own, may_post=own is not None and own is not GroupRole.READER)
