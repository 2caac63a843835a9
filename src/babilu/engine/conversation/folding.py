"""Lets a turn take actions: what they change is told, and the receipts that they owe are queued, by one commit."""

from typing import assert_never

from babilu.api import events, views
from babilu.engine.conversation.contents.fold import (
    OWN,
    Change,
    Erased,
    Fold,
    PinSet,
    Reacted,
    Reworded,
    TimerSet,
)
from babilu.engine.conversation.effects import EraseTraces
from babilu.engine.conversation.transaction import ConversationTransaction
from babilu.kernel.ids import DeviceId, MessageId
from babilu.store.records import MessageRecord, ReceiptKind


def follow(transaction: ConversationTransaction, fold: Fold, arrived: MessageId | None = None) -> None:
    """Do what follows from what a fold has done.

    Args:
        transaction: The turn.
        fold: What was done.
        arrived: A message that has come just now: it is told of as it is by now, and not of each change.
    """
    for message, author, device in fold.owed:
        if author == transaction.contact.contact and not transaction.contact.blocked:
            _owe(transaction, message, device)
    for change in fold.changes:
        if isinstance(change, TimerSet):
            transaction.reload()
        if isinstance(change, Erased):
            transaction.then(EraseTraces())
        if not isinstance(change, TimerSet | PinSet) and change.message == arrived:
            continue
        told = _event(transaction, change)
        if told is not None:
            transaction.tell(told)


def _owe(transaction: ConversationTransaction, message: MessageId, device: DeviceId) -> None:
    contact = transaction.contact.contact
    transaction.unit.receipts.queue(contact, device, message, ReceiptKind.DELIVERED)
    # The receipt of a text that has waited may be of one that was read meanwhile.
    record = transaction.unit.messages.by_id(message, transaction.conversation.conversation)
    if record is not None and not record.unread and not record.deleted and transaction.tells_reading:
        transaction.unit.receipts.queue(contact, device, message, ReceiptKind.READ)


def _event(transaction: ConversationTransaction, change: Change) -> events.Event | None:
    label, conversation = transaction.contact.name, transaction.conversation.id
    match change:
        case Reworded(message, mentions):
            view = _view(transaction, message)
            return None if view is None else events.MessageEdited(view, mentions)
        case Reacted(message):
            view = _view(transaction, message)
            return None if view is None else events.ReactionsChanged(view)
        case Erased(message, author):
            return events.MessageDeleted(message, label, conversation, name_of(transaction, author), for_all=True)
        case PinSet(message, author, on):
            return events.MessagePinned(views.PinView(message, label, conversation, name_of(transaction, author), on))
        case TimerSet(author):
            return events.TimerChanged(timer_view(transaction, author))
        case _:
            assert_never(change)


def timer_view(transaction: ConversationTransaction, author: int) -> views.TimerView:
    """Show the timer of the conversation, as somebody has set it."""
    timer = transaction.conversation.timer
    return views.TimerView(
        transaction.contact.name,
        transaction.conversation.id,
        name_of(transaction, author),
        None if timer is None else timer // 1000,
    )


def name_of(transaction: ConversationTransaction, author: int) -> str:
    """Give the name of somebody who acted."""
    return transaction.show.own_name if author == OWN else transaction.contact.name


def _view(transaction: ConversationTransaction, message: MessageId) -> views.MessageView | None:
    record: MessageRecord | None = transaction.unit.messages.by_id(message, transaction.conversation.conversation)
    return None if record is None or record.deleted else transaction.view(record)
