"""Whoever was out when a group went on, and is let in again there, has it in the same conversation."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from babilu.api import events
from babilu.engine.conversation.groups import acts
from babilu.engine.conversation.groups.entries import take
from babilu.engine.conversation.groups.fellow import FellowTransaction
from babilu.engine.conversation.groups.group_receiving import enter_group
from babilu.engine.conversation.groups.group_turn import GroupTurn
from babilu.engine.runtime.group_logs import GroupLogs
from babilu.group.changes import AddMember, CreateGroup, LeaveGroup, MoveOn, NamedPerson
from babilu.group.entries import EntryPlace, LogEntry, encode_entry, sign_entry
from babilu.group.group_log import GroupLog
from babilu.group.succession import create_for
from babilu.kernel.ids import ConversationId, IdentityKey
from babilu.store.group_records import GroupRecord
from babilu.store.unit_of_work import UnitOfWork
from babilu.wire.codec import encode
from babilu.wire.content import Content, ListMark
from babilu.wire.content_reading import read_part
from babilu.wire.group_parts import GroupEntries
from tests.unit.engine.conversation.groups.test_group_receiving import ROW
from tests.unit.engine.conversation.groups.test_passing_on import a_group_turn
from tests.unit.engine.homes import Home, Writer, a_home, a_turn, know, told_in
from tests.unit.engine.rooms import Room, author
from tests.unit.store.builders import NOW


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with a_home(tmp_path) as home:
        yield home


class Stage:
    """A group of Alice's, in which the profile's owner is, and Carol after them."""

    def __init__(self, home: Home, unit: UnitOfWork) -> None:
        self.home, self.unit, self.logs = home, unit, GroupLogs()
        self.alice, self.carol = Writer("alice"), Writer("carol")
        self.room = Room(home, self.alice, (self.carol,))
        self.contact = know(home, unit, self.alice)
        know(home, unit, self.carol)
        self.group = self.room.enters(unit, self.contact, self.logs)

    def turn(self) -> GroupTurn:
        present = self.unit.groups.of_conversation(self.group.conversation)
        assert present is not None
        return a_group_turn(self.home, self.unit, present, self.logs)

    def came(self, group: bytes, *entries: LogEntry) -> list[events.Event]:
        """Have Carol tell entries of a group; returns what is told of them."""
        contact = self.unit.contacts.by_identity(IdentityKey(self.carol.own.identity_key))
        assert contact is not None
        turn, mark = a_turn(self.home, self.unit, contact), ListMark(0, bytes(16))
        part = encode(GroupEntries(bytes(16), None, tuple(map(encode_entry, entries))))
        content = Content(ConversationId(group), NOW, None, mark, mark, (), part)
        enter_group(turn, self.logs, ROW, self.carol.own.device, content, read_part(part, chained=True))
        return told_in(turn.effects)

    def lets_in(self, create: LogEntry) -> LogEntry:
        """Have Carol let the profile's owner into a group of hers that has nothing but its first entry."""
        log = GroupLog(create)
        own = log.state.member(IdentityKey(self.carol.own.identity_key))
        assert own is not None
        add = AddMember(NamedPerson(self.home.base.own.identity_key))
        return sign_entry(author(self.carol), EntryPlace(log.group, log.heads, own.grants[0]), NOW, add)


def left_and_gone_on(stage: Stage) -> tuple[list[LogEntry], LogEntry]:
    """Have the profile's owner leave, then Alice, and Carol go on.

    Returns:
        What Carol's group came from, and its first entry.
    """
    log, carol = stage.room.log, stage.carol
    acts.leave(stage.turn())
    log.add(stage.logs.of(stage.unit, stage.group).log.entries[-1])
    leave = stage.room.write(stage.alice, LeaveGroup())
    create = sign_entry(author(carol), None, NOW, create_for(log.state, IdentityKey(carol.own.identity_key)))
    moved = stage.room.write(carol, MoveOn(create.encoded))
    return [leave, moved], create


def test_it_goes_on_in_the_same_conversation_which_asks_first(home: Home) -> None:
    with home.base.database.write() as unit:
        stage = Stage(home, unit)
        before, create = left_and_gone_on(stage)
        told = stage.came(stage.group.id, *before)
        assert not any(isinstance(each, events.GroupInvited) for each in told)
        told = stage.came(create.begins, create, stage.lets_in(create))
        (invited,) = (each for each in told if isinstance(each, events.GroupInvited))
        assert (invited.invitation.conversation, invited.invitation.conversation_id) == ("#picnic", create.begins)
        assert invited.invitation.by == "carol"
        present = unit.groups.of_conversation(stage.group.conversation)
        assert present is not None
        assert (present.id, present.accepted) == (create.begins, False)
        assert present.own_role is not None
        acts.accept(stage.turn())
        assert stage.turn().send_text("I am back").conversation == "#picnic"


@pytest.mark.parametrize("known", ["nothing", "no_entry_that_holds", "another_group"])
def test_one_that_only_says_what_it_continues_is_another_conversation(home: Home, known: str) -> None:
    with home.base.database.write() as unit:
        stage = Stage(home, unit)
        before, create = left_and_gone_on(stage)
        if known == "another_group":
            stage.came(stage.group.id, *before)
            assert isinstance(create.change, CreateGroup)
            create = sign_entry(author(stage.carol), None, NOW + 1, create.change)
        if known == "no_entry_that_holds":
            # Alice is in still, as far as that shows: nobody goes on without her.
            stage.came(stage.group.id, before[1])
        stage.came(create.begins, create, stage.lets_in(create))
        group = unit.groups.by_id(create.begins)
        assert group is not None
        assert group.conversation != stage.group.conversation
        assert not group.accepted


def test_whoever_lets_somebody_in_again_tells_them_first_how_it_went_on(home: Home) -> None:
    def parts(group: GroupRecord) -> list[tuple[bytes, list[bytes]]]:
        rows = unit.statements.all(
            "SELECT coalesce(d.said_in, ?), a.part FROM delivery AS d JOIN own_action AS a ON a.id = d.message"
            " WHERE d.contact = ? ORDER BY d.number",
            group.id,
            stage.contact.contact,
        )
        found = ((said_in, read_part(part, chained=True)) for said_in, part in rows)
        return [(said_in, list(part.entries)) for said_in, part in found if isinstance(part, GroupEntries)]

    with home.base.database.write() as unit:
        stage = Stage(home, unit)
        leave = stage.room.write(stage.alice, LeaveGroup())
        take(
            FellowTransaction(a_turn(home, unit, stage.contact), stage.group, stage.logs),
            stage.alice.own.device,
            [leave],
            {},
            NOW,
        )
        present = unit.groups.of_conversation(stage.group.conversation)
        assert present is not None
        assert present.id != stage.group.id, "one has gone on with it"
        acts.add_people(stage.turn(), [stage.contact])
        moved = stage.logs.of(unit, stage.group).log.entries[-1]
        assert isinstance(moved.change, MoveOn)
        (where, first), (there, second), *_ = parts(present)[-2:]
        assert (where, first) == (stage.group.id, [encode_entry(moved)])
        assert there == present.id
        assert second == [encode_entry(each) for each in stage.logs.of(unit, present).log.entries]
