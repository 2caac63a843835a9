"""Export in a thread of its own, for faces: it ends with its client, or when it is told to, and leaves nothing then."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

from babilu.api.client import ChatClient
from babilu.export.exporter import Exporter, Tell
from babilu.export.model import ExportFormat, ExportReport, ExportRequest
from babilu.export.times import day_text
from babilu.export.writers import ENDINGS
from babilu.kernel.file_names import numbered, safe_file_name
from babilu.kernel.ports import Clock
from babilu.local_paths import is_taken
from babilu.presentation.strings import Strings


class ExportJob:
    """An export that a face has begun.

    Args:
        say: The person's language.
        request: What is to be exported.
        clock: The time.
        tell: Is told in the job's thread now and then how far it is.
    """

    def __init__(self, say: Strings, request: ExportRequest, clock: Clock, tell: Tell = lambda _: None) -> None:
        self._say = say
        self._request = request
        self._clock = clock
        self._tell = tell
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def begin(self, client: ChatClient) -> "Future[ExportReport]":
        """Start the thread; the future ends with what was written."""
        answer: Future[ExportReport] = Future()
        answer.set_running_or_notify_cancel()
        export = Exporter(client, self._say, self._request, self._clock, self._tell, self._stopped.is_set)
        self._thread = threading.Thread(target=_settle, args=(answer, export.run), name="babilu-export")
        self._thread.start()
        return answer

    def stop(self) -> None:
        """Have it end soon."""
        self._stopped.set()

    def join(self, seconds: float) -> None:
        """Wait for its thread."""
        if self._thread is not None:
            self._thread.join(seconds)


def _settle(answer: "Future[ExportReport]", run: Callable[[], ExportReport]) -> None:
    try:
        result = run()
    except BaseException as error:  # noqa: BLE001 -- it is raised again where the future is read
        answer.set_exception(error)
    else:
        answer.set_result(result)


def free_place(folder: Path, name: str, how: ExportFormat, now: int, *, one: bool) -> Path:
    """Choose a place in a folder at which there is nothing yet.

    Args:
        folder: The folder.
        name: What the place is called, before a day: the conversation, or the program.
        how: In which format it is written.
        now: Unix milliseconds, for the day.
        one: Whether it is one conversation, which is one file where the format is no pages.
    """
    day = day_text(now)
    ending = ENDINGS[how] if one and how is not ExportFormat.HTML else ""
    wanted, number = safe_file_name(f"{name} {day}"), 1
    while is_taken(place := folder / f"{wanted}{ending}") or place.is_symlink():
        number += 1
        wanted = numbered(safe_file_name(f"{name} {day}"), number)
    return place
