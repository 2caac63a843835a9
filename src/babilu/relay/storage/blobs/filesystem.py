"""Blobs as files of one folder: each grows under a name of its own and is renamed once all of it is on disk.

A kill leaves what was written, since the system keeps it; a power failure leaves a complete blob whole, since its name
is given after its bytes were synced, and of an incomplete one what the file system had written: it counts bytes only
once they are there (ordered mode of ext4; XFS and Btrfs likewise).

Writing has a thread of its own, so that the disk keeps neither the loop nor SQLite waiting, and so has syncing what was
written of a large blob while more of it comes. Four others sync blobs that end together, and two read, which do not
wait for a sync.
"""

import asyncio
import logging
import os
import shutil
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import groupby, islice
from pathlib import Path
from typing import Final, ParamSpec, TypeVar

from babilu.kernel.disk_errors import is_disk_full
from babilu.kernel.errors import ErrorCode, LinkError
from babilu.kernel.ids import SHORT_ID_BYTES, BlobId
from babilu.relay.storage.blobs.growing_files import GrowingFile, GrowingFiles
from babilu.relay.storage.blobs.open_files import OpenFiles
from babilu.relay.storage.blobs.port import ENTRY_BYTES, BlobPart

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

LISTED_AT_ONCE: Final = 500
READERS: Final = 2

ENDED_AT_ONCE: Final = 4
"""Blobs that are put on disk at the same time."""

READ_TOGETHER: Final = 8
"""Parts that one thread reads at once: each crossing between threads costs a part's time."""

RETRY_AFTER_MS: Final = 60_000

_PART: Final = ".part"
_FOLDER_MODE: Final = 0o700


@dataclass(frozen=True, slots=True)
class _QueuedWrite:
    """A part that is to be written, and what its writer waits for."""

    blob: BlobId
    offset: int
    part: bytes
    written: asyncio.Future[int]


@dataclass(frozen=True, slots=True)
class _QueuedRead:
    """A part that is asked for, and who waits for it."""

    blob: BlobId
    offset: int
    most: int
    read: asyncio.Future[BlobPart | None]


class FilesystemBlobs:
    """Blobs of one folder; make it with `open`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        # What came while the thread wrote is written together: each crossing between threads costs a part's time.
        self._queue: list[_QueuedWrite] = []
        self._draining: asyncio.Task[None] | None = None
        self._ended: list[tuple[BlobId, asyncio.Future[None]]] = []
        self._completing: asyncio.Task[None] | None = None
        self._wanted: deque[_QueuedRead] = deque()
        self._reads = 0
        self._open = OpenFiles()
        self._writing = ThreadPoolExecutor(1, "relay-blobs-write")
        self._syncing = ThreadPoolExecutor(1, "relay-blobs-sync")
        self._ending = ThreadPoolExecutor(ENDED_AT_ONCE, "relay-blobs-end")
        self._reading = ThreadPoolExecutor(READERS, "relay-blobs-read")
        self._growing = GrowingFiles(self._syncing, self._grew)
        # Whether all folders of it are on disk.
        self._is_synced = True
        self.total = 0

    @classmethod
    async def open(cls, folder: Path) -> "FilesystemBlobs":
        """Open or make the folder, and count what lies in it.

        Raises:
            LinkError: ``unavailable``.
        """
        made = cls(folder)
        try:
            made.total = await made._run(made._writing, made._prepare)
        except BaseException:
            await made.close()
            raise
        return made

    async def room(self) -> int:
        return await self._run(self._reading, lambda: shutil.disk_usage(self._folder).free)

    async def offset(self, blob: BlobId) -> int:
        return await self._run(self._writing, self._offset, blob)

    def write(self, blob: BlobId, offset: int, part: bytes) -> "asyncio.Future[int]":
        loop = asyncio.get_running_loop()
        written: asyncio.Future[int] = loop.create_future()
        self._queue.append(_QueuedWrite(blob, offset, part, written))
        if self._draining is None:
            self._draining = loop.create_task(self._drain())
        return written

    async def _drain(self) -> None:
        """Write what is queued until nothing is."""
        while self._queue:
            batch, self._queue = self._queue, []
            try:
                outcomes = await self._run(self._writing, self._write_batch, batch)
            except Exception as defect:
                log.exception("parts of files could not be written")
                # Whoever waits has to hear of it, and what comes later is written.
                for each in batch:
                    _fail(each.written, defect)
                continue
            for each, outcome in zip(batch, outcomes, strict=True):
                if isinstance(outcome, OSError):
                    _fail(each.written, _refusal(outcome))
                elif not each.written.done():
                    each.written.set_result(outcome)
        self._draining = None

    async def complete(self, blob: BlobId) -> None:
        loop = asyncio.get_running_loop()
        completed: asyncio.Future[None] = loop.create_future()
        self._ended.append((blob, completed))
        if self._completing is None:
            self._completing = loop.create_task(self._complete_ended())
        await completed

    async def _complete_ended(self) -> None:
        """Complete what has come whole, all that came during the last commit of the disk together."""
        while self._ended:
            batch, self._ended = self._ended, []
            try:
                outcomes = await self._run(self._writing, self._complete, [blob for blob, _ in batch])
            except Exception as defect:
                log.exception("files could not be completed")
                for _, completed in batch:
                    _fail(completed, defect)
                continue
            for (_, completed), outcome in zip(batch, outcomes, strict=True):
                if outcome is not None:
                    _fail(completed, _refusal(outcome))
                elif not completed.done():
                    completed.set_result(None)
        self._completing = None

    async def read(self, blob: BlobId, offset: int, most: int) -> BlobPart | None:
        loop = asyncio.get_running_loop()
        read: asyncio.Future[BlobPart | None] = loop.create_future()
        self._wanted.append(_QueuedRead(blob, offset, most, read))
        if self._reads < READERS:
            self._reads += 1
            # What is asked for in this turn of the loop is read together.
            loop.call_soon(self._read_next)
        return await read

    def at_hand(self, blob: BlobId, offset: int, most: int) -> BlobPart | None:
        opened = self._open.present(blob)
        part = None if opened is None else opened.at_hand(offset, most)
        return None if opened is None or part is None else BlobPart(part, opened.size)

    def _read_next(self) -> None:
        """Have a thread read what is asked for, and go on until nothing is."""
        batch = [self._wanted.popleft() for _ in range(min(READ_TOGETHER, len(self._wanted)))]
        if not batch:
            self._reads -= 1
            return
        loop = asyncio.get_running_loop()
        loop.run_in_executor(self._reading, self._read_batch, batch).add_done_callback(partial(self._were_read, batch))

    def _were_read(
        self, batch: Sequence[_QueuedRead], outcomes: "asyncio.Future[list[BlobPart | OSError | None]]"
    ) -> None:
        defect = outcomes.exception()
        if isinstance(defect, Exception):
            log.error("parts of files could not be read", exc_info=defect)
            # Whoever waits has to hear of it, and what comes later is read.
            for each in batch:
                _fail(each.read, defect)
        else:
            for each, outcome in zip(batch, outcomes.result(), strict=True):
                if isinstance(outcome, OSError):
                    _fail(each.read, _refusal(outcome))
                elif not each.read.done():
                    each.read.set_result(outcome)
        self._read_next()

    async def delete(self, blobs: Sequence[BlobId]) -> None:
        gone = LinkError(ErrorCode.NOT_FOUND, "This file was deleted meanwhile.")
        for each in self._queue:
            if each.blob in blobs:
                _fail(each.written, gone)
        self._queue = [each for each in self._queue if each.blob not in blobs]
        await self._run(self._writing, self._delete, blobs)

    async def listed(self) -> AsyncIterator[tuple[BlobId, ...]]:
        """List all blobs, some at a time."""
        found = self._ids()
        while some := await self._run(self._reading, lambda: tuple(islice(found, LISTED_AT_ONCE))):
            yield some

    async def close(self) -> None:
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._writing, self._growing.close_all)
        for threads in (self._writing, self._syncing, self._ending, self._reading):
            # What was asked for before is done then, and there is next to nothing to wait for.
            await loop.run_in_executor(threads, int)
            threads.shutdown()
        self._open.close_all()

    # Of the threads.

    async def _run(self, threads: ThreadPoolExecutor, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        del kwargs
        try:
            return await asyncio.get_running_loop().run_in_executor(threads, work, *args)
        except OSError as error:
            raise _refusal(error) from error

    def _prepare(self) -> int:
        self._folder.mkdir(_FOLDER_MODE, exist_ok=True)
        return sum(self._size(path) + ENTRY_BYTES for path in self._paths())

    def _offset(self, blob: BlobId) -> int:
        return self._size(self._whole(blob)) or self._size(self._part(blob))

    def _write_batch(self, batch: Sequence[_QueuedWrite]) -> list[int | OSError]:
        outcomes: list[int | OSError] = []
        for blob, of_blob in groupby(batch, key=lambda each: each.blob):
            parts = [(each.offset, each.part) for each in of_blob]
            try:
                outcomes += self._write(blob, parts)
            except OSError as error:
                # Only the blob that could not be written is refused, not those that came with it.
                outcomes += [error] * len(parts)
        return outcomes

    def _write(self, blob: BlobId, parts: Sequence[tuple[int, bytes]]) -> list[int]:
        """Write parts that follow one another; returns for each how much is written then."""
        growing = self._growing.get(blob)
        if growing is None:
            complete = self._size(self._whole(blob))
            if complete:
                return [complete] * len(parts)
            growing = self._begin(blob)
        growing.check()
        end = growing.end
        fitting: list[bytes] = []
        ends: list[int] = []
        for offset, part in parts:
            if offset == end:
                fitting.append(part)
                end += len(part)
            ends.append(end)
        if fitting:
            growing.append(fitting)
        return ends

    def _begin(self, blob: BlobId) -> GrowingFile:
        path = self._part(blob)
        if not path.parent.is_dir():
            path.parent.mkdir(_FOLDER_MODE)
            self._is_synced = False
        is_new = not path.exists()
        growing = self._growing.open(blob, path)
        self.total += ENTRY_BYTES if is_new else 0
        return growing

    def _grew(self, octets: int) -> None:
        self.total += octets

    def _complete(self, blobs: Sequence[BlobId]) -> list[OSError | None]:
        """Put blobs on disk and name them as complete; returns for each why not, or None.

        Each is synced before it is named, and its folder is then. Several threads sync: what a file system is asked for
        at the same time it does once.
        """
        outcomes: dict[BlobId, OSError | None] = dict.fromkeys(blobs)
        one_by_one, together = map, self._ending.map
        for step, each in (
            (self._begin_sync, one_by_one),
            (self._sync, together),
            (self._give_name, one_by_one),
            (self._sync_folder, together),
        ):
            left = [blob for blob, refused in outcomes.items() if refused is None]
            outcomes.update(zip(left, each(partial(_refused, step), left), strict=True))
        return [outcomes[blob] for blob in blobs]

    def _begin_sync(self, blob: BlobId) -> None:
        if not self._is_synced:
            _sync(self._folder)
            self._is_synced = True
        growing = self._growing.get(blob)
        if growing is not None:
            growing.begin_last_sync()

    def _sync(self, blob: BlobId) -> None:
        growing = self._growing.get(blob)
        if growing is not None:
            growing.sync()
        elif not self._whole(blob).exists():
            _sync(self._part(blob))

    def _give_name(self, blob: BlobId) -> None:
        whole = self._whole(blob)
        if not whole.exists():
            self._part(blob).rename(whole)
            self._growing.close(blob)

    def _sync_folder(self, blob: BlobId) -> None:
        _sync(self._whole(blob).parent)

    def _read_batch(self, batch: Sequence[_QueuedRead]) -> list[BlobPart | OSError | None]:
        outcomes: list[BlobPart | OSError | None] = []
        for each in batch:
            try:
                outcomes.append(self._read(each.blob, each.offset, each.most))
            except OSError as error:
                outcomes.append(error)
        return outcomes

    def _read(self, blob: BlobId, offset: int, most: int) -> BlobPart | None:
        while (opened := self._open.get(blob, self._whole(blob))) is not None:
            part = opened.read(offset, most)
            # Others may have closed it between the two, to open theirs.
            if part or offset >= opened.size:
                return BlobPart(part, opened.size)
        return None

    def _delete(self, blobs: Sequence[BlobId]) -> None:
        for blob in blobs:
            self._growing.close(blob)
            for path in (self._part(blob), self._whole(blob)):
                if path.exists():
                    size = self._size(path)
                    path.unlink()
                    self.total -= size + ENTRY_BYTES
            # After the names are gone, or a reader would open the file anew.
            self._open.close(blob)

    def _ids(self) -> Iterator[BlobId]:
        return (BlobId(bytes.fromhex(path.name.removesuffix(_PART))) for path in self._paths())

    def _paths(self) -> Iterator[Path]:
        """Return the files of all blobs; what else somebody put into the folder is left alone."""
        for folder in self._folder.iterdir():
            if folder.is_dir():
                yield from (path for path in folder.iterdir() if _is_of_blob(path.name))

    def _whole(self, blob: BlobId) -> Path:
        name = blob.hex()
        return self._folder / name[:2] / name

    def _part(self, blob: BlobId) -> Path:
        name = blob.hex()
        return self._folder / name[:2] / (name + _PART)

    @staticmethod
    def _size(path: Path) -> int:
        try:
            return path.stat().st_size
        except FileNotFoundError:
            return 0


def complete_files(folder: Path) -> Iterator[Path]:
    """List the files of complete blobs below a folder of them; where there is none, nothing."""
    for each in folder.iterdir() if folder.is_dir() else ():
        if each.is_dir():
            yield from (path for path in each.iterdir() if _is_of_blob(path.name) and path.suffix != _PART)


def _refused(step: Callable[[BlobId], None], blob: BlobId) -> OSError | None:
    try:
        step(blob)
    except OSError as error:
        return error
    return None


def _refusal(error: OSError) -> LinkError:
    log.warning("the folder of files refused: %s", error.strerror)
    why = "The relay's disk is full." if is_disk_full(error) else "The relay cannot use its folder of files at present."
    return LinkError(ErrorCode.UNAVAILABLE, why, RETRY_AFTER_MS)


def _fail(waiting: asyncio.Future[T], error: Exception) -> None:
    if not waiting.done():
        waiting.set_exception(error)


def _is_of_blob(name: str) -> bool:
    try:
        return len(bytes.fromhex(name.removesuffix(_PART))) == SHORT_ID_BYTES
    except ValueError:
        return False


def _sync(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
