"""What the client tells of itself, its connections and its contacts, in sentences for people."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from babilu.api import events as e
from babilu.api.views import Address, LinkState, PeerState, PresenceState, RequestView
from babilu.kernel.errors import Reason
from babilu.presentation.alarms import alarm_text
from babilu.presentation.link_troubles import WayOut, link_trouble
from babilu.presentation.plain_text import one_line
from babilu.presentation.strings import Strings
from babilu.terminal.group_renderer import GroupRenderer
from babilu.terminal.sentence_writer import SentenceWriter

OPENING: Final = "opening"
"""Opening a profile takes a moment, and what follows says that it is over."""


class EventRenderer:
    """Says it.

    Args:
        writer: Writes the sentences.
        strings: The language.
        groups: Says what happens around groups.
    """

    def __init__(self, writer: SentenceWriter, strings: Strings, groups: GroupRenderer) -> None:
        self._writer = writer
        self._groups = groups
        self._say = strings
        self._link: tuple[LinkState, str | None, Reason | None] | None = None
        self._home: Address | None = None
        self._hung_up: set[str] = set()
        self._ended: set[str] = set()

    def tell(self, event: e.Event) -> None:
        """Say what the client told, where that is worth a line."""
        say = SENTENCES.get(type(event))
        if say is not None:
            say(self, event)

    def hang_up(self, name: str) -> bool:
        """Hear that a connection was hung up here; tell whether its end was said already.

        Of a connection that is hung up here one sentence is said, by whichever of the two comes first.
        """
        if name in self._ended:
            self._ended.discard(name)
            return True
        self._hung_up.add(name)
        return False

    def request(self, request: RequestView) -> None:
        """Show a conversation request."""
        name = one_line(request.name)
        self._writer.alarm(self._say("request", name=name, address=str(request.address)))
        self._writer.digits(request.safety_number)
        self._writer.note("request_answer", name=name, id=one_line(request.id))

    def ready(self, event: e.Ready) -> None:
        self._home = event.relay
        key = "ready_direct" if event.relay is None else "ready"
        self._writer.note(key, name=one_line(event.name), relay=str(event.relay))

    def registered(self, event: e.Registered) -> None:
        self._writer.note("registered", name=one_line(event.name))

    def gap(self, event: e.GapNoticed) -> None:
        key = "gap" if event.in_all else "gap_filled"
        self._writer.note(key, name=one_line(event.conversation), count=event.in_all)

    def requested(self, event: e.RequestArrived) -> None:
        self.request(event.request)

    def invited(self, event: e.GroupInvited) -> None:
        self._groups.invited(event.invitation)

    def history_shared(self, event: e.HistoryShared) -> None:
        names = {"group": one_line(event.conversation), "name": one_line(event.by)}
        self._writer.note("history_shared", **names, count=event.count)

    def outsider_wrote(self, event: e.OutsiderWrote) -> None:
        self._writer.note("outsider_wrote", group=one_line(event.conversation), name=one_line(event.name))

    def group_split(self, event: e.GroupSplit) -> None:
        self._groups.split(event)

    def join_requested(self, event: e.JoinRequested) -> None:
        self._groups.asked(event.request)

    def listening(self, event: e.ListeningChanged) -> None:
        if event.address is None:
            self._writer.note("not_listening")
        else:
            self._writer.note("listening", address=str(event.address))

    def identity_changed(self, event: e.IdentityChanged) -> None:
        key = "identity_changed_verified" if event.was_verified else "identity_changed"
        self._writer.alarm(self._say(key, name=one_line(event.name)))

    def presence(self, event: e.PresenceChanged) -> None:
        key = "came_online" if event.state is PresenceState.ONLINE else "went_offline"
        self._writer.note(key, name=one_line(event.name))

    def notice(self, event: e.NoticeArrived) -> None:
        self._writer.note("notice", text=one_line(event.text))

    def progress(self, event: e.Progress) -> None:
        if event.task != OPENING and event.total and event.done < event.total:
            self._writer.note("progress", percent=event.done * 100 // event.total)

    def link_code(self, event: e.LinkCodeShown) -> None:
        """Show the code on the new device; on the other one it stands beside the question."""
        if event.line is None:
            return
        self._writer.note("link_code", words=" ".join(event.words))
        self._writer.digits(event.digits)
        self._writer.note("link_code.line", line=event.line)
        self._writer.note("link_code.answer")

    def link_asked(self, event: e.LinkAsked) -> None:
        self._writer.alarm(self._say("link_asked", name=one_line(event.name), words=" ".join(event.words)))
        self._writer.digits(event.digits)
        self._writer.note("link_asked.full" if event.full else "link_asked.companion")
        if event.failed:
            self._writer.alarm(self._say("link_asked.failed", count=event.failed))
        self._writer.note("link_asked.answer")

    def link_ended(self, event: e.LinkEnded) -> None:
        self._writer.alarm(one_line(self._say("link_ended", reason=self._say.problem(event.code, event.text))))

    def device_linked(self, event: e.DeviceLinked) -> None:
        self._writer.note("device_linked", name=one_line(event.device.name or event.device.device))

    def device_removed(self, event: e.DeviceRemoved) -> None:
        self._writer.note("device_removed", name=one_line(event.device.name or event.device.device))

    def alarm(self, event: e.AlarmRaised) -> None:
        self._writer.alarm(str(alarm_text(event, self._say, one_line(event.name or ""))))

    def warned(self, event: e.Warned) -> None:
        self._writer.alarm(one_line(self._say.problem(event.code, event.text)))

    def link_changed(self, event: e.LinkChanged) -> None:
        """Say that the link came or went, and why; more failures of the same kind are worth no line."""
        said = (event.state, *((event.code, event.reason) if event.state is LinkState.OFFLINE else (None, None)))
        if event.state not in {LinkState.ONLINE, LinkState.OFFLINE} or said == self._link:
            return
        self._link = said
        if event.state is LinkState.ONLINE:
            if event.address in {None, self._home}:
                self._writer.note("online")
            else:
                self._writer.note("online_at", address=str(event.address))
        else:
            reason = self._say.problem(event.code or "", event.text, event.reason)
            self._writer.alarm(one_line(self._say("offline", reason=reason)))
            trouble = link_trouble(event.state, event.code, event.text)
            if trouble is not None and trouble.way_out is not WayOut.WAIT:
                self._writer.note(f"way_out.{trouble.way_out.value}")

    def call_pending(self, event: e.CallPending) -> None:
        self._writer.note("pending", address=str(event.address))
        self._writer.digits(event.own_digits)

    def call_failed(self, event: e.CallFailed) -> None:
        reason = self._say.problem(event.code, event.text, event.reason)
        key = "call_failed" if event.retry_in_ms is None else "call_failed_again"
        seconds = -(-(event.retry_in_ms or 0) // 1000)
        self._writer.alarm(one_line(self._say(key, address=str(event.address), reason=reason, seconds=seconds)))

    def peer_changed(self, event: e.PeerChanged) -> None:
        name = one_line(event.name)
        if event.state is PeerState.DISCONNECTED:
            if event.name in self._hung_up:
                self._hung_up.discard(event.name)
            else:
                self._ended.add(event.name)
                self._writer.note("disconnected", name=name)
            return
        self._hung_up.discard(event.name)
        self._ended.discard(event.name)
        self._writer.note("connected", name=name, address=str(event.address))
        if event.safety_number:
            self._writer.digits(event.safety_number)


SENTENCES: Final[Mapping[type, Callable[[EventRenderer, Any], None]]] = {
    e.Ready: EventRenderer.ready,
    e.Registered: EventRenderer.registered,
    e.LinkChanged: EventRenderer.link_changed,
    e.GapNoticed: EventRenderer.gap,
    e.RequestArrived: EventRenderer.requested,
    e.GroupInvited: EventRenderer.invited,
    e.HistoryShared: EventRenderer.history_shared,
    e.OutsiderWrote: EventRenderer.outsider_wrote,
    e.GroupSplit: EventRenderer.group_split,
    e.JoinRequested: EventRenderer.join_requested,
    e.CallPending: EventRenderer.call_pending,
    e.CallFailed: EventRenderer.call_failed,
    e.PeerChanged: EventRenderer.peer_changed,
    e.ListeningChanged: EventRenderer.listening,
    e.IdentityChanged: EventRenderer.identity_changed,
    e.PresenceChanged: EventRenderer.presence,
    e.NoticeArrived: EventRenderer.notice,
    e.Progress: EventRenderer.progress,
    e.LinkCodeShown: EventRenderer.link_code,
    e.LinkAsked: EventRenderer.link_asked,
    e.LinkEnded: EventRenderer.link_ended,
    e.DeviceLinked: EventRenderer.device_linked,
    e.DeviceRemoved: EventRenderer.device_removed,
    e.AlarmRaised: EventRenderer.alarm,
    e.Warned: EventRenderer.warned,
}
"""How each kind of event is said; what is not here is said elsewhere, or not at all."""

UNSAID: Final = frozenset(
    {
        e.FilesFreed,
        e.ImportProgress,
        e.OwnPictureChanged,
        e.MessageArrived,
        e.LineChanged,
        e.LineRemoved,
        e.RequestClosed,
        e.GroupChanged,
        e.GroupInvitationClosed,
        e.JoinRequestClosed,
        e.ContactChanged,
        e.ConversationChanged,
        e.ContactRenamed,
        e.ClockStarted,
        e.OwnHistoryCame,
        e.Closed,
    }
)
"""What is worth no line: it is said by messages, by answers, or by what follows."""
