#!/usr/bin/env python3
"""Runs Babilu from its folder: `python3 main.py COMMAND` works on a fresh clone with nothing but Python.

The launcher uses the standard library alone. It makes `.venv` beside this file, installs the hashed lock that the
command needs, and runs the command with that environment's Python. The stamp in `.venv` is written last, so a set-up
that was interrupted is made anew; a set-up in good order costs one look at the stamp. Standard output belongs to the
command: all that the launcher has to say goes to standard error.

An active virtual environment belongs to its user: it is used as it is, and nothing is made or installed.
"""

import os
import sys

if sys.version_info < (3, 11):
    sys.stderr.write("Babilu needs Python 3.11 or newer, and this is Python %d.%d.\n" % sys.version_info[:2])
    sys.exit(2)

import hashlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn, Self

BASE = "requirements.txt"
DESKTOP = "requirements/desktop.txt"
DEV = "requirements/dev.txt"
LOCKS = (BASE, DESKTOP, DEV)
"""Each lock holds all that the locks before it hold, in the same versions."""

TITLES = {BASE: "Babilu", DESKTOP: "Babilu's desktop client", DEV: "Babilu's tools for development"}

SCRIPTS = {
    "test": "tests/run.py",
    "bench": "bench/run.py",
    "lock": "requirements/lock.py",
    "vectors": "tests/vectors/make.py",
    "screenshots": "tools/screenshots.py",
    "translations": "tools/translations.py",
}
"""Commands of a clone that the installed program does not have."""

EXIT_USAGE = 2
EXIT_UNAVAILABLE = 5
EXIT_INTERRUPTED = 130


class SetUpError(Exception):
    """Set-up cannot go on; the text is one sentence that says what a person can do."""

    def __init__(self, text: str, exit_code: int = EXIT_UNAVAILABLE) -> None:
        super().__init__(text)
        self.exit_code = exit_code


class Progress:
    """What set-up is doing, on standard error: one line that changes on a terminal, a line for each step elsewhere."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._live = sys.stderr.isatty()
        self._shown = 0

    def step(self, text: str) -> None:
        """Say what happens now."""
        line = f"Setting up {self._title} (once): {text}"
        if not self._live:
            print(line, file=sys.stderr, flush=True)
            return
        line = line[: (os.get_terminal_size(sys.stderr.fileno()).columns or 80) - 1]
        print("\r" + line.ljust(self._shown), end="", file=sys.stderr, flush=True)
        self._shown = len(line)

    def close(self) -> None:
        """Leave the cursor at the start of an empty line."""
        if self._shown:
            print("\r" + " " * self._shown + "\r", end="", file=sys.stderr, flush=True)
            self._shown = 0


class Environment:
    """The virtual environment `.venv` of a clone: made, stamped and renewed by the launcher alone."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.folder = os.path.join(root, ".venv")
        self.python = python_of(self.folder)
        self._stamp = os.path.join(self.folder, "babilu.stamp")

    def is_ours(self) -> bool:
        """Tell whether the folder is free to be made, or was made here; one that its user made is never touched."""
        return not os.path.exists(self.folder) or os.path.exists(self._stamp)

    def is_ready(self, lock: str) -> bool:
        """Tell whether all that `lock` names is installed, for this Python, and the set-up came to its end."""
        stamp = self._read_stamp()
        holders = LOCKS[LOCKS.index(lock) :]
        return (
            stamp.get("python") == sys.implementation.cache_tag
            and any(holder in stamp and stamp[holder] == self._digest(holder) for holder in holders)
            and os.path.exists(self.python)
        )

    def prepare(self, lock: str) -> None:
        """Set the environment up for `lock`; of several processes that want to, one does and the others wait."""
        with SetUpLock(os.path.join(self.root, ".venv.lock")) as held:
            if self.is_ready(lock):
                return
            progress = Progress(TITLES[lock])
            try:
                self._set_up(lock, progress, held)
            finally:
                progress.close()

    def _set_up(self, lock: str, progress: Progress, held: "SetUpLock") -> None:
        stamp = self._read_stamp()
        if stamp.get("python") != sys.implementation.cache_tag or not os.path.exists(self.python):
            stamp = {"python": str(sys.implementation.cache_tag)}
            self._make(progress, held)
        self._write_stamp({})
        install(self.python, os.path.join(self.root, lock), progress, held)
        self._write_stamp({**stamp, lock: self._digest(lock)})

    def _make(self, progress: Progress, held: "SetUpLock") -> None:
        import shutil

        try:
            import ensurepip  # noqa: F401 -- Debian ships it apart from Python, and venv needs it
            import venv  # noqa: F401
        except ImportError:
            text = "Python's venv module is missing: install the package python3-venv (sudo apt install python3-venv)."
            raise SetUpError(text, EXIT_USAGE) from None
        progress.step("making .venv")
        # Renamed as a whole, so that nobody ever sees the folder without its stamp and takes it for somebody else's.
        old, new = self.folder + ".old", self.folder + ".new"
        if os.path.exists(self.folder):
            shutil.rmtree(old, ignore_errors=True)
            os.rename(self.folder, old)
        shutil.rmtree(old, ignore_errors=True)
        shutil.rmtree(new, ignore_errors=True)
        os.mkdir(new)
        with open(os.path.join(new, os.path.basename(self._stamp)), "x", encoding="utf-8"):
            pass
        os.rename(new, self.folder)
        command = [sys.executable, "-I", "-m", "venv", "--prompt", "babilu", self.folder]
        code, output = run_quietly(command, held, follow=len)
        if code:
            raise SetUpError(f"Python could not make {self.folder}: {last_words(output)}")

    def _digest(self, lock: str) -> str:
        with open(os.path.join(self.root, lock), "rb") as file:
            return hashlib.sha256(file.read()).hexdigest()

    def _read_stamp(self) -> dict[str, str]:
        try:
            with open(self._stamp, encoding="utf-8") as file:
                return dict(line.split(maxsplit=1) for line in file.read().splitlines())
        except (OSError, ValueError):
            return {}

    def _write_stamp(self, stamp: dict[str, str]) -> None:
        """Replace the stamp as a whole; an empty one says that a set-up has begun and not ended."""
        with open(self._stamp + ".new", "w", encoding="utf-8") as file:
            file.writelines(f"{key} {value}\n" for key, value in stamp.items())
        os.replace(self._stamp + ".new", self._stamp)


class SetUpLock:
    """An operating system's lock on a file: held by one process at a time, and let go whenever that process ends."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._file = -1

    def __enter__(self) -> "Self":
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        if not self._take(wait=False):
            print("Another Babilu is being set up in this folder: waiting for it.", file=sys.stderr, flush=True)
            while not self._take(wait=True):
                pass
        return self

    def __exit__(self, *exception: object) -> None:
        os.close(self._file)

    def passed_on(self) -> tuple[int, ...]:
        """File descriptors for a child to keep open: should this process be killed, the child still holds the lock."""
        return () if sys.platform == "win32" else (self._file,)

    def _take(self, *, wait: bool) -> bool:
        if sys.platform == "win32":
            import msvcrt

            try:
                msvcrt.locking(self._file, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
            except OSError:  # a lock held elsewhere, also after the ten seconds that LK_LOCK waits
                return False
        else:
            import fcntl

            try:
                fcntl.flock(self._file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
        return True


def main(arguments: list[str]) -> int:
    """Bring the command to the Python it needs, and run it there."""
    fill_standard_streams()
    root = os.path.dirname(os.path.realpath(__file__))
    lock = lock_for(arguments)
    own = Environment(root)
    folder = active_environment() or own.folder
    is_own = same_folder(folder, own.folder) and own.is_ours()
    try:
        if is_own and not own.is_ready(lock):
            own.prepare(lock)
        if not same_folder(folder, sys.prefix):
            hand_over(python_of(folder), arguments)
        if not is_own:
            require_packages(os.path.join(root, lock), folder)
    except SetUpError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except OSError as error:
        print(f"Babilu cannot be set up here: {error.strerror}: {error.filename}", file=sys.stderr)
        return EXIT_UNAVAILABLE
    except KeyboardInterrupt:
        print("Set-up interrupted; it begins anew next time.", file=sys.stderr)
        return EXIT_INTERRUPTED
    return run(root, arguments)


def fill_standard_streams() -> None:
    """Let standard streams that are closed lead nowhere: a pipe or file opened here must not take their numbers."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)


def lock_for(arguments: list[str]) -> str:
    """Tell which lock holds what a command line needs."""
    command = arguments[0] if arguments else ""
    if command in SCRIPTS:
        return DEV
    return DESKTOP if command == "desktop" else BASE


def active_environment() -> str | None:
    """Give the folder of the virtual environment that the user has chosen, by its Python or by activating it."""
    if sys.prefix != sys.base_prefix:
        return sys.prefix
    chosen = os.environ.get("VIRTUAL_ENV")
    return chosen if chosen and os.path.exists(python_of(chosen)) else None


def same_folder(one: str, other: str) -> bool:
    """Tell whether two paths lead to the same place."""
    return os.path.realpath(one) == os.path.realpath(other)


def python_of(folder: str) -> str:
    """Give the path of a virtual environment's Python."""
    return os.path.join(folder, *(("Scripts", "python.exe") if sys.platform == "win32" else ("bin", "python")))


def require_packages(lock: str, folder: str) -> None:
    """Raise `SetUpError` when the user's environment lacks packages of a lock; their versions are the user's choice."""
    installed = {
        normalised(name.split("-")[0])
        for place in sys.path
        if os.path.isdir(place)
        for name in os.listdir(place)
        if name.endswith((".dist-info", ".egg-info"))
    }
    with open(lock, encoding="utf-8") as file:
        # A pin with a marker may be meant for another platform: pip decides over these.
        wanted = [line.split("==")[0] for line in file if "==" in line and ";" not in line]
    missing = [name for name in wanted if normalised(name) not in installed]
    if missing:
        names = ", ".join(missing[:3]) + (f" and {len(missing) - 3} more" if len(missing) > 3 else "")
        shown = os.path.relpath(lock) if lock.startswith(os.getcwd() + os.sep) else lock
        text = f"The environment {folder} lacks {names}. Install what Babilu needs: pip install -r {shown}"
        raise SetUpError(text, EXIT_USAGE)


def normalised(name: str) -> str:
    """Write a distribution's name the way the package index compares it (PEP 503)."""
    return name.replace("_", "-").replace(".", "-").lower()


UNREACHABLE = " The package index cannot be reached: is this machine online?"
UNTRUSTED = (
    " The package index shows a certificate that this machine does not trust: where a proxy looks into connections, "
    "name its certificate in PIP_CERT."
)


def install(python: str, lock: str, progress: Progress, held: SetUpLock) -> None:
    """Install exactly what a lock names, each file checked by its hash; raise `SetUpError` when pip cannot."""
    with open(lock, encoding="utf-8") as file:
        pins = file.read().splitlines()
    total = sum("==" in pin for pin in pins)
    done = 0
    cause = ""

    def follow(line: str) -> None:
        nonlocal total, done, cause
        _, _, number = line.partition(
            f"(from -r {lock} (line "
        )  # pip says so of each package, whatever it does with it
        if number:
            done += 1
            progress.step(f"{done}/{total} {pins[int(number.split(')')[0]) - 1].split('==')[0]}")
        elif line.startswith("Ignoring "):  # its marker names another platform
            total -= 1
        elif line.startswith("Installing "):
            progress.step(f"installing {done} packages")
        elif "connection broken by" in line:
            cause = UNTRUSTED if "CERTIFICATE_VERIFY_FAILED" in line else UNREACHABLE
            progress.step("waiting for the package index")

    progress.step("looking for its packages")
    options = ["--require-hashes", "--no-deps", "--no-input", "--disable-pip-version-check", "--progress-bar", "off"]
    code, output = run_quietly([python, "-I", "-m", "pip", "install", *options, "-r", lock], held, follow)
    if code:
        raise SetUpError(f"Babilu's packages could not be installed.{cause} pip says: {last_words(output)}")


def run_quietly(command: list[str], held: SetUpLock, follow: "Callable[[str], object]") -> tuple[int, list[str]]:
    """Run a command whose output nobody needs to see while all is well; give its exit code and its last lines."""
    import collections
    import subprocess

    last: collections.deque[str] = collections.deque(maxlen=20)
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        pass_fds=held.passed_on(),
    ) as process:
        for line in process.stdout or ():
            last.append(line.strip())
            follow(line)
    return process.returncode, list(last)


def last_words(output: list[str]) -> str:
    """Choose what a person should read of a failed command's output: its last error, else its last line."""
    lines = [line for line in output if line]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    return (errors or lines or ["nothing"])[-1]


def hand_over(python: str, arguments: list[str]) -> "NoReturn":
    """Go on with this file in another Python, which takes this process's place where the system allows that."""
    given = len(sys.orig_argv) - len(sys.argv)
    flags = sys.orig_argv[1:given] if sys.orig_argv[given:] == sys.argv else []
    command = [python, *flags, os.path.realpath(__file__), *arguments]
    if sys.platform == "win32":
        import subprocess

        sys.exit(subprocess.call(command))
    os.execv(python, command)


def run(root: str, arguments: list[str]) -> int:
    """Run the command in this process; profiles and relays started this way keep their files in `root`."""
    sys.path[:] = [os.path.join(root, "src"), *(place for place in sys.path if place != root)]
    if arguments and arguments[0] in SCRIPTS:
        import runpy

        script = os.path.join(root, SCRIPTS[arguments[0]])
        if not os.path.exists(script):
            print(f"This copy of Babilu has no {SCRIPTS[arguments[0]]}.", file=sys.stderr)
            return EXIT_USAGE
        sys.argv = [script, *arguments[1:]]
        runpy.run_path(script, run_name="__main__")
        return 0
    from pathlib import Path

    from babilu.cli import main as babilu

    return babilu(arguments, folder=Path(root))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
