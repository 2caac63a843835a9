"""Invitations to the relay: one is made and shown once, with its code, and those that are open can be revoked."""

from collections.abc import Callable
from typing import Final

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from babilu.desktop.error_texts import sentence_for
from babilu.desktop.language import full_time, translate
from babilu.desktop.models.invitations_model import InvitationsModel
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.basics import Button, PlainLabel, column, empty, lead_to, line, row
from babilu.desktop.widgets.controls import ChoiceBox
from babilu.desktop.widgets.hand_out import HandOut
from babilu.desktop.widgets.modal_sheet import ModalSheet
from babilu.desktop.widgets.setting_line import Line
from babilu.kernel.errors import BabiluError
from babilu.presentation.invitations import ListedInvitation, MadeInvitation

USES: Final = (1, 2, 5, 10, 25, 100)
HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS
LIFETIMES: Final = (None, HOUR_MS, DAY_MS, 7 * DAY_MS, 30 * DAY_MS)
"""None is the relay's usual time."""

ROWS: Final = 100
"""Most open invitations that are shown, the newest."""

LINES: Final = 4


class Made(HandOut):
    """An invitation that was made."""

    def __init__(self, theme: Theme) -> None:
        self.invitation: MadeInvitation | None = None
        super().__init__(theme, LINES)

    def show_one(self, invitation: MadeInvitation | None) -> None:
        """Show an invitation, or none."""
        self.invitation = invitation
        self.hand_out("" if invitation is None else invitation.text)

    @override
    def retranslate(self) -> None:
        super().retranslate()
        self.call_it(
            translate("Invitations", "The invitation"), translate("Invitations", "The invitation as a QR code")
        )
        if self.invitation is not None:
            whole = translate("Invitations", "{0}. Copy it now: it is not shown again.")
            self.note.setText(whole.format(words(self.invitation.uses, self.invitation.expires_at)))


class InvitationsSheet(ModalSheet):
    """Makes an invitation, and lists those that can still be used.

    Args:
        theme: Fonts and colours.
        invitations: What is shown and changed.
        revoke: Asks whether to revoke the invitation of a number.
    """

    def __init__(self, theme: Theme, invitations: InvitationsModel, revoke: Callable[[int], None]) -> None:
        super().__init__(theme, m.SHEET_WIDE)
        self._invitations = invitations
        self._revoke = revoke
        self._listed: tuple[ListedInvitation, ...] | None = None
        self._refusal: BabiluError | None = None
        self._made_is_open = False
        self.buttons: dict[int, Button] = {}
        self.hint = PlainLabel(theme, lambda t: t.fonts.small, "muted", wraps=True)
        self.uses_box = ChoiceBox(theme)
        self.lifetime_box = ChoiceBox(theme)
        self.lines = (
            Line(theme, lambda: translate("Invitations", "Accounts that can be made with it"), self.uses_box),
            Line(theme, lambda: translate("Invitations", "It is good for"), self.lifetime_box),
        )
        self.make_button = Button("primary")
        self.error = PlainLabel(theme, lambda t: t.fonts.small, "danger", wraps=True)
        self.made = Made(theme)
        self.heading = PlainLabel(theme, lambda t: t.fonts.strong, "accent")
        self.nothing = PlainLabel(theme, lambda t: t.fonts.small, "muted", wraps=True)
        self._rows = column(spacing=m.TINY)
        buttons = row()
        buttons.addStretch(1)
        buttons.addWidget(self.make_button)
        above: tuple[QWidget, ...] = (self.hint, *self.lines)
        below: tuple[QWidget, ...] = (self.error, self.made, line(), self.heading, self.nothing)
        for widget in above:
            self.body.addWidget(widget)
        self.body.addLayout(buttons)
        for widget in below:
            self.body.addWidget(widget)
        self.body.addLayout(self._rows)
        self.make_button.clicked.connect(self._make)
        invitations.changed.connect(self._changed)
        invitations.ask()

    @override
    def first_focus(self) -> QWidget:
        return self.make_button

    @override
    def retranslate(self) -> None:
        super().retranslate()
        self.title.setText(translate("Invitations", "Invitations"))
        self.hint.setText(translate("Invitations", "Whoever has an invitation can make an account at this relay."))
        for each in self.lines:
            each.retranslate()
        self.uses_box.say([str(uses) for uses in USES])
        self.lifetime_box.say(lifetime_names())
        self.make_button.setText(translate("Invitations", "Make an invitation"))
        self.heading.setText(translate("Invitations", "Open invitations"))
        self.made.retranslate()
        self._say_error()
        self._list()

    def _make(self) -> None:
        if self.make_button.is_held:
            return
        self.make_button.hold(on=True)
        uses, lifetime = USES[self.uses_box.currentIndex()], LIFETIMES[self.lifetime_box.currentIndex()]
        self._invitations.make(uses, lifetime, self._show, self._refused)

    def _show(self, invitation: MadeInvitation) -> None:
        self.make_button.hold(on=False)
        self._refusal = None
        self._say_error()
        self._made_is_open = False
        self.made.show_one(invitation)
        lead_to(self.made.copy_button)

    def _refused(self, error: BabiluError) -> None:
        self.make_button.hold(on=False)
        self._refusal = error
        self._say_error()

    def _say_error(self) -> None:
        error = self._refusal or self._invitations.trouble
        self.error.setText("" if error is None else sentence_for(error))
        self.error.setVisible(error is not None)

    def _changed(self) -> None:
        self._say_error()
        if self._invitations.open != self._listed:
            self._list()
        made = self.made.invitation
        if made is None or self._invitations.open is None:
            return
        is_open = any(each.number == made.number for each in self._invitations.open)
        if self._made_is_open and not is_open:
            # It was revoked, or used: nobody can use what is shown.
            self.made.show_one(None)
        self._made_is_open = is_open

    def _list(self) -> None:
        self._listed = self._invitations.open
        newest = sorted(self._listed or (), key=lambda each: each.number, reverse=True)
        empty(self._rows)
        self.buttons = {}
        for each in newest[:ROWS]:
            self._rows.addWidget(self._row(each))
        self.heading.setVisible(self._listed is not None)
        rest = len(newest) - ROWS
        self.nothing.setVisible(self._listed == () or rest > 0)
        none = translate("Invitations", "No invitation is open.")
        self.nothing.setText(
            translate("Invitations", "%n older one(s) are not shown.", None, rest) if rest > 0 else none
        )

    def _row(self, each: ListedInvitation) -> QWidget:
        made = QWidget()
        across = row(made, m.MEDIUM)
        text = f"{each.number} · {words(each.uses, each.expires_at)}"
        revoke = self.buttons[each.number] = Button("quietdanger")
        revoke.setText(translate("Invitations", "Revoke…"))
        revoke.setAccessibleName(translate("Invitations", "Revoke invitation {0}").format(each.number))
        revoke.clicked.connect(lambda: self._revoke(each.number))
        across.addWidget(PlainLabel(self.theme, lambda t: t.fonts.body, wraps=True, text=text), 1)
        across.addWidget(revoke)
        return made


def words(uses: int, expires_at: int) -> str:
    """Say how many accounts an invitation is for, and until when."""
    return translate("Invitations", "For %n account(s), until {0}", None, uses).format(full_time(expires_at))


def lifetime_names() -> tuple[str, ...]:
    """Name the times for which an invitation is good, in the order of `LIFETIMES`."""
    return tuple(map(_lifetime_name, LIFETIMES))


def _lifetime_name(lifetime_ms: int | None) -> str:
    if lifetime_ms is None:
        return translate("Invitations", "the relay's usual time")
    if lifetime_ms < DAY_MS:
        return translate("Invitations", "%n hour(s)", None, lifetime_ms // HOUR_MS)
    return translate("Invitations", "%n day(s)", None, lifetime_ms // DAY_MS)
