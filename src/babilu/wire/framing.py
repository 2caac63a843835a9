"""A frame is a 4-byte big-endian length and that many bytes; a length over the limit is refused before it is read."""

from collections.abc import Iterator

from babilu.kernel.errors import ErrorCode, ProtocolError
from babilu.kernel.limits import LENGTH_BYTES, Limits


def frame(body: bytes) -> bytes:
    """Put the length in front of ``body``.

    Args:
        body: One encoded message, at most `Limits.frame_bytes` long (the caller's encoder bounds it).

    Returns:
        The bytes to write to the stream.
    """
    return len(body).to_bytes(LENGTH_BYTES, "big") + body


class FrameReader:
    """Cuts a byte stream into frames.

    Bytes go in as they come, whole frames come out; what is left of an unfinished frame is kept, which is at most
    one frame and its length.
    """

    __slots__ = ("_buffer", "_limits", "_start")

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._buffer = bytearray()
        self._start = 0

    @property
    def mid_frame(self) -> bool:
        """Tell whether a frame has begun and is not finished: its deadline is running."""
        return len(self._buffer) > self._start

    def feed(self, received: bytes) -> Iterator[bytes]:
        """Take bytes of the stream and yield the body of each frame that is complete now.

        The iterator must be exhausted before the next call.

        Raises:
            ProtocolError: ``too_large`` for a length over the limit, ``malformed`` for an empty frame;
                the stream cannot go on after either.
        """
        buffer = self._buffer
        buffer += received
        end = len(buffer)
        try:
            while end - self._start >= LENGTH_BYTES:
                body_start = self._start + LENGTH_BYTES
                length = int.from_bytes(buffer[self._start : body_start], "big")
                if length > self._limits.frame_bytes:
                    limit = self._limits.frame_bytes
                    text = f"A frame of {length} bytes is over the limit of {limit} bytes."
                    raise ProtocolError(ErrorCode.TOO_LARGE, text)
                if length == 0:
                    raise ProtocolError(ErrorCode.MALFORMED, "A frame is empty.")
                if end - body_start < length:
                    return
                self._start = body_start + length
                yield bytes(buffer[body_start : self._start])
        finally:
            if self._start:
                del buffer[: self._start]
                self._start = 0
