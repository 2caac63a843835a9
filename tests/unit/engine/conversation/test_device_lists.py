from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from pathlib import Path

import msgspec
import pytest

from babilu.api import events
from babilu.api.commands import TrustIdentity
from babilu.engine.conversation import batches
from babilu.engine.conversation.conversation_cache import ConversationCache
from babilu.engine.conversation.device_lists import ASKED_PAUSE_MS, take_list
from babilu.engine.conversation.effects import Answer, Effect, GiveHint, RequestList, RunEffects, Tell, WatchAnew
from babilu.engine.conversation.encryption import ContentEncryption, devices_in_force
from babilu.engine.conversation.jobs import Ask
from babilu.engine.conversation.runner import ConversationRunner
from babilu.engine.conversation.transaction import ConversationTransaction
from babilu.engine.conversation.trust import trust_identity
from babilu.engine.conversation.wakeups import ListCame, ShowPicture, Wake
from babilu.identity.shapes import SignedDeviceList
from babilu.kernel.alarms import AlarmKind
from babilu.kernel.errors import DeliveryError, ErrorCode, ProtocolError
from babilu.kernel.ids import DeviceId, domain
from babilu.kernel.states import MessageKind
from tests.unit.engine.homes import Home, Writer, a_home, a_turn, know, told_in
from tests.unit.store.builders import a_session

DEADLINE_S = 30.0


def telling(home: Home) -> RunEffects:
    """Tell events and answer commands, and let nothing else follow."""

    def run(effects: Iterable[Effect]) -> None:
        for effect in effects:
            match effect:
                case Tell(event):
                    home.told.append(event)
                case Answer(future, result):
                    future.set_result(result)

    return run


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with a_home(tmp_path) as made:
        yield made


def test_a_newer_list_is_taken(home: Home) -> None:
    alice, second = Writer("alice"), Writer("a second device")
    with home.base.database.write() as unit:
        transaction = a_turn(home, unit, know(home, unit, alice))
        take_list(transaction, alice.list_with(second), settles=True)
        assert [entry.device for entry in devices_in_force(transaction.contact).devices] == [
            alice.own.device,
            second.own.device,
        ]
        (line,) = [event for event in told_in(transaction.effects) if isinstance(event, events.LineAdded)]
        assert line.message.kind is MessageKind.DEVICES_CHANGED
        assert (transaction.effects, transaction.restart) == ([WatchAnew(), Tell(line)], True)


def test_whoever_begins_devices_is_shown_the_own_picture_again_once_an_hour(home: Home) -> None:
    alice, second, third = Writer("alice"), Writer("a second device"), Writer("a third device")
    with home.base.database.write() as unit:
        unit.pictures.set_own(b"me", home.base.clock.now_ms())
        own = unit.pictures.own()
        assert own is not None
        contact = know(home, unit, alice)
        transaction = a_turn(home, unit, contact)
        told = []
        for step, devices in ((1, (second,)), (3, (second, third)), (5, (second,))):
            unit.pictures.note_given(contact.contact, own.said_at)
            take_list(transaction, alice.list_with(*devices, step=step), settles=True)
            hints = [effect.hint for effect in transaction.effects if isinstance(effect, GiveHint)]
            told.append((hints.count(ShowPicture()), unit.pictures.to_be_given() == [contact.contact]))
        # The third list has no device that the second had not.
        assert told == [(1, True), (1, True), (1, False)]


def test_a_list_with_another_contacts_device_is_an_alarm_and_the_known_one_stays(home: Home) -> None:
    alice, mallory = Writer("alice"), Writer("mallory")
    with home.base.database.write() as unit:
        know(home, unit, mallory)
        transaction = a_turn(home, unit, know(home, unit, alice))
        before = transaction.contact
        take_list(transaction, alice.list_with(mallory), settles=True)
        assert transaction.effects == [Tell(events.AlarmRaised(AlarmKind.LIST_TAKES_DEVICE, "alice", "not_allowed"))]
        assert (transaction.contact, transaction.restart) == (before, False)
        assert unit.contacts.by_contact(before.contact) == before
        assert [each.device for each in unit.contacts.devices(before.contact)] == [alice.own.device]


def test_a_list_that_does_not_name_the_account_is_an_alarm_and_the_known_one_stays(home: Home) -> None:
    alice = Writer("alice")
    with home.base.database.write() as unit:
        transaction = a_turn(home, unit, know(home, unit, alice))
        before = transaction.contact
        for signed in (alice.list_with(account="carol"), Writer("bob").own.device_list):
            take_list(transaction, signed, settles=True)
        assert transaction.effects == [
            Tell(events.AlarmRaised(AlarmKind.LIST_OF_ANOTHER_ACCOUNT, "alice", "account_mismatch"))
        ]
        assert (transaction.contact, transaction.restart) == (before, False)


def test_the_same_devices_in_other_bytes_are_an_alarm_and_the_known_list_stays(home: Home) -> None:
    alice = Writer("alice")
    appended = msgspec.msgpack.encode([*msgspec.msgpack.decode(alice.own.device_list.body), "revoked"])
    other = SignedDeviceList(appended, alice.identity.sign(domain("device-list"), appended))
    with home.base.database.write() as unit:
        transaction = a_turn(home, unit, know(home, unit, alice))
        before = transaction.contact
        take_list(transaction, other, settles=True)
        alarm = events.AlarmRaised(AlarmKind.LIST_ROLLED_BACK, "alice", "rolled_back")
        assert transaction.effects == [Tell(alarm), RequestList(before)]
        assert transaction.contact == before


def test_an_older_list_that_came_with_mail_is_no_alarm_and_one_that_is_shown_is(home: Home) -> None:
    alice, second = Writer("alice"), Writer("a second device")
    older = alice.own.device_list
    with home.base.database.write() as unit:
        contact = know(home, unit, alice)
        take_list(a_turn(home, unit, contact), alice.list_with(second), settles=True)
        transaction = a_turn(home, unit, contact)
        take_list(transaction, older, settles=False)
        assert transaction.effects == []
        take_list(transaction, older, settles=True)
        assert told_in(transaction.effects) == [events.AlarmRaised(AlarmKind.LIST_ROLLED_BACK, "alice", "rolled_back")]


def test_what_a_relay_sent_back_by_an_older_list_is_handed_over_when_it_names_the_known_one_again(home: Home) -> None:
    alice, second = Writer("alice"), Writer("a second device")
    older, newer = alice.own.device_list, alice.list_with(second)
    with home.base.database.write() as unit:
        contact, cache = know(home, unit, alice), ConversationCache()
        take_list(a_turn(home, unit, contact, cache), newer, settles=True)

        def hear(signed: SignedDeviceList, *, settles: bool = True) -> tuple[bool, bool]:
            transaction = a_turn(home, unit, contact, cache)
            take_list(transaction, signed, settles=settles)
            return transaction.restart, RequestList(transaction.contact) in transaction.effects

        assert hear(newer) == (False, False)
        assert hear(older) == (False, True)
        assert hear(newer, settles=False) == (False, False)
        assert hear(newer) == (True, False)
        assert hear(newer) == (False, False)


def test_a_relay_that_names_an_older_list_is_asked_for_it_once_a_minute(home: Home) -> None:
    alice, second = Writer("alice"), Writer("a second device")
    older, newer = alice.own.device_list, alice.list_with(second)
    asked = []
    with home.base.database.write() as unit:
        contact, cache = know(home, unit, alice), ConversationCache()
        take_list(a_turn(home, unit, contact, cache), newer, settles=True)
        for waited in (0, 1, ASKED_PAUSE_MS - 2, 1):
            home.clock.now += waited
            for signed in (older, newer):
                transaction = a_turn(home, unit, contact, cache)
                take_list(transaction, signed, settles=True)
                asked.append(RequestList(transaction.contact) in transaction.effects)
    assert asked == [True, False, False, False, False, False, True, False]


def test_a_device_that_leaves_the_list_is_still_received_from_and_sent_nothing_more(home: Home) -> None:
    alice, second = Writer("alice"), Writer("a second device")
    with home.base.database.write() as unit:
        contact = know(home, unit, alice)
        take_list(a_turn(home, unit, contact), alice.list_with(second), settles=True)
        alice.showing(alice.list_with(second))
        unit.sessions.save_session(a_session(DeviceId(second.own.device)))
        take_list(a_turn(home, unit, contact), alice.list_with(), settles=True)
        left = unit.departed.find(DeviceId(second.own.device))
        assert left is not None
        assert (left.contact, left.identity_key) == (contact.contact, alice.own.identity_key)
        (session,) = unit.sessions.sessions_with(DeviceId(second.own.device))
        assert (session.sending, session.closed, session.replaced_at) == (False, True, home.clock.now)


def test_the_devices_of_an_identity_that_was_replaced_are_still_received_from_as_of_the_old_one(home: Home) -> None:
    alice, anew = Writer("alice"), Writer("alice")
    with home.base.database.write() as unit:
        contact = know(home, unit, alice)
        transaction = a_turn(home, unit, contact)
        unit.sessions.save_session(a_session(alice.own.device))
        take_list(transaction, anew.own.device_list, settles=True)
        trust_identity(transaction, TrustIdentity("alice"))
        assert transaction.contact.identity_key == anew.own.identity_key
        left = unit.departed.find(alice.own.device)
        assert left is not None
        assert (left.contact, left.identity_key) == (contact.contact, alice.own.identity_key)
        assert [session.closed for session in unit.sessions.sessions_with(alice.own.device)] == [True]


def test_a_hint_that_cannot_be_taken_keeps_neither_commands_nor_other_hints_from_being_done(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = Writer("alice")
    taken: list[SignedDeviceList] = []

    def refuse_the_first(transaction: ConversationTransaction, signed: SignedDeviceList, *, settles: bool) -> None:
        assert settles
        transaction.unit.conversations.set_draft(transaction.conversation.conversation, "half done")
        taken.append(signed)
        if len(taken) == 1:
            raise ProtocolError(ErrorCode.NOT_ALLOWED, "No.")

    monkeypatch.setattr(batches, "take_list", refuse_the_first)
    base = home.base
    with base.database.write() as unit:
        contact = know(home, unit, alice)
    running = ConversationRunner(base, ContentEncryption(base.own, base.randomness), telling(home))
    asked: Ask[ConversationTransaction, str] = Ask(lambda transaction: transaction.conversation.draft, Future())
    running.post(contact, ListCame(alice.own.device_list))
    running.post(contact, asked)
    assert asked.future.result(DEADLINE_S) == ""
    running.post(contact, ListCame(alice.own.device_list))
    running.stop()
    assert len(taken) == 2
    with base.database.read() as unit:
        assert unit.conversations.of_contact(contact.contact).draft == "half done"
    assert [event.code for event in home.told if isinstance(event, events.Warned)] == ["not_allowed"]


def test_a_hint_for_a_stranger_who_has_made_room_for_another_is_told_to_nobody(home: Home) -> None:
    base = home.base
    with base.database.write() as unit:
        contact = know(home, unit, Writer("eve"), accepted=False)
    running = ConversationRunner(base, ContentEncryption(base.own, base.randomness), telling(home))
    with base.database.write() as unit:
        assert unit.strangers.make_room(1)
    running.post(contact, Wake())
    asked: Ask[ConversationTransaction, str] = Ask(lambda transaction: transaction.contact.name, Future())
    running.post(contact, asked)
    with pytest.raises(DeliveryError):
        asked.future.result(DEADLINE_S)
    running.stop()
    assert home.told == []
