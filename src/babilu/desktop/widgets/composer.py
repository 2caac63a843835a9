"""Where one writes: grows with its text, sends by a key, and keeps what was written and not sent."""

from typing import Final

from PySide6.QtCore import QEvent, QMimeData, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QTextOption
from PySide6.QtWidgets import QPlainTextEdit, QWidget
from typing_extensions import override

from babilu.desktop.language import translate
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.basics import IconButton, PlainLabel, column, repolish, retranslates, row
from babilu.kernel.limits import TEXT_BYTES

MOST_LINES: Final = 8
DRAFT_MS: Final = 400
MOST_PASTED: Final = 2 * TEXT_BYTES
"""Characters that are pasted at most: what is longer than a message can be shortened here, but not a book."""

WARN_BYTES: Final = 500
"""So close to the limit the number of bytes that are left is shown."""


class Editor(QPlainTextEdit):
    """The field for the text."""

    submitted = Signal()
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
        self.document().setDocumentMargin(2)
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
    def insertFromMimeData(self, source: QMimeData) -> None:
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
            if control or (self.enter_sends and not shift):
                self.submitted.emit()
            else:
                self.insertPlainText("\n")
            return
        super().keyPressEvent(event)


class Composer(QWidget):
    """The field, the button that sends, and a line for what went wrong."""

    sent = Signal(str)
    drafted = Signal(str, str)
    """Conversation and text: what was written and not sent."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("composer")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.conversation = ""
        self.stopped = ""
        self._kept = ""
        self.editor = Editor(theme)
        self.send_button = IconButton(theme, "send", lambda t: t.colours.on_accent)
        self.send_button.setProperty("kind", "send")
        self.error = PlainLabel(theme, lambda t: t.fonts.small, "danger", wraps=True)
        self.error.hide()
        self._draft = QTimer(self)
        self._draft.setSingleShot(True)
        self._draft.setInterval(DRAFT_MS)
        self._draft.timeout.connect(self.keep)
        line = row(spacing=m.SMALL)
        line.addWidget(self.editor, 1)
        line.addWidget(self.send_button, 0, Qt.AlignmentFlag.AlignBottom)
        outer = column(self, m.TINY, (m.LARGE, m.MEDIUM, m.MEDIUM, m.MEDIUM))
        outer.addWidget(self.error)
        outer.addLayout(line)
        self.editor.textChanged.connect(self._changed)
        self.editor.submitted.connect(self._submit)
        self.editor.too_much.connect(self._refuse_paste)
        self.send_button.clicked.connect(self._submit)
        self.setFocusProxy(self.editor)
        self.retranslate()
        self._changed()

    def open(self, conversation: str, draft: str) -> None:
        """Write in another conversation; what stands here is kept as the draft of the one before."""
        self.keep()
        self.conversation = conversation
        self._kept = draft
        self.error.hide()
        self.editor.setPlainText(draft)
        cursor = self.editor.textCursor()
        cursor.movePosition(cursor.MoveOperation.End)
        self.editor.setTextCursor(cursor)
        self._draft.stop()

    def keep(self) -> None:
        """Keep what was written and not sent."""
        self._draft.stop()
        text = self.editor.toPlainText()
        if self.conversation and text != self._kept:
            self._kept = text
            self.drafted.emit(self.conversation, text)

    def stop(self, reason: str) -> None:
        """Send nothing for a reason, or again where there is none; what is written is kept, and the focus stays.

        Were the field disabled, Qt would move the focus on, and the rest of a sentence would be typed somewhere else.
        """
        if reason == self.stopped:
            return
        self.stopped = reason
        self.error.hide()
        self.editor.setProperty("stopped", bool(reason))
        repolish(self.editor)
        self.retranslate()
        self._changed()

    def give_back(self, text: str, reason: str) -> None:
        """Show again what could not be sent, and why."""
        if not self.editor.toPlainText():
            self.editor.setPlainText(text)
        self.error.setText(reason)
        self.error.show()

    def retranslate(self) -> None:
        """Say everything in the language in force."""
        self.editor.setPlaceholderText(self.stopped or translate("Composer", "Message"))
        self.editor.setAccessibleDescription(self.stopped)
        self.editor.setAccessibleName(translate("Composer", "Message"))
        self.send_button.call_it(translate("Composer", "Send"), "Enter")

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if retranslates(event):
            self.retranslate()

    def _changed(self) -> None:
        text = self.editor.toPlainText()
        left = (
            TEXT_BYTES - len(text.encode("utf-8", "replace")) if len(text) * 4 > TEXT_BYTES - WARN_BYTES else TEXT_BYTES
        )
        self.send_button.setEnabled(bool(text.strip()) and left >= 0 and not self.stopped)
        if left < 0:
            self.error.setText(too_long(-left))
            self.error.show()
        elif not self.error.isHidden():
            self.error.hide()
        self._draft.start()

    def _refuse_paste(self) -> None:
        self.error.setText(too_much())
        self.error.show()

    def _submit(self) -> None:
        if self.stopped:
            self.error.setText(self.stopped)
            self.error.show()
            return
        if not self.send_button.isEnabled():
            return
        # Sending empties the field and so disables the button: what is typed next belongs here.
        self.editor.setFocus()
        text = self.editor.toPlainText()
        self.editor.clear()
        self.keep()
        self.sent.emit(text)


def too_much() -> str:
    """Say that more was pasted than could ever be sent."""
    return translate("Composer", "This is too long to be pasted: a message has at most %n byte(s).", None, TEXT_BYTES)


def too_long(over: int) -> str:
    """Say by how many bytes a text is too long."""
    return translate("Composer", "This text is %n byte(s) too long to be sent.", None, over)
