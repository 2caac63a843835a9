"""The client's protocol in memory: one worker thread answers commands and tells events, in the order they come."""

import queue
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar, cast

from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.client import Listener, Subscription
from babilu.kernel.errors import BabiluError, ErrorCode, LinkError, UsageError

R = TypeVar("R")

WAIT_S = 10.0


class FakeSubscription:
    """A listener of a `FakeClient`."""

    def __init__(self, listeners: dict[object, Listener]) -> None:
        self._listeners = listeners

    def cancel(self) -> None:
        self._listeners.pop(self, None)


class AnsweringClient:
    """Answers commands in the order in which they come, and remembers events.

    Args:
        carry_out: Answers a command, in the worker.
        remembered: How many events a late subscriber can catch up with.

    Attributes:
        commands: Every command asked for, in order.
    """

    def __init__(self, carry_out: Callable[[c.Command[Any]], object], remembered: int) -> None:
        self.commands: list[c.Command[Any]] = []
        self.closed = threading.Event()
        self._carry_out = carry_out
        self._cursor = 0
        self._remembered: deque[tuple[int, e.Event]] = deque(maxlen=remembered)
        self._listeners: dict[object, Listener] = {}
        self._failures: dict[type[c.Command[Any]], deque[BabiluError]] = {}
        self._held: dict[type[c.Command[Any]], list[Callable[[], None]]] = {}
        self._jobs: queue.Queue[Callable[[], None] | None] = queue.Queue()
        # Taken where jobs are given and where the worker ends: no job is left between the two.
        self._door = threading.Lock()
        self._over = False
        self._worker = threading.Thread(target=self._work, name="fake-client")
        self._worker.start()

    # The protocol.

    def request(self, command: c.Command[R]) -> "Future[R]":
        future: Future[R] = Future()
        future.set_running_or_notify_cancel()

        def answer() -> None:
            try:
                failures = self._failures.get(type(command))
                if failures:
                    raise failures.popleft()
                result = cast("R", self._carry_out(command))
            except Exception as error:  # noqa: BLE001 -- raised again by whoever asks for the answer
                future.set_exception(error)
            else:
                future.set_result(result)

        def take() -> None:
            self.commands.append(command)
            held = self._held.get(type(command))
            if held is None:
                answer()
            else:
                held.append(answer)

        if self.closed.is_set():
            future.set_exception(LinkError(ErrorCode.CLOSED, "The client is closed."))
        else:
            self._jobs.put(take)
        return future

    def subscribe(self, listener: Listener, since: int | None = None) -> Subscription:
        subscription = FakeSubscription(self._listeners)
        oldest = self._remembered[0][0] if self._remembered else self._cursor + 1
        if since and since + 1 < oldest:
            raise UsageError("The events after this cursor are no longer remembered.")

        def start() -> None:
            for cursor, event in tuple(self._remembered):
                if since is not None and cursor > since:
                    listener(cursor, event)
            self._listeners[subscription] = listener

        self._run(start)
        return subscription

    def close(self, timeout_ms: int = 10_000) -> None:
        if self.closed.is_set():
            return
        self._run(lambda: self._tell(e.Closed()))
        self.closed.set()
        self._jobs.put(None)
        self._worker.join(timeout_ms / 1000)

    # What a test asks of it.

    def settle(self) -> None:
        """Wait until every command so far is answered and every event so far is told."""
        self._run(lambda: None)

    def fail_next(self, kind: type[c.Command[Any]], error: BabiluError) -> None:
        """Let the next command of a kind fail."""
        self._failures.setdefault(kind, deque()).append(error)

    def hold(self, kind: type[c.Command[Any]]) -> None:
        """Leave commands of a kind unanswered until `release`."""
        self._run(lambda: self._held.setdefault(kind, []))

    def release(self, kind: type[c.Command[Any]]) -> None:
        """Answer the commands of a kind that were held back, in order, and those to come at once."""

        def answer_all() -> None:
            for answer in self._held.pop(kind):
                answer()

        self._run(answer_all)

    # What the worker does.

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()
        with self._door:
            self._over = True
            while not self._jobs.empty():
                if (late := self._jobs.get()) is not None:
                    late()

    def _run(self, job: Callable[[], R], within_s: float | None = WAIT_S) -> R:
        """Do something in the worker, where all state lives, and give what came of it."""
        if threading.current_thread() is self._worker:
            return job()
        future: Future[R] = Future()

        def run() -> None:
            try:
                future.set_result(job())
            except Exception as error:  # noqa: BLE001 -- raised again where the job was given
                future.set_exception(error)

        with self._door:
            if self._over:
                return job()
            self._jobs.put(run)
        return future.result(within_s)

    def _tell(self, event: e.Event) -> None:
        self._cursor += 1
        self._remembered.append((self._cursor, event))
        for listener in tuple(self._listeners.values()):
            listener(self._cursor, event)
