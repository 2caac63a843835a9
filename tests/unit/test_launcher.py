import ast
import io
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import main

TAG = str(sys.implementation.cache_tag)


class Terminal(io.StringIO):
    """Standard error as a terminal of 40 columns."""

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        return 2


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    (tmp_path / "requirements").mkdir()
    for lock in main.LOCKS:
        (tmp_path / lock).write_text(f"one-{Path(lock).stem}==1.0 \\\n    --hash=sha256:00\n")
    return tmp_path


def set_up(clone: Path, *locks: str, python: str = TAG) -> main.Environment:
    """Lay out the environment that a set-up with ``locks`` leaves."""
    environment = main.Environment(str(clone))
    executable = Path(environment.python)
    executable.parent.mkdir(parents=True)
    executable.touch()
    environment._write_stamp({"python": python, **{lock: environment._digest(lock) for lock in locks}})
    return environment


def test_the_launcher_parses_on_old_pythons_so_that_they_can_say_what_is_needed() -> None:
    source = Path(main.__file__).read_text()

    ast.parse(source, feature_version=(3, 6))

    assert "from __future__" not in source


@pytest.mark.parametrize(
    ("line", "lock"),
    [
        ([], main.BASE),
        (["--version"], main.BASE),
        (["start", "127.0.0.1", "0"], main.BASE),
        (["connect", "127.0.0.1", "5050", "desktop"], main.BASE),
        (["desktop"], main.DESKTOP),
        (["test", "-k", "x"], main.DEV),
        (["bench"], main.DEV),
        (["lock"], main.DEV),
    ],
)
def test_a_command_gets_the_lock_it_needs(line: list[str], lock: str) -> None:
    assert main.lock_for(line) == lock


def test_an_environment_is_ready_once_its_stamp_names_the_lock(clone: Path) -> None:
    assert set_up(clone, main.BASE).is_ready(main.BASE)


def test_a_clone_without_an_environment_is_not_ready(clone: Path) -> None:
    assert not main.Environment(str(clone)).is_ready(main.BASE)


def test_an_interrupted_set_up_is_not_ready_but_ours(clone: Path) -> None:
    environment = set_up(clone, main.BASE)

    environment._write_stamp({})

    assert not environment.is_ready(main.BASE)
    assert environment.is_ours()


def test_a_changed_lock_is_installed_again(clone: Path) -> None:
    environment = set_up(clone, main.BASE)

    (clone / main.BASE).write_text("two==2.0\n")

    assert not environment.is_ready(main.BASE)


def test_another_python_needs_another_environment(clone: Path) -> None:
    assert not set_up(clone, main.BASE, python="cpython-310").is_ready(main.BASE)


def test_an_environment_whose_python_has_gone_is_not_ready(clone: Path) -> None:
    environment = set_up(clone, main.BASE)

    Path(environment.python).unlink()

    assert not environment.is_ready(main.BASE)


def test_the_tools_for_development_bring_all_that_the_program_needs(clone: Path) -> None:
    environment = set_up(clone, main.DEV)

    assert environment.is_ready(main.BASE)
    assert environment.is_ready(main.DESKTOP)


def test_the_program_does_not_bring_the_tools_for_development(clone: Path) -> None:
    assert not set_up(clone, main.BASE).is_ready(main.DEV)


def test_a_damaged_stamp_means_a_set_up_that_did_not_end(clone: Path) -> None:
    environment = set_up(clone, main.BASE)

    Path(environment._stamp).write_text("python\n\x00")

    assert not environment.is_ready(main.BASE)


def test_a_virtual_environment_that_its_user_made_in_the_folder_is_not_ours(clone: Path) -> None:
    (clone / ".venv").mkdir()

    assert not main.Environment(str(clone)).is_ours()


def test_an_activated_environment_is_the_users_choice(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    set_up(clone, main.BASE)
    monkeypatch.setattr(sys, "prefix", sys.base_prefix)
    monkeypatch.setenv("VIRTUAL_ENV", str(clone / ".venv"))

    assert main.active_environment() == str(clone / ".venv")


def test_an_activated_environment_that_was_removed_is_none(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "prefix", sys.base_prefix)
    monkeypatch.setenv("VIRTUAL_ENV", str(clone / "gone"))

    assert main.active_environment() is None


def test_missing_packages_are_named_with_the_command_that_installs_them(
    clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = clone / main.BASE
    lock.write_text("Some.Where==1 \\\n    --hash=sha256:00\nb==2\nc==3\nd==4\ne==5 ; sys_platform == 'win32'\nf==6\n")
    site = clone / "site-packages"
    (site / "some_where-1.dist-info").mkdir(parents=True)
    monkeypatch.setattr(sys, "path", [str(site), str(clone / "nowhere")])
    monkeypatch.chdir(clone)

    with pytest.raises(main.SetUpError) as raised:
        main.require_packages(str(lock), "/home/user/env")

    assert str(raised.value) == (
        "The environment /home/user/env lacks b, c, d and 1 more. "
        "Install what Babilu needs: pip install -r requirements.txt"
    )
    assert raised.value.exit_code == main.EXIT_USAGE


def test_a_complete_environment_is_used_as_it_is(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (clone / "site" / "one_requirements-2.0.dist-info").mkdir(parents=True)
    monkeypatch.setattr(sys, "path", [str(clone / "site")])

    main.require_packages(str(clone / main.BASE), "/home/user/env")


@pytest.mark.parametrize(
    ("output", "words"),
    [
        (
            ["Collecting a", "ERROR: one", "ERROR: No matching distribution", "note: see above"],
            "No matching distribution",
        ),
        (["Collecting a", "Killed", ""], "Killed"),
        ([], "nothing"),
    ],
)
def test_of_what_a_failed_command_said_a_person_reads_the_last_error(output: list[str], words: str) -> None:
    assert main.last_words(output) == words


def test_progress_takes_one_line_of_a_terminal_and_leaves_it_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr("os.get_terminal_size", lambda _: type("Size", (), {"columns": 40}))
    progress = main.Progress("Babilu")

    progress.step("1/36 a-package-with-a-very-long-name")
    progress.step("2/36 b")
    progress.close()

    shown = terminal.getvalue().split("\r")
    assert shown[1] == "Setting up Babilu (once): 1/36 a-packag"
    assert shown[2].rstrip() == "Setting up Babilu (once): 2/36 b"
    assert len(shown[1]) == 39
    assert shown[-1] == ""
    assert not shown[-2].strip()


def test_progress_takes_a_line_for_each_step_in_a_log(capsys: pytest.CaptureFixture[str]) -> None:
    progress = main.Progress("Babilu")

    progress.step("1/2 a")
    progress.step("2/2 b")
    progress.close()

    captured = capsys.readouterr()
    assert captured.err == "Setting up Babilu (once): 1/2 a\nSetting up Babilu (once): 2/2 b\n"
    assert captured.out == ""


@pytest.mark.parametrize(
    ("broken_by", "cause"),
    [
        ("NewConnectionError('<pip object>: Failed to establish a new connection')", main.UNREACHABLE),
        ("SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate'))", main.UNTRUSTED),
    ],
)
def test_a_package_index_that_cannot_be_used_is_told_with_what_to_do(
    clone: Path, monkeypatch: pytest.MonkeyPatch, broken_by: str, cause: str
) -> None:
    def run_quietly(_command: list[str], _held: object, follow: Callable[[str], object]) -> tuple[int, list[str]]:
        follow(f"WARNING: Retrying (Retry(total=4)) after connection broken by '{broken_by}': /simple/one/")
        return 1, ["ERROR: No matching distribution found for one==1.0"]

    monkeypatch.setattr(main, "run_quietly", run_quietly)
    with main.SetUpLock(str(clone / "lock")) as held, pytest.raises(main.SetUpError) as told:
        main.install("python3", str(clone / main.BASE), main.Progress("Babilu"), held)
    assert str(told.value) == (
        f"Babilu's packages could not be installed.{cause} pip says: No matching distribution found for one==1.0"
    )
