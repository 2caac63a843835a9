"""Somebody who writes to a profile through sessions that encrypt nothing: contents arrive as if they had come."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from babilu.engine.conversation import receiving
from babilu.engine.conversation.encryption import list_mark
from babilu.engine.conversation.inbox_reading import receive_waiting
from babilu.engine.conversation.transaction import ConversationTransaction
from babilu.kernel.ids import MessageId, envelope_id, message_id
from babilu.kernel.states import Route
from babilu.session.chain import Chain, extend
from babilu.session.envelope import EnvelopeBody, EnvelopeEnd, seal_envelope
from babilu.session.ratchet import RatchetMessage
from babilu.session.sessions import AuthenticEnvelope
from babilu.store.contact_records import ContactRecord
from babilu.store.delivery_records import IncomingEnvelope
from babilu.store.unit_of_work import UnitOfWork
from babilu.wire.codec import encode
from babilu.wire.content import ChainLink, Content
from babilu.wire.part_base import ChainedPart, Part
from tests.unit.engine.homes import RANDOMNESS, Home, Writer, a_turn, id_with, know
from tests.unit.store.builders import NOW

_names = itertools.count(1)


@dataclass(frozen=True)
class SaidContent:
    """A content of somebody's chain, and the id of the message that it is."""

    id: MessageId
    content: bytes


@contextmanager
def nothing_encrypted() -> Iterator[None]:
    """Have envelopes hold their contents in clear."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(receiving, "decrypt", _clear)
        yield


def _clear(_rows: object, _own: object, authentic: AuthenticEnvelope, *_: Any) -> bytes:
    return authentic.opened.body.message.ciphertext


class Correspondent:
    """An accepted contact."""

    def __init__(self, home: Home, unit: UnitOfWork) -> None:
        self.home = home
        self.unit = unit
        self.writer = Writer(f"alice{next(_names)}")
        self.contact: ContactRecord = know(home, unit, self.writer)
        self.conversation = unit.conversations.of_contact(self.contact.contact).conversation
        self._chain = Chain()

    def says(self, part: Part | bytes, sent_at: int = NOW - 1) -> SaidContent:
        """Make the next content; what is not chained has no place."""
        mark, conversation = list_mark(self.writer.own.device_list), id_with(self.home, self.contact)
        own, said = list_mark(self.home.base.own.device_list), part if isinstance(part, bytes) else encode(part)
        link = ChainLink(self._chain.counter + 1, self._chain.last_hash)
        chained = isinstance(part, ChainedPart | bytes)
        content = encode(Content(conversation, sent_at, link if chained else None, mark, own, None, said))
        if chained:
            self._chain = extend(self._chain, content)
        return SaidContent(message_id(conversation, self.writer.own.identity_key, sent_at, said), content)

    def arrives(self, said: SaidContent) -> ConversationTransaction:
        """Have a content come in an envelope of its own, and be judged."""
        return self.delivers(self.seals(said))

    def seals(self, said: SaidContent) -> IncomingEnvelope:
        """Put a content into an envelope."""
        own = self.home.base.own
        message = RatchetMessage(bytes(32), 0, 0, said.content)
        body = EnvelopeBody(self.writer.own.device, RANDOMNESS.token(16), message, None)
        sealed = seal_envelope(self.writer.own.agreement, EnvelopeEnd(own.device, own.agreement.public), body)
        return IncomingEnvelope(Route.RELAY, None, NOW, envelope_id(sealed), sealed, self.contact.contact)

    def delivers(self, envelope: IncomingEnvelope) -> ConversationTransaction:
        """Have an envelope come and be judged."""
        self.unit.inbox.add([envelope], NOW)
        transaction = a_turn(self.home, self.unit, self.contact)
        receive_waiting(transaction)
        return transaction

    def receipts(self) -> set[MessageId]:
        """Give what a receipt is owed for, and forget it."""
        (device,) = self.unit.contacts.devices(self.contact.contact)
        owed = self.unit.receipts.take(device.device, 1_000)
        for kind, messages in owed.items():
            self.unit.receipts.settle(device.device, kind, messages)
        return {message for messages in owed.values() for message in messages}

    def chain(self) -> Chain:
        """Give what is known of the chain here."""
        (device,) = self.unit.contacts.devices(self.contact.contact)
        return self.unit.chains.received(device.device, id_with(self.home, self.contact))

    def texts(self) -> list[str]:
        """Give the texts that are shown."""
        page, _, _ = self.unit.history.page(self.conversation, 1_000)
        return [message.text for message in page]
