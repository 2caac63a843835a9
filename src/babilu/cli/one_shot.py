"""One-shot commands: they ask the client that is open, or one of their own, and speak as the line mode does."""

import queue
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from babilu.api import events as e
from babilu.api.client import ChatClient
from babilu.api.commands import Command
from babilu.api.views import LinkState
from babilu.cli.exit_codes import ExitCode
from babilu.cli.line_session import SessionOptions, renderer_for
from babilu.cli.log import set_up_logging
from babilu.cli.options import LogFormat, LogLevel
from babilu.cli.profile_choice import ProfileChoice
from babilu.kernel.errors import BabiluError, ErrorCode, LinkError
from babilu.presentation.strings import NobodyAnswersError
from babilu.terminal.interruption import Interruption, leave_at_once
from babilu.terminal.message_numbers import MessageNumbers
from babilu.terminal.ordered_command import OrderedCommand
from babilu.terminal.output import OutputLostError, forget_standard_output, standard_output
from babilu.terminal.pipe_reader import PipeReader, Reader
from babilu.terminal.renderer import Problem, Renderer
from babilu.terminal.tags import Tagged

R = TypeVar("R")

ANSWER_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class OneShot:
    """One-shot command: what it does with an open client.

    Attributes:
        client: The client.
        renderer: Says what came of it, in sentences or JSON.
        told: What the client tells.
        reader: Who reads standard output.
        interruption: What ends the waiting for events, and the writing; None for a signal's own way.
    """

    client: ChatClient
    renderer: Renderer
    told: "queue.SimpleQueue[e.Event]"
    reader: Reader = field(default_factory=lambda: PipeReader(standard_output()))
    interruption: Interruption | None = None

    def ask(self, command: Command[R]) -> R:
        """Ask for something and wait for the answer.

        Raises:
            BabiluError: It was refused, or there is no answer.
        """
        try:
            return self.client.request(command).result(ANSWER_S)
        except TimeoutError as error:
            raise NobodyAnswersError("answer") from error

    def show(self, do: str, command: Command[R], about: str = "") -> R:
        """Ask for something and say the answer."""
        answer = self.ask(command)
        self.answer(do, command, answer, about)
        return answer

    def answer(self, do: str, command: Command[Any], answer: object, about: str = "") -> None:
        self.renderer.answer(OrderedCommand(do, command, about=about), answer)
        self.renderer.flush()

    def tell(self, event: e.Event) -> None:
        """Say what the client told."""
        self.renderer.event(Tagged(event))
        self.renderer.flush()

    def complain(self, error: BabiluError) -> None:
        """Say what went wrong."""
        self.renderer.problem(Problem(error))
        self.renderer.flush()

    def next_event(self, seconds: float | None) -> e.Event | None:
        """Wait for what the client tells; None after ``seconds``.

        Raises:
            BabiluError: The client has ended, and why.
        """
        event = self._take(seconds)
        if isinstance(event, e.Warned) and event.fatal:
            raise BabiluError(ErrorCode(event.code), event.text)
        if isinstance(event, e.Closed):
            raise LinkError(ErrorCode.CLOSED, "The client has ended.")
        return event

    def _take(self, seconds: float | None) -> e.Event | None:
        """Wait for what the client tells; None when there was nothing for a while, of ``seconds`` at most."""
        if self.interruption is not None and self.told.empty():
            self.interruption.rest(seconds=seconds)
            seconds = 0
        try:
            return self.told.get(timeout=seconds)
        except queue.Empty:
            return None

    def writing(self) -> AbstractContextManager[None]:
        """Let the end be asked for while somebody does not read what is written inside.

        Raises:
            Interrupted: It was, also before.
        """
        return nullcontext() if self.interruption is None else self.interruption.waiting(leave_at_once)

    def events(self, deadline: float | None) -> Iterator[e.Event]:
        """Yield what the client tells until a moment of the monotonic clock, in seconds; None for without end."""
        while True:
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                return
            event = self.next_event(left)
            if event is not None:
                yield event


@dataclass(frozen=True, slots=True)
class Offline:
    """Why the relay cannot be reached.

    Attributes:
        why: The relay's reason, or the network's.
        for_good: Whether somebody has to do something about it first.
    """

    why: BabiluError
    for_good: bool


def offline_by(event: e.Event | None, known: Offline | None) -> Offline | None:
    """Tell why the relay cannot be reached after an event, given what was known before it; None where it can."""
    if not isinstance(event, e.LinkChanged):
        return known
    if event.code is None:
        return None if event.state is LinkState.ONLINE else known
    return Offline(BabiluError(ErrorCode(event.code), event.text).because(event.reason), event.refused)


def run_one_shot(
    choice: ProfileChoice,
    act: Callable[[OneShot], ExitCode],
    *,
    as_json: bool,
    interruption: Interruption | None = None,
) -> ExitCode:
    """Open the profile of a choice, do something, and close it.

    Args:
        choice: Which profile.
        act: What is done; gives the exit code.
        as_json: JSON rather than sentences.
        interruption: What ends it; None for a signal's own way.

    Raises:
        BabiluError: The profile cannot be opened, or what was asked was refused.
        Interrupted: The end was asked for.
    """
    # What an engine of one's own logs on its way out is nobody's concern here.
    set_up_logging(LogLevel.ERROR, None, LogFormat.TEXT)
    told: queue.SimpleQueue[e.Event] = queue.SimpleQueue()
    renderer = renderer_for(SessionOptions(as_json, None, choice.say), MessageNumbers(), alone_as=choice.find().name)

    def hear(_: int, event: e.Event) -> None:
        told.put(event)
        if interruption is not None:
            interruption.ring()

    with choice.opened(hear, interruption) as client:
        try:
            return act(OneShot(client, renderer, told, interruption=interruption))
        except OutputLostError:
            forget_standard_output()
            return ExitCode.DONE
