"""What lies at a path that somebody names is told for every path, also for one that the system does not take."""

import ast
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from babilu import local_paths
from babilu.local_paths import is_file_at, is_folder_at, is_taken, read_small

PACKAGE = Path(local_paths.__file__).parent

NAMED_BY_PEOPLE = ("cli", "desktop", "engine", "export", "terminal")
"""Rooms whose paths come from people, or from programs that use a client."""

OUR_OWN = {
    "cli/moving.py",
    "cli/self_checks.py",
    "engine/files/folder.py",
    "export/target.py",
}
"""Modules that look at files which Babilu itself has made, where a closed folder is an error and no absence."""


@pytest.mark.parametrize("tells", [is_file_at, is_folder_at, is_taken])
@pytest.mark.parametrize("path", ["/x" * 3_000, "/" + "x" * 300, "/nothing/here"], ids=["long", "long part", "nothing"])
def test_a_path_that_the_system_does_not_take_leads_to_nothing(tells: Callable[[str], bool], path: str) -> None:
    assert tells(path) is False


def test_what_is_there_is_told_apart(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"")
    assert (is_file_at(file), is_folder_at(file), is_taken(file)) == (True, False, True)
    assert (is_file_at(tmp_path), is_folder_at(tmp_path), is_taken(tmp_path)) == (False, True, True)


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is closed to root")
def test_behind_a_closed_folder_there_is_nothing_to_be_seen(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir()
    (closed / "file").write_bytes(b"")
    closed.chmod(0)
    try:
        assert not is_file_at(closed / "file")
        assert not is_taken(closed / "file")
    finally:
        closed.chmod(0o700)


def test_a_small_file_is_read_and_one_that_never_ends_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_bytes(b"12345678")
    assert read_small(file, 8) == b"12345678"
    for endless, most in ((file, 7), (Path("/dev/zero"), 1_000)):
        with pytest.raises(OSError, match="large"):
            read_small(endless, most)


def test_paths_of_people_are_looked_at_by_what_never_raises() -> None:
    raising = {"exists", "is_dir", "is_file"}
    found = [
        f"{file.relative_to(PACKAGE)}:{node.lineno}"
        for room in NAMED_BY_PEOPLE
        for file in (PACKAGE / room).rglob("*.py")
        if str(file.relative_to(PACKAGE)) not in OUR_OWN
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in raising
        and not node.args
    ]
    assert found == []
