"""Exchange of sealed files with the relay: over a second connection, so that messages never wait behind them.

It is opened when something is to be moved. Several parts are on their way without an answer: on a line with a long way,
an answer for each part would leave it idle.
"""

import asyncio
import queue
import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, TypeVar

from babilu.crypto.sealed_file import BLOCK_BYTES
from babilu.engine.files.part_window import PartWindow
from babilu.engine.files.sources import AHEAD_AT_MOST, Answer, Moved, those_that_came
from babilu.engine.runtime.loop_thread import LoopThread
from babilu.engine.runtime.threads import closed
from babilu.engine.transport.account_requests import wait_for
from babilu.engine.transport.relay_ports import RelayLogin
from babilu.identity.codec import encode_shape
from babilu.identity.login import LoginDeviceBody, Signer, login_transcript, sign_login
from babilu.kernel.errors import BabiluError, ErrorCode, LinkError, ProtocolError
from babilu.kernel.ids import BlobId
from babilu.kernel.limits import Limits
from babilu.kernel.ports import Randomness
from babilu.net.relay_connection import RelayConnection
from babilu.wire.client_frames import BlobCreate, BlobGet, BlobPut, ClientFrame, LoginTransfer
from babilu.wire.file_entry import FileEntry
from babilu.wire.relay_frames import BlobData, BlobOk, Ok, RelayFrame

PARTS_TOGETHER: Final = 8
"""Parts that are read together for an upload: half a mebibyte."""

FEWEST_PARTS: Final = 8
MOST_PARTS: Final = AHEAD_AT_MOST
"""Parts that are on their way without an answer: few on a short line, and two mebibytes on a long one."""

F = TypeVar("F")

_Question = tuple[int, Callable[[int], ClientFrame]]
"""What stands for a question, and what makes its frame from a number."""

_Came = tuple[int, F | BabiluError]


class FileExchange:
    """One device's second connection to its relay; its methods block, and several threads may call them.

    Args:
        loop: Where connections live.
        login: Who logs in where.
        limits: Deadlines.
        randomness: For the order of the relay's addresses.
    """

    def __init__(self, loop: LoopThread, login: RelayLogin, limits: Limits, randomness: Randomness) -> None:
        self._loop = loop
        self._login = login
        self._limits = limits
        self._randomness = randomness
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
        created = wait_for(self._loop.run(connection.request(partial(_create, blob, size), BlobOk)))
        offset = acknowledged = created.offset
        moved(acknowledged)
        answers: queue.SimpleQueue[tuple[int, BlobOk | BabiluError]] = queue.SimpleQueue()
        window = self.window()
        while acknowledged < size:
            if offset < size and window.room:
                several = read(offset, min(window.room, PARTS_TOGETHER) * BLOCK_BYTES)
                if not several:
                    raise ProtocolError(ErrorCode.MALFORMED, "A sealed file is shorter than it was.")
                parts = [several[at : at + BLOCK_BYTES] for at in range(0, len(several), BLOCK_BYTES)]
                puts: list[_Question] = []
                for part in parts:
                    puts.append((offset + len(part), partial(_put, blob, offset, part)))
                    offset += len(part)
                    window.began(offset)
                self._loop.call(_submit, connection, puts, BlobOk, answers.put)
            for end, answer in those_that_came(answers, self._limits.frame_ms / 1000):
                window.ended(end)
                if isinstance(answer, BabiluError):
                    raise answer
                if answer.offset < end:
                    raise ProtocolError(ErrorCode.CONFLICT, "The relay has another part of a file than it was sent.")
                acknowledged = max(acknowledged, answer.offset)
            moved(acknowledged)
        return connection.welcome.files_kept_ms

    def upload_small(self, files: Sequence[tuple[BlobId, bytes]]) -> tuple[frozenset[BlobId], int]:
        """Bring sealed files of one part to the relay, all of them at once.

        Returns:
            Those that the relay has now, and how long they are stored there (ms). What it refused `upload` says.

        Raises:
            BabiluError: The relay is gone.
        """
        connection = self._connected()
        creates: list[_Question] = [
            (index, partial(_create, blob, len(sealed))) for index, (blob, sealed) in enumerate(files)
        ]
        created = self._all(connection, creates)
        puts: list[_Question] = [
            (index, partial(_put, blob, 0, sealed))
            for index, (blob, sealed) in enumerate(files)
            if created.get(index) == 0
        ]
        ends = created | self._all(connection, puts)
        brought = frozenset(blob for index, (blob, sealed) in enumerate(files) if ends.get(index) == len(sealed))
        return brought, connection.welcome.files_kept_ms

    def _all(self, connection: RelayConnection, questions: Sequence[_Question]) -> dict[int, int]:
        """Ask several things at once; returns how much the relay has by each, without what it refused.

        Raises:
            LinkError: ``unavailable``: it is silent.
        """
        answers: queue.SimpleQueue[tuple[int, BlobOk | BabiluError]] = queue.SimpleQueue()
        self._loop.call(_submit, connection, questions, BlobOk, answers.put)
        found: dict[int, int] = {}
        left = len(questions)
        while left:
            for index, answer in those_that_came(answers, self._limits.frame_ms / 1000):
                left -= 1
                if isinstance(answer, BlobOk):
                    found[index] = answer.offset
        return found

    def window(self) -> PartWindow:
        return PartWindow(FEWEST_PARTS, MOST_PARTS)

    def ask(self, entry: FileEntry, places: Sequence[int], came: Callable[[Answer], None]) -> None:
        """Ask for parts of a sealed file.

        Raises:
            BabiluError: The relay refused, or is gone.
        """
        # The id is a hash: it is made once for all of them.
        blob = entry.blob
        gets: list[_Question] = [(place, partial(_get, blob, entry.token, place)) for place in places]
        self._loop.call(_submit, self._connected(), gets, BlobData, came)

    def ask_first(self, entries: Sequence[FileEntry], came: Callable[[Answer], None]) -> None:
        """Ask for the first part of each of several files; an answer begins with which of them it is about.

        Raises:
            BabiluError: The relay is gone.
        """
        gets: list[_Question] = [
            (index, partial(_get, entry.blob, entry.token, 0)) for index, entry in enumerate(entries)
        ]
        self._loop.call(_submit, self._connected(), gets, BlobData, came)

    def has(self, entry: FileEntry, beginning: bytes) -> bool:
        """Tell whether the relay has a whole file that begins with these bytes, whoever brought it there.

        Raises:
            BabiluError: The relay is gone.
        """
        try:
            first = partial(_get, entry.blob, entry.token, 0)
            data = wait_for(self._loop.run(self._connected().request(first, BlobData)))
        except BabiluError as error:
            if error.code is ErrorCode.NOT_FOUND:
                return False
            raise
        return data.part == beginning

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
        connection = await login.pins.connect(login.host, login.port, self._limits, self._randomness)
        try:
            body = encode_shape(LoginDeviceBody(login.name, login.device))
            transcript = login_transcript(connection.hello, connection.welcome_body, connection.certificate, body)
            signature = sign_login(login.signing, Signer.DEVICE, transcript)
            await connection.request(lambda number: LoginTransfer(number, body, signature), Ok)
        except BaseException:
            await connection.abandoned()
            raise
        return connection


def _create(blob: BlobId, size: int, number: int) -> ClientFrame:
    return BlobCreate(number, blob, size)


def _put(blob: BlobId, offset: int, part: bytes, number: int) -> ClientFrame:
    return BlobPut(number, blob, offset, part)


def _get(blob: BlobId, token: bytes, offset: int, number: int) -> ClientFrame:
    return BlobGet(number, blob, token, offset)


def _submit(
    connection: RelayConnection, questions: Sequence[_Question], kind: type[F], came: Callable[[_Came[F]], None]
) -> None:
    """Send questions, and tell what comes of each."""
    for place, make in questions:
        try:
            answer = connection.submit(make)
        except BabiluError as error:
            came((place, error))
        else:
            answer.add_done_callback(partial(_pass_on, place, kind, came))


def _pass_on(place: int, kind: type[F], came: Callable[[_Came[F]], None], answer: "asyncio.Future[RelayFrame]") -> None:
    try:
        frame = answer.result()
    except BabiluError as error:
        came((place, error))
    except asyncio.CancelledError:
        came((place, LinkError(ErrorCode.CLOSED, "The connection was closed here.")))
    else:
        if isinstance(frame, kind):
            came((place, frame))
        else:
            malformed = ProtocolError(ErrorCode.MALFORMED, "The relay answered something else than was asked.")
            came((place, malformed))
