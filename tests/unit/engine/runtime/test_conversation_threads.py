import logging
import threading
import time

import pytest

from babilu.engine.runtime import conversation_threads
from babilu.engine.runtime.conversation_threads import POOL_THREADS, STRANGER_THREADS, ConversationThreads
from babilu.kernel.errors import ErrorCode, LinkError

DEADLINE_S = 10.0
CONVERSATION = bytes.fromhex("0123456789abcdef") + bytes(24)


class Gate:
    """Work that stays in a thread until the test lets it go."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.opened = threading.Event()

    def __call__(self) -> None:
        self.entered.set()
        assert self.opened.wait(DEADLINE_S)


@pytest.fixture(autouse=True)
def small_inboxes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation_threads, "INBOX_JOBS", 4)


class Journal:
    """The work of conversations: it notes every batch, and does what the test wants."""

    def __init__(self) -> None:
        self.batches: list[tuple[int, list[str], str]] = []
        self.gates: dict[str, Gate] = {}
        self._changed = threading.Condition()

    def __call__(self, contact: int, jobs: list[str]) -> None:
        with self._changed:
            self.batches.append((contact, jobs, threading.current_thread().name))
            self._changed.notify_all()
        for job in jobs:
            if job in self.gates:
                self.gates[job]()
            if job == "defect":
                raise ZeroDivisionError
            if job == "refusal":
                raise LinkError(ErrorCode.BUSY, "Not now.")

    def jobs(self, contact: int) -> list[str]:
        return [job for number, jobs, _ in self.batches if number == contact for job in jobs]

    def until(self, contact: int, *jobs: str) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: set(jobs) <= set(self.jobs(contact)), DEADLINE_S)

    def until_batches(self, count: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.batches) >= count, DEADLINE_S)


def conversations(journal: Journal, idle_seconds: float = 30.0) -> ConversationThreads[str]:
    return ConversationThreads(journal, "catch up", idle_seconds)


def wait_until_no_thread_is_left(threads: ConversationThreads[str]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while threads.names():
        assert time.monotonic() < deadline
        for thread in threading.enumerate():
            if thread.name.startswith("conversation-"):
                thread.join(DEADLINE_S)


def test_each_conversation_has_a_thread_named_after_it() -> None:
    journal = Journal()
    threads = conversations(journal)
    threads.post(1, CONVERSATION, "a")
    threads.post(2, bytes(32), "b")
    journal.until(1, "a")
    journal.until(2, "b")
    assert threads.names() == ("conversation-00000000", "conversation-01234567")
    running = {thread.name for thread in threading.enumerate()}
    assert running >= set(threads.names())
    assert [name for number, _, name in journal.batches if number == 1] == ["conversation-01234567"]
    threads.stop()


def test_jobs_of_a_conversation_keep_their_order() -> None:
    journal = Journal()
    threads = conversations(journal)
    posted: list[str] = []
    for number in range(50):
        job = str(number)
        while not threads.post(1, CONVERSATION, job):
            journal.until(1, *posted)
        posted.append(job)
    threads.stop()
    assert [job for job in journal.jobs(1) if job != "catch up"] == posted


def test_a_stuck_conversation_does_not_delay_another() -> None:
    journal = Journal()
    gate = journal.gates["stuck"] = Gate()
    threads = conversations(journal)
    threads.post(1, CONVERSATION, "stuck")
    assert gate.entered.wait(DEADLINE_S)
    for number in range(20):
        while not threads.post(2, bytes(32), str(number)):
            journal.until(2, str(number - 1))
    journal.until(2, "19")
    assert journal.jobs(1) == ["stuck"]
    gate.opened.set()
    threads.stop()


def test_an_idle_thread_leaves_and_returns_with_the_next_piece_of_work() -> None:
    journal = Journal()
    threads = conversations(journal, idle_seconds=0.02)
    threads.post(1, CONVERSATION, "first")
    journal.until(1, "first")
    wait_until_no_thread_is_left(threads)
    assert threads.post(1, CONVERSATION, "second")
    journal.until(1, "second")
    threads.stop()


def test_no_job_is_lost_while_threads_come_and_go() -> None:
    journal = Journal()
    threads = conversations(journal, idle_seconds=0.0)
    for number in range(300):
        assert threads.post(1, CONVERSATION, str(number))
        journal.until(1, str(number))
    threads.stop()
    assert journal.jobs(1) == [str(number) for number in range(300)]


def test_a_full_inbox_refuses_and_the_thread_looks_at_everything_once_it_is_through() -> None:
    journal = Journal()
    gate = journal.gates["stuck"] = Gate()
    threads = conversations(journal)
    threads.post(1, CONVERSATION, "stuck")
    assert gate.entered.wait(DEADLINE_S)
    assert [threads.post(1, CONVERSATION, str(number)) for number in range(6)] == [True] * 4 + [False] * 2
    gate.opened.set()
    journal.until(1, "catch up")
    threads.stop()
    assert journal.jobs(1) == ["stuck", "0", "1", "2", "3", "catch up"]


def test_a_defect_is_logged_and_the_thread_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    journal = Journal()
    threads = conversations(journal)
    threads.post(1, CONVERSATION, "defect")
    journal.until(1, "defect")
    threads.post(1, CONVERSATION, "refusal")
    journal.until(1, "refusal")
    threads.post(1, CONVERSATION, "after")
    journal.until(1, "after")
    threads.stop()
    assert [record.levelno for record in caplog.records] == [logging.ERROR, logging.WARNING]
    assert len({name for _, _, name in journal.batches}) == 1


def test_stopping_finishes_what_was_posted_and_refuses_the_rest() -> None:
    journal = Journal()
    gate = journal.gates["slow"] = Gate()
    threads = conversations(journal)
    threads.post(1, CONVERSATION, "slow")
    assert gate.entered.wait(DEADLINE_S)
    threads.post(1, CONVERSATION, "after")
    stopping = threading.Thread(target=threads.stop)
    stopping.start()
    gate.opened.set()
    stopping.join()
    assert journal.jobs(1) == ["slow", "after"]
    assert threads.stopping
    assert not threads.post(1, CONVERSATION, "late")
    threads.stop()


def test_stopping_asks_idle_conversations_for_no_work() -> None:
    journal = Journal()
    threads = conversations(journal)
    threads.post(1, CONVERSATION, "only")
    journal.until(1, "only")
    threads.stop()
    assert [jobs for _, jobs, _ in journal.batches] == [["only"]]


def test_stopping_leaves_stuck_conversations_alone_in_one_patience_for_all(caplog: pytest.LogCaptureFixture) -> None:
    journal = Journal()
    threads = conversations(journal)
    for contact in range(5):
        name = f"stuck {contact}"
        journal.gates[name] = Gate()
        threads.post(contact, bytes([contact] * 32), name)
        assert journal.gates[name].entered.wait(DEADLINE_S)
        for number in range(5):
            threads.post(contact, bytes([contact] * 32), str(number))
    begun = time.monotonic()
    threads.stop(0.2)
    assert time.monotonic() - begun < DEADLINE_S / 2
    assert caplog.text.count("is stuck") == 5
    for gate in journal.gates.values():
        gate.opened.set()


# The pool.


def ids(contact: int) -> bytes:
    return contact.to_bytes(4, "big") + bytes(28)


def test_many_more_conversations_than_threads_are_all_done_by_no_more_than_the_pool() -> None:
    together = threading.Barrier(POOL_THREADS)
    most: list[int] = []
    done: list[int] = []

    def work(contact: int, _: list[str]) -> None:
        if contact < POOL_THREADS:
            together.wait(DEADLINE_S)
        most.append(sum(thread.name.startswith("conversation-") for thread in threading.enumerate()))
        done.append(contact)

    threads = ConversationThreads(work, "catch up")
    assert all(threads.post(contact, ids(contact), "job") for contact in range(800))
    threads.stop()
    assert sorted(done) == list(range(800))
    assert max(most) == POOL_THREADS


def test_no_two_threads_work_at_one_conversation_at_once() -> None:
    at_work: set[int] = set()
    lock = threading.Lock()
    done: dict[int, list[str]] = {}

    def work(contact: int, jobs: list[str]) -> None:
        with lock:
            assert contact not in at_work
            at_work.add(contact)
        done.setdefault(contact, []).extend(jobs)
        with lock:
            at_work.remove(contact)

    threads = ConversationThreads(work, "catch up", idle_seconds=0.0)
    for number in range(20):
        for contact in range(100):
            while not threads.post(contact, ids(contact), str(number)):
                time.sleep(0)
    threads.stop()
    wanted = [str(number) for number in range(20)]
    assert [[job for job in done[contact] if job != "catch up"] for contact in range(100)] == [wanted] * 100


def test_a_thread_bears_the_name_of_the_conversation_that_it_works_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation_threads, "POOL_THREADS", 1)
    journal = Journal()
    threads = conversations(journal)
    for contact in (1, 2, 1):
        threads.post(contact, ids(contact), f"for {contact}")
        journal.until(contact, f"for {contact}")
        assert threads.names() == (f"conversation-{contact:08x}",)
    threads.stop()
    assert [name for _, _, name in journal.batches] == [f"conversation-{contact:08x}" for contact in (1, 2, 1)]


def test_strangers_who_fill_their_half_of_the_pool_keep_no_thread_from_a_friend() -> None:
    journal = Journal()
    gate = journal.gates["stuck"] = Gate()
    threads = conversations(journal)
    for contact in range(POOL_THREADS * 2):
        assert threads.post(contact, ids(contact), "stuck", stranger=True)
    journal.until_batches(STRANGER_THREADS)
    threads.post(1_000, ids(1_000), "friend")
    journal.until(1_000, "friend")
    assert len(journal.batches) == STRANGER_THREADS + 1
    gate.opened.set()
    threads.stop()
    assert len(journal.batches) == POOL_THREADS * 2 + 1


def test_friends_who_wait_for_a_thread_go_before_strangers_who_waited_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation_threads, "POOL_THREADS", 1)
    journal = Journal()
    gate = journal.gates["stuck"] = Gate()
    threads = conversations(journal)
    threads.post(1, ids(1), "stuck")
    assert gate.entered.wait(DEADLINE_S)
    threads.post(2, ids(2), "stranger", stranger=True)
    threads.post(3, ids(3), "friend")
    gate.opened.set()
    threads.stop()
    assert [contact for contact, _, _ in journal.batches] == [1, 3, 2]


def test_what_the_user_asks_about_a_stranger_goes_before_what_a_crowd_of_them_makes_to_do() -> None:
    journal = Journal()
    gate = journal.gates["stuck"] = Gate()
    threads = conversations(journal)
    for contact in range(POOL_THREADS * 2):
        threads.post(contact, ids(contact), "stuck", stranger=True)
    journal.until_batches(STRANGER_THREADS)
    last = POOL_THREADS * 2 - 1
    # Whatever stands before it in its own conversation is not to keep this one.
    journal.gates.clear()
    threads.post(last, ids(last), "block")
    threads.post(last, ids(last), "hint", stranger=True)
    journal.until(last, "stuck", "block")
    assert len(journal.batches) <= STRANGER_THREADS + 2
    gate.opened.set()
    threads.stop()
    assert journal.jobs(last) == ["stuck", "block", "hint"]


def test_a_conversation_that_always_has_more_to_do_lets_others_have_its_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation_threads, "POOL_THREADS", 1)
    monkeypatch.setattr(conversation_threads, "BATCH", 1)
    journal = Journal()
    gate = journal.gates["stuck"] = Gate()
    threads = conversations(journal)
    threads.post(1, ids(1), "stuck")
    assert gate.entered.wait(DEADLINE_S)
    threads.post(1, ids(1), "more")
    threads.post(2, ids(2), "other")
    gate.opened.set()
    threads.stop()
    assert [contact for contact, _, _ in journal.batches] == [1, 2, 1]


class Exhausted:
    """A machine that gives only so many threads."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, left: int) -> None:
        self.left = left
        start = threading.Thread.start

        def start_if_there_is_one(thread: threading.Thread) -> None:
            if self.left <= 0:
                raise RuntimeError("can't start new thread")
            self.left -= 1
            start(thread)

        monkeypatch.setattr(threading.Thread, "start", start_if_there_is_one)


def test_conversations_share_the_threads_that_the_machine_still_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal()
    threads = conversations(journal)
    Exhausted(monkeypatch, left=2)
    assert all(threads.post(contact, ids(contact), "job") for contact in range(300))
    threads.stop()
    assert sorted(contact for contact, _, _ in journal.batches) == list(range(300))
    assert len({id(thread) for thread in threading.enumerate() if thread.name.startswith("conversation-")}) == 0


def test_where_the_machine_gives_no_thread_at_all_a_job_is_refused_and_the_next_one_is_tried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    journal = Journal()
    threads = conversations(journal)
    machine = Exhausted(monkeypatch, left=0)
    assert not threads.post(1, CONVERSATION, "refused")
    machine.left = 1
    assert threads.post(1, CONVERSATION, "taken")
    threads.stop()
    assert journal.jobs(1) == ["taken"]


def test_who_holds_a_conversation_works_for_it_alone_and_what_is_posted_meanwhile_is_done_after() -> None:
    journal = Journal()
    threads = conversations(journal)
    assert threads.hold(1, CONVERSATION)
    assert not threads.hold(1, CONVERSATION)
    assert threads.post(1, CONVERSATION, "a")
    threads.post(2, bytes(32), "b")
    journal.until(2, "b")
    assert journal.jobs(1) == []
    threads.let_go(1)
    journal.until(1, "a")
    threads.stop()


def test_a_conversation_that_has_work_is_not_held() -> None:
    journal = Journal()
    gate = journal.gates["stuck"] = Gate()
    threads = conversations(journal)
    threads.post(1, CONVERSATION, "stuck")
    assert gate.entered.wait(DEADLINE_S)
    assert not threads.hold(1, CONVERSATION)
    gate.opened.set()
    threads.stop()
    assert not threads.hold(1, CONVERSATION)


def test_a_conversation_is_held_also_while_its_thread_leaves() -> None:
    journal = Journal()
    threads = conversations(journal, idle_seconds=0.01)
    threads.post(1, CONVERSATION, "a")
    journal.until(1, "a")
    while not threads.hold(1, CONVERSATION):
        # Its thread is about to say that the batch is done.
        threading.Event().wait(0.001)
    wait_until_no_thread_is_left(threads)
    assert threads.post(1, CONVERSATION, "b")
    assert (threads.names(), threads.hold(1, CONVERSATION)) == ((), False)
    threads.let_go(1)
    journal.until(1, "a", "b")
    threads.stop()
