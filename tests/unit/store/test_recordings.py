"""Recordings in the profile: one of a conversation, part after part, until it is sent or thrown away."""

from babilu.kernel.limits import PEAKS
from babilu.kernel.states import FileState
from babilu.store.message_records import TextFields
from babilu.store.unit_of_work import UnitOfWork
from babilu.wire.file_entry import FileEntry
from tests.unit.store.builders import NOW, a_message_id, add_contact, some_bytes


def conversation_with(unit: UnitOfWork, name: str) -> int:
    return unit.conversations.of_contact(add_contact(unit, name).contact).conversation


def test_what_came_of_one_is_kept_in_order(unit: UnitOfWork) -> None:
    bob, carol = conversation_with(unit, "bob"), conversation_with(unit, "carol")
    assert unit.recordings.begin(bob, NOW)
    assert unit.recordings.begin(carol, NOW + 1)
    for part in range(12):
        assert unit.recordings.append(bob, bytes([part]), bytes([part, part]))
    assert unit.recordings.append(carol, b"c", b"\x09")
    assert unit.recordings.sound(bob) == bytes(range(12))
    found = unit.recordings.find(bob)
    assert found is not None
    assert found.levels == bytes(part for part in range(12) for _ in range(2))
    assert [(each.conversation, each.started_at) for each in unit.recordings.all()] == [(bob, NOW), (carol, NOW + 1)]


def test_one_waits_in_a_conversation_and_none_is_begun_over_it(unit: UnitOfWork) -> None:
    bob = conversation_with(unit, "bob")
    unit.recordings.begin(bob, NOW)
    unit.recordings.append(bob, b"first", b"\x01")
    assert not unit.recordings.begin(bob, NOW + 1)
    assert unit.recordings.sound(bob) == b"first"


def test_of_one_that_was_thrown_away_nothing_is_left_and_nothing_more_is_kept(unit: UnitOfWork) -> None:
    bob = conversation_with(unit, "bob")
    unit.recordings.begin(bob, NOW)
    unit.recordings.append(bob, b"sound", b"\x01")
    assert unit.recordings.delete(bob)
    assert not unit.recordings.delete(bob)
    assert not unit.recordings.append(bob, b"more", b"\x01")
    assert unit.recordings.find(bob) is None
    assert unit.statements.number("SELECT count(*) FROM recording_part") == 0


def note(unit: UnitOfWork, conversation: int, *, voice: bool = True) -> int:
    """Keep a voice note as somebody else's message brings one."""
    peaks = bytes(PEAKS) if voice else None
    entry = FileEntry(some_bytes(32), some_bytes(32), 1_000, some_bytes(32), "n.ogg", duration=1_000, peaks=peaks)
    made = unit.new_messages.add_outgoing(a_message_id(), conversation, "", NOW, some_bytes(24), TextFields())
    unit.attachments.add(conversation, made.position, (entry,), FileState.OFFERED)
    return made.position


def test_the_next_unheard_one_is_of_this_conversation_and_behind(unit: UnitOfWork) -> None:
    bob, carol = conversation_with(unit, "bob"), conversation_with(unit, "carol")
    first, heard = note(unit, bob), note(unit, bob)
    note(unit, carol)
    note(unit, bob, voice=False)
    last = note(unit, bob)
    unit.attachments.mark_heard(unit.attachments.of(heard)[0].number)
    assert [unit.attachments.of(each)[0].unheard for each in (first, heard, last)] == [True, False, True]
    following = unit.attachments.next_unheard(bob, first, 0)
    assert following is not None
    assert unit.attachments.message_of(unit.attachments.of(last)[0].number) == (following[0], bob)
    assert unit.attachments.next_unheard(bob, last, 0) is None


def test_an_own_one_is_never_unheard(unit: UnitOfWork) -> None:
    bob = conversation_with(unit, "bob")
    entry = FileEntry(bytes(32), bytes(32), 9, bytes(32), "n.ogg", duration=1_000, peaks=bytes(PEAKS))
    fields = TextFields(files=(entry,))
    made = unit.new_messages.add_outgoing(a_message_id(), bob, "", NOW, some_bytes(24), fields)
    assert not made.files[0].unheard
