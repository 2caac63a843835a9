"""A standing direct connection with a contact: it carries parcels there, and passes on and acknowledges what comes."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

from babilu.engine.runtime.loop_thread import log_defect
from babilu.engine.transport.direct_parts import DirectParts, ReadParts
from babilu.engine.transport.outbound_queue import Dropped, LaneRoute, OutboundEnvelope, Outcome, PeerKept
from babilu.identity.direct import DirectPeer
from babilu.identity.shapes import Bundle
from babilu.kernel.errors import BabiluError, ErrorCode, LinkError, ProtocolError
from babilu.kernel.ids import DeviceId, EnvelopeId
from babilu.net.direct_socket import DirectSocket
from babilu.wire.direct_frames import (
    BlobData,
    BlobGet,
    BlobKept,
    BlobRefused,
    BlobWaits,
    Bye,
    DirectAck,
    DirectEnvelope,
    DirectFrame,
    DirectTransient,
    Error,
    Prekeys,
)

ACK_BATCH = 64
"""Most envelopes that are committed and acknowledged together."""

MOST_SPARES = 8
"""Bundles that a peer may give over one connection; more are not looked at."""

MOST_QUESTIONS = 1_000
"""Files of whose fate a peer may ask over one connection; of more it hears nothing."""

MOST_KEPT = 2 * MOST_QUESTIONS
"""Files that a peer may say to have over one connection, asked or not; more are asked about over the next one."""

TRANSIENT_PAUSE_MS = 500
"""Time after a transient for which more of them are dropped: an honest peer has one each three seconds."""

HANG_UP = "done"
"""Farewell of a user who hung up: whoever called does not call again by itself."""


@dataclass(frozen=True, slots=True)
class PeerHandlers:
    """Who takes what the other end of a connection says; all are called in the loop's thread.

    Attributes:
        keep: Commits envelopes; its future ends with the ids that are kept.
        spare: Takes a bundle for a later session.
        transient: Takes what is said that is true now.
        read_parts: Reads parts of files that the other end asks for.
        file_kept: Takes note that the other end has a file whole.
        file_waits: Answers whether a file of the other end is here.
    """

    keep: Callable[[list[bytes]], "Future[list[EnvelopeId]]"]
    spare: Callable[[Bundle], None]
    transient: Callable[[bytes], None]
    read_parts: ReadParts
    file_kept: Callable[[BlobKept], None]
    file_waits: Callable[[BlobWaits], None]


class DirectConnection:
    """An established direct connection with a contact; carries parcels.

    Attributes:
        contact: Whom it is with.
        parts: What the two ends ask each other for of files.
        peer: What the other side proved.
        address: The other end of the socket.
        outgoing: Whether we called.
        established: Loop time of its beginning.
        request_id: The id of the command that made it or ends it, which the next event about it brings back.
    """

    def __init__(
        self,
        contact: int,
        peer: DirectPeer,
        socket: DirectSocket,
        outgoing: bool,
        address: tuple[str, int],
        request_id: str | None = None,
    ) -> None:
        self.contact = contact
        self.peer = peer
        self.outgoing = outgoing
        self.address = address
        self.request_id = request_id
        self.established = asyncio.get_running_loop().time()
        self.parts = DirectParts(socket.channel)
        self._socket = socket
        self._spares = 0
        self._questions = 0
        self._told_kept = 0
        self._next_transient = self.established
        self._ending: BabiluError | None = None
        self._on_way: dict[EnvelopeId, Callable[[Outcome], None]] = {}

    @property
    def device(self) -> DeviceId:
        """The device at the other end."""
        return DeviceId(self.peer.entry.device)

    @property
    def way(self) -> LaneRoute:
        return LaneRoute.DIRECT

    @property
    def closed(self) -> "asyncio.Future[BabiluError]":
        """Ends with the reason when the connection is gone."""
        return self._socket.closed

    def carry(self, outbound: OutboundEnvelope, done: Callable[[Outcome], None]) -> None:
        """Send a parcel; it is kept when the peer acknowledges it."""
        self._on_way[outbound.envelope] = done
        self._socket.channel.send(DirectEnvelope(outbound.body))

    def give_prekeys(self, bundle: Bundle) -> None:
        """Give the peer a bundle for a later session: to renew this one, or to repair what cannot be decrypted."""
        self._socket.channel.send(Prekeys(bundle))

    def pass_on(self, sealed: bytes) -> None:
        """Hand a transient to the device at the other end."""
        self._socket.channel.send(DirectTransient(sealed))

    def close(self, reason: LinkError, farewell: str) -> None:
        """Say goodbye with a code and close; `HANG_UP` asks the other side not to call again by itself."""
        self._socket.channel.close(reason, Bye(farewell))

    async def converse(self, handlers: PeerHandlers) -> BabiluError:
        """Pass envelopes on and acknowledge what is kept, until the connection is gone.

        Args:
            handlers: Who takes what comes.

        Returns:
            Why it is gone: ``closed`` when the other side hung up.
        """
        self._socket.let_in()
        serving = asyncio.get_running_loop().create_task(self.parts.serve(handlers.read_parts))
        serving.add_done_callback(log_defect)
        reason: BabiluError = LinkError(ErrorCode.CLOSED, "The connection was closed here.")
        try:
            while True:
                envelopes = await self._gather(handlers)
                kept = await asyncio.wrap_future(handlers.keep(envelopes))
                if kept:
                    self._socket.channel.send(DirectAck(tuple(kept)))
                # A peer that reads no acks is not read either.
                await self._socket.channel.drained()
        except BabiluError as error:
            reason = error
            self._socket.channel.close(error)
            return error
        finally:
            serving.cancel()
            on_way, self._on_way = self._on_way, {}
            for envelope, done in on_way.items():
                done(Dropped(envelope))
            self.parts.end(reason)
            await asyncio.wait([serving])

    async def _gather(self, handlers: PeerHandlers) -> list[bytes]:
        if self._ending is not None:
            raise self._ending
        envelopes: list[bytes] = []
        try:
            while not envelopes or (self._socket.has_more and len(envelopes) < ACK_BATCH):
                message, _ = await self._socket.receive()
                match message:
                    case DirectTransient(sealed):
                        self._hear(sealed, handlers.transient)
                    case BlobData() | BlobRefused():
                        self.parts.answered(message)
                    case BlobGet():
                        if not self.parts.asked(message):
                            # Whoever reads no refusals is not read either, or those would fill the memory.
                            await self._socket.channel.drained()
                    case BlobKept() | BlobWaits():
                        self._hear_of_file(message, handlers)
                    case _:
                        self._take(message, envelopes, handlers.spare)
        except BabiluError as error:
            if not envelopes:
                raise
            # What came before the end is kept first.
            self._ending = error
        return envelopes

    def _hear_of_file(self, message: BlobKept | BlobWaits, handlers: PeerHandlers) -> None:
        if isinstance(message, BlobKept):
            self._told_kept += 1
            if self._told_kept <= MOST_KEPT:
                handlers.file_kept(message)
            return
        self._questions += 1
        if self._questions <= MOST_QUESTIONS:
            handlers.file_waits(message)

    def _take(self, message: DirectFrame, envelopes: list[bytes], spare: Callable[[Bundle], None]) -> None:
        match message:
            case DirectEnvelope(envelope):
                envelopes.append(envelope)
            case DirectAck(acknowledged):
                self._acknowledged(acknowledged)
            case Bye(reason) if reason == HANG_UP:
                raise LinkError(ErrorCode.CLOSED, "The other side hung up.")
            case Bye():
                raise LinkError(ErrorCode.UNAVAILABLE, "The other side ended the connection.")
            case Error():
                raise ProtocolError(ErrorCode.NOT_ALLOWED, "The other side refused what it was sent.")
            case Prekeys(bundle):
                self._spares += 1
                if self._spares <= MOST_SPARES:
                    spare(bundle)
            case _:
                raise ProtocolError(ErrorCode.NOT_ALLOWED, "The other side sent a frame out of place.")

    def _hear(self, sealed: bytes, transient: Callable[[bytes], None]) -> None:
        now = asyncio.get_running_loop().time()
        if now >= self._next_transient:
            self._next_transient = now + TRANSIENT_PAUSE_MS / 1000
            transient(sealed)

    def _acknowledged(self, envelopes: tuple[bytes, ...]) -> None:
        for envelope in envelopes:
            done = self._on_way.pop(EnvelopeId(envelope), None)
            if done is not None:
                done(PeerKept(EnvelopeId(envelope), LaneRoute.DIRECT, None))
