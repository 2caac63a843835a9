"""What only a newer version understands: it has its place, is kept and shown once, and is judged again."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from babilu.api import events
from babilu.engine.conversation import receiving
from babilu.engine.conversation.encryption import list_mark
from babilu.engine.conversation.inbox_reading import receive_waiting
from babilu.engine.conversation.newer_parts import judge_again
from babilu.engine.conversation.ordering import PATIENCE_MS, show_in_order
from babilu.engine.conversation.transaction import ConversationTransaction
from babilu.kernel.ids import envelope_id, message_id
from babilu.kernel.states import MessageKind, Route
from babilu.session.chain import Chain, extend
from babilu.session.envelope import EnvelopeBody, EnvelopeEnd, seal_envelope
from babilu.session.ratchet import RatchetMessage
from babilu.session.sessions import AuthenticEnvelope
from babilu.store.contact_records import ContactRecord
from babilu.store.delivery_records import IncomingEnvelope
from babilu.store.message_records import SearchFilter
from babilu.store.unit_of_work import UnitOfWork
from babilu.wire.codec import encode
from babilu.wire.content import ChainLink, Content
from babilu.wire.message_parts import Text
from babilu.wire.part_base import PARTS_VERSION
from tests.unit.engine.homes import RANDOMNESS, Home, Writer, a_home, a_turn, id_with, know, told_in
from tests.unit.store.builders import NOW

ABSENT = (None, None, (), False, None, (), None)
"""What a text says of itself that answers nothing, names nobody and stays."""

_names = itertools.count(1)


@dataclass
class Said:
    """A content of somebody's chain."""

    id: bytes
    content: bytes


class Talk:
    """Somebody who writes through sessions that encrypt nothing."""

    def __init__(self, home: Home, unit: UnitOfWork) -> None:
        self.home = home
        self.unit = unit
        self.alice = Writer(f"alice{next(_names)}")
        self.contact: ContactRecord = know(home, unit, self.alice)
        self._chain = Chain()

    def says(self, part: bytes) -> Said:
        """Make the next content."""
        mark, conversation, sent_at = list_mark(self.alice.own.device_list), id_with(self.home, self.contact), NOW - 1
        link = ChainLink(self._chain.counter + 1, self._chain.last_hash)
        own = list_mark(self.home.base.own.device_list)
        content = encode(Content(conversation, sent_at, link, mark, own, None, part))
        self._chain = extend(self._chain, content)
        return Said(message_id(conversation, self.alice.own.identity_key, sent_at, part), content)

    def arrives(self, said: Said) -> ConversationTransaction:
        """Have a content come in an envelope of its own, and be judged."""
        own = self.home.base.own
        message = RatchetMessage(bytes(32), 0, 0, said.content)
        body = EnvelopeBody(self.alice.own.device, RANDOMNESS.token(16), message, None)
        sealed = seal_envelope(self.alice.own.agreement, EnvelopeEnd(own.device, own.agreement.public), body)
        arrival = IncomingEnvelope(Route.RELAY, None, NOW, envelope_id(sealed), sealed, self.contact.contact)
        self.unit.inbox.add([arrival], NOW)
        transaction = a_turn(self.home, self.unit, self.contact)
        receive_waiting(transaction)
        return transaction

    def shown(self) -> list[tuple[str, bool]]:
        """Return the texts that are shown, each with whether it needs a newer version."""
        page, _, _ = self.unit.history.page(self.contact.contact, 1_000)
        return [(message.text, message.needs_newer) for message in page if message.kind is MessageKind.TEXT]

    def hidden(self, version: int = PARTS_VERSION + 1) -> int:
        return len(self.unit.hidden.older_than(version, self.contact.contact, 10_000))

    def chain(self) -> Chain:
        device = self.unit.contacts.devices(self.contact.contact)[0].device
        return self.unit.chains.received(device, id_with(self.home, self.contact))


def a_part(tag: str, fallback: str | None, *more: object) -> bytes:
    return msgspec.msgpack.encode([tag, RANDOMNESS.token(16), fallback, *more])


def clear(_rows: object, _own: object, authentic: AuthenticEnvelope, *_: Any) -> bytes:
    return authentic.opened.body.message.ciphertext


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    with a_home(Path(tmp_path_factory.mktemp("home"))) as home, pytest.MonkeyPatch.context() as patch:
        patch.setattr(receiving, "decrypt", clear)
        yield home


@pytest.fixture
def talk(home: Home) -> Iterator[Talk]:
    with home.base.database.write() as unit:
        yield Talk(home, unit)


KINDS = st.sampled_from([("text", None, "hi"), ("new", "instead", 1), ("new", None, b"x"), ("newer", "", {"a": [1]})])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(KINDS, min_size=1, max_size=7), st.data())
def test_what_is_not_known_takes_its_place_in_any_order_and_shows_once(
    home: Home, kinds: list[tuple[str, str | None, object]], data: st.DataObject
) -> None:
    with home.base.database.write() as unit:
        talk = Talk(home, unit)
        said = [talk.says(a_part(*kind)) for kind in kinds]
        alarms = []
        for each in data.draw(st.permutations(said + data.draw(st.lists(st.sampled_from(said), max_size=4)))):
            alarms += [event for event in told_in(talk.arrives(each).effects) if isinstance(event, events.AlarmRaised)]
        home.clock.now += PATIENCE_MS
        show_in_order(a_turn(home, unit, talk.contact))
        home.clock.now = NOW
        assert alarms == []
        assert (talk.chain().counter, talk.chain().holes) == (len(kinds), ())
        expected = [("hi", False) if tag == "text" else (instead, True) for tag, instead, _ in kinds]
        assert sorted(talk.shown()) == sorted(each for each in expected if each[0] is not None)
        assert talk.hidden() == sum(each[0] is None for each in expected)
        device = unit.contacts.devices(talk.contact.contact)[0].device
        owed = {message for messages in unit.receipts.take(device, 1_000).values() for message in messages}
        assert owed == {each.id for each in said}


def test_a_text_with_a_critical_field_shows_what_stands_for_it(talk: Talk) -> None:
    burns = msgspec.msgpack.Ext(1, msgspec.msgpack.encode(30))
    transaction = talk.arrives(talk.says(a_part("text", "a text that burns", "secret", *ABSENT, burns)))
    (arrived,) = [event for event in told_in(transaction.effects) if isinstance(event, events.MessageArrived)]
    assert (arrived.message.text, arrived.message.needs_newer) == ("a text that burns", True)
    assert talk.shown() == [("a text that burns", True)]


def refused(talk: Talk, part: bytes) -> None:
    talk.arrives(talk.says(part))
    assert talk.chain().counter == 0


@pytest.mark.parametrize(
    "part",
    [b"", b"\xc1", msgspec.msgpack.encode(["new"]), msgspec.msgpack.encode(["new", bytes(15), None]), b"\x94" * 9_000],
    ids=range(5),
)
def test_what_fits_no_shape_is_refused_and_what_follows_shows(talk: Talk, part: bytes) -> None:
    refused(talk, part)
    talk.arrives(talk.says(a_part("text", None, "honest")))
    talk.home.clock.now += PATIENCE_MS
    show_in_order(a_turn(talk.home, talk.unit, talk.contact))
    talk.home.clock.now = NOW
    assert talk.shown() == [("honest", False)]


def test_after_an_upgrade_what_is_kept_is_judged_again_once(talk: Talk) -> None:
    unit, contact = talk.unit, talk.contact.contact
    for fallback in ("stood for it", None):
        talk.arrives(talk.says(a_part("new", fallback, "more")))
    # As an older version would have left them: two texts, and something that is not known today either.
    unit.statements.run("UPDATE message SET not_understood = ? WHERE conversation = ?", PARTS_VERSION - 1, contact)
    unit.statements.run(
        "UPDATE message_hidden SET not_understood = ? WHERE conversation = ?", PARTS_VERSION - 1, contact
    )
    known = encode(Text(RANDOMNESS.token(16), "stood for it", "understood"))
    unit.statements.run("UPDATE message SET part = ? WHERE conversation = ?", known, contact)
    unit.statements.run("UPDATE message_hidden SET part = ? WHERE conversation = ?", known, contact)
    talk.arrives(talk.says(a_part("new", "instead", 1)))
    assert (
        unit.contents.conversations_older_than(PARTS_VERSION) == unit.hidden.conversations(PARTS_VERSION) == [contact]
    )
    transaction = a_turn(talk.home, unit, talk.contact)
    assert not judge_again(transaction)
    assert talk.shown() == [("understood", False), ("instead", True), ("understood", False)]
    assert [message.text for message in unit.search.find("understood", SearchFilter(contact), 9)] == ["understood"] * 2
    assert unit.search.find("stood for", SearchFilter(contact), 9) == []
    assert talk.hidden() == 0
    told = [type(event) for event in told_in(transaction.effects)]
    assert told == [events.ConversationChanged, events.MessageArrived]
    assert unit.contents.conversations_older_than(PARTS_VERSION) == unit.hidden.conversations(PARTS_VERSION) == []


def test_what_is_not_known_after_an_upgrade_either_stays_as_it_is(talk: Talk) -> None:
    unit, contact = talk.unit, talk.contact.contact
    for fallback in ("stands for it", None):
        talk.arrives(talk.says(a_part("new", fallback, "more")))
    unit.statements.run("UPDATE message SET not_understood = 0 WHERE conversation = ?", contact)
    unit.statements.run("UPDATE message_hidden SET not_understood = 0 WHERE conversation = ?", contact)
    transaction = a_turn(talk.home, unit, talk.contact)
    judge_again(transaction)
    assert talk.shown() == [("stands for it", True)]
    assert (talk.hidden(), talk.hidden(PARTS_VERSION)) == (1, 0)
    assert transaction.effects == []
