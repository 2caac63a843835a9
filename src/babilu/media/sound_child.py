"""The process that encodes or decodes one sound: gets its codec ready, gives up everything else, and ends with it.

Standard input becomes standard output. Sound that is not encoded is 16 bits a sample, of one channel, the lower byte
first.

    encode RATE        samples to Ogg Opus, which leaves about every second
    decode AT SPEED    an Ogg Opus file, from AT milliseconds on and SPEED percent as fast, to samples; their rate comes
                       before them, in one line
"""

import os
from collections.abc import Callable, Iterator
from typing import Any

from babilu.media.confinement import confine, leave_environment

CPU_SECONDS = 120
"""Processor time that decoding may take: the longest sound takes a minute of it on a slow machine."""

ENCODING_CPU_SECONDS = 900
"""The same for what one says oneself, up to half an hour, on a machine that is hardly fast enough."""

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


def main(arguments: list[str]) -> None:
    """Do what the arguments say; the process ends with it, whatever happens."""
    # Threads of the mathematics library would take their share of the memory, for nothing.
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    try:
        prepare()
        leave_environment()
        confine(cpu_seconds=ENCODING_CPU_SECONDS if arguments[0] == "encode" else CPU_SECONDS)
        match arguments:
            case ["encode", rate, _]:
                encode(int(rate), read, write)
                done = True
            case ["decode", at, speed]:
                done = decode(read_all(), int(at), int(speed), write)
            case _:
                done = False
    except Exception:  # noqa: BLE001 -- whatever a decoder raises says that it cannot be decoded
        done = False
    # Nothing is tidied up: that would call the system for more than it still answers.
    os._exit(0 if done else 1)


def prepare() -> None:
    """Load all that is needed, by a sound that is nobody's."""
    made: list[bytes] = []
    samples = [bytes(4_800)]
    encode(24_000, lambda: samples.pop() if samples else b"", made.append)
    decode(b"".join(made), 0, 150, lambda _: None)


def encode(rate: int, take: Callable[[], bytes], put: Callable[[bytes], object]) -> None:
    """Encode samples as they come."""
    import soundfile

    with soundfile.SoundFile(_Outlet(put), "w", rate, 1, "OPUS", format="OGG", compression_level=STRENGTH) as encoded:
        kept = b""
        while part := take():
            whole = kept + part
            even = len(whole) // 2 * 2
            kept = whole[even:]
            if even:
                encoded.buffer_write(whole[:even], "int16")


def decode(content: bytes, at: int, speed: int, put: Callable[[bytes], object]) -> bool:
    """Decode a file, and mix its channels; says whether it is one that can be."""
    import io

    import numpy as np
    import soundfile

    looks_right = content[:4] == b"OggS" and content[OGG_OPUS : OGG_OPUS + 8] == b"OpusHead"
    if len(content) > CONTENT_BYTES or not looks_right or speed not in SPEEDS:
        return False
    with soundfile.SoundFile(io.BytesIO(content)) as encoded:
        rate = encoded.samplerate
        if rate not in RATES or encoded.channels > 2:
            return False
        if at:
            encoded.seek(min(at * rate // 1000, max(encoded.frames - 1, 0)))
        put(b"%d\n" % rate)
        for part in paced(mixed(encoded, rate), speed / 100, rate):
            put((np.clip(part, -1, 1) * 32_767).astype("<i2").tobytes())
    return True


def read() -> bytes:
    """Read what there is of the input."""
    return os.read(0, 65_536)


def read_all() -> bytes:
    """Read the input to its end, or beyond what is decoded."""
    received = bytearray()
    while len(received) <= CONTENT_BYTES and (part := read()):
        received += part
    return bytes(received)


def write(part: bytes) -> None:
    """Write all of a part; whoever does not listen any more ends the process."""
    left = memoryview(part)
    while left:
        left = left[os.write(1, left) :]


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

    def __init__(self, put: Callable[[bytes], object]) -> None:
        self._put = put
        self._written = 0

    def write(self, part: bytes) -> int:
        """Let a part leave at once."""
        self._put(bytes(part))
        self._written += len(part)
        return len(part)

    def seek(self, offset: int, whence: int = 0) -> int:
        """Stay where one is."""
        del offset, whence
        return self._written

    def tell(self) -> int:
        """Tell how much was written."""
        return self._written
