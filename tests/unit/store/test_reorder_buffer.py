from dataclasses import replace

from babilu.store.unit_of_work import UnitOfWork
from tests.unit.store.builders import a_device, add_contact, hold_back


def test_what_is_held_back_comes_in_the_order_of_each_device(unit: UnitOfWork) -> None:
    bob, carol, phone, laptop = add_contact(unit).contact, add_contact(unit, "carol").contact, a_device(), a_device()
    third, second, other = (
        hold_back(unit, bob, device, counter) for device, counter in ((phone, 3), (phone, 2), (laptop, 9))
    )
    hold_back(unit, carol, a_device(), 1)
    assert unit.held_back.of(bob) == [second, third, other]
    assert sorted(unit.held_back.authors()) == [bob, carol]


def test_what_is_held_back_is_known_by_its_id_until_it_is_shown(unit: UnitOfWork) -> None:
    bob = add_contact(unit).contact
    record = hold_back(unit, bob, a_device(), 2)
    assert unit.held_back.has(record.id, bob)
    assert not unit.held_back.has(record.id, bob + 1)
    unit.held_back.remove(record)
    assert not unit.held_back.has(record.id, bob)
    assert unit.held_back.of(bob) == []


def test_two_messages_may_wait_for_the_same_place(unit: UnitOfWork) -> None:
    bob, device = add_contact(unit).contact, a_device()
    first, second = (hold_back(unit, bob, device, 3) for _ in range(2))
    assert unit.held_back.of(bob) == [first, second]
    unit.held_back.remove(first)
    assert unit.held_back.of(bob) == [second]


def test_texts_held_back_do_not_print(unit: UnitOfWork) -> None:
    assert "early" not in repr(hold_back(unit, add_contact(unit).contact, a_device(), 2))


def test_somebody_is_waited_for_in_so_many_conversations(unit: UnitOfWork) -> None:
    bob, carol, phone = add_contact(unit).contact, add_contact(unit, "carol").contact, a_device()
    for number in (2, 3):
        record = hold_back(unit, bob, phone, number)
    unit.held_back.remove(record)
    unit.held_back.add(replace(record, conversation=carol))
    assert sorted(unit.held_back.conversations_of(bob)) == [bob, carol]
    assert unit.held_back.conversations_of(carol) == []
