import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from babilu.kernel.errors import ErrorCode, ProfileError, UsageError
from babilu.store.profile_files import ProfileLock, ProfilePaths, is_in_use, list_profiles
from tests.unit.store.builders import paths_in

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("user", "host", "port", "file_name"),
    [
        ("alice", "127.0.0.1", 5050, "alice@127.0.0.1_5050.db"),
        ("alice", "Chat.Example.ORG", 443, "alice@chat.example.org_443.db"),
        ("alice", "::1", 5050, "alice@__1_5050.db"),
        ("alice", "[2001:DB8:0:0::7]", 5050, "alice@2001_db8__7_5050.db"),
        ("a.b-c_d", "localhost", 1, "a.b-c_d@localhost_1.db"),
        ("жук", "localhost", 5050, "жук@localhost_5050.db"),
    ],
)
def test_an_account_has_its_files(tmp_path: Path, user: str, host: str, port: int, file_name: str) -> None:
    paths = ProfilePaths.for_relay(tmp_path, user, host, port)
    assert paths.database == tmp_path / file_name
    assert paths.unlock == tmp_path / f"{file_name}.unlock"
    assert paths.lock == tmp_path / f"{file_name}.lock"
    assert paths.files == tmp_path / f"{file_name.removesuffix('.db')}.files"
    assert paths.home == tmp_path


def test_a_profile_without_a_relay_has_its_files(tmp_path: Path) -> None:
    assert ProfilePaths.for_direct(tmp_path, "carol").database == tmp_path / "carol@direct.db"


def test_one_address_has_one_spelling(tmp_path: Path) -> None:
    spellings = ["::1", "[::1]", "0:0:0:0:0:0:0:1"]
    assert len({ProfilePaths.for_relay(tmp_path, "alice", host, 5050) for host in spellings}) == 1


@pytest.mark.parametrize("name", ["", ".", "..", "../bob", "a/b", "a\\b", "a\0b", "a\nb", "-rf", "a b", "a@b", ".bob"])
def test_a_name_that_could_lead_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError):
        ProfilePaths.for_direct(tmp_path, name)
    with pytest.raises(UsageError):
        ProfilePaths.for_relay(tmp_path, name, "localhost", 5050)


@pytest.mark.parametrize("host", ["", "../x", "a/b", "a b", "x" * 250])
def test_a_host_that_is_none_is_refused(tmp_path: Path, host: str) -> None:
    with pytest.raises(UsageError):
        ProfilePaths.for_relay(tmp_path, "alice", host, 5050)


def test_profiles_in_a_folder_are_listed_with_their_names_and_relays(tmp_path: Path) -> None:
    made = [
        ProfilePaths.for_relay(tmp_path, "alice", "127.0.0.1", 5050),
        ProfilePaths.for_relay(tmp_path, "alice", "::1", 5050),
        ProfilePaths.for_relay(tmp_path, "bob", "chat.example.org", 443),
        ProfilePaths.for_direct(tmp_path, "carol"),
    ]
    for paths in made:
        paths.database.touch()
        paths.unlock.touch()
        paths.lock.touch()
        paths.files.mkdir()
    for other in ("notes.db", "a@b.db", "@direct.db", "x@y_z.db", "alice@127.0.0.1_5050.txt"):
        (tmp_path / other).touch()
    (tmp_path / "folder@direct.db").mkdir()
    (tmp_path / "link@direct.db").symlink_to(made[0].database)
    assert list_profiles(tmp_path) == made
    assert [(paths.name, paths.relay) for paths in list_profiles(tmp_path)] == [
        ("alice", ("127.0.0.1", 5050)),
        ("alice", ("::1", 5050)),
        ("bob", ("chat.example.org", 443)),
        ("carol", None),
    ]


def test_a_folder_that_is_not_there_holds_no_profiles(tmp_path: Path) -> None:
    assert list_profiles(tmp_path / "missing") == []


def test_folders_are_made_for_their_owner_only(tmp_path: Path) -> None:
    paths = paths_in(tmp_path / "deep" / "home")
    before = os.umask(0)
    try:
        paths.make_home()
        paths.make_home()
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "deep" / "home").stat().st_mode) == 0o700


@pytest.mark.parametrize("ending", ["", ".unlock", ".lock", "-wal", "-shm"])
def test_a_file_that_is_a_link_is_refused_and_its_target_left_alone(tmp_path: Path, ending: str) -> None:
    paths, target = paths_in(tmp_path), tmp_path / "target"
    target.write_bytes(b"precious")
    paths.database.with_name(paths.database.name + ending).symlink_to(target)
    with pytest.raises(ProfileError) as refused:
        paths.check()
    assert refused.value.code is ErrorCode.NOT_ALLOWED
    assert target.read_bytes() == b"precious"


def test_a_folder_of_attachments_that_is_a_link_is_refused(tmp_path: Path) -> None:
    paths = paths_in(tmp_path)
    paths.files.symlink_to(tmp_path)
    with pytest.raises(ProfileError):
        paths.check()


def test_rights_of_others_to_a_copied_profile_are_taken_away(tmp_path: Path) -> None:
    paths = paths_in(tmp_path)
    for path in (paths.database, paths.unlock):
        path.touch()
        path.chmod(0o644)
    paths.check()
    assert {stat.S_IMODE(path.stat().st_mode) for path in (paths.database, paths.unlock)} == {0o600}


def test_a_profile_is_locked_once(tmp_path: Path) -> None:
    paths = paths_in(tmp_path)
    with ProfileLock.acquire(paths):
        with pytest.raises(ProfileError) as refused:
            ProfileLock.acquire(paths)
        assert refused.value.code is ErrorCode.PROFILE_IN_USE
        ProfileLock.acquire(ProfilePaths.for_direct(tmp_path, "carol")).release()
    ProfileLock.acquire(paths).release()


def test_a_lock_is_released_once(tmp_path: Path) -> None:
    lock = ProfileLock.acquire(paths_in(tmp_path))
    lock.release()
    with ProfileLock.acquire(paths_in(tmp_path)):
        lock.release()
        assert is_in_use(paths_in(tmp_path))


def test_whether_a_profile_is_in_use_can_be_asked_without_making_anything(tmp_path: Path) -> None:
    paths = paths_in(tmp_path)
    assert not is_in_use(paths)
    assert list(tmp_path.iterdir()) == []
    with ProfileLock.acquire(paths):
        assert is_in_use(paths)
    assert not is_in_use(paths)


HOLDER = """
import sys
from pathlib import Path
from babilu.store.profile_files import ProfileLock
from tests.unit.store.builders import paths_in
lock = ProfileLock.acquire(paths_in(Path(sys.argv[1])))
print("locked", flush=True)
sys.stdin.read()
"""


def test_the_lock_of_another_process_holds_until_it_ends_however_it_ends(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"locked\n"
        with pytest.raises(ProfileError) as refused:
            ProfileLock.acquire(paths_in(tmp_path))
        assert refused.value.code is ErrorCode.PROFILE_IN_USE
        assert is_in_use(paths_in(tmp_path))
        holder.kill()
    ProfileLock.acquire(paths_in(tmp_path)).release()


def test_asking_whether_a_profile_is_in_use_never_keeps_it_from_being_locked(tmp_path: Path) -> None:
    paths = paths_in(tmp_path)
    ProfileLock.acquire(paths).release()
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            is_in_use(paths)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(200):
            ProfileLock.acquire(paths).release()
    finally:
        done.set()
        for thread in threads:
            thread.join()


def test_a_removed_lock_file_does_not_let_two_in(tmp_path: Path) -> None:
    paths = paths_in(tmp_path)
    first = ProfileLock.acquire(paths)
    first.release_and_remove()
    assert not paths.lock.exists()
    with ProfileLock.acquire(paths), pytest.raises(ProfileError):
        ProfileLock.acquire(paths)
