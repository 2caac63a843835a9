"""Restoring on the first page: a backup, its recovery code, and the password of the profile that it holds."""

from collections.abc import Callable

from PySide6.QtWidgets import QComboBox, QFileDialog
from typing_extensions import override

from babilu.api.client import RestoreArchive
from babilu.api.credentials import Passphrase
from babilu.desktop.language import translate
from babilu.desktop.plain_text import person
from babilu.desktop.sheets.asking import AskingSheet
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.basics import Button
from babilu.desktop.widgets.forms import FormField
from babilu.kernel.errors import ArchiveError, BabiluError, ErrorCode, TooManyDevicesError, UsageError

Restore = Callable[[RestoreArchive, Callable[[BabiluError], None]], None]
"""Restores, and opens what was restored; else tells why not."""


class RestoreSheet(AskingSheet):
    """Asks for what a restore takes.

    Args:
        theme: Fonts and colours.
        restore: What is done with it.
    """

    def __init__(self, theme: Theme, restore: Restore) -> None:
        self.file = FormField(theme)
        self.code = FormField(theme)
        self.password = FormField(theme, secret=True)
        self.choose = Button("")
        self.goes = QComboBox()
        super().__init__(theme, (self.choose, self.file, self.code, self.password, self.goes))
        self.goes.hide()
        self._restore = restore
        self._salvage = False
        self.dialog: QFileDialog | None = None
        self.choose.clicked.connect(self._choose)
        for field in (self.file, self.code, self.password):
            field.submitted.connect(self.answer)

    @override
    def retranslate(self) -> None:
        super().retranslate()
        self.title.setText(translate("Restore", "Bring a backup back"))
        self.text.setText(
            translate(
                "Restore",
                "You return as one more device of yours: your contacts see no alarm, and a device that still runs "
                "goes on beside this one.",
            )
        )
        self.choose.setText(translate("Restore", "Choose the backup…"))
        self.file.call_it(translate("Restore", "The backup"))
        self.code.call_it(translate("Restore", "The words of its recovery code"))
        self.password.call_it(translate("Restore", "The password you had when the backup was made"))
        salvage = translate("Restore", "Bring back what can be read")
        self.yes.setText(salvage if self._salvage else translate("Restore", "Restore"))

    @override
    def answer(self) -> None:
        if self.yes.is_held:
            return
        self.error.hide()
        for field in (self.file, self.code, self.password):
            if not field.text.strip():
                field.refuse(translate("Restore", "This is needed."))
                return
        try:
            words, password = Passphrase(" ".join(self.code.text.split())), Passphrase(self.password.text)
        except UsageError as error:
            self.refuse(error)
            return
        self.yes.hold(on=True)
        replaces = self.goes.currentData()
        archive = RestoreArchive(self.file.text.strip(), words, password, salvage=self._salvage, replaces=replaces)
        self._restore(archive, self.refuse)

    @override
    def refuse(self, error: BabiluError) -> None:
        """Say why it was not done; one that is damaged may be read as far as it can be."""
        if isinstance(error, TooManyDevicesError):
            self._offer(error.devices)
        self._salvage = isinstance(error, ArchiveError) and error.code is ErrorCode.ARCHIVE_DAMAGED
        super().refuse(error)
        self.retranslate()

    def _offer(self, devices: tuple[tuple[str, str], ...]) -> None:
        """Let the user choose which device goes for this one; none does by itself."""
        self.goes.clear()
        self.goes.addItem(translate("Restore", "Which device does this one replace?"), None)
        for device, name in devices:
            called = person(name) or translate("Restore", "Without a name")
            self.goes.addItem(f"{called} ({device[:8]}…)", device)
        self.goes.setAccessibleName(translate("Restore", "Which device does this one replace?"))
        self.goes.show()

    def _choose(self) -> None:
        dialog = self.dialog = QFileDialog(self.window(), translate("Restore", "The backup"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self.file.edit.setText)
        dialog.open()
