"""What arrives about messages: it takes its place in the chain, holds nobody up, and is receipted once it can be."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from babilu.api import events, views
from babilu.engine.conversation import newer_parts, receiving
from babilu.engine.conversation.attribution import RoutingResult
from babilu.engine.conversation.contents import taking as taking_module
from babilu.engine.conversation.contents.taking import KINDS, give_up_overdue
from babilu.engine.conversation.folding import follow
from babilu.engine.conversation.inbound_router import InboundRouter
from babilu.engine.conversation.newer_parts import judge_again
from babilu.engine.conversation.ordering import PATIENCE_MS, show_in_order
from babilu.kernel.ids import MessageId
from babilu.session.chain import content_hash
from babilu.store.waiting_actions import SEEN_KEPT, WAITING_MS
from babilu.wire.delivery_parts import Gone
from babilu.wire.message_parts import Delete, Edit, Pin, React, Text, Timer
from babilu.wire.part_base import ChainedPart
from tests.unit.engine.correspondent import Correspondent, nothing_encrypted
from tests.unit.engine.homes import Home, a_home, a_turn, told_in
from tests.unit.store.builders import NOW

UNKNOWN = bytes(range(16))


def salt(number: int = 0) -> bytes:
    return number.to_bytes(16, "big")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    with a_home(Path(tmp_path_factory.mktemp("home"))) as home, nothing_encrypted():
        yield home


@pytest.fixture
def alice(home: Home) -> Iterator[Correspondent]:
    with home.base.database.write() as unit:
        yield Correspondent(home, unit)
    home.clock.now = NOW


def test_an_edit_that_comes_before_its_message_waits_unreceipted_and_shows_with_it(alice: Correspondent) -> None:
    text = alice.says(Text(salt(), None, "first"), NOW - 9)
    edit = alice.says(Edit(salt(), None, text.id, "second"), NOW - 8)
    assert told_in(alice.arrives(edit).effects) == []
    assert alice.receipts() == set()
    (arrived,) = told_in(alice.arrives(text).effects)
    assert isinstance(arrived, events.MessageArrived)
    assert (arrived.message.text, arrived.message.edited_at) == ("second", NOW - 8)
    assert alice.receipts() == {text.id, edit.id}


def test_what_was_deleted_before_it_came_is_never_told_as_a_message(alice: Correspondent) -> None:
    text = alice.says(Text(salt(), None, "secret"), NOW - 9)
    alice.arrives(alice.says(Delete(salt(), None, text.id), NOW - 8))
    (line,) = told_in(alice.arrives(text).effects)
    assert isinstance(line, events.LineAdded)
    assert (line.message.text, line.message.deleted) == ("", True)
    assert text.id not in {message.id for message in alice.unit.messages.take_unshown(1_000)}


@pytest.mark.parametrize(
    "part",
    [
        Edit(salt(), None, UNKNOWN, "second"),
        Delete(salt(), None, UNKNOWN),
        React(salt(), None, UNKNOWN, ("👍",)),
        Pin(salt(), None, UNKNOWN, on=True),
        Timer(salt(), None, None, UNKNOWN),
        Text(salt(), None, "an answer", UNKNOWN, "to this"),
    ],
    ids=lambda part: type(part).__name__,
)
def test_what_names_an_unknown_id_gives_no_receipt_and_one_once_it_is_given_up(
    home: Home, alice: Correspondent, part: Text | Edit | Delete | React | Pin | Timer
) -> None:
    said = alice.says(part)
    envelope = alice.seals(said)
    alice.delivers(envelope)
    InboundRouter._owe_receipts_again(alice.unit, [envelope.envelope], RoutingResult())
    a_turn(home, alice.unit, alice.contact).mark_read()
    assert alice.receipts() == set()
    home.clock.now += WAITING_MS
    transaction = a_turn(home, alice.unit, alice.contact)
    fold = transaction.fold()
    give_up_overdue(fold)
    follow(transaction, fold)
    assert alice.receipts() == {said.id}
    InboundRouter._owe_receipts_again(alice.unit, [envelope.envelope], RoutingResult())
    assert alice.receipts() == {said.id}


def test_an_answer_is_receipted_and_shows_the_own_copy_once_what_it_answers_comes(alice: Correspondent) -> None:
    text = alice.says(Text(salt(), None, "question"), NOW - 9)
    answer = alice.says(Text(salt(), None, "answer", text.id, "what they say I asked"))
    alice.arrives(answer)
    alice.home.clock.now += PATIENCE_MS
    transaction = a_turn(alice.home, alice.unit, alice.contact)
    show_in_order(transaction)
    (arrived,) = [event for event in told_in(transaction.effects) if isinstance(event, events.MessageArrived)]
    assert arrived.message.reply_to == views.QuoteView(text.id, "", "what they say I asked", known=False)
    assert alice.receipts() == set()
    alice.arrives(text)
    assert alice.receipts() == {text.id, answer.id}
    record = alice.unit.messages.by_id(answer.id, alice.conversation)
    assert record is not None
    shown = a_turn(alice.home, alice.unit, alice.contact).view(record)
    assert shown.reply_to == views.QuoteView(text.id, alice.contact.name, "question", known=True)


def test_an_action_that_comes_again_raises_no_alarm_and_is_receipted_again(alice: Correspondent) -> None:
    text = alice.says(Text(salt(), None, "first"), NOW - 9)
    react = alice.says(React(salt(), None, text.id, ("👍",)))
    last = alice.says(Text(salt(1), None, "last"))
    for said in (text, react, last):
        alice.arrives(said)
    alice.receipts()
    assert told_in(alice.arrives(react).effects) == []
    assert alice.receipts() == {react.id}
    assert (alice.chain().counter, alice.chain().holes) == (3, ())


def test_texts_behind_an_action_that_came_after_a_hole_wait_for_what_is_missing(alice: Correspondent) -> None:
    first = alice.says(Text(salt(1), None, "first"), NOW - 9)
    second = alice.says(Text(salt(2), None, "second"))
    react = alice.says(React(salt(), None, first.id, ("👍",)))
    third = alice.says(Text(salt(3), None, "third"))
    alice.arrives(first)
    assert [type(event) for event in told_in(alice.arrives(react).effects)] == [events.ReactionsChanged]
    alice.arrives(third)
    assert alice.texts() == ["first"]
    alice.arrives(second)
    assert alice.texts() == ["first", "second", "third"]


def test_a_deletion_does_not_wait_behind_a_hole_with_the_message_that_it_deletes(alice: Correspondent) -> None:
    alice.says(Text(salt(1), None, "missing"))
    text = alice.says(Text(salt(2), None, "secret"), NOW - 9)
    alice.arrives(text)
    assert alice.unit.held_back.has(text.id, alice.conversation)
    alice.arrives(alice.says(Delete(salt(), None, text.id), NOW - 8))
    assert not alice.unit.held_back.has(text.id, alice.conversation)
    record = alice.unit.messages.by_id(text.id, alice.conversation)
    assert record is not None
    assert record.deleted


def test_a_place_whose_content_its_author_has_deleted_is_waited_for_no_longer(alice: Correspondent) -> None:
    gone = alice.says(Text(salt(1), None, "gone"))
    after = alice.says(Text(salt(2), None, "after"))
    edit = alice.says(Edit(salt(), None, gone.id, "too late"))
    alice.arrives(after)
    alice.arrives(edit)
    assert alice.texts() == []
    alice.receipts()
    alice.arrives(alice.says(Gone(gone.id, 1, content_hash(gone.content))))
    assert alice.texts() == ["after"]
    assert alice.chain().holes == ()
    assert alice.receipts() == {edit.id}


def test_an_edit_makes_nothing_unread_and_moves_nothing(home: Home, alice: Correspondent) -> None:
    first = alice.says(Text(salt(1), None, "first"), NOW - 9)
    alice.arrives(first)
    alice.arrives(alice.says(Text(salt(2), None, "second")))
    a_turn(home, alice.unit, alice.contact).mark_read()
    alice.arrives(alice.says(Edit(salt(), None, first.id, "first, edited")))
    assert alice.texts() == ["first, edited", "second"]
    assert alice.unit.messages.unread(alice.conversation) == 0


def test_an_action_that_an_older_version_kept_is_taken_by_this_one(home: Home, alice: Correspondent) -> None:
    text = alice.says(Text(salt(), None, "first"), NOW - 9)
    alice.arrives(text)
    newer = msgspec.msgpack.encode(["unheard_of", salt(), None])
    alice.arrives(alice.says(newer))
    part = msgspec.msgpack.encode(Edit(salt(), None, text.id, "second"))
    alice.unit.statements.run(
        "UPDATE message_hidden SET part = ?, not_understood = 0, said_at = ? WHERE conversation = ?",
        part,
        NOW - 8,
        alice.conversation,
    )
    judge_again(a_turn(home, alice.unit, alice.contact))
    assert alice.texts() == ["second"]


def test_so_many_ids_of_actions_are_remembered(alice: Correspondent, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("babilu.store.waiting_actions.SEEN_KEPT", 3)
    ids = [MessageId(salt(number)) for number in range(5)]
    for each in ids:
        alice.unit.waiting_actions.note_seen(alice.conversation, alice.contact.contact, each)
    seen = [alice.unit.waiting_actions.was_seen(alice.conversation, each) for each in ids]
    assert seen == [False, False, True, True, True]
    assert SEEN_KEPT == 1_000


def test_what_arrives_is_taken_by_what_the_registry_says_of_its_kind() -> None:
    kinds = {part.__name__ for part in KINDS}
    assert {"Edit", "Delete", "React", "Pin", "Timer"} <= kinds
    for module in (receiving, newer_parts, taking_module):
        named = kinds & set(vars(module))
        assert named == set(), f"{module.__name__} names {named}: a new kind would have to be added there, too"


@pytest.mark.parametrize("part", KINDS)
def test_a_kind_says_what_it_is_about(part: type[ChainedPart]) -> None:
    fields = {"target": bytes(range(16)), "text": "", "reactions": (), "on": True, "groups": (), "since": 0}
    fields |= {"whole": bytes(16), "place": 0, "count": 1, "piece": b""}
    made = part(bytes(16), None, **{name: fields[name] for name in part.__struct_fields__ if name in fields})
    about = KINDS[part].target(made)
    assert about == (bytes(range(16)) if "target" in part.__struct_fields__ else None)
