"""What a `FakeClient` makes of groups: who is in, who may do what, and who asks; used in one thread at a time.

Whoever acts is held against the same rules as oneself, so that a test cannot play
what no group can come to.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.group_views import (
    GroupChangeView,
    GroupEntryView,
    GroupInvitationView,
    GroupMemberView,
    GroupView,
)
from babilu.api.views import PinView, TimerView
from babilu.bot.fake_group_rules import (
    check_acting,
    check_junior,
    check_present,
    checked_title,
    checked_topic,
    found_in,
    label_of,
    seated,
    with_role,
)
from babilu.bot.fake_people import FakePeople
from babilu.bot.fake_profile import (
    OWN_IDENTITY,
    FakeConversation,
    FakeProfile,
    conversation_of,
    identity_of,
    key_of,
)
from babilu.kernel.errors import DeliveryError, ErrorCode, UsageError
from babilu.kernel.ids import EntryHash, IdentityKey
from babilu.kernel.limits import GROUP_MEMBERS, HISTORY_DAYS, HISTORY_MESSAGES
from babilu.kernel.states import GroupAdders, GroupChangeKind, GroupRole, MessageKind

FIELDS: Final = ("adds", "posts", "pins")
"""What a policy is about: each has a member of the view, and one of the command."""


class FakeGroups:
    """The groups of a profile.

    Args:
        profile: What the client has.
        people: Its people.

    Attributes:
        invitations: Groups that one was added to and has not accepted, by their ids.
    """

    def __init__(self, profile: FakeProfile, people: FakePeople) -> None:
        self.profile = profile
        self.people = people
        self.invitations: dict[str, GroupInvitationView] = {}
        self._log: dict[str, list[GroupEntryView]] = {}
        self._adders = GroupAdders.EVERYBODY

    # What the user asks.

    def answer(self, command: c.Command[Any]) -> object:
        """Answer a command about groups."""
        own = self.profile.name
        match command:
            case c.StartGroup(title, members, topic):
                self._check_known(members)
                return self.start(title, own, members, topic=topic)
            case c.AddToGroup(name, names):
                self._check_known(names)
                return self.add(own, name, names)
            case c.RemoveFromGroup(name, names):
                return self.remove(own, name, names)
            case c.SetRole(name, who, role):
                return self.set_role(own, name, who, role)
            case c.QuitGroup(name):
                self.leave(own, name)
                return None
            case c.FollowGroup(name, of):
                return self._follow(name, of)
            case c.ChangeGroup():
                return self.change(own, command)
            case c.GetGroup(name):
                return self.group(name)
            case c.GroupLogOf():
                return self._entries(command)
            case c.GroupInvitations():
                return tuple(self.invitations.values())
            case c.WhoMayAdd(who):
                self._adders = self._adders if who is None else who
                return self._adders
            case _:
                raise TypeError(type(command).__name__)

    def group(self, name: str) -> GroupView:
        """Find a group by its label or id, or refuse."""
        group = self.profile.known(name).group
        if group is None:
            raise DeliveryError(ErrorCode.NOT_FOUND, "There is no group of that name.")
        return group

    def is_group(self, name: str) -> bool:
        """Tell whether a label or an id is that of a group."""
        found = self.profile.conversations.get(self.profile.key_named(name))
        return found is not None and found.group is not None

    # Who is in.

    def start(
        self,
        title: str,
        by: str,
        members: Iterable[str],
        *,
        topic: str = "",
        admins: Iterable[str] = (),
        accepted: bool = True,
        told: bool = True,
    ) -> GroupView:
        """Start a group; where somebody else does, one is asked unless that was accepted long ago."""
        title = checked_title(title)
        label = label_of(title, (each.contact.name for each in self.profile.conversations.values()))
        names = [by, *(name for name in members if key_of(name) != key_of(by))]
        people = [
            self._member(name, GroupRole.MEMBER if place else GroupRole.OWNER) for place, name in enumerate(names)
        ]
        if len(people) > GROUP_MEMBERS:
            raise DeliveryError(ErrorCode.GROUP_FULL, f"A group has at most {GROUP_MEMBERS} members.")
        conversation = self.profile.begin_group(label)
        conversation.group = GroupView(
            conversation=label,
            conversation_id=conversation_of(label),
            title=title,
            topic=checked_topic(topic),
            members=tuple(people),
            role=None,
            everybody_adds=False,
            everybody_posts=True,
            everybody_pins=False,
            timer=None,
            entries=0,
            heads=(),
            accepted=accepted,
            added_by=None if by == self.profile.name else by,
            may_post=True,
        )
        self._log[label] = []
        for name in admins:
            self._set(label, members=with_role(self.group(label), name, GroupRole.ADMIN))
        self._seat(label)
        change = GroupChangeView(GroupChangeKind.CREATED, by, value=title)
        if told:
            self._grown(label, change)
        else:
            self._note(label, change)
        if not accepted:
            self._invite(label)
        return self.group(label)

    def _invite(self, label: str) -> None:
        group = self.group(label)
        identity = group.conversation_id.hex()
        invitation = GroupInvitationView(
            identity,
            label,
            group.conversation_id,
            group.title,
            len(group.members),
            group.added_by or "",
            self.profile.tick(),
        )
        self.invitations[identity] = invitation
        self.profile.tell(e.GroupInvited(invitation))

    def add(self, by: str, name: str, names: Iterable[str]) -> GroupView:
        """Add people."""
        group, names = self.acting(by, name, "adds"), tuple(names)
        present = {key_of(each.name) for each in group.members}
        if any(key_of(each) in present for each in names):
            raise DeliveryError(ErrorCode.CONFLICT, "Somebody of these is in this group already.")
        if len(group.members) + len(names) > GROUP_MEMBERS:
            raise DeliveryError(ErrorCode.GROUP_FULL, f"A group has at most {GROUP_MEMBERS} members.")
        members = [self._member(each, GroupRole.MEMBER) for each in names]
        for member in members:
            self._set(group.conversation, members=(*self.group(name).members, member))
            if member.own:
                self._set(group.conversation, accepted=False, added_by=by)
            self._grown(group.conversation, GroupChangeView(GroupChangeKind.ADDED, by, member.name))
            if member.own:
                self._invite(group.conversation)
        return self.group(name)

    def remove(self, by: str, name: str, names: Iterable[str]) -> GroupView:
        """Remove people who are junior to whoever does it."""
        for each in names:
            group = self.acting(by, name)
            member = found_in(group, each)
            if key_of(each) == key_of(by):
                raise UsageError("Whoever wants to be out leaves the group.")
            check_junior(group, by, member)
            self._take_out(group, member.name)
            self._grown(group.conversation, GroupChangeView(GroupChangeKind.REMOVED, by, member.name))
        return self.group(name)

    def leave(self, by: str, name: str) -> None:
        """Leave; where the owner does, the next in rank goes on."""
        group = self._present(by, name)
        was_owner = group.members[0].name == found_in(group, by).name
        self._take_out(group, by)
        self._grown(group.conversation, GroupChangeView(GroupChangeKind.LEFT, by))
        if by == self.profile.name:
            # Whoever is added again is asked again.
            self._set(group.conversation, accepted=False)
        left = self.group(name).members
        if was_owner and left and by != self.profile.name:
            self._grown(group.conversation, GroupChangeView(GroupChangeKind.MOVED, left[0].name))

    def split(self, name: str, *names: str) -> None:
        """Have several people go on with a group in ways of their own, the most senior first."""
        group = self.group(name)
        self._set(group.conversation, split=names)
        group = self.group(name)
        self.profile.tell(e.GroupSplit(group.conversation, group.conversation_id, group.title, names))
        self.profile.tell(e.GroupChanged(group))

    def _follow(self, name: str, of: str) -> GroupView:
        group = self.group(name)
        if of not in group.split:
            raise DeliveryError(ErrorCode.NOT_FOUND, "They do not go on with this group in a way of their own.")
        self._set(group.conversation, split=())
        self._grown(group.conversation, GroupChangeView(GroupChangeKind.MOVED, of))
        return self.group(name)

    def _take_out(self, group: GroupView, name: str) -> None:
        members = tuple(each for each in group.members if key_of(each.name) != key_of(name))
        self._set(group.conversation, members=members)
        if key_of(name) == key_of(self.profile.name):
            self._close_invitation(group)

    def set_role(self, by: str, name: str, who: str, role: GroupRole) -> GroupView:
        """Make a member an admin, or an admin a member."""
        if role not in {GroupRole.ADMIN, GroupRole.MEMBER}:
            raise UsageError("A role is admin or member.")
        stepping_down = key_of(who) == key_of(by) and role is GroupRole.MEMBER
        group = self._present(by, name) if stepping_down else self.acting(by, name)
        member = found_in(group, who)
        is_admin = member.role in {GroupRole.OWNER, GroupRole.ADMIN}
        if is_admin is (role is GroupRole.ADMIN):
            raise DeliveryError(ErrorCode.CONFLICT, "They have that role already.")
        if role is GroupRole.MEMBER and not stepping_down:
            check_junior(group, by, member)
        # Another place is a newer one: whoever gets it is the most junior of those who have such a one.
        members = (*(each for each in group.members if each is not member), replace(member, role=role))
        kind = GroupChangeKind.APPOINTED if role is GroupRole.ADMIN else GroupChangeKind.DEMOTED
        self._set(group.conversation, members=members)
        self._grown(group.conversation, GroupChangeView(kind, by, member.name))
        return self.group(name)

    # What is set.

    def change(self, by: str, command: c.ChangeGroup) -> GroupView:
        """Set title, topic, policy or picture, and what newcomers are given whom oneself lets in."""
        if command.history is not None or command.history_days is not None:
            return self._set_history(command)
        group = self.acting(by, command.conversation)
        label = group.conversation
        changes: list[tuple[GroupChangeKind, str | None, dict[str, Any]]] = []
        if command.title is not None:
            title = checked_title(command.title)
            changes.append((GroupChangeKind.TITLE, title, {"title": title}))
        if command.topic is not None:
            topic = checked_topic(command.topic)
            changes.append((GroupChangeKind.TOPIC, topic or None, {"topic": topic}))
        for each in FIELDS:
            policy = getattr(command, f"everybody_{each}")
            if policy is not None:
                who = f"{each}={'everybody' if policy else 'admins'}"
                changes.append((GroupChangeKind.POLICY, who, {f"everybody_{each}": policy}))
        if command.picture is not None:
            picture = hashlib.sha256(command.picture.encode()).digest()[:16] if command.picture else None
            changes.append((GroupChangeKind.PICTURE, None if picture is None else picture.hex(), {"picture": picture}))
        if not changes:
            raise UsageError("Nothing is to be changed.")
        for kind, value, members in changes:
            self._set(label, **members)
            self._grown(label, GroupChangeView(kind, by, value=value))
        return self.group(label)

    def _set_history(self, command: c.ChangeGroup) -> GroupView:
        group = self.group(command.conversation)
        messages = group.history if command.history is None else command.history
        days = group.history_days or 30 if command.history_days is None else command.history_days
        if not 0 <= messages <= HISTORY_MESSAGES or not 1 <= days <= HISTORY_DAYS:
            raise UsageError(f"Newcomers are given 0 to {HISTORY_MESSAGES} messages of 1 to {HISTORY_DAYS} days.")
        self._set(group.conversation, history=messages, history_days=days)
        self.profile.tell(e.GroupChanged(self.group(group.conversation)))
        return self.group(group.conversation)

    def set_timer(self, by: str, name: str, seconds: int | None) -> TimerView:
        """Have new messages disappear after a time."""
        group = self.acting(by, name)
        self.profile.known(name).timer = seconds
        self._set(group.conversation, timer=seconds)
        value = None if seconds is None else str(seconds)
        self._grown(group.conversation, GroupChangeView(GroupChangeKind.TIMER, by, value=value))
        return TimerView(group.conversation, group.conversation_id, by, seconds)

    def pinned(self, pin: PinView) -> None:
        """Say that a message was pinned or unpinned by somebody who may."""
        kind = GroupChangeKind.PINNED if pin.on else GroupChangeKind.UNPINNED
        self._grown(pin.conversation, GroupChangeView(kind, pin.sender, value=pin.message.hex()))

    def check_pin(self, by: str, name: str) -> None:
        """Refuse somebody who may not pin."""
        self.acting(by, name, "pins")

    def check_hide(self, by: str, name: str) -> None:
        """Refuse somebody who may not remove what others wrote."""
        self.acting(by, name)

    def play(self, name: str, change: GroupChangeView) -> None:
        """Let something be said in the log that changes nothing more, such as what does not count."""
        self._grown(self.group(name).conversation, change)

    # Whoever asks.

    def accept(self, invitation: GroupInvitationView) -> GroupView:
        """Accept to be in a group."""
        label = invitation.conversation
        self._set(label, accepted=True)
        added_by = self.group(label).added_by or ""
        self._close_invitation(self.group(label))
        self._grown(label, GroupChangeView(GroupChangeKind.ADDED, added_by, self.profile.name), in_log=False)
        return self.group(label)

    def invitation(self, request: str) -> GroupInvitationView | None:
        """Find an invitation by its id or label."""
        wanted = key_of(request)
        return next((each for each in self.invitations.values() if wanted in {each.id, each.conversation}), None)

    def let_in(self, label: str, who: str) -> GroupView:
        """Make somebody a member who has come by a link."""
        member = self._member(who, GroupRole.MEMBER)
        self._set(label, members=(*self.group(label).members, member))
        self._grown(label, GroupChangeView(GroupChangeKind.JOINED_BY_LINK, member.name))
        return self.group(label)

    def _close_invitation(self, group: GroupView) -> None:
        if self.invitations.pop(group.conversation_id.hex(), None) is not None:
            self.profile.tell(e.GroupInvitationClosed(group.conversation, group.conversation_id))

    # Messages.

    def check_post(self, name: str) -> GroupView:
        """Refuse to write where one is out, has not accepted, or may not."""
        group = self._present(self.profile.name, name)
        if not group.accepted:
            raise DeliveryError(ErrorCode.CONFLICT, "Accept the invitation to this group first.")
        if not group.may_post:
            raise DeliveryError(ErrorCode.ADMINS_ONLY, "Only admins write in this group.")
        return group

    def is_mentioned(self, name: str, mentions: Iterable[str]) -> bool:
        """Tell whether mentions in a group mean oneself."""
        role = self.group(name).role
        as_admin = role in {GroupRole.OWNER, GroupRole.ADMIN} and "admins" in mentions
        return self.profile.name in mentions or (role is not None and "all" in mentions) or as_admin

    def identity_in(self, conversation: FakeConversation, name: str) -> IdentityKey | None:
        """Return the identity key of a member; None where there is none of that name."""
        member = None if conversation.group is None else conversation.group.member(name)
        return None if member is None else member.identity

    # The log.

    def _grown(self, label: str, change: GroupChangeView, *, in_log: bool = True) -> None:
        """Tell what was said in the log: a line where one is in, and the group as it is now."""
        if in_log:
            self._note(label, change)
        self._seat(label)
        group = self.group(label)
        about_me = self.profile.name in {change.by, change.who}
        if group.accepted and (group.role is not None or about_me) and change.kind is not GroupChangeKind.TIED:
            line = replace(
                self.profile.make(label, "", outgoing=change.by == self.profile.name, route=None, sender=change.by),
                kind=MessageKind.GROUP,
                state=None,
                unread=False,
                change=change,
            )
            self.profile.known(label).messages.append(line)
            self.profile.tell(e.LineAdded(line))
        self.profile.tell(e.GroupChanged(group))
        self.profile.tell(e.ConversationChanged(label, group.conversation_id))

    def _note(self, label: str, change: GroupChangeView) -> None:
        """Add an entry to the log."""
        log = self._log[label]
        entry_hash = EntryHash(hashlib.sha256(f"{label} {len(log)}".encode()).digest())
        entry = GroupEntryView(entry_hash, change.by, self.profile.tick(), change, change.counts, change.why_not, None)
        log.append(entry)
        self._set(label, entries=len(log), heads=(entry_hash,))

    def _entries(self, command: c.GroupLogOf) -> tuple[GroupEntryView, ...]:
        newest_first = self._log[self.group(command.conversation).conversation][::-1]
        if command.before is not None:
            places = {entry.hash: place for place, entry in enumerate(newest_first)}
            newest_first = newest_first[places.get(command.before, len(places)) + 1 :]
        return tuple(newest_first[: command.limit])

    # Rules.

    def _present(self, by: str, name: str) -> GroupView:
        """Find a group in which somebody is, or refuse."""
        group = self.group(name)
        check_present(group, by)
        return group

    def acting(self, by: str, name: str, field: str | None = None) -> GroupView:
        """Find a group in which somebody may do what admins may, or what a field of the policy leaves to all."""
        group = self._present(by, name)
        check_acting(group, by, field, own=by == self.profile.name)
        return group

    def _check_known(self, names: Iterable[str]) -> None:
        """Refuse names of which neither this client nor its relay knows; what a test plays names whom it likes."""
        for name in names:
            self.people.check_exists(name)

    def _member(self, name: str, role: GroupRole) -> GroupMemberView:
        if key_of(name) == key_of(self.profile.name):
            return GroupMemberView(self.profile.name, OWN_IDENTITY, role, own=True, account=self.profile.name)
        found = self.profile.conversations.get(self.profile.key_named(name))
        if found is not None and found.group is None:
            contact = found.contact
            return GroupMemberView(contact.name, contact.identity, role, contact=True, account=contact.account)
        return GroupMemberView(name, identity_of(name), role, contact=False, account=name if self.profile.relay else "")

    def _set(self, label: str, **members: Any) -> None:  # noqa: ANN401 -- members of the view
        conversation = self.profile.known(label)
        conversation.group = replace(self.group(label), **members)

    def _seat(self, label: str) -> None:
        """Give everybody the role and place that their seniority makes."""
        conversation = self.profile.known(label)
        conversation.group = seated(self.group(label))
