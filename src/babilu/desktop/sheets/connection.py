"""How one is reached: the relay, the own address and server socket, calls under way, and people found nearby."""

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtNetwork import QAbstractSocket, QHostAddress, QNetworkInterface
from PySide6.QtWidgets import QFrame, QLineEdit, QWidget
from typing_extensions import override

from babilu.api import commands as c
from babilu.api.views import Address, LinkState
from babilu.desktop.discovery import Discovery, Nearby
from babilu.desktop.error_texts import sentence_for_listening
from babilu.desktop.language import translate
from babilu.desktop.models.client_model import DesktopModel
from babilu.desktop.models.connection_status import call_text
from babilu.desktop.plain_text import person
from babilu.desktop.preferences import PreferenceStore
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.basics import Button, IconButton, PlainLabel, column, empty, line, row
from babilu.desktop.widgets.controls import Switch
from babilu.desktop.widgets.first_run_fields import DIRECT_PORT
from babilu.desktop.widgets.forms import FormField, parse_address
from babilu.desktop.widgets.modal_sheet import ModalSheet
from babilu.kernel.errors import BabiluError
from babilu.presentation.connection_status import DirectCall

ANYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104 -- recognised, not bound


class ConnectionSheet(ModalSheet):
    """Shows and changes how one is reached."""

    call_wanted = Signal(object)
    """`Address` to call, or None to ask for one."""

    def __init__(
        self, theme: Theme, client_model: DesktopModel, preferences: PreferenceStore, discovery: Discovery
    ) -> None:
        super().__init__(theme, 480)
        self._client_model = client_model
        self._preferences = preferences
        self._discovery = discovery
        self.state = PlainLabel(theme, lambda t: t.fonts.strong, wraps=True)
        self.reason = PlainLabel(theme, lambda t: t.fonts.small, "muted", wraps=True)
        self.try_button = Button()
        self.listen = Switch(theme)
        self.listen_hint = PlainLabel(theme, lambda t: t.fonts.small, "muted", wraps=True)
        self.port = FormField(theme)
        self.port.edit.setText(str(client_model.overview.listening or Address("0.0.0.0", DIRECT_PORT)))  # noqa: S104
        self.own_label = PlainLabel(theme, lambda t: t.fonts.small, "muted")
        self._addresses = column(spacing=m.TINY)
        self.discover = Switch(theme)
        self.discover.setEnabled(Discovery.is_available())
        self._nearby = column(spacing=m.TINY)
        self._calls = column(spacing=m.TINY)
        self.call_button = Button()
        for widget in (
            self.state,
            self.reason,
            self.try_button,
            line(),
            self.listen,
            self.listen_hint,
            self.port,
            self.own_label,
        ):
            self.body.addWidget(widget)
        self.body.addLayout(self._addresses)
        self.body.addWidget(self.discover)
        self.body.addLayout(self._nearby)
        self.body.addWidget(line())
        self.body.addLayout(self._calls)
        self.body.addWidget(self.call_button)
        self.try_button.clicked.connect(client_model.try_now)
        self.listen.toggled.connect(self._switch)
        self.port.submitted.connect(lambda: self._switch(on=True))
        self.discover.toggled.connect(lambda on: preferences.change(discover=on))
        self.call_button.clicked.connect(lambda: self.call_wanted.emit(None))
        client_model.overview.changed.connect(self._say)
        discovery.changed.connect(self._say_nearby)
        self._shown_calls: tuple[DirectCall, ...] | None = None
        self._shown_listening: object = self

    @override
    def first_focus(self) -> QWidget:
        return self.listen

    @override
    def retranslate(self) -> None:
        super().retranslate()
        self.title.setText(translate("Connection", "Connection"))
        self.listen.setText(translate("Connection", "Receive direct conversation requests"))
        self.listen_hint.setText(
            translate(
                "Connection",
                "Others can then call this device without a relay. A stranger learns nothing until you accept.",
            )
        )
        self.port.call_it(translate("Connection", "Listen at"))
        self.own_label.setText(translate("Connection", "Your address, to give to others"))
        self.discover.setText(translate("Connection", "Find people on the local network, and be found"))
        self.call_button.setText(translate("Connection", "Call an address…"))
        self.try_button.setText(translate("Connection", "Try now"))
        self._shown_calls = None
        self._shown_listening = self
        self._say()
        self._say_nearby()

    def _say(self) -> None:
        overview = self._client_model.overview
        self.state.setText(overview.line())
        self.reason.setText(overview.reason)
        self.reason.setVisible(bool(overview.reason))
        self.try_button.setVisible(overview.link is LinkState.OFFLINE)
        with QSignalBlocker(self.listen):
            self.listen.setChecked(overview.listening is not None)
        with QSignalBlocker(self.discover):
            self.discover.setChecked(self._preferences.value.discover)
        if overview.listening != self._shown_listening:
            self._shown_listening = overview.listening
            self._say_addresses(overview.listening)
        calls = tuple(overview.calls.values())
        if calls != self._shown_calls:
            self._shown_calls = calls
            empty(self._calls)
            for call in calls:
                self._calls.addWidget(self._call_row(call))

    def _say_addresses(self, listening: Address | None) -> None:
        empty(self._addresses)
        self.own_label.setVisible(listening is not None)
        for address in reachable(listening) if listening else ():
            self._addresses.addWidget(self._address_row(str(address)))

    def _say_nearby(self) -> None:
        empty(self._nearby)
        for nearby in self._discovery.nearby:
            self._nearby.addWidget(self._nearby_row(nearby))

    def _address_row(self, text: str) -> QWidget:
        field = QLineEdit(text)
        field.setReadOnly(True)
        field.setAccessibleName(translate("Connection", "Your address"))
        copy = IconButton(self.theme, "copy")
        copy.call_it(translate("Connection", "Copy the address"))
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(text))
        made = QWidget()
        across = row(made, m.SMALL)
        across.addWidget(field, 1)
        across.addWidget(copy)
        return made

    def _nearby_row(self, nearby: Nearby) -> QWidget:
        made = QWidget()
        across = row(made, m.SMALL)
        label = PlainLabel(self.theme, lambda t: t.fonts.body, text=f"{person(nearby.name)}  {nearby.address}")
        call = Button("quiet")
        call.setText(translate("Connection", "Call"))
        call.setAccessibleName(translate("Connection", "Call {0}").format(nearby.address))
        call.clicked.connect(lambda: self.call_wanted.emit(nearby.address))
        across.addWidget(label, 1)
        across.addWidget(call)
        return made

    def _call_row(self, call: DirectCall) -> QWidget:
        made = QFrame()
        made.setObjectName("inset")
        across = row(made, m.SMALL, (m.MEDIUM, m.TINY, m.TINY, m.TINY))
        across.addWidget(PlainLabel(self.theme, lambda t: t.fonts.small, wraps=True, text=call_text(call)), 1)
        stop = IconButton(self.theme, "close")
        stop.call_it(translate("Connection", "Stop calling {0}").format(call.address))
        stop.clicked.connect(lambda: self._stop(call))
        across.addWidget(stop, 0, Qt.AlignmentFlag.AlignTop)
        return made

    def _stop(self, call: DirectCall) -> None:
        if not call.given_up:
            self._client_model.ask(c.HangUp(str(call.address)), lambda _: None)
        self._client_model.end_call(call.address)

    def _switch(self, on: bool) -> None:
        if not on:
            self._client_model.ask(c.StopListening())
            return
        address = parse_address(self.port.text, DIRECT_PORT)
        if address is None:
            self._refuse(translate("Connection", "An address of this machine with a port, such as 0.0.0.0:5051."))
            return
        self.port.refuse("")
        self._client_model.ask(c.Listen(address), failed=self._not_listening)

    def _not_listening(self, error: BabiluError) -> None:
        self._refuse(sentence_for_listening(error))

    def _refuse(self, reason: str) -> None:
        self.port.refuse(reason)
        self._say()


def reachable(listening: Address) -> tuple[Address, ...]:
    """Give the addresses under which others reach the server socket; a socket for all is reached at each of them."""
    if listening.host not in ANYWHERE:
        return (listening,)
    found = []
    for host in QNetworkInterface.allAddresses():
        usable = not host.isLoopback() and not host.isLinkLocal()
        version_four = host.protocol() is QAbstractSocket.NetworkLayerProtocol.IPv4Protocol
        if usable and (version_four or listening.host == "::"):
            found.append(Address(QHostAddress(host).toString(), listening.port))
    return tuple(found) or (Address("127.0.0.1", listening.port),)
