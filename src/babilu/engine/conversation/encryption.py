"""Encryption of contents inside a write transaction: chain link, ratchet step and outbox row belong together."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Final, Protocol

from babilu.engine.conversation.opened_envelopes import OpenedEnvelopes
from babilu.identity.codec import decode_shape
from babilu.identity.device_list import list_hash, others_of, read_kept_list
from babilu.identity.shapes import DeviceEntry, DeviceListBody, SignedDeviceList
from babilu.kernel.ids import SHORT_ID_BYTES, ConversationId, DeviceId, MessageId, envelope_id
from babilu.kernel.ports import Randomness
from babilu.session.chain import extend
from babilu.session.ports import SessionRecord
from babilu.session.sessions import OwnDevice, PeerDevice, encrypt, encrypt_all
from babilu.store.contact_records import ContactRecord
from babilu.store.delivery_records import OutboxRecord
from babilu.store.unit_of_work import UnitOfWork
from babilu.wire.codec import encode
from babilu.wire.content import ChainLink, Content, ContentPart, ListMark
from babilu.wire.content_reading import head_of
from babilu.wire.delivery_parts import Again
from babilu.wire.file_entry import FileEntry


def relay_account(contact: ContactRecord) -> str:
    """Return the account that the contact's mail goes to by relay; empty for none, and while a claim is pending."""
    return "" if contact.pending is not None else contact.account


def devices_in_force(contact: ContactRecord) -> DeviceListBody:
    """Return a contact's device list, which was verified when it was stored; of oneself the other devices alone."""
    if contact.here is not None:
        return others_of(contact.device_list, contact.here)
    return read_kept_list(contact.device_list).body


def list_mark(signed: SignedDeviceList) -> ListMark:
    """Name a device list by version and hash."""
    return ListMark(decode_shape(signed.body, DeviceListBody).version, list_hash(signed)[:SHORT_ID_BYTES])


def known_mark(contact: ContactRecord) -> ListMark:
    """Name the device list of a contact that is in force."""
    kept = read_kept_list(contact.device_list)
    return ListMark(kept.body.version, kept.hash[:SHORT_ID_BYTES])


Heads = tuple[bytes, ...] | None
"""Ends of a group's log that a content names; None for what belongs to no group."""


@dataclass(frozen=True, slots=True)
class SealingContext:
    """What is at hand for sealing, besides what is said.

    Attributes:
        heads: In a group, the ends of its log.
        sessions: Sessions that send, of devices of which they were read in this transaction and not changed since.
    """

    heads: Heads = None
    sessions: Mapping[DeviceId, SessionRecord] = field(default_factory=dict)


NOTHING_AT_HAND: Final = SealingContext()


@dataclass(frozen=True, slots=True)
class OutgoingContent:
    """What is to be encrypted.

    Attributes:
        part: The bytes of what is said.
        said_at: Unix milliseconds.
        message: Id of the message, which has a place in the chain and stays in the outbox until its receipt; None for
            what is no message and has neither.
    """

    part: bytes
    said_at: int
    message: MessageId | None = None

    @classmethod
    def aside(cls, part: ContentPart, now: int) -> "OutgoingContent":
        """Make what is said beside the messages."""
        return cls(encode(part), now)

    @property
    def chained(self) -> bool:
        """Whether it has a place in the chain."""
        return self.message is not None


class TextFiles(Protocol):
    """Where long texts are sealed."""

    def seal(self, text: str) -> FileEntry | None:
        """Seal a text into a file on the own disk; None where the relay takes none of that size."""

    def forget(self, entry: FileEntry) -> None:
        """Delete the file: the message that was to tell of it is not there."""


class ContentEncryption:
    """Encrypts contents of the own device.

    Args:
        own: The own device.
        randomness: For ratchet keys and salts.

    Attributes:
        opened: Envelopes to it that are open.
        own_list_shown_at: When the relay showed the own list last (Unix milliseconds), whichever that was.
        text_files: Where long texts are sealed; None while there is no relay at which others could fetch them.
    """

    def __init__(self, own: OwnDevice, randomness: Randomness) -> None:
        self.own = own
        self.opened = OpenedEnvelopes(own)
        self.own_list_shown_at = 0
        self.text_files: TextFiles | None = None
        self._randomness = randomness
        self._marked: tuple[SignedDeviceList, ListMark] | None = None

    @property
    def own_mark(self) -> ListMark:
        """What names the own device list."""
        signed = self.own.device_list
        marked = self._marked
        if marked is None or marked[0] is not signed:
            marked = self._marked = (signed, list_mark(signed))
        return marked[1]

    def seal_all(
        self,
        unit: UnitOfWork,
        contact: ContactRecord,
        conversation: ConversationId,
        entries: Sequence[DeviceEntry],
        sayings: Sequence[OutgoingContent],
        now: int,
        context: SealingContext = NOTHING_AT_HAND,
    ) -> list[OutboxRecord]:
        """Encrypt sayings for devices and add them to the outbox, numbered saying by saying.

        Args:
            unit: The write transaction.
            contact: Whom they are for.
            conversation: In which conversation they are said.
            entries: The recipient devices.
            sayings: What is said, in order.
            now: Unix milliseconds.
            context: What is at hand.

        Raises:
            CryptoError: ``no_session``.
        """
        if not entries or not sayings:
            return []
        first = unit.profile.next_numbers(len(entries) * len(sayings))
        made = [
            self._seal_for(
                unit, contact, (conversation, context), entry, sayings, count(first + place, len(entries)), now
            )
            for place, entry in enumerate(entries)
        ]
        records = [record for saying in zip(*made, strict=True) for record in saying]
        for record in records:
            unit.outbox.add(record)
        return records

    def _seal_for(  # whom for, where, and from which numbers on
        self,
        unit: UnitOfWork,
        contact: ContactRecord,
        where: tuple[ConversationId, SealingContext],
        entry: DeviceEntry,
        sayings: Sequence[OutgoingContent],
        numbers: Iterator[int],
        now: int,
    ) -> list[OutboxRecord]:
        """Encrypt sayings for one device: its chain and its session are read and saved once."""
        device = DeviceId(entry.device)
        contents, counters = self._link(unit, contact, where, entry, sayings)
        peer = PeerDevice(contact.identity_key, entry)
        session = where[1].sessions.get(device)
        envelopes = encrypt_all(unit.sessions, self.own, peer, contents, now, self._randomness, session)
        return [
            OutboxRecord(
                envelope=envelope_id(envelope),
                number=next(numbers),
                contact=contact.contact,
                device=device,
                message=saying.message,
                chained=saying.chained,
                counter=counter,
                head=head_of(content, saying.part) if saying.chained else b"",
                envelope_bytes=envelope,
                created_at=now,
            )
            for saying, counter, content, envelope in zip(sayings, counters, contents, envelopes, strict=True)
        ]

    def _link(
        self,
        unit: UnitOfWork,
        contact: ContactRecord,
        where: tuple[ConversationId, SealingContext],
        entry: DeviceEntry,
        sayings: Sequence[OutgoingContent],
    ) -> tuple[list[bytes], list[int]]:
        """Make the contents of sayings, each linked to the one before, and return them with their counters."""
        device = DeviceId(entry.device)
        conversation, context = where
        around = self._around(contact, conversation, context.heads)
        before = chain = unit.chains.sent(device, conversation)
        contents, counters = [], []
        for saying in sayings:
            link = ChainLink(chain.counter + 1, chain.last_hash) if saying.chained else None
            content = around.hold(saying, link)
            if link is not None:
                chain = extend(chain, content)
            contents.append(content)
            counters.append(0 if link is None else link.counter)
        if chain is not before:
            unit.chains.set_sent(device, conversation, chain)
        return contents, counters

    def _around(self, contact: ContactRecord, conversation: ConversationId, heads: Heads = None) -> "_Around":
        return _Around(conversation, self.own_mark, known_mark(contact), heads)

    def reseal(
        self, unit: UnitOfWork, contact: ContactRecord, entry: DeviceEntry, row: OutboxRecord, now: int
    ) -> OutboxRecord:
        """Encrypt the same content once more, in place of an envelope that was refused.

        Raises:
            CryptoError: ``no_session``.
        """
        content = unit.outbox.content_of(row)
        unit.outbox.finish(row)
        return self._encrypt(unit, contact, entry, row, now, content)

    def seal_again(  # whom for, where, and what
        self,
        unit: UnitOfWork,
        contact: ContactRecord,
        conversation: ConversationId,
        entry: DeviceEntry,
        row: OutboxRecord,
        now: int,
    ) -> OutboxRecord:
        """Send the content of an envelope that could not be decrypted once more, in the envelope's place.

        The row keeps the content's own head, so that it can be repaired again.

        Raises:
            CryptoError: ``no_session``.
        """
        again = OutgoingContent.aside(Again(row.envelope, unit.outbox.content_of(row)), now)
        unit.outbox.finish(row)
        around = self._around(contact, conversation).hold(again, None)
        return self._encrypt(unit, contact, entry, row, now, around)

    def _encrypt(
        self,
        unit: UnitOfWork,
        contact: ContactRecord,
        entry: DeviceEntry,
        row: OutboxRecord,
        now: int,
        content: bytes,
    ) -> OutboxRecord:
        peer = PeerDevice(contact.identity_key, entry)
        envelope = encrypt(unit.sessions, self.own, peer, content, now, self._randomness)
        record = replace(
            row,
            envelope=envelope_id(envelope),
            number=unit.profile.next_number(),
            envelope_bytes=envelope,
            created_at=now,
            accepted_at=None,
            route=None,
        )
        unit.outbox.add(record)
        return record


@dataclass(frozen=True, slots=True)
class _Around:
    """What the contents for one device have in common."""

    conversation: ConversationId
    sender_list: ListMark
    recipient_list: ListMark
    heads: Heads

    def hold(self, saying: OutgoingContent, link: ChainLink | None) -> bytes:
        """Encode the content of a saying."""
        return encode(
            Content(
                conversation=self.conversation,
                sent_at=saying.said_at,
                link=link,
                sender_list=self.sender_list,
                recipient_list=self.recipient_list,
                heads=self.heads,
                part=saying.part,
            )
        )
