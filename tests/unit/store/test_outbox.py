from dataclasses import replace

from babilu.kernel.ids import EnvelopeId
from babilu.kernel.states import MessageState, Route
from babilu.store.records import OutboxRecord
from babilu.store.unit_of_work import UnitOfWork
from tests.unit.store.builders import (
    NOW,
    a_device,
    a_message_id,
    add_contact,
    add_outgoing,
    an_envelope,
    an_envelope_id,
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
    assert unit.outbox.unaccepted(bob) == [first, second, third]
    assert unit.outbox.unaccepted(bob, device) == [first, third]
    assert unit.outbox.unaccepted(bob, after_number=first.number, limit=1) == [second]


def test_what_was_accepted_is_no_longer_offered(unit: UnitOfWork) -> None:
    bob = add_contact(unit).contact
    taken, waiting = an_envelope(unit, bob, a_device()), an_envelope(unit, bob, a_device())
    unit.outbox.mark_accepted(taken.envelope, NOW, NOW + 9, Route.RELAY)
    assert unit.outbox.unaccepted(bob) == [waiting]
    assert unit.outbox.count_unaccepted() == 1


def test_envelopes_of_a_failed_message_wait_for_its_user(unit: UnitOfWork) -> None:
    bob, device = add_contact(unit).contact, a_device()
    message = add_outgoing(unit, bob)
    record = an_envelope(unit, bob, device, message)
    unit.messages.advance_state(message, MessageState.FAILED, error="quota")
    assert unit.outbox.unaccepted(bob, device) == []
    unit.messages.requeue(message)
    assert unit.outbox.unaccepted(bob, device) == [record]


def test_acceptance_says_until_when_and_where_and_keeps_its_first_time(unit: UnitOfWork) -> None:
    bob = add_contact(unit).contact
    record = an_envelope(unit, bob, a_device())
    accepted = replace(record, accepted_at=NOW + 1, held_until=NOW + 9, route=Route.RELAY)
    assert unit.outbox.mark_accepted(record.envelope, NOW + 1, NOW + 9, Route.RELAY) == accepted
    again = replace(accepted, held_until=None, route=Route.DIRECT)
    assert unit.outbox.mark_accepted(record.envelope, NOW + 5, None, Route.DIRECT) == again
    assert unit.outbox.by_envelope(record.envelope) == again


def test_acceptance_of_what_is_finished_changes_nothing(unit: UnitOfWork) -> None:
    assert unit.outbox.mark_accepted(an_envelope_id(), NOW, None, Route.RELAY) is None


def test_everything_without_a_receipt_goes_out_again_on_another_route(unit: UnitOfWork) -> None:
    bob, device = add_contact(unit).contact, a_device()
    held, waiting = an_envelope(unit, bob, device), an_envelope(unit, bob, device)
    elsewhere = an_envelope(unit, bob, a_device())
    for record in (held, elsewhere):
        unit.outbox.mark_accepted(record.envelope, NOW, NOW + 9, Route.RELAY)
    assert names(unit.outbox.unsettled(device)) == [held.envelope, waiting.envelope]
    assert names(unit.outbox.unsettled(device, after_number=held.number)) == [waiting.envelope]

    assert unit.outbox.mark_unaccepted(device) == 1

    assert unit.outbox.unaccepted(bob, device) == [held, waiting]
    assert names(unit.outbox.unaccepted(bob)) == [held.envelope, waiting.envelope]


def test_at_a_start_what_a_direct_connection_carried_goes_out_again_to_whoever_has_an_account(unit: UnitOfWork) -> None:
    bob, carol = add_contact(unit, account="bob").contact, add_contact(unit, "carol").contact
    direct, by_relay = (an_envelope(unit, bob, a_device()) for _ in range(2))
    without_account = an_envelope(unit, carol, a_device())
    unit.outbox.mark_accepted(by_relay.envelope, NOW, NOW + 9, Route.RELAY)
    for record in (direct, without_account):
        unit.outbox.mark_accepted(record.envelope, NOW, None, Route.DIRECT)

    assert unit.outbox.mark_links_gone() == 1

    assert unit.outbox.unaccepted(bob) == [direct]
    assert unit.outbox.unaccepted(carol) == []


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


def test_what_waits_for_a_device_that_left_is_returned_and_gone(unit: UnitOfWork) -> None:
    bob, left, stays = add_contact(unit).contact, a_device(), a_device()
    gone = [an_envelope(unit, bob, left), an_envelope(unit, bob, left)]
    kept = an_envelope(unit, bob, stays)
    assert unit.outbox.settle_device(left) == gone
    assert unit.outbox.unaccepted(bob) == [kept]


def test_devices_for_which_something_waits_come_in_the_order_of_the_oldest(unit: UnitOfWork) -> None:
    bob, carol, phone, laptop = add_contact(unit).contact, add_contact(unit, "carol").contact, a_device(), a_device()
    an_envelope(unit, carol, laptop)
    an_envelope(unit, bob, phone)
    an_envelope(unit, carol, laptop)
    taken = an_envelope(unit, bob, a_device())
    unit.outbox.mark_accepted(taken.envelope, NOW, None, Route.RELAY)
    assert unit.outbox.devices_with_mail() == [(carol, laptop), (bob, phone)]


def test_what_a_relay_held_too_long_has_expired(unit: UnitOfWork) -> None:
    bob = add_contact(unit).contact
    late, early, direct = (an_envelope(unit, bob, a_device(), add_outgoing(unit, bob)) for _ in range(3))
    unit.outbox.mark_accepted(late.envelope, NOW, NOW + 20, Route.RELAY)
    unit.outbox.mark_accepted(early.envelope, NOW, NOW + 10, Route.RELAY)
    unit.outbox.mark_accepted(direct.envelope, NOW, None, Route.DIRECT)
    assert (unit.outbox.contacts_with_expired(NOW + 9), unit.outbox.let_expire(bob, NOW + 9)) == ([], [])
    assert unit.outbox.contacts_with_expired(NOW + 10) == [bob]
    assert unit.outbox.let_expire(bob, NOW + 10) == [early.message]
    assert unit.outbox.let_expire(bob, NOW + 20) == [late.message]
    assert (unit.outbox.contacts_with_expired(NOW + 20), unit.outbox.let_expire(bob, NOW + 20)) == ([], [])
    assert unit.outbox.by_envelope(early.envelope) is not None


def test_what_has_expired_for_one_contact_hides_nothing_of_another(unit: UnitOfWork) -> None:
    dead, bob = add_contact(unit, "dead").contact, add_contact(unit).contact
    for contact in (dead, dead, dead, bob):
        made = an_envelope(unit, contact, a_device(), add_outgoing(unit, contact))
        unit.outbox.mark_accepted(made.envelope, NOW, NOW + 1, Route.RELAY)
    assert unit.outbox.let_expire(bob, NOW + 1) == [made.message]
    assert unit.outbox.contacts_with_expired(NOW + 1) == [dead]
    assert len(unit.outbox.let_expire(dead, NOW + 1)) == 3


def test_contents_do_not_print(unit: UnitOfWork) -> None:
    record = an_envelope(unit, add_contact(unit).contact, a_device())
    assert repr(record.content) not in repr(record)


def test_an_emptied_outbox_names_the_messages_that_had_no_receipt(unit: UnitOfWork) -> None:
    bob = add_contact(unit).contact
    message = add_outgoing(unit, bob)
    for device in (a_device(), a_device()):
        an_envelope(unit, bob, device, message)
    an_envelope(unit, bob, a_device(), chained=False)
    assert unit.outbox.clear() == [message]
    assert unit.outbox.clear() == []
