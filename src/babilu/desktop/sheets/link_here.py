"""Linking this device to another one of the person: what it takes, the code to be compared, and what came of it."""

import platform
from enum import Enum, auto
from functools import partial
from typing import assert_never

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QProgressBar, QWidget
from typing_extensions import override

from babilu.api.client import DirectProfile, RelayProfile
from babilu.api.credentials import Passphrase
from babilu.api.events import LinkCodeShown
from babilu.api.views import Address
from babilu.desktop.error_texts import sentence_for
from babilu.desktop.language import translate
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.basics import Button, PlainLabel, centred, column, lead_to, reveal, row
from babilu.desktop.widgets.code import Code
from babilu.desktop.widgets.controls import Switch
from babilu.desktop.widgets.forms import FormField, Segments, pair, parse_address, parse_port
from babilu.desktop.widgets.modal_sheet import ModalSheet
from babilu.kernel.errors import BabiluError, ErrorCode, UsageError
from babilu.presentation.device_names import link_wish

RELAY_PORT, DIRECT_PORT = 5050, 5051
NAME_CHARACTERS = 64

Profile = RelayProfile | DirectProfile


class LinkingStep(Enum):
    """How far the linking of this device has come."""

    FORM = auto()
    """It is not begun, or a try has ended."""

    OPENING = auto()
    """The relay, or the other device, is called."""

    ASKED = auto()
    """The other devices are asked, and none has answered."""

    CODE = auto()
    """The code is shown."""

    AGREED = auto()
    """The user has said yes here; the other device is waited for, also in a later run."""


class LinkHereSheet(ModalSheet):
    """Asks for an account, shows the code of this device, and says what came of a try.

    Args:
        theme: Fonts and colours.
        waiting: The profile that waits to be let in since an earlier run, or None to ask which one is to be linked.
    """

    wanted = Signal(object)
    """`RelayProfile` or `DirectProfile` that is to be linked."""

    confirmed = Signal()
    """The user says that both devices show the same code."""

    given_up = Signal(object)
    """`LinkingStep` in which the user has ended it."""

    def __init__(self, theme: Theme, waiting: Profile | None = None) -> None:
        super().__init__(theme)
        self.phase = LinkingStep.FORM
        self._profile = waiting
        self._copied = False
        self._line = ""
        self.text = PlainLabel(theme, lambda t: t.fonts.body, wraps=True)
        self.ways = Segments(2)
        self.host, self.port = FormField(theme), FormField(theme)
        self.name = FormField(theme)
        self.password = FormField(theme, secret=True)
        self.device = FormField(theme)
        self.device.edit.setMaxLength(NAME_CHARACTERS)
        self.companion = Switch(theme)
        self.digits = PlainLabel(theme, lambda t: t.fonts.large)
        self.words = PlainLabel(theme, lambda t: t.fonts.strong, wraps=True)
        self.line_hint = PlainLabel(theme, lambda t: t.fonts.small, "muted", wraps=True)
        self.code = Code(theme)
        self.line = PlainLabel(theme, lambda t: t.fonts.small, wraps=True)
        self.copy_button = Button()
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setRange(0, 0)
        self.error = PlainLabel(theme, lambda t: t.fonts.small, "danger", wraps=True)
        self.cancel_button, self.yes_button = Button(), Button("primary")
        self._form, self._shown = QWidget(), QWidget()
        self._build()
        self.ways.chosen.connect(self._turn)
        self.cancel_button.clicked.connect(self.close_sheet)
        self.yes_button.clicked.connect(self.answer)
        self.copy_button.clicked.connect(self._copy)
        for field in self._fields():
            field.submitted.connect(self.answer)
        self.port.edit.setText(str(RELAY_PORT))
        self.device.edit.setText(platform.node()[:NAME_CHARACTERS])
        self._go(LinkingStep.FORM if waiting is None else LinkingStep.AGREED)

    def _build(self) -> None:
        form = column(self._form, m.MEDIUM)
        for widget in (self.ways, pair(self.host, self.port, (3, 1)), self.name, self.password, self.device):
            form.addWidget(widget)
        form.addWidget(self.companion)
        shown = column(self._shown, m.MEDIUM)
        for widget in (self.digits, self.words, self.line_hint):
            shown.addWidget(widget)
        shown.addLayout(centred(self.code))
        shown.addWidget(self.line)
        across = row()
        across.addStretch(1)
        across.addWidget(self.copy_button)
        shown.addLayout(across)
        for widget in (self.text, self._form, self._shown, self.progress, self.error):
            self.body.addWidget(widget)
        across = row(spacing=m.SMALL)
        across.addStretch(1)
        across.addWidget(self.cancel_button)
        across.addWidget(self.yes_button)
        self.body.addLayout(across)

    def fill(self, name: str, relay: Address | None) -> None:
        """Take over what is known; None for an account without a relay."""
        self.name.edit.setText(name)
        if relay is None:
            self.ways.choose(1)
        else:
            self.host.edit.setText(relay.host)
            self.port.edit.setText(str(relay.port))

    def ask_devices(self) -> None:
        """Show that the other devices are asked, unless one has answered already."""
        if self.phase is LinkingStep.OPENING:
            self._go(LinkingStep.ASKED)

    def show_code(self, code: LinkCodeShown) -> None:
        """Show the code that is to be compared."""
        self.digits.setText(f"{code.digits[:3]} {code.digits[3:]}")
        self.words.setText(" ".join(code.words))
        self._line = code.line or ""
        for widget in (self.line_hint, self.code, self.line, self.copy_button):
            widget.setVisible(bool(self._line))
        if self._line:
            self.line.setText(self._line)
            self.code.encode(self._line.encode())
        self._copied = False
        self._go(LinkingStep.CODE)
        # Who still has a finger on Enter has compared nothing.
        lead_to(self.cancel_button)

    def wait_for_grant(self) -> None:
        """Show that the user has said yes here."""
        self._go(LinkingStep.AGREED)

    def refuse(self, error: BabiluError) -> None:
        """Say why a try came to nothing; it may be begun again."""
        before = self.phase
        self._go(LinkingStep.FORM)
        if error.code is ErrorCode.WRONG_CREDENTIALS and not self._form.isHidden():
            plain = error.reason is None
            wrong = translate("LinkHere", "Name or password is wrong.")
            self.password.refuse(wrong if plain else sentence_for(error))
            return
        self.error.setText(why_not_linked(error, before))
        self._say_phase()
        self.error.show()
        reveal(self.error)

    def refuse_answer(self, error: BabiluError) -> None:
        """Say why the answer could not be given, and let the user give it again."""
        self.yes_button.hold(on=False)
        self.error.setText(sentence_for(error))
        self.error.show()

    def answer(self) -> None:
        """Begin, or say that the codes are the same."""
        if self.yes_button.is_held:
            return
        self.error.hide()
        if self.phase is LinkingStep.CODE:
            self.yes_button.hold(on=True)
            self.confirmed.emit()
            return
        profile = self._profile if self._form.isHidden() else self._read()
        if profile is not None:
            self._go(LinkingStep.OPENING)
            self.wanted.emit(profile)

    @override
    def close_sheet(self) -> None:
        phase = self.phase
        super().close_sheet()
        self.given_up.emit(phase)

    @override
    def first_focus(self) -> QWidget:
        if self._form.isHidden():
            return self.cancel_button
        fields = (self.host, self.name, self.password)
        return next((field for field in fields if not field.text), self.password)

    @override
    def retranslate(self) -> None:
        super().retranslate()
        self.title.setText(translate("LinkHere", "Link to your other device"))
        self.ways.call_them((translate("LinkHere", "Relay"), translate("LinkHere", "No relay")))
        self.port.call_it(translate("LinkHere", "Port"))
        self.name.call_it(translate("LinkHere", "Your name"), translate("LinkHere", "As on your other device"))
        self.device.call_it(translate("LinkHere", "What this device is called"))
        self.companion.setText(translate("LinkHere", "Others use this device, too: it can link and remove none"))
        self.line_hint.setText(
            translate("LinkHere", "In place of comparing, your other device may read this line or its QR code.")
        )
        self.code.setAccessibleName(translate("LinkHere", "The line of this device as a QR code"))
        self.progress.setAccessibleName(translate("LinkHere", "Waiting"))
        copied, copy = translate("LinkHere", "Copied"), translate("LinkHere", "Copy the line")
        self.copy_button.setText(copied if self._copied else copy)
        self._say_way()
        self._say_phase()

    def _say_way(self) -> None:
        """Name the fields by whether there is a relay."""
        if self._is_direct:
            self.host.call_it(
                translate("LinkHere", "Address at which your other device listens"), translate("LinkHere", "IP address")
            )
            self.password.call_it(translate("LinkHere", "The passphrase of your other device"))
        else:
            self.host.call_it(translate("LinkHere", "Relay"), translate("LinkHere", "Name or address"))
            self.password.call_it(translate("LinkHere", "Password"))

    def _say_phase(self) -> None:
        again = self._form.isHidden() or bool(self.error.text())
        yes = translate("LinkHere", "Try again") if again else translate("LinkHere", "Show the code")
        match self.phase:
            case LinkingStep.FORM:
                text = translate(
                    "LinkHere",
                    "Open Babilu on a full device of yours. Both devices then show a code, and you say on both that it "
                    "is the same.",
                )
            case LinkingStep.OPENING:
                text = translate("LinkHere", "Deriving keys from your password, and connecting…")
            case LinkingStep.ASKED:
                text = translate("LinkHere", "Your other devices are asked. Is Babilu open on one of them?")
            case LinkingStep.CODE:
                text = translate(
                    "LinkHere",
                    "Does your other device show this code? If it is another one, cancel: somebody may be in between.",
                )
                yes = translate("LinkHere", "They are the same")
            case LinkingStep.AGREED:
                text = translate(
                    "LinkHere",
                    "You have said yes here. Say yes on your other device, too. If it says that you have too many "
                    "devices, remove one there. You may close Babilu: this profile goes on when it is opened.",
                )
            case _:
                assert_never(self.phase)
        self.text.setText(text)
        self.yes_button.setText(yes)
        later, cancel = translate("LinkHere", "Later"), translate("LinkHere", "Cancel")
        self.cancel_button.setText(later if self.phase is LinkingStep.AGREED else cancel)

    def _go(self, phase: LinkingStep) -> None:
        self.phase = phase
        waits_since_before = self._profile is not None and self._profile.link is None
        self._form.setVisible(phase is LinkingStep.FORM and not waits_since_before)
        self._shown.setVisible(phase is LinkingStep.CODE)
        self.progress.setVisible(phase in {LinkingStep.OPENING, LinkingStep.ASKED, LinkingStep.AGREED})
        self.error.hide()
        self.yes_button.hold(on=False)
        self.yes_button.setVisible(phase in {LinkingStep.FORM, LinkingStep.CODE})
        self._say_phase()

    @property
    def _is_direct(self) -> bool:
        return self.ways.number == 1

    def _turn(self, _: int) -> None:
        before, now = (RELAY_PORT, DIRECT_PORT) if self._is_direct else (DIRECT_PORT, RELAY_PORT)
        if self.port.text == str(before):
            self.port.edit.setText(str(now))
        self._say_way()

    def _fields(self) -> tuple[FormField, ...]:
        return (self.host, self.port, self.name, self.password, self.device)

    def _read(self) -> Profile | None:
        """Read the form; None where what is wrong stands there now."""
        for field in self._fields():
            field.refuse("")
        port = parse_port(self.port.text)
        address = parse_address(self.host.text, port or RELAY_PORT)
        if address is None:
            self.host.refuse(translate("LinkHere", "A name or an IP address."))
        elif not port:
            self.port.refuse(translate("LinkHere", "A number up to 65535."))
        elif not self.name.text:
            self.name.refuse(translate("LinkHere", "The name that you have on your other device."))
        else:
            return self._with_password(address)
        return None

    def _with_password(self, address: Address) -> Profile | None:
        try:
            passphrase = Passphrase(self.password.edit.text())
        except UsageError:
            self.password.refuse(translate("LinkHere", "The same as on your other device."))
            return None
        wish = partial(link_wish, self.device.text, companion=self.companion.isChecked())
        if self._is_direct:
            return DirectProfile(self.name.text, passphrase, link=wish(address=address))
        return RelayProfile(address, self.name.text, passphrase, link=wish())

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._line)
        self._copied = True
        self.retranslate()


def why_not_linked(error: BabiluError, phase: LinkingStep) -> str:
    """Say why a try came to nothing, and what to do, by how far it had come."""
    match error.code, phase:
        case ErrorCode.DECLINED, _:
            return translate(
                "LinkHere",
                "Your other device has ended the try: somebody said no there, another try is under way, or there were "
                "too many within an hour. Nothing was linked.",
            )
        case ErrorCode.UNAVAILABLE, LinkingStep.ASKED:
            return translate(
                "LinkHere",
                "None of your devices has answered. Open Babilu on a full one, online, and try again.",
            )
        case ErrorCode.UNAVAILABLE, LinkingStep.CODE:
            return translate("LinkHere", "The ten minutes of this code are over. Try again: there will be another one.")
        case ErrorCode.UNAVAILABLE, LinkingStep.AGREED:
            return translate(
                "LinkHere",
                "Your other device has not let this one in yet. Open Babilu on both and try again: nothing is to be "
                "compared once more.",
            )
        case _:
            return sentence_for(error)
