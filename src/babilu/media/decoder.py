"""Decoder of pictures: each is decoded in a process of its own, which is confined before it sees a byte of it.

One picture, one process: what takes one over sees no other picture. At most two run at once. What comes back is bounded
and judged before anything rests on it; a process that dies, hangs or answers nonsense means that its picture cannot be
decoded, and nothing else.
"""

import logging
import os
import selectors
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum, unique
from typing import Final, TypeVar, cast

import msgspec

from babilu.kernel.limits import PREVIEW_SIDE, PROFILE_PICTURE_BYTES, PROFILE_PICTURE_SIDE, SHOWN_SIDE
from babilu.media.exchange import (
    ANSWER_REST_BYTES,
    LENGTH_BYTES,
    PICTURE_BYTES,
    READY,
    READY_WITHIN_LIMITS,
    PictureAnswer,
    PictureRequest,
    PictureTask,
    RawPicture,
)
from babilu.media.formats import HEAD_BYTES, MADE_ANEW, PictureFormat, recognise
from babilu.media.own_python import own_python

log = logging.getLogger(__name__)

R = TypeVar("R")

AT_ONCE: Final = 2
"""Processes that decode at the same time."""

DECODING_SECONDS: Final = 5.0
"""Time from the first byte of a picture to the last one of the answer."""

STARTING_SECONDS: Final = 30.0
"""Time in which a process gets ready: it has seen nothing yet, and a busy machine is no attack."""

PIPE_BYTES: Final = 256 * 1024

_START: Final = "import sys; sys.path.extend(sys.argv[2:]); from babilu.media.child import main; main(sys.argv[1:2])"
_NO_ANSWER: Final = PictureAnswer(done=False)


class DecodingError(Exception):
    """A process ended otherwise than with an answer."""


@unique
class Confinement(StrEnum):
    """What keeps a process that decodes from doing anything else on this machine."""

    FILTERED = "filtered"
    """Limits, and a filter of system calls."""

    LIMITED = "limited"
    """Limits alone."""

    NONE = "none"
    """Nothing does: nothing is decoded."""


_CONFINED: Final = {READY: Confinement.FILTERED, READY_WITHIN_LIMITS: Confinement.LIMITED}


EMBLEM_SIDES: Final = (128, 112, 96, 80, 64, 48, 32)
"""Pixels a side that are tried one after the other until an emblem is small enough."""


class PictureDecoder:
    """Decodes pictures, each in a process of its own; may be called in any thread, and waits for its turn.

    Args:
        command: What starts the process; the format's name is added.
        seconds: Time that a picture has.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        command: Sequence[str] | None = None,
        seconds: float = DECODING_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._command = own_python(_START) if command is None else tuple(command)
        self._seconds = seconds
        self._clock = clock
        self._turns = threading.BoundedSemaphore(AT_ONCE)
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._closed = False

    @property
    def is_closed(self) -> bool:
        """Whether nothing is decoded any more."""
        return self._closed

    def close(self) -> None:
        """End what is being decoded, and decode nothing more."""
        with self._lock:
            self._closed = True
            for process in self._running:
                process.kill()

    def show(self, body: bytes, side: int) -> RawPicture | None:
        """Decode a picture to red, green, blue and opacity.

        Args:
            body: The file.
            side: Most pixels a side.

        Returns:
            The picture; None where it cannot be shown.
        """
        answer = self._ask(PictureTask.SHOW, body, side, 4 * side * side)
        if not answer.done or max(answer.width, answer.height) > side:
            return None
        if len(answer.body) != 4 * answer.width * answer.height:
            return None
        return RawPicture(answer.width, answer.height, answer.body)

    def clean(self, body: bytes) -> PictureAnswer | None:
        """Make a picture anew, without what it says besides what it shows.

        Returns:
            Its ``kind`` and ``body``, its size, and its preview; None where it cannot be made anew.
        """
        answer = self._ask(PictureTask.CLEAN, body, SHOWN_SIDE, PICTURE_BYTES)
        if not answer.done or answer.kind not in MADE_ANEW or answer.preview is None:
            return None
        if max(answer.width, answer.height) > SHOWN_SIDE or recognise(answer.body[:HEAD_BYTES]) is not answer.kind:
            return None
        return answer

    def portrait(self, body: bytes, side: int = PROFILE_PICTURE_SIDE) -> bytes | None:
        """Make a small square of a picture, as people show of themselves: a JPEG picture that says nothing else.

        Args:
            body: The file.
            side: Most pixels a side.

        Returns:
            The picture; None where it cannot be made.
        """
        answer = self._ask(PictureTask.PORTRAIT, body, side, PROFILE_PICTURE_BYTES)
        if not answer.done or answer.width != answer.height or answer.width > side:
            return None
        fits = 0 < len(answer.body) <= PROFILE_PICTURE_BYTES
        return answer.body if fits and recognise(answer.body[:HEAD_BYTES]) is PictureFormat.JPEG else None

    def emblem(self, body: bytes, most: int) -> bytes | None:
        """Make a square of a picture of at most so many bytes, as groups show: as large as it can be.

        Returns:
            The picture; None where it cannot be made.
        """
        for side in EMBLEM_SIDES:
            made = self.portrait(body, side)
            if made is None or len(made) <= most:
                return made
        return None

    def inspect(self, body: bytes) -> PictureAnswer:
        """Tell what a picture says besides what it shows, its size, and its preview."""
        return self._ask(PictureTask.INSPECT, body, PREVIEW_SIDE, 0)

    def confinement(self) -> Confinement:
        """Begin a process, and tell how it is confined."""
        if os.name != "posix":
            return Confinement.NONE
        try:
            with self._turns:
                return self._converse(
                    PictureFormat.JPEG, lambda process: _Conversation(process, self._clock, 0).begin()
                )
        except (DecodingError, OSError) as error:
            log.info("no process is ready to decode: %s", type(error).__name__)
            return Confinement.NONE

    def _ask(self, task: PictureTask, body: bytes, side: int, most: int) -> PictureAnswer:
        kind = recognise(body[:HEAD_BYTES])
        if kind is None or kind is PictureFormat.OTHER or len(body) > PICTURE_BYTES or os.name != "posix":
            return _NO_ANSWER
        head = msgspec.msgpack.encode(PictureRequest(task, kind, side))
        head = len(head).to_bytes(LENGTH_BYTES, "big") + head
        with self._turns:
            try:
                received = self._exchange(kind, head, body, most + ANSWER_REST_BYTES)
                answer = msgspec.msgpack.decode(received, type=PictureAnswer)
            except (DecodingError, OSError, msgspec.MsgspecError, ValueError, RecursionError) as error:
                log.info("a picture was not decoded: %s", type(error).__name__)
                return _NO_ANSWER
        return answer if answer.is_sound else _NO_ANSWER

    def _exchange(self, kind: PictureFormat, head: bytes, body: bytes, most: int) -> bytes:
        def hold(process: "subprocess.Popen[bytes]") -> bytes:
            return _Conversation(process, self._clock, most).hold((head, body), self._seconds)

        return self._converse(kind, hold)

    def _converse(self, kind: PictureFormat, hold: "Callable[[subprocess.Popen[bytes]], R]") -> R:
        environment = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
        command = list(self._command)
        command.insert(command.index(_START) + 1 if _START in command else len(command), kind.value)
        with self._started(command, environment) as process:
            try:
                return hold(process)
            finally:
                with self._lock:
                    self._running.discard(process)
                process.kill()

    def _started(self, command: Sequence[str], environment: Mapping[str, str]) -> "subprocess.Popen[bytes]":
        with self._lock:
            if self._closed:
                raise DecodingError("closed")
            process = subprocess.Popen(  # noqa: S603 -- our own interpreter with our own code
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env=environment,
                bufsize=0,
                start_new_session=True,
            )
            self._running.add(process)
        return process


class _Conversation:
    """What is written to a process and read from it, within bounds of time and size."""

    def __init__(self, process: "subprocess.Popen[bytes]", clock: Callable[[], float], most: int) -> None:
        self._clock = clock
        self._most = most
        self._stdin = cast("int", process.stdin and process.stdin.fileno())
        self._stdout = cast("int", process.stdout and process.stdout.fileno())
        self._process = process
        self._received = bytearray()

    def begin(self) -> Confinement:
        """Wait until a process is ready, and tell how it is confined.

        Raises:
            DecodingError: It ends before, or takes too long.
        """
        for end in (self._stdin, self._stdout):
            os.set_blocking(end, False)
        with selectors.DefaultSelector() as selector:
            selector.register(self._stdout, selectors.EVENT_READ)
            self._read_until(selector, self._clock() + STARTING_SECONDS, len(READY))
        confined = _CONFINED.get(bytes(self._received[: len(READY)]))
        if confined is None:
            raise DecodingError("not ready")
        return confined

    def hold(self, parts: Sequence[bytes], seconds: float) -> bytes:
        """Give a process what it is to decode once it is ready, and return its answer.

        Raises:
            DecodingError: It ends without one, takes too long, or says too much.
        """
        self.begin()
        deadline = self._clock() + seconds
        with selectors.DefaultSelector() as selector:
            selector.register(self._stdout, selectors.EVENT_READ)
            self._write(selector, parts, deadline)
            self._read_until(selector, deadline, None)
        return bytes(self._received[len(READY) :])

    def _read_until(self, selector: selectors.BaseSelector, deadline: float, enough: int | None) -> None:
        """Read to the end, or until there is enough."""
        while enough is None or len(self._received) < enough:
            self._wait(selector, deadline)
            if not self._read():
                if enough is not None:
                    raise DecodingError("it ended")
                return

    def _read(self) -> bool:
        """Read what is there; tells whether there may be more."""
        try:
            part = os.read(self._stdout, PIPE_BYTES)
        except BlockingIOError:
            return True
        self._received += part
        if len(self._received) > self._most + len(READY):
            raise DecodingError("it says too much")
        return bool(part)

    def _write(self, selector: selectors.BaseSelector, parts: Sequence[bytes], deadline: float) -> None:
        """Write all, unless its reader ends before; what it says meanwhile is read."""
        selector.register(self._stdin, selectors.EVENT_WRITE)
        for part in parts:
            left = memoryview(part)
            while left:
                for key, _ in self._wait(selector, deadline):
                    if key.fd == self._stdout and not self._read():
                        raise DecodingError("it ended")
                    if key.fd == self._stdin:
                        left = left[self._written(left) :]
        selector.unregister(self._stdin)
        stdin = self._process.stdin
        if stdin is not None:
            stdin.close()

    def _written(self, left: memoryview) -> int:
        try:
            return os.write(self._stdin, left[:PIPE_BYTES])
        except BlockingIOError:
            return 0
        except BrokenPipeError as error:
            raise DecodingError("it ended") from error

    def _wait(self, selector: selectors.BaseSelector, deadline: float) -> list[tuple[selectors.SelectorKey, int]]:
        left = deadline - self._clock()
        ready = selector.select(left) if left > 0 else []
        if not ready:
            raise DecodingError("it takes too long")
        return ready
