"""Hosting lock: the process that holds it, in the run folder of a profile, may host it on the socket beside it.

The folder is the user's alone (0700), lies beside the profile, and is gone while nobody hosts. The lock is taken before
the socket is made and before the profile is opened, so whoever finds it taken finds a socket to wait at.
"""

import contextlib
import logging
import os
import socket
import stat
import sys
from pathlib import Path
from typing import Final

from babilu.kernel.errors import ErrorCode, LinkError, ProfileError
from babilu.local_socket import peer_uid, reachable
from babilu.store.errors import profile_error
from babilu.store.profile_files import ProfilePaths

if sys.platform != "win32":
    import fcntl

log = logging.getLogger(__name__)

FOLDER_MODE: Final = 0o700
FILE_MODE: Final = 0o600
BACKLOG: Final = 16
CONNECT_S: Final = 5.0
_ATTEMPTS: Final = 100

CAN_HOST: Final = sys.platform != "win32"
"""Whether this system has the sockets and locks that hosting takes."""


def folder_of(paths: ProfilePaths) -> Path:
    """Return a profile's run folder, whether it is there or not."""
    return paths.database.with_name(paths.database.name + ".run")


class HostingLock:
    """The right to host a profile, and the socket at which others attach; made by `take`, given back by `leave`.

    Attributes:
        listening: The socket; None on a disk that can hold none, where nobody can attach.
    """

    def __init__(self, folder: Path, lock: int) -> None:
        self._folder = folder
        self._lock = lock
        self.listening = _listen(folder / "socket")

    @classmethod
    def take(cls, paths: ProfilePaths) -> "HostingLock | None":
        """Take the lock; None where another process has it.

        Raises:
            ProfileError: The folder cannot be made, or is not the user's alone.
        """
        folder = folder_of(paths)
        try:
            for _ in range(_ATTEMPTS):
                folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
                _check(folder)
                # Whoever leaves takes the folder away: it may be gone again by now.
                with contextlib.suppress(FileNotFoundError):
                    lock = _lock(folder / "lock")
                    return None if lock is None else cls._sit(folder, lock)
        except OSError as error:
            raise profile_error(error) from error
        return None

    @classmethod
    def _sit(cls, folder: Path, lock: int) -> "HostingLock":
        with contextlib.ExitStack() as undo:
            # A lock that stayed with this process would keep everybody from the profile until its end.
            undo.callback(os.close, lock)
            hosting_lock = cls(folder, lock)
            undo.pop_all()
        return hosting_lock

    def leave(self) -> None:
        """Let others host; a second call does nothing."""
        if self._lock < 0:
            return
        if self.listening is not None:
            self.listening.close()
        for name in ("socket", "lock"):
            (self._folder / name).unlink(missing_ok=True)
        # Whoever made a new lock in it meanwhile keeps the folder.
        with contextlib.suppress(OSError):
            self._folder.rmdir()
        os.close(self._lock)
        self._lock = -1


def connect(paths: ProfilePaths) -> socket.socket | None:
    """Connect to a profile's host; None where nobody listens.

    Raises:
        LinkError: ``unavailable`` where the host is another user's, or does not take the connection.
    """
    with contextlib.ExitStack() as undo:
        connected = undo.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
        connected.settimeout(CONNECT_S)
        try:
            with reachable(folder_of(paths) / "socket") as address:
                connected.connect(address)
        except (FileNotFoundError, ConnectionRefusedError, NotADirectoryError):
            return None
        except OSError as error:
            text = "The program that holds this profile open cannot be reached."
            raise LinkError(ErrorCode.UNAVAILABLE, text) from error
        uid = peer_uid(connected)
        if uid is not None and uid != os.geteuid():
            # The passphrase is for one's own processes alone.
            raise LinkError(ErrorCode.UNAVAILABLE, "This profile is held open by another user.")
        connected.setblocking(False)
        undo.pop_all()
    return connected


def is_hosted(paths: ProfilePaths) -> bool:
    """Tell whether there is a socket to attach at."""
    return CAN_HOST and (folder_of(paths) / "socket").exists()


def _check(folder: Path) -> None:
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
        raise ProfileError(ErrorCode.NOT_ALLOWED, "The run folder of the profile is not this user's.")
    if stat.S_IMODE(status.st_mode) != FOLDER_MODE:
        folder.chmod(FOLDER_MODE)


def _lock(path: Path) -> int | None:
    """Open and lock the file that has the name now; None where another process holds it."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, FILE_MODE)
        with contextlib.ExitStack() as undo:
            undo.callback(os.close, descriptor)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return None
            # A former host may have taken the file away after it was opened here.
            if os.path.samestat(os.fstat(descriptor), path.lstat()):
                undo.pop_all()
                return descriptor


def _listen(path: Path) -> socket.socket | None:
    path.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    try:
        with reachable(path) as address:
            listening.bind(address)
        path.chmod(FILE_MODE)
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        log.warning("nobody can attach: the folder of the profile holds no sockets (%s)", error.strerror)
        return None
    return listening
