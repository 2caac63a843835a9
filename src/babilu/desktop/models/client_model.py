"""The desk is where all lies that the window shows: it hears the client, keeps the models, asks for changes."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.views import Address, ContactView, ConversationView, MessageView, PeerState, RequestView, StatusView
from babilu.desktop.bridge import QtBridge
from babilu.desktop.models.connection_status import Overview
from babilu.desktop.models.conversations import ConversationsModel
from babilu.desktop.models.invitations_model import InvitationsModel
from babilu.desktop.models.messages import MessagesModel
from babilu.desktop.models.pages import Pages
from babilu.kernel.errors import BabiluError
from babilu.kernel.ids import IdentityKey
from babilu.kernel.ports import Clock
from babilu.kernel.states import MessageKind
from babilu.presentation.changes import Changes
from babilu.presentation.message_window import PAGE

GATHER_MS = 60
"""Changes of the list are gathered so long before the client is asked for it."""

MOST_UNREAD = 1_000
"""Most messages that the client gives at once."""


class ClientModel(QObject):
    """Models and actions for one client.

    Args:
        bridge: The way to the client.
        clock: The time.
    """

    turned = Signal(str)
    """From now on one writes to somebody, whose messages are still to come; empty for nobody."""

    opened = Signal(str)
    """A conversation was opened and its first page is there."""

    arrived = Signal(object)
    """``tuple[MessageView, ...]``: messages of others that came within one frame."""

    requested = Signal(object)
    """`RequestView` of a stranger."""

    identity_changed = Signal(str, bool)
    noticed = Signal(str)
    """The relay's operator says something."""

    failed = Signal(object)
    """`BabiluError` that belongs to no field and no message."""

    alarmed = Signal(object)
    """`AlarmRaised` by the client."""

    warned = Signal(object)
    """`Warned` by the client."""

    contact_changed = Signal(str)
    gap_changed = Signal(str)
    registered = Signal(str)
    unread_changed = Signal(int)
    read = Signal(str)
    """Nothing is unread any more of a conversation of which something had come, whoever read it."""

    request_closed = Signal(str)
    """Id of a request that somebody has decided on, or that has expired."""

    ready = Signal()
    ended = Signal()
    """The client has ended by itself, as one does that was hosted by another program."""

    def __init__(self, bridge: QtBridge, clock: Clock) -> None:
        super().__init__()
        self.bridge = bridge
        self.clock = clock
        self.conversations = ConversationsModel()
        self.messages = MessagesModel()
        self.overview = Overview(clock)
        self.invitations = InvitationsModel(bridge)
        self.current = ""
        self.pages = Pages(bridge, self.messages.window, self.opened.emit, self.failed.emit)
        self.gaps: dict[str, int] = {}
        self._changes = Changes()
        self._told: dict[str, int] = {}
        self._gather = QTimer(self)
        self._gather.setSingleShot(True)
        self._gather.setInterval(GATHER_MS)
        self._gather.timeout.connect(self._refresh)
        bridge.told.connect(self._hear)
        bridge.missed.connect(self._read_anew)
        bridge.refused.connect(self.failed)

    def start(self) -> None:
        """Read everything that the first picture needs."""
        self.invitations.forget()
        self.bridge.request(c.Status(), self.overview.take_status)
        self._ask_for_conversations()
        self.bridge.request(c.Requests(), self._take_requests)
        self.bridge.request(c.TakeUnshown(), self._take_unshown)

    @property
    def is_gathering(self) -> bool:
        """Whether something was told after which the lists are read anew in a moment."""
        return self._gather.isActive()

    # Reading.

    def open(self, name: str) -> None:
        """Open a conversation where its unread messages begin."""
        self._turn_to(name)
        known = self.conversations.conversation(name)
        unread = known.unread if known is not None else 0
        limit = min(MOST_UNREAD, max(PAGE, unread + PAGE // 2))
        self.pages.open(name, limit)

    def close_conversation(self) -> None:
        """Open no conversation."""
        self._turn_to("")
        self.pages.clear()
        self.opened.emit("")

    def newest(self) -> None:
        """Go back to the newest messages of the open conversation."""
        self.pages.open(self.current, PAGE, keep_unread=True)

    def around(self, message: MessageView, done: Callable[[], None]) -> None:
        """Load the messages around one, open its conversation where necessary, and call back when they are there."""
        if self.current != message.conversation:
            self._turn_to(message.conversation)
        self.pages.around(message, done)

    def mark_read(self) -> None:
        """Tell the sender that the open conversation was read."""
        known = self.conversations.conversation(self.current)
        shown = self.messages.window.conversation == self.current
        if known is not None and known.unread and shown:
            self.bridge.request(c.MarkRead(self.current))

    def search_all(self, query: str) -> None:
        """Narrow the list, and look for messages too."""
        self.conversations.narrow(query)
        if len(query.strip()) >= 2:
            self.bridge.request(c.Search(query), lambda found: self.conversations.show_found(query, found))

    def contact(self) -> ContactView | None:
        """Give the contact of the open conversation."""
        known = self.conversations.conversation(self.current)
        return known.contact if known else None

    def identity_of(self, name: str) -> IdentityKey | None:
        """Give the identity key of the contact who is shown by a name, or None where nobody is."""
        known = self.conversations.conversation(name)
        return None if known is None else known.contact.identity

    def _turn_to(self, name: str) -> None:
        self.current = name
        self.turned.emit(name)

    # Asking.

    def send(self, to: str, text: str, failed: Callable[[BabiluError], None]) -> None:
        """Send a text."""
        self.bridge.request(c.Send(to, text, self.identity_of(to)), lambda _: self._gather.start(), failed)

    def begin(self, name: str, text: str, done: Callable[[], None], failed: Callable[[BabiluError], None]) -> None:
        """Send the first text to somebody, and open the conversation once it is there."""

        def then(message: MessageView) -> None:
            done()
            self._ask_for_conversations(lambda: self.open(message.conversation))

        self.bridge.request(c.Send(name, text, self.identity_of(name)), then, failed)

    def retry(self, message: MessageView) -> None:
        """Try a failed message again."""
        self.bridge.request(c.Retry(message.id, message.conversation), self.messages.window.change)

    def ask(self, command: c.Command[object], failed: Callable[[BabiluError], None] | None = None) -> None:
        """Ask for something whose effect events will tell; what the list shows of it is shown at once."""
        change = self._change(command)

        def done(_: object) -> None:
            self._changes.answered(change)
            self._gather.start()

        def refused(error: BabiluError) -> None:
            self._changes.refused(change)
            self._gather.start()
            (failed or self.failed.emit)(error)

        self.bridge.request(command, done, refused)

    def _change(self, command: c.Command[object]) -> object:
        match command:
            case c.SetDraft(name, text):
                change = self._changes.make(name, "draft", text)
            case c.SetPinned(name, pinned):
                change = self._changes.make(name, "pinned", pinned)
            case c.SetMuted(name, muted):
                change = self._changes.make(name, "muted", muted)
            case c.AllowDirect(name, allowed):
                change = self._changes.make(name, "direct", allowed)
            case _:
                return None
        self.conversations.change(name, self._changes.over)
        return change

    def try_now(self) -> None:
        """Try to reach the relay at once."""
        self.ask(c.TryNow())

    def call(
        self, address: Address, name: str | None, done: Callable[[], None], failed: Callable[[BabiluError], None]
    ) -> None:
        """Start a direct conversation."""

        def refused(error: BabiluError) -> None:
            self.overview.end_call(address)
            failed(error)

        self.overview.begin_call(address)
        self.bridge.request(c.Call(address, name), lambda _: done(), refused)

    # Hearing.

    def _read_anew(self) -> None:
        """More was told than could be kept: read all that is shown from the client."""
        self.start()
        if self.current:
            self.newest()

    def _hear(self, events: tuple[e.Event, ...]) -> None:
        """Take what was told; messages of one frame are shown together."""
        messages: list[MessageView] = []
        for event in events:
            if isinstance(event, e.MessageArrived | e.MessageQueued | e.LineAdded):
                messages.append(event.message)
                continue
            if messages:
                self._take_messages(messages)
                messages = []
            self._take(event)
        if messages:
            self._take_messages(messages)

    def _take_messages(self, messages: list[MessageView]) -> None:
        self.messages.window.arrive(messages)
        texts = [message for message in messages if message.kind is MessageKind.TEXT]
        for message in {message.conversation: message for message in texts}.values():
            self.conversations.change_last(message)
        self._gather.isActive() or self._gather.start()
        others = tuple(message for message in texts if not message.outgoing)
        for message in others:
            self._told[message.conversation] = self._changes.asked + 1
        if others:
            self.arrived.emit(others)

    def _take(self, event: e.Event) -> None:  # noqa: C901 -- a line for each event
        match event:
            case e.MessageStateChanged(message, conversation, state, held_until, error):
                # The id is its sender's choice, and may be that of a message of another conversation.
                if conversation == self.messages.window.conversation:
                    self.messages.window.change_state(message, state, held_until, error)
                self._gather.isActive() or self._gather.start()
            case e.MessageDeleted(message, conversation):
                if conversation == self.messages.window.conversation:
                    self.messages.window.remove(message)
                self._gather.start()
            case e.LinkChanged():
                self.overview.take_link(event)
                self._gather.start()
            case e.ListeningChanged(address):
                self.overview.take_listening(address)
            case e.CallPending() | e.CallFailed():
                self.overview.take_call(event)
            case e.PeerChanged(_, state, _, address):
                if state is PeerState.CONNECTED:
                    self.overview.end_call(address)
                self._gather.start()
            case e.RequestArrived(request):
                self.conversations.add_request(request)
                self.requested.emit(request)
                self._count()
            case e.RequestClosed(request):
                self.conversations.remove_request(request)
                self.request_closed.emit(request)
                self._gather.start()
            case e.ContactChanged(contact):
                self.conversations.change_contact(contact)
                self.conversations.change(contact.name, self._changes.over)
                self.contact_changed.emit(contact.name)
                self._gather.start()
            case e.IdentityChanged(name, was_verified):
                self.identity_changed.emit(name, was_verified)
                self._gather.start()
            case e.GapNoticed(conversation, _, in_all):
                self.gaps[conversation] = in_all
                self.gap_changed.emit(conversation)
            case e.ConversationChanged() | e.PresenceChanged():
                self._gather.isActive() or self._gather.start()
            case e.Progress():
                self.overview.take_progress(event)
            case e.NoticeArrived(text):
                self.noticed.emit(text)
            case e.Warned():
                self.warned.emit(event)
            case e.AlarmRaised():
                self.alarmed.emit(event)
            case e.Registered(name):
                self.registered.emit(name)
            case e.Closed():
                self.ended.emit()
            case e.Ready() | e.MessageArrived() | e.MessageQueued() | e.LineAdded():
                pass

    def _refresh(self) -> None:
        if not self.bridge.is_open:
            # A client tells of its link while it is being opened; the start reads everything.
            return
        self._ask_for_conversations()
        self.bridge.request(c.Status(), self._take_status)
        self.bridge.request(c.TakeUnshown(), self._take_unshown)

    def _take_status(self, status: StatusView) -> None:
        if (status.queued, status.listening) != (self.overview.queued, self.overview.listening):
            self.overview.take_status(status)

    def _ask_for_conversations(self, then: Callable[[], None] | None = None) -> None:
        number = self._changes.ask()

        def take(conversations: tuple[ConversationView, ...]) -> None:
            self._take_conversations(number, conversations)
            if then is not None:
                then()

        self.bridge.request(c.Conversations(), take)

    def _take_conversations(self, number: int, conversations: tuple[ConversationView, ...]) -> None:
        self._changes.came(number)
        self.conversations.show(tuple(map(self._changes.over, conversations)))
        self._find_read(number)
        self.overview.take_connected(tuple(each.contact.name for each in conversations if each.contact.connected))
        self._count()
        if self.current:
            self.contact_changed.emit(self.current)
        self.ready.emit()

    def _find_read(self, number: int) -> None:
        """Tell what was read of late; a list that was asked for before a message came does not know of it."""
        for name, since in tuple(self._told.items()):
            view = self.conversations.conversation(name)
            if number >= since and (view is None or not view.unread):
                del self._told[name]
                self.read.emit(name)

    def _take_requests(self, requests: tuple[RequestView, ...]) -> None:
        self.conversations.show_requests(requests)
        self._count()

    def _take_unshown(self, messages: tuple[MessageView, ...]) -> None:
        """Record as shown what arrived: it is in the history and counted as unread, so that no other shows it again."""
        if messages:
            self.bridge.request(c.TakeUnshown(), self._take_unshown)

    def _count(self) -> None:
        self.unread_changed.emit(self.conversations.unread())
