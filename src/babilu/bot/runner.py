"""Runner of a bot: it handles the messages of a conversation in order, and several conversations at a time.

A handler that fails harms neither its conversation nor the others; what is logged of it is its place, never content.
"""

import asyncio
import inspect
import logging
import traceback
from collections import deque
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.client import ChatClient
from babilu.api.group_views import GroupInvitationView
from babilu.api.views import NOTES_LABEL, MessageView, RequestView
from babilu.bot.handlers import HandlerTable, Limit, Reply, TimedHandler
from babilu.kernel.errors import BabiluError, ErrorCode, LinkError
from babilu.kernel.ids import ConversationId

R = TypeVar("R")

log = logging.getLogger(__name__)

RETRY_MS: Final = 1_000
"""Wait before a client is asked again that has too much to do and does not say for how long."""

WAITING_MAX: Final = 1_000
"""Messages that are taken and not handled yet; more of them wait in the profile."""

HANDLERS_MAX: Final = 8
"""Plain handlers that run at a time, each in a thread."""


AFTER_MENTION: Final = " \t\n,:"
"""What stands between the mention of a bot and what is said to it."""


def is_group(message: MessageView) -> bool:
    """Tell whether a message is one of a group: only labels have that sign, and one's notes are one's own."""
    return message.conversation.startswith("#") and message.conversation != NOTES_LABEL


class Time(Protocol):
    """The bot's time."""

    def now(self) -> float:
        """Return the Unix time in seconds."""

    async def sleep(self, seconds: float) -> None:
        """Wait."""


class Bucket:
    """Token bucket of one conversation: how many messages may still be handled."""

    def __init__(self, limit: Limit, now: float) -> None:
        self._limit = limit
        self._left = float(limit.messages)
        self._at = now
        self.is_over = False

    def take(self, now: float) -> bool:
        """Take one message; False where there are too many."""
        gained = max(now - self._at, 0.0) * self._limit.messages / self._limit.seconds
        self._left = min(self._left + gained, float(self._limit.messages))
        self._at = now
        if self._left < 1.0:
            return False
        self._left -= 1.0
        self.is_over = False
        return True

    def is_full(self, now: float) -> bool:
        """Tell whether it is as one that nothing was taken of for long."""
        return (now - self._at) >= self._limit.seconds


class BotRunner:
    """Runs a bot's handlers until the client ends or `stop` is called. Everything but `stop` belongs to one event loop.

    Args:
        handlers: What is played.
        client: Whose messages are handled; it stays open.
        time: The time.
    """

    def __init__(self, handlers: HandlerTable, client: ChatClient, time: Time) -> None:
        self._handlers = handlers
        self._client = client
        self._time = time
        self._loop = asyncio.get_running_loop()
        self._news = asyncio.Event()
        self._calm = asyncio.Event()
        self._is_waiting = False
        self._ended: BabiluError | None = None
        self._stopping = False
        self._conversations: dict[ConversationId, deque[MessageView]] = {}
        self._buckets: dict[ConversationId, Bucket] = {}
        self._seen: set[str] = set()
        self._name: str | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._waiting = self._timed = 0
        self._threads = ThreadPoolExecutor(HANDLERS_MAX, thread_name_prefix="bot")

    async def run(self) -> None:
        """Play.

        Raises:
            BabiluError: The client has ended, and why.
        """
        subscription = self._client.subscribe(self._hear)
        timers = [self._loop.create_task(self._repeat(*timed)) for timed in self._handlers.timed]
        try:
            while not self._stopping:
                self._news.clear()
                if not await self._take():
                    await self._wait_for_news()
                if self._ended is not None:
                    raise self._ended
            # What was taken is never handed out again: it is handled before the end.
            while self._tasks:
                await asyncio.wait(self._tasks)
        finally:
            subscription.cancel()
            for task in (*timers, *self._tasks):
                task.cancel()
            await asyncio.gather(*timers, *self._tasks, return_exceptions=True)
            self._threads.shutdown(wait=True, cancel_futures=True)

    def stop(self) -> None:
        """Handle what was taken and end; may be called from any thread."""
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._stop)

    async def settled(self) -> None:
        """Wait until everything that has come so far is handled."""
        await self._calm.wait()

    def _stop(self) -> None:
        self._stopping = True
        self._wake()

    # What comes.

    def _hear(self, cursor: int, event: e.Event) -> None:
        del cursor
        with suppress(RuntimeError):
            match event:
                case e.MessageArrived() | e.RequestArrived() | e.GroupInvited():
                    self._loop.call_soon_threadsafe(self._wake)
                case e.AlarmRaised(alarm, _):
                    log.warning("an alarm was raised: %s", alarm.value)
                case e.Warned(code, text, True):
                    self._loop.call_soon_threadsafe(self._end, BabiluError(ErrorCode(code), text))
                case e.Closed():
                    self._loop.call_soon_threadsafe(self._end, LinkError(ErrorCode.CLOSED, "The client has ended."))
                case _:
                    pass

    def _end(self, error: BabiluError) -> None:
        self._ended = self._ended or error
        self._wake()

    def _wake(self) -> None:
        self._news.set()
        self._look_whether_calm()

    async def _wait_for_news(self) -> None:
        self._is_waiting = True
        self._look_whether_calm()
        await self._news.wait()
        self._is_waiting = False
        self._look_whether_calm()

    def _look_whether_calm(self) -> None:
        if self._is_waiting and not self._news.is_set() and not self._tasks and not self._timed:
            self._calm.set()
        else:
            self._calm.clear()

    async def _take(self) -> bool:
        """Take a message and the requests that are new; False where there is none, or no room."""
        try:
            return await self._take_what_came()
        except BabiluError as error:
            if error.code is not ErrorCode.BUSY:
                raise
            # The client has too much to do: what came waits there until it has had time.
            self._loop.call_later((error.retry_after_ms or RETRY_MS) / 1000, self._wake)
            return False

    async def _take_what_came(self) -> bool:
        await self._take_requests()
        if self._waiting >= WAITING_MAX:
            return False
        # One at a time: what was taken and not handled when the process is killed is lost.
        taken = await self._ask(c.TakeUnshown(1))
        for message in taken:
            self._add(message)
        return bool(taken)

    async def _take_requests(self) -> None:
        """Have everybody decided on who asks, each once while they ask."""
        asking: dict[str, RequestView | GroupInvitationView] = {}
        if self._handlers.on_request is not None:
            asking.update({request.id: request for request in await self._ask(c.Requests())})
        if self._handlers.on_invitation is not None:
            asking.update({invitation.id: invitation for invitation in await self._ask(c.GroupInvitations())})
        for each in asking.values():
            if each.id not in self._seen:
                self._spawn(self._decide(each))
        self._seen = set(asking)

    async def _ask(self, command: "c.Command[R]") -> R:
        return await asyncio.wrap_future(self._client.request(command))

    def _add(self, message: MessageView) -> None:
        self._waiting += 1
        queued = self._conversations.get(message.conversation_id)
        if queued is not None:
            queued.append(message)
            return
        self._conversations[message.conversation_id] = deque([message])
        self._spawn(self._converse(message.conversation_id))

    def _spawn(self, work: Any) -> None:  # noqa: ANN401 -- a coroutine
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        self._look_whether_calm()

    def _done(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log_failure("handling what came", error)
        self._look_whether_calm()

    # What is done with it.

    async def _converse(self, conversation: ConversationId) -> None:
        """Handle the messages of a conversation, one after the other, until none is left."""
        queued = self._conversations[conversation]
        try:
            while queued:
                await self._handle(queued.popleft())
                self._waiting -= 1
                if self._waiting == WAITING_MAX - 1:
                    self._wake()
        finally:
            self._waiting -= len(queued)
            del self._conversations[conversation]

    async def _handle(self, message: MessageView) -> None:
        in_group = is_group(message)
        said = await self._said_in_group(message) if in_group else message.text
        if said is None or not self._is_within_limit(message.conversation_id):
            return
        command = self._handlers.find_command(said)
        if command is not None:
            handler, words = command
            await self._answer(message, lambda: handler(message, words), handler)
        elif in_group:
            for member in self._handlers.on_group:
                await self._answer(message, lambda member=member: member(message, said), member)  # type: ignore[misc]
        else:
            for listener in self._handlers.on_message:
                await self._answer(message, lambda listener=listener: listener(message), listener)  # type: ignore[misc]

    async def _said_in_group(self, message: MessageView) -> str | None:
        """Give what a message of a group says to the bot; None where it does not mention it by its own name."""
        if not message.mentions:
            return None
        if self._name is None:
            self._name = (await self._ask(c.Status())).name
        mention = next((each for each in message.mentions if each.name == self._name), None)
        if mention is None:
            return None
        end = mention.start + mention.length
        return message.text if message.text[: mention.start].strip() else message.text[end:].lstrip(AFTER_MENTION)

    def _is_within_limit(self, conversation: ConversationId) -> bool:
        now = self._time.now()
        for other in [key for key, bucket in self._buckets.items() if bucket.is_full(now)]:
            del self._buckets[other]
        bucket = self._buckets.setdefault(conversation, Bucket(self._handlers.limit, now))
        if bucket.take(now):
            return True
        if not bucket.is_over:
            bucket.is_over = True
            log.warning("a conversation has more messages than its limit; the next ones are passed over")
        return False

    async def _answer(self, message: MessageView, call: Callable[[], Any], handler: Callable[..., Any]) -> None:
        async def text_of_reply() -> str:
            reply: Reply = await self._call(call, handler)
            return str(reply) if reply else ""

        text = await self._guarded("a handler failed", text_of_reply())
        if not text:
            return
        # In a group many talk at a time: there an answer says what it is one to.
        reply_to = message.id if is_group(message) else None
        try:
            await self._ask(c.Send(message.conversation_id.hex(), text, message.identity, reply_to))
        except BabiluError as error:
            log.warning("an answer was not sent: %s", error.code.value)

    async def _guarded(self, what: str, handling: Awaitable[R]) -> R | None:
        """Wait for a handler; whatever it raises is logged, and the bot lives on.

        A handler that wants to exit ends the bot in good order, after what was taken. `asyncio.CancelledError` is a
        failure like any other where it comes from the handler, such as from a task of its own, and not from the
        bot's end.
        """
        try:
            return await handling
        except GeneratorExit:
            raise
        except BaseException as error:
            present = asyncio.current_task()
            if isinstance(error, asyncio.CancelledError) and present is not None and present.cancelling():
                raise
            log_failure(what, error)
            if isinstance(error, (SystemExit, KeyboardInterrupt)):
                self._stop()
            return None

    async def _call(self, call: Callable[[], Any], handler: Callable[..., Any]) -> Any:  # noqa: ANN401 -- a handler's
        if inspect.iscoroutinefunction(handler):
            return await call()
        return await self._loop.run_in_executor(self._threads, call)

    async def _decide(self, request: RequestView | GroupInvitationView) -> None:
        is_person = isinstance(request, RequestView)
        handler: Callable[..., Any] | None = self._handlers.on_request if is_person else self._handlers.on_invitation
        if handler is None:
            return
        call = self._call(lambda: handler(request), handler)
        decision = await self._guarded("a handler of requests failed", call)
        if decision is None:
            return
        identity = request.identity if isinstance(request, RequestView) else None
        try:
            await self._ask(c.Accept(request.id, identity) if decision else c.Decline(request.id, identity))
        except BabiluError as error:
            log.warning("a request was not decided: %s", error.code.value)

    async def _repeat(self, seconds: float, handler: TimedHandler) -> None:
        while True:
            self._timed += 1
            self._look_whether_calm()
            await self._guarded("a timed handler failed", self._call(handler, handler))
            self._timed -= 1
            self._look_whether_calm()
            await self._time.sleep(seconds)


def log_failure(what: str, error: BaseException) -> None:
    """Log where an error came from: its type and place, and nothing it says, which may quote a message."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"line {frames[-1].lineno} of {Path(frames[-1].filename).name}" if frames else "an unknown place"
    log.error("%s: %s at %s", what, type(error).__name__, place)
