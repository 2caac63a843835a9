"""One conversation: its head, its messages, what stands above them, and where one writes."""

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer, Signal
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from babilu.api import commands as c
from babilu.api.views import MessageView as Message
from babilu.desktop.error_texts import sentence_for
from babilu.desktop.language import key_names, translate
from babilu.desktop.models.client_model import DesktopModel
from babilu.desktop.preferences import PreferenceStore
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.banner import Banner, stop_words
from babilu.desktop.widgets.basics import Button, PlainLabel, column, retranslates
from babilu.desktop.widgets.bubble import LinkHit, PlaceHit, RetryHit, WholeHit
from babilu.desktop.widgets.composer import Composer
from babilu.desktop.widgets.header import Header
from babilu.desktop.widgets.message_view import MessageListView
from babilu.desktop.widgets.search_bar import SearchBar
from babilu.kernel.errors import BabiluError
from babilu.kernel.ids import MessageId
from babilu.presentation.banners import matter_of

MARK_MS = 1_600
"""How long a message that was jumped to stays marked."""


class ConversationPage(QWidget):
    """Shows the open conversation."""

    menu_wanted = Signal(object, QPoint)
    """`MessageListView` and the place on the screen."""

    link_pressed = Signal(str)
    whole_wanted = Signal(object)

    def __init__(self, client_model: DesktopModel, theme: Theme, preferences: PreferenceStore) -> None:
        super().__init__()
        self._client_model = client_model
        self._theme = theme
        self._preferences = preferences
        self._new = 0
        self._returns: tuple[MessageId, int] | None = None
        self.header = Header(theme, client_model.overview)
        self.banner = Banner(theme)
        self.search = SearchBar(theme, client_model.bridge)
        self.messages = MessageListView(client_model.messages, theme, client_model.clock)
        self.composer = Composer(theme)
        self.jump = Button("jump")
        self.jump.setParent(self.messages)
        self.jump.hide()
        self.nothing = PlainLabel(theme, lambda t: t.fonts.small, "muted")
        self.nothing.setParent(self.messages.viewport())
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        outer = column(self)
        for widget in (self.header, self.search, self.banner):
            outer.addWidget(widget)
        outer.addWidget(self.messages, 1)
        outer.addWidget(self.composer)
        self._unmark = QTimer(self)
        self._unmark.setSingleShot(True)
        self._unmark.setInterval(MARK_MS)
        self._unmark.timeout.connect(lambda: client_model.messages.mark(None))
        theme.changed.connect(self._restyle)
        self.messages.installEventFilter(self)
        self._connect()
        self._follow_preferences()
        self._restyle()
        self.retranslate()

    def _connect(self) -> None:
        client_model = self._client_model
        client_model.turned.connect(self._turned)
        client_model.opened.connect(self._opened)
        client_model.contact_changed.connect(self._contact_changed)
        client_model.jumped.connect(self._jumped)
        client_model.arrived.connect(self._arrived)
        client_model.ready.connect(self.read)
        self.messages.older_wanted.connect(client_model.pages.older)
        self.messages.newer_wanted.connect(client_model.pages.newer)
        self.messages.bottom_changed.connect(self._moved)
        self.messages.hit.connect(self._hit)
        self.messages.typed.connect(self.type_text)
        self.messages.customContextMenuRequested.connect(self._menu)
        self.header.search_button.clicked.connect(self.begin_search)
        self.composer.sent.connect(self._send)
        self.composer.drafted.connect(lambda name, text: client_model.ask(c.SetDraft(name, text)))
        self.jump.clicked.connect(self.go_down)
        self.search.jumped.connect(self.show_message)
        self.search.highlighted.connect(client_model.messages.highlight)
        self.search.closed.connect(self._search_closed)
        self._preferences.changed.connect(self._follow_preferences)

    @property
    def is_read(self) -> bool:
        """Whether what is newest is before the user's eyes."""
        return self.isVisible() and self.window().isActiveWindow() and self.messages.at_bottom

    def show_message(self, message: Message) -> None:
        """Jump to a message and mark it for a moment."""
        self._client_model.around(message)

    def _jumped(self, message: Message) -> None:
        row = self._client_model.messages.window.row_of(message.id)
        if row is not None:
            self.messages.scroll_to(row)
            self._client_model.messages.mark(message.id)
            self._unmark.start()

    def begin_search(self) -> None:
        """Open the search in this conversation."""
        if self.search.isHidden():
            self._returns = self.messages.place()
        self.search.begin(self._client_model.current)

    def go_down(self) -> None:
        """Go to the newest message."""
        self._new = 0
        if self._client_model.messages.window.more_after:
            self._client_model.newest()
        else:
            self.messages.scroll_to_bottom()
        self.composer.setFocus()

    def type_text(self, text: str) -> None:
        """Write what was typed elsewhere."""
        self.composer.editor.setFocus()
        self.composer.editor.insertPlainText(text)

    def read(self) -> None:
        """Mark as read what is before the user's eyes."""
        if self.is_read:
            self._client_model.mark_read()

    def chosen(self) -> Message | None:
        """Give the message that is chosen in the list."""
        index = self.messages.currentIndex()
        return self._client_model.messages.message(index.row()) if index.isValid() else None

    def retranslate(self) -> None:
        """Say everything in the language in force."""
        self.nothing.setText(translate("ConversationPage", "No messages yet. Say hello!"))
        self._say_jump()
        self._contact_changed(self._client_model.current)
        self.banner.show_matter(self.banner.matter)
        self._client_model.messages.retranslate()

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if retranslates(event):
            self.retranslate()

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.messages and event.type() in {QEvent.Type.Resize, QEvent.Type.Show}:
            self._place()
        return super().eventFilter(watched, event)

    def _restyle(self) -> None:
        self.jump.setIcon(self._theme.icon("down", self._theme.colours.on_accent))

    def _place(self) -> None:
        size = self.jump.sizeHint()
        area = self.messages.viewport().rect()
        self.jump.setGeometry(
            area.right() - size.width() - m.LARGE, area.bottom() - size.height() - m.LARGE, size.width(), size.height()
        )
        self.nothing.setGeometry(area)

    def _turned(self, name: str) -> None:
        """Write to somebody else from this key on."""
        if name != self.composer.conversation:
            known = self._client_model.conversations.get(name)
            self.search.leave()
            self.composer.open(name, known.draft if known is not None else "")
            self._new = 0
            self._contact_changed(name)

    def _opened(self, name: str) -> None:
        if self._client_model.conversations.get(name) is None:
            return
        self._contact_changed(name)
        self.messages.settle()
        self._moved(self.messages.at_bottom)
        QTimer.singleShot(0, self.read)

    def _contact_changed(self, name: str) -> None:
        contact = self._client_model.contact()
        if contact is None or name != self._client_model.current:
            return
        self.header.show_contact(contact)
        any_messages = self._client_model.messages.rowCount() > 0
        matter = matter_of(contact, has_messages=any_messages, missing=self._client_model.gaps.get(name, 0))
        if matter != self.banner.matter:
            self.banner.show_matter(matter)
        self.composer.stop(stop_words(matter) if matter is not None and matter.stops else "")
        self.nothing.setVisible(not any_messages and self._client_model.messages.window.conversation == name)

    def _arrived(self, messages: tuple[Message, ...]) -> None:
        shown = self._client_model.messages.window.conversation
        here = [message for message in messages if message.conversation == self._client_model.current == shown]
        if not here:
            return
        self.nothing.hide()
        if not self.window().isActiveWindow() or not self.messages.at_bottom:
            self._client_model.messages.window.begin_unread(here[0])
        if self.messages.at_bottom:
            self.read()
        else:
            self._new += len(here)
            self._say_jump()

    def _moved(self, bottom: bool) -> None:
        if bottom:
            self._new = 0
            self.read()
        self._say_jump()
        self.jump.setVisible(not bottom and self._client_model.messages.rowCount() > 0)

    def _say_jump(self) -> None:
        new = self._new
        self.jump.setText(translate("ConversationPage", "%n new", None, new) if new else "")
        name = translate("ConversationPage", "Go to the newest message")
        self.jump.setAccessibleName(f"{name}, {self.jump.text()}" if new else name)
        self.jump.setToolTip(f"{name} ({key_names('Ctrl+End')})")
        self._place()

    def _send(self, text: str) -> None:
        name = self.composer.conversation

        def failed(error: BabiluError) -> None:
            if name == self.composer.conversation:
                self.composer.give_back(text, sentence_for(error))

        self._client_model.messages.window.end_unread()
        if self._client_model.messages.window.more_after:
            self._client_model.newest()
        else:
            self.messages.scroll_to_bottom()
        self._client_model.send(name, text, failed)
        self.nothing.hide()

    def _hit(self, row: int, hit: object) -> None:
        message = self._client_model.messages.message(row)
        match hit:
            case LinkHit(address):
                self.link_pressed.emit(address)
            case RetryHit():
                self._client_model.retry(message)
            case WholeHit():
                self.whole_wanted.emit(message)
            case PlaceHit(place):
                self._client_model.show(place)

    def _menu(self, at: QPoint) -> None:
        index = self.messages.indexAt(at)
        if not index.isValid():
            index = self.messages.currentIndex()
            at = self.messages.visualRect(index).center()
        if index.isValid():
            self.menu_wanted.emit(
                self._client_model.messages.message(index.row()), self.messages.viewport().mapToGlobal(at)
            )

    def _search_closed(self) -> None:
        place, self._returns = self._returns, None
        self._client_model.messages.mark(None)
        if place is not None and self._client_model.messages.window.row_of(place[0]) is None:
            self._client_model.newest()
        else:
            self.messages.return_to(place)
        self.composer.setFocus()

    def _follow_preferences(self) -> None:
        self.composer.editor.enter_sends = self._preferences.value.enter_sends
