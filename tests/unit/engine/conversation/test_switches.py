from pathlib import Path

from babilu.api.views import PrivacySwitch
from babilu.engine.conversation.sealing import seal_waiting
from babilu.engine.conversation.switches import (
    Switches,
    choices_in,
    hidden_from,
    switch,
    switches_everywhere,
    switches_with,
)
from babilu.store.contact_records import ContactRecord, ConversationRecord
from babilu.store.delivery_records import ReceiptKind
from babilu.store.unit_of_work import UnitOfWork
from tests.unit.engine.homes import Writer, a_home, a_turn, know
from tests.unit.store.builders import add_incoming

ON = Switches(read=True, typing=True, presence=True)
UNSAID = Switches(None, None, None)


def with_(unit: UnitOfWork, contact: ContactRecord) -> ConversationRecord:
    return unit.conversations.of_contact(contact.contact)


def test_all_is_on_until_somebody_switches_it_off(tmp_path: Path) -> None:
    with a_home(tmp_path) as home, home.base.database.write() as unit:
        alice = know(home, unit, Writer("alice"))
        assert switches_everywhere(unit) == switches_with(unit, alice) == switch(unit, None, UNSAID) == ON


def test_what_is_said_of_one_conversation_counts_there_and_else_what_is_said_of_all(tmp_path: Path) -> None:
    with a_home(tmp_path) as home, home.base.database.write() as unit:
        alice, bertha = know(home, unit, Writer("alice")), know(home, unit, Writer("bertha"))
        assert switch(unit, with_(unit, alice), Switches(None, typing=True, presence=None)) == ON
        assert switch(unit, None, Switches(False, False, None)) == Switches(False, False, True)
        assert switches_with(unit, alice) == Switches(False, True, True)
        assert switches_with(unit, bertha) == Switches(False, False, True)
        assert switch(unit, with_(unit, alice), Switches(True, None, False)) == Switches(True, True, False)
        assert switch(unit, None, Switches(True, True, True)) == switches_with(unit, bertha) == ON
        assert switches_with(unit, alice) == Switches(True, True, False)


def test_what_a_conversation_inherits_follows_what_is_said_of_all_also_later(tmp_path: Path) -> None:
    with a_home(tmp_path) as home, home.base.database.write() as unit:
        alice = know(home, unit, Writer("alice"))
        assert switch(unit, with_(unit, alice), Switches(False, False, False)) == Switches(False, False, False)
        assert switch(unit, with_(unit, alice), UNSAID, (PrivacySwitch.READ, PrivacySwitch.PRESENCE)) == Switches(
            True, False, True
        )
        assert choices_in(with_(unit, alice)).unsaid() == (PrivacySwitch.READ, PrivacySwitch.PRESENCE)
        switch(unit, None, Switches(read=False, typing=None, presence=None))
        assert switches_with(unit, alice) == Switches(False, False, True)
        switch(unit, None, ON)
        assert switches_with(unit, alice) == Switches(True, False, True)


def test_presence_is_hidden_from_all_of_whom_nothing_else_was_said(tmp_path: Path) -> None:
    with a_home(tmp_path) as home, home.base.database.write() as unit:
        alice, bertha = know(home, unit, Writer("alice")), know(home, unit, Writer("bertha"))
        switch(unit, with_(unit, alice), Switches(None, None, presence=False))
        hidden = hidden_from(unit)
        assert (alice.contact in hidden, bertha.contact in hidden) == (True, False)
        switch(unit, None, Switches(None, None, presence=False))
        switch(unit, with_(unit, alice), Switches(None, None, presence=True))
        hidden = hidden_from(unit)
        assert (alice.contact in hidden, bertha.contact in hidden) == (False, True)


def test_nothing_that_is_read_while_it_is_switched_off_is_owed_a_receipt(tmp_path: Path) -> None:
    with a_home(tmp_path) as home, home.base.database.write() as unit:
        alice = know(home, unit, Writer("alice"))
        device = unit.contacts.devices(alice.contact)[0].device
        switch(unit, with_(unit, alice), Switches(read=False, typing=None, presence=None))
        add_incoming(unit, alice.contact, "in secret", device=device)
        assert a_turn(home, unit, alice).mark_read() == 1
        switch(unit, with_(unit, alice), Switches(read=True, typing=None, presence=None))
        assert unit.receipts.take(device, 9) == {}
        openly = add_incoming(unit, alice.contact, "for all to see", device=device)
        assert a_turn(home, unit, alice).mark_read() == 1
        assert unit.receipts.take(device, 9) == {ReceiptKind.READ: [openly]}


def test_a_receipt_of_reading_that_was_owed_is_dropped_once_it_is_switched_off(tmp_path: Path) -> None:
    with a_home(tmp_path) as home, home.base.database.write() as unit:
        alice = know(home, unit, Writer("alice"))
        device = unit.contacts.devices(alice.contact)[0].device
        message = add_incoming(unit, alice.contact, "hello", device=device)
        unit.receipts.queue(alice.contact, device, message, ReceiptKind.DELIVERED)
        a_turn(home, unit, alice).mark_read()
        switch(unit, None, Switches(read=False, typing=None, presence=None))
        seal_waiting(a_turn(home, unit, alice))
        assert unit.receipts.take(device, 9) == {ReceiptKind.DELIVERED: [message]}
