"""What is pinned in a conversation, one at a time; a press leads to it and shows the next."""

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QPushButton, QWidget
from typing_extensions import override

from babilu.desktop.language import translate
from babilu.desktop.models.message_words import body_line
from babilu.desktop.models.pins_model import PinsModel
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.basics import ElidedLabel, IconButton, column, presses, retranslates, row

ABOVE, BELOW = 6, 7


class PinsButton(QPushButton):
    """Two lines that are pressed: which pinned message it is, and what it says."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setProperty("kind", "row")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.title = ElidedLabel(theme, lambda t: t.fonts.small, "accent")
        self.line = ElidedLabel(theme, lambda t: t.fonts.body)
        lines = column(self, 0, (m.LARGE, ABOVE, m.SMALL, BELOW))
        for label in (self.title, self.line):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            lines.addWidget(label)

    @override
    def sizeHint(self) -> QSize:
        heights = sum(label.sizeHint().height() for label in (self.title, self.line))
        return QSize(m.TEXT_MIN, heights + ABOVE + BELOW)

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(1, self.sizeHint().height())

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not presses(self, event):
            super().keyPressEvent(event)


class PinsBar(QWidget):
    """Shows a pinned message above the messages."""

    jumped = Signal(object)
    """`MessageView` to show."""

    unpinned = Signal(object)
    """`MessageView` that is to be pinned no longer."""

    def __init__(self, theme: Theme, pins: PinsModel) -> None:
        super().__init__()
        self._pins = pins
        self.setObjectName("header")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.button = PinsButton(theme)
        self.close_button = IconButton(theme, "close")
        across = row(self, 0, (0, 0, m.SMALL, 0))
        across.addWidget(self.button, 1)
        across.addWidget(self.close_button)
        self.button.clicked.connect(self.go)
        self.close_button.clicked.connect(self._unpin)
        pins.changed.connect(self.say)
        theme.changed.connect(self.say)
        self.say()

    def go(self) -> None:
        """Lead to the message that is shown, and show the next one."""
        message = self._pins.shown
        if message is not None:
            self._pins.step()
            self.jumped.emit(message)

    def say(self) -> None:
        """Say what is pinned in the language in force."""
        message = self._pins.shown
        self.setVisible(message is not None)
        title = translate("PinsBar", "Pinned message")
        self.button.setAccessibleName(title)
        self.close_button.call_it(translate("PinsBar", "Unpin for all"))
        if message is None:
            return
        count = len(self._pins.pins)
        if count > 1:
            title = translate("PinsBar", "Pinned message {0} of {1}").format(self._pins.place + 1, count)
        self.button.title.say(title)
        self.button.line.say(body_line(message))
        self.button.setAccessibleName(f"{title}: {self.button.line.whole}")
        # A style sheet gives a button a least height of its own, which would hold for both lines.
        self.setFixedHeight(self.button.sizeHint().height())

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if retranslates(event):
            self.say()

    def _unpin(self) -> None:
        message = self._pins.shown
        if message is not None:
            self.unpinned.emit(message)
