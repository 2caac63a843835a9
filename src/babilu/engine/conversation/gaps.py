"""Gaps of a conversation: what is missing is one number that grows, and one line until everything has come."""

from babilu.api import events
from babilu.engine.conversation.effects import Tell
from babilu.engine.conversation.transaction import ConversationTransaction
from babilu.kernel.ids import new_line_id
from babilu.kernel.states import MessageKind
from babilu.store.gaps import Missing
from babilu.store.message_records import MessageRecord


def tell_missing(transaction: ConversationTransaction, missing: int) -> None:
    """Say that so many messages of the contact are missing; more in a row are told together, after a pause."""
    if transaction.contact.blocked:
        return
    contact = transaction.contact.contact
    transaction.unit.gaps.add(contact, transaction.conversation.conversation, missing, transaction.now)
    for place, effect in enumerate(transaction.effects):
        if (
            isinstance(effect, Tell)
            and isinstance(effect.event, events.GapNoticed)
            and effect.event.conversation_id == transaction.conversation.id
        ):
            number = transaction.conversation.conversation
            told, due = effect.event, transaction.unit.gaps.take(contact, number, transaction.now, along=True)
            if due is not None:
                more = events.GapNoticed(told.conversation, told.missing + due.fresh, due.in_all, told.conversation_id)
                transaction.effects[place] = Tell(more)
                _write_down(transaction, due)
            return
    tell_what_is_due(transaction)


def tell_what_is_due(transaction: ConversationTransaction) -> None:
    """Tell of what has been missing since the last time, where it is time to; else have the conversation woken then."""
    contact, number = transaction.contact.contact, transaction.conversation.conversation
    wait = None if transaction.contact.blocked else transaction.unit.gaps.wait(contact, number, transaction.now)
    if wait is None:
        return
    due = transaction.unit.gaps.take(contact, number, transaction.now)
    if due is None:
        transaction.wake_in(wait)
    else:
        _tell(transaction, due.fresh, due.in_all)
        _write_down(transaction, due)


def fill_gap(transaction: ConversationTransaction) -> None:
    """Take note that a message has come that may have been missing: the line says one less, and goes with the last."""
    left = transaction.unit.gaps.fill(transaction.contact.contact, transaction.conversation.conversation)
    if left is None:
        return
    line = transaction.unit.lines.newest_gap(transaction.conversation.conversation, transaction.contact.contact)
    if line is None:
        return
    if line.counter > 1:
        _tell_line(transaction, transaction.unit.lines.resize_gap(line, line.counter - 1))
    else:
        transaction.unit.messages.delete(line.id, line.conversation)
        label, conversation = transaction.label, transaction.conversation.id
        transaction.tell(events.LineRemoved(line.id, label, conversation))
    _tell(transaction, 0, left)


def _tell(transaction: ConversationTransaction, fresh: int, in_all: int) -> None:
    label, conversation = transaction.label, transaction.conversation.id
    transaction.tell(events.GapNoticed(label, fresh, in_all, conversation))


def _write_down(transaction: ConversationTransaction, due: Missing) -> None:
    """Keep what is missing as a line of the conversation; more in a row make that line say more."""
    lines, number = transaction.unit.lines, transaction.conversation.conversation
    line = lines.newest_gap(number, transaction.contact.contact) if due.in_all > due.fresh else None
    if line is not None:
        _tell_line(transaction, lines.resize_gap(line, due.in_all))
        return
    contact, now = transaction.contact.contact, transaction.now
    line = lines.add(new_line_id(transaction.randomness), number, contact, MessageKind.GAP, now, now, due.in_all)
    transaction.tell(events.LineAdded(transaction.view(line)))


def _tell_line(transaction: ConversationTransaction, line: MessageRecord) -> None:
    """Tell what a line says now; what this turn has told of it before is told as it is now."""
    view = transaction.view(line)
    for place, effect in enumerate(transaction.effects):
        if (
            isinstance(effect, Tell)
            and isinstance(effect.event, events.LineAdded | events.LineChanged)
            and effect.event.message.id == line.id
        ):
            transaction.effects[place] = Tell(type(effect.event)(view))
            return
    transaction.tell(events.LineChanged(view))
