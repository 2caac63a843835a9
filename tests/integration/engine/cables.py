"""A cable between two sockets that can be cut: what is on it then is lost."""

import asyncio
import contextlib
from collections.abc import Iterator

from babilu.api.views import Address
from babilu.engine.runtime.loop_thread import LoopThread

DEADLINE_S = 30.0


class Cable:
    """Forwards connections to an address until it is cut, and again once it is mended.

    Args:
        to: Where connections go.
    """

    def __init__(self, to: Address) -> None:
        self._to = to
        self._loop = LoopThread()
        self._loop.start()
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self._budget: int | None = None
        self._passing = asyncio.Event()
        self._passing.set()
        self.address = Address("127.0.0.1", 0)
        self.mend()

    async def _serve(self) -> None:
        self._server = await asyncio.start_server(self._forward, self.address.host, self.address.port)
        self.address = Address("127.0.0.1", self._server.sockets[0].getsockname()[1])

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        with contextlib.suppress(OSError):
            there, back = await asyncio.open_connection(self._to.host, self._to.port)
            self._writers.add(back)
            await asyncio.gather(self._copy(reader, back), self._copy(there, writer))
        writer.close()

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while octets := await reader.read(4096):
                await self._passing.wait()
                if self._budget is not None:
                    octets = octets[: self._budget]
                    self._budget -= len(octets)
                writer.write(octets)
                if self._budget == 0:
                    self._abort()
                    return
        writer.close()

    def _abort(self) -> None:
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    def cut_after(self, octets: int) -> None:
        """Cut everything once so many more bytes have passed, wherever in a frame that is."""

        async def set_budget() -> None:
            self._budget = octets

        self._loop.run(set_budget()).result(DEADLINE_S)

    def hold(self) -> None:
        """Let nothing through for the time being; it is kept."""
        self._loop.call(self._passing.clear)

    def release(self) -> None:
        """Let through what was held, and all that follows."""
        self._loop.call(self._passing.set)

    def cut(self) -> None:
        """Cut everything, and let nobody through."""

        async def close() -> None:
            self._abort()
            if self._server is not None:
                self._server.close()
                self._server = None

        self._loop.run(close()).result(DEADLINE_S)

    def sever(self) -> None:
        """Lose all that is on it, connections included, and let new ones through all the time."""

        async def abort() -> None:
            self._abort()

        self._loop.run(abort()).result(DEADLINE_S)

    def mend(self) -> None:
        """Let everything through again."""

        async def open_again() -> None:
            self._budget = None
            if self._server is None:
                await self._serve()

        self._loop.run(open_again()).result(DEADLINE_S)

    def end(self) -> None:
        self.cut()
        self._loop.stop()


@contextlib.contextmanager
def cable(to: Address) -> Iterator[Cable]:
    """Lay a cable for the time of a test."""
    laid = Cable(to)
    try:
        yield laid
    finally:
        laid.end()
