import pytest

from babilu.identity.shapes import DeviceEntry
from babilu.kernel.ids import DeviceId, IdentityKey
from babilu.kernel.limits import OLD_KEYS_KEPT_MS
from babilu.kernel.states import Route
from babilu.store.delivery_records import InboxRecord, InboxState, IncomingEnvelope
from babilu.store.departed import DEPARTED_DEVICES, Departure
from babilu.store.unit_of_work import UnitOfWork
from tests.unit.store.builders import NOW, add_contact, an_entry, an_envelope_id

PERSON = IdentityKey(b"p" * 32)


def row(number: int, seq: int | None = None, route: Route = Route.RELAY) -> InboxRecord:
    return InboxRecord(number, route, seq, NOW, an_envelope_id(), b"", None, None, InboxState.WAITING, "")


def arrives(unit: UnitOfWork) -> int:
    """Put an envelope into the inbox and return its row."""
    unit.inbox.add([IncomingEnvelope(Route.RELAY, 1, NOW, an_envelope_id(), b"x")], NOW)
    return unit.inbox.unassigned(100)[-1].row


def departs(unit: UnitOfWork, contact: int, entry: DeviceEntry, now: int = NOW) -> Departure:
    unit.departed.leave(contact, PERSON, entry, now)
    found = unit.departed.find(DeviceId(entry.device))
    assert found is not None
    return found


def again(unit: UnitOfWork, entry: DeviceEntry) -> Departure:
    found = unit.departed.find(DeviceId(entry.device))
    assert found is not None
    return found


def test_all_counts_until_the_head_of_the_next_connection_is_known_and_what_is_behind_it_no_more(
    unit: UnitOfWork,
) -> None:
    contact, entry = add_contact(unit).contact, an_entry()
    assert departs(unit, contact, entry).lets_in(row(9, 500), NOW)
    # A connection that was resumed before says nothing about it.
    unit.departed.resumed(3)
    assert again(unit, entry).lets_in(row(9, 500), NOW)
    unit.departed.resuming()
    assert unit.departed.waits_for_head()
    unit.departed.resumed(7)
    assert not unit.departed.waits_for_head()
    assert [again(unit, entry).lets_in(row(9, seq), NOW) for seq in (6, 7, 8)] == [True, True, False]
    unit.departed.resuming()
    unit.departed.resumed(100)
    assert not again(unit, entry).lets_in(row(9, 8), NOW)
    unit.departed.renumbered()
    assert again(unit, entry).lets_in(row(9, 8), NOW)


def test_what_had_come_in_counts_by_any_route_and_later_direct_mail_does_not(unit: UnitOfWork) -> None:
    contact, entry = add_contact(unit).contact, an_entry()
    last = arrives(unit)
    left = departs(unit, contact, entry)
    assert left.lets_in(row(last, None, Route.DIRECT), NOW)
    assert not left.lets_in(row(last + 1, None, Route.DIRECT), NOW)


def test_after_sixty_days_nothing_counts_and_the_device_is_forgotten(unit: UnitOfWork) -> None:
    contact, entry = add_contact(unit).contact, an_entry()
    left = departs(unit, contact, entry)
    assert left.lets_in(row(1, 1), NOW + OLD_KEYS_KEPT_MS - 1)
    assert not left.lets_in(row(1, 1), NOW + OLD_KEYS_KEPT_MS)
    unit.departed.delete_expired(NOW + OLD_KEYS_KEPT_MS - 1)
    assert again(unit, entry) == left
    unit.departed.delete_expired(NOW + OLD_KEYS_KEPT_MS)
    assert unit.departed.find(DeviceId(entry.device)) is None


def test_a_device_that_was_never_seen_left_when_the_present_list_was_learned(unit: UnitOfWork) -> None:
    contact, entry = add_contact(unit).contact, an_entry()
    unit.departed.resuming()
    unit.departed.resumed(7)
    left = unit.departed.leave_unseen(contact, PERSON, entry)
    assert left is not None
    assert (left.left_at, left.lets_in(row(9, 7), NOW), left.lets_in(row(9, 8), NOW)) == (NOW, True, False)


def test_a_device_that_is_listed_again_has_not_left(unit: UnitOfWork) -> None:
    contact, entry = add_contact(unit).contact, an_entry()
    departs(unit, contact, entry)
    unit.departed.come_back(DeviceId(entry.device))
    assert unit.departed.find(DeviceId(entry.device)) is None


@pytest.mark.parametrize("more", [1, 3])
def test_of_one_contact_so_many_are_kept_and_the_one_that_left_first_makes_room(unit: UnitOfWork, more: int) -> None:
    contact, other = add_contact(unit).contact, add_contact(unit, "carol").contact
    kept = an_entry()
    departs(unit, other, kept, NOW - 1)
    entries = [an_entry() for _ in range(DEPARTED_DEVICES + more)]
    forgotten = [
        device
        for number, entry in enumerate(entries)
        for device in unit.departed.leave(contact, PERSON, entry, NOW + number)
    ]
    assert forgotten == [entry.device for entry in entries[:more]]
    assert [unit.departed.find(DeviceId(entry.device)) is None for entry in entries] == [True] * more + [
        False
    ] * DEPARTED_DEVICES
    assert again(unit, kept).contact == other
