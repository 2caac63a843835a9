"""Two kinds of turn: what is said to several people is made by one of the conversation, and sealed by theirs.

The table is what a group will be: a conversation of its own, whose turn knows people and nothing of a pair.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from babilu.api import events, views
from babilu.engine.conversation.contents.fold import OWN
from babilu.engine.conversation.conversation_cache import ConversationCache
from babilu.engine.conversation.effects import SendBatch
from babilu.engine.conversation.encryption import ContentEncryption, devices_in_force
from babilu.engine.conversation.handing_over import hand_over
from babilu.engine.conversation.person import PersonTurn
from babilu.engine.conversation.sealing import seal_waiting
from babilu.engine.conversation.turn import ConversationTurn
from babilu.engine.runtime.places import place_with
from babilu.engine.transport.outbound_queue import LaneRoute, PeerKept
from babilu.kernel.ids import ConversationId, DeviceId, IdentityKey, MessageId
from babilu.kernel.limits import DAY_MS
from babilu.kernel.states import MessageState
from babilu.store.contact_records import ContactRecord, ConversationRecord
from babilu.store.delivery_records import OutboxRecord
from babilu.store.message_records import MessageRecord, UnsealedMessage
from babilu.store.unit_of_work import UnitOfWork
from babilu.wire.content_reading import decode_content
from babilu.wire.message_parts import Text
from tests.unit.engine.homes import Home, Writer, a_home, a_turn, id_with, know, told_in
from tests.unit.store.builders import NOW, a_conversation, unsettled


class TableTurn(ConversationTurn):
    """One turn of a conversation with several people."""

    def __init__(self, home: Home, unit: UnitOfWork, people: list[PersonTurn], at: int) -> None:
        super().__init__(unit, home.base.show, home.base.randomness, home.clock)
        self._at, self.sitting = at, people
        self.reload()

    def reload(self) -> None:
        found = self.unit.conversations.by_number(self._at)
        assert found is not None
        self.conversation: ConversationRecord = found

    @property
    def label(self) -> str:
        return "table"

    @property
    def identity(self) -> IdentityKey:
        return self.show.own_identity

    @property
    def others(self) -> Mapping[int, IdentityKey]:
        return {one.contact.contact: one.contact.identity_key for one in self.sitting}

    def name_of(self, author: int) -> str:
        names = {one.contact.contact: one.contact.name for one in self.sitting}
        return self.show.own_name if author == OWN else names[author]

    def refuse_unless_sendable(self) -> None: ...

    def answer_them(self) -> None: ...

    def pass_on(self, action: UnsealedMessage, target: MessageId | None) -> None:
        self.unit.own_actions.add(self.conversation.conversation, action, target)
        self._owe_to_all(action.id)

    def owe(self, message: MessageId, author: int, device: DeviceId) -> None:
        raise NotImplementedError

    def mark_read(self, shown: int | None = None) -> int:
        raise NotImplementedError

    def view(self, record: MessageRecord) -> views.MessageView:
        return self.show.message(record, place_with(self.unit, self.conversation, None))

    def _add(self, said: Text, reply_to: MessageId | None = None) -> MessageRecord:
        added = super()._add(said, reply_to)
        self._owe_to_all(added.id)
        return added

    def _owe_to_all(self, message: MessageId) -> None:
        for one in self.sitting:
            devices = [DeviceId(entry.device) for entry in devices_in_force(one.contact).devices]
            self.unit.deliveries.owe(message, self.conversation.conversation, one.contact.contact, devices)

    def seal_and_hand_over(self) -> None:
        """Make the envelopes for all devices with a session, and collect what follows."""
        for one in self.sitting:
            seal_waiting(one)
            hand_over(one, [])
            self.effects += one.effects


class Table:
    """Alice, who has a session, and Carol, who has none, at one table."""

    def __init__(self, home: Home, unit: UnitOfWork) -> None:
        self.home, self.unit = home, unit
        self.alice, self.carol = Writer("alice"), Writer("carol")
        self.contacts: dict[str, ContactRecord] = {
            writer.name: know(home, unit, writer) for writer in (self.alice, self.carol)
        }
        self.caches = {name: ConversationCache() for name in self.contacts}
        self.id: ConversationId = a_conversation()
        unit.conversations.keep_notes(self.id, NOW)
        notes = unit.conversations.notes()
        assert notes is not None
        self.number = notes.conversation
        self.gives_bundle(self.alice)

    def person(self, writer: Writer) -> PersonTurn:
        base, contact = self.home.base, self.unit.contacts.by_contact(self.contacts[writer.name].contact)
        assert contact is not None
        encryption = ContentEncryption(base.own, base.randomness)
        cache = self.caches[writer.name]
        return PersonTurn(self.unit, contact, cache, encryption, base.show, base.randomness, self.home.clock)

    def turn(self) -> TableTurn:
        return TableTurn(self.home, self.unit, [self.person(one) for one in (self.alice, self.carol)], self.number)

    def gives_bundle(self, writer: Writer) -> None:
        self.person(writer).bundle_came(writer.own.device, writer.bundle(), 0)

    def says(self, text: str) -> tuple[MessageId, TableTurn]:
        turn = self.turn()
        said = turn.send_text(text).id
        turn.seal_and_hand_over()
        return said, turn

    def sent_to(self, writer: Writer) -> list[OutboxRecord]:
        return unsettled(self.unit, writer.own.device)

    def conversations_of(self, writer: Writer) -> list[bytes]:
        return [decode_content(self.unit.outbox.content_of(row))[0].conversation for row in self.sent_to(writer)]

    def holds(self, message: MessageId, writer: Writer) -> list[events.Event]:
        (row,) = (row for row in self.sent_to(writer) if row.message == message)
        turn = self.person(writer)
        turn.outcome(PeerKept(row.envelope, LaneRoute.RELAY, NOW + DAY_MS))
        return told_in(turn.effects)


@pytest.fixture
def table(tmp_path: Path) -> Iterator[Table]:
    with a_home(tmp_path) as home, home.base.database.write() as unit:
        yield Table(home, unit)


def test_what_is_said_to_several_people_is_sealed_in_one_turn_for_all_who_have_a_session(table: Table) -> None:
    said, turn = table.says("hello everybody")
    assert [(row.message, row.counter) for row in table.sent_to(table.alice)] == [(said, 1)]
    assert table.conversations_of(table.alice) == [table.id]
    assert table.sent_to(table.carol) == []
    sends = [effect for effect in turn.effects if isinstance(effect, SendBatch)]
    assert [(send.contact.name, [batch.device for batch in send.batches]) for send in sends] == [
        ("alice", [table.alice.own.device])
    ]


def test_what_waits_for_one_of_them_is_sealed_in_their_own_turn_each_conversation_in_its_chain(table: Table) -> None:
    first, _ = table.says("first")
    pair = a_turn(table.home, table.unit, table.contacts["carol"], table.caches["carol"])
    aside = pair.send_text("between the two of us").id
    second, _ = table.says("second")

    table.gives_bundle(table.carol)
    turn = a_turn(table.home, table.unit, table.contacts["carol"], table.caches["carol"])
    assert not seal_waiting(turn)

    own = id_with(table.home, table.contacts["carol"])
    sent = table.sent_to(table.carol)
    assert [(row.message, row.counter) for row in sent] == [(first, 1), (aside, 1), (second, 2)]
    assert table.conversations_of(table.carol) == [table.id, own, table.id]
    assert len({row.envelope for row in sent}) == 3


def test_a_message_to_several_people_shows_the_least_of_all_their_devices_under_its_own_conversation(
    table: Table,
) -> None:
    said, _ = table.says("hello everybody")
    assert table.holds(said, table.alice) == []
    table.gives_bundle(table.carol)
    seal_waiting(table.person(table.carol))
    (changed,) = table.holds(said, table.carol)
    assert isinstance(changed, events.MessageStateChanged)
    assert (changed.message, changed.state, changed.conversation_id) == (said, MessageState.HELD, table.id)


def test_whoever_has_failed_at_a_table_fails_for_nobody_else(table: Table) -> None:
    said, _ = table.says("hello everybody")
    table.holds(said, table.alice)
    table.unit.deliveries.fail(said, table.carol.own.device, "not_found")
    table.person(table.carol).refresh(said)
    record = table.unit.messages.by_id(said)
    assert record is not None
    assert record.state is MessageState.HELD


def test_a_part_that_is_undone_leaves_nothing_of_either_kind_of_turn(table: Table) -> None:
    pair = a_turn(table.home, table.unit, table.contacts["alice"], table.caches["alice"])
    conversation, contact = pair.conversation, pair.contact

    def half() -> None:
        with pair.part():
            pair.send_text("soon undone")
            seal_waiting(pair)
            table.unit.conversations.set_timer(conversation.conversation, 5_000)
            table.unit.contacts.rename(contact.contact, "alison")
            pair.reload()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half()
    hand_over(pair, [])
    assert (pair.conversation, pair.contact, pair.effects) == (conversation, contact, [])
    assert table.sent_to(table.alice) == []
