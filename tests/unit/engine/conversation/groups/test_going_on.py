"""Several people go on with a group in ways of their own: its user is asked, and chooses once."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from babilu.api import events
from babilu.engine.conversation.groups.acts import leave
from babilu.engine.conversation.groups.entries import take
from babilu.engine.conversation.groups.fellow import FellowTransaction
from babilu.engine.conversation.groups.going_on import follow
from babilu.engine.runtime.group_views import group_view
from babilu.group.changes import Change, GrantName, LeaveGroup, RemoveMember
from babilu.group.entries import EntryPlace, LogEntry, sign_entry
from babilu.group.group_log import EntryTaken, GroupLog
from babilu.kernel.errors import DeliveryError, ErrorCode
from babilu.store.unit_of_work import UnitOfWork
from tests.unit.engine.group_stage import GroupStage, moved_on
from tests.unit.engine.homes import Home, Writer, a_home, a_turn, know, told_in
from tests.unit.engine.rooms import Room, author
from tests.unit.store.builders import NOW


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with a_home(tmp_path) as home:
        yield home


class Stage(GroupStage):
    """Bob in a group whose owner has ended her own grant twice, so that Ada and Cleo both go on with it."""

    def __init__(self, home: Home, unit: UnitOfWork) -> None:
        super().__init__(home, unit)
        self.owner, people = Writer("owner"), (Writer("ada"), Writer("cleo"))
        self.room = Room(home, self.owner, people, is_last=True)
        # The more senior of the two is named before the other.
        self.first, self.second = people
        contact = know(home, unit, self.owner)
        self.group = self.room.enters(unit, contact, self.logs)
        self.fellow = FellowTransaction(a_turn(home, unit, contact), self.group, self.logs)
        begins = self.room.log.entries[0]
        creators = GrantName(begins.hash, 0)
        left = [begins, self.write(self.owner, LeaveGroup(), [begins], creators)]
        removal = self.write(self.owner, RemoveMember(self.first.own.identity_key), [begins], creators)
        served = [begins, removal, self.write(self.owner, LeaveGroup(), [removal], creators)]
        self.entries = [*left[1:], self.move(self.first, left), *served[1:], self.move(self.second, served)]

    def write(self, writer: Writer, change: Change, on: Sequence[LogEntry], grant: GrantName) -> LogEntry:
        place = EntryPlace(self.room.log.group, tuple(sorted(each.hash for each in on)), grant)
        return sign_entry(author(writer), place, NOW, change)

    def move(self, writer: Writer, known: list[LogEntry]) -> LogEntry:
        """Have somebody go on who knows so much of the log."""
        log = GroupLog(known[0])
        assert all(isinstance(log.add(each), EntryTaken) for each in known[1:])
        return moved_on(writer, log, NOW)

    def come(self) -> list[events.Event]:
        """Let all of it come; returns what is told."""
        take(self.fellow, self.owner.own.device, self.entries, {}, NOW)
        return told_in(self.fellow.effects)


def test_the_user_is_asked_once_whom_to_follow_the_most_senior_first(home: Home) -> None:
    with home.base.database.write() as unit:
        stage = Stage(home, unit)
        told = stage.come()
        (asked,) = (each for each in told if isinstance(each, events.GroupSplit))
        assert (asked.conversation, asked.title, asked.names) == ("#picnic", "Picnic", ("ada", "cleo"))
        assert {each.name for each in told if isinstance(each, events.AlarmRaised)} >= {"ada", "cleo"}
        # It is kept: whoever starts again is asked by what the group shows.
        conversation = unit.conversations.by_number(stage.group.conversation)
        assert conversation is not None
        assert group_view(unit, home.base.show, stage.present, conversation).split == ("ada", "cleo")
        before = len(told)
        stage.fellow.log_grew()
        assert not any(isinstance(each, events.GroupSplit) for each in told_in(stage.fellow.effects)[before:])


@pytest.mark.parametrize("second", [False, True])
def test_the_group_goes_on_with_whom_the_user_chooses(home: Home, second: bool) -> None:
    with home.base.database.write() as unit:
        stage = Stage(home, unit)
        stage.come()
        chosen = stage.second if second else stage.first
        who = unit.contacts.by_identity(chosen.own.identity_key)
        assert who is not None
        view = follow(stage.turn(), who)
        (moved,) = (each for each in stage.entries if each.create is not None and each.author == who.identity_key)
        assert moved.create is not None
        assert (view.conversation, view.conversation_id, view.split) == ("#picnic", moved.create.begins, ())
        assert view.members[0].name == chosen.name
        old = unit.groups.by_id(stage.room.log.group)
        assert old is not None
        assert (old.split, old.followed) == ((), moved.hash)
        # Who has chosen is not led away.
        stage.turn().log_grew()
        assert stage.present.id == moved.create.begins


def test_whoever_followed_somebody_who_took_it_back_is_with_the_others_again(home: Home) -> None:
    with home.base.database.write() as unit:
        stage = Stage(home, unit)
        # All of it but what serves the second: the first goes on, and is followed.
        stage.entries = stage.entries[:2]
        stage.come()
        assert stage.present.id != stage.group.id
        moved = stage.entries[1]
        assert moved.body.grant is not None
        begins = stage.room.log.entries[0]
        fellow = FellowTransaction(stage.fellow, stage.group, stage.logs)
        beside = stage.write(stage.first, LeaveGroup(), [begins], moved.body.grant)
        take(fellow, stage.first.own.device, [beside], {}, NOW)
        assert stage.present.id == stage.group.id
        assert [each.name for each, _ in unit.groups.members(stage.group.conversation)] == ["cleo"]
        assert stage.turn().send_text("Are you there?").conversation == "#picnic"


def test_whoever_left_while_others_went_on_leaves_what_goes_on_as_well(home: Home) -> None:
    with home.base.database.write() as unit:
        stage = Stage(home, unit)
        leave(stage.turn())
        # Whoever goes on knows nothing of it.
        stage.entries = stage.entries[:2]
        told = stage.come()
        goes_on = stage.entries[1].create
        assert goes_on is not None
        assert stage.present.id == goes_on.begins
        assert stage.turn().log.state.member(home.base.own.identity_key) is None
        assert stage.present.own_role is None
        assert not any(isinstance(each, events.GroupInvited) for each in told)


def test_nobody_is_followed_who_does_not_go_on_or_where_nothing_is_to_be_chosen(home: Home) -> None:
    with home.base.database.write() as unit:
        stage = Stage(home, unit)
        owner = unit.contacts.by_identity(stage.owner.own.identity_key)
        assert owner is not None
        for _ in range(2):
            with pytest.raises(DeliveryError) as refused:
                follow(stage.turn(), owner)
            assert refused.value.code is ErrorCode.NOT_FOUND
            stage.come()
