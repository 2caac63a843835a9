"""Exchange of sealed files with the relay: over a second connection, so that messages never wait behind them.

It is opened when something is to be moved, and closed once nothing was for a while. Parts go out so many at a time
without waiting for the answer to each: on a line with a long way, an answer for each part would leave it idle.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Final, TypeVar, cast

from babilu.crypto.sealed_file import BLOCK_BYTES
from babilu.engine.runtime.loop_thread import LoopThread
from babilu.engine.transport.account_requests import wait_for
from babilu.engine.transport.relay_ports import RelayLogin
from babilu.identity.codec import encode_shape
from babilu.identity.login import LoginDeviceBody, Signer, login_transcript, sign_login
from babilu.kernel.errors import ErrorCode, LinkError, ProtocolError, Reason
from babilu.kernel.ids import BlobId
from babilu.kernel.limits import Limits
from babilu.net.relay_connection import RelayConnection
from babilu.wire.client_frames import BlobCreate, BlobGet, BlobPut, ClientFrame, LoginTransfer
from babilu.wire.relay_frames import BlobData, BlobOk, Ok

PARTS_TOGETHER: Final = 8
"""Parts that cross between a thread and the loop together: half a mebibyte."""

BATCHES: Final = 4
"""So many times as much is on its way without an answer."""

F = TypeVar("F")

Moved = Callable[[int], None]
"""Is told how many bytes of the sealed file are across; raises to stop."""


class FileExchange:
    """One device's second connection to its relay; its methods block, and several threads may call them.

    Args:
        loop: Where connections live.
        login: Who logs in where.
        limits: Deadlines.
    """

    def __init__(self, loop: LoopThread, login: RelayLogin, limits: Limits) -> None:
        self._loop = loop
        self._login = login
        self._limits = limits
        self._connection: RelayConnection | None = None
        self._opening = threading.Lock()

    @property
    def file_bytes(self) -> int:
        """Largest file that the relay stores; it is connected to.

        Raises:
            BabiluError: It cannot be.
        """
        return self._connected().welcome.file_bytes

    def upload(self, blob: BlobId, size: int, read: Callable[[int, int], bytes], moved: Moved) -> int:
        """Bring a sealed file to the relay, from where it stopped, and return how long it is stored there (ms).

        Args:
            blob: Its id.
            size: Its bytes.
            read: Gives a part of it, by its offset and of so many bytes at most.
            moved: Is told how far it is.

        Raises:
            BabiluError: The relay refused, or is gone.
        """
        connection = self._connected()
        created = wait_for(self._loop.run(connection.request(lambda number: BlobCreate(number, blob, size), BlobOk)))
        offset = acknowledged = created.offset
        moved(acknowledged)
        answers: deque[tuple[int, Future[list[BlobOk]]]] = deque()
        while acknowledged < size:
            while offset < size and len(answers) < BATCHES:
                several = read(offset, PARTS_TOGETHER * BLOCK_BYTES)
                if not several:
                    raise ProtocolError(ErrorCode.MALFORMED, "A sealed file is shorter than it was.")
                places = range(0, len(several), BLOCK_BYTES)
                puts = [partial(_put, blob, offset + at, several[at : at + BLOCK_BYTES]) for at in places]
                offset += len(several)
                answers.append((offset, self._loop.run(_ask(connection, puts, BlobOk, self._limits))))
            end, answer = answers.popleft()
            acknowledged = max(ok.offset for ok in wait_for(answer))
            if acknowledged != end:
                raise ProtocolError(ErrorCode.CONFLICT, "The relay has another part of a file than it was sent.")
            moved(acknowledged)
        return connection.welcome.files_kept_ms

    def fetch(
        self, blob: BlobId, token: bytes, size: int, offset: int, write: Callable[[int, bytes], None], moved: Moved
    ) -> None:
        """Fetch a sealed file from the relay, from an offset on.

        Args:
            blob: Its id.
            token: With which it is read.
            size: Its bytes, as its sender's word about the file has it.
            offset: How many of them are here.
            write: Keeps a part, by its offset.
            moved: Is told how far it is.

        Raises:
            BabiluError: The relay refused, or is gone.
        """
        connection = self._connected()
        asked = offset
        answers: deque[Future[list[BlobData]]] = deque()
        while offset < size:
            while asked < size and len(answers) < BATCHES:
                places = range(asked, min(asked + PARTS_TOGETHER * BLOCK_BYTES, size), BLOCK_BYTES)
                asked = places[-1] + BLOCK_BYTES
                gets = [partial(_get, blob, token, at) for at in places]
                answers.append(self._loop.run(_ask(connection, gets, BlobData, self._limits)))
            parts = wait_for(answers.popleft())
            for data in parts:
                if data.offset != offset or data.size != size or len(data.part) != min(BLOCK_BYTES, size - offset):
                    raise ProtocolError(
                        ErrorCode.MALFORMED, "The relay gave another part of a file than was asked for."
                    )
                offset += len(data.part)
            write(parts[0].offset, b"".join(data.part for data in parts))
            moved(offset)

    def close(self) -> None:
        """Close the connection, where there is one."""
        connection, self._connection = self._connection, None
        if connection is not None:
            wait_for(self._loop.run(connection.leave()))

    def _connected(self) -> RelayConnection:
        with self._opening:
            if self._connection is None or self._connection.closed.done():
                self._connection = wait_for(self._loop.run(self._connect()))
            return self._connection

    async def _connect(self) -> RelayConnection:
        login = self._login
        connection = await login.pins.connect(login.host, login.port, self._limits)
        try:
            body = encode_shape(LoginDeviceBody(login.name, login.device))
            transcript = login_transcript(connection.hello, connection.welcome_body, connection.certificate, body)
            signature = sign_login(login.signing, Signer.DEVICE, transcript)
            await connection.request(lambda number: LoginTransfer(number, body, signature), Ok)
        except BaseException:
            await connection.abandoned()
            raise
        return connection


def _put(blob: BlobId, offset: int, part: bytes, number: int) -> ClientFrame:
    return BlobPut(number, blob, offset, part)


def _get(blob: BlobId, token: bytes, offset: int, number: int) -> ClientFrame:
    return BlobGet(number, blob, token, offset)


async def _ask(
    connection: RelayConnection, requests: Sequence[Callable[[int], ClientFrame]], kind: type[F], limits: Limits
) -> list[F]:
    """Send requests together, and wait for all of their answers."""
    answers = [connection.submit(make) for make in requests]
    try:
        async with asyncio.timeout(limits.frame_ms / 1000):
            received = await asyncio.gather(*answers)
    except TimeoutError as error:
        silent = LinkError(ErrorCode.UNAVAILABLE, "The relay does not answer.")
        raise silent.because(Reason.SILENT) from error
    if not all(isinstance(each, kind) for each in received):
        raise ProtocolError(ErrorCode.MALFORMED, "The relay answered something else than was asked.")
    return cast("list[F]", received)
