"""Chooses to whom a message is forwarded: several people, found by a few letters of their names."""

from collections.abc import Callable, Mapping
from typing import Final

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QListWidget, QListWidgetItem, QWidget
from typing_extensions import override

from babilu.api.views import MessageView
from babilu.desktop.language import translate
from babilu.desktop.models.labels import fitting_labels
from babilu.desktop.models.message_words import body_line
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.basics import Button, PlainLabel, column, row
from babilu.desktop.widgets.modal_sheet import ModalSheet

MOST: Final = 20
"""So many people at once; the client takes no more."""

SHOWN_ROWS: Final = 6
ROW: Final = 40


class ForwardSheet(ModalSheet):
    """Chooses people.

    Args:
        theme: Fonts and colours.
        message: What is forwarded.
        names: Whom one can choose: labels of conversations, with what they are called.
        forward: What is done with the names.
    """

    def __init__(
        self, theme: Theme, message: MessageView, names: Mapping[str, str], forward: Callable[[tuple[str, ...]], None]
    ) -> None:
        super().__init__(theme)
        self._message = message
        self._names = names
        self._forward = forward
        self.chosen: list[str] = []
        quote = QFrame()
        quote.setObjectName("inset")
        self.quote = PlainLabel(theme, lambda t: t.fonts.small, "muted", wraps=True)
        column(quote, 0, (m.MEDIUM, m.SMALL, m.MEDIUM, m.SMALL)).addWidget(self.quote)
        self.field = QLineEdit()
        self.list = QListWidget()
        self.list.setFixedHeight(theme.scaled(ROW) * SHOWN_ROWS)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.hint = PlainLabel(theme, lambda t: t.fonts.small, "muted", wraps=True)
        self.button = Button("primary")
        buttons = row()
        buttons.addWidget(self.hint, 1)
        buttons.addWidget(self.button)
        for widget in (quote, self.field, self.list):
            self.body.addWidget(widget)
        self.body.addLayout(buttons)
        self.field.textChanged.connect(self._narrow)
        self.field.returnPressed.connect(self._enter)
        self.field.installEventFilter(self)
        self.list.itemChanged.connect(self._tick)
        self.list.itemActivated.connect(lambda _: self._send())
        self.button.clicked.connect(self._send)
        self._narrow("")

    @override
    def first_focus(self) -> QWidget:
        return self.field

    @override
    def retranslate(self) -> None:
        super().retranslate()
        self.title.setText(translate("Forward", "Forward to"))
        self.quote.setText(body_line(self._message))
        self.field.setPlaceholderText(translate("Forward", "A few letters of a name"))
        self.field.setAccessibleName(translate("Forward", "A few letters of a name"))
        self.list.setAccessibleName(translate("Forward", "Names"))
        self._say()

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        down = isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Down
        if watched is self.field and down and self.list.count():
            self.list.setFocus()
            return True
        return super().eventFilter(watched, event)

    def choose(self, name: str) -> None:
        """Choose somebody, or no longer."""
        if name in self.chosen:
            self.chosen.remove(name)
        elif len(self.chosen) < MOST:
            self.chosen.append(name)
        self._say()

    def _narrow(self, query: str) -> None:
        names = fitting_labels(query, self._names)
        self.list.blockSignals(True)
        self.list.clear()
        for name in names:
            item = QListWidgetItem(self._names[name])
            item.setSizeHint(QSize(0, self.theme.scaled(ROW)))
            item.setData(Qt.ItemDataRole.UserRole, name)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked if name in self.chosen else Qt.CheckState.Unchecked)
            self.list.addItem(item)
        self.list.setCurrentRow(0)
        self.list.blockSignals(False)

    def _tick(self, item: QListWidgetItem) -> None:
        name = item.data(Qt.ItemDataRole.UserRole)
        wanted = item.checkState() is Qt.CheckState.Checked
        if wanted != (name in self.chosen):
            self.choose(name)
        if wanted != (name in self.chosen):
            item.setCheckState(Qt.CheckState.Unchecked)

    def _enter(self) -> None:
        """Choose who fits best; with nothing typed, forward to those that are chosen."""
        item = self.list.currentItem()
        if not self.field.text().strip() and self.chosen:
            self._send()
        elif item is not None:
            name = item.data(Qt.ItemDataRole.UserRole)
            if name not in self.chosen:
                self.choose(name)
            self.field.clear()
            self._narrow("")

    def _say(self) -> None:
        count = len(self.chosen)
        self.button.setEnabled(count > 0)
        self.button.setText(
            translate("Forward", "Forward to %n", None, count) if count else translate("Forward", "Forward")
        )
        names = ", ".join(self._names[name] for name in self.chosen)
        full = translate("Forward", "At most %n people at once.", None, MOST)
        self.hint.setText(full if count >= MOST else names)

    def _send(self) -> None:
        if self.chosen:
            self.close_sheet()
            self._forward(tuple(self.chosen))
