"""Sealed files in a backup: a folder beside the database's copy, there whole or not at all, with a list of digests.

A complete blob never changes and is only ever deleted, so anybody who may read the relay's folder can copy the files
while the relay runs. What the relay deletes meanwhile is left out: a file whose row is gone is deleted after
the next start, and one whose bytes are gone counts as not there.
"""

import contextlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final

import msgspec

from babilu.kernel.errors import ErrorCode, ProfileError, UsageError
from babilu.relay.base.state_dir import BLOBS
from babilu.relay.node.backup_files import BackupFile, copy_file, digest_file, sync_folder, write_file
from babilu.relay.storage.blobs.filesystem import complete_files

LIST: Final = "blobs.json"
FORMAT: Final = 1

_FOLDER_MODE: Final = 0o700

BlobName = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")]
"""The id of a blob in hexadecimal, which leads to no other folder."""

Progress = Callable[[int, int], None]
"""Is told how many files are done, and how many bytes they have."""


class BlobList(msgspec.Struct, frozen=True):
    """The sealed files of a backup.

    Attributes:
        format: 1.
        files: Each by its name.
    """

    format: int
    files: dict[BlobName, BackupFile]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(kept.size for kept in self.files.values())


def add_blobs(home: Path, place: Path, progress: Progress) -> BlobList:
    """Take the sealed files of a relay into its backup; on one file system they take no room of their own.

    Args:
        home: The relay's folder.
        place: The backup, which is there without them.
        progress: Is told how far it is.

    Raises:
        UsageError: They cannot be read or written, or are in the backup already.
    """
    draft = place / f"{BLOBS}.unfinished"
    try:
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=_FOLDER_MODE)
        files: dict[str, BackupFile] = {}
        size = 0
        for source in complete_files(home / BLOBS):
            target = draft / source.name
            with contextlib.suppress(FileNotFoundError):
                _link_or_copy(source, target)
                files[source.name] = digest_file(target)
                size += files[source.name].size
                progress(len(files), size)
        kept = BlobList(FORMAT, files)
        write_file(draft / LIST, msgspec.json.encode(kept))
        sync_folder(draft)
        draft.rename(place / BLOBS)
        sync_folder(place)
    except OSError as error:
        shutil.rmtree(draft, ignore_errors=True)
        raise UsageError(f"The sealed files cannot be copied into {place}: {error.strerror}.") from error
    return kept


def verify_blobs(place: Path) -> BlobList | None:
    """Check that the sealed files of a backup are whole and unchanged; None for a backup without them.

    Raises:
        ProfileError: ``profile_damaged`` where they are not, ``profile_too_new`` where a newer version wrote them.
        OSError: They cannot be read.
    """
    folder = place / BLOBS
    if not folder.is_dir():
        return None
    try:
        kept = msgspec.json.decode((folder / LIST).read_bytes(), type=BlobList)
    except (FileNotFoundError, msgspec.DecodeError) as error:
        raise ProfileError(ErrorCode.PROFILE_DAMAGED, f"{folder / LIST} cannot be used.") from error
    if kept.format != FORMAT:
        raise ProfileError(ErrorCode.PROFILE_TOO_NEW, "The backup was written by a newer version of Babilu.")
    for name, file in kept.files.items():
        if not (folder / name).is_file() or digest_file(folder / name) != file:
            raise ProfileError(ErrorCode.PROFILE_DAMAGED, f"{folder / name} is not what was backed up.")
    return kept


def lay_out(place: Path, kept: BlobList, draft: Path) -> None:
    """Copy the sealed files of a verified backup into a new folder, as a relay has them.

    Raises:
        OSError: It cannot be written.
    """
    draft.mkdir(mode=_FOLDER_MODE)
    for name in sorted(kept.files):
        folder = draft / name[:2]
        folder.mkdir(mode=_FOLDER_MODE, exist_ok=True)
        copy_file(place / BLOBS / name, folder / name)
    for folder in (*draft.iterdir(), draft):
        sync_folder(folder)


def _link_or_copy(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except FileNotFoundError:
        raise
    except OSError:
        copy_file(source, target)
