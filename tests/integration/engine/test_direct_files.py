"""Files between two clients that are connected directly: pulled from whoever sent them, by whom they were sent to."""

import asyncio
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from babilu.api import commands as c
from babilu.api import events
from babilu.api.views import MessageView
from babilu.crypto.sealed_file import BLOCK_BYTES, sealed_size
from babilu.engine.files.incoming_file import IncomingFile
from babilu.engine.files.serving import FileServer
from babilu.engine.transport.direct_parts import PartAnswer
from babilu.kernel.errors import BabiluError, ErrorCode
from babilu.kernel.ids import BlobId, MessageId
from babilu.kernel.limits import Limits
from babilu.kernel.states import FileDirection, FileState, TransferState
from babilu.wire.direct_frames import BlobData, BlobGet
from tests.integration.engine.insiders import contact_of
from tests.integration.engine.party import DEADLINE_S, LOOPBACK, Party, befriend, direct, relayed
from tests.integration.engine.relays import House, running_relay
from tests.integration.engine.test_files import file_of, sealed_files, send, until_file

SIZE = 100 * BLOCK_BYTES + 17
HALF = 30 * BLOCK_BYTES


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "from" / "holiday.bin"
    path.parent.mkdir()
    path.write_bytes(os.urandom(SIZE))
    return path


@pytest.fixture
def friends(tmp_path: Path) -> Iterator[tuple[Party, Party]]:
    """Two who need no relay, connected."""
    with direct(tmp_path, "alice", "bob") as (alice, bob):
        befriend(alice, bob)
        yield alice, bob


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with running_relay(tmp_path / "relay", Limits(file_bytes=10_000_000)) as house:
        yield house


@pytest.fixture
def neighbours(tmp_path: Path, house: House) -> Iterator[tuple[Party, Party]]:
    """Two who know each other by a relay, not connected directly."""
    with relayed(tmp_path, house.address, "alice", "bob") as (alice, bob):
        alice.send("bob", "hello")
        bob.hear(events.MessageArrived)
        bob.send("alice", "hello")
        alice.until_arrived("bob", ["hello"])
        alice.ask(c.Listen(LOOPBACK))
        yield alice, bob


def came(party: Party) -> MessageView:
    """Wait for a message with a file."""
    return party.hear(events.MessageArrived, lambda event: bool(event.message.files)).message


def connect(alice: Party, bob: Party) -> None:
    bob.ask(c.Call(alice.address, "alice"))
    alice.until_connected("bob")
    bob.until_connected("alice")


class Writing:
    """What a client writes of files that it fetches, in order; it can be held at a place."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.offsets: list[tuple[int, int]] = []
        self.hold_at: int | None = None
        self.held, self.go_on = threading.Event(), threading.Event()
        write = IncomingFile._write

        def noted(file: IncomingFile, blocks: Sequence[bytes]) -> None:
            if self.hold_at is not None and file.offset >= self.hold_at:
                self.hold_at = None
                self.held.set()
                assert self.go_on.wait(DEADLINE_S)
            self.offsets.append((file.offset, sum(map(len, blocks))))
            write(file, blocks)

        monkeypatch.setattr(IncomingFile, "_write", noted)

    @property
    def is_gapless(self) -> bool:
        """Whether each byte was written once, and in order."""
        end = 0
        for offset, length in self.offsets:
            if offset != end:
                return False
            end += length
        return end == sealed_size(SIZE)


@pytest.fixture
def writing(monkeypatch: pytest.MonkeyPatch) -> Writing:
    return Writing(monkeypatch)


def test_a_file_comes_whole_without_any_relay_and_its_sender_sees_that_it_was_fetched(
    friends: tuple[Party, Party], source: Path, into: Path
) -> None:
    alice, bob = friends
    sent = send(alice, "bob", source, text="look")
    assert sent.files[0].state is FileState.WAITING
    message = came(bob)
    saved = bob.ask(c.FetchFile(message.id, 0, str(into)))
    assert Path(saved.path or "").read_bytes() == source.read_bytes()
    assert file_of(bob, message.id).state is FileState.HERE
    until_file(alice, sent.id, FileState.SENT)
    told = [(each.direction, each.state, each.done) for each in alice.of(events.FileTransfer) if each.message]
    assert told[-1] == (FileDirection.OUT, TransferState.DONE, SIZE)
    assert (FileDirection.OUT, TransferState.RUNNING) in {(direction, state) for direction, state, _ in told}


def test_that_a_file_was_fetched_is_said_again_where_it_got_lost(
    friends: tuple[Party, Party], source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, bob = friends
    sent = send(alice, "bob", source)
    never = send(alice, "bob", source)
    message = bob.hear(events.MessageArrived, lambda event: event.message.id == sent.id).message
    with monkeypatch.context() as patch:
        patch.setattr(FileServer, "file_kept", lambda *_: None)
        bob.ask(c.FetchFile(message.id))
        alice.ask(c.HangUp("bob"))
        bob.until_disconnected("alice")
    assert file_of(alice, sent.id).state is FileState.WAITING
    connect(alice, bob)
    until_file(alice, sent.id, FileState.SENT)
    assert file_of(alice, never.id).state is FileState.WAITING


def test_nobody_says_of_a_file_of_somebody_else_that_it_is_here(tmp_path: Path, source: Path) -> None:
    with direct(tmp_path, "alice", "bob", "carol") as (alice, bob, carol):
        befriend(alice, bob)
        befriend(carol, bob)
        send(alice, "bob", source)
        message = came(bob)
        bob.ask(c.FetchFile(message.id))
        get = get_of(bob, message.id)
        # She knows of it, and asks as if it were hers.
        engine = carol.engine
        with engine._base.database.read() as unit:
            contact = contact_of(unit, "bob").contact
        kept: list[bytes] = []

        async def ask() -> None:
            (link,) = engine._effect_runner.targets.calls.links.links_with(contact)
            link.parts.tell_waiting(BlobId(get.blob), get.token)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(FileServer, "file_kept", lambda _server, _contact, frame: kept.append(frame.blob))
            engine._loop.run(ask()).result(DEADLINE_S)
            # What she asks next is answered after it.
            assert refused(carol, "bob", get) is ErrorCode.NOT_FOUND
        assert kept == []


def test_a_reader_who_is_not_connected_calls_whoever_sent_the_file(tmp_path: Path, source: Path, into: Path) -> None:
    with direct(tmp_path, "alice", "bob") as (alice, bob):
        befriend(bob, alice)
        sent = send(alice, "bob", source)
        message = came(bob)
        alice.until(lambda: alice.ask(c.Status()).unsettled == 0, "nothing on its way")
        bob.close()
        alice.until_disconnected("bob")
        again = Party(bob.home, bob.profile)
        try:
            saved = again.ask(c.FetchFile(message.id, 0, str(into)))
            assert Path(saved.path or "").read_bytes() == source.read_bytes()
            until_file(alice, sent.id, FileState.SENT)
        finally:
            again.close()


def test_a_fetch_goes_on_from_what_is_here_after_both_clients_ended(
    tmp_path: Path, source: Path, into: Path, writing: Writing
) -> None:
    with direct(tmp_path, "alice", "bob") as (alice, bob):
        befriend(alice, bob)
        send(alice, "bob", source)
        message = came(bob)
        writing.hold_at = HALF
        bob.client.request(c.FetchFile(message.id, 0, str(into)))
        assert writing.held.wait(DEADLINE_S)
        closing = threading.Thread(target=bob.close)
        closing.start()
        bob.until_disconnected("alice")
        writing.go_on.set()
        closing.join()
        alice.close()
    with direct(tmp_path, "alice", "bob") as (alice, bob):
        bob.ask(c.Call(alice.address, "alice"))
        saved = bob.hear(events.FileSaved).file
        assert Path(saved.path or "").read_bytes() == source.read_bytes()
    assert writing.is_gapless


def questions(party: Party, of: str, get: BlobGet) -> BlobData:
    """Ask the device at the other end of a direct connection for a part of a file."""
    engine = party.engine
    with engine._base.database.read() as unit:
        contact = contact_of(unit, of).contact

    async def ask() -> BlobData:
        (link,) = engine._effect_runner.targets.calls.links.links_with(contact)
        return await asyncio.wait_for(link.parts.ask(BlobId(get.blob), get.token, get.offset), DEADLINE_S)

    return engine._loop.run(ask()).result(DEADLINE_S)


def refused(party: Party, of: str, get: BlobGet) -> ErrorCode:
    with pytest.raises(BabiluError) as refusal:
        questions(party, of, get)
    return refusal.value.code


def get_of(party: Party, message: MessageId, offset: int = 0) -> BlobGet:
    """Make the question for a part of a file, as whoever knows its message can."""
    with party.engine._base.database.read() as unit:
        record = unit.messages.by_id(message)
    assert record is not None
    entry = record.files[0].entry
    return BlobGet(1, entry.blob, entry.token, offset)


def test_a_file_is_given_to_that_contact_alone_and_under_its_token(tmp_path: Path, source: Path) -> None:
    with direct(tmp_path, "alice", "bob", "carol") as (alice, bob, carol):
        befriend(alice, bob)
        befriend(alice, carol)
        send(alice, "bob", source)
        get = get_of(bob, came(bob).id)
        assert len(questions(bob, "alice", get).part) == BLOCK_BYTES
        assert refused(carol, "alice", get) is ErrorCode.NOT_FOUND
        assert refused(bob, "alice", BlobGet(1, get.blob, bytes(32), 0)) is ErrorCode.NOT_FOUND
        assert refused(bob, "alice", BlobGet(1, bytes(16), get.token, 0)) is ErrorCode.NOT_FOUND
        assert refused(bob, "alice", BlobGet(1, get.blob, get.token, 1)) is ErrorCode.MALFORMED
        past_the_end = sealed_size(SIZE) // BLOCK_BYTES * BLOCK_BYTES + BLOCK_BYTES
        assert refused(bob, "alice", BlobGet(1, get.blob, get.token, past_the_end)) is ErrorCode.MALFORMED


def test_whoever_was_sent_a_file_is_asked_for_it_by_nobody_and_gives_it_to_nobody(
    friends: tuple[Party, Party], source: Path
) -> None:
    alice, bob = friends
    send(alice, "bob", source)
    message = came(bob)
    bob.ask(c.FetchFile(message.id))
    assert refused(alice, "bob", get_of(bob, message.id)) is ErrorCode.NOT_FOUND


def test_what_its_sender_holds_waits_and_what_they_end_is_not_there(
    friends: tuple[Party, Party], source: Path, into: Path
) -> None:
    alice, bob = friends
    sent = send(alice, "bob", source)
    message = came(bob)
    alice.ask(c.PauseFile(sent.id))
    assert file_of(alice, sent.id).state is FileState.PAUSED
    assert refused(bob, "alice", get_of(bob, message.id)) is ErrorCode.BUSY
    alice.ask(c.ResumeFile(sent.id))
    assert file_of(alice, sent.id).state is FileState.WAITING
    questions(bob, "alice", get_of(bob, message.id))
    alice.ask(c.CancelFile(sent.id))
    with pytest.raises(BabiluError) as ended:
        bob.ask(c.FetchFile(message.id, 0, str(into)))
    assert ended.value.code is ErrorCode.NOT_FOUND
    alice.ask(c.ResumeFile(sent.id))
    saved = bob.ask(c.FetchFile(message.id, 0, str(into)))
    assert Path(saved.path or "").read_bytes() == source.read_bytes()


def test_what_is_deleted_is_given_no_longer(friends: tuple[Party, Party], source: Path, tmp_path: Path) -> None:
    alice, bob = friends
    sent = send(alice, "bob", source)
    get = get_of(bob, came(bob).id)
    alice.ask(c.DeleteMessage(sent.id))
    alice.until(lambda: sealed_files(tmp_path, "alice") == [], "an empty folder")
    assert refused(bob, "alice", get) is ErrorCode.NOT_FOUND


def test_what_began_at_the_relay_goes_on_directly_from_there(
    neighbours: tuple[Party, Party], house: House, source: Path, into: Path, writing: Writing
) -> None:
    alice, bob = neighbours
    sent = send(alice, "bob", source)
    until_file(alice, sent.id, FileState.SENT)
    message = came(bob)
    writing.hold_at = HALF
    fetched = bob.client.request(c.FetchFile(message.id, 0, str(into)))
    assert writing.held.wait(DEADLINE_S)
    house.stop()
    connect(alice, bob)
    writing.go_on.set()
    assert Path(fetched.result(DEADLINE_S).path or "").read_bytes() == source.read_bytes()
    assert writing.is_gapless


def test_what_began_directly_goes_on_at_the_relay_from_there(
    neighbours: tuple[Party, Party], source: Path, into: Path, writing: Writing, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, bob = neighbours
    sent = send(alice, "bob", source)
    until_file(alice, sent.id, FileState.SENT)
    message = came(bob)
    connect(alice, bob)
    served: list[int] = []

    def noted(data: BlobData) -> BlobData:
        served.append(data.offset)
        return data

    change_served(monkeypatch, noted)
    writing.hold_at = HALF
    fetched = bob.client.request(c.FetchFile(message.id, 0, str(into)))
    assert writing.held.wait(DEADLINE_S)
    alice.ask(c.HangUp("bob"))
    bob.until_disconnected("alice")
    writing.go_on.set()
    assert Path(fetched.result(DEADLINE_S).path or "").read_bytes() == source.read_bytes()
    assert writing.is_gapless
    assert 0 < max(served) < sealed_size(SIZE) // 2


def change_served(monkeypatch: pytest.MonkeyPatch, change: Callable[[BlobData], PartAnswer]) -> None:
    """Let whoever gives a file directly give something else."""
    read = FileServer._read

    def changed(server: FileServer, contact: int, gets: list[BlobGet]) -> Iterator[PartAnswer]:
        return (change(each) if isinstance(each, BlobData) else each for each in read(server, contact, gets))

    monkeypatch.setattr(FileServer, "_read", changed)


def forged(data: BlobData) -> BlobData:
    """Give another block in place of those from a place on."""
    part = data.part if data.offset < HALF else bytes(len(data.part))
    return BlobData(data.request, data.blob, data.offset, data.size, part)


def cut_short(data: BlobData) -> BlobData:
    part = data.part if data.offset < HALF else data.part[:-1]
    return BlobData(data.request, data.blob, data.offset, data.size, part)


@pytest.mark.parametrize("change", [forged, cut_short])
def test_a_source_that_gives_what_does_not_fit_is_dropped_and_another_one_goes_on(
    neighbours: tuple[Party, Party],
    source: Path,
    into: Path,
    writing: Writing,
    change: Callable[[BlobData], BlobData],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    alice, bob = neighbours
    sent = send(alice, "bob", source)
    until_file(alice, sent.id, FileState.SENT)
    message = came(bob)
    connect(alice, bob)
    change_served(monkeypatch, change)
    saved = bob.ask(c.FetchFile(message.id, 0, str(into)))
    assert Path(saved.path or "").read_bytes() == source.read_bytes()
    assert writing.is_gapless


def test_where_nobody_else_has_it_what_does_not_fit_is_not_saved_and_leaves_nothing(
    friends: tuple[Party, Party], source: Path, into: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, bob = friends
    send(alice, "bob", source)
    message = came(bob)
    change_served(monkeypatch, forged)
    with pytest.raises(BabiluError) as failed:
        bob.ask(c.FetchFile(message.id, 0, str(into)))
    assert failed.value.code is ErrorCode.DECRYPTION_FAILED
    assert file_of(bob, message.id).state is FileState.FAILED
    assert list(into.iterdir()) == []
    assert sealed_files(tmp_path, "bob") == []


def test_a_message_passes_a_file_that_is_under_way(
    friends: tuple[Party, Party], source: Path, writing: Writing
) -> None:
    alice, bob = friends
    send(alice, "bob", source)
    message = came(bob)
    writing.hold_at = HALF
    bob.client.request(c.FetchFile(message.id))
    assert writing.held.wait(DEADLINE_S)
    alice.send("bob", "meanwhile")
    bob.send("alice", "likewise")
    bob.until_arrived("alice", ["", "meanwhile"])
    alice.until_arrived("bob", ["likewise"])
    writing.go_on.set()
    until_file(bob, message.id, FileState.HERE)


def test_a_file_for_somebody_at_the_relay_goes_there_also_while_they_are_connected(
    neighbours: tuple[Party, Party], house: House, source: Path, into: Path
) -> None:
    alice, bob = neighbours
    connect(alice, bob)
    sent = send(alice, "bob", source)
    message = came(bob)
    until_file(alice, sent.id, FileState.SENT)
    assert [path for path in (house.home / "blobs").rglob("*") if path.is_file()] != []
    saved = bob.ask(c.FetchFile(message.id, 0, str(into)))
    assert Path(saved.path or "").read_bytes() == source.read_bytes()


@pytest.mark.parametrize("largest", [0, 1_000])
def test_whoever_is_connected_is_sent_what_the_relay_does_not_take(
    tmp_path: Path, source: Path, into: Path, largest: int
) -> None:
    with (
        running_relay(tmp_path / "relay", Limits(file_bytes=largest)) as house,
        relayed(tmp_path, house.address, "alice", "bob") as (alice, bob),
    ):
        alice.send("bob", "hello")
        bob.hear(events.MessageArrived)
        bob.send("alice", "hello")
        alice.until_arrived("bob", ["hello"])
        with pytest.raises(BabiluError) as refused:
            send(alice, "bob", source)
        assert refused.value.code is ErrorCode.TOO_LARGE
        alice.ask(c.Listen(LOOPBACK))
        connect(alice, bob)
        sent = send(alice, "bob", source)
        until_file(alice, sent.id, FileState.WAITING, FileState.FAILED)
        assert file_of(alice, sent.id).state is FileState.WAITING
        saved = bob.ask(c.FetchFile(came(bob).id, 0, str(into)))
        assert Path(saved.path or "").read_bytes() == source.read_bytes()
        until_file(alice, sent.id, FileState.SENT)
