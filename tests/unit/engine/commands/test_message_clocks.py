"""Clocks of messages go on whatever the disk and the thread of commands do for a while."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from babilu.api.events import MessageExpired
from babilu.engine.commands import message_clocks
from babilu.engine.commands.message_clocks import LOOK_SECONDS, MessageClocks
from babilu.engine.conversation.contents.text import BesideWords
from babilu.engine.conversation.effects import Effect, EraseTraces, Tell
from babilu.kernel.errors import ErrorCode, ProfileError
from babilu.kernel.ids import MessageId
from babilu.store.expiry import REMOVED_MS, Expiry
from babilu.store.message_records import TextFields
from tests.unit.engine.at_once import Loop, Work
from tests.unit.engine.homes import Home, Writer, a_home, a_turn, know
from tests.unit.store.builders import add_incoming


class Stage:
    """Clocks of a client without threads, and a message that is over in a minute."""

    def __init__(self, home: Home) -> None:
        self.home, self.loop, self.work = home, Loop(), Work()
        self.effects: list[Effect] = []
        run = self.effects.extend
        self.clocks = MessageClocks(home.base, run, cast("Any", self.loop), cast("Any", self.work))
        with home.base.database.write() as unit:
            contact = know(home, unit, Writer("alice"))
            said = a_turn(home, unit, contact).send_text("for a minute", BesideWords(timer=60))
            conversation = unit.conversations.of_contact(contact.contact).conversation
            self.message = said.id
            ((_, self.end),) = unit.expiry.start(conversation, [said.id], home.clock.now)

    def passes(self, seconds: float) -> None:
        self.home.clock.now += int(seconds * 1000)
        self.loop.passes(seconds)

    def over(self) -> list[MessageId]:
        told = [effect.event for effect in self.effects if isinstance(effect, Tell)]
        return [event.message for event in told if isinstance(event, MessageExpired)]


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with a_home(tmp_path) as home:
        yield Stage(home)


def test_a_message_is_gone_when_its_time_is_over(stage: Stage) -> None:
    stage.clocks.started(stage.end)
    for _ in range(3):
        stage.passes(LOOK_SECONDS - 1)
    assert stage.over() == []
    stage.passes(LOOK_SECONDS)
    assert stage.over() == [stage.message]


@pytest.mark.parametrize("asks", [1, 2], ids=["for what is over", "for what is next"])
def test_a_look_that_the_disk_refuses_is_made_again(stage: Stage, monkeypatch: pytest.MonkeyPatch, asks: int) -> None:
    stage.clocks.started(stage.end)
    asked = 0
    next_end = Expiry.next_end

    def refused(expiry: Expiry) -> int | None:
        nonlocal asked
        asked += 1
        if asked >= asks:
            raise ProfileError(ErrorCode.DISK_FULL, "The disk is full.")
        return next_end(expiry)

    with monkeypatch.context() as patch:
        patch.setattr(Expiry, "next_end", refused)
        stage.passes(LOOK_SECONDS)
    for _ in range(5):
        stage.passes(LOOK_SECONDS)
    assert stage.over() == [stage.message]


def test_a_look_for_which_there_is_no_room_is_made_later(stage: Stage) -> None:
    stage.clocks.started(stage.end)
    stage.work.is_full = True
    for _ in range(5):
        stage.passes(LOOK_SECONDS)
    assert stage.over() == []
    stage.work.is_full = False
    stage.passes(1)
    assert stage.over() == [stage.message]


def test_what_is_over_at_the_start_is_gone_when_it_returns_and_nobody_is_told(stage: Stage) -> None:
    stage.home.clock.now = stage.end
    stage.clocks.start()
    with stage.home.base.database.read() as unit:
        assert unit.messages.by_id(stage.message) is None
    assert stage.over() == []


def test_the_words_of_what_an_admin_has_removed_go_in_time_and_nobody_is_told(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(message_clocks, "ENDED_AT_ONCE", 2)
    database, now = stage.home.base.database, stage.home.clock.now
    with database.write() as unit:
        unit.messages.delete(stage.message)
        contact = unit.contacts.all()[0]
        place = unit.conversations.of_contact(contact.contact).conversation
        said = [add_incoming(unit, place, f"words {number}", now) for number in range(4)]
        answer = add_incoming(unit, place, "which?", now, fields=TextFields(reply_to=said[0], quote="words 0"))
        for number, message in enumerate(said):
            unit.contents.hide(message, place, None, now + number // 3)
    stage.home.clock.now = now + REMOVED_MS - 1
    stage.clocks.start()

    def left() -> list[bytes]:
        with database.read() as unit:
            records = [unit.messages.by_id(message, place) for message in said]
            assert all(record is not None and record.hidden for record in records)
            return [unit.messages.part_of(record.position) for record in records if record is not None]

    assert all(left())
    for _ in range(3):
        stage.passes(1)
        stage.passes(LOOK_SECONDS)
    assert left() == [b""] * 4
    with database.read() as unit:
        quoting = unit.messages.by_id(answer, place)
        assert quoting is not None
        assert unit.messages.part_of(quoting.position) == b""
        assert unit.expiry.next_end() is None
    assert any(isinstance(effect, EraseTraces) for effect in stage.effects)
    assert stage.over() == []
