"""Player: a voice note goes through the decoder to the loudspeaker, from any place and at any speed."""

import contextlib
import logging
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Final

from babilu.engine.voice.programs import no_loudspeaker, players
from babilu.kernel.errors import BabiluError
from babilu.media.sound import SAMPLE_BYTES, SoundDecoder

if sys.platform == "linux":
    import fcntl

log = logging.getLogger(__name__)

PIPE_BYTES: Final = 4_096
"""So little lies between decoder and loudspeaker, so that what is told as played has been heard."""

PART_MS: Final = 50
"""Sound that is handed on at once."""

TOLD_EVERY_MS: Final = 200
"""Time of the listener's after which it is told how far it is; a program that cannot play has ended by the first."""

BEHIND_MS: Final = 200
"""About so much of what was handed on has not been heard yet."""

DRAIN_S: Final = 10.0

_F_SETPIPE_SZ: Final = 1031


class Player:
    """Plays one voice note once.

    Args:
        content: The file, of whoever.
        at: Milliseconds from which on it is played.
        speed: Percent of its own speed.
        told: Is told how far it is (milliseconds of the note).
        begun: Is told once that it is heard.
        ended: Is told once at its end, and why, where it could not be played to it.

    Attributes:
        has_begun: Whether it is heard.
        position: How far it is (milliseconds of the note).
    """

    def __init__(
        self,
        content: bytes,
        at: int,
        speed: int,
        told: Callable[[int], None],
        begun: Callable[[], None],
        ended: Callable[[BabiluError | None], None],
    ) -> None:
        self._content = content
        self._at = at
        self._speed = speed
        self._told = told
        self._begun = begun
        self._ended = ended
        self.has_begun = False
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._running: list[SoundDecoder | _Loudspeaker] = []
        self.position = at
        self._thread = threading.Thread(target=self._run, name="babilu-playing")

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Be silent at once; nothing is told any more."""
        self._stopping.set()
        with self._lock:
            for each in self._running:
                each.kill()
        self._thread.join()

    def _run(self) -> None:
        error: BabiluError | None = None
        try:
            self._play()
        except BabiluError as refusal:
            error = refusal
        except Exception:
            log.exception("a voice note was ended by a defect")
            error = no_loudspeaker()
        if not self._stopping.is_set():
            self._ended(error)

    def _play(self) -> None:
        """Play by the first program that can.

        Raises:
            BabiluError: ``cannot_play``, or ``no_sound`` where none can.
        """
        place = 0
        while True:
            with contextlib.closing(SoundDecoder(self._at, self._speed)) as decoder:
                self._hold(decoder)
                rate = decoder.open(self._content)
                programs = players(rate)
                if place >= len(programs):
                    raise no_loudspeaker()
                if self._play_by(programs[place], decoder, rate):
                    return
            if self.has_begun:
                raise no_loudspeaker()
            place += 1

    def _play_by(self, program: list[str], decoder: SoundDecoder, rate: int) -> bool:
        """Play by one program; tells whether it could."""
        try:
            loudspeaker = _Loudspeaker(program)
        except OSError as error:
            log.info("a program for sound cannot be started: %s", error.strerror)
            return False
        with contextlib.closing(loudspeaker):
            self._hold(loudspeaker)
            size = rate * PART_MS // 1000 * SAMPLE_BYTES
            played = 0
            while part := decoder.read(size):
                if not loudspeaker.write(part):
                    return self._stopping.is_set()
                played += PART_MS
                if played % TOLD_EVERY_MS == 0:
                    self._come_to(played)
            if not loudspeaker.drain():
                return self._stopping.is_set()
            self._come_to(played)
            return True

    def _come_to(self, played: int) -> None:
        """Tell how far it is, after so many milliseconds of the listener's were handed on."""
        self.position = self._at + max(played - BEHIND_MS, 0) * self._speed // 100
        if self._stopping.is_set():
            return
        if not self.has_begun:
            self.has_begun = True
            self._begun()
        self._told(self.position)

    def _hold(self, process: "SoundDecoder | _Loudspeaker") -> None:
        """Let `stop` end a process too; what has been stopped already ends it at once."""
        with self._lock:
            self._running.append(process)
            if self._stopping.is_set():
                process.kill()


class _Loudspeaker:
    """A program that plays.

    Raises:
        OSError: It cannot be started.
    """

    def __init__(self, program: list[str]) -> None:
        self._process = subprocess.Popen(  # noqa: S603 -- one of a closed list, found on the user's own path
            program, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, bufsize=0
        )
        if sys.platform == "linux" and self._process.stdin is not None:
            with contextlib.suppress(OSError):
                fcntl.fcntl(self._process.stdin.fileno(), _F_SETPIPE_SZ, PIPE_BYTES)

    def write(self, part: bytes) -> bool:
        """Hand samples on; False where nobody takes them."""
        pipe = self._process.stdin
        try:
            while part and pipe is not None:
                part = part[pipe.write(part) or 0 :]
        except OSError:
            return False
        return True

    def drain(self) -> bool:
        """Wait until all was played; tells whether it was."""
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        try:
            return self._process.wait(DRAIN_S) == 0
        except subprocess.TimeoutExpired:
            return False

    def kill(self) -> None:
        """Be silent; may be called from any thread."""
        self._process.kill()

    def close(self) -> None:
        """End the program, and let go of it."""
        self.kill()
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        self._process.wait()
