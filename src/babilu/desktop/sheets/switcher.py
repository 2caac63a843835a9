"""The quick switcher: a few letters lead to a conversation."""

from collections.abc import Callable, Mapping
from typing import ClassVar, Final

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem
from typing_extensions import override

from babilu.desktop.language import translate
from babilu.desktop.models.labels import fitting_labels
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.avatar import paint_avatar
from babilu.desktop.widgets.search_sheet import FittingModel, ListIndex, SearchSheet
from babilu.presentation.group_model import is_group_label

SHOWN_ROWS: Final = 7
ROW: Final = 52
DISC: Final = 36


class NamesModel(FittingModel[str]):
    """Names that fit what was typed, the best first."""

    def __init__(self, names: Mapping[str, str]) -> None:
        super().__init__(lambda query: fitting_labels(query, names))
        self._names = names

    def called(self, label: str) -> str:
        """Give what a conversation is called."""
        return self._names[label]

    @override
    def data(self, index: ListIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        wanted = {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole}
        return self.called(self.found(index.row())) if role in wanted and index.isValid() else None


class NamesDelegate(QStyledItemDelegate):
    """Paints a name with its disc."""

    def __init__(self, model: NamesModel, theme: Theme) -> None:
        super().__init__()
        self._model = model
        self._theme = theme

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: ListIndex) -> QSize:
        return QSize(100, self._theme.scaled(ROW))

    @override
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: ListIndex) -> None:
        name = self._model.found(index.row())
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
        paint_avatar(painter, disc, name, self._theme, title=self._model.called(name) if is_group_label(name) else "")
        painter.setFont(self._theme.fonts.strong)
        painter.setPen(QColor(colours.text))
        text = area.adjusted(m.SMALL + side + m.MEDIUM, 0, -m.SMALL, 0)
        whole = self._model.called(name)
        short = QFontMetricsF(painter.font()).elidedText(whole, Qt.TextElideMode.ElideRight, text.width())
        painter.drawText(text, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, short)
        painter.restore()


class SwitcherSheet(SearchSheet):
    """Chooses a conversation.

    Args:
        theme: Fonts and colours.
        names: Whom one can choose: labels of conversations, with what they are called.
        title: Gives the heading, in the language in force.
        choose: What is done with the name.
    """

    STEPS: ClassVar = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 6, Qt.Key.Key_PageUp: -6}

    def __init__(
        self, theme: Theme, names: Mapping[str, str], title: Callable[[], str], choose: Callable[[str], None]
    ) -> None:
        model = NamesModel(names)
        super().__init__(theme, model)
        self._names = model
        self._title = title
        self._chosen = choose
        self.list.setItemDelegate(NamesDelegate(model, theme))
        self.list.setFixedHeight(theme.scaled(ROW) * SHOWN_ROWS)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.build()

    @override
    def retranslate(self) -> None:
        super().retranslate()
        self.title.setText(self._title())
        self.call_it(
            translate("Switcher", "A few letters of a name"),
            translate("Switcher", "Names"),
            translate("Switcher", "Nobody of that name. Ctrl+N begins a new conversation."),
        )

    @override
    def choose(self, number: int) -> None:
        self._chosen(self._names.found(number))
