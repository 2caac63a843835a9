"""News of files: what is told of a file that is moved, beside the message and the conversation that it belongs to."""

from babilu.api import events
from babilu.api.views import SavedFileView
from babilu.engine.runtime.context import ClientContext
from babilu.engine.runtime.places import place_of
from babilu.kernel.ids import ConversationId
from babilu.kernel.states import FileDirection, TransferState
from babilu.store.file_records import AttachmentRecord
from babilu.store.message_records import MessageRecord


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
        if record.is_text:
            return
        place = self._place(record.number)
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
        place = self._place(record.number)
        if place is not None:
            message, label, conversation = place
            self._base.bus.tell(events.FileSaved(SavedFileView(message.id, label, conversation, record.place, path)))

    def _place(self, number: int) -> tuple[MessageRecord, str, ConversationId] | None:
        with self._base.database.read() as unit:
            found = unit.attachments.message_of(number)
            message = None if found is None else unit.messages.by_id(*found)
            if message is None:
                return None
            place = place_of(unit, message.conversation)
        return message, place.label, place.conversation.id
