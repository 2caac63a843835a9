"""A relay that is restored from a backup has forgotten device lists: their owner publishes them again, in order."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from babilu.api import commands, events
from babilu.api.views import LinkState
from babilu.cli.admin_link import ask
from babilu.identity.device_list import verify_device_list
from babilu.kernel.errors import ErrorCode
from babilu.kernel.states import MessageState, TransferState
from babilu.relay.base import admin_requests
from babilu.relay.node.backup import restore_backup
from babilu.store import profile
from babilu.system import SystemRandomness
from tests.integration.engine.conversation.test_departed_devices import hold, put_back
from tests.integration.engine.party import Party, account, relayed
from tests.integration.engine.relays import House, running_relay


class Place:
    """A relay with its backups, and the profiles of alice and bob, who know each other."""

    def __init__(self, folder: Path, house: House) -> None:
        self.folder = folder
        self.house = house
        self.home = folder / "alice"
        self._copies = 0
        with self.opened() as alice, self.bob() as bob:
            alice.send("bob", "hello")
            bob.until_arrived("alice", ["hello"])
            bob.send("alice", "hello yourself")
            alice.until_arrived("bob", ["hello yourself"])
            alice.settle("bob")
            bob.settle("alice")

    @contextmanager
    def opened(self) -> Iterator[Party]:
        with relayed(self.home, self.house.address, "alice") as (alice,):
            yield alice

    @contextmanager
    def bob(self) -> Iterator[Party]:
        with relayed(self.folder / "bob", self.house.address, "bob") as (bob,):
            yield bob

    def copy(self) -> Path:
        """Copy alice's profile as it is."""
        self._copies += 1
        copy = self.folder / f"copy{self._copies}"
        shutil.copytree(self.home, copy)
        return copy

    def set_back(self) -> None:
        """Set alice's profile back: it returns as a new device, by a list of its own."""
        copy = self.copy()
        with self.opened():
            pass
        put_back(self.home, copy, "alice")
        with self.opened():
            pass

    def back_up(self) -> Path:
        folder = self.folder / "backup"
        ask(self.house.home, admin_requests.BackUpRequest(str(folder)), admin_requests.BackedUp)
        return folder

    def restore(self, backup: Path) -> None:
        self.house.stop()
        restore_backup(backup, self.house.home, SystemRandomness(), replace=True)
        self.house.start()

    def refused(self) -> events.LinkChanged:
        """Open alice's profile, and tell why the relay does not let it in."""
        alice = Party(self.home, account("alice", self.house.address))
        try:
            return alice.hear(events.LinkChanged, lambda event: event.refused and event.state is LinkState.OFFLINE)
        finally:
            alice.close()

    @contextmanager
    def started_over(self) -> Iterator[Party]:
        """Open alice's profile by the way out that is named to her."""
        alice = Party(self.home, account("alice", self.house.address, start_over=True))
        try:
            alice.until_online()
            yield alice
        finally:
            alice.close()

    @contextmanager
    def another_home(self, home: Path) -> Iterator[None]:
        """Let a copy of alice's profile be the one that is opened."""
        before, self.home = self.home, home
        yield
        self.home = before


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with running_relay(tmp_path / "relay") as house:
        yield Place(tmp_path, house)


def version(alice: Party) -> int:
    return verify_device_list(alice.engine._base.own.device_list).version


def talk(alice: Party, bob: Party, texts: list[str]) -> None:
    """Let both write to each other, and see to it that nobody was warned of anybody."""
    alice.send("bob", texts[-1])
    bob.until_arrived("alice", texts)
    bob.send("alice", "I see")
    alice.until(lambda: alice.arrived("bob")[-1:] == ["I see"], "an answer")
    for party in (alice, bob):
        assert [*party.of(events.AlarmRaised), *party.of(events.IdentityChanged)] == []


def meet(place: Place, alice: Party) -> None:
    """Let somebody who has never heard of alice write to her: that takes prekeys of her device."""
    with relayed(place.folder / "carol", place.house.address, "carol") as (carol,):
        carol.send("alice", "we have not met")
        alice.until_arrived("carol", ["we have not met"])


@pytest.mark.parametrize("changes", [1, 3])
def test_a_relay_that_was_restored_is_told_the_lists_that_it_has_lost(place: Place, changes: int) -> None:
    backup = place.back_up()
    for _ in range(changes):
        place.set_back()
    place.restore(backup)
    with place.opened() as alice, place.bob() as bob:
        assert version(alice) == 1 + changes
        talk(alice, bob, ["after"])
        meet(place, alice)


def test_a_new_device_that_no_relay_was_told_of_comes_in_behind_the_lists_before_it(place: Place) -> None:
    backup = place.back_up()
    place.set_back()
    copy = place.copy()
    with place.opened():
        pass
    put_back(place.home, copy, "alice")
    place.restore(backup)
    with place.opened() as alice, place.bob() as bob:
        assert version(alice) == 3
        talk(alice, bob, ["after"])
        meet(place, alice)


def test_what_waited_at_a_restored_relay_comes_to_the_present_device(place: Place) -> None:
    backup = place.back_up()
    place.set_back()
    place.set_back()
    place.restore(backup)
    with place.bob() as bob:
        hold(bob, "alice", ["for a former device"])
    with place.opened() as alice, place.bob() as bob:
        alice.until_arrived("bob", ["for a former device"])
        talk(alice, bob, ["after"])


def test_what_was_written_to_the_present_device_waits_for_its_return(place: Place) -> None:
    backup = place.back_up()
    place.set_back()
    place.set_back()
    with place.opened() as alice, place.bob() as bob:
        talk(alice, bob, ["known"])
        alice.settle("bob")
        bob.settle("alice")
    place.restore(backup)
    with place.bob() as bob:
        message = bob.send("alice", "meanwhile")
        with place.opened() as alice:
            alice.until_arrived("bob", ["meanwhile"])
            bob.until_state(message.id, MessageState.DELIVERED)
            assert alice.of(events.AlarmRaised) == []


def test_a_client_that_was_open_meanwhile_comes_back_when_it_is_started_again(place: Place) -> None:
    backup = place.back_up()
    place.set_back()
    with place.opened() as alice:
        place.restore(backup)
        refused = alice.hear(events.LinkChanged, lambda event: event.refused)
        assert refused.code == ErrorCode.DEVICE_UNKNOWN.value
    with place.opened() as alice, place.bob() as bob:
        talk(alice, bob, ["after"])


def test_where_the_kept_lists_do_not_reach_back_the_account_is_registered_by_hand(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(profile, "OWN_LISTS", 2)
    backup = place.back_up()
    for _ in range(3):
        place.set_back()
    place.restore(backup)
    assert place.refused().code == ErrorCode.DEVICE_UNKNOWN.value
    with place.started_over() as alice, place.bob() as bob:
        assert version(alice) == 4
        talk(alice, bob, ["after"])
        meet(place, alice)
    with place.opened() as alice:
        assert alice.online()


def test_a_relay_that_was_told_other_lists_meanwhile_is_not_told_ours_unasked(place: Place) -> None:
    elsewhere, backup = place.copy(), place.back_up()
    place.set_back()
    place.set_back()
    place.restore(backup)
    with place.another_home(elsewhere):
        place.set_back()
        with place.opened() as other:
            assert version(other) == 2
    assert place.refused().code == ErrorCode.DEVICE_UNKNOWN.value
    with place.started_over() as alice, place.bob() as bob:
        assert version(alice) == 3
        talk(alice, bob, ["after"])


def test_a_relay_that_knows_the_account_no_more_takes_it_with_its_present_list(place: Place) -> None:
    place.set_back()
    place.set_back()
    ask(place.house.home, admin_requests.DeleteUser("alice"), admin_requests.Done)
    assert place.refused().code == ErrorCode.DEVICE_UNKNOWN.value
    with place.started_over() as alice, place.bob() as bob:
        assert version(alice) == 3
        talk(alice, bob, ["after"])
        meet(place, alice)


def restore_while_all_are_open(place: Place, backup: Path, *parties: Party) -> None:
    """Put the relay back, and wait until the clients have noticed by themselves."""
    place.restore(backup)
    for party in parties:
        party.hear(events.Warned, lambda event: event.code == ErrorCode.RELAY_RESTORED.value)
        party.until_online()


def test_clients_that_are_open_come_back_by_themselves_and_lose_nothing(place: Place) -> None:
    backup = place.back_up()
    with place.opened() as alice:
        held = [alice.send("bob", text) for text in ("one", "two")]
        for message in held:
            alice.until_state(message.id, MessageState.HELD)
        restore_while_all_are_open(place, backup, alice)
        with place.bob() as bob:
            bob.until_arrived("alice", ["one", "two"])
            for message in held:
                alice.until_state(message.id, MessageState.DELIVERED)
            talk(alice, bob, ["one", "two", "after"])
            meet(place, alice)
            for party in (alice, bob):
                assert party.of(events.GapNoticed) == []


def test_one_who_starts_later_sends_again_what_the_relay_has_lost(place: Place) -> None:
    backup = place.back_up()
    with place.opened() as alice:
        held = alice.send("bob", "held")
        alice.until_state(held.id, MessageState.HELD)
    place.restore(backup)
    with place.bob() as bob:
        assert bob.online()
        with place.opened() as alice:
            bob.until_arrived("alice", ["held"])
            alice.until_state(held.id, MessageState.DELIVERED)


def test_who_registered_after_the_backup_registers_by_hand_and_what_they_sent_comes(place: Place) -> None:
    backup = place.back_up()
    carol_home = place.folder / "carol"
    with relayed(carol_home, place.house.address, "carol") as (carol,):
        held = carol.send("bob", "we have not met")
        carol.until_state(held.id, MessageState.HELD)
        place.restore(backup)
        refused = carol.hear(events.LinkChanged, lambda event: event.refused)
        assert refused.code == ErrorCode.DEVICE_UNKNOWN.value
    carol = Party(carol_home, account("carol", place.house.address, start_over=True))
    try:
        carol.until_online()
        with place.bob() as bob:
            bob.until_arrived("carol", ["we have not met"])
            carol.until_state(held.id, MessageState.DELIVERED)
    finally:
        carol.close()


@pytest.mark.parametrize("kept", [True, False], ids=["files stay", "files are gone"])
def test_a_file_that_the_relay_has_lost_is_sent_there_again(place: Place, tmp_path: Path, *, kept: bool) -> None:
    backup, source, into = place.back_up(), tmp_path / "holiday.bin", tmp_path / "into"
    source.write_bytes(bytes(range(256)) * 1_000)
    into.mkdir()
    with place.opened() as alice:
        sent = alice.ask(commands.Send("bob", "look", files=(str(source),)))
        alice.hear(events.FileTransfer, lambda event: event.state is TransferState.DONE)
        alice.until_state(sent.id, MessageState.HELD)
        place.house.stop()
        if not kept:
            shutil.rmtree(place.house.home / "blobs")
        restore_backup(backup, place.house.home, SystemRandomness(), replace=True)
        place.house.start()
        with place.bob() as bob:
            message = bob.hear(events.MessageArrived).message
            assert message.text == "look"
            saved = bob.ask(commands.FetchFile(message.id, 0, str(into)))
            assert Path(saved.path or "").read_bytes() == source.read_bytes()


def test_what_is_said_in_a_group_comes_all_the_same(place: Place) -> None:
    with place.opened() as alice, place.bob() as bob:
        alice.ask(commands.StartGroup("Picnic", ("bob",)))
        bob.ask(commands.Accept(bob.hear(events.GroupInvited).invitation.id))
    backup = place.back_up()
    with place.opened() as alice:
        alice.ask(commands.ChangeGroup("#picnic", title="Tea"))
        held = alice.send("#picnic", "who brings cake?")
        alice.until_state(held.id, MessageState.HELD)
        restore_while_all_are_open(place, backup, alice)
        with place.bob() as bob:
            bob.until_arrived("#picnic", ["who brings cake?"])
            alice.until_state(held.id, MessageState.DELIVERED)
            bob.hear(events.GroupChanged, lambda event: event.group.title == "Tea")
