"""What another side says of times and numbers is bounded before it is kept."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from babilu.engine.conversation.effects import Acknowledge, Effect
from babilu.engine.conversation.inbound_router import InboundRouter
from babilu.engine.conversation.opened_envelopes import OpenedEnvelopes
from babilu.engine.runtime.number_bounds import (
    HELD_AT_LEAST_MS,
    HELD_AT_MOST_MS,
    check_mailbox_number,
    check_position,
    held_until,
    stored_in_order,
)
from babilu.engine.runtime.threads import Worker
from babilu.engine.transport.outbound_queue import LaneRoute, PeerKept
from babilu.kernel.errors import ErrorCode, LinkError, ProtocolError, remote_error
from babilu.kernel.limits import DAY_MS, INTEGER_MAX, MAILBOX_NUMBER_MAX, RETRY_AFTER_MAX_MS
from babilu.kernel.states import MessageState
from babilu.store.delivery_records import IncomingEnvelope
from babilu.store.profile_records import RelayRecord
from tests.unit.engine.homes import Home, Writer, a_home, a_turn, know
from tests.unit.store.builders import NOW, a_message_id, an_arrival, an_envelope

DEADLINE_S = 30.0


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with a_home(tmp_path) as home:
        yield home


@pytest.mark.parametrize(
    ("named", "believed"),
    [
        (0, NOW + HELD_AT_LEAST_MS),
        (NOW - 1, NOW + HELD_AT_LEAST_MS),
        (NOW + 30 * DAY_MS, NOW + 30 * DAY_MS),
        (INTEGER_MAX, NOW + HELD_AT_MOST_MS),
    ],
)
def test_until_when_a_relay_holds_something_is_believed_within_reason(named: int, believed: int) -> None:
    assert held_until(named, NOW) == believed


def stored(*times: int) -> list[IncomingEnvelope]:
    return [replace(an_arrival(seq=number), stored_at=at) for number, at in enumerate(times, start=1)]


def test_a_mailbox_is_filled_in_its_order_and_not_in_the_future() -> None:
    newest = NOW - DAY_MS
    bounded = stored_in_order(stored(NOW - 59 * DAY_MS, NOW - 60, NOW - DAY_MS, NOW + 1), newest, NOW)
    assert [arrival.stored_at for arrival in bounded] == [newest, NOW - 60, NOW - 60, NOW]


def test_a_clock_that_was_set_back_dates_what_comes_now() -> None:
    assert [each.stored_at for each in stored_in_order(stored(NOW - 5, NOW), NOW + DAY_MS, NOW)] == [NOW, NOW]


def test_the_last_number_that_is_believed_is_far_away() -> None:
    check_mailbox_number(MAILBOX_NUMBER_MAX)
    check_position(MAILBOX_NUMBER_MAX, MAILBOX_NUMBER_MAX)
    with pytest.raises(ProtocolError, match="not_allowed"):
        check_mailbox_number(MAILBOX_NUMBER_MAX + 1)
    for cursor, head in ((INTEGER_MAX, 0), (0, INTEGER_MAX)):
        with pytest.raises(LinkError, match="rolled_back"):
            check_position(cursor, head)


def test_nobody_sends_us_away_for_longer_than_an_hour() -> None:
    assert remote_error(ErrorCode.BUSY.value, "", INTEGER_MAX).retry_after_ms == RETRY_AFTER_MAX_MS
    assert remote_error(ErrorCode.BUSY.value, "", 5).retry_after_ms == 5
    assert remote_error(ErrorCode.BUSY.value, "").retry_after_ms is None


def test_a_relay_that_says_that_it_has_held_something_until_1970_makes_nothing_expire(home: Home) -> None:
    alice, message = Writer("alice"), a_message_id()
    with home.base.database.write() as unit:
        contact = know(home, unit, alice)
        unit.new_messages.add_outgoing(message, contact.contact, "hello", NOW, b"part")
        record = an_envelope(unit, contact.contact, alice.own.device, message=message)
        transaction = a_turn(home, unit, contact)
        transaction.outcome(PeerKept(record.envelope, LaneRoute.RELAY, 0))
        transaction.expire()
        kept = unit.messages.by_id(message)
    assert kept is not None
    assert (kept.state, kept.held_until) == (MessageState.HELD, NOW + HELD_AT_LEAST_MS)


def test_a_number_below_the_cursor_is_kept_and_lowers_nothing(home: Home) -> None:
    alice = Writer("alice")
    with home.base.database.write() as unit:
        know(home, unit, alice)
        unit.profile.set_relay(RelayRecord("relay.example", 5050, None, True, 0, None, 0))
    worker, effects = Worker("inbox"), list[Effect]()
    dispatcher = InboundRouter(home.base, worker, effects.extend, OpenedEnvelopes(home.base.own))
    worker.start()
    arrivals = [replace(alice.writes_first(home), seq=seq) for seq in (7, 3)]
    assert len(dispatcher.arrived(arrivals).result(DEADLINE_S)) == 2
    worker.stop()
    with home.base.database.read() as unit:
        relay = unit.profile.relay()
        waiting = unit.inbox.next_for(1, 10)
    assert relay is not None
    assert (relay.cursor, relay.cursor_envelope) == (7, arrivals[0].envelope)
    assert [row.seq for row in waiting] == [7, 3]
    assert effects[0] == Acknowledge(7)
