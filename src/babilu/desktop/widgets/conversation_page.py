"""One conversation: its head, its messages, what stands above them, and where one writes."""

from PySide6.QtCore import QEvent, QObject, QPoint, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from babilu.api import commands as c
from babilu.api.views import ConversationView
from babilu.api.views import MessageView as Message
from babilu.desktop.language import key_names, translate
from babilu.desktop.models.client_model import DesktopModel
from babilu.desktop.models.group_words import stop_words_of, typing_words
from babilu.desktop.models.pins_model import PinsModel
from babilu.desktop.models.scheduled_words import waiting_words
from babilu.desktop.preferences import PreferenceStore
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.banner import Banner, stop_words
from babilu.desktop.widgets.basics import Button, PlainLabel, column, retranslates
from babilu.desktop.widgets.bubble_parts import (
    EditedHit,
    FileHit,
    LinkHit,
    PlaceHit,
    ReactionHit,
    RetryHit,
    SenderHit,
    SpoilerHit,
    WholeHit,
)
from babilu.desktop.widgets.composer import Composer
from babilu.desktop.widgets.header import Header
from babilu.desktop.widgets.hover_bar import HoverBar
from babilu.desktop.widgets.message_acts import MessageAct
from babilu.desktop.widgets.message_view import MessageListView
from babilu.desktop.widgets.pins_bar import PinsBar
from babilu.desktop.widgets.search_bar import SearchBar
from babilu.desktop.widgets.voice_control import VoiceControl
from babilu.desktop.widgets.voice_row import VoiceHit
from babilu.desktop.widgets.writing_control import WritingControl
from babilu.kernel.ids import MessageId
from babilu.kernel.states import ConversationKind
from babilu.presentation.banners import matter_of

MARK_MS = 1_600
"""How long a message that was jumped to stays marked."""


class ConversationPage(QWidget):
    """Shows the open conversation."""

    menu_wanted = Signal(object, QPoint)
    """`MessageListView` and the place on the screen."""

    act_wanted = Signal(object, object)
    """`MessageView` and `MessageAct`."""

    later_wanted = Signal(object)
    """`Written`: it is to be sent later."""

    scheduled_wanted = Signal()
    link_pressed = Signal(str)
    whole_wanted = Signal(object)
    wordings_wanted = Signal(object)
    """`MessageView` of an edited message."""

    member_pressed = Signal(str)
    """Name of somebody who wrote in the open group."""

    file_pressed = Signal(object, int)
    """`MessageView`, and which of its files was pressed."""

    def __init__(self, client_model: DesktopModel, theme: Theme, preferences: PreferenceStore) -> None:
        super().__init__()
        self._client_model = client_model
        self._theme = theme
        self._preferences = preferences
        self._new = 0
        self._returns: tuple[MessageId, int] | None = None
        self.header = Header(theme, client_model.overview)
        self.pins = PinsModel(client_model)
        self.pins_bar = PinsBar(theme, self.pins)
        self.banner = Banner(theme)
        self.search = SearchBar(theme, client_model.bridge, client_model.clock)
        self.messages = MessageListView(client_model.messages, theme, client_model.clock)
        self.composer = Composer(theme, client_model.clock)
        self.composer.mentions.setParent(self)
        self.writing = WritingControl(client_model, self.composer, self.messages)
        self.voice = VoiceControl(client_model, self.composer, self.messages)
        self.setAcceptDrops(True)
        self.hover = HoverBar(theme, self.messages.viewport())
        self.waiting = Button("row")
        self.waiting.hide()
        self.jump = Button("jump")
        self.jump.setParent(self.messages)
        self.jump.hide()
        self.nothing = PlainLabel(theme, lambda t: t.fonts.small, "muted")
        self.nothing.setParent(self.messages.viewport())
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        outer = column(self)
        for widget in (self.header, self.search, self.pins_bar, self.banner):
            outer.addWidget(widget)
        outer.addWidget(self.messages, 1)
        outer.addWidget(self.waiting)
        outer.addWidget(self.composer)
        self._unmark = QTimer(self)
        self._unmark.setSingleShot(True)
        self._unmark.setInterval(MARK_MS)
        self._unmark.timeout.connect(lambda: client_model.messages.mark(None))
        self.jump.show_icon(theme, "down", lambda theme: theme.colours.on_accent)
        self.messages.installEventFilter(self)
        self._connect()
        self._follow_preferences()
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
        self.pins_bar.jumped.connect(self.show_message)
        self.pins_bar.unpinned.connect(lambda message: self.act_wanted.emit(message, MessageAct.UNPIN))
        self.composer.later_wanted.connect(self.later_wanted)
        self.writing.sent.connect(self.nothing.hide)
        client_model.erased.connect(self._erased)
        client_model.scheduled_changed.connect(self._say_scheduled)
        self.waiting.clicked.connect(self.scheduled_wanted)
        self.messages.hovered.connect(self._hovered)
        self.messages.answered.connect(lambda row: self._act(row, MessageAct.REPLY))
        self.hover.act_chosen.connect(self._act_on)
        self.hover.menu_wanted.connect(self._menu_of)
        self.jump.clicked.connect(self.go_down)
        self.search.jumped.connect(self.show_message)
        self.search.day_wanted.connect(self._show_day)
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

    def show_id(self, message: MessageId) -> None:
        """Jump to a message of this conversation that is known by its id."""
        row = self._client_model.messages.window.row_of(message)
        if row is None:
            self._client_model.show(message)
        else:
            self._jumped(self._client_model.messages.message(row))

    def _jumped(self, message: Message) -> None:
        row = self._client_model.messages.window.row_of(message.id)
        if row is not None:
            self.messages.scroll_to(row)
            self._client_model.messages.mark(message.id)
            self._unmark.start()

    def choose(self, message: Message) -> None:
        """Choose a message in the list, in view, where it is loaded."""
        row = self._client_model.messages.window.row_of(message.id)
        if row is not None:
            self.messages.scroll_to(row)

    def _show_day(self, at_ms: int) -> None:
        self._client_model.show_since(self._client_model.here, at_ms, self._client_model.newest)

    def begin_search(self) -> None:
        """Open the search in this conversation."""
        if self.search.isHidden():
            self._returns = self.messages.place()
        name = self._client_model.here
        people = (each for each in self._client_model.people_of(name) if each not in c.MENTIONED_ROLES)
        self.search.begin(self._client_model.address(name), (self._client_model.overview.name, *people))

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
        self._say_jump()
        self.pins_bar.say()
        self._contact_changed(self._client_model.here)
        self.banner.show_matter(self.banner.matter)
        self._say_scheduled()
        self._client_model.messages.retranslate()

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if retranslates(event):
            self.retranslate()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and (self.composer.leave() or self.voice.leave()):
            return
        super().keyPressEvent(event)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.messages and event.type() in {QEvent.Type.Resize, QEvent.Type.Show}:
            self._place()
        return super().eventFilter(watched, event)

    @override
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls() and self.composer.takes_files:
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()

    @override
    def dropEvent(self, event: QDropEvent) -> None:
        """Take files that are dropped anywhere on the conversation."""
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        self.composer.take_urls(event.mimeData())

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
            self.search.leave()
            self.hover.leave()
            self.writing.turn_to(name)
            self._new = 0
            self._contact_changed(name)
            self._say_scheduled()

    def _opened(self, name: str) -> None:
        if self._view(name) is None:
            return
        self._contact_changed(name)
        self.writing.restore_reply(name)
        self.messages.settle()
        self._moved(self.messages.at_bottom)
        QTimer.singleShot(0, self.read)

    def _view(self, name: str) -> ConversationView | None:
        """Give a conversation as it stands."""
        return self._client_model.view(name)

    def _contact_changed(self, name: str) -> None:
        view = self._view(name)
        if view is None or view.id != self._client_model.current_id:
            return
        group = self._client_model.groups.of(view.label)
        people = self._client_model.typing.get(view.id)
        typing = typing_words(view.kind, people) if people else ""
        self.header.show_conversation(view, typing=typing, topic="" if group is None else group.topic)
        if view.kind is ConversationKind.GROUP:
            # Who is in comes later than the conversation, and changes.
            self.composer.mentions.offer(self._client_model.people_of(self._client_model.here))
        self.composer.disappears = view.timer
        self.writing.follow_rule()
        any_messages = self._client_model.messages.rowCount() > 0
        missing = self._client_model.gaps.get(view.id, 0)
        contact = view.contact
        matter = None if contact is None else matter_of(contact, has_messages=any_messages, missing=missing)
        if matter != self.banner.matter:
            self.banner.show_matter(matter)
        self.composer.stop(stop_words(matter) if matter is not None and matter.stops else stop_words_of(view))
        hello = translate("ConversationPage", "No messages yet. Say hello!")
        own = translate("ConversationPage", "What you write here stays with your own devices.")
        self.nothing.setText(own if view.kind is ConversationKind.NOTES else hello)
        self.nothing.setVisible(not any_messages and self._client_model.messages.window.conversation_id == view.id)

    def _arrived(self, messages: tuple[Message, ...]) -> None:
        shown, current = self._client_model.messages.window.conversation_id, self._client_model.current_id
        here = [message for message in messages if message.conversation_id == current == shown]
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

    def _say_scheduled(self) -> None:
        waiting = self._client_model.scheduled_in(self._client_model.here)
        late = any(each.overdue for each in waiting)
        self.waiting.setText(waiting_words(waiting))
        self.waiting.show_icon(
            self._theme, "clock", lambda theme: theme.colours.danger if late else theme.colours.muted
        )
        self.waiting.setVisible(bool(waiting))

    def _erased(self, message: MessageId) -> None:
        if self.hover.message == message:
            self.hover.leave()

    def _act(self, row: int, act: MessageAct) -> None:
        self.act_wanted.emit(self._client_model.messages.message(row), act)

    def _act_on(self, message: MessageId, act: MessageAct) -> None:
        row = self._client_model.messages.window.row_of(message)
        if row is not None:
            self._act(row, act)

    def _menu_of(self, message: MessageId) -> None:
        row = self._client_model.messages.window.row_of(message)
        if row is not None:
            corner = self.hover.mapToGlobal(self.hover.rect().bottomLeft())
            self.menu_wanted.emit(self._client_model.messages.message(row), corner)

    def _hovered(self, row: int) -> None:
        """Offer what can be done with the message under the pointer."""
        if row < 0:
            self.hover.leave()
            return
        bubble = self.messages.delegate.bubble(row)
        if bubble.is_line or bubble.message.deleted:
            self.hover.leave()
            return
        top = QRectF(self.messages.visualRect(self._client_model.messages.index(row))).topLeft()
        self.hover.put(bubble.message.id, bubble.box.translated(top), outgoing=bubble.message.outgoing)

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
                self.show_id(place)
            case SpoilerHit():
                self._client_model.messages.reveal(message.id)
            case ReactionHit(reaction):
                self._client_model.toggle_reaction(message, reaction.emoji)
            case EditedHit():
                self.wordings_wanted.emit(message)
            case SenderHit(name):
                self.member_pressed.emit(name)
            case FileHit(index):
                self.file_pressed.emit(message, index)
            case VoiceHit():
                self.voice.hit(message, hit)

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
