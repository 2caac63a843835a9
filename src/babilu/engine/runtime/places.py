"""Places: a conversation, and whom it is with; the two rows that nearly everything about a message needs."""

from babilu.kernel.errors import DeliveryError, ErrorCode
from babilu.kernel.states import FileState
from babilu.store.records import ContactRecord, ConversationRecord
from babilu.store.unit_of_work import UnitOfWork

Place = tuple[ConversationRecord, ContactRecord | None]
"""A conversation, and the contact whom it is with; None for the notes to oneself."""


def place_of(unit: UnitOfWork, conversation: int) -> Place:
    """Return a conversation by its number, and whom it is with.

    Raises:
        DeliveryError: ``not_found``.
    """
    record = unit.conversations.by_number(conversation)
    if record is None:
        raise DeliveryError(ErrorCode.NOT_FOUND, "There is no such conversation.")
    return record, None if record.contact is None else unit.contacts.by_contact(record.contact)


def sending_state(contact: ContactRecord) -> FileState:
    """Return in which state an own file is that goes to a contact: to the relay, or to them alone."""
    return FileState.SENDING if contact.account else FileState.WAITING
