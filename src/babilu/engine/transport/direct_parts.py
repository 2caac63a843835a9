"""Parts of sealed files over a direct connection: one end asks for them, the other hands them out after all else.

Whoever hands out reads a few parts at a time from the disk, and gives the connection one frame of them only where
nothing else waits in it: so a text waits for one part at most.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Final, Protocol

import msgspec

from babilu.kernel.errors import BabiluError, ErrorCode, LinkError, remote_error
from babilu.kernel.ids import BlobId
from babilu.wire.direct_frames import BlobData, BlobGet, BlobKept, BlobRefused, BlobWaits

GETS_WAITING: Final = 32
"""Parts that either end may ask for before it has them; one more is refused."""

READ_TOGETHER: Final = 4
"""Parts that are read from the disk at once: what a connection has of files in memory."""

PartAnswer = BlobData | BlobRefused

ReadParts = Callable[[Sequence[BlobGet]], "Future[list[PartAnswer]]"]
"""Reads what the other end asks for, as far as it may have it; called in the loop's thread, answered by another."""


class PartChannel(Protocol):
    """Takes frames, and tells when they have left."""

    def send(self, message: msgspec.Struct) -> None:
        """Send a frame."""

    async def drained(self) -> None:
        """Wait until nothing much waits in it."""


class DirectParts:
    """What the two ends of one direct connection ask each other for of files.

    Args:
        channel: The connection.
    """

    def __init__(self, channel: PartChannel) -> None:
        self._channel = channel
        self._next_request = 1
        self._expected: dict[int, asyncio.Future[BlobData]] = {}
        self._gets: deque[BlobGet] = deque()
        self._came = asyncio.Event()
        self._ended: BabiluError | None = None

    # What this end asks for.

    def ask(self, blob: BlobId, token: bytes, offset: int) -> "asyncio.Future[BlobData]":
        """Ask for the part of a sealed file that begins at an offset.

        Returns:
            A future of it; it fails with the refusal of the other end, or with the end of the connection, and at once
            where the other end owes too many.
        """
        future: asyncio.Future[BlobData] = asyncio.get_running_loop().create_future()
        refusal = self._ended
        if refusal is None and len(self._expected) >= GETS_WAITING:
            # Answers for which nobody waits any more may still come, or never: the other end does as it likes.
            refusal = LinkError(ErrorCode.BUSY, "The other end of a connection owes too many parts of files.")
        if refusal is not None:
            future.set_exception(refusal)
            return future
        number = self._next_request
        self._next_request += 1
        self._expected[number] = future
        self._channel.send(BlobGet(number, blob, token, offset))
        return future

    def tell_kept(self, blob: BlobId, token: bytes) -> None:
        """Tell the other end that a file of theirs is here, whole."""
        if self._ended is None:
            self._channel.send(BlobKept(blob, token))

    def tell_waiting(self, blob: BlobId, token: bytes) -> None:
        """Ask the other end whether an own file that waits for them is there."""
        if self._ended is None:
            self._channel.send(BlobWaits(blob, token))

    def answered(self, answer: PartAnswer) -> None:
        """Take what the other end answers; what was not asked for is passed over, as its question may be given up."""
        future = self._expected.pop(answer.request, None)
        if future is None or future.done():
            return
        if isinstance(answer, BlobData):
            future.set_result(answer)
        else:
            future.set_exception(remote_error(answer.code, "The other side does not give this file now.", None))

    # What the other end asks for.

    def asked(self, get: BlobGet) -> bool:
        """Note what the other end asks for; tells whether there was room, or it was refused."""
        if len(self._gets) >= GETS_WAITING:
            self._channel.send(BlobRefused(get.request, ErrorCode.BUSY.value))
            return False
        self._gets.append(get)
        self._came.set()
        return True

    async def serve(self, read: ReadParts) -> None:
        """Answer the other end until this is cancelled."""
        while True:
            self._came.clear()
            while self._gets:
                # They count until they are answered: whoever asks faster than it reads is refused.
                gets = [self._gets[place] for place in range(min(READ_TOGETHER, len(self._gets)))]
                for answer in await self._read(gets, read):
                    # One part at a time, and only after what else waits: texts go in front of the next one.
                    await self._channel.drained()
                    self._channel.send(answer)
                    self._gets.popleft()
            await self._came.wait()

    @staticmethod
    async def _read(gets: list[BlobGet], read: ReadParts) -> Sequence[PartAnswer]:
        try:
            return await asyncio.wrap_future(read(gets))
        except BabiluError as error:
            return [BlobRefused(get.request, error.code.value) for get in gets]

    def end(self, reason: BabiluError) -> None:
        """Take note that the connection is gone."""
        self._ended = LinkError(ErrorCode.UNAVAILABLE, reason.text)
        self._gets.clear()
        expected, self._expected = self._expected, {}
        for future in expected.values():
            if not future.done():
                future.set_exception(self._ended)
                # Whoever asked may be gone: an unread exception is no leak here.
                future.exception()
