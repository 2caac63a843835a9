"""What comes while its conversation rests is judged as it comes: one commit keeps and shows it."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from babilu.api import events
from babilu.engine.conversation import batches, inbox_reading, receiving
from babilu.engine.conversation.effects import Acknowledge, Answer, Effect, GiveHint, SendBatch, Tell
from babilu.engine.conversation.encryption import ContentEncryption
from babilu.engine.conversation.inbound_router import InboundRouter
from babilu.engine.conversation.jobs import Ask
from babilu.engine.conversation.opened_envelopes import OpenedEnvelopes
from babilu.engine.conversation.runner import ConversationRunner
from babilu.engine.conversation.wakeups import Hint, Outcomes, Wake
from babilu.engine.runtime.threads import Worker
from babilu.identity.device_list import encode_device_list
from babilu.kernel.errors import CryptoError, ErrorCode, ProfileError
from babilu.store.contact_records import PendingIdentity
from babilu.store.delivery_records import IncomingEnvelope
from babilu.store.new_messages import NewMessages
from babilu.store.unit_of_work import UnitOfWork
from babilu.wire.message_parts import Text
from tests.unit.engine.correspondent import Correspondent, nothing_encrypted
from tests.unit.engine.homes import RANDOMNESS, Home, Writer, a_home, id_with
from tests.unit.store.builders import NOW, a_device

DEADLINE_S = 30.0


class Arrivals:
    """A router with its thread, and the conversations behind it.

    Attributes:
        effects: What was to be done, in order.
        kept: Envelopes that were in the inbox whenever effects were run.
        shown: Texts that stood in the conversation then.
    """

    def __init__(self, home: Home) -> None:
        self.home = home
        self.effects: list[Effect] = []
        self.kept: list[int] = []
        self.shown: list[list[str]] = []
        base = home.base
        encryption = ContentEncryption(base.own, base.randomness)
        self.conversations = ConversationRunner(base, encryption, self.run)
        self.worker = Worker("inbox")
        self.router = InboundRouter(base, self.worker, self.run, OpenedEnvelopes(base.own), self.conversations)
        self.number = 0
        with base.database.write() as unit:
            self.alice = Correspondent(home, unit)
        self.contact = self.alice.contact.contact
        self.router._remember(self.alice.writer.own.device, self.alice.contact)

    def run(self, effects: Iterable[Effect]) -> None:
        self.effects += effects
        with self.home.base.database.read() as unit:
            self.kept.append(len(unit.inbox.next_for(self.contact, 100)))
            page, _, _ = unit.history.page(self.alice.conversation, 100)
            self.shown.append([message.text for message in page])

    def says(self, text: str) -> IncomingEnvelope:
        """Make the next envelope of the mailbox."""
        self.number += 1
        sealed = self.alice.seals(self.alice.says(Text(RANDOMNESS.token(16), None, text)))
        return replace(sealed, seq=self.number, contact=None)

    def bring(self, *arrivals: IncomingEnvelope) -> None:
        """Have envelopes come together, and wait until they are kept."""
        assert self.router.arrived(list(arrivals)).result(DEADLINE_S) == [each.envelope for each in arrivals]

    def change(self, act: Callable[[UnitOfWork], object]) -> None:
        with self.home.base.database.write() as unit:
            act(unit)

    def in_inbox(self) -> list[str]:
        with self.home.base.database.read() as unit:
            waiting = [row.state.value for row in unit.inbox.next_for(self.contact, 100)]
            return waiting + [row.state.value for row in unit.inbox.quarantined(100)]

    def texts(self) -> list[str]:
        with self.home.base.database.read() as unit:
            page, _, _ = unit.history.page(self.alice.conversation, 100)
            return [message.text for message in page]

    def cursor(self) -> int:
        with self.home.base.database.read() as unit:
            relay = unit.profile.relay()
        assert relay is not None
        return relay.cursor

    def acknowledged(self) -> list[int]:
        return [effect.cursor for effect in self.effects if isinstance(effect, Acknowledge)]


@pytest.fixture
def arrivals(tmp_path: Path) -> Iterator[Arrivals]:
    with a_home(tmp_path) as home, nothing_encrypted():
        with home.base.database.write() as unit:
            unit.statements.run(
                "INSERT INTO relay (only_row, host, port, pin, registered, mailbox_cursor) VALUES (1, 'h', 1, ?, 1, 0)",
                bytes(32),
            )
        made = Arrivals(home)
        made.worker.start()
        yield made
        made.worker.stop()
        made.conversations.stop()


def test_one_commit_keeps_and_shows_what_comes_and_then_it_is_told_and_acknowledged(
    arrivals: Arrivals, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, turns = arrivals.home.base.database, list[bool]()
    take_turn = database._take_turn

    def counted(*, behind: bool = False) -> None:
        turns.append(behind)
        take_turn(behind=behind)

    monkeypatch.setattr(database, "_take_turn", counted)
    arrivals.bring(arrivals.says("hello"))
    assert turns == [False]
    told = [type(effect.event) for effect in arrivals.effects if isinstance(effect, Tell)]
    assert told == [events.MessageArrived]
    assert arrivals.effects[-1] == Acknowledge(1)
    assert arrivals.shown[0] == ["hello"]
    assert (arrivals.in_inbox(), arrivals.cursor(), set(arrivals.kept)) == ([], 1, {0})
    assert not any(isinstance(effect, GiveHint) for effect in arrivals.effects)


def test_its_receipt_is_owed_by_the_same_commit(arrivals: Arrivals) -> None:
    arrivals.bring(arrivals.says("hello"))
    with arrivals.home.base.database.read() as unit:
        owed = unit.receipts.take(arrivals.alice.writer.own.device, 10)
    # There is no session to seal it for: it waits, and is not lost.
    assert [len(messages) for messages in owed.values()] == [1]


def test_what_comes_again_is_shown_once(arrivals: Arrivals) -> None:
    hello = arrivals.says("hello")
    arrivals.bring(hello)
    arrivals.bring(hello)
    assert (arrivals.texts(), arrivals.in_inbox()) == (["hello"], [])
    assert arrivals.acknowledged() == [1, 1]


def test_envelopes_that_come_together_are_kept_first(arrivals: Arrivals) -> None:
    arrivals.bring(arrivals.says("one"), arrivals.says("two"))
    assert (arrivals.in_inbox(), arrivals.texts()) == (["waiting", "waiting"], [])
    assert arrivals.effects == [Acknowledge(2), GiveHint(arrivals.alice.contact, Wake())]


def block(unit: UnitOfWork) -> None:
    unit.contacts.set_blocked(1, True)


def make_stranger(unit: UnitOfWork) -> None:
    unit.statements.run("UPDATE contact SET accepted = 0")


def claim(unit: UnitOfWork) -> None:
    other = Writer("alice")
    listed = encode_device_list(other.own.device_list)
    unit.contacts.set_pending(1, PendingIdentity(other.own.identity_key, listed, NOW))


def lose_device(unit: UnitOfWork) -> None:
    unit.statements.run("DELETE FROM contact_device")


@pytest.mark.parametrize("change", [block, make_stranger, claim])
def test_only_what_friends_send_is_judged_as_it_comes(
    arrivals: Arrivals, change: Callable[[UnitOfWork], object]
) -> None:
    arrivals.change(change)
    arrivals.bring(arrivals.says("hello"))
    assert (arrivals.in_inbox(), arrivals.texts(), arrivals.acknowledged()) == (["waiting"], [], [1])


def test_whose_a_device_is_is_looked_up_again_by_the_turn(arrivals: Arrivals) -> None:
    arrivals.change(lose_device)
    arrivals.bring(arrivals.says("hello"))
    with arrivals.home.base.database.read() as unit:
        assert unit.inbox.dropped() == {"unknown_sender": 1}
    assert (arrivals.texts(), arrivals.acknowledged()) == ([], [1])


def test_what_waits_is_overtaken_by_nothing(arrivals: Arrivals) -> None:
    first, second, third = (arrivals.says(text) for text in ("one", "two", "three"))
    arrivals.bring(first, second)
    arrivals.bring(third)
    assert (arrivals.in_inbox(), arrivals.texts()) == (["waiting"] * 3, [])


def test_what_is_nobodys_yet_is_overtaken_by_nothing(arrivals: Arrivals) -> None:
    arrivals.bring(Writer("dave").writes_first(arrivals.home))
    arrivals.bring(arrivals.says("hello"))
    assert (arrivals.in_inbox(), arrivals.texts()) == (["waiting"], [])


def test_what_comes_over_anothers_link_is_kept_as_that_ones(arrivals: Arrivals) -> None:
    with arrivals.home.base.database.write() as unit:
        carol = Correspondent(arrivals.home, unit)
    stolen = replace(arrivals.says("hello"), seq=None, contact=carol.contact.contact, device=a_device())
    arrivals.bring(stolen)
    with arrivals.home.base.database.read() as unit:
        assert [row.envelope for row in unit.inbox.next_for(carol.contact.contact, 10)] == [stolen.envelope]
    assert arrivals.texts() == []


def test_what_comes_over_ones_own_link_is_judged_as_it_comes(arrivals: Arrivals) -> None:
    link = (arrivals.contact, arrivals.alice.writer.own.device)
    arrivals.bring(replace(arrivals.says("hello"), seq=None, contact=link[0], device=link[1]))
    assert (arrivals.texts(), arrivals.in_inbox(), arrivals.acknowledged()) == (["hello"], [], [])


def test_a_conversation_at_work_finds_it_in_the_inbox(arrivals: Arrivals) -> None:
    at_work = arrivals.conversations._threads
    conversation = id_with(arrivals.home, arrivals.alice.contact)
    assert at_work.hold(arrivals.contact, conversation)
    arrivals.bring(arrivals.says("hello"))
    assert (arrivals.in_inbox(), arrivals.texts(), arrivals.acknowledged()) == (["waiting"], [], [1])
    arrivals.conversations.post(arrivals.alice.contact, Wake())
    at_work.let_go(arrivals.contact)
    arrivals.conversations.stop()
    assert (arrivals.in_inbox(), arrivals.texts()) == ([], ["hello"])


def test_what_is_asked_of_the_conversation_meanwhile_is_done_after(
    arrivals: Arrivals, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer: Future[list[str]] = Future()
    take = receiving.receive_envelope

    def texts(_: object) -> list[str]:
        return arrivals.texts()

    def ask_and_take(*arguments: Any) -> None:
        arrivals.conversations.post(arrivals.alice.contact, Ask(texts, answer))
        take(*arguments)

    monkeypatch.setattr(inbox_reading, "receive_envelope", ask_and_take)
    arrivals.bring(arrivals.says("hello"))
    arrivals.conversations.stop()
    # It saw what was committed before.
    assert Answer(answer, ["hello"]) in arrivals.effects


def test_a_conversation_that_has_only_judged_what_came_can_be_told_what_became_of_its_receipts(
    arrivals: Arrivals, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrivals.bring(arrivals.says("hello"))
    heard: list[Hint] = []
    monkeypatch.setattr(batches, "_take_hint", lambda _, hint: heard.append(hint))
    assert arrivals.conversations.post_to(arrivals.contact, Outcomes(()))
    arrivals.conversations.stop()
    assert heard == [Outcomes(())]


def fail(error: Exception) -> Callable[..., object]:
    def failing(*_: object, **__: object) -> object:
        raise error

    return failing


def test_what_cannot_be_decrypted_is_kept_and_set_aside(arrivals: Arrivals, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(receiving, "decrypt", fail(CryptoError(ErrorCode.DECRYPTION_FAILED, "No.")))
        arrivals.bring(arrivals.says("hello"))
        assert (arrivals.in_inbox(), arrivals.cursor(), arrivals.acknowledged()) == (["waiting"], 1, [1])
        arrivals.conversations.post(arrivals.alice.contact, Wake())
        arrivals.conversations.stop()
    assert arrivals.in_inbox() == ["quarantined"]


def test_a_turn_that_meets_a_defect_keeps_the_envelope_and_is_tried_again(
    arrivals: Arrivals, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(NewMessages, "add_incoming", fail(ZeroDivisionError()))
        arrivals.bring(arrivals.says("hello"))
    assert (arrivals.in_inbox(), arrivals.texts(), arrivals.acknowledged()) == (["waiting"], [], [1])
    arrivals.conversations.post(arrivals.alice.contact, Wake())
    arrivals.conversations.stop()
    assert (arrivals.in_inbox(), arrivals.texts()) == ([], ["hello"])


def test_what_a_full_disk_did_not_keep_is_not_acknowledged(arrivals: Arrivals, monkeypatch: pytest.MonkeyPatch) -> None:
    hello = arrivals.says("hello")
    with monkeypatch.context() as broken:
        broken.setattr(NewMessages, "add_incoming", fail(ProfileError(ErrorCode.DISK_FULL, "No room.")))
        with pytest.raises(ProfileError):
            arrivals.router.arrived([hello]).result(DEADLINE_S)
        assert (arrivals.effects, arrivals.cursor(), arrivals.in_inbox()) == ([], 0, [])
    arrivals.bring(hello)
    assert (arrivals.texts(), arrivals.acknowledged()) == (["hello"], [1])


def test_what_a_turn_makes_is_handed_over_before_anybody_else_may_write(
    arrivals: Arrivals, monkeypatch: pytest.MonkeyPatch
) -> None:
    writing: list[bool] = []
    batch = SendBatch(arrivals.alice.contact, None)  # type: ignore[arg-type]  # nobody looks into it

    def run(effects: Iterable[Effect]) -> None:
        if batch in list(effects):
            writing.append(arrivals.home.base.database.is_writing)

    monkeypatch.setattr(arrivals.conversations, "_run", run)
    monkeypatch.setattr("babilu.engine.conversation.runner.hand_over", lambda turn, _: turn.then(batch))
    arrivals.bring(arrivals.says("hello"))
    assert writing == [True]
