"""One's own link as text and as a code for a camera, by which others add oneself; and a line for theirs."""

from collections.abc import Callable

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from babilu.api import commands as c
from babilu.api.views import ContactLinkView, ContactView
from babilu.desktop.error_texts import sentence_for
from babilu.desktop.language import translate
from babilu.desktop.models.client_model import DesktopModel
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.basics import Button, PlainLabel, centred, line, row
from babilu.desktop.widgets.code import Code
from babilu.desktop.widgets.forms import FormField
from babilu.desktop.widgets.modal_sheet import ModalSheet
from babilu.kernel.errors import BabiluError


class OwnLinkSheet(ModalSheet):
    """Shows one's own link, and adds the person of another one.

    Args:
        theme: Fonts and colours.
        client_model: What is asked.
        added: Told of the name of who was added.
    """

    def __init__(self, theme: Theme, client_model: DesktopModel, added: Callable[[str], None]) -> None:
        super().__init__(theme)
        self._client_model = client_model
        self._added = added
        self._link: ContactLinkView | None = None
        self._copied = False
        self.hint = PlainLabel(theme, lambda t: t.fonts.small, "muted", wraps=True)
        self.code = Code(theme)
        self.code.hide()
        self.link = PlainLabel(theme, lambda t: t.fonts.small, wraps=True)
        self.trouble = PlainLabel(theme, lambda t: t.fonts.small, "danger", wraps=True)
        self.trouble.hide()
        self.copy_button = Button("primary")
        self.copy_button.setEnabled(False)
        self.field = FormField(theme)
        self.add_button = Button()
        self.body.addWidget(self.hint)
        self.body.addLayout(centred(self.code))
        for widget in (self.link, self.trouble):
            self.body.addWidget(widget)
        for button, above in ((self.copy_button, None), (self.add_button, self.field)):
            if above is not None:
                self.body.addWidget(line())
                self.body.addWidget(above)
            across = row()
            across.addStretch(1)
            across.addWidget(button)
            self.body.addLayout(across)
        self.copy_button.clicked.connect(self._copy)
        self.add_button.clicked.connect(self._add)
        self.field.submitted.connect(self._add)
        client_model.bridge.request(c.OwnLink(), self._take, self._refused)

    @override
    def first_focus(self) -> QWidget:
        return self.copy_button if self.copy_button.isEnabled() else self.field

    @override
    def retranslate(self) -> None:
        super().retranslate()
        self.title.setText(translate("OwnLink", "Add me"))
        self.hint.setText(
            translate("OwnLink", "Whoever opens this link in Babilu, or scans its code, adds you and nobody else.")
        )
        self.code.setAccessibleName(translate("OwnLink", "Your link as a QR code"))
        copied, copy = translate("OwnLink", "Copied"), translate("OwnLink", "Copy the link")
        self.copy_button.setText(copied if self._copied else copy)
        self.field.call_it(translate("OwnLink", "Somebody else's link"), "babilu://")
        self.add_button.setText(translate("OwnLink", "Add"))

    def _take(self, link: ContactLinkView) -> None:
        self._link = link
        self.link.setText(link.text)
        self.code.encode(link.text.encode())
        self.code.show()
        self.copy_button.setEnabled(True)

    def _refused(self, error: BabiluError) -> None:
        self.trouble.setText(sentence_for(error))
        self.trouble.show()

    def _copy(self) -> None:
        if self._link is not None:
            QGuiApplication.clipboard().setText(self._link.text)
            self._copied = True
            self.retranslate()

    def _add(self) -> None:
        text = self.field.edit.text().strip()
        if self.add_button.is_held or not text:
            return
        self.add_button.hold(on=True)
        self._client_model.ask(c.AddByLink(text), self._done, self._not_added)

    def _done(self, contact: ContactView | None) -> None:
        self.close_sheet()
        if contact is not None:
            self._added(contact.name)

    def _not_added(self, error: BabiluError) -> None:
        self.add_button.hold(on=False)
        self.field.refuse(sentence_for(error))
