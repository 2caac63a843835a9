"""Pid file of a relay, locked while it runs: a file that nobody has locked is stale, whatever number is in it.

The first line is the process's number. The second is JSON about how it was started, for `restart`; it holds no secret.
"""

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Final, Self

import msgspec

from babilu.kernel.errors import ErrorCode, ProfileError
from babilu.local_paths import is_taken
from babilu.presentation.strings import MisuseError

FILE_NAME: Final = "relay.pid"
LAUNCH_NAME: Final = "relay.launch"
FILE_MODE: Final = 0o600
FILE_BYTES_MAX: Final = 64 * 1024


class Launch(msgspec.Struct, frozen=True):
    """How a process was started.

    Attributes:
        arguments: The command line after the program's name.
        cwd: The working folder that its paths are relative to.
        daemon: Whether it detached itself; else somebody else keeps it.
    """

    arguments: tuple[str, ...]
    cwd: str
    daemon: bool


class Holder(msgspec.Struct, frozen=True):
    """The process that holds a pid file, and how it was started."""

    pid: int
    launch: Launch


def remember_launch(home: Path, launch: Launch) -> None:
    """Keep how a relay was started, for a `restart` after its end.

    Raises:
        UsageError: It cannot be written.
    """
    draft = home / f"{LAUNCH_NAME}.new"
    try:
        with contextlib.suppress(FileNotFoundError):
            draft.unlink()
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE_MODE)
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.encode(launch) + b"\n")
        draft.replace(home / LAUNCH_NAME)
    except OSError as error:
        raise MisuseError("file_unwritable", file=home / LAUNCH_NAME, reason=error.strerror) from error


def last_launch(home: Path) -> Launch | None:
    """Return how the folder's relay was started last; None where that is not known."""
    try:
        with (home / LAUNCH_NAME).open("rb") as file:
            return msgspec.json.decode(file.read(FILE_BYTES_MAX), type=Launch)
    except (OSError, ValueError):
        return None


class PidFile:
    """The pid file in a relay's folder; as a context manager it is this process's own.

    Args:
        home: The relay's folder, which is there already when the file is entered.
    """

    def __init__(self, home: Path, launch: Launch) -> None:
        self._path = home / FILE_NAME
        self._launch = launch
        self._descriptor: int | None = None

    def __enter__(self) -> Self:
        """Take the file.

        Raises:
            ProfileError: ``profile_in_use`` where another process holds it.
            UsageError: It cannot be written.
        """
        try:
            descriptor = self._lock()
            os.ftruncate(descriptor, 0)
            os.write(descriptor, f"{os.getpid()}\n".encode() + msgspec.json.encode(self._launch) + b"\n")
        except OSError as error:
            raise MisuseError("file_unwritable", file=self._path, reason=error.strerror) from error
        self._descriptor = descriptor
        return self

    def __exit__(self, *error: object) -> None:
        """Take the file away and let go of it."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            self._path.unlink(missing_ok=True)
            os.close(descriptor)

    def _lock(self) -> int:
        """Open and lock the file that has the name now: a former holder may take an older one away meanwhile."""
        import fcntl

        while True:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
            with contextlib.ExitStack() as undo:
                undo.callback(os.close, descriptor)
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError as error:
                    raise in_use(self._path.parent, _read(descriptor)) from error
                with contextlib.suppress(FileNotFoundError):
                    if os.path.samestat(os.fstat(descriptor), self._path.stat()):
                        undo.pop_all()
                        return descriptor


def in_use(home: Path, holder: Holder | None) -> ProfileError:
    """Say that a relay has the folder already, and which process it is where that is known."""
    process = "" if holder is None else f" as process {holder.pid}"
    return ProfileError(ErrorCode.PROFILE_IN_USE, f"Another relay uses the folder {home}{process}.")


def find_holder(home: Path) -> Holder | None:
    """Return the relay that holds the folder's pid file, or None where nobody does."""
    import fcntl

    with _opened(home) as descriptor:
        if descriptor is None:
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _read(descriptor)
        return None


def is_stale(home: Path) -> bool:
    """Tell whether a pid file is left of a relay that ended without a word."""
    return find_holder(home) is None and is_taken(home / FILE_NAME)


def wait_until_free(home: Path, seconds: float) -> bool:
    """Wait until nobody holds the file; tell whether that came in time. Only for a main thread: it uses SIGALRM."""
    import fcntl

    def give_up(number: int, frame: FrameType | None) -> None:
        del number, frame
        raise TimeoutError

    with _opened(home) as descriptor:
        if descriptor is None:
            return True
        former = signal.signal(signal.SIGALRM, give_up)
        try:
            signal.setitimer(signal.ITIMER_REAL, seconds)
            fcntl.flock(descriptor, fcntl.LOCK_SH)
        except TimeoutError:
            return False
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, former)
    return True


@contextlib.contextmanager
def _opened(home: Path) -> Iterator[int | None]:
    try:
        descriptor = os.open(home / FILE_NAME, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        yield None
        return
    except OSError as error:
        raise MisuseError("file_unreadable", file=home / FILE_NAME, reason=error.strerror) from error
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _read(descriptor: int) -> Holder | None:
    """Read what the holder wrote; None in the moment before it has."""
    first, _, second = os.pread(descriptor, FILE_BYTES_MAX, 0).partition(b"\n")
    try:
        return Holder(int(first), msgspec.json.decode(second, type=Launch))
    except ValueError:
        return None
