"""All about one contact: how sure its identity is, which way messages go, and what the user allows it."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from babilu.api import commands as c
from babilu.api.views import ContactView, ConversationView
from babilu.desktop.language import translate
from babilu.desktop.models.client_model import DesktopModel
from babilu.desktop.models.timer_words import timer_name
from babilu.desktop.plain_text import person
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.avatar import Avatar
from babilu.desktop.widgets.basics import Button, PlainLabel, column, line
from babilu.desktop.widgets.controls import Switch
from babilu.desktop.widgets.header import way_of
from babilu.desktop.widgets.modal_sheet import ModalSheet
from babilu.desktop.widgets.receipt_switches import ReceiptChoices
from babilu.kernel.states import Trust


@dataclass(frozen=True, slots=True)
class ContactActs:
    """What the sheet leaves to others.

    Attributes:
        verify: Opens the comparison of safety numbers.
        call: Opens the dialog for a direct call.
        block: Asks whether to block.
        rename: Asks for another name.
        timer: Asks how long messages stay.
    """

    verify: Callable[[str], None]
    call: Callable[[str], None]
    block: Callable[[str], None]
    rename: Callable[[str], None]
    timer: Callable[[str], None]


class ContactSheet(ModalSheet):
    """Shows a contact."""

    def __init__(self, theme: Theme, client_model: DesktopModel, conversation: str, acts: ContactActs) -> None:
        super().__init__(theme)
        self._client_model = client_model
        self._conversation = client_model.address(conversation)
        name = client_model.name_of(conversation)
        self._acts = acts
        self.avatar = Avatar(theme, m.AVATAR_LARGE)
        self.avatar.show_name(name)
        self.name = PlainLabel(theme, lambda t: t.fonts.title, wraps=True, text=person(name))
        self.state = PlainLabel(theme, lambda t: t.fonts.small, "muted", wraps=True)
        self.way = PlainLabel(theme, lambda t: t.fonts.small, "muted", wraps=True)
        self.verify_button = Button("row")
        self.call_button = Button("row")
        self.pinned = Switch(theme)
        self.muted = Switch(theme)
        self.direct = Switch(theme)
        self.direct_hint = PlainLabel(theme, lambda t: t.fonts.small, "muted", wraps=True)
        self.rename_button = Button("row")
        self.timer_button = Button("row")
        self.receipts = ReceiptChoices(theme, client_model, self._conversation)
        self.block_button = Button("quietdanger")
        self._build()
        self._connect()
        client_model.contact_changed.connect(self._changed)

    def _build(self) -> None:
        centre = Qt.AlignmentFlag.AlignHCenter
        for label in (self.name, self.state, self.way):
            label.setAlignment(centre)
        self.body.addWidget(self.avatar, 0, centre)
        upper: tuple[QWidget, ...] = (
            self.name,
            self.state,
            self.way,
            line(),
            self.verify_button,
            self.call_button,
            self.rename_button,
            self.timer_button,
        )
        for widget in (*upper, line()):
            self.body.addWidget(widget)
        choices = column(spacing=m.SMALL, margins=(m.SMALL, 0, m.SMALL, 0))
        for choice in (self.pinned, self.muted, self.direct, self.direct_hint, self.receipts):
            choices.addWidget(choice)
        self.body.addLayout(choices)
        self.body.addWidget(line())
        self.body.addWidget(self.block_button)
        self.body.setSpacing(m.SMALL)

    def _connect(self) -> None:
        client_model, name = self._client_model, self._conversation
        self.pinned.toggled.connect(lambda on: client_model.ask(c.SetPinned(name, on)))
        self.muted.toggled.connect(lambda on: client_model.ask(c.SetMuted(name, on)))
        self.direct.toggled.connect(
            lambda on: client_model.ask(c.AllowDirect(name, on, client_model.identity_of(name)))
        )
        self.verify_button.clicked.connect(lambda: self._acts.verify(name))
        self.rename_button.clicked.connect(self.close_sheet)
        self.rename_button.clicked.connect(lambda: self._acts.rename(name))
        self.timer_button.clicked.connect(lambda: self._acts.timer(name))
        self.call_button.clicked.connect(self._call)
        self.block_button.clicked.connect(self._block)

    @override
    def first_focus(self) -> QWidget:
        return self.verify_button

    @override
    def retranslate(self) -> None:
        super().retranslate()
        self.title.setText(translate("Contact", "Contact"))
        self.pinned.setText(translate("Contact", "Keep at the top of the list"))
        self.muted.setText(translate("Contact", "No notifications"))
        self.direct.setText(translate("Contact", "Allow direct connections"))
        self.direct_hint.setText(translate("Contact", "A direct connection shows them your network address."))
        self.rename_button.setText(translate("Contact", "Rename…"))
        self.rename_button.show_icon(self.theme, "new")
        self.receipts.retranslate()
        self._changed(self._conversation)

    def _changed(self, conversation: str) -> None:
        known = self._client_model.view(self._conversation)
        if conversation != self._conversation or known is None or known.contact is None:
            return
        self._show(known, known.contact)

    def _show(self, known: ConversationView, contact: ContactView) -> None:
        states = {
            Trust.VERIFIED: (translate("Contact", "Verified"), "positive"),
            Trust.FIRST_USE: (translate("Contact", "Not verified: known since the first contact"), "muted"),
            Trust.CHANGED: (translate("Contact", "The identity has changed"), "danger"),
        }
        text, tone = states[contact.trust]
        self.state.setText(text)
        self.state.tone(tone)
        self.way.setText(way_of(contact, self._client_model.overview))
        for box, value in (
            (self.pinned, known.pinned),
            (self.muted, known.muted),
            (self.direct, contact.direct_allowed),
        ):
            with QSignalBlocker(box):
                box.setChecked(value)
        self.verify_button.setText(translate("Contact", "Compare the safety number…"))
        self.verify_button.show_icon(self.theme, "shield")
        self.timer_button.setText(translate("Contact", "Messages disappear: {0}").format(timer_name(known.timer)))
        self.timer_button.show_icon(self.theme, "timer")
        self.call_button.show_icon(self.theme, "direct")
        hang_up, call = translate("Contact", "End the direct connection"), translate("Contact", "Talk directly…")
        self.call_button.setText(hang_up if contact.connected else call)
        unblock, block = translate("Contact", "Unblock"), translate("Contact", "Block…")
        self.block_button.setText(unblock if contact.blocked else block)
        self.block_button.show_icon(self.theme, "block", lambda theme: theme.colours.danger)

    def _contact(self) -> ContactView | None:
        known = self._client_model.view(self._conversation)
        return None if known is None else known.contact

    def _call(self) -> None:
        contact = self._contact()
        if contact is not None and contact.connected:
            self._client_model.ask(c.HangUp(self._conversation))
        else:
            self._acts.call(self._conversation)

    def _block(self) -> None:
        contact = self._contact()
        if contact is not None and contact.blocked:
            self._client_model.ask(c.Unblock(self._conversation, contact.identity))
        else:
            self._acts.block(self._conversation)
