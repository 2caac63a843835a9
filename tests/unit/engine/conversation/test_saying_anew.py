"""A message that failed as its recipient came back with another identity is said anew as it was."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from babilu.api import commands
from babilu.engine.conversation.acting import edit_message
from babilu.engine.conversation.contents.text import BesideWords
from babilu.engine.conversation.transaction import ConversationTransaction
from babilu.engine.conversation.trust import trust_identity
from babilu.identity.device_list import encode_device_list
from babilu.kernel.ids import IdentityKey, MessageId
from babilu.kernel.states import MessageState
from babilu.store.contact_records import PendingIdentity
from babilu.store.expiry import UNREAD_MS
from babilu.store.message_records import MessageRecord
from babilu.wire.content_reading import read_part
from babilu.wire.message_parts import Text
from tests.unit.engine.correspondent import Correspondent, nothing_encrypted
from tests.unit.engine.homes import Home, Writer, a_home, a_turn
from tests.unit.store.builders import NOW


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with a_home(tmp_path) as home, nothing_encrypted():
        yield home


@pytest.fixture
def alice(home: Home) -> Iterator[Correspondent]:
    with home.base.database.write() as unit:
        yield Correspondent(home, unit)


def turn(alice: Correspondent) -> ConversationTransaction:
    return a_turn(alice.home, alice.unit, alice.contact)


def comes_back(alice: Correspondent) -> IdentityKey:
    """Let the contact have another identity, which the user approves: what waits for them fails."""
    other = Writer("alice again")
    alice.unit.contacts.set_pending(
        alice.contact.contact,
        PendingIdentity(other.own.identity_key, encode_device_list(other.own.device_list), NOW),
    )
    trust_identity(turn(alice), commands.TrustIdentity(alice.contact.name, other.own.identity_key))
    return other.own.identity_key


def kept(alice: Correspondent, message: MessageId) -> tuple[MessageRecord, Text]:
    """Give a message as it is kept, and as it is sent."""
    record = alice.unit.messages.by_id(message, alice.conversation)
    assert record is not None
    part = read_part(alice.unit.messages.part_of(record.position), chained=True)
    assert isinstance(part, Text)
    return record, part


def test_a_message_that_was_to_disappear_still_does(alice: Correspondent) -> None:
    said = turn(alice).send_text("for a minute", BesideWords(timer=60))
    comes_back(alice)

    again = turn(alice).retry(said.id)

    record, part = kept(alice, again.id)
    assert (record.state, record.fields.timer, part.timer) == (MessageState.QUEUED, 60_000, 60_000)
    assert alice.unit.expiry.next_end() == NOW + 60_000 + UNREAD_MS


def test_a_message_without_a_timer_takes_the_one_that_the_conversation_has_by_now(alice: Correspondent) -> None:
    said = turn(alice).send_text("for long")
    comes_back(alice)
    alice.unit.conversations.set_timer(alice.conversation, 5_000)

    assert turn(alice).retry(said.id).timer == 5


def test_it_is_forwarded_and_edited_as_it_was(alice: Correspondent) -> None:
    said = turn(alice).send_text("taken over", BesideWords(forwarded=True))
    edit_message(turn(alice), said.id, "taken over, in other words", ())
    comes_back(alice)

    record, part = kept(alice, turn(alice).retry(said.id).id)

    assert (part.text, part.forwarded, record.fields.forwarded) == ("taken over, in other words", True, True)


def test_whom_it_names_is_named_by_the_identity_in_force(alice: Correspondent) -> None:
    own, name = alice.home.base.own.identity_key, alice.contact.name
    said = turn(alice).send_text(f"@{name} and @bob", BesideWords(names=(name, "bob")))
    theirs = comes_back(alice)

    again = turn(alice).retry(said.id)

    _, part = kept(alice, again.id)
    assert [mention.identity for mention in part.mentions] == [theirs, own]
    assert [mention.name for mention in again.mentions] == [name, "bob"]


def test_an_answer_quotes_what_it_answers_and_names_it_only_where_it_is_known(alice: Correspondent) -> None:
    asked = turn(alice).send_text("tea?")
    (device,) = alice.unit.contacts.devices(alice.contact.contact)
    alice.unit.deliveries.settle(asked.id, device.device)
    alice.unit.messages.advance_state(asked.id, MessageState.DELIVERED)
    said = turn(alice).send_text("or coffee?", BesideWords(reply_to=asked.id))
    comes_back(alice)

    again = turn(alice).retry(said.id)

    record, part = kept(alice, again.id)
    assert (part.reply_to, part.quote) == (None, "tea?")
    assert record.fields.reply_to == asked.id
    assert again.reply_to is not None
    assert again.reply_to.text == "tea?"


def test_an_answer_to_what_is_said_anew_answers_the_new_message(alice: Correspondent) -> None:
    asked = turn(alice).send_text("tea?")
    said = turn(alice).send_text("or coffee?", BesideWords(reply_to=asked.id))
    comes_back(alice)

    asked_again = turn(alice).retry(asked.id)
    again = turn(alice).retry(said.id)

    _, part = kept(alice, again.id)
    assert (part.reply_to, part.quote) == (asked_again.id, "tea?")


def test_what_is_gone_is_quoted_no_more(alice: Correspondent) -> None:
    asked = turn(alice).send_text("tea?")
    said = turn(alice).send_text("or coffee?", BesideWords(reply_to=asked.id))
    comes_back(alice)
    alice.unit.messages.delete(asked.id, alice.conversation)

    _, part = kept(alice, turn(alice).retry(said.id).id)

    assert (part.text, part.reply_to, part.quote) == ("or coffee?", None, None)
