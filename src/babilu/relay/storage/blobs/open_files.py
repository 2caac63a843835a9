"""Complete blobs stay open while they are read: to open one anew for each part costs more than to read it."""

import os
import threading
from collections import OrderedDict
from pathlib import Path
from typing import Final

from babilu.kernel.ids import BlobId

OPEN_AT_MOST: Final = 64

_WITHOUT_WAITING: Final = getattr(os, "RWF_NOWAIT", None)
"""Has the system read what it has in memory, and refuse the rest (Linux)."""


class OpenBlob:
    """A complete blob that is open for reading; several threads may read it.

    Args:
        path: Its file.

    Attributes:
        size: Its bytes, which never change.
    """

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self.size = os.fstat(self._file).st_size
        self._tells = _WITHOUT_WAITING is not None

    def at_hand(self, offset: int, most: int) -> bytes | None:
        """Read a part that the system has in memory; None for one that may have to come from the disk."""
        if not self._tells or not self._lock.acquire(blocking=False):
            return None
        try:
            if self._file < 0 or offset >= self.size:
                return None
            part = bytearray(min(most, self.size - offset))
            read = os.preadv(self._file, (part,), offset, _WITHOUT_WAITING or 0)
        except BlockingIOError:
            return None
        except OSError:
            # A file system that knows nothing of it.
            self._tells = False
            return None
        finally:
            self._lock.release()
        return bytes(part) if read == len(part) else None

    def read(self, offset: int, most: int) -> bytes:
        """Read a part; none behind the end, or once it was closed."""
        with self._lock:
            if self._file < 0 or offset >= self.size:
                return b""
            os.lseek(self._file, offset, os.SEEK_SET)
            return os.read(self._file, most)

    def close(self) -> None:
        """Close the file, once nobody reads it."""
        with self._lock:
            if self._file >= 0:
                os.close(self._file)
                self._file = -1


class OpenFiles:
    """The blobs that were read last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._files: OrderedDict[BlobId, OpenBlob] = OrderedDict()

    def get(self, blob: BlobId, path: Path) -> OpenBlob | None:
        """Return an open blob; None where there is none.

        Raises:
            OSError: It cannot be opened.
        """
        with self._lock:
            present = self._files.get(blob)
            if present is not None:
                self._files.move_to_end(blob)
                return present
            try:
                opened = OpenBlob(path)
            except FileNotFoundError:
                return None
            self._files[blob] = opened
            if len(self._files) > OPEN_AT_MOST:
                self._files.popitem(last=False)[1].close()
            return opened

    def present(self, blob: BlobId) -> OpenBlob | None:
        """Return a blob that is open; without waiting for somebody who opens one."""
        return self._files.get(blob)

    def close(self, blob: BlobId) -> None:
        """Close a blob that is deleted."""
        with self._lock:
            opened = self._files.pop(blob, None)
        if opened is not None:
            opened.close()

    def close_all(self) -> None:
        """Close everything."""
        for blob in tuple(self._files):
            self.close(blob)
