"""Files outside the profile: those that somebody chose, and those that are saved under a name that nobody has."""

import errno
import io
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from babilu.kernel.errors import UsageError
from babilu.kernel.file_names import numbered

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

NAMES_TRIED: Final = 1_000
"""Names that are tried for a file to be saved, where names are taken."""
_NO_LINKS: Final = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV})
_SAVED_MODE: Final = 0o666
_NO_WAIT: Final = getattr(os, "O_NONBLOCK", 0)


class _ChosenFile(io.FileIO):
    """A file that somebody chose: where it cannot be read on, that is said of it, and not of our own disk."""

    def readinto(self, buffer: "WriteableBuffer", /) -> int | None:
        try:
            return super().readinto(buffer)
        except OSError as error:
            raise _unreadable(Path(self.name), error) from error

    def seek(self, offset: int, whence: int = 0, /) -> int:
        try:
            return super().seek(offset, whence)
        except OSError as error:
            raise _unreadable(Path(self.name), error) from error


def opened(source: Path) -> BinaryIO:
    """Open a file that somebody chose.

    Raises:
        UsageError: There is none, it is a folder, or it cannot be read; also later, where reading it fails.
    """
    try:
        # A pipe to which nobody writes would be waited for as long as the client runs.
        file = _ChosenFile(source, opener=lambda path, flags: os.open(path, flags | _NO_WAIT))
    except IsADirectoryError as error:
        raise UsageError(f"{source} is a folder: choose files.") from error
    except OSError as error:
        raise _unreadable(source, error) from error
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise UsageError(f"{source} is no file: choose files.")
    return io.BufferedReader(file)


def _unreadable(source: Path, error: OSError) -> UsageError:
    return UsageError(f"{source} cannot be read: {error.strerror}.")


def begin_draft(draft: Path) -> int:
    """Create a file in a folder that belongs to others too: never through a link."""
    try:
        draft.unlink(missing_ok=True)
        return os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _SAVED_MODE)
    except OSError as error:
        raise UsageError(f"Nothing can be saved in {draft.parent}: {error.strerror}.") from error


def name_draft(draft: Path, folder: Path, name: str) -> Path:
    """Give a file the first name that nobody has: a link is made only where nothing is."""
    for number in range(1, NAMES_TRIED + 1):
        path = folder / (name if number == 1 else numbered(name, number))
        try:
            os.link(draft, path)
        except FileExistsError:
            continue
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise UsageError(f"Nothing can be saved in {folder}: {error.strerror}.") from error
            if not _take(path):
                continue
            draft.replace(path)
        return path
    raise UsageError(f"Nothing can be saved in {folder}: there are too many files of this name.")


def _take(path: Path) -> bool:
    """Take a name on a file system that has no links; tells whether nobody had it."""
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _SAVED_MODE))
    except FileExistsError:
        return False
    return True
