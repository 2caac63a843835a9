"""One end of a connection without its socket: what it hears and when is what a test says, and so is what it answers."""

from typing import Final

import msgspec

from babilu.kernel.errors import ProtocolError
from babilu.kernel.limits import Limits
from babilu.wire.client_frames import ClientFrame
from babilu.wire.codec import client_frames, encode, relay_frames
from babilu.wire.connection import FrameConnection, Stage, UnknownFrame
from babilu.wire.framing import FrameReader, frame
from babilu.wire.relay_frames import RelayFrame

LIMITS: Final = Limits(frame_bytes=5_000, login_ms=15_000, frame_ms=30_000, ping_ms=30_000, silence_ms=60_000)
GARBAGE: Final = frame(b"\xc1")
EMPTY: Final = bytes(4)
LATER: Final = frame(msgspec.msgpack.encode(["telepathy", 7, "later"]))
"""A frame of a later version of the protocol, as request 7."""


def octets_of(*said: msgspec.Struct | bytes) -> bytes:
    """Return frames, and bytes that are none, as they travel."""
    return b"".join(each if isinstance(each, bytes) else frame(encode(each)) for each in said)


class End:
    """The near end, whose other end is the test. Times are seconds since the stream stood."""

    def __init__(self, limits: Limits = LIMITS, stage: Stage = Stage.ADMITTED) -> None:
        self.wire: FrameConnection[ClientFrame] = FrameConnection(client_frames, limits, stage)
        self.wire.start(0.0)
        self.failure: ProtocolError | None = None

    def hears(self, at: float, *said: msgspec.Struct | bytes) -> list[ClientFrame | str]:
        """Hear something; return the frames that it gives to its driver, of unknown ones what is said of them."""
        self.wire.receive(octets_of(*said), at)
        return self.gives()

    def gives(self) -> list[ClientFrame | str]:
        """Return the frames that are ready."""
        given: list[ClientFrame | str] = []
        try:
            while (event := self.wire.next_event()) is not None:
                given.append(f"unknown {event.error.request}" if isinstance(event, UnknownFrame) else event)
        except ProtocolError as error:
            self.failure = error
        return given

    @property
    def says(self) -> list[RelayFrame]:
        """What it says now, and has not said before."""
        return [relay_frames.decode(body) for body in FrameReader(Limits()).feed(self.wire.data_to_send())]
