"""Line reader: cuts bytes into lines of bounded length, in linear time however they arrive."""

from babilu.kernel.errors import ErrorCode, ProtocolError


class LineReader:
    """Buffer of received bytes, which gives one line at a time.

    Args:
        longest: Most bytes in a line.
    """

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._bytes = bytearray()
        self._searched = 0

    def feed(self, received: bytes) -> None:
        """Add what has come."""
        self._bytes += received

    def next(self) -> bytes | None:
        """Take the next line, without its end; None where there is no whole one.

        Raises:
            ProtocolError: ``too_large``.
        """
        end = self._bytes.find(b"\n", self._searched)
        if end < 0:
            self._searched = len(self._bytes)
        if max(end, self._searched if end < 0 else 0) > self._longest:
            raise ProtocolError(ErrorCode.TOO_LARGE, f"A line has at most {self._longest} bytes.")
        if end < 0:
            return None
        line = bytes(self._bytes[:end])
        del self._bytes[: end + 1]
        self._searched = 0
        return line
