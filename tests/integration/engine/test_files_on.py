"""Files that go on: forwarded with their message, each copy under a key of its own, and sent later with their text."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from babilu.api import commands as c
from babilu.api import events
from babilu.api.views import NOTES_LABEL, MessageView
from babilu.engine.commands.scheduled import ScheduledSender
from babilu.engine.files.fetching import FileFetcher
from babilu.kernel.errors import BabiluError, CryptoError, DeliveryError, ErrorCode, Reason, UsageError
from babilu.kernel.ids import MessageId
from babilu.kernel.limits import Limits
from babilu.kernel.states import FileState
from babilu.wire.file_entry import FileEntry
from tests.integration.engine.party import Party, WrongClock, befriend, direct
from tests.integration.engine.relays import House, running_relay
from tests.integration.engine.test_files import file_of, sealed_files, send, until_file

CONTENT = bytes(range(256)) * 1_000
HOUR = 3_600_000


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with running_relay(tmp_path / "relay", Limits(file_bytes=4_000_000)) as house:
        yield house


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "from" / "holiday.bin"
    path.parent.mkdir()
    path.write_bytes(CONTENT)
    return path


def came(party: Party, *, forwarded: bool = False) -> MessageView:
    """Wait for a message with a file."""

    def fits(event: events.MessageArrived) -> bool:
        return bool(event.message.files) and event.message.forwarded is forwarded

    return party.hear(events.MessageArrived, fits).message


def fetched(party: Party, message: MessageView, into: Path) -> bytes:
    saved = party.ask(c.FetchFile(message.id, 0, str(into)))
    return Path(saved.path or "").read_bytes()


def entry_of(party: Party, message: MessageId) -> FileEntry:
    with party.engine._base.database.read() as unit:
        record = unit.messages.by_id(message)
    assert record is not None
    return record.files[0].entry


def refusal(party: Party, command: c.Command[object]) -> BabiluError:
    with pytest.raises(BabiluError) as refused:
        party.ask(command)
    return refused.value


class TestForwarding:
    def test_takes_files_along_to_several_under_another_key_for_each(
        self, opened: Callable[..., Party], source: Path, into: Path
    ) -> None:
        alice, bob, carol = opened("alice"), opened("bob"), opened("carol")
        carol.send("bob", "hello")
        bob.send("carol", "hello")
        sent = send(alice, "bob", source, text="look")
        message = came(bob)
        bob.ask(c.FetchFile(message.id))
        ids = bob.ask(c.Forward(message.id, ("carol", NOTES_LABEL)))
        copy = came(carol, forwarded=True)
        assert (copy.text, copy.files[0].name, copy.files[0].size) == ("look", "holiday.bin", len(CONTENT))
        assert fetched(carol, copy, into) == CONTENT
        assert file_of(bob, ids[1]).state is FileState.SENT
        entries = [entry_of(bob, each) for each in (message.id, *ids)]
        assert entries[0] == entry_of(alice, sent.id)
        assert len({entry.key for entry in entries}) == len({entry.blob for entry in entries}) == 3
        assert len({entry.sha256 for entry in entries}) == 1

    def test_reaches_an_account_that_is_no_contact_yet_a_group_and_notes(
        self, opened: Callable[..., Party], source: Path, into: Path
    ) -> None:
        opened("alice")
        bob, carol = opened("bob"), opened("carol")
        bob.ask(c.StartGroup("Picnic", ("alice",)))
        note = send(bob, NOTES_LABEL, source, text="look")
        ids = bob.ask(c.Forward(note.id, ("carol", "#picnic", NOTES_LABEL)))
        copy = came(carol, forwarded=True)
        assert fetched(carol, copy, into) == CONTENT
        shown = [bob.ask(c.MessageInfo(each)).message for each in ids]
        assert [each.conversation for each in shown] == ["carol", "#picnic", NOTES_LABEL]
        assert all(each.forwarded for each in shown)
        assert refusal(bob, c.Forward(note.id, (NOTES_LABEL, "nobody"))).code is ErrorCode.NOT_FOUND

    def test_fetches_what_is_not_here_first(self, opened: Callable[..., Party], source: Path, into: Path) -> None:
        alice, bob = opened("alice"), opened("bob")
        other = source.with_name("other.bin")
        other.write_bytes(b"other")
        alice.ask(c.Send("bob", "two", files=(str(source), str(other))))
        message = came(bob)
        bob.ask(c.FetchFile(message.id, 1))
        (forwarded,) = bob.ask(c.Forward(message.id, (NOTES_LABEL,)))
        note = bob.ask(c.MessageInfo(forwarded)).message
        assert (note.text, [file.name for file in note.files]) == ("two", ["holiday.bin", "other.bin"])
        assert fetched(bob, note, into) == CONTENT
        assert file_of(bob, message.id).state is FileState.HERE

    def test_leaves_the_folder_alone_into_which_a_file_is_being_fetched(
        self, opened: Callable[..., Party], source: Path, into: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        alice, bob = opened("alice"), opened("bob")
        send(alice, "bob", source)
        message = came(bob)
        begun, go_on, fetch = threading.Event(), threading.Event(), FileFetcher.fetch

        def slow(*given: Any) -> None:
            begun.set()
            assert go_on.wait(30)
            fetch(*given)

        monkeypatch.setattr(FileFetcher, "fetch", slow)
        try:
            saved = bob.client.request(c.FetchFile(message.id, 0, str(into)))
            assert begun.wait(30)
            forwarded = bob.client.request(c.Forward(message.id, (NOTES_LABEL,)))
            # Commands are done in turn: it was begun by now.
            bob.ask(c.SetReceipts())
            assert not forwarded.done()
        finally:
            go_on.set()
        assert Path(saved.result(30).path or "").read_bytes() == CONTENT
        assert len(forwarded.result(30)) == 1

    def test_of_what_cannot_be_had_is_refused_and_leaves_nothing(
        self, opened: Callable[..., Party], source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        alice, bob = opened("alice"), opened("bob")
        send(alice, "bob", source)
        message = came(bob)

        def spoiled(*_: object) -> None:
            raise CryptoError(ErrorCode.DECRYPTION_FAILED, "It is another file.")

        monkeypatch.setattr(FileFetcher, "fetch", spoiled)
        assert refusal(bob, c.Forward(message.id, (NOTES_LABEL,))).code is ErrorCode.DECRYPTION_FAILED
        assert bob.ask(c.History(NOTES_LABEL)).messages == ()
        assert sealed_files(tmp_path, "bob") == []

    def test_of_an_own_file_that_is_lost_here_is_refused(
        self, opened: Callable[..., Party], source: Path, tmp_path: Path
    ) -> None:
        alice = opened("alice")
        note = send(alice, NOTES_LABEL, source)
        (sealed,) = sealed_files(tmp_path, "alice")
        sealed.unlink()
        refused = refusal(alice, c.Forward(note.id, (NOTES_LABEL,)))
        assert (refused.code, refused.reason) == (ErrorCode.NOT_FOUND, Reason.FILE)

    def test_that_fails_for_one_leaves_no_copy_for_them_and_goes_to_the_others(
        self, opened: Callable[..., Party], source: Path, tmp_path: Path
    ) -> None:
        alice, bob = opened("alice"), opened("bob")
        alice.send("bob", "hello")
        bob.until_arrived("alice", ["hello"])
        note = send(alice, NOTES_LABEL, source)
        alice.ask(c.Block("bob"))
        refused = refusal(alice, c.Forward(note.id, ("bob", NOTES_LABEL)))
        assert refused.code is ErrorCode.BLOCKED
        alice.until(lambda: len(sealed_files(tmp_path, "alice")) == 2, "the note's file and its copy")

    def test_of_a_file_that_was_changed_on_the_disk_is_refused(
        self, opened: Callable[..., Party], source: Path, tmp_path: Path
    ) -> None:
        alice = opened("alice")
        note = send(alice, NOTES_LABEL, source)
        (sealed,) = sealed_files(tmp_path, "alice")
        octets = bytearray(sealed.read_bytes())
        octets[100_000] ^= 1
        sealed.write_bytes(octets)
        refused = refusal(alice, c.Forward(note.id, (NOTES_LABEL,)))
        assert refused.code is ErrorCode.DECRYPTION_FAILED
        assert sealed_files(tmp_path, "alice") == [sealed]

    def test_goes_over_a_direct_connection_too(self, tmp_path: Path, source: Path, into: Path) -> None:
        with direct(tmp_path, "alice", "bob") as (alice, bob):
            befriend(alice, bob)
            note = send(alice, NOTES_LABEL, source)
            alice.ask(c.Forward(note.id, ("bob",)))
            assert fetched(bob, came(bob, forwarded=True), into) == CONTENT


class TestLater:
    def test_a_file_goes_as_it_was_when_it_was_chosen(
        self, opened: Callable[..., Party], source: Path, into: Path, tmp_path: Path
    ) -> None:
        clock = WrongClock()
        alice, bob = opened("alice", clock), opened("bob")
        at = alice.engine._base.clock.now_ms() + HOUR
        kept = alice.ask(c.Schedule("bob", "", at, files=(str(source),)))
        assert (kept.text, kept.files) == ("", ("holiday.bin",))
        source.write_bytes(b"other")
        assert [each.files for each in alice.ask(c.Scheduled())] == [("holiday.bin",)]
        message = alice.ask(c.SendNow(kept.number))
        assert alice.ask(c.Scheduled()) == ()
        until_file(alice, message.id, FileState.SENT)
        assert fetched(bob, came(bob), into) == CONTENT
        assert len(sealed_files(tmp_path, "alice")) == 1

    def test_a_file_waits_over_the_end_of_the_client_and_is_sent_when_it_is_due(
        self, opened: Callable[..., Party], source: Path, into: Path
    ) -> None:
        alice, bob = opened("alice"), opened("bob")
        at = alice.engine._base.clock.now_ms() + HOUR
        alice.ask(c.Schedule("bob", "for you", at, files=(str(source), str(source))))
        alice.close()
        source.unlink()
        opened("alice", WrongClock(2 * HOUR))
        message = came(bob)
        assert (message.text, [file.name for file in message.files]) == ("for you", ["holiday.bin", "holiday.bin"])
        assert fetched(bob, message, into) == CONTENT

    def test_what_is_given_up_takes_its_file_along(
        self, opened: Callable[..., Party], source: Path, tmp_path: Path
    ) -> None:
        alice = opened("alice")
        at = alice.engine._base.clock.now_ms() + HOUR
        kept = alice.ask(c.Schedule(NOTES_LABEL, "", at, files=(str(source),)))
        assert len(sealed_files(tmp_path, "alice")) == 1
        alice.ask(c.Unschedule(kept.number))
        alice.until(lambda: sealed_files(tmp_path, "alice") == [], "an empty folder")

    def test_what_cannot_be_kept_is_refused_and_leaves_nothing(
        self, opened: Callable[..., Party], source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        alice = opened("alice")
        at = alice.engine._base.clock.now_ms() + HOUR
        for files, text, when in (
            ((str(tmp_path / "nowhere"),), "", at),
            (("relative.bin",), "", at),
            ((str(source),), "", 1),
            ((), " ", at),
        ):
            with pytest.raises(UsageError):
                alice.ask(c.Schedule(NOTES_LABEL, text, when, files=files))
        sealed: list[int] = []

        def no_room(*_: object) -> None:
            sealed.append(len(sealed_files(tmp_path, "alice")))
            raise DeliveryError(ErrorCode.QUOTA, "There is no room.")

        monkeypatch.setattr(ScheduledSender, "keep", no_room)
        with pytest.raises(DeliveryError):
            alice.ask(c.Schedule(NOTES_LABEL, "", at, files=(str(source),)))
        assert sealed == [1]
        alice.until(lambda: sealed_files(tmp_path, "alice") == [], "an empty folder")
