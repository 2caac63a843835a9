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
from babilu.presentation.client_bridge import ClientBridge, Heard
from babilu.presentation.connection_status import ConnectionStatus
from babilu.presentation.conversation_rows import ConversationRows
from babilu.presentation.event_queue import Missed
from babilu.presentation.file_model import FileModel
from babilu.presentation.group_model import GroupModel, with_group
from babilu.presentation.history_pages import Pages, PageSource
from babilu.presentation.media_list import MediaList
from babilu.presentation.message_changes import MessageChanges
from babilu.presentation.message_window import PAGE, Window
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
        listed: The rows of the list.
        requests: Requests of strangers that wait for a decision, by their ids.
        shown: Whom the names mean that were shown.
        files: Follows and moves files of messages.
        groups: Follows groups, and what waits for a decision about them.
        media: What is listed of a conversation beside its words, or None where nothing was.
        voice: Records and plays voice notes.
        pages: Loads what is before and after what is shown.
        here: What faces hold of the conversation in which one writes, and give to commands: its id in hex, which no
            rename moves, or the name of somebody with whom there is none yet. Empty for nobody. It stays while one
            writes there.
        current_id: The conversation in which one writes; its messages may still be on their way. None for nobody, and
            for somebody with whom there is no conversation yet.
        gaps: How many messages are missing from a conversation.
        typing: Who is typing in a conversation.
        scheduled: Texts that are sent later, by their numbers.
    """

    def __init__(self, bridge: ClientBridge, status: ConnectionStatus, room: Window) -> None:
        self._asks = bridge
        self._watcher: Watcher | None = None
        self.connection_status = status
        self.listed = ConversationRows()
        self.requests: dict[str, RequestView] = {}
        self.shown = ShownPeople()
        self.room = room
        self.pages = Pages(
            bridge,
            room,
            self._page_shown,
            lambda: self._told().changed(ScreenPart.ROOM),
            lambda error: self._told().failed(error),
        )
        self.files = FileModel(bridge, room, lambda: self._told().changed(ScreenPart.ROOM), status.clock.monotonic_ms)
        self.groups = GroupModel(bridge, self._group_changed)
        self.media: MediaList | None = None
        self.voice = VoiceModel(bridge, room, lambda: self._told().changed(ScreenPart.VOICE))
        self.current_id: ConversationId | None = None
        self.here = ""
        self.gaps: dict[ConversationId, int] = {}
        self.typing: dict[ConversationId, frozenset[str]] = {}
        self.scheduled: dict[int, ScheduledView] = {}
        self._message_changes = MessageChanges(room, lambda parts: self._told().changed(parts), self._gather)
        self._stale = Stale(0)
        self._unshown: set[ConversationId] = set()
        # What one marks as unread while it is open stays so until it is opened again.
        self._left_unread: ConversationId | None = None

    @property
    def conversations(self) -> dict[str, ConversationView]:
        """The rows of the list by what people call them now, in order."""
        return self.listed.by_label()

    @property
    def current(self) -> str:
        """What people call the conversation in which one writes now; empty for nobody."""
        known = self.listed.get(self.current_id)
        return self.here if known is None else known.label

    def view(self, name: str) -> ConversationView | None:
        """Give the row of a conversation that is meant by what faces hold of it, or by a label."""
        return self.listed.get(self.current_id) if name and name == self.here else self.listed.named(name)

    def name_of(self, name: str) -> str:
        """Give the label of a conversation by what faces hold of it."""
        known = self.view(name)
        return name if known is None else known.label

    def address(self, name: str) -> str:
        """Give what commands call a conversation: its id where it is listed, which no rename gives to another one."""
        known = self.view(name)
        return name if known is None else known.id.hex()

    def watch(self, watcher: Watcher) -> None:
        """Say who draws, before anything is asked for."""
        self._watcher = watcher

    def start(self) -> None:
        """Read everything that the first picture needs."""
        self.listed.start_anew()
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
        known = self.listed.named(name)
        self._turn_to(name if known is None else known.id)
        limit = min(MOST_UNREAD, max(PAGE, (known.unread if known else 0) + PAGE // 2))
        self.pages.open(self._place(), limit, is_new=known is None)

    def write_to_nobody(self) -> None:
        """Leave the open conversation, of whose messages nothing else is shown instead."""
        self.current_id, self.here = None, ""

    def forget(self) -> None:
        """Forget a client that was left: the next profile has other people, also of the same names."""
        self.requests, self.gaps, self.typing, self.scheduled = {}, {}, {}, {}
        self.shown, self.listed = ShownPeople(), ConversationRows()
        self._stale, self._unshown = Stale(0), set()
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
        self.pages.open(self._place(), PAGE, keep_unread=True)

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

    def _turn_to(self, whom: ConversationId | str) -> None:
        """Write in a conversation from now on, or to somebody new by name."""
        self.here = whom if isinstance(whom, str) else whom.hex()
        self.current_id, self._left_unread = None if isinstance(whom, str) else whom, None
        self._told().turned(self.here)
        self._learn_group()

    def _read_anew(self) -> None:
        """Read again what is open: its messages name who wrote them, and their conversation, otherwise now."""
        self.pages.open(self._place(), max(PAGE, len(self.room.messages)), keep_unread=True)

    def _place(self) -> PageSource:
        """Give the open conversation as pages are asked for."""
        return PageSource(self.current, self.current_id)

    def _page_shown(self) -> None:
        """Show what was opened; by its page it is known where one writes to whom the list does not have."""
        if self.current_id is None and self.here:
            self.current_id = self.room.conversation_id
        self._told().opened(self.here)

    def _gather(self, stale: Stale) -> None:
        self._stale |= stale
        self._told().gather()

    def _begin_with(self, messages: list[MessageView]) -> None:
        """Learn where one writes to somebody new: the first message of it says so."""
        begun = next((each for each in messages if each.conversation == self.here), None)
        if self.current_id is None and begun is not None:
            self.current_id = begun.conversation_id
            if self.room.conversation == self.here and self.room.conversation_id is None:
                self.room.conversation_id = begun.conversation_id

    def _take_messages(self, messages: list[MessageView]) -> None:
        self._begin_with(messages)
        shown = self.room.arrive(messages)
        texts = [message for message in messages if message.kind is MessageKind.TEXT]
        for message in texts:
            self._take_last(message)
        # Of a text of which only the beginning is here nobody is told yet: it is told of once more when it is whole.
        others = tuple(each for each in texts if not each.outgoing and each.text_state is not TextState.COMING)
        if len(others) < len(messages):
            self._gather(Stale.STATUS)
        for message in others:
            self.listed.came(message)
            self._unshown.add(message.conversation_id)
        self._told().changed(ScreenPart.LIST | (ScreenPart.ROOM if shown else ScreenPart(0)))
        if others:
            self._gather(Stale.UNSHOWN)
            self._told().arrived(others)

    def _take_last(self, message: MessageView) -> None:
        """Show a message in its row, which comes before those with older ones; ask where there is none yet."""
        old = self.listed.get(message.conversation_id)
        self.listed.is_outdated = True
        if old is None:
            self._gather(Stale.LIST)
            return
        if old.last is not None and old.last.position >= message.position:
            # The list knew of it before it was told, or knew of others after it.
            if old.last.position > message.position:
                self._gather(Stale.LIST)
            return
        old = replace(old, last=message, unread=old.unread + message.unread, mentions=old.mentions + message.mentioned)
        self.listed.put_first(old)

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
                self._message_changes.take(event, self.listed)
                self._follow_change(event)
            case e.RequestArrived(request):
                self.requests[request.id] = request
                self.shown.request(request)
                self._told().changed(ScreenPart.LIST)
            case e.RequestClosed(request_id):
                self.requests.pop(request_id, None)
                self._told().changed(ScreenPart.LIST)
                self._gather(Stale.LIST)
            case e.ContactRenamed(before, conversation, contact):
                self._rename(before, conversation, contact)
            case e.ContactChanged(contact):
                self._change_contact(contact)
                self._gather(Stale.LIST)
            case e.GapNoticed():
                self._take_gap(event)
            case e.TypingChanged():
                others = self.typing.get(event.conversation_id, frozenset()) - {event.sender}
                self.typing[event.conversation_id] = others | {event.sender} if event.active else others
                self._told().changed(ScreenPart.LIST | ScreenPart.CONTACT)
            case e.ConversationChanged():
                if self.listed.was_expected(event.conversation_id):
                    # All that came before it was read, also what came after that was asked for.
                    self._read(event.conversation_id)
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
            case e.HistoryShared():
                if event.conversation_id == self.current_id:
                    self.newest()
            case e.PlayingChanged():
                self.voice.take(event)
                if event.state is PlayingState.FAILED:
                    self._told().failed(refusal_of(event.error))
            case _:
                self._take(event)

    def _take_recording(self, recording: RecordingView) -> None:
        known = self.listed.get(recording.conversation_id)
        if known is not None:
            # A list that was asked for before does not know of it.
            show = self.listed.show_again if recording.state is RecordingState.RECORDING else self.listed.put
            show(replace(known, recording=kept_of(recording)))
        if recording.state is RecordingState.GONE and recording.error is not None:
            # Nothing of it is left that could say why.
            self._told().failed(refusal_of(recording.error))
        waits = recording.state is not RecordingState.RECORDING
        self._told().changed(ScreenPart.VOICE | (ScreenPart.LIST if waits else ScreenPart(0)))

    def _group_changed(self, group: GroupView | None) -> None:
        """Show a group in its row as it is now, or what waits for a decision."""
        old = None if group is None else self.listed.get(group.conversation_id)
        if group is None or old is None:
            self._gather(Stale.LIST)
        else:
            self.listed.put(with_group(old, group))
            present = {member.name for member in group.members} if group.role is not None else set()
            # Nobody tells any more that somebody has stopped who is out, or to whom one is out.
            self.typing[old.id] = self.typing.get(old.id, frozenset()) & present
        self._told().changed(ScreenPart.LIST | ScreenPart.CONTACT)

    def _learn_group(self) -> None:
        """Ask who is in the open group, unless that is known."""
        known = self.listed.get(self.current_id)
        if known is not None and known.kind is ConversationKind.GROUP and self.groups.of(known.label) is None:
            self.groups.read(known.label)

    def _take_gap(self, event: e.GapNoticed) -> None:
        self.gaps[event.conversation_id] = event.in_all
        if not event.in_all:
            del self.gaps[event.conversation_id]
        self._told().changed(ScreenPart.CONTACT)

    def _follow_change(self, event: e.Event) -> None:
        """Tell of an edit that mentions oneself as the first wording of its message; nothing is missing any more."""
        if isinstance(event, e.ConversationCleared):
            self.gaps.pop(event.conversation_id, None)
        if isinstance(event, e.MessageEdited) and event.mentions:
            # An unread one counts among those that mention oneself.
            self._gather(Stale.LIST)
            self._told().mentioned(event.message)

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

    def _rename(self, before: str, conversation: ConversationId, contact: ContactView) -> None:
        """Show a person under another name: what is open is read anew, as its messages name who wrote them."""
        self.shown.contact(contact)
        known = self.listed.get(conversation)
        if known is not None:
            self.listed.show_again(replace(known, label=contact.name, contact=contact))
        self._gather(Stale.LIST)
        self._told().changed(ScreenPart.LIST | ScreenPart.CONTACT)
        if self.current_id == conversation:
            self._read_anew()
        elif self.current_id is None and self.here == before:
            self.open(contact.name)

    def _change_contact(self, contact: ContactView) -> None:
        self.shown.contact(contact)
        old = self.conversations.get(contact.name)
        if old is not None:
            self.listed.lay_changes_over(replace(old, contact=contact))
            self._told().changed(ScreenPart.LIST | ScreenPart.CONTACT)

    def _read(self, conversation: ConversationId) -> None:
        known = self.listed.get(conversation)
        was_told = self.listed.read(conversation)
        if self.listed.get(conversation) != known:
            self._told().changed(ScreenPart.LIST)
        if was_told:
            self._told().read(conversation)

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
        number = self.listed.ask()

        def take(conversations: tuple[ConversationView, ...]) -> None:
            self._take_list(number, conversations)
            if then is not None:
                then()

        self._asks.request(c.Conversations(), take)

    def _take_list(self, number: int, conversations: tuple[ConversationView, ...]) -> None:
        # A group that one was added to is an invitation until it is accepted; one that one has left stays to be read.
        moved = self.listed.show(number, (each for each in conversations if each.accepted or each.role is None))
        contacts = [each.contact for each in conversations if each.contact is not None]
        for contact in contacts:
            self.shown.contact(contact)
        self.connection_status.connected = tuple(contact.name for contact in contacts if contact.connected)
        if self.listed.is_outdated:
            self._gather(Stale.LIST)
        if moved:
            self._follow(moved)
        self._learn_group()
        for conversation in self.listed.read_elsewhere(number):
            self._told().read(conversation)
        self._told().changed(ScreenPart.LIST | ScreenPart.CONTACT | ScreenPart.STANDING)

    def _follow(self, moved: dict[ConversationId, ConversationId]) -> None:
        """Go on in conversations that have another id now: what one does with their messages goes by that."""
        for former, now in moved.items():
            for kept in cast("tuple[dict[ConversationId, Any], ...]", (self.gaps, self.typing)):
                if former in kept:
                    kept[now] = kept.pop(former)
            if former == self.current_id:
                self.current_id = now
                self._read_anew()

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
