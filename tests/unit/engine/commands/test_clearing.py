"""A conversation is cleared part by part, and its command is answered whatever happens to one of them."""

from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from babilu.api import commands, events
from babilu.engine.commands import conversations
from babilu.engine.commands.conversations import ConversationCommands
from babilu.engine.conversation.effects import Effect, EraseTraces, Tell
from babilu.kernel.errors import ErrorCode, ProfileError
from babilu.store.messages import Messages
from tests.unit.engine.at_once import Work
from tests.unit.engine.homes import Home, Writer, a_home, know
from tests.unit.store.builders import add_outgoing

MANY = 3_000


class Stage:
    """Commands of a client without threads, and a conversation of many messages, of which each part deletes one."""

    def __init__(self, home: Home, messages: int) -> None:
        self.work, self.effects = Work(), list[Effect]()
        runner = SimpleNamespace(run=self.effects.extend)
        self.commands = ConversationCommands(
            home.base,
            cast("Any", runner),
            cast("Any", self.work),
            cast("Any", None),
            cast("Any", None),
            cast("Any", None),
        )
        with home.base.database.write() as unit:
            conversation = unit.conversations.of_contact(know(home, unit, Writer("alice")).contact)
            for _ in range(messages):
                add_outgoing(unit, conversation.conversation)

    def clear(self) -> "Future[Any]":
        future: Future[Any] = Future()
        self.commands.do(commands.ClearConversation("alice"), future)
        return future

    def told(self) -> list[type[events.Event]]:
        return [type(effect.event) for effect in self.effects if isinstance(effect, Tell)]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    monkeypatch.setattr(conversations, "CLEARED_AT_ONCE", 1)
    with a_home(tmp_path) as made:
        yield made


def test_a_part_that_fails_is_the_answer_and_what_is_gone_is_told(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(home, 3)
    stage.work.keeps = True
    future = stage.clear()
    (rest,) = stage.work.kept
    assert not future.done()

    def refused(*_: object) -> int:
        raise ProfileError(ErrorCode.DISK_FULL, "The disk is full.")

    monkeypatch.setattr(Messages, "clear", refused)
    rest()

    failed = future.exception(0)
    assert isinstance(failed, ProfileError)
    assert failed.code is ErrorCode.DISK_FULL
    assert stage.told() == [events.ConversationChanged]
    assert EraseTraces() in stage.effects


def test_a_long_conversation_is_cleared_at_once_where_no_part_can_wait(home: Home) -> None:
    stage = Stage(home, MANY)
    stage.work.is_full = True
    assert stage.clear().result(0) == MANY
    assert stage.told() == [events.ConversationCleared, events.ConversationChanged]
