import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest

from babilu.api.events import MessageQueued, Warned
from babilu.api.views import MessageView
from babilu.engine.conversation.effects import Answer, Effect, RequestBundle, SendBatch, Tell, WakeIn
from babilu.engine.conversation.encryption import ContentEncryption
from babilu.engine.conversation.jobs import Ask
from babilu.engine.conversation.runner import UNDONE_PAUSE_MS, ConversationRunner
from babilu.engine.conversation.transaction import ConversationTransaction
from babilu.engine.conversation.wakeups import Hint, Outcomes, Wake
from babilu.engine.transport.outbound_queue import LaneRoute, PeerKept
from babilu.kernel.errors import ErrorCode, ProfileError
from babilu.kernel.ids import EnvelopeId
from babilu.kernel.limits import DAY_MS
from babilu.store.contact_records import ContactRecord
from babilu.store.deliveries import Deliveries
from babilu.store.outbox import Outbox
from tests.unit.engine.homes import Home, Writer, a_home, know
from tests.unit.store.builders import NOW, an_envelope

DEADLINE_S = 30.0


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with a_home(tmp_path) as made:
        yield made


class Stage:
    """A conversation with somebody, and what its turns want done.

    Attributes:
        effects: The transcript.
        committed: Own messages that stood in the database whenever effects were run.
        writing: Whether it was still the turn of who ran them.
        threads: Names of the threads that ran them.
    """

    def __init__(self, home: Home) -> None:
        self.home = home
        self.effects: list[Effect] = []
        self.committed: list[int] = []
        self.writing: list[bool] = []
        self.threads: list[str] = []
        self._ran = threading.Condition()
        with home.base.database.write() as unit:
            self.alice: ContactRecord = know(home, unit, Writer("alice"))
            self.device = unit.contacts.devices(self.alice.contact)[0].device

    def run(self, effects: Iterable[Effect]) -> None:
        with self._ran:
            self.effects += effects
            self._ran.notify_all()
        self.threads.append(threading.current_thread().name)
        self.writing.append(self.home.base.database.is_writing)
        with self.home.base.database.read() as unit:
            self.committed.append(len(unit.history.page(self.alice.contact, 10)[0]))

    def until(self, effect: Effect) -> None:
        """Wait for an effect."""
        with self._ran:
            assert self._ran.wait_for(lambda: effect in self.effects, DEADLINE_S)

    def play(self, *jobs: Ask[ConversationTransaction, MessageView] | Hint) -> None:
        """Have jobs done, each in the order given, and wait for the end of the last turn."""
        base = self.home.base
        runner = ConversationRunner(base, ContentEncryption(base.own, base.randomness), self.run)
        for job in jobs:
            runner.post(self.alice, job)
        runner.stop()


def test_envelopes_are_handed_over_before_anybody_else_may_write(home: Home) -> None:
    stage = Stage(home)
    with home.base.database.write() as unit:
        an_envelope(unit, stage.alice.contact, stage.device)
    stage.play(Wake())
    assert [type(effect) for effect in stage.effects] == [SendBatch]
    assert stage.writing == [True, False]


def saying(text: str) -> Ask[ConversationTransaction, MessageView]:
    return Ask(lambda transaction: transaction.send_text(text), Future())


def test_a_command_is_told_then_answered_after_the_commit_and_a_session_is_asked_for(home: Home) -> None:
    stage, ask = Stage(home), saying("hello")
    stage.play(ask)
    told, answer, request = stage.effects
    assert isinstance(told, Tell)
    assert isinstance(told.event, MessageQueued)
    assert answer == Answer(ask.future, told.event.message)
    assert request == RequestBundle(stage.alice, stage.device, written=True)
    assert stage.committed == [1]


def test_a_turn_that_is_undone_has_no_effect_but_to_be_tried_again(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def disk_is_full(*_: object) -> None:
        raise ProfileError(ErrorCode.DISK_FULL, "No room.")

    monkeypatch.setattr(Deliveries, "owed", disk_is_full)
    stage, ask = Stage(home), saying("hello")
    stage.play(ask)
    assert isinstance(ask.future.exception(0), ProfileError)
    assert (stage.effects, stage.committed) == ([WakeIn(stage.alice, UNDONE_PAUSE_MS)], [0])
    assert [event.code for event in home.told if isinstance(event, Warned)] == ["disk_full"]


def settled(stage: Stage, count: int) -> tuple[list[EnvelopeId], ConversationRunner]:
    """Have it recorded together that a relay holds envelopes; give them, and the runner that does it."""
    base = stage.home.base
    runner = ConversationRunner(base, ContentEncryption(base.own, base.randomness), stage.run)
    with base.database.write() as unit:
        rows = [an_envelope(unit, stage.alice.contact, stage.device) for _ in range(count)]
    envelopes = [row.envelope for row in rows]
    kept = tuple(PeerKept(envelope, LaneRoute.RELAY, NOW + DAY_MS) for envelope in envelopes)
    assert runner.take_over({stage.alice.contact: kept})
    return envelopes, runner


def accepted(home: Home, envelopes: list[EnvelopeId]) -> list[bool]:
    with home.base.database.read() as unit:
        rows = [unit.outbox.by_envelope(envelope) for envelope in envelopes]
    return [row is not None and row.accepted_at is not None for row in rows]


def test_whoever_is_sent_something_by_anothers_turn_is_told_what_becomes_of_it(home: Home) -> None:
    stage, base = Stage(home), home.base
    with base.database.write() as unit:
        bob = know(home, unit, Writer("bob"))
        row = an_envelope(unit, bob.contact, unit.contacts.devices(bob.contact)[0].device)
    batch = SendBatch(bob, (), restart=False)
    runner = ConversationRunner(base, ContentEncryption(base.own, base.randomness), stage.run)
    runner.post(stage.alice, Ask(lambda transaction: transaction.then(batch), Future[None]()))
    stage.until(batch)
    # He has had no job of his own.
    assert runner.post_to(bob.contact, Outcomes((PeerKept(row.envelope, LaneRoute.RELAY, NOW + DAY_MS),)))
    runner.stop()
    assert accepted(home, [row.envelope]) == [True]


def test_what_is_recorded_of_several_at_once_has_a_thread_of_its_own_name(home: Home) -> None:
    stage = Stage(home)
    envelopes, runner = settled(stage, 2)
    runner.stop()
    assert accepted(home, envelopes) == [True, True]
    assert stage.threads == ["babilu-settling"]


def test_what_could_not_be_recorded_of_several_at_once_is_tried_again_for_each(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def disk_is_full(*_: object) -> None:
        raise ProfileError(ErrorCode.DISK_FULL, "No room.")

    stage = Stage(home)
    with monkeypatch.context() as spoilt:
        spoilt.setattr(Outbox, "mark_accepted", disk_is_full)
        envelopes, runner = settled(stage, 2)
        stage.until(WakeIn(stage.alice, UNDONE_PAUSE_MS))
    assert accepted(home, envelopes) == [False, False]
    runner.post(stage.alice, Wake())
    runner.stop()
    assert accepted(home, envelopes) == [True, True]
