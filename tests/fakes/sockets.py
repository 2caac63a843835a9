"""A client served on a local socket of a test's own, and others attached to it; all of it ends with the test."""

import asyncio
import socket
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from babilu.api.client import ChatClient
from babilu.api.events import Event
from babilu.crypto.secret import Passphrase
from babilu.engine.runtime.loop_thread import LoopThread
from babilu.rpc.client import AttachedClient
from babilu.rpc.methods import Attachment, api_digest
from babilu.rpc.server import Server
from babilu.rpc.session import Hosted

PASSPHRASE = Passphrase("correct horse")
DEADLINE_S = 10.0


class Host:
    """Serves a client.

    Args:
        client: The client; not closed with the host.
        folder: Where the socket is made.
        api: What the host says that its methods look like.
        stop: What callers can end.
    """

    def __init__(
        self, client: ChatClient, folder: Path, *, api: str | None = None, stop: Callable[[], None] | None = None
    ) -> None:
        self.path = folder / "socket"
        self._cursor = 0
        self._following = client.subscribe(self._follow, since=0)
        self._attached: list[AttachedClient] = []
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(self.path))
        self._listening.listen()
        self._thread = LoopThread()
        self._thread.start()
        attachment = Attachment("alice", 1, stop is not None, "1.2.3", api or api_digest())
        self._server = Server(self._listening, Hosted(client, attachment, lambda: self._cursor, stop))
        self._thread.run(self._server.start()).result(DEADLINE_S)
        self._ended = False

    def _follow(self, cursor: int, event: Event) -> None:
        del event
        self._cursor = cursor

    def connect(self) -> socket.socket:
        """Connect without a word; the caller closes it."""
        connected = socket.socket(socket.AF_UNIX)
        connected.settimeout(DEADLINE_S)
        connected.connect(str(self.path))
        return connected

    def attach(self, passphrase: Passphrase = PASSPHRASE) -> AttachedClient:
        """Attach a client; it is closed with the test."""
        thread = LoopThread()
        thread.start()
        client = AttachedClient(thread)
        self._attached.append(client)
        connected = self.connect()
        connected.setblocking(False)
        client.attach(connected, passphrase)
        return client

    def end(self) -> None:
        """End as a host does that says why; what is attached stays open."""
        if not self._ended:
            self._thread.run(self._server.stop()).result(DEADLINE_S)
            self._leave()

    def die(self) -> None:
        """End without a word, as a process that was killed."""
        self._thread.run(self._cut()).result(DEADLINE_S)
        self._leave()

    async def _cut(self) -> None:
        gone = [connection.gone for connection in self._server._connections]
        for connection in self._server._connections:
            connection._abort()
        if gone:
            await asyncio.wait(gone, timeout=DEADLINE_S)

    def _leave(self) -> None:
        self._ended = True
        self._following.cancel()
        self._thread.stop()
        self._listening.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.end()
        for client in self._attached:
            client.close()
