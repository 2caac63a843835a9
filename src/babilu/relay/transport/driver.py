"""Driver of a relay's connections: `FrameConnection` on a socket of the loop, with one timer and one buffer for all.

What a turn of the loop says to a client leaves in one write, all deadlines hang on one timing wheel, and nothing is
read while there is a reason not to.
"""

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto, unique
from typing import Final, cast

from babilu.kernel.errors import BabiluError, ErrorCode, ProtocolError
from babilu.kernel.limits import Limits
from babilu.relay.base.refusals import error_frame
from babilu.relay.transport.timing_wheel import TimingWheel
from babilu.relay.transport.write_batching import WriteBatcher
from babilu.wire.client_frames import ClientFrame
from babilu.wire.codec import client_frames
from babilu.wire.connection import Expired, FrameConnection, Stage, UnknownFrame
from babilu.wire.frame_base import Bye
from babilu.wire.relay_frames import Error, RelayFrame

log = logging.getLogger(__name__)

INLET_BYTES: Final = 128 * 1024
"""Size of the buffer that all connections receive into, one after the other."""

WRITE_HIGH_BYTES: Final = 256 * 1024
"""Unsent bytes at which a connection is neither read nor written to, until they are a quarter."""

FRAMES_AT_ONCE: Final = 64
"""Frames of one connection that are handled before the others have their turn: most reads bring fewer."""

_GONE: Final = asyncio.Transport()
"""In place of the transport of a connection that is lost: the two would keep each other until the collector comes."""


@unique
class Hold(Enum):
    """Why a connection is not read at present."""

    REQUEST = auto()
    WRITING = auto()
    SUBMISSIONS = auto()
    FILES = auto()
    TURN = auto()
    STOPPING = auto()


@dataclass(slots=True)
class ConnectionContext:
    """Context of all connections of a relay: what they have in common.

    Attributes:
        limits: Sizes and deadlines, which a reload replaces.
        timing_wheel: Their deadlines.
        write_batcher: Their writes.
        now: The loop's time, in seconds.
        inlet: Their receive buffer: one at a time fills it and empties it again before another does.
    """

    limits: Limits
    timing_wheel: TimingWheel
    write_batcher: WriteBatcher
    now: Callable[[], float]
    inlet: memoryview = field(default_factory=lambda: memoryview(bytearray(INLET_BYTES)))


class ConnectionDriver(asyncio.BufferedProtocol, ABC):
    """The socket of one connection, from the end of its TLS handshake on; what its frames mean is a subclass's.

    Args:
        context: What it has in common with the others.

    Attributes:
        slot: The wheel's.
    """

    __slots__ = ("_context", "_drained", "_holds", "_is_due", "_transport", "_wire", "slot")

    _transport: asyncio.Transport

    def __init__(self, context: ConnectionContext) -> None:
        self.slot = 0
        self._context = context
        self._holds: set[Hold] = set()
        # Whether the outlet has it.
        self._is_due = False
        self._wire: FrameConnection[ClientFrame] = FrameConnection(client_frames, context.limits, Stage.UNGREETED)
        self._drained: asyncio.Future[None] | None = None

    @abstractmethod
    def _made(self) -> None:
        """The connection stands."""

    @abstractmethod
    def _handle(self, received: ClientFrame) -> None:
        """Handle a frame."""

    @abstractmethod
    def _writable(self) -> None:
        """A client that read slowly can be written to again."""

    @abstractmethod
    def _lost(self) -> None:
        """The connection is gone."""

    # What the transport calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to listen; the deadline for the login runs from here."""
        # uvloop's transports are no subclasses of asyncio's.
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=WRITE_HIGH_BYTES)
        self._wire.start(self._context.now())
        self._watch()
        self._made()

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002  # the loop's wish; ours is always large enough
        """Lend the shared buffer until `buffer_updated`; to a stranger only as much of it as may be kept of them."""
        inlet, room = self._context.inlet, self._wire.room
        return inlet if room is None else inlet[: max(room - self._wire.kept, 1)]

    def buffer_updated(self, nbytes: int) -> None:
        """Handle the frames that are complete now."""
        context = self._context
        self._wire.receive(context.inlet[:nbytes].tobytes(), context.now())
        self._handle_frames()

    def eof_received(self) -> None:
        """Close too: there is no half-open connection."""
        self.close()

    def pause_writing(self) -> None:
        """Read nothing more from a client that does not read what it is sent."""
        self._wire.pause_writing()
        self.hold(Hold.WRITING)

    def resume_writing(self) -> None:
        """Go on with a client that has read."""
        self._wire.resume_writing()
        self.release(Hold.WRITING)
        self._wake_drained()
        if self.is_open:
            self._writable()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # gone is gone
        """Let everybody know, once."""
        self._wire.end()
        self._transport = _GONE
        self._wake_drained()
        self._context.timing_wheel.forget(self)
        self._lost()

    # What its owner calls.

    @property
    def is_open(self) -> bool:
        """Whether anything can still be said to the client."""
        return self._wire.is_open

    @property
    def is_congested(self) -> bool:
        """Whether the client reads more slowly than it is written to."""
        return self._wire.is_congested

    def reconfigure(self, limits: Limits) -> None:
        """Use these limits from now on."""
        self._wire.reconfigure(limits)
        self._watch()

    def send(self, message: RelayFrame) -> None:
        """Send a frame at the end of this turn of the loop; nothing happens on a connection that is gone."""
        self._wire.send(message)
        if not self._is_due:
            self._write_soon()

    def send_octets(self, octets: bytes) -> None:
        """Send a frame that is encoded already, length and all."""
        self._wire.send_octets(octets)
        if not self._is_due:
            self._write_soon()

    def refuse(self, request: int | None, error: BabiluError) -> None:
        """Send a refusal of a request, or of something that had no number."""
        self.send(error_frame(error, request))

    async def drained(self) -> None:
        """Wait until the client has read most of what it was sent, or is gone."""
        while self.is_open:
            self.flush()
            if not self.is_congested:
                return
            self._drained = self._drained or asyncio.get_running_loop().create_future()
            await self._drained

    def close(self, farewell: Bye | Error | None = None) -> None:
        """Say goodbye and close; what was sent before still leaves."""
        if self.is_open:
            self._wire.close(self._context.now(), farewell)
            self._leave()

    def abort(self) -> None:
        """Close without a word."""
        if self._transport is not _GONE:
            self._wire.end()
            self._transport.abort()

    def hold(self, why: Hold) -> None:
        """Read nothing more for a reason, until it is released."""
        if not self._holds and self.is_open:
            self._wire.pause_reading()
            self._transport.pause_reading()
        self._holds.add(why)

    def release(self, why: Hold) -> None:
        """End a reason; with the last one, go on where reading stopped."""
        if why not in self._holds:
            return
        self._holds.remove(why)
        if self._holds or not self.is_open:
            return
        self._wire.resume_reading(self._context.now())
        self._handle_frames()
        if not self._holds and self.is_open:
            self._transport.resume_reading()

    def flush(self) -> None:
        self._is_due = False
        octets = self._wire.data_to_send()
        # uvloop raises on a write to a transport that is closing.
        if octets and not self._transport.is_closing():
            self._transport.write(octets)

    # Deadlines.

    def look(self, now: float) -> float | None:
        """Act on the deadlines that have passed; see `Watched`."""
        match self._wire.expire(now):
            case None:
                if self._wire.has_output and not self._is_due:
                    self._write_soon()
                return self._wire.next_look(now)
            case Expired.FRAME:
                self._give_up("A frame was begun and not finished in time.")
            case Expired.LOGIN:
                self._give_up("Nobody logged in in time.")
            case Expired.SILENCE:
                log.debug("a client vanished without a word")
                self.abort()
            case Expired.FAREWELL:
                self.abort()
        return None

    def _give_up(self, sentence: str) -> None:
        self.close(Error(ErrorCode.NOT_ALLOWED.value, sentence, None, None))

    def _watch(self) -> None:
        self._context.timing_wheel.forget(self)
        due = self._wire.next_look(self._context.now())
        if due is not None:
            self._context.timing_wheel.watch(self, due)

    # Frames.

    def _write_soon(self) -> None:
        self._is_due = True
        self._context.write_batcher.add(self)

    def _wake_drained(self) -> None:
        if self._drained is not None:
            self._drained.set_result(None)
            self._drained = None

    def _leave(self) -> None:
        self.flush()
        self._transport.close()
        self._watch()

    def _handle_frames(self) -> None:
        """Handle frames one by one as long as nothing holds; after so many of them the others have their turn."""
        wire, holds, left = self._wire, self._holds, FRAMES_AT_ONCE
        next_event = wire.next_event
        try:
            while not holds and (received := next_event()) is not None:
                if isinstance(received, UnknownFrame):
                    self.refuse(received.error.request, received.error)
                else:
                    self._handle(received)
                left -= 1
                if not left and wire.kept:
                    self._end_turn()
        except ProtocolError:
            self._leave()
        if wire.has_output and not self._is_due:
            self._write_soon()

    def _end_turn(self) -> None:
        self.hold(Hold.TURN)
        asyncio.get_running_loop().call_soon(self.release, Hold.TURN)
