"""Files of a backup: written anew and synced, and told by size and digest."""

import contextlib
import hashlib
import os
import shutil
from pathlib import Path
from typing import Final

import msgspec

_FILE_MODE: Final = 0o600
PIECE_BYTES: Final = 1024 * 1024


class BackupFile(msgspec.Struct, frozen=True):
    """A file of a backup: its size in bytes and its SHA-256 in hexadecimal."""

    size: int
    sha256: str


def copy_file(source: Path, target: Path) -> None:
    """Copy a file to a new place, and sync it; if it is missing, nothing is left behind."""
    with source.open("rb") as reading, os.fdopen(_begin(target), "wb") as writing:
        shutil.copyfileobj(reading, writing, PIECE_BYTES)
        writing.flush()
        os.fsync(writing.fileno())


def write_file(file: Path, octets: bytes) -> None:
    """Write a new file, and sync it."""
    with os.fdopen(_begin(file), "wb") as stream:
        stream.write(octets)
        stream.flush()
        os.fsync(stream.fileno())


def digest_file(file: Path) -> BackupFile:
    """Read a file to its end."""
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256")
        return BackupFile(os.fstat(stream.fileno()).st_size, digest.hexdigest())


def sync_folder(folder: Path) -> None:
    """Put the names of a folder on disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    with contextlib.ExitStack() as undo:
        undo.callback(os.close, descriptor)
        os.fsync(descriptor)


def _begin(file: Path) -> int:
    return os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _FILE_MODE)
