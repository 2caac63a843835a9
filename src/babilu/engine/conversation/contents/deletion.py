"""A deletion for all: by the author, at any time, and for good; nothing of what was said is left anywhere here."""

from typing import Final

from babilu.engine.conversation.contents.fold import Action, Erased, Fold, author_of
from babilu.engine.conversation.contents.kind import ActionKind, named_target, unknown_target
from babilu.kernel.ids import MessageId
from babilu.store.unit_of_work import UnitOfWork
from babilu.wire.content import Delete


def stop_repeating(unit: UnitOfWork, conversation: int, message: MessageId) -> None:
    """Leave nothing of a message, and of own actions about it, in what is under way and may be asked for again."""
    unit.outbox.erase(message)
    unit.deliveries.give_up(message)
    for own in unit.own_actions.about(conversation, message):
        unit.outbox.erase(own)
        unit.own_actions.forget(own)


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
