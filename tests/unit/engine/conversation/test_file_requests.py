"""Files that are asked for again: of whoever sent them, by accepted people, once a day."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from babilu.engine.conversation import file_requests
from babilu.engine.conversation.contents.text import BesideWords, fields_of
from babilu.engine.conversation.effects import BringFile, MoveFiles, RequestBundle
from babilu.engine.conversation.file_requests import ask_reader, ask_sender, ask_siblings, take_want
from babilu.engine.runtime.group_logs import GroupLogs
from babilu.kernel.ids import MessageId
from babilu.kernel.limits import DAY_MS
from babilu.kernel.states import FileState, Route
from babilu.store.attachments import TEXT_PLACE
from babilu.store.contact_records import ContactRecord
from babilu.store.group_records import SharedRecord
from babilu.store.message_records import MessageRecord
from babilu.store.unit_of_work import UnitOfWork
from babilu.wire.codec import encode
from babilu.wire.file_entry import FileEntry
from babilu.wire.message_parts import Text
from tests.unit.engine.correspondent import Correspondent, nothing_encrypted
from tests.unit.engine.homes import Home, Writer, a_home, a_turn, know
from tests.unit.engine.rooms import Room
from tests.unit.engine.siblings import Sibling, own_turn, with_own_rows
from tests.unit.store.builders import NOW


class Sent:
    """An own message with a file that the relay has had."""

    def __init__(self, home: Home, unit: UnitOfWork, *, accepted: bool = True) -> None:
        self.home, self.unit = home, unit
        self.contact: ContactRecord = know(home, unit, Writer("bob"))
        file = FileEntry(bytes(32), bytes(32), 5, bytes(32), "a.txt")
        self.message: MessageId = a_turn(home, unit, self.contact).send_text("", BesideWords(files=(file,))).id
        self.settle()
        if not accepted:
            unit.statements.run("UPDATE contact SET accepted = 0")

    def settle(self) -> None:
        """Note that the relay has the file."""
        record = self.unit.messages.by_id(self.message)
        assert record is not None
        self.unit.attachments.set_state(record.files[0].number, FileState.SENT)

    def asked(self, message: MessageId | None = None, index: int = 0) -> bool:
        """Take a request; tells whether the file is brought again."""
        contact = self.unit.contacts.by_contact(self.contact.contact)
        assert contact is not None
        turn = a_turn(self.home, self.unit, contact)
        take_want(turn, self.message if message is None else message, index)
        record = self.unit.messages.by_id(self.message)
        assert record is not None
        brings = record.files[0].state is FileState.SENDING
        assert brings == (MoveFiles() in turn.effects)
        self.settle()
        return brings


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with a_home(tmp_path) as home:
        yield home


def test_a_file_is_brought_again_once_a_day(home: Home) -> None:
    with home.base.database.write() as unit:
        sent = Sent(home, unit)
        assert sent.asked()
        assert not sent.asked()
        home.clock.now += DAY_MS + 1
        assert sent.asked()


def test_a_stranger_is_not_answered(home: Home) -> None:
    with home.base.database.write() as unit:
        assert not Sent(home, unit, accepted=False).asked()


def test_what_is_not_there_is_passed_over(home: Home) -> None:
    with home.base.database.write() as unit:
        sent = Sent(home, unit)
        assert not sent.asked(index=1)
        assert not sent.asked(MessageId(bytes(16)))


class TestFilesOfOthers:
    """What somebody else has sent, and own other devices may have."""

    @pytest.fixture
    def unit(self, home: Home) -> Iterator[UnitOfWork]:
        with nothing_encrypted(), with_own_rows(home) as unit:
            yield unit

    def came(self, alice: Correspondent) -> tuple[MessageId, int]:
        """Take a message of alice with a file; gives its id, and the number of the file."""
        file = FileEntry(bytes(32), bytes(32), 5, bytes(32), "a.txt")
        said = alice.says(Text(bytes(16), None, "look", files=(file,)))
        alice.arrives(said)
        record = alice.unit.messages.by_id(said.id)
        assert record is not None
        return said.id, record.files[0].number

    def test_are_brought_to_the_relay_for_own_other_devices(self, home: Home, unit: UnitOfWork) -> None:
        alice, _ = Correspondent(home, unit), Sibling(home, unit)
        message, number = self.came(alice)
        turn = own_turn(home, unit)
        take_want(turn, message, 0)
        assert BringFile(number) in turn.effects

    def test_are_brought_for_nobody_else(self, home: Home, unit: UnitOfWork) -> None:
        alice = Correspondent(home, unit)
        message, number = self.came(alice)
        turn = a_turn(home, unit, alice.contact)
        take_want(turn, message, 0)
        assert BringFile(number) not in turn.effects

    def test_are_asked_for_at_their_sender_and_at_all_own_other_devices(self, home: Home, unit: UnitOfWork) -> None:
        alice, phone = Correspondent(home, unit), Sibling(home, unit)
        message, _ = self.came(alice)
        asked = set()
        for turn, ask in ((own_turn(home, unit), ask_siblings), (a_turn(home, unit, alice.contact), ask_sender)):
            ask(turn, message, 0)
            asked |= {effect.device for effect in turn.effects if isinstance(effect, RequestBundle)}
        assert asked == {phone.writer.own.device, alice.writer.own.device}


class TestTextsOfOthers:
    """A long text that somebody else has said in a group in which one is, and that one has read."""

    @pytest.fixture
    def unit(self, home: Home) -> Iterator[UnitOfWork]:
        with home.base.database.write() as unit:
            yield unit

    def came(self, home: Home, unit: UnitOfWork) -> tuple[Room, MessageRecord, int]:
        """Have two come in a group of three, and give one with the number of the other's file."""
        alice, carol = Writer("alice"), Writer("carol")
        room, contact = Room(home, alice, (carol,)), know(home, unit, alice)
        group = room.enters(unit, contact, GroupLogs())
        made = []
        for place in (1, 2):
            whole = FileEntry(bytes([place]) * 32, bytes(32), 5_000, bytes(32), "text.txt")
            said = Text(bytes(16), None, "It begins", whole=whole)
            kept = SharedRecord(
                MessageId(bytes([place]) * 16), group.conversation, contact.contact, contact.contact, said.text, NOW,
                encode(said), Route.RELAY, fields_of(said, ()),
            )  # fmt: skip
            unit.new_messages.add_shared(kept, place, NOW)
            record = unit.messages.by_id(kept.id)
            assert record is not None
            unit.contents.complete_text(record.position, "It begins, and ends.")
            made.append(unit.messages.by_id(kept.id))
        record, other = made
        assert record is not None
        assert other is not None
        file = unit.attachments.at_place(other.position, TEXT_PLACE)
        assert file is not None
        return room, record, file.number

    def brings(self, home: Home, unit: UnitOfWork, who: Writer, record: MessageRecord, index: int = TEXT_PLACE) -> bool:
        """Take a request of somebody; tells whether anything is brought."""
        contact = unit.contacts.by_identity(who.own.identity_key) or know(home, unit, who)
        turn = a_turn(home, unit, contact)
        take_want(turn, record.id, index)
        return any(isinstance(each, BringFile | MoveFiles) for each in turn.effects)

    def test_is_brought_for_others_of_the_group_and_for_nobody_else(self, home: Home, unit: UnitOfWork) -> None:
        room, record, _ = self.came(home, unit)
        assert not self.brings(home, unit, Writer("dan"), record)
        assert not self.brings(home, unit, room.others[0], record, index=0)
        assert self.brings(home, unit, room.others[0], record)
        # Once a day, whoever asks.
        assert not self.brings(home, unit, room.others[0], record)

    def test_is_not_brought_where_it_is_hidden_or_one_is_out(self, home: Home, unit: UnitOfWork) -> None:
        room, record, _ = self.came(home, unit)
        unit.contents.hide(record.id, record.conversation, None, NOW)
        assert not self.brings(home, unit, room.others[0], record)
        unit.contents.unhide(record.id, record.conversation)
        unit.groups.unaccept(1)
        assert not self.brings(home, unit, room.others[0], record)

    def test_of_one_group_so_many_are_brought_in_a_day(
        self, home: Home, unit: UnitOfWork, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        room, record, number = self.came(home, unit)
        monkeypatch.setattr(file_requests, "TEXTS_BROUGHT", 1)
        assert unit.attachments.may_ask(number, NOW)
        home.clock.now += DAY_MS
        assert not self.brings(home, unit, room.others[0], record)
        home.clock.now += 1
        assert self.brings(home, unit, room.others[0], record)

    def test_is_asked_for_at_others_of_the_group(self, home: Home, unit: UnitOfWork) -> None:
        room, record, _ = self.came(home, unit)
        for who, asked in ((room.others[0], True), (Writer("dan"), False)):
            contact = unit.contacts.by_identity(who.own.identity_key) or know(home, unit, who)
            turn = a_turn(home, unit, contact)
            ask_reader(turn, record.id)
            assert any(isinstance(each, RequestBundle) for each in turn.effects) is asked
