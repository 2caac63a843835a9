"""Asking for what is missing of a group's log, and answering those who ask.

That somebody knows more than is known here is kept, and they are asked until they have said all of it: a question may
be lost with a link, a session or a process, and so may entries that wait in memory for those before them.
"""

from collections.abc import Iterable
from typing import Final

from babilu.engine.conversation.effects import GiveHint
from babilu.engine.conversation.encryption import OutgoingContent, devices_in_force
from babilu.engine.conversation.groups.entries import tell_entries
from babilu.engine.conversation.groups.fellow import FellowTransaction
from babilu.engine.conversation.transaction import ConversationTransaction
from babilu.engine.conversation.wakeups import Wake
from babilu.engine.runtime.group_logs import GroupLogs
from babilu.group.entries import LogEntry
from babilu.group.group_log import GroupLog
from babilu.identity.shapes import DeviceEntry
from babilu.kernel.ids import ConversationId, DeviceId, EntryHash, IdentityKey
from babilu.kernel.limits import DAY_MS
from babilu.session.sessions import can_encrypt
from babilu.store.group_records import GroupRecord
from babilu.wire.group_parts import GroupWant

FIRST_ASK_MS: Final = 500
"""Time for which what is missing may come by itself: entries of one and words of another overtake each other."""

ASK_PAUSE_MS: Final = 10_000
"""Shortest pause between two questions to one contact about one group; it doubles up to `LONGEST_PAUSE_MS`."""

LONGEST_PAUSE_MS: Final = DAY_MS
ASKED_FOR_MS: Final = 30 * DAY_MS
"""How long somebody is asked who never answers: what was set aside is kept no longer."""

KNOWS_MORE: Final = "knows_more"
ASKED: Final = "asked"


def note_whether_more_is_known(turn: ConversationTransaction, group: GroupRecord, *, more: bool) -> None:
    """Note that the contact has named more of a log than is known here, and is to be asked; or that they have not."""
    peers, contact = turn.unit.group_peers, turn.contact.contact
    if not more:
        peers.forget_told(group.log, contact, KNOWS_MORE)
        return
    if peers.told_at(group.log, contact, KNOWS_MORE) == 0:
        peers.note_told(group.log, contact, KNOWS_MORE, turn.now)
    turn.wake_in(FIRST_ASK_MS)


def ask_where_due(turn: ConversationTransaction) -> None:
    """Ask the contact for what they know of groups and is missing here, where it is time to."""
    contact, peers = turn.contact, turn.unit.group_peers
    if contact.blocked or not turn.may_seal:
        return
    for log, since in peers.logs_told(contact.contact, KNOWS_MORE):
        group = turn.unit.groups.by_log(log)
        if group is None or not group.accepted:
            # Until the user has accepted to be in it, nobody is asked anything.
            continue
        if not 0 <= turn.now - since < ASKED_FOR_MS:
            peers.forget_told(log, contact.contact, KNOWS_MORE)
            continue
        wait = _due(since, peers.told_at(log, contact.contact, ASKED)) - turn.now
        if 0 < wait <= LONGEST_PAUSE_MS:
            turn.wake_in(wait)
        elif _ask(turn, group):
            peers.note_told(log, contact.contact, ASKED, turn.now)
            turn.wake_in(ASK_PAUSE_MS)


def _due(since: int, asked: int) -> int:
    pause = min(max(ASK_PAUSE_MS, asked - since), LONGEST_PAUSE_MS)
    return max(since + FIRST_ASK_MS, asked + pause)


def _ask(turn: ConversationTransaction, group: GroupRecord) -> bool:
    """Ask each device of the contact that can be encrypted for; tells whether there was one."""
    lacking = FellowTransaction(turn, group, turn.logs).lacking
    asked = False
    for entry in devices_in_force(turn.contact).devices:
        if _can_seal(turn, entry):
            turn.seal(entry, OutgoingContent.aside(GroupWant(group.id, group.heads, lacking), turn.now))
            asked = True
    return asked


def _can_seal(turn: ConversationTransaction, entry: DeviceEntry) -> bool:
    return can_encrypt(turn.unit.sessions, DeviceId(entry.device)) or turn.start_session(entry)


def answer_want(turn: ConversationTransaction, logs: GroupLogs, want: GroupWant) -> None:
    """Send whoever asks what they lack of a log, and device lists of those whom they cannot reach.

    Who lacks nothing is sent nothing but the heads that every content names: then they ask no longer.
    """
    group = turn.unit.groups.by_id(ConversationId(want.group))
    if group is None or not group.accepted or turn.contact.blocked:
        return
    fellow = FellowTransaction(turn, group, logs)
    if not was_ever_in(fellow):
        return
    wanted = set(want.people)
    people = [contact for contact, _ in fellow.members if contact.identity_key in wanted]
    tell_entries(fellow, [turn.contact], lacked(fellow, want.known), people)
    # What was received in passing is answered by a turn of its own.
    turn.then(GiveHint(turn.contact, Wake()))


def was_ever_in(fellow: FellowTransaction) -> bool:
    """Tell whether the contact was ever given a place in the group."""
    return fellow.contact.identity_key in fellow.log.tables.of_person


def lacked(fellow: FellowTransaction, known: Iterable[bytes]) -> tuple[LogEntry, ...]:
    """Return what the contact lacks of the log, beside what they know: of who is out, what has put them out alone."""
    log, identity = fellow.log, IdentityKey(fellow.contact.identity_key)
    if log.state.member(identity) is not None:
        return log.after(EntryHash(each) for each in known)
    return lacked_of_end(log, identity, known)


def lacked_of_end(log: GroupLog, identity: IdentityKey, known: Iterable[bytes]) -> tuple[LogEntry, ...]:
    """Return what has put somebody out of a group and is not known to whoever knows of so much of its log."""
    ends = _ended_by(log, identity)
    return tuple(each for each in log.after(EntryHash(each) for each in known) if log.knows(ends, (each.hash,)))


def _ended_by(log: GroupLog, identity: IdentityKey) -> tuple[EntryHash, ...]:
    """Return the entries by which somebody who was given places is out."""
    ends = {each for ends in log.ends_of(identity) for each in ends}
    for place in log.tables.of_person.get(identity, ()):
        why = log.why_not(log.tables.entries[log.tables.grants[place].giver].hash)
        while why is not None and why.by is not None and why.by not in ends:
            ends.add(why.by)
            why = log.why_not(why.by)
    return tuple(ends)
