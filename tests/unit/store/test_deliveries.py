"""Deliveries as rows: what is owed to a device, in order, and how far it has come."""

from babilu.kernel.ids import DeviceId, MessageId
from babilu.kernel.states import DeliveryState, MessageState, Route
from babilu.store.deliveries import Standing
from babilu.store.delivery_records import OwedMessage
from babilu.store.message_records import UnsealedMessage
from babilu.store.unit_of_work import UnitOfWork
from tests.unit.store.builders import NOW, a_device, a_message_id, add_contact, add_outgoing, an_envelope, owe


def states(unit: UnitOfWork, message: MessageId) -> list[tuple[DeviceId, DeliveryState]]:
    return [(delivery.device, delivery.state) for delivery in unit.deliveries.of_message(message)]


def standing(unit: UnitOfWork, message: MessageId) -> Standing | None:
    record = unit.messages.by_id(message)
    assert record is not None
    return unit.deliveries.standing(message, record.position)


def test_what_is_owed_to_a_device_are_the_words_in_the_order_of_owing(unit: UnitOfWork) -> None:
    bob, phone, laptop = add_contact(unit).contact, a_device(), a_device()
    first = unit.new_messages.add_outgoing(a_message_id(), bob, "first", NOW, b"part").id
    action = UnsealedMessage(a_message_id(), NOW + 5, b"action")
    owe(unit, bob, first, phone, laptop)
    unit.own_actions.add(bob, action, first)
    owe(unit, bob, action.id, phone)
    where = unit.conversations.of_contact(bob).id
    both = [OwedMessage(where, said) for said in (UnsealedMessage(first, NOW, b"part"), action)]
    assert unit.deliveries.owed(phone, 9) == both
    assert unit.deliveries.owed(phone, 1) == both[:1]
    unit.deliveries.seal(phone, [first])
    assert [each.said.id for each in unit.deliveries.owed(phone, 9)] == [action.id]
    assert [each.said.id for each in unit.deliveries.owed(laptop, 9)] == [first]
    assert unit.deliveries.contacts_owed() == [bob]


def test_it_is_owed_once_and_again_only_after_it_has_failed(unit: UnitOfWork) -> None:
    bob, device = add_contact(unit).contact, a_device()
    message = add_outgoing(unit, bob)
    an_envelope(unit, bob, device, message)
    owe(unit, bob, message, device)
    assert states(unit, message) == [(device, DeliveryState.QUEUED)]
    unit.deliveries.fail(message, device, "quota")
    owe(unit, bob, message, device)
    assert states(unit, message) == [(device, DeliveryState.OWED)]


def test_nothing_is_owed_of_what_is_not_there_or_deleted(unit: UnitOfWork) -> None:
    bob = add_contact(unit).contact
    deleted = unit.messages.by_id(add_outgoing(unit, bob))
    assert deleted is not None
    unit.contents.erase(deleted.position)
    for message in (deleted.id, a_message_id()):
        owe(unit, bob, message, a_device())
        assert states(unit, message) == []


def test_a_relay_holds_it_and_a_device_that_has_it_itself_has_yet_to_say_so(unit: UnitOfWork) -> None:
    bob, phone, laptop = add_contact(unit).contact, a_device(), a_device()
    message = add_outgoing(unit, bob)
    for device in (phone, laptop):
        an_envelope(unit, bob, device, message)
    unit.deliveries.take_over(message, phone, Route.RELAY, NOW + 9)
    unit.deliveries.take_over(message, laptop, Route.DIRECT, None)
    found = unit.deliveries.of_message(message)
    assert [(each.state, each.route, each.held_until) for each in found] == [
        (DeliveryState.HELD, Route.RELAY, NOW + 9),
        (DeliveryState.QUEUED, Route.DIRECT, None),
    ]
    # On the other way it is not held for less.
    unit.deliveries.take_over(message, phone, Route.DIRECT, None)
    assert unit.deliveries.of_message(message)[0].state is DeliveryState.HELD


def test_what_is_not_sealed_or_has_failed_is_held_by_nobody(unit: UnitOfWork) -> None:
    bob, owed, failed = add_contact(unit).contact, a_device(), a_device()
    message = add_outgoing(unit, bob)
    owe(unit, bob, message, owed)
    an_envelope(unit, bob, failed, message)
    unit.deliveries.fail(message, failed, "quota")
    for device in (owed, failed):
        unit.deliveries.take_over(message, device, Route.RELAY, NOW + 9)
    assert states(unit, message) == [(owed, DeliveryState.OWED), (failed, DeliveryState.FAILED)]


def test_a_message_stands_where_the_last_of_its_devices_does(unit: UnitOfWork) -> None:
    bob, phone, laptop = add_contact(unit).contact, a_device(), a_device()
    message = add_outgoing(unit, bob)
    position = unit.history.page(bob, 1)[0][0].position
    assert standing(unit, message) is None
    owe(unit, bob, message, phone, laptop)
    unit.deliveries.fail(message, phone, "quota")
    assert standing(unit, message) == Standing(MessageState.QUEUED)
    unit.deliveries.seal(laptop, [message])
    unit.deliveries.take_over(message, laptop, Route.RELAY, NOW + 9)
    assert standing(unit, message) == Standing(MessageState.HELD, NOW + 9)
    unit.deliveries.fail(message, laptop, "expired")
    assert standing(unit, message) == Standing(MessageState.FAILED, error="quota")
    assert unit.deliveries.settle(message, laptop)
    unit.message_receipts.note(position, bob, laptop, NOW, read=False, is_first=True)
    assert (standing(unit, message), unit.message_receipts.any_of(message)) == (Standing(MessageState.DELIVERED), True)
    unit.message_receipts.note(position, bob, laptop, NOW, read=True, is_first=False)
    assert standing(unit, message) == Standing(MessageState.READ)


def test_what_a_relay_held_too_long_expires_once_for_whom_it_was(unit: UnitOfWork) -> None:
    bob, carol = add_contact(unit).contact, add_contact(unit, "carol").contact
    made = [an_envelope(unit, contact, a_device(), add_outgoing(unit, contact)) for contact in (bob, bob, carol)]
    late, early, hers = ((row.message or a_message_id(), row.device) for row in made)
    for (message, device), until in ((late, 20), (early, 10), (hers, 10)):
        unit.deliveries.take_over(message, device, Route.RELAY, NOW + until)
    assert (unit.deliveries.contacts_with_expired(NOW + 9), unit.deliveries.expire(bob, NOW + 9)) == ([], [])
    assert sorted(unit.deliveries.contacts_with_expired(NOW + 10)) == [bob, carol]
    assert unit.deliveries.expire(bob, NOW + 10) == [early]
    assert unit.deliveries.contacts_with_expired(NOW + 10) == [carol]
    assert unit.deliveries.expire(bob, NOW + 20) == [late]
    assert unit.deliveries.expire(bob, NOW + 20) == []
    assert len(unit.outbox.of_message(early[0])) == 1


def test_deliveries_to_a_device_that_leaves_and_to_a_person_are_forgotten(unit: UnitOfWork) -> None:
    bob, carol, phone, laptop = add_contact(unit).contact, add_contact(unit, "carol").contact, a_device(), a_device()
    first, second = add_outgoing(unit, bob), add_outgoing(unit, bob)
    for message in (first, second):
        owe(unit, bob, message, phone, laptop)
    hers = add_outgoing(unit, carol)
    owe(unit, carol, hers, a_device())
    assert unit.deliveries.leave(bob, phone) == [first, second]
    assert [each.device for each in unit.deliveries.under_way_to(bob)] == [laptop, laptop]
    assert unit.deliveries.forget_all(bob) == [first, second]
    assert (unit.deliveries.under_way_to(bob), len(unit.deliveries.under_way_to(carol))) == ([], 1)


def test_all_that_is_under_way_is_owed_again_where_there_is_anything_to_say(unit: UnitOfWork) -> None:
    bob, device = add_contact(unit).contact, a_device()
    queued, held, failed, deleted = (add_outgoing(unit, bob) for _ in range(4))
    for message in (queued, held, failed, deleted):
        an_envelope(unit, bob, device, message)
    unit.deliveries.take_over(held, device, Route.RELAY, NOW)
    unit.deliveries.fail(failed, device, "quota")
    unit.messages.delete(deleted)
    assert unit.deliveries.begin_anew() == ([queued, held], [deleted])
    assert [each.said.id for each in unit.deliveries.owed(device, 9)] == [queued, held]
    assert unit.deliveries.contacts_with_expired(NOW) == []
    assert (states(unit, failed), states(unit, deleted)) == ([(device, DeliveryState.FAILED)], [])


def test_an_action_is_forgotten_with_its_last_delivery(unit: UnitOfWork) -> None:
    bob, phone, laptop = add_contact(unit).contact, a_device(), a_device()
    target = add_outgoing(unit, bob)
    action = UnsealedMessage(a_message_id(), NOW, b"action")
    unit.own_actions.add(bob, action, target)
    owe(unit, bob, action.id, phone, laptop)
    unit.deliveries.settle(action.id, phone)
    unit.own_actions.settle(action.id)
    assert unit.own_actions.about(bob, target) == [action.id]
    unit.deliveries.fail(action.id, laptop, "too_large")
    unit.own_actions.settle(action.id)
    assert (unit.own_actions.about(bob, target), states(unit, action.id)) == ([], [])
