"""Which files may be deleted to make room: never what is on its way, and never what exists here alone."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from babilu.kernel.states import FileState, MediaKind, MessageState
from babilu.store.file_room import RoomFilter, StoredFile
from babilu.store.message_records import MessageRecord, TextFields
from babilu.store.unit_of_work import UnitOfWork
from babilu.wire.file_entry import FileEntry
from tests.unit.store.builders import NOW, a_conversation, a_message_id, add_contact, an_incoming, some_bytes
from tests.unit.store.test_media import PICTURE, a_file

ALL = RoomFilter(NOW + 1)


def sent(unit: UnitOfWork, state: MessageState = MessageState.DELIVERED, *files: FileEntry) -> MessageRecord:
    known = unit.contacts.by_name("bob") or add_contact(unit, "bob")
    place = unit.conversations.of_contact(known.contact).conversation
    fields = TextFields(files=files or (a_file(),))
    made = unit.new_messages.add_outgoing(a_message_id(), place, "mine", NOW, some_bytes(24), fields)
    if state is not MessageState.QUEUED:
        unit.messages.advance_state(made.id, state)
    for file in made.files:
        unit.attachments.set_state(file.number, FileState.SENT)
    return made


def received(unit: UnitOfWork, state: FileState = FileState.HERE, *files: FileEntry) -> MessageRecord:
    known = unit.contacts.by_name("bob") or add_contact(unit, "bob")
    place = unit.conversations.of_contact(known.contact).conversation
    fields = TextFields(files=files or (a_file(),))
    arriving = replace(an_incoming(known.contact, "theirs"), conversation=place, fields=fields)
    made = unit.new_messages.add_incoming(arriving, NOW)
    for file in made.files:
        unit.attachments.set_state(file.number, state)
    return made


def noted(unit: UnitOfWork) -> MessageRecord:
    unit.conversations.keep_notes(a_conversation(), NOW)
    notes = unit.conversations.notes()
    assert notes is not None
    place = notes.conversation
    made = unit.new_messages.add_outgoing(
        a_message_id(), place, "note", NOW, some_bytes(24), TextFields(files=(a_file(),))
    )
    unit.messages.advance_state(made.id, MessageState.DELIVERED)
    unit.attachments.set_state(made.files[0].number, FileState.SENT)
    return made


def may_go(unit: UnitOfWork, only: RoomFilter = ALL) -> list[StoredFile]:
    return unit.file_room.may_go(only)


def test_what_is_here_and_what_everybody_has_the_message_of_may_go(unit: UnitOfWork) -> None:
    made = [received(unit), sent(unit), sent(unit, MessageState.READ)]
    assert [file.message for file in may_go(unit)] == [record.id for record in made]
    assert unit.file_room.must_stay(ALL) == 0


@pytest.mark.parametrize(
    "make",
    [
        *(lambda unit, state=state: received(unit, state) for state in FileState if state is not FileState.HERE),
        lambda unit: sent(unit, MessageState.QUEUED),
        lambda unit: sent(unit, MessageState.HELD),
        lambda unit: sent(unit, MessageState.FAILED),
        noted,
    ],
)
def test_what_is_on_its_way_or_nowhere_else_stays(
    unit: UnitOfWork, make: Callable[[UnitOfWork], MessageRecord]
) -> None:
    record = make(unit)
    assert may_go(unit) == []
    (file,) = unit.attachments.of(record.position)
    assert unit.file_room.must_stay(ALL) == (file.state not in {FileState.OFFERED, FileState.FREED})
    as_if = StoredFile(file.number, record.id, 0, record.conversation, MediaKind.FILE, file.entry.blob)
    assert unit.file_room.free([as_if]) == ([], [])


@pytest.mark.parametrize("state", [FileState.SENDING, FileState.WAITING, FileState.PAUSED, FileState.FAILED])
def test_an_own_file_that_was_not_brought_anywhere_stays(unit: UnitOfWork, state: FileState) -> None:
    made = sent(unit)
    unit.attachments.set_state(made.files[0].number, state)
    assert may_go(unit) == []


def test_it_goes_by_age_conversation_and_kind(unit: UnitOfWork) -> None:
    made = received(unit, FileState.HERE, a_file(PICTURE), a_file())
    assert may_go(unit, RoomFilter(NOW)) == []
    assert may_go(unit, RoomFilter(NOW + 1, made.conversation + 1)) == []
    assert [file.place for file in may_go(unit, RoomFilter(NOW + 1, made.conversation, (PICTURE,)))] == [0]


def test_what_was_freed_is_needed_no_longer_unless_another_message_has_it(unit: UnitOfWork) -> None:
    shared, alone = a_file(), a_file()
    first = received(unit, FileState.HERE, shared, alone)
    other = received(unit, FileState.HERE, shared)
    chosen = [file for file in may_go(unit) if file.message == first.id]
    freed, unneeded = unit.file_room.free(chosen)
    assert (freed, unneeded) == (chosen, [alone.blob])
    assert [file.state for file in unit.attachments.of(first.position)] == [FileState.FREED] * 2
    assert (unit.attachments.is_needed(alone.blob), unit.attachments.is_needed(shared.blob)) == (False, True)
    assert unit.file_room.free(may_go(unit))[1] == [shared.blob]
    assert [file.state for file in unit.attachments.of(other.position)] == [FileState.FREED]
    unit.messages.delete(first.id, first.conversation)
    assert alone.blob in unit.attachments.unused(10)
