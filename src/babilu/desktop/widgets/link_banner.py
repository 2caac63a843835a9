"""What is wrong with the link to the relay and does not mend itself, above everything, with its way out."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QFrame
from typing_extensions import override

from babilu.api.views import LinkState
from babilu.desktop.error_texts import sentence_for_code
from babilu.desktop.language import translate
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.basics import Button, PlainLabel, Turning, column, repolish, retranslates
from babilu.desktop.widgets.forms import FormField
from babilu.presentation.fingerprints import read_fingerprint
from babilu.presentation.link_troubles import LinkTrouble, WayOut


class LinkBanner(QFrame):
    """Says why the relay cannot be used, and what can be done.

    Args:
        theme: Fonts and colours.
    """

    try_wanted = Signal()
    start_over_wanted = Signal()
    fingerprint_given = Signal(object)
    """SHA-256 of a certificate, 32 bytes."""

    left_with_focus = Signal()
    """It is gone, and whoever wrote or pressed here is to go on elsewhere."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._given = self._tried = False
        self.trouble: LinkTrouble | None = None
        self.text = PlainLabel(theme, lambda t: t.fonts.small, wraps=True)
        self.fingerprint = FormField(theme)
        self.trust_button = Button("banner")
        self.try_button = Button("banner")
        self.start_over_button = Button("banner")
        stack = column(self, m.SMALL, (m.LARGE, m.SMALL, m.MEDIUM, m.SMALL))
        above = Turning(self._above_width, m.SMALL)
        above.parts.addWidget(self.text, 1)
        for button in (self.start_over_button, self.try_button):
            above.parts.addWidget(button)
        self._below = Turning(self._below_width, m.SMALL)
        self._below.parts.addWidget(self.fingerprint, 1)
        self._below.parts.addWidget(self.trust_button)
        stack.addWidget(above)
        stack.addWidget(self._below)
        self.try_button.clicked.connect(self.try_wanted)
        self.start_over_button.clicked.connect(self.start_over_wanted)
        self.trust_button.clicked.connect(self._trust)
        self.fingerprint.submitted.connect(self._trust)
        self._name()
        self.hide()

    def show_trouble(self, trouble: LinkTrouble | None) -> None:
        """Show what is wrong, or nothing; what is typed stays while it is the same."""
        if trouble == self.trouble:
            return
        if trouble is None or self.trouble is None or trouble.code != self.trouble.code:
            self.fingerprint.edit.clear()
        self.trouble = trouble
        leaves = trouble is None and self.isAncestorOf(self.window().focusWidget())
        self.setVisible(trouble is not None)
        if trouble is not None:
            self._say(trouble)
        elif leaves:
            self.left_with_focus.emit()

    def follow(self, link: LinkState) -> None:
        """Say it where the relay was tried by a fingerprint, and its certificate has another one."""
        if link is LinkState.CONNECTING and self._given:
            self._tried = True
        elif link is LinkState.OFFLINE and self._tried:
            self._given = self._tried = False
            if self.trouble is not None and self.trouble.way_out is WayOut.FINGERPRINT:
                self.refuse(translate("LinkBanner", "The certificate that the relay shows has another fingerprint."))

    def refuse(self, reason: str) -> None:
        """Say why a fingerprint was not taken."""
        self.fingerprint.refuse(reason, focus=False)

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if retranslates(event):
            self._name()
            if self.trouble is not None:
                self._say(self.trouble)

    def _name(self) -> None:
        self.fingerprint.call_it(
            translate("LinkBanner", "Fingerprint of the new certificate"),
            translate("LinkBanner", "64 digits and letters, as the operator has told them"),
        )
        self.trust_button.setText(translate("LinkBanner", "Connect by this one"))
        self.start_over_button.setText(translate("LinkBanner", "Start over here…"))
        here, now = translate("LinkBanner", "Use it here"), translate("LinkBanner", "Try now")
        returns = self.trouble is not None and self.trouble.way_out is WayOut.RETURN
        self.try_button.setText(here if returns else now)

    def _say(self, trouble: LinkTrouble) -> None:
        self.setObjectName("banner" if trouble.urgent else "notice")
        sentence = SENTENCES.get(trouble.way_out, lambda: sentence_for_code(trouble.code))()
        self.text.setText(sentence)
        self.setAccessibleName(sentence)
        self._below.setVisible(trouble.way_out is WayOut.FINGERPRINT)
        self.start_over_button.setVisible(trouble.way_out is WayOut.START_OVER)
        self.try_button.setVisible(trouble.way_out is not WayOut.REOPEN)
        self._name()
        kind = "banner" if trouble.urgent else "primary"
        for button in (self.trust_button, self.try_button, self.start_over_button):
            button.setProperty("kind", kind)
        for widget in (self, self.text, self.trust_button, self.try_button, self.start_over_button):
            repolish(widget)

    def _trust(self) -> None:
        certificate = read_fingerprint(self.fingerprint.text)
        if certificate is None:
            self.refuse(translate("LinkBanner", "A fingerprint has 64 digits and letters up to F."))
            return
        self._given, self._tried = True, False
        self.fingerprint_given.emit(certificate)

    def _above_width(self) -> int:
        shown = [each for each in (self.start_over_button, self.try_button) if not each.isHidden()]
        return self._theme.scaled(m.TEXT_MIN) + sum(each.sizeHint().width() + m.SMALL for each in shown)

    def _below_width(self) -> int:
        return self._theme.scaled(m.TEXT_MIN) + self.trust_button.sizeHint().width() + m.SMALL


SENTENCES: dict[WayOut, Callable[[], str]] = {
    WayOut.FINGERPRINT: lambda: translate(
        "LinkBanner",
        "The relay shows another certificate than before: its operator has changed it, or somebody is in between. "
        "Nothing is sent. Ask the operator for the new fingerprint, by another way than this one.",
    ),
    WayOut.RETURN: lambda: translate(
        "LinkBanner", "This account was opened in another program, which has the connection now."
    ),
    WayOut.START_OVER: lambda: translate(
        "LinkBanner",
        "The relay does not know this device any more: the account was started over on another device, or it is gone. "
        "If the relay was restored from a backup, quit Babilu and open it again first. What is here stays readable.",
    ),
    WayOut.REOPEN: lambda: translate(
        "LinkBanner",
        "This profile is an older copy of itself, and nothing is sent from it. Quit Babilu and open the profile again: "
        "it goes on as a new device, and nothing is lost.",
    ),
}
