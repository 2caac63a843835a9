import os
import threading
import time

import pytest

from babilu.store.fair_lock import PASSED_AT_MOST, FairLock

DEADLINE_S = 10.0

PATIENCE_S = 20.0


def until_waiting(turns: FairLock, count: int) -> None:
    while turns.waiting < count:
        os.sched_yield()


def test_a_free_turn_is_taken_at_once() -> None:
    turns = FairLock()
    had = [turns.is_mine]
    assert turns.acquire(0)
    had.append(turns.is_mine)
    turns.release()
    had.append(turns.is_mine)
    assert had == [False, True, False]


def test_a_turn_that_does_not_come_in_time_is_given_up_and_leaves_no_trace() -> None:
    turns = FairLock()
    turns.acquire(0)
    outcomes: list[bool] = []
    waiting = threading.Thread(target=lambda: outcomes.append(turns.acquire(0.001)))
    waiting.start()
    waiting.join()
    turns.release()
    assert outcomes == [False]
    assert turns.acquire(0)
    turns.release()


def test_the_turn_goes_round_in_the_order_of_asking() -> None:
    turns = FairLock()
    order: list[int] = []
    turns.acquire(0)
    threads = []
    for number in range(8):
        waiting_before = turns.waiting

        def take(name: int = number) -> None:
            assert turns.acquire(PATIENCE_S)
            order.append(name)
            turns.release()

        threads.append(threading.Thread(target=take))
        threads[-1].start()
        until_waiting(turns, waiting_before + 1)
    turns.release()
    for thread in threads:
        thread.join()
    assert order == list(range(8))


def test_a_thread_that_asks_again_at_once_waits_behind_those_who_wait() -> None:
    turns = FairLock()
    order: list[str] = []
    turns.acquire(0)

    def other() -> None:
        assert turns.acquire(PATIENCE_S)
        order.append("other")
        turns.release()

    thread = threading.Thread(target=other)
    thread.start()
    until_waiting(turns, 1)
    turns.release()
    assert turns.acquire(PATIENCE_S)
    order.append("again")
    turns.release()
    thread.join()
    assert order == ["other", "again"]


def test_only_one_has_the_turn_at_a_time() -> None:
    turns = FairLock()
    inside = 0
    most = 0

    def work() -> None:
        nonlocal inside, most
        for _ in range(200):
            assert turns.acquire(PATIENCE_S)
            inside += 1
            most = max(most, inside)
            inside -= 1
            turns.release()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (most, inside, turns.waiting) == (1, 0, 0)


def test_a_turn_that_nobody_has_cannot_be_given_back() -> None:
    with pytest.raises(RuntimeError):
        FairLock().release()


def test_those_who_wait_behind_let_the_others_go_first_but_not_for_ever() -> None:
    turns, order, threads = FairLock(), list[str](), list[threading.Thread]()

    def go(name: str, *, behind: bool) -> None:
        assert turns.acquire(DEADLINE_S, behind=behind)
        order.append(name)
        turns.release()

    assert turns.acquire(DEADLINE_S)
    for name in ("stranger", *(f"friend {number}" for number in range(PASSED_AT_MOST + 2)), "second stranger"):
        waiting = turns.waiting
        threads.append(threading.Thread(target=go, args=(name,), kwargs={"behind": name.endswith("stranger")}))
        threads[-1].start()
        while turns.waiting == waiting:
            time.sleep(0)
    turns.release()
    for thread in threads:
        thread.join(DEADLINE_S)
    friends = [f"friend {number}" for number in range(PASSED_AT_MOST + 2)]
    assert order == [*friends[:PASSED_AT_MOST], "stranger", *friends[PASSED_AT_MOST:], "second stranger"]
