"""What a dishonest contact could send: contents of their own making, sealed with their own device's real keys."""

from collections.abc import Callable

import msgspec

from babilu.engine.conversation.effects import GiveHint
from babilu.engine.conversation.encryption import devices_in_force, list_mark
from babilu.engine.conversation.wakeups import Wake
from babilu.identity.device_list import decode_device_list
from babilu.kernel.ids import DeviceId, EnvelopeId, MessageId, envelope_id
from babilu.kernel.states import Route
from babilu.session.chain import extend
from babilu.session.envelope import EnvelopeBody, EnvelopeEnd, open_seal, seal_envelope
from babilu.session.sessions import PeerDevice, encrypt
from babilu.store.contact_records import ContactRecord
from babilu.store.delivery_records import IncomingEnvelope, OutboxRecord
from babilu.store.unit_of_work import UnitOfWork
from babilu.system import SystemRandomness
from babilu.wire.codec import encode
from babilu.wire.content import ChainLink, Content, ContentPart
from babilu.wire.message_parts import Text
from tests.integration.engine.party import DEADLINE_S, Party

RANDOMNESS = SystemRandomness()


def words_of(party: Party, message: MessageId) -> tuple[bytes, Callable[[Content], Content]]:
    """Return the bytes of an own message, and what gives another content its time: the two repeat its id."""
    with party.engine._base.database.read() as unit:
        record = unit.messages.by_id(message)
        assert record is not None
        part = unit.messages.part_of(record.position)

    def at_its_time(content: Content) -> Content:
        return msgspec.structs.replace(content, sent_at=record.sent_at)

    return part, at_its_time


def contact_of(unit: UnitOfWork, name: str) -> ContactRecord:
    contact = unit.contacts.by_name(name)
    assert contact is not None
    return contact


def a_text(words: str) -> Text:
    """Make a text as an honest author would."""
    return Text(RANDOMNESS.token(16), None, words)


def content_for(party: Party, unit: UnitOfWork, to: str, part: bytes, *, chained: bool) -> Content:
    """Make an honest content, with the next place in the chain where it has one."""
    own, contact = party.engine._base.own, contact_of(unit, to)
    device = DeviceId(devices_in_force(contact).devices[0].device)
    conversation = unit.conversations.of_contact(contact.contact).id
    chain = unit.chains.sent(device, conversation)
    return Content(
        conversation=conversation,
        sent_at=party.engine._base.clock.now_ms(),
        link=ChainLink(chain.counter + 1, chain.last_hash) if chained else None,
        sender_list=list_mark(own.device_list),
        recipient_list=list_mark(decode_device_list(contact.device_list)),
        heads=None,
        part=part,
    )


def say(
    party: Party,
    to: str,
    part: ContentPart | bytes,
    *,
    chained: bool = False,
    change: Callable[[Content], Content] = lambda content: content,
) -> EnvelopeId:
    """Send a content that the engine would not make, through the party's own session and outbox."""
    base = party.engine._base
    with base.database.write() as unit:
        contact = contact_of(unit, to)
        entry = devices_in_force(contact).devices[0]
        said = part if isinstance(part, bytes) else encode(part)
        content = encode(change(content_for(party, unit, to, said, chained=chained)))
        if chained:
            conversation = unit.conversations.of_contact(contact.contact).id
            chain = unit.chains.sent(DeviceId(entry.device), conversation)
            unit.chains.set_sent(DeviceId(entry.device), conversation, extend(chain, content))
        sealed = encrypt(
            unit.sessions, base.own, PeerDevice(contact.identity_key, entry), content, base.clock.now_ms(), RANDOMNESS
        )
        record = OutboxRecord(
            envelope=envelope_id(sealed),
            number=unit.profile.next_number(),
            contact=contact.contact,
            device=DeviceId(entry.device),
            message=None,
            chained=False,
            counter=0,
            head=b"",
            envelope_bytes=sealed,
            created_at=base.clock.now_ms(),
        )
        unit.outbox.add(record)
    party.engine._effect_runner.run([GiveHint(contact, Wake())])
    return record.envelope


def tampered(sender: Party, recipient: Party, envelope: bytes) -> bytes:
    """Change the ciphertext inside an envelope, and seal it again as its sender could."""
    own, theirs = sender.engine._base.own, recipient.engine._base.own
    body = open_seal(theirs.agreement, theirs.device, envelope).body
    message = body.message
    changed = msgspec.structs.replace(message, ciphertext=bytes([message.ciphertext[0] ^ 1]) + message.ciphertext[1:])
    return seal_envelope(
        own.agreement,
        EnvelopeEnd(theirs.device, theirs.agreement.public),
        EnvelopeBody(body.sender, body.session, changed, body.initial),
    )


def deliver_directly(recipient: Party, sender: Party, envelope: bytes) -> EnvelopeId:
    """Put an envelope into a party's inbox as its direct connection with the sender would."""
    base = recipient.engine._base
    with base.database.read() as unit:
        contact = contact_of(unit, sender.name)
    arrival = IncomingEnvelope(
        Route.DIRECT,
        None,
        base.clock.now_ms(),
        envelope_id(envelope),
        envelope,
        contact.contact,
        sender.engine._base.own.device,
    )
    recipient.engine._effect_runner.targets.dispatcher.arrived([arrival]).result(DEADLINE_S)
    return arrival.envelope
