"""What a user does in a group: each is an entry of its log, or refused with what is in the way."""

from collections.abc import Sequence

from babilu.api import views
from babilu.api.group_views import GroupView
from babilu.engine.conversation.contents.text import timer_ms
from babilu.engine.conversation.groups.entries import named_person, say
from babilu.engine.conversation.groups.group_conversation import GroupConversation
from babilu.engine.conversation.groups.growth import invitation_accepted
from babilu.engine.conversation.groups.history import checked_history, share
from babilu.group.changes import (
    AddMember,
    AppointAdmin,
    Change,
    DemoteAdmin,
    HideMessages,
    LeaveGroup,
    MessageName,
    PolicyField,
    RemoveMember,
    SetLifetime,
    SetPicture,
    SetPin,
    SetPolicy,
    SetTitle,
    SetTopic,
)
from babilu.group.state import GroupMember
from babilu.kernel.errors import DeliveryError, ErrorCode, UsageError
from babilu.kernel.ids import IdentityKey, MessageId
from babilu.kernel.limits import GROUP_MEMBERS, TITLE_CHARACTERS, TOPIC_CHARACTERS
from babilu.kernel.plain_text import cleaned
from babilu.kernel.states import GroupRole
from babilu.store.contact_records import ContactRecord
from babilu.store.message_records import MessageRecord


def checked_title(title: str) -> str:
    """Return a title as it is set.

    Raises:
        UsageError: It is empty or too long.
    """
    cleaned_title = " ".join(cleaned(title, len(title)).split())
    if not cleaned_title or len(cleaned_title) > TITLE_CHARACTERS:
        raise UsageError(f"A title has 1 to {TITLE_CHARACTERS} characters.")
    return cleaned_title


def checked_topic(topic: str) -> str:
    """Return a topic as it is set.

    Raises:
        UsageError: It is too long.
    """
    cleaned_topic = cleaned(topic, len(topic)).strip()
    if len(cleaned_topic) > TOPIC_CHARACTERS:
        raise UsageError(f"A topic has at most {TOPIC_CHARACTERS} characters.")
    return cleaned_topic


def add_people(turn: GroupConversation, people: Sequence[ContactRecord]) -> GroupView:
    """Add people as members.

    Raises:
        DeliveryError: ``not_member``, ``admins_only``, ``group_full``; ``conflict``: somebody is in already.
    """
    turn.refuse_unless_in()
    if not turn.log.state.may(turn.show.own_identity, PolicyField.ADDS):
        raise _admins_only("add people to this group")
    if len(turn.log.state.members) + len(people) > GROUP_MEMBERS:
        raise DeliveryError(ErrorCode.GROUP_FULL, f"A group has at most {GROUP_MEMBERS} members.")
    for each in people:
        if turn.log.state.member(each.identity_key) is not None:
            raise DeliveryError(ErrorCode.CONFLICT, "One of them is in this group already.")
    for each in people:
        add_person(turn, each)
    return turn.group_view()


def add_person(turn: GroupConversation, contact: ContactRecord) -> None:
    """Add somebody as a member, and give them what the user has set of what was written before.

    Raises:
        DeliveryError: ``not_member``, ``admins_only``; ``quota``: the log has no room.
    """
    say(turn, AddMember(named_person(contact)), by_policy=PolicyField.ADDS)
    _remove_former(turn, contact)
    share(turn, [contact])


def _remove_former(turn: GroupConversation, contact: ContactRecord) -> None:
    """Remove who somebody was before their identity changed: nobody can reach them any more."""
    state = turn.log.state
    own = state.member(turn.show.own_identity)
    for identity in turn.lacking:
        former = state.member(identity)
        if own is None or not own.is_admin or former is None or former.rank < own.rank:
            continue
        if contact.account and former.named.account == contact.account:
            say(turn, RemoveMember(identity))


def remove_people(turn: GroupConversation, people: Sequence[ContactRecord]) -> GroupView:
    """Remove members.

    Raises:
        DeliveryError: ``not_member``, ``admins_only``; ``not_found``: somebody is not in.
    """
    for each in people:
        _check_junior(turn, each, "remove")
    for each in people:
        say(turn, RemoveMember(each.identity_key))
    return turn.group_view()


def set_role(turn: GroupConversation, who: ContactRecord | None, role: GroupRole) -> GroupView:
    """Make a member an admin, or an admin a member; None for oneself, who can only step down.

    Raises:
        UsageError: It is not a role that is given.
        DeliveryError: ``not_member``, ``admins_only``; ``not_found``: they are not in; ``conflict``: they are that.
    """
    if role not in {GroupRole.ADMIN, GroupRole.MEMBER}:
        raise UsageError("A role is admin or member: the most senior is the owner, and readers follow the policy.")
    turn.refuse_unless_in()
    state = turn.log.state
    own = state.member(turn.show.own_identity)
    target = own if who is None else _member(turn, who)
    if target is None or own is None:
        raise DeliveryError(ErrorCode.NOT_MEMBER, "You are not in this group any more.")
    if target.is_admin is (role is GroupRole.ADMIN):
        raise DeliveryError(ErrorCode.CONFLICT, "They have that role already.")
    if role is GroupRole.ADMIN:
        if not own.is_admin or who is None:
            raise _admins_only("make somebody an admin of this group")
        say(turn, AppointAdmin(target.identity))
    else:
        if who is not None:
            _check_junior(turn, who, "change the role of")
        say(turn, DemoteAdmin(target.identity))
    return turn.group_view()


def leave(turn: GroupConversation) -> None:
    """Leave the group, or decline to be in it: everybody is told.

    Raises:
        DeliveryError: ``not_member``.
    """
    if turn.group.own_role is None:
        raise DeliveryError(ErrorCode.NOT_MEMBER, "You are not in this group any more.")
    say(turn, LeaveGroup())


def accept(turn: GroupConversation) -> GroupView:
    """Accept to be in a group: from now on its members are answered, and what they wrote meanwhile is shown.

    Raises:
        DeliveryError: ``not_found``: there is no invitation.
    """
    if turn.group.own_role is None or turn.group.accepted:
        raise DeliveryError(ErrorCode.NOT_FOUND, "There is no invitation to this group.")
    invitation_accepted(turn)
    # It may go on elsewhere since before that.
    turn.log_grew()
    return turn.group_view()


def set_history(turn: GroupConversation, messages: int | None, days: int | None) -> GroupView:
    """Set what newcomers are given whom one lets in: it concerns nobody else's client.

    Raises:
        UsageError: As `checked_history`.
        DeliveryError: ``not_member``.
    """
    turn.refuse_unless_in()
    wanted, back = checked_history(messages, days, (turn.group.history, turn.group.history_days))
    turn.unit.groups.set_history(turn.group.log, wanted, back)
    turn.reload()
    turn.group_changed()
    return turn.group_view()


def change_group(
    turn: GroupConversation,
    title: str | None,
    topic: str | None,
    policy: dict[PolicyField, bool],
    picture: bytes | None = None,
) -> GroupView:
    """Set what is given, as an admin; an empty picture takes it away.

    Raises:
        UsageError: As `checked_title` and `checked_topic`.
        DeliveryError: ``not_member``, ``admins_only``.
    """
    changes: list[Change] = []
    state = turn.log.state
    if title is not None and checked_title(title) != state.title:
        changes.append(SetTitle(checked_title(title)))
    if topic is not None and checked_topic(topic) != state.topic:
        changes.append(SetTopic(checked_topic(topic)))
    changes += (SetPolicy(field, on) for field, on in policy.items() if state.policy.opens(field) is not on)
    if picture is not None and picture != state.picture:
        changes.append(SetPicture(picture))
    _check_admin(turn, "change this group")
    for each in changes:
        say(turn, each)
    return turn.group_view()


def set_lifetime(turn: GroupConversation, seconds: int | None) -> views.TimerView:
    """Have new messages gone after so many seconds; None for never.

    Raises:
        UsageError: As `timer_ms`.
        DeliveryError: ``not_member``, ``admins_only``.
    """
    value = timer_ms(seconds)
    _check_admin(turn, "set how long messages of this group stay")
    if turn.log.state.lifetime != value:
        say(turn, SetLifetime(value))
    return views.TimerView(turn.label, turn.conversation.id, turn.show.own_name, seconds)


def pin(turn: GroupConversation, message: MessageId, *, on: bool) -> views.PinView:
    """Pin a message for everybody, or unpin it.

    Raises:
        DeliveryError: ``not_found``, ``not_member``, ``admins_only``.
    """
    turn.refuse_unless_in()
    record = _message(turn, message)
    if not turn.log.state.may(turn.show.own_identity, PolicyField.PINS):
        raise _admins_only("pin messages in this group")
    if record.pinned is not on:
        say(turn, SetPin(MessageName(message), on), by_policy=PolicyField.PINS)
    return views.PinView(message, turn.label, turn.conversation.id, turn.show.own_name, on)


def hide(turn: GroupConversation, message: MessageId) -> None:
    """Remove somebody's message for everybody, as an admin.

    Raises:
        DeliveryError: ``not_found``, ``not_member``, ``admins_only``.
    """
    record = _message(turn, message)
    _check_admin(turn, "remove the messages of others in this group")
    if not record.hidden:
        say(turn, HideMessages((MessageName(message),)))


def _message(turn: GroupConversation, message: MessageId) -> MessageRecord:
    record = turn.unit.messages.by_id(message, turn.conversation.conversation)
    if record is None:
        raise DeliveryError(ErrorCode.NOT_FOUND, "There is no such message.")
    return record


def _check_admin(turn: GroupConversation, what: str) -> GroupMember:
    turn.refuse_unless_in()
    own = turn.log.state.member(turn.show.own_identity)
    if own is None or not own.is_admin:
        raise _admins_only(what)
    return own


def _member(turn: GroupConversation, who: ContactRecord) -> GroupMember:
    found = turn.log.state.member(IdentityKey(who.identity_key))
    if found is None:
        raise DeliveryError(ErrorCode.NOT_FOUND, "They are not in this group.")
    return found


def _check_junior(turn: GroupConversation, who: ContactRecord, what: str) -> None:
    own, target = _check_admin(turn, f"{what} members"), _member(turn, who)
    if target.rank < own.rank:
        raise DeliveryError(ErrorCode.ADMINS_ONLY, f"Only somebody more senior may {what} them.")


def _admins_only(what: str) -> DeliveryError:
    return DeliveryError(ErrorCode.ADMINS_ONLY, f"Only admins may {what}.")
