"""One connection as typed frames: it decodes, keeps alive, notices silence, and tells its owner everything once.

The owner is called in the loop's thread only. After `lost` was called, nothing else is.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar, cast

import msgspec

from babilu.kernel.errors import BabiluError, ErrorCode, LinkError, ProtocolError, Reason
from babilu.kernel.limits import Limits
from babilu.wire.codec import Codec, MalformedFrameError, encode
from babilu.wire.framing import FrameReader, frame
from babilu.wire.relay_frames import Bye, Error, Ping, Pong

T = TypeVar("T")
M = TypeVar("M")

_PING = frame(encode(Ping()))
_PONG = frame(encode(Pong()))


class FrameChannel(asyncio.Protocol, Generic[T]):
    """The protocol of one TLS connection.

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
        self._codec = codec
        self._limits = limits
        self._received = received
        self._lost = lost
        self._unknown = unknown
        self._reader = FrameReader(limits)
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._out: list[bytes] = []
        self._last_heard = self._loop.time()
        self._frame_begun: float | None = None
        self._pinged = False
        self._crowded = False
        self._owes_pong = False
        self._drained: asyncio.Future[None] | None = None
        self._ended: asyncio.Future[None] = self._loop.create_future()
        self._timer: asyncio.TimerHandle | None = None
        self._reason: BabiluError | None = None
        self._gone = False

    @property
    def transport(self) -> asyncio.Transport:
        """The transport; only after the connection was made."""
        if self._transport is None:
            raise LinkError(ErrorCode.UNAVAILABLE, "The connection is not open.")
        return self._transport

    @property
    def is_open(self) -> bool:
        """Whether frames can still be written."""
        return self._transport is not None and not self._gone and not self._transport.is_closing()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start to listen and to watch for silence."""
        self._transport = cast("asyncio.Transport", transport)
        self._last_heard = self._loop.time()
        if self._reason is None:
            self._watch()
        else:
            self._abort()

    def pause_writing(self) -> None:
        """Take note that the other end reads more slowly than it is written to."""
        self._crowded = True

    def resume_writing(self) -> None:
        """Go on with an other end that has read."""
        self._crowded = False
        if self._owes_pong:
            self._owes_pong = False
            self._write(_PONG)
        self._wake_drained()

    def data_received(self, data: bytes) -> None:
        """Cut, decode and pass on."""
        self._last_heard = self._loop.time()
        self._pinged = False
        try:
            for body in self._reader.feed(data):
                # What is unfinished after this one began with these bytes.
                self._frame_begun = None
                if self._reason is not None:
                    return
                self._take(body)
        except ProtocolError as error:
            self.send(Error(error.code.value, error.text, None, None))
            self.close(error)
            return
        if self._reader.mid_frame:
            self._frame_begun = self._frame_begun or self._last_heard
        else:
            self._frame_begun = None

    def _take(self, body: bytes) -> None:
        try:
            decoded = self._codec.decode(body)
        except MalformedFrameError as error:
            if self._unknown is None or error.code is not ErrorCode.UNSUPPORTED:
                raise
            self._unknown(error)
            return
        match decoded:
            case Ping():
                self._answer_ping()
            case Pong():
                pass
            case _:
                self._received(decoded, body)

    def _answer_ping(self) -> None:
        # Whoever asks without reading gets one answer for all: else unread answers would fill the memory.
        if self._crowded:
            self._owes_pong = True
        else:
            self._write(_PONG)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the owner, once."""
        del exc
        self._gone = True
        self._out.clear()
        if self._timer is not None:
            self._timer.cancel()
        self._wake_drained()
        if not self._ended.done():
            self._ended.set_result(None)
        self._lost(self._reason or _closed_there())

    def send(self, message: msgspec.Struct) -> None:
        """Send a frame; what one turn of the loop sends leaves in one write. Does nothing on a lost connection."""
        self._write(frame(encode(message)))

    def send_body(self, body: bytes) -> None:
        """Send a frame that is encoded already, where its exact bytes matter."""
        self._write(frame(body))

    def _write(self, octets: bytes) -> None:
        if self._gone or self._reason is not None:
            return
        if not self._out:
            self._loop.call_soon(self._flush)
        self._out.append(octets)

    def _flush(self) -> None:
        # uvloop raises on a write to a transport that is closing.
        if self._out and self._transport is not None and not self._transport.is_closing():
            self._transport.write(b"".join(self._out))
        self._out.clear()

    async def drained(self) -> None:
        """Wait until the other end has read most of what it was sent, or the connection is gone."""
        self._flush()
        # How full its buffer is a transport tells only after a turn of the loop.
        await asyncio.sleep(0)
        while self._crowded and not self._gone:
            self._drained = self._drained or self._loop.create_future()
            await asyncio.shield(self._drained)

    def _wake_drained(self) -> None:
        drained, self._drained = self._drained, None
        if drained is not None:
            drained.set_result(None)

    def pause_reading(self) -> None:
        """Take no more from the other end for now."""
        if self.is_open:
            self.transport.pause_reading()

    def resume_reading(self) -> None:
        """Take on."""
        if self.is_open:
            self.transport.resume_reading()

    def close(self, reason: BabiluError, farewell: Bye | None = None) -> None:
        """Write what waits and close; the owner hears ``reason`` when the connection is gone."""
        if self._gone or self._reason is not None:
            return
        if farewell is not None:
            self.send(farewell)
        self._reason = reason
        self._flush()
        if self._transport is not None:
            self._transport.close()
            # A peer that reads nothing would keep an orderly close waiting for ever.
            self._loop.call_later(1.0, self._abort)

    def abort(self, reason: BabiluError) -> None:
        """Cut the connection without waiting for the other end; what the system has taken over is sent all the same."""
        self._reason = self._reason or reason
        self._abort()

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

    def _abort(self) -> None:
        if not self._gone and self._transport is not None:
            self._transport.abort()

    def _watch(self) -> None:
        limits = self._limits
        now = self._loop.time()
        silent = (now - self._last_heard) * 1000
        if silent >= limits.silence_ms:
            self._give_up("Nothing was heard from the other end for too long.")
            return
        if self._frame_begun is not None and (now - self._frame_begun) * 1000 >= limits.frame_ms:
            self._give_up("The other end began a frame and did not finish it.")
            return
        if silent >= limits.ping_ms and not self._pinged:
            self._pinged = True
            self._write(_PING)
        due = [limits.silence_ms - silent if self._pinged else limits.ping_ms - silent]
        if self._frame_begun is not None:
            due.append(limits.frame_ms - (now - self._frame_begun) * 1000)
        # What begins later, a silence or a frame, is looked at by then: no timer is needed for each of them.
        pause = min(*due, limits.ping_ms, limits.frame_ms)
        self._timer = self._loop.call_later(max(pause, 1) / 1000, self._watch)

    def _give_up(self, text: str) -> None:
        self.abort(LinkError(ErrorCode.UNAVAILABLE, text).because(Reason.SILENT))


def _closed_there() -> LinkError:
    return LinkError(ErrorCode.UNAVAILABLE, "The other end closed the connection.").because(Reason.ENDED)
