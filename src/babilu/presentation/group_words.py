"""Words about groups for every user interface: lines, roles, receipts, invitations, and why an act does not count.

Names and titles come from others: whoever shows them gives what makes them harmless there (`Namer`).
"""

from collections.abc import Callable, Sequence
from typing import Final

from babilu.api.group_views import (
    AudienceView,
    GroupChangeView,
    GroupInvitationView,
    GroupView,
    JoinRequestView,
    PersonReceiptView,
)
from babilu.api.views import MessageView
from babilu.kernel.states import GroupChangeKind, GroupRole, MessageState
from babilu.presentation.durations import duration
from babilu.presentation.group_rights import GroupStop, MemberAct, successor
from babilu.presentation.strings import Strings

Namer = Callable[[str], str]
"""Makes a name, a title or a topic fit for one line of where it is shown."""

EMPTIED: Final = frozenset(
    {GroupChangeKind.CREATED, GroupChangeKind.TOPIC, GroupChangeKind.PICTURE, GroupChangeKind.TIMER}
)
"""Changes that may set nothing, or take away what they are about."""

POLICY_FIELDS: Final = frozenset({"adds", "posts", "pins"})
POLICY_CHOICES: Final = frozenset({"everybody", "admins"})
"""How a change of the policy is written: ``adds=everybody``."""

LACKING: Final = (MessageState.FAILED, MessageState.QUEUED, MessageState.HELD)
"""States of a message that somebody has not got, the worst first."""


def group_line(change: GroupChangeView, say: Strings, own: str, name: Namer) -> str:
    """Say in one line what has changed in a group, by whom, and why it does not count where it does not.

    Args:
        change: The change.
        say: The language.
        own: The own name.
        name: Makes names, titles and topics harmless.
    """
    key = f"group.line.{_line(change)}"
    if change.by == own:
        key = f"{key}.by_you"
    elif change.who == own and f"{key}.you" in say:
        key = f"{key}.you"
    line = say(key, by=name(change.by), who=name(change.who or ""), value=_value(change, say, name))
    if change.kind is GroupChangeKind.DOES_NOT_COUNT or not change.counts:
        return f"{line} {why_not(change.why_not, say)}"
    return line


def why_not(code: str | None, say: Strings) -> str:
    """Say why an act does not count."""
    key = f"group.why_not.{code}"
    return say(key if key in say else "group.why_not")


def _line(change: GroupChangeView) -> str:
    """Name the sentence about a change, without who did it to whom."""
    kind = change.kind
    if kind is GroupChangeKind.DEMOTED and change.who in {None, change.by}:
        return "stepped_down"
    if kind is GroupChangeKind.POLICY:
        field, _, who = (change.value or "").partition("=")
        return f"policy.{field}.{who}" if field in POLICY_FIELDS and who in POLICY_CHOICES else "policy"
    return f"{kind}.none" if kind in EMPTIED and not change.value else kind.value


def _value(change: GroupChangeView, say: Strings, name: Namer) -> str:
    value = change.value or ""
    if change.kind is GroupChangeKind.TIMER and value.isdecimal():
        return duration(say, int(value))
    return name(value)


def role_name(role: GroupRole, say: Strings) -> str:
    """Name a role."""
    return say(f"group.role.{role}")


def act_name(act: MemberAct, say: Strings) -> str:
    """Name what can be done with a member."""
    return say(f"group.act.{act}")


def member_count(count: int, say: Strings) -> str:
    """Say how many people are in a group."""
    return say("group.members", count=count)


def stop_sentence(stop: GroupStop, say: Strings) -> str:
    """Say where one writes why one cannot."""
    return say(f"group.stop.{stop}")


def removed_line(message: MessageView, say: Strings, own: str, name: Namer) -> str:
    """Say what stands in the place of a message that an admin removed for all."""
    if message.hidden_by == own:
        return say("group.hidden.by_you", who=name(message.sender))
    return say("group.hidden", by=name(message.hidden_by or ""), who=name(message.sender))


def invitation_sentence(invitation: GroupInvitationView, say: Strings, name: Namer) -> str:
    """Say who has added oneself to what."""
    key = "group.invitation" if invitation.title else "group.invitation.untitled"
    by, title = name(invitation.by), name(invitation.title)
    return say(key, by=by, title=title, count=invitation.members)


def join_sentence(request: JoinRequestView, say: Strings, title: str, name: Namer) -> str:
    """Say who wants to join what."""
    return say("group.join_request", name=name(request.name), title=name(title or request.conversation))


# Leaving.


def leaving_sentence(group: GroupView, say: Strings, name: Namer) -> str:
    """Say what becomes of a group, and of what one has of it, when one leaves."""
    stays = say("group.leave")
    if group.role is not GroupRole.OWNER:
        return stays
    following = successor(group)
    if following is None:
        return f"{say('group.leave.last')} {stays}"
    return f"{say('group.successor', name=name(following.name))} {stays}"


def stepping_down_sentence(group: GroupView, say: Strings, name: Namer) -> str:
    """Say what it means to give up the own role."""
    following = successor(group)
    stays = say("group.step_down")
    return stays if following is None else f"{say('group.successor', name=name(following.name))} {stays}"


# Receipts.


def audience_line(audience: AudienceView, say: Strings) -> str:
    """Say how far an own message has come, counted in people: by how many it was read, or else how many have it."""
    key = "group.audience.read" if audience.read else "group.audience.delivered"
    return say(key, read=audience.read, delivered=audience.delivered, recipients=audience.recipients)


def lacking_line(audience: AudienceView, say: Strings) -> str:
    """Say how many have not got a message; empty where all have."""
    lacking = audience.recipients - audience.delivered
    return say("group.audience.lacking", count=lacking, recipients=audience.recipients) if lacking > 0 else ""


def lacking(people: Sequence[PersonReceiptView]) -> tuple[PersonReceiptView, ...]:
    """Give those who have not got a message, the hopeless first."""
    without = [person for person in people if person.state in LACKING]
    return tuple(sorted(without, key=lambda person: LACKING.index(person.state)))


def lacking_reason(person: PersonReceiptView, say: Strings) -> str:
    """Say why somebody has not got a message."""
    if person.error is not None:
        return say.problem(person.error, "")
    return say(f"group.lacking.{person.state}")
