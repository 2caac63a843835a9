"""The desk is where all lies that the screen shows: it hears the client, keeps what it says, asks for changes.

It draws nothing and knows no widget: a `Watcher` is told what has changed.
"""

from collections.abc import Callable
from dataclasses import replace
from enum import Flag, auto
from typing import Any, Final, Protocol, assert_never

from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.views import (
    Address,
    ContactView,
    ConversationView,
    HistoryPage,
    MessageView,
    PeerState,
    RequestView,
    StatusView,
)
from babilu.kernel.errors import BabiluError
from babilu.kernel.ids import MessageId
from babilu.kernel.states import MessageKind
from babilu.presentation.client_bridge import ClientBridge, Failed, Heard
from babilu.presentation.event_queue import Missed
from babilu.presentation.message_window import PAGE, Window
from babilu.presentation.shown_people import ShownPeople
from babilu.terminal.app.connection_status import ConnectionStatus
from babilu.terminal.local_time import day_of

LAST_OPENED: Final = "faces.last_conversation"
"""Key of the stored value that names the conversation that was open last; in the profile, for it is somebody's name."""

MOST_UNREAD: Final = 1_000
"""Most messages that the client gives at once."""


class ScreenPart(Flag):
    """What the screen shows."""

    LIST = auto()
    ROOM = auto()
    CONTACT = auto()
    STANDING = auto()


EVERYTHING: Final = ScreenPart.LIST | ScreenPart.ROOM | ScreenPart.CONTACT | ScreenPart.STANDING


class Watcher(Protocol):
    """Whoever shows the desk; called in the app's loop."""

    def changed(self, parts: ScreenPart) -> None:
        """Something that is shown has changed."""

    def turned(self, name: str) -> None:
        """From now on one writes to somebody, whose messages are still to come; empty for nobody."""

    def opened(self, name: str) -> None:
        """A conversation was opened and its first page is there; empty for none."""

    def jumped(self, message: MessageView) -> None:
        """The messages around one are there."""

    def arrived(self, messages: tuple[MessageView, ...]) -> None:
        """Messages of others came."""

    def told(self, event: e.Event) -> None:
        """Something happened that is worth a sentence of its own."""

    def failed(self, error: BabiluError) -> None:
        """Something failed that belongs to no field and no message."""

    def gather(self) -> None:
        """See that `TerminalModel.refresh` is called soon, once for all that comes until then."""


class TerminalModel:
    """What the client has told, and actions for it.

    Args:
        bridge: The way to the client.
        connection_status: Where the client stands.
    """

    def __init__(self, bridge: ClientBridge, connection_status: ConnectionStatus) -> None:
        self._bridge = bridge
        self._watcher: Watcher | None = None
        self.connection_status = connection_status
        self.conversations: dict[str, ConversationView] = {}
        self.requests: dict[str, RequestView] = {}
        self.shown = ShownPeople()
        self.room = Window(day_of)
        self.current = ""
        self.gaps: dict[str, int] = {}
        self._paging = False

    def watch(self, watcher: Watcher) -> None:
        """Say who shows the desk, before anything is asked for."""
        self._watcher = watcher

    def start(self) -> None:
        """Read everything that the first picture needs."""
        self._bridge.request(c.Status(), self._take_status)
        self._bridge.request(c.Requests(), self._take_requests)
        self.refresh()

    def reopen(self) -> None:
        """Open the conversation that was open last, or the only one, unless one is opened meanwhile."""

        def ask(name: str | None) -> None:
            self._bridge.request(c.Conversations(), lambda found: self._reopen(name or "", found))

        self._bridge.request(c.ReadValue(LAST_OPENED), ask, lambda _: ask(None))

    def refresh(self) -> None:
        """Read anew what many events touch."""
        self._bridge.request(c.Conversations(), self._take_conversations)
        self._bridge.request(c.Status(), self._take_status)
        self._bridge.request(c.TakeUnshown(), self._take_unshown)

    # Reading.

    def contact(self) -> ContactView | None:
        """Give the contact of the open conversation."""
        known = self.conversations.get(self.current)
        return known.contact if known else None

    def unread(self) -> int:
        """Count unread messages of conversations that are not muted, and requests."""
        return sum(each.unread for each in self.conversations.values() if not each.muted) + len(self.requests)

    def open(self, name: str) -> None:
        """Open a conversation where its unread messages begin."""
        self._turn_to(name)
        if name in self.conversations:
            self._bridge.request(c.StoreValue(LAST_OPENED, name), None, lambda _: None)
        known = self.conversations.get(name)
        limit = min(MOST_UNREAD, max(PAGE, (known.unread if known else 0) + PAGE // 2))
        self._bridge.request(
            c.History(name, limit), lambda page: self._show(name, page), lambda error: self._not_opened(name, error)
        )

    def close_conversation(self) -> None:
        """Open no conversation."""
        self._turn_to("")
        self.room.clear()
        self._told().opened("")

    def newest(self) -> None:
        """Go back to the newest messages of the open conversation."""
        name = self.current
        self._bridge.request(c.History(name, PAGE), lambda page: self._show(name, page, keep_unread=True))

    def around(self, message: MessageView) -> None:
        """Load the messages around one, open its conversation where necessary, and tell when they are there."""
        name = message.conversation
        if self.room.conversation == self.current == name and self.room.row_of(message.id) is not None:
            self._told().jumped(message)
            return
        self._turn_to(name)

        def join(older: HistoryPage, newer: HistoryPage) -> None:
            both = HistoryPage(name, older.messages + newer.messages, older.more_before, newer.more_after)
            self._show(name, both)
            self._told().jumped(message)

        def then(older: HistoryPage) -> None:
            after = older.messages[-1].position if older.messages else message.position - 1
            self._bridge.request(c.History(name, PAGE, after=after), lambda newer: join(older, newer))

        self._bridge.request(c.History(name, PAGE, before=message.position + 1), then)

    def oldest(self) -> None:
        """Go to the first message of the open conversation."""
        name = self.current

        def show(page: HistoryPage) -> None:
            self._show(name, page, keep_unread=True)
            if page.messages and name == self.current:
                self._told().jumped(page.messages[0])

        self._bridge.request(c.History(name, PAGE, after=0), show)

    def older(self) -> None:
        """Load the page before the oldest message that is shown."""
        first = self.room.first
        if not self._paging and self.room.more_before and first is not None:
            self._page(c.History(self.current, PAGE, before=first), self.room.add_older)

    def newer(self) -> None:
        """Load the page after the newest message that is shown."""
        last = self.room.last
        if not self._paging and self.room.more_after and last is not None:
            self._page(c.History(self.current, PAGE, after=last), self.room.add_newer)

    def mark_read(self) -> None:
        """Tell the sender that the open conversation was read."""
        known = self.conversations.get(self.current)
        if known is not None and known.unread:
            self.conversations[self.current] = replace(known, unread=0)
            self._bridge.request(c.MarkRead(self.current))

    def keep_draft(self, name: str, text: str) -> None:
        """Keep what was written and not sent; nobody is told where that is impossible."""
        if name in self.conversations:
            self.conversations[name] = replace(self.conversations[name], draft=text)
            self._bridge.request(c.SetDraft(name, text), None, lambda _: None)

    def _turn_to(self, name: str) -> None:
        self.current = name
        self._told().turned(name)

    # Asking.

    def send(self, to: str, text: str, failed: Failed) -> None:
        """Send a text; another conversation than this is opened once the text is kept, if none was opened since."""
        where = self.current

        def then(message: MessageView) -> None:
            if message.conversation == self.room.conversation:
                self.room.end_unread()
            if message.conversation != where == self.current:
                self.ask(c.Conversations(), lambda found: self._begun(message.conversation, found))
            self._told().gather()

        self._bridge.request(self.shown.meant(c.Send(to, text)), then, failed)

    def show(self, message: MessageId) -> None:
        """Load the messages around one that is known by its id."""
        self._bridge.request(c.MessageInfo(message), lambda info: self.around(info.message))

    def retry(self, message: MessageView) -> None:
        """Try a failed message again."""

        def then(again: MessageView) -> None:
            self.room.change(again)
            self._told().changed(ScreenPart.ROOM)

        self._bridge.request(c.Retry(message.id, message.conversation), then)

    def call(self, address: Address, name: str | None, failed: Failed) -> None:
        """Start a direct conversation."""

        def refused(error: BabiluError) -> None:
            self.connection_status.end_call(address)
            self._told().changed(ScreenPart.STANDING)
            failed(error)

        self.connection_status.begin_call(address)
        self._told().changed(ScreenPart.STANDING)
        self._bridge.request(c.Call(address, name), None, refused)

    def ask(
        self,
        command: c.Command[Any],
        done: "Callable[[Any], None] | None" = None,
        failed: Failed | None = None,
    ) -> None:
        """Ask for anything else."""

        def then(answer: object) -> None:
            if done is not None:
                done(answer)
            self._told().gather()

        self._bridge.request(command, then, failed)

    # Hearing.

    def hear(self, heard: Heard) -> None:
        """Take what was told; messages of one batch are shown together."""
        if isinstance(heard, Missed):
            self.start()
            if self.current:
                self.newest()
            return
        messages: list[MessageView] = []
        for event in heard:
            if isinstance(event, e.MessageArrived | e.MessageQueued | e.LineAdded):
                messages.append(event.message)
                continue
            if messages:
                self._take_messages(messages)
                messages = []
            self._take(event)
        if messages:
            self._take_messages(messages)

    def refused(self, error: BabiluError) -> None:
        """Hear of a request that failed and that nobody listens to."""
        self._paging = False
        self._told().failed(error)

    def _told(self) -> Watcher:
        if self._watcher is None:
            raise RuntimeError("somebody must watch")
        return self._watcher

    def _take_messages(self, messages: list[MessageView]) -> None:
        shown = self.room.arrive(messages)
        texts = [message for message in messages if message.kind is MessageKind.TEXT]
        for message in {message.conversation: message for message in texts}.values():
            old = self.conversations.get(message.conversation)
            if old is not None and (old.last is None or old.last.position <= message.position):
                self.conversations[message.conversation] = replace(old, last=message)
        self._told().changed(ScreenPart.LIST | (ScreenPart.ROOM if shown else ScreenPart(0)))
        self._told().gather()
        others = tuple(message for message in texts if not message.outgoing)
        if others:
            self._told().arrived(others)

    def _take(self, event: e.Event) -> None:
        """Take over what an event says; what it touches besides is read anew."""
        match event:
            case e.MessageStateChanged(message, conversation, state, held_until, error):
                # The id is its sender's choice, and may be that of a message of another conversation.
                if conversation == self.room.conversation:
                    self.room.change_state(message, state, held_until, error)
                    self._told().changed(ScreenPart.ROOM)
            case e.MessageDeleted(message, conversation):
                if conversation == self.room.conversation:
                    self.room.remove(message)
                    self._told().changed(ScreenPart.ROOM)
            case e.RequestArrived(request):
                self.requests[request.id] = request
                self.shown.request(request)
                self._told().changed(ScreenPart.LIST)
                self._told().told(event)
            case e.RequestClosed(request_id):
                self.requests.pop(request_id, None)
                self._told().changed(ScreenPart.LIST)
            case e.ContactChanged(contact):
                self._change_contact(contact)
            case e.GapNoticed(conversation, _, in_all):
                self.gaps[conversation] = in_all
                self._told().changed(ScreenPart.CONTACT)
            case e.ConversationChanged() | e.PresenceChanged() | e.MessageArrived() | e.MessageQueued() | e.LineAdded():
                pass
            case _:
                self._take_standing(event)
                return
        self._told().gather()

    def _take_standing(
        self,
        event: e.Ready
        | e.Registered
        | e.LinkChanged
        | e.CallPending
        | e.CallFailed
        | e.PeerChanged
        | e.ListeningChanged
        | e.IdentityChanged
        | e.NoticeArrived
        | e.Progress
        | e.Warned
        | e.AlarmRaised
        | e.Closed,
    ) -> None:
        """Follow where the client stands."""
        match event:
            case e.LinkChanged():
                self.connection_status.take_link(event)
                self._told().gather()
            case e.ListeningChanged(address):
                self.connection_status.listening = address
            case e.CallPending() | e.CallFailed():
                self.connection_status.take_call(event)
            case e.PeerChanged(_, state, _, address):
                if state is PeerState.CONNECTED:
                    self.connection_status.end_call(address)
                self._told().gather()
            case e.Progress():
                self.connection_status.take_progress(event)
            case e.IdentityChanged():
                self._told().gather()
            case e.Ready() | e.Registered() | e.NoticeArrived() | e.Warned() | e.AlarmRaised() | e.Closed():
                pass
            case _:
                assert_never(event)
        self._told().changed(ScreenPart.STANDING)
        self._told().told(event)

    def _change_contact(self, contact: ContactView) -> None:
        self.shown.contact(contact)
        old = self.conversations.get(contact.name)
        if old is not None:
            self.conversations[contact.name] = replace(old, contact=contact)
            self._told().changed(ScreenPart.LIST | ScreenPart.CONTACT)

    def _take_status(self, status: StatusView) -> None:
        self.connection_status.take_status(status)
        self._told().changed(ScreenPart.STANDING)

    def _take_conversations(self, conversations: tuple[ConversationView, ...]) -> None:
        self.conversations = {each.contact.name: each for each in conversations}
        for each in conversations:
            self.shown.contact(each.contact)
        connected = tuple(each.contact.name for each in conversations if each.contact.connected)
        self.connection_status.connected = connected
        self._told().changed(ScreenPart.LIST | ScreenPart.CONTACT | ScreenPart.STANDING)

    def _take_requests(self, requests: tuple[RequestView, ...]) -> None:
        self.requests = {each.id: each for each in requests}
        self.shown.answer(requests)
        self._told().changed(ScreenPart.LIST)

    def _take_unshown(self, messages: tuple[MessageView, ...]) -> None:
        """Record as shown what arrived: it is in the history and counted as unread, so that no other shows it again."""
        if messages:
            self._bridge.request(c.TakeUnshown(), self._take_unshown)

    def _reopen(self, name: str, conversations: tuple[ConversationView, ...]) -> None:
        self._take_conversations(conversations)
        only = next(iter(self.conversations)) if len(self.conversations) == 1 else ""
        name = name if name in self.conversations else only
        if name and not self.current:
            self.open(name)

    def _begun(self, name: str, conversations: tuple[ConversationView, ...]) -> None:
        self._take_conversations(conversations)
        self.open(name)

    def _show(self, name: str, page: HistoryPage, *, keep_unread: bool = False) -> None:
        if name == self.current:
            self._paging = False
            self.room.show(page, keep_unread=keep_unread)
            self._told().opened(name)

    def _not_opened(self, name: str, error: BabiluError) -> None:
        """Begin with nothing where nothing was ever written."""
        if name != self.current or name in self.conversations:
            self.refused(error)
        else:
            self._show(name, HistoryPage(name, (), more_before=False, more_after=False))

    def _page(self, command: c.History, add: Callable[[HistoryPage], None]) -> None:
        self._paging = True

        def take(page: HistoryPage) -> None:
            self._paging = False
            if page.conversation == self.room.conversation:
                add(page)
                self._told().changed(ScreenPart.ROOM)

        self._bridge.request(command, take)
