"""Start command and test command on other machines: bare Debians made by debootstrap, and other Pythons that are here.

Run it as `python3 main.py test --everywhere [MACHINE…] [-- ARGUMENT…]`. With arguments, which go to pytest, tests run
alone; without, every stage, and relays over PostgreSQL too wherever they can be. Each machine gets a clone of the
present commit of its own, with nothing but Python and its venv module.
"""

import glob
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import main as launcher

ROOT: Final = Path(__file__).resolve().parents[1]
KEPT: Final = Path(os.environ.get("BABILU_EVERYWHERE", "/var/tmp/babilu-everywhere"))
"""Where the Debians are kept for the next time."""

CERTIFICATES: Final = Path("/etc/ssl/certs/ca-certificates.crt")
HOSTS: Final = "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n"
"""What every installation writes, and debootstrap leaves to it."""

READY_S: Final = 600
SUITES: Final = {"debian-12": "bookworm", "debian-13": "trixie", "debian-sid": "sid"}
PYTHONS: Final = {f"python-3.{minor}": f"3.{minor}" for minor in range(launcher.OLDEST[1], launcher.NEWEST[1] + 1)}

ENTER: Final = """
set -e
root=$1; shift
mount --make-rprivate /
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/tmp"
mount -t tmpfs tmpfs "$root/run"
exec chroot "$root" env --chdir=/root/babilu --ignore-environment "$@"
"""
"""Mounts of a Debian, made in a namespace that ends with the command."""


class MachineError(Exception):
    """Something of what must work there does not; the text says what."""


class UnavailableError(Exception):
    """A machine cannot be had here; the text says why."""


@dataclass(frozen=True)
class Machine:
    """A place with a clone, and how a command is run there.

    Attributes:
        python: The Python that starts the launcher.
        prefix: What a command line begins with.
        folder: The clone, as this machine sees it.
        environment: Of commands.
    """

    python: str
    prefix: tuple[str, ...]
    folder: Path
    environment: Mapping[str, str]

    def command(self, *words: str) -> list[str]:
        """Give the command line that runs the launcher."""
        return [*self.prefix, self.python, "main.py", *words]


def main(arguments: list[str]) -> int:
    """Try the machines that are named, all by default; 1 where one failed, and a line for each."""
    names, options = split(arguments)
    known = [*SUITES, *PYTHONS]
    if unknown := [name for name in names if name not in known]:
        print(f"There is no machine {', '.join(unknown)}: choose of {', '.join(known)}.")
        return 2
    results = {name: try_machine(name, options) for name in names or known}
    print("\n".join(f"{name:<12} {result}" for name, result in results.items()))
    return 1 if any(result.startswith("FAILED") for result in results.values()) else 0


def split(arguments: list[str]) -> tuple[list[str], list[str]]:
    """Divide the command line into names of machines and arguments of pytest."""
    cut = arguments.index("--") if "--" in arguments else len(arguments)
    return arguments[:cut], arguments[cut + 1 :]


def try_machine(name: str, options: list[str]) -> str:
    """Start a relay there, then run the tests there; say what came of it."""
    print(f"== {name}", flush=True)
    make = debian if name in SUITES else other_python
    begun = time.monotonic()
    try:
        with make(name) as machine:
            start_relay(machine)
            started = time.monotonic() - begun
            print(f"== {name}: a relay listened after {started:.0f} s", flush=True)
            words = ["--only", "tests", "--", *options] if options else ["--", "--all-storages"]
            command = machine.command("test", *words)
            done = subprocess.run(command, cwd=machine.folder, env=machine.environment, check=False)
    except UnavailableError as error:
        return f"left out: {error}"
    except MachineError as error:
        return f"FAILED: {error}"
    outcome = "FAILED" if done.returncode else "passed"
    return f"{outcome}; relay listened after {started:.0f} s, all took {time.monotonic() - begun:.0f} s"


def start_relay(machine: Machine) -> None:
    """Start a relay from the fresh clone, wait until it listens, and end it by SIGINT.

    Raises:
        MachineError: It does not listen.
    """
    command = machine.command("start", "127.0.0.1", "0", "5", "--json")
    with subprocess.Popen(
        command, cwd=machine.folder, env=machine.environment, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        line = process.stdout.readline() if process.stdout else ""
        if not line or json.loads(line)["event"] != "ready":
            raise MachineError("the relay did not start")
        os.killpg(process.pid, signal.SIGINT)
        process.wait(READY_S)


def mirror() -> list[str]:
    """Give the mirror of Debian that this machine's own apt uses; none where it has none: debootstrap knows one."""
    if shutil.which("apt-get") is None:
        return []
    asks = ["apt-get", "indextargets", "--format", "$(REPO_URI)"]
    said = subprocess.run(asks, capture_output=True, text=True, check=False).stdout
    return [address for address in said.split() if address.rstrip("/").endswith("/debian")][:1]


@contextmanager
def debian(name: str) -> Iterator[Machine]:
    """Make a bare Debian with Python, or take the one that was made before, with a fresh clone in it."""
    if os.geteuid() != 0:
        raise UnavailableError("making a Debian needs root")
    if shutil.which("debootstrap") is None or shutil.which("unshare") is None:
        raise UnavailableError("debootstrap is not installed (apt install debootstrap)")
    root = KEPT / SUITES[name]
    if not (root / "made").exists():
        KEPT.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(root, ignore_errors=True)
        packages = "--include=python3,python3-venv,ca-certificates"
        command = ["debootstrap", "--variant=minbase", packages, SUITES[name], str(root), *mirror()]
        done = subprocess.run(command, check=False)
        if done.returncode:
            raise UnavailableError("debootstrap failed")
        (root / "made").touch()
    shutil.copy("/etc/resolv.conf", root / "etc" / "resolv.conf")
    (root / "etc" / "hosts").write_text(HOSTS)
    if CERTIFICATES.exists():  # a proxy that looks into connections is trusted there as it is here
        shutil.copy(CERTIFICATES, root / str(CERTIFICATES)[1:])
    clone(root / "root" / "babilu")
    kept = {name: value for name, value in os.environ.items() if name in {"PIP_INDEX_URL", "HTTPS_PROXY", "HTTP_PROXY"}}
    settings = {"HOME": "/root", "LANG": "C.UTF-8", "CI": "true", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", **kept}
    enter = ("unshare", "--mount", "--pid", "--fork", "--kill-child=SIGINT", "bash", "-c", ENTER, "-", str(root))
    prefix = (*enter, *(f"{key}={value}" for key, value in settings.items()))
    yield Machine("python3", prefix, ROOT, os.environ)


@contextmanager
def other_python(name: str) -> Iterator[Machine]:
    """Take a Python from PATH, pyenv or uv, with a fresh clone beside it."""
    python = find_python(PYTHONS[name])
    with tempfile.TemporaryDirectory(prefix="babilu-") as folder:
        place = Path(folder) / "babilu"
        clone(place)
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("VIRTUAL_ENV", "PYTHON"))}
        yield Machine(python, (), place, environment)


def find_python(version: str) -> str:
    """Find a Python of a version.

    Raises:
        UnavailableError: There is none.
    """
    pyenv = os.environ.get("PYENV_ROOT") or str(Path.home() / ".pyenv")
    found = [shutil.which(f"python{version}") or ""]
    found += sorted(glob.glob(f"{pyenv}/versions/{version}.*/bin/python{version}"))  # noqa: PTH207 -- a whole path
    by_uv = [sys.executable, "-m", "uv", "python", "find", "--no-python-downloads", "--no-project", version]
    found.append(subprocess.run(by_uv, capture_output=True, text=True, check=False).stdout.strip())
    for python in filter(None, found):
        # A shim may be there for a version that is not, and an environment's Python is no bare one.
        look = "import sys; print(*sys.version_info[:2], sep='.', end='' if sys.prefix == sys.base_prefix else 'x')"
        said = subprocess.run([python, "-I", "-c", look], capture_output=True, text=True, check=False).stdout
        if said == version:
            return python
    raise UnavailableError(f"no Python {version} on PATH, in pyenv or known to uv")


def clone(place: Path) -> None:
    """Clone the present commit."""
    shutil.rmtree(place, ignore_errors=True)
    subprocess.run(["git", "clone", "--quiet", "--no-local", str(ROOT), str(place)], check=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
