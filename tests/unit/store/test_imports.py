"""What other programs have exported: by whom, found, counted once, and never taken for what was said here."""

from typing import Final

import pytest
from sqlcipher3 import dbapi2

from babilu.kernel.ids import imported_id, imported_message_id
from babilu.kernel.states import ConversationKind, ImportSource, MediaKind
from babilu.store.contact_records import ConversationRecord
from babilu.store.file_room import RoomFilter
from babilu.store.import_records import ImportedMessage
from babilu.store.message_records import MessageRecord, SearchFilter
from babilu.store.unit_of_work import UnitOfWork
from tests.unit.store.builders import NOW, a_conversation, add_contact, add_incoming, an_identity, some_bytes
from tests.unit.store.test_media import PICTURE, a_file

HOUR: Final = 3_600_000


def a_chat(unit: UnitOfWork) -> ConversationRecord:
    id_ = imported_id(ImportSource.WHATSAPP, "Alice")
    return unit.conversations.add_imported(id_, ImportSource.WHATSAPP, "Alice", NOW)


def written(
    unit: UnitOfWork, chat: ConversationRecord, name: str, text: str, at: int = NOW - HOUR, time: int = 0
) -> ImportedMessage:
    person = unit.imports.keep_person(chat.conversation, name).person
    return ImportedMessage(imported_message_id(chat.id, name, at, text, time), chat.conversation, person, text, at)


def put(unit: UnitOfWork, message: ImportedMessage, now: int = NOW) -> bool:
    return unit.imports.add(message, unit.new_messages.keep_places(1), now)


def page(unit: UnitOfWork, chat: ConversationRecord) -> list[MessageRecord]:
    return unit.history.page(chat.conversation, 99)[0]


def test_a_chat_has_a_label_a_title_and_where_it_comes_from(unit: UnitOfWork) -> None:
    chat = a_chat(unit)
    assert (chat.kind, chat.label, chat.title, chat.source) == (
        ConversationKind.IMPORTED,
        "#alice",
        "Alice",
        ImportSource.WHATSAPP,
    )
    assert unit.conversations.by_label("#Alice") == chat


def test_a_message_is_read_and_shown_and_has_a_person_but_no_author(unit: UnitOfWork) -> None:
    chat = a_chat(unit)
    message = written(unit, chat, "Alice", "see https://a.example")
    assert put(unit, message, NOW)
    (record,) = page(unit, chat)
    assert (record.author, record.outgoing, record.state, record.unread) == (None, False, None, False)
    assert (record.imported, record.sent_at, record.arrived_at) == (message.person, NOW - HOUR, NOW - HOUR)
    assert unit.messages.take_unshown(9) == []
    assert unit.media.page(chat.conversation, MediaKind.LINK, 9)[0] == [record]


def test_a_time_in_the_future_is_no_later_than_now(unit: UnitOfWork) -> None:
    chat = a_chat(unit)
    put(unit, written(unit, chat, "Alice", "tomorrow", at=NOW + HOUR), NOW)
    (record,) = page(unit, chat)
    assert (record.sent_at, record.said_at) == (NOW, NOW + HOUR)


def test_what_was_imported_or_deleted_here_is_not_added_again(unit: UnitOfWork) -> None:
    chat = a_chat(unit)
    kept, gone = (written(unit, chat, "Alice", text) for text in ("kept", "gone"))
    assert [put(unit, each, NOW) for each in (kept, gone)] == [True, True]
    unit.messages.delete(gone.id, chat.conversation)
    assert [put(unit, each, NOW) for each in (kept, gone)] == [False, False]
    assert [record.text for record in page(unit, chat)] == ["kept"]


def test_equal_words_of_one_minute_are_told_apart_by_their_number(unit: UnitOfWork) -> None:
    chat = a_chat(unit)
    assert put(unit, written(unit, chat, "Alice", "ok"), NOW)
    assert put(unit, written(unit, chat, "Alice", "ok", time=1), NOW)
    assert put(unit, written(unit, chat, "Bob", "ok"), NOW)
    assert len(page(unit, chat)) == 3


def test_people_can_be_said_to_be_contacts_or_oneself_later(unit: UnitOfWork) -> None:
    chat, alice = a_chat(unit), add_contact(unit, "alice").contact
    first = unit.imports.keep_person(chat.conversation, "Alice")
    again = unit.imports.keep_person(chat.conversation, "Alice", alice)
    me = unit.imports.keep_person(chat.conversation, "Me", own=True)
    assert (again.person, again.contact) == (first.person, alice)
    assert unit.imports.people(chat.conversation) == [again, me]
    assert unit.imports.person(me.person) == me


def test_a_search_by_person_finds_what_they_wrote_elsewhere_too(unit: UnitOfWork) -> None:
    alice = add_contact(unit, "alice").contact
    chat = a_chat(unit)
    here = add_incoming(unit, alice, "tea here")
    there = written(unit, chat, "Alice", "tea there")
    mine = written(unit, chat, "Me", "tea of mine")
    unit.imports.keep_person(chat.conversation, "Alice", alice)
    unit.imports.keep_person(chat.conversation, "Me", own=True)
    for message in (there, mine):
        put(unit, message, NOW)

    def found(only: SearchFilter) -> list[bytes]:
        return [record.id for record in unit.search.find("TEA", only, 9)]

    assert found(SearchFilter(author=alice)) == [there.id, here]
    assert found(SearchFilter(own=True)) == [mine.id]
    assert found(SearchFilter(chat.conversation)) == [mine.id, there.id]


def test_an_answer_shows_who_wrote_what_it_answers(unit: UnitOfWork) -> None:
    chat = a_chat(unit)
    asked = written(unit, chat, "Alice", "tea?")
    put(unit, asked, NOW)
    person = unit.imports.keep_person(chat.conversation, "Bob").person
    answer = imported_message_id(chat.id, "Bob", NOW, "yes", 0)
    put(unit, ImportedMessage(answer, chat.conversation, person, "yes", NOW, reply_to=asked.id), NOW)
    record = page(unit, chat)[-1]
    assert record.fields.reply_to == asked.id
    assert record.answered is not None
    assert (record.answered.text, record.answered.imported) == ("tea?", asked.person)


def test_reactions_are_those_of_people_who_are_no_contacts(unit: UnitOfWork) -> None:
    chat = a_chat(unit)
    message = written(unit, chat, "Alice", "tea?")
    put(unit, message, NOW)
    bob = unit.imports.keep_person(chat.conversation, "Bob").person
    unit.imports.add_reactions(chat.conversation, message.id, bob, ("👍", "🎉"), NOW)
    assert page(unit, chat)[0].reactions == ((-bob, ("👍", "🎉")),)


def test_its_files_are_never_deleted_to_make_room_as_nobody_else_has_them(unit: UnitOfWork) -> None:
    chat = a_chat(unit)
    person = unit.imports.keep_person(chat.conversation, "Alice").person
    id_ = imported_message_id(chat.id, "Alice", NOW - HOUR, "", 0)
    file = a_file(PICTURE)
    put(unit, ImportedMessage(id_, chat.conversation, person, "", NOW - HOUR, files=(file,)), NOW)
    assert [each.entry for each in page(unit, chat)[0].files] == [file]
    assert (unit.file_room.may_go(RoomFilter(NOW)), unit.file_room.must_stay(RoomFilter(NOW))) == ([], 1)


@pytest.mark.parametrize("change", ["outgoing = 1", "author = 1", "unread = 1", "shown = 0", "part = x'00'"])
def test_no_imported_row_can_become_a_message_of_the_protocol(unit: UnitOfWork, change: str) -> None:
    add_contact(unit, "alice")
    chat = a_chat(unit)
    put(unit, written(unit, chat, "Alice", "tea?"), NOW)
    with pytest.raises(dbapi2.IntegrityError):
        unit.statements.run(f"UPDATE message SET {change} WHERE imported IS NOT NULL")


def test_what_stands_before_what_the_index_has_is_found_too(unit: UnitOfWork) -> None:
    alice = add_contact(unit, "alice").contact
    chat = a_chat(unit)
    place = unit.new_messages.keep_places(2)
    add_incoming(unit, alice, "a later one")
    unit.search.index_waiting()
    first, second = (written(unit, chat, "Alice", text) for text in ("the first treasure", "the second treasure"))
    assert unit.imports.add(second, place + 1, NOW)
    assert unit.imports.add(first, place, NOW)
    assert [record.text for record in page(unit, chat)] == ["the first treasure", "the second treasure"]
    assert [record.id for record in unit.search.find("treasure", SearchFilter(), 9)] == [second.id, first.id]
    unit.messages.delete(first.id, chat.conversation)
    assert [record.id for record in unit.search.find("treasure", SearchFilter(), 9)] == [second.id]


def test_a_stranger_who_is_said_to_be_somebody_of_an_import_is_not_forgotten(unit: UnitOfWork) -> None:
    strangers = [
        unit.contacts.add(an_identity(), name, "", a_conversation(), some_bytes(100), (), NOW, accepted=False).contact
        for name in ("eve", "mallory")
    ]
    chat = a_chat(unit)
    unit.imports.keep_person(chat.conversation, "Eve", strangers[0])
    unit.strangers.let_go(strangers)
    assert [unit.contacts.by_contact(each) is not None for each in strangers] == [True, False]
