"""Files of a profile: side by side, readable by their owner only, and never reached through a link."""

import ipaddress
import os
import stat
import sys
import time
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from babilu.kernel.errors import ErrorCode, ProfileError, UsageError
from babilu.store.errors import profile_error

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

FILE_MODE: Final = 0o600
FOLDER_MODE: Final = 0o700
_SUFFIX: Final = ".db"
_DIRECT: Final = "direct"
_FILE_NAME_BYTES: Final = 255 - len(".db.unlock.new")
_LOCK_ATTEMPTS: Final = 1000
_LOCK_PAUSE_S: Final = 0.001


@dataclass(frozen=True, slots=True)
class ProfilePaths:
    """Where the files of one profile lie.

    Attributes:
        database: ``<user>@<host>_<port>.db`` or ``<name>@direct.db``.
        name: The account's or the own name.
        relay: Host and port of the relay, or None.
    """

    database: Path
    name: str
    relay: tuple[str, int] | None

    @classmethod
    def for_relay(cls, home: Path, user: str, host: str, port: int) -> "ProfilePaths":
        """Name the files of an account on a relay.

        Args:
            home: The folder that holds profiles.
            user: Normalised account name.
            host: Host name or address of the relay.
            port: Its TCP port.

        Raises:
            UsageError: Name or host cannot be part of a file name.
        """
        spelling = _one_spelling(host)
        file_name = f"{_safe(user)}@{_safe(spelling.replace(':', '_'))}_{port}{_SUFFIX}"
        return cls(home / _fitting(file_name), user, (spelling, port))

    @classmethod
    def for_direct(cls, home: Path, name: str) -> "ProfilePaths":
        """Name the files of a profile without a relay.

        Raises:
            UsageError: The name cannot be part of a file name.
        """
        return cls(home / _fitting(f"{_safe(name)}@{_DIRECT}{_SUFFIX}"), name, None)

    @property
    def home(self) -> Path:
        """The folder that holds the profile."""
        return self.database.parent

    @property
    def unlock(self) -> Path:
        """The wrapped database key and the stamps."""
        return self._beside(".unlock")

    @property
    def lock(self) -> Path:
        """What the process locks that has the profile open."""
        return self._beside(".lock")

    @property
    def files(self) -> Path:
        """The folder of attachments."""
        return self.database.with_name(self.database.name.removesuffix(_SUFFIX) + ".files")

    @property
    def log(self) -> Path:
        """SQLite's write-ahead log."""
        return self._beside("-wal")

    @property
    def log_index(self) -> Path:
        """SQLite's index of its log; it holds page numbers only."""
        return self._beside("-shm")

    def check(self) -> None:
        """Refuse files that are links or no plain files, and take other users' rights to them away.

        Raises:
            ProfileError: ``not_allowed``.
        """
        for path in (self.database, self.unlock, self.lock, self.log, self.log_index):
            _check_own(path, stat.S_ISREG, FILE_MODE)
        _check_own(self.files, stat.S_ISDIR, FOLDER_MODE)

    def make_home(self) -> None:
        """Make the folder that holds profiles where there is none.

        Raises:
            ProfileError: ``not_allowed``, ``disk_full``, ``unavailable``.
        """
        try:
            self.home.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        except OSError as error:
            raise profile_error(error) from error

    def _beside(self, ending: str) -> Path:
        return self.database.with_name(self.database.name + ending)


def list_profiles(home: Path) -> list[ProfilePaths]:
    """Return the profiles in a folder, by file name; an unreadable or missing folder holds none."""
    found = []
    try:
        entries = sorted(home.glob(f"*@*{_SUFFIX}"))
    except OSError:
        return []
    for path in entries:
        paths = _parse(path)
        if paths is not None and path.is_file() and not path.is_symlink():
            found.append(paths)
    return found


class ProfileLock:
    """Keeps a profile to one process at a time, and to one holder within it; the system frees it with the process."""

    def __init__(self, descriptor: int, path: Path) -> None:
        self._descriptor = descriptor
        self._path = path

    @classmethod
    def acquire(cls, paths: ProfilePaths) -> "ProfileLock":
        """Lock a profile, before anything of it is opened.

        Raises:
            ProfileError: ``profile_in_use``, ``not_allowed``, ``disk_full``, ``unavailable``.
        """
        try:
            descriptor = _open_lock(paths.lock, exclusive=True)
        except OSError as error:
            raise profile_error(error) from error
        if descriptor is None:
            raise ProfileError(ErrorCode.PROFILE_IN_USE, "The profile is in use by another process.")
        return cls(descriptor, paths.lock)

    def release(self) -> None:
        """Let others have the profile; a second call does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def release_and_remove(self) -> None:
        """Let go of a profile that exists no more, and of the lock's file."""
        if sys.platform == "win32":
            self.release()
        self._path.unlink(missing_ok=True)
        self.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.release()


def is_in_use(paths: ProfilePaths) -> bool:
    """Tell whether somebody holds a profile's lock."""
    if not paths.lock.exists():
        return False
    try:
        descriptor = _open_lock(paths.lock, exclusive=False)
    except OSError:
        return True
    if descriptor is None:
        return True
    os.close(descriptor)
    return False


def _open_lock(path: Path, *, exclusive: bool) -> int | None:
    """Open and lock a file; None where somebody holds it."""
    for _ in range(_LOCK_ATTEMPTS):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), FILE_MODE)
        kept = False
        try:
            kept = _lock(descriptor, exclusive=exclusive) and _is_still(path, descriptor)
            if kept:
                return descriptor
            if not _lock(descriptor, exclusive=False):
                return None
        finally:
            if not kept:
                os.close(descriptor)
        # Only somebody who looks whether the profile is in use was in the way, or the file was removed meanwhile:
        # a look lasts microseconds, unless the thread that looks is itself kept waiting.
        time.sleep(_LOCK_PAUSE_S)
    return None


if sys.platform == "win32":

    def _lock(descriptor: int, *, exclusive: bool) -> bool:
        del exclusive
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:

    def _lock(descriptor: int, *, exclusive: bool) -> bool:
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def _is_still(path: Path, descriptor: int) -> bool:
    """Tell whether a locked file is still the one that others would open."""
    try:
        return os.path.samestat(path.lstat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _check_own(path: Path, is_kind: Callable[[int], bool], mode: int) -> None:
    try:
        status = path.lstat()
    except FileNotFoundError:
        return
    except OSError as error:
        raise profile_error(error) from error
    if not is_kind(status.st_mode):
        raise ProfileError(ErrorCode.NOT_ALLOWED, "A profile's file is a link or something else that is no plain file.")
    if stat.S_IMODE(status.st_mode) & ~mode:
        try:
            path.chmod(mode)
        except OSError as error:
            raise profile_error(error) from error


def _parse(path: Path) -> ProfilePaths | None:
    name, _, place = path.name.removesuffix(_SUFFIX).rpartition("@")
    if not name:
        return None
    if place == _DIRECT:
        return ProfilePaths(path, name, None)
    host, _, port = place.rpartition("_")
    if not host or not port.isascii() or not port.isdigit():
        return None
    return ProfilePaths(path, name, (_with_colons(host), int(port)))


def _one_spelling(host: str) -> str:
    """Return a host as its file is named: lower case, and the short form of an IPv6 address."""
    bare = host.strip("[]").lower()
    try:
        return str(ipaddress.ip_address(bare))
    except ValueError:
        return bare


def _with_colons(host: str) -> str:
    try:
        return str(ipaddress.IPv6Address(host.replace("_", ":")))
    except ValueError:
        return host


def _safe(part: str) -> str:
    refused = not part or part.startswith((".", "-")) or any(_is_unsafe(character) for character in part)
    if refused:
        raise UsageError("This name or address cannot be part of a file name.")
    return part


def _is_unsafe(character: str) -> bool:
    return character in '/\\:*?"<>|@' or unicodedata.category(character)[0] in {"C", "Z"}


def _fitting(file_name: str) -> str:
    if len(file_name.encode("utf-8")) > _FILE_NAME_BYTES:
        raise UsageError("Name and address are too long for a file name.")
    return file_name
