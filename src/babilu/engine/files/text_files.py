"""Long texts as sealed files: made in the folder for the own messages, and read from it once they are here."""

import hashlib
from collections.abc import Callable
from typing import Final

from babilu.api import events
from babilu.engine.files.folder import FileFolder
from babilu.engine.runtime.context import ClientContext
from babilu.engine.runtime.places import place_of
from babilu.engine.runtime.threads import follow_up
from babilu.kernel.errors import BabiluError, CryptoError, ErrorCode
from babilu.kernel.limits import TEXT_BYTES
from babilu.kernel.states import FileState, TextState
from babilu.store.file_records import AttachmentRecord
from babilu.store.unit_of_work import UnitOfWork
from babilu.wire.file_entry import FileEntry

PATIENCE_MS: Final = 60_000
"""Time for which a message is told of to nobody while its text is fetched; then it is, with its beginning."""

_NAME: Final = "text.txt"
_TYPE: Final = "text/plain"


class FolderTextFiles:
    """Seals long texts into the folder; see `babilu.engine.conversation.long_texts.TextFiles`.

    Args:
        folder: The sealed files.
        most: Tells the largest file that the relay takes, or None where nobody says.
    """

    def __init__(self, folder: FileFolder, most: Callable[[], int | None]) -> None:
        self._folder = folder
        self._most = most

    def seal(self, text: str) -> FileEntry | None:
        try:
            return self._folder.seal_bytes(text.encode(), _NAME, _TYPE, self._most())
        except BabiluError as error:
            if error.code is not ErrorCode.TOO_LARGE:
                raise
            return None

    def forget(self, entry: FileEntry) -> None:
        self._folder.delete((entry.blob,))
        self._folder.settled((entry.blob,))


def read_text(folder: FileFolder, entry: FileEntry) -> str:
    """Read a long text that was fetched, and compare it with what its message says of it: its id binds these words.

    The file may lie here by another message, which said otherwise of it.

    Raises:
        CryptoError: ``malformed`` where it is no text, ``decryption_failed`` where it is another one.
        ProfileError: ``not_found`` where the file is not here.
    """
    if not 0 < entry.size <= TEXT_BYTES:
        raise CryptoError(ErrorCode.MALFORMED, "The file of a text has a size that no text has.")
    content = folder.content(entry)
    if len(content) != entry.size or hashlib.sha256(content).digest() != entry.sha256:
        raise CryptoError(ErrorCode.DECRYPTION_FAILED, "A text is another one than its author said.")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise CryptoError(ErrorCode.MALFORMED, "The file of a text holds no text.") from error


class TextArrivals:
    """What becomes of the texts of messages that travel as files: their words stand in the message once they are here.

    Args:
        base: The profile and the ports.
        folder: The sealed files.
    """

    def __init__(self, base: ClientContext, folder: FileFolder) -> None:
        self._base = base
        self._folder = folder

    def came(self, record: AttachmentRecord) -> None:
        """Put a text that was fetched into its message; nobody needs the file of it any more.

        Raises:
            CryptoError: As `read_text`.
        """
        text = read_text(self._folder, record.entry)
        told: list[events.Event] = []
        with self._base.database.write() as unit:
            before = unit.messages.at(record.position)
            if before is not None and unit.contents.complete_text(record.position, text):
                told = self._news(unit, record.position, before.text_state)
            unit.attachments.set_state(record.number, FileState.FREED, when=(FileState.FETCHING,))
        self._tell(told)

    def given(self, record: AttachmentRecord) -> None:
        """Note that the text of an own message is at the relay, where it could not be given to it before."""
        self._stands(record, None, when=(TextState.FAILED,))

    def failed(self, record: AttachmentRecord) -> None:
        """Note that a text cannot be fetched, or that an own one cannot be given to the relay."""
        self._stands(record, TextState.FAILED, when=(None, TextState.COMING, TextState.LATE, TextState.OFFERED))

    def waits(self, record: AttachmentRecord) -> None:
        """Tell of a message with its beginning alone whose text was waited for long enough."""
        now = self._base.clock.now_ms()
        with self._base.database.read() as unit:
            message = unit.messages.at(record.position)
        if message is not None and not 0 <= now - message.arrived_at < PATIENCE_MS:
            self._stands(record, TextState.LATE, when=(TextState.COMING,))

    def _stands(self, record: AttachmentRecord, state: TextState | None, *, when: tuple[TextState | None, ...]) -> None:
        told: list[events.Event] = []
        with self._base.database.write() as unit:
            before = unit.messages.at(record.position)
            if before is not None and before.text_state in when and before.text_state is not state:
                unit.contents.set_text_state(record.position, state)
                told = self._news(unit, record.position, before.text_state)
        self._tell(told)

    def _news(self, unit: UnitOfWork, position: int, before: TextState | None) -> list[events.Event]:
        message = unit.messages.at(position)
        if message is None or message.deleted or message.hidden:
            return []
        view = self._base.show.message(message, place_of(unit, message.conversation))
        told: list[events.Event] = [events.TextStateChanged(view, before)]
        if before is TextState.COMING:
            told.append(events.MessageQueued(view) if message.outgoing else events.MessageArrived(view))
        return told

    def _tell(self, told: list[events.Event]) -> None:
        if told:
            follow_up(lambda: self._base.bus.tell(*told))
