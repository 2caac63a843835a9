"""Switches of what one tells others and is told by them: reading, typing, presence; for all or for one."""

from PySide6.QtCore import QObject, QSignalBlocker

from babilu.api import commands as c
from babilu.api.views import ReceiptsView
from babilu.desktop.language import translate
from babilu.desktop.models.client_model import DesktopModel
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.controls import Switch


class ReceiptSwitches(QObject):
    """Three switches that show what is in force and change it.

    Args:
        theme: Fonts and colours.
        client_model: What is asked.
        conversation: Where; None for everywhere.
    """

    def __init__(self, theme: Theme, client_model: DesktopModel, conversation: str | None) -> None:
        self.read = Switch(theme)
        super().__init__(self.read)
        self._client_model = client_model
        self._conversation = conversation
        self.typing = Switch(theme)
        self.presence = Switch(theme)
        self.all = (self.read, self.typing, self.presence)
        for switch in self.all:
            switch.setEnabled(False)
        self.read.toggled.connect(lambda on: self._change(c.SetReceipts(conversation, read=on)))
        self.typing.toggled.connect(lambda on: self._change(c.SetReceipts(conversation, typing=on)))
        self.presence.toggled.connect(lambda on: self._change(c.SetReceipts(conversation, presence=on)))
        self._ask()

    def retranslate(self) -> None:
        """Say everything in the language in force."""
        self.read.setText(translate("Receipts", "Tell that I have read"))
        self.typing.setText(translate("Receipts", "Tell that I am typing"))
        self.presence.setText(translate("Receipts", "Tell that I am online"))

    def _change(self, command: c.SetReceipts) -> None:
        self._client_model.ask(command, self._take, self._refused)

    def _ask(self) -> None:
        self._client_model.bridge.request(c.ReceiptSettings(self._conversation), self._take, lambda _: None)

    def _refused(self, error: Exception) -> None:
        self._client_model.failed.emit(error)
        self._ask()

    def _take(self, view: ReceiptsView) -> None:
        for switch, on in zip(self.all, (view.read, view.typing, view.presence), strict=True):
            with QSignalBlocker(switch):
                switch.setChecked(on)
            switch.setEnabled(True)
