"""What an answer says, the event that goes with it does not say again.

Some commands are answered by what they have changed, and the client tells the same change as an event, before or after.
While such an order is under way, events of its kind are held back: those that happened before the change are shown in
front of the answer, the one that is the change falls away, and the others follow.
"""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Any

from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.views import MessageView

ECHOES_AWAITED = 1_000
"""Changes that were answered and whose event may still come."""

_EVENTS: dict[type[c.Command[Any]], type] = {
    c.EditMessage: e.MessageEdited,
    c.SetReactions: e.ReactionsChanged,
    c.PinMessage: e.MessagePinned,
    c.SetTimer: e.TimerChanged,
    c.SetReceipts: e.ReceiptsChanged,
    c.Schedule: e.ScheduledChanged,
}
"""Commands whose answer says what an event tells as well."""

Change = tuple[Hashable, Hashable]
"""What was changed, and what it is now."""


def change_told(event: e.Event) -> Change | None:
    """Say what an event tells to have changed; None for events that no answer says."""
    match event:
        case e.MessageEdited(message):
            return (e.MessageEdited, message.id), (message.text, message.edited_at)
        case e.ReactionsChanged(message):
            return (e.ReactionsChanged, message.id), message.reactions
        case e.MessagePinned(pin):
            return (e.MessagePinned, pin.message), (pin.sender, pin.on)
        case e.TimerChanged(timer):
            return (e.TimerChanged, timer.conversation_id), (timer.sender, timer.seconds)
        case e.ReceiptsChanged(receipts):
            return (e.ReceiptsChanged, receipts.conversation), receipts
        case e.ScheduledChanged(scheduled, gone):
            return (e.ScheduledChanged, scheduled.number), (scheduled.overdue, gone)
        case _:
            return None


def change_answered(action: object, answer: Any) -> Change | None:  # noqa: ANN401 -- whatever a command answers
    """Say what an answer tells to have changed; None for answers that no event repeats."""
    match action:
        case c.EditMessage() if isinstance(answer, MessageView):
            return change_told(e.MessageEdited(answer))
        case c.SetReactions() if isinstance(answer, MessageView):
            return change_told(e.ReactionsChanged(answer))
        case c.PinMessage():
            return change_told(e.MessagePinned(answer))
        case c.SetTimer():
            return change_told(e.TimerChanged(answer))
        case c.SetReceipts():
            return change_told(e.ReceiptsChanged(answer))
        case c.Schedule():
            return change_told(e.ScheduledChanged(answer, gone=False))
        case _:
            return None


class EchoFilter:
    """Which changes an answer has said or will say."""

    def __init__(self) -> None:
        self._under_way: dict[type, int] = dict.fromkeys(_EVENTS.values(), 0)
        self._held: dict[type, list[e.Event]] = {kind: [] for kind in _EVENTS.values()}
        self._awaited: OrderedDict[Hashable, Hashable] = OrderedDict()

    def started(self, action: object) -> None:
        """Take note of an order before the client is asked."""
        kind = _kind(action)
        if kind is not None:
            self._under_way[kind] += 1

    def introduce(self, action: object, answer: object) -> list[e.Event]:
        """Give the events that belong in front of an answer that is about to be shown."""
        kind, change = _kind(action), change_answered(action, answer)
        if kind is None or change is None:
            return []
        held = self._held[kind]
        for index, event in enumerate(held):
            if change_told(event) == change:
                before, self._held[kind] = held[:index], held[index + 1 :]
                return before
        self._held[kind] = []
        self._awaited[change[0]] = change[1]
        if len(self._awaited) > ECHOES_AWAITED:
            self._awaited.popitem(last=False)
        return held

    def ended(self, action: object) -> list[e.Event]:
        """Take note that an order was answered, and its answer shown; give what was held back for it."""
        kind = _kind(action)
        if kind is None:
            return []
        self._under_way[kind] -= 1
        if self._under_way[kind]:
            return []
        held, self._held[kind] = self._held[kind], []
        return held

    def told(self, event: e.Event) -> bool:
        """Take an event; tells whether it is to be shown now."""
        change = change_told(event)
        if change is None:
            return True
        if self._under_way[type(event)]:
            self._held[type(event)].append(event)
            return False
        # Whatever else was changed meanwhile, the awaited event would have come before it.
        return self._awaited.pop(change[0], None) != change[1] if change[0] in self._awaited else True


def _kind(action: object) -> type | None:
    return next((kind for command, kind in _EVENTS.items() if isinstance(action, command)), None)
