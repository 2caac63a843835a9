from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from babilu.api.events import MessageArrived
from babilu.engine.conversation import ordering
from babilu.engine.conversation.ordering import PATIENCE_MS, place_message, show_in_order
from babilu.kernel.ids import ConversationId, DeviceId
from babilu.kernel.states import MessageKind, Route
from babilu.session.chain import Chain, receive
from babilu.store.contact_records import ContactRecord
from babilu.store.message_records import BufferedMessage
from babilu.store.unit_of_work import UnitOfWork
from babilu.wire.codec import encode
from babilu.wire.message_parts import Text
from tests.unit.engine.homes import Home, Writer, a_home, a_turn, know, told_in
from tests.unit.store.builders import NOW, a_message_id


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with a_home(tmp_path) as made:
        yield made


A_CHAIN = ConversationId(bytes(32))


def after_a_hole(contact: ContactRecord, device: DeviceId, counter: int) -> BufferedMessage:
    return BufferedMessage(
        conversation=contact.contact,
        author=contact.contact,
        device=device,
        chain=A_CHAIN,
        counter=counter,
        id=a_message_id(),
        text=f"number {counter}",
        sent_at=NOW,
        said_at=NOW,
        part=encode(Text(bytes(16), None, "text")),
        route=Route.RELAY,
        first=False,
        missing_from=1,
        release_at=0,
    )


def text(contact: ContactRecord, device: DeviceId, counter: int) -> BufferedMessage:
    return replace(after_a_hole(contact, device, counter), missing_from=0)


def test_what_comes_late_stands_below_the_answer_marked_and_names_its_place(home: Home) -> None:
    with home.base.database.write() as unit:
        alice = know(home, unit, Writer("alice"))
        device = unit.contacts.devices(alice.contact)[0].device
        transaction = a_turn(home, unit, alice)
        for counter in (1, 3):
            place_message(transaction, text(alice, device, counter), late=False)
        transaction.send_text("Yes, of course, gladly!")
        place_message(transaction, text(alice, device, 2), late=True)
        page, _, _ = unit.history.page(alice.contact, 10)
    assert [message.text for message in page] == ["number 1", "number 3", "Yes, of course, gladly!", "number 2"]
    assert [message.late for message in page] == [False, False, False, True]
    assert page[-1].belongs_before == page[1].id
    arrived = [event.message for event in told_in(transaction.effects) if isinstance(event, MessageArrived)]
    assert [(each.late, each.belongs_before) for each in arrived] == [(False, None)] * 2 + [(True, page[1].id)]


def test_what_shows_behind_a_hole_is_not_late_and_what_fills_an_older_one_is(home: Home) -> None:
    with home.base.database.write() as unit:
        alice = know(home, unit, Writer("alice"))
        device = unit.contacts.devices(alice.contact)[0].device
        transaction = a_turn(home, unit, alice)
        for counter in (1, 4):
            place_message(transaction, text(alice, device, counter), late=False)
        place_message(transaction, replace(text(alice, device, 7), missing_from=5), late=False)
        place_message(transaction, text(alice, device, 2), late=True)
        home.clock.now += PATIENCE_MS
        show_in_order(a_turn(home, unit, alice))
        page, _, _ = unit.history.page(alice.contact, 10)
    assert [(message.counter, message.late) for message in page] == [(1, False), (4, False), (2, True), (7, False)]
    assert page[2].belongs_before == page[1].id


def test_of_whoever_is_blocked_nothing_is_waited_for_and_no_gap_is_told_later(home: Home) -> None:
    with home.base.database.write() as unit:
        alice = know(home, unit, Writer("alice"))
        device = unit.contacts.devices(alice.contact)[0].device
        chain, _ = receive(Chain(), 2, bytes(32), b"after the first one, which is dropped while she is blocked")
        unit.chains.set_received(device, A_CHAIN, chain)
        place_message(a_turn(home, unit, alice), after_a_hole(alice, device, 2), late=False)
        a_turn(home, unit, alice).set_blocked(blocked=True)
        blocked = unit.contacts.by_contact(alice.contact)
        assert blocked is not None
        show_in_order(a_turn(home, unit, blocked))
        assert shown(unit, alice) == 1
        a_turn(home, unit, blocked).set_blocked(blocked=False)
        home.clock.now += PATIENCE_MS
        later = a_turn(home, unit, alice)
        show_in_order(later)
    assert told_in(later.effects) == []


def shown(unit: UnitOfWork, contact: ContactRecord) -> int:
    return sum(message.kind is MessageKind.TEXT for message in unit.history.page(contact.contact, 100)[0])


def test_so_many_wait_behind_a_hole_and_with_one_more_all_show_at_once(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ordering, "HELD_BACK_AT_MOST", 3)
    with home.base.database.write() as unit:
        alice = know(home, unit, Writer("alice"))
        device = unit.contacts.devices(alice.contact)[0].device
        chain, _ = receive(Chain(), 2, bytes(32), b"after the first one, which is missing")
        unit.chains.set_received(device, A_CHAIN, chain)
        counts = []
        for counter in range(2, 7):
            transaction = a_turn(home, unit, alice)
            place_message(transaction, after_a_hole(alice, device, counter), late=False)
            show_in_order(transaction)
            counts.append(shown(unit, alice))
    assert counts[:3] == [0, 0, 0]
    assert counts[3] == 4


ANOTHER_CHAIN = ConversationId(b"\x01" * 32)
"""A group that goes on in another one is the same conversation, in which each device has a second chain."""


def test_of_two_chains_of_a_device_neither_waits_for_the_other_nor_is_late_by_it(home: Home) -> None:
    with home.base.database.write() as unit:
        alice = know(home, unit, Writer("alice"))
        device = unit.contacts.devices(alice.contact)[0].device
        chain, _ = receive(Chain(), 2, bytes(32), b"after the first one, which is missing")
        unit.chains.set_received(device, A_CHAIN, chain)
        turn = a_turn(home, unit, alice)
        place_message(turn, after_a_hole(alice, device, 2), late=False)
        place_message(turn, replace(text(alice, device, 5), chain=ANOTHER_CHAIN), late=False)
        assert [message.counter for message in unit.history.page(alice.contact, 9)[0]] == [5]
        show_in_order(turn)
        assert [message.counter for message in unit.history.page(alice.contact, 9)[0]] == [5]
        home.clock.now += PATIENCE_MS
        show_in_order(a_turn(home, unit, alice))
        page = [each for each in unit.history.page(alice.contact, 9)[0] if each.kind is MessageKind.TEXT]
    assert [(message.counter, message.late) for message in page] == [(5, False), (2, False)]


def test_what_waits_in_one_chain_is_not_shown_because_nothing_is_missing_in_another(home: Home) -> None:
    with home.base.database.write() as unit:
        alice = know(home, unit, Writer("alice"))
        device = unit.contacts.devices(alice.contact)[0].device
        for name in (A_CHAIN, ANOTHER_CHAIN):
            chain, _ = receive(Chain(), 2, bytes(32), b"after the first one, which is missing")
            unit.chains.set_received(device, name, chain)
        turn = a_turn(home, unit, alice)
        place_message(turn, after_a_hole(alice, device, 2), late=False)
        place_message(turn, replace(after_a_hole(alice, device, 3), chain=ANOTHER_CHAIN), late=False)
        unit.chains.set_received(device, A_CHAIN, Chain(2, bytes(32), ()))
        show_in_order(turn)
        assert [message.counter for message in unit.history.page(alice.contact, 9)[0]] == [2]
        assert [each.counter for each in unit.held_back.of(alice.contact)] == [3]
