from collections.abc import Iterator
from pathlib import Path

import pytest

from babilu.api import events
from babilu.engine.conversation import handing_over
from babilu.engine.conversation.conversation_cache import ConversationCache
from babilu.engine.conversation.effects import EndLink, RequestBundle, SendBatch, Tell, WakeIn, WatchAnew
from babilu.engine.conversation.gaps import tell_missing
from babilu.engine.conversation.handing_over import hand_over
from babilu.engine.conversation.received_receipts import take_receipts
from babilu.engine.conversation.sealing import RECEIPT_JITTER_MS, RECEIPT_WAIT_MS, seal_waiting
from babilu.engine.conversation.transaction import ConversationTransaction
from babilu.engine.conversation.wakeups import Wake
from babilu.engine.transport.outbound_queue import LaneRoute, PeerKept, Rejected
from babilu.kernel.errors import AccountError, ErrorCode
from babilu.kernel.ids import DeviceId, MessageId
from babilu.kernel.limits import DAY_MS
from babilu.kernel.states import MessageState, Route
from babilu.store.contact_records import ContactRecord
from babilu.store.delivery_records import ReceiptKind
from babilu.store.unit_of_work import UnitOfWork
from tests.unit.engine.homes import Home, Writer, a_home, a_turn, id_with, know, told_in
from tests.unit.store.builders import NOW, a_device, a_message_id, add_incoming, add_outgoing, an_envelope


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with a_home(tmp_path) as made:
        yield made


def test_what_was_not_fetched_in_time_fails_however_much_has_failed_before(home: Home) -> None:
    with home.base.database.write() as unit:
        alice, dead = know(home, unit, Writer("alice")), know(home, unit, Writer("dead"))
        held = {}
        for contact in (dead, alice):
            held[contact.name] = add_outgoing(unit, contact.contact)
            made = an_envelope(
                unit, contact.contact, unit.contacts.devices(contact.contact)[0].device, held[contact.name]
            )
            unit.deliveries.take_over(held[contact.name], made.device, Route.RELAY, NOW)
        for contact, times in ((dead, 2), (alice, 1)):
            told = []
            for _ in range(times):
                transaction = a_turn(home, unit, contact)
                transaction.expire()
                told += told_in(transaction.effects)
            assert [
                (event.message, event.error) for event in told if isinstance(event, events.MessageStateChanged)
            ] == [(held[contact.name], "expired")]
            failed = unit.messages.by_id(held[contact.name])
            assert failed is not None
            assert failed.state is MessageState.FAILED


def test_a_look_at_more_than_is_handed_over_at_once_says_that_there_is_more(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handing_over, "OFFERED_AT_ONCE", 3)
    with home.base.database.write() as unit:
        contact = know(home, unit, Writer("alice"))
        device = unit.contacts.devices(contact.contact)[0].device
        numbers = [an_envelope(unit, contact.contact, device).number for _ in range(5)]
        looks = []
        for above in (0, numbers[2]):
            transaction = a_turn(home, unit, contact)
            hand_over(transaction, [Wake(after_number=above)])
            (sent,) = transaction.effects
            assert isinstance(sent, SendBatch)
            (batch,) = sent.batches
            looks.append(([outbound.number for outbound in batch.outbounds], batch.complete))
    assert looks == [(numbers[:3], False), (numbers[3:], True)]


def test_what_was_held_for_an_account_that_is_gone_fails_with_what_was_refused(home: Home) -> None:
    with home.base.database.write() as unit:
        alice = know(home, unit, Writer("alice"))
        device = unit.contacts.devices(alice.contact)[0].device
        held, refused = add_outgoing(unit, alice.contact), add_outgoing(unit, alice.contact)
        kept = an_envelope(unit, alice.contact, device, held).envelope
        turned_away = an_envelope(unit, alice.contact, device, refused).envelope
        transaction = a_turn(home, unit, alice)
        transaction.outcome(PeerKept(kept, LaneRoute.RELAY, NOW + 30 * DAY_MS))
        assert state_of(unit, held) is MessageState.HELD
        transaction.outcome(Rejected(turned_away, AccountError(ErrorCode.NOT_FOUND, "There is no such account.")))
        for message in (held, refused):
            record = unit.messages.by_id(message)
            assert record is not None
            assert (record.state, record.error, record.held_until) == (MessageState.FAILED, "not_found", None)


def test_what_an_undone_part_would_have_done_is_taken_back_and_what_was_before_stays(home: Home) -> None:
    with home.base.database.write() as unit:
        transaction = a_turn(home, unit, know(home, unit, Writer("alice")))
        tell_missing(transaction, 1)
        transaction.wake_in(500)
        before, before_it = [*transaction.effects], transaction.contact
        with pytest.raises(ZeroDivisionError):
            do_half(transaction)
        gap = events.GapNoticed("alice", 1, 1, id_with(home, before_it))
        assert transaction.effects == before
        assert (before[0], before[2:]) == (Tell(gap), [WakeIn(before_it, 500)])
        assert (transaction.contact, transaction.restart, transaction.written) == (before_it, False, False)


def do_half(transaction: ConversationTransaction) -> None:
    with transaction.part():
        tell_missing(transaction, 2)
        transaction.wake_in(100)
        transaction.restart = transaction.written = True
        transaction.set_blocked(blocked=True)
        raise ZeroDivisionError


def test_who_is_blocked_is_hung_up_on_once_and_watched_no_more(home: Home) -> None:
    with home.base.database.write() as unit:
        transaction = a_turn(home, unit, know(home, unit, Writer("alice")))
        views = [transaction.set_blocked(blocked=True) for _ in range(2)]
        told = [Tell(events.ContactChanged(view)) for view in views]
        assert transaction.effects == [WatchAnew(), EndLink(transaction.contact.contact), *told]


def owe_receipt(unit: UnitOfWork, contact: ContactRecord) -> DeviceId:
    device = unit.contacts.devices(contact.contact)[0].device
    unit.receipts.queue(contact.contact, device, a_message_id(), ReceiptKind.DELIVERED)
    return device


def only_wake(transaction: ConversationTransaction) -> int:
    (wake,) = transaction.effects
    assert isinstance(wake, WakeIn)
    return wake.ms


def test_receipts_for_a_stranger_wait_by_chance_and_those_for_a_friend_do_not(home: Home) -> None:
    waits = set()
    with home.base.database.write() as unit:
        friend, stranger = know(home, unit, Writer("alice")), know(home, unit, Writer("eve"), accepted=False)
        transaction = a_turn(home, unit, friend)
        device = owe_receipt(unit, friend)
        seal_waiting(transaction)
        # Without a session, what is about to leave asks for a bundle.
        assert transaction.effects == [RequestBundle(friend, device, written=False)]
        device = owe_receipt(unit, stranger)
        for _ in range(20):
            cache = ConversationCache()
            transaction = a_turn(home, unit, stranger, cache)
            seal_waiting(transaction)
            wait = only_wake(transaction)
            waits.add(wait)
        assert min(waits) >= RECEIPT_WAIT_MS
        assert max(waits) <= RECEIPT_WAIT_MS + RECEIPT_JITTER_MS
        assert len(waits) > 10
        owe_receipt(unit, stranger)
        home.clock.now += 100
        transaction = a_turn(home, unit, stranger, cache)
        seal_waiting(transaction)
        assert transaction.effects == [WakeIn(stranger, wait - 100)]
        home.clock.now += wait
        transaction = a_turn(home, unit, stranger, cache)
        seal_waiting(transaction)
        assert transaction.effects == [RequestBundle(stranger, device, written=False)]


def test_what_the_user_wrote_or_tries_again_is_told_apart_from_receipts(home: Home) -> None:
    def is_written(transaction: ConversationTransaction) -> bool:
        seal_waiting(transaction)
        (request,) = (effect for effect in transaction.effects if isinstance(effect, RequestBundle))
        return request.written

    with home.base.database.write() as unit:
        alice = know(home, unit, Writer("alice"))
        owe_receipt(unit, alice)
        assert not is_written(a_turn(home, unit, alice))
        message = a_turn(home, unit, alice).send_text("hello").id
        assert is_written(a_turn(home, unit, alice))
        device = unit.contacts.devices(alice.contact)[0].device
        an_envelope(unit, alice.contact, device, message)
        assert not is_written(a_turn(home, unit, alice))
        unit.deliveries.fail(message, device, "expired")
        a_turn(home, unit, alice).refresh(message)
        an_envelope(unit, alice.contact, device, message)
        transaction = a_turn(home, unit, alice)
        transaction.retry(message)
        assert is_written(transaction)


def test_what_waits_for_a_stranger_leaves_when_they_are_accepted_and_under_a_clock_that_was_set_back(
    home: Home,
) -> None:
    cache = ConversationCache()
    with home.base.database.write() as unit:
        stranger = know(home, unit, Writer("eve"), accepted=False)
        device = owe_receipt(unit, stranger)
        seal_waiting(a_turn(home, unit, stranger, cache))
        home.clock.now -= DAY_MS
        transaction = a_turn(home, unit, stranger, cache)
        seal_waiting(transaction)
        wait = only_wake(transaction)
        assert wait <= RECEIPT_WAIT_MS + RECEIPT_JITTER_MS
        view = transaction.accept()
        seal_waiting(transaction)
        assert transaction.effects == [
            WakeIn(stranger, wait),
            WatchAnew(),
            Tell(events.ContactChanged(view)),
            RequestBundle(transaction.contact, device, written=False),
        ]


@pytest.mark.parametrize("answer", [True, False], ids=["answered", "accepted"])
def test_a_stranger_is_told_what_was_read_before_once_they_are_answered_or_accepted(
    home: Home, *, answer: bool
) -> None:
    with home.base.database.write() as unit:
        stranger = know(home, unit, Writer("eve"), accepted=False)
        device = unit.contacts.devices(stranger.contact)[0].device
        seen = [add_incoming(unit, stranger.contact, text, device=device) for text in ("hello", "are you there?")]
        a_turn(home, unit, stranger).mark_read()
        unseen = add_incoming(unit, stranger.contact, "later", device=device)
        assert unit.receipts.take(device, 9) == {}

        transaction = a_turn(home, unit, stranger)
        transaction.send_text("Who are you?") if answer else transaction.accept()

        assert set(unit.receipts.take(device, 9)[ReceiptKind.READ]) == set(seen)
        # Told once: what was read stays told, and the next reading is told as to any friend.
        unit.receipts.settle(device, ReceiptKind.READ, seen)
        transaction = a_turn(home, unit, transaction.contact)
        transaction.accept()
        assert unit.receipts.take(device, 9) == {}
        transaction.mark_read()
        assert unit.receipts.take(device, 9) == {ReceiptKind.READ: [unseen]}


def test_a_receipt_of_a_device_that_was_sent_nothing_changes_nothing(home: Home) -> None:
    with home.base.database.write() as unit:
        contact = know(home, unit, Writer("alice"))
        said = add_outgoing(unit, contact.contact)
        an_envelope(unit, contact.contact, unit.contacts.devices(contact.contact)[0].device, said)
        transaction = a_turn(home, unit, contact)
        for state in (MessageState.DELIVERED, MessageState.READ):
            take_receipts(transaction, a_device(), (said,), state)
            assert state_of(unit, said) is MessageState.QUEUED
        for state in (MessageState.DELIVERED, MessageState.READ):
            take_receipts(transaction, unit.contacts.devices(contact.contact)[0].device, (said,), state)
            assert state_of(unit, said) is state


def state_of(unit: UnitOfWork, message: MessageId) -> MessageState | None:
    record = unit.messages.by_id(message)
    return None if record is None else record.state
