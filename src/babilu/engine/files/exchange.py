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
from babilu.engine.files.sources import Answer, Moved
from babilu.engine.runtime.loop_thread import LoopThread
from babilu.engine.runtime.threads import closed
from babilu.engine.transport.account_requests import wait_for
from babilu.engine.transport.relay_ports import RelayLogin
from babilu.identity.codec import encode_shape
from babilu.identity.login import LoginDeviceBody, Signer, login_transcript, sign_login
from babilu.kernel.errors import BabiluError, ErrorCode, LinkError, ProtocolError, Reason
from babilu.kernel.ids import BlobId
from babilu.kernel.limits import Limits
from babilu.net.relay_connection import RelayConnection
from babilu.wire.client_frames import BlobCreate, BlobGet, BlobPut, ClientFrame, LoginTransfer
from babilu.wire.file_entry import FileEntry
from babilu.wire.relay_frames import BlobData, BlobOk, Ok, RelayFrame

PARTS_TOGETHER: Final = 8
"""Parts that cross between a thread and the loop together: half a mebibyte."""

BATCHES: Final = 4
"""So many times as much is on its way without an answer."""

F = TypeVar("F")


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
        self._closed = False

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

    @property
    def window(self) -> int:
        return PARTS_TOGETHER * BATCHES

    def ask(self, entry: FileEntry, places: Sequence[int], came: Callable[[Answer], None]) -> None:
        """Ask for parts of a sealed file.

        Raises:
            BabiluError: The relay refused, or is gone.
        """
        self._loop.call(_ask_for_parts, self._connected(), entry, places, came)

    def tell_kept(self, entry: FileEntry) -> None:
        """Say nothing: the relay does not learn who has a file."""

    def close(self) -> None:
        """Close the connection, where there is one, and make no other."""
        self._closed = True
        connection, self._connection = self._connection, None
        if connection is not None:
            wait_for(self._loop.run(connection.leave()))

    def _connected(self) -> RelayConnection:
        with self._opening:
            if self._connection is None or self._connection.closed.done():
                connection = None if self._closed else wait_for(self._loop.run(self._connect()))
                if connection is not None and self._closed:
                    # It was closed while this one was made.
                    wait_for(self._loop.run(connection.leave()))
                if connection is None or self._closed:
                    raise closed()
                self._connection = connection
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


def _get(entry: FileEntry, offset: int, number: int) -> ClientFrame:
    return BlobGet(number, entry.blob, entry.token, offset)


def _ask_for_parts(
    connection: RelayConnection, entry: FileEntry, places: Sequence[int], came: Callable[[Answer], None]
) -> None:
    for place in places:
        try:
            answer = connection.submit(partial(_get, entry, place))
        except BabiluError as error:
            came((place, error))
        else:
            answer.add_done_callback(partial(_pass_on, came, place))


def _pass_on(came: Callable[[Answer], None], place: int, answer: "asyncio.Future[RelayFrame]") -> None:
    try:
        data = answer.result()
    except BabiluError as error:
        came((place, error))
    except asyncio.CancelledError:
        came((place, LinkError(ErrorCode.CLOSED, "The connection was closed here.")))
    else:
        if not isinstance(data, BlobData):
            malformed = ProtocolError(ErrorCode.MALFORMED, "The relay answered something else than was asked.")
            came((place, malformed))
        else:
            came((place, data))


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
