"""Actions in a turn: what they change is told, and the receipts that they owe are queued, by one commit."""

from typing import Final, assert_never

from babilu.api import events, views
from babilu.engine.conversation.contents.fold import (
    Change,
    Erased,
    Fold,
    HistoryTaken,
    HistoryWanted,
    PictureSet,
    PinSet,
    Reacted,
    Reworded,
    TimerSet,
    ToldOf,
)
from babilu.engine.conversation.effects import EraseTraces, GiveHint, GiveHistory, MoveFiles
from babilu.engine.conversation.turn import ConversationTurn
from babilu.engine.conversation.wakeups import Wake
from babilu.kernel.ids import MessageId
from babilu.store.message_records import MessageRecord

_ABOUT_MESSAGES: Final = (Reworded, ToldOf, Reacted, Erased)


def follow(turn: ConversationTurn, fold: Fold, arrived: MessageId | None = None) -> None:
    """Do what follows from what a fold has done.

    Args:
        turn: The turn.
        fold: What was done.
        arrived: A message that has come just now: it is told of as it is by now, and not of each change.
    """
    for message, author, device in fold.owed:
        turn.owe(message, author, device)
    for change in fold.changes:
        if isinstance(change, TimerSet | PictureSet):
            turn.reload()
        if isinstance(change, Erased):
            turn.then(EraseTraces())
        if isinstance(change, Reworded) and change.moves:
            turn.then(MoveFiles())
        if isinstance(change, HistoryWanted):
            turn.then(GiveHistory(change.device))
        if isinstance(change, HistoryTaken):
            _wake_held(turn)
        if isinstance(change, _ABOUT_MESSAGES) and change.message == arrived:
            continue
        told = _event(turn, change)
        if told is not None:
            turn.tell(told)


def _wake_held(turn: ConversationTurn) -> None:
    """Have messages shown that another own device has held back: they wait for nothing here."""
    for number in turn.unit.held_back.authors():
        contact = turn.unit.contacts.by_contact(number)
        if contact is not None:
            turn.then(GiveHint(contact, Wake()))


def _event(turn: ConversationTurn, change: Change) -> events.Event | None:
    label, conversation, cause = turn.label, turn.conversation.id, turn.request_id
    match change:
        case Reworded(message, mentions=mentions):
            view = _view(turn, message)
            return None if view is None else events.MessageEdited(view, mentions, request_id=cause)
        case ToldOf(message):
            view = _view(turn, message)
            arrived = None if view is None else events.MessageQueued if view.outgoing else events.MessageArrived
            return None if view is None or arrived is None else arrived(view)
        case Reacted(message):
            view = _view(turn, message)
            return None if view is None else events.ReactionsChanged(view, request_id=cause)
        case Erased(message, author):
            by = turn.name_of(author)
            return events.MessageDeleted(message, label, conversation, by, for_all=True, request_id=cause)
        case PinSet(message, author, on):
            pin = views.PinView(message, label, conversation, turn.name_of(author), on)
            return events.MessagePinned(pin, request_id=cause)
        case TimerSet(author):
            return events.TimerChanged(timer_view(turn, author), request_id=cause)
        case HistoryTaken(messages, others):
            return events.OwnHistoryCame(messages) if messages or others else None
        case HistoryWanted():
            return None
        case PictureSet(author):
            contact = turn.unit.contacts.by_contact(author)
            return None if contact is None else events.ContactChanged(turn.show.contact(contact))
        case _:
            assert_never(change)


def timer_view(turn: ConversationTurn, author: int) -> views.TimerView:
    """Show the timer of the conversation, as somebody has set it."""
    timer = turn.conversation.timer
    return views.TimerView(
        turn.label,
        turn.conversation.id,
        turn.name_of(author),
        None if timer is None else timer // 1000,
    )


def _view(turn: ConversationTurn, message: MessageId) -> views.MessageView | None:
    record: MessageRecord | None = turn.unit.messages.by_id(message, turn.conversation.conversation)
    return None if record is None or record.deleted else turn.view(record)
