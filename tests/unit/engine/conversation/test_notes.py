"""A turn of the notes to oneself: its own kind, in a thread of its own, and nothing in it is for anybody else."""

from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from babilu.api.events import MessageQueued, MessageStateChanged
from babilu.engine.conversation.acting import edit_message, pin_message, set_reactions, set_timer
from babilu.engine.conversation.effects import Answer, Effect, Tell
from babilu.engine.conversation.encryption import ContentEncryption
from babilu.engine.conversation.jobs import Ask
from babilu.engine.conversation.notes import NotesTransaction
from babilu.engine.conversation.runner import ConversationRunner
from babilu.engine.conversation.turn import ConversationTurn
from babilu.engine.profile.own_keys import keep_notes
from babilu.engine.runtime.places import Place, place_with
from babilu.kernel.errors import DeliveryError, ErrorCode, ProfileError
from babilu.kernel.ids import MessageId, message_id, notes_id
from babilu.kernel.states import MessageState
from babilu.store.messages import Messages
from babilu.store.unit_of_work import UnitOfWork
from tests.unit.engine.homes import Home, a_home
from tests.unit.store.builders import NOW


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with a_home(tmp_path) as made:
        with made.base.database.write() as unit:
            record = unit.profile.load()
            assert record is not None
            keep_notes(unit, record, NOW)
        yield made


def a_turn(home: Home, unit: UnitOfWork) -> NotesTransaction:
    return NotesTransaction(unit, home.base.show, home.base.randomness, home.clock)


class Notes:
    """The notes of somebody, and what their turns want done.

    Attributes:
        effects: What follows from the turns.
        committed: How many notes stood in the database whenever effects were run.
    """

    def __init__(self, home: Home) -> None:
        self.home = home
        self.effects: list[Effect] = []
        self.committed: list[int] = []

    def run(self, effects: Iterable[Effect]) -> None:
        self.effects += effects
        with self.home.base.database.read() as unit:
            notes = unit.conversations.notes()
            assert notes is not None
            self.committed.append(len(unit.history.page(notes.conversation, 10)[0]))

    def play(self, *asks: Ask[ConversationTurn, Any]) -> None:
        base = self.home.base
        runner = ConversationRunner(base, ContentEncryption(base.own, base.randomness), self.run)
        for ask in asks:
            runner.ask(notes_place(self.home), ask)
        runner.stop()


def notes_place(home: Home) -> Place:
    with home.base.database.read() as unit:
        notes = unit.conversations.notes()
        assert notes is not None
        return place_with(unit, notes, None)


def saying(text: str) -> Ask[ConversationTurn, Any]:
    return Ask(lambda turn: turn.send_text(text), Future())


def test_the_id_of_a_note_binds_its_words_to_oneself_and_ones_notes(home: Home) -> None:
    own = home.base.own.identity_key
    with home.base.database.write() as unit:
        view = a_turn(home, unit).send_text("buy bread")
        record = unit.messages.by_id(view.id)
        assert record is not None
        part = unit.messages.part_of(record.position)
    assert view.id == message_id(notes_id(own), own, record.said_at, part)
    assert record.state is MessageState.DELIVERED


def test_nothing_that_is_done_with_notes_makes_an_envelope(home: Home) -> None:
    with home.base.database.write() as unit:
        turn = a_turn(home, unit)
        note = turn.send_text("buy bread").id
        edit_message(turn, note, "buy rye bread", ())
        set_reactions(turn, note, ("👍",))
        pin_message(turn, note, on=True)
        set_timer(turn, 60)
        for table in ("outbox", "delivery", "own_action"):
            assert unit.statements.number(f"SELECT count(*) FROM {table}") == 0
    assert {type(effect) for effect in turn.effects} == {Tell}


def test_a_note_is_answered_after_its_commit(home: Home) -> None:
    notes, ask = Notes(home), saying("buy bread")
    notes.play(ask)
    queued, delivered, answer = notes.effects
    assert isinstance(queued, Tell)
    assert isinstance(queued.event, MessageQueued)
    assert isinstance(delivered, Tell)
    assert isinstance(delivered.event, MessageStateChanged)
    assert answer == Answer(ask.future, queued.event.message)
    assert notes.committed == [1]


def test_of_commands_together_one_that_fails_leaves_the_others(home: Home) -> None:
    notes = Notes(home)
    bad: Ask[ConversationTurn, Any] = Ask(lambda turn: edit_message(turn, MessageId(bytes(16)), "x", ()), Future())
    notes.play(saying("one"), bad, saying("two"))
    assert notes.committed[-1] == 2
    refused = bad.future.exception()
    assert isinstance(refused, DeliveryError)
    assert refused.code is ErrorCode.NOT_FOUND


def test_a_disk_at_fault_fails_the_command_and_keeps_nothing(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise ProfileError(ErrorCode.DISK_FULL, "The disk is full.")

    monkeypatch.setattr(Messages, "advance_state", full)
    notes, ask = Notes(home), saying("buy bread")
    notes.play(ask)
    refused = ask.future.exception()
    assert isinstance(refused, ProfileError)
    assert notes.effects == []
    with home.base.database.read() as unit:
        assert unit.statements.number("SELECT count(*) FROM message") == 0


def test_notes_have_a_thread_of_their_own(home: Home) -> None:
    base = home.base
    runner = ConversationRunner(base, ContentEncryption(base.own, base.randomness), lambda _: None)
    names: list[tuple[str, ...]] = []
    runner.ask(notes_place(home), Ask(lambda _: names.append(runner.names()), Future()))
    runner.stop()
    assert names == [(f"conversation-{notes_id(base.own.identity_key).hex()[:8]}",)]
