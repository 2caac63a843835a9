"""A claim never replaces what was verified, and what a user approves is what was shown to them."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from babilu.api import commands as ask_for
from babilu.api import events
from babilu.engine.conversation.device_lists import take_list
from babilu.engine.conversation.effects import Effect, GiveHint, LookUp, RequestBundle, Sweep
from babilu.engine.conversation.inbound_router import InboundRouter
from babilu.engine.conversation.inbox_reading import receive_waiting
from babilu.engine.conversation.opened_envelopes import OpenedEnvelopes
from babilu.engine.conversation.sealing import seal_waiting
from babilu.engine.conversation.sender_devices import came_after_claim
from babilu.engine.conversation.transaction import ConversationTransaction
from babilu.engine.conversation.trust import CLAIMED, mark_verified, reject_identity, trust_identity
from babilu.engine.conversation.wakeups import ListCame
from babilu.engine.runtime.threads import Worker
from babilu.identity.device_list import decode_device_list
from babilu.identity.safety_number import safety_number
from babilu.kernel.alarms import AlarmKind
from babilu.kernel.errors import ErrorCode, TrustError
from babilu.kernel.ids import envelope_id
from babilu.kernel.limits import DAY_MS
from babilu.kernel.states import MessageKind, MessageState, Route, Trust
from babilu.store.contact_records import ContactRecord
from babilu.store.delivery_records import InboxRecord, InboxState
from babilu.store.unit_of_work import UnitOfWork
from tests.unit.engine.homes import Home, Writer, a_home, a_turn, id_with, know, told_in
from tests.unit.store.builders import add_outgoing, an_envelope, owe

DEADLINE_S = 30.0


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with a_home(tmp_path) as made:
        yield made


@pytest.fixture
def unit(home: Home) -> Iterator[UnitOfWork]:
    with home.base.database.write() as made:
        yield made


def claimed(
    home: Home, unit: UnitOfWork, *, trust: Trust = Trust.VERIFIED, accepted: bool = True
) -> tuple[ConversationTransaction, Writer]:
    """Let the relay claim that a contact has another identity."""
    contact = know(home, unit, Writer("alice"), accepted=accepted)
    unit.contacts.set_trust(contact.contact, trust)
    transaction, other = a_turn(home, unit, contact), Writer("alice")
    take_list(transaction, other.own.device_list, settles=True)
    return transaction, other


def known_list(transaction: ConversationTransaction) -> ListCame:
    return ListCame(decode_device_list(transaction.contact.device_list))


def told(transaction: ConversationTransaction, kind: type[events.Event]) -> list[events.Event]:
    return [event for event in told_in(transaction.effects) if isinstance(event, kind)]


def refused_with(code: ErrorCode) -> "pytest.RaisesExc[TrustError]":
    return pytest.raises(TrustError, check=lambda error: error.code is code)


def number(home: Home, writer_key: bytes) -> str:
    return safety_number(home.base.own.identity_key, writer_key)


def test_a_claim_is_pending_beside_the_verified_identity_and_stops_the_relay(home: Home, unit: UnitOfWork) -> None:
    transaction, other = claimed(home, unit)
    before = transaction.contact
    assert (before.trust, before.pending and before.pending.identity_key) == (Trust.VERIFIED, other.own.identity_key)
    assert told(transaction, events.IdentityChanged) == [events.IdentityChanged("alice", was_verified=True)]
    view = transaction.show.contact(transaction.contact)
    assert (view.trust, view.was_verified, view.pending) == (Trust.CHANGED, True, other.own.identity_key)
    with refused_with(ErrorCode.IDENTITY_CHANGED):
        transaction.send_text("who are you?")


def test_a_direct_conversation_goes_on_while_a_claim_is_pending(home: Home, unit: UnitOfWork) -> None:
    transaction, _ = claimed(home, unit)
    home.base.presences.link(transaction.contact.contact, up=True)
    assert transaction.send_text("still you").text == "still you"
    seal_waiting(transaction)
    requests = [
        RequestBundle(transaction.contact, device.device, written=True)
        for device in unit.contacts.devices(transaction.contact.contact)
    ]
    assert transaction.effects[-len(requests) :] == requests


def test_a_claim_can_be_rejected_and_all_is_as_before(home: Home, unit: UnitOfWork) -> None:
    transaction, other = claimed(home, unit)
    with refused_with(ErrorCode.MISMATCH):
        reject_identity(transaction, Writer("alice").own.identity_key)
    assert transaction.contact.pending is not None
    contact = reject_identity(transaction, other.own.identity_key)
    assert (contact.trust, contact.pending) == (Trust.VERIFIED, None)
    assert transaction.send_text("good to know").text == "good to know"
    assert transaction.restart


@pytest.mark.parametrize("enclosed", [False, True])
def test_a_claim_falls_away_when_the_relay_names_the_known_identity_again(
    home: Home, unit: UnitOfWork, *, enclosed: bool
) -> None:
    transaction, _ = claimed(home, unit)
    take_list(transaction, known_list(transaction).device_list, settles=not enclosed)
    assert (transaction.contact.pending is None) is not enclosed
    assert transaction.contact.trust is Trust.VERIFIED


def test_the_identity_that_was_shown_is_approved_and_no_other(home: Home, unit: UnitOfWork) -> None:
    transaction, first = claimed(home, unit)
    second = Writer("alice")
    take_list(transaction, second.own.device_list, settles=True)
    for command in (
        ask_for.TrustIdentity("alice", first.own.identity_key),
        ask_for.TrustIdentity("alice", digits=number(home, first.own.identity_key)),
        ask_for.TrustIdentity("alice", transaction.contact.identity_key),
    ):
        with refused_with(ErrorCode.MISMATCH):
            trust_identity(transaction, command)
    assert transaction.contact.identity_key != second.own.identity_key
    digits = number(home, second.own.identity_key)
    written = " ".join(digits[start : start + 5] for start in range(0, 60, 5))
    contact = trust_identity(transaction, ask_for.TrustIdentity("alice", second.own.identity_key, written))
    assert (contact.identity, contact.trust, contact.pending) == (
        second.own.identity_key,
        Trust.FIRST_USE,
        None,
    )
    (line,), _, _ = unit.history.page(transaction.contact.contact, 10)
    assert (line.kind, line.text, line.unread, line.sent_at) == (MessageKind.KEY_CHANGED, "", False, transaction.now)
    assert unit.messages.take_unshown(10) == []
    assert told(transaction, events.LineAdded) == [events.LineAdded(transaction.view(line))]
    assert unit.history.overview()[0][2] is None


def test_what_was_written_to_another_identity_has_failed_and_is_made_anew_on_request(
    home: Home, unit: UnitOfWork
) -> None:
    transaction, other = claimed(home, unit)
    contact = transaction.contact.contact
    device = unit.contacts.devices(contact)[0].device
    waiting, sent = add_outgoing(unit, contact, "waiting"), add_outgoing(unit, contact, "sent")
    owe(unit, contact, waiting)
    an_envelope(unit, contact, device, sent)
    trust_identity(transaction, ask_for.TrustIdentity("alice", other.own.identity_key))
    anew_id = id_with(home, transaction.contact)
    assert told(transaction, events.MessageStateChanged) == [
        events.MessageStateChanged(message, "alice", MessageState.FAILED, None, "identity_changed", anew_id)
        for message in (waiting, sent)
    ]
    assert (unit.deliveries.under_way_to(contact), unit.outbox.of_message(sent)) == ([], [])
    anew = transaction.retry(sent)
    assert (anew.text, anew.state, anew.replaces) == ("sent", MessageState.QUEUED, sent)
    assert (unit.messages.by_id(sent), unit.messages.is_known(sent, contact)) == (None, True)
    (device,) = (record.device for record in unit.contacts.devices(contact))
    assert [(owed.message, owed.device) for owed in unit.deliveries.under_way_to(contact)] == [(anew.id, device)]
    assert told(transaction, events.MessageDeleted) == [events.MessageDeleted(sent, "alice", anew_id, "bob")]
    assert told(transaction, events.MessageQueued) == [events.MessageQueued(anew)]


def test_an_approval_that_comes_twice_changes_nothing(home: Home, unit: UnitOfWork) -> None:
    transaction, other = claimed(home, unit)
    command = ask_for.TrustIdentity("alice", other.own.identity_key)
    assert trust_identity(transaction, command) == trust_identity(transaction, command)
    assert len(unit.history.page(transaction.contact.contact, 10)[0]) == 1
    with refused_with(ErrorCode.MISMATCH):
        trust_identity(transaction, ask_for.TrustIdentity("alice", Writer("x").own.identity_key))


def test_what_is_marked_as_verified_is_what_was_compared(home: Home, unit: UnitOfWork) -> None:
    transaction, other = claimed(home, unit, trust=Trust.FIRST_USE)
    known = transaction.contact.identity_key
    with refused_with(ErrorCode.IDENTITY_CHANGED):
        mark_verified(transaction, ask_for.MarkVerified("alice"))
    for wrong in (
        ask_for.MarkVerified("alice", identity=other.own.identity_key),
        ask_for.MarkVerified("alice", digits=number(home, other.own.identity_key)),
    ):
        with refused_with(ErrorCode.MISMATCH):
            mark_verified(transaction, wrong)
    assert [contact.trust for contact in unit.contacts.all()] == [Trust.FIRST_USE]
    shown = mark_verified(transaction, ask_for.MarkVerified("alice", True, known, number(home, known)))
    assert (shown.was_verified, shown.pending) == (True, other.own.identity_key)
    assert [contact.trust for contact in unit.contacts.all()] == [Trust.VERIFIED]


def test_an_envelope_that_the_known_identity_sent_after_a_claim_puts_it_away(home: Home, unit: UnitOfWork) -> None:
    transaction, writer = claimed(home, unit)
    row = _row(writer.writes_first(home).envelope_bytes, transaction.now)
    assert not came_after_claim(transaction, row)
    assert came_after_claim(transaction, replace(row, stored_at=transaction.now + 1))
    assert came_after_claim(transaction, replace(row, route=Route.DIRECT))


def _row(envelope: bytes, stored_at: int) -> InboxRecord:
    return InboxRecord(
        1, Route.RELAY, 1, stored_at, envelope_id(envelope), envelope, None, None, InboxState.WAITING, ""
    )


def test_an_alarm_rings_once_a_day_for_each_contact_and_kind(home: Home, unit: UnitOfWork) -> None:
    contact = know(home, unit, Writer("alice"))
    other = know(home, unit, Writer("carol"))

    def ring(kind: AlarmKind, whose: ContactRecord, later: int = 0) -> list[events.Event]:
        transaction = a_turn(home, unit, whose)
        transaction.now += later
        for _ in range(50):
            transaction.alarm(kind, ErrorCode.CONFLICT)
        return told_in(transaction.effects)

    broken = events.AlarmRaised(AlarmKind.CHAIN_BROKEN, "alice", "conflict")
    assert ring(AlarmKind.CHAIN_BROKEN, contact) == [broken]
    assert ring(AlarmKind.CHAIN_BROKEN, contact, DAY_MS - 1) == []
    assert ring(AlarmKind.LISTS_DIFFER, contact) == [events.AlarmRaised(AlarmKind.LISTS_DIFFER, "alice", "conflict")]
    assert ring(AlarmKind.CHAIN_BROKEN, other) == [replace(broken, name="carol")]
    assert ring(AlarmKind.CHAIN_BROKEN, contact, DAY_MS) == [broken]


@pytest.mark.parametrize("stranger", [True, False])
def test_strangers_and_blocked_people_ring_no_alarm_and_make_no_news(
    home: Home, unit: UnitOfWork, *, stranger: bool
) -> None:
    contact = know(home, unit, Writer("alice"), accepted=not stranger)
    unit.contacts.set_blocked(contact.contact, not stranger)
    transaction = a_turn(home, unit, contact)
    for kind in AlarmKind:
        transaction.alarm(kind, ErrorCode.CONFLICT)
    take_list(transaction, Writer("alice").own.device_list, settles=True)
    assert [type(event) for event in told_in(transaction.effects)] == [events.ContactChanged]


def test_a_verified_stranger_is_none(home: Home, unit: UnitOfWork) -> None:
    transaction, _ = claimed(home, unit, accepted=False)
    assert len(told(transaction, events.IdentityChanged)) == 1


def test_a_claim_that_comes_and_goes_is_news_once_until_the_user_decides(home: Home, unit: UnitOfWork) -> None:
    transaction, other = claimed(home, unit)
    for _ in range(50):
        take_list(transaction, known_list(transaction).device_list, settles=True)
        take_list(transaction, other.own.device_list, settles=True)
    assert len(told(transaction, events.IdentityChanged)) == 1
    reject_identity(transaction, other.own.identity_key)
    take_list(transaction, other.own.device_list, settles=True)
    assert len(told(transaction, events.IdentityChanged)) == 2


class Rounds:
    """A dispatcher and the turns of its contacts, one step after another in this thread."""

    def __init__(self, home: Home, vouched: Writer) -> None:
        self.home, self.vouched = home, vouched
        self.hints: list[ListCame] = []
        self.sweeps = 0
        self.told: list[events.Event] = []
        self.worker = Worker("inbox")
        self.dispatcher = InboundRouter(home.base, self.worker, self.run, OpenedEnvelopes(home.base.own))

    def run(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            match effect:
                case GiveHint(_, ListCame() as hint):
                    self.hints.append(hint)
                case LookUp(account):
                    self.dispatcher.looked_up(account, self.vouched.own.device_list, None)

    def rest(self) -> None:
        self.worker.ask(lambda: None).result(DEADLINE_S)

    def transaction(self) -> bool:
        """Do one turn; tells whether it wants a sweep."""
        self.rest()
        with self.home.base.database.write() as unit:
            (contact,) = unit.contacts.all()
            transaction = a_turn(self.home, unit, contact)
            hints, self.hints = self.hints, []
            for hint in hints:
                take_list(transaction, hint.device_list, settles=not hint.enclosed)
            while receive_waiting(transaction):
                pass
        self.told += told_in(transaction.effects)
        return Sweep() in transaction.effects


def test_what_an_identity_sent_that_was_claimed_and_not_approved_is_told_as_a_gap(home: Home, unit: UnitOfWork) -> None:
    transaction, second = claimed(home, unit)
    contact = transaction.contact.contact
    unit.inbox.add([replace(second.writes_first(home), contact=contact) for _ in range(2)], transaction.now)
    receive_waiting(transaction)
    third = Writer("alice")
    take_list(transaction, third.own.device_list, settles=True)
    trust_identity(transaction, ask_for.TrustIdentity("alice", third.own.identity_key))
    receive_waiting(transaction)
    assert told(transaction, events.GapNoticed) == [
        events.GapNoticed("alice", 2, 2, id_with(home, transaction.contact))
    ]
    assert (unit.inbox.quarantined(9), unit.inbox.unassigned(9)) == ([], [])


@pytest.mark.parametrize(("accepted", "alarms"), [(True, 1), (False, 0)])
def test_fifty_lists_of_a_claimed_identity_are_one_alarm_and_each_envelope_is_judged_once(
    home: Home, *, accepted: bool, alarms: int
) -> None:
    with home.base.database.write() as unit:
        know(home, unit, Writer("mallory"), accepted=accepted)
    again = Writer("mallory")
    devices = [Writer("mallory") for _ in range(50)]
    for step, device in enumerate(devices, 1):
        device.showing(again.list_with(device, step=step))
    rounds = Rounds(home, again)
    rounds.worker.start()
    try:
        rounds.dispatcher.arrived([device.writes_first(home) for device in devices]).result(DEADLINE_S)
        while rounds.transaction() and rounds.sweeps < 2:
            rounds.sweeps += 1
            rounds.dispatcher.sweep()
            rounds.rest()
        rounds.transaction()
    finally:
        rounds.worker.stop()
    assert sum(isinstance(event, events.IdentityChanged) for event in rounds.told) == alarms
    assert rounds.sweeps <= 1
    with home.base.database.read() as unit:
        assert unit.inbox.unassigned(1) == []
        assert unit.inbox.next_for(unit.contacts.all()[0].contact, 1) == []
        assert {row.reason for row in unit.inbox.quarantined(100)} == {CLAIMED}
