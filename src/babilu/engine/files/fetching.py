"""Fetching of a sealed file from whoever has it: one source after the other, each from where the last one stopped."""

import contextlib
import logging
from collections.abc import Sequence
from typing import Final

from babilu.engine.files.direct_exchange import DirectExchange
from babilu.engine.files.folder import FileFolder
from babilu.engine.files.incoming_file import IncomingFile
from babilu.engine.files.sources import FileSource, Moved, RelaySource, pull, pull_small
from babilu.kernel.errors import BabiluError, CryptoError, ErrorCode, LinkError, ProfileError, ProtocolError
from babilu.kernel.ids import BlobId
from babilu.store.contact_records import ContactRecord
from babilu.store.conversations import ONESELF
from babilu.wire.file_entry import FileEntry

log = logging.getLogger(__name__)

PASSING: Final = frozenset(
    {
        ErrorCode.UNAVAILABLE,
        ErrorCode.BUSY,
        ErrorCode.RATE_LIMITED,
        ErrorCode.SHUTTING_DOWN,
        ErrorCode.REPLACED,
        ErrorCode.CLOSED,
        ErrorCode.DISK_FULL,
        ErrorCode.QUOTA,
        ErrorCode.SERVER_FULL,
        ErrorCode.ACCOUNT_DISABLED,
        ErrorCode.DEVICE_UNKNOWN,
        ErrorCode.CERTIFICATE_CHANGED,
        ErrorCode.CONFLICT,
    }
)
"""Errors after which a transfer is tried again."""


class FileFetcher:
    """Fetches files from the devices of their senders and the own ones that are connected, and from the relay.

    Args:
        folder: The sealed files.
        relay: The relay; None where there is none.
        direct: The direct connections.
        patience_s: Seconds without any answer after which a source counts as gone.
    """

    def __init__(
        self, folder: FileFolder, relay: RelaySource | None, direct: DirectExchange, patience_s: float
    ) -> None:
        self._folder = folder
        self._relay = relay
        self._direct = direct
        self._patience_s = patience_s

    def fetch(self, entry: FileEntry, sender: ContactRecord | None, moved: Moved) -> None:
        """Fetch what is lacking of a file, and compare it with what its message says.

        A source that gives anything else is dropped, and another one goes on; where only the whole shows that it is
        another file, all who gave of it are dropped, and it begins anew.

        Args:
            entry: The file.
            sender: Who sent it; None for an own one, which the relay has.
            moved: Is told how far it is; raises to stop.

        Raises:
            BabiluError: Nobody gives it: the error after which it is worth to try again, where there is one.
        """
        dropped: set[FileSource] = set()
        while not self._folder.is_whole(entry.blob):
            with contextlib.closing(IncomingFile(self._folder, entry)) as file:
                used = self._pull(file, sender, dropped, moved)
            try:
                file.finish()
            except CryptoError:
                dropped |= used
                if not used or not set(self._sources(sender)) - dropped:
                    raise
        for source in () if sender is None else self._direct.sources(sender.contact):
            source.tell_kept(entry)

    def fetch_small(self, files: Sequence[tuple[FileEntry, ContactRecord | None]]) -> frozenset[BlobId]:
        """Fetch files of one part together, as far as the relay is asked for them first and gives them.

        Nothing of them lies here before it was compared, and they wait for the disk together. What does not come so
        is fetched by itself, which tells why it cannot be.

        Args:
            files: Files of one part, each with who sent it.

        Returns:
            Those that are here.
        """
        senders = {_number(sender): sender for _, sender in files}
        first = {number: next(iter(self._sources(sender)), None) for number, sender in senders.items()}
        lacking = {
            entry.blob: entry
            for entry, sender in files
            if first[_number(sender)] is self._relay and not self._folder.is_whole(entry.blob)
        }
        if self._relay is None or not lacking:
            return frozenset()
        found: list[tuple[BlobId, bytes]] = []
        try:
            small = pull_small(self._relay, tuple(lacking.values()), self._patience_s)
            found = [(entry.blob, sealed) for entry, sealed in small]
            self._folder.keep(found)
        except BabiluError as error:
            log.info("small files do not come together: %s", error.code.value)
            return frozenset()
        return frozenset(blob for blob, _ in found)

    def _sources(self, sender: ContactRecord | None) -> tuple[FileSource, ...]:
        """Return who may have a file, in the order in which they are asked."""
        own = self._direct.sources(ONESELF)
        if sender is None or sender.contact == ONESELF:
            return own if self._relay is None else (*own, self._relay)
        # Whoever sent it has it surely, and costs the relay nothing; so may an own device.
        relay = (self._relay,) if self._relay is not None and sender.account else ()
        return (*self._direct.sources(sender.contact), *own, *relay)

    def _pull(
        self, file: IncomingFile, sender: ContactRecord | None, dropped: set[FileSource], moved: Moved
    ) -> set[FileSource]:
        """Fetch what a file lacks; returns who gave of it."""
        used: set[FileSource] = set()
        while not file.is_complete:
            began, refusals = file.offset, list[BabiluError]()
            for source in self._sources(sender):
                if source in dropped or file.is_complete:
                    continue
                before = file.offset
                try:
                    pull(source, file, moved, self._patience_s)
                except ProfileError:
                    raise
                except (CryptoError, ProtocolError) as error:
                    dropped.add(source)
                    refusals.append(error)
                except BabiluError as error:
                    refusals.append(error)
                if file.offset > before:
                    used.add(source)
            # Somebody may have come meanwhile, as long as it went forward.
            if file.offset == began:
                raise _weightiest(refusals)
        return used


def _number(sender: ContactRecord | None) -> int | None:
    return None if sender is None else sender.contact


def _weightiest(refusals: list[BabiluError]) -> BabiluError:
    """Choose what is to be said where nobody gave a file: that it may come still, then that nobody has it."""
    if not refusals:
        return LinkError(ErrorCode.UNAVAILABLE, "Nobody who has this file is connected.")
    passing = (error for error in refusals if error.code in PASSING)
    missing = (error for error in refusals if error.code is ErrorCode.NOT_FOUND)
    return next(passing, None) or next(missing, None) or refusals[0]
