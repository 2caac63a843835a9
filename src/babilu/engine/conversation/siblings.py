"""A turn with an own other device, in a contact's conversation: what the user said on that device lands here.

Only what a device on the own list has sealed comes here (`babilu.engine.conversation.receiving`). It is shown as one's
own, as it was sent; that others got it, the device that sent it tells.
"""

from collections.abc import Mapping

from babilu.api import views
from babilu.engine.conversation.contents.fold import OWN
from babilu.engine.conversation.effects import GiveHint
from babilu.engine.conversation.transaction import ConversationTransaction, PartOfTurn
from babilu.engine.conversation.wakeups import Wake
from babilu.engine.runtime.places import place_with
from babilu.kernel.errors import DeliveryError, ErrorCode
from babilu.kernel.ids import ConversationId, DeviceId, IdentityKey, MessageId
from babilu.store.contact_records import ContactRecord, ConversationRecord
from babilu.store.delivery_records import ReceiptKind
from babilu.store.message_records import MessageRecord


class SiblingTransaction(PartOfTurn):
    """The turn with oneself, seen as one of the conversation with a contact.

    Args:
        turn: The turn with oneself.
        conversation: The conversation.
        partner: The contact whom it is with.
    """

    def __init__(self, turn: ConversationTransaction, conversation: ConversationRecord, partner: ContactRecord) -> None:
        super().__init__(turn)
        self.conversation, self.partner = conversation, partner

    @property
    def label(self) -> str:
        return self.partner.name

    @property
    def identity(self) -> IdentityKey:
        return self.partner.identity_key

    @property
    def others(self) -> Mapping[int, IdentityKey]:
        return {self.partner.contact: self.partner.identity_key}

    def name_of(self, author: int) -> str:
        return self.show.own_name if author == OWN else self.partner.name

    def owe(self, message: MessageId, author: int, device: DeviceId) -> None:
        """Owe a receipt, perhaps one of the contact's, whose action has waited for what came now."""
        if author == OWN:
            self.unit.receipts.queue(OWN, device, message, ReceiptKind.DELIVERED)
        elif not self.partner.blocked:
            self.unit.receipts.queue(self.partner.contact, device, message, ReceiptKind.DELIVERED)
            self.then(GiveHint(self.partner, Wake()))

    def reload(self) -> None:
        super().reload()
        partner = self.unit.contacts.by_contact(self.partner.contact)
        if partner is None:
            raise DeliveryError(ErrorCode.NOT_FOUND, "This contact is gone.")
        self.partner, self.conversation = partner, self.unit.conversations.of_contact(partner.contact)

    def view(self, record: MessageRecord) -> views.MessageView:
        return self.show.message(record, place_with(self.unit, self.conversation, self.partner))


def in_conversation(turn: ConversationTransaction, conversation: ConversationId) -> ConversationTransaction | None:
    """See a turn with oneself as one of a conversation between two, or of the notes; None where it is not known."""
    if conversation == turn.between:
        return turn
    record = turn.unit.conversations.by_id(conversation)
    partner = None if record is None or record.contact is None else turn.unit.contacts.by_contact(record.contact)
    return None if record is None or partner is None else SiblingTransaction(turn, record, partner)
