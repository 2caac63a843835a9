"""The window of a device that was removed: what it has is not shown without the password, and can be deleted here."""

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from babilu.api.credentials import Passphrase
from babilu.desktop.error_texts import sentence_for
from babilu.desktop.language import translate
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.basics import Button, Card, PlainLabel, centred, column, retranslates, scrolling
from babilu.desktop.widgets.brand import brand
from babilu.desktop.widgets.forms import FormField
from babilu.kernel.errors import BabiluError, ErrorCode, UsageError


class RemovedPage(QWidget):
    """Says that this device was removed, and asks for the password to read, delete, or delete and link anew.

    Args:
        theme: Fonts and colours.
    """

    read_wanted = Signal(object)
    """`Passphrase` by which the messages that are here are to be read."""

    wipe_wanted = Signal(object, bool)
    """`Passphrase` by which everything here is to be deleted, and whether this device is linked anew after that."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("canvas")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.title = PlainLabel(theme, lambda t: t.fonts.large, wraps=True)
        self.title.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.text = PlainLabel(theme, lambda t: t.fonts.body, wraps=True)
        self.field = FormField(theme, secret=True)
        self.error = PlainLabel(theme, lambda t: t.fonts.small, "danger", wraps=True)
        self.read_button = Button("primary")
        self.relink_button = Button("danger")
        self.wipe_button = Button("danger")
        card = Card(theme, m.FORM_WIDTH + 2 * m.HUGE)
        inside = column(card, m.MEDIUM, (m.WIDE, m.WIDE, m.WIDE, m.WIDE))
        for widget in (self.text, self.field, self.error, self.read_button, self.relink_button, self.wipe_button):
            inside.addWidget(widget)
        middle = QWidget()
        stack = column(middle, m.LARGE, (m.LARGE, m.WIDE, m.LARGE, m.WIDE))
        stack.addStretch(2)
        stack.addWidget(brand(76), 0, Qt.AlignmentFlag.AlignHCenter)
        stack.addWidget(self.title)
        stack.addLayout(centred(card))
        stack.addStretch(3)
        column(self).addWidget(scrolling(middle))
        self.relink_button.clicked.connect(lambda: self._wipe(relink=True))
        self.wipe_button.clicked.connect(lambda: self._wipe(relink=False))
        # What Enter does destroys nothing.
        self.read_button.clicked.connect(self._read)
        self.field.submitted.connect(self._read)
        self.setFocusProxy(self.field)
        self.retranslate()
        self.begin()

    def begin(self) -> None:
        """Wait for the password."""
        self.field.edit.clear()
        self.field.conceal()
        self.field.refuse("")
        self.error.hide()
        self.hold(on=False)
        self.field.setFocus()

    def hold(self, *, on: bool) -> None:
        """Take no further answer while one is carried out."""
        for button in self._buttons():
            button.hold(on=on)

    def refuse(self, error: BabiluError) -> None:
        """Say why it was not done, and let the user try again."""
        self.hold(on=False)
        if error.code is ErrorCode.WRONG_CREDENTIALS:
            self.field.edit.selectAll()
            self.field.refuse(translate("Removed", "This is not the password of this profile."))
        else:
            self.error.setText(sentence_for(error))
            self.error.show()

    def retranslate(self) -> None:
        """Say everything in the language in force."""
        self.title.setText(translate("Removed", "This device was removed from your devices"))
        self.text.setText(
            translate(
                "Removed",
                "It sends and receives nothing any more. Messages from before are still here, and are read only with "
                "the password. If it was not you who removed it, change your password on another device.",
            )
        )
        self.field.call_it(translate("Removed", "Password"))
        self.relink_button.setText(translate("Removed", "Delete everything here, and link anew…"))
        self.wipe_button.setText(translate("Removed", "Delete everything here…"))
        self.read_button.setText(translate("Removed", "Read what is here"))

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if retranslates(event):
            self.retranslate()

    def _buttons(self) -> tuple[Button, ...]:
        return (self.relink_button, self.wipe_button, self.read_button)

    def _password(self) -> Passphrase | None:
        """Read the password; None where it is missing or another answer is being carried out."""
        if self.read_button.is_held:
            return None
        self.error.hide()
        try:
            return Passphrase(self.field.edit.text())
        except UsageError:
            self.field.refuse(translate("Removed", "Fill in the password."))
            return None

    def _read(self) -> None:
        password = self._password()
        if password is not None:
            self.hold(on=True)
            self.read_wanted.emit(password)

    def _wipe(self, *, relink: bool) -> None:
        password = self._password()
        if password is not None:
            self.wipe_wanted.emit(password, relink)
