"""Serving of files over direct connections: to a contact those of messages to them, to an own device all that are here.

Whoever asks has to know the token of a file and to be the person whom it was sent to. Everybody else hears what one
hears of a file that does not exist. Files are read in a thread, some parts of one connection at a time.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from functools import partial
from itertools import groupby
from typing import Final

from babilu.crypto.sealed_file import BLOCK_BYTES, sealed_size
from babilu.engine.files.folder import FileFolder
from babilu.engine.files.news import TransferNews
from babilu.engine.runtime.context import ClientContext
from babilu.engine.runtime.loop_thread import LoopThread
from babilu.engine.runtime.threads import Worker, follow_up
from babilu.engine.transport.direct_connection import DirectConnection
from babilu.engine.transport.direct_parts import PartAnswer
from babilu.kernel.bounded import BoundedDict
from babilu.kernel.errors import BabiluError, ErrorCode
from babilu.kernel.ids import BlobId, blob_id
from babilu.kernel.states import FileDirection, FileState, TransferState
from babilu.store.conversations import ONESELF
from babilu.store.file_records import AttachmentRecord
from babilu.wire.direct_frames import BlobData, BlobGet, BlobKept, BlobRefused, BlobWaits

TOLD_EVERY_MS: Final = 250
"""Shortest time between two events about how far a contact has come with a file."""

ASKED_AT_ONCE: Final = 100
"""Files that wait for a contact, the newest, of which they are asked when they are connected."""

FILES_FOLLOWED: Final = 100
"""Files of which it is remembered when it was told last how far they are; of others it is told anew."""


class FileServer:
    """Reads for contacts what they may have of one's files.

    Args:
        base: The profile and the ports.
        folder: The sealed files.
        news: Tells how far files are.
        loop: Where connections live.
    """

    def __init__(self, base: ClientContext, folder: FileFolder, news: TransferNews, loop: LoopThread) -> None:
        self._base = base
        self._loop = loop
        self._folder = folder
        self._news = news
        self._worker = Worker("babilu-serving")
        self._told: BoundedDict[int, int] = BoundedDict(FILES_FOLLOWED)

    def start(self) -> None:
        """Start the thread."""
        self._worker.start()

    def stop(self) -> None:
        """End the thread."""
        self._worker.stop()

    def read_parts(self, contact: int, gets: Sequence[BlobGet]) -> "Future[list[PartAnswer]]":
        """Read what a contact asks for, as far as that contact may have it."""
        return self._worker.ask(lambda: list(self._read(contact, gets)))

    def file_kept(self, contact: int, kept: BlobKept) -> None:
        """Take note that a contact says to have a file whole."""
        self._worker.post(lambda: self._settle(contact, kept))

    def file_waits(self, link: DirectConnection, waiting: BlobWaits) -> None:
        """Tell the contact at the other end of a link whether a file of theirs is here."""
        self._worker.post(lambda: self._answer(link, BlobId(waiting.blob), waiting.token))

    def ask_about_waiting(self, link: DirectConnection) -> None:
        """Ask the contact at the other end of a link which files they have of those that wait for them.

        What says that somebody has a file may have got lost with a connection, or with one of the two.
        """
        self._worker.post(lambda: self._ask(link))

    # In the thread.

    def _answer(self, link: DirectConnection, blob: BlobId, token: bytes) -> None:
        with self._base.database.read() as unit:
            is_theirs = unit.attachments.is_from(link.contact, blob)
        if is_theirs and blob_id(token) == blob and self._folder.is_whole(blob):
            self._loop.call(link.parts.tell_kept, blob, token)

    def _ask(self, link: DirectConnection) -> None:
        with self._base.database.read() as unit:
            records = unit.attachments.waiting_for(link.contact, ASKED_AT_ONCE)
        for record in records:
            self._loop.call(link.parts.tell_waiting, record.entry.blob, record.entry.token)

    def _read(self, contact: int, gets: Sequence[BlobGet]) -> Iterator[PartAnswer]:
        for (blob, token), of_one in groupby(gets, key=lambda get: (get.blob, get.token)):
            several = list(of_one)
            try:
                yield from self._read_file(contact, BlobId(blob), token, several)
            except BabiluError as error:
                yield from (BlobRefused(get.request, _refusal(error).value) for get in several)

    def _read_file(self, contact: int, blob: BlobId, token: bytes, gets: Sequence[BlobGet]) -> Iterator[PartAnswer]:
        record = self._may_have(contact, blob, token)
        size = sealed_size(record.entry.size)
        answers: list[PartAnswer] = []
        for get in gets:
            if get.offset % BLOCK_BYTES or get.offset >= size:
                answers.append(BlobRefused(get.request, ErrorCode.MALFORMED.value))
            else:
                answers.append(BlobData(get.request, blob, get.offset, size, self._folder.read(blob, get.offset)))
        self._follow(record, max(get.offset for get in gets))
        yield from answers

    def _may_have(self, contact: int, blob: BlobId, token: bytes) -> AttachmentRecord:
        """Find a file that a contact may have.

        Raises:
            BabiluError: ``not_found``: it was not sent to them, or not under this token, or is ended; ``busy``: its
                sender holds it.
        """
        records = self._sent(contact, blob, token)
        if contact == ONESELF and not self._folder.is_whole(blob):
            records = ()
        for record in records:
            if record.state is not FileState.PAUSED and record.error != ErrorCode.CLOSED:
                return record
        held = any(record.state is FileState.PAUSED for record in records)
        raise BabiluError(ErrorCode.BUSY if held else ErrorCode.NOT_FOUND, "This file cannot be had now.")

    def _sent(self, contact: int, blob: BlobId, token: bytes) -> tuple[AttachmentRecord, ...]:
        if blob_id(token) != blob:
            return ()
        with self._base.database.read() as unit:
            if contact == ONESELF:
                return unit.attachments.with_blob(blob)
            person = unit.contacts.by_contact(contact)
            if person is None or person.is_stranger or person.blocked:
                return ()
            return unit.attachments.sent_to(contact, blob)

    def _follow(self, record: AttachmentRecord, offset: int) -> None:
        """Tell how far a contact has come with a file that goes to them directly alone."""
        now = self._base.clock.monotonic_ms()
        if record.state is not FileState.WAITING or now - self._told.get(record.number, -TOLD_EVERY_MS) < TOLD_EVERY_MS:
            return
        self._told[record.number] = now
        self._news.tell(record, FileDirection.OUT, min(offset, record.entry.size), TransferState.RUNNING)

    def _settle(self, contact: int, kept: BlobKept) -> None:
        if contact == ONESELF:
            # It waits for somebody else.
            return
        for record in self._sent(contact, BlobId(kept.blob), kept.token):
            with self._base.database.write() as unit:
                changed = unit.attachments.set_state(record.number, FileState.SENT, when=(FileState.WAITING,))
                if changed is not None:
                    unit.attachments.set_done(record.number, record.entry.size)
            if changed is not None:
                follow_up(partial(self._news.tell, record, FileDirection.OUT, record.entry.size, TransferState.DONE))


def _refusal(error: BabiluError) -> ErrorCode:
    return error.code if error.code in {ErrorCode.NOT_FOUND, ErrorCode.BUSY} else ErrorCode.BUSY
