"""A conversation is seen through a window of a few hundred messages, in order of position, that pages move."""

import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from babilu.api.views import HistoryPage, MessageState, MessageView
from babilu.kernel.ids import MessageId
from babilu.terminal.human_voice import day_of

PAGE: Final = 80
"""Messages asked for at once."""

WINDOW: Final = 300
"""Messages kept; what is beyond them is asked for again when it is needed."""

SLACK: Final = 60
"""So many more are kept before the window is cut."""

GROUP_MS: Final = 5 * 60_000
"""Messages of one sender that are closer together belong to one group."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a message's neighbours make of it.

    Attributes:
        new_day: Whether a day begins with it.
        unread: Whether the unread messages begin with it.
        begins: Whether a group of one sender begins with it.
    """

    new_day: bool
    unread: bool
    begins: bool


class Room:
    """The messages that are loaded of the conversation that is open."""

    def __init__(self) -> None:
        self.conversation = ""
        self.more_before = False
        self.more_after = False
        self.messages: list[MessageView] = []
        self._unread_from: int | None = None

    def facts(self, row: int) -> Facts:
        """Tell what the neighbours of a message make of it."""
        message = self.messages[row]
        before = self.messages[row - 1] if row else None
        new_day = before is None or day_of(before.at) != day_of(message.at)
        unread = message.position == self._unread_from
        begins = before is None or new_day or unread or not _together(before, message)
        return Facts(new_day, unread, begins)

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

    def show(self, page: HistoryPage, *, keep_unread: bool = False) -> None:
        """Show a page in place of all that was shown; a long one is cut so that its first unread message stays."""
        messages = list(page.messages)
        if not (keep_unread and page.conversation == self.conversation):
            first = next((message for message in messages if message.unread), None)
            self._unread_from = first.position if first else None
        start = max(0, len(messages) - WINDOW)
        if self._unread_from is not None and start:
            unread = bisect.bisect_left(messages, self._unread_from, key=_position)
            start = min(start, max(0, unread - PAGE // 2))
        self.conversation = page.conversation
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
        self.messages[:0] = older
        if len(self.messages) > WINDOW + SLACK:
            del self.messages[WINDOW:]
            self.more_after = True

    def add_newer(self, page: HistoryPage) -> None:
        """Put newer messages at the end, and let go of the oldest ones beyond the window."""
        newer = [message for message in page.messages if self.last is None or message.position > self.last]
        self.more_after = page.more_after
        self._append(newer)

    def arrive(self, messages: Iterable[MessageView]) -> int:
        """Take messages in as they arrive or are sent; each goes to its place. Returns how many were shown."""
        new = sorted((message for message in messages if self._is_new(message)), key=_position)
        if not new:
            return 0
        if self.last is None or new[0].position > self.last:
            if self.more_after:
                return 0
            self._append(new)
            return len(new)
        for message in new:
            bisect.insort(self.messages, message, key=_position)
        return len(new)

    def change_state(self, message: MessageId, state: MessageState, held_until: int | None, error: str | None) -> None:
        """Take over how far an own message has come."""
        row = self.row_of(message)
        if row is not None:
            self.messages[row] = replace(self.messages[row], state=state, held_until=held_until, error=error)

    def change(self, message: MessageView) -> None:
        """Take over a message that is shown already."""
        row = self.row_of(message.id)
        if row is not None:
            self.messages[row] = message

    def remove(self, message: MessageId) -> None:
        """Take a message out."""
        row = self.row_of(message)
        if row is None:
            return
        removed = self.messages.pop(row)
        if removed.position == self._unread_from:
            self._unread_from = self.messages[row].position if row < len(self.messages) else None

    def begin_unread(self, message: MessageView) -> None:
        """Draw the unread divider above a message, unless it is drawn above an older one."""
        if self._unread_from is None:
            self._unread_from = message.position

    def end_unread(self) -> None:
        """Take the unread divider away: who answers has read."""
        self._unread_from = None

    def _is_new(self, message: MessageView) -> bool:
        if message.conversation != self.conversation:
            return False
        if self.first is not None and message.position < self.first and self.more_before:
            return False
        row = bisect.bisect_left(self.messages, message.position, key=_position)
        return row >= len(self.messages) or self.messages[row].position != message.position

    def _append(self, messages: Sequence[MessageView]) -> None:
        self.messages.extend(messages)
        excess = len(self.messages) - WINDOW
        if excess > SLACK:
            del self.messages[:excess]
            self.more_before = True


def _position(message: MessageView) -> int:
    return message.position


def _together(one: MessageView, other: MessageView) -> bool:
    return one.outgoing == other.outgoing and one.sender == other.sender and abs(other.at - one.at) < GROUP_MS
