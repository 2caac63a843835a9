"""A new device asks to be one of the own ones: its code is compared, and the user says yes or no."""

from typing import Final

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.credentials import Passphrase
from babilu.desktop.error_texts import sentence_for
from babilu.desktop.language import countable, translate
from babilu.desktop.models.client_model import DesktopModel
from babilu.desktop.plain_text import person
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.basics import Button, PlainLabel, row
from babilu.desktop.widgets.controls import ChoiceBox
from babilu.desktop.widgets.forms import FormField
from babilu.desktop.widgets.modal_sheet import ModalSheet
from babilu.kernel.errors import BabiluError, UsageError

HISTORIES: Final[tuple[int | None, ...]] = (None, 30, 0)
"""Days of history that can be given, in the order of their names."""


class LinkDeviceSheet(ModalSheet):
    """Shows the code of a device that asks, and lets it in or refuses it.

    Args:
        theme: Fonts and colours.
        client_model: What is asked.
        asked: What the device has shown.
    """

    def __init__(self, theme: Theme, client_model: DesktopModel, asked: e.LinkAsked) -> None:
        super().__init__(theme)
        self._client_model = client_model
        self._asked = asked
        self._decided = False
        self.question = PlainLabel(theme, lambda t: t.fonts.body, wraps=True)
        self.digits = PlainLabel(theme, lambda t: t.fonts.title, text=f"{asked.digits[:3]} {asked.digits[3:]}")
        self.words = PlainLabel(theme, lambda t: t.fonts.strong, wraps=True, text=" ".join(asked.words))
        self.becomes = PlainLabel(theme, lambda t: t.fonts.body, "muted", wraps=True)
        self.failed = PlainLabel(theme, lambda t: t.fonts.small, "danger", wraps=True)
        self.failed.setVisible(asked.failed > 0)
        self.history_box = ChoiceBox(theme)
        self.password = FormField(theme, secret=True)
        self.trouble = PlainLabel(theme, lambda t: t.fonts.small, "muted", wraps=True)
        self.refuse_button = Button("danger")
        self.approve_button = Button("primary")
        for widget in (
            self.question,
            self.digits,
            self.words,
            self.becomes,
            self.failed,
            self.history_box,
            self.password,
        ):
            self.body.addWidget(widget)
        self.body.addWidget(self.trouble)
        across = row(spacing=m.SMALL)
        across.addStretch(1)
        across.addWidget(self.refuse_button)
        across.addWidget(self.approve_button)
        self.body.addLayout(across)
        self.refuse_button.clicked.connect(self._refuse)
        self.approve_button.clicked.connect(self._approve)
        self.password.submitted.connect(self._approve)
        client_model.link_over.connect(self.close_sheet)

    @override
    def first_focus(self) -> QWidget:
        return self.password.edit

    @override
    def retranslate(self) -> None:
        super().retranslate()
        self.title.setText(translate("LinkDevice", "A new device"))
        self.question.setText(
            translate(
                "LinkDevice",
                "“{0}” wants to be one of your devices. Does it show this code? If you did not begin this, refuse.",
            ).format(person(self._asked.name))
        )
        self.becomes.setText(
            translate("LinkDevice", "It becomes a full device, which can link and remove others.")
            if self._asked.full
            else translate("LinkDevice", "It becomes a companion, which can link and remove none.")
        )
        self.failed.setText(
            translate(
                "LinkDevice", "%n try(s) before this one failed within an hour.", None, countable(self._asked.failed)
            )
        )
        self.history_box.say(
            (
                translate("LinkDevice", "Give it all history"),
                translate("LinkDevice", "Give it the last 30 days"),
                translate("LinkDevice", "Give it no messages"),
            )
        )
        self.history_box.setAccessibleName(translate("LinkDevice", "History for the new device"))
        self.password.call_it(translate("LinkDevice", "Password"))
        self.refuse_button.setText(translate("LinkDevice", "Not the same"))
        self.approve_button.setText(translate("LinkDevice", "The same: let it in"))
        self.trouble.setText(translate("LinkDevice", "Say yes on the new device, too.") if self._decided else "")

    def _refuse(self) -> None:
        self._client_model.ask(c.LinkRefuse(), None, self._not_refused)

    def _not_refused(self, _: BabiluError) -> None:
        # Nothing is left to be refused.
        self.close_sheet()

    def _approve(self) -> None:
        if self.approve_button.is_held:
            return
        try:
            password = Passphrase(self.password.edit.text())
        except UsageError:
            self.password.refuse(translate("LinkDevice", "Fill in the password."))
            return
        self.approve_button.hold(on=True)
        days = HISTORIES[max(0, self.history_box.currentIndex())]
        approve = c.LinkApprove(password, days, self._asked.full, device=self._asked.device)
        self._client_model.ask(approve, self._approved, self._failed)

    def _approved(self, _: None) -> None:
        self._decided = True
        self.retranslate()

    def _failed(self, error: BabiluError) -> None:
        self.approve_button.hold(on=False)
        self.password.refuse(sentence_for(error))
