"""Speaks to people: a line for what happens, with local time; text from others never steers the terminal."""

import time
from collections.abc import Sequence
from dataclasses import replace

from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.group_views import GroupChangeView
from babilu.api.views import (
    Address,
    ArchiveStatusView,
    ContactLinkView,
    ContactView,
    FreedSpaceView,
    FreeingPlanView,
    HistoryPage,
    MediaPage,
    MessageInfoView,
    MessageView,
    PinView,
    SafetyNumberView,
    ScheduledView,
    SpaceView,
    StatusView,
    TimerView,
    WordingView,
)
from babilu.export.model import ExportReport
from babilu.kernel.ids import MessageId
from babilu.kernel.states import GroupChangeKind, MessageKind, MessageState, TextState, Trust
from babilu.presentation.group_words import change_text, removed_line
from babilu.presentation.invitations import MadeInvitation
from babilu.presentation.line_keys import changed_devices, line_key, text_state_key
from babilu.presentation.plain_text import LINES_SHOWN, lines, one_line
from babilu.presentation.strings import Strings
from babilu.terminal.arguments import is_conversation, is_group
from babilu.terminal.content_renderer import ContentRenderer
from babilu.terminal.event_renderer import EventRenderer
from babilu.terminal.group_progress import GroupProgress
from babilu.terminal.group_renderer import GroupRenderer
from babilu.terminal.list_renderer import ListRenderer
from babilu.terminal.local_time import clock_of, day_of, follow_zone
from babilu.terminal.message_numbers import MessageNumbers
from babilu.terminal.ordered_command import Choose, OrderedCommand, ShowHelp
from babilu.terminal.output import Output
from babilu.terminal.renderer import Problem
from babilu.terminal.sentence_writer import SentenceWriter
from babilu.terminal.style import Style
from babilu.terminal.tags import Tagged

SAID_WHEN_DONE = frozenset(
    {
        *("link_confirm", "link_approve", "link_refuse", "ask_history", "wipe"),
        *("decline", "password", "hangup", "call", "listen", "try_now", "certificate"),
        *("unschedule", "draft", "unread", "archive", "keep", "mute", "discard_recording", "picture"),
    }
)
"""Orders without an answer of their own, and without an event that says it."""

ABOUT_MESSAGE = frozenset({GroupChangeKind.PINNED, GroupChangeKind.UNPINNED})
"""Changes of a group whose value is the id of a message."""

ABOUT_MESSAGES = frozenset(
    {
        e.MessageDeleted,
        e.MessageEdited,
        e.TextStateChanged,
        e.ReactionsChanged,
        e.MessagePinned,
        e.TimerChanged,
        e.MessageExpired,
        e.TypingChanged,
        e.ReceiptsChanged,
        e.ScheduledChanged,
        e.ConversationCleared,
        e.FileTransfer,
        e.FileSaved,
        e.RecordingChanged,
        e.PlayingChanged,
    }
)
"""Events that `ContentRenderer` says."""


class TextRenderer:
    """Says everything in sentences.

    Args:
        output: Where the conversation goes.
        complaints: Where errors go.
        strings: The language.
        style: Colours and symbols.
        numbers: Short names of messages, which commands take.
        alone_as: The own name, where it speaks for a command by itself and there is no line on which others are
            written; None in a session, which hears its name when the profile is open.
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
        alone_as: str | None = None,
    ) -> None:
        self._output = output
        self._complaints = complaints
        self._say = strings
        self._style = style
        self._numbers = numbers
        self._in_session = alone_as is None
        self._lists = ListRenderer(output, strings, style)
        self._contents = ContentRenderer(output, strings, style, numbers)
        self._contents.name = alone_as or ""
        self._writer = SentenceWriter(output, strings, style)
        self._groups = GroupRenderer(output, strings, style)
        self._events = EventRenderer(self._writer, strings, self._groups)
        self._day = day_of(time.time() * 1000)
        self._states: dict[MessageId, e.MessageStateChanged] = {}
        self._progress = GroupProgress()

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
                self._writer.note("first_contact", name=one_line(message.conversation))

    def answer(self, order: OrderedCommand, answer: object) -> None:
        self.flush()
        own = self._contents.name
        if self._groups.answer(order.action, answer, own) or self._contents.answer(order.action, answer):
            return
        match answer:
            case MessageView():
                self._own(answer)
            case HistoryPage() | MediaPage():
                self._page(answer, order.action)
            case MessageInfoView():
                # Of a group the people say all that anybody can use: its devices would fill the screen.
                info = replace(answer, devices=()) if answer.people else answer
                self._lists.message_info(info, self._numbers.show(answer.message.id))
                self._groups.people(answer.people)
            case SafetyNumberView():
                self._safety_number(answer)
            case ContactView():
                self._contact(order, answer)
            case StatusView():
                self._lists.status(answer)
            case Address():
                self._writer.note("listening", address=str(answer))
            case (
                MadeInvitation()
                | ContactLinkView()
                | SpaceView()
                | FreeingPlanView()
                | FreedSpaceView()
                | ExportReport()
                | ArchiveStatusView()
            ):
                self._lists.show_one(answer)
            case int() if not isinstance(order.action, c.ClearConversation):
                self._writer.note("marked_read", name=one_line(order.about), count=answer)
            case tuple() if not isinstance(order.action, c.Forward | c.AskHistory):
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
        groups: dict[tuple[str, MessageState, str | None, str], list[MessageId]] = {}
        for event in filter(self._progress.is_news, states.values()):
            audience = "" if event.audience is None else f", {self._groups.reached(event.audience)}"
            groups.setdefault((event.conversation, event.state, event.error, audience), []).append(event.message)
        for (name, state, error, audience), messages in groups.items():
            text = self._say(f"state.{state.value}") + audience
            if error is not None:
                text += f" ({self._say.problem(error, '')})"
            symbol = self._style.symbol(state)
            line = f"      {symbol} {text} {self._style.note} {one_line(name)} {self._numbers.show_all(messages)}"
            self._output.line(self._style.alarm(line) if state is MessageState.FAILED else self._style.faint(line))

    def _tell(self, event: e.Event) -> None:
        match event:
            case e.MessageQueued(message):
                self._own(message)
            case e.LineAdded(message):
                # Of a gap the note tells, which counts what came before too; what is on its way comes as a message.
                if message.kind is not MessageKind.GAP and message.text_state is not TextState.COMING:
                    self._message(message)
            case e.LineChanged(message) if message.devices:
                # What the devices are called that came has come after the list of them.
                self._message(message)
            case e.MessagePinned(PinView(conversation=name)) | e.TimerChanged(TimerView(name)) if is_group(name):
                # The line about it says it.
                pass
            case _ if type(event) in ABOUT_MESSAGES:
                self._contents.tell(event)
            case _:
                if isinstance(event, e.Ready):
                    self._contents.name = event.name
                self._events.tell(event)

    def _line(self, message: MessageView, day: str) -> None:
        """Show a line about the conversation; one about a group says nothing that somebody has to worry about."""
        name, count = one_line(message.conversation), message.missing or 0
        clock = f"{clock_of(message.at)} {self._style.note}"
        if message.change is not None:
            text = self._changed(message.change, message.conversation)
            self._output.line(self._style.faint(f"{clock} {name}: {text}"))
            return
        what = changed_devices(message, self._say, one_line)
        text = self._say(line_key(message), name=name, day=day, count=count, what=what)
        self._output.line(self._style.alarm(f"{clock} {text}"))

    def _changed(self, change: GroupChangeView, conversation: str) -> str:
        """Say what has changed in a group; a message that it is about by its number."""
        if change.kind not in ABOUT_MESSAGE or change.value is None or not change.counts:
            return change_text(change, self._say, self._contents.name)
        number = self._numbers.show(MessageId(bytes.fromhex(change.value)), conversation)
        by_me = ".you" if change.by == self._contents.name else ""
        return self._say(f"{change.kind}{by_me}", name=one_line(change.by), number=number)

    def _message(self, message: MessageView) -> None:
        """Show one message, under a line for its day where that is another than the one before."""
        follow_zone()
        day = day_of(message.at)
        if day != self._day:
            self._day = day
            self._output.line(self._style.faint(f"{self._style.rule} {day} {self._style.rule}"))
        if message.kind is not MessageKind.TEXT:
            self._line(message, day)
            return
        self._contents.above(message)
        clock = self._style.faint(clock_of(message.at))
        if message.outgoing and message.imported is None:
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
        if message.text_state is not None:
            after += self._style.alarm(f"  ({self._say(text_state_key(message))})")
        after += self._contents.marks(message, time.time() * 1_000)
        first, *rest = [self._style.faint(self._gone(message))] if message.deleted else lines(message.text)
        left_out = len(rest) - LINES_SHOWN
        indent = " " * (len("00:00 ") + len(who) + 2)
        body = [f"{clock} {name}: {first}", *(indent + line for line in rest[:LINES_SHOWN])]
        if left_out > 0:
            body.append(indent + self._style.faint(self._say("lines_left_out", count=left_out)))
        for line in body[:-1]:
            self._output.line(line)
        self._output.line(body[-1] + after)
        self._contents.below(message)

    def _gone(self, message: MessageView) -> str:
        if message.hidden_by is None:
            return self._say("shown.deleted")
        return removed_line(message, self._say, self._contents.name)

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

    def _page(self, page: HistoryPage | MediaPage, asked: object) -> None:
        if isinstance(page, MediaPage):
            self._media(page)
        else:
            self._history(page, asked)

    def _history(self, page: HistoryPage, asked: object) -> None:
        since = asked.since if isinstance(asked, c.History) else None
        if not page.messages:
            self._writer.note("no_messages", name=one_line(page.conversation))
        elif since is None and page.more_before:
            key = "more_before" if self._in_session else "more_before_once"
            self._writer.note(key, name=one_line(page.conversation), count=len(page.messages))
        for message in page.messages:
            self._message(message)
        if since is not None and page.more_after:
            self._writer.note("more_after", name=one_line(page.conversation), count=len(page.messages))

    def _media(self, page: MediaPage) -> None:
        """Show what a conversation has of a kind, the newest first."""
        name = one_line(page.conversation)
        if not page.messages:
            self._writer.note(f"media.none.{page.kind.value}", name=name)
        for message in page.messages:
            self._message(message)
        if page.more:
            self._writer.note("media.more", count=len(page.messages))

    def _safety_number(self, view: SafetyNumberView) -> None:
        self._writer.note(f"safety_number.{view.trust.value}", name=one_line(view.name))
        self._writer.digits(view.digits)
        if view.pending is not None:
            self._writer.note("safety_number_pending", name=one_line(view.name))
            self._writer.digits(view.pending.digits)
            self._writer.note("safety_number_decide", name=one_line(view.name))
        elif view.trust is not Trust.VERIFIED:
            self._writer.note("safety_number_compare", name=one_line(view.name))

    def _contact(self, order: OrderedCommand, contact: ContactView) -> None:
        if isinstance(order.action, c.Rename):
            self._numbers.rename(order.about, contact.name)
        self._writer.note(f"did.{order.do}{_variant(order.action)}", name=one_line(contact.name))

    def _done(self, order: OrderedCommand) -> None:
        match order.action:
            case ShowHelp():
                self._lists.help()
            case Choose(name):
                self._writer.note("chosen" if name else "chosen_none", name=one_line(name))
            case c.AddByLink():
                self._writer.note("did.add.call")
            case _:
                if order.do == "hangup" and self._events.hang_up(order.about):
                    return
                if order.do in SAID_WHEN_DONE:
                    self._writer.note(f"did.{order.do}{_variant(order.action)}", name=one_line(order.about))


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
            | c.SetProfilePicture(path=None)
        ):
            return ".off"
        case c.Decline(request) if is_conversation(request):
            return ".group"
        case _:
            return ""
