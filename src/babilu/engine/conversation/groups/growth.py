"""What follows when the log of a group has grown: who is sent what from now on, what is set, and what its lines say."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from babilu.api import events
from babilu.engine.conversation.effects import GiveHint, WatchAnew
from babilu.engine.conversation.groups.group_conversation import GroupConversation
from babilu.engine.conversation.groups.register_events import tell_pin, tell_timer
from babilu.engine.conversation.own_values import pack
from babilu.engine.conversation.wakeups import Wake
from babilu.engine.runtime.group_lines import GroupLine, encode_line, line_of
from babilu.engine.runtime.group_views import invitation_view
from babilu.group.changes import AddMember, CreateGroup, HideMessages, JoinHeads, LeaveGroup, NameDevices, UnknownChange
from babilu.group.entries import LogEntry
from babilu.group.state import GroupState
from babilu.identity.codec import decode_shape
from babilu.identity.device_list import decode_device_list, encode_device_list, serves, verify_device_list
from babilu.identity.shapes import DeviceListBody, SignedDeviceList
from babilu.kernel.errors import BabiluError, CryptoError, ErrorCode, ProtocolError
from babilu.kernel.ids import ConversationId, EntryHash, IdentityKey, MessageId, conversation_id, new_line_id
from babilu.kernel.limits import ENTRY_PARENTS, HISTORY_MESSAGES
from babilu.kernel.states import GroupChangeKind, GroupRole, MessageKind
from babilu.store.contact_records import ContactRecord
from babilu.store.groups import OWN
from babilu.store.inbox import HELD_FOR_GROUP
from babilu.store.unit_of_work import UnitOfWork
from babilu.wire.sync_entries import RegisterKind

UNNAMED: Final = "member"
"""What a fellow member is called of whom nobody says a name."""


@dataclass(frozen=True, slots=True)
class NamedList:
    """A device list that came with entries, verified."""

    signed: SignedDeviceList
    body: DeviceListBody


def read_lists(encoded: Iterable[bytes]) -> dict[IdentityKey, NamedList]:
    """Read device lists that came with entries; one that does not hold is passed over."""
    lists = {}
    for each in encoded:
        try:
            signed = decode_device_list(each)
            body = verify_device_list(signed)
        except (CryptoError, ProtocolError):
            continue
        lists[IdentityKey(body.identity_key)] = NamedList(signed, body)
    return lists


def grown(
    turn: GroupConversation,
    before: GroupState | None,
    taken: Sequence[LogEntry],
    lists: dict[IdentityKey, NamedList],
) -> None:
    """Do what follows from entries that are part of the log now.

    Args:
        turn: The turn, whose group has the entries in its rows.
        before: The group before them; None where they begin it.
        taken: The entries, in order.
        lists: Device lists that came along.
    """
    if not turn.is_current:
        # It goes on elsewhere, where the rows of the conversation are from: nothing that is said here changes them.
        judge_held(turn)
        return
    state = turn.log.state
    was_in = before is not None and before.member(turn.show.own_identity) is not None
    _write_members(turn, state, lists)
    _set_registers(turn, state, taken)
    is_in = turn.group.own_role is not None
    if is_in and not was_in and turn.log.entries[0].author != turn.show.own_identity:
        # What was written before may come later, and is to stand before everything that comes from now on.
        turn.unit.groups.keep_places(
            turn.group.log, turn.unit.new_messages.keep_places(HISTORY_MESSAGES), HISTORY_MESSAGES
        )
    if turn.group.accepted and (was_in or is_in):
        for entry in taken:
            if not (isinstance(entry.change, CreateGroup) and entry.change.continues is not None):
                add_line(turn, entry)
    if is_in and not turn.group.accepted and _was_asked_for(turn, state):
        invitation_accepted(turn, by_link=True)
    elif is_in and not turn.group.accepted and was_accepted_elsewhere(turn):
        # One has accepted it on another own device.
        invitation_accepted(turn)
    elif is_in and not was_in and not turn.group.accepted and not _was_left(turn, state):
        invitation = invitation_view(turn.unit, turn.group, turn.conversation)
        turn.tell(events.GroupInvited(invitation))
    elif was_in and not is_in and not turn.group.accepted:
        turn.tell(events.GroupInvitationClosed(turn.label, turn.conversation.id))
    _close_requests(turn)
    if was_in and not is_in and any(_is_own_leave(turn, each) for each in taken):
        # One has left, or declined to be in it, maybe on another own device: whoever adds one again is to be answered.
        turn.unit.groups.unaccept(turn.group.log)
        turn.reload()
    turn.group_changed()
    if turn.group.accepted or before is None or (was_in and not is_in):
        # Until the user has accepted to be in it, what is said there waits, however often its log grows.
        judge_held(turn)


def was_accepted_elsewhere(turn: GroupConversation) -> bool:
    """Tell whether one has accepted on another own device what has put one here: who was added again, not by that."""
    kept = turn.unit.sync.get(RegisterKind.GROUP_ACCEPTED, turn.group.id)
    own = turn.log.state.member(turn.show.own_identity)
    return kept is not None and own is not None and any(kept.value == pack(bytes(each.entry)) for each in own.grants)


def _is_own_leave(turn: GroupConversation, entry: LogEntry) -> bool:
    return isinstance(entry.change, LeaveGroup) and entry.author == turn.show.own_identity


def list_known(turn: GroupConversation) -> None:
    """List members who have become known since by other means, such as their own first message."""
    if not turn.is_current or len(turn.log.state.members) <= turn.group.members:
        return
    if len(turn.log.state.members) - len(turn.lacking) > turn.group.members:
        grown(turn, turn.log.state, [], {})


def _was_left(turn: GroupConversation, state: GroupState) -> bool:
    """Tell whether one stands here only because whoever goes on did not know that one had left: nobody asks then.

    Whoever is added later, by somebody who knows, is invited.
    """
    own, first = state.member(turn.show.own_identity), turn.log.entries[0]
    change = first.change
    if not isinstance(change, CreateGroup) or change.continues is None:
        return False
    if own is None or any(EntryHash(grant.entry) != first.hash for grant in own.grants):
        return False
    before = turn.unit.groups.by_id(ConversationId(change.continues.group))
    return before is not None and not before.accepted and before.own_role is None


def _was_asked_for(turn: GroupConversation, state: GroupState) -> bool:
    """Tell whether whoever let us in was asked to by a link that still holds: then nobody has to accept anything."""
    own = state.member(turn.show.own_identity)
    entry = None if own is None else turn.log.entry(EntryHash(own.grants[0].entry))
    adder = None if entry is None else turn.contact_of(entry.author)
    return adder is not None and was_asked(turn.unit, turn.log.entries[0], adder, turn.now)


def was_asked(unit: UnitOfWork, first: LogEntry, contact: ContactRecord, now: int) -> bool:
    """Tell whether one has asked somebody to be let into the group that an entry begins, or that it continues."""
    groups = [first.begins]
    if isinstance(first.change, CreateGroup) and first.change.continues is not None:
        groups.append(ConversationId(first.change.continues.group))
    return any(unit.group_links.has_asked(group, contact.contact, now) for group in groups)


def _close_requests(turn: GroupConversation) -> None:
    """Let nobody wait who is in by now, and nobody at all where one lets in nobody any more."""
    decides = turn.group.own_role in {GroupRole.OWNER, GroupRole.ADMIN}
    for request in turn.unit.group_links.requests_to(turn.group.log):
        if not decides or turn.unit.groups.is_member(turn.conversation.conversation, request.contact):
            turn.unit.group_links.end_request(request.id)
            turn.tell(events.JoinRequestClosed(request.id, request_id=turn.request_id))


def _write_members(turn: GroupConversation, state: GroupState, lists: dict[IdentityKey, NamedList]) -> None:
    """Write who is in: exactly these are shown, and exactly these are sent what is said."""
    members: list[tuple[int, GroupRole]] = []
    lacking: list[IdentityKey] = []
    own_role, own_grant = None, None
    for member in state.members:
        if member.identity == turn.show.own_identity:
            own_role, own_grant = member.role, EntryHash(member.grants[0].entry)
            members.append((OWN, member.role))
            continue
        contact = known_person(turn, member.identity, lists, member.named.account)
        # Nobody is shown who cannot be sent anything: whoever brought the entry is asked for their devices.
        if contact is None:
            lacking.append(member.identity)
        else:
            members.append((contact.contact, member.role))
    group = replace(
        turn.group,
        own_role=own_role,
        own_grant=own_grant,
        topic=state.topic,
        picture=state.picture or None,
        everybody_adds=state.policy.adds,
        everybody_posts=state.policy.posts,
        everybody_pins=state.policy.pins,
        members=len(members),
        heads=turn.log.heads[:ENTRY_PARENTS],
    )
    turn.unit.groups.set_state(group, members)
    turn.unit.groups.set_lacking(group.log, lacking)
    if own_role is not None and turn.conversation.hidden:
        turn.unit.conversations.come_back(turn.conversation.conversation)
    turn.reload()
    turn.then(WatchAnew())


def known_person(
    turn: GroupConversation, identity: IdentityKey, lists: dict[IdentityKey, NamedList], named: str | None
) -> ContactRecord | None:
    """Return the contact that a member is, made from the device list that came along where they are new here."""
    found = turn.unit.contacts.by_identity(identity)
    if found is not None:
        return _reached_at(turn, found, named)
    listed = lists.get(identity)
    if listed is None:
        return None
    relay, own = turn.own.relay, turn.show.own_identity
    account = next((each.name for each in listed.body.accounts if serves(listed.body, relay, each.name)), "")
    if account and turn.unit.contacts.by_account(account) is not None:
        # The name belongs to whoever had it: the new one is reached once the user has approved them.
        account = ""
    try:
        with turn.part():
            made = turn.unit.contacts.add(
                identity,
                account or named or UNNAMED,
                account,
                conversation_id(own, identity),
                encode_device_list(listed.signed),
                listed.body.devices,
                turn.now,
                accepted=False,
            )
            pair = turn.unit.conversations.of_contact(made.contact)
            turn.unit.conversations.set_hidden(pair.conversation, True)
    except BabiluError as error:
        if error.code is ErrorCode.NOT_ALLOWED:
            # A device of somebody else: whoever made this list holds the other's keys as well.
            return None
        raise
    return made


def _reached_at(turn: GroupConversation, contact: ContactRecord, named: str | None) -> ContactRecord:
    """Have somebody reached by the relay who has called us without saying an account, and whom the log names by one.

    Their own list has to name it as well, and nobody else may have it here: it says the same as that of a newcomer.
    """
    if contact.account or not named or turn.unit.contacts.by_account(named) is not None:
        return contact
    if not serves(decode_shape(contact.signed_list.body, DeviceListBody), turn.own.relay, named):
        return contact
    turn.unit.contacts.set_account(contact.contact, named)
    reached = turn.unit.contacts.by_contact(contact.contact) or contact
    turn.tell(events.ContactChanged(turn.show.contact(reached)))
    turn.then(GiveHint(reached, Wake(resend=True)))
    return reached


def person_changed(turn: GroupConversation, contact: ContactRecord) -> None:
    """Take a contact out of a group's members whose identity is another one now: the log has the one before.

    Nobody is sent anything whom the log does not name. A line says that the key has changed; an admin can let the new
    one in.
    """
    _write_members(turn, turn.log.state, {})
    line = turn.unit.lines.add(
        new_line_id(turn.randomness),
        turn.conversation.conversation,
        contact.contact,
        MessageKind.KEY_CHANGED,
        turn.now,
        turn.now,
    )
    turn.tell(events.LineAdded(turn.view(line)))
    turn.group_changed()


def _set_registers(turn: GroupConversation, state: GroupState, taken: Sequence[LogEntry]) -> None:
    unit, number = turn.unit, turn.conversation.conversation
    if turn.conversation.title != state.title:
        unit.conversations.set_title(number, state.title)
    if turn.conversation.timer != state.lifetime:
        unit.conversations.set_timer(number, state.lifetime)
        tell_timer(turn, state.lifetime, taken)
    for record in unit.contents.pinned(number):
        if not any(each.message == record.id for each in state.pinned):
            unit.contents.set_pinned(record.position, False)
            tell_pin(turn, record, taken, on=False)
    for each in state.pinned:
        found = unit.messages.by_id(MessageId(each.message), number)
        if found is not None and not found.pinned:
            unit.contents.set_pinned(found.position, True)
            tell_pin(turn, found, taken, on=True)
    hidden = {MessageId(each.message) for each in state.hidden}
    for message in unit.contents.hidden_in(number) - hidden:
        unit.contents.unhide(message, number)
    turn.reload()


def hide_what_came(turn: GroupConversation, message: MessageId) -> bool:
    """Hide, or pin, a message that has come after the entry that says so; tells whether there was one."""
    state, number = turn.log.state, turn.conversation.conversation
    pinned = any(each.message == message for each in state.pinned)
    if pinned:
        found = turn.unit.messages.by_id(message, number)
        if found is not None:
            turn.unit.contents.set_pinned(found.position, True)
    hider = turn.log.hidden_by(message)
    if hider is not None:
        turn.unit.contents.hide(message, number, _author(turn, hider), turn.now)
    return pinned or hider is not None


def _author(turn: GroupConversation, entry: LogEntry) -> int | None:
    contact = turn.contact_of(entry.author)
    return None if contact is None else contact.contact


def judge_held(turn: GroupConversation) -> None:
    """Have judged again what was set aside because it named more of the log than was known."""
    for contact in turn.unit.inbox.holding(HELD_FOR_GROUP):
        turn.unit.inbox.release_all(contact, HELD_FOR_GROUP)
        found = turn.unit.contacts.by_contact(contact)
        if found is not None:
            turn.then(GiveHint(found, Wake()))


def invitation_accepted(turn: GroupConversation, *, by_link: bool = False) -> None:
    """Take note that the user wants to be in the group, as they say now or have asked for ``by_link``."""
    turn.unit.group_links.forget_asked(turn.group.id, turn.now)
    turn.unit.groups.accept(turn.group.log)
    turn.reload()
    line = GroupLine(GroupChangeKind.ADDED.value, b"", turn.show.own_identity)
    if by_link:
        line = GroupLine(GroupChangeKind.JOINED_BY_LINK.value)
    added_at = min(turn.group.added_at, turn.now)
    number = turn.conversation.conversation
    record = turn.unit.lines.add_of_group(
        number, None if by_link else turn.group.added_by, encode_line(line), added_at, now=turn.now
    )
    turn.tell(events.LineAdded(turn.view(record)))
    if not by_link:
        turn.tell(events.GroupInvitationClosed(turn.label, turn.conversation.id))
    turn.group_changed()
    turn.then(WatchAnew())
    judge_held(turn)


# Lines.

_SILENT = (JoinHeads, NameDevices, UnknownChange)


def add_line(turn: GroupConversation, entry: LogEntry) -> None:
    """Write down what an entry has changed, and hide what it hides."""
    change = entry.change
    why = turn.log.why_not(entry.hash)
    if isinstance(change, _SILENT):
        return
    if isinstance(change, HideMessages):
        if why is None:
            _hide(turn, entry, change)
        return
    line = line_of(entry, None if why is None else why.reason.value)
    author = turn.contact_of(entry.author)
    if why is None and isinstance(change, AddMember):
        newcomer = turn.contact_of(IdentityKey(change.person.identity))
        # The log does not say so: those know it who were asked.
        if newcomer is not None and turn.unit.group_links.came_by_link(turn.group.log, newcomer.contact):
            line, author = GroupLine(GroupChangeKind.JOINED_BY_LINK.value, entry.hash), newcomer
    record = turn.unit.lines.add_of_group(
        turn.conversation.conversation,
        None if author is None else author.contact,
        encode_line(line),
        entry.body.at,
        now=turn.now,
    )
    turn.tell(events.LineAdded(turn.view(record)))


def _hide(turn: GroupConversation, entry: LogEntry, change: HideMessages) -> None:
    number, by = turn.conversation.conversation, _author(turn, entry)
    name = turn.show.own_name if by is None else turn.name_of(by)
    for each in change.messages:
        if turn.unit.contents.hide(MessageId(each.message), number, by, turn.now):
            message = MessageId(each.message)
            turn.tell(
                events.MessageDeleted(
                    message, turn.label, turn.conversation.id, name, for_all=True, request_id=turn.request_id
                )
            )
