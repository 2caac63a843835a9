"""Rows of people and groups to choose from, each with its picture; the arrow keys of the field above move in them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem
from typing_extensions import override

from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.avatar import paint_avatar
from babilu.desktop.widgets.search_sheet import FittingModel, ListIndex, SearchSheet

SHOWN_ROWS: Final = 7
ROW: Final = 52
DISC: Final = 36


@dataclass(frozen=True, slots=True)
class ShownPerson:
    """What a row shows.

    Attributes:
        label: By which the picture is known.
        called: What they are called.
        title: Title of a group; empty for a person.
        portrait: By what a picture is known that is nobody's with that label; None for the label's.
        role: What stands on the right.
    """

    label: str
    called: str
    title: str = ""
    portrait: str | None = None
    role: str = ""


class PeopleDelegate(QStyledItemDelegate):
    """Paints a row: picture, name, and the role on the right.

    Args:
        shown: Gives what stands in a row.
        theme: Fonts and colours.
    """

    def __init__(self, shown: Callable[[int], ShownPerson], theme: Theme) -> None:
        super().__init__()
        self._shown = shown
        self._theme = theme

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: ListIndex) -> QSize:
        return QSize(100, self._theme.scaled(ROW))

    @override
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: ListIndex) -> None:
        person = self._shown(index.row())
        area = QRectF(option.rect).adjusted(0, 1, 0, -1)
        state: QStyle.StateFlag = option.state
        colours, fonts = self._theme.colours, self._theme.fonts
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.selected))
            painter.drawRoundedRect(area, m.RADIUS_ROW, m.RADIUS_ROW)
        side = self._theme.scaled(DISC)
        disc = QRectF(area.left() + m.SMALL, area.center().y() - side / 2, side, side)
        paint_avatar(painter, disc, person.label, self._theme, person.portrait, title=person.title)
        room = area.adjusted(m.SMALL + side + m.MEDIUM, 0, -m.MEDIUM, 0)
        centre = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
        painter.setFont(fonts.small)
        painter.setPen(QColor(colours.accent_text))
        painter.drawText(room, centre | Qt.AlignmentFlag.AlignRight, person.role)
        used = QFontMetricsF(fonts.small).horizontalAdvance(person.role) + (m.SMALL if person.role else 0)
        room.adjust(0, 0, -used, 0)
        painter.setFont(fonts.strong)
        painter.setPen(QColor(colours.text))
        short = QFontMetricsF(fonts.strong).elidedText(person.called, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, centre, short)
        painter.restore()


class PeopleSearch(SearchSheet):
    """Chooses one of several people or groups, whom the field above the list finds.

    Args:
        theme: Fonts and colours.
        model: Whom there is to choose from.
        shown: Gives what stands in a row.
    """

    STEPS: ClassVar = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 6, Qt.Key.Key_PageUp: -6}

    def __init__(self, theme: Theme, model: FittingModel[Any], shown: Callable[[int], ShownPerson]) -> None:
        super().__init__(theme, model)
        self._delegate = PeopleDelegate(shown, theme)
        self.list.setItemDelegate(self._delegate)
        self.list.setFixedHeight(theme.scaled(ROW) * SHOWN_ROWS)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
