"""Media of a conversation: each kind is listed by itself, page after page, and a page costs what it shows."""

from collections.abc import Sequence
from dataclasses import replace

from babilu.kernel.states import MediaKind
from babilu.store.database import Database
from babilu.store.message_records import MessageRecord, TextFields
from babilu.store.unit_of_work import UnitOfWork
from babilu.wire.file_entry import FileEntry
from tests.unit.store.builders import NOW, a_message_id, add_contact, an_incoming, some_bytes
from tests.unit.store.test_costs import counted

PICTURE, VOICE, FILE, LINK = MediaKind.PICTURE, MediaKind.VOICE, MediaKind.FILE, MediaKind.LINK


def a_file(kind: MediaKind = FILE) -> FileEntry:
    type_ = "image/png" if kind is PICTURE else ""
    duration, peaks = (1_000, b"\x01") if kind is VOICE else (None, None)
    return FileEntry(
        some_bytes(32), some_bytes(32), 1_000, some_bytes(32), "some", type_, duration=duration, peaks=peaks
    )


def place_of(unit: UnitOfWork, name: str) -> int:
    known = unit.contacts.by_name(name)
    contact = (known or add_contact(unit, name)).contact
    return unit.conversations.of_contact(contact).conversation


def said(unit: UnitOfWork, text: str, *files: FileEntry, name: str = "bob") -> MessageRecord:
    fields = TextFields(files=files)
    return unit.new_messages.add_outgoing(a_message_id(), place_of(unit, name), text, NOW, some_bytes(24), fields)


def listed(unit: UnitOfWork, kind: MediaKind, limit: int = 10, before: int | None = None) -> list[str]:
    records, _ = unit.media.page(place_of(unit, "bob"), kind, limit, before)
    return [record.text for record in records]


def test_each_kind_is_listed_by_itself_with_the_newest_first(unit: UnitOfWork) -> None:
    said(unit, "words")
    said(unit, "two pictures and a file", a_file(PICTURE), a_file(PICTURE), a_file())
    said(unit, "see https://a.example", a_file())
    said(unit, "voice", a_file(VOICE))
    said(unit, "http://b.example", name="carol")
    assert listed(unit, PICTURE) == ["two pictures and a file"]
    assert listed(unit, FILE) == ["see https://a.example", "two pictures and a file"]
    assert listed(unit, VOICE) == ["voice"]
    assert listed(unit, LINK) == ["see https://a.example"]


def test_pages_follow_each_other_by_position_although_others_are_deleted_meanwhile(unit: UnitOfWork) -> None:
    records = [said(unit, f"https://a.example/{number}", a_file(PICTURE)) for number in range(7)]
    conversation = records[0].conversation
    for kind in (PICTURE, LINK):
        first, more = unit.media.page(conversation, kind, 3)
        assert ([record.text[-1] for record in first], more) == (["6", "5", "4"], True)
    unit.messages.delete(records[5].id, conversation)
    unit.messages.delete(records[2].id, conversation)
    for kind in (PICTURE, LINK):
        assert [text[-1] for text in listed(unit, kind, 3, before=records[4].position)] == ["3", "1", "0"]
        assert unit.media.page(conversation, kind, 3, records[4].position)[1] is False


def test_a_message_is_listed_by_the_links_of_the_wording_that_is_shown(unit: UnitOfWork) -> None:
    contact = add_contact(unit).contact
    arrived = unit.new_messages.add_incoming(
        replace(an_incoming(contact, "no link"), conversation=place_of(unit, "bob")), NOW
    )
    own = said(unit, "https://a.example")
    assert listed(unit, LINK) == ["https://a.example"]
    unit.contents.reword(arrived.position, "now https://b.example", (), NOW, mentioned=False)
    unit.contents.reword(own.position, "none any more", (), NOW, mentioned=False)
    assert listed(unit, LINK) == ["now https://b.example"]
    unit.contents.understand(own.position, "https://c.example", stranger=False)
    assert listed(unit, LINK) == ["https://c.example", "now https://b.example"]
    unit.contents.erase(arrived.position)
    assert listed(unit, LINK) == ["https://c.example"]


def test_what_is_deleted_for_all_is_listed_nowhere(unit: UnitOfWork) -> None:
    record = said(unit, "https://a.example", a_file(PICTURE), a_file(), a_file(VOICE))
    unit.contents.erase(record.position)
    assert [listed(unit, kind) for kind in MediaKind] == [[], [], [], []]


def test_a_page_costs_the_same_among_many_messages_as_among_few(database: Database) -> None:
    def fill(count: int) -> None:
        with database.write() as unit:
            for number in range(count):
                files: Sequence[FileEntry] = [a_file(PICTURE)] if number % 10 == 0 else []
                said(unit, f"https://a.example/{number}" if number % 10 == 5 else f"words {number}", *files)

    def cost(kind: MediaKind) -> int:
        with database.write() as unit:
            (newest,), _ = unit.media.page(place_of(unit, "bob"), kind, 1)
            with counted(database) as steps:
                assert len(listed(unit, kind, 5, newest.position)) == 5
        return steps[0]

    fill(100)
    few = {kind: cost(kind) for kind in (PICTURE, LINK)}
    fill(3_000)
    assert {kind: cost(kind) for kind in (PICTURE, LINK)} == few
