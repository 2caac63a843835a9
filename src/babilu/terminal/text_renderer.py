"""Speaks to people: a line for what happens, with local time; text from others never steers the terminal."""

import time
from collections.abc import Sequence
from typing import assert_never

from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.views import (
    Address,
    ContactLinkView,
    ContactView,
    HistoryPage,
    LinkState,
    MessageInfoView,
    MessageView,
    PeerState,
    PresenceState,
    RequestView,
    SafetyNumberView,
    ScheduledView,
    StatusView,
    WordingView,
)
from babilu.kernel.errors import Reason
from babilu.kernel.ids import MessageId
from babilu.kernel.states import MessageKind, MessageState, Trust
from babilu.presentation.alarms import alarm_text
from babilu.presentation.invitations import MadeInvitation
from babilu.presentation.link_troubles import WayOut, link_trouble
from babilu.presentation.plain_text import LINES_SHOWN, lines, one_line
from babilu.presentation.strings import Strings
from babilu.terminal.content_renderer import ContentRenderer
from babilu.terminal.list_renderer import ListRenderer
from babilu.terminal.local_time import clock_of, day_of, follow_zone
from babilu.terminal.message_numbers import MessageNumbers
from babilu.terminal.ordered_command import Choose, OrderedCommand, ShowHelp
from babilu.terminal.output import Output
from babilu.terminal.renderer import Problem
from babilu.terminal.style import Style
from babilu.terminal.tags import Tagged

OPENING = "opening"
"""Opening a profile takes a moment, and what follows says that it is over."""


SAID_WHEN_DONE = frozenset(
    {
        *("decline", "password", "hangup", "call", "listen", "try_now", "certificate"),
        *("unschedule", "draft", "unread", "archive", "keep", "mute"),
    }
)
"""Orders without an answer of their own, and without an event that says it."""


class TextRenderer:
    """Says everything in sentences.

    Args:
        output: Where the conversation goes.
        complaints: Where errors go.
        strings: The language.
        style: Colours and symbols.
        numbers: Short names of messages, which commands take.
        in_session: Whether there is a line on which commands can be written.
    """

    reads_aloud = True

    def __init__(
        self,
        output: Output,
        complaints: Output,
        strings: Strings,
        style: Style,
        numbers: MessageNumbers,
        *,
        in_session: bool = True,
    ) -> None:
        self._output = output
        self._complaints = complaints
        self._say = strings
        self._style = style
        self._numbers = numbers
        self._in_session = in_session
        self._lists = ListRenderer(output, strings, style)
        self._contents = ContentRenderer(output, strings, style, numbers)
        self._day = day_of(time.time() * 1000)
        self._link: tuple[LinkState, str | None, Reason | None] | None = None
        self._states: dict[MessageId, e.MessageStateChanged] = {}
        self._hung_up: set[str] = set()
        self._ended: set[str] = set()

    def event(self, tagged: Tagged) -> None:
        event = tagged.event
        if isinstance(event, e.MessageStateChanged):
            # Said when the batch is over: of several steps only the last, and equal ones in one line.
            self._states[event.message] = event
            return
        if isinstance(event, e.ReactionsChanged | e.MessageExpired):
            self._contents.tell(event)
            return
        self.flush()
        self._tell(event)

    def messages(self, messages: Sequence[MessageView]) -> None:
        self.flush()
        for message in messages:
            self._message(message)
            if message.first:
                self._note("first_contact", name=one_line(message.conversation))

    def answer(self, order: OrderedCommand, answer: object) -> None:
        self.flush()
        if self._contents.answer(order.action, answer):
            return
        match answer:
            case MessageView():
                self._own(answer)
            case HistoryPage():
                self._history(answer, order.action)
            case MessageInfoView():
                self._lists.message_info(answer, self._numbers.show(answer.message.id))
            case SafetyNumberView():
                self._safety_number(answer)
            case ContactView():
                self._contact(order, answer)
            case StatusView():
                self._lists.status(answer)
            case Address():
                self._note("listening", address=str(answer))
            case MadeInvitation() | ContactLinkView():
                self._lists.for_others(answer)
            case int() if not isinstance(order.action, c.ClearConversation):
                self._note("marked_read", name=one_line(order.about), count=answer)
            case tuple() if not isinstance(order.action, c.Forward):
                self._lists.show(order.action, answer, self._show_row)
            case _:
                self._done(order)

    def problem(self, problem: Problem) -> None:
        """Say what went wrong, where errors are read."""
        self.flush()
        text = one_line(self._say.error(problem.error))
        who = f"{one_line(problem.order.about)}: " if problem.order is not None and problem.order.about else ""
        self._complaints.line(self._style.alarm(f"{self._style.failed} {who}{text}"))

    def flush(self) -> None:
        """Say how far own messages have come, and what was said about messages."""
        self._contents.flush()
        states, self._states = self._states, {}
        groups: dict[tuple[str, MessageState, str | None], list[MessageId]] = {}
        for event in states.values():
            groups.setdefault((event.conversation, event.state, event.error), []).append(event.message)
        for (name, state, error), messages in groups.items():
            text = self._say(f"state.{state.value}")
            if error is not None:
                text += f" ({self._say.problem(error, '')})"
            symbol = self._style.symbol(state)
            line = f"      {symbol} {text} {self._style.note} {one_line(name)} {self._numbers.show_all(messages)}"
            self._output.line(self._style.alarm(line) if state is MessageState.FAILED else self._style.faint(line))

    def _tell(self, event: e.Event) -> None:  # noqa: C901 -- a line for each event
        match event:
            case e.Ready(name, relay):
                self._contents.name = name
                self._note("ready_direct" if relay is None else "ready", name=one_line(name), relay=str(relay))
            case e.Registered(name):
                self._note("registered", name=one_line(name))
            case e.LinkChanged():
                self._link_changed(event)
            case e.MessageQueued(message):
                self._own(message)
            case e.LineAdded(message):
                # Of a gap the note tells, which counts what came before too.
                if message.kind is not MessageKind.GAP:
                    self._message(message)
            case e.GapNoticed(conversation, _, in_all):
                self._note("gap" if in_all else "gap_filled", name=one_line(conversation), count=in_all)
            case (
                e.RequestArrived()
                | e.CallPending()
                | e.CallFailed()
                | e.PeerChanged()
                | e.ListeningChanged()
                | e.PresenceChanged()
            ):
                self._tell_of_connections(event)
            case e.IdentityChanged(name, was_verified):
                key = "identity_changed_verified" if was_verified else "identity_changed"
                self._alarm(self._say(key, name=one_line(name)))
            case e.NoticeArrived(text):
                self._note("notice", text=one_line(text))
            case e.Progress(task, done, total):
                if task != OPENING and total and done < total:
                    self._note("progress", percent=done * 100 // total)
            case e.AlarmRaised(name=name):
                self._alarm(str(alarm_text(event, self._say, one_line(name or ""))))
            case e.Warned(code, text):
                self._alarm(one_line(self._say.problem(code, text)))
            case (
                e.MessageDeleted()
                | e.MessageEdited()
                | e.ReactionsChanged()
                | e.MessagePinned()
                | e.TimerChanged()
                | e.MessageExpired()
                | e.TypingChanged()
                | e.ReceiptsChanged()
                | e.ScheduledChanged()
                | e.ConversationCleared()
            ):
                self._contents.tell(event)
            case (
                e.MessageArrived()
                | e.LineChanged()
                | e.LineRemoved()
                | e.MessageStateChanged()
                | e.RequestClosed()
                | e.ContactChanged()
                | e.ConversationChanged()
                | e.ContactRenamed()
                | e.ClockStarted()
                | e.Closed()
            ):
                pass
            case _:
                assert_never(event)

    def _tell_of_connections(
        self,
        event: e.RequestArrived | e.CallPending | e.CallFailed | e.PeerChanged | e.ListeningChanged | e.PresenceChanged,
    ) -> None:
        match event:
            case e.RequestArrived(request):
                self.request(request)
            case e.CallPending(address, own_digits):
                self._note("pending", address=str(address))
                self._digits(own_digits)
            case e.CallFailed():
                self._call_failed(event)
            case e.PeerChanged():
                self._peer_changed(event)
            case e.ListeningChanged(None):
                self._note("not_listening")
            case e.ListeningChanged(address):
                self._note("listening", address=str(address))
            case e.PresenceChanged(name, presence):
                online = presence is PresenceState.ONLINE
                self._note("came_online" if online else "went_offline", name=one_line(name))
            case _:
                assert_never(event)

    def request(self, request: RequestView) -> None:
        """Show a conversation request."""
        name = one_line(request.name)
        self._alarm(self._say("request", name=name, address=str(request.address)))
        self._digits(request.safety_number)
        self._note("request_answer", name=name, id=one_line(request.id))

    def _message(self, message: MessageView) -> None:
        """Show one message, under a line for its day where that is another than the one before."""
        follow_zone()
        day = day_of(message.at)
        if day != self._day:
            self._day = day
            self._output.line(self._style.faint(f"{self._style.rule} {day} {self._style.rule}"))
        if message.kind is not MessageKind.TEXT:
            name, count = one_line(message.conversation), message.missing or 0
            text = self._say(f"line.{message.kind.value}", name=name, day=day, count=count)
            self._output.line(self._style.alarm(f"{clock_of(message.at)} {self._style.note} {text}"))
            return
        self._contents.above(message)
        clock = self._style.faint(clock_of(message.at))
        if message.outgoing:
            number = self._numbers.show(message.id, message.conversation)
            symbol = self._style.symbol(message.state or MessageState.QUEUED)
            who, after = (
                f"{self._style.arrow} {one_line(message.conversation)}",
                self._style.faint(f"  {number} {symbol}"),
            )
            name = self._style.own(who)
        else:
            same = message.sender == message.conversation
            who = one_line(message.sender if same else f"{message.conversation}/{message.sender}")
            name = self._style.other(who)
            number = self._numbers.show(message.id, message.conversation) if self._in_session else ""
            after = self._style.faint(f"  {number}") if number else ""
            if message.late:
                after += self._style.alarm(f"  {self._style.note} {self._say('late')}")
            if message.departed:
                after += self._style.alarm(f"  ({self._say('departed')})")
            if message.needs_newer:
                after += self._style.alarm(f"  ({self._say('needs_newer')})")
        after += self._contents.marks(message, time.time() * 1_000)
        first, *rest = [self._style.faint(self._say("shown.deleted"))] if message.deleted else lines(message.text)
        left_out = len(rest) - LINES_SHOWN
        indent = " " * (len("00:00 ") + len(who) + 2)
        body = [f"{clock} {name}: {first}", *(indent + line for line in rest[:LINES_SHOWN])]
        if left_out > 0:
            body.append(indent + self._style.faint(self._say("lines_left_out", count=left_out)))
        for line in body[:-1]:
            self._output.line(line)
        self._output.line(body[-1] + after)
        self._contents.below(message)

    def _show_row(self, row: MessageView | ScheduledView | WordingView) -> None:
        match row:
            case MessageView():
                self._message(row)
            case ScheduledView():
                self._contents.scheduled_row(row)
            case WordingView():
                self._contents.wording(row)

    def _own(self, message: MessageView) -> None:
        """Show an own message with the state it has reached meanwhile."""
        self.flush()
        self._message(message)

    def _history(self, page: HistoryPage, asked: object) -> None:
        since = asked.since if isinstance(asked, c.History) else None
        if not page.messages:
            self._note("no_messages", name=one_line(page.conversation))
        elif since is None and page.more_before:
            key = "more_before" if self._in_session else "more_before_once"
            self._note(key, name=one_line(page.conversation), count=len(page.messages))
        for message in page.messages:
            self._message(message)
        if since is not None and page.more_after:
            self._note("more_after", name=one_line(page.conversation), count=len(page.messages))

    def _safety_number(self, view: SafetyNumberView) -> None:
        self._note(f"safety_number.{view.trust.value}", name=one_line(view.name))
        self._digits(view.digits)
        if view.pending is not None:
            self._note("safety_number_pending", name=one_line(view.name))
            self._digits(view.pending.digits)
            self._note("safety_number_decide", name=one_line(view.name))
        elif view.trust is not Trust.VERIFIED:
            self._note("safety_number_compare", name=one_line(view.name))

    def _digits(self, digits: str) -> None:
        """Show a safety number in groups of five digits, six in a line."""
        groups = [digits[start : start + 5] for start in range(0, len(digits), 5)]
        for start in range(0, len(groups), 6):
            self._output.line("      " + self._style.strong(" ".join(groups[start : start + 6])))

    def _contact(self, order: OrderedCommand, contact: ContactView) -> None:
        if isinstance(order.action, c.Rename):
            self._numbers.rename(order.about, contact.name)
        self._note(f"did.{order.do}{_variant(order.action)}", name=one_line(contact.name))

    def _done(self, order: OrderedCommand) -> None:
        match order.action:
            case ShowHelp():
                self._lists.help()
            case Choose(name):
                self._note("chosen" if name else "chosen_none", name=one_line(name))
            case c.AddByLink():
                self._note("did.add.call")
            case _:
                if order.do == "hangup" and order.about in self._ended:
                    self._ended.discard(order.about)
                    return
                if order.do == "hangup":
                    self._hung_up.add(order.about)
                if order.do in SAID_WHEN_DONE:
                    self._note(f"did.{order.do}{_variant(order.action)}", name=one_line(order.about))

    def _link_changed(self, event: e.LinkChanged) -> None:
        """Say that the link came or went, and why; more failures of the same kind are worth no line."""
        said = (event.state, *((event.code, event.reason) if event.state is LinkState.OFFLINE else (None, None)))
        if event.state not in {LinkState.ONLINE, LinkState.OFFLINE} or said == self._link:
            return
        self._link = said
        if event.state is LinkState.ONLINE:
            self._note("online")
        else:
            reason = self._say.problem(event.code or "", event.text, event.reason)
            self._alarm(one_line(self._say("offline", reason=reason)))
            trouble = link_trouble(event.state, event.code, event.text)
            if trouble is not None and trouble.way_out is not WayOut.WAIT:
                self._note(f"way_out.{trouble.way_out.value}")

    def _peer_changed(self, event: e.PeerChanged) -> None:
        name = one_line(event.name)
        if event.state is PeerState.DISCONNECTED:
            # Of a connection that is hung up here one sentence is said, by whichever of the two comes first.
            if event.name in self._hung_up:
                self._hung_up.discard(event.name)
            else:
                self._ended.add(event.name)
                self._note("disconnected", name=name)
            return
        self._hung_up.discard(event.name)
        self._ended.discard(event.name)
        self._note("connected", name=name, address=str(event.address))
        if event.safety_number:
            self._digits(event.safety_number)

    def _call_failed(self, event: e.CallFailed) -> None:
        reason = self._say.problem(event.code, event.text, event.reason)
        key = "call_failed" if event.retry_in_ms is None else "call_failed_again"
        seconds = -(-(event.retry_in_ms or 0) // 1000)
        self._alarm(one_line(self._say(key, address=str(event.address), reason=reason, seconds=seconds)))

    def _note(self, key: str, **fields: object) -> None:
        self._output.line(self._style.faint(f"{self._style.note} {self._say(key, **fields)}"))

    def _alarm(self, text: str) -> None:
        self._output.line(self._style.alarm(f"{self._style.warning} {text}"))


def _variant(action: object) -> str:
    """Choose the sentence for an order that takes something back."""
    match action:
        case (
            c.MarkVerified(verified=False)
            | c.AllowDirect(allowed=False)
            | c.MarkUnread(unread=False)
            | c.SetArchived(archived=False)
            | c.SetPinned(pinned=False)
            | c.SetMuted(muted=False)
            | c.SetDraft(text="", reply_to=None)
        ):
            return ".off"
        case _:
            return ""
