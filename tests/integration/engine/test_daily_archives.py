"""A backup is made every day by itself, read back before it counts, and a failure is noted and told."""

from pathlib import Path

import pytest

from babilu.api import commands as c
from babilu.api import events as e
from babilu.archive.folder import archive_name, made_at
from babilu.archive.reader import findings_of
from babilu.archive.recovery_code import new_code, read_code
from babilu.crypto.secret import Passphrase
from babilu.kernel.errors import UsageError
from babilu.kernel.limits import DAY_MS
from babilu.kernel.states import ArchiveVerdict
from babilu.system import SystemRandomness
from tests.integration.engine.party import Party, WrongClock, account
from tests.integration.engine.relays import running_relay

WORDS = " ".join(new_code(SystemRandomness()))


def look(party: Party) -> None:
    """Have the client look whether a day has passed, and wait until it has done what follows."""
    party.engine._archives.look()
    party.engine._archives._worker.ask(lambda: None).result(60)


def test_the_first_one_is_there_with_the_answer_for_a_program_that_ends_with_it(tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    with running_relay(tmp_path / "relay") as house:
        alice = Party(tmp_path / "home", account("alice", house.address))
        try:
            status = alice.ask(c.KeepArchives(str(folder), Passphrase(WORDS), first=True))
            assert (status.kept, status.error) == (1, None)
            folder.rename(tmp_path / "elsewhere")
            folder.write_bytes(b"no folder any more")
            with pytest.raises(UsageError):
                alice.ask(c.KeepArchives(str(folder), Passphrase(WORDS), first=True))
        finally:
            alice.close()


def test_one_is_made_each_day_and_opens_with_the_code(tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    clock = WrongClock()
    with running_relay(tmp_path / "relay") as house:
        alice = Party(tmp_path / "home", account("alice", house.address), clock=clock)
        try:
            alice.until_online()
            assert alice.ask(c.ArchiveStatus()).last is None
            alice.ask(c.KeepArchives(str(folder), Passphrase(WORDS)))
            look(alice)
            assert len(list(folder.iterdir())) == 1
            clock.ahead_ms = DAY_MS - 60_000
            look(alice)
            assert len(list(folder.iterdir())) == 1
            clock.ahead_ms = DAY_MS + 60_000
            look(alice)

            names = sorted(path.name for path in folder.iterdir())
            stem = alice.engine._profile.paths.database.stem
            assert [made_at(stem, name) is not None for name in names] == [True, True]
            assert all(findings_of(folder / name, read_code(WORDS)).verdict is ArchiveVerdict.GOOD for name in names)
            status = alice.ask(c.ArchiveStatus())
            assert (status.folder, status.kept, status.error) == (str(folder), 2, None)
            assert status.last is not None
            assert status.last.rehearsed_ms is not None

            alice.ask(c.KeepArchives(None))
            clock.ahead_ms = 3 * DAY_MS
            look(alice)
            assert sorted(path.name for path in folder.iterdir()) == names
        finally:
            alice.close()


def test_a_folder_that_is_gone_is_told_and_tried_again_an_hour_later(tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    clock = WrongClock()
    with running_relay(tmp_path / "relay") as house:
        alice = Party(tmp_path / "home", account("alice", house.address), clock=clock)
        try:
            alice.until_online()
            alice.ask(c.KeepArchives(str(folder), Passphrase(WORDS)))
            look(alice)
            for path in folder.iterdir():
                path.unlink()
            folder.rmdir()
            clock.ahead_ms = DAY_MS + 60_000
            look(alice)
            (warned,) = alice.of(e.Warned)
            assert (warned.code, warned.fatal) == ("not_backed_up", False)
            assert alice.ask(c.ArchiveStatus()).error == "not_found"
            look(alice)
            assert len(alice.of(e.Warned)) == 1
            folder.mkdir()
            clock.ahead_ms += 61 * 60 * 1000
            look(alice)
            assert alice.ask(c.ArchiveStatus()).error is None
            assert len(list(folder.iterdir())) == 1
        finally:
            alice.close()


def test_daily_ones_want_a_folder_that_is_there_and_a_code(tmp_path: Path) -> None:
    with running_relay(tmp_path / "relay") as house:
        alice = Party(tmp_path / "home", account("alice", house.address))
        try:
            for folder, code in ((tmp_path / "none", WORDS), (tmp_path, None), (tmp_path, "no code")):
                with pytest.raises(UsageError):
                    alice.ask(c.KeepArchives(str(folder), None if code is None else Passphrase(code)))
            assert alice.ask(c.ArchiveStatus()).folder is None
        finally:
            alice.close()


def test_one_made_by_hand_takes_the_place_of_no_daily_one(tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    clock = WrongClock()
    with running_relay(tmp_path / "relay") as house:
        alice = Party(tmp_path / "home", account("alice", house.address), clock=clock)
        try:
            alice.until_online()
            by_hand = tmp_path / "by hand.babilu"
            alice.ask(c.CreateArchive(str(by_hand), Passphrase(WORDS), rehearse=False))
            alice.ask(c.KeepArchives(str(folder), Passphrase(WORDS)))
            look(alice)
            assert len(list(folder.iterdir())) == 1

            # What a run has left that was killed goes a day later; of today it may be another device's.
            stem = alice.engine._profile.paths.database.stem
            begun = folder / f"{archive_name(stem, clock.now_ms())}.part"
            begun.write_bytes(b"half of one")
            look(alice)
            assert begun.exists()
            clock.ahead_ms = DAY_MS + 60_000
            look(alice)
            assert len(list(folder.iterdir())) == 2
            assert not begun.exists()
        finally:
            alice.close()
