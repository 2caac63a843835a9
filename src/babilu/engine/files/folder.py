"""Folder of a profile's sealed files: what lies there is encrypted, under names that say nothing.

A file that is being written ends in ``.part``. It gets its own name once it is whole: sealed to its end and synced, or
fetched and compared with size and hash that its sender named. Everything here blocks.
"""

import contextlib
import hashlib
import io
import mimetypes
import os
import threading
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
from babilu.engine.files.folder_errors import translated
from babilu.engine.files.outside_files import begin_draft, name_draft, opened
from babilu.engine.files.part_file import PartFile, sync_together
from babilu.kernel.errors import BabiluError, CryptoError, ErrorCode, ProfileError, Reason
from babilu.kernel.file_names import safe_file_name
from babilu.kernel.ids import SHORT_ID_BYTES, BlobId, blob_id
from babilu.kernel.limits import FILES_OF_MESSAGE
from babilu.kernel.ports import Randomness
from babilu.wire.file_entry import FileEntry

KEY_BYTES: Final = 32

TOGETHER: Final = FILES_OF_MESSAGE
"""Files that are sealed before the disk is waited for."""

_PART: Final = ".part"

_FOLDER_MODE: Final = 0o700

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
        # Of each thread: what it has written and not synced, where it seals several files together.
        self._waiting = threading.local()

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

    @contextlib.contextmanager
    def together(self) -> Iterator[None]:
        """Have small files that this thread seals in the block wait together for the disk, which is at its end.

        Until then they are not whole, and where the block fails they never are.

        Raises:
            ProfileError: ``disk_full`` or ``unavailable``.
        """
        waiting: dict[BlobId, PartFile] = {}
        self._waiting.files = waiting
        try:
            yield
            sync_together(tuple(waiting.values()))
        finally:
            self._waiting.files = None
            for file in waiting.values():
                file.close()
        if waiting:
            self._name(waiting)

    def copy(self, entry: FileEntry, most: int | None) -> FileEntry:
        """Seal a file that is here once more, under another key, with all that its message says of it.

        Raises:
            ProfileError: ``not_found`` where it is not here, ``disk_full``.
            CryptoError: ``decryption_failed`` where it was changed on the disk.
            BabiluError: ``too_large``.
        """
        _check_size(entry.name, entry.size, most)
        with translated(), self._whole(entry.blob).open("rb") as sealed:
            plain = _PlainFile(_plain_blocks(entry, sealed))
            copied = self._seal(plain, entry.size, entry.name, entry.type, lambda _: None)
        try:
            check_digest(entry, copied.sha256)
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
        with translated(), self._whole(entry.blob).open("rb") as sealed:
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
        with translated(), self._whole(blob).open("rb") as file:
            file.seek(offset)
            return file.read(most)

    def append(self, blob: BlobId, offset: int, parts: Sequence[bytes]) -> None:
        """Write parts behind the ``offset`` bytes of a sealed file that are kept; what lay behind them is dropped.

        Raises:
            ProfileError: ``disk_full`` or ``unavailable``.
        """
        with contextlib.closing(self.growing(blob, offset)) as file:
            file.append(parts)

    def growing(self, blob: BlobId, offset: int) -> PartFile:
        """Open a sealed file that is not whole yet, to write behind its first ``offset`` bytes; close it.

        Raises:
            ProfileError: ``disk_full`` or ``unavailable``.
        """
        with translated():
            self._path.mkdir(_FOLDER_MODE, exist_ok=True)
        return PartFile(self._part(blob), offset)

    def keep(self, files: Sequence[tuple[BlobId, bytes]]) -> None:
        """Keep sealed files that are whole, and that were compared with what their senders said of them.

        They wait together for the disk: all are written before the first is synced, and the folder is synced once. A
        name says that a file is whole, so each gets its own after it was synced.

        Raises:
            ProfileError: ``disk_full`` or ``unavailable``: some of them may be here.
        """
        with contextlib.ExitStack() as stack:
            written: list[PartFile] = []
            for blob, sealed in files:
                file = stack.enter_context(contextlib.closing(self.growing(blob, 0)))
                file.append((sealed,))
                file.begin_writing()
                written.append(file)
            sync_together(written)
        self._name(blob for blob, _ in files)

    def header(self, blob: BlobId) -> bytes:
        """Read the beginning of a sealed file that is not whole yet; empty where nothing is here."""
        try:
            with translated(), self._part(blob).open("rb") as file:
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
            with translated(), part.open("rb") as file:
                if os.fstat(file.fileno()).st_size != sealed_size(entry.size):
                    raise CryptoError(ErrorCode.DECRYPTION_FAILED, "A file has another size than its sender said.")
                check_digest(entry, digest or _digest_of(_plain_blocks(entry, file)))
                os.fsync(file.fileno())
        except CryptoError:
            part.unlink(missing_ok=True)
            raise
        self._name((entry.blob,))

    def save(self, entry: FileEntry, folder: Path, progress: Progress) -> Path:
        """Save a file that is here into a folder, under its own name, or one with a number where that is taken.

        Nothing is written over, and nothing may be run.

        Raises:
            UsageError: The folder cannot be written into.
            ProfileError: ``not_found`` where the file is not here, ``disk_full``.
            CryptoError: ``decryption_failed`` where it was changed on the disk.
        """
        with translated(), self._whole(entry.blob).open("rb") as sealed:
            # A kill leaves nothing under a name that people read, and the next try takes the same place.
            draft = folder / f".{entry.blob.hex()}{_PART}"
            file = begin_draft(draft)
            try:
                with os.fdopen(file, "wb") as saved:
                    check_digest(entry, _digest_of(_written(_plain_blocks(entry, sealed), saved, progress)))
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
        with translated(), self._whole(entry.blob).open("rb") as sealed:
            return b"".join(_plain_blocks(entry, sealed))

    def delete(self, blobs: Sequence[BlobId]) -> None:
        """Delete sealed files, whole or not; what is not here is passed over."""
        self._deleted(blobs)
        with translated():
            for blob in blobs:
                self._whole(blob).unlink(missing_ok=True)
                self._part(blob).unlink(missing_ok=True)

    def listed(self) -> Iterator[BlobId]:
        """List the sealed files; what else somebody put into the folder is left alone."""
        with translated():
            if self._path.is_dir():
                for path in self._path.iterdir():
                    with contextlib.suppress(ValueError):
                        blob = bytes.fromhex(path.name.removesuffix(_PART))
                        if len(blob) == SHORT_ID_BYTES:
                            yield BlobId(blob)

    def sizes(self) -> dict[BlobId, int]:
        """Return how many bytes each sealed file takes that is here, whole or not."""
        found: dict[BlobId, int] = {}
        with translated():
            if self._path.is_dir():
                with os.scandir(self._path) as entries:
                    for entry in entries:
                        with contextlib.suppress(ValueError, FileNotFoundError):
                            blob = BlobId(bytes.fromhex(entry.name.removesuffix(_PART)))
                            found[blob] = found.get(blob, 0) + entry.stat(follow_symlinks=False).st_size
        return found

    def _write_new(self, blob: BlobId, blocks: Iterator[bytes]) -> None:
        waiting: dict[BlobId, PartFile] | None = getattr(self._waiting, "files", None)
        with contextlib.ExitStack() as stack, translated():
            self._path.mkdir(_FOLDER_MODE, exist_ok=True)
            file = stack.enter_context(contextlib.closing(PartFile(self._part(blob))))
            for block in blocks:
                file.append((block,))
            if waiting is not None and len(waiting) < TOGETHER:
                file.begin_writing()
                waiting[blob] = file
                stack.pop_all()
                return
            file.sync()
        self._name((blob,))

    def _name(self, blobs: Iterable[BlobId]) -> None:
        """Give sealed files the names of whole ones; they are on the disk."""
        with translated():
            for blob in blobs:
                self._part(blob).rename(self._whole(blob))
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


def check_digest(entry: FileEntry, digest: bytes) -> None:
    """Compare the SHA-256 of a file with what its sender said.

    Raises:
        CryptoError: ``decryption_failed``: it is another file.
    """
    if digest != entry.sha256:
        raise CryptoError(ErrorCode.DECRYPTION_FAILED, "A file is another one than its sender said.")


def _check_size(name: str, size: int, most: int | None) -> None:
    if most is not None and size > most:
        sizes = f"{name} has {size:,} bytes, and the relay takes at most {most:,}."
        too_large = BabiluError(ErrorCode.TOO_LARGE, sizes).because(Reason.FILE)
        raise too_large.about({"file": name, "size": size, "largest": most})


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
