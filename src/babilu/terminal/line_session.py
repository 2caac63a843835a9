"""One thread says and asks everything: events, answers and orders reach it by one queue, and it never waits for people.

Arrived messages are taken from the client when they are about to be shown (`Arrivals`).
"""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from enum import Enum, auto, unique
from typing import Any, assert_never

from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.client import ChatClient
from babilu.api.group_views import GroupView
from babilu.api.views import ContactView, HistoryPage, MessageView, StatusView
from babilu.export.job import ExportJob
from babilu.export.model import ExportRequest
from babilu.kernel.errors import BabiluError, ErrorCode
from babilu.kernel.ids import MessageId
from babilu.kernel.ports import Clock
from babilu.kernel.states import MessageState
from babilu.presentation.invitations import read_invitation
from babilu.presentation.strings import Strings
from babilu.terminal import event_queue as i
from babilu.terminal.arguments import is_conversation
from babilu.terminal.arrivals import Arrivals
from babilu.terminal.command_line import explained
from babilu.terminal.event_queue import LineQueue
from babilu.terminal.known_people import KnownPeople
from babilu.terminal.ordered_command import (
    AskPassword,
    AskPasswords,
    Choose,
    Complain,
    OrderedCommand,
    Quit,
    ShowHelp,
    WriteExport,
)
from babilu.terminal.output import OutputLostError
from babilu.terminal.renderer import Problem, Renderer
from babilu.terminal.scheduler import Scheduler
from babilu.terminal.tags import RequestTags, Tagged

log = logging.getLogger(__name__)

TURN_SECONDS = 60.0
"""Longest wait for something to happen, before looking whether there is anything left to wait for."""

GONE = frozenset({ErrorCode.CLOSED, ErrorCode.HOST_ENDED})
"""What a client answers that is closed, or whose host is."""


@unique
class SessionEnd(Enum):
    """How a session ended, apart from errors."""

    DONE = auto()
    UNSENT = auto()
    UNHEARD = auto()


@dataclass(frozen=True, slots=True)
class Broken:
    """A session ended by an error, which has been said."""

    error: BabiluError


Ending = SessionEnd | Broken


class LineSession:
    """What happens in a session, one thing after another.

    Args:
        inbox: Where everything comes from.
        renderer: Says what happens.
        wait_sent: Seconds to wait, after the last order, until everything sent is held or delivered; None not to.
        ended: Called once, when the session has come to its end and only the client is left to close.
        say: The person's language, in which an export is written.
        clock: Tells an export the time.
    """

    def __init__(
        self,
        inbox: LineQueue,
        renderer: Renderer,
        wait_sent: float | None,
        ended: Callable[[], None],
        say: Strings,
        clock: Clock,
    ) -> None:
        self._say = say
        self._clock = clock
        self.ending: Ending | None = None
        self._inbox = inbox
        self._renderer: Renderer | None = renderer
        self._wait_sent = wait_sent
        self._ended = ended
        self._client: ChatClient | None = None
        self._known = KnownPeople()
        self._unread = 0
        self._requests = RequestTags()
        self._sequence = Scheduler(self._start, lambda key: self._known.has(key) or is_conversation(key))
        self._arrivals = Arrivals(self._show_taken, lambda: self._renderer is not None)
        self._unsent: set[MessageId] = set()
        self._refused = 0
        self._own: set[MessageId] = set()
        self._input_ended = False
        self._deadline: float | None = None
        self._asking = False
        self._look_again = False
        self._leaving = False
        self._stopping = False
        self._wiping = False
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="line-mode")

    @property
    def names(self) -> frozenset[str]:
        """Names of those who are known, as they are written."""
        return self._known.names

    def start(self) -> None:
        """Begin, in a thread of its own."""
        self._thread.start()

    def is_over(self) -> bool:
        """Tell whether the session has come to its end."""
        return self._over.is_set()

    def stop(self) -> None:
        """End at once, from the main thread: that the client closes from here on is no error."""
        self._stopping = True
        self._inbox.put(i.Stopped())

    def join(self, seconds: float) -> bool:
        """Wait for the thread, after `ClientClosed` was put into the inbox; tells whether it has ended."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self._leaving:
            for item in self._inbox.take(self._patience()):
                self._guard(lambda item=item: self._turn(item))  # type: ignore[misc]
            self._guard(self._end_turn)

    def _guard(self, step: Callable[[], None]) -> None:
        """Do one step; when it fails the session ends, and what comes after it is still dealt with."""
        try:
            step()
        except OutputLostError:
            self._renderer = None
            self._finish(SessionEnd.UNHEARD)
        except BabiluError as error:
            self._break(error)
        except Exception:
            log.exception("the line mode failed")
            self._break(BabiluError(ErrorCode.INTERNAL, "Something went wrong inside Babilu."))

    def _patience(self) -> float:
        due = [moment for moment in (self._deadline, self._arrivals.again_at) if moment is not None]
        return min(TURN_SECONDS, max(0.0, min(due) - time.monotonic())) if due else TURN_SECONDS

    def _turn(self, item: i.Item) -> None:
        """Deal with what has come; arrivals that follow each other are taken together."""
        if isinstance(item, i.EventTold) and isinstance(item.event, e.MessageArrived):
            self._arrivals.hear(item.event.message.id)
        else:
            self._arrivals.show_new(self._client)
            self._deal_with(item)

    def _end_turn(self) -> None:
        self._arrivals.show_new(self._client)
        if self._renderer is not None:
            self._renderer.flush()
        if self._client is not None and not self._leaving:
            self._inbox.catch_up(self._client)
            self._look_for_end()

    def _deal_with(self, item: i.Item) -> None:
        match item:
            case i.EventTold(event):
                self._take_note(event)
                self._show(self._requests.told(event))
            case i.EventsMissed() | i.ProfileOpened():
                self._client = item.client if isinstance(item, i.ProfileOpened) else self._client
                self._refresh()
            case i.Failed(error):
                self._break(error)
            case i.Ordered(order):
                if self.ending is None:
                    self._sequence.add(order)
            case i.Inspected(order, answer):
                self._inspected(order, answer)
            case i.Answered():
                self._answered(item)
            case i.Noted(answer):
                self._noted(answer)
            case i.InputEnded():
                self._end_input()
            case i.Stopped():
                self._finish(self._when_stopped())
            case i.ClientClosed():
                self._leaving = True
            case _:
                assert_never(item)

    # Orders.

    def _start(self, order: OrderedCommand) -> None:
        """Start an order whose turn has come."""
        match order.action:
            case c.Send(files=files, as_files=True) if self._renderer is not None and self._renderer.reads_aloud:
                # Whoever sends every byte is told what that says, as in the other faces.
                self._ask(c.InspectFiles(files), lambda answer: self._inbox.put(i.Inspected(order, answer)))
            case c.Command():
                self._give(order, order.action)
            case Choose() | ShowHelp() | Quit():
                self._say_answer(order, None)
                self._end_order(order)
            case Complain(error):
                self._say_problem(Problem(error, order))
                self._end_order(order)
            case AskPasswords() | AskPassword():
                self._end_order(order)
            case WriteExport(request):
                self._export(order, request)
            case _:
                assert_never(order.action)

    def _export(self, order: OrderedCommand, request: ExportRequest) -> None:
        """Have conversations written; orders that follow need not wait for that."""
        if self._client is None:
            raise RuntimeError("orders come after the opening")
        request_id = self._requests.begin(order)
        answer = ExportJob(self._say, request, self._clock).begin(self._client)
        answer.add_done_callback(lambda ended: self._inbox.put(i.Answered(order, request_id, ended)))

    def _give(self, order: OrderedCommand, action: c.Command[Any]) -> None:
        """Give an order to the client."""
        # A device that is wiped closes its client, as was ordered.
        self._wiping = self._wiping or isinstance(action, c.WipeProfile)
        request_id = self._requests.begin(order)
        meant = self._known.meant(action) if order.typed else action
        command = replace(meant, request_id=request_id)
        self._ask(command, lambda answer: self._inbox.put(i.Answered(order, request_id, answer)))

    def _inspected(self, order: OrderedCommand, answer: "Future[Any]") -> None:
        """Say what is in the pictures of a message, and send it; where that cannot be said, nothing leaves."""
        try:
            found = tuple(file for file in answer.result() if file.details)
        except Exception as problem:  # noqa: BLE001 -- it is told, as a problem of the order
            self._say_problem(Problem(explained(order, as_babilu_error(problem)), order))
            self._refused += 1
            self._end_order(order)
            return
        if found:
            self._say_answer(replace(order, action=c.InspectFiles(tuple(file.path for file in found))), found)
        if isinstance(order.action, c.Send):
            self._give(order, order.action)

    def _ask(self, command: c.Command[object], take: "Callable[[Future[object]], None]") -> None:
        if self._client is None:
            raise RuntimeError("orders come after the opening")
        try:
            answer = self._client.request(command)
        except BabiluError as error:
            answer = Future()
            answer.set_exception(error)
        answer.add_done_callback(take)

    def _answered(self, answered: i.Answered) -> None:
        order = answered.order
        try:
            result = answered.answer.result()
            if isinstance(order.action, c.Administer):
                result = read_invitation(str(result))
            error: BaseException | None = None
        except Exception as problem:  # noqa: BLE001 -- it is told, as a problem of the order
            result, error = None, problem
        if error is None:
            self._say_answer(order, result)
            self._note_answer(order, result)
        else:
            self._say_problem(Problem(explained(order, as_babilu_error(error)), order))
            self._refused += isinstance(order.action, c.Send | c.Forward | c.SendNow)
            self._wiping = self._wiping and not isinstance(order.action, c.WipeProfile)
        self._show(self._requests.end(answered.request_id, failed=error is not None))
        self._end_order(order)

    def _note_answer(self, order: OrderedCommand, answer: object) -> None:
        self._known.shown.answer(answer)
        if isinstance(answer, GroupView):
            self._known.know_group(answer)
        if self._wait_sent is not None:
            # Whoever does not wait at the end need not know, and may send for months.
            self._own.update(_sent(order.action, answer))
        if isinstance(answer, MessageView):
            self._known.know(answer.conversation, order.about)
        elif isinstance(answer, ContactView) and not isinstance(order.action, c.Accept):
            self._known.know(answer.name, order.about)
        elif isinstance(answer, HistoryPage) and self._renderer is not None and self._renderer.reads_aloud:
            self._note(c.MarkRead(answer.conversation_id.hex()))

    def _end_order(self, order: OrderedCommand) -> None:
        self._look_again = True
        self._inbox.order_done()
        self._sequence.done(order)

    # What the client tells.

    def _take_note(self, event: e.Event) -> None:
        """Remember what later decisions need."""
        match event:
            case e.ContactChanged(contact):
                self._known.know(contact.name)
                self._known.shown.contact(contact)
            case e.GroupChanged(group):
                self._known.know_group(group)
            case e.RequestArrived(request):
                self._known.shown.request(request)
            case e.LinkAsked():
                self._known.shown.device(event)
            case e.OwnHistoryCame():
                self._refresh()
            case e.Warned(code, text, True):
                self._break(BabiluError(_code(code), text))
            case e.Closed():
                # One that closes while it opens says why by failing to open.
                if self._wiping:
                    self._finish(SessionEnd.DONE)
                elif self._client is not None:
                    self._break(BabiluError(ErrorCode.CLOSED, "The client has ended."))
            case _:
                pass

    def _refresh(self) -> None:
        """Read what no event tells: who is known, who is in which group, and what was not shown in earlier runs."""
        self._read(c.Contacts(), c.Conversations())
        self._arrivals.take_all(self._client)

    def _read(self, *commands: c.Command[object]) -> None:
        """Read what has to be known before the first order is carried out."""
        self._unread += len(commands)
        for command in commands:
            self._note(command)

    def _has_read(self) -> None:
        self._unread -= 1
        if self._unread <= 0:
            self._sequence.begin()

    def _note(self, command: c.Command[object]) -> None:
        self._ask(command, lambda answer: self._inbox.put(i.Noted(answer)))

    def _noted(self, answer: "Future[object]") -> None:
        """Take an answer that nobody ordered."""
        error = answer.exception()
        if error is not None:
            self._asking = False
            self._sequence.begin()
            self._say_problem(Problem(as_babilu_error(error)))
            return
        match answer.result():
            case tuple() as listed:
                self._read(*self._known.learn(listed))
                self._has_read()
            case GroupView() as group:
                self._known.know_group(group)
                self._has_read()
            case StatusView(queued=queued):
                self._asking = False
                if not queued:
                    self._finish(SessionEnd.UNSENT if self._unsent or self._refused else SessionEnd.DONE)
            case _:
                pass

    def _show_taken(self, taken: tuple[MessageView, ...]) -> None:
        """Show messages at once that were taken: they are not handed out again."""
        if self._renderer is None:
            return
        self._renderer.messages(taken)
        if self._renderer.reads_aloud:
            for conversation in dict.fromkeys(message.conversation_id for message in taken):
                self._note(c.MarkRead(conversation.hex()))

    # What is said.

    def _show(self, events: list[Tagged]) -> None:
        for tagged in events:
            event = tagged.event
            if isinstance(event, e.MessageStateChanged):
                self._note_state(event)
            # The error that has ended a session is its last word, and is said where it ends it.
            fatal = isinstance(event, e.Warned) and event.fatal
            if self._renderer is not None and not fatal and not isinstance(self.ending, Broken):
                self._renderer.event(tagged)

    def _note_state(self, event: e.MessageStateChanged) -> None:
        """Remember which messages of this session have failed."""
        self._look_again = True
        if event.state is MessageState.FAILED and event.message in self._own:
            self._unsent.add(event.message)
        else:
            self._unsent.discard(event.message)

    def _say_answer(self, order: OrderedCommand, answer: object) -> None:
        if self._renderer is not None:
            self._renderer.answer(order, answer)

    def _say_problem(self, problem: Problem) -> None:
        expected = (self._stopping or self.ending is not None) and problem.error.code in GONE
        if self._renderer is not None and not expected:
            self._renderer.problem(problem)

    # The end.

    def _end_input(self) -> None:
        self._input_ended = self._look_again = True
        if self._wait_sent is not None:
            self._deadline = time.monotonic() + self._wait_sent

    def _look_for_end(self) -> None:
        if self.ending is not None or not self._input_ended or not self._sequence.idle:
            return
        if self._deadline is None:
            self._finish(SessionEnd.DONE)
        elif time.monotonic() >= self._deadline:
            self._finish(SessionEnd.UNSENT)
        elif self._look_again and not self._asking:
            self._look_again, self._asking = False, True
            self._note(c.Status())

    def _break(self, error: BabiluError) -> None:
        if self.ending is None:
            self._say_problem(Problem(error, fatal=True))
            self._finish(self._when_stopped() if self._stopping else Broken(error))

    def _when_stopped(self) -> SessionEnd:
        return SessionEnd.DONE if self._wait_sent is None else SessionEnd.UNSENT

    def _finish(self, ending: Ending) -> None:
        if self.ending is None:
            self.ending = ending
            self._deadline = None
            self._over.set()
            self._ended()


def _sent(action: object, answer: object) -> tuple[MessageId, ...]:
    """Give the ids of the messages that an order has sent."""
    match action:
        case c.Send() | c.Retry() | c.SendNow() if isinstance(answer, MessageView):
            return (answer.id,)
        case c.Forward() if isinstance(answer, tuple):
            return answer
        case _:
            return ()


def as_babilu_error(error: BaseException) -> BabiluError:
    """Give what a person can be told of an error."""
    if isinstance(error, BabiluError):
        return error
    log.error("the client failed", exc_info=error)
    return BabiluError(ErrorCode.INTERNAL, "Something went wrong inside Babilu.")


def _code(code: str) -> ErrorCode:
    try:
        return ErrorCode(code)
    except ValueError:
        return ErrorCode.INTERNAL
