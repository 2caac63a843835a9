"""An own other device that writes through sessions which encrypt nothing: contents arrive as if they had come."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import msgspec

from babilu.engine.conversation.conversation_cache import ConversationCache
from babilu.engine.conversation.encryption import ContentEncryption, list_mark
from babilu.engine.conversation.inbox_reading import receive_waiting
from babilu.engine.conversation.notes import OwnTransaction
from babilu.engine.profile.own_keys import keep_notes
from babilu.identity.device_list import decode_device_list, encode_device_list, follow_up, make_entry
from babilu.identity.shapes import DeviceListBody, SignedDeviceList
from babilu.kernel.ids import ConversationId, EntryHash, MessageId, envelope_id, message_id, notes_id
from babilu.kernel.states import Route
from babilu.session.chain import Chain, extend
from babilu.session.envelope import EnvelopeBody, EnvelopeEnd, seal_envelope
from babilu.session.ratchet import RatchetMessage
from babilu.store.delivery_records import IncomingEnvelope
from babilu.store.unit_of_work import UnitOfWork
from babilu.wire.codec import encode
from babilu.wire.content import ChainLink, Content
from babilu.wire.part_base import ChainedPart, Part
from tests.unit.engine.correspondent import SaidContent
from tests.unit.engine.homes import RANDOMNESS, Home, Writer
from tests.unit.store.builders import NOW


def own_list_with(home: Home, *others: Writer, without: tuple[bytes, ...] = ()) -> SignedDeviceList:
    """Sign the own list that follows the present one, with more devices or fewer."""
    entries = [make_entry(home.identity, each.own.signing, each.own.agreement.public) for each in others]

    def change(body: DeviceListBody) -> DeviceListBody:
        present = [entry for entry in body.devices if entry.device not in without]
        return msgspec.structs.replace(body, devices=(*present, *entries))

    return follow_up(home.identity, home.base.own.device_list, change)


def keep_own_list(home: Home, unit: UnitOfWork, signed: SignedDeviceList) -> None:
    """Let an own list be the one in force."""
    unit.profile.replace_device_list(encode_device_list(signed))
    home.base.own.device_list = signed


@contextmanager
def with_own_rows(home: Home) -> Iterator[UnitOfWork]:
    """Begin a transaction of a profile that has its notes, and oneself among its people."""
    with home.base.database.write() as unit:
        record = unit.profile.load()
        assert record is not None
        keep_notes(unit, record, NOW)
        yield unit


def own_turn(home: Home, unit: UnitOfWork, cache: ConversationCache | None = None) -> OwnTransaction:
    """Begin a turn with oneself."""
    base, oneself = home.base, unit.contacts.oneself()
    assert oneself is not None
    encryption = ContentEncryption(base.own, base.randomness)
    return OwnTransaction(
        unit, oneself, cache or ConversationCache(), encryption, base.show, base.randomness, home.clock
    )


@dataclass
class Sibling:
    """One more device of the profile's person.

    Attributes:
        home: The profile.
        listed: Whether it is put on the own list.
    """

    home: Home
    unit: UnitOfWork
    listed: bool = True
    writer: Writer = field(default_factory=lambda: Writer("bob"))
    chains: dict[ConversationId, Chain] = field(default_factory=dict)

    def __post_init__(self) -> None:
        own = self.home.base.own
        if self.listed:
            keep_own_list(self.home, self.unit, own_list_with(self.home, self.writer))
        self.writer.own = replace(
            self.writer.own, identity_key=own.identity_key, device_list=self.home.base.own.device_list
        )

    def says(
        self,
        part: Part | bytes,
        conversation: ConversationId | None = None,
        sent_at: int = NOW - 1,
        heads: tuple[EntryHash, ...] | None = None,
    ) -> SaidContent:
        """Make the next content in a conversation; None for the notes."""
        identity = self.home.base.own.identity_key
        where = notes_id(identity) if conversation is None else conversation
        mark, said = list_mark(self.home.base.own.device_list), part if isinstance(part, bytes) else encode(part)
        chain, chained = self.chains.get(where, Chain()), isinstance(part, ChainedPart | bytes)
        link = ChainLink(chain.counter + 1, chain.last_hash) if chained else None
        content = encode(Content(where, sent_at, link, mark, mark, heads, said))
        if chained:
            self.chains[where] = extend(chain, content)
        return SaidContent(message_id(where, identity, sent_at, said), content)

    def seals(self, said: SaidContent) -> IncomingEnvelope:
        """Put a content into an envelope."""
        own = self.home.base.own
        message = RatchetMessage(bytes(32), 0, 0, said.content)
        body = EnvelopeBody(self.writer.own.device, RANDOMNESS.token(16), message, None)
        sealed = seal_envelope(self.writer.own.agreement, EnvelopeEnd(own.device, own.agreement.public), body)
        return IncomingEnvelope(Route.RELAY, None, NOW, envelope_id(sealed), sealed, contact=0)

    def arrives(self, said: SaidContent) -> OwnTransaction:
        """Have a content come in an envelope of its own, and be judged."""
        self.unit.inbox.add([self.seals(said)], NOW)
        turn = own_turn(self.home, self.unit)
        receive_waiting(turn)
        return turn

    def receipts(self) -> set[MessageId]:
        """Give what a receipt is owed for."""
        owed = self.unit.receipts.take(self.writer.own.device, 1_000)
        return {message for messages in owed.values() for message in messages}


def kept_own_list(unit: UnitOfWork) -> SignedDeviceList:
    """Return the own list that is in force."""
    record = unit.profile.load()
    assert record is not None
    return decode_device_list(record.device_list)
