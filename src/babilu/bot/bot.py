"""Bot: a few decorated functions, a client that it opens when it runs, and a loop until somebody stops it."""

import asyncio
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Protocol, TypeVar

from babilu.api import commands as c
from babilu.api.client import ChatClient
from babilu.api.events import Event, LinkChanged
from babilu.api.views import Address, LinkState, MessageView, StatusView
from babilu.bot.handlers import (
    CommandHandler,
    GroupHandler,
    HandlerTable,
    InvitationHandler,
    Limit,
    MessageHandler,
    RequestHandler,
    TimedHandler,
)
from babilu.bot.memory import Memory
from babilu.bot.runner import BotRunner, Time
from babilu.kernel.errors import BabiluError, ErrorCode, LinkError, UsageError
from babilu.kernel.ids import IdentityKey

R = TypeVar("R")
T = TypeVar("T", bound=TimedHandler)
M = TypeVar("M", bound=MessageHandler)
C = TypeVar("C", bound=CommandHandler)
Q = TypeVar("Q", bound=RequestHandler)
G = TypeVar("G", bound=GroupHandler)
V = TypeVar("V", bound=InvitationHandler)

ANSWER_S: Final = 60.0


def end_in_a_sentence(error: BabiluError) -> None:
    """Have an error that nobody catches print one sentence instead of a traceback."""
    usual = sys.excepthook

    def tell(kind: type[BaseException], value: BaseException, trace: TracebackType | None) -> None:
        if value is error:
            sys.stderr.write(f"{error.text}\n")
        else:
            usual(kind, value, trace)

    sys.excepthook = tell


class ConnectionReporter:
    """Tells whoever runs a bot, on standard error, how it is connected: each change in one line.

    Args:
        status: How the client stands now.
    """

    def __init__(self, status: StatusView) -> None:
        self._status = status
        self._told: LinkState | None = None
        where = "" if status.listening is None else f" and listens at {status.listening}"
        sys.stderr.write(f"{status.name} is open{where}. Ctrl+C ends it.\n")
        self._tell(status.link, status.link_text, status.reached_at)

    def hear(self, cursor: int, event: Event) -> None:
        """Record what the client tells."""
        del cursor
        if isinstance(event, LinkChanged):
            self._tell(event.state, event.text, event.address)

    def _tell(self, link: LinkState, text: str, reached_at: Address | None) -> None:
        if link is self._told or link not in {LinkState.ONLINE, LinkState.OFFLINE}:
            return
        self._told = link
        how = "is connected to" if link is LinkState.ONLINE else "is not connected to"
        why = f": {text}" if text and link is LinkState.OFFLINE else "."
        where = "" if reached_at in {None, self._status.relay} else f" at {reached_at}"
        sys.stderr.write(f"{self._status.name} {how} {self._status.relay}{where}{why}\n")


class Opener(Protocol):
    """Opens the bot's client; it takes its time."""

    def __call__(self) -> ChatClient:
        """Open it."""


class MachineTime:
    def now(self) -> float:
        return time.time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class BaseBot:
    """A bot, before and while it runs.

    Args:
        opens: Opens its client.
        prefix: What commands begin with.
        limit: How much of one conversation is handled.
        joins_groups: Whether it accepts to be in every group that it is added to; `invitation` decides otherwise.
    """

    def __init__(
        self, opens: Opener, *, prefix: str = "/", limit: Limit | None = None, joins_groups: bool = False
    ) -> None:
        self._opens = opens
        self._handlers = HandlerTable(prefix, limit or Limit())
        if joins_groups:
            self._handlers.on_invitation = lambda _: True
        self._client: ChatClient | None = None
        self._runner: BotRunner | None = None
        self._time: Time = MachineTime()
        self._running = threading.Lock()
        self._stopped = False
        self.memory = Memory(self.ask)
        """What it remembers: a mapping that survives restarts."""

    # What it does.

    def message(self, handler: M) -> M:
        """Have a function called for each message of a person that is no command: ``handler(message)``.

        A text that it returns is the answer. It is a plain function, in a thread, or an ``async def``.
        """
        self._handlers.on_message.append(handler)
        return handler

    def command(self, name: str) -> Callable[[C], C]:
        """Have a function called for ``/name …``: ``handler(message, words)``; ``/help`` lists all of them.

        Raises:
            UsageError: The name cannot be one, or there is such a command already.
        """

        def write_down(handler: C) -> C:
            self._handlers.add_command(name, handler)
            return handler

        return write_down

    def group(self, handler: G) -> G:
        """Have a function called for each message of a group that mentions the bot: ``handler(message, words)``.

        ``words`` is the text without the mention where it stands in front. A text that the function returns is the
        answer, as a reply in the group. What mentions all or others is not for the bot; neither are messages of groups
        for the functions of `message`. A command in a group begins with the mention: ``@bot /help``.
        """
        self._handlers.on_group.append(handler)
        return handler

    def invitation(self, handler: V) -> V:
        """Have a function decide on groups that the bot is added to: true accepts, false declines, None leaves it."""
        self._handlers.on_invitation = handler
        return handler

    def request(self, handler: Q) -> Q:
        """Have a function decide on strangers who call directly: true accepts, false declines, None leaves it open."""
        self._handlers.on_request = handler
        return handler

    def every(self, seconds: float) -> Callable[[T], T]:
        """Have a function called when the bot begins, and again and again: ``handler()``.

        Raises:
            UsageError: It is no time.
        """
        if seconds <= 0:
            raise UsageError("Something is done every so many seconds, more than none.")

        def write_down(handler: T) -> T:
            self._handlers.timed.append((seconds, handler))
            return handler

        return write_down

    # While it runs.

    def run(self) -> None:
        """Open the client and handle what comes, until `stop` or Ctrl+C.

        Raises:
            BabiluError: The client cannot be opened, or has ended, and why. Where nobody catches it, the script ends
                with one sentence.
        """
        self._stopped = False
        try:
            client = self._opens()
            subscription = client.subscribe(ConnectionReporter(client.request(c.Status()).result(ANSWER_S)).hear)
            try:
                with suppress(KeyboardInterrupt):
                    asyncio.run(self._live(client))
            finally:
                subscription.cancel()
                client.close()
        except BabiluError as error:
            end_in_a_sentence(error)
            raise

    async def _live(self, client: ChatClient) -> None:
        # Not on Windows, and not outside the main thread: there the bot is stopped otherwise.
        with suppress(NotImplementedError, RuntimeError, ValueError):
            for number in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(number, self._asked_to_end, number)
        await self.perform(client, self._time)

    def _asked_to_end(self, number: int) -> None:
        """Handle what was taken, which nobody gets again, and end; whoever asks twice does not want to wait."""
        asyncio.get_running_loop().remove_signal_handler(number)
        self.stop()

    async def perform(self, client: ChatClient, time: Time) -> None:
        """Handle what comes to a client that is open, and leave it open; `run` and rehearsals are made of this.

        Raises:
            UsageError: The bot runs already.
            BabiluError: The client has ended, and why.
        """
        if not self._running.acquire(blocking=False):
            raise UsageError("This bot runs already.")
        try:
            self._client, self._time = client, time
            self._runner = BotRunner(self._handlers, client, time)
            if not self._stopped:
                await self._runner.run()
        finally:
            self._client = self._runner = None
            self._stopped = False
            self._running.release()

    async def settled(self) -> None:
        """Wait until everything that has come so far is handled."""
        if self._runner is not None:
            await self._runner.settled()

    def stop(self) -> None:
        """Handle what has been taken, and end; may be called from any thread, also by a handler.

        Whoever stops a bot while its client is being opened ends it once that is open.
        """
        self._stopped = True
        runner = self._runner
        if runner is not None:
            runner.stop()

    def now(self) -> float:
        """Return the Unix time in seconds; a rehearsal has a time of its own."""
        return self._time.now()

    def send(
        self,
        to: str,
        text: str = "",
        identity: IdentityKey | None = None,
        files: Iterable[str | Path] = (),
        *,
        as_files: bool = False,
        mentions: Iterable[str] = (),
    ) -> MessageView:
        """Send a text, files, or both; done when it is committed here. It waits: an ``async def`` awaits `say`.

        Args:
            to: Name of a contact or of somebody new at the relay, or label of a group.
            text: What to send.
            identity: The identity key that ``to`` is believed to have, as a message or contact had it; None for whoever
                bears the name.
            files: Paths of up to 10 files. Pictures lose what they say besides what they show.
            as_files: Whether pictures are sent as they are, with every byte.
            mentions: Names that stand in the text as ``@name``, of people who are to notice it.

        Raises:
            BabiluError: It was refused, with ``mismatch`` where ``to`` is somebody else.
        """
        return self.ask(_send(to, text, identity, files, tuple(mentions), as_files=as_files))

    async def say(
        self,
        to: str,
        text: str = "",
        identity: IdentityKey | None = None,
        files: Iterable[str | Path] = (),
        *,
        as_files: bool = False,
        mentions: Iterable[str] = (),
    ) -> MessageView:
        """Send a text, files, or both, without keeping other handlers waiting; see `send`.

        Raises:
            BabiluError: It was refused.
        """
        command = _send(to, text, identity, files, tuple(mentions), as_files=as_files)
        return await asyncio.wrap_future(self._open_client().request(command))

    def ask(self, command: "c.Command[R]") -> R:
        """Do any command of the client and wait for its answer.

        Raises:
            BabiluError: It was refused, or the bot does not run.
        """
        try:
            return self._open_client().request(command).result(ANSWER_S)
        except TimeoutError as error:
            raise LinkError(ErrorCode.UNAVAILABLE, "There was no answer in time.") from error

    def _open_client(self) -> ChatClient:
        client = self._client
        if client is None:
            raise UsageError("The bot does not run yet: what needs its client is done by a handler.")
        return client


def _send(
    to: str,
    text: str,
    identity: IdentityKey | None,
    files: Iterable[str | Path],
    mentions: tuple[str, ...],
    *,
    as_files: bool,
) -> c.Send:
    paths = tuple(str(Path(file).absolute()) for file in files)
    return c.Send(to, text, identity, mentions=mentions, files=paths, as_files=as_files)
