"""The messages of the conversation that is open as a model of Qt."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import Final

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt
from typing_extensions import override

from babilu.api.views import MessageView
from babilu.desktop.language import day_number
from babilu.desktop.models.message_words import spoken
from babilu.desktop.models.picture_shelf import PictureShelf
from babilu.desktop.models.voice_words import playing_words
from babilu.kernel.ids import MessageId
from babilu.presentation.file_model import FileModel
from babilu.presentation.group_model import is_group_label
from babilu.presentation.message_window import Facts, Window
from babilu.presentation.voice_model import VoiceModel

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
        own: The own name, by which others mention one.
        files: Tells how fast files are moved, and where they were saved.
        shelf: Keeps the pictures.
        voice: Tells how far a voice note was played.
    """

    def __init__(self) -> None:
        super().__init__()
        self.window = Window(day_number, self)
        self.query = ""
        self.own = ""
        self.files: FileModel | None = None
        self.shelf: PictureShelf | None = None
        self.voice: VoiceModel | None = None
        self._marked: MessageId | None = None
        self._revealed: set[MessageId] = set()

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
            message = self.message(row)
            said = spoken(message, self.own, revealed=self.is_revealed(message))
            playing = None if self.voice is None else self.voice.plays(message.id, message.conversation_id)
            return said if playing is None else f"{said}, {playing_words(playing)}"
        return None

    @property
    def is_group(self) -> bool:
        """Whether several others write in what is shown."""
        return is_group_label(self.window.conversation)

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

    def is_revealed(self, message: MessageView) -> bool:
        """Tell whether the spoilers of a message are shown."""
        return message.id in self._revealed

    def reveal(self, message: MessageId) -> None:
        """Show the spoilers of a message, or hide them again, until another conversation is shown."""
        self._revealed ^= {message}
        row = self.window.row_of(message)
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
        self._revealed.clear()
        yield
        self.endResetModel()

    def changed(self, first: int, last: int) -> None:
        self.dataChanged.emit(self.index(first), self.index(last))
