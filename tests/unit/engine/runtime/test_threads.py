import logging
import threading
import time
from concurrent.futures import Future
from typing import TypeVar

import pytest

from babilu.engine.runtime import threads
from babilu.engine.runtime.threads import Worker, follow_up, settle
from babilu.kernel.errors import BabiluError, DeliveryError, ErrorCode, LinkError

DEADLINE_S = 10.0

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
    monkeypatch.setattr(threads, "INBOX_JOBS", 4)


def started(name: str = "worker") -> Worker:
    worker = Worker(name)
    worker.start()
    return worker


def outcome(future: "Future[R]") -> R:
    return future.result(DEADLINE_S)


# One worker.


def test_jobs_are_done_in_order_in_the_workers_own_thread() -> None:
    worker = started("babilu-commands")
    done = [worker.ask(lambda number=number: (number, threading.current_thread().name)) for number in range(3)]  # type: ignore[misc]
    assert [outcome(each) for each in done] == [(0, "babilu-commands"), (1, "babilu-commands"), (2, "babilu-commands")]
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


def test_what_follows_from_a_commit_is_done_whatever_became_of_what_came_before(
    caplog: pytest.LogCaptureFixture,
) -> None:
    done: list[str] = []

    def fail() -> None:
        raise RuntimeError("can't start new thread")

    follow_up(lambda: done.append("first"), fail, lambda: done.append("last"))
    assert done == ["first", "last"]
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
