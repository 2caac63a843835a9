import gc
import os
import shutil
import signal
import stat
import tempfile
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from babilu.crypto.secret import Passphrase, Secret
from babilu.kernel.errors import AccountError, BabiluError, ErrorCode, ProfileError
from babilu.store import profile_store
from babilu.store.database import Database
from babilu.store.profile_files import ProfilePaths, is_in_use
from babilu.store.profile_store import PASSPHRASES_MAX, ProfileStore
from babilu.store.unlock import UnlockPhase, read_unlock_file, write_unlock_file
from tests.unit.session.devices import CountedRandomness
from tests.unit.store.builders import SetClock, cheap_cost, paths_in
from tests.unit.store.test_profile import a_profile

RIGHT = Passphrase("correct horse")
NEW = Passphrase("battery staple")
pytestmark = pytest.mark.usefixtures("cheap_passwords")

RANDOMNESS = CountedRandomness("profile stores")
KILLED = 9


def create(folder: Path) -> ProfileStore:
    return ProfileStore.create(paths_in(folder), RIGHT, RANDOMNESS, SetClock(), cheap_cost())


def open_in(folder: Path, passphrase: Passphrase = RIGHT) -> ProfileStore:
    return ProfileStore.open(paths_in(folder), passphrase, RANDOMNESS, SetClock(), cheap_cost())


def code_of_opening(folder: Path, passphrase: Passphrase = RIGHT) -> ErrorCode:
    with pytest.raises(BabiluError) as refused:
        open_in(folder, passphrase)
    return refused.value.code


def write(store: ProfileStore, value: bytes) -> None:
    with store.database.write() as unit:
        unit.settings.set("value", value)


def read(store: ProfileStore) -> bytes | None:
    with store.database.read() as unit:
        return unit.settings.get("value")


def close_and_judge(store: ProfileStore) -> tuple[bytes | None, bool]:
    """Return what the profile holds and whether it was rolled back, and close it."""
    outcome = read(store), store.is_rolled_back
    store.close()
    return outcome


@pytest.fixture(scope="module")
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed profile that holds ``kept``; to be copied, not changed."""
    request.getfixturevalue("cheap_passwords")
    folder = tmp_path_factory.mktemp("made")
    store = create(folder)
    with store.database.write() as unit:
        unit.profile.create(a_profile())
    write(store, b"kept")
    store.close()
    return folder


@pytest.fixture
def home(made: Path, tmp_path: Path) -> Path:
    """A closed profile that holds ``kept``."""
    return Path(shutil.copytree(made, tmp_path / "home"))


def start_child(work: Callable[[], None]) -> int:
    """Run something in a process of its own, which ends without tidying up, and return its id."""
    with warnings.catch_warnings():
        # The threads of the test runner, which newer Pythons warn about, only wait.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if not child:
        try:
            work()
        finally:
            os._exit(1)
    return child


def in_a_child(work: Callable[[], None]) -> int:
    """Run something in a process of its own and return its exit status."""
    return os.waitstatus_to_exitcode(os.waitpid(start_child(work), 0)[1])


def crash_after(folder: Path, work: Callable[[ProfileStore], object]) -> None:
    """Open a profile, do something with it and end as by a power failure."""

    def crash() -> None:
        store = open_in(folder)
        work(store)
        os._exit(KILLED)

    assert in_a_child(crash) == KILLED


def test_a_profile_opens_with_its_passphrase_and_holds_what_it_held(home: Path) -> None:
    assert close_and_judge(open_in(home)) == (b"kept", False)
    assert close_and_judge(open_in(home)) == (b"kept", False)


def test_a_wrong_passphrase_has_the_wrong_credentials_and_changes_nothing(home: Path) -> None:
    before = {path: path.read_bytes() for path in home.iterdir()}
    with pytest.raises(AccountError) as refused:
        open_in(home, NEW)
    assert refused.value.code is ErrorCode.WRONG_CREDENTIALS
    assert {path: path.read_bytes() for path in home.iterdir()} == before
    assert not is_in_use(paths_in(home))


def test_there_is_nothing_to_open_where_nothing_was_made(tmp_path: Path) -> None:
    assert not ProfileStore.exists(paths_in(tmp_path))
    assert code_of_opening(tmp_path) is ErrorCode.NOT_FOUND
    assert code_of_opening(tmp_path / "missing") is ErrorCode.NOT_FOUND
    assert list(tmp_path.iterdir()) == []


def test_a_profile_is_not_made_over_another(home: Path) -> None:
    with pytest.raises(ProfileError) as refused:
        create(home)
    assert refused.value.code is ErrorCode.CONFLICT
    assert close_and_judge(open_in(home)) == (b"kept", False)


def test_a_profile_is_open_once(home: Path) -> None:
    store = open_in(home)
    assert code_of_opening(home) is ErrorCode.PROFILE_IN_USE
    with pytest.raises(ProfileError) as refused:
        create(home)
    assert refused.value.code is ErrorCode.PROFILE_IN_USE
    assert close_and_judge(store) == (b"kept", False)


def test_every_file_is_its_owners_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        store = create(tmp_path)
        write(store, b"kept")
    finally:
        os.umask(before)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    store.close()
    assert len(modes) == 5
    assert set(modes.values()) == {0o600}


@pytest.mark.parametrize("ending", ["", ".unlock"])
def test_a_profile_behind_a_link_is_refused(home: Path, ending: str) -> None:
    path = home / (paths_in(home).database.name + ending)
    path.rename(home / "elsewhere")
    path.symlink_to(home / "elsewhere")
    assert code_of_opening(home) is ErrorCode.NOT_ALLOWED


def test_a_home_behind_a_link_is_the_users_choice(home: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(home)
    assert close_and_judge(open_in(tmp_path / "link")) == (b"kept", False)


@pytest.fixture
def readable_folder(made: Path) -> Iterator[Path]:
    """A profile in a folder that may be read and not written, for a user who is not root."""
    folder = Path(tempfile.mkdtemp())
    for path in made.iterdir():
        shutil.copy(path, folder)
        if os.geteuid() == 0:
            os.chown(folder / path.name, 65534, 65534)
    folder.chmod(0o555)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


def code_as_nobody(work: Callable[[], object]) -> ErrorCode | None:
    """Do something without root's rights and return the code of its error."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        work()
    except BabiluError as error:
        return error.code
    finally:
        if root:
            os.seteuid(0)
    return None


def test_a_folder_that_cannot_be_written_is_reported(readable_folder: Path) -> None:
    assert code_as_nobody(lambda: open_in(readable_folder)) is ErrorCode.NOT_ALLOWED
    direct = ProfilePaths.for_direct(readable_folder, "carol")
    assert code_as_nobody(lambda: ProfileStore.create(direct, RIGHT, RANDOMNESS, SetClock(), cheap_cost())) is (
        ErrorCode.NOT_ALLOWED
    )
    assert code_as_nobody(lambda: create(readable_folder / "deeper")) is ErrorCode.NOT_ALLOWED


def test_a_password_is_changed_by_adding_the_new_one_and_then_removing_the_old_one(home: Path) -> None:
    store = open_in(home)
    added = store.add_passphrase(NEW, store.opened_by, None)
    store.close()
    for passphrase in (RIGHT, NEW):
        store = open_in(home, passphrase)
        assert store.way_of(NEW) == added
        store.close()

    store = open_in(home, RIGHT)
    store.remove_way(store.opened_by)
    store.close()
    assert code_of_opening(home, RIGHT) is ErrorCode.WRONG_CREDENTIALS
    assert close_and_judge(open_in(home, NEW)) == (b"kept", False)


def test_the_identity_key_is_opened_by_the_password_alone_and_is_in_no_other_file(tmp_path: Path) -> None:
    seed = Secret(b"identity of alice, 32 bytes long")
    paths = ProfilePaths.for_direct(tmp_path, "alice")
    store = ProfileStore.create(paths, RIGHT, RANDOMNESS, SetClock(), cheap_cost(), identity=seed)
    assert store.has_identity
    assert store.identity(RIGHT) == seed
    with pytest.raises(AccountError) as refused:
        store.identity(NEW)
    assert refused.value.code is ErrorCode.WRONG_CREDENTIALS
    with store.database.read() as unit:
        everything = "".join(unit.statements.all("SELECT group_concat(sql) FROM sqlite_schema")[0])
    assert "identity" not in everything.partition("CREATE TABLE profile")[2].partition(")")[0]
    store.close()
    held = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert seed.reveal() not in held


def test_the_identity_key_goes_under_another_password_with_the_profile(tmp_path: Path) -> None:
    seed = Secret(b"identity of alice, 32 bytes long")
    paths = ProfilePaths.for_direct(tmp_path, "alice")
    store = ProfileStore.create(paths, RIGHT, RANDOMNESS, SetClock(), cheap_cost(), identity=seed)
    added = store.add_passphrase(NEW, store.opened_by, store.identity(RIGHT))
    assert (store.identity(RIGHT), store.identity(NEW)) == (seed, seed)
    store.keep_passphrase_alone(added)
    assert store.identity(NEW) == seed
    with pytest.raises(AccountError) as refused:
        store.identity(RIGHT)
    assert refused.value.code is ErrorCode.WRONG_CREDENTIALS
    store.close()


def test_a_companion_has_no_identity_key_and_may_be_given_one(tmp_path: Path) -> None:
    paths = ProfilePaths.for_direct(tmp_path, "alice")
    store = ProfileStore.create(paths, RIGHT, RANDOMNESS, SetClock(), cheap_cost())
    assert not store.has_identity
    for passphrase, code in ((RIGHT, ErrorCode.COMPANION), (NEW, ErrorCode.WRONG_CREDENTIALS)):
        with pytest.raises(AccountError) as refused:
            store.identity(passphrase)
        assert refused.value.code is code
    seed = Secret(b"identity of alice, 32 bytes long")
    store.keep_identity(RIGHT, seed)
    assert store.identity(RIGHT) == seed
    assert store.way_of(RIGHT) == store.opened_by
    store.close()


def test_of_many_passphrases_the_oldest_goes_and_the_present_one_stays(home: Path) -> None:
    store = open_in(home)
    others = [Passphrase(f"attempt {number}") for number in range(PASSPHRASES_MAX)]
    ways = [store.add_passphrase(other, store.opened_by, None) for other in others]
    store.close()

    store = open_in(home, RIGHT)
    assert [store.way_of(other) for other in others[1:]] == ways[1:]
    with pytest.raises(AccountError):
        store.way_of(others[0])
    store.keep_passphrase_alone(ways[-1])
    store.close()
    assert code_of_opening(home, RIGHT) is ErrorCode.WRONG_CREDENTIALS
    assert code_of_opening(home, others[1]) is ErrorCode.WRONG_CREDENTIALS
    assert close_and_judge(open_in(home, others[-1])) == (b"kept", False)


def test_the_last_way_of_opening_a_profile_stays(home: Path) -> None:
    store = open_in(home)
    with pytest.raises(ValueError, match="last way"):
        store.remove_way(store.opened_by)
    with pytest.raises(AccountError):
        store.way_of(NEW)
    assert store.way_of(RIGHT) == store.opened_by
    store.close()


def test_a_discarded_profile_leaves_nothing(tmp_path: Path) -> None:
    store = create(tmp_path)
    store.paths.files.mkdir()
    store.discard()
    store.discard()
    store.close()
    assert list(tmp_path.iterdir()) == []


def test_closing_twice_is_closing_once(home: Path) -> None:
    store = open_in(home)
    store.close()
    stamps = read_unlock_file(paths_in(home).unlock).stamps
    store.close()
    assert read_unlock_file(paths_in(home).unlock).stamps == stamps


def test_a_profile_that_nobody_closed_is_closed_when_nobody_holds_it(home: Path) -> None:
    store = open_in(home)
    write(store, b"newer")
    del store
    gc.collect()
    assert read_unlock_file(paths_in(home).unlock).phase is UnlockPhase.CLOSED
    assert close_and_judge(open_in(home)) == (b"newer", False)


def test_opening_and_closing_each_leave_a_new_stamp(home: Path) -> None:
    seen = {read_unlock_file(paths_in(home).unlock).stamps}
    for _ in range(2):
        store = open_in(home)
        seen.add(read_unlock_file(paths_in(home).unlock).stamps)
        store.close()
        seen.add(read_unlock_file(paths_in(home).unlock).stamps)
    assert {len(stamps) for stamps in seen} == {1}
    assert len(seen) == 5


def test_a_database_put_back_from_a_copy_is_noticed_and_still_opens(home: Path, tmp_path: Path) -> None:
    copy = shutil.copy(paths_in(home).database, tmp_path / "copy")
    store = open_in(home)
    write(store, b"newer")
    store.close()
    shutil.copy(copy, paths_in(home).database)
    assert close_and_judge(open_in(home)) == (b"kept", True)


def test_a_rollback_to_before_the_keys_never_becomes_a_new_identity(tmp_path: Path) -> None:
    store = create(tmp_path / "home")
    store.close()
    copy = shutil.copy(store.paths.database, tmp_path / "copy")
    store = open_in(tmp_path / "home")
    with store.database.write() as unit:
        unit.profile.create(a_profile())
    store.close()
    shutil.copy(copy, store.paths.database)
    assert code_of_opening(tmp_path / "home") is ErrorCode.PROFILE_DAMAGED
    assert Path(copy).read_bytes() == store.paths.database.read_bytes()


def test_a_rollback_that_somebody_else_noticed_is_remembered(home: Path) -> None:
    store = open_in(home)
    store.note_rollback()
    assert store.is_rolled_back
    store.close()
    assert close_and_judge(open_in(home)) == (b"kept", True)


def test_a_rollback_is_reported_until_it_was_dealt_with(home: Path, tmp_path: Path) -> None:
    copy = shutil.copy(paths_in(home).database, tmp_path / "copy")
    open_in(home).close()
    shutil.copy(copy, paths_in(home).database)
    crash_after(home, read)
    assert close_and_judge(open_in(home)) == (b"kept", True)
    store = open_in(home)
    with store.database.write() as unit:
        store.forget_rollback(unit)
    assert not store.is_rolled_back
    store.close()
    assert close_and_judge(open_in(home)) == (b"kept", False)


def test_a_copy_made_while_the_profile_was_open_is_noticed_too(home: Path, tmp_path: Path) -> None:
    store = open_in(home)
    copies = {path: shutil.copy(path, tmp_path) for path in (store.paths.database, store.paths.log)}
    write(store, b"newer")
    store.close()
    for path, copied in copies.items():
        shutil.copy(copied, path)
    assert close_and_judge(open_in(home)) == (b"kept", True)


def test_a_whole_folder_put_back_from_a_copy_looks_like_what_it_was(home: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(home, tmp_path / "copy")
    store = open_in(home)
    write(store, b"newer")
    store.close()
    assert close_and_judge(open_in(Path(copy))) == (b"kept", False)


def test_a_crash_is_no_rollback(home: Path) -> None:
    for value in (b"one", b"two"):
        crash_after(home, partial(write, value=value))
        assert paths_in(home).log.stat().st_size > 0
    assert close_and_judge(open_in(home)) == (b"two", False)


def test_a_log_that_was_lost_after_a_crash_is_noticed(home: Path) -> None:
    crash_after(home, lambda store: write(store, b"newer"))
    paths_in(home).log.unlink()
    assert close_and_judge(open_in(home)) == (b"kept", True)


def write_checkpoint_and_write(store: ProfileStore) -> None:
    """Bring the stamp into the database itself, so that it alone would not tell that the log is lost."""
    write(store, b"newer")
    store.database._writer.execute("PRAGMA wal_checkpoint(RESTART)")
    for number in range(9):
        write(store, b"newest %d" % number)


@pytest.mark.parametrize("ending", [0, 16, 40, 5000])
def test_a_log_that_was_lost_or_cut_after_a_checkpoint_is_noticed(home: Path, ending: int) -> None:
    crash_after(home, write_checkpoint_and_write)
    log = paths_in(home).log
    whole = bytearray(log.read_bytes())
    if ending:
        whole[ending] ^= 1
        log.write_bytes(whole)
    else:
        log.unlink()
    value, rolled_back = close_and_judge(open_in(home))
    assert value != b"newest 8"
    assert rolled_back


def refuse(*_: object) -> None:
    """Stand in for what a full disk refuses."""
    raise ProfileError(ErrorCode.DISK_FULL, "The disk is full.")


def test_a_refused_opening_after_a_crash_leaves_the_log_for_the_next(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crash_after(home, lambda store: write(store, b"newer"))
    assert code_of_opening(home, NEW) is ErrorCode.WRONG_CREDENTIALS
    with monkeypatch.context() as full_disk:
        full_disk.setattr(profile_store, "write_unlock_file", refuse)
        assert code_of_opening(home) is ErrorCode.DISK_FULL
    assert close_and_judge(open_in(home)) == (b"newer", False)


def test_closing_on_a_full_disk_loses_nothing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_in(home)
    write(store, b"newer")
    with monkeypatch.context() as full_disk:
        full_disk.setattr(profile_store, "write_unlock_file", refuse)
        store.close()
    assert not is_in_use(paths_in(home))
    assert close_and_judge(open_in(home)) == (b"newer", False)


def test_a_database_without_its_unlock_file_is_never_replaced(home: Path) -> None:
    paths = paths_in(home)
    paths.unlock.unlink()
    before = paths.database.read_bytes()
    assert code_of_opening(home) is ErrorCode.PROFILE_DAMAGED
    with pytest.raises(ProfileError) as refused:
        create(home)
    assert refused.value.code is ErrorCode.CONFLICT
    assert paths.database.read_bytes() == before


def test_an_unlock_file_without_its_database_never_becomes_a_new_identity(home: Path) -> None:
    paths_in(home).database.unlink()
    assert code_of_opening(home) is ErrorCode.PROFILE_DAMAGED
    with pytest.raises(ProfileError) as refused:
        create(home)
    assert refused.value.code is ErrorCode.CONFLICT
    assert not paths_in(home).database.exists()


def test_the_unlock_file_of_another_profile_does_not_open_this_one(home: Path, tmp_path: Path) -> None:
    other = create(tmp_path / "other")
    other.close()
    shutil.copy(other.paths.unlock, paths_in(home).unlock)
    assert code_of_opening(home) is ErrorCode.PROFILE_DAMAGED


@pytest.mark.parametrize("offset", [3, 4000])
def test_a_damaged_profile_is_reported_and_left_as_it_is(home: Path, offset: int) -> None:
    path = paths_in(home).database
    content = bytearray(path.read_bytes())
    content[offset] ^= 1
    path.write_bytes(content)
    unlock_before = paths_in(home).unlock.read_bytes()
    assert code_of_opening(home) is ErrorCode.PROFILE_DAMAGED
    assert path.read_bytes() == content
    assert paths_in(home).unlock.read_bytes() == unlock_before


class Kill:
    """Ends the process at the n-th of the moments between which something durable happens."""

    def __init__(self, moment: int) -> None:
        self._left = moment

    def passes(self) -> None:
        self._left -= 1
        if not self._left:
            os._exit(KILLED)

    def around(self, function: Callable[..., object]) -> Callable[..., object]:
        def surrounded(*args: object, **options: object) -> object:
            self.passes()
            result = function(*args, **options)
            self.passes()
            return result

        return surrounded


def live_until_killed(folder: Path, moment: int, begin: Callable[[Path], ProfileStore]) -> int:
    """Open, write and close a profile in a process that is killed at a moment; returns its exit status."""

    def live() -> None:
        kill = Kill(moment)
        setattr(profile_store, "write_unlock_file", kill.around(write_unlock_file))  # noqa: B010
        for name in ("set_stamp", "close"):
            setattr(Database, name, kill.around(getattr(Database, name)))
        store = begin(folder)
        write(store, b"newer")
        store.close()
        os._exit(0)

    return in_a_child(live)


@pytest.mark.parametrize("moment", range(1, 15))
def test_a_process_killed_while_it_opens_or_closes_a_profile_loses_nothing(home: Path, moment: int) -> None:
    assert live_until_killed(home, moment, open_in) == KILLED
    value, rolled_back = close_and_judge(open_in(home))
    assert value == (b"kept" if moment <= 6 else b"newer")
    assert not rolled_back


def test_the_moments_of_opening_and_closing_were_all_tried(home: Path) -> None:
    assert live_until_killed(home, 15, open_in) == 0


@pytest.mark.parametrize("moment", range(1, 6))
def test_a_profile_whose_making_was_interrupted_is_made_anew(tmp_path: Path, moment: int) -> None:
    assert live_until_killed(tmp_path, moment, create) == KILLED
    assert not ProfileStore.exists(paths_in(tmp_path))
    assert code_of_opening(tmp_path) is ErrorCode.NOT_FOUND
    store = create(tmp_path)
    write(store, b"second try")
    store.close()
    assert close_and_judge(open_in(tmp_path)) == (b"second try", False)


def test_a_profile_counts_as_made_once_its_files_hold_together(tmp_path: Path) -> None:
    assert live_until_killed(tmp_path, 6, create) == KILLED
    assert close_and_judge(open_in(tmp_path)) == (None, False)


@pytest.mark.parametrize("commits", [1, 7, 40])
def test_what_was_committed_survives_a_kill_at_any_moment(home: Path, commits: int) -> None:
    reading, writing = os.pipe()

    def commit_for_ever() -> None:
        store = open_in(home)
        number = 0
        while True:
            number += 1
            write(store, b"%d" % number)
            os.write(writing, b".")

    child = start_child(commit_for_ever)
    os.close(writing)
    told = 0
    while told < commits and (signs := os.read(reading, 4096)):
        told += len(signs)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    while late := os.read(reading, 4096):
        told += len(late)
    os.close(reading)

    value, rolled_back = close_and_judge(open_in(home))

    assert value is not None
    assert commits <= told <= int(value) <= told + 1
    assert not rolled_back


def test_making_a_profile_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Database, "set_stamp", refuse)
    with pytest.raises(ProfileError):
        create(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [paths_in(tmp_path).lock.name]
    monkeypatch.undo()
    create(tmp_path).close()
