"""Framing: a frame is a 4-byte big-endian length and that many bytes; a length over the limit is refused unread."""

from collections.abc import Iterator
from struct import Struct

from babilu.kernel.errors import ErrorCode, ProtocolError
from babilu.kernel.limits import LENGTH_BYTES, Limits

_length_at = Struct(">I").unpack_from


def frame(body: bytes) -> bytes:
    """Put the length in front of ``body``.

    Args:
        body: One encoded message, at most `Limits.frame_bytes` long (the caller's encoder bounds it).

    Returns:
        The bytes to write to the stream.
    """
    return length_of(body) + body


def length_of(body: bytes) -> bytes:
    """Return what stands in front of ``body``; see `frame`."""
    return len(body).to_bytes(LENGTH_BYTES, "big")


class FrameReader:
    """Cuts a byte stream into frames.

    Bytes go in as they come, and whole frames come out one by one, as they are asked for. Once `next_body` has
    returned None, what is kept is an unfinished frame and its length, and nothing else.

    Attributes:
        largest: Longest body that is taken, in bytes; it counts from the next frame on.
        unfinished: What has come of a frame that is not whole yet, its length included, or None; to be read only.
    """

    __slots__ = ("_at", "_octets", "_wanted", "_whole", "largest", "unfinished")

    def __init__(self, limits: Limits) -> None:
        self.largest = limits.frame_bytes
        self._octets = b""
        self._at = 0
        # An unfinished frame grows in place: sent byte by byte, it must not be copied for each of them.
        self.unfinished: bytearray | None = None
        # It becomes whole in place, too; what came behind it is in `_octets`.
        self._whole: bytearray | None = None
        self._wanted = 0

    @property
    def kept(self) -> int:
        """Bytes that came and were not given out as frames yet."""
        return len(self._octets) - self._at + len(self.unfinished or self._whole or b"")

    def receive(self, octets: bytes) -> None:
        """Take bytes of the stream."""
        if self.unfinished is not None:
            lacking = self._wanted - len(self.unfinished)
            if len(octets) < lacking:
                self.unfinished += octets
                return
            if self._wanted > LENGTH_BYTES:
                # Large frames are copied as few times as can be.
                self.unfinished += memoryview(octets)[:lacking]
                self._whole, self.unfinished = self.unfinished, None
                self._octets, self._at = octets, lacking
                return
            octets, self.unfinished = bytes(self.unfinished) + octets, None
        elif self._octets:
            octets = self._octets[self._at :] + octets
        self._octets, self._at = octets, 0

    def next_body(self) -> bytes | None:
        """Give the body of the next whole frame, or None when more bytes have to come first.

        Raises:
            ProtocolError: ``too_large`` for a length over the limit, ``malformed`` for an empty frame;
                the stream cannot go on after either.
        """
        if self._whole is not None:
            body, self._whole = bytes(memoryview(self._whole)[LENGTH_BYTES:]), None
            return body
        octets, at = self._octets, self._at
        start = at + LENGTH_BYTES
        if start > len(octets):
            if at < len(octets):
                self._set_aside(LENGTH_BYTES)
            self._octets, self._at = b"", 0
            return None
        length: int = _length_at(octets, at)[0]
        if not 0 < length <= self.largest:
            self.discard()
            raise self._refusal(length)
        stop = start + length
        if stop > len(octets):
            self._set_aside(LENGTH_BYTES + length)
            self._octets, self._at = b"", 0
            return None
        self._at = stop
        return octets[start:stop]

    def feed(self, octets: bytes) -> Iterator[bytes]:
        """Take bytes of the stream and yield the body of each frame that is whole now; see `next_body`."""
        self.receive(octets)
        while (body := self.next_body()) is not None:
            yield body

    def discard(self) -> None:
        """Let go of all that was kept."""
        self._octets, self._at, self.unfinished, self._whole = b"", 0, None, None

    def _set_aside(self, wanted: int) -> None:
        self.unfinished, self._wanted = bytearray(memoryview(self._octets)[self._at :]), wanted

    def _refusal(self, length: int) -> ProtocolError:
        if not length:
            return ProtocolError(ErrorCode.MALFORMED, "A frame is empty.")
        text = f"A frame of {length} bytes is over the limit of {self.largest} bytes."
        return ProtocolError(ErrorCode.TOO_LARGE, text)
