"""Links by which people join a group: made, shown with their codes, and revoked; and joining by somebody else's."""

from collections.abc import Callable
from typing import Final

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from babilu.api import commands as c
from babilu.api.group_views import GroupLinkView
from babilu.api.views import LinkState
from babilu.desktop.error_texts import sentence_for
from babilu.desktop.language import full_time, translate
from babilu.desktop.models.client_model import DesktopModel
from babilu.desktop.sheets.asking import AskingSheet
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.basics import Button, PlainLabel, column, empty, lead_to, line, row
from babilu.desktop.widgets.controls import ChoiceBox, Switch
from babilu.desktop.widgets.forms import FormField
from babilu.desktop.widgets.hand_out import HandOut
from babilu.desktop.widgets.modal_sheet import ModalSheet
from babilu.desktop.widgets.setting_line import Line
from babilu.kernel.errors import BabiluError

USES: Final = (None, 1, 5, 10, 25, 100)
DAY_HOURS: Final = 24
HOURS: Final = (1, DAY_HOURS, 7 * DAY_HOURS, 30 * DAY_HOURS, 365 * DAY_HOURS)
USUAL: Final = 2
"""Which of these is chosen first: a week."""

LINES: Final = 5


class ShownLink(HandOut):
    """A link to a group."""

    def __init__(self, theme: Theme) -> None:
        self.link: GroupLinkView | None = None
        super().__init__(theme, LINES)

    def show_one(self, link: GroupLinkView | None) -> None:
        """Show a link, or none."""
        self.link = link
        self.hand_out("" if link is None else link.link)

    @override
    def retranslate(self) -> None:
        super().retranslate()
        self.call_it(translate("GroupLinks", "The link"), translate("GroupLinks", "The link as a QR code"))
        self.note.setText("" if self.link is None else link_words(self.link))


class GroupLinksSheet(ModalSheet):
    """Makes a link, and lists those that there are.

    Args:
        theme: Fonts and colours.
        client_model: What is asked.
        label: Of which group.
    """

    def __init__(self, theme: Theme, client_model: DesktopModel, label: str) -> None:
        super().__init__(theme, m.SHEET_WIDE)
        self._client_model = client_model
        self._label = label
        self._links: tuple[GroupLinkView, ...] | None = None
        self.hint = PlainLabel(theme, lambda t: t.fonts.small, "muted", wraps=True)
        self.uses_box, self.hours_box = ChoiceBox(theme), ChoiceBox(theme)
        self.approval = Switch(theme)
        self.newcomers = Switch(theme)
        self.newcomers_line = Line(
            theme,
            lambda: translate("GroupLinks", "It also invites to the relay"),
            self.newcomers,
            lambda: translate("GroupLinks", "Whoever has no account there can make one with it."),
        )
        self.lines = (
            Line(theme, lambda: translate("GroupLinks", "So many people may use it"), self.uses_box),
            Line(theme, lambda: translate("GroupLinks", "It is good for"), self.hours_box),
            Line(
                theme,
                lambda: translate("GroupLinks", "An admin decides about each"),
                self.approval,
                lambda: translate("GroupLinks", "Else whoever has the link is in at once."),
            ),
            self.newcomers_line,
        )
        self.make_button = Button("primary")
        self.error = PlainLabel(theme, lambda t: t.fonts.small, "danger", wraps=True)
        self.error.hide()
        self.shown = ShownLink(theme)
        self.heading = PlainLabel(theme, lambda t: t.fonts.strong, "accent")
        self.nothing = PlainLabel(theme, lambda t: t.fonts.small, "muted", wraps=True)
        self.rows = column(spacing=m.TINY)
        self.revoke_buttons: list[Button] = []
        buttons = row()
        buttons.addStretch(1)
        buttons.addWidget(self.make_button)
        above: tuple[QWidget, ...] = (self.hint, *self.lines)
        for widget in above:
            self.body.addWidget(widget)
        self.body.addLayout(buttons)
        below: tuple[QWidget, ...] = (self.error, self.shown, line(), self.heading, self.nothing)
        for widget in below:
            self.body.addWidget(widget)
        self.body.addLayout(self.rows)
        self.make_button.clicked.connect(self._make)
        client_model.invitations.changed.connect(self._offer)
        self._offer()
        if client_model.overview.link is LinkState.ONLINE and not client_model.invitations.is_allowed:
            client_model.invitations.ask()
        self._ask()

    @override
    def first_focus(self) -> QWidget:
        return self.make_button

    @override
    def retranslate(self) -> None:
        super().retranslate()
        self.title.setText(translate("GroupLinks", "Links to join"))
        self.hint.setText(
            translate(
                "GroupLinks",
                "Whoever has a link to the group may join it, until it is used up, expires or is revoked. It works "
                "while a device of an admin is online.",
            )
        )
        for each in self.lines:
            each.retranslate()
        self.uses_box.say([uses_name(uses) for uses in USES])
        self.hours_box.say([hours_name(hours) for hours in HOURS], USUAL if not self.hours_box.count() else None)
        self.make_button.setText(translate("GroupLinks", "Make a link"))
        self.heading.setText(translate("GroupLinks", "Links that can be used"))
        self.shown.retranslate()
        self._list()

    def _offer(self) -> None:
        """Offer an invitation to the relay to those who can make one."""
        self.newcomers_line.setVisible(self._client_model.invitations.is_allowed)

    def _ask(self) -> None:
        self._client_model.ask(c.GroupLinks(self._label), self._take, self._refused)

    def _take(self, links: tuple[GroupLinkView, ...]) -> None:
        self._links = links
        self._list()

    def _make(self) -> None:
        if self.make_button.is_held:
            return
        self.make_button.hold(on=True)
        uses, hours = USES[self.uses_box.currentIndex()], HOURS[self.hours_box.currentIndex()]
        order = c.MakeGroupLink(self._label, uses, self.approval.isChecked(), hours, self.newcomers.isChecked())
        self._client_model.ask(order, self._made, self._refused)

    def _made(self, link: GroupLinkView) -> None:
        self.make_button.hold(on=False)
        self.error.hide()
        self.shown.show_one(link)
        lead_to(self.shown.copy_button)
        self._ask()

    def _revoke(self, link: GroupLinkView) -> None:
        if self.shown.link is not None and self.shown.link.link == link.link:
            self.shown.show_one(None)
        self._client_model.ask(c.RevokeGroupLink(self._label, link.link), lambda _: self._ask(), self._refused)

    def _refused(self, error: BabiluError) -> None:
        self.make_button.hold(on=False)
        self.error.setText(sentence_for(error))
        self.error.show()

    def _list(self) -> None:
        empty(self.rows)
        self.revoke_buttons = []
        for link in self._links or ():
            self.rows.addWidget(self._row(link))
        self.heading.setVisible(self._links is not None)
        self.nothing.setText(translate("GroupLinks", "There is no link."))
        self.nothing.setVisible(self._links == ())

    def _row(self, link: GroupLinkView) -> QWidget:
        made = QWidget()
        across = row(made, m.SMALL)
        said = link_words(link)
        show, revoke = Button(), Button("quietdanger")
        show.setText(translate("GroupLinks", "Show"))
        show.setAccessibleName(translate("GroupLinks", "Show the link: {0}").format(said))
        show.clicked.connect(lambda: self.shown.show_one(link))
        revoke.setText(translate("GroupLinks", "Revoke"))
        revoke.setAccessibleName(translate("GroupLinks", "Revoke the link: {0}").format(said))
        revoke.clicked.connect(lambda: self._revoke(link))
        self.revoke_buttons.append(revoke)
        across.addWidget(PlainLabel(self.theme, lambda t: t.fonts.body, wraps=True, text=said), 1)
        across.addWidget(show)
        across.addWidget(revoke)
        return made


class JoinGroupSheet(AskingSheet):
    """Asks to join the group of a link.

    Args:
        theme: Fonts and colours.
        client_model: What is asked.
        link: What is filled in already.
        asked: Told once the group was asked.
    """

    def __init__(self, theme: Theme, client_model: DesktopModel, asked: Callable[[], None], link: str = "") -> None:
        self.field = FormField(theme)
        super().__init__(theme, (self.field,))
        self._client_model = client_model
        self._asked = asked
        self.field.edit.setText(link)
        self.field.submitted.connect(self.answer)

    @override
    def retranslate(self) -> None:
        super().retranslate()
        self.title.setText(translate("GroupLinks", "Join with a link"))
        self.text.setText(
            translate(
                "GroupLinks",
                "An admin of the group learns your name and your identity key. The group appears here once you are in.",
            )
        )
        self.field.call_it(translate("GroupLinks", "Link to the group"), "babilu://")
        self.yes.setText(translate("GroupLinks", "Ask to join"))

    @override
    def answer(self) -> None:
        link = self.field.text
        if self.yes.is_held:
            return
        if not link:
            self.field.refuse(translate("GroupLinks", "Paste the link that you were given."))
            return
        self.yes.hold(on=True)
        self._client_model.ask(c.JoinGroup(link), self._done, self._refused)

    def _done(self, _: None) -> None:
        self.close_sheet()
        self._asked()

    def _refused(self, error: BabiluError) -> None:
        self.yes.hold(on=False)
        self.field.refuse(sentence_for(error))


def link_words(link: GroupLinkView) -> str:
    """Say how many more may use a link, until when, and whether an admin decides."""
    if link.left is None:
        many = translate("GroupLinks", "For anybody")
    else:
        many = translate("GroupLinks", "For %n more", None, link.left)
    parts = [many, translate("GroupLinks", "until {0}").format(full_time(link.expires_at))]
    if link.approval:
        parts.append(translate("GroupLinks", "an admin decides"))
    if link.newcomers:
        parts.append(translate("GroupLinks", "with an account at the relay"))
    return ", ".join(parts)


def uses_name(uses: int | None) -> str:
    """Name how many may use a link."""
    return translate("GroupLinks", "as many as want") if uses is None else str(uses)


def hours_name(hours: int) -> str:
    """Name for how long a link is good."""
    if hours < DAY_HOURS:
        return translate("GroupLinks", "%n hour(s)", None, hours)
    return translate("GroupLinks", "%n day(s)", None, hours // DAY_HOURS)
