"""Everybody who is blocked, in one list, with the way back beside each name."""

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from babilu.api import commands as c
from babilu.api.views import ContactView
from babilu.desktop.language import translate
from babilu.desktop.models.client_model import DesktopModel
from babilu.desktop.plain_text import person
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.avatar import Avatar
from babilu.desktop.widgets.basics import Button, ElidedLabel, PlainLabel, column, empty, row
from babilu.desktop.widgets.modal_sheet import ModalSheet


class BlockedSheet(ModalSheet):
    """Lists the blocked contacts, and unblocks them.

    Args:
        theme: Fonts and colours.
        client_model: What is asked.
    """

    def __init__(self, theme: Theme, client_model: DesktopModel) -> None:
        super().__init__(theme)
        self._client_model = client_model
        self._blocked: tuple[ContactView, ...] | None = None
        self.buttons: dict[str, Button] = {}
        self.hint = PlainLabel(theme, lambda t: t.fonts.small, "muted", wraps=True)
        self._rows = column(spacing=m.TINY)
        self.body.addWidget(self.hint)
        self.body.addLayout(self._rows)
        client_model.contact_changed.connect(lambda _: self._ask())
        client_model.ready.connect(self._ask)
        self._ask()

    @override
    def first_focus(self) -> QWidget:
        return next(iter(self.buttons.values()), self.close_button)

    @override
    def retranslate(self) -> None:
        super().retranslate()
        self.title.setText(translate("Blocked", "Blocked people"))
        some = translate("Blocked", "What they send is dropped, and they are told nothing.")
        self.hint.setText(some if self._blocked else translate("Blocked", "Nobody is blocked."))
        self.hint.setVisible(self._blocked is not None)
        empty(self._rows)
        self.buttons = {}
        for contact in self._blocked or ():
            self._rows.addWidget(self._row(contact))

    def _ask(self) -> None:
        self._client_model.bridge.request(c.Contacts(), self._take)

    def _take(self, contacts: tuple[ContactView, ...]) -> None:
        blocked = tuple(contact for contact in contacts if contact.blocked)
        if blocked != self._blocked:
            focused = any(button.hasFocus() for button in self.buttons.values()) or self.close_button.hasFocus()
            self._blocked = blocked
            self.retranslate()
            if focused:
                self.focus_first()

    def _row(self, contact: ContactView) -> QWidget:
        made = QWidget()
        across = row(made, m.MEDIUM)
        avatar = Avatar(self.theme, m.AVATAR_SMALL)
        avatar.show_name(contact.name)
        name = ElidedLabel(self.theme, lambda t: t.fonts.strong)
        name.say(person(contact.name))
        unblock = self.buttons[contact.name] = Button("")
        unblock.setText(translate("Blocked", "Unblock"))
        unblock.setAccessibleName(translate("Blocked", "Unblock {0}").format(person(contact.name)))
        unblock.clicked.connect(lambda: self._client_model.ask(c.Unblock(contact.name)))
        across.addWidget(avatar)
        across.addWidget(name, 1)
        across.addWidget(unblock)
        return made
