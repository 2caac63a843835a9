"""A sheet that asks has two answers; *Cancel* has the focus unless there is something to fill in."""

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from babilu.desktop.error_texts import sentence_for
from babilu.desktop.language import translate
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.basics import Button, PlainLabel, row
from babilu.desktop.widgets.modal_sheet import ModalSheet
from babilu.kernel.errors import BabiluError


class AskingSheet(ModalSheet):
    """Asks before something is done; what it is, and what it is called, is its subclass's.

    Args:
        theme: Fonts and colours.
        fields: What is filled in, between the question and its answers.
        dangerous: Whether it destroys something.
    """

    def __init__(self, theme: Theme, fields: Sequence[QWidget] = (), *, dangerous: bool = False) -> None:
        super().__init__(theme)
        self._first = next(iter(fields), None)
        self.text = PlainLabel(theme, lambda t: t.fonts.body, wraps=True)
        self.error = PlainLabel(theme, lambda t: t.fonts.small, "danger", wraps=True)
        self.error.hide()
        self.yes = Button("danger" if dangerous else "primary")
        self.no = Button()
        for widget in (self.text, *fields, self.error):
            self.body.addWidget(widget)
        buttons = row(spacing=m.SMALL)
        buttons.addStretch(1)
        buttons.addWidget(self.no)
        buttons.addWidget(self.yes)
        self.body.addSpacing(m.SMALL)
        self.body.addLayout(buttons)
        self.no.clicked.connect(self.close_sheet)
        self.yes.clicked.connect(self.answer)

    def answer(self) -> None:
        """Do what was asked about: the subclass says what."""
        raise NotImplementedError

    def refuse(self, error: BabiluError) -> None:
        """Say why it was not done, where that is about no field in particular, and let the user try again."""
        self.yes.hold(on=False)
        self.error.setText(sentence_for(error))
        self.error.show()

    @override
    def first_focus(self) -> QWidget:
        return self._first or self.no

    @override
    def retranslate(self) -> None:
        super().retranslate()
        self.no.setText(translate("Question", "Cancel"))
