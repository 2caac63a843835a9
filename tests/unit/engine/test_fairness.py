"""A turn takes little time, whatever waits for it, and a stranger has little of it taken at all."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from babilu.api import events
from babilu.engine.conversation import receiving
from babilu.engine.conversation.conversation_cache import ConversationCache
from babilu.engine.conversation.encryption import ContentEncryption
from babilu.engine.conversation.groups.group_receiving import HeldForGroupError
from babilu.engine.conversation.inbox_reading import RECEIVE_MS, receive_waiting
from babilu.engine.conversation.receiving import OVER_BUDGET
from babilu.engine.conversation.sealing import SEAL_MS, SEALED_AT_ONCE, SEALED_TOGETHER, seal_waiting
from babilu.engine.conversation.transaction import ConversationTransaction
from babilu.kernel.alarms import AlarmKind
from babilu.kernel.errors import ErrorCode
from babilu.store import budgets
from babilu.store.delivery_records import OutboxRecord
from babilu.store.inbox import HELD_FOR_GROUP
from babilu.store.unit_of_work import UnitOfWork
from tests.unit.engine.homes import Home, Writer, a_home, know, told_in
from tests.unit.store.builders import NOW, add_outgoing, owe


@dataclass
class Ticking:
    """A clock that shows another time at each look."""

    step: int
    monotonic: int = 0

    def now_ms(self) -> int:
        return NOW

    def monotonic_ms(self) -> int:
        self.monotonic += self.step
        return self.monotonic


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with a_home(tmp_path) as home:
        yield home


def a_turn(home: Home, unit: UnitOfWork, contact: int, step: int = 0) -> ConversationTransaction:
    record = unit.contacts.by_contact(contact)
    assert record is not None
    base = home.base
    return ConversationTransaction(
        unit,
        record,
        ConversationCache(),
        ContentEncryption(base.own, base.randomness),
        base.show,
        base.randomness,
        Ticking(step),
    )


def waiting(home: Home, unit: UnitOfWork, writer: Writer, count: int, *, accepted: bool = True) -> int:
    """Let so many envelopes wait that a writer's device has sealed, and return the contact."""
    contact = know(home, unit, writer, accepted=accepted).contact
    unit.inbox.add([replace(writer.writes_first(home), contact=contact) for _ in range(count)], NOW)
    return contact


def left(unit: UnitOfWork, contact: int) -> int:
    return len(unit.inbox.next_for(contact, 1_000))


def test_a_turn_takes_in_what_waits_for_so_long_and_leaves_the_rest_to_the_next(home: Home) -> None:
    with home.base.database.write() as unit:
        contact = waiting(home, unit, Writer("alice"), 40)
        assert receive_waiting(a_turn(home, unit, contact, step=RECEIVE_MS // 5))
        assert 40 - left(unit, contact) == 5
        assert not receive_waiting(a_turn(home, unit, contact))
        assert left(unit, contact) == 0
        assert not receive_waiting(a_turn(home, unit, contact))


def test_a_turn_takes_in_one_envelope_however_long_that_takes(home: Home) -> None:
    with home.base.database.write() as unit:
        contact = waiting(home, unit, Writer("alice"), 2)
        assert receive_waiting(a_turn(home, unit, contact, step=1_000))
        assert left(unit, contact) == 1
        assert not receive_waiting(a_turn(home, unit, contact, step=1_000))


def test_own_messages_are_made_in_short_transactions_and_each_as_a_whole(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed: list[int] = []

    def seal_all(*call: object) -> list[OutboxRecord]:
        sayings = call[5]
        assert isinstance(sayings, list)
        sealed.append(len(sayings))
        return []

    monkeypatch.setattr(ConversationTransaction, "have_session", lambda *_: True)
    monkeypatch.setattr(ContentEncryption, "seal_all", seal_all)
    with home.base.database.write() as unit:
        contact = know(home, unit, Writer("alice")).contact
        for _ in range(30):
            owe(unit, contact, add_outgoing(unit, contact))
        assert seal_waiting(a_turn(home, unit, contact, step=SEAL_MS // 2))
        assert sealed == [SEALED_TOGETHER, SEALED_TOGETHER]
        assert not seal_waiting(a_turn(home, unit, contact))
        assert sum(sealed) == 30
    assert SEALED_AT_ONCE > 30


def test_what_a_stranger_sends_beyond_their_day_is_dropped_unopened_and_told_to_nobody(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budgets, "STRANGER_ENVELOPES_A_DAY", 3)
    with home.base.database.write() as unit:
        contact = waiting(home, unit, Writer("eve"), 10, accepted=False)
        transaction = a_turn(home, unit, contact)
        receive_waiting(transaction)
        assert unit.inbox.dropped()[OVER_BUDGET] == 7
        assert told_in(transaction.effects) == []
        assert left(unit, contact) == 0


def test_what_is_judged_again_for_a_group_costs_whoever_sent_it_nothing_more(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budgets, "STRANGER_ENVELOPES_A_DAY", 3)
    monkeypatch.setattr(budgets, "STRANGER_HANDSHAKES_A_DAY", 3)
    eve = Writer("eve")

    def is_of_unknown_group(*_: object) -> bytes:
        raise HeldForGroupError(eve.own.device)

    monkeypatch.setattr(receiving, "decrypt", is_of_unknown_group)
    with home.base.database.write() as unit:
        contact = waiting(home, unit, eve, 4, accepted=False)
        for _ in range(3):
            receive_waiting(a_turn(home, unit, contact))
            assert len(unit.inbox.quarantined(9)) == 3
            assert unit.inbox.dropped() == {OVER_BUDGET: 1}
            # The log of the group has grown.
            unit.inbox.release_all(contact, HELD_FOR_GROUP)


def test_that_all_strangers_together_send_more_than_is_kept_is_told_once_a_day(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budgets, "STRANGERS_BYTES_A_DAY", 100)
    told = []
    with home.base.database.write() as unit:
        for name in ("eve", "mallory"):
            transaction = a_turn(home, unit, waiting(home, unit, Writer(name), 3, accepted=False))
            receive_waiting(transaction)
            told += told_in(transaction.effects)
        assert unit.inbox.dropped()[OVER_BUDGET] == 6
    assert told == [events.AlarmRaised(AlarmKind.STRANGERS_REFUSED, None, ErrorCode.QUOTA.value)]


def test_that_a_contact_sends_more_than_is_kept_is_told_once_a_day(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budgets, "ENVELOPES_A_DAY", 3)
    with home.base.database.write() as unit:
        contact = waiting(home, unit, Writer("alice"), 10)
        told = []
        for _ in range(2):
            transaction = a_turn(home, unit, contact)
            receive_waiting(transaction)
            told += told_in(transaction.effects)
            unit.inbox.add([replace(Writer("alice").writes_first(home), contact=contact)], NOW)
        assert [getattr(event, "code", "") for event in told] == [ErrorCode.QUOTA.value]


def test_sessions_that_a_stranger_begins_without_end_are_not_begun(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budgets, "STRANGER_HANDSHAKES_A_DAY", 2)
    with home.base.database.write() as unit:
        contact = waiting(home, unit, Writer("eve"), 5, accepted=False)
        receive_waiting(a_turn(home, unit, contact))
        assert unit.inbox.dropped() == {OVER_BUDGET: 3}
        assert len(unit.inbox.quarantined(10, contact)) == 2
