"""Room on the disk: what is deleted is what was approved, its bytes are given back, and it can be fetched again."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from babilu.api import commands as c
from babilu.api import events, views
from babilu.engine.files.folder import FileFolder
from babilu.kernel.errors import DeliveryError, ErrorCode
from babilu.kernel.ids import MessageId
from babilu.kernel.limits import Limits
from babilu.kernel.states import FileState, MediaKind, MessageState
from tests.integration.engine.party import Party, account
from tests.integration.engine.relays import House, running_relay

SIZE = 300_000
LATER = 2**60


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with running_relay(tmp_path / "relay", Limits(file_bytes=4_000_000)) as house:
        yield house


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "holiday.bin"
    path.write_bytes(os.urandom(SIZE))
    return path


def on_disk(tmp_path: Path, name: str) -> int:
    return sum(path.stat().st_size for path in (tmp_path / name).glob("*.files/*"))


def state_of(party: Party, message: MessageId) -> FileState:
    return party.ask(c.MessageInfo(message)).message.files[0].state


def exchanged(alice: Party, bob: Party, source: Path) -> views.MessageView:
    """Let bob have a file of alice's, and alice know that he has its message."""
    sent = alice.ask(c.Send("bob", "look", files=(str(source),)))
    message = bob.hear(events.MessageArrived).message
    bob.ask(c.FetchFile(message.id))
    alice.until_state(sent.id, MessageState.DELIVERED, MessageState.READ)
    alice.until(lambda: state_of(alice, sent.id) is FileState.SENT, "the file is at the relay")
    return sent


def freed(party: Party) -> views.FreedSpaceView:
    plan = party.ask(c.PlanFreeing(LATER))
    return party.ask(c.FreeSpace(LATER, plan.approval))


def test_what_takes_room_is_told_and_given_back_and_comes_again(
    opened: Callable[..., Party], source: Path, tmp_path: Path
) -> None:
    alice, bob = opened("alice"), opened("bob")
    sent = exchanged(alice, bob, source)
    for party, name, other in ((alice, "alice", "bob"), (bob, "bob", "alice")):
        taken = on_disk(tmp_path, name)
        use = party.ask(c.SpaceUse())
        (room,) = [each for each in use.conversations if each.conversation == other]
        assert (use.files, room.files, room.octets, room.messages) == (taken, taken, taken, 1)
        assert taken > SIZE
        assert use.database > 0
        plan = party.ask(c.PlanFreeing(LATER))
        assert (plan.files, plan.octets, plan.kept, plan.own) == (1, taken, 0, int(party is alice))
        assert party.ask(c.FreeSpace(LATER, plan.approval)) == views.FreedSpaceView(1, taken)
        assert on_disk(tmp_path, name) == 0
        assert state_of(party, sent.id) is FileState.FREED
        told = party.hear(events.FilesFreed)
        assert (told.conversation, told.files) == (other, (views.FreedFileView(sent.id, 0),))
        assert party.ask(c.SpaceUse()).files == 0
    for party, after in ((alice, FileState.SENT), (bob, FileState.HERE)):
        saved = party.ask(c.FetchFile(sent.id, 0, str(tmp_path)))
        assert saved.path is not None
        assert Path(saved.path).read_bytes() == source.read_bytes()
        assert state_of(party, sent.id) is after


def test_nothing_else_is_deleted_than_what_was_approved(
    opened: Callable[..., Party], source: Path, tmp_path: Path
) -> None:
    alice, bob = opened("alice"), opened("bob")
    exchanged(alice, bob, source)
    plan = bob.ask(c.PlanFreeing(LATER))
    second = alice.ask(c.Send("bob", "another", files=(str(source),)))
    bob.hear(events.MessageArrived, lambda event: event.message.id == second.id)
    bob.ask(c.FetchFile(second.id))
    before = on_disk(tmp_path, "bob")
    with pytest.raises(DeliveryError) as refused:
        bob.ask(c.FreeSpace(LATER, plan.approval))
    assert refused.value.code is ErrorCode.MISMATCH
    assert on_disk(tmp_path, "bob") == before
    assert bob.ask(c.PlanFreeing(LATER, "alice", (MediaKind.PICTURE,))).files == 0
    assert freed(bob).files == 2


def test_what_was_not_sent_yet_and_notes_are_never_deleted(
    opened: Callable[..., Party], house: House, source: Path, tmp_path: Path
) -> None:
    alice, bob = opened("alice"), opened("bob")
    sent = exchanged(alice, bob, source)
    alice.ask(c.Send("#notes", "", files=(str(source),)))
    bob.close()
    held = alice.ask(c.Send("bob", "he is away", files=(str(source),)))
    alice.until_state(held.id, MessageState.HELD)
    alice.until(lambda: state_of(alice, held.id) is FileState.SENT, "the file is at the relay")
    house.stop()
    waiting = alice.ask(c.Send("bob", "nobody has it", files=(str(source),)))
    plan = alice.ask(c.PlanFreeing(LATER))
    assert (plan.files, plan.kept) == (1, 3)
    alice.ask(c.FreeSpace(LATER, plan.approval))
    assert state_of(alice, sent.id) is FileState.FREED
    assert {state_of(alice, each.id) for each in (held, waiting)} == {FileState.SENT, FileState.SENDING}
    assert on_disk(tmp_path, "alice") > 3 * SIZE


def test_a_kill_between_the_commit_and_the_deletion_leaves_nothing_behind(
    opened: Callable[..., Party], house: House, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, bob = opened("alice"), opened("bob")
    exchanged(alice, bob, source)
    with monkeypatch.context() as patched:
        patched.setattr(FileFolder, "delete", lambda *_: None)
        freed(bob)
    assert on_disk(tmp_path, "bob") > SIZE
    bob.close()
    again = Party(tmp_path / "bob", account("bob", house.address))
    try:
        again.until(lambda: on_disk(tmp_path, "bob") == 0, "the folder is tidy")
    finally:
        again.close()
