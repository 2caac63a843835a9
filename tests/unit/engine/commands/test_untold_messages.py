"""Messages that a relay held, and of which no device is left to tell how far they came, fail in the end."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from babilu.api import events
from babilu.engine.commands.untold_messages import FAILED_AT_ONCE, LOOK_MS, UntoldMessages
from babilu.engine.conversation.effects import Effect
from babilu.kernel.ids import DeviceId, MessageId
from babilu.kernel.states import MessageState
from babilu.store.contact_records import ContactRecord
from tests.unit.engine.homes import Home, Writer, a_home, a_turn, know, told_in
from tests.unit.store.builders import NOW, a_device

DAY_MS = 24 * 60 * 60 * 1000


class Stage:
    """A profile with a contact, and what looks for messages of which nobody tells."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.effects: list[Effect] = []
        self.untold = UntoldMessages(home.base, self.effects.extend)
        with home.base.database.write() as unit:
            self.contact: ContactRecord = know(home, unit, Writer("alice"))

    def says(self, *, held_until: int | None, device: DeviceId | None = None, owed: bool = False) -> MessageId:
        """Have a message held by the relay; who restores it from a backup owes it to nobody."""
        with self.home.base.database.write() as unit:
            turn = a_turn(self.home, unit, self.contact)
            message = turn.send_text("hello").id
            unit.messages.advance_state(message, MessageState.HELD, held_until=held_until)
            if not owed:
                unit.deliveries.forget_all(self.contact.contact)
            if device is not None:
                unit.statements.run("UPDATE message SET sender_device = ? WHERE id = ?", device, message)
        return message

    def state(self, message: MessageId) -> tuple[MessageState | None, str | None]:
        with self.home.base.database.read() as unit:
            record = unit.messages.by_id(message)
        assert record is not None
        return record.state, record.error

    def passes(self, ms: int) -> None:
        self.home.clock.now += ms
        self.untold.look()


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with a_home(tmp_path) as home:
        yield Stage(home)


HELD, FAILED = (MessageState.HELD, None), (MessageState.FAILED, "sender_gone")


def test_a_restored_message_fails_when_the_relay_holds_it_no_longer(stage: Stage) -> None:
    message = stage.says(held_until=NOW + DAY_MS)
    stage.passes(DAY_MS - 1)
    assert stage.state(message) == HELD
    stage.passes(LOOK_MS)
    assert stage.state(message) == FAILED
    (told,) = told_in(stage.effects)
    assert isinstance(told, events.MessageStateChanged)
    assert (told.message, told.state, told.error) == (message, MessageState.FAILED, "sender_gone")


def test_it_is_sent_again_as_the_same_message(stage: Stage) -> None:
    message = stage.says(held_until=NOW)
    stage.passes(1)
    with stage.home.base.database.write() as unit:
        assert a_turn(stage.home, unit, stage.contact).retry(message).id == message
        assert [row.message for row in unit.deliveries.of_message(message)] == [message]


def test_what_a_device_has_sent_that_left_the_list_fails_after_thirty_days(stage: Stage) -> None:
    gone = stage.says(held_until=None, device=a_device())
    here = stage.says(held_until=None, device=stage.home.base.own.device)
    stage.passes(30 * DAY_MS - 1)
    assert stage.state(gone) == HELD
    stage.passes(LOOK_MS)
    # Of what a device has sent that is on the list, that one tells.
    assert (stage.state(gone), stage.state(here)) == (FAILED, HELD)


def test_what_this_device_has_sent_is_none_of_it(stage: Stage) -> None:
    message = stage.says(held_until=NOW, owed=True)
    stage.passes(31 * DAY_MS)
    assert stage.state(message) == HELD


def test_messages_are_looked_through_now_and_then(stage: Stage) -> None:
    stage.untold.look()
    message = stage.says(held_until=NOW)
    stage.passes(LOOK_MS - 1)
    assert stage.state(message) == HELD
    stage.passes(1)
    assert stage.state(message) == FAILED


def test_however_many_there_are_all_fail_at_once(stage: Stage) -> None:
    messages = [stage.says(held_until=NOW) for _ in range(FAILED_AT_ONCE + 1)]
    stage.passes(1)
    assert {stage.state(message) for message in messages} == {FAILED}
