"""Small builders of messages and pages as a client gives them."""

from babilu.api.events import MessageStateChanged
from babilu.api.views import HistoryPage, MessageView
from babilu.kernel.ids import ConversationId, MessageId
from babilu.kernel.states import MessageState, Route

DAY_MS = 86_400_000
NOON_MS = 1_795_348_800_000
WITH_BOB = ConversationId(bytes(32))


def message(position: int, *, outgoing: bool = False, at: int | None = None, unread: bool = False) -> MessageView:
    return MessageView(
        id=MessageId(position.to_bytes(16, "big")),
        conversation="bob",
        conversation_id=WITH_BOB,
        sender="alice" if outgoing else "bob",
        outgoing=outgoing,
        text=f"message {position}",
        at=NOON_MS + position * 1000 if at is None else at,
        arrived_at=NOON_MS,
        position=position,
        route=Route.RELAY,
        state=MessageState.HELD if outgoing else None,
        held_until=None,
        error=None,
        unread=unread,
        first=False,
    )


def page(first: int, last: int, *, before: bool = False, after: bool = False) -> HistoryPage:
    return HistoryPage("bob", tuple(message(n) for n in range(first, last + 1)), before, after, WITH_BOB)


def read_by_all(position: int) -> MessageStateChanged:
    """Give the event that an own message was read."""
    message_id = MessageId(position.to_bytes(16, "big"))
    return MessageStateChanged(message_id, "bob", MessageState.READ, None, None, WITH_BOB)
