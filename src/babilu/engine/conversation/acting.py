"""Own actions: each changes the rows here at once, and is kept to be sealed for all devices by the same commit."""

from babilu.api import events, views
from babilu.engine.conversation.contents.deletion import stop_repeating
from babilu.engine.conversation.contents.edit import is_in_time
from babilu.engine.conversation.contents.fold import OWN, Action, Fold
from babilu.engine.conversation.contents.taking import take_action
from babilu.engine.conversation.contents.text import check_words, find_mentions, timer_ms
from babilu.engine.conversation.effects import EraseTraces
from babilu.engine.conversation.folding import follow, timer_view
from babilu.engine.conversation.long_texts import beginning_of
from babilu.engine.conversation.turn import ConversationTurn
from babilu.kernel.errors import DeliveryError, ErrorCode, UsageError
from babilu.kernel.ids import SHORT_ID_BYTES, MessageId
from babilu.kernel.limits import REACTIONS_OF_ONE
from babilu.kernel.reactions import is_reaction
from babilu.store.message_records import MessageRecord, UnsealedMessage
from babilu.store.register_writes import TIMER
from babilu.wire.codec import encode
from babilu.wire.message_parts import Delete, Edit, Pin, React, Timer
from babilu.wire.part_base import ChainedPart


def edit_message(turn: ConversationTurn, message: MessageId, text: str, names: tuple[str, ...]) -> views.MessageView:
    """Give an own message other words.

    Raises:
        ProtocolError: ``too_large``, or ``malformed`` for what is no text.
        UsageError: It is not one's own, or cannot be changed any more; or as `find_mentions`.
        DeliveryError: ``not_found``, ``blocked``; ``expired``: it was sent too long ago.
        TrustError: ``identity_changed``.
    """
    check_words(text)
    fold = turn.fold()
    target = _own_target(fold, message)
    turn.refuse_unless_sendable()
    said_at = fold.time_for(target)
    if not is_in_time(target, said_at):
        raise DeliveryError(ErrorCode.EXPIRED, "A message can be edited for 24 hours after it was sent.")
    mentions = find_mentions(text, names, turn.people)
    whole = turn.seal_text(text)
    said = text if whole is None else beginning_of(text)
    part = Edit(_salt(turn), None, message, said, mentions, target.fields.timer, whole)
    try:
        _say(turn, fold, part, said_at, message, None if whole is None else (target.position, text))
    except BaseException:
        if whole is not None:
            turn.forget_sealed_text(whole)
        raise
    return _shown(turn, message)


def delete_for_all(turn: ConversationTurn, message: MessageId) -> None:
    """Delete an own message here, and ask everybody to delete it.

    One that nobody can have yet goes without a trace: there is nothing to ask for, and nobody would know what it was.

    Raises:
        UsageError: It is not one's own, or was written to another identity.
        DeliveryError: ``not_found``, ``blocked``.
        TrustError: ``identity_changed``.
    """
    fold = turn.fold()
    target = _own_target(fold, message)
    turn.refuse_unless_withdrawable()
    if turn.unit.deliveries.is_unsent(message, target.position):
        stop_repeating(turn.unit, target.conversation, message)
        turn.unit.messages.delete(message, target.conversation)
        label, conversation, cause = turn.label, turn.conversation.id, turn.request_id
        turn.tell(events.MessageDeleted(message, label, conversation, turn.show.own_name, request_id=cause))
        turn.then(EraseTraces())
        return
    _say(turn, fold, Delete(_salt(turn), None, message), fold.time_for(target), message)


def set_reactions(turn: ConversationTurn, message: MessageId, reactions: tuple[str, ...]) -> views.MessageView:
    """Put one's reactions to a message in the place of those before.

    Raises:
        UsageError: What is no reaction, too many, or a message that cannot be reacted to any more.
        DeliveryError: ``not_found``, ``blocked``.
        TrustError: ``identity_changed``.
    """
    reactions = tuple(dict.fromkeys(reactions))
    if len(reactions) > REACTIONS_OF_ONE:
        raise UsageError(f"One gives at most {REACTIONS_OF_ONE} reactions to a message.")
    if not all(map(is_reaction, reactions)):
        raise UsageError("A reaction is one short sign, without letters, digits and spaces.")
    fold = turn.fold()
    target = _target(fold, message)
    turn.refuse_unless_sendable()
    part = React(_salt(turn), None, message, reactions)
    _say(turn, fold, part, fold.time_for(target), message)
    return _shown(turn, message)


def pin_message(turn: ConversationTurn, message: MessageId, *, on: bool) -> views.PinView:
    """Pin a message for everybody, or unpin it.

    Raises:
        UsageError: A message that cannot be pinned any more.
        DeliveryError: ``not_found``, ``blocked``.
        TrustError: ``identity_changed``.
    """
    fold = turn.fold()
    target = _target(fold, message)
    turn.refuse_unless_sendable()
    if target.pinned is not on:
        newest = fold.unit.registers.in_force(fold.number, message)
        part = Pin(_salt(turn), None, message, on, None if newest is None else newest.id)
        _say(turn, fold, part, turn.now, message)
    label, conversation = turn.label, turn.conversation.id
    return views.PinView(message, label, conversation, turn.show.own_name, on)


def set_timer(turn: ConversationTurn, seconds: int | None) -> views.TimerView:
    """Have new messages of the conversation gone after so many seconds, for everybody; None for never.

    Raises:
        UsageError: As `timer_ms`.
        DeliveryError: ``blocked``.
        TrustError: ``identity_changed``.
    """
    value = timer_ms(seconds)
    fold = turn.fold()
    if turn.conversation.timer != value:
        turn.refuse_unless_sendable()
        newest = fold.unit.registers.in_force(fold.number, TIMER)
        part = Timer(_salt(turn), None, value, None if newest is None else newest.id)
        _say(turn, fold, part, turn.now, None)
    return timer_view(turn, OWN)


def _target(fold: Fold, message: MessageId) -> MessageRecord:
    if fold.unit.messages.by_id(message, fold.number) is None:
        raise DeliveryError(ErrorCode.NOT_FOUND, "There is no such message.")
    target = fold.target(message)
    if target is None:
        raise UsageError("This message is deleted, or was written under another identity: nothing can be added to it.")
    return target


def _own_target(fold: Fold, message: MessageId) -> MessageRecord:
    target = _target(fold, message)
    if not target.outgoing:
        raise UsageError("Only its author can do that to a message.")
    return target


def _say(
    turn: ConversationTurn,
    fold: Fold,
    part: ChainedPart,
    said_at: int,
    target: MessageId | None,
    whole: tuple[int, str] | None = None,
) -> None:
    """Do an own action here, which may be sent, and keep it for that.

    Of a long wording its message's position is given, and all of it.
    """
    encoded = encode(part)
    action = turn.id_of(said_at, encoded)
    take_action(fold, Action(action, OWN, None, said_at, encoded))
    if whole is not None:
        turn.unit.contents.complete_wording(*whole)
    turn.pass_on(UnsealedMessage(action, said_at, encoded), target)
    turn.answer_them()
    follow(turn, fold)


def _shown(turn: ConversationTurn, message: MessageId) -> views.MessageView:
    record = turn.unit.messages.by_id(message, turn.conversation.conversation)
    if record is None:
        raise DeliveryError(ErrorCode.NOT_FOUND, "There is no such message.")
    return turn.view(record)


def _salt(turn: ConversationTurn) -> bytes:
    return turn.randomness.token(SHORT_ID_BYTES)
