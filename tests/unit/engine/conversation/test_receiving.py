from dataclasses import replace
from pathlib import Path

import pytest

from babilu.api import events
from babilu.crypto.keys import AgreementKey
from babilu.engine.conversation import received_contents
from babilu.engine.conversation.chain_places import ReceivedContent
from babilu.engine.conversation.device_lists import take_list
from babilu.engine.conversation.effects import GiveHint
from babilu.engine.conversation.inbox_reading import receive_waiting
from babilu.engine.conversation.received_contents import OLDEST_MS, _believable, take_in_group
from babilu.engine.conversation.wakeups import Wake
from babilu.kernel.alarms import AlarmKind
from babilu.kernel.ids import envelope_id
from babilu.kernel.states import Route
from babilu.session.envelope import EnvelopeBody, EnvelopeEnd, seal_envelope
from babilu.session.ratchet import RatchetMessage
from babilu.store.delivery_records import IncomingEnvelope
from babilu.store.inbox import HELD_FOR_GROUP
from babilu.wire.codec import encode
from babilu.wire.content import ChainLink, Content, ListMark
from babilu.wire.group_parts import GroupEntries
from babilu.wire.message_parts import Text
from tests.unit.engine.homes import RANDOMNESS, Home, Writer, a_home, a_turn, id_with, know, told_in
from tests.unit.store.builders import NOW, a_message_id

HOUR_MS = 3_600_000
MARK = ListMark(0, bytes(16))


@pytest.mark.parametrize(
    ("sent_at", "stored_at", "believed"),
    [
        (NOW - HOUR_MS, NOW - HOUR_MS // 2, NOW - HOUR_MS),
        (NOW - 10 * 365 * 24 * HOUR_MS, NOW - HOUR_MS, NOW - HOUR_MS),
        (NOW + HOUR_MS, NOW - HOUR_MS, NOW - HOUR_MS),
        (NOW - HOUR_MS, NOW + HOUR_MS, NOW - HOUR_MS),
        (0, 0, NOW),
        (NOW, NOW - 2 * OLDEST_MS, NOW),
    ],
)
def test_a_sending_time_is_believed_within_what_the_clocks_of_the_way_allow(
    sent_at: int, stored_at: int, believed: int
) -> None:
    assert _believable(sent_at, stored_at, NOW) == believed


def sealed_as(writer: Writer, seal: AgreementKey, to: Home) -> IncomingEnvelope:
    """Make a message in the name of somebody's device, sealed by whoever has a key."""
    message = RatchetMessage(AgreementKey.generate(RANDOMNESS).public, 0, 0, RANDOMNESS.token(300))
    body = EnvelopeBody(writer.own.device, RANDOMNESS.token(16), message, None)
    own = to.base.own
    sealed = seal_envelope(seal, EnvelopeEnd(own.device, own.agreement.public), body)
    return IncomingEnvelope(Route.RELAY, None, NOW, envelope_id(sealed), sealed)


def test_only_a_device_that_has_left_makes_its_late_mail_a_gap_and_nobody_in_its_name(tmp_path: Path) -> None:
    alice, second = Writer("alice"), Writer("a second device")
    with a_home(tmp_path) as home, home.base.database.write() as unit:
        contact = know(home, unit, alice)
        for others in ([second], []):
            alice.showing(alice.list_with(*others))
            take_list(a_turn(home, unit, contact), alice.own.device_list, settles=True)
        assert unit.departed.find(second.own.device) is not None
        for seal, gaps in (
            (AgreementKey.generate(RANDOMNESS), []),
            (second.own.agreement, [events.GapNoticed("alice", 1, 1, id_with(home, contact))]),
        ):
            unit.inbox.add([replace(sealed_as(second, seal, home), contact=contact.contact)], NOW)
            transaction = a_turn(home, unit, contact)
            receive_waiting(transaction)
            told = told_in(transaction.effects)
            assert [event for event in told if not isinstance(event, events.LineAdded)] == gaps
            assert len(told) == 2 * len(gaps)


def test_what_a_removed_device_sends_by_its_old_list_is_told_and_an_alarm(tmp_path: Path) -> None:
    alice, second = Writer("alice"), Writer("a second device")
    with a_home(tmp_path) as home, home.base.database.write() as unit:
        contact = know(home, unit, alice)
        for others in ([second], []):
            alice.showing(alice.list_with(*others))
            take_list(a_turn(home, unit, contact), alice.own.device_list, settles=True)
            second.showing(alice.own.device_list if others else second.own.device_list)
        unit.inbox.add([replace(second.writes_first(home), contact=contact.contact)], NOW)
        transaction = a_turn(home, unit, contact)
        receive_waiting(transaction)
        gap, line, alarm = told_in(transaction.effects)
        assert gap == events.GapNoticed("alice", 1, 1, id_with(home, contact))
        assert isinstance(line, events.LineAdded)
        assert alarm == events.AlarmRaised(AlarmKind.LIST_ROLLED_BACK, "alice", "rolled_back")


def test_what_a_blocked_person_has_added_one_to_is_judged_once_they_are_heard_again(tmp_path: Path) -> None:
    alice = Writer("alice")
    with a_home(tmp_path) as home, home.base.database.write() as unit:
        contact = know(home, unit, alice)
        a_turn(home, unit, contact).set_blocked(blocked=True)
        unit.inbox.add([replace(alice.writes_first(home), contact=contact.contact)], NOW)
        (row,) = unit.inbox.next_for(contact.contact, 1)
        unit.inbox.quarantine(row.row, HELD_FOR_GROUP, NOW, alice.own.device)
        transaction = a_turn(home, unit, contact)
        transaction.set_blocked(blocked=False)
        assert [each.row for each in unit.inbox.next_for(contact.contact, 1)] == [row.row]
        assert any(isinstance(each, GiveHint) and each.hint == Wake() for each in transaction.effects)


def test_an_invitation_that_nobody_is_shown_is_receipted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(received_contents, "enter_group", lambda *_: None)
    alice = Writer("alice")
    with a_home(tmp_path) as home, home.base.database.write() as unit:
        contact = know(home, unit, alice)
        unit.inbox.add([replace(alice.writes_first(home), contact=contact.contact)], NOW)
        (row,) = unit.inbox.next_for(contact.contact, 1)
        for part in (Text(bytes(16), None, "hello"), GroupEntries(bytes(16), None, ())):
            content = Content(bytes(32), NOW, ChainLink(1, bytes(32)), MARK, MARK, (), encode(part))
            said = ReceivedContent(
                alice.own.device, contact.identity_key, home.base.own.device, content, part, b"", a_message_id()
            )
            turn = a_turn(home, unit, contact)
            take_in_group(turn, row, turn.encryption.opened.take(row), said)
            # A text by whoever is out is none, and its sender is to know it.
            assert unit.receipts.any_for(contact.contact) is isinstance(part, GroupEntries)
