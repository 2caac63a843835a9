from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any, cast

import pytest

from babilu.api.events import MessageQueued
from babilu.api.views import MessageView
from babilu.engine.conversation.encryption import ContentEncryption
from babilu.engine.conversation.jobs import Ask
from babilu.engine.conversation.runner import ConversationRunner
from babilu.store.database import Database
from tests.unit.engine.homes import Home, Writer, a_home, know

DEADLINE_S = 30.0


class NoErrands:
    """Errands that nobody runs."""

    def __getattr__(self, name: str) -> Any:
        return lambda *_arguments: None


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with a_home(tmp_path) as made:
        yield made


@pytest.fixture
def conversations(home: Home) -> Iterator[ConversationRunner]:
    made = ConversationRunner(
        home.base, ContentEncryption(home.base.own, home.base.randomness), cast("Any", NoErrands())
    )
    yield made
    made.stop()


def test_a_command_is_answered_after_its_events_were_told(home: Home, conversations: ConversationRunner) -> None:
    with home.base.database.write() as unit:
        alice = know(home, unit, Writer("alice"))
    told_before: list[list[type]] = []
    answer: Future[MessageView] = Future()
    answer.add_done_callback(lambda _: told_before.append([type(event) for event in home.told]))
    conversations.post(alice, Ask(lambda transaction: transaction.send_text("hello"), answer))
    answer.result(DEADLINE_S)
    conversations.stop()
    assert [MessageQueued in types for types in told_before] == [True]


def test_a_command_is_answered_and_its_event_told_after_the_commit(
    home: Home, conversations: ConversationRunner
) -> None:
    with home.base.database.write() as unit:
        alice = know(home, unit, Writer("alice"))
    found: list[bool] = []

    def look(database: Database, view: MessageView) -> None:
        with database.read() as unit:
            found.append(unit.messages.by_id(view.id) is not None)

    home.base.bus.subscribe(
        lambda _, event: look(home.base.database, event.message) if isinstance(event, MessageQueued) else None
    )
    answer: Future[MessageView] = Future()
    answer.add_done_callback(lambda future: look(home.base.database, future.result()))
    conversations.post(alice, Ask(lambda transaction: transaction.send_text("hello"), answer))
    answer.result(DEADLINE_S)
    conversations.stop()
    assert found == [True, True]
