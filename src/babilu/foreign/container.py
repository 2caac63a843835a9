"""Files of an export: a ZIP archive, or a text with what lies beside it; names in it are looked up and never paths.

A ZIP archive is somebody else's: its directory, each text and each file have bounds, whatever the archive says of
itself, and nothing is unpacked that no message names.
"""

import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO, Final, Protocol

from babilu.foreign.model import not_an_export, too_large
from babilu.kernel.errors import ErrorCode, LinkError, UsageError

DIRECTORY_BYTES: Final = 64 * 1024 * 1024
"""Largest directory of a ZIP archive: it is read into memory."""

TEXT_FILE_BYTES: Final = 2 * 1024 * 1024 * 1024
"""Largest text in an archive, unpacked: with a bomb in the place of a chat this ends."""

FILE_BYTES: Final = 2 * 1024 * 1024 * 1024
"""Largest file of a message that is taken over."""

_END_BYTES: Final = 22
_END: Final = b"PK\x05\x06"
_END_64: Final = b"PK\x06\x06"
_LOCATOR_64_BYTES: Final = 20
_COMMENT_BYTES: Final = 65_535
_CHUNK: Final = 256 * 1024
_DAMAGE: Final = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, OSError, EOFError, ValueError, LookupError,
    RuntimeError, OverflowError,
)  # fmt: skip
"""What Python's module raises for an archive that is damaged, encrypted, or packed in a way it does not know."""


Stopped = Callable[[], bool]
"""Tells whether what is under way is to end before its end."""


class Container(Protocol):
    """Where the files of an export lie."""

    def texts(self) -> list[str]:
        """Name the files that may be its text."""

    def size(self, member: str) -> int | None:
        """Tell how large a file is; None where there is none of that name."""

    def open(self, member: str) -> BinaryIO:
        """Open a file for reading.

        Raises:
            UsageError: It cannot be.
        """

    def open_text(self, member: str) -> BinaryIO:
        """Open a text for reading, in the place of the one before; `close` closes it, however far it was read.

        Raises:
            UsageError: It cannot be.
        """

    def close(self) -> None:
        """Close what is open."""


class _Texts:
    """Base of containers: remembers the text that is being read."""

    _text: BinaryIO | None = None

    def _remember(self, text: BinaryIO) -> BinaryIO:
        self._forget()
        self._text = text
        return text

    def _forget(self) -> None:
        if self._text is not None:
            self._text.close()
            self._text = None


def open_container(path: Path) -> Container:
    """Open the file of an export.

    Raises:
        UsageError: ``not_found``, ``not_an_export`` or ``export_too_large``.
    """
    try:
        with path.open("rb") as file:
            is_zip = file.read(4) in {b"PK\x03\x04", _END}
            if is_zip:
                _check_directory(file)
    except OSError as error:
        raise _unreadable(path, error) from error
    return ZipContainer(path) if is_zip else FolderContainer(path)


def _unreadable(path: Path, error: OSError) -> UsageError:
    if isinstance(error, FileNotFoundError):
        return UsageError(f"There is no file {path}.", ErrorCode.NOT_FOUND)
    return UsageError(f"{path} cannot be read: {error.strerror}.")


def _check_directory(file: BinaryIO) -> None:
    """Check the size of a ZIP archive's directory before it is read: section 4.3.16 of PKWARE's APPNOTE."""
    end = file.seek(0, io.SEEK_END)
    tail_at = max(0, end - _END_BYTES - _COMMENT_BYTES - _LOCATOR_64_BYTES)
    file.seek(tail_at)
    tail = file.read()
    at = tail.rfind(_END)
    if at < 0 or at + _END_BYTES > len(tail):
        raise not_an_export("The ZIP archive is damaged: its directory is missing.")
    (size,) = struct.unpack_from("<I", tail, at + 12)
    locator = at - _LOCATOR_64_BYTES
    if locator >= 0 and tail[locator : locator + 4] == b"PK\x06\x07":
        (record_at,) = struct.unpack_from("<Q", tail, locator + 8)
        file.seek(min(record_at, end))
        record = file.read(56)
        if len(record) == 56 and record.startswith(_END_64):
            size = max(struct.unpack_from("<Q", record, 40)[0], 0 if size == 0xFFFFFFFF else size)
    if size > DIRECTORY_BYTES:
        raise too_large("The ZIP archive names more files than this reads.")


class ZipContainer(_Texts):
    """A ZIP archive."""

    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
        except _DAMAGE as error:
            raise not_an_export("The ZIP archive is damaged.") from error
        # A directory is no file, and what has no name is nothing.
        self._members = {each.filename: each for each in self._zip.infolist() if each.filename[-1:] not in {"", "/"}}

    def texts(self) -> list[str]:
        return [name for name in self._members if name.lower().endswith((".txt", ".jsonl"))]

    def size(self, member: str) -> int | None:
        found = self._members.get(member)
        return None if found is None else found.file_size

    def open(self, member: str) -> BinaryIO:
        try:
            # What is unpacked is no longer than the directory says: Python's module ends there.
            return _Unpacked(self._zip.open(self._members[member]))
        except _DAMAGE as error:
            raise not_an_export("The ZIP archive is damaged or encrypted.") from error

    def open_text(self, member: str) -> BinaryIO:
        return self._remember(self.open(member))

    def close(self) -> None:
        self._forget()
        self._zip.close()


class _Unpacked(io.RawIOBase, BinaryIO):
    """A member of an archive whose damage is our error."""

    def __init__(self, member: IO[bytes]) -> None:
        super().__init__()
        self._member = member

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        try:
            return self._member.read(size)
        except _DAMAGE as error:
            raise not_an_export("The ZIP archive is damaged.") from error

    def close(self) -> None:
        self._member.close()
        super().close()


class FolderContainer(_Texts):
    """A text that was unpacked already, with files beside it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._folder = path.parent

    def texts(self) -> list[str]:
        return [self._path.name]

    def size(self, member: str) -> int | None:
        found = self._find(member)
        return None if found is None else found.stat().st_size

    def open(self, member: str) -> BinaryIO:
        found = self._find(member)
        if found is None:
            raise not_an_export("A file of the export is missing.")
        try:
            return found.open("rb")
        except OSError as error:
            raise _unreadable(found, error) from error

    def open_text(self, member: str) -> BinaryIO:
        return self._remember(self.open(member))

    def close(self) -> None:
        self._forget()

    def _find(self, member: str) -> Path | None:
        """Find a file below the folder, and nowhere else: no link leads out of it."""
        parts = PurePosixPath(member).parts
        if not parts or PurePosixPath(member).is_absolute() or ".." in parts or "\\" in member or "\0" in member:
            return None
        place = self._folder
        try:
            for part in parts:
                place /= part
                if place.is_symlink() and place != self._path:
                    return None
            return place if place.is_file() else None
        except OSError:
            return None


def lines_of(file: BinaryIO, longest: int, stopped: Stopped = lambda: False) -> Iterator[str]:
    """Read the lines of a text in UTF-8, without their ends; what is no UTF-8 is replaced.

    Args:
        file: The text; it is closed at the end.
        longest: Most bytes of a line.
        stopped: Tells whether nobody waits for it any more.

    Raises:
        UsageError: ``export_too_large``.
        LinkError: ``closed``: nobody waits for it.
    """
    with file:
        waiting = b""
        total = 0
        while chunk := file.read(_CHUNK):
            total += len(chunk)
            if stopped():
                raise LinkError(ErrorCode.CLOSED, "The client is closed.")
            if total > TEXT_FILE_BYTES:
                raise too_large("The text of the export is larger than this reads.")
            *whole, waiting = (waiting + chunk).split(b"\n")
            for line in whole:
                yield _decoded(line, longest)
            if len(waiting) > longest:
                raise too_large("A line of the export is longer than this reads.")
        if waiting:
            yield _decoded(waiting, longest)


def _decoded(line: bytes, longest: int) -> str:
    if len(line) > longest:
        raise too_large("A line of the export is longer than this reads.")
    return line.removesuffix(b"\r").decode("utf-8", "replace")
