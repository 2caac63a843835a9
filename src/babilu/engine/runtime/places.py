"""Places: a conversation, whom it is with, and how people are called there; what nearly everything about it needs."""

from dataclasses import dataclass, field

from babilu.api.group_views import AudienceView
from babilu.api.views import NOTES_LABEL
from babilu.engine.runtime.own_devices import named
from babilu.kernel.errors import DeliveryError, ErrorCode, UsageError
from babilu.kernel.ids import IdentityKey
from babilu.kernel.states import ConversationKind, FileState
from babilu.store.contact_records import ContactRecord, ConversationRecord
from babilu.store.import_records import ImportedPersonRecord
from babilu.store.message_records import MessageRecord
from babilu.store.unit_of_work import UnitOfWork


class People:
    """Contacts by number and by identity, as far as a place needs them; in a group they are read when they are needed.

    Args:
        contact: The one person of a conversation with a contact; None elsewhere.
        unit: Where the people of a group, or of what was imported, and own devices are read; None where nobody else is.
    """

    def __init__(self, contact: ContactRecord | None = None, unit: UnitOfWork | None = None) -> None:
        self._unit = unit
        self._known: dict[int, ContactRecord] = {} if contact is None else {contact.contact: contact}
        self._imported: dict[int, ImportedPersonRecord] = {}

    def by_number(self, contact: int) -> ContactRecord | None:
        """Return somebody by number; None for who is not of this place."""
        if contact not in self._known and self._unit is not None:
            found = self._unit.contacts.by_contact(contact)
            if found is not None:
                self._known[contact] = found
        return self._known.get(contact)

    def imported(self, person: int) -> ImportedPersonRecord | None:
        """Return by number who wrote in a conversation that was imported."""
        if person not in self._imported and self._unit is not None:
            found = self._unit.imports.person(person)
            if found is not None:
                self._imported[person] = found
        return self._imported.get(person)

    def audience(self, record: MessageRecord) -> AudienceView | None:
        """Tell how far an own message of a group has come, counted in people; None for every other one."""
        if self._unit is None or record.recipients is None or record.deleted:
            return None
        return audience_of(self._unit, record)

    def device_name(self, device: bytes) -> str:
        """Return what an own device is called; empty where that is not known here."""
        return "" if self._unit is None else named(self._unit, device)

    def by_identity(self, identity: IdentityKey) -> ContactRecord | None:
        """Return somebody by identity key; None for who is not of this place."""
        known = next((each for each in self._known.values() if each.identity_key == identity), None)
        if known is None and self._unit is not None:
            known = self._unit.contacts.by_identity(identity)
            if known is not None:
                self._known[known.contact] = known
        return known


@dataclass(frozen=True, slots=True)
class Place:
    """A conversation, and who is in it.

    Attributes:
        conversation: The conversation.
        contact: The contact whom it is with; None for a group, for the notes to oneself, and for what was imported.
        people: Names of who writes in it.
    """

    conversation: ConversationRecord
    contact: ContactRecord | None
    people: People = field(compare=False, repr=False)

    @property
    def label(self) -> str:
        """What commands call it."""
        return label_of(self.conversation, self.contact)

    @property
    def is_notes(self) -> bool:
        """Whether it is with oneself."""
        return self.conversation.kind is ConversationKind.NOTES

    @property
    def is_imported(self) -> bool:
        """Whether another program has exported it, so that nobody writes in it."""
        return self.conversation.kind is ConversationKind.IMPORTED

    def identity(self, own: IdentityKey) -> IdentityKey:
        """Return the key by which a user believes to know it: the contact's, one's own for notes, a group's id."""
        if self.contact is not None:
            return self.contact.identity_key
        return own if self.is_notes else IdentityKey(self.conversation.id)


def audience_of(unit: UnitOfWork, record: MessageRecord) -> AudienceView:
    """Count the people whom an own message is for by how far it has come for them."""
    counted = unit.deliveries.audience(record.id, record.position)
    return AudienceView(counted.recipients, counted.delivered, counted.read, counted.failed)


def read_only() -> UsageError:
    """Make the error of who wants to write where nobody does."""
    return UsageError("This conversation was imported: it can be read, and nobody writes in it.", ErrorCode.READ_ONLY)


def check_writable(place: Place) -> None:
    """Check that a conversation is one in which somebody can write.

    Raises:
        UsageError: ``read_only``: it was imported.
    """
    if place.is_imported:
        raise read_only()


def place_with(unit: UnitOfWork, conversation: ConversationRecord, contact: ContactRecord | None) -> Place:
    """Make a place of rows that were read already."""
    return Place(conversation, contact, People(contact, None if conversation.kind is ConversationKind.PAIR else unit))


def place_of(unit: UnitOfWork, conversation: int) -> Place:
    """Return the place of a conversation's number.

    Raises:
        DeliveryError: ``not_found``.
    """
    record = unit.conversations.by_number(conversation)
    if record is None:
        raise DeliveryError(ErrorCode.NOT_FOUND, "There is no such conversation.")
    contact = None if record.contact is None else unit.contacts.by_contact(record.contact)
    return place_with(unit, record, contact)


def place_of_contact(unit: UnitOfWork, contact: ContactRecord) -> Place:
    """Return the place where one talks to a contact."""
    return place_with(unit, unit.conversations.of_contact(contact.contact), contact)


def label_of(conversation: ConversationRecord, contact: ContactRecord | None) -> str:
    """Return what commands call a conversation."""
    if conversation.label is not None:
        return conversation.label
    return NOTES_LABEL if contact is None else contact.name


def sending_state(contact: ContactRecord | None) -> FileState:
    """Return in which state an own file is that goes to a contact: to the relay, or to them alone.

    What goes to a group (None) is brought to the relay.
    """
    return FileState.SENDING if contact is None or contact.account else FileState.WAITING
