"""One thread, one clock that stands still, and pipes in place of sockets: whatever runs here runs the same way again.

The loop is asyncio's own, but its time is set by whoever drives it, and its connections are pairs of pipes that carry
bytes only when told to. So the product's own connections, timers and tasks run unchanged, in an order that a test
chooses.
"""

import asyncio
import contextvars
import hashlib
import socket
from collections import deque
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from babilu.kernel.limits import Limits
from babilu.net.direct_socket import DirectSocket
from babilu.net.racing import Target

R = TypeVar("R")

EPOCH_MS = 1_795_337_792_000


TURNS = 20_000
"""Most turns of the loop at one moment: more is something that runs for ever."""


class Crash(BaseException):
    """Ends a life in the middle of what it does."""


class Run:
    """One run of a process; what it began ends with it.

    Attributes:
        is_over: Whether it has ended.
    """

    def __init__(self) -> None:
        self.is_over = False


RUN: "contextvars.ContextVar[Run | None]" = contextvars.ContextVar("run", default=None)
"""Whose work is being done; tasks and callbacks inherit it from what made them."""


class Draws:
    """Random bytes that come out the same in every run."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._count = 0

    def token(self, size: int) -> bytes:
        self._count += 1
        return hashlib.shake_128(f"{self._seed} {self._count}".encode()).digest(size)


class StandingClock:
    """The time; it passes only by `pass_ms`."""

    def __init__(self) -> None:
        self._ms = EPOCH_MS

    def now_ms(self) -> int:
        return self._ms

    def monotonic_ms(self) -> int:
        return self._ms

    def pass_ms(self, ms: int) -> None:
        self._ms += ms


class SkewedClock:
    """A clock that is ahead of the time, or behind it; it goes as fast."""

    def __init__(self, clock: StandingClock, ahead_ms: int) -> None:
        self._clock = clock
        self._ahead_ms = ahead_ms

    def now_ms(self) -> int:
        return self._clock.now_ms() + self._ahead_ms

    def monotonic_ms(self) -> int:
        return self._clock.monotonic_ms()


@dataclass
class Listener:
    """Who listens at an address: builds the protocol of a connection, and shows a certificate."""

    accept: Callable[[], asyncio.BaseProtocol]
    certificate: bytes
    context: contextvars.Context = field(default_factory=contextvars.copy_context)


class Loop(asyncio.SelectorEventLoop):
    """An event loop whose time stands still and whose connections are `Wire`s."""

    def __init__(self, clock: StandingClock) -> None:
        super().__init__()
        self._standing = clock
        # A timer is due at its very moment: the time does not come a little later by itself.
        self.__dict__["_clock_resolution"] = 1e-6
        self.listening: dict[tuple[str, int], Listener] = {}
        self.wires: list[Wire] = []
        self.defects: list[str] = []
        self.set_exception_handler(self._take_note)

    def time(self) -> float:
        return (self._standing.now_ms() - EPOCH_MS) / 1000

    def _take_note(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        # Tasks of processes that were killed are left behind, as their memory is.
        if not isinstance(error, Crash | asyncio.CancelledError) and "was destroyed" not in str(context["message"]):
            self.defects.append(f"{context.get('message')}: {error!r}")

    def settle(self) -> None:
        """Run until nothing is left to do at this moment."""
        ready = cast("deque[object]", self.__dict__["_ready"])
        for _ in range(TURNS):
            # Where most timers are cancelled, asyncio puts another list in this one's place.
            scheduled = cast("list[asyncio.TimerHandle]", self.__dict__["_scheduled"])
            if not ready and not (scheduled and scheduled[0].when() <= self.time()):
                return
            self.call_soon(self.stop)
            self.run_forever()
        raise AssertionError(f"something runs for ever: {list(ready)} {self.__dict__['_scheduled'][:3]}")

    def run(self, coroutine: Coroutine[Any, Any, R]) -> R:
        """Run a coroutine that waits for nothing but this moment's work."""
        task = self.create_task(coroutine)
        self.settle()
        return task.result()

    async def create_connection(  # type: ignore[override]  # only what our own code asks for
        self, protocol_factory: Callable[[], asyncio.BaseProtocol], *, sock: tuple[str, int], **_: object
    ) -> tuple[asyncio.BaseTransport, asyncio.BaseProtocol]:
        run = RUN.get()
        listener = self.listening.get(sock)
        if listener is None or run is None or run.is_over:
            raise ConnectionRefusedError
        caller = protocol_factory()
        answerer = listener.context.run(listener.accept)
        wire = Wire(self, sock, listener.certificate)
        wire.ends = (
            End(wire, 0, caller, contextvars.copy_context()),
            End(wire, 1, answerer, listener.context.copy()),
        )
        self.wires.append(wire)
        wire.ends[1].context.run(answerer.connection_made, wire.ends[1])
        caller.connection_made(wire.ends[0])
        return wire.ends[0], caller


class Named(tuple[str, int]):
    """Address in place of a socket that is connected with it."""

    __slots__ = ()
    family = socket.AF_INET


async def open_socket(host: str, port: int) -> Named:
    """Name an address in place of a connected socket: nothing here leaves this process."""
    return Named((host, port))


async def is_gone(target: Target) -> bool:
    """Find every machine where it was: what ends a connection here is the line, or a process that comes back."""
    del target
    return False


class Wire:
    """A connection: what one end writes, the other reads once it is carried there."""

    ends: "tuple[End, End]"

    def __init__(self, loop: Loop, address: tuple[str, int], certificate: bytes) -> None:
        self.address = address
        self.certificate = certificate
        self.loop = loop

    @property
    def is_open(self) -> bool:
        return not all(end.is_gone for end in self.ends)

    def carry(self, to: int, chunks: int, last_bytes: int | None = None) -> bool:
        """Bring chunks to one of the ends; of the last one perhaps only a few bytes. Tells whether anything moved."""
        end = self.ends[to]
        moved = False
        for place in range(chunks):
            if not end.arriving or end.is_gone or end.is_paused:
                break
            chunk = end.arriving.popleft()
            moved = True
            if chunk is None:
                self.loop.call_soon(end.lose, context=end.context)
                break
            if last_bytes is not None and place == chunks - 1 and last_bytes < len(chunk):
                end.arriving.appendleft(chunk[last_bytes:])
                chunk = chunk[:last_bytes]
            self.loop.call_soon(end.read, chunk, context=end.context)
        return moved

    def cut(self) -> None:
        """End the connection; what is on its way is lost."""
        for end in self.ends:
            end.arriving.clear()
            self.loop.call_soon(end.lose, context=end.context)


class End(asyncio.Transport):
    """One end of a wire, as a transport."""

    def __init__(self, wire: Wire, place: int, protocol: asyncio.BaseProtocol, context: contextvars.Context) -> None:
        super().__init__()
        self.wire = wire
        self.context = context
        self.run = context.get(RUN)
        self.arriving: deque[bytes | None] = deque()
        self.is_gone = False
        self.is_paused = False
        self._place = place
        self.protocol = protocol
        self._closing = False

    @property
    def _other(self) -> "End":
        return self.wire.ends[1 - self._place]

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        match name:
            case "peername":
                return self.wire.address
            case "ssl_object":
                return self
            case "socket":
                return _NoSocket()
            case _:
                return default

    def getpeercert(self, *, binary_form: bool) -> bytes:
        assert binary_form
        return self.wire.certificate

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if not self._closing and not self.is_gone and not self._other.is_gone:
            self._other.arriving.append(bytes(data))

    def is_closing(self) -> bool:
        return self._closing or self.is_gone

    def close(self) -> None:
        if not self._closing:
            self._closing = True
            self._other.arriving.append(None)
            self.wire.loop.call_soon(self.lose, context=self.context)

    def die(self) -> None:
        """End with the process: the protocol hears nothing of it, the other end does."""
        if not self.is_gone:
            self.is_gone = True
            self._other.arriving.append(None)

    def abort(self) -> None:
        self.close()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    def pause_reading(self) -> None:
        self.is_paused = True

    def resume_reading(self) -> None:
        self.is_paused = False

    def read(self, chunk: bytes) -> None:
        """Give the protocol what has come."""
        if self.is_gone:
            return
        match self.protocol:
            case asyncio.BufferedProtocol() as buffered:
                for start in range(0, len(chunk), 64 * 1024):
                    part = chunk[start : start + 64 * 1024]
                    room = memoryview(buffered.get_buffer(len(part)))
                    room[: len(part)] = part
                    buffered.buffer_updated(len(part))
            case asyncio.Protocol() as plain:
                plain.data_received(chunk)

    def lose(self) -> None:
        """Tell the protocol that the connection is gone, once."""
        if not self.is_gone:
            self.is_gone = True
            self.protocol.connection_lost(None)


class _NoSocket:
    """Stands where a socket is, whose options mean nothing here."""

    def setsockopt(self, *_: object) -> None:
        pass


class Errands:
    """A worker whose thread is the loop: in order, one job after the other, while its life lasts."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._loop = asyncio.get_running_loop()

    def start(self) -> None:
        pass

    def post(self, job: Callable[[], object]) -> bool:
        self._loop.call_soon(job)
        return True

    def ask(self, function: Callable[[], R]) -> "Future[R]":
        future: Future[R] = Future()
        self.post(lambda: _settle(future, function))
        return future


def _settle(future: "Future[R]", function: Callable[[], R]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = function()
    except Exception as error:  # noqa: BLE001 -- whoever asked is told
        future.set_exception(error)
    else:
        future.set_result(result)


@dataclass
class LoopHere:
    """What a client knows as its loop's thread: here it is the only one."""

    loop: Loop
    tasks: "set[asyncio.Task[Any]]" = field(default_factory=set)

    def call(self, function: Callable[..., object], *arguments: object) -> None:
        self.loop.call_soon(lambda: function(*arguments))

    def run(self, coroutine: Coroutine[Any, Any, R]) -> "Future[R]":
        future: Future[R] = Future()
        task = self.loop.create_task(coroutine)

        def done(ended: "asyncio.Task[R]") -> None:
            error = ended.exception()
            if error is not None:
                future.set_exception(error)
            else:
                future.set_result(ended.result())

        task.add_done_callback(done)
        if not asyncio._get_running_loop():
            self.loop.settle()
        return future

    def spawn(self, coroutine: Coroutine[Any, Any, R]) -> "asyncio.Task[R]":
        task = self.loop.create_task(coroutine)
        self.tasks.add(task)
        return task


class ListeningPipe:
    """The server socket of direct conversations, at a name in place of an address."""

    def __init__(self, loop: Loop, address: tuple[str, int]) -> None:
        self._loop = loop
        self.address = address

    @classmethod
    async def open(cls, host: str, port: int, limits: Limits, made: Callable[[DirectSocket], None]) -> "ListeningPipe":
        loop = asyncio.get_running_loop()
        assert isinstance(loop, Loop)
        certificate = f"certificate of {host}".encode()

        def accept() -> asyncio.BaseProtocol:
            socket = DirectSocket(limits, made)
            socket.certificate = certificate
            return socket.channel

        loop.listening[host, port] = Listener(accept, certificate)
        return cls(loop, (host, port))

    async def close(self) -> None:
        self._loop.listening.pop(self.address, None)
