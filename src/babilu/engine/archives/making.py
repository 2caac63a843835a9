"""Making of an archive: one snapshot is written beside its place, synced, checked, and named only when it is whole."""

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, Final

from babilu.archive.collecting import Collector
from babilu.archive.header import Opener
from babilu.archive.records import ArchiveCounts
from babilu.archive.scope import ArchiveScope, SealedFiles
from babilu.archive.writer import ArchiveWriter
from babilu.engine.files.folder import FileFolder
from babilu.kernel.errors import ErrorCode, LinkError, UsageError
from babilu.kernel.ids import BlobId
from babilu.kernel.ports import Clock, Randomness
from babilu.local_paths import is_folder_at, is_taken
from babilu.store.errors import profile_error
from babilu.store.profile_files import FILE_MODE
from babilu.store.profile_store import ProfileStore
from babilu.store.unlock import sync_folder

PART: Final = ".part"
"""How the name of an archive ends that is being made."""

_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)


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

    def make(
        self,
        wanted: NewArchive,
        go_on: Callable[[], bool] = lambda: True,
        check: Callable[[MadeArchive], object] = lambda _: None,
    ) -> MadeArchive:
        """Make an archive.

        Args:
            wanted: What, and where.
            go_on: Asked now and then; False ends it, and nothing is left.
            check: Is given it before it has its name; what that raises leaves nothing of it.

        Raises:
            UsageError: ``exists``: there is a file of that name; ``not_found``: no such folder.
            LinkError: ``closed`` where it was ended.
            ProfileError: ``disk_full``, ``not_allowed``, ``unavailable``.
        """
        begun, now = self._clock.monotonic_ms(), self._clock.now_ms()
        files = SealedFiles(self._size_of, self._folder.read) if wanted.files else None
        scope = ArchiveScope(now, wanted.disappearing, files, self._profile.wrapped_identities)
        with _named_when_whole(wanted.path) as part:
            with _new_file(part) as file, self._profile.database.read() as unit:
                collector = Collector(unit, scope)
                writer = ArchiveWriter(file.write, wanted.opener, self._randomness)
                for group in collector.groups():
                    if not go_on():
                        raise LinkError(ErrorCode.CLOSED, "The client is closed.")
                    writer.add(group)
                counts = collector.summary.counts
                digest = writer.finish(counts)
            made = MadeArchive(part, writer.size, counts, digest, now, self._clock.monotonic_ms() - begun)
            check(made)
        return replace(made, path=wanted.path)

    def _size_of(self, blob: BlobId) -> int:
        # What is still being written or fetched is not whole, and is not kept.
        return self._folder.whole_size(blob)


@contextlib.contextmanager
def _named_when_whole(path: Path) -> Iterator[Path]:
    """Give a place beside a path, and move what was written there to the path; an error leaves nothing of it."""
    if is_taken(path):
        raise _exists(path)
    if not is_folder_at(path.parent):
        raise UsageError(f"There is no folder {path.parent}.", ErrorCode.NOT_FOUND)
    part = path.with_name(path.name + PART)
    try:
        # What an earlier run has left was of nobody: its name is of this very moment or of the user's choice.
        part.unlink(missing_ok=True)
        yield part
        _take_name(path)
        try:
            part.replace(path)
        except OSError:
            # The empty file that has the name is no backup.
            path.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)
    except OSError as error:
        raise profile_error(error, path.parent) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def _take_name(path: Path) -> None:
    """Make an empty file of a name, so that nothing is written over which has come there meanwhile."""
    try:
        os.close(os.open(path, _NEW, FILE_MODE))
    except FileExistsError as error:
        raise _exists(path) from error


@contextlib.contextmanager
def _new_file(path: Path) -> Iterator[BinaryIO]:
    """Write a file that only its owner reads; it is on the disk at the end."""
    with os.fdopen(os.open(path, _NEW, FILE_MODE), "wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def _exists(path: Path) -> UsageError:
    return UsageError(f"There is a file {path} already.", ErrorCode.EXISTS)
