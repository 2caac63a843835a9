import os
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from babilu.engine.files.part_file import WRITTEN_AT_ONCE, PartFile
from babilu.kernel.errors import ErrorCode, ProfileError

PARTS = [bytes([place % 251]) * (place % 7 * 100) for place in range(2 * WRITTEN_AT_ONCE + 3)]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there each part is written by itself")


def test_parts_are_written_one_behind_the_other_by_few_calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    real = os.writev

    def counted(file: int, parts: Sequence[memoryview]) -> int:
        calls.append(len(parts))
        return real(file, parts)

    monkeypatch.setattr(os, "writev", counted)
    file = PartFile(tmp_path / "part")
    file.append(PARTS)
    file.append([b"the end"])
    file.close()
    assert (tmp_path / "part").read_bytes() == b"".join(PARTS) + b"the end"
    # Of seven parts one is empty.
    assert len(calls) == 3


@pytest.mark.parametrize("at_once", [1, 99, 100, 101, 650])
def test_what_the_system_did_not_take_is_written_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    def short(file: int, parts: Sequence[memoryview]) -> int:
        return os.write(file, b"".join(parts)[:at_once])

    monkeypatch.setattr(os, "writev", short)
    file = PartFile(tmp_path / "part")
    file.append(PARTS[:9])
    file.close()
    assert (tmp_path / "part").read_bytes() == b"".join(PARTS[:9])


def test_a_full_disk_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_given: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "writev", full)
    file = PartFile(tmp_path / "part")
    with pytest.raises(ProfileError) as refused:
        file.append(PARTS)
    file.close()
    assert refused.value.code is ErrorCode.DISK_FULL
