"""A deletion for all: by the author, at any time, and for good; nothing of what was said is left anywhere here."""

from typing import Final

from babilu.engine.conversation.contents.fold import Action, Erased, Fold, author_of
from babilu.engine.conversation.contents.kind import ActionKind, named_target, unknown_target
from babilu.kernel.ids import MessageId
from babilu.wire.content import Delete


def _take(fold: Fold, action: Action, part: Delete) -> None:
    message = MessageId(part.target)
    target = fold.target(message)
    if target is None or author_of(target) != action.author:
        return
    fold.unit.messages.forget_words(fold.number, message)
    fold.unit.messages.erase(target.position)
    fold.unit.outbox.erase(message)
    for own in fold.unit.own_actions.about(fold.number, message):
        fold.unit.own_actions.forget(own)
        fold.unit.outbox.erase(own)
    fold.changes.append(Erased(message, action.author))


DELETION: Final = ActionKind(
    Delete,
    target=named_target,
    waits_for=lambda fold, part: unknown_target(fold, part.target),
    take=_take,
    lasting=True,
)
