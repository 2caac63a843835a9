"""Sound through a process of its own: samples to Ogg Opus, and back, in whatever time and pitch a listener wants.

What comes of strangers is decoded there and nowhere else; here it is bytes. All of it blocks.
"""

import contextlib
import os
import select
import subprocess
import sys
import threading
from array import array
from typing import IO, Final

from babilu.kernel.errors import BabiluError, ErrorCode
from babilu.kernel.limits import PEAKS
from babilu.media.own_python import own_python

RATE: Final = 24_000
"""Samples a second of what is recorded: Opus keeps all that a voice has of them."""

SAMPLE_BYTES: Final = 2
LEVEL_MS: Final = 20
"""Time for which a recording has one loudness."""

LEVEL_BYTES: Final = RATE * LEVEL_MS // 1000 * SAMPLE_BYTES

START_S: Final = 30.0
"""Time in which a process gets ready, and begins: a busy machine is no attack."""

DECODE_S: Final = 10.0
ENCODE_S: Final = 10.0
"""A process that has brought nothing for so long is ended."""

_ARGUMENTS: Final = 3
_START: Final = (
    f"import sys; sys.path.extend(sys.argv[1:-{_ARGUMENTS}]); from babilu.media.sound_child import main; "
    f"main(sys.argv[-{_ARGUMENTS}:])"
)
_LOUDEST: Final = 32_768
_RATE_BYTES: Final = 8


def levels_of(samples: bytes) -> bytes:
    """Give the loudness of each `LEVEL_MS` of samples, 0 to 255: the root of the highest one, as ears judge."""
    return bytes(_level(samples[at : at + LEVEL_BYTES]) for at in range(0, len(samples), LEVEL_BYTES))


def _level(samples: bytes) -> int:
    values = array("h", samples[: len(samples) // SAMPLE_BYTES * SAMPLE_BYTES])
    if sys.byteorder == "big":
        values.byteswap()
    highest = max(map(abs, (max(values), min(values)))) if values else 0
    return min(int(255 * (highest / _LOUDEST) ** 0.5), 255)


def peaks_of(levels: bytes) -> bytes:
    """Give the highest loudness in each of 64 equal parts of a recording."""
    count = len(levels)
    return bytes(
        max(levels[at * count // PEAKS : max((at + 1) * count // PEAKS, at * count // PEAKS + 1)], default=0)
        for at in range(PEAKS)
    )


class _Child:
    """The process."""

    def __init__(self, *arguments: str) -> None:
        command = [*own_python(_START), *arguments, *[""] * (_ARGUMENTS - len(arguments))]
        try:
            self._process = subprocess.Popen(  # noqa: S603 -- our own file
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                # Ctrl+C in a terminal ends the client, which keeps what is recorded; it must not end this one first.
                start_new_session=True,
                env={name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ},
            )
        except OSError as error:
            raise no_codec() from error
        self._input = _pipe(self._process.stdin)
        self._output = _pipe(self._process.stdout)

    @property
    def process(self) -> int:
        """Number of the process."""
        return self._process.pid

    def kill(self) -> None:
        """End the process at once; may be called from any thread, and again."""
        self._process.kill()

    def _read_some(self, size: int, seconds: float) -> bytes:
        """Read what there is of the output, and wait so long for it; empty at its end.

        Raises:
            BabiluError: Nothing came: see `stuck`.
        """
        if not select.select([self._output], [], [], seconds)[0]:
            raise self.stuck()
        return os.read(self._output.fileno(), size)

    def stuck(self) -> BabiluError:
        """Build the refusal where the process stands still."""
        return no_codec()

    def close(self) -> None:
        """End the process and let go of it."""
        self.kill()
        for pipe in (self._input, self._output):
            with contextlib.suppress(OSError):
                pipe.close()
        self._process.wait()


class SoundEncoder(_Child):
    """Samples to Ogg Opus, as they come."""

    def __init__(self) -> None:
        super().__init__("encode", str(RATE))
        os.set_blocking(self._output.fileno(), False)

    def feed(self, samples: bytes) -> bytes:
        """Take samples; returns what came of earlier ones, which is little: it never fills the pipe.

        Raises:
            BabiluError: ``no_sound``: there is no encoder, or it has ended.
        """
        try:
            self._input.write(samples)
            self._input.flush()
            return self._output.read() or b""
        except OSError as error:
            raise no_codec() from error

    def finish(self) -> bytes:
        """Take no more, and return the rest.

        Raises:
            BabiluError: ``no_sound``: it stands still.
        """
        with contextlib.suppress(OSError):
            self._input.close()
        rest = self._output.read() or b""
        while part := self._read_some(65_536, ENCODE_S):
            rest += part
        return rest


class SoundDecoder(_Child):
    """Ogg Opus to samples.

    Args:
        at: Milliseconds from which on it is wanted.
        speed: Percent of its own speed.
    """

    def __init__(self, at: int, speed: int) -> None:
        super().__init__("decode", str(at), str(speed))

    def open(self, content: bytes) -> int:
        """Take a file, of whoever; returns how many samples a second it has.

        Raises:
            BabiluError: ``cannot_play``.
        """
        feeding = threading.Thread(target=self._feed, args=(content,), name="babilu-decoding")
        feeding.start()
        try:
            return self._read_rate()
        except BaseException:
            self.kill()
            raise
        finally:
            feeding.join()

    def read(self, size: int) -> bytes:
        """Return up to so many bytes of samples, whole ones; none at the end.

        Raises:
            BabiluError: ``cannot_play``: it stands still.
        """
        part = b""
        while len(part) < size and (more := self._read_some(size - len(part), DECODE_S)):
            part += more
        return part[: len(part) // SAMPLE_BYTES * SAMPLE_BYTES]

    def _feed(self, content: bytes) -> None:
        # It reads everything before it writes anything, or ends.
        with contextlib.suppress(OSError):
            self._input.write(content)
            self._input.close()

    def _read_rate(self) -> int:
        line = b""
        while not line.endswith(b"\n") and len(line) < _RATE_BYTES and (octet := self._read_some(1, START_S)):
            line += octet
        try:
            return int(line)
        except ValueError as error:
            raise unplayable() from error

    def stuck(self) -> BabiluError:
        """Build the refusal where the process stands still."""
        return unplayable()


def no_codec() -> BabiluError:
    """Build the refusal where sound can be neither encoded nor decoded."""
    return BabiluError(ErrorCode.NO_SOUND, "Sound cannot be encoded here: the Python package soundfile does not work.")


def unplayable() -> BabiluError:
    """Build the refusal of a sound that cannot be decoded here."""
    return BabiluError(ErrorCode.CANNOT_PLAY, "This voice note cannot be played: it can still be saved.")


def _pipe(file: IO[bytes] | None) -> IO[bytes]:
    if file is None:
        raise RuntimeError("a process was started with pipes")
    return file
