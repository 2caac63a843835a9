"""Long texts to many devices over a real relay: each fetches the text once, and shows it whole or says why not."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from babilu.api import commands, events
from babilu.api.views import NOTES_LABEL, TEXT_INDEX, MessageView
from babilu.engine.conversation import long_texts
from babilu.engine.files.text_files import TextArrivals
from babilu.kernel.errors import CryptoError, ErrorCode
from babilu.kernel.ids import MessageId
from babilu.kernel.limits import BEGINNING_BYTES
from babilu.kernel.states import MessageState, TextState
from babilu.wire.content import Text, read_part
from tests.integration.engine.party import Party, relayed
from tests.integration.engine.relays import running_relay
from tests.integration.engine.test_groups import meet, start

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
