from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from babilu.api.events import Event, GapNoticed, LineAdded, LineChanged, LineRemoved
from babilu.engine.conversation.batches import _take_hint
from babilu.engine.conversation.device_lists import take_list
from babilu.engine.conversation.effects import WakeIn
from babilu.engine.conversation.gaps import fill_gap, tell_missing
from babilu.engine.conversation.inbox_reading import receive_waiting
from babilu.engine.conversation.wakeups import Wake
from babilu.kernel.limits import DAY_MS, INTEGER_MAX
from babilu.kernel.states import MessageKind
from babilu.store.contact_records import ContactRecord
from babilu.store.gaps import FIRST_PAUSE_MS
from babilu.store.unit_of_work import UnitOfWork
from tests.unit.engine.conversation.test_receiving import sealed_as
from tests.unit.engine.homes import Home, Writer, a_home, a_turn, id_with, know, told_in
from tests.unit.store.builders import NOW, a_message_id


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with a_home(tmp_path) as opened:
        yield opened


@pytest.fixture
def unit(home: Home) -> Iterator[UnitOfWork]:
    with home.base.database.write() as opened:
        yield opened


@pytest.fixture
def alice(home: Home, unit: UnitOfWork) -> ContactRecord:
    return know(home, unit, Writer("alice"))


def missing(home: Home, unit: UnitOfWork, alice: ContactRecord, *numbers: int) -> list[GapNoticed]:
    """Have messages be missing in one turn; return what is told of them."""
    transaction = a_turn(home, unit, alice)
    for number in numbers:
        tell_missing(transaction, number)
    return [event for event in told_in(transaction.effects) if isinstance(event, GapNoticed)]


def woken(home: Home, unit: UnitOfWork, alice: ContactRecord) -> list[GapNoticed]:
    transaction = a_turn(home, unit, alice)
    _take_hint(transaction, Wake())
    return [event for event in told_in(transaction.effects) if isinstance(event, GapNoticed)]


def test_ten_thousand_messages_that_nobody_can_read_are_a_few_lines_in_a_day_and_one_number(
    home: Home, unit: UnitOfWork, alice: ContactRecord
) -> None:
    told: list[GapNoticed] = []
    for _ in range(10_000):
        told += missing(home, unit, alice, 1)
        home.clock.now += DAY_MS // 10_000
    assert len(told) <= 14
    home.clock.now += DAY_MS
    told += woken(home, unit, alice)
    assert sum(event.missing for event in told) == told[-1].in_all == 10_000


def test_what_a_device_sends_after_it_has_left_is_one_line_of_a_turn(home: Home, unit: UnitOfWork) -> None:
    bob, second = Writer("bob"), Writer("a second device")
    contact = know(home, unit, bob)
    for others in ([second], []):
        bob.showing(bob.list_with(*others))
        take_list(a_turn(home, unit, contact), bob.own.device_list, settles=True)
    late = [sealed_as(second, second.own.agreement, home) for _ in range(50)]
    unit.inbox.add([replace(arrival, contact=contact.contact) for arrival in late], home.clock.now)
    transaction = a_turn(home, unit, contact)
    receive_waiting(transaction)
    told = [event for event in told_in(transaction.effects) if isinstance(event, GapNoticed)]
    assert told == [GapNoticed("bob", 50, 50, id_with(home, contact))]
    assert len(transaction.effects) == 2


def test_the_first_is_told_at_once_and_the_rest_after_a_pause_by_a_wake(
    home: Home, unit: UnitOfWork, alice: ContactRecord
) -> None:
    assert missing(home, unit, alice, 1, 2) == [GapNoticed("alice", 3, 3, id_with(home, alice))]
    transaction = a_turn(home, unit, alice)
    tell_missing(transaction, 4)
    assert transaction.effects == [WakeIn(alice, FIRST_PAUSE_MS)]
    assert unit.gaps.contacts() == [alice.contact]
    home.clock.now += FIRST_PAUSE_MS - 1
    assert woken(home, unit, alice) == []
    home.clock.now += 1
    assert woken(home, unit, alice) == [GapNoticed("alice", 4, 7, id_with(home, alice))]
    assert (woken(home, unit, alice), unit.gaps.contacts()) == ([], [])
    transaction = a_turn(home, unit, alice)
    tell_missing(transaction, 1)
    assert transaction.effects == [WakeIn(alice, 2 * FIRST_PAUSE_MS)]


def test_after_a_day_without_any_they_count_anew(home: Home, unit: UnitOfWork, alice: ContactRecord) -> None:
    assert missing(home, unit, alice, 5) == [GapNoticed("alice", 5, 5, id_with(home, alice))]
    home.clock.now += DAY_MS
    assert missing(home, unit, alice, 1) == [GapNoticed("alice", 1, 1, id_with(home, alice))]


def test_a_clock_that_is_set_back_keeps_nothing_from_being_told(
    home: Home, unit: UnitOfWork, alice: ContactRecord
) -> None:
    missing(home, unit, alice, 1)
    missing(home, unit, alice, 1)
    home.clock.now -= 400 * DAY_MS
    assert woken(home, unit, alice) == [GapNoticed("alice", 1, 2, id_with(home, alice))]


def test_a_number_beyond_all_numbers_stays_one(home: Home, unit: UnitOfWork, alice: ContactRecord) -> None:
    assert missing(home, unit, alice, INTEGER_MAX - 2, 9) == [
        GapNoticed("alice", INTEGER_MAX, INTEGER_MAX, id_with(home, alice))
    ]


def test_of_somebody_who_is_blocked_nothing_is_told(home: Home, unit: UnitOfWork, alice: ContactRecord) -> None:
    missing(home, unit, alice, 1)
    missing(home, unit, alice, 1)
    unit.contacts.set_blocked(alice.contact, True)
    home.clock.now += DAY_MS
    assert (missing(home, unit, alice, 1), woken(home, unit, alice)) == ([], [])


def lines(unit: UnitOfWork, alice: ContactRecord) -> list[tuple[MessageKind, int]]:
    number = unit.conversations.of_contact(alice.contact).conversation
    return [(message.kind, message.counter) for message in unit.history.page(number, 100)[0]]


def filled(home: Home, unit: UnitOfWork, alice: ContactRecord) -> list[Event]:
    transaction = a_turn(home, unit, alice)
    fill_gap(transaction)
    return told_in(transaction.effects)


def test_messages_that_are_missing_in_a_row_are_one_line_of_the_conversation(
    home: Home, unit: UnitOfWork, alice: ContactRecord
) -> None:
    transaction = a_turn(home, unit, alice)
    for number in (1, 2):
        tell_missing(transaction, number)
    (line,) = unit.history.page(unit.conversations.of_contact(alice.contact).conversation, 100)[0]
    assert (line.kind, line.counter, line.unread, line.text) == (MessageKind.GAP, 3, False, "")
    assert [event for event in told_in(transaction.effects) if isinstance(event, LineAdded | LineChanged)] == [
        LineAdded(transaction.view(line))
    ]
    assert transaction.view(line).missing == 3
    missing(home, unit, alice, 4)
    home.clock.now += FIRST_PAUSE_MS
    woken(home, unit, alice)
    assert lines(unit, alice) == [(MessageKind.GAP, 7)]
    home.clock.now += DAY_MS
    missing(home, unit, alice, 1)
    assert lines(unit, alice) == [(MessageKind.GAP, 7), (MessageKind.GAP, 1)]


def test_a_line_says_less_for_each_message_that_comes_and_goes_with_the_last(
    home: Home, unit: UnitOfWork, alice: ContactRecord
) -> None:
    missing(home, unit, alice, 2)
    changed, noticed = filled(home, unit, alice)
    assert isinstance(changed, LineChanged)
    assert changed.message.missing == 1
    assert noticed == GapNoticed("alice", 0, 1, id_with(home, alice))
    assert lines(unit, alice) == [(MessageKind.GAP, 1)]
    assert filled(home, unit, alice) == [
        LineRemoved(changed.message.id, "alice", id_with(home, alice)),
        GapNoticed("alice", 0, 0, id_with(home, alice)),
    ]
    assert (lines(unit, alice), filled(home, unit, alice)) == ([], [])
    home.clock.now += DAY_MS
    assert missing(home, unit, alice, 1) == [GapNoticed("alice", 1, 1, id_with(home, alice))]
    assert lines(unit, alice) == [(MessageKind.GAP, 1)]


def test_a_line_that_the_user_has_deleted_comes_back_with_the_next_that_is_missing(
    home: Home, unit: UnitOfWork, alice: ContactRecord
) -> None:
    missing(home, unit, alice, 2)
    line = unit.lines.newest_gap(unit.conversations.of_contact(alice.contact).conversation, alice.contact)
    assert line is not None
    unit.messages.delete(line.id)
    assert filled(home, unit, alice) == []
    missing(home, unit, alice, 1)
    home.clock.now += FIRST_PAUSE_MS
    woken(home, unit, alice)
    assert lines(unit, alice) == [(MessageKind.GAP, 2)]


def test_ten_thousand_messages_that_nobody_can_read_are_one_line(
    home: Home, unit: UnitOfWork, alice: ContactRecord
) -> None:
    for _ in range(1_000):
        missing(home, unit, alice, 10)
        home.clock.now += DAY_MS // 1_000
    woken(home, unit, alice)
    assert [kind for kind, _ in lines(unit, alice)] == [MessageKind.GAP]


def test_a_line_before_it_makes_the_first_message_of_somebody_no_second(
    home: Home, unit: UnitOfWork, alice: ContactRecord
) -> None:
    missing(home, unit, alice, 1)
    number = unit.conversations.of_contact(alice.contact).conversation
    assert not unit.messages.has_texts(number)
    unit.new_messages.add_outgoing(a_message_id(), number, "hello", NOW, b"part")
    assert unit.messages.has_texts(number)
