"""Place of an export: nothing is written over, and nothing that is half written looks whole.

All is written under a name that says that it is a part, beside the place that was asked for; the place itself is taken
at the end, by making it, which fails where something is there, and by moving what was written onto it.
"""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final, TextIO

from babilu.kernel.disk_errors import is_disk_full
from babilu.kernel.errors import ErrorCode, ProfileError, UsageError

PART: Final = ".part"
FOLDER_MODE: Final = 0o700
FILE_MODE: Final = 0o600


class ExportTarget:
    """The place of one export.

    Args:
        place: Where it is to lie.

    Raises:
        UsageError: ``exists``, or the folder around it is not there or cannot be written into.
    """

    def __init__(self, place: Path) -> None:
        self._place = place.absolute()
        if os.path.lexists(self._place):
            raise _exists(self._place)
        self.folder = self._place.parent / f".{self._place.name}.{secrets.token_hex(4)}{PART}"
        with translated(self._place):
            self.folder.mkdir(FOLDER_MODE)

    def keep_folder(self) -> Path:
        """Let the whole folder be the export.

        Raises:
            UsageError: ``exists``: something has come there meanwhile.
        """
        with translated(self._place):
            for folder, _, _ in os.walk(self.folder):
                _sync(Path(folder))
            self._place.mkdir(FOLDER_MODE)
            # What was made just now is empty: it is replaced as a whole or not at all.
            self.folder.rename(self._place)
            _sync(self._place.parent)
        return self._place

    def keep_file(self, written: Path, files: Path) -> Path:
        """Let one file of the folder be the export, and what lies in a folder beside it, where that has anything.

        Args:
            written: The file.
            files: The folder; it gets the name of the file with an ending.

        Raises:
            UsageError: ``exists``.
        """
        beside = self._place.with_name(f"{self._place.name}.files")
        with translated(self._place), ExitStack() as undone:
            if files.is_dir():
                _sync(files)
                beside.mkdir(FOLDER_MODE)
                undone.callback(shutil.rmtree, beside, ignore_errors=True)
                files.rename(beside)
            os.close(os.open(self._place, os.O_CREAT | os.O_EXCL | os.O_WRONLY, FILE_MODE))
            undone.callback(self._place.unlink, missing_ok=True)
            written.rename(self._place)
            undone.pop_all()
            _sync(self._place.parent)
        self.discard()
        return self._place

    def discard(self) -> None:
        """Leave nothing of what was written in part."""
        shutil.rmtree(self.folder, ignore_errors=True)


def make_folder(folder: Path) -> None:
    """Make a folder that only its owner reads, and those around it.

    Raises:
        BabiluError: ``disk_full``, ``unavailable``.
    """
    with translated(folder):
        for each in (*reversed(folder.parents), folder):
            if not each.exists():
                each.mkdir(FOLDER_MODE)


@contextmanager
def new_file(path: Path) -> Iterator[TextIO]:
    """Write a new file that only its owner reads; it is on the disk at the end.

    Raises:
        BabiluError: ``exists``, ``disk_full``, ``unavailable``.
    """
    with translated(path):
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, FILE_MODE)
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            yield file
            file.flush()
            os.fsync(descriptor)


@contextmanager
def translated(place: Path) -> Iterator[None]:
    """Make of an error of the disk one of ours."""
    try:
        yield
    except FileExistsError as error:
        raise _exists(place) from error
    except FileNotFoundError as error:
        raise UsageError(f"There is no folder {place.parent}.", ErrorCode.NOT_FOUND) from error
    except OSError as error:
        if is_disk_full(error):
            raise ProfileError(ErrorCode.DISK_FULL, "The disk is full.") from error
        raise UsageError(f"{place} cannot be written: {error.strerror}.") from error


def _exists(place: Path) -> UsageError:
    return UsageError(f"There is something at {place} already, and it is not overwritten.", ErrorCode.EXISTS)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
