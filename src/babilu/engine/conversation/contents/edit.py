"""An edit: other words for an own message, within 24 hours of it; the highest by (time, id) is shown.

One that is long brings a file, as a long text does. A message has one file of its text at most: that of the wording
which is shown. Of a wording that is replaced before its file has come, the beginning stays.
"""

from typing import Final

from babilu.engine.conversation.contents.fold import OWN, Action, Fold, Reworded, ToldOf, author_of
from babilu.engine.conversation.contents.kind import ActionKind, named_target, unknown_target
from babilu.kernel.ids import MessageId
from babilu.kernel.limits import EDITABLE_MS
from babilu.kernel.states import FileState, TextState
from babilu.store.message_records import MessageRecord, WordingRecord
from babilu.wire.content_reading import read_part
from babilu.wire.message_parts import Edit


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
    moves = _change_file(fold, action, target, part, None if shown is None else shown.part)
    fold.changes.append(Reworded(target.id, mentions=mentioned and not told, moves=moves))


def _change_file(fold: Fold, action: Action, target: MessageRecord, part: Edit, before: bytes | None) -> bool:
    """Keep the file of a long wording that is shown from now on, and none of that before; tells whether any changed."""
    if part.whole is not None:
        state = _state_of_file(fold, action)
        fold.unit.attachments.replace_text(target.conversation, target.position, part.whole, state)
        _wait_for_file(fold, target, state)
        return True
    if before is not None and _is_long(before):
        fold.unit.attachments.forget_text(target.position)
        fold.unit.contents.set_text_state(target.position, None)
        if target.text_state is TextState.COMING:
            fold.changes.append(ToldOf(target.id))
        return True
    return False


def _state_of_file(fold: Fold, action: Action) -> FileState:
    if action.author == OWN and action.device is None:
        return FileState.SENDING
    return FileState.FETCHING if fold.fetches(action.author) else FileState.OFFERED


def _wait_for_file(fold: Fold, target: MessageRecord, state: FileState) -> None:
    """Say of a message that only the beginning of its wording is here, unless that is one's own."""
    match state:
        case FileState.SENDING:
            fold.unit.contents.set_text_state(target.position, None)
        case FileState.FETCHING if target.text_state is TextState.COMING:
            # Nobody has been told of it yet: its words are waited for as before.
            pass
        case FileState.FETCHING:
            fold.unit.contents.set_text_state(target.position, TextState.LATE)
        case _:
            fold.unit.contents.set_text_state(target.position, TextState.OFFERED)


def _is_long(part: bytes) -> bool:
    said = read_part(part, chained=True)
    return isinstance(said, Edit) and said.whole is not None


EDIT: Final = ActionKind(
    Edit,
    target=named_target,
    waits_for=lambda fold, part: unknown_target(fold, part.target),
    take=_take,
    timer=lambda part: part.timer,
)
