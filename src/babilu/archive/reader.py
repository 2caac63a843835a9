"""Reader of an archive: what is in it and what is wrong with it, in constant memory; it may be read again and again.

There are four answers, and no two are confused: it is whole; it opens with another code; it is damaged, from which byte
on, and so many of its messages can be read; it was made by a newer version. An archive that was mended counts as
damaged, although all of it may be readable: the medium has begun to fail.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from babilu.archive.blocks import BlockKey, BlockReader
from babilu.archive.groups import (
    CORE,
    ArchiveGroup,
    GroupKind,
    GroupReader,
    decode_group,
    records_of,
    unreadable,
)
from babilu.archive.header import (
    HEADER_SIZE,
    MAGIC,
    ArchiveHeader,
    Opener,
    check_version,
    decode_header,
    encode_header,
    unwrap,
)
from babilu.archive.records import (
    ArchiveCounts,
    ArchivedMessage,
    ArchivedPiece,
    ArchiveEnd,
    ArchiveSummary,
)
from babilu.archive.writer import ContentHash
from babilu.kernel.errors import ArchiveError, ErrorCode, UsageError
from babilu.kernel.states import ArchiveVerdict

_SECTOR: Final = 4096
"""Bytes that a disk reads at once: so much of a block is mended where it cannot be read."""


@dataclass(frozen=True, slots=True)
class ArchiveFindings:
    """What reading an archive to its end has shown.

    Attributes:
        verdict: `ArchiveVerdict.GOOD` or `ArchiveVerdict.DAMAGED`.
        damaged_at: Offset of the first byte that is not as it was written; None where all are.
        readable: How many messages can be read.
        counts: How much was written into it; None where neither beginning nor end can be read.
        sha256: The hash of its contents; None where not all of them can be read.
        summary: What it says of itself; None where that cannot be read.
    """

    verdict: ArchiveVerdict
    damaged_at: int | None
    readable: int
    counts: ArchiveCounts | None
    sha256: bytes | None
    summary: ArchiveSummary | None


class ArchiveFile:
    """An archive on the disk; close it. What the disk cannot read is zeros, which the archive mends or tells of."""

    def __init__(self, path: Path) -> None:
        try:
            self._file: Final = path.open("rb", buffering=0)
        except OSError as error:
            raise UsageError(f"The archive {path} cannot be read: {error.strerror}.") from error
        self.size: Final = os.fstat(self._file.fileno()).st_size

    def read_at(self, offset: int, size: int) -> bytes:
        """Read up to so many bytes from there."""
        try:
            return self._read(offset, size)
        except OSError:
            return b"".join(self._pieces(offset, min(offset + size, self.size)))

    def _pieces(self, offset: int, end: int) -> Iterator[bytes]:
        """Read sector by sector, so that one that cannot be read takes nothing else along."""
        while offset < end:
            size = min(end, (offset // _SECTOR + 1) * _SECTOR) - offset
            try:
                yield self._read(offset, size)
            except OSError:
                yield bytes(size)
            offset += size

    def _read(self, offset: int, size: int) -> bytes:
        self._file.seek(offset)
        parts = []
        while size and (part := self._file.read(size)):
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._file.close()


class ArchiveReader:
    """Reads one archive.

    Args:
        source: Its file.
        opener: What opens it.

    Raises:
        ArchiveError: ``wrong_code``, ``archive_too_new``; ``archive_damaged`` where neither header can be read.
    """

    def __init__(self, source: ArchiveFile, opener: Opener) -> None:
        self._source = source
        header, self._damaged_at = _find_header(source)
        self._key = BlockKey(unwrap(header, opener))

    def examine(self) -> ArchiveFindings:
        """Read it to its end, and tell what was found."""
        reading = _Reading(self._source, self._key, compares=True)
        digest = ContentHash()
        summary: ArchiveSummary | None = None
        end: ArchiveEnd | None = None
        readable = files = 0
        seen = -1
        for group in reading.groups():
            match group.kind:
                case GroupKind.SUMMARY:
                    summary = records_of(group, ArchiveSummary)[0]
                case GroupKind.END:
                    end = records_of(group, ArchiveEnd)[0]
                case GroupKind.MESSAGES:
                    readable += len(records_of(group, ArchivedMessage))
                case GroupKind.PIECES:
                    files += sum(
                        each.offset + len(each.content) == each.size for each in records_of(group, ArchivedPiece)
                    )
            if group.number > seen:
                seen = group.number
                digest.add(group)
        damaged_at = _earlier(self._damaged_at, reading.damaged_at)
        counts = end.counts if end is not None else None if summary is None else summary.counts
        whole = end is not None and digest.digest() == end.sha256
        if damaged_at is None and not (
            whole and counts is not None and (counts.messages, counts.files) == (readable, files)
        ):
            # Every block is as it was written, and yet it is not what was to be: nothing of ours writes that.
            damaged_at = self._source.size
        verdict = ArchiveVerdict.GOOD if damaged_at is None else ArchiveVerdict.DAMAGED
        return ArchiveFindings(verdict, damaged_at, readable, counts, digest.digest() if whole else None, summary)

    def groups(self) -> Iterator[ArchiveGroup]:
        """Give the groups that can be read, each once: what the others need first, then the rest in its order."""
        seen: set[int] = set()
        for group in self._readable():
            if group.kind in CORE and group.number not in seen:
                seen.add(group.number)
                yield group
            elif group.kind not in CORE and len(seen) == group.number:
                # All that stands before it was read: what the end repeats is not needed.
                break
        for group in self._readable():
            if group.kind not in CORE:
                yield group

    def summary(self) -> ArchiveSummary:
        """Give what an archive says of itself.

        Raises:
            ArchiveError: ``archive_damaged``.
        """
        for group in self._readable():
            if group.kind is GroupKind.SUMMARY:
                return records_of(group, ArchiveSummary)[0]
        raise unreadable()

    def _readable(self) -> Iterator[ArchiveGroup]:
        return _Reading(self._source, self._key, compares=False).groups()


def findings_of(path: Path, opener: Opener) -> ArchiveFindings:
    """Read an archive to its end and tell what was found.

    Raises:
        ArchiveError: ``wrong_code``, ``archive_too_new``, ``archive_damaged``.
        UsageError: There is no such file.
    """
    with ArchiveFile(path) as file:
        return ArchiveReader(file, opener).examine()


class _Reading:
    """One way through an archive.

    Attributes:
        damaged_at: Offset of the first byte that is not as it was written, once the groups were read.
    """

    def __init__(self, source: ArchiveFile, key: BlockKey, *, compares: bool) -> None:
        self._blocks = BlockReader(key, source, HEADER_SIZE, source.size - HEADER_SIZE, compares=compares)
        self.damaged_at: int | None = None

    def groups(self) -> Iterator[ArchiveGroup]:
        joining = GroupReader()
        for block in self._blocks.blocks():
            for packed in joining.add(block):
                yield decode_group(packed)
        self.damaged_at = self._blocks.damaged_at


def _find_header(source: ArchiveFile) -> tuple[ArchiveHeader, int | None]:
    """Read the header at the beginning, else the one at the end; tells also where they are damaged."""
    end = max(source.size - HEADER_SIZE, 0)
    first, last = source.read_at(0, HEADER_SIZE), source.read_at(end, HEADER_SIZE)
    check_version(first)
    header = decode_header(first) or decode_header(last)
    if header is None:
        if not first.startswith(MAGIC):
            raise ArchiveError(ErrorCode.ARCHIVE_DAMAGED, "This file is no archive of Babilu, or hardly one any more.")
        raise unreadable()
    written = encode_header(header)
    for offset, found in ((0, first), (end, last)):
        if found != written:
            differs = (place for place, (one, other) in enumerate(zip(found, written, strict=False)) if one != other)
            return header, offset + next(differs, len(found))
    return header, None


def _earlier(one: int | None, other: int | None) -> int | None:
    return min((each for each in (one, other) if each is not None), default=None)
