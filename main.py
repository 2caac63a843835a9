#!/usr/bin/env python3
"""Runs Babilu from its folder: `python3 main.py COMMAND` works on a fresh clone with nothing but Python.

The launcher uses the standard library alone. It makes `.venv` beside this file, installs the hashed lock that the
command needs, and runs the command with that environment's Python. The stamp in `.venv` names the locks that are
installed whole: a set-up that fails or is interrupted leaves them as they were, and one in good order costs one look at
the stamp. Standard output belongs to the command: all that the launcher has to say goes to standard error.

An active virtual environment belongs to its user: it is used as it is, and nothing is made or installed.
"""

import hashlib
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import NoReturn, Self

OLDEST = (3, 11)
NEWEST = (3, 14)
"""Pythons that the locks serve: some packages have no wheels for others."""

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
    "package": "packaging/build.py",
    "vectors": "tests/vectors/make.py",
    "screenshots": "tools/screenshots.py",
    "translations": "tools/translations.py",
}
"""Commands of a clone that the installed program does not have."""

HELP = ("-h", "--help")
SPEAKING = ("test", "bench", "lock", "package")
"""Scripts that show their help with nothing but the standard library."""

KEPT_OF_PIP = (
    "CACHE_DIR",
    "CERT",
    "CLIENT_CERT",
    "CONFIG_FILE",
    "DEFAULT_TIMEOUT",
    "EXTRA_INDEX_URL",
    "FIND_LINKS",
    "INDEX_URL",
    "KEYRING_PROVIDER",
    "NO_CACHE_DIR",
    "NO_INDEX",
    "PROXY",
    "RETRIES",
    "TIMEOUT",
    "TRUSTED_HOST",
)
"""Of pip's options in the environment, those that say how the package index is reached; the others are of no concern
here, and some (USER, TARGET, REQUIRE_VIRTUALENV) would lead the packages elsewhere."""

BEGUN = "begun"
"""Key in the stamp: the environment was being changed for this lock, and the change has not come to its end."""

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
        self._aside = self.folder + ".old"
        self._stamp = os.path.join(self.folder, "babilu.stamp")

    def is_ours(self) -> bool:
        """Tell whether the folder is free to be made, or was made here; one that its user made is never touched."""
        return not os.path.exists(self.folder) or os.path.exists(self._stamp)

    def is_ready(self, lock: str) -> bool:
        """Tell whether all that `lock` names is installed, and for this Python, where it is one that could be used."""
        stamp = self._read_stamp()
        holders = LOCKS[LOCKS.index(lock) :]
        return (
            (stamp.get("python") == sys.implementation.cache_tag or not is_served())
            and any(self._is_current(holder, stamp) for holder in holders)
            and os.path.exists(self.python)
        )

    def prepare(self, lock: str) -> None:
        """Set the environment up for `lock`; of several processes that want to, one does and the others wait."""
        with SetUpLock(os.path.join(self.root, ".venv.lock")) as held:
            self._recover()
            if self.is_ready(lock):
                return
            progress = Progress(TITLES[lock])
            try:
                self._set_up(lock, progress, held)
            finally:
                progress.close()

    def _set_up(self, lock: str, progress: Progress, held: "SetUpLock") -> None:
        stamp = self._read_stamp()
        fits = stamp.get("python") == sys.implementation.cache_tag and os.path.exists(self.python)
        if fits and BEGUN not in stamp:
            self._fill(lock, stamp, progress, held)
            return
        try:
            self._make(progress, held)
            self._fill(lock, self._read_stamp(), progress, held)
        except BaseException:
            self._recover()
            raise
        self._drop(self._aside)

    def _fill(self, lock: str, stamp: dict[str, str], progress: Progress, held: "SetUpLock") -> None:
        # A larger lock only adds to a smaller one that is current. Of an older lock, packages may be replaced.
        whole = {key: stamp[key] for key in stamp if key == "python" or self._is_current(key, stamp)}

        def begin() -> None:
            self.write_stamp({**whole, BEGUN: lock})

        install(self.python, os.path.join(self.root, lock), progress, held, begin)
        missing = missing_packages(os.path.join(self.root, lock), [self.site_packages()])
        if missing:
            text = f"pip did not put {listed(missing)} into {self.folder}: look for `target`, `prefix` or `root` in its"
            raise SetUpError(text + " configuration (pip config list).")
        self.write_stamp({**whole, lock: self._digest(lock)})

    def site_packages(self) -> str:
        """Give the folder in which the environment's Python finds packages."""
        if sys.platform == "win32":
            return os.path.join(self.folder, "Lib", "site-packages")
        return os.path.join(self.folder, "lib", "python%d.%d" % sys.version_info[:2], "site-packages")

    def _make(self, progress: Progress, held: "SetUpLock") -> None:
        """Make the environment anew, with pip and without packages; the one before is put aside."""
        try:
            import ensurepip  # noqa: F401 -- Debian ships it apart from Python, and venv needs it
            import venv  # noqa: F401
        except ImportError:
            text = "Python's venv module is missing: install the package python3-venv (sudo apt install python3-venv)."
            raise SetUpError(text, EXIT_USAGE) from None
        progress.step("making .venv")
        new = self.folder + ".new"
        self._drop(new)
        os.mkdir(new)
        with open(os.path.join(new, os.path.basename(self._stamp)), "x", encoding="utf-8"):
            pass
        if os.path.exists(self.folder):
            os.rename(self.folder, self._aside)
        # Renamed as a whole, so that nobody ever sees the folder without its stamp and takes it for somebody else's.
        os.rename(new, self.folder)
        command = [sys.executable, "-I", "-m", "venv", "--prompt", "babilu", self.folder]
        code, output = run_quietly(command, held, follow=len)
        if code:
            raise SetUpError(f"Python could not make {self.folder}: {last_words(output)}")
        self.write_stamp({"python": str(sys.implementation.cache_tag)})

    def _recover(self) -> None:
        """Bring back what was put aside for an environment that never became whole."""
        if not os.path.exists(self._aside):
            return
        stamp = self._read_stamp()
        if BEGUN in stamp or not any(lock in stamp for lock in LOCKS):
            self._drop(self.folder)
            os.rename(self._aside, self.folder)
        self._drop(self._aside)

    def _drop(self, folder: str) -> None:
        import shutil

        shutil.rmtree(folder, ignore_errors=True)

    def _is_current(self, lock: str, stamp: dict[str, str]) -> bool:
        return lock in LOCKS and lock in stamp and stamp[lock] == self._digest(lock)

    def _digest(self, lock: str) -> str:
        with open(os.path.join(self.root, lock), "rb") as file:
            return hashlib.sha256(file.read()).hexdigest()

    def _read_stamp(self) -> dict[str, str]:
        try:
            with open(self._stamp, encoding="utf-8") as file:
                return dict(line.split(maxsplit=1) for line in file.read().splitlines())
        except (OSError, ValueError):
            return {}

    def write_stamp(self, stamp: dict[str, str]) -> None:
        """Replace the stamp as a whole; an empty one says that the environment is not made yet."""
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
            if shows_help_alone(arguments):
                return show_help(root, arguments)
            if not is_served():
                hand_over(find_python(), arguments)
            if lock == DESKTOP:
                require_screen(root)
            own.prepare(lock)
        if not same_folder(folder, sys.prefix):
            hand_over(python_of(folder), arguments, alone=is_own)
        if not is_own:
            require_packages(os.path.join(root, lock), folder)
    except SetUpError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except OSError as error:
        print(f"Babilu cannot be set up here: {error.strerror}: {error.filename}", file=sys.stderr)
        return EXIT_UNAVAILABLE
    except KeyboardInterrupt:
        print("Set-up interrupted; it goes on next time.", file=sys.stderr)
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
    return DESKTOP if command == "desktop" and not asks_for_help(arguments) else BASE


def asks_for_help(arguments: list[str]) -> bool:
    """Tell whether a command line wants to be told about and not carried out."""
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return any(option in HELP for option in options)


def shows_help_alone(arguments: list[str]) -> bool:
    """Tell whether what a command line asks for is help that needs no package."""
    of_a_measurement = arguments[:1] == ["bench"] and arguments[1:2] != [] and arguments[1] not in HELP
    return bool(arguments) and arguments[0] in SCRIPTS and asks_for_help(arguments) and not of_a_measurement


def show_help(root: str, arguments: list[str]) -> int:
    """Show the help of a clone's command with nothing installed: by the script itself, else by its first lines."""
    if arguments[0] in SPEAKING:
        return run(root, arguments)
    import ast

    with open(os.path.join(root, SCRIPTS[arguments[0]]), encoding="utf-8") as file:
        print(ast.get_docstring(ast.parse(file.read())))
    return 0


def is_served() -> bool:
    """Tell whether the locks serve the Python that runs this."""
    return OLDEST <= sys.version_info[:2] <= NEWEST


def find_python() -> str:
    """Find the newest Python on PATH that the locks serve, one that can make environments if there is any.

    Raises:
        SetUpError: There is none, or a virtual environment of the user's own has another one.
    """
    import subprocess

    usable = []
    places = [place for place in os.environ.get("PATH", os.defpath).split(os.pathsep) if os.path.isabs(place)]
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        # Some that can be started only say how to install them.
        look = "import sys; assert sys.version_info[:2] == (3, %d); print(7); import ensurepip, venv; print(8)" % minor
        for place in places:
            python = os.path.join(place, "python3.%d" % minor)
            if sys.prefix == sys.base_prefix and os.access(python, os.X_OK) and os.path.isfile(python):
                command = [python, "-I", "-c", look]
                said = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False).stdout
                if said.split() == [b"7", b"8"]:
                    return python
                usable += [python] if said.split() == [b"7"] else []
    if not usable:
        versions = (*OLDEST, *NEWEST, *sys.version_info[:2])
        text = "Babilu needs Python %d.%d to %d.%d, and this is Python %d.%d. Install one of these, with its venv."
        raise SetUpError(text % versions, EXIT_USAGE)
    return usable[0]


def require_screen(root: str) -> None:
    """Raise `SetUpError` when the desktop client could not be shown: there is no use in fetching Qt then."""
    sys.path.insert(0, os.path.join(root, "src"))
    try:
        from babilu.desktop.screen import obstacles
    except ImportError:  # a copy without the desktop client: the command says so
        return
    finally:
        del sys.path[0]
    found = obstacles()
    if found:
        raise SetUpError(" ".join(found), EXIT_USAGE)


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
    missing = missing_packages(lock, sys.path)
    if sys.version_info[:2] < OLDEST:
        raise SetUpError("Babilu needs Python %d.%d or newer, and %s has an older one." % (*OLDEST, folder), EXIT_USAGE)
    if missing:
        shown = os.path.relpath(lock) if lock.startswith(os.getcwd() + os.sep) else lock
        text = f"The environment {folder} lacks {listed(missing)}. Install what Babilu needs: pip install -r {shown}"
        raise SetUpError(text, EXIT_USAGE)


def missing_packages(lock: str, places: list[str]) -> list[str]:
    """Give the names in a lock of which no version is installed in any of the folders."""
    installed = {
        normalised(name.split("-")[0])
        for place in places
        if os.path.isdir(place)
        for name in os.listdir(place)
        if name.endswith((".dist-info", ".egg-info"))
    }
    with open(lock, encoding="utf-8") as file:
        # A pin with a marker may be meant for another platform: pip decides over these.
        wanted = [line.split("==")[0] for line in file if "==" in line and ";" not in line]
    return [name for name in wanted if normalised(name) not in installed]


def listed(names: list[str]) -> str:
    """Name the first three, and count the others."""
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def normalised(name: str) -> str:
    """Write a distribution's name the way the package index compares it (PEP 503)."""
    return name.replace("_", "-").replace(".", "-").lower()


UNREACHABLE = " The package index cannot be reached: is this machine online?"
UNTRUSTED = (
    " The package index shows a certificate that this machine does not trust: where a proxy looks into connections, "
    "name its certificate in PIP_CERT."
)


def install(python: str, lock: str, progress: Progress, held: SetUpLock, begin: "Callable[[], None]") -> None:
    """Install exactly what a lock names, each file checked by its hash; raise `SetUpError` when pip cannot.

    Args:
        python: The environment's Python.
        lock: The lock file.
        progress: Where to say how far it is.
        held: Kept locked as long as pip runs.
        begin: Called when all is fetched and checked, right before pip changes the environment.
    """
    with open(lock, encoding="utf-8") as file:
        total = sum("==" in line for line in file)
    done = 0
    cause = ""

    def follow(line: str) -> None:
        nonlocal total, done, cause
        name = package_of(line)
        if name:
            done += 1
            progress.step(f"{done}/{total} {name}")
        elif line.startswith("Ignoring "):  # its marker names another platform
            total -= 1
        elif line.startswith("Installing collected packages: "):
            begin()
            new = line.count(",") + 1
            progress.step(f"installing {new} package{'s' * (new != 1)}")
        elif "connection broken by" in line:
            cause = UNTRUSTED if "CERTIFICATE_VERIFY_FAILED" in line else UNREACHABLE
            progress.step("waiting for the package index")

    progress.step("looking for its packages")
    # Wheels alone: nothing is built, so that no stranger's set-up script runs and no compiler is needed.
    options = ["--require-hashes", "--only-binary", ":all:", "--no-deps", "--no-user", "--no-input"]
    options += ["--disable-pip-version-check", "--progress-bar", "off"]
    code, output = run_quietly([python, "-I", "-m", "pip", "install", *options, "-r", lock], held, follow)
    if code:
        said = last_words(output)
        if not cause and said.startswith("No matching distribution found"):
            cause = " One of them is made for no machine like this one with Python %d.%d." % sys.version_info[:2]
        raise SetUpError(f"Babilu's packages could not be installed.{cause} pip says: {said}")


def package_of(line: str) -> str:
    """Tell which package pip says it deals with in a line, whether fetched, found here or installed already."""
    for sign in ("Collecting ", "Requirement already satisfied: "):
        if line.startswith(sign):
            return line[len(sign) :].partition("==")[0]
    if line.startswith("Processing "):  # a file, of which pip from 23.1 on also says who asked for it
        return os.path.basename(line[len("Processing ") :].partition(" (from ")[0]).partition("-")[0]
    return ""


def own_environment(inherited: "Mapping[str, str]") -> dict[str, str]:
    """Give the environment of what sets up: without options that would lead it, or its packages, elsewhere."""
    kept = {"PIP_" + option for option in KEPT_OF_PIP}
    return {name: value for name, value in inherited.items() if name in kept or not name.startswith(("PIP_", "PYTHON"))}


def run_quietly(command: list[str], held: SetUpLock, follow: "Callable[[str], object]") -> tuple[int, list[str]]:
    """Run a command whose output nobody needs to see while all is well; give its exit code and its last lines."""
    import collections
    import subprocess

    last: collections.deque[str] = collections.deque(maxlen=20)
    with subprocess.Popen(
        command,
        env=own_environment(os.environ),
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


BESIDE_THE_POINT = ("note: ", "hint: ", "[notice] ", "[end of", "\u2570", "\u2502", "\u00d7")
"""How lines begin that pip puts behind an error: notes, hints, and the lines and crosses that it draws."""


def last_words(output: list[str]) -> str:
    """Choose what a person should read of a failed command's output: its last error, else its last line.

    pip's own errors begin with ERROR, those of the processes that it starts with error, and behind either it puts
    notes, hints and drawings that say nothing alone.
    """
    lines = [line.strip() for line in output if line.strip()]
    for sign in ("ERROR: ", "error: "):
        errors = [line[len(sign) :] for line in lines if line.startswith(sign)]
        if errors:
            return errors[-1]
    words = [line for line in lines if not line.startswith(BESIDE_THE_POINT)]
    return (words or ["nothing"])[-1]


def hand_over(python: str, arguments: list[str], *, alone: bool = False) -> "NoReturn":
    """Go on with this file in another Python, which takes this process's place where the system allows that.

    Args:
        python: The other Python.
        arguments: What follows this file's name on the command line.
        alone: Whether that Python is to find no packages but its own, whatever the environment says.
    """
    whole = getattr(sys, "orig_argv", sys.argv)
    given = len(whole) - len(sys.argv)
    flags = whole[1:given] if whole[given:] == sys.argv else []
    command = [python, *flags, os.path.realpath(__file__), *arguments]
    dropped = ("PYTHONPATH", "PYTHONHOME") if alone else ()
    environment = {name: value for name, value in os.environ.items() if name not in dropped}
    if sys.platform == "win32":
        import subprocess

        sys.exit(subprocess.call(command, env=environment))
    os.execve(python, command, environment)


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
