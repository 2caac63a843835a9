"""What is sent later: to whom it was written for, and again where it could not be sent for a reason that passes."""

from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from babilu.api import commands, events
from babilu.engine.commands.dispatcher import send_act
from babilu.engine.commands.effect_runner import EffectRunner, RunnerTargets
from babilu.engine.commands.scheduled import LATE_MS, RETRY_SECONDS, ScheduledSender
from babilu.engine.conversation.jobs import Ask
from babilu.engine.conversation.trust import trust_identity
from babilu.engine.runtime.places import Place
from babilu.engine.runtime.threads import busy, closed, defect
from babilu.identity.device_list import encode_device_list
from babilu.kernel.errors import BabiluError, DeliveryError, ErrorCode, ProfileError, TrustError
from babilu.kernel.limits import TEXT_BYTES
from babilu.store.contact_records import PendingIdentity
from babilu.store.scheduled import ScheduledTexts
from tests.unit.engine.at_once import Loop, Work
from tests.unit.engine.homes import Home, Writer, a_home, a_turn, know, told_in
from tests.unit.store.builders import NOW

HOUR = 3_600_000


class Conversations:
    """Conversations whose turns are done at once, unless a test says how they fail."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.failing: BabiluError | None = None
        self.asked = 0
        self.told: list[events.Event] = []

    def ask(self, place: Place, ask: "Ask[Any, Any]") -> None:
        self.asked += 1
        if self.failing is not None:
            ask.abandon(self.failing)
            return
        try:
            with self.home.base.database.write() as unit:
                assert place.contact is not None
                transaction = a_turn(self.home, unit, place.contact)
                answer = ask.act(transaction)
        except BabiluError as error:
            ask.abandon(error)
            return
        self.told += told_in(transaction.effects)
        ask.future.set_result(answer)


class Stage:
    """A client that sends texts later, without sockets and threads, and alice."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.alice = Writer("alice")
        with home.base.database.write() as unit:
            self.contact = know(home, unit, self.alice)
        self.loop, self.work, self.conversations = Loop(), Work(), Conversations(home)
        runner = EffectRunner(cast("Any", self.loop), home.base.bus)
        targets = SimpleNamespace(conversations=self.conversations, eraser=SimpleNamespace(soon=lambda: None))
        runner.connect(cast("RunnerTargets", targets))
        self.sender = ScheduledSender(home.base, runner, cast("Any", self.loop), cast("Any", self.work), send_act)

    def later(self, text: str = "hello") -> int:
        """Have a text sent in an hour."""
        return self.sender.keep(commands.Schedule("alice", text, self.home.clock.now + HOUR)).number

    def is_due(self, after_ms: int = HOUR) -> None:
        """Let it become due, and the client look at the clock."""
        self.home.clock.now += after_ms
        self.loop.passes(RETRY_SECONDS)

    def comes_back(self) -> None:
        """Let alice have another identity, which the user approves."""
        other = Writer("alice again")
        with self.home.base.database.write() as unit:
            claim = PendingIdentity(other.own.identity_key, encode_device_list(other.own.device_list), NOW)
            unit.contacts.set_pending(self.contact.contact, claim)
            transaction = a_turn(self.home, unit, self.contact)
            trust_identity(transaction, commands.TrustIdentity("alice", other.own.identity_key))
        self.conversations.told += told_in(transaction.effects)

    def waiting(self) -> list[tuple[str, bool]]:
        """Give the texts that wait, and whether they wait for a decision."""
        return [(view.text, view.overdue) for view in self.sender.all(None)]

    def sent(self) -> list[str]:
        """Give the texts that were sent."""
        return [event.message.text for event in self.conversations.told if isinstance(event, events.MessageQueued)]


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with a_home(tmp_path) as home:
        yield Stage(home)


def test_what_was_written_for_a_former_identity_is_sent_to_nobody_by_itself(stage: Stage) -> None:
    stage.later()
    stage.comes_back()
    assert stage.waiting() == [("hello", True)]
    (told,) = [event for event in stage.conversations.told if isinstance(event, events.ScheduledChanged)]
    assert (told.scheduled.overdue, told.gone) == (True, False)

    stage.is_due()

    assert stage.sent() == []
    assert stage.waiting() == [("hello", True)]


def test_a_turn_that_meets_another_identity_sends_nothing(stage: Stage) -> None:
    number = stage.later()
    stage.comes_back()
    with stage.home.base.database.write() as unit:
        # As if the change had come after the look.
        unit.statements.run("UPDATE scheduled SET overdue = 0")
    refused: Future[Any] = Future()
    stage.sender.send_now(commands.SendNow(number), refused)
    assert isinstance(refused.exception(), TrustError)

    stage.is_due()

    assert stage.sent() == []
    assert stage.waiting() == [("hello", True)]


def test_its_user_may_send_it_to_the_identity_that_they_have_approved(stage: Stage) -> None:
    number = stage.later()
    stage.comes_back()

    sent: Future[Any] = Future()
    stage.sender.send_now(commands.SendNow(number), sent)

    assert sent.result().text == "hello"
    assert stage.waiting() == []


@pytest.mark.parametrize(
    "error", [busy(), closed(), ProfileError(ErrorCode.DISK_FULL, "The disk is full.")], ids=lambda error: error.code
)
def test_what_cannot_be_sent_for_a_reason_that_passes_is_tried_again(stage: Stage, error: BabiluError) -> None:
    stage.later()
    stage.conversations.failing = error
    stage.is_due()
    assert (stage.conversations.asked, stage.waiting()) == (1, [("hello", False)])
    # It is not tried all the time.
    for _ in range(5):
        stage.loop.passes(RETRY_SECONDS / 10)
    assert stage.conversations.asked == 1

    stage.conversations.failing = None
    stage.loop.passes(RETRY_SECONDS)

    assert (stage.sent(), stage.waiting()) == (["hello"], [])


@pytest.mark.parametrize(
    "error", [DeliveryError(ErrorCode.BLOCKED, "Blocked."), defect()], ids=lambda error: error.code
)
def test_what_cannot_be_sent_otherwise_waits_for_a_decision(stage: Stage, error: BabiluError) -> None:
    stage.later()
    stage.conversations.failing = error
    stage.is_due()
    assert stage.waiting() == [("hello", True)]


def test_a_look_for_which_there_is_no_room_is_made_later(stage: Stage) -> None:
    stage.later()
    stage.work.is_full = True
    stage.is_due()
    assert stage.sent() == []
    stage.work.is_full = False

    stage.loop.passes(RETRY_SECONDS)

    assert stage.sent() == ["hello"]


def test_a_look_that_the_disk_refuses_is_made_again(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.later()
    with monkeypatch.context() as patch:
        patch.setattr(stage.sender, "_send_due", refused_by_the_disk)
        stage.is_due()
    assert stage.sent() == []

    stage.loop.passes(RETRY_SECONDS)

    assert stage.sent() == ["hello"]


def test_a_start_that_the_disk_refuses_sets_late_texts_aside_all_the_same(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.later()
    stage.home.clock.now += HOUR + LATE_MS + 1
    stage.loop.timers.clear()
    with monkeypatch.context() as patch:
        patch.setattr(stage.sender, "_set_late_aside", refused_by_the_disk)
        stage.sender.start()
    assert stage.waiting() == [("hello", False)]

    stage.loop.passes(RETRY_SECONDS)

    assert (stage.sent(), stage.waiting()) == ([], [("hello", True)])


@pytest.mark.parametrize(
    ("text", "timer"), [("x" * (TEXT_BYTES + 1), None), ("\ud800", None), ("hello", 0), ("hello", 400 * 24 * 3_600)]
)
def test_what_could_never_be_sent_is_not_kept(stage: Stage, text: str, timer: int | None) -> None:
    with pytest.raises(BabiluError):
        stage.sender.keep(commands.Schedule("alice", text, stage.home.clock.now + HOUR, timer=timer))
    assert stage.waiting() == []


def test_what_is_kept_counts_as_kept_where_nothing_can_be_read_behind_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(ScheduledTexts, "next_due", lambda _: refused_by_the_disk())
        stage.later()
    assert stage.waiting() == [("hello", False)]

    stage.is_due()

    assert stage.sent() == ["hello"]


def refused_by_the_disk() -> None:
    raise ProfileError(ErrorCode.DISK_FULL, "The disk is full.")
