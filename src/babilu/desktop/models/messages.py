"""A conversation is seen through a window of a few hundred messages, in order of position, that pages move."""

import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Final, assert_never

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt
from typing_extensions import override

from babilu.api.views import HistoryPage, MessageState, MessageView
from babilu.desktop.language import clock_time, day_number, full_time, translate
from babilu.desktop.plain import person, shown
from babilu.kernel.ids import MessageId

PAGE: Final = 80
"""Messages asked for at once."""

WINDOW: Final = 300
"""Messages kept; what is beyond them is asked for again when it is needed."""

SLACK: Final = 60
"""So many more are kept before the window is cut, because every cut moves all that follows."""

GROUP_MS: Final = 5 * 60_000
"""Messages of one sender that are closer together belong to one group."""

Index = QModelIndex | QPersistentModelIndex
NO_INDEX: Final = QModelIndex()


class MessageRole(IntEnum):
    """What the delegate asks the model for."""

    MESSAGE = Qt.ItemDataRole.UserRole + 1
    FACTS = Qt.ItemDataRole.UserRole + 2


@dataclass(frozen=True, slots=True)
class Facts:
    """What a message's neighbours make of it.

    Attributes:
        day: Unix milliseconds of the day that begins with it, or None.
        unread: Whether the unread messages begin with it.
        begins: Whether a group of one sender begins with it.
        ends: Whether that group ends with it.
        marked: Whether it is the one that was jumped to.
    """

    day: int | None
    unread: bool
    begins: bool
    ends: bool
    marked: bool


class MessagesModel(QAbstractListModel):
    """The messages that are loaded of the conversation that is open.

    Attributes:
        conversation: Name of the contact.
        more_before: Whether there are older messages than those.
        more_after: Whether there are newer ones.
        follows: Whether the reader is at the newest message; what they read further up is not let go of.
        query: What is marked in the texts.
    """

    def __init__(self) -> None:
        super().__init__()
        self.conversation = ""
        self.more_before = False
        self.more_after = False
        self.follows = True
        self.query = ""
        self._messages: list[MessageView] = []
        self._unread_from: int | None = None
        self._marked: MessageId | None = None

    @override
    def rowCount(self, parent: Index = NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self._messages)

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = index.row()
        if not 0 <= row < len(self._messages):
            return None
        if role == MessageRole.MESSAGE:
            return self._messages[row]
        if role == MessageRole.FACTS:
            return self.facts(row)
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole}:
            return spoken(self._messages[row])
        return None

    def facts(self, row: int) -> Facts:
        """Tell what the neighbours of a message make of it."""
        message = self._messages[row]
        before = self._messages[row - 1] if row else None
        after = self._messages[row + 1] if row + 1 < len(self._messages) else None
        new_day = before is None or day_number(before.at) != day_number(message.at)
        return Facts(
            day=message.at if new_day else None,
            unread=message.position == self._unread_from,
            begins=before is None or new_day or not _together(before, message),
            ends=after is None or not _together(message, after) or day_number(after.at) != day_number(message.at),
            marked=message.id == self._marked,
        )

    def message(self, row: int) -> MessageView:
        """Give the message of a row."""
        return self._messages[row]

    @property
    def first(self) -> int | None:
        """Position of the oldest message that is loaded."""
        return self._messages[0].position if self._messages else None

    @property
    def last(self) -> int | None:
        """Position of the newest message that is loaded."""
        return self._messages[-1].position if self._messages else None

    def row_of(self, message: MessageId) -> int | None:
        """Find a message among those that are loaded; the newest ones are looked at first."""
        for row in range(len(self._messages) - 1, -1, -1):
            if self._messages[row].id == message:
                return row
        return None

    def unread_row(self) -> int | None:
        """Find the row with which the unread messages begin."""
        if self._unread_from is None:
            return None
        row = bisect.bisect_left(self._messages, self._unread_from, key=_position)
        return row if row < len(self._messages) and self._messages[row].position == self._unread_from else None

    def show(self, page: HistoryPage, *, keep_unread: bool = False) -> None:
        """Show a page in place of all that was shown; a long one is cut so that its first unread message stays."""
        self.beginResetModel()
        messages = list(page.messages)
        same = page.conversation == self.conversation
        if not (keep_unread and same):
            first = next((message for message in messages if message.unread), None)
            self._unread_from = first.position if first else None
        start = max(0, len(messages) - WINDOW)
        if self._unread_from is not None and start:
            unread = bisect.bisect_left(messages, self._unread_from, key=_position)
            start = min(start, max(0, unread - PAGE // 2))
        self.conversation = page.conversation
        self._messages = messages[start : start + WINDOW]
        self._marked = None
        self.more_before = page.more_before or start > 0
        self.more_after = page.more_after or start + WINDOW < len(messages)
        self.endResetModel()

    def clear(self) -> None:
        """Show nothing."""
        self.show(HistoryPage("", (), more_before=False, more_after=False))

    def add_older(self, page: HistoryPage) -> None:
        """Put older messages in front, and let go of the newest ones beyond the window."""
        older = [message for message in page.messages if self.first is None or message.position < self.first]
        self.more_before = page.more_before
        if older:
            self.beginInsertRows(NO_INDEX, 0, len(older) - 1)
            self._messages[:0] = older
            self.endInsertRows()
            self._touch(len(older), len(older))
        if len(self._messages) > WINDOW + SLACK:
            self.beginRemoveRows(NO_INDEX, WINDOW, len(self._messages) - 1)
            del self._messages[WINDOW:]
            self.endRemoveRows()
            self.more_after = True
            self._touch(WINDOW - 1, WINDOW - 1)

    def add_newer(self, page: HistoryPage) -> None:
        """Put newer messages at the end, and let go of the oldest ones beyond the window."""
        newer = [message for message in page.messages if self.last is None or message.position > self.last]
        self.more_after = page.more_after
        self._append(newer)

    def arrive(self, messages: Iterable[MessageView]) -> int:
        """Take messages in as they arrive or are sent; each goes to its place. Returns how many were shown."""
        new = [message for message in messages if self._is_new(message)]
        if not new:
            return 0
        new.sort(key=_position)
        if self.last is None or new[0].position > self.last:
            crowded = not self.follows and len(self._messages) + len(new) > WINDOW + SLACK
            self.more_after = self.more_after or crowded
            if self.more_after:
                return 0
            self._append(new)
            return len(new)
        for message in new:
            self._insert(message)
        return len(new)

    def change_state(self, message: MessageId, state: MessageState, held_until: int | None, error: str | None) -> None:
        """Take over how far an own message has come."""
        row = self.row_of(message)
        if row is not None:
            self.change(replace(self._messages[row], state=state, held_until=held_until, error=error))

    def change(self, message: MessageView) -> None:
        """Take over a message that is shown already."""
        row = self.row_of(message.id)
        if row is not None and self._messages[row] != message:
            self._messages[row] = message
            self._touch(row, row)

    def remove(self, message: MessageId) -> None:
        """Take a message out."""
        row = self.row_of(message)
        if row is None:
            return
        self.beginRemoveRows(NO_INDEX, row, row)
        removed = self._messages.pop(row)
        self.endRemoveRows()
        if removed.position == self._unread_from:
            self._unread_from = self._messages[row].position if row < len(self._messages) else None
        self._touch(row - 1, row)

    def mark(self, message: MessageId | None) -> None:
        """Set one message apart, or none."""
        old, self._marked = self._marked, message
        for each in (old, message):
            row = None if each is None else self.row_of(each)
            if row is not None:
                self._touch(row, row)

    def highlight(self, query: str) -> None:
        """Mark what was looked for in every message."""
        if query != self.query:
            self.query = query
            self._touch(0, len(self._messages) - 1)

    def begin_unread(self, message: MessageView) -> None:
        """Draw the unread divider above a message, unless it is drawn above an older one."""
        if self._unread_from is None:
            self._unread_from = message.position
            row = self.row_of(message.id)
            if row is not None:
                self._touch(row, row)

    def end_unread(self) -> None:
        """Take the unread divider away: who answers has read."""
        row = self.unread_row()
        self._unread_from = None
        if row is not None:
            self._touch(row, row)

    def retranslate(self) -> None:
        """Say everything anew in the language in force."""
        self._touch(0, len(self._messages) - 1)

    def _is_new(self, message: MessageView) -> bool:
        if message.conversation != self.conversation:
            return False
        if self.first is not None and message.position < self.first and self.more_before:
            return False
        row = bisect.bisect_left(self._messages, message.position, key=_position)
        return row >= len(self._messages) or self._messages[row].position != message.position

    def _append(self, messages: Sequence[MessageView]) -> None:
        if not messages:
            return
        count = len(self._messages)
        excess = count + len(messages) - WINDOW
        if count and len(messages) > PAGE:
            # A burst that nobody can follow: laying out more than what is seen of it would stop the window.
            self.beginResetModel()
            self._messages = list(messages[-PAGE:])
            self.endResetModel()
            self.more_before = True
            return
        self.beginInsertRows(NO_INDEX, count, count + len(messages) - 1)
        self._messages.extend(messages)
        self.endInsertRows()
        if count:
            self._touch(count - 1, count - 1)
        if excess > SLACK:
            self.beginRemoveRows(NO_INDEX, 0, excess - 1)
            del self._messages[:excess]
            self.endRemoveRows()
            self.more_before = True
            self._touch(0, 0)

    def _insert(self, message: MessageView) -> None:
        row = bisect.bisect_left(self._messages, message.position, key=_position)
        self.beginInsertRows(NO_INDEX, row, row)
        self._messages.insert(row, message)
        self.endInsertRows()
        self._touch(row - 1, row + 1)

    def _touch(self, first: int, last: int) -> None:
        first, last = max(0, first), min(last, len(self._messages) - 1)
        if first <= last:
            self.dataChanged.emit(self.index(first), self.index(last))


def _position(message: MessageView) -> int:
    return message.position


def _together(one: MessageView, other: MessageView) -> bool:
    return one.outgoing == other.outgoing and one.sender == other.sender and abs(other.at - one.at) < GROUP_MS


def spoken(message: MessageView) -> str:
    """Say a message for a screen reader: who, what, when, and how far it has come."""
    text = shown(message.text, 2_000).text
    sender = translate("Message", "You") if message.outgoing else person(message.sender)
    parts = [f"{sender}: {text}", clock_time(message.at)]
    if message.state is not None:
        parts.append(state_name(message.state))
    return ", ".join(parts)


def state_name(state: MessageState) -> str:
    """Name a state for people."""
    match state:
        case MessageState.QUEUED:
            return translate("Message", "waiting to be sent")
        case MessageState.HELD:
            return translate("Message", "held by the relay")
        case MessageState.DELIVERED:
            return translate("Message", "delivered")
        case MessageState.READ:
            return translate("Message", "read")
        case MessageState.FAILED:
            return translate("Message", "not sent")
        case _:
            assert_never(state)


def state_sentence(message: MessageView) -> str:
    """Explain a message's state for its tool tip."""
    if message.state is None:
        return full_time(message.at)
    if message.state is MessageState.HELD and message.held_until is not None:
        until = translate("Message", "held by the relay until {0}").format(full_time(message.held_until))
        return f"{full_time(message.at)} · {until}"
    return f"{full_time(message.at)} · {state_name(message.state)}"
