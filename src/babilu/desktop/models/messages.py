"""The messages of the conversation that is open as a model of Qt, and how they are said in words."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import Final, assert_never

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt
from typing_extensions import override

from babilu.api.views import MessageView
from babilu.desktop.language import clock_time, countable, day_number, full_time, translate
from babilu.desktop.plain_text import person, shown
from babilu.kernel.ids import MessageId
from babilu.kernel.states import MessageKind, MessageState
from babilu.presentation.message_window import Facts, Window

Index = QModelIndex | QPersistentModelIndex
NO_INDEX: Final = QModelIndex()


class MessageRole(IntEnum):
    """What the delegate asks the model for."""

    MESSAGE = Qt.ItemDataRole.UserRole + 1
    FACTS = Qt.ItemDataRole.UserRole + 2


class MessagesModel(QAbstractListModel):
    """The window on the conversation that is open, as Qt's views want it.

    Attributes:
        window: What is loaded; whoever changes it, this model tells the views.
        query: What is marked in the texts.
    """

    def __init__(self) -> None:
        super().__init__()
        self.window = Window(day_number, self)
        self.query = ""
        self._marked: MessageId | None = None

    @override
    def rowCount(self, parent: Index = NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self.window.messages)

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = index.row()
        if not 0 <= row < len(self.window.messages):
            return None
        if role == MessageRole.MESSAGE:
            return self.message(row)
        if role == MessageRole.FACTS:
            return self.facts(row)
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole}:
            return spoken(self.message(row))
        return None

    def message(self, row: int) -> MessageView:
        return self.window.messages[row]

    def facts(self, row: int) -> Facts:
        """Tell what the neighbours of a message make of it."""
        return self.window.facts(row)

    def is_marked(self, message: MessageView) -> bool:
        """Tell whether a message is the one that was jumped to."""
        return message.id == self._marked

    def mark(self, message: MessageId | None) -> None:
        """Set one message apart, or none."""
        old, self._marked = self._marked, message
        for each in (old, message):
            row = None if each is None else self.window.row_of(each)
            if row is not None:
                self.changed(row, row)

    def highlight(self, query: str) -> None:
        """Mark what was looked for in every message."""
        if query != self.query:
            self.query = query
            self.retranslate()

    def retranslate(self) -> None:
        """Say everything anew in the language in force."""
        if self.window.messages:
            self.changed(0, len(self.window.messages) - 1)

    # What the window tells.

    @contextmanager
    def inserting(self, first: int, last: int) -> Iterator[None]:
        self.beginInsertRows(NO_INDEX, first, last)
        yield
        self.endInsertRows()

    @contextmanager
    def removing(self, first: int, last: int) -> Iterator[None]:
        self.beginRemoveRows(NO_INDEX, first, last)
        yield
        self.endRemoveRows()

    @contextmanager
    def replacing(self) -> Iterator[None]:
        self.beginResetModel()
        self._marked = None
        yield
        self.endResetModel()

    def changed(self, first: int, last: int) -> None:
        self.dataChanged.emit(self.index(first), self.index(last))


def line_text(message: MessageView) -> str:
    """Say what a line about the conversation says; it is drawn as no message can look."""
    name = person(message.conversation)
    if message.missing is not None:
        return translate("Message", "%n message(s) of {0} are missing here.", None, countable(message.missing)).format(
            name
        )
    return translate("Message", "The key of {0} changed on {1}.").format(name, full_time(message.at))


def spoken(message: MessageView) -> str:
    """Say a message for a screen reader: who, what, when, and how far it has come."""
    if message.kind is not MessageKind.TEXT:
        return line_text(message)
    text = shown(message.text, 2_000).text
    sender = translate("Message", "You") if message.outgoing else person(message.sender)
    parts = [f"{sender}: {text}", time_shown(message)]
    if message.late:
        parts.append(translate("Message", "came late"))
    if message.state is not None:
        parts.append(state_name(message.state))
    return ", ".join(parts)


def time_shown(message: MessageView) -> str:
    """Tell when a message was sent, that its device is the sender's no longer, and that it takes a newer version."""
    time = clock_time(message.at)
    if message.departed:
        time = f"{translate('Message', 'from a removed device')} · {time}"
    return f"{translate('Message', 'needs a newer Babilu')} · {time}" if message.needs_newer else time


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
    if message.late:
        late = translate("Message", "It came late: press its time to see where it belongs.")
        return f"{full_time(message.at)} · {late}"
    if message.state is None:
        return full_time(message.at)
    if message.state is MessageState.HELD and message.held_until is not None:
        until = translate("Message", "held by the relay until {0}").format(full_time(message.held_until))
        return f"{full_time(message.at)} · {until}"
    return f"{full_time(message.at)} · {state_name(message.state)}"
