import ast
import io
import subprocess
import sys
import tomllib
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
    environment.write_stamp({"python": python, **{lock: environment._digest(lock) for lock in locks}})
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
        (["desktop", "--help"], main.BASE),
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


def test_an_environment_that_is_not_made_yet_is_not_ready_but_ours(clone: Path) -> None:
    environment = set_up(clone, main.BASE)

    environment.write_stamp({})

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


class Tools:
    """Stands for venv and pip, as far as the launcher sees of them."""

    def __init__(self, environment: main.Environment, *, fails_at: str = "") -> None:
        self._environment = environment
        self._fails_at = fails_at

    def __call__(
        self, command: list[str], _held: main.SetUpLock, follow: Callable[[str], object]
    ) -> tuple[int, list[str]]:
        if "venv" in command:
            Path(self._environment.python).parent.mkdir(parents=True)
            Path(self._environment.python).touch()
            return 0, []
        if self._fails_at == "fetching":
            return 1, ["ERROR: no network"]
        follow("Installing collected packages: one\n")
        if self._fails_at == "installing":
            return 1, ["ERROR: no space left on device"]
        for lock in main.LOCKS:
            (Path(self._environment.site_packages()) / f"one_{Path(lock).stem}-1.0.dist-info").mkdir(parents=True)
        return 0, []


def test_a_set_up_that_was_killed_while_it_installed_is_made_anew(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = set_up(clone)
    environment.write_stamp({"python": TAG, main.BEGUN: main.BASE})
    (clone / ".venv" / "leftover").touch()
    monkeypatch.setattr(main, "run_quietly", Tools(environment))

    environment.prepare(main.BASE)

    assert environment.is_ready(main.BASE)
    assert not (clone / ".venv" / "leftover").exists()
    assert not (clone / ".venv.old").exists()


@pytest.mark.parametrize("fails_at", ["fetching", "installing"])
@pytest.mark.parametrize("stamp", [{"python": "cpython-310"}, {"python": TAG, main.BEGUN: main.DESKTOP}])
def test_a_failed_remake_brings_the_environment_before_it_back(
    clone: Path, monkeypatch: pytest.MonkeyPatch, stamp: dict[str, str], fails_at: str
) -> None:
    environment = set_up(clone)
    whole = {**stamp, main.BASE: environment._digest(main.BASE)}
    environment.write_stamp(whole)
    (clone / ".venv" / "kept").touch()
    monkeypatch.setattr(main, "run_quietly", Tools(environment, fails_at=fails_at))

    with pytest.raises(main.SetUpError):
        environment.prepare(main.DESKTOP)

    assert (clone / ".venv" / "kept").exists()
    assert not (clone / ".venv.old").exists()
    assert environment._read_stamp() == whole


@pytest.mark.parametrize(("fails_at", "ready"), [("fetching", {main.BASE, main.DESKTOP}), ("installing", {main.BASE})])
def test_what_a_failed_set_up_may_have_changed_is_ready_no_longer(
    clone: Path, monkeypatch: pytest.MonkeyPatch, fails_at: str, ready: set[str]
) -> None:
    environment = set_up(clone, main.BASE, main.DESKTOP)
    older = (clone / main.DESKTOP).read_text()
    (clone / main.DESKTOP).write_text("two==2.0\n")
    monkeypatch.setattr(main, "run_quietly", Tools(environment, fails_at=fails_at))

    with pytest.raises(main.SetUpError):
        environment.prepare(main.DESKTOP)

    (clone / main.DESKTOP).write_text(older)
    assert {lock for lock in main.LOCKS if environment.is_ready(lock)} == ready


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
        (
            # pip 23.0.1, where a package must be built
            [
                "  error: subprocess-exited-with-error",
                "  ",
                "  \u00d7 Getting requirements to build wheel did not run successfully.",
                "  │ exit code: 1",
                "  ╰─> [1 lines of output]",
                "      no compiler",
                "      [end of output]",
                "  ",
                "  note: This error originates from a subprocess, and is likely not a problem with pip.",
            ],
            "subprocess-exited-with-error",
        ),
        (["Collecting a", "Killed", "note: see above", "╰─> see above", "[notice] A new release of pip"], "Killed"),
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
        main.install("python3", str(clone / main.BASE), main.Progress("Babilu"), held, lambda: None)
    assert str(told.value) == (
        f"Babilu's packages could not be installed.{cause} pip says: No matching distribution found for one==1.0"
    )


@pytest.mark.parametrize(
    "output",
    [
        pytest.param(
            [
                "Ignoring other: markers 'sys_platform == \"win32\"' don't match your environment",
                "Requirement already satisfied: here==1.0 in ./.venv/lib/python3.11/site-packages",
                "Collecting fetched==2.0",
                "  Using cached fetched-2.0-py3-none-any.whl (11 kB)",
                "Processing /my wheels/local_one-3.0-py3-none-any.whl",
                "Installing collected packages: fetched, local-one",
            ],
            id="pip 23.0.1",
        ),
        pytest.param(
            [
                "Ignoring other: markers 'sys_platform == \"win32\"' don't match your environment",
                "Requirement already satisfied: here==1.0 in ./.venv/lib (from -r /c/requirements.txt (line 1)) (1.0)",
                "Collecting fetched==2.0 (from -r /c/requirements.txt (line 3))",
                "  Using cached fetched-2.0-py3-none-any.whl (11 kB)",
                "Processing /my wheels/local_one-3.0-py3-none-any.whl (from -r /c/requirements.txt (line 5))",
                "Installing collected packages: fetched, local-one",
            ],
            id="pip 26.0",
        ),
    ],
)
def test_progress_counts_what_any_pip_deals_with(
    clone: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], output: list[str]
) -> None:
    def run_quietly(_command: list[str], _held: object, follow: Callable[[str], object]) -> tuple[int, list[str]]:
        for line in output:
            follow(line + "\n")
        return 0, output

    (clone / main.BASE).write_text("here==1.0\nother==1.0 ; sys_platform == 'win32'\nfetched==2.0\nlocal-one==3.0\n")
    monkeypatch.setattr(main, "run_quietly", run_quietly)
    begun: list[bool] = []
    with main.SetUpLock(str(clone / "lock")) as held:
        lock = str(clone / main.BASE)
        main.install("python3", lock, main.Progress("Babilu"), held, lambda: begun.append(True))

    assert begun == [True]
    steps = [line.removeprefix("Setting up Babilu (once): ") for line in capsys.readouterr().err.splitlines()]
    assert steps == ["looking for its packages", "1/3 here", "2/3 fetched", "3/3 local_one", "installing 2 packages"]


def test_a_package_without_a_wheel_for_this_machine_is_told_as_such(
    clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def run_quietly(command: list[str], _held: object, _follow: object) -> tuple[int, list[str]]:
        asked.extend(command)
        return 1, ["ERROR: No matching distribution found for one==1.0"]

    monkeypatch.setattr(main, "run_quietly", run_quietly)
    with main.SetUpLock(str(clone / "lock")) as held, pytest.raises(main.SetUpError) as told:
        main.install("python3", str(clone / main.BASE), main.Progress("Babilu"), held, lambda: None)

    assert asked[asked.index("--only-binary") + 1] == ":all:"
    assert str(told.value) == (
        "Babilu's packages could not be installed. One of them is made for no machine like this one with Python "
        f"{sys.version_info[0]}.{sys.version_info[1]}. pip says: No matching distribution found for one==1.0"
    )


def test_set_up_inherits_how_the_index_is_reached_and_nothing_that_leads_packages_elsewhere() -> None:
    inherited = {"PATH": "/bin", "PIP_INDEX_URL": "i", "PIP_CERT": "c", "HTTPS_PROXY": "p"}
    hostile = {
        "PIP_USER": "1",
        "PIP_TARGET": "/t",
        "PIP_PREFIX": "/p",
        "PIP_ROOT": "/r",
        "PIP_REQUIRE_VIRTUALENV": "1",
        "PIP_NO_BINARY": ":all:",
        "PYTHONPATH": "/x",
        "PYTHONHOME": "/y",
    }

    assert main.own_environment({**inherited, **hostile}) == inherited


@pytest.mark.parametrize(
    ("line", "alone"),
    [
        (["test", "--help"], True),
        (["test", "-h"], True),
        (["bench", "--help"], True),
        (["lock", "--upgrade", "--help"], True),
        (["vectors", "--help"], True),
        (["bench", "relay", "--help"], False),
        (["test", "--", "--help"], False),
        (["test"], False),
        (["start", "--help"], False),
        ([], False),
    ],
)
def test_help_of_a_clone_s_commands_needs_no_package(line: list[str], alone: bool) -> None:
    assert main.shows_help_alone(line) is alone


@pytest.mark.parametrize("command", main.SCRIPTS)
def test_every_command_of_a_clone_tells_about_itself_with_the_standard_library_alone(command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", SHOW, Path(main.__file__).parent, command, "--help"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stderr == ""
    assert done.returncode == 0
    assert f"main.py {command}" in done.stdout


SHOW = """
import sys
sys.path[:0] = [sys.argv[1]]
import main
sys.exit(main.show_help(sys.argv[1], sys.argv[2:]))
"""


def a_python(folder: Path, name: str, script: str) -> str:
    """Lay out a program that stands for a Python."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


def test_the_newest_python_that_the_locks_serve_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "prefix", sys.base_prefix)
    monkeypatch.setenv("PATH", f"{tmp_path / 'shims'}:relative:{tmp_path / 'bin'}")
    a_python(tmp_path / "shims", "python3.14", "echo 'pyenv: python3.14: command not found' >&2; exit 127")
    a_python(tmp_path / "bin", "python3.15", "echo 7; echo 8")
    bare = a_python(tmp_path / "bin", "python3.13", "echo 7; exit 1")

    assert main.find_python() == bare

    whole = a_python(tmp_path / "bin", "python3.12", "echo 7; echo 8")
    a_python(tmp_path / "bin", "python3.11", "echo 7; echo 8")

    assert main.find_python() == whole


def test_where_no_python_serves_a_person_learns_which_ones_would(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "prefix", sys.base_prefix)
    monkeypatch.setattr(sys, "version_info", (3, 15, 2))
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(main.SetUpError) as told:
        main.find_python()

    assert str(told.value).startswith("Babilu needs Python 3.11 to 3.14, and this is Python 3.15. Install one of these")
    assert told.value.exit_code == main.EXIT_USAGE


@pytest.mark.parametrize(("version", "served"), [((3, 10, 13), False), ((3, 15, 2), False), ((3, 14, 1), True)])
def test_the_locks_serve_some_pythons(monkeypatch: pytest.MonkeyPatch, version: tuple[int, ...], served: bool) -> None:
    monkeypatch.setattr(sys, "version_info", version)

    assert main.is_served() is served


def test_the_pythons_that_are_claimed_are_those_that_the_locks_serve() -> None:
    project = tomllib.loads((Path(main.__file__).parent / "pyproject.toml").read_text())["project"]
    prefix = "Programming Language :: Python :: 3."
    claimed = [int(name.removeprefix(prefix)) for name in project["classifiers"] if name[len(prefix) :].isdigit()]

    assert claimed == list(range(main.OLDEST[1], main.NEWEST[1] + 1))
    assert project["requires-python"] == f">=3.{main.OLDEST[1]}"
