"""Starting over: what it means is said before the password is asked for, because it cannot be undone."""

from collections.abc import Callable

from typing_extensions import override

from babilu.api.credentials import Passphrase
from babilu.desktop.language import translate
from babilu.desktop.plain_text import person
from babilu.desktop.sheets.asking import AskingSheet
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.forms import FormField
from babilu.kernel.errors import UsageError


class StartOverSheet(AskingSheet):
    """Asks for the password of an account that is started over on this device.

    Args:
        theme: Fonts and colours.
        name: The account.
        start: What is done with the password.
    """

    def __init__(self, theme: Theme, name: str, start: Callable[[Passphrase], None]) -> None:
        password = FormField(theme, secret=True)
        super().__init__(theme, (password,), dangerous=True)
        self._name = name
        self._start = start
        self.password = password
        self.password.submitted.connect(self.answer)

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
        self.yes.setText(translate("StartOver", "Start over"))

    @override
    def answer(self) -> None:
        try:
            passphrase = Passphrase(self.password.edit.text())
        except UsageError:
            self.password.refuse(translate("StartOver", "Type your password."))
            return
        self.close_sheet()
        self._start(passphrase)
