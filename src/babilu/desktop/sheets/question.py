"""Short sheets: a question with two answers, and a long text to read and copy."""

from collections.abc import Callable

from PySide6.QtWidgets import QPlainTextEdit, QWidget
from typing_extensions import override

from babilu.desktop.language import translate
from babilu.desktop.sheets.asking import AskingSheet
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.modal_sheet import ModalSheet

Said = Callable[[], str]


class QuestionSheet(AskingSheet):
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
        super().__init__(theme, dangerous=dangerous)
        self._title, self._text, self._answer, self._act = title, text, answer, act

    @override
    def retranslate(self) -> None:
        super().retranslate()
        self.title.setText(self._title())
        self.text.setText(self._text())
        self.yes.setText(self._answer())

    @override
    def answer(self) -> None:
        self.close_sheet()
        self._act()


class ReadingSheet(ModalSheet):
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
