"""Commands about files: sealing what is sent, and asking for, holding and saving what was sent.

A file is sealed in a thread of its own, before there is a message; the message is made in its conversation's turn once
all of its files lie sealed on the disk. What fails before leaves nothing behind.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import Any, Final

from babilu.api import commands as ask_for
from babilu.api import events, views
from babilu.engine.commands.contacts import find_message
from babilu.engine.conversation.jobs import Ask
from babilu.engine.files.folder import FileFolder
from babilu.engine.files.sealer import FileSealer
from babilu.engine.files.transfers import TOLD_EVERY_MS, FileTransfers
from babilu.engine.runtime.context import ClientContext
from babilu.engine.runtime.places import Place, place_of, sending_state
from babilu.engine.runtime.threads import Worker, busy, defect, follow_up, settle
from babilu.kernel.errors import BabiluError, DeliveryError, ErrorCode, LinkError, Reason, UsageError
from babilu.kernel.limits import FILES_OF_MESSAGE
from babilu.kernel.states import FileDirection, FileState, TextState, TransferState
from babilu.local_paths import is_file_at, is_folder_at
from babilu.store.file_records import AttachmentRecord
from babilu.store.message_records import MessageRecord
from babilu.wire.file_entry import FileEntry

Post = Callable[[Place, Ask[Any, Any]], None]
"""Gives something to do to the conversation with a contact, or with oneself."""

SendAct = Callable[[tuple[FileEntry, ...]], Ask[Any, Any]]
"""Makes of sealed files what their conversation does in its turn."""

Seal = Callable[[int | None], FileEntry]
"""Seals what was made here; takes the most bytes that it may have, or None where nobody says."""

REFETCHED: Final = (FileState.FREED, FileState.FETCHING, FileState.PAUSED, FileState.FAILED)
"""States of an own file that is not here and may be fetched again from the relay."""

SealEach = Callable[[int | None], Iterator[FileEntry]]
"""Seals the files of one message; takes the most bytes that one may have."""

HandOn = Callable[[tuple[FileEntry, ...]], None]
"""Takes files that lie sealed here by now."""

UNDER_WAY: Final = (FileState.WAITING, FileState.SENDING, FileState.FETCHING)


class FileCommands:
    """Does commands about files.

    Args:
        base: The profile and the ports.
        folder: The sealed files.
        transfers: Moves them.
        sealer: Seals what is sent.
        file_bytes: Tells the largest file that the relay takes, or None where nobody says.
    """

    def __init__(
        self,
        base: ClientContext,
        folder: FileFolder,
        transfers: FileTransfers,
        sealer: FileSealer,
        file_bytes: Callable[[], int | None],
    ) -> None:
        self._base = base
        self._folder = folder
        self._transfers = transfers
        self._sealer = sealer
        self._file_bytes = file_bytes
        self._sealing = Worker("babilu-sealing")

    def start(self) -> None:
        """Start the thread."""
        self._sealing.start()

    def stop(self) -> None:
        """Finish what is being sealed, and end the thread."""
        self._sealing.stop()

    def send(self, place: Place, command: ask_for.Send, act: SendAct, post: Post, future: "Future[Any]") -> None:
        """Seal files, then have their message made; see `seal`."""
        self.seal(place, command, lambda files: post(place, act(files)), future)

    def seal(
        self,
        place: Place,
        command: ask_for.Send | ask_for.Schedule,
        hand_on: HandOn,
        future: "Future[Any]",
    ) -> None:
        """Seal files, then hand them on; they are deleted where ``future`` fails.

        Raises:
            UsageError: There are too many, or a path is not absolute.
        """
        if len(command.files) > FILES_OF_MESSAGE:
            raise UsageError(f"A message brings at most {FILES_OF_MESSAGE} files.")
        if not all(Path(path).is_absolute() for path in command.files):
            raise UsageError("The client needs the whole path of a file.")

        def seal_each(most: int | None) -> Iterator[FileEntry]:
            for index, path in enumerate(map(Path, command.files)):
                told = self._told(place, index, path, command.request_id)
                yield self._sealer.seal(path, most, told, as_file=command.as_files)

        self._begin(place, seal_each, hand_on, future)

    def send_bytes(self, place: Place, seal: Seal, act: SendAct, post: Post, future: "Future[Any]") -> None:
        """Seal what was made here and is no file of the disk, then have its message made."""
        self._begin(place, lambda most: iter((seal(most),)), lambda files: post(place, act(files)), future)

    def bring(self, message: MessageRecord, go_on: Callable[[], None], future: "Future[Any]") -> None:
        """Fetch what is not here of a message's files, then go on; ``future`` fails where one cannot be had.

        Raises:
            DeliveryError: ``not_found`` for an own file that is not here, and that nobody has to be asked for.
        """
        missing = [file for file in self._parts_of(message) if not self._folder.is_whole(file.entry.blob)]
        if message.is_from_here and any(file.state not in REFETCHED for file in missing):
            gone = DeliveryError(ErrorCode.NOT_FOUND, "A file of this message is not here any more.")
            raise gone.because(Reason.FILE)
        if not missing:
            go_on()
            return
        lock, left = threading.Lock(), len(missing)

        def came(path: str, error: BabiluError | None) -> None:
            nonlocal left
            del path
            with lock:
                left -= 1
                is_last = left == 0
            if error is not None and not future.done():
                future.set_exception(error)
            elif is_last and not future.done():
                try:
                    go_on()
                except BabiluError as refusal:
                    future.set_exception(refusal)

        for file in missing:
            self._transfers.when_saved(file.number, came)
        with self._base.database.write() as unit:
            for file in missing:
                unit.attachments.set_state(file.number, FileState.FETCHING)
        for file in missing:
            self._transfers.let_go(file.number)

    def _parts_of(self, message: MessageRecord) -> list[AttachmentRecord]:
        """Give the files of a message, and that of its text where only the beginning of it is here."""
        if message.text_state is None or (message.is_from_here and message.text_state is TextState.FAILED):
            return [*message.files]
        with self._base.database.read() as unit:
            text = unit.attachments.at_place(message.position, views.TEXT_INDEX)
        return [*message.files] if text is None else [*message.files, text]

    def copy(
        self,
        place: Place,
        files: Sequence[AttachmentRecord],
        hand_on: HandOn,
        future: "Future[Any]",
        *,
        as_files: bool,
    ) -> None:
        """Seal files of a message anew for somebody else, then hand them on; they are deleted where ``future`` fails.

        With the key of one copy nobody opens another, and a relay does not see that they are the same.
        """

        def copy_each(most: int | None) -> Iterator[FileEntry]:
            return (self._sealer.copy(file.entry, most, as_file=as_files) for file in files)

        self._begin(place, copy_each, hand_on, future)

    def _begin(self, place: Place, seal_each: SealEach, hand_on: HandOn, future: "Future[Any]") -> None:
        if not self._sealing.post(lambda: self._seal(place, seal_each, hand_on, future)):
            raise busy()

    def _seal(self, place: Place, seal_each: SealEach, hand_on: HandOn, future: "Future[Any]") -> None:
        # From here on nobody can cancel it: the files would go, and the message that tells of them would come.
        if not future.set_running_or_notify_cancel():
            return
        sealed: list[FileEntry] = []
        try:
            # Whoever is connected directly fetches from here what the relay does not take.
            to_relay = _goes_to_relay(place) and not self._transfers.reaches(place.contact)
            most = self._file_bytes() if to_relay else None
            with self._folder.together():
                # One after the other: what was sealed before a failure is forgotten.
                for entry in seal_each(most):
                    sealed.append(entry)  # noqa: PERF402 -- see above
        except BabiluError as error:
            self._forget(sealed)
            future.set_exception(error)
            return
        except Exception:
            self._forget(sealed)
            future.set_exception(defect())
            raise
        future.add_done_callback(lambda done: self._settled(sealed, done))
        hand_on(tuple(sealed))

    def _settled(self, sealed: list[FileEntry], done: "Future[Any]") -> None:
        if done.exception() is not None:
            self._forget(sealed)
        else:
            self._folder.settled(entry.blob for entry in sealed)
            self._transfers.wake()

    def _forget(self, sealed: list[FileEntry]) -> None:
        blobs = tuple(entry.blob for entry in sealed)
        self._folder.delete(blobs)
        self._folder.settled(blobs)

    def _told(self, place: Place, index: int, path: Path, request_id: str | None) -> Callable[[int], None]:
        """Make what tells how far the sealing of a file is."""
        label, conversation, clock = place.label, place.conversation, self._base.clock
        total = _size_of(path)
        told_at = clock.monotonic_ms()

        def progress(done: int) -> None:
            nonlocal told_at
            if clock.monotonic_ms() - told_at >= TOLD_EVERY_MS:
                told_at = clock.monotonic_ms()
                self._base.bus.tell(
                    events.FileTransfer(
                        None,
                        label,
                        conversation.id,
                        index,
                        FileDirection.OUT,
                        done,
                        total,
                        TransferState.RUNNING,
                        request_id=request_id,
                    )
                )

        return progress

    # What was sent.

    def do(self, command: "FileCommand", future: "Future[Any]") -> None:
        """Do a command about a file of a message.

        Raises:
            DeliveryError: ``not_found``.
        """
        if not isinstance(command, ask_for.FetchFile):
            self._transfers.note_wanted()
        with self._base.database.read() as unit:
            message, _ = find_message(unit, command.message, command.conversation, own_first=False)
            found = None if message.hidden else unit.attachments.at_place(message.position, command.index)
        of_text = found is not None and found.is_text
        if found is None or (of_text and not _may_do(command, message)):
            raise DeliveryError(ErrorCode.NOT_FOUND, "The message has no such file.")
        match command:
            case ask_for.FetchFile(into=into):
                self._fetch(message, found, into, future)
            case ask_for.PauseFile():
                settle(future, lambda: self._pause(message, found))
            case ask_for.ResumeFile():
                settle(future, lambda: self._resume(message, found))
            case ask_for.CancelFile():
                settle(future, lambda: self._cancel(message, found))

    def _fetch(self, message: MessageRecord, record: AttachmentRecord, into: str | None, future: "Future[Any]") -> None:
        if into is not None and not Path(into).is_absolute():
            raise UsageError("The client needs the whole path of a folder.")
        if into is not None and not is_folder_at(into):
            raise UsageError(f"{into} is no folder.")
        if self._folder.is_whole(record.entry.blob):
            if not self._sealing.post(lambda: settle(future, lambda: self._save(message, record, into))):
                raise busy()
            return
        if message.is_from_here and record.state not in REFETCHED:
            raise DeliveryError(ErrorCode.NOT_FOUND, "This file is not here any more.")
        self._transfers.want(record.number, into, partial(self._saved, message, record, future))

    def _save(self, message: MessageRecord, record: AttachmentRecord, into: str | None) -> views.SavedFileView:
        saved = None if into is None else str(self._folder.save(record.entry, Path(into), lambda _: None))
        return self._view(message, record, saved)

    def _saved(
        self,
        message: MessageRecord,
        record: AttachmentRecord,
        future: "Future[Any]",
        path: str,
        error: BabiluError | None,
    ) -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(self._view(message, record, path or None))

    def _view(self, message: MessageRecord, record: AttachmentRecord, path: str | None) -> views.SavedFileView:
        with self._base.database.read() as unit:
            place = place_of(unit, message.conversation)
        return views.SavedFileView(message.id, place.label, place.conversation.id, record.place, path)

    def _pause(self, message: MessageRecord, record: AttachmentRecord) -> None:
        with self._base.database.write() as unit:
            changed = unit.attachments.set_state(record.number, FileState.PAUSED, when=UNDER_WAY)
        # After the commit: who begins with it meanwhile would take it for one that goes on.
        self._transfers.hold(record.number)
        if changed is not None:
            held = partial(self._transfers.news.tell, changed, _direction(message), changed.done, TransferState.PAUSED)
            follow_up(held)

    def _resume(self, message: MessageRecord, record: AttachmentRecord) -> None:
        with self._base.database.write() as unit:
            place = place_of(unit, message.conversation)
            # An own file that is not here was deleted to make room, and comes from the relay.
            comes = not message.is_from_here or not self._folder.is_whole(record.entry.blob)
            state = FileState.FETCHING if comes or place.is_notes else sending_state(place.contact)
            unit.attachments.set_state(record.number, state, when=(FileState.PAUSED, FileState.FAILED))
        self._transfers.let_go(record.number)

    def _cancel(self, message: MessageRecord, record: AttachmentRecord) -> None:
        if message.is_from_here and not self._folder.is_whole(record.entry.blob):
            self._cancel_refetch(record)
            return
        state = FileState.FAILED if message.is_from_here else FileState.OFFERED
        closed = LinkError(ErrorCode.CLOSED, "The transfer was ended.")
        with self._base.database.write() as unit:
            unit.attachments.save_into(record.number, None)
            changed = unit.attachments.set_state(
                record.number,
                state,
                when=(*UNDER_WAY, FileState.PAUSED, FileState.FAILED),
                error=closed.code.value if message.is_from_here else None,
            )
            if changed is not None and not message.is_from_here:
                unit.attachments.set_done(record.number, 0)
        if changed is not None:
            self._transfers.drop(changed, closed, keep=message.is_from_here)

    def _cancel_refetch(self, record: AttachmentRecord) -> None:
        """Fetch an own file no longer whose bytes were deleted here."""
        held = (FileState.FETCHING, FileState.PAUSED, FileState.FAILED)
        with self._base.database.write() as unit:
            unit.attachments.save_into(record.number, None)
            changed = unit.attachments.set_state(record.number, FileState.FREED, when=held)
            unit.attachments.set_done(record.number, 0)
        if changed is not None:
            self._transfers.drop(changed, LinkError(ErrorCode.CLOSED, "The transfer was ended."), keep=False)


FileCommand = ask_for.FetchFile | ask_for.PauseFile | ask_for.ResumeFile | ask_for.CancelFile
"""Commands about a file of a message."""


def _may_do(command: FileCommand, message: MessageRecord) -> bool:
    """Tell whether a command may be about the text of a message: it is fetched, or given once more, where it failed."""
    if message.is_from_here:
        return isinstance(command, ask_for.ResumeFile)
    return isinstance(command, ask_for.FetchFile | ask_for.ResumeFile) and message.text_state is not None


def _goes_to_relay(place: Place) -> bool:
    return not place.is_notes and (place.contact is None or bool(place.contact.account))


def _direction(message: MessageRecord) -> FileDirection:
    return FileDirection.OUT if message.is_from_here else FileDirection.IN


def _size_of(path: Path) -> int:
    """Tell how large a file is, for its progress alone; 0 where that cannot be seen: what reads it says why."""
    try:
        return path.stat().st_size if is_file_at(path) else 0
    except OSError:
        return 0
