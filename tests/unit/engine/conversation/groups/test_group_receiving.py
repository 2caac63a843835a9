"""What comes in a group and cannot be judged yet, or does not count any more."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from babilu.api.events import Event, GapNoticed, OutsiderWrote
from babilu.engine.conversation.groups import acts, asking, group_receiving
from babilu.engine.conversation.groups.asking import (
    ASKED_FOR_MS,
    FIRST_ASK_MS,
    KNOWS_MORE,
    ask_where_due,
    lacked,
    note_whether_more_is_known,
)
from babilu.engine.conversation.groups.fellow import FellowTransaction
from babilu.engine.conversation.groups.group_receiving import (
    LACKS_PAUSE_MS,
    HeldForGroupError,
    enter_group,
    list_newcomer,
)
from babilu.engine.conversation.inbox_reading import receive_waiting
from babilu.engine.conversation.ordering import PATIENCE_MS
from babilu.engine.conversation.transaction import ConversationTransaction
from babilu.engine.runtime.group_logs import GroupLogs
from babilu.group.changes import Change, RemoveMember, SetTitle
from babilu.kernel.ids import ConversationId, EnvelopeId, MessageId
from babilu.kernel.states import Route
from babilu.session.chain import Chain, receive
from babilu.store.contact_records import ContactRecord
from babilu.store.delivery_records import InboxRecord, InboxState
from babilu.store.groups import INVITATIONS_OF_ONE
from babilu.store.inbox import HELD_FOR_GROUP
from babilu.store.message_records import BufferedMessage
from babilu.store.unit_of_work import UnitOfWork
from babilu.wire.codec import encode
from babilu.wire.content import ChainLink, Content, ListMark
from babilu.wire.content_reading import read_part
from babilu.wire.group_parts import GroupEntries
from babilu.wire.message_parts import Text
from tests.unit.engine.conversation.groups.test_passing_on import a_group_turn
from tests.unit.engine.homes import Home, Writer, a_home, a_turn, know, told_in
from tests.unit.engine.rooms import Room
from tests.unit.store.builders import NOW

TEXT = Text(bytes(16), None, "hello")
ROW = InboxRecord(
    row=1,
    route=Route.RELAY,
    seq=1,
    stored_at=NOW,
    envelope=EnvelopeId(bytes(16)),
    envelope_bytes=b"",
    contact=1,
    device=None,
    state=InboxState.WAITING,
    reason="",
)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with a_home(tmp_path) as home:
        yield home


class Stage:
    """Bob's profile in a group of Alice's, with Carol."""

    def __init__(self, home: Home, unit: UnitOfWork, *, accepted: bool = True) -> None:
        self.home, self.unit, self.logs = home, unit, GroupLogs()
        self.told: list[Event] = []
        self.alice, self.carol = Writer("alice"), Writer("carol")
        self.room = Room(home, self.alice, (self.carol,))
        self.contact = know(home, unit, self.alice)
        self.group = self.room.enters(unit, self.contact, self.logs, accepted=accepted)

    def content(self, part: bytes | None = None, *, counter: int = 0) -> Content:
        """Make a content that names all of the log that the room knows, with a place in the chain or none (0)."""
        link = ChainLink(counter, bytes(32)) if counter else None
        mark = ListMark(0, bytes(16))
        said = encode(TEXT) if part is None else part
        return Content(self.room.log.group, NOW, link, mark, mark, self.room.log.heads, said)

    def enter(self, writer: Writer, content: Content) -> FellowTransaction | None:
        """Judge what somebody has sent."""
        contact = self.contact_of(writer)
        turn = a_turn(self.home, self.unit, contact)
        part = read_part(content.part, chained=True)
        entered = enter_group(turn, self.logs, ROW, writer.own.device, content, part)
        self.told += told_in(turn.effects)
        return entered

    def contact_of(self, writer: Writer) -> ContactRecord:
        found = self.unit.contacts.by_identity(writer.own.identity_key)
        assert found is not None
        return found


def test_whoever_is_named_by_the_log_is_heard_and_needs_not_be_a_contact(home: Home) -> None:
    with home.base.database.write() as unit:
        stage = Stage(home, unit)
        fellow = stage.enter(stage.carol, stage.content())
        assert fellow is not None
        assert (fellow.label, fellow.contact.name, fellow.contact.accepted) == ("#picnic", "carol", False)


def test_what_waits_behind_a_hole_shows_in_the_group_once_it_has_waited_long_enough(home: Home) -> None:
    with home.base.database.write() as unit:
        stage = Stage(home, unit)
        carol, place = stage.contact_of(stage.carol), stage.group.conversation
        chain, _ = receive(Chain(), 2, bytes(32), b"after the first one, which is missing")
        unit.chains.set_received(stage.carol.own.device, stage.group.id, chain)
        unit.held_back.add(BufferedMessage(
            place, carol.contact, stage.carol.own.device, stage.group.id, 2, MessageId(bytes(16)), "at eight", NOW, NOW,
            encode(TEXT), Route.RELAY, False, 1, NOW + PATIENCE_MS,
        ))  # fmt: skip
        texts = []
        for now in (NOW, NOW + PATIENCE_MS):
            home.clock.now = now
            receive_waiting(a_turn(home, unit, carol))
            texts.append([message.text for message in unit.history.page(place, 9)[0] if message.text])
    assert texts == [[], ["at eight"]]


@pytest.mark.parametrize("accepted", [True, False])
def test_what_went_unopened_before_a_group_was_accepted_is_not_called_missing(home: Home, accepted: bool) -> None:
    with home.base.database.write() as unit:
        stage = Stage(home, unit, accepted=accepted)
        carol, place = stage.contact_of(stage.carol), stage.group.conversation
        chain, _ = receive(Chain(), 2, bytes(32), b"after a text that nobody has opened")
        unit.chains.set_received(stage.carol.own.device, stage.group.id, chain)
        unit.held_back.add(BufferedMessage(
            place, carol.contact, stage.carol.own.device, stage.group.id, 2, MessageId(bytes(16)), None, NOW, NOW,
            b"", Route.RELAY, False, 1, NOW,
        ))  # fmt: skip
        turn = a_turn(home, unit, carol)
        receive_waiting(turn)
        assert unit.held_back.of(place) == []
        assert any(isinstance(each, GapNoticed) for each in told_in(turn.effects)) is accepted


def test_nothing_is_taken_before_the_invitation_is_accepted(home: Home) -> None:
    with home.base.database.write() as unit:
        stage = Stage(home, unit, accepted=False)
        with pytest.raises(HeldForGroupError):
            stage.enter(stage.alice, stage.content())


@pytest.mark.parametrize("accepted", [True, False])
def test_what_waits_is_judged_again_when_the_log_of_a_group_grows_that_was_accepted(home: Home, accepted: bool) -> None:
    with home.base.database.write() as unit:
        stage = Stage(home, unit, accepted=accepted)
        unit.inbox.add([replace(stage.carol.writes_first(home), contact=stage.contact.contact)], NOW)
        (row,) = unit.inbox.next_for(stage.contact.contact, 1)
        unit.inbox.quarantine(row.row, HELD_FOR_GROUP, NOW, stage.carol.own.device)

        def grows(change: Change) -> int:
            entries = GroupEntries(bytes(16), None, (entry_bytes(stage.room.write(stage.alice, change)),))
            assert stage.enter(stage.alice, stage.content(encode(entries))) is not None
            return len(unit.inbox.next_for(stage.contact.contact, 1))

        assert grows(SetTitle("Another")) == accepted
        # Whoever is out has nothing to wait for.
        assert grows(RemoveMember(home.base.own.identity_key)) == 1


def test_whoever_names_what_is_unknown_is_asked_with_growing_pauses_until_all_is_known(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(ConversationTransaction, "seal", lambda *_: asked.append(home.clock.now - NOW))
    monkeypatch.setattr(asking, "can_encrypt", lambda _sessions, _device: True)
    with home.base.database.write() as unit:
        stage = Stage(home, unit)
        title = stage.room.write(stage.alice, SetTitle("Another"))
        with pytest.raises(HeldForGroupError) as held:
            stage.enter(stage.alice, stage.content())
        assert held.value.group == stage.group
        note_whether_more_is_known(a_turn(home, unit, stage.contact), stage.group, more=True)

        def wait(until: int) -> None:
            while home.clock.now < NOW + until:
                home.clock.now += FIRST_ASK_MS
                ask_where_due(a_turn(home, unit, stage.contact))

        ask_where_due(a_turn(home, unit, stage.contact))
        assert not asked, "it may come by itself"
        wait(60_000)
        assert asked == [500, 10_500, 21_000, 42_000]
        entries = GroupEntries(bytes(16), None, (entry_bytes(title),))
        assert stage.enter(stage.alice, stage.content(encode(entries))) is not None
        wait(200_000)
        assert len(asked) == 4


def test_a_question_that_is_never_answered_ends(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(ConversationTransaction, "seal", lambda *_: asked.append(home.clock.now))
    monkeypatch.setattr(asking, "can_encrypt", lambda _sessions, _device: True)
    with home.base.database.write() as unit:
        stage = Stage(home, unit)
        note_whether_more_is_known(a_turn(home, unit, stage.contact), stage.group, more=True)
        home.clock.now += ASKED_FOR_MS
        ask_where_due(a_turn(home, unit, stage.contact))
        assert not asked
        assert unit.group_peers.logs_told(stage.contact.contact, KNOWS_MORE) == []


def test_what_comes_late_has_heads_from_before_those_of_what_overtook_it(home: Home) -> None:
    with home.base.database.write() as unit:
        stage = Stage(home, unit)
        before, back = stage.content(counter=1), stage.content(counter=4)
        title = stage.room.write(stage.alice, SetTitle("Another"))
        entries = GroupEntries(bytes(16), None, (entry_bytes(title),))
        assert stage.enter(stage.alice, stage.content(encode(entries), counter=2)) is not None
        assert stage.enter(stage.alice, stage.content(counter=3)) is not None
        assert stage.enter(stage.alice, before) is not None
        assert stage.enter(stage.alice, back) is None, "it knows less than the third"


def test_whoever_is_out_and_writes_is_told_so_once_a_day(home: Home) -> None:
    def told() -> int:
        return unit.statements.number("SELECT count(*) FROM own_action")

    with home.base.database.write() as unit:
        stage = Stage(home, unit)
        before = stage.content()
        removal = stage.room.write(stage.alice, RemoveMember(stage.carol.own.identity_key))
        entries = GroupEntries(bytes(16), None, (entry_bytes(removal),))
        assert stage.enter(stage.alice, stage.content(encode(entries))) is not None
        assert stage.enter(stage.carol, before) is not None, "she may not know it yet"
        assert told() == 1, "it may have been kept from her"
        home.clock.now += 2 * 60 * 60 * 1000
        assert stage.enter(stage.carol, before) is not None, "its envelope was stored in time"
        late = LACKS_PAUSE_MS
        for wait, times in ((late, 2), (late - 1, 2), (1, 3)):
            home.clock.now += wait
            assert stage.enter(stage.carol, before) is None
            assert told() == times
        outside = OutsiderWrote("#picnic", stage.room.log.group, "carol")
        assert [event for event in stage.told if isinstance(event, OutsiderWrote)] == [outside, outside]


def test_whoever_is_out_is_told_what_has_put_them_out_and_nothing_of_what_came_then(home: Home) -> None:
    with home.base.database.write() as unit:
        stage = Stage(home, unit)
        stage.room.write(stage.alice, SetTitle("Another"))
        removal = stage.room.write(stage.alice, RemoveMember(stage.carol.own.identity_key))
        stage.room.write(stage.alice, SetTitle("Without Carol"))
        said = [entry_bytes(each) for each in stage.room.log.entries]
        assert stage.enter(stage.alice, stage.content(encode(GroupEntries(bytes(16), None, tuple(said))))) is not None
        for who, last in ((stage.carol, removal), (stage.alice, stage.room.log.entries[-1])):
            fellow = FellowTransaction(a_turn(home, unit, stage.contact_of(who)), stage.group, stage.logs)
            fellow.reload()
            assert lacked(fellow, ())[-1] == last


@pytest.mark.parametrize("accepted", [True, False])
def test_whoever_does_not_know_what_has_put_one_out_is_told_it_once_a_day(home: Home, accepted: bool) -> None:
    def told() -> int:
        return unit.statements.number("SELECT count(*) FROM own_action")

    with home.base.database.write() as unit:
        stage = Stage(home, unit)
        before = stage.content()
        removal = stage.room.write(stage.alice, RemoveMember(home.base.own.identity_key))
        known = stage.content()
        entries = GroupEntries(bytes(16), None, (entry_bytes(removal),))
        # An admin may show it to whoever is removed, and to nobody else.
        assert stage.enter(stage.alice, stage.content(encode(entries))) is not None
        if not accepted:
            unit.groups.unaccept(stage.group.log)
        stage.enter(stage.carol, known)
        assert told() == 0, "whoever names it knows it"
        for wait, times in ((0, 1), (LACKS_PAUSE_MS - 1, 1), (1, 2)):
            home.clock.now += wait
            stage.enter(stage.carol, before)
            assert told() == times


def test_an_invitation_of_somebody_who_is_blocked_waits_until_they_are_heard_again(home: Home) -> None:
    with home.base.database.write() as unit:
        alice = Writer("alice")
        room, contact = Room(home, alice), know(home, unit, alice)
        unit.contacts.set_blocked(contact.contact, True)
        mark = ListMark(0, bytes(16))
        part = GroupEntries(bytes(16), None, (entry_bytes(room.log.entries[0]),))
        content = Content(room.log.group, NOW, None, mark, mark, room.log.heads, encode(part))
        logs = GroupLogs()

        def enter() -> FellowTransaction | None:
            present = unit.contacts.by_contact(contact.contact)
            assert present is not None
            return enter_group(a_turn(home, unit, present), logs, ROW, alice.own.device, content, part)

        with pytest.raises(HeldForGroupError):
            enter()
        assert unit.groups.by_id(room.log.group) is None
        unit.contacts.set_blocked(contact.contact, False)
        assert enter() is not None
        assert [each.id for each in unit.groups.invitations()] == [room.log.group]


def test_whoever_becomes_known_by_other_means_is_listed_at_once_in_every_group(home: Home) -> None:
    with home.base.database.write() as unit:
        alice, carol, logs = Writer("alice"), Writer("carol"), GroupLogs()
        contact = know(home, unit, alice)
        group = Room(home, alice, (carol,)).enters(unit, contact, logs, listed=False)

        def listed() -> list[str]:
            return [each.name for each, _ in unit.groups.members(group.conversation)]

        assert listed() == ["alice"]
        turn = a_turn(home, unit, know(home, unit, carol, accepted=False))
        turn.logs = logs
        list_newcomer(turn)
        assert listed() == ["alice", "carol"]


@pytest.mark.parametrize(("taken", "account"), [(False, "carol"), (True, "")])
def test_whoever_has_called_is_reached_by_the_account_that_a_group_and_their_own_list_name(
    home: Home, taken: bool, account: str
) -> None:
    with home.base.database.write() as unit:
        alice, carol, logs = Writer("alice"), Writer("carol"), GroupLogs()
        contact, called = know(home, unit, alice), know(home, unit, carol)
        # Whoever calls says no account.
        unit.contacts.set_account(called.contact, "")
        if taken:
            unit.contacts.set_account(contact.contact, "carol")
        Room(home, alice, (carol,)).enters(unit, contact, logs)
        found = unit.contacts.by_contact(called.contact)
        assert found is not None
        assert found.account == account


def test_whoever_is_listed_in_one_group_is_listed_in_the_others_that_lack_them_too(home: Home) -> None:
    with home.base.database.write() as unit:
        alice, carol, logs = Writer("alice"), Writer("carol"), GroupLogs()
        contact = know(home, unit, alice)
        group = Room(home, alice, (carol,)).enters(unit, contact, logs, listed=False)
        known = know(home, unit, carol, accepted=False)
        # They stand in another group since they were looked up, before they had a turn.
        Room(home, alice, (carol,), "Choir").enters(unit, contact, logs)
        turn = a_turn(home, unit, known)
        assert turn.contact.fellow
        turn.logs = logs
        list_newcomer(turn)
        assert [each.name for each, _ in unit.groups.members(group.conversation)] == ["alice", "carol"]


@pytest.mark.parametrize("accepted", [True, False])
def test_whom_a_group_that_nobody_accepted_has_lost_makes_room_but_for_whoever_writes(
    home: Home, monkeypatch: pytest.MonkeyPatch, accepted: bool
) -> None:
    monkeypatch.setattr(group_receiving, "STRANGERS", 1)
    with home.base.database.write() as unit:
        stage = Stage(home, unit, accepted=accepted)
        removal = stage.room.write(stage.alice, RemoveMember(stage.carol.own.identity_key))
        leave = stage.content(encode(GroupEntries(bytes(16), None, (entry_bytes(removal),))))
        # She brings the news of it herself, and her turn is going on.
        assert stage.enter(stage.carol, leave) is not None
        assert unit.contacts.by_name("carol") is not None
        again = stage.room.write(stage.alice, SetTitle("Another"))
        assert stage.enter(stage.alice, stage.content(encode(GroupEntries(bytes(16), None, (entry_bytes(again),)))))
        # In a group that was accepted she is kept for what is shown of her.
        assert (unit.contacts.by_name("carol") is not None) is accepted


@pytest.mark.parametrize("accepted", [True, False])
def test_whoever_has_left_or_declined_a_group_has_answered_and_may_be_added_to_others(
    home: Home, accepted: bool
) -> None:
    with home.base.database.write() as unit:
        stage = Stage(home, unit)
        for number in range(INVITATIONS_OF_ONE + 1):
            assert unit.groups.has_room_for(stage.contact.contact)
            room = Room(home, stage.alice, (stage.carol,), f"Room {number}")
            group = room.enters(unit, stage.contact, stage.logs, accepted=accepted)
            acts.leave(a_group_turn(home, unit, group, stage.logs))
            left = unit.groups.by_log(group.log)
            assert left is not None
            assert (left.accepted, left.own_role) == (False, None)


def entry_bytes(entry: object) -> bytes:
    """Encode an entry as it travels."""
    from babilu.group.entries import LogEntry, encode_entry  # noqa: PLC0415

    assert isinstance(entry, LogEntry)
    return encode_entry(entry)


def test_another_conversation_is_no_group(home: Home) -> None:
    with home.base.database.write() as unit:
        stage = Stage(home, unit)
        other = stage.content()
        mark = other.sender_list
        unknown = Content(ConversationId(bytes(32)), NOW, None, mark, mark, other.heads, other.part)
        with pytest.raises(HeldForGroupError) as held:
            stage.enter(stage.alice, unknown)
        assert held.value.group is None
