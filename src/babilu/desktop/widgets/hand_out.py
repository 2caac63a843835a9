"""A text to hand on, such as an invitation: shown whole and as a code for a camera, and copied by a button."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics, QGuiApplication, QTextOption
from PySide6.QtWidgets import QFrame, QPlainTextEdit

from babilu.desktop.language import translate
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.basics import Button, PlainLabel, column, row
from babilu.desktop.widgets.code import Code
from babilu.desktop.widgets.toast import announce


class HandOut(QFrame):
    """A text, its code, a note about it, and the button; hidden while there is no text.

    Args:
        theme: Fonts and colours.
        lines: How many lines of the text are seen at once.
    """

    def __init__(self, theme: Theme, lines: int) -> None:
        super().__init__()
        self._theme = theme
        self._lines = lines
        self.setObjectName("inset")
        self.note = PlainLabel(theme, lambda t: t.fonts.small, wraps=True)
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setWordWrapMode(QTextOption.WrapMode.WrapAnywhere)
        self.copy_button = Button("primary")
        self.code = Code(theme)
        right = column(spacing=m.SMALL)
        for widget in (self.note, self.text):
            right.addWidget(widget)
        right.addWidget(self.copy_button, 0, Qt.AlignmentFlag.AlignLeft)
        right.addStretch(1)
        across = row(self, m.LARGE, (m.MEDIUM, m.MEDIUM, m.MEDIUM, m.MEDIUM))
        across.addWidget(self.code, 0, Qt.AlignmentFlag.AlignTop)
        across.addLayout(right, 1)
        self.copy_button.clicked.connect(self._copy)
        theme.changed.connect(self._restyle)
        self._restyle()
        self.hide()

    def hand_out(self, text: str) -> None:
        """Show a text; an empty one hides it all."""
        self.setVisible(bool(text))
        self.text.setPlainText(text)
        self.retranslate()
        if text:
            self.code.encode(text.encode("utf-8"))

    def call_it(self, text: str, code: str) -> None:
        """Name the text and its code for screen readers, in the language in force."""
        self.text.setAccessibleName(text)
        self.code.setAccessibleName(code)

    def retranslate(self) -> None:
        """Say everything in the language in force."""
        self.copy_button.setText(translate("HandOut", "Copy"))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text.toPlainText())
        self.copy_button.setText(translate("HandOut", "Copied"))
        announce(self.copy_button, self.copy_button.text())

    def _restyle(self) -> None:
        self.text.setFont(self._theme.fonts.body)
        self.text.setFixedHeight(self._lines * QFontMetrics(self._theme.fonts.body).lineSpacing() + 2 * m.LARGE)
