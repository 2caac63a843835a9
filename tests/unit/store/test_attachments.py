"""Files of messages: they come and go with their messages, and what nobody needs any more is deleted once."""

from dataclasses import replace

import pytest

from babilu.kernel.states import FileState
from babilu.store import message_search
from babilu.store.message_records import MessageRecord, SearchFilter, TextFields
from babilu.store.statements import Row, Statements, Value
from babilu.store.unit_of_work import UnitOfWork
from babilu.wire.file_entry import FileEntry
from tests.unit.store.builders import NOW, a_message_id, add_contact, add_outgoing, an_incoming, some_bytes


def a_file(name: str = "photo.jpg") -> FileEntry:
    return FileEntry(some_bytes(32), some_bytes(32), 1_000, some_bytes(32), name)


def message_with(unit: UnitOfWork, *files: FileEntry, name: str = "bob") -> MessageRecord:
    conversation = unit.conversations.of_contact(add_contact(unit, name).contact).conversation
    part, fields = some_bytes(24), TextFields(files=files)
    return unit.new_messages.add_outgoing(a_message_id(), conversation, "hello", NOW, part, fields)


def with_files(unit: UnitOfWork, *files: FileEntry, name: str = "bob") -> int:
    return message_with(unit, *files, name=name).position


def test_they_are_kept_in_order_and_shown_with_their_message(unit: UnitOfWork) -> None:
    one, two = a_file("one"), a_file("two")
    made = message_with(unit, one, two)
    found = unit.messages.by_id(made.id)
    assert found is not None
    assert [(each.place, each.entry, each.state) for each in found.files] == [
        (0, one, FileState.SENDING),
        (1, two, FileState.SENDING),
    ]
    assert made.files == found.files


def test_the_files_of_a_page_are_read_at_once(unit: UnitOfWork, monkeypatch: pytest.MonkeyPatch) -> None:
    contact = add_contact(unit, "bob").contact
    conversation = unit.conversations.of_contact(contact).conversation
    for number in range(20):
        files = (a_file(f"{number}.jpg"), a_file(f"{number}.pdf")) if number % 2 else ()
        part, fields = some_bytes(24), TextFields(files=files)
        unit.new_messages.add_outgoing(a_message_id(), conversation, str(number), NOW, part, fields)
    asked: list[str] = []
    all_of = Statements.all

    def counting(self: Statements, sql: str, *values: Value) -> list[Row]:
        asked.append(sql)
        return all_of(self, sql, *values)

    monkeypatch.setattr(Statements, "all", counting)
    page, _, _ = unit.history.page(conversation, 20)
    assert len(asked) == 2
    for record in page:
        assert record.files == unit.attachments.of(record.position)
    assert [file.entry.name for file in page[3].files] == ["3.jpg", "3.pdf"]


def test_those_that_are_to_be_moved_are_found_one_after_the_other(unit: UnitOfWork) -> None:
    with_files(unit, a_file("one"), a_file("two"))
    first, second = unit.attachments.under_way(FileState.SENDING, 0, 5)
    assert (first.entry.name, second.entry.name) == ("one", "two")
    assert unit.attachments.under_way(FileState.SENDING, 0, 1) == (first,)
    assert unit.attachments.under_way(FileState.SENDING, first.number, 5) == (second,)
    assert unit.attachments.under_way(FileState.SENDING, second.number, 5) == ()
    assert unit.attachments.under_way(FileState.FETCHING, 0, 5) == ()


def test_what_was_moved_as_a_whole_is_noted_at_once(unit: UnitOfWork) -> None:
    (file,) = unit.attachments.of(with_files(unit, a_file()))
    unit.attachments.save_into(file.number, "/somewhere")
    unit.attachments.note_waiting(file.number, "quota")
    assert unit.attachments.settle(file.number, FileState.SENDING, FileState.SENT, 7, 99)
    (moved,) = unit.attachments.with_blob(file.entry.blob)
    assert (moved.state, moved.done, moved.error, moved.save_into, moved.kept_until) == (
        FileState.SENT,
        7,
        None,
        None,
        99,
    )


def test_a_file_that_was_held_meanwhile_stays_held_and_keeps_until_when_it_is_stored(unit: UnitOfWork) -> None:
    (file,) = unit.attachments.of(with_files(unit, a_file()))
    unit.attachments.stored_until(file.number, 99)
    unit.attachments.set_state(file.number, FileState.PAUSED)
    assert not unit.attachments.settle(file.number, FileState.SENDING, FileState.SENT, 7, None)
    (held,) = unit.attachments.with_blob(file.entry.blob)
    assert (held.state, held.done, held.kept_until) == (FileState.PAUSED, 7, 99)


def test_a_file_is_wanted_as_long_as_it_is_there(unit: UnitOfWork) -> None:
    (file,) = unit.attachments.of(with_files(unit, a_file()))
    assert unit.attachments.want(file.number, "/somewhere")
    (wanted,) = unit.attachments.under_way(FileState.FETCHING, 0, 5)
    assert wanted.save_into == "/somewhere"
    assert not unit.attachments.want(file.number + 1, None)


def test_a_state_changes_only_from_those_that_it_may_have(unit: UnitOfWork) -> None:
    (file,) = unit.attachments.of(with_files(unit, a_file()))
    assert unit.attachments.set_state(file.number, FileState.SENT, when=(FileState.PAUSED,)) is None
    changed = unit.attachments.set_state(file.number, FileState.FAILED, when=(FileState.SENDING,), error="quota")
    assert changed is not None
    assert (changed.state, changed.error) == (FileState.FAILED, "quota")


def test_a_deleted_message_leaves_its_sealed_file_to_be_deleted_once(unit: UnitOfWork) -> None:
    file = a_file()
    made = message_with(unit, file)
    unit.messages.delete(made.id, made.conversation)
    assert unit.attachments.of(made.position) == ()
    assert unit.attachments.unused(10) == (file.blob,)
    unit.attachments.forget_unused([file.blob])
    assert unit.attachments.unused(10) == ()


def test_a_message_that_was_deleted_for_all_has_no_files(unit: UnitOfWork) -> None:
    file = a_file()
    position = with_files(unit, file)
    unit.contents.erase(position)
    assert unit.attachments.of(position) == ()
    assert unit.attachments.unused(10) == (file.blob,)


def test_a_sealed_file_that_another_message_has_is_still_needed(unit: UnitOfWork) -> None:
    file = a_file()
    one, two = with_files(unit, file), with_files(unit, file, name="carol")
    unit.contents.erase(one)
    assert unit.attachments.unused(10) == ()
    assert unit.attachments.is_needed(file.blob)
    unit.contents.erase(two)
    assert unit.attachments.unused(10) == (file.blob,)
    with_files(unit, file, name="dave")
    assert unit.attachments.unused(10) == ()


def found(unit: UnitOfWork, query: str) -> list[str]:
    return [record.text for record in unit.search.find(query, SearchFilter(), 10)]


@pytest.mark.parametrize("is_indexed", [True, False])
def test_a_message_is_found_by_the_names_of_its_files(unit: UnitOfWork, is_indexed: bool) -> None:
    made = message_with(unit, a_file("Informe Mañana.pdf"), a_file("photo.jpg"))
    if is_indexed:
        unit.search.index_waiting()
    assert found(unit, "manana.PDF") == ["hello"]
    assert found(unit, "photo") == ["hello"]
    assert found(unit, "hello inf") == []
    unit.contents.reword(made.position, "other words", (), NOW, mentioned=False)
    assert found(unit, "photo") == ["other words"]
    assert found(unit, "hello") == []
    unit.contents.erase(made.position)
    assert found(unit, "photo") == []


def test_a_strangers_file_is_found_by_the_whole_of_its_name_once_they_are_accepted(
    unit: UnitOfWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(message_search, "STRANGER_INDEXED", 10)
    contact = add_contact(unit).contact
    arriving = replace(an_incoming(contact, "hello"), fields=TextFields(files=(a_file("photo.jpg"),)))
    record = unit.new_messages.add_incoming(arriving, NOW, stranger=True)
    assert (found(unit, "photo"), found(unit, "photo.")) == (["hello"], [])
    assert unit.search.index_whole(record.conversation)
    assert found(unit, "photo.jpg") == ["hello"]


def test_the_newest_own_files_that_a_relay_should_have_are_sent_there_again(unit: UnitOfWork) -> None:
    contact = add_contact(unit).contact
    conversation = unit.conversations.of_contact(contact).conversation
    numbers = []
    for _ in range(5):
        made = unit.messages.by_id(add_outgoing(unit, contact))
        assert made is not None
        unit.attachments.add(conversation, made.position, (a_file(),), FileState.SENT)
        numbers.append(unit.attachments.of(made.position)[0].number)
    for number, until in zip(numbers, (NOW, NOW + 1, NOW + 1, NOW + 1, None), strict=True):
        unit.attachments.stored_until(number, until)
    assert unit.attachments.mark_lost_by_relay(2, NOW) == 2
    found = [unit.attachments.find(number) for number in numbers]
    assert [each.state for each in found if each is not None] == [
        FileState.SENT, FileState.SENT, FileState.SENDING, FileState.SENDING, FileState.SENT,
    ]  # fmt: skip
