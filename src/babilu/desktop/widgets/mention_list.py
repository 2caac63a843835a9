"""Names to mention, offered while one types one behind an ``@``; the keys stay where one writes."""

import re
from typing import Final

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QTextCursor
from PySide6.QtWidgets import QListWidget, QPlainTextEdit, QWidget
from typing_extensions import override

from babilu.desktop.language import translate
from babilu.desktop.plain_text import person
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.presentation.fuzzy import best

BEGUN: Final = re.compile(r"(?:^|(?<=[^\w]))@([\w.~-]{0,32})$")
"""A mention that is being written, up to the cursor."""

LOOKED_AT: Final = 34
SHOWN_ROWS: Final = 6
ROW_HEIGHT: Final = 36


class MentionList(QListWidget):
    """Offers names above the line that is written.

    Args:
        editor: Where one writes.
        theme: Sizes.
    """

    chosen = Signal(str)

    def __init__(self, editor: QPlainTextEdit, theme: Theme) -> None:
        super().__init__()
        self._editor = editor
        self._theme = theme
        self._names: tuple[str, ...] = ()
        self._offered: list[str] = []
        self.setObjectName("popup")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.itemClicked.connect(lambda _: self._take())
        editor.textChanged.connect(self._follow)
        editor.cursorPositionChanged.connect(self._follow)
        editor.installEventFilter(self)
        self.hide()
        self.retranslate()

    def offer(self, names: tuple[str, ...]) -> None:
        """Say who can be mentioned."""
        self._names = names
        self._follow()

    def retranslate(self) -> None:
        """Say everything in the language in force."""
        self.setAccessibleName(translate("MentionList", "People to mention"))

    @property
    def offered(self) -> tuple[str, ...]:
        """The names that are offered now."""
        return tuple(self._offered) if not self.isHidden() else ()

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._editor and not self.isHidden():
            if event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
                return self._press(event)
            if event.type() is QEvent.Type.FocusOut:
                self.hide()
        return super().eventFilter(watched, event)

    def _press(self, event: QKeyEvent) -> bool:
        match event.key():
            case Qt.Key.Key_Down | Qt.Key.Key_Up:
                step = 1 if event.key() == Qt.Key.Key_Down else -1
                self.setCurrentRow((self.currentRow() + step) % self.count())
            case Qt.Key.Key_Return | Qt.Key.Key_Enter | Qt.Key.Key_Tab:
                self._take()
            case Qt.Key.Key_Escape:
                self.hide()
            case _:
                return False
        return True

    def _begun(self) -> str | None:
        cursor = self._editor.textCursor()
        before = cursor.block().text()[: cursor.positionInBlock()][-LOOKED_AT:]
        found = BEGUN.search(before)
        return None if found is None or cursor.hasSelection() else found.group(1)

    def _follow(self) -> None:
        begun = self._begun() if self._names else None
        names = [] if begun is None else best(begun, self._names) if begun else list(self._names)
        # A name that stands there whole needs no offer, and Enter sends.
        if not names or names == [begun] or not self._editor.hasFocus():
            self.hide()
            return
        if names != self._offered:
            self._offered = names
            self.clear()
            self.addItems([f"@{person(name)}" for name in names])
        if self.currentRow() < 0:
            self.setCurrentRow(0)
        self._place()
        self.show()
        self.raise_()

    def _place(self) -> None:
        around = self.parentWidget()
        if not isinstance(around, QWidget):
            return
        corner = self._editor.mapTo(around, QPoint(0, 0))
        height = min(self.count(), SHOWN_ROWS) * self._theme.scaled(ROW_HEIGHT) + 2 * m.TINY
        width = min(self._editor.width(), self._theme.scaled(m.TEXT_MIN))
        self.setGeometry(corner.x(), max(0, corner.y() - height - m.TINY), width, min(height, corner.y()))

    def _take(self) -> None:
        begun = self._begun()
        number = self.currentRow()
        if begun is not None and 0 <= number < len(self._offered):
            cursor = self._editor.textCursor()
            cursor.movePosition(QTextCursor.MoveOperation.Left, QTextCursor.MoveMode.KeepAnchor, len(begun))
            cursor.insertText(f"{self._offered[number]} ")
        self.hide()
