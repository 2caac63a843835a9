"""Pins and timers: a write names the one that it replaces; the longest chain of those counts, then the smaller id."""

from typing import Final

from babilu.engine.conversation.contents.fold import Action, Fold, PinSet, TimerSet
from babilu.engine.conversation.contents.kind import ActionKind, named_target, unknown_target
from babilu.kernel.ids import MessageId
from babilu.store.message_records import RegisterRecord
from babilu.store.register_writes import TIMER
from babilu.wire.message_parts import Pin, Timer


def _unknown_write(fold: Fold, register: bytes, replaces: bytes | None) -> MessageId | None:
    if replaces is None or fold.unit.registers.depth(fold.number, register, MessageId(replaces)) is not None:
        return None
    return MessageId(replaces)


def _write(fold: Fold, action: Action, register: bytes, replaces: bytes | None, value: int | None) -> bool:
    """Keep a write; tells whether it is the one that counts now."""
    before = None if replaces is None else fold.unit.registers.depth(fold.number, register, MessageId(replaces))
    depth = 0 if before is None else before + 1
    fold.unit.registers.add(
        fold.number, register, RegisterRecord(action.id, action.author, depth, action.said_at, value)
    )
    counts = fold.unit.registers.in_force(fold.number, register)
    return counts is not None and counts.id == action.id


def _pin(fold: Fold, action: Action, part: Pin) -> None:
    target = fold.target(MessageId(part.target))
    if target is None:
        return
    if _write(fold, action, part.target, part.replaces, int(part.on)) and target.pinned is not part.on:
        fold.unit.contents.set_pinned(target.position, part.on)
        fold.changes.append(PinSet(target.id, action.author, part.on))


def _timer(fold: Fold, action: Action, part: Timer) -> None:
    before = fold.unit.conversations.by_number(fold.number)
    if not _write(fold, action, TIMER, part.replaces, part.value) or before is None or before.timer == part.value:
        return
    fold.unit.conversations.set_timer(fold.number, part.value)
    fold.changes.append(TimerSet(action.author, part.value))


def _pin_waits_for(fold: Fold, part: Pin) -> MessageId | None:
    missing = unknown_target(fold, part.target)
    if missing is None and fold.target(MessageId(part.target)) is not None:
        return _unknown_write(fold, part.target, part.replaces)
    return missing


PIN: Final = ActionKind(Pin, target=named_target, waits_for=_pin_waits_for, take=_pin, in_groups=False)
TIMER_KIND: Final = ActionKind(
    Timer,
    target=lambda _: None,
    waits_for=lambda fold, part: _unknown_write(fold, TIMER, part.replaces),
    take=_timer,
    in_groups=False,
)
