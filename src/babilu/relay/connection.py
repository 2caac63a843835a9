"""One client's socket: bytes in, frames to their handlers, frames out; one write for all that a turn of the loop says.

Requests are handled one after the other in the order in which they came; submissions and acknowledgements do not wait.
While a request is handled, the client reads slowly, or much of it is on its way to the disk, nothing more is read.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto, unique
from typing import Any, Final, Protocol, cast

from babilu.kernel.errors import BabiluError, ErrorCode
from babilu.kernel.limits import LENGTH_BYTES, Limits
from babilu.relay.outlet import Outlet
from babilu.relay.refusals import error_frame, request_number
from babilu.relay.states import Connected, Greeting, State, not_allowed
from babilu.relay.wheel import Wheel
from babilu.wire.codec import MalformedFrameError, client_frames, encode
from babilu.wire.framing import frame
from babilu.wire.relay_frames import Bye, Error, Ping, RelayFrame

log = logging.getLogger(__name__)

INLET_BYTES: Final = 128 * 1024
"""Size of the buffer that all connections receive into, one after the other."""

HELLO_BYTES: Final = 1024
"""What is kept for somebody who has not said hello: several times the longest one."""

STRANGER_BYTES: Final = 128 * 1024
"""What is kept for somebody who has, until they log in: more than a registration with all its prekeys."""

WRITE_HIGH_BYTES: Final = 256 * 1024
"""Unsent bytes at which a connection is neither read nor written to, until they are a quarter."""

FRAMES_AT_ONCE: Final = 64
"""Frames of one connection that are handled before the others have their turn: most reads bring fewer."""

CLOSING_S: Final = 2.0
"""Longest time for a farewell to leave."""

_GONE: Final = asyncio.Transport()
"""In place of the transport of a connection that is lost: the two would keep each other until the collector comes."""

_PING: Final = frame(encode(Ping()))

Handler = Callable[["Connection", Any], Coroutine[Any, Any, RelayFrame | None] | None]
"""Takes a frame; what it returns is the coroutine of a request, whose result is the answer."""

Handlers = Mapping[type, Handler]
"""The frames that are allowed in a state."""


@unique
class Phase(Enum):
    """What can still happen to a connection."""

    OPEN = auto()
    CLOSING = auto()
    CLOSED = auto()


@unique
class Hold(Enum):
    """Why a connection is not read at present."""

    REQUEST = auto()
    WRITING = auto()
    SUBMISSIONS = auto()
    TURN = auto()
    STOPPING = auto()


class Stranger:
    """A connection that nobody has logged in on, as it is counted.

    Attributes:
        address_key: What limits by address count it under, or None.
        certificate: The certificate that it was shown (DER).
    """

    __slots__ = ("address_key", "certificate")

    def __init__(self, address_key: str | None, certificate: bytes) -> None:
        self.address_key = address_key
        self.certificate = certificate


class Owner(Protocol):
    """Who keeps the connections of a relay."""

    def handlers(self, state: State) -> Handlers:
        """Return what is allowed in a state."""

    def made(self, connection: "Connection") -> None:
        """A connection has finished its handshake."""

    def greeted(self, connection: "Connection") -> None:
        """Somebody has said hello for the first time."""

    def authenticated(self, connection: "Connection") -> None:
        """A connection is no longer a stranger's."""

    def writable(self, connection: "Connection") -> None:
        """A client that read slowly can be written to again."""

    def lost(self, connection: "Connection") -> None:
        """A connection is gone."""


@dataclass(slots=True)
class Shared:
    """What all connections of a relay have in common.

    Attributes:
        limits: Sizes and deadlines, which a reload replaces.
        owner: Who keeps the connections.
        wheel: Their deadlines.
        outlet: Their writes.
        requests: Requests under way.
        inlet: Their receive buffer: one at a time fills it and empties it again before another does.
    """

    limits: Limits
    owner: Owner
    wheel: Wheel
    outlet: Outlet
    requests: "set[asyncio.Task[None]]"
    inlet: memoryview = field(default_factory=lambda: memoryview(bytearray(INLET_BYTES)))


class Connection(asyncio.BufferedProtocol):
    """A client's connection, from the end of its TLS handshake on.

    Args:
        shared: What it has in common with the others.
        stranger: What it is counted as until somebody logs in.

    Attributes:
        stranger: See there.
        pending_bytes: Envelopes on their way to the disk; the mailroom's own.
        greeting: The last hello and its welcome, until a signature has used them up; set it with `greet`.
        slot: The wheel's.
        state: Who it is known to be; change it with `become`.
    """

    __slots__ = (
        "_begun_at",
        "_body",
        "_drained",
        "_handlers",
        "_heard_at",
        "_holds",
        "_made_at",
        "_out",
        "_phase",
        "_pinged",
        "_rest",
        "_room",
        "_shared",
        "_transport",
        "greeting",
        "pending_bytes",
        "slot",
        "state",
        "stranger",
    )

    _transport: asyncio.Transport

    def __init__(self, shared: Shared, stranger: Stranger) -> None:
        self.stranger = stranger
        self.greeting: Greeting | None = None
        self.pending_bytes = 0
        self.slot = 0
        self.state: State = Connected()
        self._shared = shared
        self._handlers = shared.owner.handlers(self.state)
        self._phase = Phase.OPEN
        self._holds: set[Hold] = set()
        self._out: list[bytes] = []
        self._rest = b""
        self._room: int | None = HELLO_BYTES
        self._body: memoryview | bytes = b""
        self._made_at = 0.0
        self._heard_at = 0.0
        self._begun_at: float | None = None
        self._pinged = False
        self._drained: asyncio.Future[None] | None = None

    # What the transport calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to listen; the deadline for the login runs from here."""
        # uvloop's transports are no subclasses of asyncio's.
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=WRITE_HIGH_BYTES)
        now = asyncio.get_running_loop().time()
        self._made_at = self._heard_at = now
        limits = self._shared.limits
        self._shared.wheel.watch(self, now + min(limits.login_ms, limits.frame_ms, limits.ping_ms) / 1000)
        self._shared.owner.made(self)

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002  # the loop's wish; ours is always large enough
        """Lend the shared buffer until `buffer_updated`; to a stranger no more of it than may be kept of them."""
        inlet, room = self._shared.inlet, self._room
        return inlet if room is None else inlet[: max(room - len(self._rest), 1)]

    def buffer_updated(self, nbytes: int) -> None:
        """Handle the frames that are complete now; keep what is left of an unfinished one."""
        if self._phase is not Phase.OPEN:
            return
        self._heard_at = asyncio.get_running_loop().time()
        self._pinged = False
        received = self._shared.inlet[:nbytes]
        if self._rest:
            self._rest += received
            self._consume_rest()
        else:
            used = 0 if self._holds else self._consume(received)
            self._keep(received, used)

    def eof_received(self) -> None:
        """Let the transport close: there is no half-open connection."""

    def pause_writing(self) -> None:
        """Read nothing more from a client that does not read what it is sent."""
        self.hold(Hold.WRITING)

    def resume_writing(self) -> None:
        """Go on with a client that has read."""
        self.release(Hold.WRITING)
        self._wake_drained()
        if self._phase is Phase.OPEN:
            self._shared.owner.writable(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # gone is gone
        """Let everybody know, once."""
        self._phase = Phase.CLOSED
        self._transport = _GONE
        self._out.clear()
        self._rest = b""
        self._wake_drained()
        self._shared.wheel.forget(self)
        self._shared.owner.lost(self)

    # What handlers call.

    @property
    def address_key(self) -> str | None:
        """What limits by address count the connection under, or None."""
        return self.stranger.address_key

    @property
    def is_open(self) -> bool:
        """Whether anything can still be said to the client."""
        return self._phase is Phase.OPEN

    @property
    def is_congested(self) -> bool:
        """Whether the client reads more slowly than it is written to."""
        return Hold.WRITING in self._holds

    @property
    def body(self) -> bytes:
        """The exact body of the frame that is being handled; only until the handler returns or waits."""
        return bytes(self._body)

    def greet(self, greeting: Greeting) -> None:
        """Take note of a hello; from the first one on, the client may say more."""
        self.greeting = greeting
        if self._room == HELLO_BYTES:
            self._room = STRANGER_BYTES
            self._shared.owner.greeted(self)

    def become(self, state: State) -> None:
        """Enter a state."""
        self._room = None
        was_stranger = isinstance(self.state, Connected)
        self.state = state
        self._handlers = self._shared.owner.handlers(state)
        if was_stranger:
            self._shared.owner.authenticated(self)

    def send(self, message: RelayFrame) -> None:
        """Send a frame at the end of this turn of the loop; nothing happens on a connection that is gone."""
        self.send_octets(frame(encode(message)))

    def send_octets(self, octets: bytes) -> None:
        """Send a frame that is encoded already, length and all."""
        if self._phase is not Phase.OPEN:
            return
        if not self._out:
            self._shared.outlet.add(self)
        self._out.append(octets)

    def refuse(self, request: int | None, error: BabiluError) -> None:
        """Send a refusal of a request, or of something that had no number."""
        self.send(error_frame(error, request))

    async def drained(self) -> None:
        """Wait until the client has read most of what it was sent, or is gone."""
        while self._phase is Phase.OPEN:
            self.flush()
            if Hold.WRITING not in self._holds:
                return
            self._drained = self._drained or asyncio.get_running_loop().create_future()
            await self._drained

    def close(self, farewell: Bye | Error | None = None) -> None:
        """Say goodbye and close; what was sent before still leaves."""
        if self._phase is not Phase.OPEN:
            return
        if farewell is not None:
            self.send(farewell)
        self.flush()
        self._phase = Phase.CLOSING
        self._transport.close()
        self._shared.wheel.forget(self)
        self._shared.wheel.watch(self, asyncio.get_running_loop().time() + CLOSING_S)

    def abort(self) -> None:
        """Close without a word."""
        if self._phase is not Phase.CLOSED:
            self._phase = Phase.CLOSING
            self._transport.abort()

    def hold(self, why: Hold) -> None:
        """Read nothing more for a reason, until it is released."""
        if not self._holds and self._phase is Phase.OPEN:
            self._transport.pause_reading()
        self._holds.add(why)

    def release(self, why: Hold) -> None:
        """End a reason; with the last one, go on where reading stopped."""
        if why not in self._holds:
            return
        self._holds.remove(why)
        if self._holds or self._phase is not Phase.OPEN:
            return
        self._consume_rest()
        if not self._holds and self.is_open:
            self._transport.resume_reading()

    def flush(self) -> None:
        """Write what waits."""
        if self._out:
            # uvloop raises on a write to a transport that is closing.
            if not self._transport.is_closing():
                self._transport.write(b"".join(self._out))
            self._out.clear()

    # Deadlines.

    def look(self, now: float) -> float | None:
        """Act on the deadlines that have passed; see `Watched`."""
        match self._phase:
            case Phase.CLOSED:
                return None
            case Phase.CLOSING:
                self.abort()
                return None
            case Phase.OPEN:
                return self._look_open(now)

    def _look_open(self, now: float) -> float | None:
        limits = self._shared.limits
        due = now + limits.frame_ms / 1000
        if self._begun_at is not None:
            frame_due = self._begun_at + limits.frame_ms / 1000
            if now >= frame_due:
                self._give_up("A frame was begun and not finished in time.")
                return None
            due = min(due, frame_due)
        if isinstance(self.state, Connected):
            login_due = self._made_at + limits.login_ms / 1000
            if now >= login_due:
                self._give_up("Nobody logged in in time.")
                return None
            # The deadlines of those who log in meanwhile may be the shorter ones.
            return min(due, login_due, now + limits.ping_ms / 1000)
        silence_due = self._heard_at + limits.silence_ms / 1000
        ping_due = self._heard_at + limits.ping_ms / 1000
        if now >= silence_due:
            log.debug("a client vanished without a word")
            self.abort()
            return None
        if now >= ping_due and not self._pinged:
            self._pinged = True
            self.send_octets(_PING)
        # Once it is pinged, the answer starts the next silence.
        return min(due, silence_due, now + limits.ping_ms / 1000) if self._pinged else min(due, ping_due)

    def _give_up(self, sentence: str) -> None:
        self.close(Error(ErrorCode.NOT_ALLOWED.value, sentence, None, None))

    # Frames.

    def _wake_drained(self) -> None:
        if self._drained is not None:
            self._drained.set_result(None)
            self._drained = None

    def _consume_rest(self) -> None:
        if self._rest and not self._holds:
            rest, self._rest = self._rest, b""
            view = memoryview(rest)
            self._keep(view, self._consume(view))

    def _keep(self, view: memoryview, used: int) -> None:
        """Keep what was not used; the time for an unfinished frame runs from its first byte."""
        left = len(view) - used
        if left == 0 or self._phase is not Phase.OPEN:
            self._begun_at = None
            return
        self._rest = bytes(view[used:])
        if used or self._begun_at is None:
            self._begun_at = None if self._holds else self._heard_at

    def _consume(self, view: memoryview) -> int:
        """Handle the whole frames in ``view`` as long as nothing holds; return how many bytes they were."""
        start, end, handled = 0, len(view), 0
        while end - start >= LENGTH_BYTES and not self._holds and self._phase is Phase.OPEN:
            body_start = start + LENGTH_BYTES
            length = int.from_bytes(view[start:body_start], "big")
            most = self._shared.limits.frame_bytes
            # The one before may have been a hello.
            if self._room == HELLO_BYTES:
                most = min(most, HELLO_BYTES - LENGTH_BYTES)
            if not 0 < length <= most:
                self._refuse_length(length, most)
                return end
            stop = body_start + length
            if stop > end:
                break
            self._handle(view[body_start:stop])
            start = stop
            handled += 1
            if handled == FRAMES_AT_ONCE and end > start:
                self._end_turn()
        self._body = b""
        return start

    def _end_turn(self) -> None:
        self.hold(Hold.TURN)
        asyncio.get_running_loop().call_soon(self.release, Hold.TURN)

    def _refuse_length(self, length: int, most: int) -> None:
        if length:
            code, sentence = ErrorCode.TOO_LARGE, f"A frame of {length} bytes is over the limit of {most} bytes."
        else:
            code, sentence = ErrorCode.MALFORMED, "A frame is empty."
        self.close(Error(code.value, sentence, None, None))

    def _handle(self, body: memoryview) -> None:
        try:
            received = client_frames.decode(body)
        except MalformedFrameError as error:
            self.refuse(error.request, error)
            if error.code is not ErrorCode.UNSUPPORTED:
                self.close()
            return
        handler = self._handlers.get(type(received))
        if handler is None:
            self.refuse(request_number(received), not_allowed())
            return
        self._body = body
        try:
            request = handler(self, received)
        except BabiluError as error:
            self.refuse(request_number(received), error)
            return
        except Exception:
            # A fault of ours: this client may come again, and nobody else is concerned.
            log.exception("a frame could not be handled")
            self.close(Error(ErrorCode.UNAVAILABLE.value, "The relay failed at this frame.", None, None))
            return
        if request is not None:
            self.hold(Hold.REQUEST)
            task = asyncio.get_running_loop().create_task(self._answer(request, request_number(received)))
            self._shared.requests.add(task)
            task.add_done_callback(self._shared.requests.discard)

    async def _answer(self, request: Coroutine[Any, Any, RelayFrame | None], number: int | None) -> None:
        try:
            answer = await request
        except BabiluError as error:
            self.refuse(number, error)
        except Exception:
            log.exception("a request failed")
            self.refuse(number, BabiluError(ErrorCode.UNAVAILABLE, "The relay failed at this request."))
        else:
            if answer is not None:
                self.send(answer)
        self.release(Hold.REQUEST)
