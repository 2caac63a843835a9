"""Asking for what cannot be decrypted, and answering those who ask: seldom, and never for what was never ours."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from babilu.api.events import GapNoticed, LineAdded
from babilu.engine.conversation import repair
from babilu.engine.conversation.conversation_cache import ConversationCache
from babilu.engine.conversation.effects import SendBatch, WakeIn
from babilu.engine.conversation.encryption import OutgoingContent
from babilu.engine.conversation.handing_over import hand_over
from babilu.engine.conversation.repair import (
    FIRST_WAIT_MS,
    JITTER_MS,
    LOOK_AGAIN_MS,
    SESSION_PAUSE_MS,
    answer_retry,
    look_at_quarantine,
    request_repairs,
    take_settled,
    waits_for_repair,
)
from babilu.engine.conversation.transaction import ConversationTransaction
from babilu.identity.device_list import encode_device_list
from babilu.identity.shapes import DeviceEntry
from babilu.kernel.errors import ErrorCode
from babilu.kernel.ids import DeviceId, EnvelopeId
from babilu.kernel.states import Route
from babilu.session.sessions import sending_session
from babilu.store.delivery_records import OutboxRecord
from babilu.store.repairs import ATTEMPTS, ATTEMPTS_WITHIN_MS, DEVICES_COUNTED, Side
from babilu.store.statements import Statements
from babilu.store.unit_of_work import UnitOfWork
from babilu.wire.content_reading import read_part
from babilu.wire.delivery_parts import RetryRequest, Settled
from tests.unit.engine.homes import Home, Writer, a_home, a_turn, id_with, know, told_in
from tests.unit.store.builders import NOW, a_device, a_session, an_envelope, an_envelope_id

SESSION = bytes(16)


class Scene:
    """A conversation with alice, whose device can be encrypted for, turn by turn."""

    def __init__(self, home: Home, unit: UnitOfWork, *, accepted: bool = True) -> None:
        self.home = home
        self.unit = unit
        self.alice = Writer("alice")
        self.contact = know(home, unit, self.alice, accepted=accepted)
        self.cache = ConversationCache()
        self.has_bundle = True
        self.said: list[RetryRequest | Settled] = []
        self.given_again: list[OutboxRecord] = []

    @property
    def device(self) -> DeviceId:
        return self.alice.own.device

    def transaction(self) -> ConversationTransaction:
        transaction = a_turn(self.home, self.unit, self.contact, self.cache)
        return _Noted(self, transaction)

    def set_aside(self, reason: str = ErrorCode.NO_SESSION.value) -> EnvelopeId:
        arrival = replace(self.alice.writes_first(self.home), contact=self.contact.contact)
        self.unit.inbox.add([arrival], self.home.clock.now)
        (row,) = self.unit.inbox.next_for(self.contact.contact, 1)
        self.unit.inbox.quarantine(row.row, reason, self.home.clock.now, self.device)
        return arrival.envelope

    def ask_for(self, *envelopes: EnvelopeId) -> None:
        answer_retry(self.transaction(), self.device, SESSION, envelopes)


class _Noted(ConversationTransaction):
    """A turn that begins sessions and makes envelopes only on paper."""

    def __init__(self, scene: Scene, transaction: ConversationTransaction) -> None:
        self.__dict__ = transaction.__dict__
        self._scene = scene

    def start_session(self, entry: DeviceEntry) -> bool:
        assert entry.device == self._scene.device
        return self._scene.has_bundle

    def seal(self, entry: DeviceEntry, saying: OutgoingContent) -> None:
        assert entry.device == self._scene.device
        part = read_part(saying.part, chained=saying.chained)
        assert isinstance(part, RetryRequest | Settled)
        self._scene.said.append(part)

    def replace_envelope(self, entry: DeviceEntry, row: OutboxRecord) -> None:
        assert entry.device == self._scene.device
        self._scene.given_again.append(row)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with a_home(tmp_path) as home:
        yield home


@pytest.fixture
def scene(home: Home) -> Iterator[Scene]:
    with home.base.database.write() as unit:
        yield Scene(home, unit)


def test_a_device_is_asked_to_repeat_itself_with_pauses_and_so_often_and_no_more(scene: Scene) -> None:
    aside = scene.set_aside()
    for _ in range(3 * ATTEMPTS):
        request_repairs(scene.transaction())
        request_repairs(scene.transaction())
        scene.home.clock.now += SESSION_PAUSE_MS
    assert scene.said == [RetryRequest((aside,))] * ATTEMPTS
    scene.home.clock.now = NOW + ATTEMPTS_WITHIN_MS
    request_repairs(scene.transaction())
    assert len(scene.said) == ATTEMPTS + 1


def test_what_is_set_aside_is_looked_at_by_itself(scene: Scene) -> None:
    """A turn that does nothing but set aside, such as the first of a run, has no look after it that asks for a wake."""
    turn = scene.transaction()
    aside = scene.set_aside()
    waits_for_repair(turn, scene.device)
    (wake,) = [effect for effect in turn.effects if isinstance(effect, WakeIn)]
    assert (wake.contact.contact, FIRST_WAIT_MS <= wake.ms <= FIRST_WAIT_MS + JITTER_MS) == (
        scene.contact.contact,
        True,
    )

    scene.home.clock.now += wake.ms - 1
    request_repairs(scene.transaction())
    assert not scene.said
    scene.home.clock.now += 1
    request_repairs(scene.transaction())
    assert scene.said == [RetryRequest((aside,))]


def test_one_more_that_is_set_aside_puts_the_look_off_no_further(scene: Scene) -> None:
    first = scene.transaction()
    waits_for_repair(first, scene.device)
    scene.home.clock.now += FIRST_WAIT_MS
    later = scene.transaction()
    waits_for_repair(later, scene.device)
    (due,) = [NOW + effect.ms for effect in first.effects if isinstance(effect, WakeIn)]
    (again,) = [NOW + FIRST_WAIT_MS + effect.ms for effect in later.effects if isinstance(effect, WakeIn)]
    assert again in {due, NOW + FIRST_WAIT_MS + 1}


def test_a_device_whose_bundle_did_not_come_is_asked_at_a_later_turn(scene: Scene) -> None:
    aside = scene.set_aside()
    scene.has_bundle = False
    request_repairs(scene.transaction())
    scene.home.clock.now += SESSION_PAUSE_MS
    request_repairs(scene.transaction())
    assert scene.said == []
    scene.has_bundle = True
    scene.home.clock.now += FIRST_WAIT_MS
    request_repairs(scene.transaction())
    assert scene.said == [RetryRequest((aside,))]


def test_quarantine_costs_nothing_while_nothing_changes_there(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(40):
        scene.set_aside()
    request_repairs(scene.transaction())
    read: list[str] = []

    def note(statements: Statements, sql: str, *values: object) -> list[object]:
        del statements, values
        read.append(sql)
        return []

    turns = [scene.transaction() for _ in range(3)]
    with monkeypatch.context() as patched:
        patched.setattr(repair, "devices_in_force", None)
        patched.setattr(Statements, "all", note)
        for transaction in turns:
            request_repairs(transaction)
    assert read == []
    look_at_quarantine(scene.transaction())
    scene.home.clock.now += SESSION_PAUSE_MS
    request_repairs(scene.transaction())
    assert len(scene.said) == 2


def test_quarantine_is_looked_at_again_in_time_and_after_a_clock_that_was_ahead(scene: Scene) -> None:
    scene.cache.repair_next = NOW + 100 * LOOK_AGAIN_MS
    scene.set_aside()
    scene.cache.repair_next = NOW + 100 * LOOK_AGAIN_MS
    request_repairs(scene.transaction())
    assert len(scene.said) == 1


def test_what_was_set_aside_is_asked_for_without_being_opened(scene: Scene) -> None:
    named = [scene.set_aside() for _ in range(3)]
    scene.set_aside(ErrorCode.INTERNAL.value)
    scene.unit.statements.run("UPDATE inbox SET envelope_bytes = x'00'")
    request_repairs(scene.transaction())
    assert scene.said == [RetryRequest(tuple(named))]


def test_whoever_asks_is_answered_as_often_as_we_would_ask_and_no_more(scene: Scene) -> None:
    mine = an_envelope(scene.unit, scene.contact.contact, scene.device, chained=False)
    for _ in range(3 * ATTEMPTS):
        scene.ask_for(mine.envelope)
    assert scene.said == [Settled((mine.envelope,))] * ATTEMPTS
    scene.home.clock.now += ATTEMPTS_WITHIN_MS
    scene.ask_for(mine.envelope)
    assert len(scene.said) == ATTEMPTS + 1


def test_invented_ids_are_not_answered_and_those_that_were_ours_once_are(scene: Scene) -> None:
    unit, contact = scene.unit, scene.contact.contact
    waiting = an_envelope(unit, contact, scene.device)
    receipt = an_envelope(unit, contact, scene.device, chained=False)
    unit.outbox.finish(receipt)
    for_others = an_envelope(unit, know(scene.home, unit, Writer("carol")).contact, a_device(), chained=False)
    invented = [an_envelope_id() for _ in range(1_000)]
    scene.ask_for(*invented, waiting.envelope, receipt.envelope, for_others.envelope)
    assert scene.given_again == [waiting]
    assert scene.said == [Settled((receipt.envelope,))]
    scene.ask_for(*invented)
    assert len(scene.said) == 1


def test_a_stranger_who_asks_is_not_answered(home: Home) -> None:
    with home.base.database.write() as unit:
        scene = Scene(home, unit, accepted=False)
        mine = an_envelope(unit, scene.contact.contact, scene.device, chained=False)
        scene.ask_for(mine.envelope)
        assert scene.said == []


def test_a_stranger_who_asks_gets_what_follows_over_the_session_that_they_asked_over(home: Home) -> None:
    with home.base.database.write() as unit:
        scene = Scene(home, unit, accepted=False)
        unit.sessions.save_session(a_session(scene.device))
        asked_over = replace(a_session(scene.device), session=SESSION, received=1, sending=False, replaced_at=NOW)
        unit.sessions.save_session(asked_over)
        scene.ask_for(an_envelope_id())
        present = sending_session(unit.sessions, scene.device)
        assert present is not None
        assert present.session == SESSION


def test_ever_new_devices_of_a_contact_are_no_way_to_be_answered_more_often(scene: Scene) -> None:
    repairs, contact = scene.unit.repairs, scene.contact.contact
    for _ in range(DEVICES_COUNTED):
        device = a_device()
        assert repairs.may(contact, device, Side.ANSWERED, NOW)
        repairs.count(contact, device, Side.ANSWERED, NOW)
    assert not repairs.may(contact, a_device(), Side.ANSWERED, NOW)
    assert repairs.may(contact, a_device(), Side.ASKED, NOW)
    assert repairs.may(contact + 1, a_device(), Side.ANSWERED, NOW)
    assert repairs.may(contact, a_device(), Side.ANSWERED, NOW + ATTEMPTS_WITHIN_MS)
    assert scene.unit.statements.number("SELECT count(*) FROM repair") == 0


def test_envelopes_that_ask_for_no_receipt_wait_in_bounds(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("babilu.store.outbox.UNCHAINED_ROWS", 3)
    monkeypatch.setattr("babilu.store.outbox.SENT_IDS_KEPT", 2)
    unit, contact = scene.unit, scene.contact.contact
    text = an_envelope(unit, contact, scene.device)
    made = [an_envelope(unit, contact, scene.device, chained=False) for _ in range(5)]
    kept = [record.envelope for record in unit.outbox.unaccepted(contact, scene.device)]
    assert kept == [text.envelope, *(each.envelope for each in made[2:])]
    for each in made[2:]:
        unit.outbox.finish(each)
    assert [unit.outbox.was_sent(each.envelope, contact) for each in made] == [False, False, False, True, True]


def test_what_a_device_that_is_gone_cannot_repeat_is_told_as_a_gap(scene: Scene) -> None:
    scene.set_aside()
    scene.set_aside()
    scene.unit.contacts.set_device_list(
        scene.contact.contact, encode_device_list(scene.alice.list_with()), [Writer("another").entry]
    )
    transaction = a_turn(scene.home, scene.unit, scene.contact, scene.cache)
    transaction.contact = replace(transaction.contact, device_list=encode_device_list(Writer("alice").own.device_list))
    request_repairs(transaction)
    noticed, line = told_in(transaction.effects)
    assert noticed == GapNoticed("alice", 2, 2, id_with(scene.home, scene.contact))
    assert isinstance(line, LineAdded)
    assert scene.unit.inbox.dropped() == {"device_gone": 2}


def test_what_waits_for_a_receipt_is_sent_again_once_for_all_that_is_not_repeated(scene: Scene) -> None:
    unit, contact = scene.unit, scene.contact.contact
    mine = an_envelope(unit, contact, scene.device)
    first, second, third = (scene.set_aside() for _ in range(3))

    def settle(envelope: EnvelopeId) -> list[EnvelopeId]:
        unit.outbox.mark_accepted(mine.envelope, NOW, Route.DIRECT)
        transaction = scene.transaction()
        take_settled(transaction, scene.device, (envelope,))
        hand_over(transaction, [])
        batches = [batch for effect in transaction.effects if isinstance(effect, SendBatch) for batch in effect.batches]
        return [outbound.envelope for batch in batches for outbound in batch.outbounds]

    assert settle(an_envelope_id()) == []
    assert settle(first) == [mine.envelope]
    assert settle(second) == []
    scene.home.clock.now += SESSION_PAUSE_MS
    assert settle(third) == [mine.envelope]
    assert unit.inbox.quarantined(9) == []
