import os
import stat
from pathlib import Path

import msgspec
import pytest

from babilu.crypto.secret import Passphrase
from babilu.kernel.errors import AccountError, ErrorCode, ProfileError
from babilu.store import unlock
from babilu.store.unlock import (
    UnlockFile,
    UnlockKind,
    UnlockMethod,
    UnlockPhase,
    passphrase_way,
    read_unlock_file,
    unlock_by_passphrase,
    write_unlock_file,
)
from tests.unit.session.devices import CountedRandomness
from tests.unit.store.builders import KEY, some_bytes

RANDOMNESS = CountedRandomness("unlock files")
RIGHT = Passphrase("correct horse")
OTHER = Passphrase("battery staple")
RIGHT_WAY = passphrase_way(RIGHT, KEY, RANDOMNESS)
OTHER_WAY = passphrase_way(OTHER, KEY, RANDOMNESS)
KEYRING_WAY = UnlockMethod(some_bytes(16), UnlockKind.KEYRING, b"wrapped otherwise")


def a_file(*ways: UnlockMethod, phase: UnlockPhase = UnlockPhase.CLOSED) -> UnlockFile:
    return UnlockFile(phase, (some_bytes(16), some_bytes(16)), ways or (RIGHT_WAY,))


def code_of_reading(path: Path) -> ErrorCode:
    with pytest.raises(ProfileError) as refused:
        read_unlock_file(path)
    return refused.value.code


def test_a_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "unlock"
    file = a_file(RIGHT_WAY, KEYRING_WAY)
    write_unlock_file(path, a_file())
    write_unlock_file(path, file)
    assert read_unlock_file(path) == file
    assert list(tmp_path.iterdir()) == [path]


def test_the_passphrase_opens_the_key_and_tells_by_which_way() -> None:
    assert unlock_by_passphrase(a_file(KEYRING_WAY, OTHER_WAY, RIGHT_WAY), RIGHT) == (KEY, RIGHT_WAY)
    assert unlock_by_passphrase(a_file(OTHER_WAY, RIGHT_WAY), OTHER) == (KEY, OTHER_WAY)


def test_another_passphrase_has_the_wrong_credentials() -> None:
    with pytest.raises(AccountError) as refused:
        unlock_by_passphrase(a_file(), OTHER)
    assert refused.value.code is ErrorCode.WRONG_CREDENTIALS


def test_the_file_does_not_hold_the_key(tmp_path: Path) -> None:
    write_unlock_file(tmp_path / "unlock", a_file())
    content = (tmp_path / "unlock").read_bytes()
    assert KEY.reveal() not in content
    assert RIGHT.reveal() not in content


def test_the_file_is_its_owners_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        write_unlock_file(tmp_path / "unlock", a_file())
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "unlock").stat().st_mode) == 0o600


def test_any_flipped_bit_is_damage_and_not_a_wrong_passphrase(tmp_path: Path) -> None:
    path = tmp_path / "unlock"
    write_unlock_file(path, a_file())
    whole = path.read_bytes()
    for offset in range(len(whole)):
        changed = bytearray(whole)
        changed[offset] ^= 1 << offset % 8
        path.write_bytes(changed)
        assert code_of_reading(path) is ErrorCode.PROFILE_DAMAGED


@pytest.mark.parametrize("kept", [0, 5, 14, 46, -1])
def test_a_truncated_file_is_damage(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "unlock"
    write_unlock_file(path, a_file())
    path.write_bytes(path.read_bytes()[:kept])
    assert code_of_reading(path) is ErrorCode.PROFILE_DAMAGED


def test_a_missing_file_is_damage(tmp_path: Path) -> None:
    assert code_of_reading(tmp_path / "unlock") is ErrorCode.PROFILE_DAMAGED


def test_an_enormous_file_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "unlock"
    path.write_bytes(bytes(10_000_000))
    assert code_of_reading(path) is ErrorCode.PROFILE_DAMAGED


def test_a_file_of_a_newer_version_is_refused_whatever_is_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "unlock"
    monkeypatch.setattr(unlock, "_VERSION", 2)
    monkeypatch.setattr(unlock, "_encoder", msgspec.msgpack.Encoder())
    write_unlock_file(path, a_file())
    monkeypatch.undo()
    assert code_of_reading(path) is ErrorCode.PROFILE_TOO_NEW


def test_what_an_interrupted_replacement_left_is_in_nobodys_way(tmp_path: Path) -> None:
    path = tmp_path / "unlock"
    (tmp_path / "unlock.new").write_bytes(b"half")
    file = a_file()
    write_unlock_file(path, file)
    assert read_unlock_file(path) == file
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_in_place_of_the_new_file_is_not_followed(tmp_path: Path) -> None:
    path, target = tmp_path / "unlock", tmp_path / "target"
    target.write_bytes(b"precious")
    (tmp_path / "unlock.new").symlink_to(target)
    write_unlock_file(path, a_file())
    assert target.read_bytes() == b"precious"
    assert not path.is_symlink()


def test_a_replacement_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "unlock"
    file = a_file()
    write_unlock_file(path, file)

    def fail(_: int) -> None:
        raise OSError(28, "no space left")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(ProfileError) as refused:
        write_unlock_file(path, a_file())
    assert refused.value.code is ErrorCode.DISK_FULL
    assert read_unlock_file(path) == file
    assert list(tmp_path.iterdir()) == [path]
