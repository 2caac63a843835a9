"""Folder of a profile's sealed files: what lies there is encrypted, under names that say nothing.

A file that is being written ends in ``.part``. It gets its own name once it is whole: sealed to its end and synced, or
fetched and compared with size and hash that its sender named. Everything here blocks.
"""

import contextlib
import hashlib
import io
import mimetypes
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Final, Protocol

import msgspec

from babilu.crypto.sealed_file import (
    BLOCK_BYTES,
    HEADER_BYTES,
    PREFIX_BYTES,
    block_count,
    open_block,
    prefix_of,
    seal_blocks,
    sealed_size,
)
from babilu.crypto.secret import Secret
from babilu.engine.files.outside_files import begin_draft, name_draft, opened
from babilu.kernel.disk_errors import is_disk_full
from babilu.kernel.errors import BabiluError, CryptoError, ErrorCode, ProfileError, Reason
from babilu.kernel.file_names import safe_file_name
from babilu.kernel.ids import SHORT_ID_BYTES, BlobId, blob_id
from babilu.kernel.ports import Randomness
from babilu.wire.file_entry import FileEntry

KEY_BYTES: Final = 32


WRITTEN_EVERY_BYTES: Final = 16 * 1024 * 1024
"""Bytes of one file after which the system begins to write them to the disk."""

_PART: Final = ".part"


_FOLDER_MODE: Final = 0o700


_FILE_MODE: Final = 0o600


Progress = Callable[[int], None]
"""Is told how many bytes are done; raises to stop the work."""


class FileFolder:
    """The sealed files of one profile.

    Args:
        path: The folder; it is made with the first file.
        randomness: For keys and tokens.
        deleted: Is told of sealed files that were deleted, so that nothing of them stays in memory.
    """

    def __init__(
        self, path: Path, randomness: Randomness, deleted: Callable[[Sequence[BlobId]], None] = lambda _: None
    ) -> None:
        self._path = path
        self._randomness = randomness
        self._deleted = deleted
        # Sealed, and of no message yet.
        self._new: set[BlobId] = set()

    def seal(self, source: Path, most: int | None, progress: Progress) -> FileEntry:
        """Seal a copy of a file.

        Args:
            source: The file.
            most: Most bytes that it may have; None where nobody says.
            progress: Is told how far it is.

        Raises:
            UsageError: There is no such file, it is a folder, or it cannot be read.
            ProfileError: ``disk_full`` or ``unavailable``.
            CryptoError: ``conflict`` where it changes meanwhile.
            BabiluError: ``too_large``.
        """
        with opened(source) as file:
            return self.seal_opened(file, source.name, most, progress)

    def seal_opened(self, file: BinaryIO, name: str, most: int | None, progress: Progress) -> FileEntry:
        """Seal a copy of a file that is open, from its beginning; see `seal`."""
        size = os.fstat(file.fileno()).st_size
        _check_size(name, size, most)
        file.seek(0)
        kind, _ = mimetypes.guess_type(name)
        return self._seal(file, size, name, kind or "", progress)

    def seal_bytes(self, content: bytes, name: str, kind: str, most: int | None) -> FileEntry:
        """Seal what was made here and is no file of the disk; see `seal`.

        Args:
            content: The bytes.
            name: What it is called.
            kind: Its media type.
            most: Most bytes that it may have; None where nobody says.
        """
        _check_size(name, len(content), most)
        return self._seal(io.BytesIO(content), len(content), name, kind, lambda _: None)

    def seal_stream(self, file: "_Readable", size: int, name: str) -> FileEntry:
        """Seal what is read in order, such as a member of an archive; see `seal`.

        Args:
            file: Gives as many bytes as it is asked for, until it ends.
            size: Bytes that it has.
            name: What it is called.
        """
        kind, _ = mimetypes.guess_type(name)
        return self._seal(file, size, name, kind or "", lambda _: None)

    def _seal(self, file: "_Readable", size: int, name: str, kind: str, progress: Progress) -> FileEntry:
        token, key = self._randomness.token(KEY_BYTES), self._randomness.token(KEY_BYTES)
        blob = blob_id(token)
        digest = hashlib.sha256()

        def read(wanted: int) -> bytes:
            part = file.read(wanted)
            digest.update(part)
            progress(min(file.tell(), size))
            return part

        self._new.add(blob)
        blocks = seal_blocks(Secret(key), self._randomness.token(PREFIX_BYTES), size, read)
        try:
            self._write_new(blob, blocks)
        except BaseException:
            self.delete((blob,))
            self.settled((blob,))
            raise
        return FileEntry(token, key, size, digest.digest(), safe_file_name(name), kind)

    def copy(self, entry: FileEntry, most: int | None) -> FileEntry:
        """Seal a file that is here once more, under another key, with all that its message says of it.

        Raises:
            ProfileError: ``not_found`` where it is not here, ``disk_full``.
            CryptoError: ``decryption_failed`` where it was changed on the disk.
            BabiluError: ``too_large``.
        """
        _check_size(entry.name, entry.size, most)
        with _translated(), self._whole(entry.blob).open("rb") as sealed:
            plain = _PlainFile(_plain_blocks(entry, sealed))
            copied = self._seal(plain, entry.size, entry.name, entry.type, lambda _: None)
        try:
            _check_digest(entry, copied.sha256)
        except BaseException:
            self.delete((copied.blob,))
            self.settled((copied.blob,))
            raise
        return msgspec.structs.replace(entry, token=copied.token, key=copied.key)

    def beginning(self, entry: FileEntry) -> bytes:
        """Open the first block of a file that is here.

        Raises:
            ProfileError: ``not_found`` where it is not here.
            CryptoError: ``decryption_failed`` where it was changed on the disk.
        """
        with _translated(), self._whole(entry.blob).open("rb") as sealed:
            return next(_plain_blocks(entry, sealed))

    def settled(self, blobs: Iterable[BlobId]) -> None:
        """Take note that sealed files are a message's by now, or were deleted."""
        self._new.difference_update(blobs)

    def is_new(self, blob: BlobId) -> bool:
        """Tell whether a file was sealed for a message that is not there yet: ask this before the database."""
        return blob in self._new

    def written(self, blob: BlobId) -> int:
        """Return how many bytes of a sealed file are here."""
        return _size(self._whole(blob)) or _size(self._part(blob))

    def is_whole(self, blob: BlobId) -> bool:
        """Tell whether all of a sealed file is here."""
        return self._whole(blob).exists()

    def whole_size(self, blob: BlobId) -> int:
        """Return how many bytes a sealed file has that is here as a whole; 0 for another one."""
        return _size(self._whole(blob))

    def read(self, blob: BlobId, offset: int, most: int = BLOCK_BYTES) -> bytes:
        """Read a part of a whole sealed file.

        Raises:
            ProfileError: ``not_found`` where it is not here.
        """
        with _translated(), self._whole(blob).open("rb") as file:
            file.seek(offset)
            return file.read(most)

    def append(self, blob: BlobId, offset: int, parts: Sequence[bytes]) -> None:
        """Write parts behind the ``offset`` bytes of a sealed file that are kept; what lay behind them is dropped.

        Raises:
            ProfileError: ``disk_full`` or ``unavailable``.
        """
        with _translated():
            self._path.mkdir(_FOLDER_MODE, exist_ok=True)
            file = os.open(self._part(blob), os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, _FILE_MODE)
            with os.fdopen(file, "wb") as opened:
                opened.seek(offset)
                opened.truncate()
                opened.writelines(parts)
                opened.flush()
                _begin_writing(opened, offset)

    def header(self, blob: BlobId) -> bytes:
        """Read the beginning of a sealed file that is not whole yet; empty where nothing is here."""
        try:
            with _translated(), self._part(blob).open("rb") as file:
                return file.read(HEADER_BYTES)
        except ProfileError as error:
            if error.code is not ErrorCode.NOT_FOUND:
                raise
            return b""

    def finish(self, entry: FileEntry, digest: bytes | None = None) -> None:
        """Compare what was fetched with what its sender said of it, and name it as whole.

        Args:
            entry: The file.
            digest: SHA-256 of what its blocks hold, where all of them were opened as they came; None to open them now.

        Raises:
            CryptoError: ``decryption_failed`` where it is another file; nothing of it is left then.
        """
        part = self._part(entry.blob)
        if self.is_whole(entry.blob):
            return
        try:
            with _translated(), part.open("rb") as file:
                if os.fstat(file.fileno()).st_size != sealed_size(entry.size):
                    raise CryptoError(ErrorCode.DECRYPTION_FAILED, "A file has another size than its sender said.")
                _check_digest(entry, digest or _digest_of(_plain_blocks(entry, file)))
                os.fsync(file.fileno())
        except CryptoError:
            part.unlink(missing_ok=True)
            raise
        with _translated():
            part.rename(self._whole(entry.blob))
            _sync_folder(self._path)

    def save(self, entry: FileEntry, folder: Path, progress: Progress) -> Path:
        """Save a file that is here into a folder, under its own name, or one with a number where that is taken.

        Nothing is written over, and nothing may be run.

        Raises:
            UsageError: The folder cannot be written into.
            ProfileError: ``not_found`` where the file is not here, ``disk_full``.
            CryptoError: ``decryption_failed`` where it was changed on the disk.
        """
        with _translated(), self._whole(entry.blob).open("rb") as sealed:
            # A kill leaves nothing under a name that people read, and the next try takes the same place.
            draft = folder / f".{entry.blob.hex()}{_PART}"
            file = begin_draft(draft)
            try:
                with os.fdopen(file, "wb") as saved:
                    _check_digest(entry, _digest_of(_written(_plain_blocks(entry, sealed), saved, progress)))
                    saved.flush()
                    os.fsync(saved.fileno())
                return name_draft(draft, folder, entry.name)
            finally:
                draft.unlink(missing_ok=True)

    def content(self, entry: FileEntry) -> bytes:
        """Return what is in a file that is here; whoever asks has looked at its size.

        Raises:
            ProfileError: ``not_found`` where the file is not here.
            CryptoError: ``decryption_failed`` where it was changed on the disk.
        """
        with _translated(), self._whole(entry.blob).open("rb") as sealed:
            return b"".join(_plain_blocks(entry, sealed))

    def delete(self, blobs: Sequence[BlobId]) -> None:
        """Delete sealed files, whole or not; what is not here is passed over."""
        self._deleted(blobs)
        with _translated():
            for blob in blobs:
                self._whole(blob).unlink(missing_ok=True)
                self._part(blob).unlink(missing_ok=True)

    def listed(self) -> Iterator[BlobId]:
        """List the sealed files; what else somebody put into the folder is left alone."""
        with _translated():
            if self._path.is_dir():
                for path in self._path.iterdir():
                    with contextlib.suppress(ValueError):
                        blob = bytes.fromhex(path.name.removesuffix(_PART))
                        if len(blob) == SHORT_ID_BYTES:
                            yield BlobId(blob)

    def sizes(self) -> dict[BlobId, int]:
        """Return how many bytes each sealed file takes that is here, whole or not."""
        found: dict[BlobId, int] = {}
        with _translated():
            if self._path.is_dir():
                with os.scandir(self._path) as entries:
                    for entry in entries:
                        with contextlib.suppress(ValueError, FileNotFoundError):
                            blob = BlobId(bytes.fromhex(entry.name.removesuffix(_PART)))
                            found[blob] = found.get(blob, 0) + entry.stat(follow_symlinks=False).st_size
        return found

    def _write_new(self, blob: BlobId, blocks: Iterator[bytes]) -> None:
        with _translated():
            self._path.mkdir(_FOLDER_MODE, exist_ok=True)
            part = self._part(blob)
            file = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _FILE_MODE)
            with os.fdopen(file, "wb") as opened:
                for block in blocks:
                    before = opened.tell()
                    opened.write(block)
                    _begin_writing(opened, before)
                opened.flush()
                os.fsync(opened.fileno())
            part.rename(self._whole(blob))
            _sync_folder(self._path)

    def _whole(self, blob: BlobId) -> Path:
        return self._path / blob.hex()

    def _part(self, blob: BlobId) -> Path:
        return self._path / (blob.hex() + _PART)


class _Readable(Protocol):
    """A file as far as sealing needs one."""

    def read(self, size: int, /) -> bytes:
        """Read up to so many bytes."""

    def tell(self) -> int:
        """Tell how many were read."""


class _PlainFile:
    """What a sealed file holds, read like a file.

    Args:
        blocks: Its blocks, opened.
    """

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._rest = b""
        self._read = 0

    def read(self, size: int, /) -> bytes:
        while len(self._rest) < size and (block := next(self._blocks, b"")):
            self._rest += block
        part, self._rest = self._rest[:size], self._rest[size:]
        self._read += len(part)
        return part

    def tell(self) -> int:
        return self._read


def _plain_blocks(entry: FileEntry, sealed: BinaryIO) -> Iterator[bytes]:
    """Open a sealed file block by block."""
    key = Secret(entry.key)
    prefix = b""
    for place in range(block_count(entry.size)):
        block = sealed.read(BLOCK_BYTES)
        prefix = prefix or prefix_of(block)
        yield open_block(key, prefix, entry.size, place, block)


def _written(blocks: Iterator[bytes], saved: BinaryIO, progress: Progress) -> Iterator[bytes]:
    for block in blocks:
        saved.write(block)
        progress(saved.tell())
        yield block


def _digest_of(blocks: Iterator[bytes]) -> bytes:
    digest = hashlib.sha256()
    for block in blocks:
        digest.update(block)
    return digest.digest()


def _check_digest(entry: FileEntry, digest: bytes) -> None:
    if digest != entry.sha256:
        raise CryptoError(ErrorCode.DECRYPTION_FAILED, "A file is another one than its sender said.")


def _check_size(name: str, size: int, most: int | None) -> None:
    if most is not None and size > most:
        sizes = f"{name} has {size:,} bytes, and the relay takes at most {most:,}."
        too_large = BabiluError(ErrorCode.TOO_LARGE, sizes).because(Reason.FILE)
        raise too_large.about({"file": name, "size": size, "largest": most})


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    """Make of an error of the disk one of ours."""
    try:
        yield
    except FileNotFoundError as error:
        raise ProfileError(ErrorCode.NOT_FOUND, "This file is not here.") from error
    except OSError as error:
        if is_disk_full(error):
            raise ProfileError(ErrorCode.DISK_FULL, "The disk is full.") from error
        raise ProfileError(ErrorCode.UNAVAILABLE, f"A file cannot be used: {error.strerror}.") from error


def _begin_writing(file: BinaryIO, before: int) -> None:
    """Have the system begin to write to the disk what a file has grown by, now and then.

    It makes nothing safe, and nobody waits for it: but the sync at the end finds little left to do. For that the system
    is told that these bytes are not read again soon (posix_fadvise); it keeps in memory what it is still writing.
    """
    end = file.tell() // WRITTEN_EVERY_BYTES * WRITTEN_EVERY_BYTES
    if end > before and sys.platform == "linux":
        start = max(end - WRITTEN_EVERY_BYTES, 0)
        os.posix_fadvise(file.fileno(), start, end - start, os.POSIX_FADV_DONTNEED)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _sync_folder(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
