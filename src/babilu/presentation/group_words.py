"""Words about groups: what has changed, why it does not count, who follows an owner, and who has got a message.

Names and titles come from others: whoever shows them gives what makes them harmless there (`Namer`).
"""

import re
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
from babilu.kernel.ids import MessageId
from babilu.kernel.states import GroupChangeKind, GroupRole, MessageState
from babilu.presentation.durations import duration
from babilu.presentation.group_rights import GroupStop, MemberAct, successor
from babilu.presentation.plain_text import one_line
from babilu.presentation.strings import Strings

Namer = Callable[[str], str]
"""Makes a name, a title or a topic fit for one line of where it is shown."""

MESSAGE_HEX: Final = re.compile(r"[0-9a-f]{32}")

LACKING: Final = (MessageState.FAILED, MessageState.QUEUED, MessageState.HELD)
"""States of a message that somebody has not got, the worst first."""

ABOUT_PEOPLE: Final = frozenset(
    {GroupChangeKind.ADDED, GroupChangeKind.REMOVED, GroupChangeKind.APPOINTED, GroupChangeKind.DEMOTED}
)
"""What is done to somebody."""


def change_text(change: GroupChangeView, say: Strings, own: str, shown: Namer = one_line) -> str:
    """Say in a sentence what has changed in a group, or was meant to.

    Args:
        change: The change.
        say: The language.
        own: The own name, in whose place the sentence says "you".
        shown: Makes text from others harmless for where it is shown.
    """
    sentence = say(
        _key(change, own), by=shown(change.by), who=shown(change.who or ""), value=_value(change, say, shown)
    )
    if change.counts:
        return sentence
    return say("group.does_not_count", text=sentence, reason=reason_text(change.why_not, say))


def pinned_message(change: GroupChangeView) -> MessageId | None:
    """Give the message that was pinned, where the change says which."""
    if change.kind is not GroupChangeKind.PINNED or change.value is None or not MESSAGE_HEX.fullmatch(change.value):
        return None
    return MessageId(bytes.fromhex(change.value))


def reason_text(why_not: str | None, say: Strings) -> str:
    """Say why something does not count; one of a later version's reasons by its code."""
    key = f"group.why.{why_not}"
    return say(key) if key in say else why_not or ""


def role_text(role: GroupRole, say: Strings) -> str:
    """Name what somebody is in a group."""
    return say(f"group.role.{role}")


def _key(change: GroupChangeView, own: str) -> str:
    """Find the sentence: of one act there are several, as it is done by oneself or to oneself."""
    by_me = change.by == own
    match change.kind:
        case GroupChangeKind.DEMOTED if change.who in {None, change.by}:
            about = "stepped_down"
        case GroupChangeKind.TOPIC | GroupChangeKind.PICTURE | GroupChangeKind.TIMER if not change.value:
            about = f"{change.kind}.none"
        case GroupChangeKind.POLICY:
            about = f"policy.{(change.value or '').replace('=', '.')}"
        case _:
            about = change.kind.value
    if change.kind in ABOUT_PEOPLE and change.who == own and not by_me:
        return f"group.change.{about}.me"
    return f"group.change.{about}.by_me" if by_me else f"group.change.{about}"


def _value(change: GroupChangeView, say: Strings, shown: Namer) -> str:
    value = change.value or ""
    return duration(say, int(value)) if change.kind is GroupChangeKind.TIMER and value.isdecimal() else shown(value)


def act_name(act: MemberAct, say: Strings) -> str:
    """Name what can be done with a member."""
    return say(f"group.act.{act}")


def member_count(count: int, say: Strings) -> str:
    """Say how many people are in a group."""
    return say("group.members", count=count)


def stop_sentence(stop: GroupStop, say: Strings) -> str:
    """Say where one writes why one cannot."""
    return say(f"group.stop.{stop}")


def removed_line(message: MessageView, say: Strings, own: str, name: Namer = one_line) -> str:
    """Say what stands in the place of a message that an admin removed for all."""
    if message.hidden_by == own:
        return say("group.hidden.by_you", who=name(message.sender))
    if message.outgoing:
        return say("group.hidden.yours", by=name(message.hidden_by or ""))
    return say("group.hidden", by=name(message.hidden_by or ""), who=name(message.sender))


def invitation_sentence(invitation: GroupInvitationView, say: Strings, name: Namer = one_line) -> str:
    """Say who has added oneself to what."""
    key = "group.invitation" if invitation.title else "group.invitation.untitled"
    by, title = name(invitation.by), name(invitation.title)
    return say(key, by=by, title=title, count=invitation.members)


def join_sentence(request: JoinRequestView, say: Strings, title: str, name: Namer = one_line) -> str:
    """Say who wants to join what."""
    return say("group.join_request", name=name(request.name), title=name(title or request.conversation))


def split_sentence(title: str, names: Sequence[str], say: Strings, name: Namer = one_line) -> str:
    """Say who goes on with a group in different ways, among whom one is to choose."""
    return say("group.split", title=name(title), names=", ".join(map(name, names)))


# Leaving.


def leaving_sentence(group: GroupView, say: Strings, name: Namer = one_line) -> str:
    """Say what becomes of a group, and of what one has of it, when one leaves."""
    stays = say("group.leave")
    if group.role is not GroupRole.OWNER:
        return stays
    following = successor(group)
    if following is None:
        return f"{say('group.leave.last')} {stays}"
    return f"{say('group.successor', name=name(following.name))} {stays}"


def stepping_down_sentence(group: GroupView, say: Strings, name: Namer = one_line) -> str:
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
