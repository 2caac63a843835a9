"""The process that encodes and decodes sound: standard input to standard output, within limits it sets itself.

Run by its path in isolated mode, so that nothing of ours is imported beside a decoder that strangers may aim at. Sound
that is not encoded is 16 bits a sample, of one channel, the lower byte first.

    encode RATE        samples to Ogg Opus, which leaves about every second
    decode AT SPEED    an Ogg Opus file, from AT milliseconds on and SPEED percent as fast, to samples; their rate comes
                       before them, in one line
"""

import os
import sys
from collections.abc import Iterator
from typing import Any, BinaryIO

MEMORY_BYTES = 512 * 1024 * 1024
CPU_SECONDS = 120
CONTENT_BYTES = 16 * 1024 * 1024
LONGEST_MS = 60 * 60 * 1000
"""So much is decoded at most, whatever a file says of itself."""

STRENGTH = 0.928
"""Of the compression, for libsndfile: 24 kbit/s, which is 180 kB a minute."""

RATES = frozenset({8_000, 12_000, 16_000, 24_000, 48_000})
"""Samples a second that Opus knows."""

SPEEDS = range(50, 301)
OGG_OPUS = 28
"""So many bytes into an Ogg file of Opus its header begins."""

Samples = Any
"""An array of 32-bit floating point numbers, -1 to 1; numpy is imported once the process has its limits."""


def main(arguments: list[str]) -> int:
    """Do what the arguments say."""
    # Threads of the mathematics library would take their share of the memory, for nothing.
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    limit()
    import numpy  # noqa: ICN001, F401 -- loaded before files can no longer be opened
    import soundfile  # noqa: F401

    shut()
    match arguments:
        case ["encode", rate]:
            return encode(sys.stdin.buffer, sys.stdout.buffer, int(rate))
        case ["decode", at, speed]:
            return decode(sys.stdin.buffer.read(CONTENT_BYTES + 1), sys.stdout.buffer, int(at), int(speed))
        case _:
            return 2


def encode(source: BinaryIO, target: BinaryIO, rate: int) -> int:
    """Encode samples as they come."""
    import soundfile

    with soundfile.SoundFile(
        _Outlet(target), "w", rate, 1, "OPUS", format="OGG", compression_level=STRENGTH
    ) as encoded:
        kept = b""
        while part := os.read(source.fileno(), 65_536):
            whole = kept + part
            even = len(whole) // 2 * 2
            kept = whole[even:]
            if even:
                encoded.buffer_write(whole[:even], "int16")
    target.flush()
    return 0


def decode(content: bytes, target: BinaryIO, at: int, speed: int) -> int:
    """Decode a file, and mix its channels."""
    import io

    import numpy as np
    import soundfile

    looks_right = content[:4] == b"OggS" and content[OGG_OPUS : OGG_OPUS + 8] == b"OpusHead"
    if len(content) > CONTENT_BYTES or not looks_right or speed not in SPEEDS:
        return 1
    with soundfile.SoundFile(io.BytesIO(content)) as encoded:
        rate = encoded.samplerate
        if rate not in RATES or encoded.channels > 2:
            return 1
        if at:
            encoded.seek(min(at * rate // 1000, max(encoded.frames - 1, 0)))
        target.write(b"%d\n" % rate)
        target.flush()
        target.writelines(
            (np.clip(part, -1, 1) * 32_767).astype("<i2").tobytes()
            for part in paced(mixed(encoded, rate), speed / 100, rate)
        )
    target.flush()
    return 0


def mixed(encoded: Any, rate: int) -> Iterator[Samples]:  # noqa: ANN401 -- soundfile has no types
    """Give the samples of a file as one channel, a tenth of a second at a time."""
    for _ in range(LONGEST_MS // 100):
        part = encoded.read(rate // 10, dtype="float32", always_2d=True)
        if not len(part):
            return
        yield part.mean(axis=1)


def paced(parts: Iterator[Samples], speed: float, rate: int) -> Iterator[Samples]:
    """Make a sound faster or slower, and leave its pitch as it is.

    WSOLA (Verhelst and Roelands, 1993): windows are taken from the sound at the speed wanted and overlap by half. Each
    one is moved by up to 10 ms, to where it goes on most like what would have followed the one before.
    """
    import numpy as np

    if speed == 1:
        yield from parts
        return
    half, reach = rate // 50, rate // 100
    rise = np.sin(np.linspace(0, np.pi / 2, half, endpoint=False, dtype="float32")) ** 2
    ones = np.ones(half, "float32")
    sound, at, follows = np.zeros(0, "float32"), 0.0, None
    for part in parts:
        sound = np.concatenate((sound, part))
        while int(at) + reach + 2 * half <= len(sound):
            start = int(at)
            if follows is None:
                yield sound[start : start + half]
            else:
                first = max(start - reach, 0)
                near = sound[first : start + reach + half]
                likeness = np.correlate(near, follows, "valid")
                loudness = np.sqrt(np.convolve(near * near, ones, "valid").clip(1e-9))
                start = first + int(np.argmax(likeness / loudness))
                yield follows * (1 - rise) + sound[start : start + half] * rise
            follows = sound[start + half : start + 2 * half]
            at += half * speed
        done = max(int(at) - reach, 0)
        sound, at = sound[done:], at - done
    yield sound[int(at) :] if follows is None else follows


class _Outlet:
    """A pipe as libsndfile wants a file to be; for Ogg it only ever writes on."""

    def __init__(self, target: BinaryIO) -> None:
        self._target = target
        self._written = 0

    def write(self, part: bytes) -> int:
        """Let a part leave at once."""
        self._target.write(part)
        self._target.flush()
        self._written += len(part)
        return len(part)

    def seek(self, offset: int, whence: int = 0) -> int:
        """Stay where one is."""
        del offset, whence
        return self._written

    def tell(self) -> int:
        """Tell how much was written."""
        return self._written


def limit() -> None:
    """Bound memory and time, where the system can, and write no file."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def shut() -> None:
    """Open nothing any more, neither files nor connections: there is no number left for them."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except BrokenPipeError:
        # Whoever listened has heard enough; what is still buffered has nowhere to go.
        os._exit(0)
    except Exception:  # noqa: BLE001 -- a traceback of a decoder is of no use to anybody
        os._exit(1)
