"""Room on the disk: what takes how much, and files whose bytes are deleted to make room.

What is deleted is what a plan has shown: an approval names exactly those files, and where it would be others by now,
nothing is deleted. Messages stay; what was deleted can be fetched again from whoever has it still.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Final

from babilu.api import commands as ask_for
from babilu.api import events, views
from babilu.engine.commands.contacts import find_conversation
from babilu.engine.files.folder import FileFolder
from babilu.engine.files.transfers import FileTransfers
from babilu.engine.runtime.context import ClientContext
from babilu.engine.runtime.places import place_of
from babilu.engine.runtime.threads import Worker, busy, settle
from babilu.kernel.errors import DeliveryError, ErrorCode
from babilu.kernel.states import MediaKind
from babilu.store.file_room import RoomFilter, StoredFile
from babilu.store.profile_files import ProfilePaths
from babilu.store.unit_of_work import UnitOfWork

AT_ONCE: Final = 100
"""Files that are deleted in one transaction: whoever else writes waits no longer than that takes."""

APPROVAL_BYTES: Final = 8

SpaceCommand = ask_for.SpaceUse | ask_for.PlanFreeing | ask_for.FreeSpace
"""Commands about room on the disk."""


class SpaceCommands:
    """Does commands about room on the disk.

    Args:
        base: The profile and the ports.
        paths: Where the profile lies.
        folder: The sealed files.
        transfers: Deletes them, when nobody moves them.
        worker: A thread that may take its time.
    """

    def __init__(
        self, base: ClientContext, paths: ProfilePaths, folder: FileFolder, transfers: FileTransfers, worker: Worker
    ) -> None:
        self._base = base
        self._paths = paths
        self._folder = folder
        self._transfers = transfers
        self._worker = worker

    def do(self, command: SpaceCommand, future: "Future[Any]") -> None:
        """Do a command in the thread for it.

        Raises:
            BabiluError: ``busy``.
        """
        if not self._worker.post(lambda: settle(future, lambda: self._answer(command))):
            raise busy()

    def _answer(self, command: SpaceCommand) -> object:
        match command:
            case ask_for.SpaceUse():
                return self._use()
            case ask_for.PlanFreeing():
                return self._plan(command)
            case ask_for.FreeSpace():
                return self._free(command)

    def _use(self) -> views.SpaceView:
        sizes = self._folder.sizes()
        taken: dict[int, dict[MediaKind, int]] = defaultdict(lambda: defaultdict(int))
        left = dict(sizes)
        with self._base.database.read() as unit:
            for conversation, kind, blob in unit.file_room.stored():
                # What two messages share counts once.
                taken[conversation][kind] += left.pop(blob, 0)
            messages = unit.file_room.messages()
            shown = [self._shown(unit, each, taken[each], messages.get(each, 0)) for each in {*taken, *messages}]
        shown.sort(key=lambda each: (-each.octets, -each.messages, each.conversation))
        database = sum(_size_of(path) for path in (self._paths.database, self._paths.log, self._paths.log_index))
        return views.SpaceView(database, sum(sizes.values()), tuple(shown))

    def _shown(
        self, unit: UnitOfWork, number: int, taken: dict[MediaKind, int], messages: int
    ) -> views.ConversationSpaceView:
        place = place_of(unit, number)
        return views.ConversationSpaceView(
            place.label,
            place.conversation.id,
            taken.get(MediaKind.PICTURE, 0),
            taken.get(MediaKind.VOICE, 0),
            taken.get(MediaKind.FILE, 0),
            messages,
        )

    def _plan(self, command: ask_for.PlanFreeing) -> views.FreeingPlanView:
        with self._base.database.read() as unit:
            only = _filter(unit, command)
            files = unit.file_room.may_go(only)
            kept = unit.file_room.must_stay(only)
            octets = self._octets(unit, files)
        own = sum(file.own for file in files)
        return views.FreeingPlanView(len(files), octets, kept, approval_of(files), own)

    def _octets(self, unit: UnitOfWork, files: Sequence[StoredFile]) -> int:
        """Count the bytes that go with files: a sealed file that another message needs stays."""
        sizes, numbers = self._folder.sizes(), {file.number for file in files}
        blobs = dict.fromkeys(file.blob for file in files)
        return sum(sizes.get(blob, 0) for blob in blobs if not unit.file_room.needed_besides(numbers, blob))

    def _free(self, command: ask_for.FreeSpace) -> views.FreedSpaceView:
        with self._base.database.read() as unit:
            files = unit.file_room.may_go(_filter(unit, command))
        if approval_of(files) != command.approval:
            raise DeliveryError(ErrorCode.MISMATCH, "Other files would be deleted by now: look again.")
        before, count = sum(self._folder.sizes().values()), 0
        for start in range(0, len(files), AT_ONCE):
            freed = self._transfers.free(files[start : start + AT_ONCE])
            count += len(freed)
            self._tell(freed, command.request_id)
        return views.FreedSpaceView(count, max(0, before - sum(self._folder.sizes().values())))

    def _tell(self, freed: Iterable[StoredFile], request_id: str | None) -> None:
        by_place: dict[int, list[views.FreedFileView]] = defaultdict(list)
        for file in freed:
            by_place[file.conversation].append(views.FreedFileView(file.message, file.place))
        for number, files in by_place.items():
            with self._base.database.read() as unit:
                place = place_of(unit, number)
            self._base.bus.tell(
                events.FilesFreed(place.label, place.conversation.id, tuple(files), request_id=request_id)
            )


def approval_of(files: Iterable[StoredFile]) -> str:
    """Name a list of files, so that whoever approves of it approves of no other."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.number.to_bytes(8, "big") + file.blob)
    return digest.digest()[:APPROVAL_BYTES].hex()


def _filter(unit: UnitOfWork, command: ask_for.PlanFreeing | ask_for.FreeSpace) -> RoomFilter:
    place = None if command.conversation is None else find_conversation(unit, command.conversation)
    number = None if place is None else place.conversation.conversation
    return RoomFilter(command.before, number, command.kinds)


def _size_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
