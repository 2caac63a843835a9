"""The locked window: a name is not shown, a text is not shown, only where to type the passphrase."""

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from babilu.api.credentials import Passphrase
from babilu.desktop.language import translate
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.basics import Button, Card, PlainLabel, centred, column, retranslates
from babilu.desktop.widgets.brand import brand
from babilu.desktop.widgets.forms import FormField
from babilu.kernel.errors import UsageError


class LockPage(QWidget):
    """Asks for the passphrase."""

    tried = Signal(object)
    """`Passphrase` that was typed."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("canvas")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.title = PlainLabel(theme, lambda t: t.fonts.large)
        self.field = FormField(theme, secret=True)
        self.button = Button("primary")
        card = Card(theme, 360)
        inside = column(card, m.MEDIUM, (m.WIDE, m.WIDE, m.WIDE, m.WIDE))
        inside.addWidget(self.field)
        inside.addWidget(self.button)
        stack = column(self, m.LARGE)
        centre = Qt.AlignmentFlag.AlignHCenter
        stack.addStretch(2)
        stack.addWidget(brand(76), 0, centre)
        stack.addWidget(self.title, 0, centre)
        stack.addLayout(centred(card))
        stack.addStretch(3)
        self.field.submitted.connect(self._submit)
        self.button.clicked.connect(self._submit)
        self.setFocusProxy(self.field)
        self.retranslate()

    def begin(self) -> None:
        """Wait for the passphrase."""
        self.field.edit.clear()
        self.field.refuse("")
        self.button.hold(on=False)
        self.field.setFocus()

    def refused(self) -> None:
        """Say that it was another one."""
        self.button.hold(on=False)
        self.field.edit.selectAll()
        self.field.refuse(translate("Lock", "This is not your password."))

    def retranslate(self) -> None:
        """Say everything in the language in force."""
        self.title.setText(translate("Lock", "Babilu is locked"))
        self.field.call_it(translate("Lock", "Password"))
        self.button.setText(translate("Lock", "Unlock"))

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if retranslates(event):
            self.retranslate()

    def _submit(self) -> None:
        if self.button.is_held:
            return
        try:
            passphrase = Passphrase(self.field.edit.text())
        except UsageError:
            self.refused()
            return
        self.button.hold(on=True)
        self.tried.emit(passphrase)
