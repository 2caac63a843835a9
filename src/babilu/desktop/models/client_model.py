"""Client model of the desktop: what `presentation.client_model` holds, as models and signals of Qt."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal
from typing_extensions import override

from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.group_views import GroupInvitationView, JoinRequestView
from babilu.desktop.bridge import QtBridge, while_alive
from babilu.desktop.models.connection_status import Overview
from babilu.desktop.models.conversations import ConversationsModel
from babilu.desktop.models.invitations_model import InvitationsModel
from babilu.desktop.models.labels import shown_labels
from babilu.desktop.models.messages import MessagesModel
from babilu.desktop.models.picture_shelf import PictureShelf
from babilu.desktop.models.portraits import Portraits
from babilu.kernel.ports import Clock
from babilu.presentation.client_bridge import Failed
from babilu.presentation.client_model import ClientModel
from babilu.presentation.event_queue import Missed
from babilu.presentation.watcher import ScreenPart

GATHER_MS = 60
"""Changes of the list are gathered so long before the client is asked for it."""


class DesktopModel(ClientModel, QObject):
    """Models, signals and actions for one client.

    Args:
        bridge: The way to the client.
        clock: The time.

    Attributes:
        rows: The list on the left.
        messages: The messages of the conversation that is open.
        overview: Where the client stands.
        shelf: Keeps the pictures of messages.
    """

    turned = Signal(str)
    """From now on one writes in a conversation, whose messages are still to come: see `ClientModel.here`."""

    opened = Signal(str)
    """A conversation was opened and its first page is there: see `ClientModel.here`."""

    jumped = Signal(object)
    """`MessageView`: the messages around it are there."""

    arrived = Signal(object)
    """``tuple[MessageView, ...]``: messages of others that came within one frame."""

    mention_added = Signal(object)
    """`MessageView` of somebody else, which names oneself since it was edited."""

    requested = Signal(object)
    """`RequestView` of a stranger."""

    decision_wanted = Signal(object)
    group_split = Signal(object)
    link_asked = Signal(object)
    """`LinkAsked`: a new device asks to be one of the own ones."""

    link_over = Signal()
    """No device asks any more: it was linked, or the try came to nothing."""

    devices_changed = Signal()
    outsider_wrote = Signal(object)
    """`OutsiderWrote` in a group, which is not shown."""
    """`GroupInvitationView` or `JoinRequestView`."""

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
    """Id in hex of a conversation of whose person or group something has changed: see `ClientModel.here`."""

    registered = Signal(str)
    unread_changed = Signal(int)
    read = Signal(object)
    """`ConversationId`: nothing is unread any more of which something had come, whoever read it."""

    pinned = Signal(str)
    """Id in hex of a conversation in which a message was pinned or unpinned."""

    room_changed = Signal()
    """What is shown of the open conversation, or what is sent to it, has changed."""

    voice_changed = Signal()
    """What is recorded or played has changed."""

    edited = Signal(object)
    """`MessageView` with another wording."""

    erased = Signal(object)
    """`MessageId` of a message that was deleted or whose time is over."""

    request_closed = Signal(str)
    """Id of a request, of an invitation to a group or of a request to join that is decided, or that has expired."""

    scheduled_changed = Signal()
    """Texts that are sent later came or went."""

    ready = Signal()
    """The list is shown as the client has it now."""

    ended = Signal()
    """The client has ended by itself, as one does that was hosted by another program."""

    def __init__(self, bridge: QtBridge, clock: Clock) -> None:
        QObject.__init__(self)
        self.bridge = bridge
        self.clock = clock
        self.rows = ConversationsModel()
        self.messages = MessagesModel()
        self.overview = Overview(clock)
        ClientModel.__init__(self, bridge.client, self.overview, self.messages.window)
        self.messages.files = self.files
        self.messages.voice = self.voice
        self.shelf = self.messages.shelf = PictureShelf(bridge)
        self.erased.connect(self.shelf.erase)
        self.invitations = InvitationsModel(bridge)
        self.portraits = Portraits(bridge)
        self.gathering = QTimer(self)
        self.gathering.setSingleShot(True)
        self.gathering.setInterval(GATHER_MS)
        self.gathering.timeout.connect(self.refresh)
        self.watch(SignalWatcher(self))
        bridge.told.connect(self.hear)
        bridge.missed.connect(lambda: self.hear(Missed()))
        bridge.refused.connect(self.failed)

    @override
    def forget(self) -> None:
        super().forget()
        self.shelf.forget()
        self.portraits.forget()

    @override
    def start(self) -> None:
        self.invitations.forget()
        super().start()

    @override
    def ask(
        self, command: c.Command[Any], done: Callable[[Any], None] | None = None, failed: Failed | None = None
    ) -> None:
        super().ask(command, while_alive(done), while_alive(failed))

    def label(self, name: str) -> str:
        """Give what a conversation is called on the screen."""
        known = self.view(name)
        return self.rows.label(name if known is None else known.label)

    def shown_labels(self) -> dict[str, str]:
        """Give by their labels what conversations are called where one of them is chosen."""
        return shown_labels(self.conversations.values())

    def search_all(self, query: str) -> None:
        """Narrow the list, and look for messages too."""
        self.rows.narrow(query)
        if len(query.strip()) >= 2:
            self.bridge.request(c.Search(query), lambda found: self.rows.show_found(query, found))

    def try_now(self) -> None:
        """Try to reach the relay at once."""
        self.ask(c.TryNow())


class SignalWatcher:
    """Says as signals and models of Qt what has changed.

    Args:
        model: Whose signals.
    """

    def __init__(self, model: DesktopModel) -> None:
        self._model = model
        self.turned = model.turned.emit
        self.opened = model.opened.emit
        self.jumped = model.jumped.emit
        self.arrived = model.arrived.emit
        self.mentioned = model.mention_added.emit
        self.read = model.read.emit
        self.failed = model.failed.emit

    def changed(self, parts: ScreenPart) -> None:
        """Show it; the window on the conversation tells its views by itself."""
        model = self._model
        if parts & (ScreenPart.LIST | ScreenPart.STANDING):
            model.portraits.follow(model.conversations.values(), model.overview.picture)
        if ScreenPart.LIST in parts:
            decisions: list[GroupInvitationView | JoinRequestView] = []
            decisions += [*model.groups.invitations.values(), *model.groups.joining.values()]
            requests, conversations = tuple(model.requests.values()), tuple(model.conversations.values())
            model.rows.show(requests, conversations, model.typing, decisions)
            model.unread_changed.emit(model.unread())
        if ScreenPart.ROOM in parts:
            model.room_changed.emit()
        if ScreenPart.VOICE in parts:
            model.voice_changed.emit()
        if ScreenPart.STANDING in parts:
            model.messages.own = model.rows.own = model.overview.name
            model.overview.changed.emit()
        if ScreenPart.SCHEDULED in parts:
            model.scheduled_changed.emit()
        if ScreenPart.CONTACT in parts and model.here:
            model.contact_changed.emit(model.here)
        if ScreenPart.LIST in parts:
            model.ready.emit()

    def gather(self) -> None:
        """Ask in a moment, once for all that comes until then."""
        if not self._model.gathering.isActive():
            self._model.gathering.start()

    def told(self, event: e.Event) -> None:
        """Say what more than one widget wants to hear of."""
        model = self._model
        match event:
            case e.RequestArrived(request):
                model.requested.emit(request)
            case e.RequestClosed(request_id):
                model.request_closed.emit(request_id)
            case e.ContactChanged(contact):
                model.contact_changed.emit(model.address(contact.name))
            case e.IdentityChanged(name, was_verified):
                model.identity_changed.emit(name, was_verified)
            case e.NoticeArrived(text):
                model.noticed.emit(text)
            case e.Warned():
                model.warned.emit(event)
            case e.AlarmRaised():
                model.alarmed.emit(event)
            case e.Registered(name):
                model.registered.emit(name)
            case e.Closed():
                model.ended.emit()
            case _:
                self._told_of_groups(event)

    def _told_of_groups(self, event: e.Event) -> None:
        model = self._model
        match event:
            case e.GroupInvited(waiting) | e.JoinRequested(waiting):
                model.decision_wanted.emit(waiting)
            case e.LinkAsked():
                model.link_asked.emit(event)
            case e.LinkEnded():
                model.link_over.emit()
            case e.DeviceLinked() | e.DeviceRemoved():
                model.link_over.emit()
                model.devices_changed.emit()
            case e.GroupSplit():
                model.group_split.emit(event)
            case e.OutsiderWrote():
                model.outsider_wrote.emit(event)
            case e.GroupInvitationClosed():
                model.request_closed.emit(event.conversation_id.hex())
            case e.JoinRequestClosed(request_id):
                model.request_closed.emit(request_id)
            case _:
                self._told_of_messages(event)

    def _told_of_messages(self, event: e.Event) -> None:
        model = self._model
        match event:
            case e.MessageDeleted(message) | e.MessageExpired(message):
                model.erased.emit(message)
            case e.MessageEdited(view):
                model.edited.emit(view)
            case e.MessagePinned(pin):
                model.pinned.emit(pin.conversation_id.hex())
            case e.ConversationCleared():
                model.pinned.emit(event.conversation_id.hex())
            case _:
                pass
