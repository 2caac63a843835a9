"""Builds databases, contacts and records with as little as a test needs to say."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from babilu.crypto.password import LoginCost
from babilu.crypto.secret import Secret
from babilu.identity.shapes import DeviceCertificate, DeviceEntry, DeviceKind
from babilu.kernel.ids import ConversationId, DeviceId, EnvelopeId, IdentityKey, MessageId
from babilu.kernel.states import Route
from babilu.session.ports import HandshakeRole, SessionRecord
from babilu.store.contact_records import ContactRecord
from babilu.store.database import Database
from babilu.store.delivery_records import IncomingEnvelope, OutboxRecord
from babilu.store.message_records import PLAIN, BufferedMessage, TextFields
from babilu.store.profile_files import ProfilePaths
from babilu.store.unit_of_work import UnitOfWork

NOW = 1_795_337_792_000
KEY = Secret(bytes(range(32)))

_numbers = itertools.count(1)


def cheap_cost() -> LoginCost:
    """Return a cost of passwords that tests can pay, allowed only where the fixture `cheap_passwords` is in use."""
    return LoginCost(8, 1, 1)


@dataclass
class SetClock:
    """A clock that stands where a test sets it."""

    now: int = NOW

    def now_ms(self) -> int:
        return self.now

    def monotonic_ms(self) -> int:
        return self.now


def some_bytes(size: int) -> bytes:
    """Return bytes that no other call returns."""
    return next(_numbers).to_bytes(8, "big").rjust(size, b"\x5a")


def a_message_id() -> MessageId:
    return MessageId(some_bytes(16))


def a_device() -> DeviceId:
    return DeviceId(some_bytes(16))


def an_identity() -> IdentityKey:
    return IdentityKey(some_bytes(32))


def a_conversation() -> ConversationId:
    return ConversationId(some_bytes(32))


def an_envelope_id() -> EnvelopeId:
    return EnvelopeId(some_bytes(16))


def an_entry(device: DeviceId | None = None) -> DeviceEntry:
    certificate = DeviceCertificate(
        a_device() if device is None else device, some_bytes(32), some_bytes(32), DeviceKind.FULL, some_bytes(64)
    )
    return DeviceEntry(certificate, some_bytes(64))


def a_session(peer: DeviceId, created_at: int = NOW) -> SessionRecord:
    return SessionRecord(
        session=some_bytes(16),
        peer=peer,
        role=HandshakeRole.INITIATOR,
        ephemeral=some_bytes(32),
        ratchet=some_bytes(900),
        initial=some_bytes(1700),
        associated_data=some_bytes(32),
        created_at=created_at,
        sent=0,
        received=0,
        sending=True,
        closed=False,
        replaced_at=None,
    )


def paths_in(folder: Path) -> ProfilePaths:
    return ProfilePaths.for_relay(folder, "alice", "127.0.0.1", 5050)


@contextmanager
def database_in(folder: Path, clock: SetClock | None = None) -> Iterator[Database]:
    """Make a database and close it at the end."""
    database = Database.create(paths_in(folder), KEY, clock or SetClock())
    try:
        yield database
    finally:
        database.close()


@contextmanager
def reopened(folder: Path) -> Iterator[Database]:
    """Open a database that was made before and close it at the end."""
    database = Database.open(paths_in(folder), KEY, SetClock())
    try:
        yield database
    finally:
        database.close()


def add_contact(
    unit: UnitOfWork,
    name: str = "bob",
    *,
    account: str = "",
    entries: tuple[DeviceEntry, ...] = (),
    now: int = NOW,
) -> ContactRecord:
    return unit.contacts.add(
        an_identity(), name, account, a_conversation(), some_bytes(100), entries, now, accepted=True
    )


def an_incoming(
    conversation: int, text: str = "hello", *, message: MessageId | None = None, device: DeviceId | None = None
) -> BufferedMessage:
    """Make a message of somebody else, in whose conversation of the same number it stands."""
    return BufferedMessage(
        conversation=conversation,
        author=conversation,
        device=device or a_device(),
        chain=a_conversation(),
        counter=1,
        id=message or a_message_id(),
        text=text,
        sent_at=NOW,
        said_at=NOW,
        part=some_bytes(24),
        route=Route.RELAY,
        first=False,
        missing_from=0,
        release_at=0,
    )


def add_incoming(
    unit: UnitOfWork,
    contact: int,
    text: str = "hello",
    now: int = NOW,
    device: DeviceId | None = None,
    fields: TextFields = PLAIN,
) -> MessageId:
    made = replace(an_incoming(contact, text, device=device), sent_at=now, said_at=now, fields=fields)
    return unit.new_messages.add_incoming(made, now).id


def add_outgoing(unit: UnitOfWork, contact: int, text: str = "hello", now: int = NOW) -> MessageId:
    return unit.new_messages.add_outgoing(a_message_id(), contact, text, now, some_bytes(24)).id


def an_envelope(
    unit: UnitOfWork,
    contact: int,
    device: DeviceId,
    message: MessageId | None = None,
    *,
    chained: bool = True,
) -> OutboxRecord:
    """Put an envelope into the outbox and return its record."""
    record = OutboxRecord(
        envelope=an_envelope_id(),
        number=unit.profile.next_number(),
        contact=contact,
        device=device,
        message=message,
        chained=chained,
        counter=int(chained),
        head=some_bytes(40),
        envelope_bytes=some_bytes(80),
        created_at=NOW,
    )
    unit.outbox.add(record)
    if message is not None:
        owe(unit, contact, message, device)
        unit.deliveries.seal(device, [message])
    return record


def owe(unit: UnitOfWork, contact: int, message: MessageId, *devices: DeviceId) -> None:
    """Owe a message to devices of a contact, or to all that are listed."""
    listed = [record.device for record in unit.contacts.devices(contact)]
    unit.deliveries.owe(message, unit.conversations.of_contact(contact).conversation, contact, devices or listed)


def hold_back(unit: UnitOfWork, contact: int, device: DeviceId, counter: int) -> BufferedMessage:
    """Keep a message out of sight, as if the one before it were missing, and return its record."""
    record = BufferedMessage(
        conversation=contact,
        author=contact,
        device=device,
        chain=unit.conversations.of_contact(contact).id,
        counter=counter,
        id=a_message_id(),
        text="early",
        sent_at=NOW,
        said_at=NOW,
        part=some_bytes(24),
        route=Route.RELAY,
        first=True,
        missing_from=counter - 1,
        release_at=NOW + 10_000,
    )
    unit.held_back.add(record)
    return record


def an_arrival(seq: int = 1, *, size: int = 80, contact: int | None = None) -> IncomingEnvelope:
    route = Route.RELAY if contact is None else Route.DIRECT
    return IncomingEnvelope(route, seq, NOW, an_envelope_id(), some_bytes(size), contact)


def unsettled(unit: UnitOfWork, device: DeviceId) -> list[OutboxRecord]:
    """Return everything for a device that has no receipt, accepted or not, in order of its numbers."""
    rows = unit.statements.all("SELECT envelope FROM outbox WHERE device = ? ORDER BY number", device)
    found = [unit.outbox.by_envelope(EnvelopeId(row[0])) for row in rows]
    return [record for record in found if record is not None]
