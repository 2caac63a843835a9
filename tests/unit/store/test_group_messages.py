"""Messages of groups: lines about changes, what an admin has removed, and conversations that many write in."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from babilu.kernel.ids import MessageId
from babilu.kernel.states import MediaKind, MessageKind, MessageState, Route
from babilu.store.database import Database
from babilu.store.expiry import REMOVED_MS
from babilu.store.file_room import RoomFilter
from babilu.store.group_records import GroupRecord, SharedRecord
from babilu.store.message_records import MessageRecord, SearchFilter, TextFields
from babilu.store.unit_of_work import UnitOfWork
from tests.unit.store.builders import NOW, a_device, a_message_id, add_contact, add_outgoing, an_incoming, some_bytes
from tests.unit.store.test_costs import counted
from tests.unit.store.test_groups import MEMBER, add_group
from tests.unit.store.test_media import LINK, PICTURE, a_file

WORDS = "the treasure is at https://a.example"


def said_by(unit: UnitOfWork, place: int, author: int, text: str, fields: TextFields | None = None) -> MessageRecord:
    made = replace(an_incoming(place, text), author=author, fields=fields)
    return unit.new_messages.add_incoming(made, NOW)


def a_room(unit: UnitOfWork) -> tuple[GroupRecord, int, int]:
    """Add a group in which bob and carol are."""
    bob, carol = (add_contact(unit, name).contact for name in ("bob", "carol"))
    record = add_group(unit)
    unit.groups.set_state(record, [(bob, MEMBER), (carol, MEMBER)])
    return record, bob, carol


def found(unit: UnitOfWork, words: str) -> list[MessageId]:
    return [record.id for record in unit.search.find(words, SearchFilter(), 9)]


def shown(unit: UnitOfWork, message: MessageId, place: int) -> MessageRecord:
    record = unit.messages.by_id(message, place)
    assert record is not None
    return record


class TestALine:
    def test_is_about_somebody_or_oneself_and_no_message(self, unit: UnitOfWork) -> None:
        record, bob, _ = a_room(unit)
        place = record.conversation
        lines = [
            unit.lines.add_of_group(place, bob, b"added", NOW + 9, now=NOW),
            unit.lines.add_of_group(place, None, b"added", NOW),
        ]
        assert [(line.author, line.outgoing, line.kind, line.state, line.text) for line in lines] == [
            (bob, False, MessageKind.GROUP, None, ""),
            (None, False, MessageKind.GROUP, None, ""),
        ]
        assert (lines[0].sent_at, lines[0].arrived_at, lines[0].said_at) == (NOW, NOW, NOW + 9)
        assert lines[0].id != lines[1].id
        assert unit.history.page(place, 9)[0] == lines
        assert [line.line for line in lines] == [b"added", b"added"]
        assert (unit.messages.unread(place), unit.messages.take_unshown(9)) == (0, [])
        assert not unit.messages.has_texts(place)


class TestWhatAnAdminRemoved:
    @pytest.mark.parametrize("indexed", [True, False])
    def test_is_neither_shown_nor_found_until_its_removal_counts_no_longer(
        self, unit: UnitOfWork, indexed: bool
    ) -> None:
        record, bob, carol = a_room(unit)
        place = record.conversation
        fields = TextFields(files=(a_file(PICTURE),), forwarded=True)
        message = said_by(unit, place, bob, WORDS, fields)
        unit.contents.set_pinned(message.position, True)
        before = shown(unit, message.id, place)
        if indexed:
            unit.search.index_waiting()

        hidden = unit.contents.hide(message.id, place, carol)

        assert hidden is not None
        assert hidden == shown(unit, message.id, place) == unit.history.page(place, 9)[0][0]
        assert (hidden.hidden, hidden.hidden_by, hidden.unread, hidden.deleted) == (True, carol, False, False)
        assert (hidden.text, hidden.fields, hidden.files, hidden.file_count, hidden.pinned) == (
            "", TextFields(), (), 0, False,
        )  # fmt: skip
        assert found(unit, "treasure") == found(unit, "some") == []
        assert [unit.media.page(place, kind, 9)[0] for kind in (LINK, PICTURE)] == [[], []]
        assert unit.contents.pinned(place, 9) == []

        again = unit.contents.unhide(message.id, place)

        assert again == replace(before, unread=False)
        assert found(unit, "treasure") == found(unit, "some") == [message.id]
        assert [len(unit.media.page(place, kind, 9)[0]) for kind in (LINK, PICTURE)] == [1, 1]
        assert [one.id for one in unit.contents.pinned(place, 9)] == [message.id]
        unit.search.index_waiting()
        unit.statements.run("INSERT INTO message_text (message_text, rank) VALUES ('integrity-check', 1)")

    def test_is_told_only_where_something_changes(self, unit: UnitOfWork) -> None:
        record, bob, carol = a_room(unit)
        place = record.conversation
        message = said_by(unit, place, bob, WORDS).id
        assert unit.contents.hide(a_message_id(), place, carol) is None
        assert unit.contents.unhide(message, place) is None
        assert unit.contents.hide(message, place, carol) is not None
        assert unit.contents.hide(message, place, carol) is None
        changed = unit.contents.hide(message, place, None)
        assert changed is not None
        assert (changed.hidden, changed.hidden_by) == (True, None)

    def test_is_known_by_its_conversation(self, unit: UnitOfWork) -> None:
        record, bob, carol = a_room(unit)
        other = add_group(unit)
        first, second, elsewhere = (
            said_by(unit, place, bob, WORDS).id
            for place in (record.conversation, record.conversation, other.conversation)
        )
        said_by(unit, record.conversation, bob, WORDS)
        for message, place in (
            (first, record.conversation),
            (second, record.conversation),
            (elsewhere, other.conversation),
        ):
            unit.contents.hide(message, place, carol)
        unit.contents.unhide(second, record.conversation)
        assert unit.contents.hidden_in(record.conversation) == {first}

    def test_is_found_by_no_later_wording_either(self, unit: UnitOfWork) -> None:
        record, bob, carol = a_room(unit)
        place = record.conversation
        message = said_by(unit, place, bob, WORDS)
        unit.contents.hide(message.id, place, carol)
        unit.contents.reword(message.position, "gold at https://b.example", (), NOW, mentioned=False)
        assert (shown(unit, message.id, place).text, found(unit, "gold")) == ("", [])
        assert unit.media.page(place, LINK, 9)[0] == []
        unit.contents.unhide(message.id, place)
        assert (shown(unit, message.id, place).text, found(unit, "gold")) == ("gold at https://b.example", [message.id])

    def test_is_not_shown_by_what_answers_it(self, unit: UnitOfWork) -> None:
        record, bob, carol = a_room(unit)
        place = record.conversation
        message = said_by(unit, place, bob, WORDS, TextFields(files=(a_file(),))).id
        answer = said_by(unit, place, carol, "where?", TextFields(reply_to=message, quote="the treasure")).id
        unit.contents.hide(message, place, carol)
        record_of_answer = shown(unit, answer, place)
        assert record_of_answer.answered is not None
        assert (record_of_answer.answered.text, record_of_answer.answered.files) == ("", ())
        assert (record_of_answer.fields.quote, record_of_answer.fields.reply_to) == ("", message)
        unit.contents.unhide(message, place)
        assert shown(unit, answer, place).fields.quote == "the treasure"

    def test_is_not_put_back_among_what_is_to_be_shown(self, unit: UnitOfWork) -> None:
        record, bob, carol = a_room(unit)
        message = said_by(unit, record.conversation, bob, WORDS).id
        unit.contents.hide(message, record.conversation, carol)
        assert unit.messages.take_unshown(9) == []
        unit.messages.put_back([message])
        assert unit.messages.take_unshown(9) == []

    def test_keeps_its_words_for_a_while(self, unit: UnitOfWork) -> None:
        record, bob, carol = a_room(unit)
        place = record.conversation
        first, second = (said_by(unit, place, bob, WORDS) for _ in range(2))
        assert unit.expiry.next_end() is None
        unit.contents.hide(first.id, place, carol, NOW)
        unit.contents.hide(first.id, place, None, NOW + 50)
        unit.contents.hide(second.id, place, carol, NOW)
        unit.contents.unhide(second.id, place)
        unit.contents.hide(second.id, place, carol, NOW + 10)
        # Of this one it is not said since when.
        unit.contents.hide(said_by(unit, place, bob, WORDS).id, place, carol)
        assert unit.expiry.next_end() == NOW + REMOVED_MS
        assert unit.expiry.removed(NOW + REMOVED_MS - 1, 9) == []
        assert unit.expiry.removed(NOW + REMOVED_MS, 9) == [(first.position, first.id, place)]
        unit.contents.erase(first.position)
        assert unit.expiry.removed(NOW + REMOVED_MS + 99, 9) == [(second.position, second.id, place)]
        assert unit.expiry.removed(NOW + REMOVED_MS + 99, 0) == []
        assert unit.messages.part_of(first.position) == b""
        assert len(unit.messages.part_of(second.position)) > 0
        # Somebody has set the time back.
        unit.expiry.shorten(NOW - 1_000)
        assert unit.expiry.next_end() == NOW - 1_000 + REMOVED_MS


class TestAGroup:
    """A group is a conversation like any other."""

    def test_stands_in_the_overview_with_what_was_said_last_and_without_a_contact(self, unit: UnitOfWork) -> None:
        record, bob, _ = a_room(unit)
        said_by(unit, record.conversation, bob, "hello")
        newest = said_by(unit, record.conversation, bob, "again")
        unit.lines.add_of_group(record.conversation, bob, b"left", NOW)
        conversation, contact, last, unread, mentions = unit.history.overview()[0]
        assert (conversation.conversation, contact, unread, mentions) == (record.conversation, None, 2, 0)
        assert last is not None
        assert last.id == newest.id

    def test_is_searched_by_whoever_wrote_in_it(self, unit: UnitOfWork) -> None:
        record, bob, carol = a_room(unit)
        place = record.conversation
        hers = said_by(unit, place, carol, WORDS).id
        own = add_outgoing(unit, place, WORDS)
        his = said_by(unit, place, bob, WORDS).id
        everywhere = SearchFilter(conversation=place)
        assert [one.id for one in unit.search.find("treasure", everywhere, 9)] == [his, own, hers]
        by_carol = SearchFilter(author=carol)
        assert [one.id for one in unit.search.find("treasure", by_carol, 9)] == [hers]

    def test_is_cleared_with_its_lines(self, database: Database) -> None:
        with database.write() as unit:
            record, bob, carol = a_room(unit)
            place = record.conversation
            said_by(unit, place, bob, WORDS, TextFields(files=(a_file(),)))
            unit.contents.hide(said_by(unit, place, bob, WORDS).id, place, carol)
            unit.lines.add_of_group(place, None, b"title", NOW)
            newest = said_by(unit, place, carol, "stays")
            unit.search.index_waiting()
            assert len(unit.messages.clear(place, newest.position - 1, 9)) == 3
            assert [one.text for one in unit.history.page(place, 9)[0]] == ["stays"]
            assert unit.groups.of_conversation(place) is not None
            unit.statements.run("INSERT INTO message_text (message_text, rank) VALUES ('integrity-check', 1)")

    def test_has_messages_that_disappear_also_those_that_were_removed(self, unit: UnitOfWork) -> None:
        record, bob, carol = a_room(unit)
        place, timed = record.conversation, TextFields(timer=1_000)
        first, second = (said_by(unit, place, author, WORDS, timed).id for author in (bob, carol))
        unit.messages.mark_read(place)
        assert {message for message, _ in unit.expiry.start_read(place, NOW)} == {first, second}
        unit.contents.hide(first, place, carol)
        assert set(unit.expiry.due(NOW + 1_000, 9)) == {(first, place), (second, place)}

    def test_takes_room_that_can_be_made(self, unit: UnitOfWork) -> None:
        record, _, _ = a_room(unit)
        fields = TextFields(files=(a_file(),))
        made = unit.new_messages.add_outgoing(a_message_id(), record.conversation, "mine", NOW, some_bytes(24), fields)
        unit.statements.run("UPDATE attachment SET state = 'sent'")
        only = RoomFilter(NOW + 1, record.conversation)
        assert unit.file_room.must_stay(only) == 1
        unit.messages.advance_state(made.id, MessageState.DELIVERED)
        assert [file.message for file in unit.file_room.may_go(only)] == [made.id]
        assert unit.file_room.stored() == [(record.conversation, MediaKind.FILE, unit.file_room.may_go(only)[0].blob)]

    def test_remembers_for_how_many_people_a_message_was(self, unit: UnitOfWork) -> None:
        record, _, _ = a_room(unit)
        made = unit.new_messages.add_outgoing(
            a_message_id(), record.conversation, "hello", NOW, some_bytes(24), recipients=2
        )
        assert (made.recipients, shown(unit, made.id, record.conversation)) == (2, made)


def fill(unit: UnitOfWork, place: int, authors: list[int], messages: int) -> None:
    for number in range(messages):
        author = authors[number % len(authors)]
        made = replace(an_incoming(place, f"message {number}", device=a_device()), author=author)
        unit.new_messages.add_incoming(made, NOW)
    unit.messages.take_unshown(messages)
    unit.messages.mark_read(place)


READS: dict[str, Callable[[UnitOfWork, GroupRecord], object]] = {
    "page": lambda unit, record: unit.history.page(record.conversation, 50),
    "members": lambda unit, record: unit.groups.members(record.conversation),
    "group": lambda unit, record: unit.groups.of_conversation(record.conversation),
    "overview": lambda unit, _: unit.history.overview(),
    "pictures": lambda unit, record: unit.media.page(record.conversation, PICTURE, 50),
    "removed": lambda unit, record: unit.contents.hidden_in(record.conversation),
    "pinned": lambda unit, record: unit.contents.pinned(record.conversation),
}


def test_a_group_costs_no_more_to_open_however_much_was_said_in_it(database: Database) -> None:
    with database.write() as unit:
        people = [add_contact(unit, f"person{number}").contact for number in range(20)]
        record = add_group(unit)
        unit.groups.set_state(record, [(contact, MEMBER) for contact in people])
        fill(unit, record.conversation, people, 100)

    def costs() -> dict[str, int]:
        spent = {}
        with database.write() as unit:
            for name, read in READS.items():
                with counted(database) as steps:
                    read(unit, record)
                spent[name] = steps[0]
        return spent

    before = costs()
    with database.write() as unit:
        fill(unit, record.conversation, people, 3_000)
    assert {name: steps for name, steps in costs().items() if steps > 1.2 * before[name] + 20} == {}


def test_what_was_given_of_before_we_came_is_found_although_later_ones_are_in_the_index(unit: UnitOfWork) -> None:
    record, bob, carol = a_room(unit)
    place = unit.new_messages.keep_places(1)
    said_by(unit, record.conversation, bob, "a later one")
    unit.search.index_waiting()
    given = SharedRecord(
        id=a_message_id(),
        conversation=record.conversation,
        author=bob,
        shared_by=carol,
        text=WORDS,
        said_at=NOW - 9,
        part=some_bytes(9),
        route=Route.RELAY,
        fields=TextFields(),
    )
    unit.new_messages.add_shared(given, place, NOW)
    assert found(unit, "treasure") == [given.id]
