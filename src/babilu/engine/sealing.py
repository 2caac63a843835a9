"""Makes envelopes inside a write transaction: chain link, ratchet step and outbox row belong together."""

from dataclasses import dataclass, replace

from babilu.identity.codec import decode_shape
from babilu.identity.device_list import decode_device_list, list_hash
from babilu.identity.shapes import DeviceEntry, DeviceListBody, SignedDeviceList
from babilu.kernel.ids import DeviceId, EnvelopeId, MessageId, envelope_id
from babilu.kernel.ports import Randomness
from babilu.session.chain import extend
from babilu.session.sessions import OwnDevice, PeerDevice, encrypt
from babilu.store.records import ContactRecord, OutboxRecord
from babilu.store.unit import Unit
from babilu.wire.codec import encode
from babilu.wire.content import Again, Content, ContentPart, Link, ListMark

NO_ENVELOPE = EnvelopeId(b"")
NO_MESSAGE = MessageId(bytes(16))


def devices_in_force(contact: ContactRecord) -> DeviceListBody:
    """Return a contact's device list, which was verified when it was stored."""
    return decode_shape(decode_device_list(contact.device_list).body, DeviceListBody)


def list_mark(signed: SignedDeviceList) -> ListMark:
    """Name a device list by version and hash."""
    return ListMark(decode_shape(signed.body, DeviceListBody).version, list_hash(signed))


@dataclass(frozen=True, slots=True)
class Saying:
    """What is to be encrypted.

    Attributes:
        part: What is said.
        message: Id of the message.
        said_at: Unix milliseconds.
        chained: Whether it has a place in the chain; then it stays in the outbox until its receipt.
    """

    part: ContentPart
    message: MessageId
    said_at: int
    chained: bool


class Sealer:
    """Encrypts contents of the own device.

    Args:
        own: The own device.
        randomness: For ratchet keys and salts.
    """

    def __init__(self, own: OwnDevice, randomness: Randomness) -> None:
        self.own = own
        self._randomness = randomness
        self._own_mark = list_mark(own.device_list)

    def seal(self, unit: Unit, contact: ContactRecord, entry: DeviceEntry, saying: Saying, now: int) -> OutboxRecord:
        """Encrypt a saying for one device and add it to the outbox.

        Args:
            unit: The write transaction.
            contact: Whom it is for.
            entry: The recipient device.
            saying: What is said.
            now: Unix milliseconds.

        Raises:
            CryptoError: ``no_session``.
        """
        device = DeviceId(entry.device)
        chain = unit.chains.sent(device, contact.conversation) if saying.chained else None
        content = self._content(
            contact, entry, saying, None if chain is None else Link(chain.counter + 1, chain.last_hash)
        )
        if chain is not None:
            unit.chains.set_sent(device, contact.conversation, extend(chain, content))
        record = OutboxRecord(
            envelope=NO_ENVELOPE,
            number=0,
            contact=contact.contact,
            device=device,
            message=None if chain is None else saying.message,
            chained=saying.chained,
            counter=0 if chain is None else chain.counter + 1,
            content=content,
            envelope_bytes=b"",
            created_at=now,
        )
        return self._encrypt(unit, contact, entry, record, now)

    def _content(self, contact: ContactRecord, entry: DeviceEntry, saying: Saying, link: Link | None) -> bytes:
        return encode(
            Content(
                conversation=contact.conversation,
                sender=self.own.device,
                recipient=entry.device,
                message=saying.message,
                sent_at=saying.said_at,
                link=link,
                sender_list=self._own_mark,
                recipient_list=list_mark(decode_device_list(contact.device_list)),
                part=saying.part,
            )
        )

    def reseal(
        self, unit: Unit, contact: ContactRecord, entry: DeviceEntry, row: OutboxRecord, now: int
    ) -> OutboxRecord:
        """Encrypt the same content once more, in place of an envelope that was refused.

        Raises:
            CryptoError: ``no_session``.
        """
        unit.outbox.settle(row.envelope)
        return self._encrypt(unit, contact, entry, row, now)

    def seal_again(
        self, unit: Unit, contact: ContactRecord, entry: DeviceEntry, row: OutboxRecord, now: int
    ) -> OutboxRecord:
        """Send the content of an envelope that could not be decrypted once more, in the envelope's place.

        The row keeps the content's own bytes, so that it can be repaired again.

        Raises:
            CryptoError: ``no_session``.
        """
        unit.outbox.settle(row.envelope)
        around = self._content(
            contact, entry, Saying(Again(row.envelope, row.content), NO_MESSAGE, now, chained=False), None
        )
        return self._encrypt(unit, contact, entry, row, now, around)

    def _encrypt(
        self,
        unit: Unit,
        contact: ContactRecord,
        entry: DeviceEntry,
        row: OutboxRecord,
        now: int,
        around: bytes | None = None,
    ) -> OutboxRecord:
        peer = PeerDevice(contact.identity_key, entry)
        envelope = encrypt(unit.sessions, self.own, peer, around or row.content, now, self._randomness)
        record = replace(
            row,
            envelope=envelope_id(envelope),
            number=unit.profile.next_number(),
            envelope_bytes=envelope,
            created_at=now,
            accepted_at=None,
            held_until=None,
            route=None,
        )
        unit.outbox.add(record)
        return record
