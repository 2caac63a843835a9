"""A short word at the lower edge that goes by itself; screen readers are told it."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QFrame, QWidget
from typing_extensions import override

from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.basics import PlainLabel, row

SHOWN_MS = 5_000
WIDEST = 460


class Toast(QFrame):
    """Shows one sentence for a while.

    Args:
        parent: What it lies over.
        theme: Fonts and colours.
        below: Tells how much of the lower edge is left free.
    """

    def __init__(self, parent: QWidget, theme: Theme, below: Callable[[], int]) -> None:
        super().__init__(parent)
        self._over = parent
        self._below = below
        self._theme = theme
        self.setObjectName("toast")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.text = PlainLabel(theme, lambda t: t.fonts.small, wraps=True)
        row(self, 0, (m.LARGE, m.MEDIUM, m.LARGE, m.MEDIUM)).addWidget(self.text)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SHOWN_MS)
        self._timer.timeout.connect(self.hide)
        parent.installEventFilter(self)
        theme.changed.connect(self._place)
        self.hide()

    def say(self, text: str) -> None:
        """Show a sentence."""
        self.text.setText(text)
        self._place()
        self.show()
        self.raise_()
        self._timer.start()
        announce(self, text)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        parent = self._over
        self.text.ensurePolished()
        natural = self.text.fontMetrics().horizontalAdvance(self.text.text()) + 2 * m.LARGE + 4
        width = min(natural, self._theme.scaled(WIDEST), parent.width() - 2 * m.LARGE)
        self.text.setFixedWidth(max(1, width - 2 * m.LARGE))
        height = self.text.heightForWidth(max(1, width - 2 * m.LARGE)) + 2 * m.MEDIUM
        self.setGeometry(
            (parent.width() - width) // 2, parent.height() - height - m.LARGE - self._below(), width, height
        )


def announce(widget: QWidget, text: str) -> None:
    """Tell screen readers something that happens, without moving the focus."""
    if QAccessible.isActive():
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(widget, text))
