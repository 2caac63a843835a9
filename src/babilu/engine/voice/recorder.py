"""Recorder: a microphone's samples go through the encoder into the profile, about every second, until somebody stops.

What came lies encrypted in the database alone, so that a kill costs the last two seconds.
"""

import contextlib
import logging
import os
import select
import subprocess
import threading
from collections.abc import Callable, Sequence
from typing import Final

from babilu.engine.voice.programs import no_microphone
from babilu.kernel.errors import BabiluError
from babilu.kernel.limits import VOICE_NOTE_MS
from babilu.media.ogg import holds_sound
from babilu.media.sound import LEVEL_BYTES, LEVEL_MS, SoundEncoder, levels_of

log = logging.getLogger(__name__)

FIRST_SAMPLES_S: Final = 5.0
"""A microphone of which nothing is heard for so long is none."""

SILENT_S: Final = 10.0
"""So long nothing may come of one that was heard before."""

PART_BYTES: Final = 5 * LEVEL_BYTES
"""Samples that are taken at once: a tenth of a second."""

KEPT_EVERY: Final = 10
"""Parts after which what came is kept: a second."""

TOLD_EVERY: Final = 2
"""Parts after which it is told how loud it is."""


class Recorder:
    """One recording.

    Args:
        programs: What records, the first choice first.
        keep: Keeps bytes of the file, and the loudness of each `LEVEL_MS`; False where nobody wants them any more.
        told: Is told how long the recording is (milliseconds), and how loud it is (0 to 255).
        ended: Is told that it has ended by itself, and why, or None where it is as long as one may be.
    """

    def __init__(
        self,
        programs: Sequence[Sequence[str]],
        keep: Callable[[bytes, bytes], bool],
        told: Callable[[int, int], None],
        ended: Callable[[BabiluError | None], None],
    ) -> None:
        self._programs = programs
        self._keep = keep
        self._told = told
        self._ended = ended
        self._stopping = threading.Event()
        self._microphone: _Microphone | None = None
        self._encoder: SoundEncoder | None = None
        self._levels = b""
        self._unkept = b""
        self._is_playable = False
        self._thread = threading.Thread(target=self._run, name="babilu-recording")

    def start(self) -> None:
        """Begin once a microphone is heard.

        Raises:
            BabiluError: ``no_sound``.
        """
        # It gets ready while the microphone does.
        self._encoder = SoundEncoder()
        self._microphone = self._first_heard()
        if self._microphone is None:
            self._encoder.close()
            raise no_microphone()
        self._thread.start()

    def _first_heard(self) -> "_Microphone | None":
        for program in self._programs:
            try:
                microphone = _Microphone(program)
            except OSError as error:
                log.info("a program for sound cannot be started: %s", error.strerror)
                continue
            if microphone.is_heard():
                return microphone
            microphone.close()
        return None

    def stop(self) -> None:
        """End the recording, and wait until all of it is kept."""
        self._stopping.set()
        if self._microphone is not None:
            self._microphone.end()
            self._thread.join()

    def _run(self) -> None:
        error: BabiluError | None = None
        try:
            self._record()
        except BabiluError as refusal:
            error = refusal
        except Exception:
            log.exception("a recording was ended by a defect")
            error = no_microphone()
        if not self._stopping.is_set():
            self._ended(error)

    def _record(self) -> None:
        microphone, encoder = self._microphone, self._encoder
        if microphone is None or encoder is None:
            return
        with contextlib.closing(microphone), contextlib.closing(encoder):
            whole = self._take(microphone, encoder)
            self._keep_new(encoder.finish())
        if not whole and not self._stopping.is_set():
            raise no_microphone()

    def _take(self, microphone: "_Microphone", encoder: SoundEncoder) -> bool:
        """Take samples until there are no more of them; says whether it was as long as it may be."""
        sound, parts = b"", 0
        while parts * PART_BYTES < VOICE_NOTE_MS // LEVEL_MS * LEVEL_BYTES:
            part = microphone.read(PART_BYTES)
            if not part:
                self._keep_new(sound)
                return False
            levels = levels_of(part)
            self._levels += levels
            sound += encoder.feed(part)
            parts += 1
            if parts % TOLD_EVERY == 0:
                self._told(parts * PART_BYTES // LEVEL_BYTES * LEVEL_MS, max(levels))
            if parts % KEPT_EVERY == 0:
                if not self._keep_new(sound):
                    return True
                sound = b""
        self._keep_new(sound)
        return True

    def _keep_new(self, sound: bytes) -> bool:
        """Keep what is new, with how loud it was; what could not be played yet waits for what follows."""
        self._unkept += sound
        self._is_playable = self._is_playable or holds_sound(self._unkept)
        if not self._is_playable or not (self._unkept or self._levels):
            return True
        kept, levels, self._unkept, self._levels = self._unkept, self._levels, b"", b""
        return self._keep(kept, levels)


class _Microphone:
    """A program that records.

    Raises:
        OSError: It cannot be started.
    """

    def __init__(self, program: Sequence[str]) -> None:
        self._process = subprocess.Popen(  # noqa: S603 -- one of a closed list, found on the user's own path
            program,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            # As the encoder: the client ends it in order.
            start_new_session=True,
        )
        self._heard = b""

    def is_heard(self) -> bool:
        """Wait for the first samples; tells whether there are any."""
        self._heard = self._read_some(PART_BYTES, FIRST_SAMPLES_S)
        return bool(self._heard)

    def read(self, size: int) -> bytes:
        """Read so many bytes of samples, fewer where nothing more comes."""
        part, self._heard = self._heard, b""
        while len(part) < size and (more := self._read_some(size - len(part), SILENT_S)):
            part += more
        return part

    def end(self) -> None:
        """Let the program say what it still has, and end; may be called from any thread."""
        self._process.terminate()

    def close(self) -> None:
        """End the program, and let go of it."""
        self._process.kill()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._process.wait()

    def _read_some(self, size: int, seconds: float) -> bytes:
        pipe = self._process.stdout
        if pipe is None or not select.select([pipe], [], [], seconds)[0]:
            return b""
        return os.read(pipe.fileno(), size)
