"""Threads that do blocking work: each takes jobs from one bounded inbox, in order, and a full inbox says so at once.

A job is a *command*, whose future somebody waits for, or a *hint*: there is something to do, and what it is stands in
the database. A hint that finds the inbox full may be dropped: the worker looks into the database once it is through.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future
from functools import partial
from typing import Protocol, TypeVar

from babilu.kernel.errors import BabiluError, ErrorCode, LinkError

R = TypeVar("R")

log = logging.getLogger(__name__)

INBOX_JOBS = 1_000
JOIN_SECONDS = 10.0


class Job(Protocol):
    """Something a worker does."""

    def __call__(self) -> None:
        """Do it; errors are the job's own to answer for."""


class Worker:
    """One thread with one inbox, alive from `start` to `stop`."""

    def __init__(self, name: str) -> None:
        # The last place is for the word that ends the thread.
        self._inbox: queue.Queue[Job | None] = queue.Queue(INBOX_JOBS + 1)
        self._thread = threading.Thread(target=self._run, name=name)
        self._lock = threading.Lock()
        self._stopping = False

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def post(self, job: Job) -> bool:
        """Put a job into the inbox; False when it is full or the worker is stopping."""
        with self._lock:
            if self._stopping or self._inbox.qsize() >= INBOX_JOBS:
                return False
            self._inbox.put_nowait(job)
            return True

    def ask(self, function: Callable[[], R]) -> "Future[R]":
        """Have ``function`` called in the thread; its result or error ends the future."""
        future: Future[R] = Future()
        if not self.post(partial(settle, future, function)):
            future.set_exception(closed() if self._stopping else busy())
        return future

    def stop(self, seconds: float = JOIN_SECONDS) -> None:
        """Finish what is in the inbox and end the thread; one that is stuck longer than ``seconds`` is left alone."""
        with self._lock:
            if self._stopping:
                return
            self._stopping = True
            self._inbox.put_nowait(None)
        join_all([self._thread], seconds)

    def _run(self) -> None:
        while True:
            job = self._inbox.get()
            if job is None:
                return
            run_job(job)


def join_all(threads: Sequence[threading.Thread], seconds: float) -> None:
    """Wait for threads to end, ``seconds`` for all of them together; one that is stuck longer is left alone."""
    deadline = time.monotonic() + seconds
    for thread in threads:
        if not thread.is_alive() or thread is threading.current_thread():
            continue
        thread.join(max(deadline - time.monotonic(), 0))
        if thread.is_alive():
            log.warning("the thread %s is stuck and is not waited for", thread.name)


def run_job(job: Job) -> None:
    """Run a job; a defect in it is logged and ends only that job."""
    try:
        job()
    except BabiluError as error:
        log.warning("a job failed: %s", error.code.value)
    except Exception:
        log.exception("a job failed by a defect")


def follow_up(*effects: Callable[[], object]) -> None:
    """Do what follows from a commit, each effect whatever became of the others.

    What is committed is done. An effect that fails is logged and told to nobody: whoever heard of an error would take
    the work for undone and do it again. What is lost with it stands in the database, where the next turn, sweep or
    start finds it.
    """
    for effect in effects:
        try:
            effect()
        except Exception:
            log.exception("what follows from a commit met a defect")


def settle(future: "Future[R]", function: Callable[[], R]) -> None:
    """End ``future`` with what ``function`` returns or raises; what is no `BabiluError` becomes ``internal``.

    A future that ``function`` waited for and that somebody cancelled makes it ``closed``.
    """
    if future.set_running_or_notify_cancel():
        complete(future, function)


def complete(future: "Future[R]", function: Callable[[], R]) -> None:
    """End a future, which nobody can cancel any more, as `settle` does."""
    try:
        result = function()
    except BabiluError as error:
        future.set_exception(error)
    except CancelledError:
        future.set_exception(closed())
    except Exception:
        log.exception("a command failed by a defect")
        future.set_exception(defect())
    else:
        future.set_result(result)


def defect() -> BabiluError:
    """Build the answer to a command that met a defect of ours."""
    return BabiluError(ErrorCode.INTERNAL, "Something went wrong inside; the log says what.")


def busy() -> LinkError:
    """Build the refusal of a command for which there is no room."""
    return LinkError(ErrorCode.BUSY, "Too much is waiting to be done; try again in a moment.", 1_000)


def closed() -> LinkError:
    """Build the refusal of a command after the end."""
    return LinkError(ErrorCode.CLOSED, "The client is closed.")
