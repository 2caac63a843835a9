"""What is missing of a conversation is told as one number that grows, however many messages make it grow."""

from babilu.api import events
from babilu.engine.conversation.effects import Tell
from babilu.engine.conversation.transaction import ConversationTransaction


def tell_missing(transaction: ConversationTransaction, missing: int) -> None:
    """Say that so many messages of the contact are missing; more in a row are told together, after a pause."""
    if transaction.contact.blocked:
        return
    contact = transaction.contact.contact
    transaction.unit.gaps.add(contact, missing, transaction.now)
    for place, effect in enumerate(transaction.effects):
        if isinstance(effect, Tell) and isinstance(effect.event, events.GapNoticed):
            told, due = effect.event, transaction.unit.gaps.take(contact, transaction.now, along=True)
            if due is not None:
                more = events.GapNoticed(told.conversation, told.missing + due.fresh, due.in_all, told.conversation_id)
                transaction.effects[place] = Tell(more)
            return
    tell_what_is_due(transaction)


def tell_what_is_due(transaction: ConversationTransaction) -> None:
    """Tell of what has been missing since the last time, where it is time to; else have the conversation woken then."""
    contact = transaction.contact.contact
    wait = None if transaction.contact.blocked else transaction.unit.gaps.wait(contact, transaction.now)
    if wait is None:
        return
    due = transaction.unit.gaps.take(contact, transaction.now)
    if due is None:
        transaction.wake_in(wait)
    else:
        label, conversation = transaction.contact.name, transaction.conversation.id
        transaction.tell(events.GapNoticed(label, due.fresh, due.in_all, conversation))
