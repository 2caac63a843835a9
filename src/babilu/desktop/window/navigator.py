"""Opens the sheets, one above the other; widgets ask for them here and know nothing of each other."""

from collections.abc import Callable
from urllib.parse import urlsplit

from PySide6.QtCore import QObject, QPoint, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication

from babilu.api import commands as c
from babilu.api.credentials import Passphrase
from babilu.api.views import Address, ContactView, MessageView
from babilu.desktop.discovery import Discovery
from babilu.desktop.language import translate
from babilu.desktop.models.client_model import DesktopModel
from babilu.desktop.plain_text import one_line, person
from babilu.desktop.preferences import PreferenceStore
from babilu.desktop.sheets.begin import BeginSheet
from babilu.desktop.sheets.blocked import BlockedSheet
from babilu.desktop.sheets.connection import ConnectionSheet
from babilu.desktop.sheets.contact import ContactActs, ContactSheet
from babilu.desktop.sheets.invitations import InvitationsSheet
from babilu.desktop.sheets.message_info import MessageInfoSheet
from babilu.desktop.sheets.question import QuestionSheet, ReadingSheet
from babilu.desktop.sheets.safety import SafetySheet
from babilu.desktop.sheets.settings import SettingsActs, SettingsSheet
from babilu.desktop.sheets.shortcuts import KeysSheet
from babilu.desktop.sheets.start_over import StartOverSheet
from babilu.desktop.sheets.switcher import SwitcherSheet
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.menus import SEARCHED, conversation_menu, message_menu
from babilu.desktop.widgets.modal_sheet import ModalSheet, SheetHost
from babilu.presentation.links import encoded, links

READ_CHARACTERS = 60_000


class Navigator(QObject):
    """Opens sheets and menus over one window.

    Args:
        host: Shows the sheets.
        client_model: What they show and change.
        theme: Fonts and colours.
        preferences: What the user prefers.
        discovery: Who is nearby.
        open_conversation: Opens a conversation.
        password_changed: Told of a new password.
    """

    start_over_wanted = Signal(object)
    """`Passphrase` of the account that is started over on this device."""

    leave_wanted = Signal()

    def __init__(
        self,
        host: SheetHost,
        client_model: DesktopModel,
        theme: Theme,
        preferences: PreferenceStore,
        discovery: Discovery,
        open_conversation: Callable[[str], None],
        password_changed: Callable[[Passphrase], None],
    ) -> None:
        super().__init__(host)
        self._host = host
        self._client_model = client_model
        self._theme = theme
        self._preferences = preferences
        self._discovery = discovery
        self._open = open_conversation
        self._password_changed = password_changed

    def switch(self) -> None:
        """Let the user go to a conversation."""
        title = lambda: translate("Navigator", "Go to")  # noqa: E731
        self._put(SwitcherSheet(self._theme, list(self._client_model.conversations), title, self._open))

    def begin(self, address: Address | None = None) -> None:
        """Let the user begin a conversation."""
        self._put(self._begin_sheet(address=address))

    def begin_anew(self) -> None:
        """Let the user begin a conversation; what a button tells with its press does not matter."""
        self.begin()

    def call(self, name: str) -> None:
        """Let the user call a contact directly."""
        known = self._client_model.conversations.get(name)
        address = known.contact.address if known and known.contact else None
        self._put(self._begin_sheet(name, address))

    def connection(self) -> None:
        """Show how one is reached."""
        sheet = ConnectionSheet(self._theme, self._client_model, self._preferences, self._discovery)
        sheet.call_wanted.connect(self.begin_call)
        self._put(sheet)

    def begin_call(self, address: Address | None) -> None:
        """Let the user call an address."""
        sheet = self._begin_sheet(address=address)
        sheet.ways.choose(1)
        self._put(sheet)

    def settings(self) -> None:
        """Show the settings."""
        acts = SettingsActs(self._password_changed, self.blocked, self.invitations, self.leave)
        self._put(SettingsSheet(self._theme, self._preferences, self._client_model, acts))

    def blocked(self) -> None:
        """Show everybody who is blocked."""
        self._put(BlockedSheet(self._theme, self._client_model))

    def invitations(self) -> None:
        """Let owner and moderators invite people to the relay."""
        self._put(InvitationsSheet(self._theme, self._client_model.invitations, self.revoke))

    def revoke(self, number: int) -> None:
        """Ask whether to revoke an invitation."""
        self._ask(
            lambda: translate("Navigator", "Revoke invitation {0}?").format(number),
            lambda: translate("Navigator", "Nobody can use it any more. Accounts that were made with it stay."),
            lambda: translate("Navigator", "Revoke"),
            lambda: self._client_model.invitations.revoke(number, self._client_model.failed.emit),
            dangerous=True,
        )

    def start_over(self) -> None:
        """Ask whether to start over on this device."""
        self._put(StartOverSheet(self._theme, self._client_model.overview.name, self.start_over_wanted.emit))

    def leave(self) -> None:
        """Ask whether to leave the open profile."""
        self._ask(
            lambda: translate("Navigator", "Leave this profile?"),
            lambda: translate(
                "Navigator",
                "Babilu closes it and shows the profiles of this device. It stays on this device, and opens again with "
                "its password; until then nothing arrives here.",
            ),
            lambda: translate("Navigator", "Leave"),
            self.leave_wanted.emit,
        )

    def keys(self) -> None:
        """Show all keys."""
        self._put(KeysSheet(self._theme))

    def details(self) -> None:
        """Show the contact of the open conversation."""
        if self._client_model.contact() is not None:
            self.contact(self._client_model.current)

    def contact(self, name: str) -> None:
        """Show a contact."""
        acts = ContactActs(self.verify, self.call, self.block)
        self._put(ContactSheet(self._theme, self._client_model, name, acts))

    def verify(self, name: str) -> None:
        """Let the user compare safety numbers."""
        self._put(SafetySheet(self._theme, self._client_model.bridge, name))

    def block(self, name: str) -> None:
        """Ask whether to block a contact."""
        identity = self._client_model.identity_of(name)
        self._ask(
            lambda: translate("Navigator", "Block {0}?").format(person(name)),
            lambda: translate("Navigator", "What they send is dropped. They are told nothing."),
            lambda: translate("Navigator", "Block"),
            lambda: self._client_model.ask(c.Block(name, identity)),
            dangerous=True,
        )

    def trust(self, contact: ContactView) -> None:
        """Ask whether to approve the identity that is claimed to be a contact's."""
        name, claimed = contact.name, contact.pending
        self._ask(
            lambda: translate("Navigator", "Approve the new identity of {0}?").format(person(name)),
            lambda: _trust_warning(verified=contact.was_verified),
            lambda: translate("Navigator", "Approve"),
            lambda: self._client_model.ask(c.TrustIdentity(name, claimed)),
            dangerous=True,
        )

    def link(self, address: str) -> None:
        """Ask whether to open a link, and show its true host."""
        url = QUrl(encoded(address), QUrl.ParsingMode.StrictMode)
        host = bytes(QUrl.toAce(url.host()).data()).decode("ascii") or urlsplit(address).hostname or ""
        self._ask(
            lambda: translate("Navigator", "Open a link?"),
            lambda: f"{translate('Navigator', 'It leads to this host:')}\n\n{host}\n\n{one_line(address, 300)}",
            lambda: translate("Navigator", "Open in the browser"),
            lambda: QDesktopServices.openUrl(url),
        )

    def read(self, message: MessageView) -> None:
        """Show all of a message to read and to select from."""
        self._put(ReadingSheet(self._theme, message.text[:READ_CHARACTERS]))

    def info(self, message: MessageView) -> None:
        """Show a message's journey."""
        self._put(MessageInfoSheet(self._theme, self._client_model.bridge, message))

    def forward(self, message: MessageView) -> None:
        """Let the user choose to whom a message is forwarded."""

        def send(name: str) -> None:
            self._client_model.send(name, message.text, self._client_model.failed.emit)
            self._open(name)

        title = lambda: translate("Navigator", "Forward to")  # noqa: E731
        self._put(SwitcherSheet(self._theme, list(self._client_model.conversations), title, send))

    def delete(self, message: MessageView) -> None:
        """Ask whether to delete a message."""
        self._ask(
            lambda: translate("Navigator", "Delete this message for you?"),
            lambda: translate("Navigator", "It stays with everybody else who has it."),
            lambda: translate("Navigator", "Delete"),
            lambda: self._client_model.ask(c.DeleteMessage(message.id, message.conversation)),
            dangerous=True,
        )

    def message_menu(self, message: MessageView, at: QPoint) -> None:
        """Show what can be done with a message."""
        acts = {
            "retry": self._client_model.retry,
            "copy": copy,
            "read": self.read,
            "link": lambda each: self.link(links(each.text[:SEARCHED], whole=len(each.text) <= SEARCHED)[0].address),
            "forward": self.forward,
            "info": self.info,
            "delete": self.delete,
        }
        menu = message_menu(self._host.window(), self._theme, message, acts)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(at)

    def conversation_menu(self, name: str, at: QPoint) -> None:
        """Show what can be done with a conversation."""
        view = self._client_model.conversations.get(name)
        if view is None:
            return
        menu = conversation_menu(self._host.window(), self._theme, view, self._client_model, lambda: self.contact(name))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(at)

    def _ask(
        self,
        title: Callable[[], str],
        text: Callable[[], str],
        answer: Callable[[], str],
        act: Callable[[], object],
        *,
        dangerous: bool = False,
    ) -> None:
        def do() -> None:
            act()

        self._put(QuestionSheet(self._theme, title, text, answer, do, dangerous=dangerous))

    def _begin_sheet(self, name: str = "", address: Address | None = None) -> BeginSheet:
        enter_sends = self._preferences.value.enter_sends
        return BeginSheet(self._theme, self._client_model, name, address, enter_sends=enter_sends)

    def _put(self, sheet: ModalSheet) -> None:
        self._host.put(sheet)


def copy(message: MessageView) -> None:
    """Put a message's text on the clipboard."""
    QGuiApplication.clipboard().setText(message.text)


def _trust_warning(*, verified: bool) -> str:
    text = translate(
        "Navigator",
        "What you wrote in the meantime is encrypted for the new identity and sent. "
        "Compare the safety number first, unless you know why it changed.",
    )
    if not verified:
        return text
    return translate("Navigator", "You had verified this person: this is unusual.") + " " + text
