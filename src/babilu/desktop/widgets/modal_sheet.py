"""A sheet lies over the window until it is closed; keys and focus stay in it, and a veil hides what is below."""

from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractSlider,
    QFrame,
    QGraphicsDropShadowEffect,
    QLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from babilu.desktop.language import translate
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.basics import IconButton, PlainLabel, column, lead_to, retranslates, row

SCROLLING: Final = {
    Qt.Key.Key_PageDown: QAbstractSlider.SliderAction.SliderPageStepAdd,
    Qt.Key.Key_PageUp: QAbstractSlider.SliderAction.SliderPageStepSub,
    Qt.Key.Key_Home: QAbstractSlider.SliderAction.SliderToMinimum,
    Qt.Key.Key_End: QAbstractSlider.SliderAction.SliderToMaximum,
}
"""Keys that move what a sheet shows, where no part of it has a use for them: much of it cannot have the focus.

Between buttons Qt moves by the arrow keys, as by Tab."""


class ModalSheet(QFrame):
    """One thing to see or to decide.

    Args:
        theme: Fonts and colours.
        width: Width in device-independent pixels at the usual size of text, where the window has so much.
        fills: Whether it takes all of the window.
    """

    closed = Signal()

    def __init__(self, theme: Theme, width: int = m.SHEET_WIDTH, *, fills: bool = False) -> None:
        super().__init__()
        self.theme = theme
        self.setObjectName("sheet")
        self.wanted_width = width
        self.fills = fills
        self.title = PlainLabel(theme, lambda t: t.fonts.title, wraps=True)
        self.close_button = IconButton(theme, "close")
        self.close_button.clicked.connect(self.close_sheet)
        head = row(spacing=m.SMALL, margins=(m.WIDE, m.LARGE, m.MEDIUM, m.SMALL))
        head.addWidget(self.title, 1)
        head.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        self.body: QVBoxLayout = column(spacing=m.MEDIUM, margins=(m.WIDE, m.TINY, m.WIDE, m.WIDE))
        inside = QWidget()
        inside.setLayout(self.body)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(inside)
        self._head = head
        outer = column(self)
        outer.addLayout(head)
        outer.addWidget(self._scroll, 1)
        self._inside = inside
        inside.installEventFilter(self)

    def retranslate(self) -> None:
        """Say everything in the language in force; sheets add their own sentences."""
        self.close_button.call_it(translate("Sheet", "Close"), "Esc")

    def first_focus(self) -> QWidget | None:
        """Give what has the focus first, or None for the first control."""
        return None

    def close_sheet(self) -> None:
        self.closed.emit()

    @property
    def room_across(self) -> int:
        """Width that the content has, beside a scroll bar where there is one; what needs more is cut."""
        return self._scroll.viewport().width()

    def wanted_height(self, width: int) -> int:
        """Tell how much height the content would like."""
        frame = 2 * self.frameWidth()
        return sum(_height(layout, width - frame) for layout in (self._head, self.body)) + frame

    def scroll_by(self, key: int) -> bool:
        """Move the content as a key of the keyboard says that nothing else has taken; tells whether it says so."""
        action = SCROLLING.get(Qt.Key(key))
        if action is None:
            return False
        self._scroll.verticalScrollBar().triggerAction(action)
        return True

    def let_scroll(self, *, on: bool) -> None:
        """Say whether the content may have a scroll bar.

        Where all of it has room there must be none: one that was needed for a moment makes the lines narrower, and a
        text that then takes a line more would keep it.
        """
        policy = Qt.ScrollBarPolicy.ScrollBarAsNeeded if on else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self._scroll.setVerticalScrollBarPolicy(policy)

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if retranslates(event):
            self.retranslate()

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.LayoutRequest and isinstance(host := self.parentWidget(), SheetHost):
            host.arrange()
        return super().eventFilter(watched, event)

    @override
    def focusNextPrevChild(self, forwards: bool) -> bool:
        stops = self._stops()
        if not stops:
            return False
        now = self.focusWidget()
        place = stops.index(now) if now in stops else -1
        stops[(place + (1 if forwards else -1)) % len(stops)].setFocus(
            Qt.FocusReason.TabFocusReason if forwards else Qt.FocusReason.BacktabFocusReason
        )
        return True

    def focus_first(self) -> None:
        """Give the focus to what should have it first."""
        target = self.first_focus() or next((stop for stop in self._stops() if stop is not self.close_button), None)
        lead_to(target or self.close_button, Qt.FocusReason.PopupFocusReason)

    def _stops(self) -> list[QWidget]:
        # Not by `nextInFocusChain`: PySide takes what that gives for a child of what it was asked of, and once the
        # sheet is gone, widgets of the window could not be used any more.
        return [each for each in self.findChildren(QWidget) if _stops_tab(each)]


def _stops_tab(widget: QWidget) -> bool:
    reached = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus) and widget.focusProxy() is None
    return reached and widget.isVisible() and widget.isEnabled()


def _height(layout: QLayout, width: int) -> int:
    return layout.totalHeightForWidth(width) if layout.hasHeightForWidth() else layout.totalSizeHint().height()


class SheetHost(QWidget):
    """Lies over its parent and shows the sheets, one above the other."""

    changed = Signal()
    """Another sheet is in front, or none."""

    def __init__(self, parent: QWidget, theme: Theme) -> None:
        super().__init__(parent)
        self._theme = theme
        self._over = parent
        self._sheets: list[ModalSheet] = []
        self._before: QWidget | None = None
        self.hide()
        parent.installEventFilter(self)

    @property
    def top(self) -> ModalSheet | None:
        """The sheet in front."""
        return self._sheets[-1] if self._sheets else None

    def put(self, sheet: ModalSheet) -> None:
        """Show a sheet above all others."""
        if not self._sheets:
            window = self.window()
            self._before = window.focusWidget()
            self.setGeometry(self._over.rect())
            self.show()
            self.raise_()
        else:
            self._sheets[-1].hide()
        sheet.setParent(self)
        sheet.retranslate()
        sheet.closed.connect(lambda: self.take(sheet))
        if not sheet.fills:
            shadow = QGraphicsDropShadowEffect(sheet)
            shadow.setBlurRadius(48)
            shadow.setOffset(0, 10)
            shadow.setColor(QColor(0, 0, 0, 90))
            sheet.setGraphicsEffect(shadow)
        self._sheets.append(sheet)
        self.arrange()
        sheet.show()
        self.arrange()
        sheet.focus_first()
        self.changed.emit()

    def take(self, sheet: ModalSheet) -> None:
        """Take a sheet away."""
        if sheet not in self._sheets:
            return
        self._sheets.remove(sheet)
        sheet.hide()
        sheet.setParent(None)
        sheet.deleteLater()
        self.changed.emit()
        if self._sheets:
            self._sheets[-1].show()
            self._sheets[-1].focus_first()
            return
        self.hide()
        if self._before is not None and self._before.isVisible():
            self._before.setFocus()

    def clear(self) -> None:
        """Take every sheet away."""
        for sheet in tuple(reversed(self._sheets)):
            self.take(sheet)

    def arrange(self) -> None:
        """Put the sheet in front into the middle, no larger than the window."""
        sheet = self.top
        if sheet is None:
            return
        if sheet.fills:
            sheet.setGeometry(self.rect())
            return
        width = min(self._theme.scaled(sheet.wanted_width), self.width() - 2 * m.LARGE)
        wanted, room = sheet.wanted_height(width), self.height() - 2 * m.LARGE
        height = min(wanted, room)
        sheet.let_scroll(on=wanted > room)
        sheet.setGeometry((self.width() - width) // 2, max(m.LARGE, (self.height() - height) * 2 // 5), width, height)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._over and event.type() is QEvent.Type.Resize:
            self.setGeometry(self._over.rect())
            self.arrange()
        return super().eventFilter(watched, event)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.top is not None:
            self.top.close_sheet()
            return
        if self.top is not None:
            self.top.scroll_by(event.key())
        event.accept()

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self.top is not None and not self.top.geometry().contains(event.position().toPoint()):
            self.top.close_sheet()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), self._theme.colour(self._theme.colours.scrim, self._theme.colours.scrim_alpha))
        painter.end()
