"""A backup is restored as another device of its person, beside the one that lives, and nobody is alarmed."""

from dataclasses import replace
from pathlib import Path

import pytest

from babilu.api import commands as c
from babilu.api import events as e
from babilu.archive.recovery_code import new_code, read_code
from babilu.crypto.secret import Passphrase, Secret
from babilu.engine.archives.making import ArchiveMaker, NewArchive
from babilu.engine.archives.rehearsal import Rehearsal
from babilu.engine.files.folder import FileFolder
from babilu.engine.profile import restoring as restoring_module
from babilu.engine.profile.restoring import RestoreOrder, Restoring
from babilu.identity import device_list
from babilu.identity.device_list import verify_device_list
from babilu.kernel.errors import AccountError, ArchiveError, ErrorCode, TooManyDevicesError
from babilu.kernel.limits import Limits
from babilu.kernel.states import ArchiveVerdict, FileState, MessageState
from babilu.system import SystemClock, SystemRandomness
from tests.integration.engine.own_devices import with_another_device
from tests.integration.engine.party import LOOPBACK, Party, account, relayed
from tests.integration.engine.relays import running_relay

WORDS = " ".join(new_code(SystemRandomness()))
CODE = read_code(WORDS)
CLOCK, RANDOMNESS = SystemClock(), SystemRandomness()


def home_of(party: Party) -> Path:
    return party.engine._profile.paths.home


def archived(party: Party, path: Path) -> None:
    """Have a client make a backup, and the other process read it back."""
    made = party.ask(c.CreateArchive(str(path), Passphrase(WORDS)))
    assert made.rehearsed_ms is not None


def restored(path: Path, home: Path, name: str) -> Restoring:
    home.mkdir(exist_ok=True)
    order = RestoreOrder(path, CODE, home, account(name, LOOPBACK).passphrase)
    restoring = Restoring(order, CLOCK, RANDOMNESS)
    restoring.bring_back()
    return restoring


def test_it_returns_as_a_new_device_beside_one_that_lives_and_no_contact_is_alarmed(tmp_path: Path) -> None:
    with (
        running_relay(tmp_path / "relay") as house,
        relayed(tmp_path / "homes", house.address, "alice", "bob") as (alice, bob),
    ):
        alice.send("bob", "before the backup")
        bob.until_arrived("alice", ["before the backup"])
        bob.send("alice", "so it is")
        alice.until_arrived("bob", ["so it is"])
        archived(alice, tmp_path / "archive.babilu")

        restored(tmp_path / "archive.babilu", tmp_path / "laptop", "alice")
        laptop = Party(tmp_path / "laptop", account("alice", house.address))
        try:
            laptop.until_online()
            assert laptop.texts("bob") == ["before the backup", "so it is"]

            laptop.send("bob", "from the laptop")
            bob.until_arrived("alice", ["before the backup", "from the laptop"])
            bob.send("alice", "welcome back")
            laptop.until_arrived("bob", ["welcome back"])
            alice.until_arrived("bob", ["so it is", "welcome back"])
            assert not bob.of(e.AlarmRaised)
            assert not alice.of(e.AlarmRaised)
        finally:
            laptop.close()


def test_a_list_that_has_changed_since_gets_the_device_beside_those_on_it(tmp_path: Path) -> None:
    with (
        running_relay(tmp_path / "relay") as house,
        relayed(tmp_path / "homes", house.address, "alice") as (alice,),
    ):
        archived(alice, tmp_path / "archive.babilu")
        with_another_device(alice, tmp_path / "second")
        with_another_device(alice, tmp_path / "third")

        restoring = restored(tmp_path / "archive.babilu", tmp_path / "laptop", "alice")
        assert restoring.changes_since(Limits()) == 2
        laptop = Party(tmp_path / "laptop", account("alice", house.address))
        try:
            laptop.until_online()
            own = verify_device_list(laptop.engine._base.own.device_list)
            assert len(own.devices) == 4
            assert own.version == 4
        finally:
            laptop.close()


def test_what_was_not_sent_is_failed_and_can_be_sent_again(tmp_path: Path) -> None:
    with (
        running_relay(tmp_path / "relay") as house,
        relayed(tmp_path / "homes", house.address, "alice", "bob") as (alice, bob),
    ):
        alice.send("bob", "first")
        bob.until_arrived("alice", ["first"])
        bob.send("alice", "hello")
        alice.until_arrived("bob", ["hello"])
        house.stop()
        alice.until_offline()
        waiting = alice.send("bob", "not sent yet")
        archived(alice, tmp_path / "archive.babilu")
        alice.close()
        house.start()
        restored(tmp_path / "archive.babilu", tmp_path / "laptop", "alice")
        laptop = Party(tmp_path / "laptop", account("alice", house.address))
        try:
            assert laptop.state(waiting.id) is MessageState.FAILED
            laptop.until_online()
            laptop.ask(c.Retry(waiting.id))
            laptop.until_state(waiting.id, MessageState.DELIVERED, MessageState.READ)
        finally:
            laptop.close()
        assert bob.texts("alice").count("not sent yet") == 1


def test_another_password_opens_nothing_and_makes_nothing(tmp_path: Path) -> None:
    with running_relay(tmp_path / "relay") as house:
        with relayed(tmp_path / "homes", house.address, "alice") as (alice,):
            archived(alice, tmp_path / "archive.babilu")
        (tmp_path / "laptop").mkdir()
        order = RestoreOrder(tmp_path / "archive.babilu", CODE, tmp_path / "laptop", Passphrase("not the password"))
        with pytest.raises(AccountError) as refused:
            Restoring(order, CLOCK, RANDOMNESS).bring_back()
        assert refused.value.code is ErrorCode.WRONG_CREDENTIALS
        assert list((tmp_path / "laptop").iterdir()) == []


def test_restored_again_nothing_is_there_twice(tmp_path: Path) -> None:
    with running_relay(tmp_path / "relay") as house:
        with relayed(tmp_path / "homes", house.address, "alice", "bob") as (alice, bob):
            alice.send("bob", "once")
            bob.until_arrived("alice", ["once"])
            archived(alice, tmp_path / "archive.babilu")
        restored(tmp_path / "archive.babilu", tmp_path / "laptop", "alice")
        order = RestoreOrder(
            tmp_path / "archive.babilu", CODE, tmp_path / "laptop", account("alice", house.address).passphrase
        )
        again = Restoring(order, CLOCK, RANDOMNESS).bring_back()
        assert not again.is_new
        assert again.imported.messages == 0
        laptop = Party(tmp_path / "laptop", account("alice", house.address))
        try:
            assert laptop.texts("bob") == ["once"]
        finally:
            laptop.close()


def test_a_damaged_backup_is_restored_only_where_that_is_asked_for(tmp_path: Path) -> None:
    with running_relay(tmp_path / "relay") as house:
        with relayed(tmp_path / "homes", house.address, "alice", "bob") as (alice, bob):
            alice.send("bob", "still here")
            bob.until_arrived("alice", ["still here"])
            archived(alice, tmp_path / "archive.babilu")
        content = bytearray((tmp_path / "archive.babilu").read_bytes())
        content[5000] ^= 1
        (tmp_path / "archive.babilu").write_bytes(content)
        passphrase = account("alice", house.address).passphrase
        (tmp_path / "laptop").mkdir()
        order = RestoreOrder(tmp_path / "archive.babilu", CODE, tmp_path / "laptop", passphrase)
        restoring = Restoring(order, CLOCK, RANDOMNESS)
        assert restoring.findings.verdict is ArchiveVerdict.DAMAGED
        assert restoring.findings.damaged_at == 5000
        with pytest.raises(ArchiveError):
            restoring.bring_back()
        saved = Restoring(replace(order, salvage=True), CLOCK, RANDOMNESS).bring_back()
        assert saved.imported.messages == 1


def test_files_come_back_and_are_compared(tmp_path: Path) -> None:
    picture = tmp_path / "notes.txt"
    picture.write_text("what was in it" * 9000)
    with running_relay(tmp_path / "relay") as house:
        with relayed(tmp_path / "homes", house.address, "alice", "bob") as (alice, bob):
            alice.ask(c.Send("bob", "look", files=(str(picture),)))
            bob.until_arrived("alice", ["look"])
            made = alice.ask(c.CreateArchive(str(tmp_path / "archive.babilu"), Passphrase(WORDS)))
            assert made.counts.files == 1
        restored(tmp_path / "archive.babilu", tmp_path / "laptop", "alice")
        laptop = Party(tmp_path / "laptop", account("alice", house.address))
        try:
            (message,) = [each for each in laptop.ask(c.History("bob", 5)).messages if each.files]
            assert (message.files[0].state, message.files[0].done) == (FileState.SENT, picture.stat().st_size)
            folder = tmp_path / "saved"
            folder.mkdir()
            laptop.ask(c.FetchFile(message.id, 0, str(folder)))
            assert (folder / "notes.txt").read_bytes() == picture.read_bytes()
        finally:
            laptop.close()


def test_a_rehearsal_finds_out_what_does_not_come_back(tmp_path: Path) -> None:
    with (
        running_relay(tmp_path / "relay") as house,
        relayed(tmp_path / "homes", house.address, "alice") as (alice,),
    ):
        engine = alice.engine
        maker = ArchiveMaker(engine._profile, FileFolder(tmp_path / "none", RANDOMNESS), CLOCK, RANDOMNESS)
        made = maker.make(NewArchive(tmp_path / "archive.babilu", CODE))
        rehearsal = Rehearsal(engine._profile.paths, RANDOMNESS)
        rehearsal.rehearse(made, CODE)
        with pytest.raises(ArchiveError):
            rehearsal.rehearse(replace(made, sha256=bytes(32)), CODE)
        with pytest.raises(ArchiveError):
            rehearsal.rehearse(made, Secret(bytes(32)))
        assert not [path for path in home_of(alice).iterdir() if "rehearsal" in path.name]


def test_a_restore_that_was_cut_off_is_finished_by_the_next_one(tmp_path: Path) -> None:
    with running_relay(tmp_path / "relay") as house:
        with relayed(tmp_path / "homes", house.address, "alice", "bob") as (alice, bob):
            for number in range(3):
                alice.send("bob", f"message {number}")
            bob.until_arrived("alice", ["message 0", "message 1", "message 2"])
            alice.ask(c.SetReceipts(typing=False))
            alice.ask(c.SetDraft("bob", "not yet"))
            archived(alice, tmp_path / "archive.babilu")
        (tmp_path / "laptop").mkdir()
        passphrase = account("alice", house.address).passphrase
        order = RestoreOrder(tmp_path / "archive.babilu", CODE, tmp_path / "laptop", passphrase)
        cut = Restoring(order, CLOCK, RANDOMNESS).bring_back(lambda: False)
        assert (cut.is_new, cut.imported.messages) == (True, 0)
        finished = Restoring(order, CLOCK, RANDOMNESS).bring_back()
        assert (finished.is_new, finished.imported.messages) == (False, 3)
        laptop = Party(tmp_path / "laptop", account("alice", house.address))
        try:
            assert laptop.texts("bob") == ["message 0", "message 1", "message 2"]
            assert not laptop.ask(c.ReceiptSettings()).typing
            laptop.ask(c.SetReceipts(typing=True))
        finally:
            laptop.close()
        again = Restoring(order, CLOCK, RANDOMNESS).bring_back()
        assert again.imported.messages == 0
        laptop = Party(tmp_path / "laptop", account("alice", house.address))
        try:
            assert laptop.ask(c.ReceiptSettings()).typing
        finally:
            laptop.close()


def test_a_group_goes_on_with_the_restored_device(tmp_path: Path) -> None:
    with (
        running_relay(tmp_path / "relay") as house,
        relayed(tmp_path / "homes", house.address, "alice", "bob") as (alice, bob),
    ):
        alice.send("bob", "hello")
        bob.until_arrived("alice", ["hello"])
        bob.send("alice", "hello")
        alice.until_arrived("bob", ["hello"])
        alice.ask(c.StartGroup("Picnic", ("bob",)))
        invitation = bob.hear(e.GroupInvited).invitation
        bob.ask(c.Accept(invitation.id))
        alice.send("#picnic", "who comes?")
        bob.until(lambda: "who comes?" in bob.texts("#picnic"), "the group's first text")
        archived(alice, tmp_path / "archive.babilu")
        alice.close()

        restored(tmp_path / "archive.babilu", tmp_path / "laptop", "alice")
        laptop = Party(tmp_path / "laptop", account("alice", house.address))
        try:
            laptop.until_online()
            laptop.send("#picnic", "from the laptop")
            bob.until(lambda: "from the laptop" in bob.texts("#picnic"), "a text of the restored device")
            bob.send("#picnic", "I do")
            laptop.until(lambda: "I do" in laptop.texts("#picnic"), "an answer")
            assert not bob.of(e.AlarmRaised)
        finally:
            laptop.close()


def test_whoever_becomes_known_after_a_group_is_no_damage(tmp_path: Path) -> None:
    """Rows are numbered otherwise in the profile into which it is rehearsed: all pairs before all groups."""
    with (
        running_relay(tmp_path / "relay") as house,
        relayed(tmp_path / "homes", house.address, "alice", "bob", "carol") as (alice, bob, carol),
    ):
        alice.send("bob", "hello")
        bob.until_arrived("alice", ["hello"])
        alice.ask(c.StartGroup("Picnic", ("bob",)))
        alice.send("carol", "hello")
        carol.until_arrived("alice", ["hello"])
        archived(alice, tmp_path / "archive.babilu")


def test_a_backup_from_before_the_password_was_changed_comes_back_by_the_one_of_then(tmp_path: Path) -> None:
    now = Passphrase("quite another password 9")
    with running_relay(tmp_path / "relay") as house:
        before = account("alice", house.address).passphrase
        with relayed(tmp_path / "homes", house.address, "alice", "bob") as (alice, bob):
            alice.send("bob", "from before")
            bob.until_arrived("alice", ["from before"])
            archived(alice, tmp_path / "archive.babilu")
            alice.ask(c.ChangePassword(before, now))
        restoring = restored(tmp_path / "archive.babilu", tmp_path / "laptop", "alice")
        assert restoring.changes_since(Limits()) is None
        laptop = Party(tmp_path / "laptop", account("alice", house.address))
        try:
            assert laptop.texts("bob") == ["from before"]
            laptop.until(lambda: any(event.code == "wrong_credentials" for event in laptop.of(e.LinkChanged)), "no")
            laptop.ask(c.ChangePassword(before, now))
        finally:
            laptop.close()
        laptop = Party(tmp_path / "laptop", replace(account("alice", house.address), passphrase=now))
        try:
            laptop.until_online()
        finally:
            laptop.close()


def test_where_there_are_as_many_devices_as_there_may_be_one_has_to_be_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (device_list, restoring_module):
        monkeypatch.setattr(module, "DEVICES", 3)
    with (
        running_relay(tmp_path / "relay") as house,
        relayed(tmp_path / "homes", house.address, "alice") as (alice,),
    ):
        archived(alice, tmp_path / "archive.babilu")
        with_another_device(alice, tmp_path / "second")
        with_another_device(alice, tmp_path / "third")
        first, second, third = (each.device for each in verify_device_list(alice.engine._base.own.device_list).devices)

        (tmp_path / "laptop").mkdir()
        order = RestoreOrder(tmp_path / "archive.babilu", CODE, tmp_path / "laptop", alice.profile.passphrase)
        restoring = Restoring(order, SystemClock(), SystemRandomness())
        assert restoring.changes_since(Limits()) == 2
        with pytest.raises(TooManyDevicesError) as refused:
            restoring.bring_back()
        assert [device for device, _ in refused.value.devices] == [first.hex(), second.hex(), third.hex()]
        assert list((tmp_path / "laptop").iterdir()) == []

        restoring.replace(second.hex())
        restoring.bring_back()
        laptop = Party(tmp_path / "laptop", account("alice", house.address))
        try:
            laptop.until_online()
            listed = [each.device for each in verify_device_list(laptop.engine._base.own.device_list).devices]
            assert listed == [first, third, laptop.engine._base.own.device]
            alice.until(lambda: len(alice.ask(c.Devices())) == 3 and id_here(alice, listed[-1]), "the new device")
        finally:
            laptop.close()


def id_here(party: Party, device: bytes) -> bool:
    """Tell whether a party knows an own device."""
    return any(each.device == device.hex() for each in party.ask(c.Devices()))
