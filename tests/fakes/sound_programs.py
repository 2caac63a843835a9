"""Programs for sound as ALSA has them, on a path of their own: a test speaks into one, and hears the other."""

import itertools
import math
import os
import select
import sys
from array import array
from pathlib import Path
from types import TracebackType
from typing import Self

from babilu.media.sound import RATE

WAIT_S = 20.0


def tone(milliseconds: int, hertz: int = 220, loudness: float = 0.4) -> bytes:
    """Give the samples of a tone."""
    count = RATE * milliseconds // 1000
    samples = array("h", (int(32_767 * loudness * math.sin(2 * math.pi * hertz * at / RATE)) for at in range(count)))
    if sys.byteorder == "big":
        samples.byteswap()
    return samples.tobytes()


def pitch(samples: bytes) -> float:
    """Tell how high a tone is (hertz), by how often it crosses nought upwards."""
    values = array("h", samples)
    crossings = sum(before < 0 <= after for before, after in itertools.pairwise(values))
    return crossings * RATE / max(len(values), 1)


class SoundPrograms:
    """A microphone and a loudspeaker.

    Args:
        folder: Where the programs are put; nothing else is to be on the path.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        for name in ("microphone", "loudspeaker"):
            os.mkfifo(folder / name)
        # Open at both ends: neither program ever waits for a test.
        self._microphone = os.open(folder / "microphone", os.O_RDWR)
        self._loudspeaker = os.open(folder / "loudspeaker", os.O_RDWR)
        self.put("arecord", f"exec /bin/cat {folder}/microphone")
        self.put("aplay", f"exec /bin/cat > {folder}/loudspeaker")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._microphone)
        os.close(self._loudspeaker)

    def put(self, name: str, script: str) -> None:
        """Put a program on the path."""
        path = self.folder / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def take_away(self, *names: str) -> None:
        """Take programs from the path."""
        for name in names:
            (self.folder / name).unlink()

    def speak(self, samples: bytes) -> None:
        """Speak into the microphone."""
        while samples:
            samples = samples[os.write(self._microphone, samples) :]

    def heard(self, size: int) -> bytes:
        """Wait until so many bytes were played, and give them."""
        samples = b""
        while len(samples) < size:
            assert select.select([self._loudspeaker], [], [], WAIT_S)[0], f"only {len(samples)} bytes were heard"
            samples += os.read(self._loudspeaker, size - len(samples))
        return samples

    def rest(self) -> bytes:
        """Give what was played and not heard yet; waits for nothing."""
        samples = b""
        while select.select([self._loudspeaker], [], [], 0)[0]:
            samples += os.read(self._loudspeaker, 65_536)
        return samples
