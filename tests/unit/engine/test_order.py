from collections.abc import Iterator
from pathlib import Path

import pytest

from babilu.engine import order
from babilu.engine.order import place_message, show_in_order
from babilu.kernel.ids import DeviceId
from babilu.session.chain import Chain, receive
from babilu.store.records import ContactRecord, HeldBackRecord, Route
from babilu.store.unit import Unit
from tests.unit.engine.homes import Home, Writer, a_home, a_turn, know
from tests.unit.store.builders import NOW, a_message_id


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with a_home(tmp_path) as made:
        yield made


def after_a_hole(contact: ContactRecord, device: DeviceId, counter: int) -> HeldBackRecord:
    return HeldBackRecord(
        contact=contact.contact,
        device=device,
        conversation=contact.conversation,
        counter=counter,
        id=a_message_id(),
        text=f"number {counter}",
        sent_at=NOW,
        route=Route.RELAY,
        first=False,
        missing_from=1,
        release_at=0,
    )


def shown(unit: Unit, contact: ContactRecord) -> int:
    return len(unit.messages.page(contact.contact, 100)[0])


def test_so_many_wait_behind_a_hole_and_with_one_more_all_show_at_once(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(order, "HELD_BACK_AT_MOST", 3)
    with home.base.database.write() as unit:
        alice = know(home, unit, Writer("alice"))
        device = unit.contacts.devices(alice.contact)[0].device
        chain, _ = receive(Chain(), 2, bytes(32), b"after the first one, which is missing")
        unit.chains.set_received(device, alice.conversation, chain)
        counts = []
        for counter in range(2, 7):
            turn = a_turn(home, unit, alice)
            place_message(turn, after_a_hole(alice, device, counter), late=False)
            show_in_order(turn)
            counts.append(shown(unit, alice))
    assert counts[:3] == [0, 0, 0]
    assert counts[3] == 4
