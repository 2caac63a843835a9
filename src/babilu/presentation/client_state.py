"""Client state of a face: what the client has told; it draws nothing, a `Watcher` hears what changed.

What an event says is applied as it comes, and nothing is asked for again. The client is asked where an event does not
say all (`Stale`), once for all that comes within a moment, and after `Missed`. A list that was asked for before an
event may be older than it: then it is asked for once more.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final, cast

from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.group_views import GroupView
from babilu.api.views import (
    ContactView,
    ConversationView,
    HistoryPage,
    MessageView,
    PeerState,
    RecordingView,
    RequestView,
    ScheduledView,
    StatusView,
)
from babilu.kernel.errors import BabiluError
from babilu.kernel.ids import ConversationId
from babilu.kernel.states import ConversationKind, MessageKind, PlayingState, RecordingState, TextState
from babilu.presentation.changes import Changes
from babilu.presentation.client_bridge import ClientBridge, Heard
from babilu.presentation.connection_status import ConnectionStatus
from babilu.presentation.event_queue import Missed
from babilu.presentation.file_model import FileModel
from babilu.presentation.group_model import GroupModel, with_group
from babilu.presentation.history_pages import Pages
from babilu.presentation.media_list import MediaList
from babilu.presentation.message_window import PAGE, Window, advanced
from babilu.presentation.shown_people import ShownPeople
from babilu.presentation.voice_model import VoiceModel, kept_of, refusal_of
from babilu.presentation.watcher import ScreenPart, Stale, Watcher

MOST_UNREAD: Final = 1_000
"""Most messages that the client gives at once."""

UNSHOWN: Final = 100
"""Messages recorded as shown at once."""


def is_begun(view: ConversationView) -> bool:
    """Tell whether a conversation is with somebody, or is notes in which something was written."""
    return view.kind is not ConversationKind.NOTES or view.last is not None


class ClientState:
    """What the client has told.

    Args:
        bridge: The way to the client.
        status: Follows where the client stands.
        room: The window on the conversation that is open.

    Attributes:
        conversations: By name of the contact, in the order of the list.
        requests: Requests of strangers that wait for a decision, by their ids.
        shown: Whom the names mean that were shown.
        files: Follows and moves files of messages.
        groups: Follows groups, and what waits for a decision about them.
        media: What is listed of a conversation beside its words, or None where nothing was.
        voice: Records and plays voice notes.
        pages: Loads what is before and after what is shown.
        current: To whom one writes; its messages may still be on their way. Empty for nobody.
        gaps: How many messages are missing from a conversation.
        typing: Who is typing in a conversation.
        scheduled: Texts that are sent later, by their numbers.
    """

    def __init__(self, bridge: ClientBridge, status: ConnectionStatus, room: Window) -> None:
        self._asks = bridge
        self._watcher: Watcher | None = None
        self.connection_status = status
        self.conversations: dict[str, ConversationView] = {}
        self.requests: dict[str, RequestView] = {}
        self.shown = ShownPeople()
        self.room = room
        self.pages = Pages(
            bridge,
            room,
            lambda name: self._told().opened(name),
            lambda: self._told().changed(ScreenPart.ROOM),
            lambda error: self._told().failed(error),
        )
        self.files = FileModel(bridge, room, lambda: self._told().changed(ScreenPart.ROOM), status.clock.monotonic_ms)
        self.groups = GroupModel(bridge, self._group_changed)
        self.media: MediaList | None = None
        self.voice = VoiceModel(bridge, room, lambda: self._told().changed(ScreenPart.VOICE))
        self.current = ""
        self.gaps: dict[str, int] = {}
        self.typing: dict[str, frozenset[str]] = {}
        self.scheduled: dict[int, ScheduledView] = {}
        self._changes = Changes()
        self._stale = Stale(0)
        self._outdated = False
        self._unread: dict[str, int] = {}
        self._reading: dict[str, int] = {}
        self._unshown: set[str] = set()
        # What one marks as unread while it is open stays so until it is opened again.
        self._left_unread = ""

    def watch(self, watcher: Watcher) -> None:
        """Say who draws, before anything is asked for."""
        self._watcher = watcher

    def start(self) -> None:
        """Read everything that the first picture needs."""
        self._reading.clear()
        self._asks.request(c.Status(), self._take_status)
        self._ask_for_list()
        self._asks.request(c.Requests(), self._take_requests)
        self.groups.start()
        self._asks.request(c.Scheduled(), self._take_scheduled)
        self._asks.request(c.TakeUnshown(UNSHOWN, seen=False), self._take_unshown)

    def refresh(self) -> None:
        """Ask for what events have made stale; a client that is still being opened is asked by `start`."""
        stale, self._stale = self._stale, Stale(0)
        if not self._asks.is_open:
            return
        if Stale.LIST in stale:
            self._ask_for_list()
        if Stale.STATUS in stale:
            self._asks.request(c.Status(), self._take_counts)
        if Stale.UNSHOWN in stale and self._unshown:
            self._unshown.clear()
            self._asks.request(c.TakeUnshown(UNSHOWN, seen=False), self._take_unshown)

    def open(self, name: str) -> None:
        """Open a conversation where its unread messages begin."""
        self._turn_to(name)
        known = self.conversations.get(name)
        limit = min(MOST_UNREAD, max(PAGE, (known.unread if known else 0) + PAGE // 2))
        self.pages.open(name, limit, is_new=known is None)

    def forget(self) -> None:
        """Forget a client that was left: the next profile has other people, also of the same names."""
        self.conversations, self.requests, self.gaps, self.typing = {}, {}, {}, {}
        self.scheduled = {}
        self.shown, self._changes = ShownPeople(), Changes()
        self._stale, self._outdated = Stale(0), False
        self._unread, self._reading, self._unshown = {}, {}, set()
        self._turn_to("")
        self.pages.clear()
        self.files.forget()
        self.groups.forget()
        self.media = None
        self.voice.forget()
        self._told().opened("")
        self._told().changed(ScreenPart.LIST)

    def newest(self) -> None:
        """Go back to the newest messages of the open conversation."""
        self.pages.open(self.current, PAGE, keep_unread=True)

    def list_media(self, conversation: ConversationId, changed: Callable[[], None]) -> MediaList:
        """Make the list of what a conversation has beside words, in place of the one before; it follows events."""
        if self.media is not None:
            self.media.stop()
        self.media = MediaList(self._asks, conversation.hex(), changed)
        return self.media

    # Hearing.

    def hear(self, heard: Heard) -> None:
        """Take what was told; messages of one batch are shown together."""
        if isinstance(heard, Missed):
            self.start()
            if self.current:
                self.newest()
            if self.media is not None:
                self.media.show(self.media.kind)
            return
        messages: list[MessageView] = []
        for event in heard:
            if isinstance(event, e.MessageArrived | e.MessageQueued | e.LineAdded):
                messages.append(event.message)
                continue
            if messages:
                self._take_messages(messages)
                messages = []
            self._take_content(event)
            if self.media is not None:
                self.media.hear(event)
            self._told().told(event)
        if messages:
            self._take_messages(messages)

    def refused(self, error: BabiluError) -> None:
        """Hear of a request that failed and that nobody listens to."""
        self._told().failed(error)

    def _told(self) -> Watcher:
        if self._watcher is None:
            raise RuntimeError("somebody must watch")
        return self._watcher

    def _turn_to(self, name: str) -> None:
        self.current, self._left_unread = name, ""
        self._told().turned(name)
        self._learn_group()

    def _gather(self, stale: Stale) -> None:
        self._stale |= stale
        self._told().gather()

    def _take_messages(self, messages: list[MessageView]) -> None:
        shown = self.room.arrive(messages)
        texts = [message for message in messages if message.kind is MessageKind.TEXT]
        for message in texts:
            self._take_last(message)
        # Of a text of which only the beginning is here nobody is told yet: it is told of once more when it is whole.
        others = tuple(each for each in texts if not each.outgoing and each.text_state is not TextState.COMING)
        if len(others) < len(messages):
            self._gather(Stale.STATUS)
        for message in others:
            self._unread[message.conversation] = self._changes.asked + 1
            self._unshown.add(message.conversation)
        self._told().changed(ScreenPart.LIST | (ScreenPart.ROOM if shown else ScreenPart(0)))
        if others:
            self._gather(Stale.UNSHOWN)
            self._told().arrived(others)

    def _take_last(self, message: MessageView) -> None:
        """Show a message in its row, which comes before those with older ones; ask where there is none yet."""
        name = message.conversation
        old = self.conversations.get(name)
        self._outdated = True
        if old is None:
            self._gather(Stale.LIST)
            return
        if old.last is not None and old.last.position >= message.position:
            # The list knew of it before it was told, or knew of others after it.
            if old.last.position > message.position:
                self._gather(Stale.LIST)
            return
        old = replace(old, last=message, unread=old.unread + message.unread, mentions=old.mentions + message.mentioned)
        others = {each: view for each, view in self.conversations.items() if each != name}
        pinned = {each: view for each, view in others.items() if view.pinned and not old.pinned}
        self.conversations = {**pinned, name: old, **others}

    def _take(self, event: e.Event) -> None:
        """Take over what an event says; what it leaves open is read anew."""
        match event:
            case (
                e.MessageStateChanged()
                | e.MessageDeleted()
                | e.MessageExpired()
                | e.ClockStarted()
                | e.MessageEdited()
                | e.TextStateChanged()
                | e.LineChanged()
                | e.LineRemoved()
                | e.ReactionsChanged()
                | e.MessagePinned()
                | e.ConversationCleared()
            ):
                self._take_change(event)
            case e.RequestArrived(request):
                self.requests[request.id] = request
                self.shown.request(request)
                self._told().changed(ScreenPart.LIST)
            case e.RequestClosed(request_id):
                self.requests.pop(request_id, None)
                self._told().changed(ScreenPart.LIST)
                self._gather(Stale.LIST)
            case e.ContactRenamed(before, _, contact):
                self._rename(before, contact)
            case e.ContactChanged(contact):
                self._change_contact(contact)
                self._gather(Stale.LIST)
            case e.GapNoticed():
                self.gaps[event.conversation] = event.in_all
                if not event.in_all:
                    del self.gaps[event.conversation]
                self._told().changed(ScreenPart.CONTACT)
            case e.TypingChanged():
                others = self.typing.get(event.conversation, frozenset()) - {event.sender}
                self.typing[event.conversation] = others | {event.sender} if event.active else others
                self._told().changed(ScreenPart.LIST | ScreenPart.CONTACT)
            case e.ConversationChanged():
                if self._expected(event.name):
                    # All that came before it was read, also what came after that was asked for.
                    self._read(event.name)
                else:
                    self._gather(Stale.LIST)
            case e.PresenceChanged() | e.IdentityChanged() | e.TimerChanged() | e.OwnHistoryCame():
                self._gather(Stale.LIST)
            case _:
                self._take_standing(event)
                self._told().changed(ScreenPart.STANDING)

    def _take_content(self, event: e.Event) -> None:
        """Take over what is told of files, voice notes and groups, or else of anything."""
        match event:
            case e.FileTransfer() | e.FileSaved() | e.FilesFreed():
                self.files.take(event)
            case e.RecordingChanged(recording):
                self._take_recording(recording)
            case (
                e.GroupChanged()
                | e.GroupInvited()
                | e.GroupInvitationClosed()
                | e.JoinRequested()
                | e.JoinRequestClosed()
            ):
                self.groups.take(event)
            case e.HistoryShared(conversation):
                if conversation == self.current:
                    self.newest()
            case e.PlayingChanged():
                self.voice.take(event)
                if event.state is PlayingState.FAILED:
                    self._told().failed(refusal_of(event.error))
            case _:
                self._take(event)

    def _take_recording(self, recording: RecordingView) -> None:
        known = self.conversations.get(recording.conversation)
        if known is not None:
            # A list that was asked for before does not know of it.
            self._outdated = recording.state is not RecordingState.RECORDING or self._outdated
            self.conversations[recording.conversation] = replace(known, recording=kept_of(recording))
        if recording.state is RecordingState.GONE and recording.error is not None:
            # Nothing of it is left that could say why.
            self._told().failed(refusal_of(recording.error))
        waits = recording.state is not RecordingState.RECORDING
        self._told().changed(ScreenPart.VOICE | (ScreenPart.LIST if waits else ScreenPart(0)))

    def _group_changed(self, group: GroupView | None) -> None:
        """Show a group in its row as it is now, or what waits for a decision."""
        old = None if group is None else self.conversations.get(group.conversation)
        if group is None or old is None:
            self._gather(Stale.LIST)
        else:
            self._outdated = True
            self.conversations[group.conversation] = with_group(old, group)
            present = {member.name for member in group.members} if group.role is not None else set()
            # Nobody tells any more that somebody has stopped who is out, or to whom one is out.
            self.typing[group.conversation] = self.typing.get(group.conversation, frozenset()) & present
        self._told().changed(ScreenPart.LIST | ScreenPart.CONTACT)

    def _learn_group(self) -> None:
        """Ask who is in the open group, unless that is known."""
        known = self.conversations.get(self.current)
        if known is not None and known.kind is ConversationKind.GROUP and self.groups.of(self.current) is None:
            self.groups.read(self.current)

    def _take_change(self, event: e.Event) -> None:
        """Take over what has become of messages; an id may stand in several conversations."""
        match event:
            case e.MessageStateChanged():
                if event.conversation == self.room.conversation:
                    self.room.change_state(event)
                    self._told().changed(ScreenPart.ROOM)
                self._change_last(event)
                self._gather(Stale.STATUS)
            case e.MessageDeleted() | e.MessageExpired() | e.LineRemoved():
                if event.conversation == self.room.conversation:
                    for_all = isinstance(event, e.MessageDeleted) and event.for_all
                    by = event.sender if isinstance(event, e.MessageDeleted) else None
                    self.room.erase(event.message, leaves_line=for_all, by=by)
                    self._told().changed(ScreenPart.ROOM)
                self._gather(Stale.LIST)
            case e.MessageEdited(view) | e.TextStateChanged(view) | e.LineChanged(view) | e.ReactionsChanged(view):
                self._change_message(view)
                self._tell_mention(event)
            case e.ClockStarted():
                row = self.room.row_of(event.message)
                if event.conversation == self.room.conversation and row is not None:
                    self.room.change(replace(self.room.messages[row], expires_at=event.expires_at))
                    self._told().changed(ScreenPart.ROOM)
            case e.MessagePinned(pin):
                row = self.room.row_of(pin.message)
                if pin.conversation == self.room.conversation and row is not None:
                    self.room.change(replace(self.room.messages[row], pinned=pin.on))
                    self._told().changed(ScreenPart.ROOM)
            case e.ConversationCleared():
                if event.conversation == self.room.conversation:
                    self.room.show(HistoryPage(event.conversation, (), more_before=False, more_after=False))
                    self._told().changed(ScreenPart.ROOM)
                self.gaps.pop(event.conversation, None)
                self._gather(Stale.LIST)
            case _:
                raise TypeError(type(event).__name__)

    def _tell_mention(self, event: e.Event) -> None:
        """Tell of an edit that mentions oneself as the first wording of its message."""
        if isinstance(event, e.MessageEdited) and event.mentions:
            # An unread one counts among those that mention oneself.
            self._gather(Stale.LIST)
            self._told().mentioned(event.message)

    def _change_message(self, message: MessageView) -> None:
        """Show a message as it is now, in its place, in quotes and in the list."""
        if message.conversation == self.room.conversation:
            self.room.change(message)
            self.room.quote(message)
            self._told().changed(ScreenPart.ROOM)
        known = self.conversations.get(message.conversation)
        if known is not None and known.last is not None and known.last.id == message.id:
            self._outdated = True
            self.conversations[message.conversation] = replace(known, last=message)
            self._told().changed(ScreenPart.LIST)

    def _change_last(self, event: e.MessageStateChanged) -> None:
        known = self.conversations.get(event.conversation)
        if known is not None and known.last is not None and known.last.id == event.message:
            self._outdated = True
            self.conversations[event.conversation] = replace(known, last=advanced(known.last, event))
            self._told().changed(ScreenPart.LIST)

    def _take_standing(self, event: e.Event) -> None:
        """Follow where the client stands, and what it sends later."""
        match event:
            case e.ScheduledChanged(view, gone):
                self.scheduled = {number: each for number, each in self.scheduled.items() if number != view.number}
                if not gone:
                    self.scheduled[view.number] = view
                self._told().changed(ScreenPart.SCHEDULED)
            case e.LinkChanged():
                self.connection_status.take_link(event)
                self._gather(Stale.LIST | Stale.STATUS)
            case e.OwnPictureChanged(picture):
                self.connection_status.picture = picture
            case e.ListeningChanged(address):
                self.connection_status.listening = address
            case e.CallPending() | e.CallFailed():
                self.connection_status.take_call(event)
            case e.PeerChanged(_, state, _, address):
                if state is PeerState.CONNECTED:
                    self.connection_status.end_call(address)
                self._gather(Stale.LIST | Stale.STATUS)
            case e.Progress():
                self.connection_status.take_progress(event)
            case _:
                pass

    def _rename(self, before: str, contact: ContactView) -> None:
        """Show a person under another name: what is open under the former one is opened anew."""
        self.shown.contact(contact)
        known = self.conversations.pop(before, None)
        if known is not None:
            self.conversations[contact.name] = replace(known, label=contact.name, contact=contact)
        for kept in cast("tuple[dict[str, Any], ...]", (self.gaps, self.typing, self._unread, self._reading)):
            if before in kept:
                kept[contact.name] = kept.pop(before)
        self._gather(Stale.LIST)
        self._told().changed(ScreenPart.LIST | ScreenPart.CONTACT)
        if self.current == before:
            self.open(contact.name)

    def _change_contact(self, contact: ContactView) -> None:
        self.shown.contact(contact)
        old = self.conversations.get(contact.name)
        if old is not None:
            self.conversations[contact.name] = self._changes.over(replace(old, contact=contact))
            self._told().changed(ScreenPart.LIST | ScreenPart.CONTACT)

    def _read(self, name: str) -> None:
        known = self.conversations.get(name)
        if known is not None and (known.unread or known.marked_unread):
            self._outdated = True
            self.conversations[name] = replace(known, unread=0, mentions=0, marked_unread=False)
            self._told().changed(ScreenPart.LIST)
        if self._unread.pop(name, None) is not None:
            self._told().read(name)

    # Answers.

    def _take_status(self, status: StatusView) -> None:
        self.connection_status.take_status(status)
        self._told().changed(ScreenPart.STANDING)

    def _take_counts(self, status: StatusView) -> None:
        """Take over what no event tells; the link's events are newer than an answer may be."""
        known = self.connection_status
        told = (status.queued, status.listening, status.file_bytes, status.files_kept_ms)
        if told != (known.queued, known.listening, known.file_bytes, known.files_kept_ms):
            self._take_status(status)

    def _ask_for_list(self, then: Callable[[], None] | None = None) -> None:
        number = self._changes.ask()
        self._outdated = False

        def take(conversations: tuple[ConversationView, ...]) -> None:
            self._take_list(number, conversations)
            if then is not None:
                then()

        self._asks.request(c.Conversations(), take)

    def _take_list(self, number: int, conversations: tuple[ConversationView, ...]) -> None:
        self._changes.came(number)
        # A group that one was added to is an invitation until it is accepted; one that one has left stays to be read.
        listed = [each for each in conversations if each.accepted or each.role is None]
        self.conversations = {each.label: self._changes.over(each) for each in listed}
        for name in self._reading:
            # What comes until the client tells that it was read is read, too.
            if name in self.conversations:
                known = self.conversations[name]
                self.conversations[name] = replace(known, unread=0, mentions=0, marked_unread=False)
        contacts = [each.contact for each in conversations if each.contact is not None]
        for contact in contacts:
            self.shown.contact(contact)
        self.connection_status.connected = tuple(contact.name for contact in contacts if contact.connected)
        if self._outdated:
            self._gather(Stale.LIST)
        self._learn_group()
        for name, since in tuple(self._unread.items()):
            # A list that was asked for before a message came does not know of it.
            view = self.conversations.get(name)
            if number >= since and (view is None or not view.unread):
                del self._unread[name]
                self._told().read(name)
        self._told().changed(ScreenPart.LIST | ScreenPart.CONTACT | ScreenPart.STANDING)

    def _take_requests(self, requests: tuple[RequestView, ...]) -> None:
        self.requests = {each.id: each for each in requests}
        self.shown.answer(requests)
        self._told().changed(ScreenPart.LIST)

    def _take_scheduled(self, scheduled: tuple[ScheduledView, ...]) -> None:
        self.scheduled = {each.number: each for each in scheduled}
        self._told().changed(ScreenPart.SCHEDULED)

    def _take_unshown(self, messages: tuple[MessageView, ...]) -> None:
        """Record as shown what arrived: it is in the history and counted as unread, so that no other shows it again."""
        if len(messages) >= UNSHOWN:
            self._asks.request(c.TakeUnshown(UNSHOWN, seen=False), self._take_unshown)

    def _expected(self, name: str) -> bool:
        """Tell whether an event about a conversation was waited for as the echo of a command, and wait no longer."""
        waited = self._reading.get(name, 0)
        if waited > 1:
            self._reading[name] = waited - 1
        else:
            self._reading.pop(name, None)
        return waited > 0
