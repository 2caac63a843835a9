"""A deletion for all: by the author, at any time, and for good; nothing of what was said is left anywhere here."""

from typing import Final

from babilu.engine.conversation.contents.fold import Action, Erased, Fold, author_of
from babilu.engine.conversation.contents.kind import ActionKind, named_target, unknown_target
from babilu.kernel.ids import SHORT_ID_BYTES, MessageId
from babilu.store.unit_of_work import UnitOfWork
from babilu.wire.message_parts import Delete

SHARED: Final = MessageId(bytes(SHORT_ID_BYTES))
"""What own actions are about that repeat messages of others: those that newcomers of a group are given."""


def stop_repeating(unit: UnitOfWork, conversation: int, message: MessageId) -> None:
    """Leave nothing of a message, and of own actions about it, in what is under way and may be asked for again."""
    unit.outbox.erase(message)
    unit.deliveries.give_up(message)
    repeating = unit.own_actions.about(conversation, message)
    for part in _said(unit, conversation, message):
        repeating += unit.own_actions.saying(conversation, SHARED, part)
    for own in dict.fromkeys(repeating):
        unit.outbox.erase(own)
        unit.own_actions.forget(own)


def _said(unit: UnitOfWork, conversation: int, message: MessageId) -> list[bytes]:
    """Return the bytes of a message and of its wordings, as far as they are kept."""
    record = unit.messages.by_id(message, conversation)
    first = b"" if record is None else unit.messages.part_of(record.position)
    return [each for each in (first, *(wording.part for wording in unit.edits.of(conversation, message))) if each]


def _take(fold: Fold, action: Action, part: Delete) -> None:
    message = MessageId(part.target)
    target = fold.target(message)
    if target is None or author_of(target) != action.author:
        return
    # What is under way leaves a hash of the words, which are still there.
    stop_repeating(fold.unit, fold.number, message)
    fold.unit.contents.forget_words(fold.number, message)
    fold.unit.contents.erase(target.position)
    fold.changes.append(Erased(message, action.author))


DELETION: Final = ActionKind(
    Delete,
    target=named_target,
    waits_for=lambda fold, part: unknown_target(fold, part.target),
    take=_take,
    lasting=True,
)
