"""Daily archives: one a day into a folder by itself, read back before it counts; old ones make room.

The profile keeps what its recovery code opens archives with, never the code. What is kept here goes to no other device:
each has a folder of its own, or none.
"""

import logging
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Self

import msgspec

from babilu.api import events, views
from babilu.archive.folder import archive_name, made_at, surplus
from babilu.archive.records import ArchiveCounts
from babilu.crypto.secret import Secret
from babilu.engine.archives.making import PART, ArchiveMaker, MadeArchive, NewArchive
from babilu.engine.archives.rehearsal import Rehearsal
from babilu.engine.runtime.context import ClientContext
from babilu.engine.runtime.own_devices import name_this_device
from babilu.engine.runtime.threads import follow_up
from babilu.kernel.disk_errors import disk_error_code
from babilu.kernel.errors import BabiluError, ErrorCode, UsageError
from babilu.kernel.limits import DAY_MS
from babilu.local_paths import is_folder_at, is_taken
from babilu.store.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)

RETRY_MS: Final = 60 * 60 * 1000
"""Pause after a try that failed."""

_FOLDER: Final = "archive.folder"
_KEY: Final = "archive.key"
_LAST: Final = "archive.last"
_DAILY: Final = "archive.daily"
_FAILED: Final = "archive.failed"


class _Last(msgspec.Struct, frozen=True, array_like=True):
    """The last good archive, as the profile notes it."""

    path: str
    size: int
    counts: ArchiveCounts
    sha256: bytes
    made_at: int
    took_ms: int
    rehearsed_ms: int | None

    @classmethod
    def of(cls, made: MadeArchive, rehearsed_ms: int | None) -> Self:
        """Note an archive that was made."""
        path = str(made.path.absolute())
        return cls(path, made.size, made.counts, made.sha256, made.made_at, made.took_ms, rehearsed_ms)

    def shown(self) -> views.ArchiveView:
        """Show it."""
        return views.ArchiveView(
            path=self.path,
            size=self.size,
            counts=shown_counts(self.counts),
            sha256=self.sha256.hex(),
            made_at=self.made_at,
            took_ms=self.took_ms,
            rehearsed_ms=self.rehearsed_ms,
        )


class _Daily(msgspec.Struct, frozen=True, array_like=True):
    """The last daily archive: what a user makes by hand, and puts elsewhere, takes the place of none."""

    path: str
    made_at: int


class _Failed(msgspec.Struct, frozen=True, array_like=True):
    """Why the last try failed, and when."""

    code: str
    at: int


class ArchiveKeeper:
    """Makes archives of an open profile, and one each day where that is wanted; one at a time.

    Args:
        base: The profile and the ports.
        maker: Writes them.
        rehearsal: Reads them back.
        name: How the profile's daily archives begin.
    """

    def __init__(self, base: ClientContext, maker: ArchiveMaker, rehearsal: Rehearsal, name: str) -> None:
        self._base = base
        self._maker = maker
        self._rehearsal = rehearsal
        self._name = name
        self._ending = threading.Event()

    def make(self, wanted: NewArchive, *, rehearse: bool = True) -> views.ArchiveView:
        """Make an archive, have it read back, and note it as the last good one.

        Raises:
            UsageError, LinkError, ProfileError: As `ArchiveMaker.make`.
            ArchiveError: ``archive_damaged``: it does not come back as it was, and nothing is left of it.
        """
        clock, took = self._base.clock, []

        def read_back(made: MadeArchive) -> None:
            begun = clock.monotonic_ms()
            self._rehearsal.rehearse(made, wanted.opener)
            took.append(clock.monotonic_ms() - begun)

        with self._base.database.write() as unit:
            # Whoever restores it sees which device was lost.
            name_this_device(unit, self._base.own)
        made = self._maker.make(wanted, self._goes_on, read_back if rehearse else _pass_over)
        last = _Last.of(made, took[0] if took else None)
        with self._base.database.write() as unit:
            unit.settings.set(_LAST, msgspec.msgpack.encode(last))
        return last.shown()

    def keep(self, folder: Path | None, key: Secret | None) -> None:
        """Make an archive every day into a folder, opened by a key, or none any more.

        Raises:
            UsageError: There is no such folder, or no key.
        """
        if folder is not None and (key is None or not is_folder_at(folder)):
            raise UsageError(f"There is no folder {folder}." if key else "Daily backups open by a recovery code.")
        with self._base.database.write() as unit:
            for name in (_FOLDER, _KEY, _FAILED, _DAILY):
                unit.settings.delete(name)
            if folder is not None and key is not None:
                unit.settings.set(_FOLDER, str(folder.absolute()).encode())
                unit.settings.set(_KEY, key.reveal())

    def look(self) -> None:
        """Make the archive of the day where it is time to, and let old ones go; what fails is noted and told."""
        now = self._base.clock.now_ms()
        with self._base.database.read() as unit:
            folder, key = _folder(unit), unit.settings.get(_KEY)
            is_due = _is_due(unit, now)
        if folder is None or key is None or not is_due or not self._goes_on():
            return
        path = folder / archive_name(self._name, now)
        try:
            self._sweep(folder, now)
            self.make(NewArchive(path, Secret(key)))
            with self._base.database.write() as unit:
                unit.settings.set(_DAILY, msgspec.msgpack.encode(_Daily(str(path), now)))
                unit.settings.delete(_FAILED)
            for name in surplus(self._name, [each.name for each in folder.iterdir()]):
                (folder / name).unlink(missing_ok=True)
        except (BabiluError, OSError) as error:
            if self._goes_on():
                self._note_failure(error, now)

    def status(self) -> views.ArchiveStatusView:
        """Tell how they stand."""
        with self._base.database.read() as unit:
            folder, last, failed = _folder(unit), _last(unit), _failed(unit)
            record = unit.profile.load()
        return views.ArchiveStatusView(
            folder=None if folder is None else str(folder),
            last=None if last is None else last.shown(),
            kept=0 if folder is None else self._kept(folder),
            error=None if failed is None else failed.code,
            failed_at=None if failed is None else failed.at,
            since=0 if record is None else record.created_at,
        )

    def stop(self) -> None:
        """Make none any more, and end what is under way: nothing is left of it."""
        self._ending.set()
        self._rehearsal.stop()

    def _sweep(self, folder: Path, now: int) -> None:
        """Delete what runs have left that were killed; another device may be writing into the same folder today."""
        before = datetime.fromtimestamp((now - DAY_MS) / 1000, UTC)
        for each in folder.iterdir() if is_folder_at(folder) else ():
            begun = made_at(self._name, each.name.removesuffix(PART)) if each.name.endswith(PART) else None
            if begun is not None and begun < before:
                each.unlink(missing_ok=True)

    def _goes_on(self) -> bool:
        return not self._ending.is_set()

    def _kept(self, folder: Path) -> int:
        try:
            return sum(made_at(self._name, path.name) is not None for path in folder.iterdir())
        except OSError:
            return 0

    def _note_failure(self, error: BabiluError | OSError, now: int) -> None:
        code = error.code if isinstance(error, BabiluError) else disk_error_code(error)
        log.warning("the daily backup failed: %s", code.value)
        with self._base.database.write() as unit:
            unit.settings.set(_FAILED, msgspec.msgpack.encode(_Failed(code.value, now)))
        text = "The daily backup could not be made; it is tried again every hour."
        follow_up(lambda: self._base.bus.tell(events.Warned(ErrorCode.NOT_BACKED_UP.value, text, fatal=False)))


def shown_counts(counts: ArchiveCounts) -> views.ArchiveCountsView:
    """Show how much is in an archive."""
    return views.ArchiveCountsView(counts.people, counts.conversations, counts.messages, counts.entries, counts.files)


def _pass_over(_: MadeArchive) -> None:
    """Read nothing back, where that is not wanted."""


def _is_due(unit: UnitOfWork, now: int) -> bool:
    kept, failed = unit.settings.get(_DAILY), _failed(unit)
    if failed is not None and 0 <= now - failed.at < RETRY_MS:
        return False
    if kept is None:
        return True
    last = msgspec.msgpack.decode(kept, type=_Daily)
    # One that seems to be of the future was made before the clock was set back.
    return not 0 <= now - last.made_at < DAY_MS or not is_taken(last.path)


def _folder(unit: UnitOfWork) -> Path | None:
    kept = unit.settings.get(_FOLDER)
    return None if kept is None else Path(kept.decode())


def _last(unit: UnitOfWork) -> _Last | None:
    kept = unit.settings.get(_LAST)
    return None if kept is None else msgspec.msgpack.decode(kept, type=_Last)


def _failed(unit: UnitOfWork) -> _Failed | None:
    kept = unit.settings.get(_FAILED)
    return None if kept is None else msgspec.msgpack.decode(kept, type=_Failed)
