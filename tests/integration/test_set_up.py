"""The launcher sets a fresh clone up with the real venv and pip; the package index is a folder."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pip
import pytest

import main as launcher

SECONDS = 110
"""Patience with a busy machine, just below that of the test run."""

BASE_PYTHON = Path(sys.base_prefix) / "bin" / "python3"

PROGRAM = """
import json, sys

def main(arguments, *, folder):
    import brick
    print(json.dumps({"arguments": arguments, "folder": str(folder), "prefix": sys.prefix, "brick": brick.SIZE}))
    return 7
"""


@dataclass
class Clone:
    """A folder with the launcher, a program of one file and a lock of one package."""

    folder: Path
    index: Path

    def lock(self, version: str) -> None:
        """Require a version of the package, which the index gets."""
        wheel = self.index / f"brick-{version}-py3-none-any.whl"
        info = f"brick-{version}.dist-info"
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.writestr("brick.py", f"SIZE = {version}\n")
            archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: brick\nVersion: {version}\n")
            archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            archive.writestr(f"{info}/RECORD", f"brick.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        (self.folder / launcher.BASE).write_text(
            f"elsewhere==1.0 ; sys_platform == 'nowhere'\nbrick=={version} \\\n    --hash=sha256:{digest}\n"
        )

    def more_locks(self, content: str) -> None:
        """Write the locks of the desktop client and of the tools."""
        (self.folder / "requirements").mkdir()
        for lock in (launcher.DESKTOP, launcher.DEV):
            (self.folder / lock).write_text(content + "\n")

    def start(
        self,
        *arguments: str,
        python: Path = BASE_PYTHON,
        active: Path | None = None,
        surroundings: Mapping[str, str] | None = None,
    ) -> subprocess.Popen[str]:
        """Start Python the way a person does who has no virtual environment active, or has activated one."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHON"))}
        inherited.pop("VIRTUAL_ENV", None)
        index = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.index), "PIP_CONFIG_FILE": os.devnull}
        activated = {"VIRTUAL_ENV": str(active)} if active else {}
        return subprocess.Popen(
            [python, *arguments],
            cwd=self.folder.parent,
            env={**inherited, **index, **activated, **(surroundings or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, surroundings: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Run the launcher to its end."""
        process = self.start("clone/main.py", *arguments, surroundings=surroundings)
        out, err = process.communicate(timeout=SECONDS)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def set_up_quickly(self) -> None:
        """Make what an older set-up leaves, with the pip that is here: making pip takes longer than all the rest."""
        subprocess.run([BASE_PYTHON, "-m", "venv", "--without-pip", self.venv], check=True)
        site = next(self.venv.glob("lib/python*/site-packages"))
        (site / "pip.pth").write_text(f"{Path(pip.__file__).parent.parent}\n")
        (self.venv / "babilu.stamp").write_text(f"python {sys.implementation.cache_tag}\n")

    @property
    def aside(self) -> Path:
        """Where an environment waits while another is made in its place."""
        return self.folder / ".venv.old"

    @property
    def venv(self) -> Path:
        return self.folder / ".venv"


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[Clone]:
    folder, index = tmp_path / "clone", tmp_path / "index"
    (folder / "src" / "babilu").mkdir(parents=True)
    index.mkdir()
    (folder / "src" / "babilu" / "__init__.py").touch()
    (folder / "src" / "babilu" / "cli.py").write_text(PROGRAM)
    shutil.copy(launcher.__file__, folder)
    clone = Clone(folder, index)
    clone.lock("1.0")
    yield clone
    shutil.rmtree(clone.venv, ignore_errors=True)


def test_two_starts_at_once_on_a_fresh_clone_both_work(clone: Clone) -> None:
    both = [clone.start("clone/main.py", "start", "--json", name) for name in ("a b", "c")]

    ends = [process.communicate(timeout=SECONDS) for process in both]

    assert [json.loads(out) for out, _ in ends] == [
        {
            "arguments": ["start", "--json", name],
            "folder": str(clone.folder),
            "prefix": str(clone.venv),
            "brick": 1.0,
        }
        for name in ("a b", "c")
    ]
    assert [process.returncode for process in both] == [7, 7]
    assert sum("Setting up Babilu (once): 1/1 brick" in err for _, err in ends) == 1


def test_a_later_start_says_nothing_and_a_changed_lock_is_installed(clone: Clone) -> None:
    clone.set_up_quickly()

    assert json.loads(clone.run().stdout)["brick"] == 1.0
    assert clone.run().stderr == ""

    clone.lock("2.0")

    assert json.loads(clone.run().stdout)["brick"] == 2.0
    assert clone.run().stderr == ""


def test_a_set_up_that_was_killed_before_it_installed_goes_on(clone: Clone) -> None:
    killed = clone.start("clone/main.py")
    assert killed.stderr is not None
    assert "making .venv" in killed.stderr.readline()
    assert "looking for its packages" in killed.stderr.readline()
    killed.send_signal(signal.SIGKILL)
    killed.communicate(timeout=SECONDS)

    (clone.venv / "kept").touch()
    after = clone.run("start")

    assert json.loads(after.stdout)["brick"] == 1.0
    assert (clone.venv / "kept").exists()


@pytest.mark.parametrize("command", ["desktop", "test"])
def test_a_failed_set_up_of_more_leaves_what_worked_as_it_was(clone: Clone, command: str) -> None:
    clone.set_up_quickly()
    assert json.loads(clone.run().stdout)["brick"] == 1.0
    clone.more_locks("absent==1.0 --hash=sha256:00")

    failed = clone.run(command)

    assert "could not be installed" in failed.stderr
    assert failed.returncode == launcher.EXIT_UNAVAILABLE
    after = clone.run("status")
    assert json.loads(after.stdout)["brick"] == 1.0
    assert after.stderr == ""


def test_a_failed_upgrade_leaves_the_older_version_as_it_was(clone: Clone) -> None:
    clone.set_up_quickly()
    clone.run()
    lock = clone.folder / launcher.BASE
    older = lock.read_text()

    lock.write_text("absent==1.0 --hash=sha256:00\n")
    failed = clone.run("status")
    assert failed.returncode == launcher.EXIT_UNAVAILABLE

    lock.write_text(older)
    assert json.loads(clone.run("status").stdout)["brick"] == 1.0


def test_what_a_killed_remake_put_aside_is_brought_back(clone: Clone) -> None:
    clone.set_up_quickly()
    clone.run()
    clone.venv.rename(clone.aside)
    clone.venv.mkdir()
    (clone.venv / "babilu.stamp").write_text(f"python {sys.implementation.cache_tag}\n")
    shutil.rmtree(clone.index)

    assert json.loads(clone.run("status").stdout)["brick"] == 1.0
    assert not clone.aside.exists()


def test_help_of_the_test_command_installs_nothing(clone: Clone) -> None:
    (clone.folder / "tests").mkdir()
    shutil.copy(Path(launcher.__file__).parent / "tests" / "run.py", clone.folder / "tests")
    clone.more_locks("absent==1.0 --hash=sha256:00")

    done = clone.run("test", "--help")

    assert "usage: main.py test" in done.stdout
    assert done.stderr == ""
    assert not clone.venv.exists()


def test_options_for_pip_and_python_in_the_environment_lead_nothing_elsewhere(clone: Clone, tmp_path: Path) -> None:
    clone.set_up_quickly()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "brick.py").write_text("SIZE = 99\n")
    hostile = {"PIP_USER": "1", "PIP_TARGET": str(elsewhere), "PYTHONPATH": str(elsewhere)}

    done = clone.run("start", surroundings=hostile)

    assert json.loads(done.stdout)["brick"] == 1.0
    assert done.returncode == 7


def test_packages_that_pip_was_told_to_put_elsewhere_are_missed(clone: Clone, tmp_path: Path) -> None:
    clone.set_up_quickly()
    configuration = tmp_path / "pip.conf"
    configuration.write_text(f"[install]\ntarget = {tmp_path / 'elsewhere'}\n")

    done = clone.run("start", surroundings={"PIP_CONFIG_FILE": str(configuration)})

    assert f"pip did not put brick into {clone.venv}: look for `target`" in done.stderr
    assert done.returncode == launcher.EXIT_UNAVAILABLE


def test_a_python_that_the_locks_do_not_serve_goes_on_in_one_that_they_do(clone: Clone, tmp_path: Path) -> None:
    clone.set_up_quickly()
    minor = sys.version_info[1]
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / f"python3.{minor}").symlink_to(BASE_PYTHON)
    code = (
        "import runpy, sys; sys.version_info = (3, 15, 2); sys.argv = ['clone/main.py', 'start']; "
        "sys.orig_argv = [sys.executable, *sys.argv]; runpy.run_path('clone/main.py', run_name='__main__')"
    )

    process = clone.start("-c", code, surroundings={"PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin"})
    out, _ = process.communicate(timeout=SECONDS)

    assert json.loads(out)["brick"] == 1.0


def test_qt_is_not_fetched_where_no_window_could_be_shown(clone: Clone) -> None:
    clone.set_up_quickly()
    clone.more_locks("absent==1.0 --hash=sha256:00")
    sources = Path(launcher.__file__).parent / "src" / "babilu"
    for name in ("desktop/screen.py", "desktop/__init__.py"):
        (clone.folder / "src" / "babilu" / name).parent.mkdir(exist_ok=True)
        shutil.copy(sources / name, clone.folder / "src" / "babilu" / name)

    done = clone.run("desktop", surroundings={"DISPLAY": "", "WAYLAND_DISPLAY": "", "QT_QPA_PLATFORM": ""})

    assert done.stderr.startswith("There is no screen here")
    assert done.returncode == launcher.EXIT_USAGE


def test_a_package_whose_hash_differs_ends_the_set_up_with_one_line(clone: Clone) -> None:
    clone.set_up_quickly()
    lock = clone.folder / launcher.BASE
    lock.write_text(lock.read_text().replace("sha256:", "sha256:0")[:-2] + "\n")

    done = clone.run("start")

    last = done.stderr.splitlines()[-1]
    assert last.startswith("Babilu's packages could not be installed. pip says: THESE PACKAGES DO NOT MATCH THE HASHES")
    assert done.stdout == ""
    assert done.returncode == launcher.EXIT_UNAVAILABLE


def test_without_the_venv_module_a_person_learns_which_package_to_install(clone: Clone) -> None:
    code = (
        "import runpy, sys; sys.modules['ensurepip'] = None; sys.argv = ['clone/main.py', 'start']; "
        "runpy.run_path('clone/main.py', run_name='__main__')"
    )

    process = clone.start("-c", code)
    out, err = process.communicate(timeout=SECONDS)

    assert err.splitlines() == [
        "Python's venv module is missing: install the package python3-venv (sudo apt install python3-venv)."
    ]
    assert out == ""
    assert process.returncode == launcher.EXIT_USAGE
    assert not clone.venv.exists()


@pytest.mark.parametrize("activated", [False, True], ids=["by its own Python", "by activation"])
def test_an_active_environment_is_used_and_never_changed(clone: Clone, tmp_path: Path, activated: bool) -> None:
    chosen = tmp_path / "chosen"
    subprocess.run([BASE_PYTHON, "-m", "venv", "--without-pip", chosen], check=True)
    site = next(chosen.glob("lib/python*/site-packages"))
    python, active = (BASE_PYTHON, chosen) if activated else (chosen / "bin" / "python", None)

    lacking = clone.start("clone/main.py", python=python, active=active)
    out, err = lacking.communicate(timeout=SECONDS)

    assert err == (
        f"The environment {chosen} lacks brick. Install what Babilu needs: pip install -r clone/requirements.txt\n"
    )
    assert out == ""
    assert lacking.returncode == launcher.EXIT_USAGE

    (site / "brick-1.0.dist-info").mkdir()
    (site / "brick.py").write_text("SIZE = 5\n")
    complete = clone.start("clone/main.py", python=python, active=active)
    out, _ = complete.communicate(timeout=SECONDS)

    assert json.loads(out)["prefix"] == str(chosen)
    assert not clone.venv.exists()


def test_a_virtual_environment_that_its_user_made_in_the_folder_is_never_changed(clone: Clone) -> None:
    subprocess.run([BASE_PYTHON, "-m", "venv", "--without-pip", clone.venv], check=True)

    done = clone.run("start")

    assert f"The environment {clone.venv} lacks brick" in done.stderr
    assert done.returncode == launcher.EXIT_USAGE
