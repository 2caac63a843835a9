"""Carrier over NATS: a subject for each node and one for all; nothing is kept there, and nothing is asked for again.

The connection is tried again for ever. What waits meanwhile is bounded, and the oldest of it is dropped first.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Any, Final

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import SlowConsumerError

from babilu.relay.bus.codec import HINT_BYTES
from babilu.relay.bus.pending import PENDING_BYTES, PendingMessages, ignore
from babilu.relay.bus.port import BusCounts

log = logging.getLogger(__name__)

START_S: Final = 2.0
"""How long a start waits for the server; without it the node begins all the same, and polls."""

RECONNECT_S: Final = 0.2
REFUSED_S: Final = 2.0
PING_S: Final = 5
SENT_AT_ONCE: Final = 256
UNSENT_BYTES: Final = 1024 * 1024
"""What the client may hold itself of what it was given: the queue with a bound of ours is in front of it."""


class NatsCarrier:
    """Brings messages over a NATS server; see `Carrier`.

    Args:
        url: Where the server is, or the servers, separated by commas.
        cluster: Name of the relay there: part of all subjects.
        node: Number of this node.
        counts: Counts what is dropped.
        pending_bytes: Messages that may wait.
    """

    def __init__(
        self, url: str, cluster: str, node: int, counts: BusCounts, pending_bytes: int = PENDING_BYTES
    ) -> None:
        self._urls = tuple(each.strip() for each in url.split(","))
        self._subject = f"babilu.{cluster}"
        self._node = node
        self._counts = counts
        self._client = Client()
        self._pending = PendingMessages(counts, pending_bytes)
        self._tasks: list[asyncio.Task[None]] = []
        self._hear: Callable[[bytes], None] = ignore
        self._restored: Callable[[], None] = ignore
        self._up = asyncio.Event()
        self._was_down = False

    @property
    def most(self) -> int:
        """Bytes of the longest message."""
        return HINT_BYTES

    @property
    def is_up(self) -> bool:
        return self._up.is_set()

    async def start(self, hear: Callable[[bytes], None], restored: Callable[[], None]) -> None:
        """Connect; where that takes too long, it goes on in the background."""
        self._hear, self._restored = hear, restored
        loop = asyncio.get_running_loop()
        connecting = loop.create_task(self._connect())
        self._tasks += [connecting, loop.create_task(self._send_on())]
        await asyncio.wait([connecting], timeout=START_S)
        if not self.is_up:
            self._was_down = True
            log.warning("the bus does not answer: the node goes on without hints, and tries again")

    def send(self, node: int | None, messages: list[bytes]) -> None:
        for message in messages:
            self._pending.put(node, message)

    async def close(self) -> None:
        # Its end is no news.
        self._was_down = True
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)
        with contextlib.suppress(NatsError, OSError):
            await self._client.close()

    async def _connect(self) -> None:
        while not self.is_up:
            try:
                await self._subscribe()
            except (NatsError, OSError, TimeoutError) as error:
                log.warning("the bus cannot be used: %s", type(error).__name__)
                await asyncio.sleep(REFUSED_S)

    async def _subscribe(self) -> None:
        self._client = Client()
        await self._client.connect(
            servers=list(self._urls),
            name=f"babilu node {self._node}",
            error_cb=self._failed,
            disconnected_cb=self._disconnected,
            reconnected_cb=self._reconnected,
            no_echo=True,
            reconnect_time_wait=RECONNECT_S,  # type: ignore[arg-type]  # a fraction of a second is good, too
            max_reconnect_attempts=-1,
            ping_interval=PING_S,
            pending_size=UNSENT_BYTES,
        )
        for subject in (f"{self._subject}.node.{self._node}", f"{self._subject}.all"):
            await self._client.subscribe(subject, cb=self._came, pending_bytes_limit=self._pending.most)
        await self._client.flush()
        self._up.set()
        if self._was_down:
            await self._reconnected()

    async def _send_on(self) -> None:
        await self._up.wait()
        while True:
            for node, message in await self._pending.take(SENT_AT_ONCE):
                subject = f"{self._subject}.all" if node is None else f"{self._subject}.node.{node}"
                try:
                    await self._client.publish(subject, message)
                except (NatsError, OSError) as error:
                    self._counts.lost += 1
                    log.debug("a hint was lost: %s", type(error).__name__)
            await self._when_written()

    async def _when_written(self) -> None:
        """Wait until the server has taken what it was given: what waits meanwhile waits in our queue."""
        await self._up.wait()
        if self._client.pending_data_size > UNSENT_BYTES // 2:
            with contextlib.suppress(NatsError, OSError):
                await self._client.flush()

    async def _came(self, message: Msg) -> None:
        self._hear(message.data)

    async def _failed(self, error: Exception) -> None:
        if isinstance(error, SlowConsumerError):
            self._counts.lost += 1
        log.debug("the bus failed: %s", type(error).__name__)

    async def _disconnected(self, *_: Any) -> None:  # noqa: ANN401 -- nothing is given
        if not self._was_down:
            log.warning("the bus is gone: hints are lost until it is back")
        self._was_down = True
        self._up.clear()

    async def _reconnected(self) -> None:
        self._was_down = False
        self._up.set()
        log.info("the bus is back")
        self._restored()
