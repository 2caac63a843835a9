from dataclasses import replace

import pytest

from babilu.kernel.ids import EnvelopeId
from babilu.kernel.states import Route
from babilu.session.chain import content_hash
from babilu.store.delivery_records import OutboxRecord
from babilu.store.message_records import UnsealedMessage
from babilu.store.unit_of_work import UnitOfWork
from babilu.wire.content_reading import content_of
from tests.unit.store.builders import (
    NOW,
    a_device,
    a_message_id,
    add_contact,
    add_outgoing,
    an_envelope,
    an_envelope_id,
    unsettled,
)


def names(records: list[OutboxRecord]) -> list[EnvelopeId]:
    return [record.envelope for record in records]


def test_an_envelope_is_kept_byte_for_byte(unit: UnitOfWork) -> None:
    contact = add_contact(unit).contact
    record = an_envelope(unit, contact, a_device(), add_outgoing(unit, contact))
    assert unit.outbox.by_envelope(record.envelope) == record
    assert unit.outbox.by_envelope(an_envelope_id()) is None


def test_what_nobody_has_taken_comes_in_order_of_its_numbers(unit: UnitOfWork) -> None:
    bob, carol, device, other = add_contact(unit).contact, add_contact(unit, "carol").contact, a_device(), a_device()
    first = an_envelope(unit, bob, device)
    second = an_envelope(unit, bob, other)
    an_envelope(unit, carol, a_device())
    third = an_envelope(unit, bob, device)
    assert unit.outbox.unaccepted(bob, device) == [first, third]
    assert unit.outbox.unaccepted(bob, other) == [second]
    assert unit.outbox.unaccepted(carol, device) == []
    assert unit.outbox.unaccepted(bob, device, after_number=first.number, limit=1) == [third]


def test_what_was_accepted_is_no_longer_offered(unit: UnitOfWork) -> None:
    bob = add_contact(unit).contact
    device = a_device()
    taken, waiting = an_envelope(unit, bob, device), an_envelope(unit, bob, device)
    unit.outbox.mark_accepted(taken.envelope, NOW, Route.RELAY)
    assert unit.outbox.unaccepted(bob, device) == [waiting]
    assert unit.outbox.count_unaccepted() == 1


def test_an_envelope_that_has_failed_for_its_device_waits_for_its_user_and_no_other_does(unit: UnitOfWork) -> None:
    bob, device = add_contact(unit).contact, a_device()
    message = add_outgoing(unit, bob)
    record = an_envelope(unit, bob, device, message)
    other = an_envelope(unit, bob, a_device(), message)
    unit.deliveries.fail(message, device, "quota")
    assert unit.outbox.unaccepted(bob, device) == []
    assert unit.outbox.unaccepted(bob, other.device) == [other]
    unit.deliveries.seal(device, [message])
    assert unit.outbox.unaccepted(bob, device) == [record]


def test_acceptance_says_where_and_keeps_its_first_time(unit: UnitOfWork) -> None:
    bob = add_contact(unit).contact
    record = an_envelope(unit, bob, a_device())
    accepted = replace(record, accepted_at=NOW + 1, route=Route.RELAY)
    assert unit.outbox.mark_accepted(record.envelope, NOW + 1, Route.RELAY) == accepted
    again = replace(accepted, route=Route.DIRECT)
    assert unit.outbox.mark_accepted(record.envelope, NOW + 5, Route.DIRECT) == again
    assert unit.outbox.by_envelope(record.envelope) == again


def test_acceptance_of_what_is_finished_changes_nothing(unit: UnitOfWork) -> None:
    assert unit.outbox.mark_accepted(an_envelope_id(), NOW, Route.RELAY) is None


def test_everything_without_a_receipt_goes_out_again_on_another_route(unit: UnitOfWork) -> None:
    bob, device = add_contact(unit).contact, a_device()
    held, waiting = an_envelope(unit, bob, device), an_envelope(unit, bob, device)
    elsewhere = an_envelope(unit, bob, a_device())
    for record in (held, elsewhere):
        unit.outbox.mark_accepted(record.envelope, NOW, Route.RELAY)
    assert names(unsettled(unit, device)) == [held.envelope, waiting.envelope]

    assert unit.outbox.mark_unaccepted(device) == 1

    assert unit.outbox.unaccepted(bob, device) == [held, waiting]
    assert unit.outbox.unaccepted(bob, elsewhere.device) == []


def test_at_a_start_what_a_direct_connection_carried_goes_out_again_to_whoever_has_an_account(unit: UnitOfWork) -> None:
    bob, carol = add_contact(unit, account="bob").contact, add_contact(unit, "carol").contact
    direct, by_relay = (an_envelope(unit, bob, a_device()) for _ in range(2))
    without_account = an_envelope(unit, carol, a_device())
    unit.outbox.mark_accepted(by_relay.envelope, NOW, Route.RELAY)
    for record in (direct, without_account):
        unit.outbox.mark_accepted(record.envelope, NOW, Route.DIRECT)

    assert unit.outbox.mark_links_gone() == 1

    assert unit.outbox.unaccepted(bob, direct.device) == [direct]
    assert unit.outbox.unaccepted(bob, by_relay.device) == []
    assert unit.outbox.unaccepted(carol, without_account.device) == []


def test_a_receipt_finishes_the_envelopes_of_one_device(unit: UnitOfWork) -> None:
    bob, phone, laptop = add_contact(unit).contact, a_device(), a_device()
    message = add_outgoing(unit, bob)
    for device in (phone, laptop):
        an_envelope(unit, bob, device, message)
    assert unit.outbox.settle_message(message, phone)
    assert not unit.outbox.settle_message(message, phone)
    assert not unit.outbox.settle_message(a_message_id(), laptop)
    assert [record.device for record in unit.outbox.of_message(message)] == [laptop]


def test_a_settled_envelope_is_gone(unit: UnitOfWork) -> None:
    record = an_envelope(unit, add_contact(unit).contact, a_device(), chained=False)
    unit.outbox.settle(record.envelope)
    assert unit.outbox.by_envelope(record.envelope) is None


def test_what_waits_for_a_device_that_left_is_gone(unit: UnitOfWork) -> None:
    bob, left, stays = add_contact(unit).contact, a_device(), a_device()
    for _ in range(2):
        an_envelope(unit, bob, left)
    kept = an_envelope(unit, bob, stays)
    unit.outbox.settle_device(left)
    assert unit.outbox.unaccepted(bob, left) == []
    assert unit.outbox.unaccepted(bob, stays) == [kept]


def test_devices_for_which_something_waits_come_in_the_order_of_the_oldest(unit: UnitOfWork) -> None:
    bob, carol, phone, laptop = add_contact(unit).contact, add_contact(unit, "carol").contact, a_device(), a_device()
    an_envelope(unit, carol, laptop)
    an_envelope(unit, bob, phone)
    an_envelope(unit, carol, laptop)
    taken = an_envelope(unit, bob, a_device())
    unit.outbox.mark_accepted(taken.envelope, NOW, Route.RELAY)
    assert unit.outbox.devices_with_mail() == [(carol, laptop), (bob, phone)]


def test_contents_do_not_print(unit: UnitOfWork) -> None:
    record = an_envelope(unit, add_contact(unit).contact, a_device())
    assert repr(record.head) not in repr(record)
    assert repr(record.envelope_bytes) not in repr(record)


def test_the_words_of_all_envelopes_of_a_message_stand_once_and_stay_as_long_as_they_can_be_asked_for(
    unit: UnitOfWork,
) -> None:
    bob = add_contact(unit).contact
    said = unit.new_messages.add_outgoing(a_message_id(), bob, "words", NOW, b"the words").id
    phone, laptop = an_envelope(unit, bob, a_device(), said), an_envelope(unit, bob, a_device(), said)
    assert unit.outbox.content_of(phone) == content_of(phone.head, b"the words")
    assert unit.statements.number("SELECT count(*) FROM outbox WHERE part IS NOT NULL") == 0
    # Deleted here alone, it can still be repeated.
    unit.messages.delete(said)
    assert unit.outbox.content_of(laptop) == content_of(laptop.head, b"the words")


def test_nothing_is_left_of_words_that_were_deleted_but_their_hash(unit: UnitOfWork) -> None:
    bob = add_contact(unit).contact
    said = unit.new_messages.add_outgoing(a_message_id(), bob, "words", NOW, b"the words").id
    record = an_envelope(unit, bob, a_device(), said)
    content = unit.outbox.content_of(record)
    unit.messages.delete(said)
    unit.outbox.erase(said)
    (row,) = unit.outbox.of_message(said)
    assert (row.gone, row.head, row.envelope_bytes) == (True, content_hash(content), record.envelope_bytes)
    assert unit.statements.number("SELECT count(*) FROM outbox WHERE part IS NOT NULL") == 0
    with pytest.raises(LookupError):
        unit.outbox.content_of(row)


def test_the_words_of_an_action_stand_with_it(unit: UnitOfWork) -> None:
    bob, action = add_contact(unit).contact, UnsealedMessage(a_message_id(), NOW, b"an action")
    unit.own_actions.add(bob, action, None)
    record = an_envelope(unit, bob, a_device(), action.id)
    assert unit.outbox.content_of(record) == content_of(record.head, b"an action")
