"""Search within a conversation: goes from hit to hit, and closing it leads back to where one was."""

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget
from typing_extensions import override

from babilu.api import commands as c
from babilu.api.views import MessageView
from babilu.desktop.bridge import QtBridge
from babilu.desktop.language import translate
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.basics import IconButton, PlainLabel, retranslates, row

TYPING_MS = 180
MOST_FOUND = 200


class SearchBar(QWidget):
    """The field, the number of hits, and the way to the next one."""

    jumped = Signal(object)
    """`MessageView` to show."""

    highlighted = Signal(str)
    closed = Signal()

    def __init__(self, theme: Theme, bridge: QtBridge) -> None:
        super().__init__()
        self.setObjectName("header")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._bridge = bridge
        self._conversation = ""
        self._found: tuple[MessageView, ...] = ()
        self._at = 0
        self.field = QLineEdit()
        self.field.setClearButtonEnabled(False)
        self.count = PlainLabel(theme, lambda t: t.fonts.small, "muted")
        self.older_button = IconButton(theme, "up")
        self.newer_button = IconButton(theme, "down")
        self.close_button = IconButton(theme, "close")
        across = row(self, m.SMALL, (m.LARGE, m.SMALL, m.SMALL, m.SMALL))
        across.addWidget(self.field, 1)
        across.addWidget(self.count)
        for button in (self.older_button, self.newer_button, self.close_button):
            across.addWidget(button)
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(TYPING_MS)
        self._typing.timeout.connect(self._search)
        self.field.textChanged.connect(lambda _: self._typing.start())
        self.field.returnPressed.connect(self._next)
        self.older_button.clicked.connect(lambda: self._step(1))
        self.newer_button.clicked.connect(lambda: self._step(-1))
        self.close_button.clicked.connect(self.leave)
        self.hide()
        self.retranslate()

    def begin(self, conversation: str) -> None:
        self._conversation = conversation
        self.show()
        self.field.setFocus()
        self.field.selectAll()

    def leave(self) -> None:
        """Close the search."""
        if self.isHidden():
            return
        self._typing.stop()
        self.field.clear()
        self._typing.stop()
        self._found = ()
        self._say()
        self.hide()
        self.highlighted.emit("")
        self.closed.emit()

    def retranslate(self) -> None:
        """Say everything in the language in force."""
        self.field.setPlaceholderText(translate("SearchBar", "Search in this conversation"))
        self.field.setAccessibleName(translate("SearchBar", "Search in this conversation"))
        self.older_button.call_it(translate("SearchBar", "Older hit"), "Enter")
        self.newer_button.call_it(translate("SearchBar", "Newer hit"), "Shift+Enter")
        self.close_button.call_it(translate("SearchBar", "Close the search"), "Esc")
        self._say()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        elif (
            event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
            and event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        ):
            self._step(-1)
        else:
            super().keyPressEvent(event)

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if retranslates(event):
            self.retranslate()

    def _next(self) -> None:
        if self._typing.isActive():
            self._search()
        else:
            self._step(1)

    def _search(self) -> None:
        self._typing.stop()
        query = self.field.text().strip()
        if not query:
            self._take("", ())
            return
        command = c.Search(query, self._conversation, MOST_FOUND)
        self._bridge.request(command, lambda found: self._take(query, found))

    def _take(self, query: str, found: tuple[MessageView, ...]) -> None:
        if query != self.field.text().strip() or self.isHidden():
            return
        self._found = found
        self._at = 0
        self.highlighted.emit(query)
        self._say()
        if found:
            self.jumped.emit(found[0])

    def _step(self, by: int) -> None:
        if self._found:
            self._at = (self._at + by) % len(self._found)
            self._say()
            self.jumped.emit(self._found[self._at])

    def _say(self) -> None:
        if self._found:
            text = translate("SearchBar", "{0} of {1}").format(self._at + 1, len(self._found))
        elif self.field.text().strip():
            text = translate("SearchBar", "Nothing found")
        else:
            text = ""
        self.count.setText(text)
        for button in (self.older_button, self.newer_button):
            button.setEnabled(len(self._found) > 1)
