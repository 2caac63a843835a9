"""The own devices: what each is called, when it was last seen, asking them for history, and removing one for good."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from babilu.api import commands as c
from babilu.api.credentials import Passphrase
from babilu.api.views import OwnDeviceView
from babilu.desktop.error_texts import sentence_for
from babilu.desktop.language import full_time, translate
from babilu.desktop.models.client_model import DesktopModel
from babilu.desktop.plain_text import person
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.basics import Button, ElidedLabel, PlainLabel, column, empty, line, row
from babilu.desktop.widgets.forms import FormField
from babilu.desktop.widgets.modal_sheet import ModalSheet
from babilu.kernel.errors import BabiluError, UsageError


class DevicesSheet(ModalSheet):
    """Lists the own devices, and removes others of them.

    Args:
        theme: Fonts and colours.
        client_model: What is asked.
    """

    def __init__(self, theme: Theme, client_model: DesktopModel) -> None:
        super().__init__(theme)
        self._client_model = client_model
        self._devices: tuple[OwnDeviceView, ...] = ()
        self._chosen: OwnDeviceView | None = None
        self.buttons: dict[str, Button] = {}
        self.hint = PlainLabel(theme, lambda t: t.fonts.small, "muted", wraps=True)
        self.history_button = Button("")
        self.history_said = PlainLabel(theme, lambda t: t.fonts.small, "muted", wraps=True)
        self._rows = column(spacing=m.SMALL)
        self.question = PlainLabel(theme, lambda t: t.fonts.body, wraps=True)
        self.password = FormField(theme, secret=True)
        self.remove_button = Button("danger")
        self._asked = QWidget()
        asked = column(self._asked, m.SMALL)
        asked.addWidget(line())
        asked.addWidget(self.question)
        asked.addWidget(self.password)
        across = row()
        across.addStretch(1)
        across.addWidget(self.remove_button)
        asked.addLayout(across)
        self._asked.hide()
        self.body.addLayout(self._rows)
        self.body.addWidget(self._asked)
        self.body.addWidget(self.history_button, 0, Qt.AlignmentFlag.AlignLeft)
        self.body.addWidget(self.history_said)
        self.body.addWidget(self.hint)
        self.history_said.hide()
        self.history_button.clicked.connect(self._ask_history)
        self.remove_button.clicked.connect(self._remove)
        self.password.submitted.connect(self._remove)
        client_model.devices_changed.connect(self._ask)
        self._ask()

    @override
    def first_focus(self) -> QWidget:
        return next(iter(self.buttons.values()), self.close_button)

    @override
    def retranslate(self) -> None:
        super().retranslate()
        self.title.setText(translate("Devices", "Your devices"))
        self.hint.setText(
            translate(
                "Devices",
                "A new one is linked on its own first page. After a theft, change the password, then "
                "remove the device.",
            )
        )
        self.password.call_it(translate("Devices", "Password"))
        self.remove_button.setText(translate("Devices", "Remove"))
        self.history_button.setText(translate("Devices", "Ask for history"))
        self.history_button.setToolTip(
            translate("Devices", "Your other devices give this one what it lacks of contacts and messages.")
        )
        self.history_button.setVisible(len(self._devices) > 1)
        self.history_said.setText(translate("Devices", "Asked: what they have comes once they are online."))
        empty(self._rows)
        self.buttons = {}
        for device in self._devices:
            self._rows.addWidget(self._row(device))
        self._show_question()

    def _ask_history(self) -> None:
        self.history_button.hold(on=True)
        self._client_model.ask(c.AskHistory(), self._history_asked, self._history_refused)

    def _history_asked(self, _: object) -> None:
        self.history_button.hold(on=False)
        self.history_said.show()

    def _history_refused(self, error: BabiluError) -> None:
        self.history_button.hold(on=False)
        self.history_said.setText(sentence_for(error))
        self.history_said.show()

    def _ask(self) -> None:
        self._client_model.bridge.request(c.Devices(), self._take)

    def _take(self, devices: tuple[OwnDeviceView, ...]) -> None:
        self._devices = devices
        if self._chosen is not None and all(each.device != self._chosen.device for each in devices):
            self._chosen = None
        self.retranslate()

    def _row(self, device: OwnDeviceView) -> QWidget:
        made = QWidget()
        across = row(made, m.MEDIUM)
        words = column(spacing=1)
        name = ElidedLabel(self.theme, lambda t: t.fonts.strong)
        name.say(device_name(device))
        about = PlainLabel(self.theme, lambda t: t.fonts.small, "muted", wraps=True, text=device_words(device))
        words.addWidget(name)
        words.addWidget(about)
        across.addLayout(words, 1)
        if not device.own and self._devices[0].full:
            button = self.buttons[device.device] = Button("")
            button.setText(translate("Devices", "Remove…"))
            button.setAccessibleName(translate("Devices", "Remove {0}").format(device_name(device)))
            button.clicked.connect(lambda: self._choose(device))
            across.addWidget(button)
        return made

    def _choose(self, device: OwnDeviceView) -> None:
        self._chosen = device
        self._show_question()
        self.password.edit.setFocus()

    def _show_question(self) -> None:
        self._asked.setVisible(self._chosen is not None)
        if self._chosen is not None:
            said = translate("Devices", "Nothing reaches {0} any more, and it is locked.")
            self.question.setText(said.format(device_name(self._chosen)))

    def _remove(self) -> None:
        if self._chosen is None or self.remove_button.is_held:
            return
        try:
            password = Passphrase(self.password.edit.text())
        except UsageError:
            self.password.refuse(translate("Devices", "Fill in the password."))
            return
        self.remove_button.hold(on=True)
        self._client_model.ask(c.RemoveDevice(self._chosen.device, password), self._removed, self._refused)

    def _removed(self, _: None) -> None:
        self.remove_button.hold(on=False)
        self.password.edit.clear()
        self._chosen = None
        self._ask()

    def _refused(self, error: BabiluError) -> None:
        self.remove_button.hold(on=False)
        self.password.refuse(sentence_for(error))


def device_name(device: OwnDeviceView) -> str:
    """Say what a device is called."""
    return person(device.name) or translate("Devices", "Without a name")


def device_words(device: OwnDeviceView) -> str:
    """Say what a device is, and when it was last seen."""
    words = [translate("Devices", "Full device") if device.full else translate("Devices", "Companion")]
    if device.own:
        words.append(translate("Devices", "this one"))
    elif device.last_seen is not None:
        words.append(translate("Devices", "last seen {0}").format(full_time(device.last_seen)))
    return ", ".join(words)
