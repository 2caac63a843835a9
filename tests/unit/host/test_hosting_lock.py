import socket
import stat
from pathlib import Path

import pytest

from babilu.host import hosting_lock as seats
from babilu.host.hosting_lock import HostingLock, connect, folder_of, is_hosted
from babilu.kernel.errors import ErrorCode, LinkError, ProfileError
from babilu.store.profile_files import ProfilePaths


@pytest.fixture
def paths(tmp_path: Path) -> ProfilePaths:
    return ProfilePaths.for_direct(tmp_path, "alice")


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_one_process_sits_and_the_next_after_it(paths: ProfilePaths) -> None:
    hosting_lock = HostingLock.take(paths)
    assert hosting_lock is not None
    assert HostingLock.take(paths) is None
    hosting_lock.leave()
    hosting_lock.leave()
    assert not folder_of(paths).exists()
    again = HostingLock.take(paths)
    assert again is not None
    again.leave()


def test_folder_and_socket_are_the_users_alone(paths: ProfilePaths) -> None:
    hosting_lock = HostingLock.take(paths)
    assert hosting_lock is not None
    assert mode_of(folder_of(paths)) == 0o700
    assert mode_of(folder_of(paths) / "socket") == 0o600
    assert mode_of(folder_of(paths) / "lock") == 0o600
    assert is_hosted(paths)
    hosting_lock.leave()
    assert not is_hosted(paths)


def test_what_a_killed_host_left_is_taken_over(paths: ProfilePaths) -> None:
    folder = folder_of(paths)
    folder.mkdir(mode=0o755)
    (folder / "lock").touch()
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(folder / "socket"))
    left.close()
    assert connect(paths) is None
    hosting_lock = HostingLock.take(paths)
    assert hosting_lock is not None
    assert mode_of(folder) == 0o700
    connected = connect(paths)
    assert connected is not None
    connected.close()
    hosting_lock.leave()


def test_a_link_in_place_of_the_folder_is_refused(paths: ProfilePaths, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    folder_of(paths).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ProfileError) as refused:
        HostingLock.take(paths)
    assert refused.value.code is ErrorCode.NOT_ALLOWED


def test_nobody_attaches_where_nobody_listens(paths: ProfilePaths) -> None:
    assert connect(paths) is None


def test_a_passphrase_is_not_brought_to_another_users_process(
    paths: ProfilePaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    hosting_lock = HostingLock.take(paths)
    assert hosting_lock is not None
    monkeypatch.setattr(seats, "peer_uid", lambda _: 4_294_967_294)
    with pytest.raises(LinkError, match="another user"):
        connect(paths)
    hosting_lock.leave()


def test_a_folder_that_lies_deep_can_be_reached(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["a folder with a name of some length"] * 5)
    paths = ProfilePaths.for_direct(deep, "alice")
    hosting_lock = HostingLock.take(paths)
    assert hosting_lock is not None
    connected = connect(paths)
    assert connected is not None
    connected.close()
    hosting_lock.leave()


def test_a_disk_without_sockets_hosts_for_itself_alone(paths: ProfilePaths, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> None:
        raise PermissionError(1, "Operation not permitted", str(path))

    monkeypatch.setattr(seats, "reachable", refuse)
    hosting_lock = HostingLock.take(paths)
    assert hosting_lock is not None
    assert hosting_lock.listening is None
    assert not is_hosted(paths)
    hosting_lock.leave()
