"""Carrier over LISTEN and NOTIFY of PostgreSQL: one connection listens and one tells, neither inside a transaction.

Notifications inside the transaction of a submission would make commits wait for each other: there is one lock for all
of them. What waits goes as one statement, whose commit nobody waits for on a disk.
"""

import asyncio
import base64
import binascii
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final

import asyncpg

from babilu.relay.bus.pending import PendingMessages, ignore
from babilu.relay.bus.port import BusCounts

log = logging.getLogger(__name__)

PAYLOAD_BYTES: Final = 7_900
"""Longest payload; PostgreSQL's own bound is 8,000 bytes."""

MESSAGE_BYTES: Final = PAYLOAD_BYTES // 4 * 3
"""Longest message: it travels in Base64."""

ANSWER_S: Final = 4.0
"""Time without an answer after which a connection is given up: one to a server that hangs says nothing by itself."""

ASK_S: Final = 5.0
"""How often the connection that listens is asked whether it still does."""

RECONNECT_S: Final = 0.2
SENT_AT_ONCE: Final = 200

NOTIFY: Final = "SELECT pg_notify(channel, payload) FROM unnest($1::text[], $2::text[]) AS waiting(channel, payload)"

Connect = Callable[[], Awaitable[Any]]
"""Opens a connection of asyncpg's to the relay's database."""

_FAILURES: Final = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
)
"""How a connection fails. asyncpg has three trees of errors, and the end of a connection may show as any of them."""


class NotifyCarrier:
    """Brings messages over the relay's own database; see `Carrier`.

    Args:
        connect: Opens a connection: a direct one, as a pool that changes sessions loses what is listened to.
        node: Number of this node.
        counts: Counts what is dropped.
    """

    def __init__(self, connect: Connect, node: int, counts: BusCounts) -> None:
        self._connect = connect
        self._node = node
        self._counts = counts
        self._pending = PendingMessages(counts)
        self._tasks: list[asyncio.Task[None]] = []
        self._listens = asyncio.Event()
        self._tells = False
        self._hear: Callable[[bytes], None] = ignore
        self._restored: Callable[[], None] = ignore
        self._began = False

    @property
    def most(self) -> int:
        """Bytes of the longest message."""
        return MESSAGE_BYTES

    @property
    def is_up(self) -> bool:
        return self._listens.is_set() and self._tells

    async def start(self, hear: Callable[[bytes], None], restored: Callable[[], None]) -> None:
        """Listen; where the database does not answer at once, that goes on in the background."""
        self._hear, self._restored = hear, restored
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._for_ever(each)) for each in (self._listen, self._tell)]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(ANSWER_S):
                await self._listens.wait()

    def send(self, node: int | None, messages: list[bytes]) -> None:
        for message in messages:
            self._pending.put(node, message)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _for_ever(self, work: Callable[[Any], Awaitable[None]]) -> None:
        """Do something on a connection; where that fails, on the next one."""
        while True:
            try:
                async with self._connected() as connection:
                    await work(connection)
            except _FAILURES as error:
                log.debug("the bus failed: %s", type(error).__name__)
            await asyncio.sleep(RECONNECT_S)

    @contextlib.asynccontextmanager
    async def _connected(self) -> AsyncIterator[Any]:
        async with asyncio.timeout(ANSWER_S):
            connection = await self._connect()
        try:
            yield connection
        finally:
            connection.terminate()

    async def _listen(self, connection: Any) -> None:  # noqa: ANN401 -- asyncpg says no types
        ended = asyncio.Event()
        connection.add_termination_listener(lambda _: ended.set())
        try:
            for channel in (f"babilu_{self._node}", "babilu_all"):
                await _answered(connection, connection.add_listener(channel, self._came))
            self._listens.set()
            if self._began:
                log.info("the bus is back")
                self._restored()
            self._began = True
            while not ended.is_set():
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(ASK_S):
                        await ended.wait()
                if not ended.is_set():
                    await _answered(connection, connection.execute("SELECT 1"))
        finally:
            self._listens.clear()

    def _came(self, connection: object, pid: int, channel: str, payload: str) -> None:
        del connection, pid, channel
        try:
            message = base64.b64decode(payload, validate=True)
        except binascii.Error:
            self._counts.forged += 1
            return
        self._hear(message)

    async def _tell(self, connection: Any) -> None:  # noqa: ANN401 -- asyncpg says no types
        await _answered(connection, connection.execute("SET synchronous_commit = off"))
        self._tells = True
        try:
            while True:
                waiting = await self._pending.take(SENT_AT_ONCE)
                channels = ["babilu_all" if node is None else f"babilu_{node}" for node, _ in waiting]
                payloads = [base64.b64encode(message).decode("ascii") for _, message in waiting]
                try:
                    await _answered(connection, connection.execute(NOTIFY, channels, payloads))
                except _FAILURES:
                    self._counts.lost += len(waiting)
                    raise
        finally:
            self._tells = False


async def _answered(connection: Any, request: Awaitable[object]) -> None:  # noqa: ANN401 -- asyncpg says no types
    """Wait for an answer; one that does not come in time ends the connection.

    A cancelled request would wait for the server to say that it has stopped: one that hangs never does.
    """
    timer = asyncio.get_running_loop().call_later(ANSWER_S, connection.terminate)
    try:
        await request
    finally:
        timer.cancel()
