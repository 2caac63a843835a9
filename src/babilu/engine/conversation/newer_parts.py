"""Contents of newer versions: they are kept, and each version that understands more judges them again once."""

from dataclasses import replace

from babilu.engine.conversation.contents.fold import Action
from babilu.engine.conversation.contents.taking import kind_of, take_action
from babilu.engine.conversation.folding import follow
from babilu.engine.conversation.ordering import place_message
from babilu.engine.conversation.transaction import ConversationTransaction
from babilu.kernel.errors import ProtocolError
from babilu.store.message_records import BufferedMessage
from babilu.wire.content_reading import read_part
from babilu.wire.message_parts import Text
from babilu.wire.part_base import PARTS_VERSION

JUDGED_AT_ONCE = 32
"""Messages that one turn judges again."""


def judge_again(transaction: ConversationTransaction) -> bool:
    """Judge what an earlier version did not understand; tells whether there may be more."""
    if transaction.cache.judged:
        return False
    unit, conversation = transaction.unit, transaction.conversation.conversation
    shown = unit.contents.older_than(PARTS_VERSION, conversation, JUDGED_AT_ONCE)
    for position, part in shown:
        text = _text(part)
        if text is None:
            unit.contents.judged(position, PARTS_VERSION)
        else:
            unit.contents.understand(position, text, stranger=not transaction.contact.accepted)
            transaction.conversation_changed()
    hidden = unit.hidden.older_than(PARTS_VERSION, conversation, JUDGED_AT_ONCE)
    for message in hidden:
        text, is_action = _text(message.part), _is_action(message.part)
        if text is None and not is_action:
            unit.hidden.judged(message.id, conversation, PARTS_VERSION)
            continue
        unit.hidden.remove(message.id, conversation)
        if is_action:
            _take(transaction, message)
        else:
            place_message(transaction, replace(message, text=text, not_understood=None), late=True)
    more = JUDGED_AT_ONCE in (len(shown), len(hidden))
    transaction.cache.judged = not more
    return more


def _take(transaction: ConversationTransaction, message: BufferedMessage) -> None:
    """Take an action that was kept; its id stays known."""
    fold = transaction.fold()
    transaction.unit.waiting_actions.note_seen(fold.number, message.author, message.id)
    take_action(fold, Action(message.id, message.author, message.device, message.said_at, message.part))
    follow(transaction, fold)


def _is_action(part: bytes) -> bool:
    try:
        return kind_of(read_part(part, chained=True)) is not None
    except ProtocolError:
        return False


def _text(part: bytes) -> str | None:
    try:
        known = read_part(part, chained=True)
    except ProtocolError:
        return None
    return known.text if isinstance(known, Text) else None
