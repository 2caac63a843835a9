"""What own other devices send: copies of what one has said, taken from listed devices alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from babilu.api import events
from babilu.api.views import NOTES_LABEL
from babilu.archive.groups import ArchiveGroup, GroupKind, encode_group, join_records
from babilu.archive.waiting_records import ArchivedHeld, ArchivedTraces
from babilu.engine.conversation.conversation_cache import ConversationCache
from babilu.engine.conversation.device_lists import take_list
from babilu.engine.conversation.effects import AdoptOwnList, GiveHint, OwnDeviceRemoved, RequestList
from babilu.engine.conversation.encryption import list_mark
from babilu.engine.conversation.ordering import show_in_order
from babilu.engine.conversation.own_list import LIST_PATIENCE_MS, look_for_own_list, own_list_named
from babilu.engine.conversation.siblings import in_conversation
from babilu.identity.codec import encode_shape
from babilu.identity.device_list import encode_device_list, verify_device_list
from babilu.kernel.alarms import AlarmKind
from babilu.kernel.ids import ConversationId, DeviceId, MessageId, message_id
from babilu.kernel.states import DeliveryState, MessageKind, MessageState
from babilu.store.delivery_records import ReceiptKind
from babilu.store.unit_of_work import UnitOfWork
from babilu.wire.codec import encode
from babilu.wire.delivery_parts import Delivered
from babilu.wire.device_parts import DeviceHistory
from babilu.wire.message_parts import Delete, Edit, React, Text
from tests.unit.engine.correspondent import Correspondent, nothing_encrypted
from tests.unit.engine.homes import RANDOMNESS, Home, Writer, a_home, a_turn, id_with, told_in
from tests.unit.engine.siblings import Sibling, kept_own_list, own_list_with, own_turn, with_own_rows
from tests.unit.store.builders import NOW


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with a_home(tmp_path) as made, nothing_encrypted():
        yield made


@pytest.fixture
def unit(home: Home) -> Iterator[UnitOfWork]:
    with with_own_rows(home) as unit:
        yield unit


def salted() -> bytes:
    return RANDOMNESS.token(16)


def a_text(words: str) -> Text:
    return Text(salted(), None, words)


class TestCopies:
    def test_are_shown_as_sent_in_the_conversation_in_which_they_were_said(self, home: Home, unit: UnitOfWork) -> None:
        alice, phone = Correspondent(home, unit), Sibling(home, unit)
        said = phone.says(a_text("from the phone"), id_with(home, alice.contact))
        turn = phone.arrives(said)
        record = unit.messages.by_id(said.id, alice.conversation)
        assert record is not None
        assert (record.outgoing, record.state, record.unread) == (True, MessageState.HELD, False)
        assert (record.author, record.sender_device) == (None, phone.writer.own.device)
        (queued,) = [event for event in told_in(turn.effects) if isinstance(event, events.MessageQueued)]
        assert (queued.message.id, queued.message.conversation) == (said.id, alice.contact.name)
        assert phone.receipts() == {said.id}

    def test_of_a_device_that_is_not_listed_are_dropped(self, home: Home, unit: UnitOfWork) -> None:
        alice = Correspondent(home, unit)
        Sibling(home, unit)
        stranger = Sibling(home, unit, listed=False)
        said = stranger.says(a_text("not me"), id_with(home, alice.contact))
        stranger.arrives(said)
        assert unit.messages.by_id(said.id) is None
        assert unit.inbox.dropped() == {"unknown_device": 1}
        assert stranger.receipts() == set()

    def test_of_a_device_that_has_left_the_list_are_dropped(self, home: Home, unit: UnitOfWork) -> None:
        alice, phone = Correspondent(home, unit), Sibling(home, unit)
        turn = own_turn(home, unit)
        take_list(turn, own_list_with(home, without=(phone.writer.own.device,)), settles=True)
        said = phone.says(a_text("still me"), id_with(home, alice.contact))
        phone.arrives(said)
        assert unit.messages.by_id(said.id) is None
        assert phone.receipts() == set()

    def test_in_a_conversation_that_is_not_known_here_wait_for_it(self, home: Home, unit: UnitOfWork) -> None:
        phone = Sibling(home, unit)
        said = phone.says(a_text("to somebody new"), ConversationId(bytes(range(32))))
        phone.arrives(said)
        assert (unit.messages.by_id(said.id), phone.receipts()) == (None, set())
        assert unit.inbox.holding("group") == [0]

    def test_of_a_contact_count_for_nothing_in_the_notes(self, home: Home, unit: UnitOfWork) -> None:
        alice = Correspondent(home, unit)
        Sibling(home, unit)
        notes = unit.conversations.notes()
        assert notes is not None
        said = alice.says(a_text("milk"))
        moved = said.content.replace(bytes(id_with(home, alice.contact)), bytes(notes.id))
        alice.arrives(type(said)(said.id, moved))
        assert unit.history.page(notes.conversation, 10)[0] == []

    def test_wait_in_order_for_one_that_is_missing(self, home: Home, unit: UnitOfWork) -> None:
        alice, phone = Correspondent(home, unit), Sibling(home, unit)
        where = id_with(home, alice.contact)
        first, second = phone.says(a_text("one"), where), phone.says(a_text("two"), where)
        phone.arrives(second)
        assert alice.texts() == []
        phone.arrives(first)
        assert alice.texts() == ["one", "two"]


def test_what_another_device_has_held_back_is_shown_where_its_history_came(home: Home, unit: UnitOfWork) -> None:
    alice, phone = Correspondent(home, unit), Sibling(home, unit)
    place, device = id_with(home, alice.contact), unit.contacts.devices(alice.contact.contact)[0].device
    part = encode(a_text("after a hole"))
    held = ArchivedHeld(
        author=alice.contact.identity_key, device=device, chain=place, counter=9,
        id=message_id(place, alice.contact.identity_key, NOW, part), text="after a hole", sent_at=NOW, said_at=NOW,
        part=part, route="relay", first=False, not_understood=None,
    )  # fmt: skip
    records = join_records([encode_shape(ArchivedTraces(held=(held,)))])
    packed = encode_group(ArchiveGroup(GroupKind.TRACES, 0, 0, place, records))[4:]
    turn = phone.arrives(phone.says(DeviceHistory(salted(), None, (packed,))))
    (waiting,) = unit.held_back.of(alice.conversation)
    assert (waiting.text, waiting.release_at) == ("after a hole", 0)
    woken = [each.contact.contact for each in turn.effects if isinstance(each, GiveHint)]
    assert alice.contact.contact in woken
    show_in_order(a_turn(home, unit, alice.contact))
    assert unit.messages.by_id(MessageId(held.id), alice.conversation) is not None


def test_what_is_undone_in_a_conversation_is_undone_in_the_turn_of_which_it_is_a_part(
    home: Home, unit: UnitOfWork
) -> None:
    alice = Correspondent(home, unit)
    turn = own_turn(home, unit)
    part = in_conversation(turn, id_with(home, alice.contact))
    assert part is not None
    assert part.between == turn.between
    kept, undone, later = (DeviceId(RANDOMNESS.token(16)) for _ in range(3))
    turn.restarts.add(kept)

    def fail() -> None:
        with part.part():
            part.restarts.add(undone)
            part.tell(events.NoticeArrived("undone"))
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert turn.restarts == {kept}
    assert not told_in(turn.effects)
    part.restarts.add(later)
    assert turn.restarts == {kept, later}


class TestActions:
    def test_change_what_they_are_about(self, home: Home, unit: UnitOfWork) -> None:
        alice, phone = Correspondent(home, unit), Sibling(home, unit)
        where, theirs = id_with(home, alice.contact), alice.says(a_text("hello"))
        alice.arrives(theirs)
        said = phone.says(a_text("hi"), where)
        phone.arrives(said)
        phone.arrives(phone.says(Edit(salted(), None, said.id, "hi there"), where, NOW))
        phone.arrives(phone.says(React(salted(), None, theirs.id, ("👍",)), where, NOW))
        assert alice.texts() == ["hello", "hi there"]
        first, second = unit.history.page(alice.conversation, 10)[0]
        assert (first.reactions, second.reactions) == (((0, ("👍",)),), ())
        phone.arrives(phone.says(Delete(salted(), None, said.id), where, NOW))
        deleted = unit.messages.by_id(said.id, alice.conversation)
        assert deleted is not None
        assert deleted.deleted

    def test_of_a_contact_that_waited_for_a_copy_are_receipted_to_them(self, home: Home, unit: UnitOfWork) -> None:
        alice, phone = Correspondent(home, unit), Sibling(home, unit)
        said = phone.says(a_text("hi"), id_with(home, alice.contact))
        reaction = alice.says(React(salted(), None, said.id, ("👍",)))
        alice.arrives(reaction)
        assert alice.receipts() == set()
        turn = phone.arrives(said)
        assert alice.receipts() == {reaction.id}
        hinted = {each.contact.contact for each in turn.effects if isinstance(each, GiveHint)}
        assert alice.contact.contact in hinted


class TestRecipients:
    def test_are_all_devices_of_the_contact_and_the_own_others(self, home: Home, unit: UnitOfWork) -> None:
        alice, phone = Correspondent(home, unit), Sibling(home, unit)
        turn = a_turn(home, unit, alice.contact)
        view = turn.send_text("to both")
        owed = [(row.contact, row.device) for row in unit.deliveries.of_message(view.id)]
        assert owed == [(alice.contact.contact, alice.writer.own.device), (0, phone.writer.own.device)]
        assert turn.owes_to_siblings is not None

    def test_without_other_devices_are_those_of_the_contact(self, home: Home, unit: UnitOfWork) -> None:
        alice = Correspondent(home, unit)
        turn = a_turn(home, unit, alice.contact)
        view = turn.send_text("to her")
        assert [row.contact for row in unit.deliveries.of_message(view.id)] == [alice.contact.contact]
        assert turn.owes_to_siblings is None

    def test_are_the_own_others_alone_for_a_note(self, home: Home, unit: UnitOfWork) -> None:
        phone = Sibling(home, unit)
        view = own_turn(home, unit).send_text("milk")
        (row,) = unit.deliveries.of_message(view.id)
        assert (row.device, row.state, view.state) == (phone.writer.own.device, DeliveryState.OWED, MessageState.QUEUED)

    def test_are_told_apart_where_it_is_asked_how_far_a_message_has_come(self, home: Home, unit: UnitOfWork) -> None:
        alice, phone = Correspondent(home, unit), Sibling(home, unit)
        view = a_turn(home, unit, alice.contact).send_text("to both")
        record = unit.messages.by_id(view.id)
        assert record is not None
        unit.message_receipts.note(record.position, 0, phone.writer.own.device, NOW, read=False, is_first=True)
        unit.deliveries.settle(view.id, phone.writer.own.device)
        standing = unit.deliveries.standing(view.id, record.position)
        assert standing is not None
        assert standing.state is MessageState.QUEUED
        unit.deliveries.fail(view.id, alice.writer.own.device, "quota")
        standing = unit.deliveries.standing(view.id, record.position)
        assert standing is not None
        assert standing.state is MessageState.FAILED
        unit.message_receipts.note(
            record.position, alice.contact.contact, alice.writer.own.device, NOW, read=False, is_first=True
        )
        unit.deliveries.settle(view.id, alice.writer.own.device)
        standing = unit.deliveries.standing(view.id, record.position)
        assert standing is not None
        assert standing.state is MessageState.DELIVERED

    def test_of_receipts_are_the_devices_that_sent_what_they_are_for(self, home: Home, unit: UnitOfWork) -> None:
        alice = Correspondent(home, unit)
        laptop = Writer("alice")
        signed = alice.writer.list_with(laptop)
        unit.contacts.set_device_list(
            alice.contact.contact, encode_device_list(signed), verify_device_list(signed).devices
        )
        said = alice.says(a_text("hello"))
        alice.arrives(said)
        assert unit.receipts.take(alice.writer.own.device, 10) == {ReceiptKind.DELIVERED: [said.id]}
        assert unit.receipts.take(laptop.own.device, 10) == {}


def test_a_receipt_of_an_own_device_says_nothing_about_the_contact(home: Home, unit: UnitOfWork) -> None:
    alice, phone = Correspondent(home, unit), Sibling(home, unit)
    view = a_turn(home, unit, alice.contact).send_text("to both")
    phone.arrives(phone.says(Delivered((view.id,))))
    record = unit.messages.by_id(view.id)
    assert record is not None
    assert record.state is MessageState.QUEUED


def test_an_own_device_that_left_the_list_is_sent_nothing(home: Home, unit: UnitOfWork) -> None:
    phone = Sibling(home, unit)
    signed = own_list_with(home, without=(phone.writer.own.device,))
    gone = unit.profile.replace_device_list(encode_device_list(signed))
    assert gone == [phone.writer.own.device]
    assert unit.contacts.devices(0) == []


class TestLines:
    def test_say_once_a_day_that_the_devices_of_a_contact_changed(self, home: Home, unit: UnitOfWork) -> None:
        alice = Correspondent(home, unit)
        lists = [alice.writer.list_with(Writer("alice"), step=step) for step in (2, 4)]
        for signed in lists:
            turn = a_turn(home, unit, alice.contact)
            take_list(turn, signed, settles=True)
            assert not any(isinstance(event, events.AlarmRaised) for event in told_in(turn.effects))
        assert [record.kind for record in unit.history.page(alice.conversation, 10)[0]] == [MessageKind.DEVICES_CHANGED]

    def test_say_in_the_notes_that_the_own_devices_changed(self, home: Home, unit: UnitOfWork) -> None:
        turn = own_turn(home, unit)
        take_list(turn, own_list_with(home, Writer("bob")), settles=True)
        (line,) = [event.message for event in told_in(turn.effects) if isinstance(event, events.LineAdded)]
        assert (line.kind, line.conversation, line.sender) == (MessageKind.DEVICES_CHANGED, NOTES_LABEL, "bob")

    def test_say_nothing_of_a_list_with_the_same_devices(self, home: Home, unit: UnitOfWork) -> None:
        alice = Correspondent(home, unit)
        take_list(a_turn(home, unit, alice.contact), alice.writer.list_with(step=2), settles=True)
        assert unit.history.page(alice.conversation, 10)[0] == []


class TestOwnList:
    def test_that_another_identity_has_signed_is_an_alarm_and_not_taken(self, home: Home, unit: UnitOfWork) -> None:
        turn, before = own_turn(home, unit), kept_own_list(unit)
        take_list(turn, Writer("bob").list_with(step=2), settles=True)
        (alarm,) = [event for event in told_in(turn.effects) if isinstance(event, events.AlarmRaised)]
        assert alarm.alarm is AlarmKind.OWN_LIST_FORGED
        assert kept_own_list(unit) == before

    def test_that_is_newer_is_taken_and_named_from_then_on(self, home: Home, unit: UnitOfWork) -> None:
        turn, signed = own_turn(home, unit), own_list_with(home, Writer("bob"))
        take_list(turn, signed, settles=True)
        assert kept_own_list(unit) == signed
        assert AdoptOwnList(signed) in turn.effects

    def test_that_does_not_name_this_device_is_not_gone_by(self, home: Home, unit: UnitOfWork) -> None:
        phone = Sibling(home, unit)
        turn, before = own_turn(home, unit), kept_own_list(unit)
        signed = own_list_with(home, without=(home.base.own.device,))
        take_list(turn, signed, settles=True)
        assert kept_own_list(unit) == before
        assert [effect for effect in turn.effects if isinstance(effect, OwnDeviceRemoved)] == [OwnDeviceRemoved(signed)]
        assert [each.device for each in unit.contacts.devices(0)] == [phone.writer.own.device]

    def test_that_a_contact_names_and_the_relay_does_not_show_is_an_alarm_after_ten_minutes(
        self, home: Home, unit: UnitOfWork
    ) -> None:
        alice, cache = Correspondent(home, unit), ConversationCache()
        newer = list_mark(own_list_with(home, Writer("bob")))
        turn = a_turn(home, unit, alice.contact, cache)
        own_list_named(turn, newer)
        assert any(isinstance(effect, RequestList) and effect.contact.is_oneself for effect in turn.effects)
        assert told_in(turn.effects) == []
        home.clock.now += LIST_PATIENCE_MS
        # The relay was not there: it has said nothing.
        late = a_turn(home, unit, alice.contact, cache)
        look_for_own_list(late)
        assert told_in(late.effects) == []
        shown = a_turn(home, unit, alice.contact, cache)
        shown.encryption.own_list_shown_at = home.clock.now
        look_for_own_list(shown)
        (alarm,) = [event for event in told_in(shown.effects) if isinstance(event, events.AlarmRaised)]
        assert alarm.alarm is AlarmKind.OWN_LIST_FORGED
