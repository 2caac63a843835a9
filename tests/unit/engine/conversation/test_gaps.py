from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from babilu.api.events import GapNoticed
from babilu.engine.conversation.device_lists import take_list
from babilu.engine.conversation.effects import Tell, WakeIn
from babilu.engine.conversation.gaps import tell_missing
from babilu.engine.conversation.receiving import receive_waiting
from babilu.engine.conversation.runner import _take_hint
from babilu.engine.conversation.wakeups import Wake
from babilu.kernel.limits import DAY_MS, INTEGER_MAX
from babilu.store.gaps import FIRST_PAUSE_MS
from babilu.store.records import ContactRecord
from babilu.store.unit_of_work import UnitOfWork
from tests.unit.engine.conversation.test_receiving import sealed_as
from tests.unit.engine.homes import Home, Writer, a_home, a_turn, id_with, know, told_in


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
    assert transaction.effects == [Tell(GapNoticed("bob", 50, 50, id_with(home, contact)))]


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
