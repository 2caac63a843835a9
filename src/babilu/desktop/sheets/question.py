"""Short sheets: a question with two answers, and a long text to read and copy."""

from collections.abc import Callable

from PySide6.QtWidgets import QPlainTextEdit, QWidget
from typing_extensions import override

from babilu.desktop.language import translate
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.basics import Button, PlainLabel, row
from babilu.desktop.widgets.sheet import Sheet

Said = Callable[[], str]


class QuestionSheet(Sheet):
    """Asks before something is done that cannot be undone, or that shows something to others.

    Args:
        theme: Fonts and colours.
        title: Gives the heading, in the language in force.
        text: Gives the question.
        answer: Gives the words of the button that does it.
        act: What is done.
        dangerous: Whether it destroys something.
    """

    def __init__(
        self, theme: Theme, title: Said, text: Said, answer: Said, act: Callable[[], None], *, dangerous: bool = False
    ) -> None:
        super().__init__(theme)
        self._title, self._text, self._answer, self._act = title, text, answer, act
        self.text = PlainLabel(theme, lambda t: t.fonts.body, wraps=True)
        self.yes = Button("danger" if dangerous else "primary")
        self.no = Button()
        self.body.addWidget(self.text)
        buttons = row(spacing=m.SMALL)
        buttons.addStretch(1)
        buttons.addWidget(self.no)
        buttons.addWidget(self.yes)
        self.body.addSpacing(m.SMALL)
        self.body.addLayout(buttons)
        self.no.clicked.connect(self.close_sheet)
        self.yes.clicked.connect(self._do)

    @override
    def first_focus(self) -> QWidget:
        return self.no

    @override
    def retranslate(self) -> None:
        super().retranslate()
        self.title.setText(self._title())
        self.text.setText(self._text())
        self.yes.setText(self._answer())
        self.no.setText(translate("Question", "Cancel"))

    def _do(self) -> None:
        self.close_sheet()
        self._act()


class ReadingSheet(Sheet):
    """Shows all of a long text, as plain as it came."""

    def __init__(self, theme: Theme, text: str) -> None:
        super().__init__(theme, m.SHEET_WIDE)
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setPlainText(text)
        self.text.setMinimumHeight(420)
        self.body.addWidget(self.text)

    @override
    def first_focus(self) -> QWidget:
        return self.text

    @override
    def retranslate(self) -> None:
        super().retranslate()
        self.title.setText(translate("Reading", "Whole message"))
        self.text.setAccessibleName(translate("Reading", "Whole message"))
