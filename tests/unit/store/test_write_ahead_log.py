import shutil
from pathlib import Path

import pytest

from babilu.store.database import Database
from babilu.store.write_ahead_log import is_log_cut, is_log_lost
from tests.unit.store.builders import KEY, database_in, paths_in, reopened

FRAME = 4096 + 24


@pytest.fixture
def crashed(tmp_path: Path) -> Path:
    """A copy of a database in use, with commits that are in its log only."""
    home, copy = tmp_path / "home", tmp_path / "copy"
    home.mkdir()
    copy.mkdir()
    with database_in(home) as database, database.write() as unit:
        database.set_stamp(unit, bytes(16))
    with reopened(home) as database:
        for number in range(5):
            with database.write() as unit:
                unit.settings.set(f"name {number}", b"value")
        for path in (paths_in(home).database, paths_in(home).log):
            shutil.copy(path, copy)
    return copy


def frames_read(folder: Path) -> int:
    return Database.probe(paths_in(folder), KEY).log_frames


def change(path: Path, offset: int) -> None:
    content = bytearray(path.read_bytes())
    content[offset] ^= 1
    path.write_bytes(content)


def test_the_log_of_a_crash_is_whole(crashed: Path) -> None:
    log = paths_in(crashed).log
    frames = frames_read(crashed)
    assert frames == (log.stat().st_size - 32) // FRAME
    assert not is_log_lost(log)
    assert not is_log_cut(log, frames)


@pytest.mark.parametrize("content", [None, b"", bytes(16), bytes(4096)])
def test_a_log_that_is_missing_or_has_no_header_is_lost(crashed: Path, content: bytes | None) -> None:
    log = paths_in(crashed).log
    log.unlink()
    if content is not None:
        log.write_bytes(content)
    assert is_log_lost(log)


@pytest.mark.parametrize("offset", [0, 3, 12, 20, 30])
def test_a_flipped_bit_in_the_header_loses_the_log(crashed: Path, offset: int) -> None:
    change(paths_in(crashed).log, offset)
    assert is_log_lost(paths_in(crashed).log)


@pytest.mark.parametrize("frame", [0, 1])
@pytest.mark.parametrize("offset", [0, 9, 17, 200])
def test_a_flipped_bit_before_later_commits_cuts_the_log(crashed: Path, frame: int, offset: int) -> None:
    log = paths_in(crashed).log
    change(log, 32 + frame * FRAME + offset)
    frames = frames_read(crashed)
    assert frames <= frame
    assert is_log_cut(log, frames)


def test_an_unfinished_transaction_at_the_end_is_what_a_crash_leaves(crashed: Path) -> None:
    log = paths_in(crashed).log
    content = log.read_bytes()
    log.write_bytes(content[:-100])
    frames = frames_read(crashed)
    assert frames < (len(content) - 32) // FRAME
    assert not is_log_cut(log, frames)


def test_frames_of_an_earlier_round_through_the_file_do_not_count(crashed: Path) -> None:
    log = paths_in(crashed).log
    frames = frames_read(crashed)
    old = bytearray(log.read_bytes()[32:])
    for start in range(0, len(old), FRAME):
        old[start + 8] ^= 0x55
    with log.open("ab") as stream:
        stream.write(old)
    assert frames_read(crashed) == frames
    assert not is_log_cut(log, frames)


def test_a_missing_or_short_log_is_not_cut(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert not is_log_cut(log, 0)
    log.write_bytes(bytes(10))
    assert not is_log_cut(log, 0)
