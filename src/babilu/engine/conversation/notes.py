"""Turns of the notes to oneself: what is written is there with its commit, and goes to the own other devices alone.

Without any it goes nowhere, and no envelope is made of it (`NotesTransaction`). With some, the turn is one with oneself
as a person (`OwnTransaction`): what those devices send is judged in it, and what is owed to them is sealed.
"""

from collections.abc import Mapping

from babilu.api import events, views
from babilu.engine.conversation.contents.text import NOTHING_BESIDE, BesideWords
from babilu.engine.conversation.transaction import ConversationTransaction
from babilu.engine.conversation.turn import ConversationTurn
from babilu.engine.runtime.places import place_with
from babilu.engine.runtime.views import ViewMaker
from babilu.kernel.ids import DeviceId, IdentityKey, MessageId
from babilu.kernel.ports import Clock, Randomness
from babilu.kernel.states import FileState, MessageState
from babilu.store.contact_records import ContactRecord, ConversationRecord
from babilu.store.message_records import MessageRecord, UnsealedMessage
from babilu.store.unit_of_work import UnitOfWork
from babilu.wire.message_parts import Text


class NotesConversation(ConversationTurn):
    """One turn of the notes to oneself; see `ConversationTurn`."""

    @property
    def label(self) -> str:
        return views.NOTES_LABEL

    @property
    def identity(self) -> IdentityKey:
        return self.show.own_identity

    @property
    def others(self) -> Mapping[int, IdentityKey]:
        return {}

    def name_of(self, author: int) -> str:  # noqa: ARG002 -- there is nobody else
        return self.show.own_name

    def refuse_unless_sendable(self) -> None:
        """Refuse nothing: one may always write to oneself."""

    def answer_them(self) -> None:
        """Do nothing: there is nobody to answer."""

    def send_text(self, text: str, beside: BesideWords = NOTHING_BESIDE) -> views.MessageView:
        """Add a note; without other devices it is delivered with its commit.

        Raises:
            ProtocolError: ``too_large``, or ``malformed`` for what is no text.
            UsageError: As `find_mentions` and `timer_ms`.
            DeliveryError: ``not_found`` for a message to answer that is not here.
        """
        view = super().send_text(text, beside)
        if view.state is MessageState.DELIVERED:
            self.tell(
                events.MessageStateChanged(
                    view.id, self.label, view.state, None, None, self.conversation.id, request_id=self.request_id
                )
            )
        if view.expires_at is not None:
            self._tell_clocks(self.conversation.conversation, [(view.id, view.expires_at)])
        return view

    def _keep_here(self, added: MessageRecord) -> None:
        """Count a note that goes to nobody as delivered."""
        for file in added.files:
            self.unit.attachments.set_state(file.number, FileState.SENT)
        self.unit.messages.advance_state(added.id, MessageState.DELIVERED)

    def _started(self, added: MessageRecord) -> MessageRecord:
        """Let the clock of a note run from its writing."""
        self.unit.expiry.start(added.conversation, [added.id], self.now)
        return self.unit.messages.by_id(added.id, added.conversation) or added

    def mark_read(self, shown: int | None = None) -> int:  # noqa: ARG002 -- notes are never unread
        if self._unmark():
            self.conversation_changed()
        return 0

    def view(self, record: MessageRecord) -> views.MessageView:
        return self.show.message(record, place_with(self.unit, self.conversation, None))


class NotesTransaction(NotesConversation):
    """One turn with oneself while this is one's only device."""

    def __init__(self, unit: UnitOfWork, show: ViewMaker, randomness: Randomness, clock: Clock) -> None:
        super().__init__(unit, show, randomness, clock)
        self.conversation = _notes(unit)

    def pass_on(self, action: UnsealedMessage, target: MessageId | None) -> None:
        """Tell nobody."""

    def owe(self, message: MessageId, author: int, device: DeviceId) -> None:
        """Owe nothing."""

    def _add(self, said: Text, reply_to: MessageId | None = None) -> MessageRecord:
        added = super()._add(said, reply_to)
        self._keep_here(added)
        return self._started(added)

    def reload(self) -> None:
        self.conversation = _notes(self.unit)


class OwnTransaction(NotesConversation, ConversationTransaction):
    """One turn with oneself and with the own other devices; see `PersonTurn`."""

    def _add(self, said: Text, reply_to: MessageId | None = None) -> MessageRecord:
        added = super()._add(said, reply_to)
        if not self.unit.deliveries.of_message(added.id):
            self._keep_here(added)
        return self._started(added)

    def _people(self) -> list[ContactRecord]:
        return []

    def show_own_picture(self) -> None:
        """Show nothing: the own devices are told of it as of everything that is set."""


def _notes(unit: UnitOfWork) -> ConversationRecord:
    notes = unit.conversations.notes()
    if notes is None:
        raise LookupError("a profile has notes from its beginning")
    return notes
