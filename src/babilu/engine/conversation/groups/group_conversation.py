"""A group's conversation in a turn: who is in it, what may be said, and to whom that goes.

Whoever is listed as a member is sent what is said, and nobody else: both follow from the same rows, which are written
by the transaction in which the log grows (`babilu.engine.conversation.groups.growth`).
"""

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

from babilu.api import events, views
from babilu.api.group_views import GroupView
from babilu.engine.conversation.contents.fold import OWN
from babilu.engine.conversation.effects import GiveHint
from babilu.engine.conversation.recipients import person_of_siblings, recipient_devices
from babilu.engine.conversation.switches import switches_in
from babilu.engine.conversation.sync_notes import note_read
from babilu.engine.conversation.turn import ConversationTurn
from babilu.engine.conversation.wakeups import Wake
from babilu.engine.runtime.group_logs import GroupLogs
from babilu.engine.runtime.group_views import group_view
from babilu.engine.runtime.places import Place, place_with
from babilu.group.entries import EntryAuthor
from babilu.group.group_log import GroupLog
from babilu.group.intake import LogIntake
from babilu.identity.codec import decode_shape
from babilu.identity.device_list import find_device
from babilu.identity.shapes import DeviceListBody
from babilu.kernel.errors import CryptoError, DeliveryError, ErrorCode
from babilu.kernel.ids import DeviceId, IdentityKey, MessageId, role_key
from babilu.kernel.states import MENTIONED_ROLES, GroupRole, MessageState
from babilu.session.sessions import OwnDevice
from babilu.store.contact_records import ContactRecord
from babilu.store.delivery_records import ReceiptKind
from babilu.store.group_records import GroupRecord
from babilu.store.message_records import MessageRecord, UnsealedMessage
from babilu.store.unit_of_work import UnitOfWork
from babilu.wire.message_parts import Text

GATHERED_FROM: Final = 8
"""People of a group up to whom each receipt leaves at once; in larger ones they are gathered."""

DELIVERED_GATHERED_MS: Final = 5_000
READ_GATHERED_MS: Final = 30_000


class GroupConversation(ConversationTurn):
    """One turn in a group's conversation.

    Attributes:
        group: The newest group of the conversation as stored.
        logs: The logs of all groups.
        own: The own device, which signs entries.
    """

    group: GroupRecord
    logs: GroupLogs
    own: OwnDevice

    def enter(self, group: GroupRecord, logs: GroupLogs, own: OwnDevice) -> None:
        """Make the turn one of a group's conversation."""
        conversation = self.unit.conversations.by_number(group.conversation)
        if conversation is None:
            raise DeliveryError(ErrorCode.NOT_FOUND, "There is no such group.")
        self.conversation, self.group, self.logs, self.own = conversation, group, logs, own
        self._members: list[tuple[ContactRecord, GroupRole]] | None = None

    @contextmanager
    def part(self) -> Iterator[None]:
        """Undo what the block did, rows and what follows from them, when an exception leaves it.

        Raises:
            ProfileError: As `babilu.store.unit_of_work.UnitOfWork.savepoint`.
        """
        group, members = self.group, self._members
        try:
            with super().part():
                yield
        except BaseException:
            # Else what comes next would build on an entry that is in no row, and go to whoever came by it.
            self.group, self._members = group, members
            raise

    # The log.

    @property
    def intake(self) -> LogIntake:
        """The log with what waits for entries before it."""
        return self.logs.of(self.unit, self.group)

    @property
    def log(self) -> GroupLog:
        """The log."""
        return self.intake.log

    @property
    def lacking(self) -> tuple[IdentityKey, ...]:
        """Members by the log of whom no device is known: they are shown and sent things once somebody says which."""
        own, contacts = self.show.own_identity, self.unit.contacts
        members = (each.identity for each in self.log.state.members)
        return tuple(each for each in members if each != own and contacts.by_identity(each) is None)

    @property
    def is_current(self) -> bool:
        """Whether the group is the one that counts in its conversation, and does not go on elsewhere."""
        return self.conversation.id == self.group.id

    @property
    def entry_author(self) -> EntryAuthor:
        """Who signs own entries.

        Raises:
            CryptoError: ``bad_key``: the own device is not on the own list.
        """
        return own_author(self.own)

    @abstractmethod
    def log_grew(self) -> None:
        """Do what follows from a longer log once all of it is kept: the group may go on elsewhere."""

    # Who is in it.

    @property
    def label(self) -> str:
        return self.conversation.label or ""

    @property
    def identity(self) -> IdentityKey:
        """The id of the group, by which a user believes to know it; it names nobody."""
        return IdentityKey(self.conversation.id)

    @property
    def members(self) -> list[tuple[ContactRecord, GroupRole]]:
        """Everybody who is in but oneself, the most senior first."""
        if self._members is None:
            self._members = self.unit.groups.members(self.conversation.conversation)
        return self._members

    @property
    def others(self) -> Mapping[int, IdentityKey]:
        """The identity keys of everybody who writes or has written here."""
        return _Identities(self.unit, {})

    def _identities(self) -> Mapping[int, IdentityKey]:
        return _Identities(self.unit, {OWN: self.show.own_identity})

    @property
    def people(self) -> dict[str, IdentityKey]:
        members = {contact.name: contact.identity_key for contact, _ in self.members}
        roles = {role: role_key(self.conversation.id, role) for role in MENTIONED_ROLES}
        return {**roles, self.show.own_name: self.show.own_identity, **members}

    def name_of(self, author: int) -> str:
        if author == OWN:
            return self.show.own_name
        found = self.unit.contacts.by_contact(author)
        return "" if found is None else found.name

    def contact_of(self, identity: IdentityKey) -> ContactRecord | None:
        """Return the contact of an identity; None for oneself and for who is not known here."""
        return None if identity == self.show.own_identity else self.unit.contacts.by_identity(identity)

    # What goes to the others.

    def refuse_unless_sendable(self) -> None:
        """Refuse what is to be said where one is not in, or may not post.

        Raises:
            DeliveryError: ``not_member``, ``admins_only``; ``not_found`` while the invitation is not accepted.
        """
        self.refuse_unless_in()
        if self.group.own_role is GroupRole.READER:
            raise DeliveryError(ErrorCode.ADMINS_ONLY, "Only admins write in this group.")

    def refuse_unless_withdrawable(self) -> None:
        """Refuse to take own words back where one is not in; whoever may not write any more still does so.

        Raises:
            DeliveryError: As `refuse_unless_in`.
        """
        self.refuse_unless_in()

    def refuse_unless_in(self) -> None:
        """Refuse what only a member can do.

        Raises:
            DeliveryError: ``not_member``; ``conflict`` while the invitation is not accepted.
        """
        if self.group.own_role is None:
            raise DeliveryError(ErrorCode.NOT_MEMBER, "You are not in this group any more.")
        if not self.group.accepted:
            raise DeliveryError(ErrorCode.CONFLICT, "Accept the invitation to this group first.")

    def answer_them(self) -> None:
        """Do nothing: writing in a group accepts nobody."""

    def pass_on(self, action: UnsealedMessage, target: MessageId | None) -> None:
        self.unit.own_actions.add(self.conversation.conversation, action, target)
        self.owe_to([contact for contact, _ in self.members], action.id, siblings=self.siblings)

    @property
    def siblings(self) -> ContactRecord | None:
        """Oneself, where one has other devices."""
        return person_of_siblings(self.unit, self.own)

    def owe_to(
        self, contacts: Sequence[ContactRecord], message: MessageId, *, siblings: ContactRecord | None = None
    ) -> None:
        """Owe something that is said to all devices of people and, where they are to have it, to the own others."""
        number = self.conversation.conversation
        said_in = None if self.is_current else self.group.id
        for person, devices in recipient_devices(contacts, siblings):
            self.unit.deliveries.owe(message, number, person.contact, devices, said_in)
            self.will_seal(person)

    def will_seal(self, contact: ContactRecord) -> None:
        """Have what is owed to somebody sealed after this turn."""
        self.then(GiveHint(contact, Wake()))

    def owe(self, message: MessageId, author: int, device: DeviceId) -> None:
        found = self.unit.contacts.by_contact(author)
        if found is not None and not found.blocked and self.group.accepted:
            self.unit.receipts.queue(
                author, device, message, ReceiptKind.DELIVERED, self.gathered_until(DELIVERED_GATHERED_MS)
            )
            self.will_seal(found)

    def gathered_until(self, longest_ms: int) -> int:
        """Return when a receipt leaves: at once in a small group, else within a time that tells nothing."""
        if self.group.members <= GATHERED_FROM:
            return 0
        return self.now + 1 + int.from_bytes(self.randomness.token(2), "big") * longest_ms // 65_536

    @property
    def recipients(self) -> int | None:
        return len(self.members)

    @property
    def tells_reading(self) -> bool:
        """Whether others are told what was read: by default in small groups only."""
        return self.group.accepted and bool(switches_in(self.unit, self.conversation).read)

    def mark_read(self, shown: int | None = None) -> int:
        number = self.conversation.conversation
        read = self.unit.messages.mark_read(number, shown)
        if read:
            note_read(self, self.own, [message for message, _ in read])
            self._tell_clocks(number, self.unit.expiry.start_read(number, self.now))
        if self.tells_reading:
            for message, device in read:
                author = self.unit.contacts.of_device(device)
                if author is None or author.blocked or self.unit.waiting_actions.waits(number, message):
                    continue
                until = self.gathered_until(READ_GATHERED_MS)
                self.unit.receipts.queue(author.contact, device, message, ReceiptKind.READ, until)
                self.will_seal(author)
        if self._unmark() or read:
            self.conversation_changed()
        return len(read)

    def _add(self, said: Text, reply_to: MessageId | None = None) -> MessageRecord:
        added = super()._add(said, reply_to)
        contacts = [contact for contact, _ in self.members]
        self.owe_to(contacts, added.id, siblings=self.siblings)
        if contacts:
            return added
        # Nobody else is in: it has come everywhere that it is to come.
        return self.unit.messages.advance_state(added.id, MessageState.DELIVERED) or added

    # How it shows.

    def reload(self) -> None:
        group = self.unit.groups.by_log(self.group.log)
        if group is None:
            raise DeliveryError(ErrorCode.NOT_FOUND, "This group is gone.")
        self.enter(group, self.logs, self.own)

    @property
    def where(self) -> Place:
        """The conversation, for views."""
        return place_with(self.unit, self.conversation, None)

    def view(self, record: MessageRecord) -> views.MessageView:
        return self.show.message(record, self.where)

    def group_view(self) -> GroupView:
        """Show the group."""
        return group_view(self.unit, self.show, self.group, self.conversation)

    def group_changed(self) -> None:
        """Tell that the group is another than before."""
        self.tell(events.GroupChanged(self.group_view(), request_id=self.request_id))
        self.conversation_changed()


def own_author(own: OwnDevice) -> EntryAuthor:
    """Return who signs own entries.

    Raises:
        CryptoError: ``bad_key``: the own device is not on the own list.
    """
    entry = find_device(decode_shape(own.device_list.body, DeviceListBody), own.device)
    if entry is None:
        raise CryptoError(ErrorCode.BAD_KEY, "This device is not on your own list of devices.")
    return EntryAuthor(own.identity_key, entry.certificate, own.signing)


class _Identities(Mapping[int, IdentityKey]):
    """The identity keys of people by number, read where they are asked for."""

    def __init__(self, unit: UnitOfWork, known: dict[int, IdentityKey]) -> None:
        self._unit = unit
        self._known = known

    def __getitem__(self, number: int) -> IdentityKey:
        if number not in self._known:
            found = self._unit.contacts.by_contact(number)
            if found is None:
                raise KeyError(number)
            self._known[number] = found.identity_key
        return self._known[number]

    def __iter__(self) -> Iterator[int]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)
