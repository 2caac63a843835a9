"""Server of the local socket: callers are of the same user, prove the passphrase, and never make the host wait.

A caller that does not read loses its events first and its connection then; the client that is served notices nothing.
"""

import asyncio
import logging
import os
import socket
from collections import deque
from collections.abc import Callable
from typing import Final, cast

from babilu.kernel.errors import BabiluError, ErrorCode, LinkError
from babilu.local_socket import peer_uid
from babilu.rpc.line_reader import LineReader
from babilu.rpc.messages import LINE_BYTES_MAX
from babilu.rpc.session import Hosted, Session

log = logging.getLogger(__name__)

CONNECTIONS_MAX: Final = 64
UNDER_WAY_MAX: Final = 128
"""Requests of one connection that are carried out at a time; the next ones wait in the socket."""

ANSWERS_BYTES_MAX: Final = 8 * 1024 * 1024
"""Answers that may wait for a caller before it is asked to read them first."""

EVENTS_BYTES_MAX: Final = 32 * 1024 * 1024
"""Events that may wait for a caller."""

ATTACH_S: Final = 30.0
LAST_WORDS_S: Final = 5.0
"""How long a connection that ends may take to be read to its end."""


class Server:
    """Serves a client to whoever connects.

    Args:
        listening: A Unix socket that listens; closed with the server.
        hosted: The client.
    """

    def __init__(self, listening: socket.socket, hosted: Hosted) -> None:
        self._listening = listening
        self._listening.setblocking(False)
        self._hosted = hosted
        self._connections: set[_Connection] = set()
        self._accepting: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Accept connections from now on; those who have come already are first."""
        self._accepting = asyncio.get_running_loop().create_task(self._accept())

    async def stop(self) -> None:
        """Tell everybody that the host ends, and leave them."""
        if self._accepting is not None:
            self._accepting.cancel()
            await asyncio.wait([self._accepting])
        self._listening.close()
        gone = [connection.gone for connection in self._connections]
        for connection in tuple(self._connections):
            connection.end(LinkError(ErrorCode.HOST_ENDED, "The program that held the profile open has ended."))
        if gone:
            await asyncio.wait(gone, timeout=LAST_WORDS_S)

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                accepted, _ = await loop.sock_accept(self._listening)
            except OSError as error:
                log.warning("nobody can attach for a moment: %s", error.strerror)
                await asyncio.sleep(1)
                continue
            uid = peer_uid(accepted)
            if (uid is not None and uid != os.geteuid()) or len(self._connections) >= CONNECTIONS_MAX:
                log.warning("a connection to the local socket was refused")
                accepted.close()
                continue
            await loop.connect_accepted_socket(self._connect, accepted)

    def _connect(self) -> "_Connection":
        connection = _Connection(self._hosted, self._connections.discard)
        self._connections.add(connection)
        return connection


class _Connection(asyncio.Protocol):
    """One caller's connection, and the outlet of its session."""

    def __init__(self, hosted: Hosted, left: "Callable[[_Connection], None]") -> None:
        self._loop = asyncio.get_running_loop()
        self.gone: asyncio.Future[None] = self._loop.create_future()
        self._left = left
        self._session = Session(hosted, self, self._post, locked=True)
        self._lines = LineReader(LINE_BYTES_MAX)
        self._transport: asyncio.Transport | None = None
        self._waiting: deque[tuple[bytes, bool]] = deque()
        self._events_bytes = self._answers_bytes = 0
        self._writing = True
        self._reading = True
        self._closing = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # what a stream has; uvloop's is no subclass
        self._loop.call_later(ATTACH_S, self._look_whether_attached)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the caller."""
        del exc
        self._transport = None
        self._session.end()
        self._left(self)
        if not self.gone.done():
            self.gone.set_result(None)

    def data_received(self, data: bytes) -> None:
        """Take what the caller says."""
        self._lines.feed(data)
        self._take_lines()

    def pause_writing(self) -> None:
        """Keep what is to be sent: the caller does not read."""
        self._writing = False

    def resume_writing(self) -> None:
        """Go on sending."""
        self._writing = True
        while self._waiting and self._writing and self._transport is not None:
            line, is_event = self._waiting.popleft()
            self._count(-len(line), is_event=is_event)
            self._transport.write(line)
        self._close_when_sent()
        self._take_lines()

    def end(self, error: BabiluError) -> None:
        """Tell the caller why, and leave it."""
        self._session.end(error)

    # The outlet.

    def send(self, line: bytes) -> None:
        self._send(line, is_event=False)

    def send_event(self, line: bytes) -> bool:
        """Send an event; False where too many of them wait."""
        if self._events_bytes + len(line) > EVENTS_BYTES_MAX:
            return False
        self._send(line, is_event=True)
        return True

    def close(self) -> None:
        """Close once everything is sent, or after a while."""
        self._closing = True
        self._loop.call_later(LAST_WORDS_S, self._abort)
        self._close_when_sent()

    def _send(self, line: bytes, *, is_event: bool) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        if self._writing and not self._waiting:
            self._transport.write(line)
        else:
            self._waiting.append((line, is_event))
            self._count(len(line), is_event=is_event)

    def _count(self, size: int, *, is_event: bool) -> None:
        if is_event:
            self._events_bytes += size
        else:
            self._answers_bytes += size

    def _close_when_sent(self) -> None:
        if self._closing and not self._waiting and self._transport is not None:
            self._transport.close()

    def _abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    # The session's context.

    def _post(self, act: Callable[[], None]) -> None:
        try:
            self._loop.call_soon_threadsafe(self._run, act)
        except RuntimeError:
            # After the end of the loop nobody is left to be told.
            if not self._loop.is_closed():
                raise

    def _run(self, act: Callable[[], None]) -> None:
        act()
        self._take_lines()

    def _take_lines(self) -> None:
        """Take as many lines as may be under way together; the rest waits, and the caller with it."""
        try:
            while not self._closing and self._has_room:
                line = self._lines.next()
                if line is None:
                    break
                self._session.take(line)
        except BabiluError as error:
            self.end(error)
        self._read(wanted=self._has_room and not self._closing)

    @property
    def _has_room(self) -> bool:
        return self._session.under_way < UNDER_WAY_MAX and self._answers_bytes < ANSWERS_BYTES_MAX

    def _read(self, *, wanted: bool) -> None:
        if wanted is self._reading or self._transport is None or self._transport.is_closing():
            return
        self._reading = wanted
        if wanted:
            self._transport.resume_reading()
        else:
            self._transport.pause_reading()

    def _look_whether_attached(self) -> None:
        if self._session.is_locked:
            self.end(LinkError(ErrorCode.UNAVAILABLE, "Nobody attached in time."))
