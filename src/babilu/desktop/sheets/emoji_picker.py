"""Chooses an emoji: the ones used last, all of them, or those that a few letters find; the keyboard alone is enough."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QAbstractListModel, QEvent, QModelIndex, QObject, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QFont, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QListView, QWidget
from typing_extensions import override

from babilu.desktop.language import translate
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.basics import Button, PlainLabel, row
from babilu.desktop.widgets.modal_sheet import ModalSheet
from babilu.presentation.emoji import Emoji, find_emoji, name_of

CELL: Final = 44
ROWS: Final = 6
OFFERED: Final = 8
NO_INDEX = QModelIndex()
Index = QModelIndex | QPersistentModelIndex


class EmojiModel(QAbstractListModel):
    """The emoji that fit what was typed."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._found: tuple[Emoji, ...] = find_emoji("")

    def narrow(self, query: str) -> None:
        """Keep what fits."""
        self.beginResetModel()
        self._found = find_emoji(query)
        self.endResetModel()

    def emoji(self, number: int) -> Emoji:
        """Give the emoji of a row."""
        return self._found[number]

    @override
    def rowCount(self, parent: Index = NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self._found)

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not 0 <= index.row() < len(self._found):
            return None
        emoji = self._found[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return emoji.text
            case Qt.ItemDataRole.AccessibleTextRole | Qt.ItemDataRole.ToolTipRole:
                return emoji.name
            case Qt.ItemDataRole.TextAlignmentRole:
                return Qt.AlignmentFlag.AlignCenter
            case Qt.ItemDataRole.FontRole:
                font = QFont(self._theme.fonts.large)
                font.setWeight(QFont.Weight.Normal)
                return font
            case _:
                return None


class EmojiSheet(ModalSheet):
    """Chooses an emoji.

    Args:
        theme: Fonts and colours.
        recent: Those used last.
        choose: What is done with it.
    """

    def __init__(self, theme: Theme, recent: tuple[str, ...], choose: Callable[[str], None]) -> None:
        super().__init__(theme)
        self._choose = choose
        self.model = EmojiModel(theme)
        self.field = QLineEdit()
        self.recent = {each: Button("quiet") for each in recent[:OFFERED]}
        self.list = QListView()
        self.list.setModel(self.model)
        self.list.setViewMode(QListView.ViewMode.IconMode)
        self.list.setMovement(QListView.Movement.Static)
        self.list.setResizeMode(QListView.ResizeMode.Adjust)
        self.list.setUniformItemSizes(True)
        side = theme.scaled(CELL)
        self.list.setGridSize(QSize(side, side))
        self.list.setFixedHeight(side * ROWS)
        self.list.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.nothing = PlainLabel(theme, lambda t: t.fonts.small, "muted", wraps=True)
        first = row(spacing=m.TINY)
        for emoji, button in self.recent.items():
            button.setText(emoji)
            button.setAccessibleName(name_of(emoji))
            button.setToolTip(name_of(emoji))
            button.setFont(theme.fonts.title)
            button.clicked.connect(lambda _checked=False, emoji=emoji: self._take(emoji))
            first.addWidget(button)
        first.addStretch(1)
        self.body.addWidget(self.field)
        self.body.addLayout(first)
        self.body.addWidget(self.nothing)
        self.body.addWidget(self.list)
        self.field.textChanged.connect(self._narrow)
        self.field.returnPressed.connect(lambda: self._take_row(max(0, self.list.currentIndex().row())))
        self.list.clicked.connect(lambda index: self._take_row(index.row()))
        self.field.installEventFilter(self)
        self.list.installEventFilter(self)
        self._narrow("")

    @override
    def first_focus(self) -> QWidget:
        return self.field

    @override
    def retranslate(self) -> None:
        super().retranslate()
        self.title.setText(translate("EmojiPicker", "Choose an emoji"))
        self.field.setPlaceholderText(translate("EmojiPicker", "Search by its English name"))
        self.field.setAccessibleName(translate("EmojiPicker", "Search by its English name"))
        self.list.setAccessibleName(translate("EmojiPicker", "Emoji"))
        self.nothing.setText(translate("EmojiPicker", "No emoji has such a name."))

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            if watched is self.field and event.key() == Qt.Key.Key_Down and self.model.rowCount():
                self.list.setFocus()
                self.list.setCurrentIndex(self.model.index(max(0, self.list.currentIndex().row())))
                return True
            if watched is self.list:
                return self._press(event)
        return super().eventFilter(watched, event)

    def _press(self, event: QKeyEvent) -> bool:
        row_now = self.list.currentIndex().row()
        columns = max(1, self.list.viewport().width() // self.list.gridSize().width())
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space}:
            self._take_row(row_now)
        elif event.key() == Qt.Key.Key_Up and row_now < columns:
            self.field.setFocus()
        elif event.key() in {Qt.Key.Key_Left, Qt.Key.Key_Right}:
            # Qt's own step ends at the edge of a line.
            step = 1 if event.key() == Qt.Key.Key_Right else -1
            self.list.setCurrentIndex(self.model.index(min(max(row_now + step, 0), self.model.rowCount() - 1)))
        elif event.text() and event.text().isprintable():
            self.field.setFocus()
            self.field.insert(event.text())
        else:
            return False
        return True

    def _narrow(self, query: str) -> None:
        self.model.narrow(query)
        self.nothing.setVisible(self.model.rowCount() == 0)
        self.list.setCurrentIndex(self.model.index(0) if query.strip() else NO_INDEX)

    def _take_row(self, number: int) -> None:
        if 0 <= number < self.model.rowCount():
            self._take(self.model.emoji(number).text)

    def _take(self, emoji: str) -> None:
        self.close_sheet()
        self._choose(emoji)
