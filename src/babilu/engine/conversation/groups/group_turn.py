"""A turn of a group's thread: what is said there is made, and sealed for everybody who has a session, at once."""

from collections.abc import Callable

from babilu.api import views
from babilu.engine.conversation.conversation_cache import ConversationCache
from babilu.engine.conversation.effects import Effect, GiveHint
from babilu.engine.conversation.encryption import ContentEncryption
from babilu.engine.conversation.groups.entries import tie_ends
from babilu.engine.conversation.groups.going_on import go_on
from babilu.engine.conversation.groups.group_conversation import GroupConversation
from babilu.engine.conversation.groups.growth import list_known
from babilu.engine.conversation.handing_over import hand_over
from babilu.engine.conversation.long_texts import sealed_text
from babilu.engine.conversation.person import PersonTurn
from babilu.engine.conversation.sealing import SealedGroup, seal_waiting
from babilu.engine.conversation.wakeups import Wake
from babilu.engine.runtime.group_logs import GroupLogs
from babilu.engine.runtime.views import ViewMaker
from babilu.kernel.errors import DeliveryError, ErrorCode
from babilu.kernel.ids import MessageId
from babilu.kernel.ports import Clock, Randomness
from babilu.kernel.states import DeliveryState
from babilu.store.contact_records import ContactRecord
from babilu.store.group_records import GroupRecord
from babilu.store.message_records import MessageRecord, UnsealedMessage
from babilu.store.unit_of_work import UnitOfWork
from babilu.wire.file_entry import FileEntry
from babilu.wire.message_parts import Text

CacheOf = Callable[[int], ConversationCache]
"""Gives what is remembered of a contact between turns."""

SEAL_MS = 100
"""Time of a turn after which it seals for nobody more: they are woken, and seal it in turns of their own."""


class GroupTurn(GroupConversation):
    """One turn of a group's conversation, for commands; see `GroupConversation`.

    Args:
        unit: The write transaction.
        group: The group.
        logs: The logs of all groups.
        cache_of: Gives what is remembered of a member.
        encryption: Makes envelopes.
        show: Makes views.
        randomness: For ids and keys.
        clock: Tells the time.
    """

    def __init__(  # noqa: PLR0913, PLR0917  # one argument for each thing that a turn stands on
        self,
        unit: UnitOfWork,
        group: GroupRecord,
        logs: GroupLogs,
        cache_of: CacheOf,
        encryption: ContentEncryption,
        show: ViewMaker,
        randomness: Randomness,
        clock: Clock,
    ) -> None:
        super().__init__(unit, show, randomness, clock)
        self.encryption = encryption
        self._cache_of = cache_of
        self._waiting: dict[int, ContactRecord] = {}
        self.enter(group, logs, encryption.own)

    def will_seal(self, contact: ContactRecord) -> None:
        self._waiting[contact.contact] = contact

    def seal(self) -> None:
        """Make the envelopes of what is owed to members who have sessions, as far as there is time for."""
        known = self._known_to_all() if len(self._waiting) > 1 else None
        for contact in self._waiting.values():
            if self.elapsed_ms() >= SEAL_MS:
                self.then(GiveHint(contact, Wake()))
                continue
            self.effects += self._seal_for(contact, known)
        self._waiting.clear()

    def _known_to_all(self) -> SealedGroup:
        """Ask once what would be asked for each member."""
        unit, group = self.unit, self.group.id
        owed = frozenset(contact for contact, _ in unit.receipts.devices())
        return SealedGroup(group, unit.groups.heads(group), unit.groups.recipients(group), owed)

    def _seal_for(self, contact: ContactRecord, known: SealedGroup | None) -> list[Effect]:
        cache = self._cache_of(contact.contact)
        person = PersonTurn(self.unit, contact, cache, self.encryption, self.show, self.randomness, self.clock)
        more = seal_waiting(person, known)
        hand_over(person, [])
        if more:
            person.then(GiveHint(contact, Wake()))
        return person.effects

    def _add(self, said: Text, reply_to: MessageId | None = None) -> MessageRecord:
        list_known(self)
        tie_ends(self)
        return super()._add(said, reply_to)

    def seal_text(self, text: str) -> FileEntry | None:
        return sealed_text(self.encryption, (contact for contact, _ in self.members), self.siblings, text)

    def forget_sealed_text(self, whole: FileEntry) -> None:
        if self.encryption.text_files is not None:
            self.encryption.text_files.forget(whole)

    def pass_on(self, action: UnsealedMessage, target: MessageId | None) -> None:
        tie_ends(self)
        super().pass_on(action, target)

    def log_grew(self) -> None:
        go_on(self)

    def retry(self, message: MessageId) -> views.MessageView:
        """Owe a message again to everybody whom it has failed at.

        Raises:
            DeliveryError: ``not_found``; ``conflict``: it has failed at nobody.
        """
        number = self.conversation.conversation
        record = self.unit.messages.by_id(message, number)
        if record is None or not record.outgoing:
            raise DeliveryError(ErrorCode.NOT_FOUND, "There is no such message of yours.")
        failed = [row for row in self.unit.deliveries.of_message(message) if row.state is DeliveryState.FAILED]
        if not failed or record.deleted:
            raise DeliveryError(ErrorCode.CONFLICT, "Only a failed message can be sent again.")
        self.refuse_unless_in()
        self.unit.messages.name_request(message, self.request_id)
        members = {contact.contact: contact for contact, _ in self.members}
        for row in failed:
            contact = members.get(row.contact)
            if contact is None:
                continue
            for made in self.unit.outbox.of_message(message):
                if made.device == row.device:
                    self.unit.outbox.settle(made.envelope)
            self.unit.deliveries.owe(message, number, row.contact, [row.device])
            self.will_seal(contact)
        standing = self.unit.deliveries.standing(message, record.position)
        if standing is not None:
            changed = self.unit.messages.advance_state(message, standing.state)
            if changed is not None:
                self._tell_state(changed)
        return self.view(self.unit.messages.by_id(message, number) or record)
