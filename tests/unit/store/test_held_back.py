from babilu.kernel.ids import DeviceId
from babilu.store.records import HeldBackRecord, Route
from babilu.store.unit import Unit
from tests.unit.store.builders import NOW, a_device, a_message_id, add_contact


def held_back(unit: Unit, contact: int, device: DeviceId, counter: int) -> HeldBackRecord:
    known = unit.contacts.by_contact(contact)
    assert known is not None
    record = HeldBackRecord(
        contact=contact,
        device=device,
        conversation=known.conversation,
        counter=counter,
        id=a_message_id(),
        text="early",
        sent_at=NOW,
        route=Route.RELAY,
        first=True,
        missing_from=counter - 1,
        release_at=NOW + 10_000,
    )
    unit.held_back.add(record)
    return record


def test_what_is_held_back_comes_in_the_order_of_each_device(unit: Unit) -> None:
    bob, carol, phone, laptop = add_contact(unit).contact, add_contact(unit, "carol").contact, a_device(), a_device()
    third, second, other = (
        held_back(unit, bob, device, counter) for device, counter in ((phone, 3), (phone, 2), (laptop, 9))
    )
    held_back(unit, carol, a_device(), 1)
    assert unit.held_back.of(bob) == [second, third, other]
    assert sorted(unit.held_back.contacts()) == [bob, carol]


def test_what_is_held_back_is_known_by_its_id_until_it_is_shown(unit: Unit) -> None:
    bob = add_contact(unit).contact
    record = held_back(unit, bob, a_device(), 2)
    assert unit.held_back.has(record.id, bob)
    assert not unit.held_back.has(record.id, bob + 1)
    unit.held_back.remove(record)
    assert not unit.held_back.has(record.id, bob)
    assert unit.held_back.of(bob) == []


def test_texts_held_back_do_not_print(unit: Unit) -> None:
    assert "early" not in repr(held_back(unit, add_contact(unit).contact, a_device(), 2))
