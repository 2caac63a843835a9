"""Chooses an emoji: the ones used last, all of them, or those that a few letters find; the keyboard alone is enough."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import QListView, QSizePolicy, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget
from typing_extensions import override

from babilu.desktop.language import spoken, translate
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.basics import Button, row
from babilu.desktop.widgets.search_sheet import NO_INDEX, FittingModel, ListIndex, SearchSheet
from babilu.presentation.emoji import Emoji, find_emoji, name_of

CELL: Final = 44
ROWS: Final = 6
OFFERED: Final = 8


class EmojiModel(FittingModel[Emoji]):
    """The emoji that fit what was typed, by their names in the language in force."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(lambda query: find_emoji(query, spoken()))
        self._theme = theme

    @override
    def data(self, index: ListIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not 0 <= index.row() < self.rowCount():
            return None
        emoji = self.found(index.row())
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return emoji.text
            case Qt.ItemDataRole.AccessibleTextRole | Qt.ItemDataRole.ToolTipRole:
                return emoji.name
            case Qt.ItemDataRole.FontRole:
                font = QFont(self._theme.fonts.large)
                font.setWeight(QFont.Weight.Normal)
                return font
            case _:
                return None


class EmojiDelegate(QStyledItemDelegate):
    """Paints an emoji in the middle of its cell, and a quiet ground under the one that the cursor is on."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: ListIndex) -> QSize:
        side = self._theme.scaled(CELL)
        return QSize(side, side)

    @override
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: ListIndex) -> None:
        area = QRectF(option.rect)
        state: QStyle.StateFlag = option.state
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(self._theme.colours.selected))
            painter.drawRoundedRect(area.adjusted(2, 2, -2, -2), m.RADIUS_ROW, m.RADIUS_ROW)
        if state & QStyle.StateFlag.State_Selected and state & QStyle.StateFlag.State_HasFocus:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(self._theme.colours.focus), 2))
            painter.drawRoundedRect(area.adjusted(2, 2, -2, -2), m.RADIUS_ROW, m.RADIUS_ROW)
        painter.setFont(index.data(Qt.ItemDataRole.FontRole))
        painter.setPen(QColor(self._theme.colours.text))
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, index.data())
        painter.restore()


class EmojiSheet(SearchSheet):
    """Chooses an emoji.

    Args:
        theme: Fonts and colours.
        recent: Those used last.
        choose: What is done with it.
    """

    def __init__(self, theme: Theme, recent: tuple[str, ...], choose: Callable[[str], None]) -> None:
        model = EmojiModel(theme)
        super().__init__(theme, model)
        self._emoji = model
        self._chosen = choose
        self.recent = {each: Button("quiet") for each in recent[:OFFERED]}
        self.list.setViewMode(QListView.ViewMode.IconMode)
        self.list.setMovement(QListView.Movement.Static)
        self.list.setResizeMode(QListView.ResizeMode.Adjust)
        side = theme.scaled(CELL)
        self.list.setGridSize(QSize(side, side))
        self.list.setFixedHeight(side * ROWS)
        self.list.setItemDelegate(EmojiDelegate(theme))
        self.list.setMouseTracking(True)
        self.list.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.list.installEventFilter(self)
        first = QWidget()
        first.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        across = row(first, m.TINY)
        for emoji, button in self.recent.items():
            button.setText(emoji)
            button.setFont(theme.fonts.title)
            button.clicked.connect(lambda _checked=False, emoji=emoji: self._take_emoji(emoji))
            across.addWidget(button)
        across.addStretch(1)
        self.build(first)

    @override
    def retranslate(self) -> None:
        super().retranslate()
        self.title.setText(translate("EmojiPicker", "Choose an emoji"))
        self.call_it(
            translate("EmojiPicker", "Search by name"),
            translate("EmojiPicker", "Emoji"),
            translate("EmojiPicker", "No emoji has such a name."),
        )
        for emoji, button in self.recent.items():
            name = name_of(emoji, spoken())
            button.setAccessibleName(name)
            button.setToolTip(name)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            if watched is self.field and event.key() == Qt.Key.Key_Down and self.model.rowCount():
                self.list.setFocus()
                self.step(0)
                return True
            if watched is self.list:
                return self._press(event)
        return super().eventFilter(watched, event)

    def _press(self, event: QKeyEvent) -> bool:
        row_now = self.list.currentIndex().row()
        columns = max(1, self.list.viewport().width() // self.list.gridSize().width())
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space}:
            self._take(row_now)
        elif event.key() == Qt.Key.Key_Up and row_now < columns:
            self.field.setFocus()
        elif event.key() in {Qt.Key.Key_Left, Qt.Key.Key_Right}:
            # Qt's own step ends at the edge of a line.
            self.step(1 if event.key() == Qt.Key.Key_Right else -1)
        elif event.text() and event.text().isprintable():
            self.field.setFocus()
            self.field.insert(event.text())
        else:
            return False
        return True

    @override
    def choose(self, number: int) -> None:
        self._chosen(self._emoji.found(number).text)

    @override
    def _narrow(self, query: str) -> None:
        super()._narrow(query)
        if not query.strip():
            self.list.setCurrentIndex(NO_INDEX)

    def _take_emoji(self, emoji: str) -> None:
        self.close_sheet()
        self._chosen(emoji)
