"""Profile pictures: the newest that somebody has said is shown, in whatever order, and who lacks the own is found."""

from itertools import permutations

from babilu.kernel.ids import MessageId
from babilu.kernel.limits import DAY_MS, PROFILE_PICTURES_A_DAY
from babilu.store.profile_pictures import picture_digest
from babilu.store.unit_of_work import UnitOfWork
from tests.unit.store.builders import NOW, a_message_id, add_contact


def shown(unit: UnitOfWork, contact: int) -> bytes | None:
    record = unit.contacts.by_contact(contact)
    assert record is not None
    return record.picture


def test_every_order_shows_the_highest_by_time_and_id(unit: UnitOfWork) -> None:
    low, high = MessageId(bytes(16)), MessageId(b"\xff" * 16)
    said = [(NOW, high, b"first"), (NOW + 1, low, b"second"), (NOW + 1, high, None), (NOW + 1, low, b"again")]
    for number, order in enumerate(permutations(said)):
        contact = add_contact(unit, f"person{number}").contact
        for at, message, picture in order:
            unit.pictures.put(contact, message, at, picture)
        assert (shown(unit, contact), unit.pictures.of(contact)) == (None, None)
        assert unit.pictures.put(contact, low, NOW + 2, b"third")
        assert (shown(unit, contact), unit.pictures.of(contact)) == (picture_digest(b"third"), b"third")
        assert not unit.pictures.put(contact, high, NOW + 2, b"third")


def test_so_many_of_one_day_are_taken(unit: UnitOfWork) -> None:
    contact = add_contact(unit).contact
    today = NOW // DAY_MS * DAY_MS
    for number in range(PROFILE_PICTURES_A_DAY + 5):
        unit.pictures.put(contact, a_message_id(), today + number, b"%d" % number)
    assert unit.pictures.of(contact) == b"%d" % (PROFILE_PICTURES_A_DAY - 1)
    assert unit.pictures.put(contact, a_message_id(), today + DAY_MS, b"tomorrow")
    for day in (0, 1):
        results = [unit.pictures.set_own(b"x", today + day * DAY_MS) for _ in range(PROFILE_PICTURES_A_DAY + 1)]
        assert results == [True] * PROFILE_PICTURES_A_DAY + [False]


def test_who_lacks_the_own_picture_is_found(unit: UnitOfWork) -> None:
    friend, stranger, blocked = (add_contact(unit, name).contact for name in ("bob", "carol", "dave"))
    unit.statements.run("UPDATE contact SET accepted = 0 WHERE contact = ?", stranger)
    unit.contacts.set_blocked(blocked, True)
    assert unit.pictures.to_be_given() == []
    unit.pictures.set_own(None, NOW)
    assert unit.pictures.to_be_given() == []
    unit.pictures.set_own(b"me", NOW)
    assert unit.pictures.to_be_given() == [friend]
    own = unit.pictures.own()
    assert own is not None
    assert own.said_at > NOW
    unit.pictures.note_given(friend, own.said_at)
    assert unit.pictures.to_be_given() == []
    assert unit.pictures.give_again(friend)
    assert unit.pictures.to_be_given() == [friend]
    assert not unit.pictures.give_again(friend)
    unit.pictures.note_given(friend, own.said_at)
    unit.contacts.accept(stranger)
    assert unit.pictures.to_be_given() == [stranger]
    unit.pictures.set_own(None, NOW)
    assert not unit.pictures.give_again(friend)
    assert unit.pictures.to_be_given() == [friend]
    unit.pictures.forget_given(friend)
    assert unit.pictures.to_be_given() == []


def test_what_is_forgotten_is_gone(unit: UnitOfWork) -> None:
    contact = add_contact(unit).contact
    unit.pictures.put(contact, a_message_id(), NOW, b"theirs")
    unit.pictures.forget_theirs(contact)
    assert (shown(unit, contact), unit.pictures.of(contact)) == (None, None)
