"""Listener: it binds before anything else is touched, and counts whom it accepts before TLS costs anything."""

import asyncio
import errno
import logging
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from babilu.kernel.errors import UsageError
from babilu.kernel.limits import Limits
from babilu.relay.base.addresses import Networks, is_within, limit_key
from babilu.relay.base.certificate import Certificate
from babilu.relay.transport.connection import Connection
from babilu.relay.transport.login_queue import LoginQueue, PendingPeer
from babilu.relay.transport.pre_tls import PreTlsQueue
from babilu.server_sockets import listen_everywhere

log = logging.getLogger(__name__)

PORT_MAX: Final = 65_535
BACKLOG: Final = 1024
ACCEPTS_AT_ONCE: Final = 64
"""Connections accepted in one turn of the loop: those that are there already are served in between."""

ACCEPT_PAUSE_S: Final = 0.5
"""How long nothing is accepted after the system ran out of descriptors or memory."""

HANDSHAKE_MIN_S: Final = 0.1
"""Time for a handshake whose first record came at the last moment; the loop takes no zero."""

TLS_SHUTDOWN_S: Final = 1.0

_OUT_OF: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


def bind(host: str, port: int) -> list[socket.socket]:
    """Bind and listen on every address of ``host``.

    Args:
        host: Address or name; ``::`` takes IPv4 too.
        port: TCP port; 0 takes a free one, the same for every address.

    Raises:
        UsageError: The address or the port cannot be used; the sentence says why.
    """
    if not 0 <= port <= PORT_MAX:
        raise UsageError(f"{port} is not a port.")
    try:
        infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, ValueError) as error:
        raise UsageError(f"{host!r} is not an address to listen on.") from error
    try:
        return listen_everywhere(infos, port, backlog=BACKLOG, both_families=host == "::")
    except OSError as error:
        raise UsageError(_why(host, port, error)) from error


def _why(host: str, port: int, error: OSError) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return f"Port {port} of {host} is in use already."
        case errno.EACCES | errno.EPERM:
            return f"Port {port} needs rights that this user does not have."
        case errno.EADDRNOTAVAIL:
            return f"{host} is not an address of this machine."
        case _:
            return f"{host}:{port} cannot be listened on."


@dataclass(frozen=True, slots=True)
class AcceptedSocket:
    """Whose address a socket has, who was accepted, and the TLS context that goes with the certificate noted there."""

    host: str
    pending_peer: PendingPeer
    context: ssl.SSLContext


class Listener:
    """Accepts connections and sees them through their TLS handshake.

    Args:
        sockets: Bound sockets, which it closes at the end.
        certificate: What the relay shows.
        limits: How many strangers, and for how long.
        make: Builds the protocol of a stranger's connection.
        proxies: Networks of balancers, whose connections begin with a PROXY header.

    Attributes:
        proxies: See there; a change holds for connections that come from then on.
        turns_away: Whether connections are closed as they come, so that clients try another address at once.
    """

    def __init__(
        self,
        sockets: list[socket.socket],
        certificate: Certificate,
        limits: Limits,
        make: Callable[[PendingPeer], Connection],
        proxies: Networks = (),
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._sockets = sockets
        self._make = make
        self._login_queue = LoginQueue()
        self._arrivals: dict[socket.socket, AcceptedSocket] = {}
        self._pre_tls = PreTlsQueue(self._enter, self._leave, self._name)
        self.proxies = proxies
        self._handshakes: set[asyncio.Task[None]] = set()
        self._pause: asyncio.TimerHandle | None = None
        self.turns_away = False
        self.reconfigure(certificate, limits)

    def reconfigure(self, certificate: Certificate, limits: Limits) -> None:
        """Use another certificate and other limits for strangers from now on.

        Raises:
            OSError: The certificate's files cannot be read; nothing has changed.
        """
        self._context = certificate.server_context()
        self._certificate = certificate.der
        self._limits = limits

    def start(self) -> None:
        self._pause = None
        for listening in self._sockets:
            self._loop.add_reader(listening.fileno(), self._accept, listening)

    def forget(self, pending_peer: PendingPeer) -> None:
        """Stop counting a stranger: it has logged in, or is gone."""
        self._login_queue.leave(pending_peer)

    def greeted(self, pending_peer: PendingPeer) -> None:
        """Let those who are silent make room before a stranger who has said hello."""
        self._login_queue.greeted(pending_peer)

    async def stop(self) -> None:
        """Accept nothing more and drop what has not finished its handshake."""
        if self._pause is None:
            self._deafen()
        else:
            self._pause.cancel()
        for listening in self._sockets:
            listening.close()
        self._pre_tls.close()
        for handshake in self._handshakes:
            handshake.cancel()
        if self._handshakes:
            await asyncio.wait(self._handshakes)

    def _deafen(self) -> None:
        for listening in self._sockets:
            self._loop.remove_reader(listening.fileno())

    def _accept(self, listening: socket.socket) -> None:
        for _ in range(ACCEPTS_AT_ONCE):
            try:
                accepted, address = listening.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                if error.errno not in _OUT_OF:
                    raise
                log.warning("nothing is accepted for a moment: %s", error.strerror)
                self._deafen()
                self._pause = self._loop.call_later(ACCEPT_PAUSE_S, self.start)
                return
            if self.turns_away:
                accepted.close()
            else:
                self._admit(accepted, str(address[0]))

    def _admit(self, accepted: socket.socket, host: str) -> None:
        limits = self._limits
        from_balancer = is_within(host, self.proxies)
        # For whom a balancer connects is known once it has said so: until then it counts among all alone.
        key = None if from_balancer else limit_key(host, limits.limit_loopback)
        pending_peer = PendingPeer(key, self._certificate)
        self._arrivals[accepted] = AcceptedSocket(host, pending_peer, self._context)
        self._count(accepted, pending_peer)
        accepted.setblocking(False)
        self._pre_tls.receive(accepted, limits.tls_ms / 1000, from_balancer=from_balancer)

    def _count(self, accepted: socket.socket, pending_peer: PendingPeer) -> None:
        """Count a stranger who has said nothing yet; others leave where there is no room."""
        limits = self._limits
        self._login_queue.make_room(pending_peer.address_key, limits.connections_per_address, limits.connections)
        self._login_queue.enter(pending_peer, partial(self._pre_tls.turn_away, accepted))

    def _name(self, accepted: socket.socket, client: str | None) -> None:
        """Count a stranger whom a balancer has named under their own address, and any other under the balancer's."""
        arrival = self._arrivals[accepted]
        self.forget(arrival.pending_peer)
        arrival.pending_peer.address_key = limit_key(client or arrival.host, self._limits.limit_loopback)
        self._count(accepted, arrival.pending_peer)

    def _enter(self, accepted: socket.socket, seconds: float) -> None:
        arrival = self._arrivals.pop(accepted)
        task = self._loop.create_task(self._shake_hands(accepted, arrival, seconds))
        self._login_queue.exit_by(arrival.pending_peer, task.cancel)
        self._handshakes.add(task)
        task.add_done_callback(self._handshakes.discard)

    def _leave(self, accepted: socket.socket) -> None:
        self.forget(self._arrivals.pop(accepted).pending_peer)
        accepted.close()

    async def _shake_hands(self, accepted: socket.socket, arrival: AcceptedSocket, seconds: float) -> None:
        try:
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = self._make(arrival.pending_peer)
            await self._loop.connect_accepted_socket(
                lambda: connection,
                accepted,
                ssl=arrival.context,
                ssl_handshake_timeout=max(seconds, HANDSHAKE_MIN_S),
                ssl_shutdown_timeout=TLS_SHUTDOWN_S,
            )
            self._login_queue.exit_by(arrival.pending_peer, connection.abort)
        except (OSError, asyncio.CancelledError) as error:
            # Noise, an older TLS, a timeout, or the other end is gone: nothing to tell anybody.
            log.debug("a handshake failed: %s", type(error).__name__)
            accepted.close()
            self.forget(arrival.pending_peer)
