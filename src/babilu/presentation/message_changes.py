"""Changes of messages that are shown: each goes to its place, to quotes of it and to the row of its conversation.

An id may stand in several conversations: a change is one of a message of its own conversation alone.
"""

from collections.abc import Callable
from dataclasses import replace

from babilu.api import events as e
from babilu.api.views import HistoryPage, MessageView
from babilu.kernel.ids import ConversationId, MessageId
from babilu.presentation.conversation_rows import ConversationRows
from babilu.presentation.message_window import Window, advanced
from babilu.presentation.watcher import ScreenPart, Stale

MessageChange = (
    e.MessageStateChanged
    | e.MessageDeleted
    | e.MessageExpired
    | e.ClockStarted
    | e.MessageEdited
    | e.TextStateChanged
    | e.LineChanged
    | e.LineRemoved
    | e.ReactionsChanged
    | e.MessagePinned
    | e.ConversationCleared
)


class MessageChanges:
    """Applies what events say of messages.

    Args:
        room: The window on the conversation that is open.
        changed: Called with what of the screen has changed.
        gather: Called with what is to be asked for again.
    """

    def __init__(self, room: Window, changed: Callable[[ScreenPart], None], gather: Callable[[Stale], None]) -> None:
        self._room = room
        self._changed = changed
        self._gather = gather

    def take(self, event: MessageChange, rows: ConversationRows) -> None:
        """Take over what has become of messages."""
        match event:
            case e.MessageStateChanged():
                if event.conversation_id == self._room.conversation_id:
                    self._room.change_state(event)
                    self._changed(ScreenPart.ROOM)
                self._change_last(event, rows)
                self._gather(Stale.STATUS)
            case e.MessageDeleted():
                by = event.sender
                self._erase(event.conversation_id, event.message, leaves_line=event.for_all, by=by)
            case e.MessageExpired() | e.LineRemoved():
                self._erase(event.conversation_id, event.message)
            case e.MessageEdited(view) | e.TextStateChanged(view) | e.LineChanged(view) | e.ReactionsChanged(view):
                self.show(view, rows)
            case e.ClockStarted(message, _, place, end):
                self._replace(place, message, lambda old: replace(old, expires_at=end))
            case e.MessagePinned(pin):
                self._replace(pin.conversation_id, pin.message, lambda old: replace(old, pinned=pin.on))
            case e.ConversationCleared():
                place = event.conversation_id
                if place == self._room.conversation_id:
                    nothing = HistoryPage(event.conversation, (), more_before=False, more_after=False)
                    self._room.show(replace(nothing, conversation_id=place))
                    self._changed(ScreenPart.ROOM)
                self._gather(Stale.LIST)

    def show(self, message: MessageView, rows: ConversationRows) -> None:
        """Show a message as it is now, in its place, in quotes and in the list."""
        if message.conversation_id == self._room.conversation_id:
            self._room.change(message)
            self._room.quote(message)
            self._changed(ScreenPart.ROOM)
        known = rows.get(message.conversation_id)
        if known is not None and known.last is not None and known.last.id == message.id:
            rows.put(replace(known, last=message))
            self._changed(ScreenPart.LIST)

    def _change_last(self, event: e.MessageStateChanged, rows: ConversationRows) -> None:
        known = rows.get(event.conversation_id)
        if known is not None and known.last is not None and known.last.id == event.message:
            rows.put(replace(known, last=advanced(known.last, event)))
            self._changed(ScreenPart.LIST)

    def _erase(
        self, conversation: ConversationId, message: MessageId, *, leaves_line: bool = False, by: str | None = None
    ) -> None:
        if conversation == self._room.conversation_id:
            self._room.erase(message, leaves_line=leaves_line, by=by)
            self._changed(ScreenPart.ROOM)
        self._gather(Stale.LIST)

    def _replace(
        self, conversation: ConversationId, message: MessageId, changed: Callable[[MessageView], MessageView]
    ) -> None:
        row = self._room.row_of(message)
        if conversation == self._room.conversation_id and row is not None:
            self._room.change(changed(self._room.messages[row]))
            self._changed(ScreenPart.ROOM)
