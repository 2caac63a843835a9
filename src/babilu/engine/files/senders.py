"""Senders of files: with whom each file of a message was exchanged, found once for all files of a message."""

from dataclasses import dataclass

from babilu.engine.runtime.places import place_of
from babilu.kernel.ids import MessageId
from babilu.store.contact_records import ContactRecord
from babilu.store.file_records import AttachmentRecord
from babilu.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class FileSender:
    """With whom a file was exchanged.

    Attributes:
        contact: The contact, or oneself for what another own device has sent. None for an own file that went to a
            group, and so to nobody alone: the relay has it.
        own: Whether it is an own file, whose bytes were deleted here.
    """

    contact: ContactRecord | None
    own: bool


class FileSenderFinder:
    """Finds the senders of files, inside one transaction.

    Args:
        unit: The transaction.
    """

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._known: dict[tuple[MessageId, int], FileSender | None] = {}

    def find(self, record: AttachmentRecord) -> FileSender | None:
        """Return the sender of a file; None where its message is gone, or nobody else ever had it."""
        found = self._unit.attachments.message_of(record.number)
        if found is None:
            return None
        if found not in self._known:
            self._known[found] = self._of_message(*found)
        return self._known[found]

    def _of_message(self, message: MessageId, conversation: int) -> FileSender | None:
        unit = self._unit
        sent = unit.messages.by_id(message, conversation)
        place = place_of(unit, conversation)
        if sent is None or (place.is_notes and sent.is_from_here):
            return None
        author = None if sent.author is None else unit.contacts.by_contact(sent.author)
        if sent.outgoing and not sent.is_from_here:
            author = unit.contacts.oneself()
        return FileSender(author or place.contact, sent.is_from_here)
