"""The id of a command comes back with what it causes, in its turn and long after it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from babilu.api import events
from babilu.engine.conversation.acting import edit_message
from babilu.engine.conversation.transaction import ConversationTransaction
from babilu.kernel.states import MessageState, Route
from tests.unit.engine.correspondent import Correspondent, nothing_encrypted
from tests.unit.engine.homes import Home, a_home, a_turn, told_in


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with a_home(tmp_path) as home, nothing_encrypted():
        yield home


@pytest.fixture
def alice(home: Home) -> Iterator[Correspondent]:
    with home.base.database.write() as unit:
        yield Correspondent(home, unit)


def turn(alice: Correspondent, request_id: str | None = None) -> ConversationTransaction:
    made = a_turn(alice.home, alice.unit, alice.contact)
    made.request_id = request_id
    return made


def causes(transaction: ConversationTransaction) -> dict[type[events.Event], str | None]:
    """Say by which command each kind of event was caused."""
    told = told_in(transaction.effects)
    return {type(event): event.request_id for event in told if isinstance(event, events.CausedEvent)}


def test_a_message_goes_on_under_the_id_of_the_command_that_sent_it(alice: Correspondent) -> None:
    sending, later = turn(alice, "first"), turn(alice)
    said = sending.send_text("hello")
    later._show_state(said.id, MessageState.HELD, Route.RELAY, 1)
    assert causes(sending) == {events.MessageQueued: "first"}
    assert causes(later) == {events.MessageStateChanged: "first"}


def test_a_message_that_is_tried_again_goes_on_under_the_id_of_that_command(alice: Correspondent) -> None:
    said = turn(alice, "first").send_text("hello")
    failing, again, later = turn(alice), turn(alice, "second"), turn(alice)
    failing._show_state(said.id, MessageState.FAILED, error="expired")
    again.retry(said.id)
    later._show_state(said.id, MessageState.DELIVERED, Route.RELAY)
    assert [causes(each) for each in (failing, again, later)] == [
        {events.MessageStateChanged: each} for each in ("first", "second", "second")
    ]


def test_another_command_about_a_message_has_its_own_id_and_leaves_that_of_the_message(alice: Correspondent) -> None:
    said = turn(alice, "first").send_text("hello")
    editing, later = turn(alice, "second"), turn(alice)
    edit_message(editing, said.id, "better", ())
    later._show_state(said.id, MessageState.HELD, Route.RELAY, 1)
    assert causes(editing) == {events.MessageEdited: "second"}
    assert causes(later) == {events.MessageStateChanged: "first"}
