"""Transfers of files: what the database says is to be moved is moved, a few files at a time in each direction.

The database is the list of what there is to do, so that a kill loses nothing: a transfer goes on from what lies in the
folder, or at the relay. Uploads and fetches have threads of their own: many small files do not wait for each other's
syncs, and none waits for a large one. What fails for a reason that passes is tried again with growing pauses, and holds
up no other; what fails for good says why.
"""

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from babilu.crypto.sealed_file import BLOCK_BYTES, sealed_size
from babilu.engine.files.direct_exchange import DirectExchange
from babilu.engine.files.exchange import FileExchange
from babilu.engine.files.fetching import PASSING, FileFetcher
from babilu.engine.files.folder import FileFolder
from babilu.engine.files.folder_tidying import FolderTidying
from babilu.engine.files.missing_files import MissingFiles, SenderPort
from babilu.engine.files.movers import AT_ONCE, FileMovers
from babilu.engine.files.news import TransferNews
from babilu.engine.files.senders import FileSender, FileSenderFinder
from babilu.engine.files.sources import is_small
from babilu.engine.files.text_files import TextArrivals
from babilu.engine.runtime.context import ClientContext
from babilu.engine.runtime.loop_thread import LoopThread
from babilu.engine.runtime.places import place_of
from babilu.engine.runtime.threads import follow_up
from babilu.engine.transport.backoff import Backoff
from babilu.kernel.errors import BabiluError, CryptoError, DeliveryError, ErrorCode, LinkError
from babilu.kernel.ids import BlobId
from babilu.kernel.limits import FILES_OF_MESSAGE
from babilu.kernel.states import FileDirection, FileState, TransferState
from babilu.store.contact_records import ContactRecord
from babilu.store.file_records import AttachmentRecord
from babilu.store.file_room import StoredFile

log = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS: Final = 1.0
LONGEST_PAUSE_SECONDS: Final = 60.0


BRING_TRIES: Final = 5
"""How often it is tried to bring a file again that somebody else misses at the relay."""

TOGETHER: Final = FILES_OF_MESSAGE
"""Small files that one thread moves together: they wait together for the relay, for the disk, and for a commit."""

TOLD_EVERY_MS: Final = 250
"""Shortest time between two events about the progress of one transfer."""

KEPT_EVERY_BYTES: Final = 8 * 1024 * 1024
"""Bytes after which the database is told how far a transfer is; the truth lies in the folder and at the relay."""

KEPT_EVERY_MS: Final = 2_000
"""Shortest time between two such commits: each syncs, and what is written of files has to wait for that."""


_SAID_OF_WAITING: Final = frozenset({ErrorCode.NOT_FOUND, ErrorCode.DISK_FULL, ErrorCode.QUOTA})
"""Why a file does not move, as far as its rows say so."""

FetchDone = Callable[[str, BabiluError | None], None]
"""Is told where a file was saved (empty where nowhere), or why it is not here."""


class StoppedError(Exception):
    """The transfer is to stop: the user held it, its message is gone, or the client ends."""


@dataclass(frozen=True, slots=True)
class _Settled:
    """A transfer that has ended: of which file, the state that it had and has now, and until when the relay has it."""

    record: AttachmentRecord
    before: FileState
    after: FileState
    direction: FileDirection
    kept_until: int | None = None


class FileTransfers:
    """Moves files of messages between the folder and whoever else has them.

    Args:
        base: The profile and the ports.
        folder: The sealed files.
        exchange: The relay; None where there is none.
        direct: The direct connections.
        loop: Where timers live.
        senders: Reaches who sent files.
    """

    def __init__(
        self,
        base: ClientContext,
        folder: FileFolder,
        exchange: FileExchange | None,
        direct: DirectExchange,
        loop: LoopThread,
        senders: SenderPort,
    ) -> None:
        self._base = base
        self._senders = senders
        self._folder = folder
        self._exchange = exchange
        self._direct = direct
        self._fetcher = FileFetcher(folder, exchange, direct, base.limits.frame_ms / 1000)
        self._loop = loop
        self.news = TransferNews(base)
        self._texts = TextArrivals(base, folder)
        self._movers = {
            FileState.SENDING: FileMovers("babilu-uploads", partial(self._move_all, FileState.SENDING)),
            FileState.FETCHING: FileMovers("babilu-fetches", partial(self._move_all, FileState.FETCHING)),
        }
        self._tidying = FolderTidying(base, folder, partial(self._movers[FileState.FETCHING].post, 0))
        self._missing = MissingFiles(base, senders)
        self._pauses = {
            state: Backoff(FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, base.randomness) for state in self._movers
        }
        self._timers: dict[FileState, asyncio.TimerHandle] = {}
        self._ending = threading.Event()
        self._lock = threading.Lock()
        self._moving: dict[int, BlobId] = {}
        self._held: set[int] = set()
        # Those whose thread deletes what is here, for it may still write.
        self._dropped: set[int] = set()
        self._waiting: dict[int, list[FetchDone]] = {}
        # Which files somebody has asked for since the last commit of that, and into which folder.
        self._wanted: dict[int, str | None] = {}
        self._noting = threading.Lock()

    def start(self) -> None:
        """Start the threads, tidy the folder, and go on with what a former run left."""
        for movers in self._movers.values():
            movers.start()
        self._tidying.start()
        self.wake()

    def stop(self) -> None:
        """End what is under way; the next start goes on with it."""
        self._ending.set()
        self.note_wanted()
        if self._exchange is not None:
            try:
                self._exchange.close()
            except BabiluError as error:
                log.info("the connection for files was not closed in order: %s", error.code.value)
        for movers in self._movers.values():
            movers.stop()
        with self._lock:
            waiting, self._waiting = self._waiting, {}
        for done in (each for several in waiting.values() for each in several):
            done("", BabiluError(ErrorCode.CLOSED, "The client is closed."))

    def wake(self) -> None:
        """Look for what is to be moved, and for what nobody needs any more; may be called from any thread."""
        self._look()
        self._tidying.soon()

    def _look(self) -> None:
        for movers in self._movers.values():
            movers.wake()

    def wake_online(self) -> None:
        """Try again at once what waited for the relay, or for somebody: they are there."""
        for pause in self._pauses.values():
            pause.reset()
        self.wake()

    # What commands ask; the caller has written the state of the file.

    def hold(self, number: int) -> None:
        """Stop a transfer that is under way."""
        with self._lock:
            self._held.add(number)

    def let_go(self, number: int) -> None:
        """Let a transfer go on."""
        with self._lock:
            self._held.discard(number)
            self._dropped.discard(number)
        self._look()

    def drop(self, record: AttachmentRecord, why: BabiluError, *, keep: bool) -> None:
        """Stop a transfer for good; what is here of a file of somebody else is deleted."""
        with self._lock:
            self._held.add(record.number)
            if not keep and record.number in self._moving:
                self._dropped.add(record.number)
            elif not keep:
                # Under the lock, or a thread could have begun with it anew.
                self._folder.delete((record.entry.blob,))
        direction = FileDirection.OUT if keep else FileDirection.IN
        self.news.tell(record, direction, record.done, TransferState.FAILED, why.code.value)
        self._answer(record.number, "", why)

    def free(self, files: Sequence[StoredFile]) -> list[StoredFile]:
        """Delete the bytes of files to make room, as far as they may still go; returns those that went.

        Under the lock, or a thread could begin to fetch one anew between the commit and the deletion. After a kill
        between the two the next start deletes what is left.
        """
        with self._lock:
            with self._base.database.write() as unit:
                freed, unneeded = unit.file_room.free([file for file in files if file.number not in self._moving])
            self._folder.delete(unneeded)
        return freed

    def bring(self, number: int, tries: int = BRING_TRIES) -> None:
        """Bring a file to the relay for somebody else who misses it there; may be called from any thread.

        It stands here as before: where this ends before, it is asked for once more.
        """
        self._movers[FileState.SENDING].post(number % AT_ONCE, partial(self._bring, number, tries))

    def _bring(self, number: int, tries: int) -> None:
        with self._base.database.read() as unit:
            record = unit.attachments.find(number)
        if record is None or self._exchange is None:
            return
        blob, size = record.entry.blob, sealed_size(record.entry.size)
        read = partial(self._folder.read, blob) if self._folder.is_whole(blob) else self._texts.sealed_anew(record)
        if read is None:
            return
        try:
            self._exchange.upload(blob, size, read, self._goes_on(number))
        except StoppedError:
            return
        except BabiluError as error:
            log.info("a file was not brought again: %s", error.code.value)
            # In conflict is what somebody else has brought meanwhile.
            if tries > 1 and error.code in PASSING and error.code is not ErrorCode.CONFLICT:
                pause = self._pauses[FileState.SENDING].take(at_least=(error.retry_after_ms or 0) / 1000)
                self._loop.call(self._loop.loop.call_later, pause, self.bring, number, tries - 1)

    def reaches(self, contact: ContactRecord | None) -> bool:
        """Tell whether a contact is connected directly, and can fetch what no relay takes; waits for the loop."""
        return contact is not None and bool(self._direct.sources(contact.contact))

    def want(self, number: int, into: str | None, done: FetchDone) -> None:
        """Fetch a file, save it into a folder where one is named, and have somebody told.

        Those that are asked for one after the other are noted by one commit: who is free to fetch them makes it.
        """
        self.when_saved(number, done)
        with self._lock:
            self._wanted[number] = into
        if not self._movers[FileState.FETCHING].wake():
            self.note_wanted()

    def note_wanted(self) -> None:
        """Commit what was asked for by now; call it before the state of a file is changed otherwise."""
        with self._noting:
            with self._lock:
                wanted, self._wanted = self._wanted, {}
            if not wanted:
                return
            try:
                with self._base.database.write() as unit:
                    gone = [number for number, into in wanted.items() if not unit.attachments.want(number, into)]
            except BabiluError as error:
                for number in wanted:
                    self._answer(number, "", error)
                return
            with self._lock:
                self._held.difference_update(wanted)
                self._dropped.difference_update(wanted)
        for number in gone:
            self._answer(number, "", DeliveryError(ErrorCode.NOT_FOUND, "The message has no such file."))

    def when_saved(self, number: int, done: FetchDone) -> None:
        """Have somebody told once a file is here and saved, or cannot be."""
        with self._lock:
            self._waiting.setdefault(number, []).append(done)

    # In the threads.

    def _move_all(self, state: FileState) -> None:
        self.note_wanted()
        after = 0
        wait: float | None = None
        while not self._ending.is_set():
            records = self._take_next(state, after)
            if not records:
                break
            after = records[-1].number
            # Whoever is free finds what else there is.
            self._movers[state].wake_another()
            try:
                pauses = self._move_several(records, state)
            finally:
                self._leave(records)
            wait = min(pauses, default=wait) if wait is None else min((wait, *pauses))
        if wait is not None:
            self._loop.call(self._again_in, state, wait)

    def _leave(self, records: Sequence[AttachmentRecord]) -> None:
        """Let go of files that were moved; what was written after one was dropped or deleted is deleted here."""
        with self._base.database.read() as unit, self._lock:
            for record in records:
                blob = record.entry.blob
                try:
                    if record.number in self._dropped or not unit.attachments.is_needed(blob):
                        self._folder.delete((blob,))
                finally:
                    self._dropped.discard(record.number)
                    self._moving.pop(record.number, None)

    def _take_next(self, state: FileState, after: int) -> tuple[AttachmentRecord, ...]:
        """Find the next file that is to be moved and that no other thread moves, or several small ones.

        Two files of messages may be one sealed file, by the wish of their sender: two threads would spoil it.
        """
        taken: list[AttachmentRecord] = []
        with self._base.database.read() as unit, self._lock:
            while not taken and (following := unit.attachments.under_way(state, after, TOGETHER)):
                after = following[-1].number
                for record in following:
                    blob = record.entry.blob
                    if record.number in self._moving or blob in self._moving.values():
                        continue
                    if taken and not (is_small(taken[0].entry) and is_small(record.entry)):
                        break
                    self._moving[record.number] = blob
                    # Whoever holds it from here on has written so after this was read.
                    self._held.discard(record.number)
                    taken.append(record)
        return tuple(taken)

    def _move_several(self, records: Sequence[AttachmentRecord], state: FileState) -> list[float]:
        """Move files; returns the seconds after which some of them are tried again."""
        small = [record for record in records if is_small(record.entry) and not record.is_text]
        together = self._upload_small if state is FileState.SENDING else self._fetch_small
        moved = together(small) if small else frozenset()
        pauses = (
            self._move(record, state) for record in records if record.number not in moved and not self._ending.is_set()
        )
        return [pause for pause in pauses if pause is not None]

    def _upload_small(self, records: Sequence[AttachmentRecord]) -> frozenset[int]:
        """Bring small files to the relay together, as far as that goes; returns those that are there."""
        if self._exchange is None:
            return frozenset()
        try:
            sealed = [(record.entry.blob, self._folder.read(record.entry.blob, 0)) for record in records]
            brought, kept_ms = self._exchange.upload_small(sealed)
        except BabiluError as error:
            log.info("small files do not go together: %s", error.code.value)
            return frozenset()
        until = self._base.clock.now_ms() + kept_ms
        there = [record for record in records if record.entry.blob in brought]
        if there:
            self._pauses[FileState.SENDING].reset()
            self._settle(
                [_Settled(record, FileState.SENDING, FileState.SENT, FileDirection.OUT, until) for record in there]
            )
        return frozenset(record.number for record in there)

    def _fetch_small(self, records: Sequence[AttachmentRecord]) -> frozenset[int]:
        """Fetch small files together, as far as that goes; returns those that are here."""
        with self._base.database.read() as unit:
            senders = FileSenderFinder(unit)
            known = [(record, sender) for record in records if (sender := senders.find(record)) is not None]
        here = self._fetcher.fetch_small([(record.entry, sender.contact) for record, sender in known])
        fetched = [(record, sender) for record, sender in known if record.entry.blob in here]
        going = [(record, sender) for record, sender in fetched if self._is_going_on(record.number)]
        if going:
            self._pauses[FileState.FETCHING].reset()
            self._came(going)
        return frozenset(record.number for record, _ in fetched)

    def _move(self, record: AttachmentRecord, state: FileState) -> float | None:
        """Move one file; returns the seconds after which it is tried again, where it is to be."""
        try:
            if state is FileState.SENDING:
                self._upload(record)
            else:
                self._fetch(record)
        except StoppedError:
            return None
        except BabiluError as error:
            if self._ending.is_set():
                return None
            if error.code in PASSING or (error.code is ErrorCode.NOT_FOUND and self._missing.may_come(record)):
                log.info("a file waits: %s", error.code.value)
                self._waits(record, state, error.code)
                if record.is_text and state is FileState.FETCHING:
                    self._texts.waits(record)
                return self._pauses[state].take(at_least=(error.retry_after_ms or 0) / 1000)
            if isinstance(error, CryptoError):
                # Nothing is left of what is another file.
                self._folder.delete((record.entry.blob,))
            self._fail(record, state, error)
            return None
        self._pauses[state].reset()
        return None

    def _upload(self, record: AttachmentRecord) -> None:
        blob, size = record.entry.blob, sealed_size(record.entry.size)
        exchange, read = self._reachable(), partial(self._folder.read, blob)
        try:
            kept_ms = exchange.upload(blob, size, read, self._told(record, FileDirection.OUT))
        except BabiluError as error:
            if error.code is ErrorCode.CONFLICT and exchange.has(record.entry, read(0, BLOCK_BYTES)):
                # A device of its reader brought the same file there; until when it stays is not known.
                self._settle((_Settled(record, FileState.SENDING, FileState.SENT, FileDirection.OUT),))
            elif error.code is not ErrorCode.TOO_LARGE or not self._lies_with_us(record):
                raise
            return
        until = self._base.clock.now_ms() + kept_ms
        self._settle((_Settled(record, FileState.SENDING, FileState.SENT, FileDirection.OUT, until),))
        if record.is_text:
            self._folder.settled((blob,))
            self._texts.given(record)

    def _lies_with_us(self, record: AttachmentRecord) -> bool:
        """Let a file that the relay does not take wait for its reader, if they are connected; tell whether it does."""
        with self._base.database.read() as unit:
            found = unit.attachments.message_of(record.number)
            contact = None if found is None else place_of(unit, found[1]).contact
        if not self.reaches(contact):
            return False
        with self._base.database.write() as unit:
            unit.attachments.set_state(record.number, FileState.WAITING, when=(FileState.SENDING,))
        return True

    def _fetch(self, record: AttachmentRecord) -> None:
        entry = record.entry
        with self._base.database.read() as unit:
            sender = FileSenderFinder(unit).find(record)
        if sender is None:
            raise StoppedError
        contact = sender.contact
        if not self._folder.is_whole(entry.blob):
            try:
                self._fetcher.fetch(entry, contact, self._told(record, FileDirection.IN))
            except LinkError:
                if contact is not None and not contact.account:
                    caller = partial(self._senders.call, contact)
                    follow_up(caller)
                raise
        if record.is_text:
            self._texts.came(record)
            self._missing.forget(record)
            self._answer(record.number, "", None)
            return
        self._came([(record, sender)])

    def _came(self, files: Sequence[tuple[AttachmentRecord, FileSender]]) -> None:
        """Save files that are here, where that was asked for, and note and tell that they are."""
        saved = {record.number: self._save(record) for record, _ in files if record.save_into is not None}
        ends: list[_Settled] = []
        for record, sender in files:
            self._missing.forget(record)
            after = FileState.SENT if sender.own else FileState.HERE
            ends.append(_Settled(record, FileState.FETCHING, after, FileDirection.IN))
        self._settle(ends)
        for record, _ in files:
            path, error = saved.get(record.number, ("", None))
            if not self._answer(record.number, path, error) and path:
                self.news.tell_saved(record, path)

    def _save(self, record: AttachmentRecord) -> tuple[str, BabiluError | None]:
        try:
            return str(
                self._folder.save(record.entry, Path(record.save_into or ""), self._goes_on(record.number))
            ), None
        except BabiluError as refusal:
            return "", refusal

    def _reachable(self) -> FileExchange:
        if self._exchange is None:
            raise BabiluError(ErrorCode.UNSUPPORTED, "Files are moved through a relay, and this profile has none.")
        return self._exchange

    def _waits(self, record: AttachmentRecord, state: FileState, why: ErrorCode) -> None:
        """Note and tell why a file does not move, where somebody can do something about it, or might wonder.

        That nobody is there is no such reason: the connection says so itself.
        """
        if why not in _SAID_OF_WAITING or record.error == why.value or self._missing.still_comes(record, why):
            return
        with contextlib.suppress(BabiluError), self._base.database.write() as unit:
            # Where there is no room for this either, it is told again.
            unit.attachments.note_waiting(record.number, why.value)
        direction = FileDirection.OUT if state is FileState.SENDING else FileDirection.IN
        follow_up(lambda: self.news.tell(record, direction, record.done, TransferState.RUNNING, why.value))

    # What became of it.

    def _settle(self, ends: "Sequence[_Settled]") -> None:
        """Note by one commit how transfers have ended, and tell it."""
        with self._base.database.write() as unit:
            changed = [
                end
                for end in ends
                if unit.attachments.settle(
                    end.record.number, end.before, end.after, end.record.entry.size, end.kept_until
                )
            ]
        done = [(end.record, end.direction) for end in changed]
        follow_up(lambda: self.news.tell_done(done))

    def _fail(self, record: AttachmentRecord, state: FileState, error: BabiluError) -> None:
        log.info("a file cannot be moved: %s", error.code.value)
        self._missing.forget(record)
        with self._base.database.write() as unit:
            unit.attachments.save_into(record.number, None)
            changed = unit.attachments.set_state(record.number, FileState.FAILED, when=(state,), error=error.code.value)
        if changed is not None:
            direction = FileDirection.OUT if state is FileState.SENDING else FileDirection.IN
            code = error.code.value
            follow_up(lambda: self.news.tell(record, direction, record.done, TransferState.FAILED, code))
            if record.is_text:
                self._texts.failed(record)
        self._answer(record.number, "", error)

    def _answer(self, number: int, saved: str, error: BabiluError | None) -> bool:
        """Tell those who wait for a file; says whether anybody does."""
        with self._lock:
            waiting = self._waiting.pop(number, [])
        for done in waiting:
            done(saved, error)
        return bool(waiting)

    def _goes_on(self, number: int) -> Callable[[int], None]:
        """Make what raises once a transfer is to stop."""

        def check(_: int = 0) -> None:
            if not self._is_going_on(number):
                raise StoppedError

        return check

    def _is_going_on(self, number: int) -> bool:
        return not self._ending.is_set() and number not in self._held

    def _told(self, record: AttachmentRecord, direction: FileDirection) -> Callable[[int], None]:
        """Make what notes the progress of a transfer, and stops it."""
        check, clock = self._goes_on(record.number), self._base.clock
        told_at, kept, waited = clock.monotonic_ms() - TOLD_EVERY_MS, record.done, record.error is not None
        kept_at = clock.monotonic_ms()

        def moved(octets: int) -> None:
            nonlocal told_at, kept, kept_at, waited
            check(octets)
            done, now = min(octets, record.entry.size), clock.monotonic_ms()
            if waited or (abs(done - kept) >= KEPT_EVERY_BYTES and now - kept_at >= KEPT_EVERY_MS):
                kept, kept_at, waited = done, now, False
                with self._base.database.write() as unit:
                    unit.attachments.set_done(record.number, done)
                    if unit.attachments.find(record.number) is None:
                        raise StoppedError
            if now - told_at >= TOLD_EVERY_MS:
                told_at = now
                follow_up(lambda: self.news.tell(record, direction, done, TransferState.RUNNING))

        return moved

    def _again_in(self, state: FileState, seconds: float) -> None:
        present = self._timers.get(state)
        if present is not None:
            present.cancel()
        self._timers[state] = self._loop.loop.call_later(seconds, self._movers[state].wake)
