"""An edit: other words for an own message, within 24 hours of it; the highest by (time, id) is shown."""

from typing import Final

from babilu.engine.conversation.contents.fold import Action, Fold, Reworded, author_of
from babilu.engine.conversation.contents.kind import ActionKind, named_target, unknown_target
from babilu.kernel.ids import MessageId
from babilu.kernel.limits import EDITABLE_MS
from babilu.store.message_records import MessageRecord, WordingRecord
from babilu.wire.content import Edit


def is_in_time(target: MessageRecord, said_at: int) -> bool:
    """Tell whether an edit of a message counts that was said then."""
    return target.said_at < said_at <= target.said_at + EDITABLE_MS


def _take(fold: Fold, action: Action, part: Edit) -> None:
    target = fold.target(MessageId(part.target))
    if target is None or author_of(target) != action.author or not is_in_time(target, action.said_at):
        return
    shown = fold.unit.edits.highest(fold.number, target.id)
    fold.unit.edits.add(fold.number, target.id, WordingRecord(action.said_at, action.id, action.part))
    if shown is not None and (action.said_at, action.id) <= (shown.said_at, shown.id):
        return
    mentioned = fold.names_owner(action.author, part.mentions)
    told = fold.unit.contents.mention_told(target.position)
    fold.unit.contents.reword(
        target.position, part.text, part.mentions, min(action.said_at, fold.now), mentioned=mentioned
    )
    fold.changes.append(Reworded(target.id, mentions=mentioned and not told))


EDIT: Final = ActionKind(
    Edit,
    target=named_target,
    waits_for=lambda fold, part: unknown_target(fold, part.target),
    take=_take,
    timer=lambda part: part.timer,
)
