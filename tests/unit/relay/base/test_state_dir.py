import stat
import sys
from pathlib import Path

import pytest

from babilu.kernel.errors import ErrorCode, ProfileError
from babilu.relay.base.state_dir import StateDir, make_folder
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
