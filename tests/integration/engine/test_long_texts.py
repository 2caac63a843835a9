"""Long texts to many devices over a real relay: each fetches the text once, and shows it whole or says why not."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from babilu.api import commands, events
from babilu.api.views import NOTES_LABEL, TEXT_INDEX, MessageView
from babilu.engine.conversation import long_texts
from babilu.engine.files import missing_files, text_files
from babilu.engine.files.text_files import TextArrivals
from babilu.kernel.errors import CryptoError, ErrorCode
from babilu.kernel.ids import MessageId
from babilu.kernel.limits import BEGINNING_BYTES
from babilu.kernel.states import MessageState, TextState
from babilu.store.file_records import AttachmentRecord
from babilu.wire.content_reading import read_part
from babilu.wire.message_parts import Edit, Text
from tests.integration.engine.party import Party, relayed
from tests.integration.engine.relays import running_relay
from tests.integration.engine.test_groups import meet, start
from tests.integration.engine.test_own_devices import forget_files

LONG = "It begins here. " + "día " * 5_000 + "quokka"


@pytest.fixture
def three(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Party]]:
    """Three people in a group, who count as many devices."""
    monkeypatch.setattr(long_texts, "LONG_TEXT_DEVICES", 2)
    people = "alice", "bob", "carol"
    with running_relay(tmp_path / "relay") as house, relayed(tmp_path, house.address, *people) as parties:
        alice, *others = parties
        for other in others:
            meet(alice, other)
        start(alice, *others)
        yield parties


def refuse(*_: object) -> None:
    """Stand for `TextArrivals.came`, of a file that is another one."""
    raise CryptoError(ErrorCode.DECRYPTION_FAILED, "A file is another one than its sender said.")


def whole_text(party: Party) -> MessageView:
    """Wait for the message of a group, and give it as it is handed out."""
    arrived = party.hear(events.MessageArrived, lambda event: event.message.conversation == "#picnic").message
    assert [each.text for each in party.ask(commands.TakeUnshown(seen=True)) if each.id == arrived.id] == [arrived.text]
    return arrived


def part_of(party: Party, message: MessageId) -> Text:
    with party.engine._base.database.read() as unit:
        record = unit.messages.by_id(message)
        assert record is not None
        part = read_part(unit.messages.part_of(record.position), chained=True)
    assert isinstance(part, Text)
    return part


def test_it_travels_as_its_beginning_and_a_file_and_shows_as_a_whole(three: list[Party]) -> None:
    alice, bob, carol = three
    sent = alice.send("#picnic", LONG)
    assert (sent.text, sent.text_state, sent.files) == (LONG, None, ())
    for each in (bob, carol):
        arrived = whole_text(each)
        assert (arrived.id, arrived.text, arrived.text_state, arrived.files) == (sent.id, LONG, None, ())
        said = part_of(each, sent.id)
        assert said.whole is not None
        assert LONG.startswith(said.text)
        assert len(said.text.encode()) <= BEGINNING_BYTES
        # Told of with its beginning first, as nothing that has arrived.
        (line,) = [event.message for event in each.of(events.LineAdded) if event.message.id == sent.id]
        assert (line.text, line.text_state) == (said.text, TextState.COMING)
        assert [one.id for one in each.ask(commands.Search("quokka"))] == [sent.id]
        assert not each.of(events.FileTransfer)
    alice.until_state(sent.id, MessageState.DELIVERED)
    # Nobody needs the file of it any more but who has sent it.
    for each, needed in ((alice, 1), (bob, 0), (carol, 0)):
        each.until(partial(_has_sealed, each, needed), "the files to be tidied")


def _shows(party: Party, text: str) -> bool:
    return party.texts("#picnic") == [text]


def _has_sealed(party: Party, count: int) -> bool:
    folder = party.engine._profile.paths.files
    return (len(list(folder.iterdir())) if folder.is_dir() else 0) == count


def test_a_short_one_and_one_to_few_devices_go_as_they_are(three: list[Party], monkeypatch: pytest.MonkeyPatch) -> None:
    alice, bob, _ = three
    short = alice.send("#picnic", "x" * 2_000)
    monkeypatch.setattr(long_texts, "LONG_TEXT_DEVICES", 3)
    few = alice.send("#picnic", LONG)
    bob.until_arrived("#picnic", ["x" * 2_000, LONG])
    assert [part_of(bob, each.id).whole for each in (short, few)] == [None, None]


def test_its_first_wording_is_kept_as_a_whole_when_it_is_edited(three: list[Party]) -> None:
    alice, bob, _ = three
    sent = alice.send("#picnic", LONG)
    whole_text(bob)
    alice.ask(commands.EditMessage(sent.id, "shorter", conversation="#picnic"))
    bob.hear(events.MessageEdited)
    for each in (alice, bob):
        assert [one.text for one in each.ask(commands.Wordings(sent.id, "#picnic"))] == [LONG, "shorter"]
    assert bob.texts("#picnic") == ["shorter"]
    # Deleted for all, nothing of either wording is left.
    alice.ask(commands.DeleteMessage(sent.id, "#picnic", for_all=True))
    bob.hear(events.MessageDeleted)
    with bob.engine._base.database.read() as unit:
        record = unit.messages.by_id(sent.id)
        assert record is not None
        assert (record.text, unit.contents.first_text(record.position)) == ("", None)
        assert unit.attachments.at_place(record.position, TEXT_INDEX) is None


def edit_of(party: Party, message: MessageId) -> Edit:
    with party.engine._base.database.read() as unit:
        record = unit.messages.by_id(message)
        assert record is not None
        shown = unit.edits.highest(record.conversation, message)
        assert shown is not None
        part = read_part(shown.part, chained=True)
    assert isinstance(part, Edit)
    return part


def test_an_edit_that_is_long_travels_as_a_file_as_well(three: list[Party]) -> None:
    alice, bob, carol = three
    sent = alice.send("#picnic", "short")
    for each in (bob, carol):
        each.until_arrived("#picnic", ["short"])
    edited = alice.ask(commands.EditMessage(sent.id, LONG, conversation="#picnic"))
    assert (edited.text, edited.text_state) == (LONG, None)
    for each in (bob, carol):
        each.hear(events.MessageEdited)
        each.until(partial(_shows, each, LONG), "the wording")
        said = edit_of(each, sent.id)
        assert said.whole is not None
        assert LONG.startswith(said.text)
        assert len(said.text.encode()) <= BEGINNING_BYTES
        (found,) = each.ask(commands.Search("quokka"))
        assert (found.id, found.text_state) == (sent.id, None)
    other = LONG.replace("día", "noche")[: len(LONG)]
    alice.ask(commands.EditMessage(sent.id, other, conversation="#picnic"))
    bob.until(lambda: bob.texts("#picnic") == [other], "the second wording")
    assert [one.text for one in bob.ask(commands.Wordings(sent.id, "#picnic"))] == ["short", said.text, other]
    alice.ask(commands.EditMessage(sent.id, "short again", conversation="#picnic"))
    for each in (bob, carol):
        each.until(partial(_shows, each, "short again"), "the last wording")
        # Its file belongs to nothing any more, on either side.
        for party in (alice, each):
            party.until(partial(_has_sealed, party, 0), "the files to be tidied")


def test_a_long_edit_shows_its_beginning_until_the_rest_is_here_and_a_short_one_ends_that(
    three: list[Party], monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, bob, _ = three
    came, waiting = TextArrivals.came, []
    monkeypatch.setattr(TextArrivals, "came", lambda self, record: waiting.append((self, record)))
    sent = alice.send("#picnic", LONG)
    bob.hear(events.LineAdded, lambda event: event.message.id == sent.id)
    # Another long wording comes before anybody was told of the message, and a short one before that is here.
    alice.ask(commands.EditMessage(sent.id, f"New. {LONG}", conversation="#picnic"))
    bob.hear(events.MessageEdited, lambda event: event.message.text.startswith("New."))
    assert not [each for each in bob.ask(commands.TakeUnshown()) if each.id == sent.id]
    alice.ask(commands.EditMessage(sent.id, "short", conversation="#picnic"))
    arrived = bob.hear(events.MessageArrived, lambda event: event.message.id == sent.id).message
    assert (arrived.text, arrived.text_state) == ("short", None)
    assert [each.id for each in bob.ask(commands.TakeUnshown(seen=True))] == [sent.id]
    # What comes too late changes nothing.
    monkeypatch.setattr(text_files, "read_text", lambda *_: "too late")
    for arrivals, record in waiting:
        came(arrivals, record)
    assert bob.texts("#picnic") == ["short"]
    first, second, third = (each.text for each in bob.ask(commands.Wordings(sent.id, "#picnic")))
    assert LONG.startswith(first)
    assert f"New. {LONG}".startswith(second)
    assert third == "short"
    alice.ask(commands.EditMessage(sent.id, f"At last. {LONG}", conversation="#picnic"))
    late = bob.hear(events.MessageEdited, lambda event: event.message.text.startswith("At last.")).message
    assert late.text_state is TextState.LATE


def test_one_that_was_edited_before_it_came_shows_the_edit(three: list[Party], monkeypatch: pytest.MonkeyPatch) -> None:
    alice, bob, carol = three
    came, waiting = TextArrivals.came, []
    monkeypatch.setattr(TextArrivals, "came", lambda self, record: waiting.append((self, record)))
    sent = alice.send("#picnic", LONG)
    for each in (bob, carol):
        each.hear(events.LineAdded, lambda event: event.message.id == sent.id)
    carol.until(lambda: len(waiting) >= 2, "the file")
    alice.ask(commands.EditMessage(sent.id, "shorter", conversation="#picnic"))
    for each in (bob, carol):
        each.hear(events.MessageEdited)
    for arrivals, record in waiting:
        came(arrivals, record)
    for each in (bob, carol):
        assert each.hear(events.MessageArrived, lambda event: event.message.id == sent.id).message.text == "shorter"
        assert [one.text for one in each.ask(commands.Wordings(sent.id, "#picnic"))] == [LONG, "shorter"]


def test_one_whose_file_is_another_is_told_of_with_its_beginning_and_can_be_tried_again(
    three: list[Party], monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, bob, _ = three
    came = TextArrivals.came

    monkeypatch.setattr(TextArrivals, "came", refuse)
    sent = alice.send("#picnic", LONG)
    arrived = whole_text(bob)
    assert arrived.text_state is TextState.FAILED
    assert LONG.startswith(arrived.text)
    monkeypatch.setattr(TextArrivals, "came", came)
    bob.ask(commands.ResumeFile(sent.id, TEXT_INDEX, "#picnic"))
    changed = bob.hear(events.TextStateChanged, lambda event: event.message.text_state is None)
    assert (changed.message.text, changed.before) == (LONG, TextState.FAILED)
    assert bob.texts("#picnic") == [LONG]
    # It was told of already: once.
    assert len([event for event in bob.of(events.MessageArrived) if event.message.id == sent.id]) == 1


def test_one_that_is_forwarded_before_it_came_goes_as_a_whole(
    three: list[Party], monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, bob, _ = three
    came = TextArrivals.came

    monkeypatch.setattr(TextArrivals, "came", refuse)
    sent = alice.send("#picnic", LONG)
    whole_text(bob)
    monkeypatch.setattr(TextArrivals, "came", came)
    bob.ask(commands.Forward(sent.id, (NOTES_LABEL,), "#picnic"))
    assert bob.texts(NOTES_LABEL) == [LONG]


def test_whoever_ends_while_it_is_on_its_way_shows_it_after_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(long_texts, "LONG_TEXT_DEVICES", 1)
    with running_relay(tmp_path / "relay") as house, relayed(tmp_path, house.address, "alice") as (alice,):
        with relayed(tmp_path, house.address, "bob") as (bob,):
            meet(alice, bob)
            start(alice, bob)
            came = TextArrivals.came
            asked: list[object] = []
            monkeypatch.setattr(TextArrivals, "came", lambda _, record: asked.append(record))
            sent = alice.send("#picnic", LONG)
            bob.until(lambda: bool(asked), "the file")
            assert [each.id for each in bob.ask(commands.TakeUnshown())] != [sent.id]
        monkeypatch.setattr(TextArrivals, "came", came)
        with relayed(tmp_path, house.address, "bob") as (bob,):
            assert whole_text(bob).text == LONG


def test_what_the_relay_has_no_longer_is_brought_by_others_who_have_read_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(long_texts, "LONG_TEXT_DEVICES", 2)
    monkeypatch.setattr(missing_files, "STILL_COMING_MS", 0)
    monkeypatch.setattr(missing_files, "READERS_AFTER_MS", 0)
    people = "alice", "bob", "carol"
    with running_relay(tmp_path / "relay") as house, relayed(tmp_path, house.address, *people) as (alice, bob, carol):
        for other in (bob, carol):
            meet(alice, other)
        start(alice, bob, carol)
        came = TextArrivals.came
        monkeypatch.setattr(TextArrivals, "came", lambda self, record: _came_of("bob", came, self, record))
        sent = alice.send("#picnic", LONG)
        assert whole_text(bob).text == LONG
        assert whole_text(carol).text_state is TextState.FAILED
        monkeypatch.setattr(TextArrivals, "came", came)
        alice.close()
        forget_files(house)
        for each in (bob, carol):
            each.until_online()
        carol.ask(commands.ResumeFile(sent.id, TEXT_INDEX, "#picnic"))
        changed = carol.hear(events.TextStateChanged, lambda event: event.message.text_state is None)
        assert changed.message.text == LONG


def _came_of(name: str, came: Callable[[TextArrivals, AttachmentRecord], None], *arrived: Any) -> None:
    """Let texts come to one person alone."""
    if arrived[0]._base.show.own_name != name:
        refuse()
    came(*arrived)
