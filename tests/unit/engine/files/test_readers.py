"""Who is asked for a long text that the relay has no longer, beside its author."""

from pathlib import Path

from babilu.engine.conversation.contents.text import fields_of
from babilu.engine.files.text_files import READERS_ASKED, readers_of
from babilu.engine.runtime.group_logs import GroupLogs
from babilu.kernel.ids import MessageId
from babilu.kernel.states import Route
from babilu.store.attachments import TEXT_PLACE
from babilu.store.group_records import SharedRecord
from babilu.wire.codec import encode
from babilu.wire.file_entry import FileEntry
from babilu.wire.message_parts import Text
from tests.unit.engine.homes import Writer, a_home, know
from tests.unit.engine.rooms import Room
from tests.unit.store.builders import NOW


def test_so_many_readers_are_asked_and_the_one_who_shared_it_first(tmp_path: Path) -> None:
    with a_home(tmp_path) as home, home.base.database.write() as unit:
        alice, others = Writer("alice"), tuple(map(Writer, ("carol", "dan", "eve", "fay")))
        contact = know(home, unit, alice)
        for each in others[:3]:
            know(home, unit, each)
        group = Room(home, alice, others).enters(unit, contact, GroupLogs())
        eve, fay = (unit.contacts.by_identity(each.own.identity_key) for each in others[2:])
        assert eve is not None
        assert fay is not None
        unit.contacts.set_blocked(fay.contact, True)
        entry = FileEntry(bytes(32), bytes(32), 5_000, bytes(32), "text.txt")
        said = Text(bytes(16), None, "It begins", whole=entry, files=(entry,))
        kept = SharedRecord(
            MessageId(bytes(16)), group.conversation, contact.contact, eve.contact, said.text, NOW, encode(said),
            Route.RELAY, fields_of(said, ()),
        )  # fmt: skip
        unit.new_messages.add_shared(kept, 1, NOW)
        message = unit.messages.by_id(kept.id)
        assert message is not None
        text, other = (unit.attachments.at_place(message.position, place) for place in (TEXT_PLACE, 0))
        assert text is not None
        assert other is not None
        readers = readers_of(unit, text, message)
        assert [each.name for each in readers] == ["eve", "carol", "dan"]
        assert len(readers) == READERS_ASKED
        assert readers_of(unit, other, message) == []
