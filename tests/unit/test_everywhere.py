import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import everywhere
from tests.everywhere import Machine, MachineError, UnavailableError

READY = 'echo \'{"event":"ready"}\'; exec sleep 60'


def stand_in(folder: Path, script: str) -> str:
    """Lay out a program that stands for a Python."""
    path = folder / "python"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


def machine(folder: Path, *, start: str, test: str) -> Machine:
    python = stand_in(folder, f'case "$2" in start) {start};; test) {test};; esac')
    return Machine(python, (), folder, os.environ)


@pytest.mark.parametrize(
    ("start", "test", "result", "code"),
    [
        (READY, "exit 0", "passed; relay listened", 0),
        (READY, "exit 1", "FAILED; relay listened", 1),
        ("exit 5", "exit 0", "FAILED: the relay did not start", 1),
    ],
)
def test_a_machine_passes_where_a_relay_starts_and_the_tests_pass(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    start: str,
    test: str,
    result: str,
    code: int,
) -> None:
    @contextmanager
    def other_python(_name: str) -> Iterator[Machine]:
        yield machine(tmp_path, start=start, test=test)

    monkeypatch.setattr(everywhere, "other_python", other_python)

    assert everywhere.main(["python-3.13"]) == code
    assert f"python-3.13  {result}" in capsys.readouterr().out


def test_arguments_go_to_pytest_on_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = tmp_path / "said"

    @contextmanager
    def other_python(_name: str) -> Iterator[Machine]:
        yield machine(tmp_path, start=READY, test=f'echo "$@" > {said}')

    monkeypatch.setattr(everywhere, "other_python", other_python)

    assert everywhere.main(["python-3.12", "--", "-n", "2", "tests/unit"]) == 0
    assert said.read_text() == "main.py test --only tests -- -n 2 tests/unit\n"


def test_a_machine_that_cannot_be_had_is_left_out_with_the_reason(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    assert everywhere.main(["debian-13"]) == 0
    assert "debian-13    left out: making a Debian needs root" in capsys.readouterr().out


def test_a_debian_is_left_out_without_debootstrap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(shutil, "which", lambda _: None)

    with pytest.raises(UnavailableError, match="apt install debootstrap"), everywhere.debian("debian-13"):
        pass


def test_a_machine_of_another_name_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert everywhere.main(["debian-99"]) == 2
    assert "There is no machine debian-99: choose of debian-12, debian-13" in capsys.readouterr().out


def test_a_python_is_found_in_pyenv_where_a_shim_on_the_path_leads_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = f"3.{sys.version_info[1]}"
    shims, real = tmp_path / "shims", tmp_path / "versions" / f"{version}.99" / "bin"
    for folder, script in ((shims, "exit 127"), (real, f"printf {version}")):
        folder.mkdir(parents=True)
        Path(stand_in(folder, script)).rename(folder / f"python{version}")
    monkeypatch.setenv("PATH", str(shims), prepend=":")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))

    assert everywhere.find_python(version) == str(real / f"python{version}")


def test_a_relay_that_says_something_else_has_not_started(tmp_path: Path) -> None:
    with pytest.raises(MachineError):
        everywhere.start_relay(machine(tmp_path, start='echo \'{"event":"error"}\'', test="exit 0"))


def test_a_clone_is_of_the_present_commit(tmp_path: Path) -> None:
    if not (everywhere.ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("no history here, or nothing that reads it")
    everywhere.clone(tmp_path / "clone")

    heads = [
        subprocess.run(["git", "-C", place, "rev-parse", "HEAD"], capture_output=True, check=True).stdout
        for place in (everywhere.ROOT, tmp_path / "clone")
    ]
    assert heads[0] == heads[1]


def test_debian_comes_from_the_mirror_of_one_s_own_apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = "http://mirror.example/debian-security/\nhttp://mirror.example/debian/\nhttp://mirror.example/debian/"
    apt = tmp_path / "apt-get"
    apt.write_text(f"#!/bin/sh\necho '{said}'\n")
    apt.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert everywhere.mirror() == ["http://mirror.example/debian/"]
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    assert everywhere.mirror() == []
