"""Registry of open connections, from the handshake until all parts of the relay have forgotten them."""

import asyncio
from typing import Final

from babilu.kernel.limits import Limits
from babilu.relay.base.states import Connected, State
from babilu.relay.node.farewells import farewells
from babilu.relay.services.dispatch import Dispatch, Services
from babilu.relay.transport.connection import Connection, Handlers
from babilu.relay.transport.driver import ConnectionContext, Hold
from babilu.relay.transport.listener import Listener
from babilu.relay.transport.login_queue import PendingPeer
from babilu.relay.transport.timing_wheel import TimingWheel
from babilu.relay.transport.write_batching import WriteBatcher

FAREWELL_S: Final = 1.0
"""Longest wait for clients to close their end."""


class ConnectionRegistry:
    """Keeps connections, and tells the parts of the relay what becomes of them; see `Owner`.

    Args:
        services: The parts of the relay.
        limits: Sizes and deadlines of connections.
        requests: Requests under way.

    Attributes:
        requests: As given.
    """

    def __init__(self, services: Services, limits: Limits, requests: "set[asyncio.Task[None]]") -> None:
        self._services = services
        self._dispatch = Dispatch(services)
        self._timing_wheel = TimingWheel(min(limits.login_ms, limits.frame_ms, limits.ping_ms, limits.silence_ms))
        self._context = ConnectionContext(limits, self._timing_wheel, WriteBatcher(), asyncio.get_running_loop().time)
        self.requests = requests
        self._connections: set[Connection] = set()
        self._listener: Listener | None = None
        self._emptied: asyncio.Future[None] | None = None

    @property
    def connections(self) -> int:
        """Open connections, those of strangers too."""
        return len(self._connections)

    def reconfigure(self, limits: Limits) -> None:
        """Apply new limits, to open connections too."""
        self._context.limits = limits
        for connection in self._connections:
            connection.reconfigure(limits)

    def serve(self, listener: Listener) -> None:
        self._listener = listener
        listener.start()

    def make(self, pending_peer: PendingPeer) -> Connection:
        """Build the protocol of a new connection."""
        return Connection(self._context, self, self.requests, pending_peer)

    def made(self, connection: Connection) -> None:
        """Keep a connection from the end of its handshake on."""
        self._connections.add(connection)

    def handlers(self, state: State) -> Handlers:
        """Return what is allowed in a state."""
        return self._dispatch.handlers(state)

    def greeted(self, connection: Connection) -> None:
        """Let strangers who are silent make room before this one."""
        if self._listener is not None:
            self._listener.greeted(connection.pending_peer)

    def authenticated(self, connection: Connection) -> None:
        """Stop counting a connection among the strangers."""
        if self._listener is not None:
            self._listener.forget(connection.pending_peer)

    def writable(self, connection: Connection) -> None:
        """Resume mail to a client that can take more."""
        self._services.delivery.writable(connection)

    def lost(self, connection: Connection) -> None:
        """Let all parts forget a connection."""
        if self._listener is not None:
            self._listener.forget(connection.pending_peer)
        self._services.blobs.leave(connection)
        if not isinstance(connection.state, Connected):
            self._services.delivery.leave(connection)
            self._services.presence.leave(connection)
            self._services.sessions.leave(connection)
        self._connections.discard(connection)
        if not self._connections and self._emptied is not None and not self._emptied.done():
            self._emptied.set_result(None)

    async def finish(self, grace_s: float) -> None:
        """Stop reading, and answer the requests under way if that takes at most ``grace_s`` seconds."""
        for connection in self._connections:
            connection.hold(Hold.STOPPING)
        try:
            async with asyncio.timeout(grace_s):
                while self.requests:
                    await asyncio.wait(self.requests)
                await self._services.submissions.finish()
                await self._services.delivery.finish()
                await self._services.blobs.finish()
        except TimeoutError:
            for request in self.requests:
                request.cancel()

    def everybody(self) -> tuple[Connection, ...]:
        """Return all connections, those of strangers too."""
        return tuple(self._connections)

    def send_away(self, other_nodes: int) -> None:
        """Send everybody away, to come back one after the other; whoever comes is let in as before.

        Args:
            other_nodes: Nodes of the relay that they can come to meanwhile.
        """
        away = self.everybody()
        for connection, farewell in zip(away, farewells(len(away), other_nodes), strict=True):
            connection.close(farewell)

    async def dismiss(self, other_nodes: int) -> None:
        """Send everybody away, as `send_away`, and wait until every connection is closed, for good."""
        self._emptied = asyncio.get_running_loop().create_future()
        self.send_away(other_nodes)
        if self._connections:
            await asyncio.wait([self._emptied], timeout=FAREWELL_S)
        for connection in tuple(self._connections):
            connection.abort()
        if self._connections:
            await asyncio.wait([self._emptied], timeout=FAREWELL_S)
        self._timing_wheel.stop()
