"""Two devices of the next in rank go on with a group before they hear of each other: both of these groups are known."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from babilu.engine.conversation.contents.text import fields_of
from babilu.engine.conversation.groups import going_on
from babilu.engine.conversation.groups.acts import add_people, leave
from babilu.engine.conversation.groups.entries import take
from babilu.engine.conversation.groups.fellow import FellowTransaction
from babilu.engine.conversation.groups.group_receiving import enter_group
from babilu.group.changes import InitialPolicy, LeaveGroup, MoveOn
from babilu.group.entries import EntryPlace, LogEntry, sign_entry
from babilu.group.group_log import EntryTaken, GroupLog
from babilu.group.succession import create_for
from babilu.kernel.ids import ConversationId, EnvelopeId, IdentityKey, message_id
from babilu.kernel.limits import LATE_STORED_MS
from babilu.kernel.states import Route
from babilu.store.delivery_records import InboxRecord, InboxState
from babilu.store.group_records import GroupRecord, SharedRecord
from babilu.store.unit_of_work import UnitOfWork
from babilu.wire.codec import encode
from babilu.wire.content import Content, ListMark
from babilu.wire.message_parts import Text
from tests.unit.engine.group_stage import GroupStage, moved_on
from tests.unit.engine.homes import Home, Writer, a_home, a_turn, know
from tests.unit.engine.rooms import Room, author
from tests.unit.store.builders import NOW

TEXT = Text(bytes(16), None, "hello")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with a_home(tmp_path) as home:
        yield home


class Stage(GroupStage):
    """Bob in a group whose owner has left, and with which Ada goes on several times, where Cleo is in as well."""

    def __init__(self, home: Home, unit: UnitOfWork, *, moves: int = 2) -> None:
        super().__init__(home, unit)
        self.owner, self.ada, self.cleo = Writer("owner"), Writer("ada"), Writer("cleo")
        policy = InitialPolicy(adds=True)
        self.room = Room(home, self.owner, (self.ada, self.cleo), is_last=True, policy=policy)
        self.group = self.room.enters(unit, know(home, unit, self.owner), self.logs)
        self.left = self.room.write(self.owner, LeaveGroup())
        # The one with the least hash is followed in the end.
        made = sorted((self.move(NOW + each) for each in range(moves)), key=lambda each: each.hash)
        self.followed, *self.beside = made

    def move(self, at: int) -> LogEntry:
        """Have Ada go on at some time."""
        return moved_on(self.ada, self.room.log, at)

    def come(self, *entries: LogEntry, group: GroupRecord | None = None) -> None:
        """Let entries of Ada come, of the first group if of no other."""
        contact = self.unit.contacts.by_identity(self.ada.own.identity_key)
        assert contact is not None
        present = self.unit.groups.by_log((group or self.group).log)
        assert present is not None
        fellow = FellowTransaction(a_turn(self.home, self.unit, contact), present, self.logs)
        take(fellow, self.ada.own.device, entries, {}, NOW)

    def known(self, moved: LogEntry) -> GroupRecord | None:
        """Return the group that an entry goes on in."""
        return self.unit.groups.by_id(id_of(moved))

    def hear(self, moved: LogEntry, stored_at: int = NOW) -> FellowTransaction | None:
        """Judge what Cleo has written there."""
        assert moved.create is not None
        contact = self.unit.contacts.by_identity(self.cleo.own.identity_key)
        assert contact is not None
        mark = ListMark(0, bytes(16))
        content = Content(id_of(moved), NOW, None, mark, mark, (moved.create.hash,), encode(TEXT))
        row = InboxRecord(
            1, Route.RELAY, 1, stored_at, EnvelopeId(bytes(16)), b"", contact.contact, None, InboxState.WAITING, ""
        )  # fmt: skip
        turn = a_turn(self.home, self.unit, contact)
        return enter_group(turn, self.logs, row, self.cleo.own.device, content, TEXT)


def id_of(moved: LogEntry) -> ConversationId:
    """Return the id of the group that an entry goes on in."""
    assert moved.create is not None
    return moved.create.begins


@pytest.mark.parametrize("better_first", [True, False])
def test_what_is_said_beside_what_is_followed_is_shown_for_an_hour(home: Home, better_first: bool) -> None:
    with home.base.database.write() as unit:
        stage = Stage(home, unit)
        (worse,) = stage.beside
        moves = (stage.followed, worse) if better_first else (worse, stage.followed)
        for each in moves:
            stage.come(stage.left, each)
        assert stage.present.id == id_of(stage.followed)
        known = stage.known(worse)
        assert known is not None
        assert known.conversation == stage.group.conversation
        fellow = stage.hear(worse, NOW + LATE_STORED_MS)
        assert fellow is not None
        assert (fellow.label, fellow.conversation.id) == ("#picnic", id_of(stage.followed))
        told = unit.statements.number("SELECT count(*) FROM own_action")
        for _ in range(2):
            assert stage.hear(worse, NOW + LATE_STORED_MS + 1) is None
            # Once a day they are sent why.
            assert unit.statements.number("SELECT count(*) FROM own_action") == told + 1


def test_of_those_beside_so_many_are_known(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(going_on, "GROUPS_BESIDE", 2)
    with home.base.database.write() as unit:
        stage = Stage(home, unit, moves=4)
        stage.come(stage.left, stage.followed, *stage.beside)
        assert [stage.known(each) is not None for each in stage.beside] == [True, True, False]
        stage.come()
        assert len(unit.groups.all()) == 4


def test_nobody_is_led_on_from_beside_what_is_followed(home: Home) -> None:
    with home.base.database.write() as unit:
        stage = Stage(home, unit)
        (worse,) = stage.beside
        stage.come(stage.left, worse, stage.followed)
        there = stage.known(worse)
        assert there is not None
        assert worse.create is not None
        log = GroupLog(worse.create)
        for writer, change in ((stage.ada, None), (stage.cleo, "moves")):
            member = log.state.member(IdentityKey(writer.own.identity_key))
            assert member is not None
            place = EntryPlace(log.group, log.heads, member.grants[0])
            own = IdentityKey(writer.own.identity_key)
            create = sign_entry(author(writer), None, NOW, create_for(log.state, own))
            said = LeaveGroup() if change is None else MoveOn(create.encoded)
            assert isinstance(log.add(sign_entry(author(writer), place, NOW, said)), EntryTaken)
        stage.come(*log.entries[1:], group=there)
        assert len(stage.logs.of(unit, replace(there, entries=3)).log) == 3
        assert stage.present.id == id_of(stage.followed)


def test_what_one_did_where_one_had_followed_goes_along(home: Home) -> None:
    with home.base.database.write() as unit:
        stage = Stage(home, unit)
        (worse,) = stage.beside
        stage.come(stage.left, worse)
        assert stage.present.id == id_of(worse)
        dan = know(home, unit, Writer("dan"))
        add_people(stage.turn(), [dan])
        stage.come(stage.followed)
        assert stage.present.id == id_of(stage.followed)
        assert [each.name for each, _ in unit.groups.members(stage.group.conversation)] == ["ada", "cleo", "dan"]


def test_whoever_has_left_where_they_had_followed_has_left_for_good(home: Home) -> None:
    with home.base.database.write() as unit:
        stage = Stage(home, unit)
        (worse,) = stage.beside
        stage.come(stage.left, worse)
        leave(stage.turn())
        stage.come(stage.followed)
        assert stage.present.id == id_of(stage.followed)
        assert (stage.present.own_role, stage.present.accepted) == (None, False)


def test_what_came_late_under_a_former_id_can_be_acted_on(home: Home) -> None:
    with home.base.database.write() as unit:
        stage = Stage(home, unit)
        stage.come(stage.left, *stage.beside, stage.followed)
        fellow = stage.hear(stage.beside[0])
        assert fellow is not None
        part = encode(TEXT)
        message = message_id(id_of(stage.beside[0]), fellow.contact.identity_key, NOW, part)
        kept = SharedRecord(
            message, stage.group.conversation, fellow.contact.contact, fellow.contact.contact, "hello", NOW, part,
            Route.RELAY, fields_of(TEXT, ()),
        )  # fmt: skip
        unit.new_messages.add_shared(kept, 1_000, NOW)
        assert fellow.fold().target(message) is not None
