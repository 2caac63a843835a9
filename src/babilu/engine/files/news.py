"""News of files: what is told of a file that is moved, beside the message and the conversation that it belongs to."""

from collections.abc import Sequence

from babilu.api import events
from babilu.api.views import SavedFileView
from babilu.engine.runtime.context import ClientContext
from babilu.engine.runtime.places import place_of
from babilu.kernel.ids import ConversationId, MessageId
from babilu.kernel.states import FileDirection, TransferState
from babilu.store.file_records import AttachmentRecord
from babilu.store.message_records import MessageRecord
from babilu.store.unit_of_work import UnitOfWork

_Standing = tuple[MessageRecord, str, ConversationId]


class TransferNews:
    """Tells of files of messages that are there still.

    Args:
        base: The profile and the ports.
    """

    def __init__(self, base: ClientContext) -> None:
        self._base = base

    def tell(
        self,
        record: AttachmentRecord,
        direction: FileDirection,
        done: int,
        state: TransferState,
        error: str | None = None,
    ) -> None:
        """Tell how far a file is; of the text of a message its own events tell."""
        with self._base.database.read() as unit:
            self._tell(_Places(unit), record, direction, done, state, error)

    def tell_done(self, files: Sequence[tuple[AttachmentRecord, FileDirection]]) -> None:
        """Tell that files are across."""
        with self._base.database.read() as unit:
            places = _Places(unit)
            for record, direction in files:
                self._tell(places, record, direction, record.entry.size, TransferState.DONE)

    def _tell(
        self,
        places: "_Places",
        record: AttachmentRecord,
        direction: FileDirection,
        done: int,
        state: TransferState,
        error: str | None = None,
    ) -> None:
        place = None if record.is_text else places.of(record.number)
        if place is not None:
            message, label, conversation = place
            self._base.bus.tell(
                events.FileTransfer(
                    message.id,
                    label,
                    conversation,
                    record.place,
                    direction,
                    done,
                    record.entry.size,
                    state,
                    error,
                    request_id=message.request_id,
                )
            )

    def tell_saved(self, record: AttachmentRecord, path: str) -> None:
        """Tell that a file was saved."""
        with self._base.database.read() as unit:
            place = _Places(unit).of(record.number)
        if place is not None:
            message, label, conversation = place
            self._base.bus.tell(events.FileSaved(SavedFileView(message.id, label, conversation, record.place, path)))


class _Places:
    """Where files stand, inside one transaction: found once for all files of a message.

    Args:
        unit: The transaction.
    """

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._known: dict[tuple[MessageId, int], _Standing | None] = {}

    def of(self, number: int) -> _Standing | None:
        """Return the message of a file, what its conversation is called, and its id; None where it is gone."""
        found = self._unit.attachments.message_of(number)
        if found is None:
            return None
        if found not in self._known:
            self._known[found] = self._standing(*found)
        return self._known[found]

    def _standing(self, message: MessageId, conversation: int) -> _Standing | None:
        found = self._unit.messages.by_id(message, conversation)
        if found is None:
            return None
        place = place_of(self._unit, conversation)
        return found, place.label, place.conversation.id
