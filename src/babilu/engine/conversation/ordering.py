"""Order of received messages: those of a chain show by their counters; a hole is waited for, then shows as a gap.

A device has a chain in each group; one that goes on in another is the same conversation, and there the counters begin
anew.

What comes late after all stands where it came, marked, and names the message before which it belongs: nobody puts words
above what was read or answered meanwhile.
"""

from collections.abc import Collection
from dataclasses import replace
from itertools import groupby

from babilu.api import events
from babilu.engine.conversation.contents.fold import OWN, Fold
from babilu.engine.conversation.contents.taking import message_came
from babilu.engine.conversation.contents.text import fields_of, text_of
from babilu.engine.conversation.effects import MoveFiles
from babilu.engine.conversation.folding import follow
from babilu.engine.conversation.gaps import tell_missing
from babilu.engine.conversation.sync import message_is_here
from babilu.engine.conversation.transaction import ConversationTransaction
from babilu.kernel.ids import DeviceId, IdentityKey, MessageId
from babilu.kernel.states import ConversationKind, TextState
from babilu.session.chain import Chain
from babilu.store.inbox import HELD_FOR_GROUP
from babilu.store.message_records import PLAIN, BufferedMessage, TextFields

PATIENCE_MS = 10_000
"""How long later messages wait for one in front of them."""

HELD_BACK_AT_MOST = 200
"""Messages of a chain that wait at most; one more, and all of them show, so that no hole fills the disk."""


def place_message(transaction: ConversationTransaction, arrived: BufferedMessage, *, late: bool) -> None:
    """Show a message that has come, or hold it back while one in front of it is missing.

    Args:
        transaction: The turn.
        arrived: The message, with ``missing_from`` where it came after a hole that was not known before.
        late: Whether it comes into a hole.
    """
    waiting = transaction.unit.held_back.waiting(arrived.conversation, arrived.device, arrived.chain)
    if waiting is None and not arrived.missing_from:
        _show(transaction, arrived, late=late)
        return
    count, missing_from, release_at = waiting or (0, arrived.missing_from, transaction.now + PATIENCE_MS)
    if count >= HELD_BACK_AT_MOST:
        release_at = transaction.now
    transaction.unit.held_back.add(replace(arrived, missing_from=missing_from, release_at=release_at))


def show_in_order(transaction: ConversationTransaction) -> None:
    """Show what waits for nothing any more, and what has waited long enough."""
    conversation = transaction.conversation.conversation
    # In a group each member's messages are shown in that member's turns.
    own = (held for held in transaction.unit.held_back.of(conversation) if held.author == transaction.contact.contact)
    for (device, chain), group in groupby(own, key=lambda held: (held.device, held.chain)):
        waiting = list(group)
        missing = _missing(transaction.unit.chains.received(device, chain), waiting)
        patience = min(held.release_at for held in waiting) - transaction.now
        # Of whoever is blocked what is missing may have been dropped: nothing waits for it, and no gap is told of.
        waits = missing and not transaction.contact.blocked
        if waits and 0 < patience <= PATIENCE_MS:
            transaction.wake_in(patience)
            continue
        if waits and _is_set_aside(transaction, device) and len(waiting) <= HELD_BACK_AT_MOST:
            # What is missing may have come, and waits for the log of its group.
            continue
        if missing and not _is_unanswered(transaction):
            tell_missing(transaction, missing)
        # Where not even the first is late, none of those behind it is.
        first = transaction.unit.new_messages.overtaken_by(conversation, device, chain, waiting[0].counter)
        for held in waiting:
            transaction.unit.held_back.remove(held)
            _show(transaction, held, late=None if first else False)


def _is_set_aside(transaction: ConversationTransaction, device: DeviceId) -> bool:
    """Tell whether envelopes of a device wait for a group, or for more of its log."""
    if transaction.conversation.kind is not ConversationKind.GROUP:
        return False
    return transaction.unit.inbox.holds_of(transaction.contact.contact, device, HELD_FOR_GROUP)


def _is_unanswered(transaction: ConversationTransaction) -> bool:
    """Tell whether this is a group that its user has not accepted, or has left: what was said there went unopened."""
    group = transaction.unit.groups.of_conversation(transaction.conversation.conversation)
    return group is not None and not group.accepted


def _missing(chain: Chain, waiting: list[BufferedMessage]) -> int:
    """Count the contents that are missing in front of the last message that waits."""
    first, last = waiting[0].missing_from, waiting[-1].counter
    return sum(hole.last - hole.first + 1 for hole in chain.holes if hole.first >= first and hole.last < last)


def _show(transaction: ConversationTransaction, message: BufferedMessage, *, late: bool | None) -> None:
    """Show a message after all others; whether it is late is looked for where the caller does not know."""
    if message.text is None:
        if message.not_understood is not None:
            transaction.unit.hidden.add(message)
        return
    fold = transaction.fold()
    before = None
    if late is not False:
        before = transaction.unit.new_messages.overtaken_by(
            message.conversation, message.device, message.chain, message.counter
        )
    if message.fields is None:
        message = replace(message, fields=_fields(fold, message))
    if message.author == OWN:
        _show_copy(transaction, fold, message, late=late or before is not None, belongs_before=before)
        return
    record = transaction.unit.new_messages.add_incoming(
        message,
        transaction.now,
        stranger=transaction.is_stranger,
        late=late or before is not None,
        belongs_before=before,
        departed=transaction.unit.departed.find(message.device) is not None,
    )
    message_came(fold, message.id)
    changed = transaction.message_came(message.id)
    told = message_is_here(transaction, record)
    if fold.changes or changed or told:
        record = transaction.unit.messages.by_id(message.id, message.conversation) or record
    transaction.written_in()
    # What was deleted before it came is nothing to be told of, but a line that says so; a text of which only the
    # beginning is here is told of as a message once it is whole.
    is_line = record.deleted or record.hidden or record.text_state is TextState.COMING
    transaction.tell((events.LineAdded if is_line else events.MessageArrived)(transaction.view(record)))
    if record.text_state is TextState.COMING:
        transaction.then(MoveFiles())
    follow(transaction, fold, arrived=message.id)


def _show_copy(
    transaction: ConversationTransaction,
    fold: Fold,
    message: BufferedMessage,
    *,
    late: bool,
    belongs_before: MessageId | None,
) -> None:
    """Show an own message that another own device has sent: its clock has run from there."""
    record = transaction.unit.new_messages.add_copy(
        message, transaction.now, transaction.recipients, late=late, belongs_before=belongs_before
    )
    message_came(fold, message.id)
    transaction.message_came(message.id)
    started = transaction.unit.expiry.start(message.conversation, [message.id], record.sent_at)
    record = transaction.unit.messages.by_id(message.id, message.conversation) or record
    transaction.written_in()
    is_line = record.deleted or record.hidden or record.text_state is TextState.COMING
    transaction.tell((events.LineAdded if is_line else events.MessageQueued)(transaction.view(record)))
    transaction.copy_came(record, started)
    message_is_here(transaction, record)
    follow(transaction, fold, arrived=message.id)


def named_by(fold: Fold, author: int) -> Collection[IdentityKey]:
    """Give what names oneself in a text of somebody; nothing where one has written it."""
    return () if author == OWN else fold.own


def _fields(fold: Fold, message: BufferedMessage) -> TextFields:
    """Give what a message says of itself beside its words, where it is not known from its coming."""
    text = None if message.not_understood is not None else text_of(message.part)
    return PLAIN if text is None else fields_of(text, named_by(fold, message.author))
