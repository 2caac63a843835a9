"""Exchange of sealed files with the relay: over a second connection, so that messages never wait behind them.

It is opened when something is to be moved, and closed once nothing was for a while. Parts go out so many at a time
without waiting for the answer to each: on a line with a long way, an answer for each part would leave it idle.
"""

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Final

from babilu.crypto.sealed_file import BLOCK_BYTES
from babilu.engine.runtime.loop_thread import LoopThread
from babilu.engine.transport.account_requests import wait_for
from babilu.engine.transport.relay_ports import RelayLogin
from babilu.identity.codec import encode_shape
from babilu.identity.login import LoginDeviceBody, Signer, login_transcript, sign_login
from babilu.kernel.errors import ErrorCode, ProtocolError
from babilu.kernel.ids import BlobId
from babilu.kernel.limits import Limits
from babilu.net.relay_connection import RelayConnection
from babilu.wire.client_frames import BlobCreate, BlobGet, BlobPut, LoginTransfer
from babilu.wire.relay_frames import BlobData, BlobOk, Ok

UNDER_WAY: Final = 16
"""Parts on their way without an answer: a mebibyte."""

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

    def upload(self, blob: BlobId, size: int, read: Callable[[int], bytes], moved: Moved) -> None:
        """Bring a sealed file to the relay, from where it stopped.

        Args:
            blob: Its id.
            size: Its bytes.
            read: Gives a part of it, by its offset.
            moved: Is told how far it is.

        Raises:
            BabiluError: The relay refused, or is gone.
        """
        connection = self._connected()
        created = wait_for(self._loop.run(connection.request(lambda number: BlobCreate(number, blob, size), BlobOk)))
        offset = acknowledged = created.offset
        moved(acknowledged)
        answers: deque[tuple[int, Future[BlobOk]]] = deque()
        while acknowledged < size:
            while offset < size and len(answers) < UNDER_WAY:
                part = read(offset)
                if not part:
                    raise ProtocolError(ErrorCode.MALFORMED, "A sealed file is shorter than it was.")
                answers.append((offset + len(part), self._put(connection, blob, offset, part)))
                offset += len(part)
            end, answer = answers.popleft()
            acknowledged = wait_for(answer).offset
            if acknowledged != end:
                raise ProtocolError(ErrorCode.CONFLICT, "The relay has another part of a file than it was sent.")
            moved(acknowledged)

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
        answers: deque[Future[BlobData]] = deque()
        while offset < size:
            while asked < size and len(answers) < UNDER_WAY:
                answers.append(self._get(connection, blob, token, asked))
                asked += BLOCK_BYTES
            data = wait_for(answers.popleft())
            if data.offset != offset or data.size != size or len(data.part) != min(BLOCK_BYTES, size - offset):
                raise ProtocolError(ErrorCode.MALFORMED, "The relay gave another part of a file than was asked for.")
            write(offset, data.part)
            offset += len(data.part)
            moved(offset)

    def close(self) -> None:
        """Close the connection, where there is one."""
        connection, self._connection = self._connection, None
        if connection is not None:
            wait_for(self._loop.run(connection.leave()))

    def _put(self, connection: RelayConnection, blob: BlobId, offset: int, part: bytes) -> "Future[BlobOk]":
        return self._loop.run(connection.request(lambda number: BlobPut(number, blob, offset, part), BlobOk))

    def _get(self, connection: RelayConnection, blob: BlobId, token: bytes, offset: int) -> "Future[BlobData]":
        return self._loop.run(connection.request(lambda number: BlobGet(number, blob, token, offset), BlobData))

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
