"""Sheet with a field and a list of what fits what is typed there; the keyboard alone is enough."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Final, Generic, TypeVar

from PySide6.QtCore import QAbstractListModel, QEvent, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QListView, QWidget
from typing_extensions import override

from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.basics import PlainLabel
from babilu.desktop.widgets.modal_sheet import ModalSheet

NO_INDEX: Final = QModelIndex()
ListIndex = QModelIndex | QPersistentModelIndex
Found = TypeVar("Found")


class FittingModel(QAbstractListModel, Generic[Found]):
    """What fits what was typed, the best first.

    Args:
        find: Gives what fits a text; all of it for an empty one.
    """

    def __init__(self, find: Callable[[str], Sequence[Found]]) -> None:
        super().__init__()
        self._find = find
        self._found = find("")

    def narrow(self, query: str) -> None:
        """Keep what fits."""
        self.beginResetModel()
        self._found = self._find(query)
        self.endResetModel()

    def found(self, number: int) -> Found:
        """Give what stands in a row."""
        return self._found[number]

    @override
    def rowCount(self, parent: ListIndex = NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self._found)


class SearchSheet(ModalSheet):
    """Chooses one of many.

    Args:
        theme: Fonts and colours.
        model: What there is to choose from.
    """

    STEPS: ClassVar[Mapping[Qt.Key, int]] = {}
    """By how many rows keys in the field move in the list."""

    def __init__(self, theme: Theme, model: FittingModel[Any]) -> None:
        super().__init__(theme)
        self.model = model
        self.field = QLineEdit()
        self.list = QListView()
        self.list.setObjectName("choices")
        self.list.setModel(model)
        self.list.setUniformItemSizes(True)
        self.nothing = PlainLabel(theme, lambda t: t.fonts.small, "muted", wraps=True)
        self.field.textChanged.connect(self._narrow)
        self.field.returnPressed.connect(lambda: self._take(max(0, self.list.currentIndex().row())))
        self.list.clicked.connect(lambda index: self._take(index.row()))
        self.field.installEventFilter(self)

    def build(self, *between: QWidget) -> None:
        """Put the parts of the sheet one under the other, with what stands between field and list."""
        for widget in (self.field, *between, self.nothing, self.list):
            self.body.addWidget(widget)
        self._narrow("")

    def choose(self, number: int) -> None:
        """Do something with what stands in a row, once the sheet is closed."""
        raise NotImplementedError

    def call_it(self, field: str, choices: str, nothing: str) -> None:
        """Name the parts in the language in force."""
        self.field.setPlaceholderText(field)
        self.field.setAccessibleName(field)
        self.list.setAccessibleName(choices)
        self.nothing.setText(nothing)

    @override
    def first_focus(self) -> QWidget:
        return self.field

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.field and isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            step = self.STEPS.get(Qt.Key(event.key()))
            if step is not None and self.model.rowCount():
                self.step(step)
                return True
        return super().eventFilter(watched, event)

    def step(self, by: int) -> None:
        """Move in the list, which ends at its ends."""
        now, last = max(0, self.list.currentIndex().row()), self.model.rowCount() - 1
        self.list.setCurrentIndex(self.model.index(min(max(now + by, 0), last)))

    def _narrow(self, query: str) -> None:
        self.model.narrow(query)
        self.nothing.setVisible(self.model.rowCount() == 0)
        if self.model.rowCount():
            self.step(0)

    def _take(self, number: int) -> None:
        if 0 <= number < self.model.rowCount():
            self.close_sheet()
            self.choose(number)
