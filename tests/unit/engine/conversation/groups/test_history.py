"""What newcomers are given of what was written before, and what of it is passed over."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from babilu.engine.conversation.groups import history
from babilu.engine.conversation.groups.entries import take
from babilu.engine.conversation.groups.fellow import FellowTransaction
from babilu.engine.conversation.groups.history import CHUNK_BYTES, LARGEST, checked_history, share, take_history
from babilu.group.changes import AddMember, NamedPerson, RemoveMember
from babilu.kernel.errors import UsageError
from babilu.kernel.ids import IdentityKey, MessageId, message_id
from babilu.kernel.limits import DAY_MS, HISTORY_BYTES, HISTORY_DAYS, HISTORY_MESSAGES
from babilu.kernel.states import Route
from babilu.store.contact_records import ContactRecord
from babilu.store.message_records import BufferedMessage, MessageRecord, TextFields, WordingRecord
from babilu.store.unit_of_work import UnitOfWork
from babilu.wire.codec import encode
from babilu.wire.content_reading import read_part
from babilu.wire.group_parts import GroupHistory, SharedMessage, SharedWording
from babilu.wire.message_parts import Edit, Text
from tests.unit.engine.conversation.groups.test_group_receiving import Stage
from tests.unit.engine.homes import Home, Writer, a_home, a_turn, know
from tests.unit.store.builders import NOW, some_bytes


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with a_home(tmp_path) as home:
        yield home


class Newcomer:
    """Bob's profile, in a group into which Alice has let him, with Carol."""

    def __init__(self, home: Home, unit: UnitOfWork) -> None:
        self.home, self.unit, self.stage = home, unit, Stage(home, unit)
        self.number = self.stage.group.conversation
        self.own = home.base.own.identity_key

    def comes_again(self) -> None:
        """Let Alice remove Bob, and let him in."""
        for change in (RemoveMember(self.own), AddMember(NamedPerson(self.own, "bob"))):
            entry = self.stage.room.write(self.stage.alice, change)
            take(self.fellow(self.stage.contact), self.stage.alice.own.device, [entry], {}, NOW)

    def fellow(self, contact: ContactRecord) -> FellowTransaction:
        group = self.unit.groups.by_log(self.stage.group.log)
        assert group is not None
        return FellowTransaction(a_turn(self.home, self.unit, contact), group, self.stage.logs)

    def given(self, *messages: SharedMessage, by: ContactRecord | None = None) -> None:
        said = GroupHistory(some_bytes(16), None, messages)
        take_history(self.fellow(by or self.stage.contact), said, Route.RELAY)

    @property
    def messages(self) -> list[MessageRecord]:
        page, _, _ = self.unit.history.page(self.number, 100)
        return [each for each in page if each.shared_by is not None]

    @property
    def texts(self) -> list[str]:
        return [each.text for each in self.messages]

    def id_of(self, shared: SharedMessage) -> MessageId:
        return message_id(self.stage.group.id, IdentityKey(shared.author), shared.sent_at, shared.part)


def words(text: str, *, timer: int | None = None) -> bytes:
    return encode(Text(some_bytes(16), None, text, timer=timer))


def by(writer: Writer, text: str, sent_at: int = NOW - 1) -> SharedMessage:
    return SharedMessage(writer.own.identity_key, sent_at, words(text))


@pytest.fixture
def newcomer(home: Home) -> Iterator[Newcomer]:
    with home.base.database.write() as unit:
        made = Newcomer(home, unit)
        made.comes_again()
        yield made


def test_whoever_begins_a_group_gives_nothing_from_before(home: Home) -> None:
    with home.base.database.write() as unit:
        member = Newcomer(home, unit)
        member.given(by(member.stage.alice, "before the beginning"))
        assert member.messages == []


def test_it_is_taken_of_whoever_has_let_one_in_and_of_nobody_else(newcomer: Newcomer) -> None:
    stage = newcomer.stage
    newcomer.given(by(stage.alice, "by carol's word"), by=stage.contact_of(stage.carol))
    assert newcomer.messages == []
    newcomer.given(by(stage.alice, "one"), by(stage.carol, "two"))
    assert newcomer.texts == ["one", "two"]
    assert [each.shared_by for each in newcomer.messages] == [stage.contact.contact] * 2
    assert not any(each.unread for each in newcomer.messages)


def test_a_known_message_keeps_its_words_and_who_gave_it(newcomer: Newcomer) -> None:
    shared = by(newcomer.stage.carol, "mine")
    newcomer.given(shared)
    newcomer.given(shared, SharedMessage(shared.author, shared.sent_at, words("other words")))
    first, second = newcomer.messages
    assert first.id == newcomer.id_of(shared)
    assert first.id != second.id
    assert first.text == "mine"


def test_what_people_wrote_who_are_not_in_or_are_blocked_or_oneself_is_passed_over(newcomer: Newcomer) -> None:
    stage, unit = newcomer.stage, newcomer.unit
    erin = Writer("erin")
    know(newcomer.home, unit, erin)
    unit.contacts.set_blocked(stage.contact_of(stage.carol).contact, True)
    own = SharedMessage(newcomer.home.base.own.identity_key, NOW - 1, words("as if I had said it"))
    newcomer.given(by(erin, "not in"), by(stage.carol, "blocked"), by(Writer("nobody"), "unknown"), own)
    assert newcomer.messages == []


def test_what_disappears_is_no_text_or_makes_no_sense_is_passed_over(newcomer: Newcomer) -> None:
    alice = newcomer.stage.alice.own.identity_key
    newcomer.given(
        SharedMessage(alice, NOW - 1, words("soon gone", timer=60_000)),
        SharedMessage(alice, NOW - 1, encode(Edit(some_bytes(16), None, some_bytes(16), "an edit"))),
        SharedMessage(alice, NOW - 1, b"no part"),
    )
    assert newcomer.messages == []


def test_a_later_wording_counts_only_for_its_message(newcomer: Newcomer) -> None:
    first, second = by(newcomer.stage.carol, "edted"), by(newcomer.stage.carol, "another")
    edit = encode(Edit(some_bytes(16), None, newcomer.id_of(first), "edited"))
    for shared in (first, second):
        newcomer.given(SharedMessage(shared.author, shared.sent_at, shared.part, SharedWording(NOW, edit)))
    assert newcomer.texts == ["edited", "another"]


def test_no_wording_reaches_a_message_that_came_by_itself(newcomer: Newcomer) -> None:
    unit, carol = newcomer.unit, newcomer.stage.carol
    came, another = by(carol, "as she wrote it"), by(carol, "another")
    contact = newcomer.stage.contact_of(carol)
    unit.new_messages.add_incoming(
        BufferedMessage(
            newcomer.number, contact.contact, carol.own.device, newcomer.stage.group.id, 1, newcomer.id_of(came),
            "as she wrote it", came.sent_at, came.sent_at, came.part, Route.RELAY, False, 0, 0,
        ),
        NOW,
    )  # fmt: skip
    edit = encode(Edit(some_bytes(16), None, newcomer.id_of(came), "as if she had"))
    newcomer.given(SharedMessage(another.author, another.sent_at, another.part, SharedWording(NOW, edit)))
    kept = unit.messages.by_id(newcomer.id_of(came), newcomer.number)
    assert kept is not None
    assert kept.text == "as she wrote it"
    assert newcomer.texts == ["another"]


def test_it_stands_before_what_comes_by_itself_and_no_more_of_it_than_there_are_places(newcomer: Newcomer) -> None:
    unit, carol = newcomer.unit, newcomer.stage.carol
    contact = newcomer.stage.contact_of(carol)
    came = BufferedMessage(
        newcomer.number, contact.contact, carol.own.device, newcomer.stage.group.id, 1, MessageId(some_bytes(16)),
        "came by itself", NOW, NOW, words("came by itself"), Route.RELAY, False, 0, 0,
    )  # fmt: skip
    unit.new_messages.add_incoming(came, NOW)
    unit.statements.run("UPDATE group_log SET place_end = place_next + 2")
    newcomer.given(*(by(carol, f"{number}", NOW - 10 + number) for number in range(3)))
    page, _, _ = unit.history.page(newcomer.number, 100)
    assert [each.text for each in page if each.text] == ["0", "1", "came by itself"]


class TestGiving:
    def shared(self, newcomer: Newcomer) -> list[SharedMessage]:
        """Return what is owed to somebody who is let in."""
        newcomer.unit.statements.run("DELETE FROM own_action")
        carol = newcomer.stage.contact_of(newcomer.stage.carol)
        share(newcomer.fellow(newcomer.stage.contact), [carol])
        parts = [row[0] for row in newcomer.unit.statements.all("SELECT part FROM own_action ORDER BY number")]
        contents = [read_part(part, chained=True) for part in parts]
        assert all(len(part) < max(CHUNK_BYTES, LARGEST) + 1_000 for part in parts)
        return [each for said in contents if isinstance(said, GroupHistory) for each in said.messages]

    def say(self, newcomer: Newcomer, text: str, at: int = NOW - 1) -> None:
        own = newcomer.home.base.own.identity_key
        part = words(text)
        name = message_id(newcomer.stage.group.id, own, at, part)
        newcomer.unit.new_messages.add_outgoing(name, newcomer.number, text, at, part)

    def test_is_nothing_by_itself(self, newcomer: Newcomer) -> None:
        self.say(newcomer, "one")
        assert self.shared(newcomer) == []

    def test_is_the_newest_of_so_many_days_the_oldest_first(self, newcomer: Newcomer) -> None:
        for text, at in (("old", NOW - 2 * DAY_MS), ("one", NOW - 3), ("two", NOW - 2), ("three", NOW - 1)):
            self.say(newcomer, text, at)
        newcomer.unit.groups.set_history(newcomer.stage.group.log, 2, 1)
        assert [read_part(each.part, chained=True).text for each in self.shared(newcomer)] == ["two", "three"]  # type: ignore[union-attr]  # texts
        newcomer.unit.groups.set_history(newcomer.stage.group.log, 100, 1)
        assert len(self.shared(newcomer)) == 3

    def test_is_bounded_in_bytes(self, newcomer: Newcomer, monkeypatch: pytest.MonkeyPatch) -> None:
        assert HISTORY_BYTES == 1024 * 1024
        monkeypatch.setattr(history, "HISTORY_BYTES", 120_000)
        for number in range(3):
            self.say(newcomer, f"{number}" * 50_000)
        newcomer.unit.groups.set_history(newcomer.stage.group.log, 100, 1)
        assert len(self.shared(newcomer)) == 2

    def test_leaves_out_what_fits_into_no_envelope(self, newcomer: Newcomer) -> None:
        own = newcomer.home.base.own.identity_key
        part = words("x" * 60_000)
        name = message_id(newcomer.stage.group.id, own, NOW - 1, part)
        newcomer.unit.new_messages.add_outgoing(name, newcomer.number, "x" * 60_000, NOW - 1, part)
        newcomer.unit.groups.set_history(newcomer.stage.group.log, 100, 1)
        assert [each.part for each in self.shared(newcomer)] == [part]
        edit = encode(Edit(some_bytes(16), None, name, "y" * 60_000))
        newcomer.unit.edits.add(newcomer.number, name, WordingRecord(NOW, MessageId(some_bytes(16)), edit))
        assert self.shared(newcomer) == []

    def test_leaves_out_what_disappears(self, newcomer: Newcomer) -> None:
        own = newcomer.home.base.own.identity_key
        part = words("soon gone", timer=60_000)
        name = message_id(newcomer.stage.group.id, own, NOW - 1, part)
        fields = TextFields(timer=60_000)
        newcomer.unit.new_messages.add_outgoing(name, newcomer.number, "soon gone", NOW - 1, part, fields)
        newcomer.unit.groups.set_history(newcomer.stage.group.log, 100, 1)
        assert self.shared(newcomer) == []

    def test_leaves_out_what_was_said_under_another_id(self, newcomer: Newcomer) -> None:
        own = newcomer.home.base.own.identity_key
        part = words("in the group before")
        name = message_id(newcomer.stage.group.id, own, NOW - 5, part)
        newcomer.unit.new_messages.add_outgoing(name, newcomer.number, "in the group before", NOW - 6, part)
        newcomer.unit.groups.set_history(newcomer.stage.group.log, 100, 1)
        assert self.shared(newcomer) == []

    @pytest.mark.parametrize(("messages", "days"), [(HISTORY_MESSAGES + 1, 1), (-1, 1), (1, 0), (1, HISTORY_DAYS + 1)])
    def test_is_set_within_bounds(self, messages: int, days: int) -> None:
        with pytest.raises(UsageError):
            checked_history(messages, days, (0, 0))
        assert checked_history(HISTORY_MESSAGES, HISTORY_DAYS, (0, 0)) == (1_000, 365)
