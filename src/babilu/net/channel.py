"""A client's connection as typed frames: drives `FrameConnection` with the loop's sockets and timer.

The owner is called in the loop's thread only, and told everything once. After `lost` was called, nothing else is.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, Generic, TypeVar, cast

import msgspec

from babilu.kernel.errors import BabiluError, ErrorCode, LinkError, ProtocolError, Reason
from babilu.kernel.limits import Limits
from babilu.wire.codec import Codec, MalformedFrameError
from babilu.wire.connection import Expired, FrameConnection, UnknownFrame
from babilu.wire.frame_base import Bye, Ping, Pong
from babilu.wire.framing import frame

T = TypeVar("T")
M = TypeVar("M")

INLET_BYTES: Final = 64 * 1024
"""Size of the buffer that a connection receives into: larger ones make nothing faster."""


class FrameChannel(asyncio.BufferedProtocol, Generic[T]):
    """The protocol of one TLS connection.

    It lends its loop one buffer. A protocol that is handed bytes makes the loop allocate a quarter of a mebibyte for
    each record of 16 KiB, which costs more than to decrypt it.

    Args:
        codec: Decodes what the other end may send.
        limits: Sizes and deadlines.
        received: Called with each frame (but ping and pong) and the exact bytes of its body.
        lost: Called once, with the reason, when the connection is gone.
        unknown: Called with what is wrong about a frame of a later version; None lets such a frame end the connection.
    """

    def __init__(
        self,
        codec: Codec[T],
        limits: Limits,
        received: Callable[[T, bytes], None],
        lost: Callable[[BabiluError], None],
        unknown: Callable[[MalformedFrameError], None] | None = None,
    ) -> None:
        self._received = received
        self._lost = lost
        self._unknown = unknown
        self._loop = asyncio.get_running_loop()
        self._wire = FrameConnection(codec, limits)
        self._inlet = memoryview(bytearray(INLET_BYTES))
        self._transport: asyncio.Transport | None = None
        self._flush_is_due = False
        self._is_full = False
        self._drained: asyncio.Future[None] | None = None
        self._ended: asyncio.Future[None] = self._loop.create_future()
        self._timer: asyncio.TimerHandle | None = None
        self._reason: BabiluError | None = None

    @property
    def transport(self) -> asyncio.Transport:
        """The transport; only after the connection was made."""
        if self._transport is None:
            raise LinkError(ErrorCode.UNAVAILABLE, "The connection is not open.")
        return self._transport

    @property
    def is_open(self) -> bool:
        """Whether frames can still be written."""
        return self._transport is not None and self._wire.is_open and not self._transport.is_closing()

    # What the transport calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start to listen and to watch for silence."""
        self._transport = cast("asyncio.Transport", transport)
        if self._reason is not None:
            self._transport.abort()
            return
        self._wire.start(self._loop.time())
        self._watch()

    def pause_writing(self) -> None:
        """Record that the other end reads more slowly than it is written to."""
        self._wire.pause_writing()

    def resume_writing(self) -> None:
        """Go on with an other end that has read."""
        self._wire.resume_writing()
        self._write_soon()
        self._wake_drained()

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002  # the loop's wish; ours is always large enough
        """Lend the buffer until `buffer_updated`."""
        return self._inlet

    def buffer_updated(self, nbytes: int) -> None:
        """Pass the frames on that are complete now."""
        now = self._loop.time()
        self._wire.receive(self._inlet[:nbytes].tobytes(), now)
        try:
            while (received := self._wire.next_event()) is not None:
                self._pass_on(received)
        except ProtocolError as error:
            self._wire.fail(error, now)
            self._leave(error)
        self._write_soon()

    def _pass_on(self, received: T | UnknownFrame) -> None:
        match received:
            case Ping() | Pong():
                pass
            case UnknownFrame(error):
                if self._unknown is None:
                    raise error
                self._unknown(error)
            case _:
                self._received(received, self._wire.body)

    def eof_received(self) -> None:
        """Close too: there is no half-open connection."""
        self.close(_closed_there())

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the owner, once."""
        del exc
        self._wire.end()
        self._stop_watching()
        self._wake_drained()
        if not self._ended.done():
            self._ended.set_result(None)
        self._lost(self._reason or _closed_there())

    # What the owner calls.

    def send(self, message: msgspec.Struct) -> None:
        """Send a frame; what one turn of the loop sends leaves in one write. Does nothing on a lost connection."""
        self._wire.send(message)
        self._write_soon()

    def send_body(self, body: bytes) -> None:
        """Send a frame that is encoded already, where its exact bytes matter."""
        self._wire.send_octets(frame(body))
        self._write_soon()

    async def drained(self) -> None:
        """Wait until the other end has read most of what it was sent, or the connection is gone."""
        self._flush()
        # How full its buffer is a transport tells only after a turn of the loop.
        await asyncio.sleep(0)
        while self._wire.is_congested and not self._ended.done():
            self._drained = self._drained or self._loop.create_future()
            await asyncio.shield(self._drained)

    def pause_reading(self) -> None:
        """Stop reading from the other end for now."""
        if self.is_open:
            self._wire.pause_reading()
            self.transport.pause_reading()

    def resume_reading(self) -> None:
        if self.is_open:
            self._wire.resume_reading(self._loop.time())
            self.transport.resume_reading()

    def limit_reading(self, waiting: int, room: int) -> None:
        """Stop reading while ``room`` bytes wait at the owner, until half of them are gone."""
        if not self._is_full and waiting >= room:
            self._is_full = True
            self.pause_reading()
        elif self._is_full and waiting <= room // 2:
            self._is_full = False
            self.resume_reading()

    def close(self, reason: BabiluError, farewell: Bye | None = None) -> None:
        """Write what waits and close; the owner hears ``reason`` when the connection is gone."""
        self._wire.close(self._loop.time(), farewell)
        self._leave(reason)

    def abort(self, reason: BabiluError) -> None:
        """Cut the connection without waiting for the other end; what the system has taken over is sent all the same."""
        self._reason = self._reason or reason
        self._wire.end()
        if self._transport is not None and not self._ended.done():
            self._transport.abort()

    async def made_by(self, making: Awaitable[M]) -> M:
        """Await what makes this connection; where that is given up, nothing of it stays open.

        Whoever gives up may be heard when TLS stands already. The loop then says a goodbye for which nobody waits, and
        must not be closed meanwhile.
        """
        try:
            return await making
        except BaseException:
            self.abort(LinkError(ErrorCode.CLOSED, "The connection was given up."))
            if self._transport is not None:
                await asyncio.shield(self._ended)
            raise

    # Writing and deadlines.

    def _leave(self, reason: BabiluError) -> None:
        if self._reason is not None or self._ended.done():
            return
        self._reason = reason
        self._flush()
        if self._transport is not None:
            self._transport.close()
            self._watch()

    def _write_soon(self) -> None:
        if self._wire.has_output and not self._flush_is_due:
            self._flush_is_due = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._flush_is_due = False
        octets = self._wire.data_to_send()
        # uvloop raises on a write to a transport that is closing.
        if octets and self._transport is not None and not self._transport.is_closing():
            self._transport.write(octets)

    def _wake_drained(self) -> None:
        drained, self._drained = self._drained, None
        if drained is not None:
            drained.set_result(None)

    def _watch(self) -> None:
        self._stop_watching()
        now = self._loop.time()
        match self._wire.expire(now):
            case Expired.FRAME:
                self._give_up("The other end began a frame and did not finish it.")
            case Expired.SILENCE:
                self._give_up("Nothing was heard from the other end for too long.")
            case Expired.LOGIN | Expired.FAREWELL:
                self._give_up("The other end takes no farewell.")
            case None:
                self._write_soon()
        due = self._wire.next_look(now)
        if due is not None:
            self._timer = self._loop.call_later(max(due - now, 0.001), self._watch)

    def _stop_watching(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self, text: str) -> None:
        self.abort(LinkError(ErrorCode.UNAVAILABLE, text).because(Reason.SILENT))


def _closed_there() -> LinkError:
    return LinkError(ErrorCode.UNAVAILABLE, "The other end closed the connection.").because(Reason.ENDED)
