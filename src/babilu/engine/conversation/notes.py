"""A turn of the notes to oneself: what is written is there with its commit, and no envelope is made of it."""

from collections.abc import Mapping

from babilu.api import events, views
from babilu.engine.conversation.contents.text import NOTHING_BESIDE, BesideWords
from babilu.engine.conversation.turn import ConversationTurn
from babilu.engine.runtime.places import place_with
from babilu.engine.runtime.views import ViewMaker
from babilu.kernel.ids import DeviceId, IdentityKey, MessageId
from babilu.kernel.ports import Clock, Randomness
from babilu.kernel.states import FileState, MessageState
from babilu.store.contact_records import ConversationRecord
from babilu.store.message_records import MessageRecord, UnsealedMessage
from babilu.store.unit_of_work import UnitOfWork
from babilu.wire.content import Text


class NotesTransaction(ConversationTurn):
    """One turn with oneself; see `ConversationTurn`."""

    def __init__(self, unit: UnitOfWork, show: ViewMaker, randomness: Randomness, clock: Clock) -> None:
        super().__init__(unit, show, randomness, clock)
        self.conversation = _notes(unit)

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

    def pass_on(self, action: UnsealedMessage, target: MessageId | None) -> None:
        """Tell nobody."""

    def owe(self, message: MessageId, author: int, device: DeviceId) -> None:
        """Owe nothing."""

    def send_text(self, text: str, beside: BesideWords = NOTHING_BESIDE) -> views.MessageView:
        """Add a note; it is delivered with its commit.

        Raises:
            ProtocolError: ``too_large``, or ``malformed`` for what is no text.
            UsageError: As `find_mentions` and `timer_ms`.
            DeliveryError: ``not_found`` for a message to answer that is not here.
        """
        view = super().send_text(text, beside)
        delivered = MessageState.DELIVERED
        self.tell(
            events.MessageStateChanged(
                view.id, self.label, delivered, None, None, self.conversation.id, request_id=self.request_id
            )
        )
        if view.expires_at is not None:
            self._tell_clocks(self.conversation.conversation, [(view.id, view.expires_at)])
        return view

    def _add(self, said: Text, reply_to: MessageId | None = None) -> MessageRecord:
        added = super()._add(said, reply_to)
        for file in added.files:
            # A note goes to nobody.
            self.unit.attachments.set_state(file.number, FileState.SENT)
        self.unit.expiry.start(added.conversation, [added.id], self.now)
        return self.unit.messages.advance_state(added.id, MessageState.DELIVERED) or added

    def mark_read(self, shown: int | None = None) -> int:  # noqa: ARG002 -- notes are never unread
        if self._unmark():
            self.conversation_changed()
        return 0

    def reload(self) -> None:
        self.conversation = _notes(self.unit)

    def view(self, record: MessageRecord) -> views.MessageView:
        return self.show.message(record, place_with(self.unit, self.conversation, None))


def _notes(unit: UnitOfWork) -> ConversationRecord:
    notes = unit.conversations.notes()
    if notes is None:
        raise LookupError("a profile has notes from its beginning")
    return notes
