"""Beginning a conversation: with a name of the relay and a first message, or by calling an address."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from babilu.api.views import Address, LinkState
from babilu.desktop.error_texts import sentence_for
from babilu.desktop.language import translate
from babilu.desktop.models.client_model import DesktopModel
from babilu.desktop.plain_text import person
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.basics import Button, PlainLabel, lead_to, row
from babilu.desktop.widgets.composer import too_long, too_much
from babilu.desktop.widgets.editor import Editor
from babilu.desktop.widgets.first_run_fields import DIRECT_PORT
from babilu.desktop.widgets.forms import FormField, Segments, parse_address
from babilu.desktop.widgets.modal_sheet import ModalSheet
from babilu.kernel.errors import BabiluError, ErrorCode
from babilu.kernel.limits import TEXT_BYTES

BY_NAME, BY_ADDRESS = range(2)


class BeginSheet(ModalSheet):
    """Asks for a name and a first message, or for an address.

    Args:
        theme: Fonts and colours.
        client_model: What sends and calls.
        contact: Name of a known contact to call, or empty.
        address: An address to begin with, or None.
        enter_sends: Whether Enter sends the first message, as it does in a conversation.
    """

    link_wanted = Signal()
    """One's own link is to be shown, or somebody added by theirs."""

    notes_wanted = Signal()
    group_wanted = Signal()
    """A group is to be started."""

    join_wanted = Signal()
    """A group is to be joined by a link."""

    def __init__(
        self,
        theme: Theme,
        client_model: DesktopModel,
        contact: str = "",
        address: Address | None = None,
        *,
        enter_sends: bool = True,
    ) -> None:
        super().__init__(theme)
        self._client_model = client_model
        self._contact = contact
        self.ways = Segments(2)
        self.name = FormField(theme)
        self.text_label = PlainLabel(theme, lambda t: t.fonts.small, "muted")
        self.text = Editor(theme)
        self.text.enter_sends = enter_sends
        self.text_error = PlainLabel(theme, lambda t: t.fonts.small, "danger", wraps=True)
        self.text_error.hide()
        self.address = FormField(theme)
        self.hint = PlainLabel(theme, lambda t: t.fonts.small, "muted", wraps=True)
        self.button = Button("primary")
        self.link_button = Button("row")
        self.notes_button = Button("row")
        self.group_button = Button("row")
        self.join_button = Button("row")
        buttons = row()
        buttons.addStretch(1)
        buttons.addWidget(self.button)
        for widget in (self.ways, self.name, self.text_label, self.text, self.text_error, self.address, self.hint):
            self.body.addWidget(widget)
        self.body.addSpacing(m.TINY)
        self.body.addLayout(buttons)
        for other, wanted in (
            (self.group_button, self.group_wanted),
            (self.join_button, self.join_wanted),
            (self.link_button, self.link_wanted),
            (self.notes_button, self.notes_wanted),
        ):
            self.body.addWidget(other)
            other.clicked.connect(self.close_sheet)
            other.clicked.connect(wanted)
            other.setVisible(not contact)
        if address is not None:
            self.address.edit.setText(str(address))
        self.text.textChanged.connect(self.text_error.hide)
        self.text.submitted.connect(self._submit)
        self.text.too_much.connect(lambda: self._refuse_text(too_much()))
        self.ways.chosen.connect(lambda _: self.retranslate())
        self.button.clicked.connect(self._submit)
        self.name.submitted.connect(self.text.setFocus)
        self.address.submitted.connect(self._submit)
        has_relay = client_model.overview.link is not LinkState.NONE
        self.ways.setVisible(has_relay and not contact)
        if contact or not has_relay or address is not None:
            self.ways.choose(BY_ADDRESS)
        client_model.opened.connect(self._sent)

    @override
    def first_focus(self) -> QWidget:
        return self.name if self.ways.number == BY_NAME else self.address

    @override
    def retranslate(self) -> None:
        super().retranslate()
        by_name = self.ways.number == BY_NAME
        self.ways.call_them((translate("Begin", "By name"), translate("Begin", "By address")))
        for widget in (self.name, self.text_label, self.text):
            widget.setVisible(by_name)
        self.text_error.hide()
        self.address.setVisible(not by_name)
        self.name.call_it(translate("Begin", "Name on the relay"))
        self.text_label.setText(translate("Begin", "First message"))
        self.text.setAccessibleName(translate("Begin", "First message"))
        self.address.call_it(translate("Begin", "Address"), f"192.0.2.7:{DIRECT_PORT}")
        self.button.setText(translate("Begin", "Send") if by_name else translate("Begin", "Call"))
        self.title.setText(translate("Begin", "New conversation"))
        self.group_button.setText(translate("Begin", "New group…"))
        self.group_button.show_icon(self.theme, "people")
        self.join_button.setText(translate("Begin", "Join a group with a link…"))
        self.join_button.show_icon(self.theme, "ticket")
        self.link_button.setText(translate("Begin", "Add by a link, or show your own…"))
        self.link_button.show_icon(self.theme, "qr")
        self.notes_button.setText(translate("Begin", "Notes, only for you"))
        self.notes_button.show_icon(self.theme, "note")
        if self._contact:
            name = person(self._contact)
            self.title.setText(translate("Begin", "Call {0} directly").format(name))
            self.hint.setText(translate("Begin", "Only {0} can read who is calling.").format(name))
        elif by_name:
            self.hint.setText(translate("Begin", "The name is looked up at your relay."))
        else:
            self.hint.setText(
                translate("Begin", "Whoever listens at this address is shown your name and your identity key.")
            )

    def _submit(self) -> None:
        if self.button.is_held:
            return
        if self.ways.number == BY_NAME:
            self._write()
        else:
            self._call()

    def _write(self) -> None:
        name, text = self.name.text, self.text.toPlainText().strip()
        if not name:
            self.name.refuse(translate("Begin", "Whom do you want to write to?"))
            return
        if name == self._client_model.overview.name:
            self.name.refuse(translate("Begin", "That is your own name."))
            return
        if not text:
            self._refuse_text(translate("Begin", "Write the first message."))
            return
        over = len(text.encode("utf-8", "replace")) - TEXT_BYTES
        if over > 0:
            self._refuse_text(too_long(over))
            return
        self.button.hold(on=True)
        self._client_model.send(name, text, self._refused, self.close_sheet)

    def _refuse_text(self, reason: str) -> None:
        self.text_error.setText(reason)
        self.text_error.setVisible(bool(reason))
        self.text.setAccessibleDescription(reason)
        lead_to(self.text)

    def _call(self) -> None:
        address = parse_address(self.address.text, DIRECT_PORT)
        if address is None:
            self.address.refuse(translate("Begin", "An address looks like 192.0.2.7:5051 or host.example:5051."))
            return
        self.button.hold(on=True)
        self._client_model.call(address, self._contact or None, self._refused, self.close_sheet)

    def _sent(self, _name: str) -> None:
        self.button.hold(on=False)

    def _refused(self, error: BabiluError) -> None:
        self.button.hold(on=False)
        field = self.name if self.ways.number == BY_NAME else self.address
        if error.code is ErrorCode.UNAVAILABLE and field is self.name:
            field.refuse(translate("Begin", "The relay cannot be asked now. Try again when you are connected."))
            return
        field.refuse(sentence_for(error))
