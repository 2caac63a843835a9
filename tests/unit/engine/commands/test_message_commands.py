"""A message is forwarded once to each conversation, and answered once whichever of their threads is the last."""

import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from types import FrameType, SimpleNamespace
from typing import Any, cast

import pytest

from babilu.api import commands
from babilu.engine.commands.contacts import find_conversation
from babilu.engine.commands.message_commands import MessageCommands, _gather
from babilu.engine.conversation.acting import delete_for_all, edit_message
from babilu.engine.conversation.jobs import Ask
from babilu.engine.conversation.trust import trust_identity
from babilu.engine.conversation.turn import ConversationTurn
from babilu.engine.runtime.places import Place
from babilu.engine.runtime.threads import busy
from babilu.identity.device_list import encode_device_list
from babilu.kernel.errors import BabiluError, DeliveryError, ErrorCode, TrustError, UsageError
from babilu.store.contact_records import PendingIdentity
from babilu.store.message_records import MessageRecord
from babilu.store.unit_of_work import UnitOfWork
from tests.unit.engine.homes import Home, Writer, a_home, a_turn, know
from tests.unit.store.builders import NOW

TOGETHER_SECONDS = 0.2


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with a_home(tmp_path) as made:
        yield made


class NoFiles:
    """Where messages have no files, all of them are here."""

    def bring(self, message: MessageRecord, go_on: Callable[[], None], _future: object) -> None:
        assert not message.files
        go_on()


class Stage:
    """Somebody's conversations with alice and carol, whose turns are done at once."""

    def __init__(self, home: Home) -> None:
        self.home = home
        with home.base.database.write() as unit:
            self.people = [know(home, unit, Writer(name)) for name in ("alice", "carol")]
            self.said = a_turn(home, unit, self.people[0]).send_text("the news")
            self.ids = [unit.conversations.of_contact(each.contact).id.hex() for each in self.people]
        self.asked: list[str] = []
        self.before: Callable[[UnitOfWork], object] = lambda _: None
        self.unknown: list[Callable[[], None]] = []
        self.commands = MessageCommands(home.base, self._post, cast("Any", NoFiles()), self._with_place)

    def _with_place(self, name: str, _future: object, then: Callable[[Place], None]) -> None:
        """Find somebody; whoever is called new is found only once `unknown` is called."""

        def find() -> None:
            with self.home.base.database.read() as unit:
                place = find_conversation(unit, name.removeprefix("new-"))
            then(place)

        if name.startswith("new-"):
            self.unknown.append(find)
        else:
            find()

    def _post(self, place: Place, ask: Ask[ConversationTurn, Any]) -> None:
        contact = place.contact
        assert contact is not None
        self.asked.append(contact.name)
        with self.home.base.database.write() as unit:
            self.before(unit)
            try:
                ask.future.set_result(ask.act(a_turn(self.home, unit, contact)))
            except BabiluError as error:
                ask.abandon(error)

    def forward(self, *to: str) -> tuple[object, ...]:
        future: Future[Any] = Future()
        self.commands.do(commands.Forward(self.said.id, to), future)
        return tuple(future.result(0))


def test_a_conversation_that_is_named_twice_gets_a_message_once(home: Home) -> None:
    stage = Stage(home)
    alice, carol = stage.ids
    assert len(stage.forward("carol", carol, "CAROL", alice, "alice", carol.upper())) == 2
    assert stage.asked == ["carol", "alice"]


def test_nobody_gets_it_before_all_are_known_and_the_answers_stand_in_the_order_of_the_names(home: Home) -> None:
    stage = Stage(home)
    future: Future[Any] = Future()
    stage.commands.do(commands.Forward(stage.said.id, ("new-carol", "alice")), future)
    assert stage.asked == []
    stage.unknown[0]()
    assert stage.asked == ["carol", "alice"]
    assert len(future.result(0)) == 2


def test_it_goes_to_nobody_where_one_of_them_is_nobody_and_not_where_it_was_deleted_meanwhile(home: Home) -> None:
    stage = Stage(home)
    for to in (("new-carol", "nobody"), ("alice", "nobody")):
        with pytest.raises(DeliveryError) as refused:
            stage.forward(*to)
        assert refused.value.code is ErrorCode.NOT_FOUND
    future: Future[Any] = Future()
    future.set_exception(refused.value)
    stage.commands.do(commands.Forward(stage.said.id, ("new-carol",)), future)
    stage.unknown[-1]()
    later: Future[Any] = Future()
    stage.commands.do(commands.Forward(stage.said.id, ("new-carol",)), later)
    with home.base.database.write() as unit:
        delete_for_all(a_turn(home, unit, stage.people[0]), stage.said.id)
    with pytest.raises(BabiluError):
        stage.unknown[-1]()
    assert stage.asked == []


def test_it_is_forwarded_to_one_to_twenty(home: Home) -> None:
    stage = Stage(home)
    for to in ((), ("carol",) * 21):
        with pytest.raises(UsageError):
            stage.forward(*to)
    assert stage.asked == []


def test_what_was_edited_meanwhile_is_forwarded_as_it_is_and_what_was_deleted_is_not(home: Home) -> None:
    stage = Stage(home)
    stage.before = lambda unit: edit_message(a_turn(home, unit, stage.people[0]), stage.said.id, "other news", ())
    stage.forward("carol")
    with home.base.database.read() as unit:
        with_carol = unit.conversations.of_contact(stage.people[1].contact).conversation
        assert [message.text for message in unit.history.page(with_carol, 9)[0]] == ["other news"]

    stage.before = lambda unit: delete_for_all(a_turn(home, unit, stage.people[0]), stage.said.id)
    with pytest.raises(UsageError):
        stage.forward("carol")


def test_nothing_is_forwarded_to_who_took_somebodys_place_meanwhile(home: Home) -> None:
    stage = Stage(home)
    carol, other = stage.people[1], Writer("carol again")

    def comes_back(unit: UnitOfWork) -> None:
        claim = PendingIdentity(other.own.identity_key, encode_device_list(other.own.device_list), NOW)
        unit.contacts.set_pending(carol.contact, claim)
        trust_identity(a_turn(home, unit, carol), commands.TrustIdentity("carol", other.own.identity_key))

    stage.before = comes_back
    with pytest.raises(TrustError) as refused:
        stage.forward(stage.ids[1])
    assert refused.value.code is ErrorCode.MISMATCH


def some_message(number: int) -> SimpleNamespace:
    return SimpleNamespace(id=number)


def test_parts_that_end_at_the_same_moment_answer_once(caplog: pytest.LogCaptureFixture) -> None:
    sent: list[Future[Any]] = [Future(), Future()]
    future: Future[Any] = Future()
    _gather(sent, future)
    step = threading.Barrier(len(sent))

    def together(frame: FrameType, event: str, _: object) -> Any:
        """Let both threads take each line of what hears of an end together, as far as they can."""
        if frame.f_code.co_name == "came" and event == "line":
            try:
                step.wait(TOGETHER_SECONDS)
            except threading.BrokenBarrierError:
                step.abort()
        return together

    def end(number: int) -> None:
        sys.settrace(together)
        try:
            sent[number].set_result(some_message(number))
        finally:
            sys.settrace(None)

    threads = [threading.Thread(target=end, args=(number,)) for number in range(len(sent))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)

    assert future.result(0) == (0, 1)
    assert caplog.records == []


def test_one_that_is_refused_is_the_answer_once_all_have_ended() -> None:
    sent: list[Future[Any]] = [Future(), Future(), Future()]
    future: Future[Any] = Future()
    _gather(sent, future)
    sent[1].set_exception(busy())
    sent[2].set_result(some_message(2))
    assert not future.done()
    sent[0].set_result(some_message(0))
    assert isinstance(future.exception(0), BabiluError)


def test_a_defect_in_a_part_leaves_nobody_waiting() -> None:
    sent: list[Future[Any]] = [Future()]
    future: Future[Any] = Future()
    _gather(sent, future)
    sent[0].set_exception(ZeroDivisionError())
    assert isinstance(future.exception(0), ZeroDivisionError)
