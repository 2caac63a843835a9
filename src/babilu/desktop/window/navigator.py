"""Opens the sheets, one above the other; widgets ask for them here and know nothing of each other."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QPoint, Signal

from babilu.api import commands as c
from babilu.api.credentials import Passphrase
from babilu.api.events import LinkAsked
from babilu.api.views import NOTES_LABEL, Address, ContactView, FreeingPlanView
from babilu.desktop.discovery import Discovery
from babilu.desktop.language import countable, size_words, translate
from babilu.desktop.models.client_model import DesktopModel
from babilu.desktop.plain_text import person
from babilu.desktop.preferences import PreferenceStore
from babilu.desktop.sheets.backup import BackupSheet
from babilu.desktop.sheets.begin import BeginSheet
from babilu.desktop.sheets.blocked import BlockedSheet
from babilu.desktop.sheets.connection import ConnectionSheet
from babilu.desktop.sheets.contact import ContactActs, ContactSheet
from babilu.desktop.sheets.devices import DevicesSheet
from babilu.desktop.sheets.export import ExportSheet
from babilu.desktop.sheets.invitations import InvitationsSheet
from babilu.desktop.sheets.link_device import LinkDeviceSheet
from babilu.desktop.sheets.media import MediaSheet
from babilu.desktop.sheets.own_link import OwnLinkSheet
from babilu.desktop.sheets.question import QuestionSheet
from babilu.desktop.sheets.rename import RenameSheet
from babilu.desktop.sheets.safety import SafetySheet
from babilu.desktop.sheets.schedule import ScheduledSheet, ScheduleSheet
from babilu.desktop.sheets.settings import SettingsActs, SettingsSheet
from babilu.desktop.sheets.shortcuts import KeysSheet
from babilu.desktop.sheets.start_over import StartOverSheet
from babilu.desktop.sheets.storage import StorageSheet
from babilu.desktop.sheets.switcher import SwitcherSheet
from babilu.desktop.sheets.timer import TimerSheet
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.composer import Written
from babilu.desktop.widgets.menus import ConversationActs, conversation_menu
from babilu.desktop.widgets.modal_sheet import ModalSheet, SheetHost
from babilu.desktop.window.group_navigator import GroupNavigator
from babilu.desktop.window.message_navigator import MessageNavigator
from babilu.presentation.group_model import is_group_label


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

    scheduled_sent = Signal(str, object)
    """Conversation and `Written`: it is kept now until its time comes."""

    open_when_listed = Signal(str)
    """Conversation that is opened as soon as the list has it."""

    left = Signal()
    """The open conversation is to be left."""

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
        self.messages = MessageNavigator(self, client_model, theme)
        self.groups = GroupNavigator(self, client_model, theme, self.open_when_listed.emit)

    def switch(self) -> None:
        """Let the user go to a conversation."""
        title = lambda: translate("Navigator", "Go to")  # noqa: E731
        self.put(SwitcherSheet(self._theme, self._client_model.shown_labels(), title, self._open))

    def begin(self, address: Address | None = None) -> None:
        """Let the user begin a conversation."""
        self.put(self._begin_sheet(address=address))

    def begin_anew(self) -> None:
        """Let the user begin a conversation; what a button tells with its press does not matter."""
        self.begin()

    def call(self, name: str) -> None:
        """Let the user call a contact directly."""
        known = self._client_model.view(name)
        address = known.contact.address if known and known.contact else None
        self.put(self._begin_sheet(self._client_model.name_of(name), address))

    def connection(self) -> None:
        """Show how one is reached."""
        sheet = ConnectionSheet(self._theme, self._client_model, self._preferences, self._discovery)
        sheet.call_wanted.connect(self.begin_call)
        self.put(sheet)

    def begin_call(self, address: Address | None) -> None:
        """Let the user call an address."""
        sheet = self._begin_sheet(address=address)
        sheet.ways.choose(1)
        self.put(sheet)

    def settings(self) -> None:
        """Show the settings."""
        acts = SettingsActs(
            self._password_changed,
            self.blocked,
            self.invitations,
            self.leave,
            self.own_link,
            self.storage,
            self.export_all,
            self.backup,
            self.devices,
        )
        self.put(SettingsSheet(self._theme, self._preferences, self._client_model, acts))

    def blocked(self) -> None:
        """Show everybody who is blocked."""
        self.put(BlockedSheet(self._theme, self._client_model))

    def invitations(self) -> None:
        """Let owner and moderators invite people to the relay."""
        self.put(InvitationsSheet(self._theme, self._client_model.invitations, self.revoke))

    def revoke(self, number: int) -> None:
        """Ask whether to revoke an invitation."""
        self.ask(
            lambda: translate("Navigator", "Revoke invitation {0}?").format(number),
            lambda: translate("Navigator", "Nobody can use it any more. Accounts that were made with it stay."),
            lambda: translate("Navigator", "Revoke"),
            lambda: self._client_model.invitations.revoke(number, self._client_model.failed.emit),
            dangerous=True,
        )

    def start_over(self) -> None:
        """Ask whether to start over on this device."""
        self.put(StartOverSheet(self._theme, self._client_model.overview.name, self.start_over_wanted.emit))

    def leave(self) -> None:
        """Ask whether to leave the open profile."""
        self.ask(
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
        self.put(KeysSheet(self._theme))

    def details(self) -> None:
        """Show the contact of the open conversation, or the group."""
        if self._client_model.contact() is not None:
            self.contact(self._client_model.here)
        elif self._is_group(self._client_model.here):
            self.groups.details(self._client_model.name_of(self._client_model.here))

    def write_to(self, name: str, account: str = "") -> None:
        """Open the conversation with somebody, or let the user begin it."""
        known = self._client_model.view(name)
        if known is not None and known.contact is not None:
            self._open(name)
            return
        sheet = self._begin_sheet()
        sheet.name.edit.setText(account or name)
        self.put(sheet)
        sheet.text.setFocus()

    def about(self, name: str) -> None:
        """Show a contact or a group."""
        label = self._client_model.name_of(name)
        if self._is_group(name):
            self.groups.details(label)
        elif not is_group_label(label):
            self.contact(name)

    def _is_group(self, name: str) -> bool:
        """Tell whether a label is that of a group, and not of what was imported."""
        known = self._client_model.view(name)
        return is_group_label(self._client_model.name_of(name)) and (known is None or known.imported is None)

    def contact(self, name: str) -> None:
        """Show a contact."""
        acts = ContactActs(self.verify, self.call, self.block, self.rename, self.timer)
        self.put(ContactSheet(self._theme, self._client_model, name, acts))

    def verify(self, name: str) -> None:
        """Let the user compare safety numbers."""
        self.put(SafetySheet(self._theme, self._client_model.bridge, self._client_model.name_of(name)))

    def block(self, name: str) -> None:
        """Ask whether to block a contact."""
        identity, called = self._client_model.identity_of(name), self._client_model.name_of(name)
        place = self._client_model.address(name)
        self.ask(
            lambda: translate("Navigator", "Block {0}?").format(person(called)),
            lambda: translate("Navigator", "What they send is dropped. They are told nothing."),
            lambda: translate("Navigator", "Block"),
            lambda: self._client_model.ask(c.Block(place, identity)),
            dangerous=True,
        )

    def trust(self, contact: ContactView) -> None:
        """Ask whether to approve the identity that is claimed to be a contact's."""
        name, claimed = contact.name, contact.pending
        self.ask(
            lambda: translate("Navigator", "Approve the new identity of {0}?").format(person(name)),
            lambda: _trust_warning(verified=contact.was_verified),
            lambda: translate("Navigator", "Approve"),
            lambda: self._client_model.ask(c.TrustIdentity(name, claimed)),
            dangerous=True,
        )

    def conversation_acts(self) -> ConversationActs:
        """Give what a conversation's menu leaves to others."""
        return ConversationActs(
            self.about,
            self.rename,
            self.timer,
            self.mark_unread,
            self.clear,
            self.remove,
            self.media,
            self.groups.leave,
            self.export,
        )

    def export(self, name: str) -> None:
        """Let the user write a conversation into plain files."""
        view = self._client_model.view(name)
        if view is not None:
            self.put(ExportSheet(self._theme, self._client_model, view))

    def export_all(self) -> None:
        """Let the user write all conversations into plain files."""
        self.put(ExportSheet(self._theme, self._client_model, None))

    def media(self, name: str) -> None:
        """Show what a conversation has besides words."""
        view = self._client_model.view(name)
        if view is not None:
            go = self._client_model.around
            self.put(MediaSheet(self._theme, self._client_model, view.id, view.label, go))

    def backup(self) -> None:
        """Show how backups stand, and let the user make one."""
        self.put(BackupSheet(self._theme, self._client_model))

    def devices(self) -> None:
        """Show the own devices, and let the user remove one."""
        self.put(DevicesSheet(self._theme, self._client_model))

    def link_device(self, asked: LinkAsked) -> None:
        """Let the user say whether a new device is one of the own ones."""
        self.put(LinkDeviceSheet(self._theme, self._client_model, asked))

    def storage(self) -> None:
        """Show what takes room on this device, and let the user make some."""
        self.put(StorageSheet(self._theme, self._client_model, self._confirm_freeing))

    def _confirm_freeing(self, plan: FreeingPlanView, free: Callable[[], None]) -> None:
        size = size_words(plan.octets)
        self.ask(
            lambda: translate("Storage", "Delete %n file(s) here?", None, countable(plan.files)),
            lambda: translate(
                "Storage",
                "This frees {0}. Their messages stay. What nobody has any more cannot be fetched again.",
            ).format(size),
            lambda: translate("Navigator", "Delete"),
            free,
            dangerous=True,
        )

    def rename(self, name: str) -> None:
        """Let the user call a person otherwise."""
        self.put(RenameSheet(self._theme, self._client_model, name))

    def own_link(self) -> None:
        """Show one's own link, and let the user add somebody by theirs."""
        self.put(OwnLinkSheet(self._theme, self._client_model, self.open_when_listed.emit))

    def mark_unread(self, name: str) -> None:
        """Mark a conversation as unread, and leave it where it is open: it would be read at once."""
        place = self._client_model.address(name)
        if self._client_model.here == place:
            self.left.emit()
        self._client_model.ask(c.MarkUnread(place))

    def clear(self, name: str) -> None:
        """Ask whether to delete all messages of a conversation here."""
        called, place = self._client_model.label(name), self._client_model.address(name)
        is_group = is_group_label(self._client_model.name_of(name))
        self.ask(
            lambda: (
                translate("Navigator", "Delete all messages in {0} here?")
                if is_group
                else translate("Navigator", "Delete all messages with {0} here?")
            ).format(called),
            lambda: translate(
                "Navigator", "They are deleted on this device. They stay with everybody else who has them."
            ),
            lambda: translate("Navigator", "Delete"),
            lambda: self._client_model.ask(c.ClearConversation(place)),
            dangerous=True,
        )

    def remove(self, name: str) -> None:
        """Ask whether to delete a conversation here."""
        called, place = self._client_model.label(name), self._client_model.address(name)
        is_group = is_group_label(self._client_model.name_of(name))

        def remove() -> None:
            if self._client_model.here == place:
                self.left.emit()
            self._client_model.ask(c.ClearConversation(place, hide=True))

        self.ask(
            lambda: (
                translate("Navigator", "Delete the conversation of {0} here?")
                if is_group
                else translate("Navigator", "Delete the conversation with {0} here?")
            ).format(called),
            lambda: translate(
                "Navigator",
                "Its messages are deleted on this device, and it leaves the list until something is written in it "
                "again. They stay with everybody else who has them.",
            ),
            lambda: translate("Navigator", "Delete"),
            remove,
            dangerous=True,
        )

    def timer(self, name: str) -> None:
        """Let the user choose after how long messages of a conversation disappear."""
        view = self._client_model.view(name)
        if view is None:
            return
        chosen = view.id.hex()
        self.put(
            TimerSheet(self._theme, view.timer, lambda seconds: self._client_model.ask(c.SetTimer(chosen, seconds)))
        )

    def schedule(self, written: Written) -> None:
        """Let the user say when a text and its files are sent."""
        client_model = self._client_model
        to, reply_to = client_model.here, None if written.reply_to is None else written.reply_to.id

        def send(at: int) -> None:
            failed = client_model.failed.emit
            kept = lambda: self.scheduled_sent.emit(to, written)  # noqa: E731 -- it is said once
            client_model.schedule(to, written.text, at, failed, kept, reply_to, written.to_send)

        self.put(ScheduleSheet(self._theme, client_model.clock.now_ms(), send))

    def scheduled(self) -> None:
        """Show the texts of the open conversation that are sent later."""
        self.put(ScheduledSheet(self._theme, self._client_model, self._client_model.here))

    def conversation_menu(self, name: str, at: QPoint) -> None:
        """Show what can be done with a conversation."""
        view = self._client_model.view(name)
        if view is None:
            return
        acts = self.conversation_acts()
        menu = conversation_menu(self._host.window(), self._theme, view, self._client_model, acts)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(at)

    def ask(
        self,
        title: Callable[[], str],
        text: Callable[[], str],
        answer: Callable[[], str],
        act: Callable[[], object],
        *,
        dangerous: bool = False,
    ) -> None:
        """Ask before something is done.

        Args:
            title: Gives the heading.
            text: Gives the question.
            answer: Gives the words of the button that does it.
            act: What is done.
            dangerous: Whether it destroys something.
        """

        def do() -> None:
            act()

        self.put(QuestionSheet(self._theme, title, text, answer, do, dangerous=dangerous))

    def _begin_sheet(self, name: str = "", address: Address | None = None) -> BeginSheet:
        enter_sends = self._preferences.value.enter_sends
        sheet = BeginSheet(self._theme, self._client_model, name, address, enter_sends=enter_sends)
        sheet.link_wanted.connect(self.own_link)
        sheet.group_wanted.connect(self.groups.begin)
        sheet.join_wanted.connect(self.groups.join)
        sheet.notes_wanted.connect(lambda: self._open(NOTES_LABEL))
        return sheet

    def put(self, sheet: ModalSheet) -> None:
        """Show a sheet above all others."""
        self._host.put(sheet)

    def open(self, name: str) -> None:
        """Open a conversation."""
        self._open(name)


def _trust_warning(*, verified: bool) -> str:
    text = translate(
        "Navigator",
        "What you wrote in the meantime is encrypted for the new identity and sent. "
        "Compare the safety number first, unless you know why it changed.",
    )
    if not verified:
        return text
    return translate("Navigator", "You had verified this person: this is unusual.") + " " + text
