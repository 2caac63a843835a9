"""Man-in-the-middle proxy between relay and clients: it has the relay's own key, so no certificate gives it away.

It reads every frame and may change, hold, double or invent any. What it leaves alone goes on byte for byte, since
logins are signed over exact bytes. A wiretap before it keeps what anybody on the network could have kept.
"""

import asyncio
import ssl
from collections.abc import Callable, Coroutine, Iterable
from typing import Final, TypeVar

from babilu.engine.runtime.loop_thread import log_defect
from babilu.identity.codec import decode_shape
from babilu.identity.login import LoginBody, LoginDeviceBody, RegisterBody
from babilu.kernel.limits import Limits
from babilu.net.tls import client_context
from babilu.wire.client_frames import ClientFrame, Login, LoginDevice, LoginTransfer, Register
from babilu.wire.codec import Codec, client_frames, encode, relay_frames
from babilu.wire.framing import FrameReader, frame
from babilu.wire.relay_frames import LoggedIn, RelayFrame

M = TypeVar("M")

LOOPBACK: Final = "127.0.0.1"
CHUNK: Final = 64 * 1024

Down = Callable[[str, RelayFrame], Iterable[RelayFrame]]
"""Makes of a frame for an account (an empty name before the login) what is sent instead."""

Up = Callable[[str, ClientFrame], Iterable[ClientFrame]]
"""Makes of a frame of an account what the relay gets instead."""


def leave_down(_: str, message: RelayFrame) -> Iterable[RelayFrame]:
    """Change nothing."""
    return (message,)


def leave_up(_: str, message: ClientFrame) -> Iterable[ClientFrame]:
    """Change nothing."""
    return (message,)


class MitmProxy:
    """Listens in the relay's place, and passes on what it is given.

    Attributes:
        down: What is done to the relay's frames; may be replaced at any time.
        up: What is done to clients' frames; may be replaced at any time.
        seen: Bodies of all frames in both directions, as the operator reads them.
        tapped: Bytes of all connections, as the network carries them.
        said: Frames of clients with their account, before any change.
        told: Frames of the relay with the account they are for, before any change.
        port: Where it listens.
    """

    def __init__(self, limits: Limits) -> None:
        self.down: Down = leave_down
        self.up: Up = leave_up
        self.seen = bytearray()
        self.tapped = bytearray()
        self.said: list[tuple[str, ClientFrame]] = []
        self.told: list[tuple[str, RelayFrame]] = []
        self.port = 0
        self._limits = limits
        self._relay_port = 0
        self._inner = 0
        self._lines: dict[str, _Line] = {}
        self._writers: set[asyncio.StreamWriter] = set()
        self._servers: list[asyncio.Server] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, context: ssl.SSLContext, relay_port: int) -> None:
        """Listen with a certificate, before the relay at a port of this machine."""
        self._relay_port = relay_port
        await self.show(context)
        outer = await asyncio.start_server(self._kept(self._tap), LOOPBACK, 0)
        self._servers.append(outer)
        self.port = outer.sockets[0].getsockname()[1]

    async def show(self, context: ssl.SSLContext) -> None:
        """Show this certificate from now on; whoever is connected must come again."""
        server = await asyncio.start_server(self._kept(self._serve), LOOPBACK, 0, ssl=context)
        self._servers.append(server)
        self._inner = server.sockets[0].getsockname()[1]
        for writer in list(self._writers):
            writer.transport.abort()

    async def stop(self) -> None:
        """Close everything."""
        for server in self._servers:
            server.close()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def push(self, name: str, message: RelayFrame) -> None:
        """Say something to an account that nobody asked for; nothing where it is not connected."""
        line = self._lines.get(name)
        if line is not None:
            line.say(message)

    def _kept(
        self, serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[None, None, None]]
    ) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], None]:
        def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.get_running_loop().create_task(serve(reader, writer))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            task.add_done_callback(log_defect)

        return begin

    async def _tap(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection(LOOPBACK, self._inner)
        except OSError:
            writer.close()
            return
        self._writers.add(writer)
        ways = copy(reader, back, self.tapped.extend), copy(there, writer, self.tapped.extend)
        try:
            await both(*ways, writers=(writer, back))
        finally:
            self._writers.discard(writer)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection(
                LOOPBACK, self._relay_port, ssl=client_context(), server_hostname=""
            )
        except OSError:
            writer.close()
            return
        line = _Line(self, writer, back, self._limits)
        try:
            await both(line.listen_up(reader), line.listen_down(there), writers=(writer, back))
        finally:
            if self._lines.get(line.name) is line:
                del self._lines[line.name]

    def know(self, line: "_Line") -> None:
        """Remember by which connection an account's device is told things."""
        self._lines[line.name] = line


class _Line:
    """One client's connection, and the one to the relay that belongs to it."""

    def __init__(
        self, proxy: MitmProxy, client: asyncio.StreamWriter, relay: asyncio.StreamWriter, limits: Limits
    ) -> None:
        self.name = ""
        self._proxy = proxy
        self._client = client
        self._relay = relay
        self._limits = limits

    def say(self, message: RelayFrame) -> None:
        """Write a frame to the client."""
        self._client.write(frame(encode(message)))

    async def listen_up(self, reader: asyncio.StreamReader) -> None:
        """Pass on what the client says."""

        def take(body: bytes, message: ClientFrame) -> None:
            self._know(message)
            self._proxy.said.append((self.name, message))
            for each in self._proxy.up(self.name, message):
                self._relay.write(frame(body if each is message else encode(each)))

        await self._listen(reader, client_frames, take)

    async def listen_down(self, reader: asyncio.StreamReader) -> None:
        """Pass on what the relay says."""

        def take(body: bytes, message: RelayFrame) -> None:
            if isinstance(message, LoggedIn):
                self._proxy.know(self)
            self._proxy.told.append((self.name, message))
            for each in self._proxy.down(self.name, message):
                self._client.write(frame(body if each is message else encode(each)))

        await self._listen(reader, relay_frames, take)

    async def _listen(self, reader: asyncio.StreamReader, codec: Codec[M], take: Callable[[bytes, M], None]) -> None:
        cutter = FrameReader(self._limits)
        while octets := await reader.read(CHUNK):
            for body in list(cutter.feed(octets)):
                self._proxy.seen.extend(body)
                take(bytes(body), codec.decode(body))

    def _know(self, message: ClientFrame) -> None:
        match message:
            case Register(body=body):
                self.name = decode_shape(body, RegisterBody).name
            case Login(body=body):
                self.name = decode_shape(body, LoginBody).name
            case LoginDevice(body=body) | LoginTransfer(body=body):
                self.name = decode_shape(body, LoginDeviceBody).name
            case _:
                pass


async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, keep: Callable[[bytes], object]) -> None:
    """Pass bytes on until there are no more, and keep them."""
    while octets := await reader.read(CHUNK):
        keep(octets)
        writer.write(octets)


async def both(*ways: Coroutine[None, None, None], writers: tuple[asyncio.StreamWriter, ...]) -> None:
    """Run both directions until one ends; then the whole line is closed."""
    tasks = [asyncio.ensure_future(way) for way in ways]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for writer in writers:
            writer.close()
