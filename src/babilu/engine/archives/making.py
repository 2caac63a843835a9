"""Making of an archive: one snapshot is written beside its place, synced, and named only when it is whole."""

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from babilu.archive.collecting import ArchiveScope, Collector, SealedFiles
from babilu.archive.header import Opener
from babilu.archive.records import ArchiveCounts
from babilu.archive.writer import ArchiveWriter
from babilu.engine.files.folder import FileFolder
from babilu.kernel.errors import ErrorCode, LinkError, UsageError
from babilu.kernel.ids import BlobId
from babilu.kernel.ports import Clock, Randomness
from babilu.store.errors import profile_error
from babilu.store.profile_files import FILE_MODE
from babilu.store.profile_store import ProfileStore
from babilu.store.unlock import sync_folder

_PART: Final = ".part"


@dataclass(frozen=True, slots=True)
class NewArchive:
    """What is to be archived, and where to.

    Attributes:
        path: The file that is made.
        opener: What is to open it.
        files: Whether the sealed files that are here go into it.
        disappearing: Whether messages go into it that disappear and are not over.
    """

    path: Path
    opener: Opener
    files: bool = True
    disappearing: bool = False


@dataclass(frozen=True, slots=True)
class MadeArchive:
    """An archive that was made.

    Attributes:
        path: Where it lies.
        size: Bytes.
        counts: How much is in it.
        sha256: The hash of its contents.
        made_at: Unix milliseconds.
        took_ms: How long that took.
    """

    path: Path
    size: int
    counts: ArchiveCounts
    sha256: bytes
    made_at: int
    took_ms: int


class ArchiveMaker:
    """Makes archives of an open profile, in a thread that may take its time.

    Args:
        profile: The files of the profile.
        folder: Its sealed files.
        clock: Tells the time.
        randomness: For keys.
    """

    def __init__(self, profile: ProfileStore, folder: FileFolder, clock: Clock, randomness: Randomness) -> None:
        self._profile = profile
        self._folder = folder
        self._clock = clock
        self._randomness = randomness

    def make(self, wanted: NewArchive, go_on: Callable[[], bool] = lambda: True) -> MadeArchive:
        """Make an archive.

        Args:
            wanted: What, and where.
            go_on: Asked now and then; False ends it, and nothing is left.

        Raises:
            UsageError: ``exists``: there is a file of that name; ``not_found``: no such folder.
            LinkError: ``closed`` where it was ended.
            ProfileError: ``disk_full``, ``not_allowed``, ``unavailable``.
        """
        begun, now = self._clock.monotonic_ms(), self._clock.now_ms()
        files = SealedFiles(self._size_of, self._folder.read) if wanted.files else None
        scope = ArchiveScope(now, wanted.disappearing, files, self._profile.wrapped_identities)
        with _new_file(wanted.path) as file, self._profile.database.read() as unit:
            collector = Collector(unit, scope)
            writer = ArchiveWriter(file.write, wanted.opener, self._randomness)
            for group in collector.groups():
                if not go_on():
                    raise LinkError(ErrorCode.CLOSED, "The client is closed.")
                writer.add(group)
            counts = collector.summary.counts
            digest = writer.finish(counts)
        return MadeArchive(wanted.path, writer.size, counts, digest, now, self._clock.monotonic_ms() - begun)

    def _size_of(self, blob: BlobId) -> int:
        # What is still being written or fetched is not whole, and is not kept.
        return self._folder.whole_size(blob)


@contextlib.contextmanager
def _new_file(path: Path) -> Iterator[BinaryIO]:
    """Write a file that has its name only when all of it is on the disk; what was begun is removed by an error."""
    if path.exists():
        raise UsageError(f"There is a file {path} already.", ErrorCode.EXISTS)
    if not path.parent.is_dir():
        raise UsageError(f"There is no folder {path.parent}.", ErrorCode.NOT_FOUND)
    part = path.with_name(path.name + _PART)
    try:
        # What an earlier run has left was of nobody: its name is of this very moment or of the user's choice.
        part.unlink(missing_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
        with os.fdopen(os.open(part, flags, FILE_MODE), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.rename(path)
        sync_folder(path.parent)
    except OSError as error:
        raise profile_error(error, path.parent) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
