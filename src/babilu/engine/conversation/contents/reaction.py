"""A reaction: all that a person gives to a message; the highest by (time, id) of each person counts."""

from typing import Final

from babilu.engine.conversation.contents.fold import Action, Fold, Reacted
from babilu.engine.conversation.contents.kind import ActionKind, named_target, unknown_target
from babilu.kernel.ids import MessageId
from babilu.wire.message_parts import React


def _take(fold: Fold, action: Action, part: React) -> None:
    target = fold.target(MessageId(part.target))
    if target is None:
        return
    if fold.unit.reactions.put(fold.number, target.id, action.author, action.said_at, action.id, part.reactions):
        fold.unit.contents.set_reacted(target.position)
        fold.changes.append(Reacted(target.id))


REACTION: Final = ActionKind(
    React,
    target=named_target,
    waits_for=lambda fold, part: unknown_target(fold, part.target),
    take=_take,
)
