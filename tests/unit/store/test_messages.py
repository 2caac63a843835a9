import itertools
from collections.abc import Sequence
from dataclasses import replace

import pytest

from babilu.kernel.ids import ConversationId, DeviceId, MessageId
from babilu.kernel.states import MessageState, Route
from babilu.store import new_messages
from babilu.store.database import Database
from babilu.store.message_records import MessageRecord, TextFields
from babilu.store.unit_of_work import UnitOfWork
from tests.unit.store.builders import (
    NOW,
    a_device,
    a_message_id,
    add_contact,
    add_incoming,
    add_outgoing,
    an_incoming,
    hold_back,
)

STATES = [MessageState.QUEUED, MessageState.HELD, MessageState.DELIVERED, MessageState.READ, MessageState.FAILED]
ALLOWED = {
    (MessageState.QUEUED, MessageState.HELD),
    (MessageState.QUEUED, MessageState.DELIVERED),
    (MessageState.QUEUED, MessageState.READ),
    (MessageState.QUEUED, MessageState.FAILED),
    (MessageState.HELD, MessageState.DELIVERED),
    (MessageState.HELD, MessageState.READ),
    (MessageState.HELD, MessageState.FAILED),
    (MessageState.DELIVERED, MessageState.READ),
    # A receipt that comes after all says more than the end of a waiting time.
    (MessageState.FAILED, MessageState.DELIVERED),
    (MessageState.FAILED, MessageState.READ),
    # Another device is to have it, or its user tries again.
    (MessageState.HELD, MessageState.QUEUED),
    (MessageState.FAILED, MessageState.QUEUED),
    # Another relay's word, or that for another device.
    (MessageState.HELD, MessageState.HELD),
}


def ids(records: Sequence[MessageRecord]) -> list[MessageId]:
    return [record.id for record in records]


def test_an_own_message_is_queued_and_owed_to_nobody_by_itself(unit: UnitOfWork) -> None:
    contact = add_contact(unit).contact
    message = a_message_id()
    added = unit.new_messages.add_outgoing(message, contact, "hi", NOW, b"part")
    assert (added.state, added.route, added.unread, added.outgoing) == (MessageState.QUEUED, None, False, True)
    assert unit.messages.by_id(message) == added
    assert unit.deliveries.under_way_to(contact) == []
    assert unit.messages.part_of(added.position) == b"part"


def test_a_message_of_somebody_else_is_unread_and_knows_its_place_in_the_chain(unit: UnitOfWork) -> None:
    arrived = replace(
        an_incoming(add_contact(unit).contact), counter=7, sent_at=NOW - 5, route=Route.DIRECT, first=True
    )
    added = unit.new_messages.add_incoming(arrived, NOW)
    assert (added.sent_at, added.arrived_at, added.counter, added.first) == (NOW - 5, NOW, 7, True)
    assert (added.unread, added.state, added.sender_device, added.route) == (True, None, arrived.device, Route.DIRECT)
    assert unit.messages.by_id(arrived.id) == added


def test_no_message_is_from_the_future(unit: UnitOfWork) -> None:
    arrived = replace(an_incoming(add_contact(unit).contact), sent_at=NOW + 60_000)
    unit.new_messages.add_incoming(arrived, NOW)
    found = unit.messages.by_id(arrived.id)
    assert found is not None
    assert found.sent_at == NOW


def test_a_message_id_is_known_in_its_conversation_only_and_for_good(unit: UnitOfWork) -> None:
    bob, carol = add_contact(unit).contact, add_contact(unit, "carol").contact
    message = add_incoming(unit, bob)
    assert unit.messages.is_known(message, bob)
    assert not unit.messages.is_known(message, carol)
    unit.messages.delete(message)
    assert unit.messages.is_known(message, bob)
    assert unit.messages.by_id(message) is None


def test_what_is_held_back_or_hidden_has_come_and_is_not_known_yet(unit: UnitOfWork) -> None:
    bob, carol = add_contact(unit).contact, add_contact(unit, "carol").contact
    held = hold_back(unit, bob, a_device(), 2)
    hidden = replace(held, id=a_message_id(), text=None, not_understood=1)
    unit.hidden.add(hidden)
    shown = add_incoming(unit, bob)
    come = [message for message in (held.id, hidden.id, shown) if unit.messages.has_come(message, bob)]
    assert come == [held.id, hidden.id, shown]
    assert [message for message in come if unit.messages.is_known(message, bob)] == [shown]
    assert not any(unit.messages.has_come(message, carol) for message in come)


def test_an_own_message_is_found_before_somebodys_message_of_the_same_id(unit: UnitOfWork) -> None:
    bob, mallory = add_contact(unit).contact, add_contact(unit, "mallory").contact
    message = a_message_id()
    unit.new_messages.add_incoming(an_incoming(mallory, "mine", message=message), NOW)
    own = unit.new_messages.add_outgoing(message, bob, "own", NOW, b"part")
    assert unit.messages.by_id(message) == own
    unit.messages.advance_state(message, MessageState.HELD)
    assert [unit.messages.by_id(message, contact) for contact in (bob, mallory)] == [
        replace(own, state=MessageState.HELD),
        unit.history.page(mallory, 1)[0][0],
    ]


@pytest.mark.parametrize(("before", "after"), list(itertools.product(STATES, STATES)))
def test_a_state_goes_forward_only(unit: UnitOfWork, before: MessageState, after: MessageState) -> None:
    message = add_outgoing(unit, add_contact(unit).contact)
    unit.messages.advance_state(message, before, held_until=NOW, error="quota")

    advanced = unit.messages.advance_state(message, after, Route.RELAY, NOW + 1, "conflict")

    found = unit.messages.by_id(message)
    assert found is not None
    if (before, after) in ALLOWED:
        held_until = NOW + 1 if after is MessageState.HELD else None
        error = "conflict" if after is MessageState.FAILED else None
        assert advanced == found
        route = None if after is MessageState.QUEUED else Route.RELAY
        assert (found.state, found.route, found.held_until, found.error) == (after, route, held_until, error)
    else:
        assert advanced is None
        assert (found.state, found.route) == (before, None)


def test_a_state_without_news_of_the_route_keeps_it(unit: UnitOfWork) -> None:
    message = add_outgoing(unit, add_contact(unit).contact)
    unit.messages.advance_state(message, MessageState.HELD, Route.DIRECT)
    advanced = unit.messages.advance_state(message, MessageState.DELIVERED)
    assert advanced is not None
    assert advanced.route is Route.DIRECT


def test_messages_of_others_and_unknown_ones_have_no_state_to_advance(unit: UnitOfWork) -> None:
    message = add_incoming(unit, add_contact(unit).contact)
    assert unit.messages.advance_state(message, MessageState.READ) is None
    assert unit.messages.advance_state(a_message_id(), MessageState.READ) is None


def test_pages_walk_a_conversation_from_the_newest_to_the_oldest(unit: UnitOfWork) -> None:
    bob, carol = add_contact(unit).contact, add_contact(unit, "carol").contact
    mine = []
    for _ in range(7):
        mine.append(add_incoming(unit, bob))
        add_incoming(unit, carol)

    newest, before, after = unit.history.page(bob, 3)
    assert (ids(newest), before, after) == (mine[4:], True, False)
    middle, before, after = unit.history.page(bob, 3, before=newest[0].position)
    assert (ids(middle), before, after) == (mine[1:4], True, True)
    oldest, before, after = unit.history.page(bob, 3, before=middle[0].position)
    assert (ids(oldest), before, after) == (mine[:1], False, True)


def test_pages_walk_forward_too(unit: UnitOfWork) -> None:
    bob = add_contact(unit).contact
    mine = [add_incoming(unit, bob) for _ in range(5)]
    start, before, after = unit.history.page(bob, 2, after=0)
    assert (ids(start), before, after) == (mine[:2], False, True)
    rest, before, after = unit.history.page(bob, 9, after=start[-1].position)
    assert (ids(rest), before, after) == (mine[2:], True, False)


def test_a_page_beyond_the_end_is_empty_and_says_what_lies_behind(unit: UnitOfWork) -> None:
    bob = add_contact(unit).contact
    assert unit.history.page(bob, 5) == ([], False, False)
    add_incoming(unit, bob)
    last = unit.history.page(bob, 1)[0][0].position
    assert unit.history.page(bob, 5, after=last) == ([], True, False)
    assert unit.history.page(bob, 5, before=last) == ([], False, True)


def test_positions_are_never_used_again(unit: UnitOfWork) -> None:
    bob = add_contact(unit).contact
    deleted = unit.messages.by_id(add_incoming(unit, bob))
    assert deleted is not None
    unit.messages.delete(deleted.id)
    assert unit.new_messages.add_outgoing(a_message_id(), bob, "next", NOW, b"part").position > deleted.position


def test_what_was_not_shown_is_taken_once_in_order_of_arrival(unit: UnitOfWork) -> None:
    bob, carol = add_contact(unit).contact, add_contact(unit, "carol").contact
    arrived = [add_incoming(unit, bob), add_incoming(unit, carol), add_incoming(unit, bob)]
    add_outgoing(unit, bob)
    assert ids(unit.messages.take_unshown(2)) == arrived[:2]
    assert ids(unit.messages.take_unshown(2)) == arrived[2:]
    assert unit.messages.take_unshown(2) == []


def take_and_fail(database: Database) -> None:
    with database.write() as unit:
        unit.messages.take_unshown(10)
        raise ZeroDivisionError


def test_what_could_not_be_shown_goes_back_to_its_place_and_own_messages_do_not(database: Database) -> None:
    with database.write() as unit:
        bob = add_contact(unit).contact
        first, second = add_incoming(unit, bob), add_incoming(unit, bob)
        own = add_outgoing(unit, bob)
        assert [record.id for record in unit.messages.take_unshown(10)] == [first, second]
        unit.messages.put_back([first, own])
        assert [record.id for record in unit.messages.take_unshown(10)] == [first]


@pytest.mark.parametrize(("is_read", "end"), [(False, None), (True, NOW + 60_000)])
def test_what_goes_back_unread_has_not_begun_to_disappear(unit: UnitOfWork, is_read: bool, end: int | None) -> None:
    bob = add_contact(unit).contact
    message = add_incoming(unit, bob, fields=TextFields(timer=60_000))
    unit.messages.take_unshown(1)
    assert unit.expiry.start(bob, [message], NOW) == [(message, NOW + 60_000)]
    if is_read:
        unit.messages.mark_read(bob)

    unit.messages.put_back([message])

    record = unit.messages.by_id(message)
    assert record is not None
    assert record.expires_at == end
    assert unit.expiry.start(bob, [message], NOW + 5) == ([] if is_read else [(message, NOW + 60_005)])


def test_what_was_deleted_meanwhile_does_not_go_back(unit: UnitOfWork) -> None:
    message = add_incoming(unit, add_contact(unit).contact)
    (record,) = unit.messages.take_unshown(1)
    unit.contents.erase(record.position)
    unit.messages.put_back([message])
    assert unit.messages.take_unshown(1) == []


def test_what_was_taken_in_a_transaction_that_failed_is_taken_again(database: Database) -> None:
    with database.write() as unit:
        message = add_incoming(unit, add_contact(unit).contact)
    with pytest.raises(ZeroDivisionError):
        take_and_fail(database)
    with database.write() as unit:
        assert ids(unit.messages.take_unshown(10)) == [message]


def test_marking_as_read_returns_what_was_unread_and_who_wrote_it(unit: UnitOfWork) -> None:
    bob, carol, device = add_contact(unit).contact, add_contact(unit, "carol").contact, a_device()
    message = add_incoming(unit, bob, "hi", device=device)
    add_incoming(unit, carol)
    add_outgoing(unit, bob)
    assert unit.messages.unread(bob) == 1
    assert unit.messages.mark_read(bob) == [(message, device)]
    assert unit.messages.mark_read(bob) == []
    assert (unit.messages.unread(bob), unit.messages.unread(carol)) == (0, 1)


def test_what_was_shown_up_to_a_position_is_read_and_shown_and_what_came_after_it_is_neither(unit: UnitOfWork) -> None:
    bob = add_contact(unit).contact
    shown, later = add_incoming(unit, bob), add_incoming(unit, bob)
    record = unit.messages.by_id(shown)
    assert record is not None

    assert [message for message, _ in unit.messages.mark_read(bob, record.position)] == [shown]

    assert unit.messages.unread(bob) == 1
    assert ids(unit.messages.take_unshown(10)) == [later]


def test_the_overview_shows_pinned_conversations_first_and_then_the_most_recent(unit: UnitOfWork) -> None:
    quiet = add_contact(unit, "quiet", now=NOW - 50)
    pinned = add_contact(unit, "pinned", now=NOW - 90)
    busy = add_contact(unit, "busy", now=NOW - 90)
    fresh = add_contact(unit, "fresh", now=NOW - 10)
    unit.conversations.set_pinned(pinned.contact, True)
    add_incoming(unit, busy.contact, now=NOW - 30)
    last = add_incoming(unit, busy.contact, now=NOW - 20)

    overview = unit.history.overview()

    assert [contact and contact.contact for _, contact, *_ in overview] == [
        pinned.contact,
        fresh.contact,
        busy.contact,
        quiet.contact,
    ]
    assert [(None if message is None else message.id, unread) for _, _, message, unread, _ in overview] == [
        (None, 0),
        (None, 0),
        (last, 2),
        (None, 0),
    ]
    assert overview[0][:2] == (unit.conversations.of_contact(pinned.contact), pinned)


def test_a_deleted_message_is_returned_and_leaves_the_conversation(unit: UnitOfWork) -> None:
    bob = add_contact(unit).contact
    kept, deleted = add_incoming(unit, bob), add_incoming(unit, bob)
    record = unit.messages.by_id(deleted)
    assert unit.messages.delete(deleted) == record
    assert unit.messages.delete(deleted) is None
    assert ids(unit.history.page(bob, 10)[0]) == [kept]


def test_queued_messages_are_counted_whoever_they_are_for(unit: UnitOfWork) -> None:
    bob, carol = add_contact(unit).contact, add_contact(unit, "carol").contact
    held = add_outgoing(unit, bob)
    add_outgoing(unit, bob)
    add_outgoing(unit, carol)
    add_incoming(unit, bob)
    unit.messages.advance_state(held, MessageState.HELD)
    assert unit.messages.queued_count() == 2


A_CHAIN = ConversationId(bytes(32))


def receive(unit: UnitOfWork, contact: int, device: DeviceId, counter: int) -> MessageRecord:
    message = an_incoming(contact, f"{counter}", device=device)
    return unit.new_messages.add_incoming(replace(message, counter=counter, chain=A_CHAIN), NOW)


def test_what_is_late_belongs_before_the_next_of_its_chain(unit: UnitOfWork) -> None:
    bob, phone, laptop = add_contact(unit).contact, a_device(), a_device()
    receive(unit, bob, phone, 1)
    receive(unit, bob, laptop, 3)
    fifth, fourth = receive(unit, bob, phone, 5), receive(unit, bob, phone, 4)
    assert unit.new_messages.overtaken_by(bob, phone, A_CHAIN, 2) == fourth.id
    assert unit.new_messages.overtaken_by(bob, phone, A_CHAIN, 4) == fifth.id
    assert unit.new_messages.overtaken_by(bob, phone, A_CHAIN, 5) is None
    # Where a group goes on in another, the counters of the same device begin anew.
    assert unit.new_messages.overtaken_by(bob, phone, ConversationId(b"\x01" * 32), 2) is None


def test_what_is_late_by_very_many_messages_names_no_place(unit: UnitOfWork, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(new_messages, "LATE_REACH", 3)
    bob, phone = add_contact(unit).contact, a_device()
    receive(unit, bob, phone, 2)
    assert unit.new_messages.overtaken_by(bob, phone, A_CHAIN, 1) is not None
    for _ in range(3):
        add_outgoing(unit, bob)
    assert unit.new_messages.overtaken_by(bob, phone, A_CHAIN, 1) is None


def test_what_is_late_is_kept_with_its_place_below_all_others(unit: UnitOfWork) -> None:
    bob, phone = add_contact(unit).contact, a_device()
    later = receive(unit, bob, phone, 2)
    add_outgoing(unit, bob)
    late = unit.new_messages.add_incoming(
        an_incoming(bob, "late", device=phone), NOW, late=True, belongs_before=later.id
    )
    shown, _, _ = unit.history.page(bob, 10)
    assert shown[-1] == late
    assert (late.late, late.belongs_before) == (True, later.id)
    assert [one.late for one in shown] == [False, False, True]


def test_texts_do_not_print(unit: UnitOfWork) -> None:
    message = unit.new_messages.add_outgoing(a_message_id(), add_contact(unit).contact, "between us", NOW, b"part")
    assert "between" not in repr(message)


def test_the_first_receipt_of_each_device_counts_and_makes_a_row_only_for_what_it_was_sent(unit: UnitOfWork) -> None:
    contact = add_contact(unit).contact
    message = add_outgoing(unit, contact)
    record = unit.messages.by_id(message)
    assert record is not None
    phone, laptop = a_device(), a_device()
    unit.message_receipts.note(record.position, contact, laptop, 5, read=True, is_first=False)
    assert unit.message_receipts.of(record.position) == []
    unit.message_receipts.note(record.position, contact, phone, 10, read=False, is_first=True)
    unit.message_receipts.note(record.position, contact, phone, 20, read=True, is_first=False)
    unit.message_receipts.note(record.position, contact, phone, 30, read=True, is_first=True)
    unit.message_receipts.note(record.position, contact, laptop, 40, read=True, is_first=True)
    assert set(unit.message_receipts.of(record.position)) == {(contact, phone, 10, 20), (contact, laptop, 40, 40)}
    unit.messages.delete(message)
    assert unit.message_receipts.of(record.position) == []
