"""Actions as they come: one whose target is not here waits for it, unreceipted, for a receipt would tell who is online.

A kind of action is one module with its `ActionKind`, and one line in `KINDS`.
"""

from typing import Any, Final

from babilu.engine.conversation.contents.deletion import DELETION
from babilu.engine.conversation.contents.device_history import DEVICE_HISTORY, DEVICE_HISTORY_PIECE, HISTORY_ASK
from babilu.engine.conversation.contents.edit import EDIT
from babilu.engine.conversation.contents.fold import Action, Fold
from babilu.engine.conversation.contents.kind import ActionKind
from babilu.engine.conversation.contents.profile_picture import PROFILE_PICTURE
from babilu.engine.conversation.contents.reaction import REACTION
from babilu.engine.conversation.contents.register import PIN, TIMER_KIND
from babilu.kernel.ids import DeviceId, MessageId
from babilu.store.message_records import WaitingRecord
from babilu.store.waiting_actions import WAITING_MS
from babilu.wire.content_reading import read_part
from babilu.wire.message_parts import Text
from babilu.wire.part_base import ChainedPart

KINDS: Final[dict[type[ChainedPart], ActionKind[Any]]] = {
    kind.part: kind
    for kind in (
        EDIT,
        DELETION,
        REACTION,
        PIN,
        TIMER_KIND,
        PROFILE_PICTURE,
        DEVICE_HISTORY,
        DEVICE_HISTORY_PIECE,
        HISTORY_ASK,
    )
}
"""Every kind of action, by the part that says it."""


def kind_of(part: object) -> ActionKind[Any] | None:
    """Return the kind of action that a part says; None for what is no action."""
    return KINDS.get(type(part)) if isinstance(part, ChainedPart) else None


def take_action(fold: Fold, action: Action) -> None:
    """Take an action into the rows, and whatever has waited for it; or let it wait for what it names."""
    arrived = [action]
    while arrived:
        taken = arrived.pop()
        if _take_or_wait(fold, taken):
            fold.owe(taken)
            arrived += _released(fold, taken.id)


def message_came(fold: Fold, message: MessageId) -> None:
    """Take what has waited for a message that is here now."""
    for action in _released(fold, message):
        take_action(fold, action)


def receipt_waits(fold: Fold, message: MessageId, author: int, device: DeviceId, text: Text) -> bool:
    """Let the receipt of a text wait that answers an unknown id; tells whether it does."""
    if text.reply_to is None or fold.knows(MessageId(text.reply_to)):
        return False
    waiting = Action(message, author, device, 0, b"")
    _wait(fold, waiting, MessageId(text.reply_to), lasting=False, until=fold.now + WAITING_MS)
    return True


def give_up_overdue(fold: Fold) -> None:
    """Give up what has waited long enough."""
    for record in fold.unit.waiting_actions.overdue(fold.number, fold.now):
        fold.owe(_action(record))


def _take_or_wait(fold: Fold, action: Action) -> bool:
    part = read_part(action.part, chained=True) if action.part else None
    kind = kind_of(part)
    if kind is None:
        # The receipt of a text: there is nothing else to do.
        return True
    missing = kind.waits_for(fold, part)
    if missing is not None:
        timer = kind.timer(part)
        until = fold.now + (WAITING_MS if timer is None else min(timer, WAITING_MS))
        _wait(fold, action, missing, lasting=kind.lasting, until=until)
        return False
    kind.take(fold, action, part)
    return True


def _wait(fold: Fold, action: Action, missing: MessageId, *, lasting: bool, until: int) -> None:
    if action.device is None:
        return
    given_up = fold.unit.waiting_actions.add(
        WaitingRecord(
            conversation=fold.number,
            waits_for=missing,
            id=action.id,
            author=action.author,
            device=action.device,
            said_at=action.said_at,
            lasting=lasting,
            until=until,
            part=action.part,
        )
    )
    for record in given_up:
        fold.owe(_action(record))


def _released(fold: Fold, known: MessageId) -> list[Action]:
    return list(map(_action, fold.unit.waiting_actions.release(fold.number, known)))


def _action(record: WaitingRecord) -> Action:
    return Action(record.id, record.author, record.device, record.said_at, record.part)
