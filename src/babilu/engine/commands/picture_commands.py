"""Commands about pictures: showing one that is here, and looking into files before they are sent.

Whoever decodes is another process; here a thread waits for each. What waits is bounded, and whoever no longer wants a
picture cancels its future before its turn.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

from babilu.api import commands as ask_for
from babilu.api import views
from babilu.engine.commands.contacts import find_message
from babilu.engine.files.folder import FileFolder
from babilu.engine.files.picture_cache import PictureCache
from babilu.engine.files.sealer import FileSealer
from babilu.engine.runtime.context import ClientContext
from babilu.engine.runtime.threads import Worker, busy, closed, settle
from babilu.kernel.errors import DeliveryError, ErrorCode, ProfileError, ProtocolError, UsageError
from babilu.kernel.limits import FILES_OF_MESSAGE, SHOWN_SIDE
from babilu.media.decoder import AT_ONCE, PictureDecoder
from babilu.media.exchange import PICTURE_BYTES
from babilu.store.file_records import AttachmentRecord

WAITING_MAX: Final = 100
"""Most pictures that wait to be decoded."""

R = TypeVar("R")


class PictureCommands:
    """Does commands about pictures.

    Args:
        base: The profile and the ports.
        folder: The sealed files.
        sealer: Looks into what is sent.
        decoder: Decodes pictures, elsewhere.
        cache: Pictures that were decoded last.
    """

    def __init__(
        self,
        base: ClientContext,
        folder: FileFolder,
        sealer: FileSealer,
        decoder: PictureDecoder,
        cache: PictureCache,
    ) -> None:
        self._base = base
        self._folder = folder
        self._sealer = sealer
        self._decoder = decoder
        self._cache = cache
        self._workers = tuple(Worker(f"babilu-pictures-{number}") for number in range(1, AT_ONCE + 1))
        self._waiting = dict.fromkeys(self._workers, 0)
        self._lock = threading.Lock()

    def start(self) -> None:
        """Start the threads."""
        for worker in self._workers:
            worker.start()

    def stop(self) -> None:
        """End what is being decoded, drop what waits, and end the threads."""
        self._decoder.close()
        for worker in self._workers:
            worker.stop()

    def do(self, command: "PictureCommand", future: "Future[Any]") -> None:
        """Do a command.

        Raises:
            UsageError: It makes no sense.
            DeliveryError: ``not_found``.
            ProfileError: ``not_found`` for a picture that is not here.
            LinkError: ``busy``.
        """
        match command:
            case ask_for.InspectFiles(files):
                if len(files) > FILES_OF_MESSAGE:
                    raise UsageError(f"A message brings at most {FILES_OF_MESSAGE} files.")
                if not all(Path(path).is_absolute() for path in files):
                    raise UsageError("The client needs the whole path of a file.")
                self._post(future, lambda: tuple(map(self._sealer.inspect, files)))
            case ask_for.GetPicture():
                self._get(command, future)

    def _get(self, command: ask_for.GetPicture, future: "Future[Any]") -> None:
        if not 1 <= command.side <= SHOWN_SIDE:
            raise UsageError(f"A picture is shown with 1 to {SHOWN_SIDE} pixels a side.")
        with self._base.database.read() as unit:
            message, _ = find_message(unit, command.message, command.conversation, own_first=False)
        found = next((each for each in message.files if each.place == command.index), None)
        if found is None:
            raise DeliveryError(ErrorCode.NOT_FOUND, "The message has no such file.")
        if not self._folder.is_whole(found.entry.blob):
            raise ProfileError(ErrorCode.NOT_FOUND, "This file is not here.")
        if found.entry.size > PICTURE_BYTES:
            raise _cannot_show()
        self._post(future, partial(self._decode, command, found))

    def _decode(self, command: ask_for.GetPicture, record: AttachmentRecord) -> views.PictureView:
        blob = record.entry.blob
        picture = self._cache.find(blob, command.side)
        if picture is None:
            picture = self._decoder.show(self._folder.content(record.entry), command.side)
            if picture is None:
                raise _cannot_show()
            self._cache.put(blob, command.side, picture)
            if not self._folder.is_whole(blob):
                # It was deleted meanwhile.
                self._cache.forget((blob,))
                raise ProfileError(ErrorCode.NOT_FOUND, "This file is not here.")
        return views.PictureView(command.message, command.index, picture.width, picture.height, picture.pixels)

    def in_turn(self, future: "Future[R]", job: Callable[[], R]) -> None:
        """Have something done by a thread that waits for the decoder.

        Raises:
            LinkError: ``busy``.
        """
        self._post(future, job)

    def _post(self, future: "Future[R]", job: Callable[[], R]) -> None:
        """Give a job to the thread for which the fewest wait."""
        with self._lock:
            worker = min(self._workers, key=self._waiting.__getitem__)
            if sum(self._waiting.values()) >= WAITING_MAX:
                raise busy()
            self._waiting[worker] += 1
        if not worker.post(partial(self._run, worker, future, job)):
            self._done(worker)
            raise busy()

    def _run(self, worker: Worker, future: "Future[R]", job: Callable[[], R]) -> None:
        try:
            settle(future, lambda: self._while_open(job))
        finally:
            self._done(worker)

    def _while_open(self, job: Callable[[], R]) -> R:
        if self._decoder.is_closed:
            raise closed()
        return job()

    def _done(self, worker: Worker) -> None:
        with self._lock:
            self._waiting[worker] -= 1


PictureCommand = ask_for.GetPicture | ask_for.InspectFiles
"""Commands about pictures."""


def _cannot_show() -> ProtocolError:
    return ProtocolError(ErrorCode.CANNOT_SHOW, "This picture cannot be shown.")
