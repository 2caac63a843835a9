"""Threads of conversations: never two at one conversation, and never more than a pool of them.

A thread bears the name of the conversation that it works for, and stays with it while nobody else needs a thread. Where
all are at work, conversations wait for one in order, those of accepted people before those of strangers, who never have
more than half of the pool. What the user asks for goes with the first, whomever it is about.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from babilu.engine.runtime.threads import INBOX_JOBS, JOIN_SECONDS, join_all
from babilu.kernel.errors import BabiluError

J = TypeVar("J")

log = logging.getLogger(__name__)

POOL_THREADS = 64
"""Most threads that work for conversations at the same time, however many conversations have work."""

STRANGER_THREADS = POOL_THREADS // 2
"""Most of them that work for people who are not accepted: they never keep all threads from the others."""

BATCH = 128
"""Most jobs that a conversation does in one turn."""


class ConversationThreads(Generic[J]):
    """The threads of conversations; one that is idle leaves, and returns with the next piece of work.

    Args:
        work: Called in the conversation's thread with its contact and a batch of jobs, the oldest first.
        catch_up: The job that stands for all those for which there was no room: look at everything.
        idle_seconds: Time without work after which a thread leaves.
    """

    def __init__(self, work: Callable[[int, list[J]], None], catch_up: J, idle_seconds: float = 30.0) -> None:
        self._work = work
        self._catch_up = catch_up
        self._idle_seconds = idle_seconds
        self._lock = threading.Lock()
        self._inboxes: dict[int, _Inbox[J]] = {}
        self._threads: set[_PoolThread[J]] = set()
        # The thread that has rested longest is the first.
        self._resting: dict[_PoolThread[J], None] = {}
        self._ready: deque[_Inbox[J]] = deque()
        self._strangers_ready: deque[_Inbox[J]] = deque()
        self._strangers_at_work = 0
        self._stopping = False

    @property
    def stopping(self) -> bool:
        """Whether no more jobs are taken."""
        return self._stopping

    def post(self, contact: int, conversation: bytes | str, job: J, *, stranger: bool = False) -> bool:
        """Put a job into the inbox of a contact's conversation, and find a thread for it where it has none.

        Args:
            contact: Whose conversation.
            conversation: Its id, after which the thread is named, or the thread's name for what is no conversation.
            job: What is to be done.
            stranger: Whether it is done for somebody whom the user has not accepted, and not for the user.

        Returns:
            False when the inbox is full, the client is closing, or the machine gives no thread at all.
        """
        with self._lock:
            if self._stopping:
                return False
            inbox = self._inbox_of(contact, conversation)
            if len(inbox.jobs) >= INBOX_JOBS:
                inbox.missed = True
                return False
            # What comes later does not send back what the user waits for.
            inbox.stranger = stranger and (inbox.stranger or not inbox.jobs)
            inbox.jobs.append(job)
            if inbox.ready and not inbox.stranger and inbox in self._strangers_ready:
                self._strangers_ready.remove(inbox)
                inbox.ready = False
            if not inbox.at_work and not inbox.ready:
                self._line_up(inbox)
                self._distribute()
            if self._threads or inbox.at_work:
                return True
            self._ready.clear()
            self._strangers_ready.clear()
            self._inboxes.clear()
            return False

    def hold(self, contact: int, conversation: bytes) -> bool:
        """Take a conversation that rests, to work for it in the calling thread; `let_go` gives it back.

        What is posted meanwhile waits, as it does for a thread of the pool.

        Returns:
            False where it has something to do or is at work, and while the client is closing.
        """
        with self._lock:
            if self._stopping:
                return False
            inbox = self._inbox_of(contact, conversation)
            if inbox.jobs or inbox.missed or inbox.ready or inbox.at_work:
                return False
            inbox.at_work = True
            return True

    def let_go(self, contact: int) -> None:
        """Give a conversation back that the calling thread holds; what was posted meanwhile is done in the pool."""
        with self._lock:
            inbox = self._inboxes[contact]
            inbox.at_work = False
            if inbox.jobs or inbox.missed:
                self._line_up(inbox)
                self._distribute()
            elif inbox.thread is None:
                del self._inboxes[contact]

    def names(self) -> tuple[str, ...]:
        """Name the conversations that have a thread now."""
        with self._lock:
            return tuple(sorted(thread.inbox.name for thread in self._threads if thread.inbox is not None))

    def stop(self, seconds: float = JOIN_SECONDS) -> None:
        """Finish what is in the inboxes and end all threads; one stuck longer than ``seconds`` is left alone."""
        with self._lock:
            threads = [] if self._stopping else list(self._threads)
            self._stopping = True
            for thread in threads:
                thread.news.notify_all()
        join_all(threads, seconds)

    # Under the lock.

    def _inbox_of(self, contact: int, conversation: bytes | str) -> "_Inbox[J]":
        inbox = self._inboxes.get(contact)
        if inbox is None:
            name = conversation if isinstance(conversation, str) else f"conversation-{conversation.hex()[:8]}"
            inbox = self._inboxes[contact] = _Inbox(contact, name)
        return inbox

    def _line_up(self, inbox: "_Inbox[J]") -> None:
        inbox.ready = True
        (self._strangers_ready if inbox.stranger else self._ready).append(inbox)

    def _next_ready(self) -> "_Inbox[J] | None":
        """Take the conversation whose turn it is; one that has a resting thread of its own is given to that."""
        if self._ready:
            inbox = self._ready.popleft()
        elif self._strangers_ready and self._strangers_at_work < STRANGER_THREADS:
            inbox = self._strangers_ready.popleft()
        else:
            return None
        inbox.ready = False
        return inbox

    def _distribute(self) -> None:
        """Give threads to those who are ready, as far as there are any."""
        while self._ready or self._strangers_ready:
            if not self._resting and len(self._threads) >= POOL_THREADS:
                return
            inbox = self._next_ready()
            if inbox is None:
                return
            thread = inbox.thread or self._new_thread() or next(iter(self._resting), None)
            if thread is None:
                self._put_back(inbox)
                return
            self._engage(thread, inbox)
            thread.news.notify_all()

    def _put_back(self, inbox: "_Inbox[J]") -> None:
        inbox.ready = True
        (self._strangers_ready if inbox.stranger else self._ready).appendleft(inbox)

    def _new_thread(self) -> "_PoolThread[J] | None":
        """Start a thread; None where the pool is full or the machine gives none."""
        if len(self._threads) >= POOL_THREADS:
            return None
        thread = _PoolThread(self._run, self._lock)
        try:
            thread.start()
        except RuntimeError:
            log.warning("the machine gives no more threads: conversations share %d", len(self._threads))
            return None
        self._threads.add(thread)
        return thread

    def _engage(self, thread: "_PoolThread[J]", inbox: "_Inbox[J]") -> None:
        """Have a thread work for a conversation, and no longer for the one before."""
        self._resting.pop(thread, None)
        if thread.inbox is not inbox:
            self._part(thread)
            thread.inbox, inbox.thread = inbox, thread
            thread.name = inbox.name
        inbox.at_work = True
        thread.for_stranger = inbox.stranger
        self._strangers_at_work += thread.for_stranger

    def _disengage(self, thread: "_PoolThread[J]") -> None:
        """Note that a thread has done a batch; a conversation with more to do lines up behind the others."""
        self._strangers_at_work -= thread.for_stranger
        inbox = thread.inbox
        if inbox is not None:
            inbox.at_work = False
            if inbox.jobs:
                self._line_up(inbox)

    def _part(self, thread: "_PoolThread[J]") -> None:
        inbox = thread.inbox
        if inbox is None:
            return
        thread.inbox = inbox.thread = None
        # One that is held is known until it is let go: else another thread would be found for it.
        if not inbox.jobs and not inbox.at_work:
            self._inboxes.pop(inbox.contact, None)

    def _rest(self, thread: "_PoolThread[J]") -> bool:
        """Wait for work; False when the thread is to end."""
        self._resting[thread] = None
        while thread in self._resting:
            if self._stopping or not thread.news.wait(self._idle_seconds):
                break
        if thread not in self._resting:
            return True
        del self._resting[thread]
        return False

    # In the threads.

    def _run(self, thread: "_PoolThread[J]") -> None:
        with self._lock:
            # Whoever started the thread has engaged it under the same lock.
            while True:
                inbox = thread.inbox
                if inbox is not None and inbox.at_work:
                    self._do_batch(inbox)
                    self._disengage(thread)
                following = self._next_ready()
                if following is not None:
                    # A conversation whose own thread rests is given to that one; this thread looks on.
                    own = following.thread
                    self._engage(thread if own is None else own, following)
                    if own is not None and own is not thread:
                        own.news.notify_all()
                elif not self._rest(thread):
                    break
            self._part(thread)
            self._threads.discard(thread)

    def _do_batch(self, inbox: "_Inbox[J]") -> None:
        batch = [inbox.jobs.popleft() for _ in range(min(len(inbox.jobs), BATCH))]
        if inbox.missed:
            inbox.missed = False
            batch.append(self._catch_up)
        self._lock.release()
        try:
            self._work(inbox.contact, batch)
        except BabiluError as error:
            log.warning("work of a conversation failed: %s", error.code.value)
        except Exception:
            log.exception("work of a conversation failed by a defect")
        finally:
            self._lock.acquire()


class _Inbox(Generic[J]):
    """The jobs of one conversation, and where it stands: ready for a thread, at work in one, or idle beside one."""

    def __init__(self, contact: int, name: str) -> None:
        self.contact = contact
        self.name = name
        self.jobs: deque[J] = deque()
        self.missed = False
        self.stranger = False
        self.ready = False
        self.at_work = False
        self.thread: _PoolThread[J] | None = None


class _PoolThread(threading.Thread, Generic[J]):
    def __init__(self, run: "Callable[[_PoolThread[J]], None]", lock: threading.Lock) -> None:
        super().__init__(name="conversation")
        self.inbox: _Inbox[J] | None = None
        self.news = threading.Condition(lock)
        self.for_stranger = False
        self._run_in_pool = run

    def run(self) -> None:
        self._run_in_pool(self)
