"""Incomplete blobs stay open while they grow, and what was written of a large one is synced beside what follows.

All of it belongs to the thread that writes, but for the syncs, which have threads of their own: a disk that takes its
time holds up no part. A sync that fails takes back what it was to sync: the file ends again where the disk has it for
sure, and whoever brings it goes on from there.
"""

import contextlib
import os
import sys
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Final

from babilu.kernel.ids import BlobId

SYNC_EVERY_BYTES: Final = 16 * 1024 * 1024
"""Bytes of one blob after which they are synced, so that the last sync of a large one is short."""

GROWING_AT_MOST: Final = 64
"""Incomplete blobs that are open."""

WRITTEN_AT_ONCE: Final = 512
"""Parts in one call of the system, which takes 1,024."""

_FILE_MODE: Final = 0o600


class GrowingFile:
    """File of a blob that is not complete yet; only its end grows.

    Args:
        path: The file; it is made where there is none.
        syncing: The thread that syncs.
        grew: Is told by how many bytes it has grown, and of fewer than none where it lost some.

    Attributes:
        end: Bytes that it has.
    """

    def __init__(self, path: Path, syncing: ThreadPoolExecutor, grew: Callable[[int], None]) -> None:
        self._syncing = syncing
        self._grew = grew
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, _FILE_MODE)
        self.end = os.fstat(self._file).st_size
        # What a former run has written may not be on disk: a failure takes back no more than this run has written.
        self._synced = self.end
        self._pending: tuple[int, Future[None]] | None = None

    def append(self, parts: Sequence[bytes]) -> None:
        """Write parts behind its end.

        Raises:
            OSError: Nothing of them is left, so that blocks stay whole.
        """
        before = self.end
        try:
            os.lseek(self._file, before, os.SEEK_SET)
            _write_all(self._file, parts)
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(self._file, before)
            raise
        self._set_end(before + sum(map(len, parts)))
        if self.end // SYNC_EVERY_BYTES != before // SYNC_EVERY_BYTES and self._pending is None:
            # A file of its own: this one may be closed meanwhile.
            self._pending = self.end, self._syncing.submit(_sync_and_close, os.dup(self._file))

    def check(self, *, wait: bool = False) -> None:
        """Take note of a sync that has ended; ``wait`` for the one that is under way.

        Raises:
            OSError: The disk refused it: the file has only what was synced before.
        """
        if self._pending is None or not (wait or self._pending[1].done()):
            return
        (end, sync), self._pending = self._pending, None
        try:
            sync.result()
        except OSError:
            os.ftruncate(self._file, self._synced)
            self._set_end(self._synced)
            raise
        self._synced = end

    def _set_end(self, end: int) -> None:
        grown, self.end = end - self.end, end
        self._grew(grown)

    def begin_last_sync(self) -> None:
        """Have the system begin to write what is not on disk yet; `sync` follows.

        Raises:
            OSError: As `check`.
        """
        self.check(wait=True)
        if sys.platform == "linux":
            # Bytes that are not needed in memory are written; what is still being written stays there.
            os.posix_fadvise(self._file, self._synced, self.end - self._synced, os.POSIX_FADV_DONTNEED)

    def sync(self) -> None:
        """Put all of it on disk, in whatever thread.

        Raises:
            OSError: The disk refused.
        """
        os.fsync(self._file)

    def close(self) -> None:
        """Close it; a sync that is under way goes on, and its outcome is nobody's any more."""
        os.close(self._file)


class GrowingFiles:
    """The incomplete blobs that were written last.

    Args:
        syncing: The thread that syncs.
        grew: Is told by how many bytes one of them has grown.
    """

    def __init__(self, syncing: ThreadPoolExecutor, grew: Callable[[int], None]) -> None:
        self._syncing = syncing
        self._grew = grew
        self._files: OrderedDict[BlobId, GrowingFile] = OrderedDict()

    def get(self, blob: BlobId) -> GrowingFile | None:
        """Return the file of a blob that is open."""
        present = self._files.get(blob)
        if present is not None:
            self._files.move_to_end(blob)
        return present

    def open(self, blob: BlobId, path: Path) -> GrowingFile:
        """Open the file of a blob.

        Raises:
            OSError: It cannot be opened.
        """
        opened = self._files[blob] = GrowingFile(path, self._syncing, self._grew)
        if len(self._files) > GROWING_AT_MOST:
            _give_up(self._files.popitem(last=False)[1])
        return opened

    def close(self, blob: BlobId) -> None:
        """Close the file of a blob that is complete, or deleted."""
        opened = self._files.pop(blob, None)
        if opened is not None:
            opened.close()

    def close_all(self) -> None:
        """Close everything."""
        while self._files:
            _give_up(self._files.popitem()[1])


def _give_up(growing: GrowingFile) -> None:
    """Close a file that grows still, once it is known what became of its sync."""
    with contextlib.suppress(OSError):
        growing.check(wait=True)
    growing.close()


def _sync_and_close(file: int) -> None:
    try:
        os.fsync(file)
    finally:
        os.close(file)


def _write_all(file: int, parts: Sequence[bytes]) -> None:
    left: deque[memoryview] = deque(memoryview(part) for part in parts)
    while left:
        written = os.writev(file, list(islice(left, WRITTEN_AT_ONCE)))
        while left and written >= len(left[0]):
            written -= len(left.popleft())
        if written:
            left[0] = left[0][written:]
