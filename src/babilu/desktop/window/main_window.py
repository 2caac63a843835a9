"""The window: the first page, the chats or what covers them, all keys, and what is told beside them."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent, QLocale, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QMainWindow, QStackedWidget, QWidget
from typing_extensions import override

from babilu.api import commands as c
from babilu.api.credentials import Passphrase
from babilu.api.events import AlarmRaised, OutsiderWrote, Warned
from babilu.api.views import ContactView, MessageView
from babilu.desktop.bridge import QtBridge, while_alive
from babilu.desktop.discovery import Discovery
from babilu.desktop.error_texts import sentence_for, sentence_for_code
from babilu.desktop.language import translate
from babilu.desktop.lock import LockCheck
from babilu.desktop.models.client_model import DesktopModel
from babilu.desktop.models.message_words import body_line
from babilu.desktop.plain_text import one_line, person
from babilu.desktop.preferences import PreferenceStore
from babilu.desktop.sheets.link_here import LinkHereSheet
from babilu.desktop.sheets.picture import PictureActs, PictureSheet
from babilu.desktop.sheets.shortcuts import Shortcut
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.basics import retranslates
from babilu.desktop.widgets.brand import window_icon
from babilu.desktop.widgets.chat_page import ChatPage
from babilu.desktop.widgets.first_run import FirstRunPage
from babilu.desktop.widgets.lock_page import LockPage
from babilu.desktop.widgets.message_acts import KEYS, MessageAct
from babilu.desktop.widgets.modal_sheet import SheetHost
from babilu.desktop.widgets.removed_page import RemovedPage
from babilu.desktop.widgets.toast import Toast, announce
from babilu.desktop.window.emoji_choice import EmojiChoice
from babilu.desktop.window.file_actions import FileActor
from babilu.desktop.window.message_actions import MessageActor
from babilu.desktop.window.navigator import Navigator
from babilu.kernel.errors import BabiluError
from babilu.presentation.alarms import alarm_text
from babilu.presentation.archive_model import remind_once
from babilu.presentation.banners import Step
from babilu.presentation.strings import Strings

PLACE = "main"
FRAME = QSize(16, 48)
"""Room for what a window manager draws around a window."""

NUMBERED = 8


def fitting(wanted: QSize, room: QSize) -> QSize:
    """Give the size of a window that is no larger than its screen, whatever was kept or the scale makes of it."""
    return wanted.boundedTo(room - FRAME)


class MainWindow(QMainWindow):
    """The one window of Babilu.

    Args:
        client_model: Models and actions.
        bridge: The way to the client.
        theme: Fonts and colours.
        preferences: What the user prefers.
        discovery: Who is nearby.
        password_changed: Told of a new password.

    Attributes:
        was_removed: Whether the device of the open profile was removed, whose messages are read by the password only.
    """

    quit_wanted = Signal()
    closing = Signal()
    """The window was asked to close; who owns it decides whether that ends Babilu."""

    locked_changed = Signal(bool)
    start_over_wanted = Signal(object)
    """`Passphrase` of the account that is started over on this device."""

    leave_wanted = Signal()
    """The user wants to leave the open profile, for another one or for none."""

    def __init__(
        self,
        client_model: DesktopModel,
        bridge: QtBridge,
        theme: Theme,
        preferences: PreferenceStore,
        discovery: Discovery,
        password_changed: Callable[[Passphrase], None],
    ) -> None:
        super().__init__()
        self._client_model = client_model
        self._bridge = bridge
        self._theme = theme
        self._preferences = preferences
        self._unread = 0
        self._check: LockCheck | None = None
        self.setWindowIcon(window_icon())
        self.first = FirstRunPage(theme)
        self.chat = ChatPage(client_model, theme, preferences)
        self.lock_page = LockPage(theme)
        self.removed_page = RemovedPage(theme)
        self.was_removed = False
        self.pages = QStackedWidget()
        for page in (self.first, self.chat, self.lock_page, self.removed_page):
            self.pages.addWidget(page)
        self.setCentralWidget(self.pages)
        self.sheets = SheetHost(self.pages, theme)
        self.toast = Toast(self.pages, theme, self._composer_height)
        self.navigator = Navigator(
            self.sheets, client_model, theme, preferences, discovery, self.chat.open, password_changed
        )
        self.emoji = EmojiChoice(theme, preferences, self.navigator.put)
        self.file_actions = FileActor(client_model, theme, preferences, self, self._tell)
        conversation = self.chat.conversation
        self.message_actions = MessageActor(
            self.navigator,
            client_model,
            theme,
            self.file_actions,
            self.emoji,
            self,
            conversation.composer,
        )
        self.idle_timer = QTimer(self)
        self.idle_timer.setSingleShot(True)
        self.idle_timer.timeout.connect(self.lock)
        self.resize(m.WINDOW_WIDTH, m.WINDOW_HEIGHT)
        self.setMinimumSize(m.PAGE_MIN + m.SIDEBAR_MIN, 420)
        self.restoreGeometry(preferences.place(PLACE))
        self.resize(fitting(self.size(), self.screen().availableGeometry().size()))
        self._bind()
        self._connect()
        self._say()

    @property
    def is_locked(self) -> bool:
        """Whether everything is hidden until the passphrase is typed."""
        return self.pages.currentWidget() in {self.lock_page, self.removed_page}

    @property
    def can_lock(self) -> bool:
        """Whether there is a passphrase to unlock with."""
        return self._check is not None

    def enter(self) -> None:
        """Show the chats of a profile that was opened."""
        self.pages.setCurrentWidget(self.chat)
        self.chat.sidebar.list.setFocus()
        self._follow_preferences()
        self._say()
        remind = while_alive(self._remind)
        model = self._client_model
        remind_once(model.bridge.client, model.clock.now_ms(), lambda: remind and remind(None))
        if self.was_removed:
            self.lock()

    def _remind(self, _: object) -> None:
        self._tell(translate("Backup", "You have no backup yet: the settings make one."))

    def leave(self) -> None:
        """Show the first page again."""
        self.remember(None)
        self.was_removed = False
        self.sheets.clear()
        self.toast.hide()
        self.pages.setCurrentWidget(self.first)
        self._follow_preferences()
        self._say()

    def remember(self, check: LockCheck | None) -> None:
        """Unlock with this passphrase from now on; until there is one the window cannot be locked."""
        self._check = check

    def lock(self) -> None:
        """Hide everything until the passphrase is typed."""
        if self.pages.currentWidget() is not self.chat or (self._check is None and not self.was_removed):
            return
        self.chat.conversation.composer.keep()
        self.sheets.clear()
        self.toast.hide()
        self._client_model.shelf.forget()
        # A dialog over the window would go on saving and choosing files.
        self.file_actions.leave()
        self.chat.conversation.composer.files.leave()
        self.chat.conversation.voice.rest()
        page = self.removed_page if self.was_removed else self.lock_page
        self.pages.setCurrentWidget(page)
        page.begin()
        self._say()
        self.locked_changed.emit(True)

    def show_removed(self) -> None:
        """Hide everything, also what is locked already, because this device was removed."""
        self.was_removed = True
        if self.pages.currentWidget() is self.lock_page:
            self.pages.setCurrentWidget(self.removed_page)
            self.removed_page.begin()
        else:
            self.lock()

    def uncover(self) -> None:
        """Show the chats again."""
        self.pages.setCurrentWidget(self.chat)
        self.chat.conversation.composer.setFocus()
        self.active()
        self._say()
        self.locked_changed.emit(False)
        self.chat.conversation.read()

    def bring(self) -> None:
        """Show the window in front of others."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    def open_conversation(self, name: str) -> None:
        """Show the window with a conversation as soon as the list has it, unless it is locked."""
        self.bring()
        if self.pages.currentWidget() is self.chat:
            self.sheets.clear()
            self.chat.open_when_listed(name)

    def open_request(self, number: str) -> None:
        """Show the window with a conversation request that still waits, unless it is locked."""
        self.bring()
        request = next((each for each in self._client_model.requests.values() if each.id == number), None)
        groups = self._client_model.groups
        waiting = groups.invitations.get(number) or groups.joining.get(number)
        if self.pages.currentWidget() is not self.chat:
            return
        if request is not None:
            self.sheets.clear()
            self.chat.show_request(request)
        elif waiting is not None:
            self.sheets.clear()
            self.chat.show_decision(waiting)

    def active(self) -> None:
        """The user is there: count the time until the lock anew."""
        if self.idle_timer.interval() > 0 and self._preferences.value.lock_minutes:
            self.idle_timer.start()

    @override
    def closeEvent(self, event: QCloseEvent) -> None:
        self.chat.conversation.composer.keep()
        self.chat.conversation.voice.rest()
        self._preferences.keep_place(PLACE, self.saveGeometry())
        event.ignore()
        self.closing.emit()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Letters that nobody else wanted belong where one writes."""
        commands = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
        letters = event.text()
        free = self.pages.currentWidget() is self.chat and self.sheets.top is None
        if free and letters and letters.isprintable() and not event.modifiers() & commands:
            self.chat.typed(letters)
            return
        super().keyPressEvent(event)

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if retranslates(event):
            self._say()
        if event.type() is QEvent.Type.ActivationChange and self.isActiveWindow():
            self.chat.conversation.read()

    def _bind(self) -> None:
        navigator, chat = self.navigator, self.chat
        acts: dict[Shortcut, Callable[[], object]] = {
            Shortcut.SWITCH: navigator.switch,
            Shortcut.NEW: navigator.begin,
            Shortcut.NEW_GROUP: navigator.groups.begin,
            Shortcut.SEARCH: self._search,
            Shortcut.SEARCH_ALL: chat.sidebar.begin_search,
            Shortcut.NEXT: lambda: chat.step(1),
            Shortcut.PREVIOUS: lambda: chat.step(-1),
            Shortcut.DETAILS: navigator.details,
            Shortcut.NEWEST: chat.conversation.go_down,
            Shortcut.MESSAGES: self._choose_message,
            Shortcut.CONNECTION: navigator.connection,
            Shortcut.SETTINGS: navigator.settings,
            Shortcut.KEYS: navigator.keys,
            Shortcut.LOCK: self.lock,
            Shortcut.ADD_ME: navigator.own_link,
            Shortcut.ATTACH: chat.conversation.composer.attach,
            Shortcut.RECORD: chat.conversation.voice.record,
            Shortcut.UNREAD: lambda: self._about_open(navigator.mark_unread),
            Shortcut.TIMER: lambda: self._about_open(navigator.timer),
            Shortcut.MEDIA: lambda: self._about_open(navigator.media),
            Shortcut.PINS: chat.conversation.pins_bar.go,
        }
        for key, act in acts.items():
            for keys in key.value:
                self._shortcut(keys, act)
        for number in range(NUMBERED):
            self._shortcut(f"Ctrl+{number + 1}", partial(chat.open_number, number))
        for message_act, its_keys in KEYS.items():
            if message_act is not MessageAct.UNPIN:
                self._shortcut(its_keys, partial(self._act_on_chosen, message_act), chat.conversation.messages)
        for keys in Shortcut.QUIT.value:
            QShortcut(QKeySequence(keys), self).activated.connect(self.quit_wanted)

    def _shortcut(self, keys: str, act: Callable[[], object], widget: QWidget | None = None) -> None:
        shortcut = QShortcut(QKeySequence(keys), widget or self)
        if widget is not None:
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)

        def run() -> None:
            if self.pages.currentWidget() is self.chat and (self.sheets.top is None or act == self.lock):
                act()

        shortcut.activated.connect(run)

    def _connect(self) -> None:
        client_model, conversation, sidebar = self._client_model, self.chat.conversation, self.chat.sidebar
        conversation.menu_wanted.connect(self.message_actions.menu)
        conversation.act_wanted.connect(self.message_actions.do)
        conversation.file_pressed.connect(self.file_actions.press)
        self.file_actions.view_wanted.connect(self._look_at)
        conversation.later_wanted.connect(self.navigator.schedule)
        conversation.composer.emoji_wanted.connect(lambda: self.emoji.ask(conversation.composer.insert))
        conversation.scheduled_wanted.connect(self.navigator.scheduled)
        self.navigator.left.connect(self.chat.leave_conversation)
        self.navigator.open_when_listed.connect(self.chat.open_when_listed)
        self.navigator.scheduled_sent.connect(conversation.writing.scheduled)
        conversation.link_pressed.connect(self.navigator.messages.link)
        conversation.whole_wanted.connect(self.navigator.messages.read)
        conversation.member_pressed.connect(lambda name: self.navigator.groups.member(client_model.current, name))
        conversation.wordings_wanted.connect(self.navigator.messages.wordings)
        conversation.header.details_wanted.connect(self.navigator.details)
        conversation.header.timer_wanted.connect(lambda: self.navigator.timer(client_model.here))
        conversation.header.call_button.clicked.connect(lambda: self.navigator.call(client_model.here))
        conversation.banner.chosen.connect(self._act)
        sidebar.new_button.clicked.connect(self.navigator.begin_anew)
        sidebar.settings_button.clicked.connect(self.navigator.settings)
        sidebar.status.clicked.connect(self.navigator.connection)
        self.chat.link_banner.start_over_wanted.connect(self.navigator.start_over)
        self.navigator.start_over_wanted.connect(self.start_over_wanted)
        self.chat.decision.verify_wanted.connect(self.navigator.verify)
        self.navigator.groups.asked_to_join.connect(
            lambda: self._tell(translate("Window", "The group was asked. It appears here once you are in."))
        )
        self.navigator.leave_wanted.connect(self.leave_wanted)
        sidebar.menu_wanted.connect(self.navigator.conversation_menu)
        client_model.failed.connect(self._failed)
        client_model.warned.connect(self._warned)
        client_model.outsider_wrote.connect(self._outsider_wrote)
        client_model.alarmed.connect(self._alarmed)
        client_model.noticed.connect(
            lambda text: self._tell(translate("Window", "The relay says: {0}").format(one_line(text, 400)))
        )
        client_model.registered.connect(
            lambda name: self._tell(translate("Window", "The name {0} is yours now.").format(person(name)))
        )
        client_model.identity_changed.connect(self._identity_changed)
        client_model.link_asked.connect(self.navigator.link_device)
        client_model.arrived.connect(self._arrived)
        client_model.unread_changed.connect(self._count)
        client_model.opened.connect(lambda _: self._say())
        client_model.ready.connect(self._say)
        self.sheets.changed.connect(self._say)
        self.lock_page.tried.connect(self._unlock)
        self._preferences.changed.connect(self._follow_preferences)

    def _act(self, step: Step, contact: ContactView) -> None:
        name = self._client_model.address(contact.name)
        match step:
            case Step.COMPARE:
                self.navigator.verify(name)
            case Step.TRUST:
                self.navigator.trust(contact)
            case Step.REJECT:
                self._client_model.ask(c.RejectIdentity(name, contact.pending))
            case Step.UNBLOCK:
                self._client_model.ask(c.Unblock(name, contact.identity))
            case Step.ACCEPT:
                self._client_model.ask(c.Accept(contact.name, contact.identity))
            case Step.BLOCK:
                self.navigator.block(name)

    def _look_at(self, message: MessageView, index: int) -> None:
        """Show a picture; once it is closed, the message of the one that was seen last is chosen."""
        acts = PictureActs(self.file_actions.acts, self.file_actions.do)
        sheet = PictureSheet(self._theme, self._client_model, acts, message, index)
        sheet.seen.connect(self.chat.conversation.choose)
        self.navigator.put(sheet)
        # After the sheets have given the focus back.
        sheet.closed.connect(lambda: self._looked_at(sheet.look.message))

    def _looked_at(self, message: MessageView) -> None:
        if self.sheets.top is None:
            self.chat.conversation.choose(message)
            self.chat.conversation.messages.setFocus()

    def _search(self) -> None:
        if self._client_model.current:
            self.chat.conversation.begin_search()
        else:
            self.chat.sidebar.begin_search()

    def _choose_message(self) -> None:
        view = self.chat.conversation.messages
        if not view.isVisible():
            return
        chosen = view.currentIndex().isValid()
        view.setFocus()
        if not chosen and self._client_model.messages.rowCount():
            view.setCurrentIndex(self._client_model.messages.index(self._client_model.messages.rowCount() - 1))

    def _about_open(self, act: Callable[[str], None]) -> None:
        if self._client_model.here:
            act(self._client_model.here)

    def _act_on_chosen(self, act: MessageAct) -> None:
        message = self.chat.conversation.chosen()
        if message is not None:
            pinned = act is MessageAct.PIN and message.pinned
            self.message_actions.do(message, MessageAct.UNPIN if pinned else act)

    def _unlock(self, passphrase: Passphrase) -> None:
        check = self._check
        if check is not None:
            self._bridge.work(lambda: check.recognises(passphrase), self._unlocked)

    def _unlocked(self, recognised: bool) -> None:
        if not recognised:
            self.lock_page.refused()
        elif self.pages.currentWidget() is self.lock_page:
            self.uncover()

    def _failed(self, error: BabiluError) -> None:
        self._tell(sentence_for(error))

    def _warned(self, warned: Warned) -> None:
        # Of what ends the linking of this device its sheet says why, and what to do.
        if not isinstance(self.sheets.top, LinkHereSheet):
            self._tell(sentence_for_code(warned.code))

    def _outsider_wrote(self, event: OutsiderWrote) -> None:
        text = translate("Window", "{0} is out of {1}, or may not write there: a message is not shown.")
        self._tell(text.format(person(event.name), one_line(event.conversation)))

    def _alarmed(self, alarm: AlarmRaised) -> None:
        name = person(alarm.name) if alarm.name else ""
        self._tell(str(alarm_text(alarm, Strings(QLocale().name()), name)))

    def _identity_changed(self, name: str, was_verified: bool) -> None:
        if was_verified:
            text = translate("Window", "{0}, whom you have verified, is said to have another identity.")
        else:
            text = translate("Window", "{0} is said to have another identity.")
        self._tell(text.format(person(name)))

    def _arrived(self, messages: tuple[MessageView, ...]) -> None:
        """Say what came; of a burst the newest, because nobody can listen to all of it."""
        message = messages[-1]
        if not self.is_locked:
            own = self._client_model.overview.name
            announce(self, f"{person(message.sender)}: {body_line(message, 300, own)}")

    def _composer_height(self) -> int:
        composer = self.chat.conversation.composer
        return composer.height() if composer.isVisible() else 0

    def _tell(self, text: str) -> None:
        if not self.is_locked:
            self.toast.say(text)

    def _count(self, unread: int) -> None:
        self._unread = unread
        self._say()

    def _say(self) -> None:
        title = "Babilu"
        sheet = self.sheets.top
        if sheet is not None and sheet.title.text():
            title = f"{sheet.title.text()} – Babilu"
        elif self.pages.currentWidget() is self.chat and self._client_model.current:
            title = f"{self._client_model.label(self._client_model.here)} – Babilu"
        elif self.pages.currentWidget() is self.chat:
            # One's own name stands behind, so that nobody takes it for whom one writes to.
            title = f"Babilu · {person(self._client_model.overview.name)}"
        self.setWindowTitle(f"({self._unread}) {title}" if self._unread else title)

    def _follow_preferences(self) -> None:
        minutes = self._preferences.value.lock_minutes
        self.idle_timer.setInterval(minutes * 60_000)
        if minutes and self.pages.currentWidget() is self.chat:
            self.idle_timer.start()
        else:
            self.idle_timer.stop()
