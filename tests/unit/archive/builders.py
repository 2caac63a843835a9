"""Builds profiles with something of everything that an archive keeps, and archives of them."""

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from babilu.archive.collecting import Collector
from babilu.archive.groups import ArchiveGroup
from babilu.archive.importing import Importer
from babilu.archive.reader import ArchiveFile, ArchiveFindings, ArchiveReader
from babilu.archive.scope import ArchiveScope
from babilu.archive.writer import ArchiveWriter
from babilu.crypto.keys import AgreementKey, SigningKey
from babilu.crypto.secret import Secret
from babilu.identity.codec import encode_shape
from babilu.identity.device_list import (
    decode_device_list,
    encode_device_list,
    identity_of,
    make_device_list,
    make_entry,
    verify_device_list,
)
from babilu.kernel.ids import (
    ConversationId,
    DeviceId,
    IdentityKey,
    MessageId,
    conversation_id,
    device_id,
    entry_hash,
    group_id,
    message_id,
    notes_id,
)
from babilu.kernel.states import GroupRole, ImportSource, MessageKind, MessageState, Route, Trust
from babilu.store.contact_records import ContactRecord, RequestRecord
from babilu.store.database import Database
from babilu.store.group_records import GroupLinkRecord, JoinRequestRecord, KeptEntry
from babilu.store.import_records import ImportedMessage
from babilu.store.message_records import (
    BufferedMessage,
    RegisterRecord,
    ScheduledRecord,
    TextFields,
    WaitingRecord,
    WordingRecord,
)
from babilu.store.profile_records import ProfileRecord
from babilu.store.unit_of_work import UnitOfWork
from babilu.wire.file_entry import FileEntry
from babilu.wire.message_parts import Delete, Edit, Mention, Text
from tests.unit.store.builders import KEY, NOW, SetClock, paths_in

OPENER = Secret(bytes(range(100, 132)))


@dataclass
class Dice:
    """Randomness that a test can repeat."""

    seed: int = 1
    made: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.made = random.Random(self.seed)

    def token(self, size: int) -> bytes:
        return self.made.randbytes(size)


def a_person(dice: Dice) -> tuple[SigningKey, bytes]:
    """Make an identity and its encoded device list."""
    identity, signing, agreement = SigningKey.generate(dice), SigningKey.generate(dice), AgreementKey.generate(dice)
    entry = make_entry(identity, signing, agreement.public)
    return identity, encode_device_list(make_device_list(identity, 1, [entry]))


def a_profile(dice: Dice, identity: SigningKey) -> ProfileRecord:
    """Make the keys of a profile: those of a new device of a person."""
    person = identity
    signing, agreement = SigningKey.generate(dice), AgreementKey.generate(dice)
    entry = make_entry(person, signing, agreement.public)
    return ProfileRecord(
        name="alice",
        signing=signing.private_bytes(),
        agreement=agreement.private_bytes(),
        device=device_id(signing.public, agreement.public),
        device_list=encode_device_list(make_device_list(person, 1, [entry])),
        created_at=NOW - 1000,
    )


def own_identity(unit: UnitOfWork) -> IdentityKey:
    """Return whose profile it is."""
    record = unit.profile.load()
    assert record is not None
    return identity_of(verify_device_list(decode_device_list(record.device_list)))


class Life:
    """What happened in a profile.

    Args:
        unit: One transaction in it.
        dice: For everything random.
    """

    def __init__(self, unit: UnitOfWork, dice: Dice) -> None:
        self.unit = unit
        self.dice = dice
        self.key = own_identity(unit)
        self.now = NOW

    def meet(self, name: str, *, accepted: bool = True) -> tuple[ContactRecord, SigningKey]:
        identity, device_list = a_person(self.dice)
        entries = verify_device_list(decode_device_list(device_list)).devices
        key = IdentityKey(identity.public)
        contact = self.unit.contacts.add(
            key, name, name, conversation_id(self.key, key), device_list, entries, self.now, accepted=accepted
        )
        return contact, identity

    def say(self, number: int, text: str, fields: TextFields | None = None) -> MessageId:
        """Have the owner say something."""
        self.now += 1
        place = self.unit.conversations.by_number(number)
        assert place is not None
        part = self._text(text, fields)
        message = message_id(place.id, self.key, self.now, part)
        self.unit.new_messages.add_outgoing(message, number, text, self.now, part, fields or TextFields())
        return message

    def hear(self, number: int, contact: ContactRecord, text: str, fields: TextFields | None = None) -> MessageId:
        """Have somebody else say something."""
        self.now += 1
        place = self.unit.conversations.by_number(number)
        assert place is not None
        part = self._text(text, fields)
        message = message_id(place.id, contact.identity_key, self.now, part)
        device = self.unit.contacts.devices(contact.contact)[0].device
        self.unit.new_messages.add_incoming(
            BufferedMessage(
                conversation=number, author=contact.contact, device=device, chain=place.id, counter=1, id=message,
                text=text, sent_at=self.now, said_at=self.now, part=part, route=Route.RELAY, first=False,
                missing_from=0, release_at=0, fields=fields,
            ),
            self.now,
        )  # fmt: skip
        return message

    def edit(self, number: int, author: IdentityKey, target: MessageId, text: str) -> None:
        self.now += 1
        place = self.unit.conversations.by_number(number)
        record = self.unit.messages.by_id(target, number)
        assert place is not None
        assert record is not None
        part = encode_shape(Edit(self.dice.token(16), text, target, text))
        action = message_id(place.id, author, self.now, part)
        self.unit.edits.add(number, target, WordingRecord(self.now, action, part))
        self.unit.contents.reword(record.position, text, (), self.now, mentioned=False)

    def _text(self, text: str, fields: TextFields | None) -> bytes:
        said = Text(self.dice.token(16), text, text)
        if fields is not None:
            said = Text(
                self.dice.token(16), text, text, fields.reply_to, fields.quote or None, fields.mentions,
                fields.forwarded, fields.timer, fields.files,
            )  # fmt: skip
        return encode_shape(said)


def a_file(dice: Dice, size: int = 5000, name: str = "picture.png") -> FileEntry:
    return FileEntry(dice.token(32), dice.token(32), size, dice.token(32), name, "image/png")


def live(unit: UnitOfWork, dice: Dice, messages: int = 40) -> Life:
    """Fill a profile with something of everything."""
    life = Life(unit, dice)
    unit.settings.set("switched_off.typing", b"")
    unit.settings.set("device.retiring", b"not for others")
    unit.settings.set("device.name:" + bytes(16).hex(), b"Laptop that was lost")
    unit.conversations.keep_notes(notes_id(life.key), NOW)
    notes = unit.conversations.notes()
    assert notes is not None
    life.say(notes.conversation, "to myself")
    bob, _ = life.meet("bob")
    unit.contacts.set_trust(bob.contact, Trust.VERIFIED)
    carol, _ = life.meet("carol", accepted=False)
    unit.contacts.set_blocked(carol.contact, True)
    unit.pictures.put(bob.contact, MessageId(dice.token(16)), NOW, b"jpeg bytes")
    unit.pictures.set_own(b"own jpeg", NOW)
    pair = unit.conversations.of_contact(bob.contact).conversation
    unit.conversations.set_draft(pair, "not yet", None)
    unit.conversations.set_pinned(pair, True)
    for number in range(messages):
        message = life.say(pair, f"hello {number}") if number % 2 else life.hear(pair, bob, f"and you? {number} äß😀")
        if number % 2:
            state = MessageState.READ if number % 4 == 1 else MessageState.QUEUED
            unit.messages.advance_state(message, state)
            record = unit.messages.by_id(message)
            assert record is not None
    read = life.say(pair, "read by bob")
    unit.messages.advance_state(read, MessageState.READ)
    unit.statements.run(
        "INSERT INTO message_receipt (position, device, contact, delivered_at, read_at)"
        " SELECT position, ?, ?, ?, ? FROM message WHERE id = ?",
        dice.token(16), bob.contact, NOW, NOW + 1, read,
    )  # fmt: skip
    target = life.hear(pair, bob, "tpyo")
    life.edit(pair, bob.identity_key, target, "typo")
    life.edit(pair, bob.identity_key, target, "no typo")
    unit.reactions.put(pair, target, 0, NOW, MessageId(dice.token(16)), ("👍", "🎉"))
    unit.reactions.put(pair, target, bob.contact, NOW, MessageId(dice.token(16)), ())
    record = unit.messages.by_id(target, pair)
    assert record is not None
    unit.contents.set_reacted(record.position)
    unit.contents.set_pinned(record.position, True)
    unit.registers.add(pair, target, RegisterRecord(MessageId(dice.token(16)), bob.contact, 0, NOW, 1))
    answered = life.say(pair, "will be deleted")
    answer = life.hear(
        pair, bob, "an answer", TextFields(reply_to=answered, quote="will be", mentions=(Mention(0, 2, life.key),))
    )
    unit.messages.delete(answered, pair)
    assert unit.messages.by_id(answer, pair) is not None
    erased = life.hear(pair, bob, "regretted")
    gone = unit.messages.by_id(erased, pair)
    assert gone is not None
    unit.contents.erase(gone.position)
    unit.lines.add(MessageId(dice.token(16)), pair, bob.contact, MessageKind.GAP, NOW, NOW, 3)
    entry = a_file(dice)
    life.hear(pair, bob, "look", TextFields(files=(entry,)))
    life.say(pair, "mine", TextFields(files=(a_file(dice, name="mine.png"),)))
    life.hear(pair, bob, "gone soon", TextFields(timer=60_000))
    _group(unit, life, bob, carol)
    a_chat(life, bob, "Old friends")
    _waiting(unit, life, bob)
    return life


def a_group(life: Life, owner: ContactRecord, title: str, others: Sequence[ContactRecord] = ()) -> int:
    """Have a group that somebody has begun, and that was accepted; gives the number of its conversation."""
    unit, dice = life.unit, life.dice
    bodies = [(dice.token(80), dice.token(64)) for _ in range(5)]
    body, signature = bodies[0]
    group = group_id(signature, body)
    place = unit.conversations.add_group(group, title, unit.conversations.free_label(title), NOW)
    record = unit.groups.add(group, place.conversation, NOW, accepted=True, added_by=owner.contact)
    unit.groups.append(record.log, [KeptEntry(entry_hash(s, b), b, s, NOW, NOW + 1) for b, s in bodies])
    stands = unit.groups.by_log(record.log)
    assert stands is not None
    heads = (entry_hash(bodies[4][1], bodies[4][0]),)
    members = [(owner.contact, GroupRole.OWNER), (0, GroupRole.ADMIN)]
    members += [(each.contact, GroupRole.MEMBER) for each in others]
    unit.groups.set_state(
        replace(stands, own_role=GroupRole.ADMIN, topic="food", members=len(members), heads=heads), members
    )
    return place.conversation


def _group(unit: UnitOfWork, life: Life, bob: ContactRecord, carol: ContactRecord) -> None:
    dice, place = life.dice, a_group(life, bob, "Picnic", [carol])
    life.say(place, "who brings bread?")
    life.hear(place, carol, "I do")
    unit.lines.add_of_group(place, bob.contact, dice.token(20), NOW)
    unit.lines.add_of_group(place, None, dice.token(20), NOW)
    removed = life.hear(place, carol, "nonsense")
    unit.contents.hide(removed, place, None, NOW)


def a_chat(life: Life, contact: ContactRecord, title: str) -> None:
    """Import a conversation from another program."""
    unit, dice = life.unit, life.dice
    place = unit.conversations.add_imported(
        ConversationId(dice.token(32)), ImportSource.WHATSAPP, title, NOW
    ).conversation
    own = unit.imports.keep_person(place, "Me", own=True)
    other = unit.imports.keep_person(place, "Bobby", contact.contact)
    for person, text in ((own, "from elsewhere"), (other, "so it is")):
        message = ImportedMessage(
            id=MessageId(dice.token(16)), conversation=place, person=person.person, text=text, said_at=NOW
        )
        assert unit.imports.add(message, unit.new_messages.keep_places(1), NOW)
        unit.imports.add_reactions(place, message.id, other.person, ("👍",), NOW)


def a_text_for_later(
    life: Life, number: int, contact: ContactRecord, text: str, files: tuple[FileEntry, ...] = ()
) -> None:
    """Write a text that is sent later."""
    life.unit.scheduled.add(
        ScheduledRecord(0, number, contact.identity_key, text, NOW + 5000, None, ("bob",), 60, False, "7", files)
    )


def a_held_message(
    life: Life, number: int, contact: ContactRecord, text: str = "after a hole", timer: int | None = None
) -> MessageId:
    """Have a message come before one that is in front of it."""
    life.now += 1
    unit, dice = life.unit, life.dice
    place = unit.conversations.by_number(number)
    assert place is not None
    part = encode_shape(Text(dice.token(16), text, text, timer=timer))
    message = message_id(place.id, contact.identity_key, life.now, part)
    unit.held_back.add(
        BufferedMessage(
            conversation=number, author=contact.contact, device=unit.contacts.devices(contact.contact)[0].device,
            chain=place.id, counter=life.now - NOW, id=message, text=text, sent_at=life.now, said_at=life.now,
            part=part, route=Route.RELAY, first=False, missing_from=1, release_at=NOW + 10_000,
        )
    )  # fmt: skip
    return message


def a_waiting_action(life: Life, number: int, contact: ContactRecord, target: MessageId | None = None) -> MessageId:
    """Have a deletion come before its message, and the receipt of a text wait; gives the message that they wait for."""
    unit, dice = life.unit, life.dice
    waits_for = target or MessageId(dice.token(16))
    device = unit.contacts.devices(contact.contact)[0].device
    for part in (encode_shape(Delete(dice.token(16), None, waits_for)), b""):
        unit.waiting_actions.add(
            WaitingRecord(
                number, waits_for, MessageId(dice.token(16)), contact.contact, device, NOW, True, NOW + 100_000, part
            )
        )
    return waits_for


def _waiting(unit: UnitOfWork, life: Life, bob: ContactRecord) -> None:
    """Let something of everything wait that can."""
    number = unit.conversations.of_contact(bob.contact).conversation
    a_text_for_later(life, number, bob, "later")
    a_text_for_later(life, number, bob, "later, with a picture", (a_file(life.dice, name="later.png"),))
    assert unit.recordings.begin(number, NOW)
    for _ in range(3):
        assert unit.recordings.append(number, life.dice.token(700), life.dice.token(50))
    a_held_message(life, number, bob)
    a_waiting_action(life, number, bob)
    _asking(unit, life, bob)


def _asking(unit: UnitOfWork, life: Life, bob: ContactRecord) -> None:
    """Let people ask, and ask oneself: an invitation into a group, a link, who came by it and who waits, a stranger."""
    dice = life.dice
    body, signature = dice.token(80), dice.token(64)
    group = group_id(signature, body)
    place = unit.conversations.add_group(group, "Choir", "#choir", NOW)
    record = unit.groups.add(group, place.conversation, NOW, accepted=False, added_by=bob.contact)
    unit.groups.append(record.log, [KeptEntry(entry_hash(signature, body), body, signature, NOW, NOW + 1)])
    picnic = unit.groups.all()[0]
    dave, _ = life.meet("dave", accepted=False)
    erin, _ = life.meet("erin", accepted=False)
    own, other = dice.token(32), dice.token(32)
    unit.group_links.add(GroupLinkRecord(own, picnic.log, "babilu-group:own", 5, 0, True, NOW + 10_000, False))
    unit.group_links.add(
        GroupLinkRecord(other, picnic.log, "", None, 0, False, NOW + 10_000, False, author=bob.contact, invitation=3)
    )
    unit.group_links.note_use(own, dave.contact)
    unit.group_links.note_declined(other, dave.contact)
    unit.group_links.ask(JoinRequestRecord("r1", picnic.log, erin.contact, own, NOW))
    unit.group_links.note_asked(ConversationId(dice.token(32)), bob.contact, NOW + 10_000)
    identity, device_list = a_person(dice)
    key = IdentityKey(identity.public)
    unit.requests.add_or_refresh(
        RequestRecord("q1", key, "frank", device_list, "127.0.0.1", 5050, NOW, DeviceId(dice.token(16)))
    )


@contextmanager
def profile_in(folder: Path, record: ProfileRecord) -> Iterator[Database]:
    """Make a profile that has nothing but its keys."""
    folder.mkdir(exist_ok=True)
    database = Database.create(paths_in(folder), KEY, SetClock())
    try:
        with database.write() as unit:
            unit.profile.create(record)
            unit.conversations.keep_notes(notes_id(own_identity(unit)), record.created_at)
        yield database
    finally:
        database.close()


def dump(database: Database, scope: ArchiveScope | None = None) -> list[ArchiveGroup]:
    """Give all groups of a profile."""
    with database.read() as unit:
        return list(Collector(unit, scope or ArchiveScope(NOW + 10_000)).groups())


def write(database: Database, path: Path, dice: Dice | None = None, scope: ArchiveScope | None = None) -> bytes:
    """Write an archive of a profile; gives the hash of its contents."""
    with path.open("wb") as file, database.read() as unit:
        collector = Collector(unit, scope or ArchiveScope(NOW + 10_000))
        writer = ArchiveWriter(file.write, OPENER, dice or Dice(7))
        for group in collector.groups():
            writer.add(group)
        return writer.finish(collector.summary.counts)


def examine(path: Path, opener: Secret = OPENER) -> ArchiveFindings:
    with ArchiveFile(path) as file:
        return ArchiveReader(file, opener).examine()


def restore(path: Path, database: Database, now: int = NOW + 20_000) -> Importer:
    importer = Importer(database, lambda: now)
    with ArchiveFile(path) as file:
        for group in ArchiveReader(file, OPENER).groups():
            importer.take(group)
    return importer
