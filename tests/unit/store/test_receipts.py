from babilu.kernel.ids import DeviceId
from babilu.store.delivery_records import ReceiptKind
from babilu.store.unit_of_work import UnitOfWork
from tests.unit.store.builders import a_device, a_message_id, add_contact, an_entry


def _somebody(unit: UnitOfWork, name: str = "bob") -> tuple[int, DeviceId]:
    """Make a contact with one device."""
    entry = an_entry()
    return add_contact(unit, name, entries=(entry,)).contact, DeviceId(entry.device)


def test_receipts_owed_to_a_device_are_taken_by_kind(unit: UnitOfWork) -> None:
    contact, device = _somebody(unit)
    first, second, third = (a_message_id() for _ in range(3))
    for message in (first, second):
        unit.receipts.queue(contact, device, message, ReceiptKind.DELIVERED)
    unit.receipts.queue(contact, device, third, ReceiptKind.READ)
    assert unit.receipts.take(device, 10) == {ReceiptKind.DELIVERED: [first, second], ReceiptKind.READ: [third]}
    assert unit.receipts.take(device, 1) == {ReceiptKind.DELIVERED: [first]}
    assert unit.receipts.take(a_device(), 10) == {}


def test_owing_a_receipt_twice_is_owing_it_once(unit: UnitOfWork) -> None:
    (contact, device), message = _somebody(unit), a_message_id()
    for _ in range(2):
        unit.receipts.queue(contact, device, message, ReceiptKind.DELIVERED)
    assert unit.receipts.take(device, 10) == {ReceiptKind.DELIVERED: [message]}


def test_a_settled_receipt_can_be_owed_again(unit: UnitOfWork) -> None:
    (contact, device), message = _somebody(unit), a_message_id()
    unit.receipts.queue(contact, device, message, ReceiptKind.DELIVERED)
    unit.receipts.queue(contact, device, message, ReceiptKind.READ)
    unit.receipts.settle(device, ReceiptKind.DELIVERED, [message])
    assert unit.receipts.take(device, 10) == {ReceiptKind.READ: [message]}
    unit.receipts.queue(contact, device, message, ReceiptKind.DELIVERED)
    assert ReceiptKind.DELIVERED in unit.receipts.take(device, 10)


def test_every_device_to_which_receipts_are_owed_is_listed_once(unit: UnitOfWork) -> None:
    (bob, phone), (carol, laptop) = _somebody(unit), _somebody(unit, "carol")
    for contact, device in ((carol, laptop), (bob, phone), (bob, phone)):
        unit.receipts.queue(contact, device, a_message_id(), ReceiptKind.READ)
    assert unit.receipts.devices() == [(bob, phone), (carol, laptop)]
    unit.receipts.forget_device(phone)
    assert unit.receipts.devices() == [(carol, laptop)]


def test_whether_anything_is_owed_to_a_contact_is_known_of_each(unit: UnitOfWork) -> None:
    entry = an_entry()
    owed, other = add_contact(unit, entries=(entry,)).contact, add_contact(unit, "carol", entries=(an_entry(),)).contact
    unit.receipts.queue(owed, DeviceId(entry.device), a_message_id(), ReceiptKind.DELIVERED)
    assert (unit.receipts.any_for(owed), unit.receipts.any_for(other)) == (True, False)


def test_nothing_is_owed_to_a_device_that_its_person_does_not_list(unit: UnitOfWork) -> None:
    contact, device = _somebody(unit)
    _, device_of_another = _somebody(unit, "carol")
    for unlisted in (a_device(), device_of_another):
        unit.receipts.queue(contact, unlisted, a_message_id(), ReceiptKind.READ)
    assert unit.receipts.devices() == []
    unit.receipts.queue(contact, device, a_message_id(), ReceiptKind.READ)
    assert unit.receipts.devices() == [(contact, device)]
