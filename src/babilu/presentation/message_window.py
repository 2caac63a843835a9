"""A conversation is seen through a window of a few hundred messages, in order of position, that pages move.

Whoever draws it hears of every change before and after it is made, row by row, as toolkits' models want it.
"""

import bisect
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from typing import Final, Protocol

from babilu.api.events import MessageStateChanged
from babilu.api.views import HistoryPage, MessageView, quoted_files, without_words
from babilu.kernel.ids import ConversationId, MessageId
from babilu.kernel.states import MessageKind

PAGE: Final = 80
"""Messages asked for at once."""

WINDOW: Final = 300
"""Messages kept; what is beyond them is asked for again when it is needed."""

SLACK: Final = 60
"""So many more are kept before the window is cut, because every cut moves all that follows."""

GROUP_MS: Final = 5 * 60_000
"""Messages of one sender that are closer together belong to one group."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a message's neighbours make of it.

    Attributes:
        new_day: Whether a day begins with it.
        unread: Whether the unread messages begin with it.
        begins: Whether a group of one sender begins with it.
        ends: Whether that group ends with it.
    """

    new_day: bool
    unread: bool
    begins: bool
    ends: bool


class Drawing(Protocol):
    """Whoever draws the rows; ``first`` and ``last`` are both within what changes."""

    def inserting(self, first: int, last: int) -> AbstractContextManager[None]:
        """Rows come in while this is entered."""

    def removing(self, first: int, last: int) -> AbstractContextManager[None]:
        """Rows leave while this is entered."""

    def replacing(self) -> AbstractContextManager[None]:
        """All rows are replaced while this is entered."""

    def changed(self, first: int, last: int) -> None:
        """Rows, or what their neighbours make of them, have changed."""


class Redrawing:
    """Draws everything anew when it is told to, and needs to hear nothing."""

    @contextmanager
    def inserting(self, first: int, last: int) -> Iterator[None]:  # noqa: ARG002 -- see `Drawing`
        yield

    @contextmanager
    def removing(self, first: int, last: int) -> Iterator[None]:  # noqa: ARG002 -- see `Drawing`
        yield

    @contextmanager
    def replacing(self) -> Iterator[None]:
        yield

    def changed(self, first: int, last: int) -> None:
        """See `Drawing`."""


class Window:
    """The messages that are loaded of the conversation that is open.

    Args:
        day: Names the local day of Unix milliseconds; equal for two moments of one day.
        drawing: Hears of every change.

    Attributes:
        conversation: What people call the conversation.
        conversation_id: Its id; None where nothing is shown, and where there is no conversation yet.
        messages: Those that are loaded, the oldest first; changed here alone.
        more_before: Whether there are older messages than those.
        more_after: Whether there are newer ones.
        follows: Whether the reader is at the newest message; what they read further up is not let go of.
    """

    def __init__(self, day: Callable[[int], Hashable], drawing: Drawing | None = None) -> None:
        self.conversation = ""
        self.conversation_id: ConversationId | None = None
        self.messages: list[MessageView] = []
        self.more_before = False
        self.more_after = False
        self.follows = True
        self._day = day
        self._drawing = drawing or Redrawing()
        self._unread_from: int | None = None

    # What is there.

    def facts(self, row: int) -> Facts:
        """Tell what the neighbours of a message make of it."""
        return Facts(
            new_day=self._is_new_day(row),
            unread=self.messages[row].position == self._unread_from,
            begins=self._begins(row),
            ends=row + 1 == len(self.messages) or self._begins(row + 1),
        )

    @property
    def first(self) -> int | None:
        """Position of the oldest message that is loaded."""
        return self.messages[0].position if self.messages else None

    @property
    def last(self) -> int | None:
        """Position of the newest message that is loaded."""
        return self.messages[-1].position if self.messages else None

    def row_of(self, message: MessageId | None) -> int | None:
        """Find a message among those that are loaded; the newest ones are looked at first."""
        for row in range(len(self.messages) - 1, -1, -1):
            if self.messages[row].id == message:
                return row
        return None

    def unread_row(self) -> int | None:
        """Find the row with which the unread messages begin."""
        if self._unread_from is None:
            return None
        row = bisect.bisect_left(self.messages, self._unread_from, key=_position)
        return row if row < len(self.messages) and self.messages[row].position == self._unread_from else None

    # Pages.

    def show(self, page: HistoryPage, *, keep_unread: bool = False) -> None:
        """Show a page in place of all that was shown; a long one is cut so that its first unread message stays."""
        messages = list(page.messages)
        with self._drawing.replacing():
            if not (keep_unread and page.conversation_id == self.conversation_id):
                first = next((message for message in messages if message.unread), None)
                self._unread_from = first.position if first else None
            start = max(0, len(messages) - WINDOW)
            if self._unread_from is not None and start:
                unread = bisect.bisect_left(messages, self._unread_from, key=_position)
                start = min(start, max(0, unread - PAGE // 2))
            self.conversation, self.conversation_id = page.conversation, page.conversation_id or None
            self.messages = messages[start : start + WINDOW]
            self.more_before = page.more_before or start > 0
            self.more_after = page.more_after or start + WINDOW < len(messages)

    def clear(self) -> None:
        """Show nothing."""
        self.show(HistoryPage("", (), more_before=False, more_after=False))

    def add_older(self, page: HistoryPage) -> None:
        """Put older messages in front, and let go of the newest ones beyond the window."""
        older = [message for message in page.messages if self.first is None or message.position < self.first]
        self.more_before = page.more_before
        self._insert(0, older)
        if len(self.messages) > WINDOW + SLACK:
            self._remove(WINDOW, len(self.messages) - 1)
            self.more_after = True

    def add_newer(self, page: HistoryPage) -> None:
        """Put newer messages at the end, and let go of the oldest ones beyond the window."""
        newer = [message for message in page.messages if self.last is None or message.position > self.last]
        self.more_after = page.more_after
        self._append(newer)

    # Single messages.

    def arrive(self, messages: Iterable[MessageView]) -> int:
        """Take messages in as they arrive or are sent; each goes to its place. Returns how many were shown."""
        new = sorted((message for message in messages if self._is_new(message)), key=_position)
        if not new:
            return 0
        if self.last is None or new[0].position > self.last:
            crowded = not self.follows and len(self.messages) + len(new) > WINDOW + SLACK
            self.more_after = self.more_after or crowded
            if self.more_after:
                return 0
            if self.follows and self.messages and len(new) > PAGE:
                self._begin_with(new[-PAGE:])
            else:
                self._append(new)
            return len(new)
        for message in new:
            self._insert(bisect.bisect_left(self.messages, message.position, key=_position), [message])
        return len(new)

    def change_state(self, event: MessageStateChanged) -> None:
        """Take over how far an own message has come."""
        row = self.row_of(event.message)
        if row is not None:
            self.change(advanced(self.messages[row], event))

    def change(self, message: MessageView) -> None:
        """Take over a message that is shown already."""
        row = self.row_of(message.id)
        if row is not None and self.messages[row] != message:
            self.messages[row] = message
            self._touch(row, row)

    def touch(self, message: MessageId) -> None:
        """Draw a message anew of which something has changed that its view does not say."""
        row = self.row_of(message)
        if row is not None:
            self._touch(row, row)

    def quote(self, message: MessageView) -> None:
        """Show in every quote of a message what it says now."""
        for row, each in enumerate(self.messages):
            if each.reply_to is not None and each.reply_to.id == message.id:
                files = quoted_files(message.files)
                quote = replace(each.reply_to, sender=message.sender, text=message.text, known=True, files=files)
                self.change(replace(self.messages[row], reply_to=quote))

    def erase(self, message: MessageId, *, leaves_line: bool, by: str | None = None) -> None:
        """Take the words of a message away, also where they are quoted; a line may stay that says who did it."""
        for row, each in enumerate(self.messages):
            if each.reply_to is not None and each.reply_to.id == message:
                self.change(replace(self.messages[row], reply_to=each.reply_to.without_words()))
        found = self.row_of(message)
        if found is None:
            return
        if not leaves_line:
            self.remove(message)
            return
        blank = without_words(self.messages[found])
        self.change(blank if by in {None, blank.sender} else replace(blank, hidden_by=by))

    def remove(self, message: MessageId) -> None:
        """Take a message out; the unread divider moves on to the next one."""
        row = self.row_of(message)
        if row is None:
            return
        if self.messages[row].position == self._unread_from:
            self._unread_from = self.messages[row + 1].position if row + 1 < len(self.messages) else None
        self._remove(row, row)

    def begin_unread(self, message: MessageView) -> None:
        """Draw the unread divider above a message, unless it is drawn above an older one."""
        if self._unread_from is None:
            self._unread_from = message.position
            self._touch_unread(self.unread_row())

    def end_unread(self) -> None:
        """Take the unread divider away: who answers has read."""
        row = self.unread_row()
        self._unread_from = None
        self._touch_unread(row)

    # Parts.

    def _is_new_day(self, row: int) -> bool:
        return row == 0 or self._day(self.messages[row - 1].at) != self._day(self.messages[row].at)

    def _begins(self, row: int) -> bool:
        if self._is_new_day(row) or self.messages[row].position == self._unread_from:
            return True
        one, other = self.messages[row - 1], self.messages[row]
        messages = one.kind is other.kind is MessageKind.TEXT
        same = messages and one.outgoing == other.outgoing and one.sender == other.sender
        return not same or abs(other.at - one.at) >= GROUP_MS

    def _is_new(self, message: MessageView) -> bool:
        if message.conversation_id != self.conversation_id:
            return False
        if self.first is not None and message.position < self.first and self.more_before:
            return False
        row = bisect.bisect_left(self.messages, message.position, key=_position)
        return row >= len(self.messages) or self.messages[row].position != message.position

    def _begin_with(self, messages: Sequence[MessageView]) -> None:
        """Keep what is seen of a burst that nobody can follow: laying out all of it would stop the screen."""
        with self._drawing.replacing():
            self.messages = list(messages)
        self.more_before = True

    def _append(self, messages: Sequence[MessageView]) -> None:
        self._insert(len(self.messages), messages)
        excess = len(self.messages) - WINDOW
        if excess > SLACK:
            self._remove(0, excess - 1)
            self.more_before = True

    def _insert(self, row: int, messages: Sequence[MessageView]) -> None:
        if not messages:
            return
        end = row + len(messages)
        with self._drawing.inserting(row, end - 1):
            self.messages[row:row] = messages
        # The neighbours' groups and days are others now.
        self._touch(row - 1, row - 1)
        self._touch(end, end)

    def _remove(self, first: int, last: int) -> None:
        with self._drawing.removing(first, last):
            del self.messages[first : last + 1]
        self._touch(first - 1, first)

    def _touch_unread(self, row: int | None) -> None:
        if row is not None:
            self._touch(row - 1, row)

    def _touch(self, first: int, last: int) -> None:
        first, last = max(0, first), min(last, len(self.messages) - 1)
        if first <= last:
            self._drawing.changed(first, last)


def advanced(message: MessageView, event: MessageStateChanged) -> MessageView:
    """Give an own message as far as an event says that it has come."""
    return replace(message, state=event.state, held_until=event.held_until, error=event.error, audience=event.audience)


def _position(message: MessageView) -> int:
    return message.position
