"""Files of messages between two clients and a relay: moved whole, gone on with, saved over nothing, and deleted."""

import contextlib
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from babilu.api import commands as c
from babilu.api import events, views
from babilu.crypto.sealed_file import BLOCK_BYTES
from babilu.engine.files.exchange import FileExchange
from babilu.engine.files.fetching import FileFetcher
from babilu.engine.files.folder import FileFolder
from babilu.engine.files.incoming_file import IncomingFile
from babilu.engine.files.part_file import PartFile
from babilu.engine.files.transfers import FileTransfers
from babilu.kernel.errors import BabiluError, ErrorCode, ProfileError, Reason
from babilu.kernel.ids import BlobId, MessageId
from babilu.kernel.limits import DAY_MS, FILES_OF_MESSAGE, Limits
from babilu.kernel.states import FileDirection, FileState, MediaKind, TransferState
from babilu.store.attachments import Attachments
from babilu.store.file_records import AttachmentRecord
from tests.integration.engine.party import Party, WrongClock
from tests.integration.engine.relays import House, running_relay

SIZE = 20 * BLOCK_BYTES + 17


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with running_relay(tmp_path / "relay", Limits(file_bytes=4_000_000)) as house:
        yield house


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "from" / "holiday.bin"
    path.parent.mkdir()
    path.write_bytes(os.urandom(SIZE))
    return path


def send(party: Party, to: str, *files: Path, text: str = "") -> views.MessageView:
    return party.ask(c.Send(to, text, files=tuple(map(str, files))))


def came(party: Party) -> views.MessageView:
    return party.hear(events.MessageArrived).message


def file_of(party: Party, message: MessageId, index: int = 0) -> views.FileView:
    return party.ask(c.MessageInfo(message)).message.files[index]


def until_file(party: Party, message: MessageId, *states: FileState) -> None:
    party.until(lambda: file_of(party, message).state in states, f"a file that is {states}")


def sealed_files(tmp_path: Path, name: str) -> list[Path]:
    return sorted((tmp_path / name).glob("*.files/*"))


def nothing_sealed(tmp_path: Path, name: str) -> bool:
    return sealed_files(tmp_path, name) == []


def refusal(party: Party, command: c.Command[object]) -> ErrorCode:
    with pytest.raises(BabiluError) as refused:
        party.ask(command)
    return refused.value.code


def test_a_file_comes_whole_under_its_name(opened: Callable[..., Party], source: Path, into: Path) -> None:
    alice, bob = opened("alice"), opened("bob")
    sent = send(alice, "bob", source, text="look")
    message = came(bob)
    assert (message.text, [(each.name, each.size, each.state) for each in message.files]) == (
        "look",
        [("holiday.bin", SIZE, FileState.OFFERED)],
    )
    saved = bob.ask(c.FetchFile(message.id, 0, str(into)))
    assert saved.path == str(into / "holiday.bin")
    assert (into / "holiday.bin").read_bytes() == source.read_bytes()
    assert file_of(bob, message.id).state is FileState.HERE
    until_file(alice, sent.id, FileState.SENT)
    ends = [
        (each.direction, each.state, each.done)
        for each in (*alice.of(events.FileTransfer), *bob.of(events.FileTransfer))
    ]
    assert (FileDirection.OUT, TransferState.DONE, SIZE) in ends
    assert (FileDirection.IN, TransferState.DONE, SIZE) in ends


@pytest.mark.parametrize(("pause_ms", "commits"), [(600_000, False), (0, True)])
def test_how_far_it_is_is_committed_now_and_then_and_not_for_each_part(
    opened: Callable[..., Party],
    source: Path,
    monkeypatch: pytest.MonkeyPatch,
    pause_ms: int,
    commits: bool,  # what the parameters say
) -> None:
    monkeypatch.setattr("babilu.engine.files.transfers.KEPT_EVERY_BYTES", BLOCK_BYTES)
    monkeypatch.setattr("babilu.engine.files.transfers.KEPT_EVERY_MS", pause_ms)
    alice, bob = opened("alice"), opened("bob")
    noted: list[int] = []
    set_done = Attachments.set_done

    def noting(attachments: Attachments, number: int, done: int) -> None:
        noted.append(done)
        set_done(attachments, number, done)

    monkeypatch.setattr(Attachments, "set_done", noting)
    sent = send(alice, "bob", source)
    until_file(alice, sent.id, FileState.SENT)
    bob.ask(c.FetchFile(came(bob).id, 0))
    assert any(0 < done < SIZE for done in noted) is commits


def test_nothing_is_saved_over_and_nothing_may_be_run(opened: Callable[..., Party], source: Path, into: Path) -> None:
    alice, bob = opened("alice"), opened("bob")
    source.chmod(0o755)
    (into / "holiday.bin").write_text("mine")
    (into / "holiday (2).bin").symlink_to(into / "nowhere")
    send(alice, "bob", source)
    message = came(bob)
    for number in (3, 4):
        saved = bob.ask(c.FetchFile(message.id, 0, str(into)))
        assert saved.path == str(into / f"holiday ({number}).bin")
        assert Path(saved.path).stat().st_mode & 0o111 == 0
    assert (into / "holiday.bin").read_text() == "mine"
    assert not (into / "nowhere").exists()


def test_several_files_go_in_one_message_without_a_text(
    opened: Callable[..., Party], source: Path, into: Path, tmp_path: Path
) -> None:
    alice, bob = opened("alice"), opened("bob")
    empty = tmp_path / "empty.txt"
    empty.write_bytes(b"")
    send(alice, "bob", source, empty)
    message = came(bob)
    assert [(each.index, each.name, each.size, each.type) for each in message.files] == [
        (0, "holiday.bin", SIZE, "application/octet-stream"),
        (1, "empty.txt", 0, "text/plain"),
    ]
    saved = bob.ask(c.FetchFile(message.id, 1, str(into)))
    assert saved.path is not None
    assert Path(saved.path).read_bytes() == b""


def test_what_is_sent_offline_goes_once_the_relay_is_there(
    opened: Callable[..., Party], house: House, source: Path, into: Path
) -> None:
    alice, bob = opened("alice"), opened("bob")
    alice.send("bob", "hello")
    came(bob)
    house.stop()
    alice.until_offline()
    sent = send(alice, "bob", source)
    assert file_of(alice, sent.id).state is FileState.SENDING
    house.start()
    alice.ask(c.TryNow())
    bob.ask(c.TryNow())
    message = bob.hear(events.MessageArrived, lambda event: event.message.id == sent.id).message
    saved = bob.ask(c.FetchFile(message.id, 0, str(into)))
    assert Path(saved.path or "").read_bytes() == source.read_bytes()


def test_a_reader_waits_for_a_file_that_its_sender_still_holds(
    opened: Callable[..., Party], source: Path, into: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, bob = opened("alice"), opened("bob")
    upload = FileExchange.upload

    def refuse(*_: object) -> None:
        raise BabiluError(ErrorCode.QUOTA, "There is no room.")

    monkeypatch.setattr(FileExchange, "upload", refuse)
    sent = send(alice, "bob", source)
    message = came(bob)
    fetched = bob.client.request(c.FetchFile(message.id, 0, str(into)))
    until_file(bob, message.id, FileState.FETCHING)
    monkeypatch.setattr(FileExchange, "upload", upload)
    alice.ask(c.ResumeFile(sent.id))
    until_file(alice, sent.id, FileState.SENT)
    bob.ask(c.ResumeFile(message.id))
    assert Path(fetched.result(30).path or "").read_bytes() == source.read_bytes()


def test_a_fetch_goes_on_from_what_is_here_after_the_client_ended(
    opened: Callable[..., Party], source: Path, into: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, bob = opened("alice"), opened("bob")
    sent = send(alice, "bob", source)
    until_file(alice, sent.id, FileState.SENT)
    message = came(bob)
    write = IncomingFile._write
    kept: list[int] = []

    def once(file: IncomingFile, blocks: Sequence[bytes]) -> None:
        if kept:
            raise BabiluError(ErrorCode.UNAVAILABLE, "The machine stops.")
        kept.append(file.offset + sum(map(len, blocks)))
        write(file, blocks)

    monkeypatch.setattr(IncomingFile, "_write", once)
    bob.client.request(c.FetchFile(message.id, 0, str(into)))
    bob.until(lambda: bool(kept), "some blocks")
    bob.close()
    again: list[int] = []

    def noted(file: IncomingFile, blocks: Sequence[bytes]) -> None:
        again.append(file.offset)
        write(file, blocks)

    monkeypatch.setattr(IncomingFile, "_write", noted)
    bob = opened("bob")
    saved = bob.hear(events.FileSaved).file
    assert again[0] == kept[0] > 0
    assert Path(saved.path or "").read_bytes() == source.read_bytes()


def test_a_file_that_the_relay_changed_is_not_saved_and_leaves_nothing(
    opened: Callable[..., Party], house: House, source: Path, into: Path, tmp_path: Path
) -> None:
    alice, bob = opened("alice"), opened("bob")
    sent = send(alice, "bob", source)
    until_file(alice, sent.id, FileState.SENT)
    message = came(bob)
    (blob,) = (path for path in (house.home / "blobs").rglob("*") if path.is_file())
    octets = bytearray(blob.read_bytes())
    octets[SIZE // 2] ^= 1
    blob.write_bytes(octets)
    assert refusal(bob, c.FetchFile(message.id, 0, str(into))) is ErrorCode.DECRYPTION_FAILED
    assert (file_of(bob, message.id).state, file_of(bob, message.id).error) == (FileState.FAILED, "decryption_failed")
    assert list(into.iterdir()) == []
    assert sealed_files(tmp_path, "bob") == []


def test_what_is_deleted_for_all_takes_its_files_along(
    opened: Callable[..., Party], source: Path, tmp_path: Path
) -> None:
    alice, bob = opened("alice"), opened("bob")
    sent = send(alice, "bob", source)
    message = came(bob)
    bob.ask(c.FetchFile(message.id, 0, None))
    assert len(sealed_files(tmp_path, "alice")) == len(sealed_files(tmp_path, "bob")) == 1
    alice.ask(c.DeleteMessage(sent.id, for_all=True))
    bob.hear(events.MessageDeleted)
    for party in (alice, bob):
        party.until(partial(nothing_sealed, tmp_path, party.name), "an empty folder")
        assert party.ask(c.MessageInfo(sent.id)).message.files == ()


def test_what_is_deleted_here_takes_its_file_along(opened: Callable[..., Party], source: Path, tmp_path: Path) -> None:
    alice, bob = opened("alice"), opened("bob")
    sent = send(alice, "bob", source)
    came(bob)
    until_file(alice, sent.id, FileState.SENT)
    alice.ask(c.DeleteMessage(sent.id))
    alice.until(lambda: sealed_files(tmp_path, "alice") == [], "an empty folder")


def test_a_transfer_is_held_goes_on_and_is_ended(opened: Callable[..., Party], house: House, source: Path) -> None:
    alice, bob = opened("alice"), opened("bob")
    alice.send("bob", "hello")
    came(bob)
    house.stop()
    alice.until_offline()
    sent = send(alice, "bob", source)
    alice.ask(c.PauseFile(sent.id))
    assert file_of(alice, sent.id).state is FileState.PAUSED
    assert alice.hear(events.FileTransfer, lambda event: event.state is TransferState.PAUSED).message == sent.id
    house.start()
    alice.ask(c.TryNow())
    alice.until_online()
    assert file_of(alice, sent.id).state is FileState.PAUSED
    alice.ask(c.CancelFile(sent.id))
    assert (file_of(alice, sent.id).state, file_of(alice, sent.id).error) == (FileState.FAILED, "closed")
    alice.ask(c.ResumeFile(sent.id))
    until_file(alice, sent.id, FileState.SENT)


def test_a_fetch_is_held_where_it_begins_and_let_go_where_it_stops(
    opened: Callable[..., Party], source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, bob = opened("alice"), opened("bob")
    sent = send(alice, "bob", source)
    until_file(alice, sent.id, FileState.SENT)
    message = came(bob)
    take_next, leave = FileTransfers._take_next, FileTransfers._leave
    left: list[list[str]] = []

    def held(transfers: FileTransfers, *given: Any) -> Any:
        records = take_next(transfers, *given)
        if records and not left:
            bob.ask(c.PauseFile(message.id))
        return records

    def let_go(transfers: FileTransfers, *given: Any) -> None:
        # Alice may not have let go of hers yet.
        if transfers is bob.engine._transfers and not left:
            left.append([path.suffix for path in sealed_files(tmp_path, "bob")])
            bob.ask(c.ResumeFile(message.id))
        leave(transfers, *given)

    monkeypatch.setattr(FileTransfers, "_take_next", held)
    monkeypatch.setattr(FileTransfers, "_leave", let_go)
    bob.client.request(c.FetchFile(message.id)).result(30)
    assert left == [[".part"]]
    assert file_of(bob, message.id).state is FileState.HERE


def test_one_sealed_file_of_two_entries_is_fetched_by_one_thread_at_a_time(
    opened: Callable[..., Party], source: Path, into: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, bob = opened("alice"), opened("bob")
    seal_opened, sealed = FileFolder.seal_opened, list[Any]()

    def seal_once(*given: Any) -> Any:
        if not sealed:
            sealed.append(seal_opened(*given))
        return sealed[0]

    monkeypatch.setattr(FileFolder, "seal_opened", seal_once)
    send(alice, "bob", source, source)
    message = came(bob)
    fetch, lock, entered, second = FileFetcher.fetch, threading.Lock(), list[bool](), threading.Event()

    def watched(*given: Any) -> None:
        if not lock.acquire(blocking=False):
            entered.append(True)
            second.set()
        else:
            # Long enough for another thread to look.
            second.wait(0.5)
            lock.release()
        fetch(*given)

    monkeypatch.setattr(FileFetcher, "fetch", watched)
    both = [bob.client.request(c.FetchFile(message.id, index, str(into))) for index in range(2)]
    assert [Path(each.result(30).path or "").read_bytes() for each in both] == [source.read_bytes()] * 2
    assert entered == []


def test_a_fetch_that_is_ended_leaves_nothing_and_can_be_begun_anew(
    opened: Callable[..., Party], source: Path, into: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, bob = opened("alice"), opened("bob")
    sent = send(alice, "bob", source)
    until_file(alice, sent.id, FileState.SENT)
    message = came(bob)
    finish = FileFolder.finish

    def later(*_: object) -> None:
        raise BabiluError(ErrorCode.UNAVAILABLE, "Later.")

    monkeypatch.setattr(FileFolder, "finish", later)
    fetched = bob.client.request(c.FetchFile(message.id, 0, str(into)))
    bob.until(lambda: len(sealed_files(tmp_path, "bob")) == 1, "a part of a file")
    bob.ask(c.CancelFile(message.id))
    with pytest.raises(BabiluError) as ended:
        fetched.result(30)
    assert ended.value.code is ErrorCode.CLOSED
    assert file_of(bob, message.id).state is FileState.OFFERED
    bob.until(lambda: sealed_files(tmp_path, "bob") == [], "an empty folder")
    monkeypatch.setattr(FileFolder, "finish", finish)
    saved = bob.ask(c.FetchFile(message.id, 0, str(into)))
    assert Path(saved.path or "").read_bytes() == source.read_bytes()


@pytest.mark.parametrize("act", [c.CancelFile, c.DeleteMessage])
def test_a_part_that_comes_after_a_fetch_was_ended_leaves_nothing_either(
    act: Callable[[MessageId], c.Command[object]],
    opened: Callable[..., Party],
    source: Path,
    into: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    alice, bob = opened("alice"), opened("bob")
    sent = send(alice, "bob", source)
    until_file(alice, sent.id, FileState.SENT)
    message = came(bob)
    writes, ended, left = threading.Event(), threading.Event(), threading.Event()
    growing, leave = FileFolder.growing, FileTransfers._leave

    def slowly(folder: FileFolder, blob: BlobId, offset: int) -> PartFile:
        writes.set()
        assert ended.wait(30)
        return growing(folder, blob, offset)

    def leaves(transfers: FileTransfers, records: Sequence[AttachmentRecord]) -> None:
        leave(transfers, records)
        if records[0].save_into is not None:
            left.set()

    monkeypatch.setattr(FileFolder, "growing", slowly)
    monkeypatch.setattr(FileTransfers, "_leave", leaves)
    fetched = bob.client.request(c.FetchFile(message.id, 0, str(into)))
    assert writes.wait(30)
    bob.ask(act(message.id))
    # The thread is about to write what nobody needs any more.
    ended.set()
    with contextlib.suppress(BabiluError):
        fetched.result(30)
    assert left.wait(30)
    assert sealed_files(tmp_path, "bob") == []


def gone_from(house: House) -> None:
    """Delete the sealed file that lies at a relay."""
    (blob,) = (path for path in (house.home / "blobs").rglob("*") if path.is_file())
    blob.unlink()


def test_a_file_that_the_relay_has_no_more_is_brought_again_by_its_sender(
    opened: Callable[..., Party], house: House, source: Path, into: Path
) -> None:
    clock = WrongClock()
    alice, bob = opened("alice"), opened("bob", clock)
    sent = send(alice, "bob", source)
    until_file(alice, sent.id, FileState.SENT)
    message = came(bob)
    bob.send("alice", "thank you")
    alice.until_arrived("bob", ["thank you"])
    gone_from(house)
    clock.ahead_ms = 2 * DAY_MS
    saved = bob.ask(c.FetchFile(message.id, 0, str(into)))
    assert Path(saved.path or "").read_bytes() == source.read_bytes()


def test_a_file_whose_sender_does_not_answer_for_a_day_has_failed(
    opened: Callable[..., Party], house: House, source: Path, into: Path
) -> None:
    clock = WrongClock()
    alice, bob = opened("alice"), opened("bob", clock)
    sent = send(alice, "bob", source)
    until_file(alice, sent.id, FileState.SENT)
    message = came(bob)
    alice.close()
    gone_from(house)
    clock.ahead_ms = 2 * DAY_MS
    fetched = bob.client.request(c.FetchFile(message.id, 0, str(into)))
    bob.until(lambda: file_of(bob, message.id).error == "not_found", "a file that is missing")
    assert file_of(bob, message.id).state is FileState.FETCHING
    clock.ahead_ms = 3 * DAY_MS + 1
    bob.ask(c.ResumeFile(message.id))
    with pytest.raises(BabiluError) as refused:
        fetched.result(30)
    assert refused.value.code is ErrorCode.NOT_FOUND
    assert file_of(bob, message.id).state is FileState.FAILED


def test_a_file_for_which_there_is_no_room_says_so_and_comes_once_there_is(
    opened: Callable[..., Party], source: Path, into: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, bob = opened("alice"), opened("bob")
    sent = send(alice, "bob", source)
    until_file(alice, sent.id, FileState.SENT)
    message = came(bob)
    write, full = IncomingFile._write, threading.Event()
    full.set()

    def write_where_there_is_room(file: IncomingFile, blocks: Sequence[bytes]) -> None:
        if full.is_set():
            raise ProfileError(ErrorCode.DISK_FULL, "The disk is full.")
        write(file, blocks)

    monkeypatch.setattr(IncomingFile, "_write", write_where_there_is_room)
    fetched = bob.client.request(c.FetchFile(message.id, 0, str(into)))
    told = bob.hear(events.FileTransfer, lambda event: event.error is not None)
    assert (told.state, told.error) == (TransferState.RUNNING, "disk_full")
    waiting = file_of(bob, message.id)
    assert (waiting.state, waiting.error) == (FileState.FETCHING, "disk_full")
    full.clear()
    assert Path(fetched.result(30).path or "").read_bytes() == source.read_bytes()
    here = file_of(bob, message.id)
    assert (here.state, here.error) == (FileState.HERE, None)


def test_a_file_in_the_notes_is_sealed_here_and_goes_nowhere(
    opened: Callable[..., Party], house: House, source: Path, into: Path
) -> None:
    alice = opened("alice")
    note = send(alice, views.NOTES_LABEL, source)
    assert file_of(alice, note.id).state is FileState.SENT
    saved = alice.ask(c.FetchFile(note.id, 0, str(into)))
    assert Path(saved.path or "").read_bytes() == source.read_bytes()
    assert [path for path in (house.home / "blobs").rglob("*") if path.is_file()] == []


def test_what_cannot_be_sent_is_refused_and_leaves_nothing(
    opened: Callable[..., Party], source: Path, tmp_path: Path
) -> None:
    alice, bob = opened("alice"), opened("bob")
    alice.send("bob", "hello")
    came(bob)
    large = tmp_path / "large.bin"
    with large.open("wb") as file:
        file.truncate(4_000_001)
    for files, code in (
        ((str(tmp_path),), ErrorCode.USAGE),
        ((str(tmp_path / "nowhere"),), ErrorCode.USAGE),
        ((str(source), "relative.txt"), ErrorCode.USAGE),
        ((str(source),) * (FILES_OF_MESSAGE + 1), ErrorCode.USAGE),
        ((str(source), str(tmp_path / "nowhere")), ErrorCode.USAGE),
        ((str(source), str(large)), ErrorCode.TOO_LARGE),
    ):
        assert refusal(alice, c.Send("bob", "", files=files)) is code
    assert sealed_files(tmp_path, "alice") == []
    assert refusal(alice, c.Send("bob", "x" * 60_001, files=(str(source),))) is ErrorCode.TOO_LARGE
    alice.until(lambda: sealed_files(tmp_path, "alice") == [], "an empty folder")


def test_whoever_gives_up_waiting_takes_no_file_out_of_a_message(
    opened: Callable[..., Party], source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = opened("alice")
    begun, go_on = threading.Event(), threading.Event()
    seal_opened = FileFolder.seal_opened

    def sealed_slowly(*given: Any) -> Any:
        begun.set()
        assert go_on.wait(10)
        return seal_opened(*given)

    monkeypatch.setattr(FileFolder, "seal_opened", sealed_slowly)
    first, second = (
        alice.engine.request(c.Send(views.NOTES_LABEL, text, files=(str(source),))) for text in ("first", "second")
    )
    assert begun.wait(10)
    assert second.cancel()
    first.cancel()
    go_on.set()
    alice.until(lambda: len(alice.ask(c.History(views.NOTES_LABEL, 10)).messages) == 1, "one message")
    alice.ask(c.Send(views.NOTES_LABEL, "third", files=(str(source),)))
    messages = alice.ask(c.History(views.NOTES_LABEL, 10)).messages
    assert [message.text for message in messages] == ["first", "third"]
    assert len(sealed_files(tmp_path, "alice")) == 2


def test_what_a_former_run_sealed_and_never_sent_is_deleted(
    opened: Callable[..., Party], source: Path, tmp_path: Path
) -> None:
    alice = opened("alice")
    send(alice, views.NOTES_LABEL, source)
    (kept,) = sealed_files(tmp_path, "alice")
    alice.close()
    (kept.parent / ("ab" * 16)).write_bytes(b"sealed")
    (kept.parent / ("cd" * 16 + ".part")).write_bytes(b"sealed")
    alice = opened("alice")
    alice.until(lambda: sealed_files(tmp_path, "alice") == [kept], "one file")


def test_a_file_that_is_not_of_the_message_is_not_found(opened: Callable[..., Party], source: Path, into: Path) -> None:
    alice, bob = opened("alice"), opened("bob")
    send(alice, "bob", source)
    message = came(bob)
    assert refusal(bob, c.FetchFile(message.id, 1, str(into))) is ErrorCode.NOT_FOUND
    assert refusal(bob, c.FetchFile(message.id, 0, "relative")) is ErrorCode.USAGE
    assert refusal(bob, c.FetchFile(message.id, 0, str(into / "nowhere"))) is ErrorCode.USAGE
    assert file_of(bob, message.id).state is FileState.OFFERED


def test_a_client_knows_which_files_the_relay_takes_and_until_when_it_stores_one(
    opened: Callable[..., Party], source: Path
) -> None:
    alice, bob = opened("alice"), opened("bob")
    status = alice.ask(c.Status())
    assert (status.file_bytes, status.files_kept_ms) == (4_000_000, Limits().files_kept_ms)
    before = alice.engine._base.clock.now_ms()
    sent = send(alice, "bob", source)
    until_file(alice, sent.id, FileState.SENT)
    kept_until = file_of(alice, sent.id).kept_until
    assert kept_until is not None
    assert before <= kept_until - Limits().files_kept_ms <= alice.engine._base.clock.now_ms()
    assert file_of(bob, came(bob).id).kept_until is None


def test_a_file_larger_than_the_relay_takes_is_refused_with_both_sizes(
    opened: Callable[..., Party], tmp_path: Path
) -> None:
    alice = opened("alice")
    opened("bob")
    large = tmp_path / "large.bin"
    with large.open("wb") as file:
        file.truncate(4_000_001)
    with pytest.raises(BabiluError, match="4,000,001 bytes, and the relay takes at most 4,000,000") as refused:
        send(alice, "bob", large)
    assert (refused.value.code, refused.value.reason) == (ErrorCode.TOO_LARGE, Reason.FILE)
    assert refused.value.details == {"file": "large.bin", "size": 4_000_001, "largest": 4_000_000}
    assert nothing_sealed(tmp_path, "alice")


def test_a_quote_of_files_alone_names_them_until_they_are_deleted(opened: Callable[..., Party], source: Path) -> None:
    alice, bob = opened("alice"), opened("bob")
    sent = send(alice, "bob", source)
    message = came(bob)
    answer = bob.ask(c.Send("alice", "thanks", reply_to=message.id))
    quoted = (views.QuotedFileView("holiday.bin", MediaKind.FILE),)
    for party in (alice, bob):
        party.until(lambda party=party: is_known(party, answer.id), "the answer")  # type: ignore[misc]
        assert quote_of(party, answer.id).files == quoted
    alice.ask(c.DeleteMessage(sent.id, for_all=True))
    bob.hear(events.MessageDeleted)
    for party in (alice, bob):
        assert quote_of(party, answer.id) == views.QuoteView(message.id, "alice", "", known=True)


def is_known(party: Party, message: MessageId) -> bool:
    other = "bob" if party.name == "alice" else "alice"
    return any(each.id == message for each in party.ask(c.History(other)).messages)


def quote_of(party: Party, message: MessageId) -> views.QuoteView:
    quote = party.ask(c.MessageInfo(message)).message.reply_to
    assert quote is not None
    return quote


def test_both_sides_list_what_a_conversation_has_besides_words(opened: Callable[..., Party], source: Path) -> None:
    alice, bob = opened("alice"), opened("bob")
    picture = source.with_suffix(".png")
    picture.write_bytes(source.read_bytes())
    both = alice.ask(c.Send("bob", "see https://a.example", files=(str(source), str(picture)), as_files=True))
    came(bob)
    for party, other in ((alice, "bob"), (bob, "alice")):
        for kind in (MediaKind.PICTURE, MediaKind.FILE, MediaKind.LINK):
            page = party.ask(c.Media(other, kind))
            assert ([each.id for each in page.messages], page.more, page.kind) == ([both.id], False, kind)
        assert [each.kind for each in page.messages[0].files] == [MediaKind.FILE, MediaKind.PICTURE]
        assert party.ask(c.Media(other, MediaKind.VOICE)).messages == ()
    alice.ask(c.EditMessage(both.id, "no link"))
    bob.hear(events.MessageEdited)
    assert bob.ask(c.Media("alice", MediaKind.LINK)).messages == ()
