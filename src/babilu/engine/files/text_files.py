"""Long texts as sealed files: made in the folder for the own messages, and read from it once they are here."""

import hashlib
import io
from collections.abc import Callable
from typing import Final

from babilu.api import events
from babilu.crypto.sealed_file import PREFIX_BYTES, seal_blocks
from babilu.crypto.secret import Secret
from babilu.engine.files.folder import FileFolder
from babilu.engine.runtime.context import ClientContext
from babilu.engine.runtime.places import place_of
from babilu.engine.runtime.threads import follow_up
from babilu.kernel.errors import BabiluError, CryptoError, ErrorCode
from babilu.kernel.ids import domain
from babilu.kernel.limits import TEXT_BYTES
from babilu.kernel.states import FileState, TextState
from babilu.store.contact_records import ContactRecord
from babilu.store.file_records import AttachmentRecord
from babilu.store.message_records import MessageRecord
from babilu.store.unit_of_work import UnitOfWork
from babilu.wire.content_reading import read_part
from babilu.wire.file_entry import FileEntry
from babilu.wire.message_parts import Edit

PATIENCE_MS: Final = 60_000
"""Time for which a message is told of to nobody while its text is fetched; then it is, with its beginning."""

READERS_ASKED: Final = 3
"""People of a group who are asked for the text of a message of somebody else."""

_AGAIN: Final = domain("text-again")

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


def _is_of_edit(unit: UnitOfWork, message: MessageRecord, record: AttachmentRecord) -> bool:
    """Tell whether a file holds the wording that a message shows since it was edited, and not its first one."""
    shown = unit.edits.highest(message.conversation, message.id)
    said = None if shown is None else read_part(shown.part, chained=True)
    return isinstance(said, Edit) and said.whole is not None and said.whole.blob == record.entry.blob


def readers_of(unit: UnitOfWork, record: AttachmentRecord, message: MessageRecord) -> list[ContactRecord]:
    """Return others of a group who may have read a long text: whoever has shared it, and then the most senior."""
    if not record.is_text or message.author is None:
        return []
    members = [contact for contact, _ in unit.groups.members(message.conversation)]
    readers = [each for each in members if each.contact != message.author and each.account and not each.blocked]
    return sorted(readers, key=lambda each: each.contact != message.shared_by)[:READERS_ASKED]


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
            # Another wording may be shown by now: it has no file, or another one.
            before = unit.messages.at(record.position) if unit.attachments.find(record.number) else None
            is_whole = before is not None and (
                unit.contents.complete_wording(record.position, text)
                if _is_of_edit(unit, before, record)
                else unit.contents.complete_text(record.position, text)
            )
            if before is not None and is_whole:
                told = self._news(unit, record.position, before.text_state)
            unit.attachments.set_state(record.number, FileState.FREED, when=(FileState.FETCHING,))
            unit.attachments.came(record.number)
        self._tell(told)

    def sealed_anew(self, record: AttachmentRecord) -> Callable[[int, int], bytes] | None:
        """Seal a text whose file is not here any more under the key of its message; None where its words are not here.

        Its prefix follows from the key, so that all who do so make the same file; that of its author has another one.

        Returns:
            What reads of the sealed file, by offset and size.
        """
        with self._base.database.read() as unit:
            message = unit.messages.at(record.position) if record.is_text else None
            first = None if message is None else unit.contents.first_text(record.position)
        if message is None or message.deleted or message.hidden:
            return None
        entry = record.entry
        for words in (message.text, first or ""):
            content = words.encode()
            if len(content) == entry.size and hashlib.sha256(content).digest() == entry.sha256:
                prefix = hashlib.sha256(_AGAIN + entry.key).digest()[:PREFIX_BYTES]
                blocks = seal_blocks(Secret(entry.key), prefix, entry.size, io.BytesIO(content).read)
                sealed = b"".join(blocks)
                return lambda offset, size: sealed[offset : offset + size]
        return None

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
            before = unit.messages.at(record.position) if unit.attachments.find(record.number) else None
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
