"""Events about what a group has set: whoever shows a conversation follows its pins and its timer by them."""

from collections.abc import Callable, Sequence

from babilu.api import events, views
from babilu.engine.conversation.groups.group_conversation import GroupConversation
from babilu.group.changes import SetLifetime, SetPin
from babilu.group.entries import LogEntry
from babilu.store.message_records import MessageRecord


def tell_pin(turn: GroupConversation, record: MessageRecord, taken: Sequence[LogEntry], *, on: bool) -> None:
    """Tell that a message is pinned, or no longer, by whoever said so last of what has come."""

    def about_it(change: object) -> bool:
        return isinstance(change, SetPin) and change.message.message == record.id

    who = _who(turn, taken, about_it)
    pin = views.PinView(record.id, turn.label, turn.conversation.id, who, on)
    turn.tell(events.MessagePinned(pin, request_id=turn.request_id))


def tell_timer(turn: GroupConversation, lifetime: int | None, taken: Sequence[LogEntry]) -> None:
    """Tell after how long new messages disappear now."""
    who = _who(turn, taken, lambda change: isinstance(change, SetLifetime))
    seconds = None if lifetime is None else lifetime // 1_000
    timer = views.TimerView(turn.label, turn.conversation.id, who, seconds)
    turn.tell(events.TimerChanged(timer, request_id=turn.request_id))


def _who(turn: GroupConversation, taken: Sequence[LogEntry], about_it: Callable[[object], bool]) -> str:
    """Name who has said something last; else whose entry has made it so, such as by taking back another's act."""
    said = next((entry for entry in reversed(taken) if about_it(entry.change)), taken[-1] if taken else None)
    if said is None or said.author == turn.show.own_identity:
        return turn.show.own_name
    contact = turn.contact_of(said.author)
    return "" if contact is None else contact.name
