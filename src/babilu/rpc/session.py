"""Session of one caller of the client's protocol; it waits for nobody and holds up nobody.

    locked ──attach──▶ open ──end──▶ ended

A session runs in one context, such as an event loop's thread: what comes from the client's threads is posted there. It
does no input or output itself, so that a socket and standard input and output are served alike.
"""

import codecs
import itertools
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Final, Protocol, assert_never

from babilu.api.client import ChatClient, Subscription
from babilu.api.commands import (
    CheckPassphrase,
    Command,
    DiscardRecording,
    SendRecording,
    StartRecording,
    StopRecording,
)
from babilu.api.events import Event
from babilu.kernel.errors import BabiluError, ErrorCode, LinkError, ProtocolError, UsageError
from babilu.rpc import messages
from babilu.rpc.json_codec import Json
from babilu.rpc.messages import Invalid, RpcBatch, RpcRequest
from babilu.rpc.methods import (
    Attach,
    Attachment,
    Ended,
    Method,
    Stop,
    Subscribe,
    Subscribed,
    Unsubscribe,
    methods,
    name_of,
    notifications,
)

log = logging.getLogger(__name__)

EVENTS_WAITING_MAX: Final = 20_000
"""Events that may wait for a caller; one that reads more slowly than that is let go."""

SUBSCRIPTIONS_MAX: Final = 16
ATTEMPTS: Final = 3
"""Passphrases that one connection may try."""

Post = Callable[[Callable[[], None]], None]
"""Has something done in the session's context, in order; may be called from any thread."""


class LineSink(Protocol):
    """Where a session's lines go."""

    def send(self, line: bytes) -> None:
        """Send a line; never waits."""

    def send_event(self, line: bytes) -> bool:
        """Send the line of an event; False where too many of them wait already."""

    def close(self) -> None:
        """Let what was sent go out, and send nothing more."""


@dataclass(frozen=True, slots=True)
class Hosted:
    """The client that is served.

    Attributes:
        client: The client.
        attachment: What callers are told of the host.
        cursor: Gives the cursor of the last event so far.
        stop: Ends the host, where callers may ask for that.
    """

    client: ChatClient
    attachment: Attachment
    cursor: Callable[[], int]
    stop: Callable[[], None] | None = None


@dataclass(slots=True)
class _Gathering:
    """The answers of a batch, until all are there."""

    missing: int
    answers: list[Json]


class Session:
    """One caller.

    Args:
        hosted: The client that is served.
        sink: Where lines go.
        post: Has something done in the session's context.
        locked: Whether the caller has to prove that it knows the passphrase before anything else.
    """

    def __init__(self, hosted: Hosted, sink: LineSink, post: Post, *, locked: bool) -> None:
        self.under_way = 0
        self._hosted = hosted
        self._sink = sink
        self._post = post
        self._locked = locked
        self._begun = False
        self._ended = False
        self._failures = 0
        self._numbers = itertools.count(1)
        self._records: str | None = None
        self._subscriptions: dict[int, Subscription] = {}
        self._waiting = 0
        self._counting = threading.Lock()

    @property
    def is_locked(self) -> bool:
        """Whether the caller has not proved yet that it may speak."""
        return self._locked

    def take(self, line: bytes) -> None:
        """Take a line of the caller; empty ones are passed over, and so is a byte order mark before the first one."""
        if not self._begun:
            self._begun, line = True, line.removeprefix(codecs.BOM_UTF8)
        if self._ended or not line.strip():
            return
        read = messages.read_request(line)
        if isinstance(read, RpcBatch):
            gathering = _Gathering(len(read.calls), [])
            for each in read.calls:
                self._carry_out(each, lambda answer: self._gather(gathering, answer))
        else:
            self._carry_out(read, self._answer)

    def end(self, error: BabiluError | None = None) -> None:
        """Tell the caller why, where there is anything to tell, and leave it; a second call does nothing."""
        if self._ended:
            return
        self._ended = True
        for subscription in self._subscriptions.values():
            subscription.cancel()
        self._subscriptions.clear()
        self._end_recording()
        if error is not None:
            last = Ended(error.code.value, error.text)
            self._sink.send(messages.to_line(messages.notification(name_of(Ended), _members(last))))
        self._sink.close()

    # Requests.

    def _carry_out(self, call: RpcRequest | Invalid, answer: Callable[[Json], None]) -> None:
        if isinstance(call, Invalid):
            answer(messages.failure(call.id, call.number, call.error))
            return
        if not call.answered:
            # A notification: JSON-RPC has no answer for it, and a batch counts it as done.
            self._begin(call, lambda _: answer(None))
            return
        self._begin(call, answer)

    def _begin(self, call: RpcRequest, answer: Callable[[Json], None]) -> None:
        method = methods().get(call.method)
        if method is None:
            unknown = ProtocolError(ErrorCode.UNSUPPORTED, "There is no such method.")
            answer(messages.failure(call.id, messages.METHOD_NOT_FOUND, unknown))
            return
        try:
            command = method.params.read(dict(call.params))
        except UsageError as error:
            answer(messages.failure(call.id, messages.INVALID_PARAMS, error))
            return
        try:
            if isinstance(command, Subscribe | Unsubscribe | Stop):
                # Answered at once: the events of a subscription follow its answer.
                answer(messages.result(call.id, method.answer.write(self._do_here(command))))
                return
            future = self._ask(command)
        except BabiluError as error:
            answer(messages.failure(call.id, messages.REFUSED, error))
            return
        self.under_way += 1
        future.add_done_callback(lambda done: self._post(lambda: self._finish(call, method, done, answer)))
        if isinstance(command, StartRecording | StopRecording | DiscardRecording | SendRecording):
            future.add_done_callback(lambda done: self._post(lambda: self._note_recording(command, done)))

    def _do_here(self, command: Subscribe | Unsubscribe | Stop) -> Subscribed | None:
        self._check_open()
        match command:
            case Subscribe(since):
                return self._subscribe(since)
            case Unsubscribe(number):
                self._unsubscribe(number)
            case Stop():
                self._stop()
            case _:
                assert_never(command)
        return None

    def _ask(self, command: Command[Any]) -> "Future[Any]":
        if not isinstance(command, Attach):
            self._check_open()
            return self._hosted.client.request(command)
        if self._failures >= ATTEMPTS:
            raise ProtocolError(ErrorCode.NOT_ALLOWED, "Too many wrong passphrases.")
        # One more until it is found right: several at once are no way around the limit.
        self._failures += 1
        return self._hosted.client.request(CheckPassphrase(command.passphrase))

    def _check_open(self) -> None:
        if self._locked:
            raise ProtocolError(ErrorCode.NOT_ALLOWED, "Attach first: the profile is opened by its passphrase.")

    def _finish(self, call: RpcRequest, method: Method, future: "Future[Any]", answer: Callable[[Json], None]) -> None:
        self.under_way -= 1
        error = _error_of(future)
        if error is not None:
            answer(messages.failure(call.id, messages.REFUSED, error))
        elif method.command is Attach:
            self._failures, self._locked = 0, False
            answer(messages.result(call.id, method.answer.write(self._hosted.attachment)))
        else:
            answer(messages.result(call.id, method.answer.write(future.result())))
        if self._failures >= ATTEMPTS and not self.under_way:
            self.end()

    def _note_recording(
        self, command: StartRecording | StopRecording | DiscardRecording | SendRecording, future: "Future[Any]"
    ) -> None:
        """Note whether this caller has a microphone on."""
        if _error_of(future) is not None:
            return
        self._records = command.conversation if isinstance(command, StartRecording) else None
        if self._ended:
            self._end_recording()

    def _end_recording(self) -> None:
        """Leave no microphone on that nobody sees; what it heard waits as a draft."""
        if self._records is not None:
            self._hosted.client.request(StopRecording(self._records))

    def _answer(self, answer: Json) -> None:
        if answer is not None and not self._ended:
            self._sink.send(_fitting(answer))

    def _gather(self, gathering: _Gathering, answer: Json) -> None:
        gathering.missing -= 1
        if answer is not None:
            gathering.answers.append(answer)
        if not gathering.missing and gathering.answers and not self._ended:
            line = messages.to_line(gathering.answers)
            if len(line) > messages.ANSWER_BYTES_MAX:
                line = messages.to_line([_too_large(each.get("id")) for each in gathering.answers])
            self._sink.send(line)

    # The connection's own methods.

    def _subscribe(self, since: int | None) -> Subscribed:
        if len(self._subscriptions) >= SUBSCRIPTIONS_MAX:
            raise LinkError(ErrorCode.BUSY, f"A connection has {SUBSCRIPTIONS_MAX} subscriptions at most.")
        number = next(self._numbers)
        cursor = self._hosted.cursor()
        self._subscriptions[number] = self._hosted.client.subscribe(
            lambda cursor, event: self._hear(number, cursor, event), since
        )
        return Subscribed(number, cursor if since is None else since)

    def _unsubscribe(self, number: int) -> None:
        subscription = self._subscriptions.pop(number, None)
        if subscription is None:
            raise UsageError("There is no such subscription.")
        subscription.cancel()

    def _stop(self) -> None:
        stop = self._hosted.stop
        if stop is None:
            raise ProtocolError(ErrorCode.NOT_ALLOWED, "The host is not a daemon: end it where it was started.")
        # The answer leaves first.
        self._post(stop)

    # Events.

    def _hear(self, number: int, cursor: int, event: Event) -> None:
        """Take an event in a thread of the client's, which must not be kept."""
        with self._counting:
            self._waiting += 1
            waiting = self._waiting
        if waiting <= EVENTS_WAITING_MAX:
            self._post(lambda: self._tell(number, cursor, event))
        elif waiting == EVENTS_WAITING_MAX + 1:
            self._post(self._let_go)

    def _tell(self, number: int, cursor: int, event: Event) -> None:
        with self._counting:
            self._waiting -= 1
        if self._ended or number not in self._subscriptions:
            return
        name = name_of(type(event))
        params = {"subscription": number, "cursor": cursor, "event": notifications()[name].write(event)}
        if not self._sink.send_event(messages.to_line(messages.notification(name, params))):
            self._let_go()

    def _let_go(self) -> None:
        log.warning("a caller that does not read its events is let go")
        self.end(LinkError(ErrorCode.BUSY, "Events were not read fast enough: attach again, and read on."))


def _members(ended: Ended) -> Json:
    return {"code": ended.code, "text": ended.text}


def _fitting(answer: Json) -> bytes:
    line = messages.to_line(answer)
    if len(line) <= messages.ANSWER_BYTES_MAX:
        return line
    return messages.to_line(_too_large(answer["id"]))


def _too_large(number: Json) -> Json:
    error = ProtocolError(ErrorCode.TOO_LARGE, "The answer is too long for one line: ask for less.")
    return messages.failure(number, messages.REFUSED, error)


def _error_of(future: "Future[Any]") -> BabiluError | None:
    if future.cancelled():
        return LinkError(ErrorCode.CLOSED, "The client is closed.")
    error = future.exception()
    if error is None or isinstance(error, BabiluError):
        return error
    log.error("a command failed by a defect", exc_info=error)
    return BabiluError(ErrorCode.INTERNAL, "Something went wrong inside; the log says what.")
