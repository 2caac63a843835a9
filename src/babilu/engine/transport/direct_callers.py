"""Callers of direct conversations: the server socket, and who is let in from there.

A caller sends its name and public key first; it hears those of this client once the user knows it or has accepted its
request. Strangers, declined and blocked callers all hear the same: pending.
"""

import asyncio
import contextlib
import hashlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field

from babilu.engine.transport.direct_connection import DirectConnection
from babilu.engine.transport.direct_handshake import DirectHandshake
from babilu.engine.transport.direct_links import DirectLinks
from babilu.engine.transport.direct_ports import DirectDuties, KnownPeer, RemovedPeer, UnknownPeer, UnwantedPeer
from babilu.engine.transport.direct_tasks import DirectTasks
from babilu.identity.direct import DirectPeer, DirectTranscript
from babilu.kernel.errors import BabiluError, ErrorCode, LinkError, ProtocolError
from babilu.kernel.ids import SHORT_ID_BYTES
from babilu.kernel.limits import Limits
from babilu.kernel.ports import Randomness
from babilu.net.direct_socket import DirectServer, DirectSocket
from babilu.wire.direct_frames import Bye, DirectFrame, DirectLink, Pending

log = logging.getLogger(__name__)

LINKING_SECONDS = 11 * 60.0
"""How long a connection may last by which a device is linked: a little more than a try."""

LINKING_AT_ONCE = 4
"""Connections of devices that want to be linked; more are closed."""

NOT_NOW = "pending"
"""Farewell to whoever was not let in, for whatever reason."""


@dataclass(slots=True)
class _Decision:
    """What a caller waits for.

    Attributes:
        made: Set once the user has decided.
        request_id: The id of the command by which they did.
    """

    made: asyncio.Event = field(default_factory=asyncio.Event)
    request_id: str | None = None


class DirectCallers:
    """The server socket of one client, and who has called at it.

    Args:
        handshake: Introduces the own device to others.
        limits: What callers may take.
        randomness: For names of what is said by devices that are being linked.
        duties: Who decides on callers.
        links: Where who was let in stands from then on.
        tasks: What runs and is open.
    """

    def __init__(  # the parts of the client that a caller meets
        self,
        handshake: DirectHandshake,
        limits: Limits,
        randomness: Randomness,
        duties: DirectDuties,
        links: DirectLinks,
        tasks: DirectTasks,
    ) -> None:
        self._handshake = handshake
        self._limits = limits
        self._randomness = randomness
        self._duties = duties
        self._links = links
        self._tasks = tasks
        self._server: DirectServer | None = None
        self._half_open: dict[DirectSocket, None] = {}
        self._waiting_callers = 0
        self._linking = 0
        self._waiting: dict[bytes, list[_Decision]] = {}
        self._closing = False

    @property
    def listening(self) -> tuple[str, int] | None:
        """Address of the server socket, or None."""
        return self._server.address if self._server is not None else None

    async def listen(self, host: str, port: int) -> tuple[str, int]:
        """Open the server socket, in place of one that is open; answers with the real address."""
        previous = self._server
        if previous is not None and previous.address == (host, port):
            return previous.address
        server = await DirectServer.open(host, port, self._limits, self._incoming)
        if self._closing:
            await server.close()
            raise LinkError(ErrorCode.CLOSED, "The client is closing.")
        self._server = server
        self._handshake.listening_port = self._server.address[1]
        if previous is not None:
            await previous.close()
        return self._server.address

    async def stop_listening(self) -> None:
        """Close the server socket."""
        if self._server is not None:
            server, self._server = self._server, None
            self._handshake.listening_port = 0
            await server.close()

    async def close(self) -> None:
        """Close the server socket for good."""
        self._closing = True
        await self.stop_listening()

    def accepted(self, identity: bytes, request_id: str | None = None) -> None:
        """Answer the calls of a stranger whose request the user has accepted, by the command of that id."""
        for decided in self._waiting.get(identity, ()):
            decided.request_id = request_id
            decided.made.set()

    def _incoming(self, socket: DirectSocket) -> None:
        if len(self._half_open) >= self._limits.half_open:
            # Whoever is honest is done in a moment: the oldest makes room, so that silence keeps nobody out.
            oldest = next(iter(self._half_open))
            del self._half_open[oldest]
            oldest.channel.close(LinkError(ErrorCode.BUSY, "Too many connections are half open."))
        self._half_open[socket] = None
        self._tasks.keep(socket)
        self._tasks.spawn(self._answer(socket))

    async def _answer(self, socket: DirectSocket) -> None:
        try:
            await self._let_in(socket)
        except BabiluError as error:
            log.info("an incoming direct connection ended: %s", error.code.value)
            socket.channel.close(error, Bye(NOT_NOW))
        except TimeoutError:
            log.info("an incoming direct connection said nothing")
        finally:
            self._half_open.pop(socket, None)
            socket.channel.close(LinkError(ErrorCode.CLOSED, "The call is over."), Bye(NOT_NOW))

    async def _let_in(self, socket: DirectSocket) -> None:
        begun = asyncio.get_running_loop().time()
        async with asyncio.timeout(self._limits.login_ms / 1000):
            introduction = await self._handshake.hear_caller(socket)
        self._half_open.pop(socket, None)
        if introduction is None:
            await asyncio.wrap_future(self._duties.judge_nobody())
            await self._keep_waiting(socket, _Decision())
            return
        if isinstance(introduction, DirectLink):
            await self._link(socket, introduction)
            return
        peer, transcript = introduction
        admitted = await self._admit(socket, peer, transcript)
        if admitted is None:
            return
        contact, cause = admitted
        await self._handshake.introduce_back(socket, transcript, contact)
        link = DirectConnection(contact, peer, socket, False, self._call_back(socket, peer), cause)
        await self._links.establish(link, begun)

    async def _link(self, socket: DirectSocket, first: DirectLink) -> None:
        """Carry what a device says that wants to be linked, for as long as a try may take.

        Raises:
            BabiluError: It is gone, or says something else.
        """
        if self._linking >= LINKING_AT_ONCE:
            return
        loop, channel = asyncio.get_running_loop(), self._randomness.token(SHORT_ID_BYTES)
        certificate = hashlib.sha256(socket.certificate).digest()

        def reply(message: bytes) -> None:
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(socket.channel.send, DirectLink(message))

        self._linking += 1
        try:
            async with asyncio.timeout(LINKING_SECONDS):
                message: DirectFrame = first
                while isinstance(message, DirectLink):
                    self._duties.link_asked(channel, certificate, message.message, reply)
                    message, _ = await socket.receive()
        finally:
            self._linking -= 1

    async def _admit(
        self, socket: DirectSocket, peer: DirectPeer, transcript: DirectTranscript
    ) -> tuple[int, str | None] | None:
        """Let the caller in: gives the contact, and the id of the command that accepted them just now."""
        address = self._call_back(socket, peer)
        # Noted before the verdict is asked for: the user may decide faster than it gets here.
        with self._decision_on(peer.devices.identity_key) as decided:
            while True:
                decided.made.clear()
                verdict = await asyncio.wrap_future(self._duties.judge_caller(peer, address))
                match verdict:
                    case KnownPeer(contact):
                        return contact, decided.request_id
                    case UnknownPeer():
                        if not await self._keep_waiting(socket, decided):
                            return None
                    case RemovedPeer(contact):
                        # It is shown the own list, by which it locks itself.
                        await self._handshake.introduce_back(socket, transcript, contact)
                        return None
                    case UnwantedPeer():
                        await self._keep_waiting(socket, _Decision())
                        return None

    @contextlib.contextmanager
    def _decision_on(self, identity: bytes) -> "Iterator[_Decision]":
        decided = _Decision()
        waiting = self._waiting.setdefault(identity, [])
        waiting.append(decided)
        try:
            yield decided
        finally:
            waiting.remove(decided)
            if not waiting:
                self._waiting.pop(identity, None)

    async def _keep_waiting(self, socket: DirectSocket, decided: "_Decision") -> bool:
        """Say pending and wait for the user; True when it was ``decided`` to let the caller in.

        Whoever it is waits the same; when too many wait, everybody is sent away at once.

        Raises:
            BabiluError: The caller is gone, or does not wait in silence.
        """
        socket.channel.send(Pending())
        if self._waiting_callers >= self._limits.waiting_callers:
            return False
        self._waiting_callers += 1
        decision = asyncio.ensure_future(decided.made.wait())
        word = asyncio.ensure_future(socket.receive())
        try:
            await asyncio.wait(
                {decision, word}, timeout=self._limits.pending_ms / 1000, return_when=asyncio.FIRST_COMPLETED
            )
            if word.done():
                word.result()
                raise ProtocolError(ErrorCode.NOT_ALLOWED, "A caller spoke before they were let in.")
            return decision.done()
        finally:
            decision.cancel()
            word.cancel()
            self._waiting_callers -= 1

    @staticmethod
    def _call_back(socket: DirectSocket, peer: DirectPeer) -> tuple[str, int]:
        return socket.address[0], peer.body.listening_port or socket.address[1]
