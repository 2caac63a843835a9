"""Metrics and health, served on loopback alone: they count events and contain nobody's name.

They are made anew for each reader, so that they cost nothing while nobody reads; the hot path counts nothing.
"""

import asyncio
import importlib.util
import logging
import socket
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from babilu.kernel.errors import BabiluError, UsageError
from babilu.relay.base.admin_requests import RelayStatus
from babilu.relay.bus.port import BusCounts
from babilu.relay.storage.administration import Statistics

log = logging.getLogger(__name__)

LOOPBACK: Final = "127.0.0.1"
REQUEST_S: Final = 5.0
REQUEST_BYTES_MAX: Final = 8192
HEALTH_S: Final = 2.0
"""Longest time in which a healthy relay commits a transaction."""

TEXT: Final = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class NodeFigures:
    """How a node stands among the others; the defaults are those of a relay of one node.

    Attributes:
        nodes: Nodes that are up.
        elsewhere: Accounts that are connected to others.
        healthy: Whether clients should come here.
        draining: Whether it takes nobody in any more.
        clock_offset_ms: By how much the storage's clock is ahead of this machine's.
        bus_up: Whether hints reach other nodes.
        counts: What became of messages between nodes.
    """

    nodes: int = 1
    elsewhere: int = 0
    healthy: bool = True
    draining: bool = False
    clock_offset_ms: int = 0
    bus_up: bool = True
    counts: BusCounts = field(default_factory=BusCounts)


Reading = Callable[[], Awaitable[tuple[RelayStatus, Statistics, NodeFigures]]]
"""Reads how the relay is; goes through the storage, so that it fails where the storage does."""


def bind_loopback(port: int) -> socket.socket:
    """Bind the port of metrics.

    Raises:
        UsageError: It is in use, or the package for metrics is missing.
    """
    if importlib.util.find_spec("prometheus_client") is None:
        raise UsageError("Metrics need the package prometheus-client: it is among those that requirements.txt names.")
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((LOOPBACK, port))
    except OSError as error:
        made.close()
        raise UsageError(f"Port {port} of {LOOPBACK} cannot be used for metrics: {error.strerror}.") from error
    return made


class MetricsListener:
    """Answers ``GET /metrics`` and ``GET /health``.

    Args:
        bound: What `bind_loopback` made; closed at the end.
        read: Reads how the relay is.
    """

    def __init__(self, bound: socket.socket, read: Reading) -> None:
        self._bound = bound
        self._read = read
        self._server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        return int(self._bound.getsockname()[1])

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._hear, sock=self._bound, limit=REQUEST_BYTES_MAX)

    async def stop(self) -> None:
        """Stop answering."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def _hear(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(REQUEST_S):
                head = await reader.readuntil(b"\r\n\r\n")
                status, kind, body = await self._answer(head)
                lines = (f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(body)}")
                writer.write("\r\n".join((*lines, "Connection: close", "", "")).encode("ascii") + body)
                await writer.drain()
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            log.debug("a reader of metrics failed: %s", type(error).__name__)
        finally:
            writer.close()

    async def _answer(self, head: bytes) -> tuple[str, str, bytes]:
        match head.split(b"\r\n", 1)[0].split(b" "):
            case [b"GET", b"/metrics", _]:
                return await self._metrics()
            case [b"GET", b"/health", _]:
                return await self._health()
            case [b"GET", _, _]:
                return "404 Not Found", TEXT, b"Here are /metrics and /health.\n"
            case _:
                return "405 Method Not Allowed", TEXT, b"GET alone.\n"

    async def _health(self) -> tuple[str, str, bytes]:
        try:
            async with asyncio.timeout(HEALTH_S):
                _, _, node = await self._read()
        except (TimeoutError, BabiluError):
            return "503 Service Unavailable", TEXT, b"the storage does not answer\n"
        if not node.healthy:
            return "503 Service Unavailable", TEXT, b"the node takes nobody in\n"
        return "200 OK", TEXT, b"ok\n"

    async def _metrics(self) -> tuple[str, str, bytes]:
        from prometheus_client import CollectorRegistry, generate_latest  # noqa: PLC0415 -- an optional package
        from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4  # noqa: PLC0415
        from prometheus_client.process_collector import ProcessCollector  # noqa: PLC0415

        try:
            read = await self._read()
        except BabiluError:
            return "503 Service Unavailable", TEXT, b"the storage does not answer\n"
        registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        registry.register(_Collector(*read))
        return "200 OK", CONTENT_TYPE_PLAIN_0_0_4, generate_latest(registry)


class _Collector:
    """What was read, as Prometheus wants it."""

    def __init__(self, status: RelayStatus, held: Statistics, node: NodeFigures) -> None:
        self._status = status
        self._held = held
        self._node = node

    def collect(self) -> Iterator[Any]:
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily  # noqa: PLC0415

        status, held, node = self._status, self._held, self._node
        yield InfoMetricFamily("babilu_relay", "The relay's version.", {"version": status.version})
        for name, meaning, value in (
            ("babilu_relay_start_time_seconds", "When it was started.", status.since / 1000),
            ("babilu_relay_users_online", "Accounts connected to this node now.", status.online),
            ("babilu_relay_users_elsewhere", "Accounts connected to other nodes now, about.", node.elsewhere),
            ("babilu_relay_users_online_max", "Accounts that may be connected at once.", status.max_users),
            ("babilu_relay_connections", "Open connections, those of strangers too.", status.connections),
            ("babilu_relay_accounts", "Accounts.", held.accounts),
            ("babilu_relay_accounts_disabled", "Accounts nobody can log in to.", held.disabled),
            ("babilu_relay_devices", "Listed devices.", held.devices),
            ("babilu_relay_mail_messages", "Envelopes that wait.", held.mail_messages),
            ("babilu_relay_mail_bytes", "Bytes of envelopes that wait.", held.mail_bytes),
            (
                "babilu_relay_mail_oldest_time_seconds",
                "When the oldest of them came.",
                (held.oldest_mail_at or 0) / 1000,
            ),
            ("babilu_relay_invitations", "Invitations that can still be used.", held.invitations),
            ("babilu_relay_prekeys", "Prekeys on hand.", held.prekeys),
            ("babilu_relay_database_bytes", "Size of the database.", held.database_bytes),
            ("babilu_relay_files", "Sealed files, those that are not complete too.", held.files),
            ("babilu_relay_file_bytes", "Room that is taken or reserved for them.", held.file_bytes),
            ("babilu_relay_nodes", "Nodes that are up.", node.nodes),
            ("babilu_relay_node_healthy", "Whether clients should come to this node.", node.healthy),
            ("babilu_relay_node_draining", "Whether this node takes nobody in any more.", node.draining),
            ("babilu_relay_clock_offset_seconds", "The storage's clock ahead of ours.", node.clock_offset_ms / 1000),
            ("babilu_relay_bus_up", "Whether hints reach other nodes.", node.bus_up),
        ):
            yield GaugeMetricFamily(name, meaning, value)
        for name, meaning, value in (
            ("babilu_relay_hints_sent", "Messages to other nodes.", node.counts.sent),
            ("babilu_relay_hints_heard", "Messages of other nodes.", node.counts.heard),
            ("babilu_relay_hints_lost", "Messages to other nodes that were dropped.", node.counts.lost),
            ("babilu_relay_hints_forged", "Messages that no node of ours has made.", node.counts.forged),
            ("babilu_relay_hints_other_epoch", "Messages about another history.", node.counts.other_epoch),
            ("babilu_relay_hints_unknown", "Hints of another version.", node.counts.unknown),
        ):
            yield CounterMetricFamily(name, meaning, value)
