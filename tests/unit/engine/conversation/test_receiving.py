from dataclasses import replace
from pathlib import Path

import pytest

from babilu.api import events
from babilu.crypto.keys import AgreementKey
from babilu.engine.conversation.device_lists import take_list
from babilu.engine.conversation.receiving import OLDEST_MS, _believable, receive_waiting
from babilu.kernel.alarms import AlarmKind
from babilu.kernel.ids import envelope_id
from babilu.kernel.states import Route
from babilu.session.envelope import EnvelopeBody, EnvelopeEnd, seal_envelope
from babilu.session.ratchet import RatchetMessage
from babilu.store.delivery_records import IncomingEnvelope
from tests.unit.engine.homes import RANDOMNESS, Home, Writer, a_home, a_turn, id_with, know, told_in
from tests.unit.store.builders import NOW

HOUR_MS = 3_600_000


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
