"""Sealed file that grows at its end: it is opened once, and the disk begins to write it before it is whole."""

import contextlib
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from babilu.engine.files.folder_errors import translated

WRITTEN_EVERY_BYTES: Final = 16 * 1024 * 1024
"""Bytes of one file after which the system begins to write them to the disk."""

WRITTEN_AT_ONCE: Final = 64
"""Parts that one call of the system writes."""

SYNCED_AT_ONCE: Final = 4
"""Threads that sync several files, as long as that takes."""

_FILE_MODE: Final = 0o600


class PartFile:
    """A sealed file that is not whole yet, open for writing; close it.

    Args:
        path: The file.
        end: Bytes of it that are kept: what lies behind them is dropped. None for a file that must not be there.

    Raises:
        ProfileError: ``disk_full`` or ``unavailable``; so do its methods.
    """

    def __init__(self, path: Path, end: int | None = None) -> None:
        only_new = os.O_EXCL if end is None else 0
        self._end = end or 0
        with translated(), contextlib.ExitStack() as opening:
            self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | only_new, _FILE_MODE)
            opening.callback(self.close)
            os.ftruncate(self._file, self._end)
            os.lseek(self._file, self._end, os.SEEK_SET)
            opening.pop_all()

    def append(self, parts: Sequence[bytes]) -> None:
        """Write parts behind its end; where that fails, a part of them may be there, and the file is of no use."""
        before = self._end
        with translated():
            self._end += _write_all(self._file, parts)
        border = self._end // WRITTEN_EVERY_BYTES * WRITTEN_EVERY_BYTES
        if border > before:
            self._begin_writing(max(border - WRITTEN_EVERY_BYTES, 0), border)

    def begin_writing(self) -> None:
        """Have the system begin to write all of it, so that the syncs of several files wait for the disk together."""
        self._begin_writing(0, self._end)

    def _begin_writing(self, start: int, end: int) -> None:
        """Have the system begin to write to the disk what a file has grown by, now and then.

        It makes nothing safe, and nobody waits for it: but the sync at the end finds little left to do. For that the
        system is told that these bytes are not read again soon (posix_fadvise); it keeps in memory what it is still
        writing.
        """
        if sys.platform == "linux":
            os.posix_fadvise(self._file, start, end - start, os.POSIX_FADV_DONTNEED)

    def sync(self) -> None:
        """Put all of it on disk."""
        with translated():
            os.fsync(self._file)

    def close(self) -> None:
        """Close it; a second time does nothing."""
        file, self._file = self._file, -1
        if file >= 0:
            os.close(file)


def sync_together(files: Sequence[PartFile]) -> None:
    """Put several files on disk at the same time: what a file system is asked for at once it does once.

    Raises:
        ProfileError: ``disk_full`` or ``unavailable``.
    """
    if len(files) < 2:
        for file in files:
            file.sync()
        return
    with ThreadPoolExecutor(min(SYNCED_AT_ONCE, len(files)), "babilu-sync") as threads:
        for _ in threads.map(PartFile.sync, files):
            pass


def _write_all(file: int, parts: Sequence[bytes]) -> int:
    """Write parts one behind the other, several at once where the system can, and return their bytes."""
    left = [memoryview(part) for part in parts if part]
    while left:
        written = os.write(file, left[0]) if sys.platform == "win32" else os.writev(file, left[:WRITTEN_AT_ONCE])
        while left and written >= len(left[0]):
            written -= len(left.pop(0))
        if written:
            left[0] = left[0][written:]
    return sum(map(len, parts))
