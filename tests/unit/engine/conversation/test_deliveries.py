"""What is said goes to each device of a contact by itself: none waits for another, and the state shown is the least."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from babilu.api import events
from babilu.engine.conversation.acting import delete_for_all, set_reactions
from babilu.engine.conversation.conversation_cache import ConversationCache
from babilu.engine.conversation.device_lists import take_list
from babilu.engine.conversation.effects import GiveHint, RequestBundle, SendBatch
from babilu.engine.conversation.handing_over import hand_over
from babilu.engine.conversation.received_receipts import take_receipts
from babilu.engine.conversation.sealing import seal_waiting
from babilu.engine.conversation.transaction import ConversationTransaction
from babilu.engine.conversation.wakeups import Hint, Wake
from babilu.engine.transport.outbound_queue import LaneRoute, PeerKept, Rejected
from babilu.kernel.errors import DeliveryError, ErrorCode
from babilu.kernel.ids import DeviceId, EnvelopeId, MessageId
from babilu.kernel.limits import DAY_MS
from babilu.kernel.states import MessageState, Route
from babilu.session.chain import content_hash
from babilu.store.contact_records import ContactRecord
from babilu.store.delivery_records import OutboxRecord
from babilu.store.message_records import MessageRecord
from babilu.store.unit_of_work import UnitOfWork
from babilu.wire.content_reading import decode_content
from tests.unit.engine.homes import Home, Writer, a_home, a_turn, id_with, know, told_in
from tests.unit.store.builders import NOW, a_device, unsettled

REFUSED = DeliveryError(ErrorCode.TOO_LARGE, "Too large.")


class Owner:
    """A contact with a phone and a laptop, and the turns of the conversation with them."""

    def __init__(self, home: Home, unit: UnitOfWork) -> None:
        self.home, self.unit = home, unit
        self.phone, self.laptop = Writer("alice"), Writer("alice")
        self.phone.showing(self.phone.list_with(self.laptop))
        self.contact: ContactRecord = know(home, unit, self.phone)
        self.conversation = unit.conversations.of_contact(self.contact.contact).conversation
        self.cache = ConversationCache()

    def turn(self) -> ConversationTransaction:
        return a_turn(self.home, self.unit, self.contact, self.cache)

    def gives_bundle(self, device: Writer) -> None:
        self.turn().bundle_came(device.own.device, device.bundle(), 0)

    def is_told(self, *texts: str) -> list[MessageId]:
        """Say texts, and make what envelopes there can be."""
        transaction = self.turn()
        said = [transaction.send_text(text).id for text in texts]
        while seal_waiting(transaction):
            pass
        return said

    def seal(self) -> ConversationTransaction:
        transaction = self.turn()
        seal_waiting(transaction)
        return transaction

    def sent_to(self, device: Writer) -> list[OutboxRecord]:
        return unsettled(self.unit, device.own.device)

    def offered(self, device: Writer) -> list[OutboxRecord]:
        return self.unit.outbox.unaccepted(self.contact.contact, device.own.device)

    def envelope(self, message: MessageId, device: Writer) -> EnvelopeId:
        (row,) = (row for row in self.sent_to(device) if row.message == message)
        return row.envelope

    def held(self, message: MessageId, device: Writer, days: int = 30) -> list[events.Event]:
        transaction = self.turn()
        transaction.outcome(PeerKept(self.envelope(message, device), LaneRoute.RELAY, NOW + days * DAY_MS))
        return told_in(transaction.effects)

    def refused(self, message: MessageId, device: Writer) -> list[events.Event]:
        transaction = self.turn()
        transaction.outcome(Rejected(self.envelope(message, device), REFUSED))
        return told_in(transaction.effects)

    def receipt(self, message: MessageId, device: Writer, state: MessageState = MessageState.DELIVERED) -> None:
        take_receipts(self.turn(), device.own.device, (message,), state)

    def lists(self, *others: Writer) -> list[events.Event]:
        """Show a newer list, of the phone and other devices."""
        self.phone.showing(self.phone.list_with(*others))
        transaction = self.turn()
        take_list(transaction, self.phone.own.device_list, settles=True)
        return told_in(transaction.effects)

    def hints_with_list(self, *others: Writer) -> list[Hint]:
        """Show a newer list, and give what the conversation is to look at because of it."""
        self.phone.showing(self.phone.list_with(*others))
        transaction = self.turn()
        take_list(transaction, self.phone.own.device_list, settles=True)
        return [effect.hint for effect in transaction.effects if isinstance(effect, GiveHint)]

    def state(self, message: MessageId) -> MessageState | None:
        record = self.unit.messages.by_id(message, self.conversation)
        return None if record is None else record.state

    def owed(self, device: Writer) -> list[MessageId]:
        return [each.said.id for each in self.unit.deliveries.owed(device.own.device, 100)]


@pytest.fixture
def owner(tmp_path: Path) -> Iterator[Owner]:
    with a_home(tmp_path) as home, home.base.database.write() as unit:
        yield Owner(home, unit)


@pytest.fixture
def ready(owner: Owner) -> Owner:
    """Have sessions with both devices at hand."""
    for device in (owner.phone, owner.laptop):
        owner.gives_bundle(device)
    return owner


def test_a_device_without_a_session_keeps_no_other_waiting_and_has_all_of_it_in_order_once_there_is_one(
    owner: Owner,
) -> None:
    owner.gives_bundle(owner.phone)
    first, second = owner.is_told("first", "second")
    reaction = owner.turn()
    set_reactions(reaction, first, ("👍",))
    owner.seal()
    (third,) = owner.is_told("third")

    sent = [row.message for row in owner.sent_to(owner.phone)]
    assert (sent[:2], sent[3:]) == ([first, second], [third])
    assert (owner.sent_to(owner.laptop), owner.owed(owner.laptop)) == ([], sent)

    owner.gives_bundle(owner.laptop)
    (fourth,) = owner.is_told("fourth")
    assert [row.message for row in owner.sent_to(owner.laptop)] == [*sent, fourth]
    assert [row.counter for row in owner.sent_to(owner.laptop)] == [1, 2, 3, 4, 5]
    assert len(owner.sent_to(owner.phone)) == 5


def test_the_bundle_of_a_device_that_has_no_session_is_asked_for_whoever_else_has_one(owner: Owner) -> None:
    owner.gives_bundle(owner.phone)
    owner.turn().send_text("hello")
    (request,) = (effect for effect in owner.seal().effects if isinstance(effect, RequestBundle))
    assert (request.device, request.written) == (owner.laptop.own.device, True)


def test_the_state_is_the_least_of_all_devices(owner: Owner) -> None:
    owner.gives_bundle(owner.phone)
    (said,) = owner.is_told("hello")
    assert owner.held(said, owner.phone) == []
    assert owner.state(said) is MessageState.QUEUED
    owner.receipt(said, owner.phone)
    assert owner.state(said) is MessageState.QUEUED
    owner.gives_bundle(owner.laptop)
    owner.seal()
    assert owner.state(said) is MessageState.QUEUED
    (changed,) = owner.held(said, owner.laptop)
    assert isinstance(changed, events.MessageStateChanged)
    assert (changed.state, owner.state(said)) == (MessageState.HELD, MessageState.HELD)
    owner.receipt(said, owner.laptop)
    assert owner.state(said) is MessageState.DELIVERED


def test_a_relay_holds_a_message_until_the_first_of_its_envelopes_is_over(ready: Owner) -> None:
    (said,) = ready.is_told("hello")
    ready.held(said, ready.phone, 20)
    (changed,) = ready.held(said, ready.laptop, 10)
    assert isinstance(changed, events.MessageStateChanged)
    assert changed.held_until == NOW + 10 * DAY_MS
    ready.receipt(said, ready.laptop)
    record = ready.unit.messages.by_id(said, ready.conversation)
    assert record is not None
    assert (record.state, record.held_until) == (MessageState.HELD, NOW + 20 * DAY_MS)


def test_what_is_said_stands_once_however_many_devices_are_sent_it(ready: Owner) -> None:
    (said,) = ready.is_told("a sentence that is found wherever it stands")
    (row, other) = ready.sent_to(ready.phone) + ready.sent_to(ready.laptop)
    assert b"a sentence" not in row.head + other.head + row.envelope_bytes + other.envelope_bytes
    chain = ready.unit.chains.sent(ready.phone.own.device, id_with(ready.home, ready.contact))
    assert chain.last_hash == content_hash(ready.unit.outbox.content_of(row))
    content, _ = decode_content(ready.unit.outbox.content_of(other))
    record = ready.unit.messages.by_id(said, ready.conversation)
    assert record is not None
    assert content.part == ready.unit.messages.part_of(record.position)


def test_answers_for_several_devices_show_together(ready: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    (said,) = ready.is_told("hello")
    looked: list[MessageId] = []
    refresh = ConversationTransaction.refresh

    def counted(self: ConversationTransaction, message: MessageId, *route: Any) -> MessageRecord | None:
        looked.append(message)
        return refresh(self, message, *route)

    monkeypatch.setattr(ConversationTransaction, "refresh", counted)
    transaction = ready.turn()
    transaction.outcome(
        *(
            PeerKept(ready.envelope(said, device), LaneRoute.RELAY, NOW + DAY_MS)
            for device in (ready.phone, ready.laptop)
        )
    )
    (changed,) = told_in(transaction.effects)
    assert isinstance(changed, events.MessageStateChanged)
    assert (changed.state, looked) == (MessageState.HELD, [said])


def test_envelopes_of_a_turn_are_handed_over_device_by_device(ready: Owner) -> None:
    transaction = ready.turn()
    transaction.send_text("hello")
    seal_waiting(transaction)
    hand_over(transaction, [])
    (send,) = (effect for effect in transaction.effects if isinstance(effect, SendBatch))
    assert [(batch.device, len(batch.outbounds), batch.above) for batch in send.batches] == [
        (device.own.device, 1, None) for device in (ready.phone, ready.laptop)
    ]
    assert not send.restart


def test_only_the_device_whose_connection_came_or_went_is_handed_everything_again(ready: Owner) -> None:
    (said,) = ready.is_told("hello")
    for device in (ready.phone, ready.laptop):
        ready.held(said, device)
    transaction = ready.turn()
    hand_over(transaction, [Wake(ready.laptop.own.device, resend=True)])
    (send,) = (effect for effect in transaction.effects if isinstance(effect, SendBatch))
    (batch,) = send.batches
    assert (batch.device, len(batch.outbounds), batch.restart, send.restart) == (
        ready.laptop.own.device,
        1,
        True,
        False,
    )
    assert ready.offered(ready.phone) == []


def test_with_another_list_all_lanes_begin_anew(ready: Owner) -> None:
    ready.is_told("hello")
    ready.phone.showing(ready.phone.list_with())
    transaction = ready.turn()
    take_list(transaction, ready.phone.own.device_list, settles=True)
    hand_over(transaction, [])
    (send,) = (effect for effect in transaction.effects if isinstance(effect, SendBatch))
    assert send.restart
    assert [(batch.device, len(batch.outbounds), batch.above) for batch in send.batches] == [
        (ready.phone.own.device, 1, 0)
    ]


def test_a_person_has_read_a_message_once_they_have_on_any_device(ready: Owner) -> None:
    (said,) = ready.is_told("hello")
    ready.receipt(said, ready.phone, MessageState.READ)
    assert ready.state(said) is MessageState.READ
    ready.held(said, ready.laptop)
    ready.receipt(said, ready.laptop)
    assert ready.state(said) is MessageState.READ


def test_a_message_has_failed_only_when_it_has_for_all_devices_and_a_late_receipt_mends_it(ready: Owner) -> None:
    (said,) = ready.is_told("hello")
    ready.held(said, ready.laptop)
    (held,) = ready.refused(said, ready.phone)
    assert isinstance(held, events.MessageStateChanged)
    assert (held.state, ready.state(said)) == (MessageState.HELD, MessageState.HELD)
    transaction = ready.turn()
    transaction.now += 31 * DAY_MS
    transaction.expire()
    (failed,) = told_in(transaction.effects)
    assert isinstance(failed, events.MessageStateChanged)
    assert (failed.state, failed.error) == (MessageState.FAILED, "too_large")
    ready.receipt(said, ready.laptop)
    assert ready.state(said) is MessageState.DELIVERED
    assert [delivery.error for delivery in ready.unit.deliveries.of_message(said)] == ["too_large"]


def test_what_has_failed_for_one_device_is_offered_to_the_others_only(ready: Owner) -> None:
    (said,) = ready.is_told("hello")
    ready.refused(said, ready.phone)
    assert ready.offered(ready.phone) == []
    assert [row.message for row in ready.offered(ready.laptop)] == [said]


def test_the_delivery_to_a_device_that_was_removed_counts_no_longer(ready: Owner) -> None:
    (said,) = ready.is_told("hello")
    ready.receipt(said, ready.phone)
    assert ready.state(said) is MessageState.QUEUED
    told = ready.lists()
    assert ready.state(said) is MessageState.DELIVERED
    assert [event.state for event in told if isinstance(event, events.MessageStateChanged)] == [MessageState.DELIVERED]
    assert (ready.sent_to(ready.laptop), ready.unit.deliveries.of_message(said)) == ([], [])


def test_a_message_fails_with_its_last_device_when_the_one_that_had_not_failed_is_removed(ready: Owner) -> None:
    (said,) = ready.is_told("hello")
    ready.refused(said, ready.phone)
    ready.lists()
    assert ready.state(said) is MessageState.FAILED


def test_a_newcomer_is_owed_what_nobody_has_and_what_a_device_that_left_has_missed(ready: Owner) -> None:
    everywhere, on_the_phone, nowhere, failed = ready.is_told("everywhere", "on the phone", "nowhere", "failed")
    for device in (ready.phone, ready.laptop):
        ready.receipt(everywhere, device)
        ready.refused(failed, device)
    ready.receipt(on_the_phone, ready.phone)

    added = Writer("alice")
    hints = ready.hints_with_list(ready.laptop, added)
    assert (ready.owed(added), hints) == ([nowhere], [Wake()])

    instead = Writer("alice")
    ready.lists(added, instead)
    assert ready.owed(instead) == [on_the_phone, nowhere]
    assert [row.message for row in ready.sent_to(ready.phone)] == [nowhere, failed]
    assert ready.state(failed) is MessageState.FAILED


def test_what_failed_goes_again_to_all_devices_and_keeps_its_place_where_it_has_one(owner: Owner) -> None:
    owner.gives_bundle(owner.phone)
    (said,) = owner.is_told("hello")
    (before,) = owner.sent_to(owner.phone)
    owner.refused(said, owner.phone)
    assert owner.state(said) is MessageState.QUEUED
    owner.lists()
    assert owner.state(said) is MessageState.FAILED
    added = Writer("alice")
    owner.lists(added)

    assert owner.turn().retry(said).state is MessageState.QUEUED
    (again,) = owner.sent_to(owner.phone)
    assert (again.counter, again.head, again.envelope != before.envelope) == (1, before.head, True)
    assert owner.owed(added) == [said]


def test_what_is_deleted_leaves_for_no_device_that_has_no_envelope_of_it(owner: Owner) -> None:
    owner.gives_bundle(owner.phone)
    for_all, for_me = owner.is_told("for all", "for me")
    transaction = owner.turn()
    delete_for_all(transaction, for_all)
    owner.unit.messages.delete(for_me)
    (deletion,) = owner.owed(owner.laptop)
    assert deletion not in {for_all, for_me}
    assert [delivery.device for delivery in owner.unit.deliveries.of_message(for_me)] == [owner.phone.own.device]
    owner.receipt(for_me, owner.phone)
    assert owner.unit.deliveries.of_message(for_me) == []


def test_a_failed_message_that_is_deleted_is_not_sent_after_all(ready: Owner) -> None:
    (said,) = ready.is_told("hello")
    for device in (ready.phone, ready.laptop):
        ready.refused(said, device)
    ready.unit.messages.delete(said)
    assert [ready.offered(device) for device in (ready.phone, ready.laptop)] == [[], []]


def test_a_device_of_nobody_gives_no_receipt(ready: Owner) -> None:
    (said,) = ready.is_told("hello")
    take_receipts(ready.turn(), DeviceId(a_device()), (said,), MessageState.READ)
    assert ready.state(said) is MessageState.QUEUED


@pytest.mark.parametrize(("came", "shown"), [(Route.DIRECT, Route.DIRECT), (Route.RELAY, None)])
def test_a_receipt_that_overtakes_the_acknowledgement_of_its_message_tells_how_that_went(
    ready: Owner, came: Route, shown: Route | None
) -> None:
    (said,) = ready.is_told("hello")
    for device in (ready.phone, ready.laptop):
        take_receipts(ready.turn(), device.own.device, (said,), MessageState.DELIVERED, came)
    record = ready.unit.messages.by_id(said)
    assert record is not None
    assert record.route is shown
