"""A TCP proxy that spoils connections on purpose: each new connection meets the fault that its plan gives it.

What a connection suffers is decided before it begins, by numbers of bytes and milliseconds: with the same plan the
same bytes meet the same fault.
"""

import asyncio
import contextlib
import random
import socket
import struct
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from dataclasses import dataclass
from enum import Enum, unique
from typing import Any, Self, TypeVar, assert_never

R = TypeVar("R")

CHUNK = 64 * 1024
STOP_S = 10.0


@unique
class Way(Enum):
    """A direction through the proxy."""

    UP = "up"
    DOWN = "down"


@dataclass(frozen=True)
class Clean:
    """Nothing happens."""


@dataclass(frozen=True)
class Delay:
    """Everything comes later, by up to so many milliseconds."""

    milliseconds: int


@dataclass(frozen=True)
class Dribble:
    """So many bytes come at a time, with pauses, up to a number of bytes; then all is well."""

    piece: int
    milliseconds: int
    up_to: int


@dataclass(frozen=True)
class Cut:
    """After so many bytes of one direction both ends see the connection closed."""

    way: Way
    after: int


@dataclass(frozen=True)
class Reset:
    """After so many bytes of one direction both ends see the connection reset."""

    way: Way
    after: int


@dataclass(frozen=True)
class HalfClose:
    """After so many bytes of one direction that direction ends, and the other goes on."""

    way: Way
    after: int


@dataclass(frozen=True)
class Stall:
    """After so many bytes of one direction nothing comes through any more, and nothing is closed."""

    way: Way
    after: int


@dataclass(frozen=True)
class Silent:
    """The connection is accepted, and nobody ever says anything."""


Fault = Clean | Delay | Dribble | Cut | Reset | HalfClose | Stall | Silent


def fault_of(seed: int) -> Fault:
    """Choose a fault; small numbers of bytes fall into the handshakes, large ones into the conversation."""
    chance = random.Random(seed)
    way = chance.choice(list(Way))
    after = int(2 ** chance.uniform(0, 15.5))
    match chance.randrange(6):
        case 0:
            return Delay(chance.randrange(1, 80))
        case 1:
            return Dribble(chance.randrange(1, 200), chance.randrange(1, 10), after)
        case 2:
            return Cut(way, after)
        case 3:
            return Reset(way, after)
        case 4:
            return HalfClose(way, after)
        case _:
            return Stall(way, after)


class Proxy:
    """Listens on a free port of this machine and passes on to a target.

    Args:
        target: Host and port.
        plan: Gives the fault of the n-th connection, from 0.
        capture: Whether to keep all that passes.

    Attributes:
        captured: What has passed, if it is kept.
        connections: How many connections there were.
        passed: How many bytes went each way, on all of them together.
    """

    def __init__(
        self,
        target: tuple[str, int],
        plan: Callable[[int], Fault] = lambda _: Clean(),
        *,
        capture: bool = False,
    ) -> None:
        self.plan = plan
        self.connections = 0
        self.passed = {Way.UP: 0, Way.DOWN: 0}
        self.captured = bytearray()
        self._target = target
        self._capture = capture
        self._loop = asyncio.new_event_loop()
        self._links: set[_Link] = set()
        self._thread = threading.Thread(target=self._run, name="proxy")
        self._server: asyncio.Server
        self.address = ("", 0)

    def __enter__(self) -> Self:
        self._thread.start()
        self._do(self._start())
        return self

    def __exit__(self, *exception: object) -> None:
        self._do(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(STOP_S)

    @property
    def words(self) -> tuple[str, str]:
        """The address as words of a command line."""
        return self.address[0], str(self.address[1])

    def aim(self, target: tuple[str, int]) -> None:
        """Pass new connections on to another target."""
        self._target = target

    def spoil(self, plan: Callable[[int], Fault]) -> None:
        """End all connections, and give the next ones, counted from 0, another plan."""
        self._do(self._change(plan))

    def cut(self) -> None:
        """End all connections."""
        self._do(self._cut())

    def freeze(self) -> None:
        """Let nothing through on the present connections, nor on those to come, and close none."""
        self.plan = lambda _: Silent()
        for link in list(self._links):
            self._loop.call_soon_threadsafe(link.freeze)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        self._loop.close()

    def _do(self, work: Coroutine[Any, Any, R]) -> R:
        future: Future[R] = asyncio.run_coroutine_threadsafe(work, self._loop)
        return future.result(STOP_S)

    async def _start(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        host, port = self._server.sockets[0].getsockname()
        self.address = (str(host), int(port))

    async def _stop(self) -> None:
        self._server.close()
        await self._cut()
        await self._server.wait_closed()

    async def _change(self, plan: Callable[[int], Fault]) -> None:
        await self._cut()
        self.plan = plan
        self.connections = 0

    async def _cut(self) -> None:
        links = list(self._links)
        for link in links:
            link.end()
        if links:
            await asyncio.wait([link.task for link in links])

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        fault = self.plan(self.connections)
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        link = _Link(fault, task, self.passed, self.captured if self._capture else None)
        self._links.add(link)
        link.reconfigure(writer)
        try:
            await link.run(reader, writer, self._target)
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            link.close()
            self._links.discard(link)


class _Link:
    """One connection through the proxy."""

    def __init__(
        self, fault: Fault, task: "asyncio.Task[None]", all_passed: dict[Way, int], captured: bytearray | None
    ) -> None:
        self.task = task
        self._fault = fault
        self._all_passed = all_passed
        self._captured = captured
        self._writers: list[asyncio.StreamWriter] = []
        self._passed = {Way.UP: 0, Way.DOWN: 0}
        self._chance = random.Random(repr(fault))
        self._open = asyncio.Event()
        self._open.set()

    def freeze(self) -> None:
        self._open.clear()

    def reconfigure(self, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)

    def end(self) -> None:
        self.task.cancel()

    def close(self, *, reset: bool = False) -> None:
        for writer in self._writers:
            if reset:
                made: socket.socket = writer.get_extra_info("socket")
                with contextlib.suppress(OSError):
                    made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort() if reset else writer.close()

    async def run(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, target: tuple[str, int]) -> None:
        if isinstance(self._fault, Silent):
            await asyncio.get_running_loop().create_future()
        far_reader, far_writer = await asyncio.open_connection(*target)
        self.reconfigure(far_writer)
        pumps = [
            asyncio.ensure_future(self._pump(Way.UP, reader, far_writer)),
            asyncio.ensure_future(self._pump(Way.DOWN, far_reader, writer)),
        ]
        try:
            await asyncio.gather(*pumps)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)

    async def _pump(self, way: Way, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(CHUNK):
            await self._open.wait()
            if not await self._pass(way, chunk, writer):
                return
        with contextlib.suppress(OSError):
            writer.write_eof()

    async def _pass(self, way: Way, chunk: bytes, writer: asyncio.StreamWriter) -> bool:
        """Pass a chunk on as the fault has it; False where the direction has ended."""
        match self._fault:
            case Clean() | Silent():
                await self._write(way, chunk, writer)
            case Delay(milliseconds):
                await asyncio.sleep(self._chance.uniform(0, milliseconds) / 1000)
                await self._write(way, chunk, writer)
            case Dribble(piece, milliseconds, up_to):
                while chunk and self._passed[way] < up_to:
                    await self._write(way, chunk[:piece], writer)
                    chunk = chunk[piece:]
                    await asyncio.sleep(milliseconds / 1000)
                await self._write(way, chunk, writer)
            case Cut(at, after) | Reset(at, after) | HalfClose(at, after) | Stall(at, after):
                if way is not at or self._passed[way] + len(chunk) < after:
                    await self._write(way, chunk, writer)
                    return True
                await self._write(way, chunk[: after - self._passed[way]], writer)
                return await self._strike(writer)
            case _:
                assert_never(self._fault)
        return True

    async def _strike(self, writer: asyncio.StreamWriter) -> bool:
        match self._fault:
            case Cut():
                self.end()
            case Reset():
                self.close(reset=True)
                self.end()
            case HalfClose():
                writer.write_eof()
            case _:
                await asyncio.get_running_loop().create_future()
        return False

    async def _write(self, way: Way, octets: bytes, writer: asyncio.StreamWriter) -> None:
        self._passed[way] += len(octets)
        self._all_passed[way] += len(octets)
        if self._captured is not None:
            self._captured += octets
        writer.write(octets)
        await writer.drain()
