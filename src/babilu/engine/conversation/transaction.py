"""A turn with a contact: what is said to them is made, and sealed, by the same transaction as what comes from them.

It is a turn of the conversation with them and one with them as a person: of two people one thread does both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from babilu.api import events, views
from babilu.engine.conversation.contents.fold import OWN
from babilu.engine.conversation.conversation_cache import ConversationCache
from babilu.engine.conversation.effects import GiveHint, MoveFiles
from babilu.engine.conversation.encryption import ContentEncryption, devices_in_force
from babilu.engine.conversation.long_texts import sealed_text
from babilu.engine.conversation.person import PersonTurn
from babilu.engine.conversation.recipients import person_of_siblings, recipient_devices
from babilu.engine.conversation.sync_notes import note_read
from babilu.engine.conversation.turn import ConversationTurn
from babilu.engine.conversation.wakeups import Wake
from babilu.engine.runtime.group_logs import GroupLogs
from babilu.engine.runtime.places import place_with, sending_state
from babilu.engine.runtime.views import ViewMaker
from babilu.identity.shapes import DeviceEntry
from babilu.kernel.errors import DeliveryError, ErrorCode
from babilu.kernel.ids import SHORT_ID_BYTES, ConversationId, DeviceId, IdentityKey, MessageId
from babilu.kernel.ports import Clock, Randomness
from babilu.kernel.states import FileState, MessageState
from babilu.store.contact_records import ContactRecord
from babilu.store.delivery_records import OutboxRecord, ReceiptKind
from babilu.store.inbox import HELD_FOR_GROUP
from babilu.store.message_records import MessageRecord, UnsealedMessage
from babilu.store.unit_of_work import UnitOfWork
from babilu.wire.codec import encode
from babilu.wire.file_entry import FileEntry
from babilu.wire.message_parts import Mention, ProfilePicture, Text


class ConversationTransaction(PersonTurn, ConversationTurn):
    """One turn with one contact, in the conversation with them; see `PersonTurn` and `ConversationTurn`.

    Attributes:
        owes_to_siblings: Oneself, where this turn has said something that the own other devices are owed.
    """

    def __init__(  # noqa: PLR0913, PLR0917  # one argument for each thing that a turn stands on
        self,
        unit: UnitOfWork,
        contact: ContactRecord,
        cache: ConversationCache,
        encryption: ContentEncryption,
        show: ViewMaker,
        randomness: Randomness,
        clock: Clock,
        logs: GroupLogs | None = None,
    ) -> None:
        super().__init__(unit, contact, cache, encryption, show, randomness, clock)
        self.conversation = unit.conversations.of_contact(contact.contact)
        self.owes_to_siblings: ContactRecord | None = None
        self.logs = GroupLogs() if logs is None else logs

    @property
    def between(self) -> ConversationId:
        return self.conversation.id

    @property
    def label(self) -> str:
        return self.contact.name

    @property
    def identity(self) -> IdentityKey:
        return self.contact.identity_key

    @property
    def others(self) -> Mapping[int, IdentityKey]:
        return {self.contact.contact: self.contact.identity_key}

    def name_of(self, author: int) -> str:
        return self.show.own_name if author == OWN else self.contact.name

    def gathered_until(self, longest_ms: int) -> int:  # noqa: ARG002  # those of groups are gathered
        """Return when a receipt leaves: 0 for at once."""
        return 0

    def message_came(self, message: MessageId) -> bool:  # noqa: ARG002  # groups have entries about messages
        """Do what was decided about a message before it came; tells whether it shows otherwise by that."""
        return False

    def copy_came(self, record: MessageRecord, started: Sequence[tuple[MessageId, int]]) -> None:
        """Do what follows from an own message that another own device has sent, whose clock may have started."""
        self._tell_clocks(record.conversation, started)
        if record.files or record.text_state is not None:
            self.then(MoveFiles())

    @property
    def is_stranger(self) -> bool:
        """Whether what they write is a stranger's: the user has not accepted them."""
        return not self.contact.accepted

    @property
    def tells_reading(self) -> bool:
        """Whether the contact is told what was read."""
        return self.contact.accepted and not self.contact.blocked and self.may_seal and bool(self.switches.read)

    def retry(self, message: MessageId) -> views.MessageView:
        """Make the envelopes of a failed message anew; one that was meant for a former identity is said anew."""
        record = self._own_message(message)
        if record.state is not MessageState.FAILED or record.deleted:
            raise DeliveryError(ErrorCode.CONFLICT, "Only a failed message can be sent again.")
        self.refuse_unless_sendable()
        if self.id_of(record.said_at, self.unit.messages.part_of(record.position)) != message:
            return self._say_anew(record)
        self.written = True
        self.unit.messages.name_request(message, self.request_id)
        made = {row.device: row for row in self.unit.outbox.of_message(message)}
        for entry in devices_in_force(self.contact).devices:
            self._try_again(message, entry, made.get(DeviceId(entry.device)))
        self.refresh(message)
        return self.view(self._own_message(message))

    def _try_again(self, message: MessageId, entry: DeviceEntry, row: OutboxRecord | None) -> None:
        """Send a failed message to a device again, in the place of its chain that it has, where it was ever sealed."""
        device = DeviceId(entry.device)
        if row is not None and self.have_session(entry):
            self.fresh.append(self.encryption.reseal(self.unit, self.contact, entry, row, self.now))
            self.unit.deliveries.seal(device, [message])
            return
        # Without a session at hand it is sealed as soon as there is one, with a place in the chain of its own.
        if row is not None:
            self.unit.outbox.settle(row.envelope)
        self.unit.deliveries.owe(message, self.conversation.conversation, self.contact.contact, [device])

    def _say_anew(self, record: MessageRecord) -> views.MessageView:
        """Put a new message in the place of one whose id binds it to another conversation."""
        added = self._add(self._anew(record), record.fields.reply_to)
        self.unit.contents.answer_instead(self.conversation.conversation, record.id, added.id)
        self.unit.messages.delete(record.id, self.conversation.conversation)
        label, conversation, cause = self.contact.name, self.conversation.id, self.request_id
        view = replace(self.view(added), replaces=record.id)
        self.tell(
            events.MessageDeleted(record.id, label, conversation, self.show.own_name, request_id=cause),
            events.MessageQueued(view, request_id=cause),
        )
        return view

    def _anew(self, record: MessageRecord) -> Text:
        """Make a text of a message as it shows now, with all that it says beside its words."""
        fields, own = record.fields, self.show.own_identity
        said = self._plain(record.text)
        # Whoever it named beside oneself is the contact, who has another identity by now.
        mentions = tuple(
            Mention(each.start, each.length, own if each.identity == own else self.identity) for each in fields.mentions
        )
        present = None if fields.reply_to is None else self.fold().target(fields.reply_to)
        timer = said.timer if fields.timer is None else fields.timer
        answers = None if present is None else present.id
        files = tuple(file.entry for file in record.files)
        quote = fields.quote or None
        return Text(said.salt, None, said.text, answers, quote, mentions, fields.forwarded, timer, files)

    def mark_read(self, shown: int | None = None) -> int:
        """Mark what has come as read, as far as it was ``shown``; answers how many there were."""
        read = self.unit.messages.mark_read(self.conversation.conversation, shown)
        if self.tells_reading:
            conversation = self.conversation.conversation
            for message, device in read:
                if self.unit.waiting_actions.waits(conversation, message):
                    continue
                self.unit.receipts.queue(self.contact.contact, device, message, ReceiptKind.READ)
        if read:
            note_read(self, self.encryption.own, [message for message, _ in read])
            number = self.conversation.conversation
            self._tell_clocks(number, self.unit.expiry.start_read(number, self.now))
        if self._unmark() or read:
            self.conversation_changed()
        return len(read)

    def pass_on(self, action: UnsealedMessage, target: MessageId | None) -> None:
        """Keep an own action, to be sealed for every device of the contact, and for the own others."""
        self.unit.own_actions.add(self.conversation.conversation, action, target)
        self._owe_to_all(action.id)

    def _add(self, said: Text, reply_to: MessageId | None = None) -> MessageRecord:
        added = super()._add(said, reply_to)
        if added.files and sending_state(self.contact) is not FileState.SENDING:
            for file in added.files:
                self.unit.attachments.set_state(file.number, sending_state(self.contact))
            added = self.unit.messages.by_id(added.id, added.conversation) or added
        self._owe_to_all(added.id)
        return added

    def seal_text(self, text: str) -> FileEntry | None:
        return sealed_text(self.encryption, self._people(), person_of_siblings(self.unit, self.encryption.own), text)

    def forget_sealed_text(self, whole: FileEntry) -> None:
        if self.encryption.text_files is not None:
            self.encryption.text_files.forget(whole)

    def _people(self) -> list[ContactRecord]:
        """Give everybody in it but oneself."""
        return [self.contact]

    def _owe_to_all(self, message: MessageId) -> None:
        siblings = person_of_siblings(self.unit, self.encryption.own)
        number = self.conversation.conversation
        for person, devices in recipient_devices(self._people(), siblings):
            self.unit.deliveries.owe(message, number, person.contact, devices)
        self.owes_to_siblings = self.owes_to_siblings or siblings

    def owe(self, message: MessageId, author: int, device: DeviceId) -> None:
        """Owe a device the receipt of what it sent."""
        contact = self.contact.contact
        if author == OWN and contact != OWN:
            self._owe_to_sibling(message, device)
        if author != contact or self.contact.blocked:
            return
        self.unit.receipts.queue(contact, device, message, ReceiptKind.DELIVERED)
        # The receipt of a text that has waited may be of one that was read meanwhile.
        record = self.unit.messages.by_id(message, self.conversation.conversation)
        if record is not None and not record.unread and not record.deleted and self.tells_reading:
            self.unit.receipts.queue(contact, device, message, ReceiptKind.READ)

    def _owe_to_sibling(self, message: MessageId, device: DeviceId) -> None:
        """Owe an own other device the receipt of an action that has waited for what the contact said."""
        siblings = person_of_siblings(self.unit, self.encryption.own)
        if siblings is not None:
            self.unit.receipts.queue(OWN, device, message, ReceiptKind.DELIVERED)
            self.then(GiveHint(siblings, Wake()))

    def index_whole(self) -> bool:
        """Make one long text of somebody who was a stranger searchable as a whole; tells whether there may be more."""
        return self.contact.accepted and self.unit.search.index_whole(self.conversation.conversation)

    def _own_message(self, message: MessageId) -> MessageRecord:
        record = self.unit.messages.by_id(message, self.conversation.conversation)
        if record is None or not record.outgoing:
            raise DeliveryError(ErrorCode.NOT_FOUND, "There is no such message of yours.")
        return record

    def show_own_picture(self) -> None:
        """Tell an accepted contact of the own profile picture, or that there is none any more, where they were not."""
        own, contact = self.unit.pictures.own(), self.contact
        if own is None or not contact.accepted or contact.blocked or contact.pending is not None:
            return
        given = self.unit.pictures.given(contact.contact)
        if given == own.said_at or (own.picture is None and not given):
            return
        part = encode(ProfilePicture(self.randomness.token(SHORT_ID_BYTES), None, own.picture))
        said = UnsealedMessage(self.id_of(own.said_at, part), own.said_at, part)
        self.unit.own_actions.add(self.conversation.conversation, said, None)
        # The own other devices know the picture, and need not be told whom it is shown to.
        for person, devices in recipient_devices([contact], None):
            self.unit.deliveries.owe(said.id, self.conversation.conversation, person.contact, devices)
        self.unit.pictures.note_given(contact.contact, own.said_at)

    def _set_accepted(self) -> None:
        super()._set_accepted()
        self.show_own_picture()

    def set_blocked(self, blocked: bool) -> views.ContactView:
        """Drop what the contact sends from now on, their picture included, or not.

        What they have added us to meanwhile was set aside, and becomes an invitation then.
        """
        if blocked:
            self.unit.pictures.forget_theirs(self.contact.contact)
        else:
            self.unit.inbox.release_all(self.contact.contact, HELD_FOR_GROUP)
            self.then(GiveHint(self.contact, Wake()))
        view = super().set_blocked(blocked)
        self.show_own_picture()
        return view

    def answer_them(self) -> None:
        """Accept the contact, if that has not happened yet: the user says something to them."""
        if not self.contact.accepted:
            self._set_accepted()

    def reload(self) -> None:
        """Look at contact and conversation anew: something wrote to their rows."""
        super().reload()
        self.conversation = self.unit.conversations.of_contact(self.contact.contact)

    def view(self, record: MessageRecord) -> views.MessageView:
        """Show a message of this conversation."""
        return self.show.message(record, place_with(self.unit, self.conversation, self.contact))


class PartOfTurn(ConversationTransaction):
    """A turn with a person, seen as one of another conversation: it is part of that turn, and ends with it.

    It collects into the turn, so that what undoes a part of that takes back what came of it here.

    Args:
        turn: The turn.
    """

    def __init__(self, turn: ConversationTransaction) -> None:
        super().__init__(
            turn.unit, turn.contact, turn.cache, turn.encryption, turn.show, turn.randomness, turn.clock, turn.logs
        )
        self.effects, self.fresh, self.restarts = turn.effects, turn.fresh, turn.restarts
        self._turn = turn

    @property
    def between(self) -> ConversationId:
        return self._turn.between
