"""The far ends of connections, played by hand: bytes and frames over real sockets, and the owner of a near end."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import msgspec
import pytest

from babilu.kernel.errors import BabiluError
from babilu.kernel.limits import LENGTH_BYTES
from babilu.net.tls import ephemeral_server_context
from babilu.wire.codec import Codec, MalformedFrameError, encode
from babilu.wire.framing import frame

DEADLINE_S = 30.0

T = TypeVar("T")


@dataclass
class FarEnd:
    """The other end of a connection: it reads and writes what the test says, and nothing else."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    certificate: bytes = b""

    async def read_body(self) -> bytes:
        async with asyncio.timeout(DEADLINE_S):
            length = await self.reader.readexactly(LENGTH_BYTES)
            return await self.reader.readexactly(int.from_bytes(length, "big"))

    async def read(self, codec: Codec[T]) -> T:
        return codec.decode(await self.read_body())

    async def read_to_end(self) -> bytes:
        async with asyncio.timeout(DEADLINE_S):
            return await self.reader.read()

    def write(self, *messages: msgspec.Struct) -> None:
        self.writer.write(b"".join(frame(encode(message)) for message in messages))


@dataclass
class Owner(Generic[T]):
    """Who is told what a channel receives; every wait has a deadline."""

    received: list[T] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    unknown: list[MalformedFrameError] = field(default_factory=list)
    losses: list[BabiluError] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def take(self, message: T, body: bytes) -> None:
        self.received.append(message)
        self.bodies.append(body)
        self._news.set()

    def lose(self, reason: BabiluError) -> None:
        self.losses.append(reason)
        self._news.set()

    def miss(self, error: MalformedFrameError) -> None:
        self.unknown.append(error)
        self._news.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(DEADLINE_S):
            while not condition():
                self._news.clear()
                await self._news.wait()


class Hurry:
    """The running loop's time, which a test lets pass: what is due later comes at once, however busy the machine is.

    Attributes:
        ahead: Seconds by which the loop's time is ahead.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        loop = asyncio.get_running_loop()
        steady = loop.time
        self.ahead = 0.0
        monkeypatch.setattr(loop, "time", lambda: steady() + self.ahead)


async def far_end() -> tuple[socket.socket, FarEnd]:
    """Make a pair of connected sockets: the near one for whatever is tried, the far one to play."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    return ours, FarEnd(*await asyncio.open_connection(sock=theirs))


Script = Callable[[FarEnd], Awaitable[None]]


@asynccontextmanager
async def scripted_server(
    script: Script, context: ssl.SSLContext | None = None, certificate: bytes = b""
) -> AsyncIterator["Scripted"]:
    """Serve each connection by a script, over TLS; a failure in the script fails the test."""
    if context is None:
        context, certificate = ephemeral_server_context()
    scripted = Scripted(certificate)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        end = FarEnd(reader, writer, certificate)
        task = asyncio.current_task()
        assert task is not None
        scripted.tasks.append(task)
        try:
            await script(end)
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    scripted.port = server.sockets[0].getsockname()[1]
    try:
        yield scripted
    finally:
        server.close()
        await asyncio.wait_for(asyncio.gather(*scripted.tasks), DEADLINE_S)


@dataclass
class Scripted:
    certificate: bytes
    port: int = 0
    tasks: "list[asyncio.Task[object]]" = field(default_factory=list)
