"""The plain line mode: the main thread reads lines blockingly, one other thread does and says everything."""

from concurrent.futures import Future
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from babilu.api import commands as c
from babilu.api.client import ChatClient, ClientFactory, DirectProfile, RelayProfile
from babilu.api.credentials import Passphrase
from babilu.kernel.errors import BabiluError
from babilu.kernel.ports import Clock
from babilu.presentation.strings import MisuseError, Strings
from babilu.terminal import event_queue as i
from babilu.terminal.command_line import find_tag, parse_json, parse_line
from babilu.terminal.event_queue import LineQueue
from babilu.terminal.interruption import Interrupted, Interruption
from babilu.terminal.line_session import Ending, LineSession, SessionEnd
from babilu.terminal.message_numbers import MessageNumbers
from babilu.terminal.ordered_command import AskPassword, AskPasswords, Choose, Complain, OrderedCommand, Quit
from babilu.terminal.renderer import Renderer
from babilu.terminal.source import InputSource

CLOSE_MS = 10_000
JOIN_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class LineModeContext:
    """What a session needs besides the client.

    Attributes:
        renderer: Says what happens.
        strings: The language of questions.
        numbers: Short names of own messages, shared with the renderer.
        clock: The time.
        takes_json: Whether a line that begins with a brace is JSON.
        wait_sent: Seconds to wait at the end until everything is held or delivered; None not to.
    """

    renderer: Renderer
    strings: Strings
    numbers: MessageNumbers
    clock: Clock
    takes_json: bool = False
    wait_sent: float | None = None


class LineMode:
    """One session: open a profile, obey lines, close.

    Args:
        factory: Opens the profile.
        ui_context: What it needs besides.
        interruption: Ends it; None for one of its own.

    Attributes:
        is_stuck: Whether the thread that says everything still waits for somebody to read it, when all is over.
    """

    def __init__(
        self, factory: ClientFactory, ui_context: LineModeContext, interruption: Interruption | None = None
    ) -> None:
        self._factory = factory
        self._ui_context = ui_context
        self._interruption = interruption or Interruption()
        self._inbox = LineQueue(room=self._interruption.ring)
        self._current = ""
        self.is_stuck = False
        self._session = LineSession(
            self._inbox,
            ui_context.renderer,
            ui_context.wait_sent,
            ended=self._interruption.wake,
            say=ui_context.strings,
            clock=ui_context.clock,
        )

    def names(self) -> frozenset[str]:
        """Give the names of contacts, for completion; from any thread."""
        return self._session.names

    def run(
        self,
        profile: RelayProfile | DirectProfile,
        source: InputSource,
        shown: "AbstractContextManager[object] | None" = None,
    ) -> Ending:
        """Run the session, in the main thread, and tell how it ended; an error has been said by then.

        Args:
            profile: What to open.
            source: Where lines come from.
            shown: Entered while input is read.
        """
        with self._interruption:
            self._session.start()
            client: ChatClient | None = None
            try:
                client = self._open(profile)
                if client is not None:
                    self._inbox.put(i.ProfileOpened(client))
                    with shown or nullcontext():
                        self._obey(source)
            except Interrupted:
                self._session.stop()
            finally:
                if client is not None:
                    client.close(CLOSE_MS)
                self._inbox.put(i.ClientClosed())
                self.is_stuck = not self._session.join(JOIN_SECONDS)
        return self._session.ending or SessionEnd.DONE

    def _open(self, profile: RelayProfile | DirectProfile) -> ChatClient | None:
        opening = self._factory.open(profile, self._inbox.listener())
        try:
            return self._interruption.wait_for(opening)
        except BabiluError as error:
            self._inbox.put(i.Failed(error))
        except Interrupted:
            # First, so that the end of a client that opened just now is no surprise.
            self._session.stop()
            opening.add_done_callback(_close_late)
            raise
        return None

    def _obey(self, source: InputSource) -> None:
        """Read lines to the end of input, and wait until what they ordered is done."""
        while (order := self._read(source)) is not None:
            if isinstance(order.action, Choose):
                self._current = order.action.name
            self._interruption.check()
            while not self._inbox.order(order):
                self._interruption.rest()
            if isinstance(order.action, Quit):
                break
        self._inbox.put(i.InputEnded())
        while not self._session.is_over():
            self._interruption.rest()

    def _read(self, source: InputSource) -> OrderedCommand | None:
        """Give the next order, or None at the end of input."""
        line = ""
        try:
            while not line.strip():
                with self._interruption.waiting(source.interrupt):
                    read = source.read(self._current, self._interruption)
                if read is None:
                    return None
                line = read
            return self._understand(line, source)
        except BabiluError as error:
            tag = find_tag(line) if self._ui_context.takes_json else None
            return OrderedCommand("", Complain(error), tag)

    def _understand(self, line: str, source: InputSource) -> OrderedCommand:
        if self._ui_context.takes_json and line.lstrip().startswith("{"):
            order = parse_json(line)
        else:
            order = parse_line(line, self._current, self._ui_context.numbers.find)
        match order.action:
            case AskPasswords():
                return self._ask_passwords(order, source)
            case AskPassword(make):
                with self._interruption.waiting(source.interrupt):
                    password = Passphrase(source.ask_secret(self._ui_context.strings("ask.password")))
                return OrderedCommand(order.do, make(password), order.tag)
            case _:
                return order

    def _ask_passwords(self, order: OrderedCommand, source: InputSource) -> OrderedCommand:
        say = self._ui_context.strings
        with self._interruption.waiting(source.interrupt):
            old = Passphrase(source.ask_secret(say("ask.old_password")))
            new = source.ask_secret(say("ask.new_password"))
            if new != source.ask_secret(say("ask.new_password_again")):
                raise MisuseError("passwords_differ")
        return OrderedCommand(order.do, c.ChangePassword(old, Passphrase(new)), order.tag)


def _close_late(opening: "Future[ChatClient]") -> None:
    """Close a client that opened when nobody waited for it any more."""
    if opening.exception() is None:
        opening.result().close(CLOSE_MS)
