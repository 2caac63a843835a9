"""Sockets of direct conversations: a server socket that receives requests, and client sockets that start them."""

import asyncio
import errno
import ssl
from collections.abc import Callable

from babilu.kernel.errors import BabiluError, ErrorCode, LinkError, UsageError
from babilu.kernel.limits import Limits
from babilu.net.channel import FrameChannel
from babilu.net.tls import client_context, ephemeral_server_context, peer_certificate
from babilu.wire.codec import direct_frames
from babilu.wire.direct_frames import DirectFrame


class DirectSocket:
    """One direct connection at either end.

    Frames that come before anybody asks wait in a small queue; when it is full, the other end has to wait.

    Attributes:
        closed: Ends with the reason when the connection is gone.
        certificate: The server socket's certificate (DER), the same at both ends.
        address: Host and port of the other end.
    """

    QUEUE = 64

    def __init__(self, limits: Limits, made: "Callable[[DirectSocket], None] | None" = None) -> None:
        self.closed: asyncio.Future[BabiluError] = asyncio.get_running_loop().create_future()
        self.certificate = b""
        self.address: tuple[str, int] = ("", 0)
        self._frames: asyncio.Queue[tuple[DirectFrame, bytes] | None] = asyncio.Queue()
        self._made = made
        self.channel = _Channel(self, limits)

    def opened(self) -> None:
        """Called by the channel once TLS stands."""
        peer = self.channel.transport.get_extra_info("peername")
        self.address = (str(peer[0]), int(peer[1]))
        if self._made is not None:
            self._made(self)

    def take(self, message: DirectFrame, body: bytes) -> None:
        """Called by the channel for each frame."""
        self._frames.put_nowait((message, body))
        if self._frames.qsize() >= self.QUEUE:
            self.channel.pause_reading()

    def lose(self, reason: BabiluError) -> None:
        """Called by the channel when the connection is gone."""
        if not self.closed.done():
            self.closed.set_result(reason)
            self._frames.put_nowait(None)

    @property
    def has_more(self) -> bool:
        """Whether a frame is there already, so that `receive` would not wait."""
        return not self._frames.empty()

    async def receive(self) -> tuple[DirectFrame, bytes]:
        """Wait for the next frame and the exact bytes of its body.

        Raises:
            BabiluError: The connection is gone and nothing is left to read.
        """
        received = await self._frames.get()
        if received is None:
            self._frames.put_nowait(None)
            raise self.closed.result()
        if self._frames.qsize() == self.QUEUE // 2:
            self.channel.resume_reading()
        return received


class _Channel(FrameChannel[DirectFrame]):
    def __init__(self, owner: DirectSocket, limits: Limits) -> None:
        super().__init__(direct_frames, limits, owner.take, owner.lose)
        self._owner = owner

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._owner.opened()


class DirectServer:
    """The server socket that receives conversation requests; its certificate lives as long as it.

    Attributes:
        address: Host and port it listens at, the real port also where 0 was asked for.
    """

    def __init__(self, server: asyncio.Server, address: tuple[str, int]) -> None:
        self._server = server
        self.address = address

    @classmethod
    async def open(cls, host: str, port: int, limits: Limits, made: Callable[[DirectSocket], None]) -> "DirectServer":
        """Listen.

        Args:
            host: Address to listen at.
            port: Port; 0 takes any.
            limits: Deadlines.
            made: Called with each new connection once its TLS stands.

        Raises:
            UsageError: The address cannot be listened at: taken, not ours, or without rights.
        """
        context, certificate = ephemeral_server_context()

        def factory() -> _Channel:
            socket = DirectSocket(limits, made)
            socket.certificate = certificate
            return socket.channel

        try:
            server = await asyncio.get_running_loop().create_server(
                factory,
                host,
                port,
                ssl=context,
                ssl_handshake_timeout=limits.tls_ms / 1000,
                ssl_shutdown_timeout=1.0,
                reuse_address=True,
            )
        except (OSError, UnicodeError, OverflowError) as error:
            raise listen_refused(host, port, error) from error
        bound = server.sockets[0].getsockname()
        return cls(server, (str(bound[0]), int(bound[1])))

    async def close(self) -> None:
        """Stop listening; connections that stand go on."""
        self._server.close()


def listen_refused(host: str, port: int, error: BaseException) -> UsageError:
    """Say in one sentence why an address cannot be listened at."""
    shown = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    match getattr(error, "errno", None):
        case errno.EADDRINUSE:
            why = "it is taken by another program"
        case errno.EACCES:
            why = "this port needs rights that you do not have"
        case errno.EADDRNOTAVAIL:
            why = "this machine does not have that address"
        case _:
            why = "it is not an address of this machine"
    return UsageError(f"Cannot listen at {shown}: {why}.")


async def dial(host: str, port: int, limits: Limits) -> DirectSocket:
    """Open a client socket to a server socket.

    Raises:
        LinkError: ``unavailable`` when nobody answers there.
    """
    socket = DirectSocket(limits)
    refusal = LinkError(ErrorCode.UNAVAILABLE, "Nobody answers at that address.")
    try:
        async with asyncio.timeout(limits.tls_ms / 1000):
            transport, _ = await asyncio.get_running_loop().create_connection(
                lambda: socket.channel, host, port, ssl=client_context(), server_hostname="", ssl_shutdown_timeout=1.0
            )
    except (ssl.SSLError, OSError, UnicodeError, OverflowError, TimeoutError) as error:
        raise refusal from error
    socket.certificate = peer_certificate(transport)
    return socket
