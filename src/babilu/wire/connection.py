"""Sans-I/O connection: one end of a stream of frames, with its limits, deadlines, keep-alive and farewell.

Bytes and the time come in; frames, bytes to send and the next deadline come out. It opens no socket and reads no clock:
its drivers do, `net.channel` at a client and `relay.connection` at a relay. The pattern is that of h11 and websockets
(https://sans-io.readthedocs.io): `receive`, then `next_event` until it is None, then write `data_to_send`.
"""

import math
from dataclasses import dataclass
from enum import Enum, auto, unique
from typing import Final, Generic, TypeVar, assert_never

import msgspec

from babilu.kernel.errors import ErrorCode, ProtocolError
from babilu.kernel.limits import LENGTH_BYTES, Limits
from babilu.wire.codec import Codec, MalformedFrameError, encode
from babilu.wire.frame_base import Bye, Ping, Pong
from babilu.wire.framing import FrameReader, frame, length_of
from babilu.wire.relay_frames import Error

T = TypeVar("T")

HELLO_BYTES: Final = 1024
"""What is kept for somebody who has not said hello: several times the longest one."""

STRANGER_BYTES: Final = 128 * 1024
"""What is kept for somebody who has, until they log in: more than a registration with all its prekeys."""

CLOSING_S: Final = 2.0
"""Longest time for a farewell to leave."""

_PING: Final = frame(encode(Ping()))
_PONG: Final = frame(encode(Pong()))
_OWN: Final[frozenset[type]] = frozenset({Ping, Bye})
"""Frames that ask something of the connection itself; that a pong has come is all that it says."""


@unique
class Phase(Enum):
    """What can still happen to a connection."""

    OPEN = auto()
    CLOSING = auto()  # the farewell is on its way: nothing is taken and nothing is said any more
    CLOSED = auto()


@unique
class Stage(Enum):
    """How far the other end is let in, which bounds what is kept of it and which deadlines it has."""

    UNGREETED = auto()  # has not said hello
    GREETED = auto()  # has, and is a stranger until it logs in
    ADMITTED = auto()
    DISMISSED = auto()  # has said goodbye: what follows is not read


# A member of an enum is looked up by its class, which costs more than all else that is done for a short frame.
_OPEN: Final = Phase.OPEN
_DISMISSED: Final = Stage.DISMISSED


@unique
class Expired(Enum):
    """A deadline that has passed, and what its driver does then."""

    FRAME = auto()  # a frame was begun and not finished: close
    LOGIN = auto()  # nobody has logged in: close
    SILENCE = auto()  # the other end is gone: abort
    FAREWELL = auto()  # the other end takes no farewell: abort


@unique
class _Outflow(Enum):
    FREE = auto()
    CONGESTED = auto()
    PONG_OWED = auto()  # congested, and a ping came meanwhile


_ROOM: Final = {Stage.UNGREETED: HELLO_BYTES, Stage.GREETED: STRANGER_BYTES}


@dataclass(frozen=True, slots=True)
class UnknownFrame:
    """A frame of a later version, which ends nothing by itself.

    Attributes:
        error: What is wrong about it, with the number of its request.
    """

    error: MalformedFrameError


class FrameConnection(Generic[T]):
    """The protocol of one end of a connection, without its socket and its clock.

    Every ``now`` is in seconds, of any one clock that never goes back.

    Args:
        codec: Decodes what the other end may send.
        limits: Sizes and deadlines.
        stage: How far the other end is let in at first.

    Attributes:
        body: Exact bytes of the frame that `next_event` has just given.
        has_output: Whether there is something to be sent.
        room: Bytes that are kept of the other end at most, or None for as many as a frame has.
    """

    __slots__ = (
        "_begun_at",
        "_came_at",
        "_closing_by",
        "_codec",
        "_heard_at",
        "_limits",
        "_out",
        "_outflow",
        "_paused",
        "_phase",
        "_pinged",
        "_reader",
        "_stage",
        "_started_at",
        "body",
        "has_output",
        "room",
    )

    def __init__(self, codec: Codec[T], limits: Limits, stage: Stage = Stage.ADMITTED) -> None:
        self._codec = codec
        self._limits = limits
        self._reader = FrameReader(limits)
        self._phase = Phase.OPEN
        self._outflow = _Outflow.FREE
        self._out: list[bytes] = []
        self.has_output = False
        self._paused = False
        self._pinged = False
        # When the stream stood, when something came last, when what is being taken came, when its last frame began.
        self._started_at = self._heard_at = self._came_at = 0.0
        self._begun_at: float | None = None
        self._closing_by = math.inf
        self.body = b""
        self._enter(stage)

    def start(self, now: float) -> None:
        """Start the connection: the stream is up, and its deadlines run from here."""
        self._started_at = self._heard_at = self._came_at = now

    def reconfigure(self, limits: Limits) -> None:
        """Use these limits from now on."""
        self._limits = limits
        self._enter(self._stage)

    def greet(self) -> bool:
        """Let in somebody who has said hello; tell whether it was the first time."""
        if self._stage is not Stage.UNGREETED:
            return False
        self._enter(Stage.GREETED)
        return True

    def admit(self, now: float) -> None:
        """Let in somebody who has logged in; from here on their silence counts."""
        self._heard_at = now
        self._enter(Stage.ADMITTED)

    def _enter(self, stage: Stage) -> None:
        self._stage = stage
        self.room = _ROOM.get(stage)
        most = self._limits.frame_bytes
        self._reader.largest = most if self.room is None else min(most, self.room - LENGTH_BYTES)

    # What comes in.

    @property
    def phase(self) -> Phase:
        """What can still happen."""
        return self._phase

    @property
    def is_open(self) -> bool:
        """Whether anything can still be said."""
        return self._phase is _OPEN

    @property
    def kept(self) -> int:
        """Bytes that came and were not given out as frames yet."""
        return self._reader.kept

    def receive(self, octets: bytes, now: float) -> None:
        """Take bytes that came; `next_event` then gives the frames in them."""
        if self._phase is not _OPEN or self._stage is _DISMISSED:
            return
        self._heard_at = self._came_at = now
        self._pinged = False
        self._reader.receive(octets)

    def next_event(self) -> T | UnknownFrame | None:
        """Give the next frame; None when there is none yet.

        A ping is answered already, and is given so that a driver counts it: its turn may be over.

        Raises:
            ProtocolError: What came is no frame; the other end was told so, and the connection is closing.
        """
        if self._phase is not _OPEN:
            return None
        try:
            body = self._reader.next_body()
            if body is None:
                self._note_unfinished()
                return None
            # What is unfinished after this one began with the bytes that came last.
            self._begun_at = None
            message = self._codec.decode(body)
        except ProtocolError as error:
            if error.code is ErrorCode.UNSUPPORTED and isinstance(error, MalformedFrameError):
                return UnknownFrame(error)
            self.fail(error, self._came_at)
            raise
        if type(message) in _OWN:
            self._act_on(message)
        self.body = body
        return message

    def _note_unfinished(self) -> None:
        self.body = b""
        if self._paused or self._reader.unfinished is None:
            self._begun_at = None
        elif self._begun_at is None:
            self._begun_at = self._came_at

    def _act_on(self, message: object) -> None:
        if isinstance(message, Ping):
            self._answer_ping()
        else:
            self._reader.discard()
            self._enter(Stage.DISMISSED)

    def _answer_ping(self) -> None:
        # Whoever asks without reading gets one answer for all: else unread answers would fill the memory.
        if self._outflow is _Outflow.FREE:
            self.send_octets(_PONG)
        else:
            self._outflow = _Outflow.PONG_OWED

    def pause_reading(self) -> None:
        """Record that nothing is read for now: a frame that is unfinished meanwhile is not late."""
        self._paused = True
        self._begun_at = None

    def resume_reading(self, now: float) -> None:
        """Go on reading; an unfinished frame has its whole time again."""
        self._paused = False
        self._came_at = now
        if self._reader.kept:
            self._begun_at = now

    # What goes out.

    def send(self, message: msgspec.Struct) -> None:
        """Send a frame; nothing happens once a farewell was said."""
        if self._phase is _OPEN:
            body = encode(message)
            # Put together with all else that is to be sent, and copied once.
            self._out += (length_of(body), body)
            self.has_output = True

    def send_octets(self, octets: bytes) -> None:
        """Send a frame that is encoded already, length and all."""
        if self._phase is _OPEN:
            self._out.append(octets)
            self.has_output = True

    def data_to_send(self) -> bytes:
        """Return the bytes to write now, each once."""
        octets = b"".join(self._out)
        self._out.clear()
        self.has_output = False
        return octets

    def pause_writing(self) -> None:
        """Record that the other end reads more slowly than it is written to."""
        if self._outflow is _Outflow.FREE:
            self._outflow = _Outflow.CONGESTED

    def resume_writing(self) -> None:
        """Go on with an other end that has read."""
        owed, self._outflow = self._outflow is _Outflow.PONG_OWED, _Outflow.FREE
        if owed:
            self.send_octets(_PONG)

    @property
    def is_congested(self) -> bool:
        """Whether the other end reads more slowly than it is written to."""
        return self._outflow is not _Outflow.FREE

    def close(self, now: float, farewell: Bye | Error | None = None) -> None:
        """Say goodbye, once: frames sent before still leave, and nothing more is received."""
        if self._phase is not _OPEN:
            return
        if farewell is not None:
            self.send(farewell)
        self._phase = Phase.CLOSING
        self._closing_by = now + CLOSING_S
        self._reader.discard()

    def fail(self, error: ProtocolError, now: float) -> None:
        """Tell the other end what was wrong with its frame, and close."""
        request = error.request if isinstance(error, MalformedFrameError) else None
        self.close(now, Error(error.code.value, error.text, request, None))

    def end(self) -> None:
        """Record the end of the stream, by either end or by a fault; an unfinished frame is dropped."""
        self._phase = Phase.CLOSED
        self.data_to_send()
        self._reader.discard()
        self.body = b""

    # Deadlines.

    @property
    def deadline(self) -> float:
        """When `expire` has something to do next, if nothing comes until then; infinity when there is nothing left."""
        match self._phase:
            case Phase.CLOSED:
                return math.inf
            case Phase.CLOSING:
                return self._closing_by
            case Phase.OPEN:
                return min(self._frame_due, self._peer_due)
            case _:
                assert_never(self._phase)

    def next_look(self, now: float) -> float | None:
        """Tell when a driver calls `expire` again that sets no timer anew for what comes; None once all is over."""
        if self._phase is Phase.CLOSED:
            return None
        limits = self._limits
        # A frame that begins next, or a silence, is late no sooner than this.
        return min(self.deadline, now + min(limits.frame_ms, limits.ping_ms, limits.silence_ms) / 1000)

    def expire(self, now: float) -> Expired | None:
        """Act on the time: ask whether the other end is still there, or tell the driver what is too late."""
        if self._phase is not _OPEN:
            return Expired.FAREWELL if self._phase is Phase.CLOSING and now >= self._closing_by else None
        if now >= self._frame_due:
            return Expired.FRAME
        if now < self._peer_due:
            return None
        if self.room is not None:
            return Expired.LOGIN
        if now >= self._heard_at + self._limits.silence_ms / 1000:
            return Expired.SILENCE
        self._pinged = True
        self.send_octets(_PING)
        return None

    @property
    def _frame_due(self) -> float:
        return math.inf if self._begun_at is None else self._begun_at + self._limits.frame_ms / 1000

    @property
    def _peer_due(self) -> float:
        """When the other end has to have logged in, or to have said something."""
        limits = self._limits
        if self.room is not None:
            return self._started_at + limits.login_ms / 1000
        silence_due = self._heard_at + limits.silence_ms / 1000
        asked = self._pinged or self._stage is Stage.DISMISSED
        return silence_due if asked else min(self._heard_at + limits.ping_ms / 1000, silence_due)
