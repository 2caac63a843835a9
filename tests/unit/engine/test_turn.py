from collections.abc import Iterator
from pathlib import Path

import pytest

from babilu.api import events
from babilu.store.records import MessageState, Route
from tests.unit.engine.homes import Home, Writer, a_home, a_turn, know
from tests.unit.store.builders import NOW, add_outgoing, an_envelope


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
            unit.outbox.mark_accepted(made.envelope, NOW, NOW, Route.RELAY)
        for contact, times in ((dead, 2), (alice, 1)):
            told = []
            for _ in range(times):
                turn = a_turn(home, unit, contact)
                turn.expire()
                told += turn.after.told
            assert [
                (event.message, event.error) for event in told if isinstance(event, events.MessageStateChanged)
            ] == [(held[contact.name], "expired")]
            failed = unit.messages.by_id(held[contact.name])
            assert failed is not None
            assert failed.state is MessageState.FAILED
