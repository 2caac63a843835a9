import pytest

from babilu.kernel.limits import DAY_MS, ENVELOPE_IDS_KEPT_MS
from babilu.kernel.states import Route
from babilu.store import inbox
from babilu.store.delivery_records import IN_NO_ROW, InboxRecord, InboxState, IncomingEnvelope
from babilu.store.inbox import QUARANTINE_KEPT_MS, NotInInboxError
from babilu.store.unit_of_work import UnitOfWork
from tests.unit.store.builders import NOW, a_device, add_contact, an_arrival, an_envelope_id, some_bytes


def arrive(unit: UnitOfWork, count: int) -> list[InboxRecord]:
    unit.inbox.add([an_arrival(seq) for seq in range(1, count + 1)], NOW)
    return unit.inbox.unassigned(count)


def test_what_arrives_waits_in_order_with_its_bytes(unit: UnitOfWork) -> None:
    first, second = an_arrival(4), an_arrival(5)
    assert unit.inbox.add([first, second], NOW) == []
    records = unit.inbox.unassigned(10)
    assert [(one.route, one.seq, one.stored_at, one.envelope, one.envelope_bytes) for one in records] == [
        (Route.RELAY, 4, NOW, first.envelope, first.envelope_bytes),
        (Route.RELAY, 5, NOW, second.envelope, second.envelope_bytes),
    ]
    assert {one.state for one in records} == {InboxState.WAITING}
    assert records[0].row < records[1].row


def test_what_came_directly_belongs_to_the_contact_that_was_connected(unit: UnitOfWork) -> None:
    contact, device = add_contact(unit).contact, a_device()
    arrival = IncomingEnvelope(Route.DIRECT, None, NOW, an_envelope_id(), some_bytes(80), contact, device)
    unit.inbox.add([arrival], NOW)
    assert unit.inbox.unassigned(10) == []
    (record,) = unit.inbox.next_for(contact, 10)
    assert (record.seq, record.device, record.contact) == (None, device, contact)


def test_what_is_in_the_inbox_already_does_not_come_in_twice(unit: UnitOfWork) -> None:
    arrival = an_arrival()
    unit.inbox.add([arrival, arrival], NOW)
    assert unit.inbox.add([arrival], NOW) == []
    assert len(unit.inbox.unassigned(10)) == 1


def test_what_was_finished_does_not_come_in_again_and_is_named(unit: UnitOfWork) -> None:
    arrival, new = an_arrival(1), an_arrival(2)
    unit.inbox.add([arrival], NOW)
    (record,) = unit.inbox.unassigned(10)
    unit.inbox.finish(record.row, record.envelope, NOW)
    assert unit.inbox.is_seen(arrival.envelope)
    assert unit.inbox.add([arrival, new], NOW) == [arrival.envelope]
    assert [one.envelope for one in unit.inbox.unassigned(10)] == [new.envelope]


def test_an_assigned_envelope_waits_for_its_conversation(unit: UnitOfWork) -> None:
    bob, carol = add_contact(unit).contact, add_contact(unit, "carol").contact
    rows = [record.row for record in arrive(unit, 4)]
    for row, contact in zip(rows, (carol, bob, carol), strict=False):
        unit.inbox.assign(row, contact)
    assert [one.row for one in unit.inbox.next_for(carol, 10)] == [rows[0], rows[2]]
    assert [one.row for one in unit.inbox.next_for(carol, 1)] == [rows[0]]
    assert [one.row for one in unit.inbox.next_for(carol, 10, after_row=rows[0])] == [rows[2]]
    assert [one.row for one in unit.inbox.unassigned(10)] == [rows[3]]
    assert unit.inbox.contacts_with_mail() == [bob, carol]


def test_those_that_cannot_be_assigned_yet_hide_none_behind_them(unit: UnitOfWork) -> None:
    rows = [record.row for record in arrive(unit, 3)]
    assert [one.row for one in unit.inbox.unassigned(1)] == rows[:1]
    assert [one.row for one in unit.inbox.unassigned(1, after_row=rows[0])] == rows[1:2]


def test_a_dropped_envelope_is_counted_and_may_come_again(unit: UnitOfWork) -> None:
    arrival = an_arrival()
    for _ in range(2):
        assert unit.inbox.add([arrival], NOW) == []
        unit.inbox.drop(unit.inbox.unassigned(1)[0].row, "bad_seal")
    assert unit.inbox.dropped() == {"bad_seal": 2}


def test_quarantine_hides_an_envelope_and_keeps_its_bytes(unit: UnitOfWork) -> None:
    bob = add_contact(unit).contact
    record = arrive(unit, 1)[0]
    unit.inbox.assign(record.row, bob)
    unit.inbox.quarantine(record.row, "decryption_failed", NOW)
    assert (unit.inbox.unassigned(10), unit.inbox.next_for(bob, 10), unit.inbox.contacts_with_mail()) == ([], [], [])
    (kept,) = unit.inbox.quarantined(10)
    assert (kept.state, kept.reason, kept.contact) == (InboxState.QUARANTINED, "decryption_failed", bob)
    assert kept.envelope_bytes == record.envelope_bytes
    assert unit.inbox.quarantined(10, bob) == [kept]
    assert unit.inbox.quarantined(10, bob + 1) == []


def test_what_is_released_from_quarantine_is_judged_again(unit: UnitOfWork) -> None:
    record = arrive(unit, 1)[0]
    unit.inbox.quarantine(record.row, "decryption_failed", NOW)
    unit.inbox.release(record.row, NOW)
    assert unit.inbox.unassigned(10) == [record]


def test_the_oldest_in_a_full_quarantine_makes_room_and_is_counted(
    unit: UnitOfWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "QUARANTINE_ROWS", 2)
    rows = [record.row for record in arrive(unit, 3)]
    for row in rows:
        unit.inbox.quarantine(row, "decryption_failed", NOW)
    assert [one.row for one in unit.inbox.quarantined(10)] == rows[1:]
    assert unit.inbox.dropped() == {"quarantine_full": 1}


def test_who_has_most_in_a_full_quarantine_makes_room(unit: UnitOfWork, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "QUARANTINE_ROWS", 3)
    bob, eve = add_contact(unit).contact, add_contact(unit, "eve").contact
    rows = arrive(unit, 6)
    for row, contact in zip(rows, (bob, *[eve] * 5), strict=True):
        unit.inbox.assign(row.row, contact)
        unit.inbox.quarantine(row.row, "decryption_failed", NOW)
    assert [one.row for one in unit.inbox.quarantined(10)] == [rows[0].row, rows[4].row, rows[5].row]
    assert unit.inbox.dropped() == {"quarantine_full": 3}


def test_there_is_room_until_too_many_envelopes_wait(unit: UnitOfWork, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "INBOX_ROWS", 3)
    arrive(unit, 2)
    assert unit.inbox.room()
    arrive(unit, 1)
    assert not unit.inbox.room()
    unit.inbox.quarantine(unit.inbox.unassigned(1)[0].row, "decryption_failed", NOW)
    assert unit.inbox.room()


def test_there_is_room_until_they_are_too_large(unit: UnitOfWork, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "INBOX_BYTES", 200)
    unit.inbox.add([an_arrival(1, size=120)], NOW)
    assert unit.inbox.room()
    unit.inbox.add([an_arrival(2, size=80)], NOW)
    assert not unit.inbox.room()


def test_the_inbox_holds_what_the_protocol_says() -> None:
    assert (inbox.INBOX_ROWS, inbox.INBOX_BYTES) == (10_000, 100 * 1024 * 1024)


def test_finished_ids_are_forgotten_after_sixty_days(unit: UnitOfWork) -> None:
    old, young = arrive(unit, 2)
    unit.inbox.finish(old.row, old.envelope, NOW)
    unit.inbox.finish(young.row, young.envelope, NOW + DAY_MS)
    assert unit.inbox.forget_seen(NOW + ENVELOPE_IDS_KEPT_MS) == 1
    assert (unit.inbox.is_seen(old.envelope), unit.inbox.is_seen(young.envelope)) == (False, True)


def test_a_repaired_envelope_leaves_quarantine_and_is_finished(unit: UnitOfWork) -> None:
    quarantined, waiting = arrive(unit, 2)
    bob, carol = add_contact(unit).contact, add_contact(unit, "carol").contact
    unit.inbox.assign(quarantined.row, bob)
    unit.inbox.quarantine(quarantined.row, "decryption_failed", NOW)
    assert not unit.inbox.repaired(quarantined.envelope, carol, NOW)
    assert unit.inbox.repaired(quarantined.envelope, bob, NOW)
    assert not unit.inbox.repaired(quarantined.envelope, bob, NOW)
    assert not unit.inbox.repaired(waiting.envelope, bob, NOW)
    assert unit.inbox.is_seen(quarantined.envelope)
    assert (unit.inbox.quarantined(10), unit.inbox.unassigned(10)) == ([], [waiting])


def test_what_claims_an_unknown_account_waits_for_the_relays_word_about_it(unit: UnitOfWork) -> None:
    rows = arrive(unit, 3)
    assert [unit.inbox.claim(row.row, name) for row, name in zip(rows, ("eve", "dave", "eve"), strict=True)] == [
        True,
        True,
        True,
    ]
    assert [row.envelope for row in unit.inbox.claiming("eve")] == [rows[0].envelope, rows[2].envelope]
    unit.inbox.assign(rows[0].row, add_contact(unit).contact)
    assert [row.envelope for row in unit.inbox.claiming("eve")] == [rows[2].envelope]


def test_one_account_claims_only_its_share_of_the_room(unit: UnitOfWork, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (inbox.CLAIMED_ROWS, inbox.CLAIMED_BYTES) == (1_000, 10 * 1024 * 1024)
    monkeypatch.setattr(inbox, "CLAIMED_ROWS", 2)
    rows = [row.row for row in arrive(unit, 3)]
    assert [unit.inbox.claim(row, "eve") for row in rows] == [True, True, False]
    assert unit.inbox.claim(rows[0], "eve")
    assert unit.inbox.claim(rows[2], "dave")
    monkeypatch.setattr(inbox, "CLAIMED_BYTES", 80)
    assert not unit.inbox.claim(rows[2], "eve")


def test_quarantine_ends_after_thirty_days_and_is_counted(unit: UnitOfWork) -> None:
    contact = add_contact(unit, "alice").contact
    for at in (NOW, NOW + 1):
        unit.inbox.add([an_arrival(contact=contact)], at)
        (row,) = unit.inbox.next_for(contact, 1)
        unit.inbox.quarantine(row.row, "no_session", at)
    assert unit.inbox.forget_quarantined(NOW + QUARANTINE_KEPT_MS - 1) == 0
    assert unit.inbox.forget_quarantined(NOW + QUARANTINE_KEPT_MS) == 1
    assert len(unit.inbox.quarantined(10)) == 1
    assert unit.inbox.dropped() == {"quarantine_expired": 1}


def test_an_envelope_passes_where_it_is_new_and_nothing_goes_before_it(unit: UnitOfWork) -> None:
    bob, carol = add_contact(unit).contact, add_contact(unit, "carol").contact
    new, (finished, aside, theirs, ahead) = an_envelope_id(), arrive(unit, 4)
    assert not unit.inbox.may_pass(new, bob)
    unit.inbox.finish(finished.row, finished.envelope, NOW)
    unit.inbox.quarantine(aside.row, "decryption_failed", NOW)
    unit.inbox.assign(theirs.row, carol)
    # What is nobody's yet may be anybody's.
    assert not unit.inbox.may_pass(new, bob)
    unit.inbox.assign(ahead.row, bob)
    assert not unit.inbox.may_pass(new, bob)
    unit.inbox.finish(ahead.row, ahead.envelope, NOW)
    passing = [record.envelope for record in (finished, aside, theirs) if unit.inbox.may_pass(record.envelope, bob)]
    assert (passing, unit.inbox.may_pass(new, bob), unit.inbox.may_pass(new, carol)) == ([], True, False)


def test_what_is_in_no_row_is_finished_or_dropped_and_never_set_aside(unit: UnitOfWork) -> None:
    envelope = an_envelope_id()
    unit.inbox.drop(IN_NO_ROW, "over_budget")
    unit.inbox.finish(IN_NO_ROW, envelope, NOW)
    assert (unit.inbox.dropped(), unit.inbox.is_seen(envelope)) == ({"over_budget": 1}, True)
    with pytest.raises(NotInInboxError):
        unit.inbox.quarantine(IN_NO_ROW, "decryption_failed", NOW)
    with pytest.raises(NotInInboxError):
        unit.inbox.unassign(IN_NO_ROW)


def test_it_is_known_of_whom_something_is_set_aside_for_a_reason(unit: UnitOfWork) -> None:
    people = [add_contact(unit, name).contact for name in ("bob", "carol", "dave")]
    rows = [record.row for record in arrive(unit, 5)]
    for row, contact, reason in zip(rows, (*people, people[0]), ("group", "group", "other", "group"), strict=False):
        unit.inbox.assign(row, contact)
        unit.inbox.quarantine(row, reason, NOW)
    unit.inbox.quarantine(rows[4], "group", NOW)
    assert unit.inbox.holding("group") == people[:2]
    unit.inbox.release_all(people[0], "group")
    assert unit.inbox.holding("group") == people[1:2]
