"""Receipts as they come and as they are owed: each counts for what was sent to the device that gives it alone."""

from babilu.engine.conversation.chain_places import ReceivedContent
from babilu.engine.conversation.effects import GiveHistory
from babilu.engine.conversation.groups.group_conversation import DELIVERED_GATHERED_MS
from babilu.engine.conversation.sync_notes import note_receipt
from babilu.engine.conversation.transaction import ConversationTransaction
from babilu.engine.runtime.history_given import given_so_far
from babilu.kernel.ids import DeviceId, MessageId
from babilu.kernel.states import MessageState, Route
from babilu.store.delivery_records import InboxRecord, ReceiptKind
from babilu.store.message_records import MessageRecord

_RECEIPTED = frozenset({MessageState.DELIVERED, MessageState.READ})
"""States in which the envelope for a device may be gone because a receipt of that device came before."""


def owe_receipt(transaction: ConversationTransaction, row: InboxRecord, said: ReceivedContent, *, waits: bool) -> None:
    """Owe the receipt of what has a place in the chain, unless it names something that is not known here.

    Under an identity that waits for approval the receipt waits too: nothing is sealed for it before.
    """
    contact = transaction.contact.contact
    if not waits:
        until = transaction.gathered_until(DELIVERED_GATHERED_MS)
        transaction.unit.receipts.queue(contact, said.sender, said.message, ReceiptKind.DELIVERED, until)
    transaction.unit.inbox.note_message(row.envelope, contact, said.sender, said.message)


def take_receipts(
    transaction: ConversationTransaction,
    sender: DeviceId,
    messages: tuple[bytes, ...],
    state: MessageState,
    came: Route = Route.RELAY,
) -> None:
    if state is MessageState.READ and not transaction.switches.read:
        # Who does not tell when they read is not shown when others do.
        state = MessageState.DELIVERED
    for raw in messages:
        message = MessageId(raw)
        # One content carries what is owed of all conversations, and an id binds the one that it belongs to.
        record = transaction.unit.messages.by_id(message)
        # A receipt counts for what was sent to whoever gives it, and for nothing else.
        if record is None:
            if state is MessageState.DELIVERED and transaction.unit.outbox.settle_message(message, sender):
                transaction.unit.deliveries.settle(message, sender)
                transaction.unit.own_actions.settle(message)
        elif record.outgoing:
            _take_receipt(transaction, sender, record, came, read=state is MessageState.READ)
    if transaction.contact.is_oneself and given_so_far(transaction.unit, sender) is not None:
        # There may be room on the way to it again.
        transaction.then(GiveHistory(sender))


def _take_receipt(
    transaction: ConversationTransaction, sender: DeviceId, record: MessageRecord, came: Route, *, read: bool
) -> None:
    """Take the receipt of an own message that was sent to the device that gives it, or to one before it."""
    unit, message = transaction.unit, record.id
    # A receipt may overtake the acknowledgement of what it is for. Whatever nobody has acknowledged goes over the
    # direct connection as soon as there is one, so that what is receipted over it has gone over it, too.
    unsaid = Route.DIRECT if came is Route.DIRECT else None
    routes = {row.route or unsaid for row in unit.outbox.of_message(message) if row.device == sender}
    was_sent_there = unit.outbox.settle_message(message, sender)
    # Where it goes to several, one may have read it before another has it: then it is as far as for the slowest.
    has_it = record.state in _RECEIPTED or unit.message_receipts.has(record.position, sender)
    if not was_sent_there and not has_it:
        return
    unit.deliveries.settle(message, sender)
    route = Route.DIRECT if routes == {Route.DIRECT} else None
    contact = transaction.contact.contact
    unit.message_receipts.note(record.position, contact, sender, transaction.now, read=read, is_first=was_sent_there)
    if not transaction.contact.is_oneself:
        note_receipt(transaction, record, sender, read=read)
    transaction.received(record, route, read=read)
