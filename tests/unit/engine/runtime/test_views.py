"""What a message looks like to whoever draws it."""

from dataclasses import replace
from pathlib import Path

import pytest

from babilu.api.views import PreviewView, ReactionView
from babilu.engine.runtime.places import place_with
from babilu.engine.runtime.views import REACTIONS_SHOWN
from babilu.kernel.ids import MessageId
from babilu.kernel.states import FileState
from babilu.wire.file_entry import FileEntry, Preview
from tests.unit.engine.homes import Writer, a_home, know
from tests.unit.store.builders import NOW, add_outgoing


def test_so_many_reactions_are_shown_the_most_frequent_first(tmp_path: Path) -> None:
    with a_home(tmp_path) as home, home.base.database.write() as unit:
        contact = know(home, unit, Writer("alice"))
        conversation = unit.conversations.of_contact(contact.contact)
        message = add_outgoing(unit, conversation.conversation)
        record = unit.messages.by_id(message)
        assert record is not None
        unit.contents.set_reacted(record.position)
        signs = tuple(map(chr, range(0x1F600, 0x1F600 + REACTIONS_SHOWN + 5)))
        both = signs[-1]
        for author, given in ((0, (both,)), (contact.contact, signs)):
            action = MessageId(bytes(16))
            unit.reactions.put(conversation.conversation, message, author, NOW, action, given)
        record = unit.messages.by_id(message)
        assert record is not None
        shown = home.base.show.message(record, place_with(unit, conversation, contact)).reactions
        assert len(shown) == REACTIONS_SHOWN
        assert shown[0] == ReactionView(both, ("bob", "alice"))
        assert [each.emoji for each in shown[1:]] == list(signs[: REACTIONS_SHOWN - 1])


@pytest.mark.parametrize(
    ("preview", "shown"),
    [
        (Preview(2, 1, bytes(range(6))), PreviewView(2, 1, bytes(range(6)))),
        (Preview(2, 2, bytes(range(6))), None),
        (None, None),
    ],
)
def test_a_file_shows_what_is_drawn_before_it_is_fetched(
    tmp_path: Path, preview: Preview | None, shown: PreviewView | None
) -> None:
    entry = FileEntry(
        bytes(32), bytes(32), 5, bytes(32), "a.jpg", width=9, height=8, duration=7, peaks=b"\x01", preview=preview
    )
    with a_home(tmp_path) as home, home.base.database.write() as unit:
        contact = know(home, unit, Writer("alice"))
        conversation = unit.conversations.of_contact(contact.contact)
        message = add_outgoing(unit, conversation.conversation)
        record = unit.messages.by_id(message)
        assert record is not None
        record = replace(
            record, files=unit.attachments.add(record.conversation, record.position, (entry,), FileState.OFFERED)
        )
        (file,) = home.base.show.message(record, place_with(unit, conversation, contact)).files
        assert (file.width, file.height, file.duration, file.peaks) == (9, 8, 7, b"\x01")
        assert file.preview == shown
