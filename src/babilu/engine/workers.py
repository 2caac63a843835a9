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
from typing import Generic, Protocol, TypeVar

from babilu.kernel.errors import BabiluError, ErrorCode, LinkError

R = TypeVar("R")

log = logging.getLogger(__name__)

INBOX_JOBS = 1_000
BATCH = 128
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
        if not self.post(lambda: settle(future, function)):
            future.set_exception(closed() if self._stopping else busy())
        return future

    def stop(self, seconds: float = JOIN_SECONDS) -> None:
        """Finish what is in the inbox and end the thread; one that is stuck longer than ``seconds`` is left alone."""
        with self._lock:
            if self._stopping:
                return
            self._stopping = True
            self._inbox.put_nowait(None)
        _join([self._thread], seconds)

    def _run(self) -> None:
        while True:
            job = self._inbox.get()
            if job is None:
                return
            run_job(job)


def _join(threads: Sequence[threading.Thread], seconds: float) -> None:
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


def settle(future: "Future[R]", function: Callable[[], R]) -> None:
    """End ``future`` with what ``function`` returns or raises; what is no `BabiluError` becomes ``internal``.

    A future that ``function`` waited for and that somebody cancelled makes it ``closed``.
    """
    if not future.set_running_or_notify_cancel():
        return
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


J = TypeVar("J")


class ConversationThreads(Generic[J]):
    """A thread for each conversation that has work; it leaves when idle and returns with the next piece of work.

    Args:
        work: Called in the conversation's thread with its contact and a batch of jobs, the oldest first.
        catch_up: The job that stands for all those for which there was no room: look at everything.
        idle_seconds: Time without work after which a thread leaves.
    """

    def __init__(self, work: Callable[[int, list[J]], None], catch_up: J, idle_seconds: float = 30.0) -> None:
        self._work = work
        self.catch_up = catch_up
        self._idle_seconds = idle_seconds
        self._lock = threading.Lock()
        self._threads: dict[int, _ConversationThread[J]] = {}
        self._stopping = False

    def post(self, contact: int, conversation: bytes, job: J) -> bool:
        """Put a job into the inbox of a contact's conversation, and start its thread where it has none.

        Returns:
            False when the inbox is full or the client is closing.
        """
        with self._lock:
            if self._stopping:
                return False
            thread = self._threads.get(contact)
            if thread is None:
                thread = _ConversationThread(self, contact, f"conversation-{conversation.hex()[:8]}")
                thread.start()
                self._threads[contact] = thread
            if thread.inbox.qsize() >= INBOX_JOBS:
                thread.missed.set()
                return False
            thread.inbox.put_nowait(job)
            return True

    def names(self) -> tuple[str, ...]:
        """Name the threads that run now."""
        with self._lock:
            return tuple(sorted(thread.name for thread in self._threads.values()))

    def stop(self, seconds: float = JOIN_SECONDS) -> None:
        """Finish what is in the inboxes and end all threads; one stuck longer than ``seconds`` is left alone."""
        with self._lock:
            threads = [] if self._stopping else list(self._threads.values())
            self._stopping = True
            for thread in threads:
                thread.inbox.put_nowait(None)
        _join(threads, seconds)

    def work(self, contact: int, jobs: list[J]) -> None:
        """Do a batch of jobs; a defect is logged, and the thread goes on."""
        try:
            self._work(contact, jobs)
        except BabiluError as error:
            log.warning("work of a conversation failed: %s", error.code.value)
        except Exception:
            log.exception("work of a conversation failed by a defect")

    @property
    def stopping(self) -> bool:
        """Whether no more jobs are taken."""
        return self._stopping

    @property
    def idle_seconds(self) -> float:
        """Time without work after which a thread leaves."""
        return self._idle_seconds

    def leave(self, contact: int, inbox: "queue.Queue[J | None]") -> bool:
        """Let a thread that found nothing to do go, unless something came meanwhile."""
        with self._lock:
            if not inbox.empty():
                return False
            self._threads.pop(contact, None)
            return True


class _ConversationThread(threading.Thread, Generic[J]):
    def __init__(self, threads: ConversationThreads[J], contact: int, name: str) -> None:
        super().__init__(name=name)
        # The last place is for the word that ends the thread.
        self.inbox: queue.Queue[J | None] = queue.Queue(INBOX_JOBS + 1)
        self.missed = threading.Event()
        self._threads = threads
        self._contact = contact

    def run(self) -> None:
        while True:
            try:
                first = self.inbox.get(timeout=self._threads.idle_seconds)
            except queue.Empty:
                if self._threads.leave(self._contact, self.inbox):
                    return
                continue
            batch = self._gather(first)
            jobs = [job for job in batch if job is not None]
            if self.missed.is_set():
                self.missed.clear()
                jobs.append(self._threads.catch_up)
            if jobs:
                self._threads.work(self._contact, jobs)
            if None in batch:
                self._threads.leave(self._contact, self.inbox)
                return

    def _gather(self, first: J | None) -> list[J | None]:
        batch = [first]
        while batch[-1] is not None and len(batch) < BATCH:
            try:
                batch.append(self.inbox.get_nowait())
            except queue.Empty:
                break
        return batch
