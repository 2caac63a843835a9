"""What comes in a group: entries count by their own signatures, everything else by the log that it names.

An envelope that belongs to a group, or to a part of its log, which is not known here is set aside unopened, without a
receipt: it is judged again when the log has grown, or when the user has accepted to be in the group.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence

from babilu.api import events
from babilu.engine.conversation.groups.asking import lacked, lacked_of_end, note_whether_more_is_known, was_ever_in
from babilu.engine.conversation.groups.entries import begin, read_entries, take, tell_entries
from babilu.engine.conversation.groups.fellow import FellowTransaction, show_nobody
from babilu.engine.conversation.groups.going_on import resume
from babilu.engine.conversation.groups.growth import list_known, read_lists, was_asked
from babilu.engine.conversation.transaction import ConversationTransaction
from babilu.engine.runtime.group_logs import GroupLogs
from babilu.group.changes import AddMember, CreateGroup
from babilu.group.entries import LogEntry
from babilu.group.judging import ContentClaim, ContentVerdict, EarliestCopy, judge_content
from babilu.kernel.alarms import AlarmKind
from babilu.kernel.errors import ErrorCode
from babilu.kernel.ids import ConversationId, DeviceId, EntryHash, IdentityKey
from babilu.kernel.states import GroupAdders, Route
from babilu.store.budgets import STRANGERS
from babilu.store.contact_records import ContactRecord
from babilu.store.delivery_records import InboxRecord
from babilu.store.group_records import GroupRecord
from babilu.store.inbox import HELD_FOR_GROUP
from babilu.store.unit_of_work import UnitOfWork
from babilu.wire.content import Content, ContentPart, UnknownPart
from babilu.wire.group_parts import GroupEntries
from babilu.wire.message_parts import Delete

log = logging.getLogger(__name__)

WHO_MAY_ADD = "groups.who_may_add"
"""Setting: whose invitations to groups are taken."""

LACKS_PAUSE_MS = 24 * 60 * 60 * 1000


class HeldForGroupError(Exception):
    """An envelope belongs to a group that is not known here, or to what it does not know yet: it is set aside.

    Attributes:
        sender: The device that has sent it.
        group: The group, where the sender is to be asked for what is missing of its log.
    """

    def __init__(self, sender: DeviceId, group: GroupRecord | None = None) -> None:
        super().__init__(HELD_FOR_GROUP)
        self.sender = sender
        self.group = group


def is_of_group(content: Content, part: ContentPart | UnknownPart) -> bool:
    """Tell whether a content belongs to a group, by its fields alone."""
    return content.heads is not None or isinstance(part, GroupEntries)


def enter_group(
    turn: ConversationTransaction,
    logs: GroupLogs,
    row: InboxRecord,
    sender: DeviceId,
    content: Content,
    part: ContentPart | UnknownPart,
) -> FellowTransaction | None:
    """Find the group that a content belongs to, and take what it says of the group's log.

    Returns:
        The turn in which the content is to be taken; None where it does not count.

    Raises:
        HeldForGroupError: It is to be set aside.
    """
    group = turn.unit.groups.by_id(ConversationId(content.conversation))
    if isinstance(part, GroupEntries):
        return _take_entries(turn, logs, row, sender, content, part, group)
    if group is None:
        raise HeldForGroupError(sender)
    fellow = FellowTransaction(turn, group, logs)
    if not group.accepted:
        if group.own_role is None and not fellow.log.missing(map(EntryHash, content.heads or ())):
            # Written by somebody who did not know yet that one has left, or declined.
            _tell_of_own_end(fellow, content)
            return None
        raise HeldForGroupError(sender)
    # Whoever may not write any more still takes back what they wrote.
    verdict = _judge(fellow, row, sender, content, is_post=not isinstance(part, Delete))
    match verdict:
        case ContentVerdict.TAKEN:
            _tell_of_own_end(fellow, content)
            _tell_of_end(fellow, content)
            return fellow
        case ContentVerdict.HEADS_UNKNOWN:
            raise HeldForGroupError(sender, group)
        case ContentVerdict.HEADS_BACK:
            turn.alarm(AlarmKind.GROUP_FORK, ErrorCode.ROLLED_BACK)
        case ContentVerdict.NOT_MEANT if fellow.log.state.member(turn.contact.identity_key) is not None:
            # Whoever is in lacks nothing of the log that would keep them from sending it again.
            pass
        case _:
            _tell_of_outsider(fellow, content)
    log.info("a content of a group does not count: %s", verdict.value)
    return None


def _judge(
    fellow: FellowTransaction, row: InboxRecord, sender: DeviceId, content: Content, *, is_post: bool
) -> ContentVerdict:
    """Judge a content, and keep which heads its device has named last, in the order of its counters.

    What comes late, repaired or by another route, has its place before what came: that one has to know its heads.
    """
    peers, log = fellow.unit.group_peers, fellow.group.log
    heads, counter = tuple(map(EntryHash, content.heads or ())), 0 if content.link is None else content.link.counter
    named, at = peers.heads_named(log, sender)
    is_late = counter < at
    claim = ContentClaim(
        author=fellow.contact.identity_key,
        heads=heads,
        heads_before=() if is_late else named,
        stored_at=row.stored_at if row.route is Route.RELAY else None,
        received_at=fellow.now,
        reader=fellow.show.own_identity,
        is_post=is_post,
    )
    left_by = _left_by(fellow)
    copies = _Copies(fellow.unit, (log,) if left_by is None else (log, left_by[0]))
    verdict = judge_content(fellow.log, claim, copies, None if left_by is None else left_by[1])
    if verdict is ContentVerdict.TAKEN and is_late:
        return verdict if fellow.log.knows(named, heads) else ContentVerdict.HEADS_BACK
    if verdict is ContentVerdict.TAKEN:
        peers.note_heads(log, sender, heads, counter)
    return verdict


def _left_by(fellow: FellowTransaction) -> tuple[int, EntryHash] | None:
    """Return the entry by which the conversation has left a group, and the log in which it stands; None for none.

    One that goes on beside another is left by the entry that is followed in its place. Whoever has come back to a group
    follows nobody from it.
    """
    group = fellow.group
    if fellow.is_current:
        return None
    if group.followed is not None:
        return group.log, group.followed
    before = _continued(fellow, group)
    while before is not None and before.successor == group.log:
        # It was followed itself, and what it continues was left later.
        group, before = before, _continued(fellow, before)
    if before is None or before.successor is None or before.followed is None:
        return None
    return before.log, before.followed


def _continued(fellow: FellowTransaction, group: GroupRecord) -> GroupRecord | None:
    """Return the group of the same conversation that a group continues."""
    change = fellow.logs.of(fellow.unit, group).log.entries[0].change
    if not isinstance(change, CreateGroup) or change.continues is None:
        return None
    before = fellow.unit.groups.by_id(ConversationId(change.continues.group))
    return None if before is None or before.conversation != group.conversation else before


class _Copies(Mapping[EntryHash, EarliestCopy]):
    """When the entries of logs came, read where they are asked for."""

    def __init__(self, unit: UnitOfWork, logs: tuple[int, ...]) -> None:
        self._unit = unit
        self._logs = logs

    def __getitem__(self, name: EntryHash) -> EarliestCopy:
        for log_number in self._logs:
            if name in (found := self._unit.groups.copies(log_number, [name])):
                return EarliestCopy(*found[name])
        raise KeyError(name)

    def __iter__(self) -> Iterator[EntryHash]:
        return iter(())

    def __len__(self) -> int:
        return 0


# Entries.


def _take_entries(
    turn: ConversationTransaction,
    logs: GroupLogs,
    row: InboxRecord,
    sender: DeviceId,
    content: Content,
    part: GroupEntries,
    group: GroupRecord | None,
) -> FellowTransaction | None:
    conversation = ConversationId(content.conversation)
    show_nobody(turn)
    entries, lists = read_entries(part.entries), read_lists(part.lists)
    unknown = [each for each in lists if turn.unit.contacts.by_identity(each) is None]
    missing = False
    stored_at = row.stored_at if row.route is Route.RELAY else None
    if group is None:
        first = next((each for each in entries if each.body.group is None and each.begins == conversation), None)
        if first is None:
            # The rest of a log may overtake its beginning.
            raise HeldForGroupError(sender)
        if turn.contact.blocked:
            # No invitation of theirs is shown, and none is lost: unblocked, they have added us all the same.
            raise HeldForGroupError(sender)
        group = _invited(turn, logs, first, conversation, _adder(turn, entries))
        if group is None:
            return None
        fellow = FellowTransaction(turn, group, logs)
        if group.entries == 0:
            begin(fellow, first, stored_at, lists)
        entries.remove(first)
    else:
        fellow = FellowTransaction(turn, group, logs)
    if entries or part.lists:
        received = take(fellow, sender, entries, lists, stored_at)
        missing = bool(received.missing)
    # By now it may be known where the group goes on: who is asked is asked about the one that this is of.
    present = turn.unit.groups.by_log(group.log) or group
    then = fellow if present.log == fellow.group.log else FellowTransaction(turn, present, logs)
    missing = missing or bool(then.log.missing(map(EntryHash, content.heads or ())))
    missing = missing or (then.is_current and bool(then.lacking) and not part.lists)
    note_whether_more_is_known(turn, present, more=missing)
    _list_everywhere(turn, logs, [each for each in unknown if turn.unit.contacts.by_identity(each) is not None])
    if not fellow.group.accepted:
        # Whoever it names is a stranger here, also once it has lost them: of these there are so many.
        turn.unit.strangers.make_room(STRANGERS, besides=turn.contact.contact)
    return fellow


def list_newcomer(turn: ConversationTransaction) -> None:
    """Write somebody into the groups that have them, where they have become known by writing, or by being looked up.

    Once in a run of the program is enough: from then on they are known. Also who stands in some group already may be
    missing in another one: whoever was looked up to be added is listed there before they have a turn of their own.
    """
    if turn.cache.listed:
        return
    turn.cache.listed = True
    _list_everywhere(turn, turn.logs, [turn.contact.identity_key])


def _list_everywhere(turn: ConversationTransaction, logs: GroupLogs, people: Iterable[IdentityKey]) -> None:
    """Write people who have become known into the groups that have them: they are shown, and sent things, from now."""
    for identity in people:
        for group in turn.unit.groups.lacking(identity):
            list_known(FellowTransaction(turn, group, logs))


def _adder(turn: ConversationTransaction, entries: Sequence[LogEntry]) -> ContactRecord | None:
    """Return who has added us by the entries that came; whoever has brought them where nobody known did."""
    own = turn.show.own_identity
    named = (each for each in entries if isinstance(each.change, AddMember) and each.change.person.identity == own)
    added = next(named, None)
    known = None if added is None else turn.unit.contacts.by_identity(added.author)
    return known or (turn.contact if added is None or added.author == turn.contact.identity_key else None)


def _invited(
    turn: ConversationTransaction,
    logs: GroupLogs,
    first: LogEntry,
    conversation: ConversationId,
    adder: ContactRecord | None,
) -> GroupRecord | None:
    """Make rows for a group that somebody has brought, where its user lets who has added them; None where not."""
    begun = turn.contact.is_oneself and first.author == turn.contact.identity_key
    # Whom the user has asked to be let in needs no other leave.
    if not (begun or _was_asked(turn, first, adder) or _may_add(turn, adder)):
        return None
    # Who brings a log that names somebody else as adder is held against its own share, unless the user knows that one.
    shown = adder if adder is not None and adder.accepted else turn.contact
    resumed = None if begun else _resumed(turn, logs, first, shown.contact)
    if resumed is not None:
        return resumed
    title = first.change.title if isinstance(first.change, CreateGroup) else ""
    made = turn.unit.conversations.add_group(conversation, title, turn.unit.conversations.free_label(title), turn.now)
    if begun:
        # One has begun it on another own device.
        return turn.unit.groups.add(conversation, made.conversation, turn.now, accepted=True, added_by=None)
    turn.unit.conversations.set_hidden(made.conversation, True)
    return turn.unit.groups.add(conversation, made.conversation, turn.now, accepted=False, added_by=shown.contact)


def _resumed(turn: ConversationTransaction, logs: GroupLogs, first: LogEntry, adder: int) -> GroupRecord | None:
    """Have the conversation of a group that one is out of go on as the group that its own log says; None where not."""
    change = first.change
    if not isinstance(change, CreateGroup) or change.continues is None:
        return None
    before = turn.unit.groups.by_id(ConversationId(change.continues.group))
    if before is None or before.accepted or before.own_role is not None:
        return None
    return resume(FellowTransaction(turn, before, logs), first, adder)


def _was_asked(turn: ConversationTransaction, first: LogEntry, adder: ContactRecord | None) -> bool:
    return any(
        was_asked(turn.unit, first, each, turn.now) for each in dict.fromkeys((turn.contact, adder)) if each is not None
    )


def _may_add(turn: ConversationTransaction, adder: ContactRecord | None) -> bool:
    """Tell whether somebody may add us to one group more, by what the user has set and by what waits already."""
    kept = turn.unit.settings.get(WHO_MAY_ADD)
    who = GroupAdders.EVERYBODY if kept is None else GroupAdders(kept.decode())
    if who is GroupAdders.NOBODY or (who is GroupAdders.CONTACTS and not (adder is not None and adder.accepted)):
        return False
    return turn.unit.groups.has_room_for(turn.contact.contact)


def _tell_of_outsider(fellow: FellowTransaction, content: Content) -> None:
    """Send whoever writes and is out the entries that they lack, once a day; else they talk to nobody."""
    contact = fellow.contact
    if not was_ever_in(fellow) or contact.blocked:
        return
    left_by = _left_by(fellow)
    if left_by is not None and left_by[0] != fellow.group.log:
        _tell_of_what_is_followed(fellow, *left_by)
    elif _is_due(fellow, "lacks"):
        tell_entries(fellow, [contact], lacked(fellow, content.heads or ()), [])
    if _is_due(fellow, "not shown"):
        fellow.tell(events.OutsiderWrote(fellow.label, fellow.conversation.id, contact.name))


def _tell_of_what_is_followed(fellow: FellowTransaction, log_number: int, moved: EntryHash) -> None:
    """Send whoever still writes in a group beside the one that is followed why that is, once a day."""
    before = fellow.unit.groups.by_log(log_number)
    there = None if before is None else FellowTransaction(fellow, before, fellow.logs)
    entry = None if there is None else there.log.entry(moved)
    if there is not None and entry is not None and was_ever_in(there) and _is_due(there, "lacks"):
        tell_entries(there, [there.contact], [entry], [])


def _tell_of_end(fellow: FellowTransaction, content: Content) -> None:
    """Send whoever still writes in time and is out what has put them out: it may have been kept from them alone.

    Else they would go on with those who do not know of it either.
    """
    is_out = fellow.log.state.member(fellow.contact.identity_key) is None
    if is_out and fellow.is_current and not fellow.contact.blocked:
        entries = lacked(fellow, content.heads or ())
        if entries and _is_due(fellow, "lacks"):
            tell_entries(fellow, [fellow.contact], entries, [])


def _tell_of_own_end(fellow: FellowTransaction, content: Content) -> None:
    """Send whoever writes to us, and does not know what has put us out, the entries that have, once a day.

    An admin who shows an end to some alone would else have the others list somebody who is out, and who says nothing
    there by which they could hear of it.
    """
    own = fellow.show.own_identity
    if not fellow.is_current or fellow.log.state.member(own) is not None or fellow.contact.blocked:
        return
    entries = lacked_of_end(fellow.log, own, content.heads or ())
    if entries and _is_due(fellow, "out"):
        tell_entries(fellow, [fellow.contact], entries, [])


def _is_due(fellow: FellowTransaction, kind: str) -> bool:
    """Tell whether it is time to send the contact something again, which counts as done then: each kind once a day."""
    peers, log, contact = fellow.unit.group_peers, fellow.group.log, fellow.contact.contact
    if 0 <= fellow.now - peers.told_at(log, contact, kind) < LACKS_PAUSE_MS:
        return False
    peers.note_told(log, contact, kind, fellow.now)
    return True
