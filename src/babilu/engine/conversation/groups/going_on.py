"""Going on without the owner: the next in rank begins the group that goes on, and everybody follows by themselves.

It is one conversation on the screen, with one label: only the id under which its messages are said is another.

Two devices of the next in rank may both go on before they hear of each other. All of these groups are known to whoever
follows one of them, for their members may have said something there before they changed over.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from babilu.api import events
from babilu.api.group_views import GroupView
from babilu.engine.conversation.groups.entries import begin, name_devices, name_devices_where_due, say
from babilu.engine.conversation.groups.group_conversation import GroupConversation
from babilu.engine.conversation.groups.growth import grown
from babilu.engine.runtime.group_views import split_names
from babilu.group.changes import AddMember, Change, LeaveGroup, MoveOn, NameDevices, PolicyField, RemoveMember
from babilu.group.entries import LogEntry, sign_entry
from babilu.group.following import AskWhomToFollow, ComeBack, Followed, FollowTo, next_step
from babilu.group.succession import Succession, carried_changes, create_for
from babilu.identity.shapes import DeviceKind
from babilu.kernel.alarms import AlarmKind
from babilu.kernel.errors import DeliveryError, ErrorCode
from babilu.kernel.ids import IdentityKey
from babilu.kernel.limits import DAY_MS, GROUPS_BESIDE
from babilu.store.contact_records import ContactRecord
from babilu.store.group_records import GroupRecord

log = logging.getLogger(__name__)


def go_on(turn: GroupConversation) -> None:
    """Follow the group where it goes on, or go on with it, where it is one's own turn to."""
    group = turn.group
    if not turn.is_current and not turn.unit.groups.is_in_line(group):
        # The conversation has left it: nobody is led from there to anywhere else.
        return
    if not group.accepted:
        _leave_what_goes_on(turn)
        return
    if turn.is_current:
        name_devices_where_due(turn)
    succession = Succession(turn.log)
    known = None if group.followed is None else Followed(group.followed, group.followed_since or 0)
    match next_step(succession, known, turn.now):
        case FollowTo(moved, followed):
            _follow(turn, moved, followed)
        case AskWhomToFollow(moves):
            _ask(turn, moves)
            return
        case ComeBack():
            _come_back(turn)
        case _:
            _take_over(turn, succession)
    if turn.group.log == group.log and turn.group.split:
        _set_split(turn, ())
    _begin_beside(turn, group.log, succession)


def follow(turn: GroupConversation, who: ContactRecord) -> GroupView:
    """Follow one of several people who go on with the group in different ways, as its user has chosen.

    Raises:
        DeliveryError: ``not_found``: nothing is to be chosen, or this is none of them.
    """
    step = next_step(Succession(turn.log), None, turn.now) if turn.group.followed is None else None
    moves = step.moves if isinstance(step, AskWhomToFollow) else ()
    chosen = next((each for each in moves if each.author == who.identity_key), None)
    if chosen is None:
        raise DeliveryError(ErrorCode.NOT_FOUND, "They do not go on with this group in a way of their own.")
    _set_split(turn, ())
    log, succession = turn.group.log, Succession(turn.log)
    _follow(turn, chosen, Followed(chosen.hash, turn.now))
    _begin_beside(turn, log, succession)
    return turn.group_view()


def resume(turn: GroupConversation, first: LogEntry, adder: int) -> GroupRecord | None:
    """Let the conversation of a group that one is out of go on in the group that somebody has added one to.

    It does where the log of the one that was left says so, as for those who were in: anybody can write into the first
    entry of a group that it continues another.

    Returns:
        That group, which waits to be accepted as where one is added again; None where its log says nothing like that.
    """
    step = next_step(Succession(turn.log), None, turn.now)
    if not turn.is_current or turn.group.followed is not None or not isinstance(step, FollowTo):
        return None
    if step.moved.create is None or step.moved.create.hash != first.hash:
        return None
    _follow(turn, step.moved, step.followed, adder)
    return turn.unit.groups.by_log(turn.group.log)


def _set_split(turn: GroupConversation, people: tuple[IdentityKey, ...]) -> None:
    turn.unit.groups.keep_split(turn.group.log, people)
    turn.reload()


def _take_over(turn: GroupConversation, succession: Succession) -> None:
    """Begin the group that goes on, where everybody senior has left or stepped down."""
    author = turn.entry_author
    if author.certificate.kind is not DeviceKind.FULL or not turn.is_current:
        return
    if not succession.may_go_on(turn.show.own_identity):
        return
    create = create_for(turn.log.state, turn.show.own_identity)
    with _as_far_as_may_be(turn):
        say(turn, MoveOn(sign_entry(author, None, turn.now, create).encoded))


def _come_back(turn: GroupConversation) -> None:
    """Return to the group from where one has followed somebody who took that back: the others are there still."""
    unit, old = turn.unit, turn.group
    followed = None if old.successor is None else unit.groups.by_log(old.successor)
    if followed is None or followed.id != turn.conversation.id:
        return
    changes = _done_where_followed(turn, old)
    unit.conversations.go_on_as(old.conversation, old.id)
    unit.groups.set_state(replace(old, successor=None), [])
    unit.group_links.go_on(followed.log, old.log)
    turn.reload()
    grown(turn, turn.log.state, [], {})
    for change in changes:
        with _as_far_as_may_be(turn):
            _carry_over(turn, change)


@contextmanager
def _as_far_as_may_be(turn: GroupConversation) -> Iterator[None]:
    """Leave undone what the log does not let one do: whatever brought the turn here is taken all the same."""
    try:
        with turn.part():
            yield
    except DeliveryError as error:
        log.info("nothing was written to a group's log: %s", error.code.value)


def _leave_what_goes_on(turn: GroupConversation) -> None:
    """Leave the group in which one goes on that one has left, where whoever goes on with it could not know that."""
    own = turn.show.own_identity
    if turn.group.followed is not None or turn.log.state.member(own) is not None:
        return
    succession = Succession(turn.log)
    step = next_step(succession, None, turn.now)
    if isinstance(step, FollowTo) and LeaveGroup() in succession.to_carry_over(step.moved, own):
        _follow(turn, step.moved, step.followed)


def _follow(turn: GroupConversation, moved: LogEntry, followed: Followed, adder: int | None = None) -> None:
    first = moved.create
    if first is None:
        return
    unit, old = turn.unit, turn.group
    number = old.conversation
    new = unit.groups.by_id(first.begins)
    if new is None:
        unit.conversations.go_on_as(number, first.begins)
        added_by = old.added_by if adder is None else adder
        new = unit.groups.add(first.begins, number, turn.now, accepted=old.accepted, added_by=added_by)
    elif new.conversation != number:
        # It came as an invitation before it was known what it goes on from: the two are one.
        return
    else:
        unit.conversations.go_on_as(number, first.begins)
    kept = replace(old, followed=followed.moved, followed_since=followed.since, successor=new.log, split=())
    unit.groups.set_state(kept, [])
    unit.group_links.go_on(old.log, new.log)
    unit.groups.set_history(new.log, old.history, old.history_days)
    copy = unit.groups.copies(old.log, [moved.hash])[moved.hash]
    changes = [*Succession(turn.log).to_carry_over(moved, turn.show.own_identity), *_done_where_followed(turn, old)]
    turn.enter(new, turn.logs, turn.own)
    if new.entries == 0:
        begin(turn, first, copy[0], {}, continues=True)
    else:
        turn.group_changed()
    for change in changes:
        with _as_far_as_may_be(turn):
            _carry_over(turn, change)


def _done_where_followed(turn: GroupConversation, left: GroupRecord) -> list[Change]:
    """Return what one did in the groups in which one that is left now went on so far; a leave if one is out there."""
    unit, own = turn.unit, turn.show.own_identity
    done: list[Change] = []
    is_in = True
    each = None if left.successor is None else unit.groups.by_log(left.successor)
    while each is not None:
        log = turn.logs.of(unit, each).log
        done += carried_changes(log, own)
        is_in = log.state.member(own) is not None
        each = None if each.successor is None else unit.groups.by_log(each.successor)
    return [change for change in done if not (is_in and isinstance(change, LeaveGroup))]


def _begin_beside(turn: GroupConversation, log: int, succession: Succession) -> None:
    """Begin the groups as well in which others went on with one beside the one that is followed.

    What they said there comes into the same conversation, as long as they could not know better.
    """
    unit, here, left = turn.unit, turn.group, turn.unit.groups.by_log(log)
    if left is None or left.followed is None:
        return
    room = GROUPS_BESIDE
    for moved in succession.holding():
        if moved.create is None or moved.hash == left.followed:
            continue
        room -= 1
        if room >= 0 and unit.groups.by_id(moved.create.begins) is None:
            copy = unit.groups.copies(left.log, [moved.hash])[moved.hash]
            made = unit.groups.add(
                moved.create.begins, left.conversation, turn.now, accepted=left.accepted, added_by=left.added_by
            )
            turn.enter(made, turn.logs, turn.own)
            begin(turn, moved.create, copy[0], {}, continues=True)
    turn.enter(here, turn.logs, turn.own)


def _carry_over(turn: GroupConversation, change: Change) -> None:
    """Write anew what one did in the old group beside the entry by which it goes on."""
    state = turn.log.state
    match change:
        case AddMember(person=person) if state.member(IdentityKey(person.identity)) is None:
            say(turn, change, by_policy=PolicyField.ADDS)
        case RemoveMember(identity=identity) if state.member(IdentityKey(identity)) is not None:
            say(turn, change)
        case LeaveGroup():
            say(turn, change)
        case NameDevices():
            name_devices(turn, turn.own.device_list)
        case _:
            pass


def _ask(turn: GroupConversation, moves: tuple[LogEntry, ...]) -> None:
    """Have the user choose among those who go on with the group in different ways; the most senior is offered first."""
    _alarm(turn, moves)
    people = tuple(dict.fromkeys(each.author for each in moves))
    if turn.group.split != people:
        _set_split(turn, people)
        names = split_names(turn.unit, turn.group)
        turn.tell(events.GroupSplit(turn.label, turn.conversation.id, turn.conversation.title, names))
        turn.group_changed()


def _alarm(turn: GroupConversation, moves: tuple[LogEntry, ...]) -> None:
    """Say who goes on with the group in different ways: one of them ended their own grant twice."""
    for moved in moves:
        contact = turn.contact_of(moved.author)
        if contact is None:
            continue
        told = turn.unit.group_peers.told_at(turn.group.log, contact.contact, "split")
        if not 0 <= turn.now - told < DAY_MS:
            turn.unit.group_peers.note_told(turn.group.log, contact.contact, "split", turn.now)
            turn.tell(events.AlarmRaised(AlarmKind.GROUP_SPLIT, contact.name, ErrorCode.CONFLICT.value))
