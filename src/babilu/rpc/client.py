"""Attached client: the client's protocol over the local socket, and an event when the host ends.

attaching ──▶ attached ──close──▶ ended
                 └──── host ended, or let go ──▶ ended: `Warned` (fatal) and `Closed` are told
"""

import asyncio
import itertools
import logging
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Final, Protocol, TypeVar, cast

from babilu.api.client import Listener, Subscription
from babilu.api.commands import Command
from babilu.api.events import Closed, Event, Warned
from babilu.crypto.secret import Passphrase
from babilu.kernel.errors import BabiluError, ErrorCode, LinkError, ProtocolError, UsageError
from babilu.rpc import messages
from babilu.rpc.json_codec import Json, JsonShape, MisshapenError
from babilu.rpc.line_reader import LineReader
from babilu.rpc.messages import ANSWER_BYTES_MAX, LINE_BYTES_MAX, RpcRequest, RpcResponse
from babilu.rpc.methods import (
    Attach,
    Attachment,
    Ended,
    Subscribe,
    Subscribed,
    Unsubscribe,
    api_digest,
    methods,
    name_of,
    notifications,
)

R = TypeVar("R")

log = logging.getLogger(__name__)

PENDING_MAX: Final = 1_000
"""Requests that may wait for their answers."""

ANSWER_S: Final = 60.0
"""Longest wait for the host where this side waits at all."""


class LoopOwner(Protocol):
    """A running event loop in a thread of its own."""

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop."""

    def stop(self) -> None:
        """End it and wait for its thread."""


class AttachedClient:
    """The binding of `babilu.api.client.ChatClient` over the local socket; made by `attach`.

    Args:
        owner: Where the socket lives; stopped with the client.
    """

    def __init__(self, owner: LoopOwner) -> None:
        self._owner = owner
        self._loop = owner.loop
        self._link = _Link(self._answered, self._lost)
        self._numbers = itertools.count(1)
        self._pending: dict[int, tuple[Future[Any], JsonShape]] = {}
        self._listeners: dict[int, Listener] = {}
        self._starting: dict[Future[Any], Listener] = {}
        self._cursor = 0
        self._reason: BabiluError | None = None
        self._closing = threading.Lock()
        self._closed = False
        self.attachment: Attachment

    def attach(self, connected: socket.socket, passphrase: Passphrase) -> Attachment:
        """Take a connection to the host and prove that one may use the profile; waits for the answer.

        Raises:
            AccountError: ``wrong_credentials``.
            LinkError: ``host_ended`` where it ended meanwhile, ``unavailable`` where it does not answer.
            ProtocolError: ``unsupported`` where the host is another version whose methods differ.
        """
        connecting = self._loop.create_unix_connection(lambda: self._link, sock=connected)
        asyncio.run_coroutine_threadsafe(connecting, self._loop).result(ANSWER_S)
        self.attachment = self._wait(self.request(Attach(passphrase)))
        if self.attachment.api != api_digest():
            text = f"Babilu {self.attachment.version} holds this profile open: end it, and start it again as this one."
            raise ProtocolError(ErrorCode.UNSUPPORTED, text)
        return self.attachment

    def request(self, command: Command[R]) -> "Future[R]":
        future: Future[R] = Future()
        self._ask(command, future)
        return future

    def subscribe(self, listener: Listener, since: int | None = None) -> Subscription:
        """Be told of events; see `babilu.api.client.ChatClient`. It waits for the host's answer.

        Raises:
            UsageError: The events after ``since`` are no longer remembered, or this is called by a listener.
        """
        if threading.get_ident() == self._link.thread:
            raise UsageError("A listener cannot subscribe to events: it must not wait.")
        future: Future[Subscribed] = Future()
        self._starting[future] = listener
        self._ask(Subscribe(since), future)
        number = self._wait(future).subscription
        return _Subscribed(lambda: self._unsubscribe(number))

    @property
    def cursor(self) -> int:
        """Cursor of the last event that the host has told, or of the one before the first."""
        return self._cursor

    def close(self, timeout_ms: int = 10_000) -> None:
        """Leave the host, which goes on; see `babilu.api.client.ChatClient`."""
        del timeout_ms
        with self._closing:
            if self._closed:
                return
            self._closed = True
        ended: Future[None] = Future()
        if self._post(lambda: self._end_here(ended)):
            self._wait(ended)
        self._owner.stop()

    # In the loop.

    def _ask(self, command: Command[Any], future: "Future[Any]") -> None:
        if self._closed or not self._post(lambda: self._send(command, future)):
            self._starting.pop(future, None)
            _fail(future, _closed())

    def _post(self, act: Callable[[], None]) -> bool:
        try:
            self._loop.call_soon_threadsafe(act)
        except RuntimeError:
            if not self._loop.is_closed():
                raise
            return False
        return True

    def _send(self, command: Command[Any], future: "Future[Any]") -> None:
        if self._reason is not None:
            self._refuse(future, self._reason)
            return
        if len(self._pending) >= PENDING_MAX:
            self._refuse(future, LinkError(ErrorCode.BUSY, "Too much is waiting to be done; try again.", 1_000))
            return
        method = methods()[name_of(type(command))]
        number = next(self._numbers)
        line = messages.to_line(messages.request(number, method.name, method.params.write(command)))
        if len(line) > LINE_BYTES_MAX:
            self._refuse(future, ProtocolError(ErrorCode.TOO_LARGE, "This is too long to be sent at once."))
            return
        self._pending[number] = (future, method.answer)
        self._link.send(line)

    def _refuse(self, future: "Future[Any]", error: BabiluError) -> None:
        self._starting.pop(future, None)
        _fail(future, error)

    def _answered(self, line: bytes) -> None:
        match messages.read_answer(line):
            case RpcResponse(number, result, error):
                self._finish(number, result, error)
            case RpcRequest(_, _, method, params):
                self._notified(method, dict(params))
            case None:
                log.warning("the host said something that is no JSON-RPC")

    def _finish(self, number: object, result: Json, error: BabiluError | None) -> None:
        pending = self._pending.pop(number, None) if isinstance(number, int) else None
        if pending is None:
            return
        future, shape = pending
        if error is not None:
            self._refuse(future, error)
            return
        try:
            answer = shape.read(result, "result")
        except UsageError:
            text = "The host's answer is that of another version."
            self._refuse(future, ProtocolError(ErrorCode.UNSUPPORTED, text))
            return
        listener = self._starting.pop(future, None)
        if listener is not None:
            # Before the next line is looked at: it may be an event of this subscription.
            self._listeners[answer.subscription] = listener
            self._cursor = max(self._cursor, answer.cursor)
        if future.set_running_or_notify_cancel():
            future.set_result(answer)

    def _notified(self, name: str, params: dict[str, Json]) -> None:
        if name == name_of(Ended):
            self._reason = messages.read_error(
                {"message": params.get("text"), "data": {**params, "family": "LinkError"}}
            )
            return
        shape, number, cursor = notifications().get(name), params.get("subscription"), params.get("cursor")
        if shape is None or type(number) is not int or type(cursor) is not int:
            return
        try:
            event = shape.read(params.get("event"), "event")
        except MisshapenError:
            log.warning("an event of another version is passed over")
            return
        self._cursor = cursor
        if not isinstance(event, Closed):
            # A host that closes says why by the end of the connection.
            self._tell(number, cursor, event)

    def _tell(self, number: int, cursor: int, event: Event) -> None:
        listener = self._listeners.get(number)
        if listener is None:
            return
        try:
            listener(cursor, event)
        except Exception:
            log.exception("a listener failed at an event of type %s", type(event).__name__)

    def _tell_all(self, event: Event) -> None:
        """Tell what the host does not; listeners rely on cursors that rise."""
        self._cursor += 1
        for number in tuple(self._listeners):
            self._tell(number, self._cursor, event)

    def _unsubscribe(self, number: int) -> None:
        if self._listeners.pop(number, None) is not None:
            self._ask(Unsubscribe(number), Future())

    def _lost(self) -> None:
        """Tell everybody that the host has ended, unless it was this side that left."""
        if self._closed:
            return
        reason = self._reason or LinkError(
            ErrorCode.HOST_ENDED, "The program that held this profile open has ended: open it again."
        )
        self._reason = reason
        self._fail_pending(reason)
        self._tell_all(Warned(reason.code.value, reason.text, fatal=True))
        self._tell_all(Closed())

    def _end_here(self, ended: "Future[None]") -> None:
        told_already = self._reason is not None
        self._reason = _closed()
        self._link.close()
        self._fail_pending(self._reason)
        if not told_already:
            self._tell_all(Closed())
        ended.set_result(None)

    def _fail_pending(self, reason: BabiluError) -> None:
        pending, self._pending = self._pending, {}
        for future, _ in pending.values():
            self._refuse(future, reason)

    @staticmethod
    def _wait(future: "Future[R]") -> R:
        try:
            return future.result(ANSWER_S)
        except TimeoutError:
            raise LinkError(ErrorCode.UNAVAILABLE, "The program that holds the profile does not answer.") from None


class _Subscribed:
    def __init__(self, cancel: Callable[[], None]) -> None:
        self._cancel = cancel

    def cancel(self) -> None:
        self._cancel()


class _Link(asyncio.Protocol):
    """The connection to the host."""

    def __init__(self, take: Callable[[bytes], None], lost: Callable[[], None]) -> None:
        self.thread = 0
        self._take = take
        self._lost = lost
        self._lines = LineReader(ANSWER_BYTES_MAX)
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.thread = threading.get_ident()
        self._transport = cast("asyncio.Transport", transport)  # what a stream has; uvloop's is no subclass

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._transport = None
        self._lost()

    def data_received(self, data: bytes) -> None:
        """Take what the host says."""
        self._lines.feed(data)
        try:
            while (line := self._lines.next()) is not None:
                self._take(line)
        except ProtocolError:
            log.warning("the host said too much in one line")
            self.close()

    def send(self, line: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(line)

    def close(self) -> None:
        """Close the connection once everything is sent."""
        if self._transport is not None:
            self._transport.close()


def _fail(future: "Future[Any]", error: BabiluError) -> None:
    if future.set_running_or_notify_cancel():
        future.set_exception(error)


def _closed() -> LinkError:
    return LinkError(ErrorCode.CLOSED, "The client is closed.")
