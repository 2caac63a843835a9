import asyncio
import concurrent.futures
import logging
import threading

import pytest

from babilu.engine.runtime.loop_thread import LoopThread

DEADLINE_S = 10.0


async def thread_name() -> str:
    return threading.current_thread().name


def started() -> LoopThread:
    loop = LoopThread()
    loop.start()
    return loop


def test_coroutines_of_other_threads_run_in_the_loops_own_thread() -> None:
    loop = started()
    assert loop.run(thread_name()).result(DEADLINE_S) == "babilu-loop"
    loop.stop()


def test_functions_are_called_in_the_loops_thread_in_order() -> None:
    loop = started()
    called: list[tuple[int, str]] = []
    for number in range(3):
        loop.call(lambda number: called.append((number, threading.current_thread().name)), number)
    loop.run(thread_name()).result(DEADLINE_S)
    assert called == [(0, "babilu-loop"), (1, "babilu-loop"), (2, "babilu-loop")]
    loop.stop()


def test_stopping_cancels_what_runs_and_ends_the_thread() -> None:
    loop = started()
    cancelled = threading.Event()

    async def wait_for_ever() -> None:
        try:
            await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    waiting = loop.run(wait_for_ever())
    loop.run(thread_name()).result(DEADLINE_S)
    loop.stop()
    assert cancelled.is_set()
    with pytest.raises(concurrent.futures.CancelledError):
        waiting.result(DEADLINE_S)
    assert "babilu-loop" not in {thread.name for thread in threading.enumerate()}
    loop.stop()


def test_a_call_after_the_end_is_dropped() -> None:
    loop = started()
    loop.stop()
    called: list[str] = []
    loop.call(called.append, "after the end")
    assert called == []


def test_a_loop_that_never_started_can_be_stopped() -> None:
    loop = LoopThread()
    loop.stop()
    loop.loop.close()


def test_a_defect_in_a_task_that_nobody_waits_for_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    loop = started()

    async def fail() -> None:
        raise ZeroDivisionError

    async def spawn() -> None:
        task = loop.spawn(fail())
        await asyncio.wait([task])
        await asyncio.sleep(0)

    loop.run(spawn()).result(DEADLINE_S)
    loop.stop()
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
