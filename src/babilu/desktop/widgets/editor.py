"""Field for a text: grows with it up to a limit, and tells what its keys ask for."""

from typing import Final

from PySide6.QtCore import QEvent, QMimeData, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QTextOption
from PySide6.QtWidgets import QPlainTextEdit
from typing_extensions import override

from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.kernel.limits import TEXT_BYTES

MOST_LINES: Final = 8
EDGE: Final = 2
"""Pixels between the text and the edge of its field."""

MOST_PASTED: Final = 2 * TEXT_BYTES
"""Characters that are pasted at most: what is longer than a message can be shortened here, but not a book."""


class Editor(QPlainTextEdit):
    """The field for the text."""

    submitted = Signal()
    later_wanted = Signal()
    edit_wanted = Signal()
    """Up was pressed where nothing is written."""

    emoji_wanted = Signal()

    files_pasted = Signal(object)
    """`QMimeData` with files or a picture."""

    too_much = Signal()
    """More was pasted than could ever be sent; nothing of it was taken, because laying it out would take seconds."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.enter_sends = True
        self.setObjectName("message")
        self.setTabChangesFocus(True)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setDocumentMargin(EDGE)
        self.textChanged.connect(self.fit)
        theme.changed.connect(self.fit)
        self.fit()

    def fit(self) -> None:
        """Take the height that the text needs, up to a limit."""
        document = self.document()
        lines = document.lineCount() if document.blockCount() > MOST_LINES else self._visual_lines()
        line = self.fontMetrics().lineSpacing()
        height = line * min(max(lines, 1), MOST_LINES) + 2 * 2 + 2 * 6 + 3
        self.setFixedHeight(max(m.CONTROL_HEIGHT, height))
        many = lines > MOST_LINES
        self.setVerticalScrollBarPolicy(
            Qt.ScrollBarPolicy.ScrollBarAsNeeded if many else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        )

    def _visual_lines(self) -> int:
        block = self.document().firstBlock()
        lines = 0
        while block.isValid():
            lines += max(1, block.layout().lineCount())
            block = block.next()
        return lines

    @override
    def resizeEvent(self, event: object) -> None:
        super().resizeEvent(event)  # type: ignore[arg-type]
        self.fit()

    @override
    def sizeHint(self) -> QSize:
        return QSize(200, m.CONTROL_HEIGHT)

    @override
    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return source.hasUrls() or source.hasImage() or super().canInsertFromMimeData(source)

    @override
    def insertFromMimeData(self, source: QMimeData) -> None:
        local = any(url.isLocalFile() for url in source.urls())
        if local or (source.hasImage() and not source.hasText()):
            self.files_pasted.emit(source)
            return
        if len(source.text()) > MOST_PASTED:
            self.too_much.emit()
            return
        super().insertFromMimeData(source)

    @override
    def event(self, event: QEvent) -> bool:
        """Leave Ctrl+End to the window where the cursor is at the end already."""
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            control = event.modifiers() == Qt.KeyboardModifier.ControlModifier
            if control and event.key() == Qt.Key.Key_End and self.textCursor().atEnd():
                event.ignore()
                return True
        return super().event(event)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            if control and shift:
                self.later_wanted.emit()
            elif control or (self.enter_sends and not shift):
                self.submitted.emit()
            else:
                self.insertPlainText("\n")
            return
        if event.key() == Qt.Key.Key_E and event.modifiers() == Qt.KeyboardModifier.ControlModifier:
            self.emoji_wanted.emit()
            return
        plain = event.modifiers() in {Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier}
        if event.key() == Qt.Key.Key_Up and plain and self.document().isEmpty():
            self.edit_wanted.emit()
            return
        super().keyPressEvent(event)
