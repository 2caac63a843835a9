import logging
import threading
import time
from concurrent.futures import Future
from typing import TypeVar

import pytest

from babilu.engine import workers
from babilu.engine.workers import ConversationThreads, Worker, settle
from babilu.kernel.errors import BabiluError, DeliveryError, ErrorCode, LinkError

DEADLINE_S = 10.0
CONVERSATION = bytes.fromhex("0123456789abcdef") + bytes(24)

R = TypeVar("R")


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
    monkeypatch.setattr(workers, "INBOX_JOBS", 4)


def started(name: str = "worker") -> Worker:
    worker = Worker(name)
    worker.start()
    return worker


def outcome(future: "Future[R]") -> R:
    return future.result(DEADLINE_S)


# One worker.


def test_jobs_are_done_in_order_in_the_workers_own_thread() -> None:
    worker = started("babilu-desk")
    done = [worker.ask(lambda number=number: (number, threading.current_thread().name)) for number in range(3)]  # type: ignore[misc]
    assert [outcome(each) for each in done] == [(0, "babilu-desk"), (1, "babilu-desk"), (2, "babilu-desk")]
    worker.stop()


def test_a_full_inbox_says_busy_at_once_and_takes_more_when_there_is_room() -> None:
    worker = started()
    gate = Gate()
    assert worker.post(gate)
    assert gate.entered.wait(DEADLINE_S)
    waiting = [worker.ask(lambda: True) for _ in range(4)]
    with pytest.raises(LinkError, match="busy"):
        outcome(worker.ask(lambda: True))
    assert not worker.post(lambda: None)
    gate.opened.set()
    assert all(outcome(each) for each in waiting)
    assert outcome(worker.ask(lambda: True))
    worker.stop()


def test_what_was_asked_before_the_end_is_done_and_what_is_asked_after_it_is_refused() -> None:
    worker = started()
    gate = Gate()
    worker.post(gate)
    assert gate.entered.wait(DEADLINE_S)
    before = worker.ask(lambda: "done")
    stopping = threading.Thread(target=worker.stop)
    stopping.start()
    gate.opened.set()
    assert outcome(before) == "done"
    stopping.join()
    with pytest.raises(LinkError, match="closed"):
        outcome(worker.ask(lambda: "late"))
    worker.stop()


def test_every_question_is_answered_however_it_races_with_the_end() -> None:
    for _ in range(200):
        worker = started()
        begin = threading.Barrier(2)
        asked: list[Future[int]] = []

        def ask(worker: Worker = worker, begin: threading.Barrier = begin, asked: "list[Future[int]]" = asked) -> None:
            begin.wait()
            asked.append(worker.ask(lambda: 1))

        asker = threading.Thread(target=ask)
        asker.start()
        begin.wait()
        worker.stop()
        asker.join()
        assert asked[0].exception(DEADLINE_S) is None or isinstance(asked[0].exception(), LinkError)


def test_a_defect_ends_its_job_alone_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    worker = started()
    worker.post(lambda: 1 / 0)  # type: ignore[arg-type]
    with pytest.raises(BabiluError, match="internal"):
        outcome(worker.ask(lambda: 1 / 0))
    assert outcome(worker.ask(lambda: 2)) == 2
    worker.stop()
    assert [record.levelno for record in caplog.records] == [logging.ERROR, logging.ERROR]
    assert all("ZeroDivisionError" in str(record.exc_info) for record in caplog.records)


def test_a_refusal_reaches_who_asked_and_is_no_defect(caplog: pytest.LogCaptureFixture) -> None:
    def refuse() -> None:
        raise DeliveryError(ErrorCode.NOT_FOUND, "There is none.")

    worker = started()
    with pytest.raises(DeliveryError, match="not_found"):
        outcome(worker.ask(refuse))
    worker.stop()
    assert caplog.records == []


def test_a_cancelled_question_is_not_carried_out() -> None:
    worker = started()
    gate = Gate()
    worker.post(gate)
    assert gate.entered.wait(DEADLINE_S)
    done: list[int] = []
    cancelled = worker.ask(lambda: done.append(1))
    assert cancelled.cancel()
    gate.opened.set()
    worker.stop()
    assert done == []


def test_a_stuck_worker_is_left_alone_and_named_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    worker = started("stubborn")
    gate = Gate()
    worker.post(gate)
    for _ in range(4):
        worker.post(lambda: None)
    begun = time.monotonic()
    worker.stop(0.05)
    assert time.monotonic() - begun < DEADLINE_S / 2
    assert "stubborn is stuck" in caplog.text
    gate.opened.set()


def test_a_worker_that_never_started_can_be_stopped() -> None:
    Worker("idle").stop()


def test_settling_ends_a_future_once() -> None:
    future: Future[int] = Future()
    settle(future, lambda: 5)
    assert future.result(0) == 5


# Conversations.


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
