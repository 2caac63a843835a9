"""What one tells others and is told by them (reading, typing, presence): switches for all, choices for one."""

from collections.abc import Callable
from functools import partial
from typing import Final

from PySide6.QtCore import QObject, QSignalBlocker
from PySide6.QtWidgets import QWidget

from babilu.api import commands as c
from babilu.api.views import PrivacySwitch, ReceiptsView
from babilu.desktop.language import translate
from babilu.desktop.models.client_model import DesktopModel
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.basics import column
from babilu.desktop.widgets.controls import ChoiceBox, Switch
from babilu.desktop.widgets.setting_line import Line
from babilu.presentation.receipts import receipts_command

CHOICES: Final = (None, True, False)
"""What a conversation can have, in the order of the box; None is as everywhere."""


def switch_name(switch: PrivacySwitch) -> str:
    """Name what is told."""
    match switch:
        case PrivacySwitch.READ:
            return translate("Receipts", "Tell that I have read")
        case PrivacySwitch.TYPING:
            return translate("Receipts", "Tell that I am typing")
        case PrivacySwitch.PRESENCE:
            return translate("Receipts", "Tell that I am online")


class ReceiptSwitches(QObject):
    """Three switches for all conversations, which show what is in force and change it.

    Args:
        theme: Fonts and colours.
        client_model: What is asked.
    """

    def __init__(self, theme: Theme, client_model: DesktopModel) -> None:
        self.read = Switch(theme)
        super().__init__(self.read)
        self._client_model = client_model
        self.typing = Switch(theme)
        self.presence = Switch(theme)
        for switch in (self.read, self.typing, self.presence):
            switch.setEnabled(False)
        self.read.toggled.connect(lambda on: self._change(c.SetReceipts(read=on)))
        self.typing.toggled.connect(lambda on: self._change(c.SetReceipts(typing=on)))
        self.presence.toggled.connect(lambda on: self._change(c.SetReceipts(presence=on)))
        self._ask()

    def _change(self, command: c.SetReceipts) -> None:
        self._client_model.ask(command, self._take, self._refused)

    def _ask(self) -> None:
        self._client_model.bridge.request(c.ReceiptSettings(), self._take, lambda _: None)

    def _refused(self, error: Exception) -> None:
        self._client_model.failed.emit(error)
        self._ask()

    def _take(self, view: ReceiptsView) -> None:
        boxes = ((self.read, view.read), (self.typing, view.typing), (self.presence, view.presence))
        for switch, on in boxes:
            with QSignalBlocker(switch):
                switch.setChecked(on)
            switch.setEnabled(True)


class ReceiptChoices(QWidget):
    """Boxes for one conversation: each is as everywhere, or on or off by itself.

    Args:
        theme: Fonts and colours.
        client_model: What is asked.
        conversation: Where.
        switches: For what there is a box.
    """

    def __init__(
        self,
        theme: Theme,
        client_model: DesktopModel,
        conversation: str,
        switches: tuple[PrivacySwitch, ...] = tuple(PrivacySwitch),
    ) -> None:
        super().__init__()
        self._client_model = client_model
        self._conversation = conversation
        self._everywhere: ReceiptsView | None = None
        self._here: ReceiptsView | None = None
        self.boxes = {each: ChoiceBox(theme) for each in switches}
        self.lines = {each: Line(theme, partial(switch_name, each), box) for each, box in self.boxes.items()}
        stack = column(self, m.TINY)
        for each, box in self.boxes.items():
            box.setEnabled(False)
            box.activated.connect(self._changer(each))
            stack.addWidget(self.lines[each])
        client_model.bridge.request(c.ReceiptSettings(), self._take_everywhere, lambda _: None)
        self._ask()

    def retranslate(self) -> None:
        """Say everything in the language in force."""
        for line in self.lines.values():
            line.retranslate()
        self._show()

    def _changer(self, switch: PrivacySwitch) -> Callable[[int], None]:
        def change(row: int) -> None:
            command = receipts_command(self._conversation, {switch: CHOICES[row]})
            self._client_model.ask(command, self._take, self._refused)

        return change

    def _ask(self) -> None:
        self._client_model.bridge.request(c.ReceiptSettings(self._conversation), self._take, lambda _: None)

    def _refused(self, error: Exception) -> None:
        self._client_model.failed.emit(error)
        self._ask()

    def _take_everywhere(self, view: ReceiptsView) -> None:
        self._everywhere = view
        self._show()

    def _take(self, view: ReceiptsView) -> None:
        self._here = view
        self._show()

    def _show(self) -> None:
        if self._everywhere is None or self._here is None:
            return
        on, off = translate("Receipts", "On"), translate("Receipts", "Off")
        for each, box in self.boxes.items():
            everywhere = on if getattr(self._everywhere, each.value) else off
            chosen = None if each in self._here.inherited else getattr(self._here, each.value)
            box.say((translate("Receipts", "As everywhere: {0}").format(everywhere), on, off), CHOICES.index(chosen))
            box.setEnabled(True)
