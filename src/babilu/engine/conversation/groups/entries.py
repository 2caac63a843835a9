"""Entries of a group's log in a turn: own ones are signed, kept and owed to others by one commit; others' are taken.

Every entry goes to everybody who is in before or after it, so that also who is removed learns it. Who comes in is sent
all of the log, and the device lists of everybody.
"""

import logging
from collections.abc import Iterable, Sequence
from typing import Final

from babilu.api import events
from babilu.engine.conversation.groups.group_conversation import GroupConversation, own_author
from babilu.engine.conversation.groups.growth import NamedList, grown
from babilu.group.changes import (
    AddMember,
    Change,
    CreateGroup,
    InitialPolicy,
    JoinHeads,
    NameDevices,
    NamedPerson,
    PolicyField,
)
from babilu.group.entries import EntryAuthor, EntryPlace, LogEntry, decode_entry, encode_entry, read_entry, sign_entry
from babilu.group.group_log import EntryBeyondLimit, GroupLog
from babilu.group.intake import Received
from babilu.group.judging import earliest_copy
from babilu.group.state import GroupState
from babilu.group.tables import numbers_of
from babilu.identity.codec import decode_shape
from babilu.identity.device_list import find_device
from babilu.identity.shapes import DeviceListBody, SignedDeviceList
from babilu.kernel.alarms import AlarmKind
from babilu.kernel.errors import CryptoError, DeliveryError, ErrorCode, ProtocolError
from babilu.kernel.ids import SHORT_ID_BYTES, DeviceId, EntryHash, IdentityKey, message_id
from babilu.kernel.limits import DAY_MS, ENTRIES_IN_CONTENT, ENTRY_PARENTS
from babilu.session.sessions import OwnDevice
from babilu.store.contact_records import ContactRecord
from babilu.store.group_records import GroupRecord, KeptEntry
from babilu.store.message_records import UnsealedMessage
from babilu.store.unit_of_work import UnitOfWork
from babilu.wire.codec import encode
from babilu.wire.group_parts import GroupEntries

log = logging.getLogger(__name__)

_REMOVED_BY: Final = "groups.device_removed_by"
"""Setting: the version of the own list by which a device has last left it."""

CHUNK_BYTES: Final = 40 * 1024
"""Bytes of entries and lists that one content carries, beside the one that makes it more."""


def first_entry(
    own: OwnDevice, own_name: str, now: int, title: str, topic: str, people: Sequence[ContactRecord]
) -> LogEntry:
    """Sign the entry with which a group begins.

    Raises:
        ProtocolError: ``malformed``.
    """
    named = tuple(named_person(each) for each in people)
    create = CreateGroup(title, named, 0, InitialPolicy(), own.account or own_name, None, topic, b"", None, None)
    return sign_entry(own_author(own), None, now, create)


def named_person(contact: ContactRecord) -> NamedPerson:
    """Name somebody in an entry: who, and by which account they are found, or what they call themselves.

    Where they are found without a relay is theirs to tell.
    """
    return NamedPerson(contact.identity_key, contact.account or contact.given_name or None)


def say(turn: GroupConversation, change: Change, *, by_policy: PolicyField | None = None) -> LogEntry:
    """Sign an entry, take it into the own log, and have everybody told.

    Args:
        turn: The turn.
        change: What it says.
        by_policy: Which field of the policy lets everybody do it, where one is no admin.

    Raises:
        DeliveryError: ``not_member``, ``admins_only``, ``quota``: the log has no room.
    """
    if not isinstance(change, JoinHeads):
        name_devices_where_due(turn)
        tie_ends(turn)
    state, own = turn.log.state, turn.show.own_identity
    member = state.member(own)
    if member is None:
        raise DeliveryError(ErrorCode.NOT_MEMBER, "You are not in this group any more.")
    policy = None if by_policy is None or member.is_admin else state.openings.get(by_policy)
    place = EntryPlace(turn.log.group, turn.log.next_parents(own, turn.own.device), member.grants[0], policy)
    entry = sign_entry(turn.entry_author, place, turn.now, change)
    received = take(turn, turn.own.device, [entry], {}, None)
    for _, beyond in received.beyond:
        raise DeliveryError(ErrorCode.QUOTA, f"The log of this group is full: {beyond.limit.value}.")
    if not received.taken:
        raise DeliveryError(ErrorCode.ADMINS_ONLY, "You may not do that in this group.")
    return entry


def tie_ends(turn: GroupConversation) -> None:
    """Tie the ends of the log together, where there are more than a content or an entry names.

    Raises:
        DeliveryError: ``not_member``, ``quota``.
    """
    while len(turn.log.heads) > ENTRY_PARENTS:
        say(turn, JoinHeads())


def note_removal(unit: UnitOfWork, version: int) -> None:
    """Keep that a device has left the own list by this version: each group is told that has no list since."""
    unit.settings.set(_REMOVED_BY, version.to_bytes(8, "big"))


def name_devices_where_due(turn: GroupConversation) -> None:
    """Write the own device list into a group's log, where a device has left it, or where a new one is not named there.

    What a removed device signs from then on counts for nothing. A device that was linked since is named by the newest
    list before it writes its first entry, else that would not count either.
    """
    kept = turn.unit.settings.get(_REMOVED_BY)
    newest = turn.log.newest_list(turn.show.own_identity)
    removed_by = 0 if kept is None else int.from_bytes(kept, "big")
    if newest or removed_by:
        body = decode_shape(turn.own.device_list.body, DeviceListBody)
        if newest < (body.version if newest else removed_by):
            name_devices(turn, turn.own.device_list)


def name_devices(turn: GroupConversation, signed: SignedDeviceList) -> None:
    """Write an own device list into a group's log, and have everybody told; one of no higher version says nothing.

    Args:
        turn: The turn.
        signed: The list. Where the own device is not on it any more, others of the same person say so.
    """
    own, body = turn.show.own_identity, decode_shape(signed.body, DeviceListBody)
    entry = find_device(body, turn.own.device)
    if entry is None or turn.log.state.member(own) is None or body.version <= turn.log.newest_list(own):
        return
    author = EntryAuthor(own, entry.certificate, turn.own.signing)
    place = EntryPlace(turn.log.group, turn.log.next_parents(own, turn.own.device), None)
    said = sign_entry(author, place, turn.now, NameDevices(signed))
    if not take(turn, turn.own.device, [said], {}, None).taken:
        log.warning("the own device list has no room in the log of a group")


def take(
    turn: GroupConversation,
    sender: DeviceId,
    entries: Iterable[LogEntry],
    lists: dict[IdentityKey, NamedList],
    stored_at: int | None,
) -> Received:
    """Take entries whose signatures were verified into the log, keep them, and do what follows.

    Own ones are owed to everybody. Others' are passed on by whoever wrote them, and to those whom one has let in beside
    them, of whom their author knew nothing.

    Args:
        turn: The turn.
        sender: The device that has sent them.
        entries: The entries.
        lists: Device lists that came along.
        stored_at: When the relay says it has stored them; None where they came directly or were made here.
    """
    intake = turn.intake
    before, is_own = turn.log.state, sender == turn.own.device
    entries = list(entries)
    received = intake.receive(sender, entries)
    copy = earliest_copy(None, stored_at, turn.now)
    kept = [
        KeptEntry(each.hash, each.encoded.body, each.encoded.signature, copy.stored_at, copy.received_at)
        for each in received.taken
    ]
    turn.unit.groups.append(turn.group.log, kept)
    new = {each.hash for each in received.taken}
    for each in entries:
        if each.hash not in new and each.hash in turn.log:
            turn.unit.groups.note_copy(turn.group.log, each.hash, copy.stored_at)
    turn.reload()
    for _, beyond in received.beyond:
        _tell_of_limit(turn, beyond)
    for entry, _ in received.forks:
        _tell_of_fork(turn, entry)
    if received.taken or (lists and turn.lacking):
        grown(turn, before, received.taken, lists)
    if is_own:
        for each in received.taken:
            _pass_on(turn, each, before)
    else:
        _pass_on_to_newcomers(turn, received.taken, before)
    if received.taken:
        turn.log_grew()
    return received


def begin(
    turn: GroupConversation,
    first: LogEntry,
    stored_at: int | None,
    lists: dict[IdentityKey, NamedList],
    *,
    continues: bool = False,
) -> None:
    """Keep the first entry of a group whose rows are new, and do what follows; an own one is owed to everybody.

    Args:
        turn: The turn.
        first: The entry.
        stored_at: When the relay says it has stored it; None where it came directly or was made here.
        lists: Device lists that came along.
        continues: Whether it came inside the entry by which another group goes on in this one: whoever is in has that.
    """
    copy = earliest_copy(None, stored_at, turn.now)
    turn.logs.begin(turn.group, first)
    kept = KeptEntry(first.hash, first.encoded.body, first.encoded.signature, copy.stored_at, copy.received_at)
    turn.unit.groups.append(turn.group.log, [kept])
    turn.reload()
    grown(turn, None, [first], lists)
    # Those of another own device it has told itself.
    is_own = first.author == turn.show.own_identity and first.body.certificate.device == turn.own.device
    if is_own and not continues:
        everybody = [contact for contact, _ in turn.members]
        tell_entries(turn, everybody, [first], [*everybody], siblings=turn.siblings)


def _tell_of_limit(turn: GroupConversation, beyond: EntryBeyondLimit) -> None:
    contact = turn.contact_of(beyond.author)
    if contact is not None and _may_tell(turn, contact, "limit"):
        turn.tell(events.AlarmRaised(AlarmKind.GROUP_LOG_FULL, contact.name, ErrorCode.QUOTA.value))


def _tell_of_fork(turn: GroupConversation, entry: LogEntry) -> None:
    contact = turn.contact_of(entry.author)
    if contact is not None and _may_tell(turn, contact, "fork"):
        turn.tell(events.AlarmRaised(AlarmKind.GROUP_FORK, contact.name, ErrorCode.CONFLICT.value))


def _may_tell(turn: GroupConversation, contact: ContactRecord, kind: str) -> bool:
    """Tell whether an alarm about somebody in a group rings: each kind once a day."""
    told = turn.unit.group_peers.told_at(turn.group.log, contact.contact, kind)
    if 0 <= turn.now - told < DAY_MS:
        return False
    turn.unit.group_peers.note_told(turn.group.log, contact.contact, kind, turn.now)
    return True


def _pass_on(turn: GroupConversation, entry: LogEntry, before: GroupState) -> None:
    """Owe an own entry to everybody who is in before or after it; who comes in gets all of the log."""
    after = turn.log.state
    was = {each.identity for each in before.members}
    stays = [turn.contact_of(each.identity) for each in before.members]
    comes = [turn.contact_of(each.identity) for each in after.members if each.identity not in was]
    newcomers = [each for each in comes if each is not None]
    tell_entries(turn, [each for each in stays if each is not None], [entry], newcomers, siblings=turn.siblings)
    if newcomers:
        everybody = [contact for contact, _ in turn.members]
        for each in newcomers:
            _tell_how_it_went_on(turn, each)
        tell_entries(turn, newcomers, turn.log.entries, everybody)


def _tell_how_it_went_on(turn: GroupConversation, whom: ContactRecord) -> None:
    """Tell whoever comes back by which entries the group that they were in has become this one.

    They were out when it went on, and nobody told them. It is the same conversation to them only where they can see
    for themselves that these entries hold.
    """
    here = turn.group
    line: list[GroupRecord] = []
    for former in turn.unit.groups.former(here):
        line.append(former)
        if IdentityKey(whom.identity_key) in turn.logs.of(turn.unit, former).log.tables.of_person:
            break
    else:
        return
    for former in reversed(line):
        log, moved = turn.logs.of(turn.unit, former).log, former.followed
        if moved is not None:
            turn.enter(former, turn.logs, turn.own)
            tell_entries(turn, [whom], _lacked_until(log, IdentityKey(whom.identity_key), moved), [])
    turn.enter(here, turn.logs, turn.own)


def _lacked_until(log: GroupLog, person: IdentityKey, last: EntryHash) -> tuple[LogEntry, ...]:
    """Return what somebody who is out lacks of an entry and its past: they know what they wrote, and their ends."""
    own = (log.tables.entries[each].hash for each in numbers_of(log.tables.by_author.get(person, 0)))
    ends = (each for ends in log.ends_of(person) for each in ends)
    return tuple(each for each in log.after([*own, *ends]) if log.knows((last,), (each.hash,)))


def _pass_on_to_newcomers(turn: GroupConversation, taken: Sequence[LogEntry], before: GroupState) -> None:
    """Owe others' entries to those whom one has let in beside them, also where that puts them out: nobody else does."""
    log, own = turn.log, turn.show.own_identity
    let_in = _let_in_by(log, own)
    for entry in taken if let_in else ():
        beside = [whom for name, whom in let_in if not log.knows((entry.hash,), (name,))]
        beside = [each for each in beside if before.member(each) is not None or log.state.member(each) is not None]
        newcomers = [contact for each in beside if (contact := turn.contact_of(each)) is not None]
        if newcomers:
            # Also what another own device has written: it did not know of them either.
            comes = entry.change.person.identity if isinstance(entry.change, AddMember) else None
            known = None if comes is None else turn.contact_of(IdentityKey(comes))
            tell_entries(turn, newcomers, [entry], [] if known is None else [known])


def _let_in_by(log: GroupLog, person: IdentityKey) -> list[tuple[EntryHash, IdentityKey]]:
    """Return the entries by which somebody has added others, and whom."""
    tables = log.tables
    written = (tables.entries[each] for each in numbers_of(tables.by_author.get(person, 0)))
    return [
        (each.hash, IdentityKey(each.change.person.identity)) for each in written if isinstance(each.change, AddMember)
    ]


def tell_entries(
    turn: GroupConversation,
    whom: Sequence[ContactRecord],
    entries: Sequence[LogEntry],
    people: Sequence[ContactRecord],
    *,
    siblings: ContactRecord | None = None,
) -> None:
    """Have people told entries, in order, and the device lists of others.

    Args:
        turn: The turn.
        whom: Whom to tell.
        entries: The entries.
        people: Whose device lists go along.
        siblings: Oneself, where the own other devices are told, too.
    """
    if not whom and siblings is None:
        return
    number = turn.conversation.conversation
    for part in chunks(turn, entries, people):
        action = message_id(turn.group.id, turn.show.own_identity, turn.now, part)
        turn.unit.own_actions.add(number, UnsealedMessage(action, turn.now, part), None)
        turn.owe_to(whom, action, siblings=siblings)


def chunks(turn: GroupConversation, entries: Sequence[LogEntry], people: Sequence[ContactRecord]) -> Iterable[bytes]:
    """Make contents of entries and device lists, each of which fits into one envelope; of nothing one that says so."""
    left = [(True, encode_entry(each)) for each in entries] + [(False, each.device_list) for each in people]
    begun = False
    while left or not begun:
        size, begun = 0, True
        some: list[tuple[bool, bytes]] = []
        while left and len(some) < ENTRIES_IN_CONTENT and (not some or size + len(left[0][1]) <= CHUNK_BYTES):
            is_entry, encoded = left.pop(0)
            size += len(encoded)
            some.append((is_entry, encoded))
        said = tuple(encoded for is_entry, encoded in some if is_entry)
        lists = tuple(encoded for is_entry, encoded in some if not is_entry)
        yield encode(GroupEntries(turn.randomness.token(SHORT_ID_BYTES), None, said, lists))


def read_entries(encoded: Iterable[bytes]) -> list[LogEntry]:
    """Read entries as they came and verify their signatures; those that do not hold are passed over."""
    found = []
    for each in encoded:
        try:
            found.append(read_entry(decode_entry(each)))
        except (CryptoError, ProtocolError):
            continue
    return found
