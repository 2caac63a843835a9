"""Blobs: sealed files that clients put here and fetch; the relay knows their padded sizes, and nothing else of them.

They cross a device's second connection, so that mail never waits behind them. An account writes and deletes its own;
whoever has the token of a blob reads it, on any connection that has said hello: the id is a hash of the token, so that
nothing need be kept to compare with, and a reader need not be an account here.
"""

import asyncio
import logging
from collections.abc import Coroutine
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from babilu.crypto.sealed_file import sealed_size
from babilu.kernel.errors import BabiluError, DeliveryError, ErrorCode, LinkError, ProtocolError
from babilu.kernel.ids import BlobId, blob_id
from babilu.kernel.limits import BLOB_PART_BYTES, DAY_MS, Limits
from babilu.kernel.ports import Clock
from babilu.relay.base.states import Connected, transferring
from babilu.relay.base.throttle import Throttle
from babilu.relay.storage.blobs.port import ENTRY_BYTES, BlobFiles
from babilu.relay.storage.port import BlobStore
from babilu.relay.storage.records import Refused
from babilu.relay.transport.connection import Connection
from babilu.relay.transport.driver import Hold
from babilu.wire.client_frames import BlobCreate, BlobDelete, BlobGet, BlobPut
from babilu.wire.relay_frames import BlobData, BlobOk, Ok

log = logging.getLogger(__name__)

NEW_SHARE: Final = 20
"""An account that is not a day old may have one part in so many of what all may have."""

RELEASED_AT_ONCE: Final = 100
"""Most blobs that one request lets go of, or one round of tidying."""

ROOM_RETRY_MS: Final = 60 * 60_000
SWEEP_EVERY_MS: Final = 60 * 60_000
"""How often files are looked for of which no row tells."""

_REFUSALS: Final = {
    ErrorCode.QUOTA: "Your files take as much room here as they may.",
    ErrorCode.CONFLICT: "This file is here already, with another size or of another account.",
    ErrorCode.BUSY: "This file is being deleted: try again later.",
}


UPLOADS_OF_ONE: Final = 64
"""Blobs that one connection writes at once: many small ones need not wait for each other's syncs."""

PENDING_BYTES: Final = 1024 * 1024
"""Parts of one connection on their way to the disk or from it; more is not asked for."""


@dataclass(slots=True)
class _Transfer:
    """What a connection moves at present.

    Attributes:
        sizes: The blobs that it writes, with their sizes; the one begun first makes room.
        pending: Bytes on their way to the disk or from it.
    """

    sizes: dict[BlobId, int] = field(default_factory=dict)
    pending: int = 0


class BlobService:
    """Stores blobs for accounts, and hands them out.

    Args:
        store: Knows which there are.
        files: Has their bytes.
        limits: How many, how large, how long.
        clock: The time.
    """

    def __init__(self, store: BlobStore, files: BlobFiles, limits: Limits, clock: Clock) -> None:
        self._store = store
        self._files = files
        self._limits = limits
        self._clock = clock
        self._creations: Throttle[int] = Throttle(limits.file_creations, limits.file_creation_ms, clock)
        self._reads: Throttle[str] = Throttle(limits.file_reads, limits.file_read_ms, clock)
        self._transfers: dict[Connection, _Transfer] = {}
        self._under_way: set[asyncio.Future[Any]] = set()
        self._swept_at: int | None = None

    def reconfigure(self, limits: Limits) -> None:
        """Apply new limits."""
        self._limits = limits
        self._creations.reconfigure(limits.file_creations, limits.file_creation_ms)
        self._reads.reconfigure(limits.file_reads, limits.file_read_ms)

    # What clients ask.

    async def create(self, connection: Connection, frame: BlobCreate) -> BlobOk:
        """Reserve room for a blob, or tell how much of it is here; what this connection puts next belongs to it."""
        state, limits = transferring(connection.state), self._limits
        if not sealed_size(0) <= frame.size <= sealed_size(limits.file_bytes):
            raise ProtocolError(ErrorCode.TOO_LARGE, "The file is larger than this relay stores.")
        blob = BlobId(frame.blob)
        wait = self._creations.take(state.account)
        if wait:
            raise LinkError(ErrorCode.RATE_LIMITED, "Too many files at once: wait a moment.", wait)
        most = self._share(state.created_at)
        record = await self._store.create(state.account, blob, frame.size, self._clock.now_ms(), most)
        if isinstance(record, Refused):
            retry = ROOM_RETRY_MS if record.code is not ErrorCode.CONFLICT else None
            raise DeliveryError(record.code, _REFUSALS[record.code], retry)
        offset = await self._files.offset(blob)
        if record.complete and offset == record.size:
            return BlobOk(frame.request, blob, offset)
        if record.complete:
            # The folder is older than the database, or was emptied.
            await self._store.reopen(blob)
        try:
            await self._make_room(state.account, _cost(offset, frame.size - offset))
        except BabiluError:
            if not offset:
                await self._drop(state.account, blob)
            raise
        if offset == frame.size:
            await self._finish(blob)
        elif connection.is_open:
            sizes = self._transfer(connection).sizes
            sizes[blob] = frame.size
            if len(sizes) > UPLOADS_OF_ONE:
                del sizes[next(iter(sizes))]
        return BlobOk(frame.request, blob, offset)

    def put(self, connection: Connection, frame: BlobPut) -> None:
        """Write the next part of a blob that the connection began; others follow while it is written."""
        blob = BlobId(frame.blob)
        transfer = self._transfers.get(connection)
        size = None if transfer is None else transfer.sizes.get(blob)
        if transfer is None or size is None:
            raise ProtocolError(ErrorCode.NOT_ALLOWED, "Begin with the file that this is a part of.")
        if frame.offset + len(frame.part) > size:
            raise ProtocolError(ErrorCode.TOO_LARGE, "This is more than the size that was announced for the file.")
        if self._files.total + _cost(frame.offset, len(frame.part)) > self._limits.all_file_bytes:
            # Others were let in at the same time, and were faster.
            raise _no_room()
        self._take(connection, transfer, len(frame.part))
        written = self._files.write(blob, frame.offset, frame.part)
        self._under_way.add(written)
        # A task for each part would cost more than to write it.
        written.add_done_callback(partial(self._was_written, connection, transfer, frame, size))

    def _was_written(
        self, connection: Connection, transfer: _Transfer, frame: BlobPut, size: int, written: "asyncio.Future[int]"
    ) -> None:
        self._under_way.discard(written)
        blob, octets = BlobId(frame.blob), len(frame.part)
        error = written.exception()
        if error is not None:
            self._refuse(connection, frame.request, error)
        elif written.result() == size and transfer.sizes.pop(blob, None) is not None:
            self._begin(connection, frame.request, self._last(frame.request, blob, size), 0)
        else:
            connection.send(BlobOk(frame.request, blob, written.result()))
        self._let_go(connection, transfer, octets)

    async def _last(self, request: int, blob: BlobId, size: int) -> BlobOk:
        await self._finish(blob)
        return BlobOk(request, blob, size)

    def get(self, connection: Connection, frame: BlobGet) -> None:
        """Hand out a part of a blob to whoever has its token."""
        if isinstance(connection.state, Connected) and connection.address_key is not None:
            wait = self._reads.take(connection.address_key)
            if wait:
                raise LinkError(ErrorCode.RATE_LIMITED, "Too much is read from this address: wait a moment.", wait)
        blob = BlobId(frame.blob)
        # What the system has in memory is given at once: to have a thread read it costs several times as much.
        part = self._files.at_hand(blob, frame.offset, BLOB_PART_BYTES) if blob_id(frame.token) == blob else None
        if part is None:
            self._begin(connection, frame.request, self._get(frame), BLOB_PART_BYTES)
            return
        transfer = self._transfer(connection)
        self._take(connection, transfer, len(part.octets))
        connection.send(BlobData(frame.request, blob, frame.offset, part.size, part.octets))
        # It counts until the connection has been given all that this turn of the loop has for it.
        asyncio.get_running_loop().call_soon(self._let_go, connection, transfer, len(part.octets))

    async def _get(self, frame: BlobGet) -> BlobData:
        blob = BlobId(frame.blob)
        part = await self._files.read(blob, frame.offset, BLOB_PART_BYTES) if blob_id(frame.token) == blob else None
        if part is None:
            raise DeliveryError(ErrorCode.NOT_FOUND, "This file is not here, or not any more.")
        if not part.octets:
            raise ProtocolError(ErrorCode.MALFORMED, "The file ends before that place.")
        return BlobData(frame.request, blob, frame.offset, part.size, part.octets)

    def _begin(
        self, connection: Connection, request: int, work: "Coroutine[Any, Any, BlobOk | BlobData]", octets: int
    ) -> None:
        """Do what waits for the disk beside what follows on the connection, as long as it is not too much."""
        transfer = self._transfer(connection)
        self._take(connection, transfer, octets)
        task = asyncio.get_running_loop().create_task(self._answer(connection, transfer, request, work, octets))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _answer(
        self,
        connection: Connection,
        transfer: _Transfer,
        request: int,
        work: "Coroutine[Any, Any, BlobOk | BlobData]",
        octets: int,
    ) -> None:
        try:
            connection.send(await work)
        except Exception as error:  # noqa: BLE001 -- logged, and said to whoever asked
            self._refuse(connection, request, error)
        self._let_go(connection, transfer, octets)

    def _refuse(self, connection: Connection, request: int, error: BaseException) -> None:
        if not isinstance(error, BabiluError):
            log.error("a part of a file could not be moved", exc_info=error)
            error = LinkError(ErrorCode.UNAVAILABLE, "The relay failed at this request.")
        connection.refuse(request, error)

    def _take(self, connection: Connection, transfer: _Transfer, octets: int) -> None:
        """Count what is on its way, and read nothing more of a connection that has enough of it."""
        transfer.pending += octets
        if transfer.pending >= PENDING_BYTES:
            connection.hold(Hold.FILES)

    def _let_go(self, connection: Connection, transfer: _Transfer, octets: int) -> None:
        transfer.pending -= octets
        if transfer.pending < PENDING_BYTES:
            connection.release(Hold.FILES)

    def _transfer(self, connection: Connection) -> _Transfer:
        return self._transfers.setdefault(connection, _Transfer())

    async def delete(self, connection: Connection, frame: BlobDelete) -> Ok:
        """Delete one of the account's blobs."""
        blob = BlobId(frame.blob)
        self._transfer(connection).sizes.pop(blob, None)
        await self._drop(transferring(connection.state).account, blob)
        return Ok(frame.request)

    def leave(self, connection: Connection) -> None:
        """Forget a connection; what it wrote stays for the next one to go on."""
        self._transfers.pop(connection, None)

    async def finish(self) -> None:
        """Wait until everything that came in is answered."""
        while self._under_way:
            await asyncio.wait(self._under_way)

    # Tidying up.

    async def tidy(self) -> None:
        """Delete what was stored long enough, what was never finished, and what is nobody's any more.

        Raises:
            LinkError: ``unavailable``.
        """
        now = self._clock.now_ms()
        limits = self._limits
        completed_before, created_before = now - limits.files_kept_ms, now - limits.unfinished_file_ms
        while released := await self._store.release_overdue(completed_before, created_before, RELEASED_AT_ONCE):
            await self._delete(released)
        monotonic = self._clock.monotonic_ms()
        if self._swept_at is None or monotonic - self._swept_at >= SWEEP_EVERY_MS:
            self._swept_at = monotonic
            async for some in self._files.listed():
                unknown = tuple(set(some) - await self._store.known(some))
                if unknown:
                    log.info("%d files were deleted of which the database does not know", len(unknown))
                    await self._files.delete(unknown)

    # Inside.

    def _share(self, created_at: int) -> int:
        limits = self._limits
        is_new = self._clock.now_ms() - created_at < DAY_MS
        return (
            min(limits.account_file_bytes, limits.all_file_bytes // NEW_SHARE) if is_new else limits.account_file_bytes
        )

    async def _make_room(self, account: int, needed: int) -> None:
        """See that ``needed`` bytes more may be written; whoever has most gives way, but not to somebody with more.

        Raises:
            DeliveryError: ``quota``.
        """
        lacking = await self._lacking(needed)
        if lacking > 0:
            await self._delete(await self._store.release_greediest(account, lacking, RELEASED_AT_ONCE))
            lacking = await self._lacking(needed)
        if lacking > 0:
            raise _no_room()

    async def _lacking(self, needed: int) -> int:
        limits = self._limits
        beyond_all = self._files.total + needed - limits.all_file_bytes
        beyond_disk = limits.disk_reserve_bytes + needed - await self._files.room()
        return max(beyond_all, beyond_disk)

    async def _finish(self, blob: BlobId) -> None:
        """Put a blob on disk, and only then take note of it."""
        await self._files.complete(blob)
        if not await self._store.complete(blob, self._clock.now_ms()):
            # It was deleted meanwhile, or its account was.
            await self._delete((blob,))
            raise DeliveryError(ErrorCode.NOT_FOUND, "This file was deleted meanwhile.")

    async def _drop(self, account: int, blob: BlobId) -> None:
        if await self._store.release(account, blob):
            await self._delete((blob,))

    async def _delete(self, blobs: tuple[BlobId, ...]) -> None:
        if blobs:
            await self._files.delete(blobs)
            await self._store.forget(blobs)


def _cost(offset: int, octets: int) -> int:
    """Return what so many bytes more of a blob count, which has ``offset`` of them."""
    return octets if offset else octets + ENTRY_BYTES


def _no_room() -> DeliveryError:
    return DeliveryError(ErrorCode.QUOTA, "The relay has no room for this file at present.", ROOM_RETRY_MS)
