"""Carrier over NATS: a subject for each node and one for all; nothing is kept there, and nothing is asked for again.

The connection is tried again for ever, also where the server has refused it for good: credentials that have run out
are replaced in their file. What waits meanwhile is bounded, and the oldest of it is dropped first.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import SlowConsumerError

from babilu.relay.bus.codec import HINT_BYTES
from babilu.relay.bus.nats_credentials import CredentialsFile
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


@dataclass(frozen=True, slots=True)
class NatsPlace:
    """Where a NATS server is, and how a relay is known there.

    Attributes:
        url: The server's address, or the addresses of several, separated by commas.
        cluster: Name of the relay there: part of all subjects.
        credentials: File with what the server knows a node by; None where it asks for nothing, or the URL says it.
    """

    url: str
    cluster: str
    credentials: Path | None = None


class SigningClient(Client):
    """NATS' client, signing by itself: with options of its own it would need a second library of cryptography.

    Args:
        file: Its credentials.
    """

    def __init__(self, file: CredentialsFile) -> None:
        super().__init__()
        self._file = file

    def sign(self, nonce: str) -> bytes:
        """Sign a nonce by what the file holds now, of which the client says the rest right after it."""
        shown = self._file.read()
        self._public_nkey = shown.nkey
        self._user_jwt_cb = shown.jwt.encode if shown.jwt else None
        return shown.sign(nonce)


class NatsCarrier:
    """Brings messages over a NATS server; see `Carrier`.

    Args:
        place: Where the server is.
        node: Number of this node.
        counts: Counts what is dropped.
        pending_bytes: Messages that may wait.

    Raises:
        UsageError: There are no credentials where they are said to be.
    """

    def __init__(self, place: NatsPlace, node: int, counts: BusCounts, pending_bytes: int = PENDING_BYTES) -> None:
        self._urls = tuple(each.strip() for each in place.url.split(","))
        self._subject = f"babilu.{place.cluster}"
        self._credentials = None if place.credentials is None else CredentialsFile(place.credentials)
        self._node = node
        self._counts = counts
        self._client = Client()
        self._pending = PendingMessages(counts, pending_bytes)
        self._tasks: list[asyncio.Task[None]] = []
        self._hear: Callable[[bytes], None] = ignore
        self._restored: Callable[[], None] = ignore
        self._up = asyncio.Event()
        self._ended = asyncio.Event()
        self._was_down = False
        self._refused = False

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
        self._tasks += [loop.create_task(self._stay_connected()), loop.create_task(self._send_on())]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(START_S):
                await self._up.wait()
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
        await self._end_client()

    async def _end_client(self) -> None:
        with contextlib.suppress(NatsError, OSError):
            await self._client.close()

    async def _stay_connected(self) -> None:
        """Connect, and connect again wherever NATS' client has given up, as after a refusal on an open connection."""
        while True:
            self._ended.clear()
            try:
                await self._subscribe()
                await self._ended.wait()
                log.warning("the NATS server has ended the connection of this node")
            except (NatsError, OSError, TimeoutError) as error:
                log.warning("the bus cannot be used: %s", type(error).__name__)
                await self._end_client()
            await asyncio.sleep(REFUSED_S)

    async def _subscribe(self) -> None:
        sign = None
        if self._credentials is None:
            self._client = Client()
        else:
            self._client = client = SigningClient(self._credentials)
            sign = client.sign
        await self._client.connect(
            servers=list(self._urls),
            name=f"babilu node {self._node}",
            error_cb=self._failed,
            disconnected_cb=self._disconnected,
            reconnected_cb=self._reconnected,
            closed_cb=self._closed,
            signature_cb=sign,
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
        elif "auth" in str(error).lower() and not self._refused:
            self._refused = True
            log.warning("the NATS server refuses this node: its password or its credentials are not known there")
        log.debug("the bus failed: %s", type(error).__name__)

    async def _disconnected(self, *_: Any) -> None:  # noqa: ANN401 -- nothing is given
        if not self._was_down:
            log.warning("the bus is gone: hints are lost until it is back")
        self._was_down = True
        self._up.clear()

    async def _closed(self) -> None:
        self._ended.set()

    async def _reconnected(self) -> None:
        self._was_down = self._refused = False
        self._up.set()
        log.info("the bus is back")
        self._restored()
