import stat
import sys
from pathlib import Path

import pytest

from babilu.kernel.errors import ErrorCode, ProfileError, UsageError
from babilu.relay.base.state_dir import StateDir, copy_key, make_folder
from babilu.system import SystemRandomness

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="modes are Unix's")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def folder(path: Path, mode: int) -> Path:
    path.mkdir()
    path.chmod(mode)
    return path


def test_a_folder_that_was_made_for_all_is_closed_to_others(tmp_path: Path) -> None:
    open_to_all = folder(tmp_path / "relay", 0o777)
    StateDir.open(open_to_all, SystemRandomness()).close()
    assert mode(open_to_all) == 0o700


def test_the_folder_of_a_relay_is_closed_again_at_every_start(tmp_path: Path) -> None:
    StateDir.open(tmp_path / "relay", SystemRandomness()).close()
    (tmp_path / "relay").chmod(0o755)
    StateDir.open(tmp_path / "relay", SystemRandomness()).close()
    assert mode(tmp_path / "relay") == 0o700


def test_a_folder_with_other_things_in_it_stays_readable_and_nobody_else_may_write(tmp_path: Path) -> None:
    shared = folder(tmp_path / "shared", 0o2777)
    (shared / "notes.txt").touch()
    make_folder(shared)
    assert mode(shared) == 0o2755


def test_a_relay_that_has_lost_its_key_does_not_start_as_another_one(tmp_path: Path) -> None:
    home = StateDir.open(tmp_path / "relay", SystemRandomness())
    home.close()
    home.database.touch()
    (tmp_path / "relay" / "relay.key").unlink()
    with pytest.raises(ProfileError) as refused:
        StateDir.open(tmp_path / "relay", SystemRandomness())
    assert refused.value.code is ErrorCode.PROFILE_DAMAGED
    assert not (tmp_path / "relay" / "relay.key").exists()


def test_a_node_s_key_is_carried_to_another_folder_which_then_is_the_same_relay_s(tmp_path: Path) -> None:
    first = StateDir.open(tmp_path / "first", SystemRandomness())
    carried = tmp_path / "node.key"
    copy_key(first.path, carried)
    assert mode(carried) == 0o600
    for _ in range(2):
        # Named again it does no harm.
        second = StateDir.open(tmp_path / "second", SystemRandomness(), node_key=carried)
        assert second.key.public == first.key.public
        second.close()
    assert mode(second.path / "relay.key") == 0o600
    first.close()


def test_a_node_s_key_takes_no_other_relay_s_place(tmp_path: Path) -> None:
    first = StateDir.open(tmp_path / "first", SystemRandomness())
    StateDir.open(tmp_path / "other", SystemRandomness()).close()
    copy_key(first.path, tmp_path / "node.key")
    with pytest.raises(UsageError, match="another relay") as refusal:
        StateDir.open(tmp_path / "other", SystemRandomness(), node_key=tmp_path / "node.key")
    assert refusal.value.code is ErrorCode.CONFLICT
    # The folder is free for its own relay.
    StateDir.open(tmp_path / "other", SystemRandomness()).close()
    first.close()


def test_what_is_no_node_s_key_is_refused_and_no_file_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "short.key").write_bytes(b"short")
    for named in ("short.key", "missing.key"):
        with pytest.raises(UsageError, match=named):
            StateDir.open(tmp_path / "relay", SystemRandomness(), node_key=tmp_path / named)
    StateDir.open(tmp_path / "relay", SystemRandomness()).close()
    with pytest.raises(UsageError, match="cannot be written"):
        copy_key(tmp_path / "relay", tmp_path / "short.key")
    assert (tmp_path / "short.key").read_bytes() == b"short"
    with pytest.raises(UsageError, match="cannot be read"):
        copy_key(tmp_path / "nobody", tmp_path / "new.key")
    assert not (tmp_path / "new.key").exists()
