"""Long texts: a message shows its beginning until its text is here, and no list shows the file that brings it."""

from dataclasses import replace

import pytest

from babilu.kernel.states import FileState, MediaKind, TextState
from babilu.store.attachments import TEXT_PLACE
from babilu.store.file_room import RoomFilter
from babilu.store.message_records import MessageRecord, SearchFilter, TextFields
from babilu.store.unit_of_work import UnitOfWork
from babilu.wire.file_entry import FileEntry
from tests.unit.store.builders import NOW, add_contact, an_incoming, some_bytes

WHOLE = "It begins, and then comes a quokka"


def a_text(size: int = 40) -> FileEntry:
    return FileEntry(some_bytes(32), some_bytes(32), size, some_bytes(32), "text.txt", "text/plain")


@pytest.fixture
def coming(unit: UnitOfWork) -> MessageRecord:
    """A message of which only the beginning is here."""
    made = an_incoming(add_contact(unit, "bob").contact, "It begins")
    return unit.new_messages.add_incoming(replace(made, fields=TextFields(whole=a_text())), NOW)


def find(unit: UnitOfWork, word: str) -> list[str]:
    return [each.text for each in unit.search.find(word, SearchFilter(), 10)]


def test_its_file_is_fetched_and_is_none_of_its_files(unit: UnitOfWork, coming: MessageRecord) -> None:
    assert (coming.text_state, coming.files, coming.file_count) == (TextState.COMING, (), 0)
    (record,) = unit.attachments.under_way(FileState.FETCHING, 0, 5)
    assert record.is_text
    assert unit.attachments.at_place(coming.position, TEXT_PLACE) == record
    assert unit.attachments.of(coming.position) == ()
    assert unit.attachments.of_all([coming.position]) == {}
    for kind in (MediaKind.FILE, MediaKind.PICTURE, MediaKind.VOICE):
        assert unit.media.page(coming.conversation, kind, 10) == ([], False)
    assert unit.file_room.stored() == []
    assert unit.file_room.must_stay(RoomFilter(NOW + 1)) == 0


def test_it_is_handed_out_only_once_it_is_whole(unit: UnitOfWork, coming: MessageRecord) -> None:
    assert unit.messages.take_unshown(10) == []
    assert find(unit, "quokka") == []
    assert unit.contents.complete_text(coming.position, WHOLE)
    (shown,) = unit.messages.take_unshown(10)
    assert (shown.text, shown.text_state) == (WHOLE, None)
    assert find(unit, "quokka") == [WHOLE]


@pytest.mark.parametrize("state", [TextState.LATE, TextState.FAILED])
def test_one_that_was_waited_for_is_handed_out_with_its_beginning(
    unit: UnitOfWork, coming: MessageRecord, state: TextState
) -> None:
    unit.contents.set_text_state(coming.position, state)
    (shown,) = unit.messages.take_unshown(10)
    assert (shown.text, shown.text_state) == ("It begins", state)


def test_one_that_was_reworded_keeps_its_wording_when_its_text_comes(unit: UnitOfWork, coming: MessageRecord) -> None:
    unit.contents.reword(coming.position, "other words", (), NOW, mentioned=False)
    assert unit.contents.complete_text(coming.position, WHOLE)
    message = unit.messages.at(coming.position)
    assert message is not None
    assert (message.text, message.text_state) == ("other words", None)
    assert unit.contents.first_text(coming.position) == WHOLE
    assert find(unit, "quokka") == []


def test_one_that_was_removed_by_an_admin_is_not_found_when_its_text_comes(
    unit: UnitOfWork, coming: MessageRecord
) -> None:
    unit.contents.hide(coming.id, coming.conversation, None)
    assert unit.contents.complete_text(coming.position, WHOLE)
    assert find(unit, "quokka") == []
    unit.contents.unhide(coming.id, coming.conversation)
    assert find(unit, "quokka") == [WHOLE]


def test_nothing_of_one_that_was_deleted_comes_back(unit: UnitOfWork, coming: MessageRecord) -> None:
    unit.contents.erase(coming.position)
    assert not unit.contents.complete_text(coming.position, WHOLE)
    message = unit.messages.at(coming.position)
    assert message is not None
    assert (message.text, message.text_state, unit.contents.first_text(coming.position)) == ("", None, None)
    assert unit.attachments.at_place(coming.position, TEXT_PLACE) is None


def test_that_of_somebody_unknown_is_fetched_once_they_are_accepted(unit: UnitOfWork) -> None:
    made = an_incoming(add_contact(unit, "bob").contact, "It begins")
    message = unit.new_messages.add_incoming(replace(made, fields=TextFields(whole=a_text())), NOW, stranger=True)
    assert message.text_state is TextState.OFFERED
    assert unit.attachments.under_way(FileState.FETCHING, 0, 5) == ()
    # Its beginning is handed out like any message of theirs.
    assert [each.text for each in unit.messages.take_unshown(10)] == ["It begins"]
    assert unit.attachments.fetch_texts(message.conversation)
    assert len(unit.attachments.under_way(FileState.FETCHING, 0, 5)) == 1
    present = unit.messages.at(message.position)
    assert present is not None
    assert present.text_state is TextState.LATE
    assert not unit.attachments.fetch_texts(message.conversation)
