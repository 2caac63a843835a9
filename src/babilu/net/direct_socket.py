"""Sockets of direct conversations: a server socket that receives requests, and client sockets that start them."""

import asyncio
import contextlib
import errno
import logging
import socket
from collections.abc import Callable
from functools import partial

from babilu.kernel.errors import BabiluError, UsageError
from babilu.kernel.limits import Limits
from babilu.net.channel import FrameChannel
from babilu.net.racing import nobody_answers, open_socket
from babilu.net.tls import client_context, ephemeral_server_context, peer_certificate
from babilu.server_sockets import listen_everywhere
from babilu.wire.codec import direct_frames
from babilu.wire.direct_frames import DirectFrame

log = logging.getLogger(__name__)

BACKLOG = 128
ACCEPT_PAUSE_SECONDS = 0.5
"""How long nothing is accepted after the system ran out of descriptors or memory."""

SHUTDOWN_SECONDS = 1.0


STRANGER_BYTES = 128 * 1024
"""Room for frames of somebody who has not been let in yet."""

PEER_BYTES = 10 * 1024 * 1024
"""Room for frames of a peer: more than it ever has under way (64 envelopes and their acks, and 32 parts of files). With
less, two ends that both wait until the other has read would wait for ever."""

WAITING_BYTES = 16 * 1024
"""Bytes that wait to be written at which whoever has much to say waits too: they are in front of the next text."""

UNSENT_BYTES = 128 * 1024
"""Bytes that the system takes beyond those which are on the line already, for the same reason."""

FRAME_COST = 512
"""What a frame takes beside its body."""


class DirectSocket:
    """One direct connection at either end.

    Frames that come before anybody asks wait here; when their room is full, the other end has to wait.

    Attributes:
        closed: Ends with the reason when the connection is gone.
        certificate: The server socket's certificate (DER), the same at both ends.
        address: Host and port of the other end.
    """

    def __init__(self, limits: Limits, made: "Callable[[DirectSocket], None] | None" = None) -> None:
        self.closed: asyncio.Future[BabiluError] = asyncio.get_running_loop().create_future()
        self.certificate = b""
        self.address: tuple[str, int] = ("", 0)
        self._frames: asyncio.Queue[tuple[DirectFrame, bytes] | None] = asyncio.Queue()
        self._room = STRANGER_BYTES
        self._taken = 0
        self._made = made
        self.channel = _Channel(self, limits)

    def opened(self) -> None:
        """Called by the channel once TLS stands."""
        transport = self.channel.transport
        peer = transport.get_extra_info("peername")
        self.address = (str(peer[0]), int(peer[1]))
        transport.set_write_buffer_limits(high=WAITING_BYTES)
        # Not every system has it; without it, a text waits for what the system has taken.
        unsent = getattr(socket, "TCP_NOTSENT_LOWAT", None)
        if unsent is not None:
            with contextlib.suppress(OSError):
                transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, unsent, UNSENT_BYTES)
        if self._made is not None:
            self._made(self)

    def let_in(self) -> None:
        """Give the other end the room of a peer: it is known who it is."""
        self._room = PEER_BYTES
        self._weigh()

    def take(self, message: DirectFrame, body: bytes) -> None:
        """Called by the channel for each frame."""
        self._frames.put_nowait((message, body))
        self._taken += len(body) + FRAME_COST
        self._weigh()

    def _weigh(self) -> None:
        self.channel.limit_reading(self._taken, self._room)

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
        self._taken -= len(received[1]) + FRAME_COST
        self._weigh()
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

    No more than `Limits.half_open` connections are in their TLS handshake: one more, and the oldest makes room. Whoever
    is honest is done in a moment, so a flood of silent connections keeps nobody out.

    Attributes:
        address: Host and port it listens at, the real port also where 0 was asked for.
    """

    def __init__(self, sockets: list[socket.socket], limits: Limits, made: Callable[[DirectSocket], None]) -> None:
        host, port = sockets[0].getsockname()[:2]
        self.address = (str(host), int(port))
        self._context, self._certificate = ephemeral_server_context()
        self._loop = asyncio.get_running_loop()
        self._sockets = sockets
        self._limits = limits
        self._made = made
        self._handshakes: dict[asyncio.Task[None], None] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self._accepting = [self._loop.create_task(self._accept(listening)) for listening in sockets]

    @classmethod
    async def open(cls, host: str, port: int, limits: Limits, made: Callable[[DirectSocket], None]) -> "DirectServer":
        """Listen.

        Args:
            host: Address to listen at.
            port: Port; 0 takes any.
            limits: Deadlines, and how many may be half open.
            made: Called with each new connection once its TLS stands.

        Raises:
            UsageError: The address cannot be listened at: taken, not ours, or without rights.
        """
        try:
            sockets = await _bind(host, port)
        except (OSError, ValueError, OverflowError) as error:
            raise listen_refused(host, port, error) from error
        return cls(sockets, limits, made)

    async def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                accepted, _ = await self._loop.sock_accept(listening)
            except ConnectionAbortedError:
                continue
            except OSError as error:
                log.warning("nothing is accepted for a moment: %s", error.strerror)
                await asyncio.sleep(ACCEPT_PAUSE_SECONDS)
                continue
            if len(self._handshakes) >= self._limits.half_open:
                oldest = next(iter(self._handshakes))
                self._count_no_more(oldest)
                oldest.cancel()
            task = self._loop.create_task(self._shake_hands(accepted))
            self._handshakes[task] = None
            task.add_done_callback(partial(self._ended, accepted))

    def _count_no_more(self, task: "asyncio.Task[None] | None") -> None:
        """Give a handshake's place to others; it is still waited for."""
        if task is not None and task in self._handshakes:
            del self._handshakes[task]
            self._ending.add(task)

    def _ended(self, accepted: socket.socket, task: "asyncio.Task[None]") -> None:
        self._handshakes.pop(task, None)
        self._ending.discard(task)
        if task.cancelled():
            # Before its first step: nobody has taken the socket over.
            accepted.close()

    async def _shake_hands(self, accepted: socket.socket) -> None:
        handshake = asyncio.current_task()

        def stands(direct: DirectSocket) -> None:
            self._count_no_more(handshake)
            self._made(direct)

        direct = DirectSocket(self._limits, stands)
        direct.certificate = self._certificate
        try:
            async with asyncio.timeout(self._limits.tls_ms / 1000):
                await self._loop.connect_accepted_socket(
                    lambda: direct.channel, accepted, ssl=self._context, ssl_shutdown_timeout=SHUTDOWN_SECONDS
                )
        except (OSError, asyncio.CancelledError) as error:
            # Noise, an older TLS, a timeout, room for others, or the other end is gone: nothing to tell anybody.
            log.debug("a handshake failed: %s", type(error).__name__)
            accepted.close()

    async def close(self) -> None:
        """Stop listening; connections that stand go on."""
        tasks = [*self._accepting, *self._handshakes]
        for task in tasks:
            task.cancel()
        # Those that stand already, or have made room, end by themselves in a moment.
        await asyncio.wait([*tasks, *self._ending])
        for listening in self._sockets:
            listening.close()


async def _bind(host: str, port: int) -> list[socket.socket]:
    """Listen at every address of ``host``, at the same port."""
    infos = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    both = host == "::" and socket.has_dualstack_ipv6()
    return listen_everywhere(infos, port, backlog=BACKLOG, both_families=both)


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
    direct = DirectSocket(limits)
    try:
        async with asyncio.timeout(limits.tls_ms / 1000):
            making = asyncio.get_running_loop().create_connection(
                lambda: direct.channel,
                sock=await open_socket(host, port),
                ssl=client_context(),
                server_hostname="",
                ssl_shutdown_timeout=SHUTDOWN_SECONDS,
            )
            transport, _ = await direct.channel.made_by(making)
    except (OSError, ValueError, OverflowError) as error:
        raise nobody_answers("Nobody answers at that address", error) from error
    direct.certificate = peer_certificate(transport)
    return direct
