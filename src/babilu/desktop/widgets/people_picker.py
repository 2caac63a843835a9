"""Picker of several people or conversations: a few letters of a name find one, and the keyboard alone is enough."""

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QListWidget, QListWidgetItem, QWidget
from typing_extensions import override

from babilu.desktop.language import translate
from babilu.desktop.models.labels import fitting_labels
from babilu.desktop.plain_text import person
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.basics import PlainLabel, column
from babilu.kernel.limits import NAME_CHARACTERS

SHOWN_ROWS: Final = 6
ROW: Final = 40


class PeoplePicker(QWidget):
    """A field, the list of who fits, and the names of those who are chosen.

    Args:
        theme: Fonts and colours.
        names: Whom one can choose: labels, with what they are called.
        most: How many at once.
        typed: Whether a name that is not among them can be chosen, too: the relay is asked about it later.
    """

    changed = Signal()
    """Others are chosen."""

    finished = Signal()
    """Enter was pressed and nothing was typed: all are chosen."""

    def __init__(self, theme: Theme, names: Mapping[str, str], most: int, *, typed: bool = False) -> None:
        super().__init__()
        self._theme = theme
        self._names = dict(names)
        self._most = most
        self._typed = typed
        self.chosen: list[str] = []
        self.field = QLineEdit()
        self.list = QListWidget()
        self.list.setFixedHeight(theme.scaled(ROW) * SHOWN_ROWS)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.nothing = PlainLabel(theme, lambda t: t.fonts.small, "muted", wraps=True)
        stack = column(self, 8)
        for widget in (self.field, self.nothing, self.list):
            stack.addWidget(widget)
        self.field.setMaxLength(NAME_CHARACTERS)
        self.field.textChanged.connect(self._narrow)
        self.field.returnPressed.connect(self._enter)
        self.field.installEventFilter(self)
        self.list.itemChanged.connect(self._tick)
        self.list.itemActivated.connect(lambda _: self._finish())
        self.setFocusProxy(self.field)
        self._narrow("")

    def retranslate(self) -> None:
        """Say everything in the language in force."""
        name = translate("Picker", "A few letters of a name")
        self.field.setPlaceholderText(name)
        self.field.setAccessibleName(name)
        self.list.setAccessibleName(translate("Picker", "Names"))
        self._say_nothing()

    @property
    def is_full(self) -> bool:
        """Whether nobody more can be chosen."""
        return len(self.chosen) >= self._most

    def chosen_names(self) -> str:
        """Give what those who are chosen are called, in the order in which they were."""
        return ", ".join(self._names.get(each, person(each)) for each in self.chosen)

    def choose(self, name: str) -> None:
        """Choose somebody, or no longer."""
        if name in self.chosen:
            self.chosen.remove(name)
        elif not self.is_full:
            self.chosen.append(name)
        self.changed.emit()

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        down = isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Down
        if watched is self.field and down and self.list.count():
            self.list.setFocus()
            return True
        return super().eventFilter(watched, event)

    def _narrow(self, query: str) -> None:
        typed = query.strip()
        self.list.blockSignals(True)
        self.list.clear()
        for name in fitting_labels(query, self._names):
            self._add(name, self._names[name])
        if self._typed and typed and typed.casefold() not in {name.casefold() for name in self._names}:
            self._add(typed, translate("Picker", "{0}, by this name at the relay").format(person(typed)))
        self.list.setCurrentRow(0)
        self.list.blockSignals(False)
        self._say_nothing()

    def _add(self, name: str, called: str) -> None:
        item = QListWidgetItem(called)
        item.setSizeHint(QSize(0, self._theme.scaled(ROW)))
        item.setData(Qt.ItemDataRole.UserRole, name)
        item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
        item.setCheckState(Qt.CheckState.Checked if name in self.chosen else Qt.CheckState.Unchecked)
        self.list.addItem(item)

    def _say_nothing(self) -> None:
        nobody = translate("Picker", "Nobody here to choose.")
        unknown = translate("Picker", "Nobody of that name.")
        self.nothing.setText(unknown if self.field.text().strip() else nobody)
        self.nothing.setVisible(self.list.count() == 0)

    def _tick(self, item: QListWidgetItem) -> None:
        name = item.data(Qt.ItemDataRole.UserRole)
        wanted = item.checkState() is Qt.CheckState.Checked
        if wanted != (name in self.chosen):
            self.choose(name)
        if wanted != (name in self.chosen):
            item.setCheckState(Qt.CheckState.Unchecked)

    def _enter(self) -> None:
        """Choose who fits best; with nothing typed, all are chosen that are meant."""
        item = self.list.currentItem()
        if not self.field.text().strip():
            self._finish()
        elif item is not None:
            name = item.data(Qt.ItemDataRole.UserRole)
            if name not in self.chosen:
                self.choose(name)
            if name not in self._names and name in self.chosen:
                self._names[name] = person(name)
            self.field.clear()
            self._narrow("")

    def _finish(self) -> None:
        self.finished.emit()
