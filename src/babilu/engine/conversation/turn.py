"""A turn of a thread: what it writes is one transaction, and what follows is collected in order, to be done after it.

There are two kinds. A turn with a person (`babilu.engine.conversation.person`) has to do with envelopes. A turn of a
conversation, here, has to do with messages, what acts on them and how they show, whoever is in it. With a contact
(`babilu.engine.conversation.transaction`) both are one; notes to oneself (`babilu.engine.conversation.notes`) go to
nobody.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from msgspec.structs import replace as replace_fields

from babilu.api import events, views
from babilu.engine.conversation.contents.fold import OWN, Fold
from babilu.engine.conversation.contents.text import (
    NOTHING_BESIDE,
    BesideWords,
    check_words,
    fields_of,
    find_mentions,
    timer_ms,
)
from babilu.engine.conversation.effects import Effect, MoveFiles, Tell, WatchClock
from babilu.engine.conversation.long_texts import beginning_of
from babilu.engine.runtime.places import audience_of, label_of
from babilu.engine.runtime.views import ViewMaker
from babilu.kernel.errors import DeliveryError, ErrorCode, ProfileError
from babilu.kernel.ids import SHORT_ID_BYTES, ConversationId, DeviceId, IdentityKey, MessageId, message_id
from babilu.kernel.limits import QUOTE_CHARACTERS
from babilu.kernel.ports import Clock, Randomness
from babilu.kernel.states import MessageState
from babilu.store.contact_records import ConversationRecord
from babilu.store.message_records import MessageRecord, UnsealedMessage
from babilu.store.unit_of_work import UnitOfWork
from babilu.wire.codec import encode
from babilu.wire.file_entry import FileEntry
from babilu.wire.message_parts import Text


class Turn:
    """One turn: a write transaction, and what follows from it.

    Args:
        unit: The write transaction.
        show: Makes views, and knows the own name and identity.
        randomness: For ids and keys.
        clock: Tells the time, which stands still for the turn but for `elapsed_ms`.

    Attributes:
        now: When it began (Unix milliseconds).
        clock: Tells the time; a turn that is seen as another one goes on with it.
        effects: What is to be done after the commit, in order.
        request_id: The id of the command that is being done, for the events that it causes; None between commands.
    """

    def __init__(self, unit: UnitOfWork, show: ViewMaker, randomness: Randomness, clock: Clock) -> None:
        self.unit = unit
        self.show = show
        self.randomness = randomness
        self.now = clock.now_ms()
        self.clock = clock
        self._begun = clock.monotonic_ms()
        self.effects: list[Effect] = []
        self.request_id: str | None = None

    def elapsed_ms(self) -> int:
        """Tell how long the turn has lasted (milliseconds)."""
        return self.clock.monotonic_ms() - self._begun

    @contextmanager
    def part(self) -> Iterator[None]:
        """Undo what the block did, rows and what follows from them, when an exception leaves it.

        Raises:
            ProfileError: As `babilu.store.unit_of_work.UnitOfWork.savepoint`.
        """
        effects = [*self.effects]
        try:
            with self.unit.savepoint():
                yield
        except BaseException:
            # In place: a part of the turn that sees it as another conversation's collects into the same list.
            self.effects[:] = effects
            raise

    def then(self, effect: Effect) -> None:
        """Have something done after the commit; what is to be done already is not done twice."""
        if effect not in self.effects:
            self.effects.append(effect)

    def tell(self, *told: events.Event) -> None:
        """Have events told after the commit."""
        self.effects += map(Tell, told)

    def place(self, conversation: int) -> tuple[str, ConversationId]:
        """Give what commands call a conversation, and its id."""
        record = self.unit.conversations.by_number(conversation)
        if record is None:
            raise LookupError("what is told of stands in a conversation")
        contact = None if record.contact is None else self.unit.contacts.by_contact(record.contact)
        return label_of(record, contact), record.id

    def _tell_clocks(self, conversation: int, started: Sequence[tuple[MessageId, int]]) -> None:
        """Tell when messages of a conversation are gone whose clocks run from now on."""
        if started:
            label, id_ = self.place(conversation)
            self.tell(*(events.ClockStarted(message, label, id_, end) for message, end in started))
            self.then(WatchClock(min(end for _, end in started)))

    def _tell_state(self, own: MessageRecord) -> None:
        """Tell where an own message has come."""
        label, conversation = self.place(own.conversation)
        state = own.state or MessageState.QUEUED
        audience = None if own.recipients is None else audience_of(self.unit, own)
        self.tell(
            events.MessageStateChanged(
                own.id, label, state, own.held_until, own.error, conversation, audience, request_id=own.request_id
            )
        )


class ConversationTurn(Turn, ABC):
    """One turn of a conversation.

    Attributes:
        conversation: The conversation as stored; whoever makes the turn sets it.
    """

    conversation: ConversationRecord

    @contextmanager
    def part(self) -> Iterator[None]:
        """Undo what the block did, rows and what follows from them, when an exception leaves it.

        Raises:
            ProfileError: As `babilu.store.unit_of_work.UnitOfWork.savepoint`.
        """
        conversation = self.conversation
        try:
            with super().part():
                yield
        except BaseException:
            self.conversation = conversation
            raise

    def place(self, conversation: int) -> tuple[str, ConversationId]:
        own = self.conversation
        return (self.label, own.id) if conversation == own.conversation else super().place(conversation)

    # Who is in it.

    @property
    @abstractmethod
    def label(self) -> str:
        """What commands call the conversation."""

    @property
    @abstractmethod
    def identity(self) -> IdentityKey:
        """The identity key of whom the conversation is with."""

    @property
    @abstractmethod
    def others(self) -> Mapping[int, IdentityKey]:
        """The identity keys in force of the others who may act in it, by their numbers."""

    @abstractmethod
    def name_of(self, author: int) -> str:
        """Give the name of somebody who acted."""

    @property
    def people(self) -> dict[str, IdentityKey]:
        """The people of the conversation by name, oneself included."""
        return {self.name_of(who): key for who, key in self._identities().items()}

    def _identities(self) -> Mapping[int, IdentityKey]:
        return {OWN: self.show.own_identity, **self.others}

    # What goes to the others.

    @abstractmethod
    def refuse_unless_sendable(self) -> None:
        """Refuse what is to be said while nothing may be.

        Raises:
            DeliveryError: ``blocked``.
            TrustError: ``identity_changed``.
        """

    def refuse_unless_withdrawable(self) -> None:
        """Refuse to take own words back while nothing goes to the others.

        Raises:
            DeliveryError: ``blocked``.
            TrustError: ``identity_changed``.
        """
        self.refuse_unless_sendable()

    @abstractmethod
    def answer_them(self) -> None:
        """Take note that the user says something to the others."""

    @abstractmethod
    def pass_on(self, action: UnsealedMessage, target: MessageId | None) -> None:
        """Have the others told of an own action, about a message or the conversation (None)."""

    @abstractmethod
    def owe(self, message: MessageId, author: int, device: DeviceId) -> None:
        """Owe a device the receipt of what it sent."""

    @abstractmethod
    def mark_read(self, shown: int | None = None) -> int:
        """Mark what has come as read, as far as it was ``shown``; answers how many there were."""

    # What one says.

    def send_text(self, text: str, beside: BesideWords = NOTHING_BESIDE) -> views.MessageView:
        """Add an own message; its envelopes follow at once where there are sessions.

        Raises:
            ProtocolError: ``too_large``, or ``malformed`` for what is no text.
            UsageError: As `find_mentions` and `timer_ms`.
            TrustError: ``identity_changed``.
            DeliveryError: ``blocked``; ``not_found`` for a message to answer that is not here.
        """
        check_words(text, may_be_empty=bool(beside.files))
        self.refuse_unless_sendable()
        said = self._plain(text)
        if beside != NOTHING_BESIDE:
            said = self._with_fields(said, beside)
        record = self._add_whole(said, beside.reply_to)
        self.answer_them()
        self.written_in()
        view = self.view(record)
        self.tell(events.MessageQueued(view, request_id=self.request_id))
        if beside.files:
            self.then(MoveFiles())
        return view

    def _add_whole(self, said: Text, reply_to: MessageId | None) -> MessageRecord:
        """Store a new own text; one that is too long for so many devices leaves as its beginning, and a file."""
        whole = self.seal_text(said.text)
        if whole is None:
            return self._add(said, reply_to)
        try:
            added = self._add(replace_fields(said, text=beginning_of(said.text), whole=whole), reply_to)
        except BaseException:
            self.forget_sealed_text(whole)
            raise
        self.unit.contents.complete_text(added.position, said.text)
        self.then(MoveFiles())
        return self.unit.messages.by_id(added.id, added.conversation) or added

    def seal_text(self, text: str) -> FileEntry | None:  # noqa: ARG002 -- where nothing is sealed for many devices
        """Seal a text that is too long to be sent as it is; None where it is not."""
        return None

    def forget_sealed_text(self, whole: FileEntry) -> None:
        """Delete a text that was sealed for nothing."""

    def _plain(self, text: str) -> Text:
        return Text(self.randomness.token(SHORT_ID_BYTES), None, text, timer=self.conversation.timer)

    def _with_fields(self, said: Text, beside: BesideWords) -> Text:
        timer = self.conversation.timer if beside.timer is None else timer_ms(beside.timer)
        reply_to, quote = self._quoted(beside.reply_to)
        mentions = find_mentions(said.text, beside.names, self.people)
        return Text(said.salt, None, said.text, reply_to, quote, mentions, beside.forwarded, timer, beside.files)

    def _quoted(self, message: MessageId | None) -> tuple[MessageId | None, str | None]:
        """Return what names a message that is answered; one that the others cannot know by its id is only quoted."""
        if message is None:
            return None, None
        record = self.unit.messages.by_id(message, self.conversation.conversation)
        if record is None:
            raise DeliveryError(ErrorCode.NOT_FOUND, "There is no message to reply to.")
        present = self.fold().target(message)
        return (None if present is None else message), record.text[:QUOTE_CHARACTERS] or None

    def _add(self, said: Text, reply_to: MessageId | None = None) -> MessageRecord:
        """Store a new own text, whose id is computed from its words and this moment."""
        part = encode(said)
        message, number = self.id_of(self.now, part), self.conversation.conversation
        fields = fields_of(said, ())
        if reply_to is not None:
            fields = replace(fields, reply_to=reply_to, quote=said.quote or "")
        return self.unit.new_messages.add_outgoing(
            message, number, said.text, self.now, part, fields, self.request_id, recipients=self.recipients
        )

    @property
    def recipients(self) -> int | None:
        """For how many people it is what one says; None where that is no more than one."""
        return None

    def fold(self) -> Fold:
        """Look at the conversation as actions see it."""
        return Fold(self.unit, self.conversation, self._identities(), self.now)

    def id_of(self, said_at: int, part: bytes) -> MessageId:
        """Return the id of what one says oneself, from its exact bytes and its time."""
        return message_id(self.conversation.id, self.show.own_identity, said_at, part)

    # How it shows.

    def written_in(self) -> None:
        """Bring a conversation that was put away back into the list, as somebody has written in it."""
        conversation = self.conversation
        silent = conversation.muted_until is not None and self.now < conversation.muted_until
        if conversation.hidden or (conversation.archived and not silent):
            self.unit.conversations.come_back(conversation.conversation)
            self.reload()
            self.conversation_changed()

    @abstractmethod
    def reload(self) -> None:
        """Look at the conversation's rows anew: something wrote to them."""

    @abstractmethod
    def view(self, record: MessageRecord) -> views.MessageView:
        """Show a message of this conversation."""

    def conversation_changed(self) -> None:
        """Tell that the conversation's row in the list is another than before."""
        self.tell(events.ConversationChanged(self.label, self.conversation.id))

    def _unmark(self) -> bool:
        """Show the conversation as unread no longer that the user has marked so; tells whether it was."""
        marked = self.conversation.marked_unread
        if marked:
            self.unit.conversations.set_marked_unread(self.conversation.conversation, False)
        return marked


def is_fault_of_disk(error: Exception) -> bool:
    """Tell whether an error comes from the database on disk: then nothing of the turn is to stay, and it is retried.

    What SQLite calls a refused change (``internal``) is a defect of what was asked, and no fault of the disk.
    """
    return isinstance(error, ProfileError) and error.code is not ErrorCode.INTERNAL
