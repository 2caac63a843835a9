"""Starting over: what it means is said before the password is asked for, because it cannot be undone."""

from collections.abc import Callable

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from babilu.api.credentials import Passphrase
from babilu.desktop.language import translate
from babilu.desktop.plain import person
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.basics import Button, PlainLabel, row
from babilu.desktop.widgets.forms import Field
from babilu.desktop.widgets.sheet import Sheet
from babilu.kernel.errors import UsageError


class StartOverSheet(Sheet):
    """Asks for the password of an account that is started over on this device.

    Args:
        theme: Fonts and colours.
        name: The account.
        start: What is done with the password.
    """

    def __init__(self, theme: Theme, name: str, start: Callable[[Passphrase], None]) -> None:
        super().__init__(theme)
        self._name = name
        self._start = start
        self.text = PlainLabel(theme, lambda t: t.fonts.body, wraps=True)
        self.password = Field(theme, secret=True)
        self.no = Button()
        self.yes = Button("danger")
        self.body.addWidget(self.text)
        self.body.addWidget(self.password)
        buttons = row(spacing=m.SMALL)
        buttons.addStretch(1)
        buttons.addWidget(self.no)
        buttons.addWidget(self.yes)
        self.body.addSpacing(m.SMALL)
        self.body.addLayout(buttons)
        self.no.clicked.connect(self.close_sheet)
        self.yes.clicked.connect(self._submit)
        self.password.submitted.connect(self._submit)

    @override
    def first_focus(self) -> QWidget:
        return self.password

    @override
    def retranslate(self) -> None:
        super().retranslate()
        self.title.setText(translate("StartOver", "Start over on this device?"))
        self.text.setText(
            translate(
                "StartOver",
                "Contacts and messages that are here stay here. If {0} is used on another device, that one is shut "
                "out, and what is on its way to it is lost. Your contacts are warned where your identity is new to "
                "them.",
            ).format(person(self._name))
        )
        self.password.call_it(translate("StartOver", "Password"))
        self.no.setText(translate("StartOver", "Cancel"))
        self.yes.setText(translate("StartOver", "Start over"))

    def _submit(self) -> None:
        try:
            passphrase = Passphrase(self.password.edit.text())
        except UsageError:
            self.password.refuse(translate("StartOver", "Type your password."))
            return
        self.close_sheet()
        self._start(passphrase)
