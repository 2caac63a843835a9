"""The quick switcher: a few letters lead to a conversation; forwarding chooses its recipient the same way."""

from collections.abc import Callable

from PySide6.QtCore import QAbstractListModel, QEvent, QModelIndex, QObject, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QKeyEvent, QPainter
from PySide6.QtWidgets import QLineEdit, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget
from typing_extensions import override

from babilu.desktop.language import translate
from babilu.desktop.plain_text import person
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.avatar import paint_avatar
from babilu.desktop.widgets.basics import PlainLabel
from babilu.desktop.widgets.modal_sheet import ModalSheet
from babilu.presentation.fuzzy import best

SHOWN_ROWS = 7
ROW = 52
DISC = 36
NO_INDEX = QModelIndex()
Index = QModelIndex | QPersistentModelIndex


class NamesModel(QAbstractListModel):
    """Names that fit what was typed, the best first."""

    def __init__(self, names: list[str]) -> None:
        super().__init__()
        self._all = names
        self._fitting = names

    def narrow(self, query: str) -> None:
        """Keep what fits."""
        self.beginResetModel()
        self._fitting = best(query, self._all) if query.strip() else self._all
        self.endResetModel()

    def name(self, number: int) -> str:
        """Give the name of a row."""
        return self._fitting[number]

    @override
    def rowCount(self, parent: Index = NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self._fitting)

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        wanted = {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole}
        return person(self._fitting[index.row()]) if role in wanted and index.isValid() else None


class NamesDelegate(QStyledItemDelegate):
    """Paints a name with its disc."""

    def __init__(self, model: NamesModel, theme: Theme) -> None:
        super().__init__()
        self._model = model
        self._theme = theme

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(100, self._theme.scaled(ROW))

    @override
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        name = self._model.name(index.row())
        area = QRectF(option.rect).adjusted(0, 1, 0, -1)
        state: QStyle.StateFlag = option.state
        colours = self._theme.colours
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.selected))
            painter.drawRoundedRect(area, m.RADIUS_ROW, m.RADIUS_ROW)
        side = self._theme.scaled(DISC)
        disc = QRectF(area.left() + m.SMALL, area.center().y() - side / 2, side, side)
        paint_avatar(painter, disc, name, self._theme)
        painter.setFont(self._theme.fonts.strong)
        painter.setPen(QColor(colours.text))
        text = area.adjusted(m.SMALL + side + m.MEDIUM, 0, -m.SMALL, 0)
        whole = person(name)
        short = QFontMetricsF(painter.font()).elidedText(whole, Qt.TextElideMode.ElideRight, text.width())
        painter.drawText(text, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, short)
        painter.restore()


class SwitcherSheet(ModalSheet):
    """Chooses a conversation.

    Args:
        theme: Fonts and colours.
        names: Whom one can choose.
        title: Gives the heading, in the language in force.
        choose: What is done with the name.
    """

    def __init__(self, theme: Theme, names: list[str], title: Callable[[], str], choose: Callable[[str], None]) -> None:
        super().__init__(theme)
        self._title = title
        self._choose = choose
        self._model = NamesModel(names)
        self.field = QLineEdit()
        self.list = QListView()
        self.list.setModel(self._model)
        self.list.setItemDelegate(NamesDelegate(self._model, theme))
        self.list.setUniformItemSizes(True)
        self.list.setFixedHeight(theme.scaled(ROW) * SHOWN_ROWS)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setStyleSheet("")
        self.nothing = PlainLabel(theme, lambda t: t.fonts.small, "muted")
        self.body.addWidget(self.field)
        self.body.addWidget(self.nothing)
        self.body.addWidget(self.list)
        self.field.textChanged.connect(self._narrow)
        self.field.returnPressed.connect(self._take)
        self.list.clicked.connect(lambda _: self._take())
        self.field.installEventFilter(self)
        self._narrow("")

    @override
    def first_focus(self) -> QWidget:
        return self.field

    @override
    def retranslate(self) -> None:
        super().retranslate()
        self.title.setText(self._title())
        self.field.setPlaceholderText(translate("Switcher", "A few letters of a name"))
        self.field.setAccessibleName(translate("Switcher", "A few letters of a name"))
        self.list.setAccessibleName(translate("Switcher", "Names"))
        self.nothing.setText(translate("Switcher", "Nobody of that name. Ctrl+N begins a new conversation."))

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.field and isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 6, Qt.Key.Key_PageUp: -6}.get(
                Qt.Key(event.key())
            )
            if step is not None:
                self._step(step)
                return True
        return super().eventFilter(watched, event)

    def _narrow(self, query: str) -> None:
        self._model.narrow(query)
        self.nothing.setVisible(self._model.rowCount() == 0)
        self._step(0)

    def _step(self, by: int) -> None:
        count = self._model.rowCount()
        if count:
            now = max(0, self.list.currentIndex().row())
            self.list.setCurrentIndex(self._model.index(min(max(now + by, 0), count - 1)))

    def _take(self) -> None:
        index = self.list.currentIndex()
        if index.isValid():
            name = self._model.name(index.row())
            self.close_sheet()
            self._choose(name)
